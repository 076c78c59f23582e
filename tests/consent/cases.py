"""Random requests and facts, seeded: mostly agreeing, with a few things wrong, so that every outcome is common."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache, partial
from typing import Any

from ritornello.consent.codes import ACTS, OWN_SERVICE, RIGHTS, TOPICS, TYPES
from ritornello.consent.contracts import ApprovalRight, Clause, Contract, Says
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import (
    Approval,
    Counts,
    Facts,
    Required,
    Revocation,
    ServiceLicence,
    SourceFacts,
    Standing,
    Stop,
)
from ritornello.consent.offers import Basis, Evidence, Level, Obtained, Offer, Reach, Reply, Warranty
from ritornello.consent.parameters import Span
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.rules import shipped
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet

AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
PARTIES = ("pty_a", "pty_b", "pty_c", "pty_d")
SERVICES = (OWN_SERVICE, "alpha", "beta", "bandcamp")
PLACES = tuple(TerritorySet.parse(t) for t in ("WW", "WW", "WW", "WW ex JP", "EU, US", "US", "DE, JP, IN, BO"))
ASKED = ("US", "GB", "DE", "FR", "AT", "JP", "BR", "IN", "BO")
REACHES = tuple(Reach(level, f"{level}_x") for level in (Level.RECORDING, Level.ARTIST, Level.LABEL, Level.CATALOGUE))
ELSEWHERE = Reach(Level.RECORDING, "another")

_OPEN: dict[str, Any] = {
    "types.allowed": frozenset(TYPES),
    "transformation.structure": "reorder",
    "transformation.max_extract_ms": None,
    "transformation.min_original_permille": 0,
    "transformation.max_added_permille": 1000,
    "transformation.vocals": frozenset({"keep", "remove", "replace"}),
    "transformation.stems": None,
    "transformation.reharmonise": True,
    "transformation.ai": "generative",
    "voice.cloning": "preset_models",
    "voice.models": frozenset({"model_a"}),
    "voice.own_voice_required": False,
    "lyrics.change": "edit",
    "lyrics.languages": None,
    "lyrics.back_translation_check": False,
    "lyrics.lyricist_approval": False,
    "who.subscribers_only": False,
    "who.not_holder_of_same": False,
    "platform.services": None,
    "platform.share_link": True,
    "platform.export_services": None,
    "platform.ugc_services": None,
    "platform.download": "lossless",
    "platform.downloads_per_month": None,
    "platform.forbidden": frozenset(),
    "platform.monetise": True,
    "chain.derivatives": True,
    "chain.max_depth": 3,
    "moderation.mode": "none",
    "training.permission": "general",
}
_SPOILS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("types.allowed", (frozenset({"REMIX", "SPEED_PITCH"}), frozenset({"COVER_SAME"}))),
    ("transformation.tempo_permille", (Span(-50, 50), Span(0, 300))),
    ("transformation.key_cents", (Span(-100, 100), Span(0, 1200))),
    ("transformation.keep_pitch", (True,)),
    ("transformation.structure", ("keep", "extract")),
    ("transformation.max_extract_ms", (0, 15_000)),
    ("transformation.min_original_permille", (500, 900)),
    ("transformation.max_added_permille", (0, 500)),
    ("transformation.vocals", (frozenset({"keep"}), frozenset({"remove"}))),
    ("transformation.stems", (frozenset(), frozenset({"drums"}))),
    ("transformation.reharmonise", (False,)),
    ("transformation.ai", ("none", "assistive")),
    ("transformation.genres_allowed", (frozenset({"house"}),)),
    ("transformation.genres_denied", (frozenset({"house"}),)),
    ("transformation.locales", (frozenset({"BR"}), frozenset())),
    ("transformation.loudness_centilu", (Span(-1500, -1300),)),
    ("transformation.true_peak_centidb", (-200,)),
    ("transformation.min_sample_rate", (48_000,)),
    ("voice.cloning", ("never", "approval")),
    ("voice.models", (frozenset({"model_b"}),)),
    ("voice.own_voice_required", (True,)),
    ("lyrics.change", ("none", "translate")),
    ("lyrics.languages", (frozenset({"pt"}),)),
    ("lyrics.back_translation_check", (True,)),
    ("lyrics.lyricist_approval", (True,)),
    ("exclusions.terms", (frozenset({"rude"}),)),
    ("exclusions.topics", (frozenset(), frozenset({"political"}))),
    ("who.subscribers_only", (True,)),
    ("who.superfans_only", (True,)),
    ("who.listed_only", (True,)),
    ("who.allow_list", (frozenset({"per_fan"}),)),
    ("who.superfan_by_purchase", (False,)),
    ("who.countries", (frozenset({"DE"}),)),
    ("who.min_age", (0, 18, 30)),
    ("who.verified_identity", (True,)),
    ("who.not_banned", (False,)),
    ("who.not_holder_of_same", (True,)),
    ("platform.on_platform", ("none", "walled_garden")),
    ("platform.services", (frozenset({OWN_SERVICE}), frozenset({"alpha"}))),
    ("platform.share_link", (False,)),
    ("platform.export_services", (frozenset(), frozenset({"alpha"}))),
    ("platform.ugc_services", (frozenset(), frozenset({"beta"}))),
    ("platform.download", ("none", "watermarked")),
    ("platform.downloads_per_month", (0, 5)),
    ("platform.forbidden", (frozenset({"bandcamp"}), frozenset({"beta"}))),
    ("platform.monetise", (False,)),
    ("share_money.form", ("parent_share",)),
    ("chain.derivatives", (False,)),
    ("chain.max_depth", (1, 2)),
    ("limits.max_total", (0, 10)),
    ("limits.per_fan", (1,)),
    ("limits.per_day", (2,)),
    ("limits.per_source", (3,)),
    ("limits.window_from", (date(2026, 5, 3), date(2026, 5, 4))),
    ("limits.window_until", (date(2026, 5, 2), date(2026, 5, 3))),
    ("limits.embargo_until", (date(2026, 5, 3), date(2026, 5, 4))),
    ("limits.first_n_approval", (5, 50)),
    ("limits.pause_complaints_permille", (5,)),
    ("limits.pause_fraud_permille", (5,)),
    ("moderation.mode", ("pre_approval", "sampled", "post_moderation")),
    ("moderation.sample_permille", (300, 1000)),
    ("contest.opens", (date(2026, 5, 3), date(2026, 5, 4))),
    ("contest.closes", (date(2026, 5, 3), date(2026, 5, 2))),
    ("contest.countries", (frozenset({"US"}),)),
    ("training.permission", ("none", "condition_on_render_only")),
    ("contract.name_approval", (True,)),
    ("contract.individual_express", (True,)),
)


_OF_RIGHTS = {
    "voice": ("COVER_ARTIST_VOICE", "VOICE_TRANSLATION", "COVER_SAME"),
    "lyrics": ("LYRIC_TRANSLATION", "LYRIC_CHANGE", "VOICE_TRANSLATION"),
    "training": ("COVER_THIRD_VOICE", "VOICE_TRANSLATION"),
}
"""Parameters that one right alone looks at, with types that touch it."""
THEMES = ("", "", "terms", "terms", "rights", "stop", "approval", "insist", "video", "basis", "sheet", "time")


class Dice(random.Random):
    """A seeded generator with a heat: how often something is out of the ordinary."""

    heat = 1.0

    theme = ""
    spoil: tuple[str, int] | None = None

    def odd(self, chance: float, theme: str = "") -> bool:
        """Whether something out of the ordinary happens; what the case is about happens more often."""
        return self.random() < (0.6 if theme and theme == self.theme else chance * self.heat)

    def mostly(self, common: Any, *others: Any) -> Any:
        return self.choice(others) if self.odd(0.15) else common

    def terms(self) -> Terms:
        if self.spoil is not None and self.random() < 0.4:
            return spoiled(*self.spoil)
        if self.odd(1.0):
            return self.choice(pool())
        return self.choice(asking()) if self.asks and self.random() < 0.3 else pool()[0]

    asks = False


def case(seed: int) -> tuple[Request, Facts]:
    """The request and facts of a seed."""
    rng = Dice(seed)
    rng.heat = rng.choice((0.0, 0.02, 0.05, 0.1, 0.4, 1.0))
    rng.asks = rng.random() < 0.5
    rng.theme = rng.choice(THEMES)
    if rng.theme == "terms":
        rng.heat, rng.asks, rng.spoil = 0.0, False, rng.choice(SPOILS)
    elif rng.theme == "rights":
        rng.heat, rng.spoil = 0.0, rng.choice([spoil for spoil in SPOILS if spoil[0].split(".")[0] in _OF_RIGHTS])
    facts = _facts(rng, seed)
    request = _request(rng, tuple(facts.sources))
    if rng.odd(0.3, "approval"):
        approvals = tuple(_approval(rng, request) for _ in range(rng.randint(1, 3)))
        facts = replace(facts, approvals=approvals)
    return request, facts


@cache
def pool() -> tuple[Terms, ...]:
    """Terms to draw from: mostly open, each with up to three parameters spoiled."""
    rng = random.Random(7)
    made = [Terms().adjust(_OPEN)] * 60
    training = {"training.models": frozenset({"model_t"})}
    made.append(Terms().adjust({**_OPEN, **training, "training.permission": "fine_tune"}))
    while len(made) < 500:
        changes = dict(_OPEN)
        for path, values in rng.sample(_SPOILS, rng.randint(1, 3)):
            changes[path] = rng.choice(values)
        with suppress(ConsentError):  # two spoiled parameters may exclude each other
            made.append(Terms().adjust(changes))
    return tuple(made)


@cache
def asking() -> tuple[Terms, ...]:
    """Open terms that want to be asked."""
    changes = (
        {"moderation.mode": "pre_approval"},
        {"limits.first_n_approval": 50},
        {"moderation.mode": "sampled", "moderation.sample_permille": 1000},
        {"voice.cloning": "approval"},
        {"lyrics.lyricist_approval": True},
        {"contract.name_approval": True},
        {"who.not_holder_of_same": True},
    )
    return tuple(Terms().adjust({**_OPEN, **change}) for change in changes)


@cache
def spoiled(path: str, place: int) -> Terms:
    """Open terms with one parameter spoiled (for tests that want each of them)."""
    values = dict(_SPOILS)[path]
    return Terms().adjust({**_OPEN, path: values[place]})


SPOILS = tuple((path, place) for path, values in _SPOILS for place in range(len(values)))


def _facts(rng: Dice, seed: int) -> Facts:
    count = 2 if rng.random() < 0.1 else 1
    sources = tuple(_source(rng, f"rec_{seed}_{number}") for number in range(count))
    return Facts(
        sources={source.asset_id: source for source in sources},
        rules=shipped(),
        service_licences=tuple(_service_licence(rng, n) for n in range(rng.randint(0, 3))),
        stops=tuple(_stop(rng, sources[0].asset_id) for _ in range(rng.randint(1, 2))) if rng.odd(0.1, "stop") else (),
        contracts={"ctr_1": _contract(rng)} if not rng.odd(0.2) else {},
        insisting_services=frozenset({"beta"}) if rng.odd(0.05, "insist") else frozenset(),
    )


def _source(rng: Dice, asset_id: str) -> SourceFacts:
    required: list[Required] = []
    for right in RIGHTS:
        parties = rng.sample(PARTIES, rng.choice((1, 1, 1, 2)))
        if rng.odd(0.03):
            continue
        for party in parties:
            share = Fraction(1, len(parties)) if not rng.odd(0.02, "sheet") else Fraction(rng.randint(1, 3), 3)
            places = rng.choice(PLACES) if rng.odd(0.1, "sheet") else PLACES[0]
            standing = rng.choice(list(Standing)) if rng.odd(0.2) else Standing.PERSON
            required.append(
                Required(right, party, share, places, standing, rng.choice(("", "", "other")) if rng.odd(0.05) else "")
            )
    offers: list[Offer] = []
    for party in PARTIES:
        if not rng.odd(0.07):
            offers.append(_offer(rng, party, frozenset(RIGHTS)))
        for _ in range(1 if rng.odd(0.4) else 0):
            offers.append(_offer(rng, party, frozenset(rng.sample(RIGHTS, rng.randint(1, 6)))))
    for entry in list(offers):
        if rng.odd(0.1, "time"):
            later = AT + timedelta(days=rng.choice((-3, 3)))
            reply = rng.choice((Reply.GRANT, Reply.REFUSE, Reply.PROPOSAL))
            offers.append(entry.next_version(later, terms=rng.terms(), reply=reply))
    rng.shuffle(offers)
    revoked = tuple(
        Revocation(entry.id, date(2026, 5, rng.randint(2, 4)), AT) for entry in offers if rng.odd(0.03, "time")
    )
    approvals = ()
    if rng.odd(0.1):
        approvals = (ApprovalRight(rng.choice(PARTIES), frozenset(rng.sample(RIGHTS, 2)), "clause 9"),)
    small = partial(rng.mostly, 0, 1, 2, 3, 10, 60)
    return SourceFacts(
        asset_id=asset_id,
        required=tuple(required),
        offers=tuple(offers),
        reaches=REACHES,
        revocations=revoked,
        contract_approvals=approvals,
        contains_third_party_samples=rng.odd(0.06),
        samples_cleared=rng.odd(0.5),
        counts=Counts(small(), small(), small(), small(), small(), small(), small()),
    )


def _offer(rng: Dice, holder: str, rights: frozenset[str]) -> Offer:
    basis = rng.choice(list(Basis)) if rng.odd(0.1, "basis") else Basis.GRANTED
    how = Obtained.INDIVIDUAL_EXPRESS
    if rng.odd(0.1, "insist") or rng.odd(0.0, "basis"):
        how = rng.choice(
            [entry for entry in Obtained if entry is not Obtained.CMO_MANDATE or basis is not Basis.GRANTED]
        )
    reply = Reply.GRANT if not rng.odd(0.05) else rng.choice((Reply.REFUSE, Reply.PROPOSAL))
    valid_from, valid_until = date(2026, 1, 1), None
    if rng.odd(0.08, "time"):
        valid_from = date(2026, 5, rng.randint(2, 5))
        valid_until = rng.choice((None, date(2026, 6, 1)))
    elif rng.odd(0.05):
        valid_until = date(2026, 5, rng.randint(2, 5))
    return Offer(
        holder=holder,
        reach=ELSEWHERE if rng.odd(0.02) else rng.choice(REACHES),
        rights=rights,
        territories=rng.choice(PLACES) if rng.odd(0.5) else PLACES[0],
        evidence=Evidence(how, "ab" * 32, holder, AT - timedelta(days=90)),
        terms=rng.terms(),
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=AT - timedelta(days=rng.choice((90, 90, 90, 1, -1)) if rng.odd(0.2) else 90),
        reply=reply,
        basis=basis,
        warranty=Warranty("ctr_1", "may adapt", "4", holder) if basis is Basis.WARRANTED else None,
        mandate="society" if basis is Basis.MANDATED else "",
    )


def _service_licence(rng: Dice, number: int) -> ServiceLicence:
    return ServiceLicence(
        id=f"slc_{number}",
        service=rng.choice(SERVICES),
        rights=frozenset(rng.choice((("C_MECH", "C_PERF"), ("C_PERF",), ("C_MECH", "C_SYNC")))),
        territories=rng.choice(PLACES),
        acts=frozenset(rng.choice((ACTS, ("publish", "monetise"), ("deliver",)))),
        valid_from=date(2026, 5, rng.randint(1, 4)),
        valid_until=rng.choice((None, None, date(2026, 5, 5))),
        evidence_sha256="cd" * 32,
    )


def _stop(rng: Dice, asset_id: str) -> Stop:
    return Stop(
        id=f"stp_{rng.randint(0, 9)}",
        since=AT + timedelta(hours=rng.choice((-2, -1, 0, 1))),
        until=rng.choice((None, AT, AT + timedelta(hours=3))),
        asset_id=rng.choice((None, asset_id, "rec_other")),
        person_id=rng.choice((None, None, "per_fan", "pty_a")),
        service=rng.choice((None, "alpha")),
        territories=rng.choice(PLACES),
    )


def _contract(rng: Dice) -> Contract:
    clauses = tuple(
        Clause(question, rng.choice((Says.YES, Says.YES, Says.YES, Says.NO)), "quoted", "4")
        for question in ("adaptation", "ai", "name")
        if not rng.odd(0.15)
    )
    until = rng.choice((None, None, date(2026, 5, rng.randint(2, 5))))
    return Contract("ctr_1", "any", ("pty_a",), ("*",), PLACES[0], date(2026, 1, 1), until, AT, clauses=clauses)


def _approval(rng: Dice, request: Request) -> Approval:
    return Approval(
        holder=rng.choice(PARTIES),
        subject="0" * 64 if rng.odd(0.1, "approval") else request.subject,
        approved=not rng.odd(0.2, "approval"),
        at=AT + timedelta(hours=rng.choice((-2, -1, 0, 1))),
        right=rng.choice((None, None, *RIGHTS)),
        until=rng.choice((None, None, AT)),
        deemed=rng.odd(0.2),
    )


def _request(rng: Dice, sources: tuple[str, ...]) -> Request:
    types = ("MASHUP",) if len(sources) > 1 else (rng.choice([t for t in TYPES if t != "MASHUP"]),)
    if rng.theme == "rights" and rng.spoil is not None and len(sources) == 1:
        types = (rng.choice(_OF_RIGHTS[rng.spoil[0].split(".")[0]]),)
    elif rng.odd(0.1):
        types = (*types, rng.choice([t for t in TYPES if t not in (*types, "MASHUP")]))
    return Request(
        types=types,
        sources=sources,
        plan=_plan(rng),
        acts=tuple(rng.sample(ACTS, rng.choice((1, 1, 2)))),
        territories=TerritorySet.of(*rng.sample(ASKED, rng.choice((1, 2, 3)))),
        services=tuple(rng.sample(SERVICES, rng.choice((1, 1, 2)))),
        person=_person(rng),
        at=AT,
        depth=rng.mostly(1, 2, 3, 4),
        conditioned_on_master=rng.odd(0.1),
        video=rng.odd(0.08, "video"),
        use_date=rng.mostly(None, date(2026, 5, 2), date(2026, 5, 4)),
    )


def _person(rng: Dice) -> Person:
    rng.heat = rng.choice((0.0, 0.3, 1.0))
    return Person(
        id=rng.mostly("per_fan", *PARTIES),
        tier=rng.mostly("subscribers", "everyone", "superfans"),
        country=rng.mostly("DE", "US", ""),
        age=rng.mostly(24, None, 12, 17, 18),
        guardian_signed=rng.odd(0.3),
        verified=not rng.odd(0.3),
        banned=rng.odd(0.04),
        top_listening_permille=rng.mostly(None, 50, 100, 101),
        following_days=rng.mostly(None, 89, 90),
        purchased=rng.odd(0.2),
    )


def _plan(rng: Dice) -> Plan:
    return Plan(
        tempo_permille=rng.mostly(0, 50, 51, -150, -151, 150, 301),
        key_cents=rng.mostly(0, 100, 101, -300, -301),
        pitch_follows_tempo=rng.odd(0.1),
        structure=rng.mostly("keep", "extract", "reorder"),
        extract_ms=rng.mostly(None, 0, 15_000, 15_001),
        original_permille=rng.mostly(1000, 500, 499, 0),
        added_permille=rng.mostly(0, 500, 501),
        vocals=rng.mostly("keep", "remove", "replace"),
        stems=rng.mostly(frozenset(), frozenset({"drums"}), frozenset({"vocals", "drums"})),
        reharmonised=rng.odd(0.1),
        ai=rng.mostly("none", "assistive", "generative"),
        genre=rng.mostly("", "house", "polka"),
        locale=rng.mostly("", "BR", "TR"),
        loudness_centilu=rng.mostly(None, -1400, -600, -1300, -1299),
        true_peak_centidb=rng.mostly(None, -100, -99, -200),
        sample_rate=rng.mostly(None, 44_100, 44_099, 48_000),
        voice_model=rng.mostly("model_a", "", "model_b"),
        own_voice=rng.odd(0.5),
        lyrics=rng.mostly("none", "translate", "edit"),
        language=rng.mostly("", "pt", "de"),
        back_translation_checked=rng.odd(0.5),
        topics=rng.mostly(frozenset(), *(frozenset({topic}) for topic in TOPICS)),
        words=rng.mostly(frozenset(), frozenset({"rude"}), frozenset({"kind"})),
        training=rng.mostly("none", "condition_on_render_only", "fine_tune", "general"),
        training_model=rng.mostly("", "model_t"),
        unmeasured=rng.mostly(frozenset(), frozenset({"vocals"})),
    )
