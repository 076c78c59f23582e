"""The coverage of a catalogue says of every recording, type and territory what a single decision says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ritornello.consent.blocked import blocked_by
from ritornello.consent.codes import TYPES, Code, Outcome
from ritornello.consent.coverage import Probe, SnapshotBuilder, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Facts, SourceFacts, Stop
from ritornello.consent.requests import Person, Plan
from ritornello.consent.snapshot import Snapshot
from tests.consent.cases import ASKED, AT, case
from tests.consent.song import LABEL, facts, source

PERSON = Person("per_stranger", tier="subscribers", country="DE", age=24)


def probe(act: str = "publish", **changes: object) -> Probe:
    plain = Probe(act, "alpha", PERSON, AT, ASKED, Plan(voice_model="model_a"))
    return replace(plain, **changes)  # type: ignore[arg-type]


def catalogue(count: int) -> tuple[Facts, list[SourceFacts]]:
    """Random recordings under one set of licences and contracts."""
    _, shared = case(3)
    _, other = case(11)
    shared = replace(shared, approvals=(), stops=(), service_licences=other.service_licences or shared.service_licences)
    sources = [entry for seed in range(count) for entry in case(seed)[1].sources.values()]
    return shared, sources


@pytest.mark.parametrize(
    ("act", "insisting"), [("publish", True), ("publish", False), ("monetise", False), ("make", False)]
)
def test_coverage_equals_the_single_decision(act: str, insisting: bool, tmp_path: Path) -> None:
    shared, sources = catalogue(60)
    shared = replace(shared, insisting_services=frozenset({"alpha"} if insisting else ()))
    builder = SnapshotBuilder(probe(act), shared)
    for entry in sources:
        builder.add(entry)
    path = tmp_path / "snapshot.npz"
    builder.finish().save(path, key="this")
    assert Snapshot.load(path, key="another") is None
    kept = Snapshot.load(path, key="this")
    assert kept is not None
    coverage = kept[0].evaluate(chunk=7)
    outcomes: Counter[str] = Counter()
    for number, entry in enumerate(sources):
        known = partner_of(entry, shared)
        for name in TYPES[number % 3 :: 3]:
            decision = decide(probe(act).request(name, entry.asset_id), known, seek_nearest=False)
            for territory in ASKED:
                want = decision.answer(act, territory, "alpha")
                outcomes[want.value] += 1
                assert coverage.outcome(number, name, territory) is want, (number, name, territory, decision.reasons)
    assert len(outcomes) == 3
    for name in TYPES:
        blocked = coverage.blocked(name)
        for entry in sources:
            decision = decide(probe(act).request(name, entry.asset_id), partner_of(entry, shared), seek_nearest=False)
            if decision.outcome is Outcome.ALLOW:
                assert entry.asset_id not in blocked
            else:
                assert blocked[entry.asset_id] == blocked_by(decision), (name, entry.asset_id)


def test_coverage_equals_the_single_decision_where_one_co_owner_is_enough() -> None:
    shared, sources = catalogue(40)
    shared = replace(shared, rules=replace(shared.rules, switches={"us_any_co_owner": True}))
    builder = SnapshotBuilder(probe(), shared)
    for entry in sources:
        builder.add(entry)
    coverage = builder.finish().evaluate()
    switched = 0
    for number, entry in enumerate(sources):
        for name in TYPES[number % 3 :: 3]:
            decision = decide(probe().request(name, entry.asset_id), partner_of(entry, shared), seek_nearest=False)
            switched += any(reason.code is Code.ANY_CO_OWNER for reason in decision.reasons)
            for territory in ASKED:
                assert coverage.outcome(number, name, territory) is decision.answer("publish", territory, "alpha")
    assert switched


def test_the_board_adds_up_and_weighs_by_plays() -> None:
    shared, sources = catalogue(20)
    builder = SnapshotBuilder(probe(), shared)
    for number, entry in enumerate(sources):
        builder.add(entry, plays=number)
    coverage = builder.finish().evaluate()
    board = coverage.board()
    assert set(board) == {(name, territory) for name in TYPES for territory in ASKED}
    for (name, territory), tally in board.items():
        outcomes = Counter(coverage.outcome(n, name, territory).value for n in range(len(sources)))
        assert (tally.allow, tally.needs_approval, tally.deny) == tuple(
            outcomes[outcome] for outcome in ("allow", "needs_approval", "deny")
        )
    plays = coverage.board(weights=coverage.snapshot.plays)["REMIX", "DE"]
    assert plays.allow + plays.needs_approval + plays.deny == sum(range(len(sources)))
    stopped = coverage.board(closed={number: frozenset({"DE"}) for number in range(0, len(sources), 2)})
    for territory in ("DE", "FR"):
        shut = range(0, len(sources), 2) if territory == "DE" else range(0)
        outcomes = Counter(
            "deny" if n in shut else coverage.outcome(n, "REMIX", territory).value for n in range(len(sources))
        )
        tally = stopped["REMIX", territory]
        assert (tally.allow, tally.needs_approval, tally.deny) == tuple(
            outcomes[outcome] for outcome in ("allow", "needs_approval", "deny")
        )
    assert all("KILL_SWITCH" in coverage.blocked("REMIX", closed=[0])[sources[0].asset_id].obstacles for _ in (1,))


def test_like_recordings_are_one_combination() -> None:
    builder = SnapshotBuilder(probe(service="svc_alpha"), facts())
    for number in range(50):
        builder.add(replace(source(), asset_id=f"rec_{number}"))
    snapshot = builder.finish()
    assert len(snapshot.starts) == 1
    assert len(snapshot.recordings) == 50


def test_what_is_about_single_requests_has_no_place_in_a_snapshot() -> None:
    with pytest.raises(ConsentError, match="single requests"):
        SnapshotBuilder(probe(), facts(stops=(Stop("stp", AT),)))
    with pytest.raises(ConsentError, match="stranger"):
        SnapshotBuilder(probe(person=Person(LABEL, age=30)), facts()).add(source())
