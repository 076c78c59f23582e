"""Consent: one decision, and the coverage of a catalogue, against the budgets of the room."""

from __future__ import annotations

import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from bench import Row
from bench._consent_house import AT as START
from bench._consent_house import ORGANISATION, open_filled, sheet_of
from ritornello.consent.codes import TYPES, Outcome
from ritornello.consent.coverage import Probe, SnapshotBuilder, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.facts import Facts, Required, ServiceLicence, SourceFacts
from ritornello.consent.offers import Evidence, Level, Obtained, Offer, Reach
from ritornello.consent.presets import preset, presets
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.rules import shipped
from ritornello.consent.snapshot import Coverage
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.workflows.consent_feed import issue_feed
from ritornello.workflows.consent_wide import coverage as board_of
from ritornello.workflows.consent_wide import prepare, stranger, why_blocked
from ritornello.workflows.import_offers import Import, import_offers, undo_import

AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
FAN = Person("per_fan", tier="subscribers", country="DE", age=24)
PLACES = ("US", "GB", "DE", "FR", "AT", "JP", "BR", "IN")
MUSIC = ("C_MECH", "C_PERF", "C_ARR", "C_LYR")
RECORDINGS = int(os.environ.get("RITORNELLO_BENCH_RECORDINGS", "1000000"))


def rows() -> Iterator[Row]:
    """The table of the room."""
    yield from _decisions()
    yield from _house(int(os.environ.get("RITORNELLO_BENCH_ORIGINALS", "10000")))
    yield from _coverage(RECORDINGS)


def _decisions() -> Iterator[Row]:
    facts = Facts({"rec_1": _song(8)}, shipped(), (_blanket(),))
    four = TerritorySet.parse("US, GB, DE, JP")
    plain = _request(four, Plan(tempo_permille=80))
    fast = _request(four, Plan(tempo_permille=300))
    for figure, request, seek, budget in (
        ("decision, 8 holders x 4 territories, allowed", plain, False, "median 0.5 ms, p99 2 ms"),
        ("decision, 8 holders x 4 territories, denied", fast, False, "median 0.5 ms, p99 2 ms"),
        ("the same with the nearest request", fast, True, "20 ms"),
        ("worldwide, allowed", _request(WORLD, plain.plan), False, "–"),
    ):
        median, tail = _timed(lambda r=request, s=seek: decide(r, facts, seek_nearest=s))  # type: ignore[misc]
        yield Row(figure, f"median {median * 1e3:.2f} ms, p99 {tail * 1e3:.2f} ms (CPU)", to_reach=budget)


def _house(count: int) -> Iterator[Row]:
    """A sheet of offers into a house and out again, and what is asked of the whole house."""
    places = TerritorySet.parse(", ".join(PLACES))
    with tempfile.TemporaryDirectory() as folder:
        house = open_filled(Path(folder), count)
        day = timedelta(days=1)

        def bring(share: str, after: int) -> tuple[Import, float]:
            began = time.perf_counter()
            made = import_offers(
                house, ORGANISATION, sheet_of(count, share=share), at=START + after * day, by="bench", commit=True
            )
            return made, time.perf_counter() - began

        first, took = bring("10", 1)
        assert first.count("new") == count, first.findings[:3]
        yield Row(f"import a sheet of {count:,} offers (CSV, SQLite)", f"{took:.1f} s wall", to_reach="60 s")
        changed, took = bring("20", 2)
        yield Row("the same sheet with another share: every offer a new version", f"{took:.1f} s wall", to_reach="60 s")
        began = time.perf_counter()
        undone = undo_import(house, ORGANISATION, changed.id, at=START + 3 * day, by="bench")
        took = time.perf_counter() - began
        assert len(undone.restored) == count
        yield Row("take that import back", f"{took:.1f} s wall", to_reach="15 s")
        probe = stranger("own", START + 4 * day, places)
        made = prepare(house, ORGANISATION, probe)
        figure = f"prepare and keep the snapshot of {count:,} originals from the stores"
        yield Row(figure, f"{made.seconds:.1f} s wall, {len(made.snapshot.table):,} stances")
        figures: tuple[tuple[str, Callable[[], object]], ...] = (
            ("board from the kept snapshot, read and evaluated", lambda: board_of(house, ORGANISATION, probe)),
            ("why it is blocked, with the shortest path", lambda: why_blocked(house, ORGANISATION, probe, "REMIX")),
            ("issue of a feed (first, whole)", lambda: issue_feed(house, ORGANISATION, probe)),
        )
        for words, act in figures:
            began = time.perf_counter()
            act()
            yield Row(words, f"{time.perf_counter() - began:.1f} s wall")
        house.engine.dispose()


