"""The whole demo in order, and the story that it tells afterwards, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ritornello.catalogue.model import Recording
from ritornello.consent.codes import Code, Outcome
from ritornello.consent.decision import Decision
from ritornello.people import service as people
from ritornello.people.model import COMMAND_LINE
from ritornello.workflows.clear_for_delivery import Cleared, clear_for_delivery
from ritornello.workflows.demo import answers, cast, delivery, ending, story
from ritornello.workflows.demo.story import Chapter, Tell, chapter_report
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made

CHAPTERS = (
    "A song arrives",
    "Everybody answers, and a fan asks",
    "A licence, a remix, a measurement",
    "Cleared for delivery",
    "The message to the services",
    "The money comes back",
)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, chapter by chapter."""

    chapters: tuple[Chapter, ...]
    recording_id: str


def tell_story(house: House, song: Path | None, tell: Tell) -> Story:
    """Do the main job from consent to statement, once; told again, it doubles nothing."""
    original, analysis = story.onboard(house, song, chapter_report(tell, 1))
    reviewer, approver = _admit_people(house)
    tell(1, 1.0, "in the catalogue")
    tell(2, 0.1, "recording the answers")
    story.record_answers(house, original)
    tell(2, 0.6, "deciding")
    wide, narrow, fast = story.put_questions(house, original, analysis)
    tell(2, 1.0, "decided")
    licence, made = story.license_and_make(house, narrow, chapter_report(tell, 3))
    approved = story.approve_open_points(house, made)
    delivery.prepare(house)
    cleared = clear_for_delivery(
        house, cast.ORGANISATION, made.recording.id, tuple(cast.SERVICES), cast.DELIVERED, by=COMMAND_LINE,
        report=chapter_report(tell, 4),
    )  # fmt: skip
    tell(5, 1.0, "written and checked")
    taken = ending.receive(house, original, cleared.recording, reviewer, lambda done, words: tell(6, 0.3 * done, words))
    books = ending.settle(house, taken, reviewer, approver, lambda done, words: tell(6, 0.3 + 0.7 * done, words))
    chapters = (
        Chapter(CHAPTERS[0], tuple(_arrival(house, original, analysis.tempo_bpm, analysis.key.name))),
        Chapter(CHAPTERS[1], tuple(_answers(wide, narrow, fast))),
        Chapter(CHAPTERS[2], tuple(_made(str(licence.payload["id"]), made, approved))),
        Chapter(CHAPTERS[3], tuple(_cleared(cleared)), {"the package": cleared.folder}),
        Chapter(CHAPTERS[4], tuple(_message(cleared))),
        Chapter(CHAPTERS[5], tuple(_money(books)), {"the statements": books.folder}),
    )
    return Story(chapters, original.id)


def _admit_people(house: House) -> tuple[str, str]:
    """Those who work in the demo's house: the finance person who reviews, and the owner who approves."""
    with house.work(cast.ORGANISATION) as work:
        reviewer, approver = (
            people.admit(work.people, cast.ORGANISATION, email, name, roles, cast.REGISTERED)
            for email, name, roles in (cast.FINANCE_PERSON, cast.OWNER_PERSON)
        )
        people.admit(work.people, cast.ORGANISATION, *cast.FAN_PERSON, cast.REGISTERED, party_id=cast.FAN)
        work.commit()
    return reviewer.id, approver.id


def _arrival(house: House, original: Recording, bpm: float, key: str) -> Iterator[str]:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        stems = [stem.part for stem in work.catalogue.stems_of(original.id)]
    artist, seconds = cast.NAMES[original.main_artist], original.duration_ms // 1000
    yield f"“{original.title}” by {artist}, {seconds} s, {original.isrc}."
    yield f"Heard in it: {bpm:.1f} beats a minute, {key}."
    yield f"Stems: {', '.join(stems)}." if stems else "No stems: drums come from the harmonic/percussive split."
    day = f"{cast.SPLIT_CHANGES:%d %B %Y}"
    yield f"{len(cast.PLAYERS)} people and companies; the shares of recording and song change on {day}."


