"""The index of one batch of recordings: words sorted by (word, pitch), and the peaks to verify against.

Nothing here holds shifted copies of a recording: a word is the same in every transposition and tempo. Segments are
immutable; adding recordings makes a new segment, and merging makes one out of many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ritornello.identify import triplets
from ritornello.identify.peaks import Peaks

FOLLOWERS = 4
"""Later peaks per anchor on the reference side: 6 words an anchor."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An immutable batch: `names[i]` is the recording whose peaks are `peaks[i]`.

    The word arrays are parallel and sorted by (word, pitch); `starts[w]:starts[w+1]` are the places of word `w`.
    Pitch is kept in eighths of a bin (uint16), span and frame in frames.
    """

    names: tuple[str, ...]
    peaks: tuple[Peaks, ...]
    starts: npt.NDArray[np.int64]
    track: npt.NDArray[np.uint32]
    frame: npt.NDArray[np.uint16]
    pitch: npt.NDArray[np.uint16]
    span: npt.NDArray[np.uint8]

    @property
    def index_bytes(self) -> int:
        """Bytes of words and peaks together."""
        words = self.starts.nbytes + self.track.nbytes + self.frame.nbytes + self.pitch.nbytes + self.span.nbytes
        return words + sum(p.frame.nbytes + p.pitch.nbytes for p in self.peaks)


def build(recordings: Sequence[tuple[str, Peaks]]) -> Segment:
    """Make one segment of the given recordings."""
    words, tracks, frames, pitches, spans = [], [], [], [], []
    for number, (_, found) in enumerate(recordings):
        made = triplets.of(found, FOLLOWERS)
        words.append(made.word)
        tracks.append(np.full(len(made), number, np.uint32))
        frames.append(np.minimum(made.frame, 65535).astype(np.uint16))
        pitches.append(np.round(made.pitch * 8).astype(np.uint16))
        spans.append(np.minimum(made.span, 255).astype(np.uint8))
    word = np.concatenate(words) if words else np.empty(0, np.int32)
    pitch = np.concatenate(pitches) if words else np.empty(0, np.uint16)
    order = np.lexsort((pitch, word))
    starts = np.searchsorted(word[order], np.arange(triplets.WORDS + 1)).astype(np.int64)
    return Segment(
        tuple(name for name, _ in recordings),
        tuple(found for _, found in recordings),
        starts,
        (np.concatenate(tracks) if words else np.empty(0, np.uint32))[order],
        (np.concatenate(frames) if words else np.empty(0, np.uint16))[order],
        pitch[order],
        (np.concatenate(spans) if words else np.empty(0, np.uint8))[order],
    )


def save(segment: Segment, path: Path) -> None:
    """Write a segment as one file; the file appears whole or not at all."""
    lengths = np.array([len(p) for p in segment.peaks], np.int64)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            names=np.array(segment.names),
            lengths=lengths,
            frames=np.array([p.frames for p in segment.peaks], np.int64),
            peak_frame=_joined([p.frame for p in segment.peaks], np.int32),
            peak_pitch=_joined([p.pitch for p in segment.peaks], np.float32),
            peak_strength=_joined([p.strength for p in segment.peaks], np.float32),
            starts=segment.starts,
            track=segment.track,
            frame=segment.frame,
            pitch=segment.pitch,
            span=segment.span,
        )
    partial.replace(path)


def load(path: Path) -> Segment:
    """Read a segment that `save` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        ends = np.cumsum(kept["lengths"])
        begins = ends - kept["lengths"]
        frame, pitch, strength = kept["peak_frame"], kept["peak_pitch"], kept["peak_strength"]
        peaks = tuple(
            Peaks(frame[b:e], pitch[b:e], strength[b:e], int(total))
            for b, e, total in zip(begins, ends, kept["frames"], strict=True)
        )
        return Segment(
            tuple(str(name) for name in kept["names"]),
            peaks,
            kept["starts"],
            kept["track"],
            kept["frame"],
            kept["pitch"],
            kept["span"],
        )


def _joined(parts: list[npt.NDArray[np.generic]], kind: type) -> npt.NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
