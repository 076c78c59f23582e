"""The same song told otherwise: another key or mode, other chords under the same tune, other time and metre.

Every change is made on the score and leaves a score. The order of the tune's tones is never changed; a change of mode
moves the degrees that tell major from minor, a reharmonisation moves none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from ritornello.studio.score import PPQ, ChordSpan, Part, Score, Tone, with_tempo

Time = Literal["same", "half", "double"]
Way = Literal["richer", "simpler", "secondary_dominants", "tritone", "modal_interchange"]
WAYS: tuple[Way, ...] = ("richer", "simpler", "secondary_dominants", "tritone", "modal_interchange")


def reinterpreted(
    score: Score,
    *,
    key_cents: int = 0,
    tempo_permille: int = 1000,
    ways: Sequence[Way] = (),
    mode: str | None = None,
    metre: int | None = None,
    time: Time = "same",
) -> Score:
    """All changes together, harmony first and speed last."""
    from ritornello.studio.reharmony import in_mode, reharmonised

    if key_cents % 100:
        raise ValueError(f"a score changes key in whole semitones: {key_cents} cents is none; use a multiple of 100")
    if mode is not None and mode != score.mode:
        score = in_mode(score, mode)
    if ways:
        score, _ = reharmonised(score, ways)
    if key_cents:
        score = transposed(score, key_cents // 100)
    if metre is not None and metre != score.metre:
        score = in_metre(score, metre)
    if time != "same":
        score = half_time(score) if time == "half" else double_time(score)
    return with_tempo(score, tempo_permille) if tempo_permille != 1000 else score


def transposed(score: Score, semitones: int) -> Score:
    """Everything `semitones` higher; the harmony as heard goes along, for a key change is no reharmonisation."""
    tune = tuple(replace(tone, pitch=min(127, max(0, tone.pitch + semitones))) for tone in score.tune)

    def moved(spans: Sequence[ChordSpan]) -> tuple[ChordSpan, ...]:
        return tuple(
            replace(
                span,
                chord=replace(
                    span.chord,
                    root=(span.chord.root + semitones) % 12 if span.chord.root >= 0 else -1,
                    bass=(span.chord.bass + semitones) % 12 if span.chord.bass >= 0 else -1,
                ),
            )
            for span in spans
        )

    return replace(
        score,
        tonic=(score.tonic + semitones) % 12,
        tune=tune,
        chords=moved(score.chords),
        heard=moved(score.heard),
    )


def _warped(score: Score, at: Callable[[int], int]) -> Score:
    """Every position moved by a rising map of ticks."""

    def spans(old: Sequence[ChordSpan]) -> tuple[ChordSpan, ...]:
        moved = (replace(span, start=at(span.start), end=at(span.end)) for span in old)
        return tuple(span for span in moved if span.end > span.start)

    tune: list[Tone] = []
    for tone in score.tune:
        start = at(tone.start)
        tune.append(replace(tone, start=start, length=max(1, at(tone.end) - start)))
    return replace(
        score,
        end=at(score.end),
        bars=tuple(at(bar) for bar in score.bars),
        tune=tuple(tune),
        chords=spans(score.chords),
        heard=spans(score.heard),
        sections=tuple(Part(at(part.start), at(part.end), part.label) for part in score.sections),
        tempo=_without_repeats((at(tick), micros) for tick, micros in score.tempo),
        beats=(),
        first_beat=0,
    )


def _without_repeats(marks: object) -> tuple[tuple[int, int], ...]:
    out: dict[int, int] = {}
    for tick, micros in marks:  # type: ignore[attr-defined]
        out[tick] = micros
    return tuple(sorted(out.items()))


def begun_later(score: Score, bars: int) -> Score:
    """The score without its first `bars` bars. The beats that are left lie where they lay in the recording."""
    cut = (*score.bars, score.end)[bars]
    gone = max(0, -(-(cut - score.first_beat) // PPQ))

    def spans(old: Sequence[ChordSpan]) -> tuple[ChordSpan, ...]:
        return tuple(replace(s, start=max(0, s.start - cut), end=s.end - cut) for s in old if s.end > cut)

    sections = (Part(max(0, s.start - cut), s.end - cut, s.label) for s in score.sections if s.end > cut)
    return replace(
        score,
        end=score.end - cut,
        bars=tuple(bar - cut for bar in score.bars[bars:]),
        tune=tuple(replace(tone, start=tone.start - cut) for tone in score.tune if tone.start >= cut),
        chords=spans(score.chords),
        heard=spans(score.heard),
        sections=tuple(sections),
        tempo=_without_repeats((max(0, tick - cut), micros) for tick, micros in score.tempo),
        beats=score.beats[gone:],
        first_beat=score.first_beat + gone * PPQ - cut,
    )


def double_time(score: Score) -> Score:
    """Twice as many beats to the same tune: the band plays twice as fast, and the song lasts as long as before."""
    bars = score.bar_spans()
    twice = _warped(score, lambda tick: 2 * tick)
    lines = [line for start, end in bars for line in (2 * start, start + end)]
    return replace(twice, bars=tuple(lines), tempo=tuple((tick, max(150_000, m // 2)) for tick, m in twice.tempo))


def half_time(score: Score) -> Score:
    """Half as many beats to the same tune: the backbeat comes half as often, and the song lasts as long as before."""
    half = _warped(score, lambda tick: tick // 2)
    lines = [bar // 2 for bar in score.bars[::2]]
    lines = [line for line in lines if line % PPQ == 0 and line < half.end]
    end = -(-half.end // PPQ) * PPQ
    return replace(
        half, bars=tuple(lines), end=end, tempo=tuple((tick, min(3_000_000, 2 * m)) for tick, m in half.tempo)
    )


def in_metre(score: Score, metre: int) -> Score:
    """4/4 told in 3/4 or the other way about, bar by bar.

    From four to three, two neighbouring beats of each bar are told in the time of one: those two in which the fewest
    tones begin. From three to four, the beat whose tone is held longest is given twice its time. The tune keeps its
    tones and their order. Raises ValueError for other metres.
    """
    if {score.metre, metre} != {3, 4}:
        raise ValueError(f"a metre changes between 3 and 4 beats a bar, not from {score.metre} to {metre}")
    knots: list[tuple[int, int]] = [(0, 0)]
    lines: list[int] = []
    for start, end in score.bar_spans():
        lines.append(knots[-1][1])
        lengths = _beat_lengths(score, start, (end - start) // PPQ, metre)
        for k, length in enumerate(lengths):
            knots.append((start + (k + 1) * PPQ, knots[-1][1] + length))
    moved = _warped(score, lambda tick: _between(knots, tick))
    return replace(
        moved, metre=metre, bars=tuple(lines), end=knots[-1][1], heard_metre=score.heard_metre or score.metre
    )


def _beat_lengths(score: Score, start: int, beats: int, metre: int) -> list[int]:
    """How long each beat of a bar becomes, in ticks."""
    onsets = [sum(start + k * PPQ <= tone.start < start + (k + 1) * PPQ for tone in score.tune) for k in range(beats)]
    lengths = [PPQ] * beats
    if metre == 3 and beats == 4:
        changes = {span.start for span in score.chords}
        pairs = [(onsets[k] + onsets[k + 1] + (start + (k + 1) * PPQ in changes), -k) for k in range(3)]
        k = -min(pairs)[1]
        lengths[k] = lengths[k + 1] = PPQ // 2
    elif metre == 4 and beats == 3:
        k = min(range(3), key=lambda beat: (onsets[beat], -beat))
        lengths[k] = 2 * PPQ
    return lengths


def _between(knots: Sequence[tuple[int, int]], tick: int) -> int:
    """The map through the knots at one per beat, straight between them."""
    k = min(max(0, tick // PPQ), len(knots) - 2)
    (a, x), (b, y) = knots[k], knots[k + 1]
    return x + (tick - a) * (y - x) // (b - a)
