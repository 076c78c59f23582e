"""What was really changed: measured on the audio, held against the bounds, never read from a recipe.

Our own renders and files made in any other program are measured by the same ears. Each value carries its confidence;
what cannot be measured says so and needs a person's approval, it never passes (invariant 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ritornello.analysis.model import Audio
from ritornello.studio.bounds import Bounds

Report = Callable[[float, str], None]
Vocals = Literal["keep", "remove", "none", "unmeasured"]

TEMPO_TOLERANCE_PERMILLE = 2
KEY_TOLERANCE_CENTS = 20
LOUDNESS_TOLERANCE_CENTI = 20
TRUE_PEAK_TOLERANCE_CENTI = 0
STRUCTURE_TOLERANCE_PERMILLE = 20
"""Share that may seem out of order or missing because the edges of passages are found to half a second only."""
_SURE = 500


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured; None is unmeasured.

    Tempo in permille of the original's speed, key in cents, shares in permille: `reordered` of the passages that were
    taken over, `kept` of the original's length, `original` and `added` of the K-weighted energy, give or take
    `margin_permille`. `used_ms` is how much of the original sounds, each moment counted once. Loudness in centi-LU,
    true peak in centi-dBTP. `confidence` gives permille for each of tempo, key, structure and share.
    """

    tempo_permille: int | None
    key_cents: int | None
    reordered_permille: int | None
    kept_permille: int | None
    used_ms: int | None
    original_permille: int | None
    added_permille: int | None
    margin_permille: int
    vocals: Vocals
    lufs_centi: int
    dbtp_centi: int
    confidence: Mapping[str, int]

    @property
    def structure(self) -> str | None:
        """keep, extract or reorder as heard; None where the original was not found."""
        if self.reordered_permille is None or self.kept_permille is None:
            return None
        if self.reordered_permille > STRUCTURE_TOLERANCE_PERMILLE:
            return "reorder"
        return "extract" if self.kept_permille < 1000 - STRUCTURE_TOLERANCE_PERMILLE else "keep"

    @property
    def pitch_follows_speed(self) -> bool:
        """Whether speed and pitch changed together as on a turntable."""
        if self.tempo_permille is None or self.key_cents is None:
            return False
        if abs(self.tempo_permille - 1000) <= TEMPO_TOLERANCE_PERMILLE:
            return False
        turntable = 1200 * math.log2(self.tempo_permille / 1000)
        return abs(turntable - self.key_cents) <= KEY_TOLERANCE_CENTS

    def to_document(self) -> dict[str, Any]:
        """Integer JSON."""
        document = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "confidence"}
        return {**document, "structure": self.structure, "confidence": dict(self.confidence)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Measurement:
        """The inverse of `to_document`."""
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Overstep:
    """A bound that the audio breaks (`exceeds`), or that nobody can say it keeps (`unmeasured`: ask for approval)."""

    term: str
    kind: Literal["exceeds", "unmeasured"]
    measured: int | str | None
    allowed: str
    tolerance: int = 0

    def __str__(self) -> str:
        if self.kind == "unmeasured":
            return f"{self.term} cannot be measured here: needs approval ({self.allowed} allowed)"
        return f"{self.term} measures {self.measured}, {self.allowed} allowed (tolerance {self.tolerance})"

    def to_document(self) -> dict[str, Any]:
        return {
            "term": self.term,
            "kind": self.kind,
            "measured": self.measured,
            "allowed": self.allowed,
            "tolerance": self.tolerance,
        }


def measure(
    original: Audio,
    derivative: Audio,
    report: Report | None = None,
    *,
    voice: Audio | Literal["none"] | None = None,
) -> Measurement:
    """Measure `derivative` against `original`.

    `voice` is the original's vocal stem, "none" where the original is known to have no voice, None where that is not
    known. Rates may differ. Nothing is assumed about how the derivative was made.
    """
    from ritornello.analysis import loudness
    from ritornello.studio import comparing
    from ritornello.studio.alignment import align
    from ritornello.studio.hearing import hear

    say = report or (lambda _fraction, _what: None)
    level = loudness.measure(derivative)
    say(0.1, "listening to the original")
    before = hear(original)
    say(0.3, "listening to the derivative")
    after = hear(derivative)
    say(0.5, "finding the original in the derivative")
    aligned = align(before, after)
    if aligned is None:
        say(1.0, "measured")
        return Measurement(
            tempo_permille=None,
            key_cents=None,
            reordered_permille=None,
            kept_permille=None,
            used_ms=None,
            original_permille=None,
            added_permille=None,
            margin_permille=1000,
            vocals="none" if voice == "none" else "unmeasured",
            lufs_centi=level.lufs_centi,
            dbtp_centi=level.dbtp_centi,
            confidence={"tempo": 0, "key": 0, "structure": 0, "share": 0},
        )
    say(0.8, "comparing pitch and energy")
    cents, sharpness = comparing.cents(before, after, aligned)
    stem = hear(voice).mono if isinstance(voice, Audio) else None
    share = comparing.shares(before, after, aligned, stem)
    matched = sum(run.end - run.start for run in aligned.runs)
    agreement = sum((run.end - run.start) * run.agreement for run in aligned.runs) / matched
    sure_of_tempo = _permille((1 - aligned.speed_error / 0.002) * min(1.0, len(aligned.offsets) / 6))
    sure_of_key = _permille(min(1.0, 2.5 * sharpness))
    sure_of_structure = _permille(min(1.0, 1.5 * agreement))
    spans = [(run.origin, run.origin + (run.end - run.start) * aligned.speed) for run in aligned.runs]
    used = _union(spans)
    say(1.0, "measured")
    return Measurement(
        tempo_permille=round(aligned.speed * 1000) if sure_of_tempo >= _SURE else None,
        key_cents=round(cents) if sure_of_key >= _SURE else None,
        reordered_permille=_permille(1 - _in_order(spans) / sum(b - a for a, b in spans)),
        kept_permille=_permille(used / _sounding(before.mono)),
        used_ms=round(used * 1000),
        original_permille=_permille(share.original),
        added_permille=1000 - _permille(share.original),
        margin_permille=_permille(share.margin),
        vocals=_vocals(voice, share.voice_db),
        lufs_centi=level.lufs_centi,
        dbtp_centi=level.dbtp_centi,
        confidence={
            "tempo": sure_of_tempo,
            "key": sure_of_key,
            "structure": sure_of_structure,
            "share": _permille(1 - 2 * share.margin),
        },
    )


def _permille(share: float) -> int:
    return round(1000 * min(max(share, 0.0), 1.0))


def _vocals(voice: Audio | Literal["none"] | None, change_db: float | None) -> Vocals:
    if voice == "none":
        return "none"
    if change_db is None or -6 < change_db < -3:
        return "unmeasured"
    return "keep" if change_db >= -3 else "remove"


def _sounding(mono: Any) -> float:
    """Seconds from the first to the last sound of a recording: leading and closing silence is no loss."""
    import numpy as np

    from ritornello.studio.hearing import RATE

    cells = np.abs(mono[: mono.size // 1024 * 1024]).reshape(-1, 1024).max(axis=1)
    loud = np.flatnonzero(cells > 1e-3)
    return float((loud[-1] - loud[0] + 1) * 1024 / RATE) if loud.size else 1.0


def _union(spans: list[tuple[float, float]]) -> float:
    total = reached = 0.0
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _in_order(spans: list[tuple[float, float]]) -> float:
    """The most seconds of passages that can be kept in place while all others are moved: a weighted longest rise.

    Passages may overlap by half a second, since their edges are not found more exactly.
    """
    best: list[float] = []
    for k, (start, end) in enumerate(spans):
        before = [best[j] for j in range(k) if spans[j][1] <= start + 0.5]
        best.append(end - start + max(before, default=0.0))
    return max(best)


def hold_against(measured: Measurement, bounds: Bounds) -> tuple[Overstep, ...]:
    """Every bound that the measured audio breaks or that could not be measured; empty when it may go out.

    Tolerances are those of invariant 3. What a bound leaves entirely free is not asked for.
    """
    out: list[Overstep] = []

    def ranged(term: str, value: int | None, lo: int, hi: int, tolerance: int) -> None:
        if value is None:
            out.append(Overstep(term, "unmeasured", None, f"{lo}..{hi}"))
        elif not lo - tolerance <= value <= hi + tolerance:
            out.append(Overstep(term, "exceeds", value, f"{lo}..{hi}", tolerance))

    tempo, key = measured.tempo_permille, measured.key_cents
    ranged("tempo_permille", tempo, bounds.tempo_lo_permille, bounds.tempo_hi_permille, TEMPO_TOLERANCE_PERMILLE)
    ranged("key_cents", key, bounds.key_lo_cents, bounds.key_hi_cents, KEY_TOLERANCE_CENTS)
    if bounds.keep_pitch and measured.pitch_follows_speed:
        out.append(Overstep("keep_pitch", "exceeds", "varispeed", "tempo that keeps the pitch"))
    out += _structure(measured, bounds)
    out += _shares(measured, bounds)
    if bounds.vocals != "any" and measured.vocals != "none":
        if measured.vocals == "unmeasured":
            out.append(Overstep("vocals", "unmeasured", None, bounds.vocals))
        elif not bounds.allows_vocals(measured.vocals):
            out.append(Overstep("vocals", "exceeds", measured.vocals, bounds.vocals))
    lo, hi = bounds.lufs_lo_centi, bounds.lufs_hi_centi
    ranged("lufs_centi", measured.lufs_centi, lo, hi, LOUDNESS_TOLERANCE_CENTI)
    if measured.dbtp_centi > bounds.true_peak_centi + TRUE_PEAK_TOLERANCE_CENTI:
        out.append(Overstep("true_peak_centi", "exceeds", measured.dbtp_centi, f"at most {bounds.true_peak_centi}"))
    return tuple(out)


def _structure(measured: Measurement, bounds: Bounds) -> list[Overstep]:
    out = []
    if bounds.structure != "reorder":
        if measured.structure is None or measured.confidence["structure"] < _SURE:
            out.append(Overstep("structure", "unmeasured", None, bounds.structure))
        elif not bounds.allows_structure(measured.structure):
            tolerance = STRUCTURE_TOLERANCE_PERMILLE
            out.append(Overstep("structure", "exceeds", measured.structure, bounds.structure, tolerance))
    if bounds.max_extract_ms is not None:
        if measured.used_ms is None:
            out.append(Overstep("max_extract_ms", "unmeasured", None, f"0..{bounds.max_extract_ms}"))
        elif measured.used_ms > bounds.max_extract_ms + 500:
            out.append(Overstep("max_extract_ms", "exceeds", measured.used_ms, f"0..{bounds.max_extract_ms}", 500))
    return out


def _shares(measured: Measurement, bounds: Bounds) -> list[Overstep]:
    """Shares are known give or take a margin: beyond it they exceed, within it somebody has to listen."""
    out = []
    margin = measured.margin_permille
    for term, value, short, limit in (
        ("min_original_permille", measured.original_permille, -1, bounds.min_original_permille),
        ("max_added_permille", measured.added_permille, 1, bounds.max_added_permille),
    ):
        free = limit <= 0 if short < 0 else limit >= 1000
        if free:
            continue
        allowed = f"at least {limit}" if short < 0 else f"at most {limit}"
        if value is None:
            out.append(Overstep(term, "unmeasured", None, allowed))
            continue
        beyond = (value - limit) * short
        if beyond > margin:
            out.append(Overstep(term, "exceeds", value, allowed, margin))
        elif beyond > -margin and not (short > 0 and limit == 0):
            out.append(Overstep(term, "unmeasured", value, allowed, margin))
    return out
