"""The song as the studio shows it: its waveform with beats, bars, chords and sections, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ritornello.analysis.model import PITCH_CLASSES
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.pages import names_of
from ritornello.web.read_song import Reader
from ritornello.web.views import SongView


class ChordMark(NamedTuple):
    """A chord where it sounds: `bar` counts from 1, 0 before the first."""

    name: str
    start_ms: int
    end_ms: int
    bar: int


def song_heard(
    recording_id: str, member: Identity, work: UnitOfWork, now: datetime
) -> tuple[SongView | None, tuple[ChordMark, ...]]:
    """One voice for the player and its chords; None where the song has not been listened to yet."""
    recording = work.catalogue.recording(recording_id)
    heard = work.studio.heard_in([recording_id]).get(recording_id)
    if recording is None or heard is None:
        return None, ()
    reader = Reader(work, member, names_of(work, member), now, {})
    return reader.alone(recording, heard), chord_marks(heard.analysis)


def chord_marks(analysis: Mapping[str, Any]) -> tuple[ChordMark, ...]:
    """The chords of an analysis document; the same chord over a bar line is one mark."""
    rate = analysis["rate"]
    bars = [start * 1000 // rate for start in analysis.get("downbeats", ())]
    found: list[ChordMark] = []
    for start, end, root, quality, *_ in analysis.get("chords", ()):
        name = "" if root is None else PITCH_CLASSES[root] + ("m" if quality == "min" else "")
        begin, stop = start * 1000 // rate, end * 1000 // rate
        if found and found[-1].name == name:
            found[-1] = found[-1]._replace(end_ms=stop)
        else:
            found.append(ChordMark(name, begin, stop, sum(one <= begin + 40 for one in bars)))
    return tuple(one for one in found if one.name)