def _answers(wide: Decision, narrow: Decision, fast: Decision) -> Iterator[str]:
    yield f"{len(answers.ANSWERS)} holders answered, each for their own right, with evidence; one did not."
    silent = next((r for r in wide.reasons if r.code is Code.HOLDER_SILENT), None)
    who = cast.NAMES.get(silent.holder, silent.holder) if silent is not None else "nobody"
    for territory in wide.request.territories:
        places = {service: wide.answer("publish", territory, service) for service in cast.SERVICES}
        told = ", ".join(f"{cast.SERVICES[service]} {outcome}" for service, outcome in places.items())
        because = f" ({who} has not answered: silence is no)" if Outcome.DENY in places.values() else ""
        yield f"{territory}: {told}{because}"
    yield f"Largest allowed scope: {wide.largest_scope}. Asked again for that: {narrow.outcome}."
    tempo = next(r for r in fast.reasons if r.code is Code.TEMPO_OUT_OF_BOUNDS)
    nearest = fast.nearest.plan.tempo_permille if fast.nearest is not None else 0
    yield f"A quarter faster: {fast.outcome} ({tempo.detail} permille). Nearest that is allowed: {nearest / 10:+.1f} %."


def _made(licence_id: str, made: Made, approved: Sequence[str]) -> Iterator[str]:
    m = made.measurement
    bounds = made.licence["bounds"]
    yield f"Licence {licence_id}, signed, until {made.licence['expires']}."
    tempo, key = (m.tempo_permille or 1000) - 1000, (m.key_cents or 0)
    low, high = bounds["tempo_lo_permille"] - 1000, bounds["tempo_hi_permille"] - 1000
    yield f"Measured: tempo {tempo / 10:+.1f} % (allowed {low / 10:+.0f} to {high / 10:+.0f} %), key {key:+d} cents."
    yield f"Measured: {(m.reordered_permille or 0) / 10:.0f} % of the music in another order; the voice: {m.vocals}."
    yield f"Measured: {m.lufs_centi / 100:.2f} LUFS, true peak {m.dbtp_centi / 100:.2f} dBTP."
    yield "Everything that can be measured is within the licence."
    for point in approved:
        yield f"{point[:1].upper()}{point[1:]}: {cast.NAMES[cast.PERFORMER]} heard both and approved."


def _cleared(cleared: Cleared) -> Iterator[str]:
    isrc, left = cleared.recording.isrc, cleared.isrcs_left
    yield f"{cleared.credits.title}, ISRC {isrc} from the label's own range ({left:,} left)."
    for name, verdict in sorted(cleared.verdicts.items()):
        words = verdict.statement["ai"]["words"] if verdict.statement else ""
        yield f"{name}: content credentials {verdict.state} under the house's trust list. {words}"
    yield f"Credits: {'; '.join(f'{line.name} ({line.role})' for line in cleared.credits.lines)}."


def _message(cleared: Cleared) -> Iterator[str]:
    assert cleared.message is not None, "both services take messages"
    schema = "valid against DDEX's schema" if cleared.message.schema_checked else "no schema folder is configured"
    found = f"{len(cleared.message.findings)} findings" if cleared.message.findings else "nothing to complain of"
    yield f"ERN 4.3.2 NewReleaseMessage, {len(cleared.message.content):,} bytes; semantic rules: {found}; {schema}."


def _money(books: ending.Books) -> Iterator[str]:
    result = books.ran.result
    came = _euro(result.receipts)
    yield f"{result.usage_rows} rows of three reports; received {came}; run on DuckDB, approved by a second person."
    for kind, amount in sorted(ending.held(books).items()):
        yield f"Held, {kind.replace('_', ' ')}: {_euro(amount)}."
    for statement in books.statements:
        totals = statement.totals
        paid = _euro(Fraction(totals.paid, 100))
        more = f", {_euro(Fraction(totals.carried, 100))} carried" if totals.carried else ""
        yield f"{cast.NAMES[statement.payee]}: paid {paid}{more} ({len(statement.lines)} lines)."
    received, sides = ending.balance(books)
    told = " + ".join(f"{_euro(amount)} {side}" for side, amount in sorted(sides.items()) if amount)
    equal = sum(sides.values(), Fraction(0)) == received
    yield f"Received {_euro(received)} = {told}: {'equal to the cent' if equal else 'NOT EQUAL'}."


def _euro(amount: Fraction) -> str:
    """An amount for reading: two decimals, more only where there are any."""
    cents = amount * 100
    if cents.denominator == 1:
        sign, size = ("−" if cents < 0 else ""), abs(cents.numerator)
        return f"{sign}{size // 100:,}.{size % 100:02d} €"
    return f"{float(amount):,.4f} €"
