"""Matches read for their pages: bars of what is in a file, its history, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ritornello.distribution.matches import Match, Route, Routing, licence_in, standing
from ritornello.store.blobs import Blobs
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import waveform
from ritornello.web.frames import Names
from ritornello.web.match_views import Bar, BarRow, Choice, DecisionLine, MatchRow, MatchView
from ritornello.web.read_song import Reader
from ritornello.web.read_tree import full_title
from ritornello.web.views import Amount, Fact, Link, Passage, VoiceView
from ritornello.web.wording import count, day, timecode
from ritornello.workflows.convert_match import ANSWERED
from ritornello.workflows.route_matches import Examined
from ritornello.workflows.service_lists import owners_named
from ritornello.workflows.take_in_matches import Queued, manifest_of

STATES: Mapping[Route | None, tuple[str, str]] = {
    None: ("wait", "Not decided"),
    Route.ALLOW_LIST: ("yes", "On the allow-list"),
    Route.CONTENT_CLAIM: ("no", "To be claimed"),
    Route.CONVERT: ("ask", "Offered a licence"),
    Route.LICENSED: ("yes", "Licensed"),
    Route.DECLINED: ("wait", "Declined by its uploader"),
    Route.DISPUTED: ("wait", "Disputed by its uploader"),
    Route.LEFT_ALONE: ("none", "Left alone"),
}
LABELS = {
    Route.ALLOW_LIST: ("Put it on the allow-list", "It is a derivative that we licensed: it is never claimed."),
    Route.CONVERT: ("Offer a licence", "The uploader sees the terms by a link; accepting licenses it from that day."),
    Route.CONTENT_CLAIM: ("Claim it", "The co-owners claim it against the originals' references, with these seconds."),
    Route.LEFT_ALONE: ("Leave it alone", "Nothing is done; the reason is kept."),
}
TIERS = {
    "exact": "an untouched copy",
    "transformed": "the recording, changed",
    "declared": "the declared original",
    "reperformed": "the song, performed anew",
}


@dataclass(frozen=True, slots=True)
class Matches:
    """What the pages on matches are read with."""

    work: UnitOfWork
    names: Names
    reader: Reader

    def queue(self, queued: Sequence[Queued], currency: str) -> tuple[MatchRow, ...]:
        """The queue as rows."""
        return tuple(self._row(one, currency) for one in queued)

    def match(self, examined: Examined, blobs: Blobs, reference: str, *, may_route: bool) -> MatchView:
        """One match, opened against one of the recordings in it (the surest if `reference` names none of them)."""
        match = examined.match
        chosen = reference if reference in match.recordings else next(iter(match.recordings), match.copy_of or "")
        stands = standing(examined.routings, self.reader.now)
        proposed = examined.proposal
        original = self.work.catalogue.recording(chosen) if chosen else None
        copy = self.work.catalogue.recording(match.copy_of) if match.copy_of else None
        kept = manifest_of(self.work, match)
        return MatchView(
            id=match.id,
            file=match.file_name,
            facts=self._facts(match),
            duration_ms=match.duration_ms,
            rows=tuple(self._bars(match, name, name == chosen) for name in match.recordings),
            unknown=timecode(int(match.answer["unknown_ms"])) if int(match.answer["unknown_ms"]) >= 1000 else "",
            unknown_bars=_unknown_bars(match),
            overlaps=_overlaps(match),
            because=proposed.because,
            copy_of=None if copy is None else Link(full_title(copy), f"/songs/{copy.id}"),
            copied_words="its samples are the very same" if match.copied == "samples" else "recognised by its sound",
            manifest_url="" if kept is None else f"/api/v1/matches/{match.id}/manifest",
            original=None
            if original is None
            else self.reader.voice(original, self.work.studio.heard(original.id), "original"),
            derivative=_voice(match, blobs),
            passages=_passages(match, chosen),
            choices=tuple(
                Choice(
                    route.value,
                    label,
                    words,
                    route is proposed.route,
                    tuple(f"{self._said(one.what)}: {one.mend}" for one in examined.against[route]),
                )
                for route, (label, words) in LABELS.items()
            ),
            history=tuple(self._line(one, one is stands) for one in reversed(examined.routings)),
            may_route=may_route,
            offers_link=stands is not None and stands.route in ANSWERED,
            may_answer=_answers(stands),
            holders=self._holders(examined),
            let_go=tuple(
                f"{self.names(one.holder)}: {one.reason} ({self.names(one.by)}, {day(one.at.date())})"
                for one in self.work.matches.releases(match.id)
            ),
        )

    def _holders(self, examined: Examined) -> tuple[Link, ...]:
        """Who may let go of what was before, where it is licensed: those who have not said so yet."""
        at = self.reader.now
        if licence_in(examined.routings, at) is None:
            return ()
        said = {one.holder for one in self.work.matches.releases(examined.match.id)}
        owners = owners_named(self.work, examined.match.recordings, at)
        return tuple(Link(self.names(one), one) for one in owners if one not in said)

    def _row(self, one: Queued, currency: str) -> MatchRow:
        state, words = STATES[None if one.standing is None else one.standing.route]
        match = one.match
        where = ", ".join(filter(None, (self.names(match.service) if match.service else "", match.channel)))
        return MatchRow(
            match.id,
            match.file_name,
            where or "not known",
            tuple(dict.fromkeys(str(found["title"]) for found in match.answer["found"])),
            match.plays,
            None if one.worth_micros is None else Amount(one.worth_micros, currency),
            state,
            words,
            match.found_at,
        )

    def _facts(self, match: Match) -> tuple[Fact, ...]:
        facts = [Fact("Length", timecode(match.duration_ms))]
        if match.service:
            facts.append(Fact("Service", self.names(match.service)))
        if match.channel:
            facts.append(Fact("Channel", match.channel))
        if match.plays is not None:
            facts.append(Fact("Plays", count(match.plays)))
        return tuple(facts)

    def _bars(self, match: Match, recording: str, chosen: bool) -> BarRow:
        answer = match.answer
        found = next(one for one in answer["found"] if one["recording"] == recording)
        placed = [one for one in answer["passages"] if one["recording"] == recording] or [found]
        share = answer["duration_shares_permille"].get(recording)
        return BarRow(
            recording,
            str(found["title"]),
            self.names(str(found["artist"])) if str(found["artist"]).startswith("pty_") else str(found["artist"]),
            "" if share is None else f"{share / 10:.0f} %",
            TIERS[str(found["tier"])],
            _chance(int(found["chance_ppm"])),
            tuple(_bar(one, match.duration_ms) for one in placed),
            f"/matches/{match.id}?reference={recording}",
            chosen,
        )

    def _line(self, one: Routing, standing: bool) -> DecisionLine:
        until = f" until {day(one.valid_to)}" if one.valid_to else ""
        released = "; earlier use is let go of" if one.releases_past else ""
        return DecisionLine(
            STATES[one.route][1],
            self.names(one.by),
            one.at,
            one.reason,
            f"{one.territories} from {day(one.valid_from)}{until}{released}",
            standing,
        )

    def _said(self, words: str) -> str:
        """Ids of recordings in a sentence are read as their titles."""
        for one in words.split():
            if one.startswith("rec_") and (recording := self.work.catalogue.recording(one)) is not None:
                words = words.replace(one, full_title(recording))
        return words


def _answers(stands: Routing | None) -> tuple[str, ...]:
    """What an uploader may have answered to what stands."""
    if stands is None or stands.route not in ANSWERED:
        return ()
    return ("disputed", "declined") if stands.route is Route.CONVERT else ("disputed",)


def _voice(match: Match, blobs: Blobs) -> VoiceView | None:
    """The file as a voice of the player; None when its sound was not kept."""
    if match.audio_key is None or not blobs.exists(match.audio_key):
        return None
    peaks = waveform.fit(match.peaks, len(match.peaks))
    return VoiceView(
        match.id, "derivative", match.file_name, match.channel or "unknown", match.duration_ms, peaks,
        f"/matches/{match.id}/audio", "", "", "",
    )  # fmt: skip


def _passages(match: Match, recording: str) -> tuple[Passage, ...]:
    placed = [one for one in match.answer["passages"] if one["recording"] == recording]
    placed = placed or [one for one in match.answer["found"] if one["recording"] == recording]
    return tuple(
        Passage(
            int(one["query_ms"][0]),
            int(one["query_ms"][1]),
            int(one["reference_ms"][0]),
            int(one["reference_ms"][1]),
            TIERS[str(one["tier"])],
            False,
        )
        for one in placed
    )


def _bar(one: Mapping[str, Any], duration_ms: int) -> Bar:
    start, end = (min(max(int(ms), 0), duration_ms) for ms in one["query_ms"])
    moved = []
    if abs(int(one["cents"])) >= 10:
        moved.append(f"{int(one['cents']) / 100:+.1f} semitones")
    if abs(int(one["time_scale_ppm"]) - 1_000_000) >= 3_000:
        moved.append(f"{1_000_000 / int(one['time_scale_ppm']):.2f} times as fast")
    return Bar(
        start * 1000 // max(duration_ms, 1),
        end * 1000 // max(duration_ms, 1),
        start,
        end,
        int(one["reference_ms"][0]),
        ", ".join(moved) or "as it is",
    )


def _spans(match: Match) -> list[tuple[int, int, str]]:
    """Every attributed stretch in ms of the file, with the recording's title; in order."""
    answer = match.answer
    return sorted(
        (max(0, int(one["query_ms"][0])), min(int(one["query_ms"][1]), match.duration_ms), str(one["title"]))
        for one in (answer["passages"] or answer["found"])
    )


def _unknown_bars(match: Match) -> tuple[Bar, ...]:
    """The stretches of a second and more that nothing known was found in."""
    free, reached = [], 0
    for start, end, _ in _spans(match):
        if start - reached >= 1000:
            free.append((reached, start))
        reached = max(reached, end)
    if match.duration_ms - reached >= 1000:
        free.append((reached, match.duration_ms))
    whole = max(match.duration_ms, 1)
    return tuple(Bar(start * 1000 // whole, end * 1000 // whole, start, end, 0, "") for start, end in free)


def _overlaps(match: Match) -> tuple[str, ...]:
    """Where two recordings sound at once, in words; a second with two counts half for each."""
    spans = _spans(match)
    found = []
    for number, (start, end, title) in enumerate(spans):
        for other_start, other_end, other in spans[number + 1 :]:
            first, last = max(start, other_start), min(end, other_end)
            if other != title and last - first >= 500:
                found.append(f"{timecode(first)} to {timecode(last)}: {title} and {other}")
    return tuple(dict.fromkeys(found))


def _chance(ppm: int) -> str:
    if ppm <= 1:
        return "less than one in a million"
    return f"one in {count(round(1_000_000 / ppm))}"
