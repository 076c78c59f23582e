"""A derivative held against every original that it was made of: each measured apart, then the whole.

Tempo, key, order and voice are asked of each original by itself. The shares are asked of the whole: what one original
gave is nothing added where another was declared, so only what no declared original explains counts as added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ritornello.analysis.model import Audio
from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Measurement, Overstep, Report, hold_against, measure


@dataclass(frozen=True, slots=True)
class Parent:
    """A declared original: its id, how to load it, and its voice (a loader of the stem, "none", or None: unknown)."""

    id: str
    audio: Callable[[], Audio]
    voice: Callable[[], Audio] | Literal["none"] | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Each original's measurement by its id, and the whole: the strongest original's figures with the joint shares."""

    parents: Mapping[str, Measurement]
    whole: Measurement

    def to_document(self) -> dict[str, Any]:
        """The whole's integer JSON with `parents`, where there is more than one original."""
        document = self.whole.to_document()
        if len(self.parents) > 1:
            document["parents"] = {name: one.to_document() for name, one in self.parents.items()}
        return document


def measure_all(parents: Sequence[Parent], derivative: Audio, report: Report | None = None) -> Measured:
    """Measure `derivative` against each original. Raises ValueError for none."""
    if not parents:
        raise ValueError("a measurement needs at least one original to hold the audio against")
    found: dict[str, Measurement] = {}
    for number, parent in enumerate(parents):

        def say(done: float, words: str, number: int = number) -> None:
            if report is not None:
                report((number + done) / len(parents), words)

        voice = parent.voice() if callable(parent.voice) else parent.voice
        found[parent.id] = measure(parent.audio(), derivative, say, voice=voice)
    return Measured(found, _whole(list(found.values())))


def _whole(found: list[Measurement]) -> Measurement:
    strongest = max(found, key=lambda one: one.original_permille or -1)
    if len(found) == 1:
        return strongest
    if any(one.original_permille is None for one in found):
        return replace(strongest, original_permille=None, added_permille=None, margin_permille=1000)
    original = min(1000, sum(one.original_permille or 0 for one in found))
    margin = min(1000, sum(one.margin_permille for one in found))
    return replace(strongest, original_permille=original, added_permille=1000 - original, margin_permille=margin)


def hold_all(measured: Measured, bounds: Bounds) -> tuple[Overstep, ...]:
    """Every bound that the audio breaks towards any of its originals, or that could not be measured."""
    if len(measured.parents) == 1:
        return hold_against(measured.whole, bounds)
    apart = replace(bounds, min_original_permille=0, max_added_permille=1000)
    found = [
        replace(overstep, term=f"{overstep.term} of {name}")
        for name, one in measured.parents.items()
        for overstep in hold_against(one, apart)
        if overstep.term not in ("lufs_centi", "true_peak_centi")
    ]
    free = replace(
        apart,
        tempo_lo_permille=0,
        tempo_hi_permille=10**6,
        key_lo_cents=-(10**6),
        key_hi_cents=10**6,
        keep_pitch=False,
        structure="reorder",
        max_extract_ms=None,
        vocals="any",
        min_original_permille=bounds.min_original_permille,
        max_added_permille=bounds.max_added_permille,
    )
    whole = tuple(
        overstep
        for overstep in hold_against(measured.whole, free)
        if overstep.term not in ("tempo_permille", "key_cents")
    )
    return (*found, *whole)


def level_only(derivative: Audio) -> Measurement:
    """The measurement of a performance that holds no recording: its level; there is nothing of the original to find."""
    from ritornello.analysis import loudness

    level = loudness.measure(derivative)
    return Measurement(
        tempo_permille=None,
        key_cents=None,
        reordered_permille=None,
        kept_permille=None,
        used_ms=None,
        original_permille=0,
        added_permille=1000,
        margin_permille=0,
        vocals="none",
        lufs_centi=level.lufs_centi,
        dbtp_centi=level.dbtp_centi,
        confidence={"tempo": 0, "key": 0, "structure": 0, "share": 1000},
    )


def hold_level(measured: Measurement, bounds: Bounds) -> tuple[Overstep, ...]:
    """What binds a performance: loudness and true peak. Bounds on the recording do not reach what holds none of it."""
    return tuple(one for one in hold_against(measured, bounds) if one.term in ("lufs_centi", "true_peak_centi"))
