"""Twenty faults put into the engine one at a time: the comparison with the reference finds each of them."""

from __future__ import annotations

import inspect
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from ritornello.consent import decide, evaluate
from tests.consent.cases import case
from tests.consent.test_against_reference import disagreement

SEEDS = range(2500)

FAULTS: dict[str, tuple[ModuleType, str, str]] = {
    "silence is yes": (
        decide,
        "        if where:\n            code, offer = late",
        "        if False:\n            code, offer = late",
    ),
    "a moral right is denied and not asked": (decide, "if asking := rest & masks.ask:", "if asking := 0:"),
    "shares below a hundred pass": (decide, "if below & summed & ~unheld and", "if False and"),
    "shares above a hundred pass": (decide, "if above & summed and", "if False and"),
    "a right that nobody holds passes": (decide, "if unheld & bound and", "if False and"),
    "a blanket covers making": (decide, "act in self.facts.rules.blanket_acts", "act"),
    "a blanket covers our own pages": (decide, "licence.service == OWN_SERVICE or not", "not"),
    "a blanket covers video": (
        decide,
        "        if self.video:\n            return 0",
        "        if False:\n            return 0",
    ),
    "a blanket outlives its licence": (decide, "or not licence.covers(self.request.day)", ""),
    "the general offer wins": (decide, "            rest &= ~hidden\n", ""),
    "the first version counts": (decide, "offer.version > kept.version", "offer.version < kept.version"),
    "what was recorded later counts": (decide, "if offer.recorded_at > at:", "if False:"),
    "a revoked offer counts": (decide, "revoked_from <= day", "False"),
    "the kill switch is not looked at": (decide, "        self._stops()\n", ""),
    "a contract's approval is forgotten": (decide, "if right in approval.rights:", "if False:"),
    "one source of a mash-up is enough": (
        decide,
        "            self._source(source)",
        "            self._source(source)\n            break",
    ),
    "statutory none asks all the same": (decide, "bound = self.mask & ~masks.none", "bound = self.mask"),
    "an approval for another request counts": (decide, "if entry.subject == request.subject]", "]"),
    "a refusal of an approver is a yes": (
        decide,
        "if answer.approved\n                    else",
        "if True\n                    else",
    ),
    "individual express is not insisted on": (decide, "if not insisted:", "if True:"),
    "samples inside are not looked at": (decide, "source.contains_third_party_samples and", "False and"),
    "money forms may clash": (
        decide,
        'if clash := forms["fan_share"] & forms["parent_share"] & everywhere:',
        "if clash := 0:",
    ),
    "a warranty gives moral rights": (
        evaluate,
        "if right in NEVER_BY_WARRANTY:\n            notes",
        "if False:\n            notes",
    ),
    "a contract is not read": (evaluate, "if code is not None:", "if False:"),
    "tempo is not checked": (evaluate, "if plan.tempo_permille not in bounds.tempo_permille:", "if False:"),
    "the age is not checked": (
        evaluate,
        "if who.min_age > 0 and (person.age is None or person.age < who.min_age):",
        "if False:",
    ),
    "a quota allows one too many": (evaluate, "used >= most:", "used > most:"),
    "depth is not checked": (evaluate, "elif request.depth > terms.chain.max_depth:", "elif False:"),
    "forbidden destinations are open": (evaluate, "if service in platform.forbidden:", "if False:"),
    "approval holds up making too": (
        evaluate,
        "    public = cells.of_acts(_PUBLIC)\n    if not",
        "    public = cells.all\n    if not",
    ),
    "the voice comes with the recording": (evaluate, 'if voice.cloning == "never":', "if False:"),
    "training comes with the recording": (evaluate, "if asked > _TRAINING[training.permission]:", "if False:"),
    "lyrics come with the music": (evaluate, "if asked > _LYRICS[lyrics.change]:", "if False:"),
    "a guardian is not asked": (evaluate, "if standing is Standing.MINOR and", "if False and"),
    "the maker may hold rights unseen": (evaluate, "if maker_holds and", "if False and"),
}


def broken(module: ModuleType, old: str, new: str) -> Any:
    """`decide` of an engine in which this one line is wrong."""
    sources = {m: inspect.getsource(m) for m in (evaluate, decide)}
    assert sources[module].count(old) == 1, f"the line is there {sources[module].count(old)} times: {old}"
    sources[module] = sources[module].replace(old, new)
    spaces: dict[ModuleType, dict[str, Any]] = {}
    for m, text in sources.items():
        made = ModuleType(f"{m.__name__}_broken")
        exec(compile(text, f"<{made.__name__}>", "exec"), made.__dict__)
        spaces[m] = made.__dict__
    for name in ("notes_of_terms", "notes_of_right"):
        spaces[decide][name] = spaces[evaluate][name]
    return spaces[decide]["decide"]


@cache
def known(seed: int) -> Any:
    return case(seed)


@pytest.mark.parametrize("name", list(FAULTS))
def test_every_fault_is_caught(name: str) -> None:
    engine = broken(*FAULTS[name])
    for seed in SEEDS:
        request, facts = known(seed)
        mine = decide.decide(request, facts, seek_nearest=False)
        theirs = engine(request, facts, seek_nearest=False)
        same = [(r.code, r.where) for r in mine.reasons] == [(r.code, r.where) for r in theirs.reasons]
        if not same and disagreement(theirs, facts) and not disagreement(mine, facts):
            return
    pytest.fail(f"no case of {len(SEEDS)} finds: {name}")


def test_there_are_at_least_twenty() -> None:
    assert len(FAULTS) >= 20
