"""How a song rises and falls: for every bar whether it introduces, tells, lifts or breaks out.

A person's own names for the parts are believed (intro, verse, chorus, bridge, outro). Letters from listening are read
by what they hold: where nothing is sung at the beginning it is an intro; the letter that returns and lies highest is
the chorus; what comes again is told with more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ritornello.studio.score import Part, Score

INTRO, VERSE, LIFT, CHORUS = range(4)
_NAMED = {
    **{"intro": INTRO, "outro": INTRO, "interlude": INTRO, "verse": VERSE, "bridge": LIFT, "pre-chorus": LIFT},
    **{"prechorus": LIFT, "chorus": CHORUS, "hook": CHORUS, "refrain": CHORUS, "drop": CHORUS},
}


@dataclass(frozen=True, slots=True)
class FormBar:
    """One bar: its ticks, its energy 0..3, its place in its part and how many bars that part has."""

    start: int
    end: int
    energy: int
    place: int
    of: int
    leads_on: bool
    """Whether another part follows the one that this bar closes."""

    @property
    def closes(self) -> bool:
        return self.place == self.of - 1


def bars_of(score: Score) -> tuple[FormBar, ...]:
    """Every bar of the score with its energy."""
    parts = _parts(score)
    energies = [_energy(score, parts, k) for k in range(len(parts))]
    if len(parts) == 1:
        return _one_part(score)
    out: list[FormBar] = []
    spans = score.bar_spans()
    for k, (part, energy) in enumerate(zip(parts, energies, strict=True)):
        inside = [span for span in spans if part.start <= span[0] < part.end]
        for place, (start, end) in enumerate(inside):
            out.append(FormBar(start, end, energy, place, len(inside), k + 1 < len(parts)))
    return tuple(out)


def _parts(score: Score) -> tuple[Part, ...]:
    """The parts without gaps, from the first bar to the end."""
    marks = sorted({part.start: part for part in score.sections}.items())
    if not marks:
        return (Part(0, score.end, "A"),)
    starts = [0, *(start for start, _ in marks[1:])]
    ends = [*starts[1:], score.end]
    return tuple(
        Part(start, end, part.label) for start, end, (_, part) in zip(starts, ends, marks, strict=True) if start < end
    )


def _one_part(score: Score) -> tuple[FormBar, ...]:
    """Without a form: phrases of eight bars, each with more than the last."""
    spans = score.bar_spans()
    out = []
    for k, (start, end) in enumerate(spans):
        phrase, phrases = k // 8, -(-len(spans) // 8)
        energy = min(CHORUS, VERSE + (3 * phrase) // max(1, phrases - 1) if phrases > 1 else LIFT)
        of = min(8, len(spans) - 8 * phrase)
        out.append(FormBar(start, end, energy, k % 8, of, phrase + 1 < phrases))
    return tuple(out)


def _energy(score: Score, parts: tuple[Part, ...], k: int) -> int:
    label = parts[k].label.strip().lower().rstrip("0123456789 ")
    if label in _NAMED:
        named = _NAMED[label]
        again = any(before.label.strip().lower().startswith("verse") for before in parts[:k])
        return LIFT if named == VERSE and again else named
    if k == 0 and _sung(score, parts[0]) < 0.25 and _sung(score, parts[1]) >= 0.25:
        return INTRO
    if k == len(parts) - 1 and _sung(score, parts[k]) < 0.2 and score.tune:
        return INTRO
    chorus = _chorus(score, parts)
    if parts[k].label == chorus:
        return CHORUS
    before = [part.label for part in parts[:k]]
    return VERSE if parts[k].label not in before and len(before) < 2 else LIFT


def _sung(score: Score, part: Part) -> float:
    """The share of a part in which the tune sounds."""
    heard = sum(min(t.end, part.end) - max(t.start, part.start) for t in score.sung_over(part.start, part.end))
    return heard / max(1, part.end - part.start)


def _chorus(score: Score, parts: tuple[Part, ...]) -> str:
    """The label of the chorus: of those that return, the one that is sung highest; the first part is least likely."""
    counts = Counter(part.label for part in parts)
    candidates = [label for label, count in counts.items() if count > 1] or list(counts)

    def height(label: str) -> tuple[float, int, str]:
        tones = [t for part in parts if part.label == label for t in score.sung_over(part.start, part.end)]
        mean = sum(t.pitch * t.length for t in tones) / max(1, sum(t.length for t in tones)) if tones else 0.0
        return (mean - 2.5 * (label == parts[0].label), counts[label], label)

    return max(candidates, key=height)
