"""One immutable batch of recordings: words sorted by (word, pitch), and the peaks to verify against.

Nothing here holds shifted copies of a recording: a word is the same in every transposition and tempo. The arrays lie in
plain .npy files that are mapped into memory, so that opening a batch costs nothing and its pages are shared by all
readers. Words are made from peaks alone, so batches merge without their audio.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.identify import triplets
from ritornello.identify.peaks import FRAMES_PER_SECOND, Peaks

FOLLOWERS = 4
"""Later peaks per anchor on the reference side: 6 words an anchor."""

FRAME_STEP = 8
"""Frames (160 ms) in one step of a word's place: fine enough to vote, and 190,000 hours fit 32 bits."""

GAP_STEPS = 125
"""Steps (20 s) left free between two recordings, so that a query may begin before one and end after it."""

SPAN_STEPS = 84
"""Steps of a word's span for each factor of e above the shortest: 1.2 % each, finer than the frames it is made of."""

CHROMA = 24
"""Numbers of a beat: twelve pitch classes of all that sounds, and twelve of the leading line."""

PITCH_STEPS = 256
"""Steps of a peak's pitch in one bin."""

MOST_RECORDINGS = 65_535

_ARRAYS = (
    "starts",
    "places",
    "begins",
    "peak_ends",
    "peak_frames",
    "peak_frame",
    "peak_pitch",
    "print_ends",
    "print_word",
    "term",
    "term_track",
    "term_at",
    "chroma_ends",
    "chroma",
    "beat",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of a recording.

    Attributes:
        recording: its id.
        peaks: for the transformed tier.
        prints: uint32, ten a second, for the exact tier.
        chroma: float32 (beats, 24), for re-performances: pitch classes of all that sounds, and of the leading line; no
            rows when its beats were not heard.
        beats: float32 seconds, one for each row of chroma.
    """

    recording: str
    peaks: Peaks
    prints: npt.NDArray[np.uint32]
    chroma: npt.NDArray[np.float32]
    beats: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Segment:
    """An immutable batch: the recording `names[i]` has the peaks `peaks(i)`.

    `places[starts[w]:starts[w+1]]` are the places of word `w`, in order of pitch. The recordings lie one after another
    on one line of time: `begins[i]` is the step at which the i-th begins, and the last one ends the line. A place is
    three uint16, the step on that line (low half, high half) and pitch · 256 + span: six bytes however many recordings
    there are, in one row of the cache.
    """

    names: tuple[str, ...]
    arrays: dict[str, npt.NDArray[Any]]

    def peaks(self, number: int) -> Peaks:
        """The peaks of one recording; their strengths are not kept."""
        low, high = self._span("peak_ends", number)
        pitch = self.arrays["peak_pitch"][low:high].astype(np.float32) * np.float32(1 / PITCH_STEPS)
        return Peaks(
            np.asarray(self.arrays["peak_frame"][low:high]),
            pitch,
            np.ones(high - low, np.float32),
            int(self.arrays["peak_frames"][number]),
        )

    def prints(self, number: int) -> npt.NDArray[np.uint32]:
        low, high = self._span("print_ends", number)
        return np.asarray(self.arrays["print_word"][low:high])

    def chroma(self, number: int) -> npt.NDArray[np.float32]:
        low, high = self._span("chroma_ends", number)
        return self.arrays["chroma"][low:high].astype(np.float32) / np.float32(255.0)

    def beats(self, number: int) -> npt.NDArray[np.float32]:
        low, high = self._span("chroma_ends", number)
        return np.asarray(self.arrays["beat"][low:high])

    def entry(self, number: int) -> Entry:
        """Everything that is kept of one recording."""
        return Entry(
            self.names[number], self.peaks(number), self.prints(number), self.chroma(number), self.beats(number)
        )

    def begin(self, number: int) -> int:
        """The frame at which a recording begins on the line of all."""
        return int(self.arrays["begins"][number]) * FRAME_STEP

    def recording_at(self, frame: float) -> int:
        """The recording that a frame of the line of all lies in, or nearest before it in the gap."""
        step = frame / FRAME_STEP + GAP_STEPS / 2
        return max(0, int(np.searchsorted(self.arrays["begins"][:-1], step, side="right")) - 1)

    @property
    def index_bytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def transformed_bytes(self) -> int:
        """Bytes of the words and peaks alone."""
        return sum(self.arrays[name].nbytes for name in _ARRAYS[:7])

    def _span(self, ends: str, number: int) -> tuple[int, int]:
        kept = self.arrays[ends]
        return int(kept[number - 1]) if number else 0, int(kept[number])


def hours_of(segments: Sequence[Segment]) -> float:
    """Hours of the recordings in these segments."""
    return sum(int(one.arrays["peak_frames"].sum()) for one in segments) / FRAMES_PER_SECOND / 3600


def build(entries: Sequence[Entry], followers: int = FOLLOWERS) -> Segment:
    """Make one batch of the given recordings, at most 65,535."""
    if len(entries) > MOST_RECORDINGS:
        raise ValueError(f"a segment holds at most {MOST_RECORDINGS} recordings, not {len(entries)}")
    lengths = np.array([-(-entry.peaks.frames // FRAME_STEP) + GAP_STEPS for entry in entries], np.int64)
    begins = np.concatenate([[0], np.cumsum(lengths)])
    starts, places = _places([entry.peaks for entry in entries], begins[:-1], followers)
    term = _joined([entry.prints for entry in entries], np.uint32)
    term_track = _joined([np.full(len(entry.prints), n, np.uint16) for n, entry in enumerate(entries)], np.uint16)
    term_at = _joined([np.arange(len(entry.prints), dtype=np.uint32) for entry in entries], np.uint32)
    by_term = np.argsort(term, kind="stable")
    peaks = [entry.peaks for entry in entries]
    arrays: dict[str, npt.NDArray[Any]] = {
        "starts": starts,
        "places": places,
        "begins": begins.astype(np.uint32),
        "peak_ends": _ends([len(one) for one in peaks]),
        "peak_frames": np.array([one.frames for one in peaks], np.int32),
        "peak_frame": _joined([one.frame for one in peaks], np.int32),
        "peak_pitch": _joined([np.round(one.pitch * PITCH_STEPS).astype(np.uint16) for one in peaks], np.uint16),
        "print_ends": _ends([len(entry.prints) for entry in entries]),
        "print_word": term,
        "term": term[by_term],
        "term_track": term_track[by_term],
        "term_at": term_at[by_term],
        "chroma_ends": _ends([len(entry.chroma) for entry in entries]),
        "chroma": _joined(
            [np.round(np.clip(entry.chroma, 0, 1) * 255).astype(np.uint8).reshape(-1, CHROMA) for entry in entries],
            np.uint8,
            CHROMA,
        ),
        "beat": _joined([entry.beats for entry in entries], np.float32),
    }
    return Segment(tuple(entry.recording for entry in entries), arrays)


def _places(
    peaks: Sequence[Peaks], begins: npt.NDArray[np.int64], followers: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
    """All words of the recordings, sorted by word and pitch."""
    made = [triplets.of(one, followers) for one in peaks]
    word = _joined([one.word for one in made], np.int64)
    pitch = _joined([np.round(one.pitch) for one in made], np.uint8)
    order = np.argsort(word * 256 + pitch, kind="stable")
    where = _joined([one.frame // FRAME_STEP + begin for one, begin in zip(made, begins, strict=True)], np.uint32)[
        order
    ]
    span = _joined([np.round(np.log(one.span / triplets.SHORTEST) * SPAN_STEPS) for one in made], np.uint16)
    places = np.empty((len(order), 3), np.uint16)
    places[:, 0] = where & 0xFFFF
    places[:, 1] = where >> 16
    places[:, 2] = (pitch[order].astype(np.uint16) << 8) | span[order]
    return np.concatenate([[0], np.cumsum(np.bincount(word, minlength=triplets.WORDS))]).astype(np.uint32), places


def write(segment: Segment, folder: Path) -> None:
    """Write a batch as a folder of .npy files, each one flushed to the disk."""
    folder.mkdir(parents=True)
    for name, array in segment.arrays.items():
        with (folder / f"{name}.npy").open("xb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    with (folder / "names.json").open("x", encoding="utf-8") as listing:
        json.dump(list(segment.names), listing)
        listing.flush()
        os.fsync(listing.fileno())


def read(folder: Path) -> Segment:
    """Open a batch: its arrays are mapped, not read. Raises FileNotFoundError when a file is missing."""
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name in _ARRAYS:
        array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        # a plain view of the map: numba compiles one version for both
        arrays[name] = array.view(np.ndarray)
    return Segment(tuple(names), arrays)


def _ends(lengths: list[int]) -> npt.NDArray[np.int64]:
    return np.cumsum(np.array(lengths, np.int64))


def _joined(parts: Sequence[npt.NDArray[Any]], kind: type, columns: int | None = None) -> npt.NDArray[Any]:
    return (
        np.concatenate(parts).astype(kind, copy=False)
        if parts
        else np.empty((0,) if columns is None else (0, columns), kind)
    )
