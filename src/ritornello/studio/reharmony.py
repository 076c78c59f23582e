"""Other chords under the same tune: another mode, secondary dominants, tritone substitutes, borrowed chords.

Each substitution is tried against the tune: where it would rub more than what it replaces, it is left out and said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ritornello.studio.harmony import QUALITIES, STEPS, Harmony, clash, family, is_dominant
from ritornello.studio.score import PPQ, ChordSpan, Mode, Score

if TYPE_CHECKING:
    from ritornello.studio.reinterpret import Way


@dataclass(frozen=True, slots=True)
class Substitution:
    """What was put in the place of what, from which tick, in which way; `kept` where the tune did not allow it."""

    way: str
    start: int
    before: Harmony
    after: Harmony
    kept: bool = False


def rub(score: Score, chord: Harmony, start: int, end: int) -> int:
    """For how many ticks the tune clashes with a chord between two ticks; passing tones under an eighth are free."""
    total = 0
    for tone in score.sung_over(start, end):
        heard = min(tone.end, end) - max(tone.start, start)
        if tone.length >= PPQ // 2 and heard >= PPQ // 4 and clash(chord, tone.pitch % 12):
            total += heard
    return total


def clashes(score: Score) -> tuple[tuple[int, int, str], ...]:
    """Every long tone of the tune that rubs with its chord: (tick, MIDI pitch, chord)."""
    out = []
    for span in score.chords:
        for tone in score.sung_over(span.start, span.end):
            if rub(replace(score, tune=(tone,)), span.chord, span.start, span.end):
                out.append((max(tone.start, span.start), tone.pitch, span.chord.name))
    return tuple(out)


def in_mode(score: Score, mode: str) -> Score:
    """The song in the parallel key: the third, sixth and seventh degrees of tune and chords move by a semitone.

    Over a dominant the leading tone stays, in the tune as in the chord: minor as it is sung, not as it is drawn.
    """
    if mode not in STEPS:
        raise ValueError(f"a mode is major or minor, not {mode!r}")
    if mode == score.mode:
        return score
    to: Mode = "minor" if mode == "minor" else "major"
    old, new = STEPS[score.mode], STEPS[to]
    moves = {(score.tonic + a) % 12: b - a for a, b in zip(old, new, strict=True) if a != b}
    chords = tuple(replace(span, chord=_in_mode(span.chord, score, to, moves)) for span in score.chords)
    moved = replace(score, mode=to, chords=chords, heard=score.heard or score.chords)
    tune = []
    for tone in score.tune:
        step = moves.get(tone.pitch % 12, 0)
        tones = moved.chord_at(tone.start).tones
        if step and tone.pitch % 12 in tones and (tone.pitch + step) % 12 not in tones:
            step = 0
        tune.append(replace(tone, pitch=tone.pitch + step))
    return replace(moved, tune=tuple(tune))


def _in_mode(chord: Harmony, score: Score, to: Mode, moves: dict[int, int]) -> Harmony:
    if chord.root < 0:
        return chord
    degree = (chord.root - score.tonic) % 12
    if degree == 7 and family(chord.quality) == "maj":
        return chord  # the dominant keeps its leading tone
    root = (chord.root + moves.get(chord.root, 0)) % 12
    tones = [(tone + moves.get(tone, 0)) % 12 for tone in chord.tones]
    if to == "major" and degree == 7:
        return Harmony(root, "maj", root)
    steps = tuple(sorted((tone - root) % 12 for tone in tones[:3]))
    quality = next((q for q in ("maj", "min", "dim", "aug") if tuple(sorted(QUALITIES[q])) == steps), chord.quality)
    bass = (chord.bass + moves.get(chord.bass, 0)) % 12
    return Harmony(root, quality, bass if chord.bass != chord.root else root)


def reharmonised(score: Score, ways: Sequence[Way]) -> tuple[Score, tuple[Substitution, ...]]:
    """The score with other chords under the same tune, and what was put in place of what (or left for the tune's sake).

    `secondary_dominants` lead into a chord by its own dominant seventh; `tritone` replaces a dominant that resolves by
    the one a tritone away; `modal_interchange` borrows from the parallel mode; `richer` adds sevenths, `simpler` goes
    back to triads. Raises ValueError for an unknown way.
    """
    from ritornello.studio.reinterpret import WAYS

    unknown = [way for way in ways if way not in WAYS]
    if unknown:
        raise ValueError(f"unknown way to reharmonise: {', '.join(unknown)}; use {', '.join(WAYS)}")
    heard = score.heard or score.chords
    spans, said = list(score.chords), list[Substitution]()
    steps = {
        "simpler": _simpler,
        "modal_interchange": _borrowed,
        "secondary_dominants": _led,
        "tritone": _tritone,
        "richer": _richer,
    }
    for way, step in steps.items():
        if way in ways:
            spans = step(score, spans, said)
    return replace(score, chords=tuple(spans), heard=heard), tuple(said)


def _tried(score: Score, span: ChordSpan, after: Harmony, way: str, said: list[Substitution]) -> bool:
    """Whether `after` may stand in place of a span's chord: it rubs with the tune no more than what was there."""
    fits = rub(score, after, span.start, span.end) <= rub(score, span.chord, span.start, span.end)
    said.append(Substitution(way, span.start, span.chord, after, kept=not fits))
    return fits


def _following(spans: Sequence[ChordSpan], k: int) -> Harmony | None:
    return spans[k + 1].chord if k + 1 < len(spans) else None


def _led(score: Score, spans: list[ChordSpan], said: list[Substitution]) -> list[ChordSpan]:
    """The second half of a long chord becomes the dominant seventh of the chord that follows."""
    out: list[ChordSpan] = []
    for k, span in enumerate(spans):
        following = _following(spans, k)
        out.append(span)
        if following is None or following.root < 0 or span.chord.root < 0 or span.end - span.start < 2 * PPQ:
            continue
        root = (following.root + 7) % 12
        if root == span.chord.root or following.root == span.chord.root or family(following.quality) == "dim":
            continue
        beats = (span.end - span.start) // PPQ
        cut = span.end - (beats // 2 if beats <= 4 else 2) * PPQ
        late = ChordSpan(cut, span.end, span.chord)
        after = Harmony(root, "7", root)
        if _tried(score, late, after, "secondary_dominants", said):
            out[-1] = replace(span, end=cut)
            out.append(replace(late, chord=after))
    return out


def _tritone(score: Score, spans: list[ChordSpan], said: list[Substitution]) -> list[ChordSpan]:
    """A dominant becomes the one a tritone away; elsewhere every second chord is led into from a semitone above.

    The substitute's third and seventh are the dominant's seventh and third. Where the tune does not bear it for the
    whole chord, it is tried for the last two beats of it, and for the last.
    """
    out: list[ChordSpan] = []
    fresh, led = True, False
    for k, span in enumerate(spans):
        out.append(span)
        following = _following(spans, k)
        if led:  # what was led into stays what it is
            led = fresh = False
            continue
        if following is None or following.root < 0 or span.chord.root < 0 or following.root == span.chord.root:
            continue
        after = Harmony((following.root + 1) % 12, "7", (following.root + 1) % 12)
        dominant = is_dominant(span.chord, following) and (span.chord.root - score.tonic) % 12 != 0
        if dominant and _tried(score, span, after, "tritone", said):
            out[-1], led = replace(span, chord=after), True
            continue
        if not (dominant or fresh):
            fresh = True
            continue
        for beats in (2, 1):
            cut = span.end - beats * PPQ
            if cut > span.start and _tried(score, ChordSpan(cut, span.end, span.chord), after, "tritone", said):
                out[-1:] = [replace(span, end=cut), ChordSpan(cut, span.end, after)]
                led = True
                break
    return out


# (degree, family) of the chord in its own mode -> (degree, quality) of what may be borrowed for it, the best first
_BORROWED: dict[str, dict[tuple[int, str], tuple[tuple[int, str], ...]]] = {
    "major": {
        (5, "maj"): ((5, "m6"), (5, "min"), (10, "7")),
        (2, "min"): ((2, "m7b5"), (5, "min")),
        (9, "min"): ((8, "maj7"), (8, "maj")),
        (4, "min"): ((3, "maj7"), (3, "maj")),
        (11, "dim"): ((10, "7"),),
    },
    "minor": {
        (5, "min"): ((5, "7"), (5, "maj")),
        (7, "min"): ((7, "7"), (7, "maj")),
        (8, "maj"): ((9, "m7b5"),),
        (10, "maj"): ((11, "dim7"),),
    },
}


def _borrowed(score: Score, spans: list[ChordSpan], said: list[Substitution]) -> list[ChordSpan]:
    """Of the chances that the tune leaves every second is taken, and of a long chord only the second half.

    So the key stays heard, and what is borrowed is heard as borrowed.
    """
    out: list[ChordSpan] = []
    fresh = True
    for span in spans:
        out.append(span)
        degree = (span.chord.root - score.tonic) % 12
        options = _BORROWED[score.mode].get((degree, family(span.chord.quality)), ()) if span.chord.root >= 0 else ()
        for steps, quality in options if fresh else ():
            root = (score.tonic + steps) % 12
            after = Harmony(root, quality, root)
            cut = span.start
            if root == span.chord.root and span.end - span.start >= 4 * PPQ:
                cut = span.end - (span.end - span.start) // PPQ // 2 * PPQ
            late = ChordSpan(cut, span.end, span.chord)
            if _tried(score, late, after, "modal_interchange", said):
                out[-1:] = [replace(span, end=cut)] if cut > span.start else []
                out.append(replace(late, chord=after))
                fresh = False
                break
        else:
            fresh = fresh or bool(options)
    return out


def _richer(score: Score, spans: list[ChordSpan], said: list[Substitution]) -> list[ChordSpan]:
    from ritornello.studio.harmony import coloured

    out = []
    for k, span in enumerate(spans):
        sung = [tone.pitch % 12 for tone in score.sung_over(span.start, span.end) if tone.length >= PPQ // 2]
        after = coloured(span.chord, _following(spans, k), score.tonic, score.mode, "ninths", sung)
        if after != span.chord:
            said.append(Substitution("richer", span.start, span.chord, after))
        out.append(replace(span, chord=after))
    return out


def _simpler(score: Score, spans: list[ChordSpan], said: list[Substitution]) -> list[ChordSpan]:
    out = []
    for span in spans:
        plain = {"maj": "maj", "min": "min", "dim": "dim", "sus": "sus4", "none": "none"}[family(span.chord.quality)]
        after = Harmony(span.chord.root, plain, span.chord.root)
        if after != span.chord:
            said.append(Substitution("simpler", span.start, span.chord, after))
        out.append(replace(span, chord=after))
    return out