def _coverage(count: int) -> Iterator[Row]:
    rng = random.Random(5)
    facts = Facts({}, shipped(), (_blanket(),))
    probe = Probe("publish", "alpha", FAN, AT, PLACES)
    builder = SnapshotBuilder(probe, facts)
    kept: list[tuple[int, SourceFacts]] = []
    began = time.process_time()
    made = 0.0
    for number in range(count):
        start = time.process_time()
        source = _recording(rng, number)
        made += time.process_time() - start
        builder.add(source, plays=number % 1000)
        if number % max(1, count // 10_000) == 0:
            kept.append((number, source))
    snapshot = builder.finish()
    built = time.process_time() - began - made
    start, wall = time.process_time(), time.perf_counter()
    coverage = snapshot.evaluate()
    board = coverage.board()
    took, wall = time.process_time() - start, time.perf_counter() - wall
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    combinations = len(snapshot.starts)
    yield Row("prepare the snapshot", f"{built:.0f} s CPU, {len(snapshot.table):,} stances")
    yield Row(
        f"coverage of {count:,} recordings x {len(TYPES)} types x {len(PLACES)} territories",
        f"{took:.2f} s CPU, {wall:.2f} s wall; {combinations:,} combinations; peak {memory:,.0f} MiB",
        to_reach="10 s, 2 GiB, 200,000 combinations",
    )
    ready = board["REMIX", "DE"]
    yield Row("ready for a remix in Germany", f"{ready.permille_ready / 10:.1f} %")
    yield _agreement(coverage, kept, facts, probe)


def _agreement(coverage: Coverage, kept: list[tuple[int, SourceFacts]], facts: Facts, probe: Probe) -> Row:
    """10,000 samples against the single decision, spread over the outcomes."""
    wanted = 10_000
    strata: dict[Outcome, list[tuple[int, SourceFacts, str, str]]] = {outcome: [] for outcome in Outcome}
    for place, (number, source) in enumerate(kept):
        for name in TYPES:
            territory = PLACES[(place + len(name)) % len(PLACES)]
            strata[coverage.outcome(number, name, territory)].append((number, source, name, territory))
    rng = random.Random(1)
    sample: list[tuple[int, SourceFacts, str, str]] = []
    for left, entries in zip((3, 2, 1), sorted(strata.values(), key=len), strict=True):
        sample += rng.sample(entries, min(len(entries), (wanted - len(sample)) // left))
    wrong = 0
    for number, source, name, territory in sample:
        single = decide(
            probe.request(name, source.asset_id, TerritorySet.of(territory)),
            partner_of(source, facts),
            seek_nearest=False,
        )
        wrong += single.answer("publish", territory, "alpha") is not coverage.outcome(number, name, territory)
    spread = ", ".join(f"{outcome.value} {len(entries):,}" for outcome, entries in strata.items())
    return Row(f"equal to {len(sample):,} single decisions ({spread})", f"{wrong} differ", to_reach="0 differ")


def _timed(act: Callable[[], object]) -> tuple[float, float]:
    """Median and 99th percentile of CPU seconds, warm."""
    for _ in range(100):
        act()
    times = []
    for _ in range(2000):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]


def _request(territories: TerritorySet, plan: Plan) -> Request:
    acts = ("make", "publish", "monetise")
    return Request(("REMIX",), ("rec_1",), plan, acts, territories, ("alpha", "own"), FAN, AT)


def _open() -> Terms:
    services = frozenset({"own", "alpha"})
    changes = {"platform.services": services, "limits.first_n_approval": 0, "moderation.mode": "none"}
    return preset("FAN-REMIX").adjust(changes)


def _offer(holder: str, rights: tuple[str, ...], terms: Terms, reach: Reach) -> Offer:
    always = AT.replace(month=1)
    evidence = Evidence(Obtained.INDIVIDUAL_EXPRESS, "0" * 64, holder, always)
    return Offer(holder, reach, frozenset(rights), WORLD, evidence, terms, always.date(), always)


def _song(holders: int) -> SourceFacts:
    reach = Reach(Level.RECORDING, "rec_1")
    writers = [f"pty_{n}" for n in range(holders - 2)]
    rows = [Required("M_USE", "pty_label"), Required("P_ECON", "pty_label"), Required("NAME", "pty_singer")]
    rows.append(Required("P_MORAL", "pty_singer"))
    offers = [
        _offer("pty_label", ("M_USE", "P_ECON"), _open(), reach),
        _offer("pty_singer", ("NAME", "P_MORAL"), _open(), reach),
    ]
    for writer in writers:
        rows += [Required(right, writer, Fraction(1, len(writers))) for right in MUSIC] + [Required("A_MORAL", writer)]
        offers.append(_offer(writer, (*MUSIC, "A_MORAL"), _open(), reach))
    return SourceFacts("rec_1", tuple(rows), tuple(offers), (reach,))


def _blanket() -> ServiceLicence:
    acts = frozenset({"publish", "monetise"})
    rights = frozenset({"C_MECH", "C_PERF"})
    return ServiceLicence("slc", "alpha", rights, WORLD, acts, date(2026, 1, 1), None, "0" * 64)


def _labels() -> list[tuple[Offer, Reach]]:
    rng = random.Random(3)
    made = []
    for number in range(400):
        reach = Reach(Level.LABEL, f"lab_{number}")
        terms = _varied(rng)
        made.append((_offer(f"pty_label_{number}", ("M_USE", "P_ECON", "NAME", "TRAIN"), terms, reach), reach))
    return made


def _varied(rng: random.Random) -> Terms:
    terms = _open() if rng.random() < 0.85 else rng.choice(list(presets().values())).terms
    changes: dict[str, object] = {"platform.services": frozenset({"own", "alpha"})}
    if rng.random() < 0.6:
        changes |= {"moderation.mode": "none", "limits.first_n_approval": 0}
    if rng.random() < 0.6:
        changes |= {"who.listed_only": False, "who.verified_identity": False}
    if rng.random() < 0.3:
        changes |= {"who.min_age": rng.choice((18, 21, 25))}
    if rng.random() < 0.3:
        changes |= {"limits.max_total": rng.choice((0, 10, 20))}
    return terms.adjust(changes)


def _writers() -> list[Offer | None]:
    rng = random.Random(4)
    made: list[Offer | None] = []
    for number in range(2500):
        offer = _offer(
            f"pty_writer_{number}", (*MUSIC, "A_MORAL", "P_MORAL"), _varied(rng), Reach(Level.CATALOGUE, "all")
        )
        if rng.random() < 0.3:
            offer = replace(offer, territories=TerritorySet.parse(rng.choice(("WW ex JP", "EU", "US, GB", "WW ex DE"))))
        # one in five has not answered
        made.append(None if rng.random() < 0.2 else offer)
    return made


LABELS: list[tuple[Offer, Reach]] = []
WRITERS: list[Offer | None] = []


def _recording(rng: random.Random, number: int) -> SourceFacts:
    """A recording with 3 to 8 holders, drawn from the labels and writers of the catalogue."""
    if not LABELS:
        LABELS.extend(_labels())
        WRITERS.extend(_writers())
    label, reach = LABELS[rng.randrange(len(LABELS))]
    count = rng.randint(1, 6)
    chosen = rng.sample(range(len(WRITERS)), count + 1)
    everywhere = Reach(Level.CATALOGUE, "all")
    rows = [Required("M_USE", label.holder), Required("P_ECON", label.holder), Required("NAME", label.holder)]
    rows += [Required("TRAIN", label.holder), Required("P_MORAL", f"pty_writer_{chosen[0]}")]
    share = Fraction(1, count)
    for place in chosen[1:]:
        rows += [Required(right, f"pty_writer_{place}", share) for right in MUSIC]
        rows.append(Required("A_MORAL", f"pty_writer_{place}"))
    offers = [label, *(offer for place in chosen if (offer := WRITERS[place]) is not None)]
    return SourceFacts(f"rec_{number}", tuple(rows), tuple(offers), (reach, everywhere))
