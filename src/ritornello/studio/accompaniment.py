"""What each pitched player of a band plays: bass, chords, pads, the tune, its double, and answers where it rests."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ritornello.studio.form import CHORUS, FormBar
from ritornello.studio.harmony import QUALITIES, SILENCE, STEPS, Harmony, plain, voicing
from ritornello.studio.score import PPQ, ChordSpan, Score, Tone
from ritornello.studio.styles import Bars, Player, StylePack

SIXTEENTH = PPQ // 4
_STRUM = 14
"""Ticks from string to string of a strum: 7 ms at 120 beats a minute."""
_FORCE = (0.82, 0.88, 0.94, 1.0)


@dataclass(frozen=True, slots=True)
class Note:
    """A played note before the hand of a human: ticks, pitch, velocity; `late` is meant micro-timing, `exact` none."""

    start: int
    length: int
    pitch: int
    velocity: int
    late: int = 0
    exact: bool = False


def cell_beats(beats: int) -> tuple[int, ...]:
    """Which beats of a cell of four a bar of `beats` beats plays: a bar of three leaves out the third."""
    out: list[int] = []
    while beats - len(out) >= 4:
        out += [0, 1, 2, 3]
    out += {0: (), 1: (0,), 2: (0, 3), 3: (0, 1, 3)}[beats - len(out)]
    return tuple(out)


class Accompanist:
    """The pitched parts of one arrangement."""

    def __init__(
        self, score: Score, chords: Sequence[ChordSpan], style: StylePack, bars: Sequence[FormBar], last: int
    ) -> None:
        self._score = score
        self._chords = tuple(span for span in chords if span.chord.root >= 0)
        self._starts = [span.start for span in self._chords]
        self._style = style
        self._bars = bars[: last + 1]
        self._last = last
        self._tune_starts = [tone.start for tone in score.tune]

    def part(self, player: Player) -> list[Note]:
        """Everything that one player plays, in order of time."""
        ways: dict[str, Callable[[Player], list[Note]]] = {
            "bass": self._bass,
            "comp": self._comp,
            "pad": self._pad,
            "lead": self._lead,
            "double": self._double,
            "riff": self._riff,
        }
        return sorted(ways[player.role](player), key=lambda note: (note.start, note.pitch))

    def _span(self, tick: int) -> ChordSpan | None:
        k = bisect_right(self._starts, tick) - 1
        return self._chords[k] if k >= 0 and tick < self._chords[k].end else None

    def _next(self, tick: int) -> Harmony:
        k = bisect_right(self._starts, tick)
        return self._chords[k].chord if k < len(self._chords) else SILENCE

    def _events(self, bar: FormBar, rows: Bars) -> list[tuple[int, int, str, int]]:
        """The events of a pattern in a bar: (tick, ticks, what, velocity)."""
        if not rows:
            return []
        row = rows[bar.place % len(rows)]
        out = []
        for beat, source in enumerate(cell_beats((bar.end - bar.start) // PPQ)):
            for at, length, what, velocity in row:
                if at // 4 == source:
                    tick = bar.start + beat * PPQ + at % 4 * SIXTEENTH
                    out.append((tick, min(length * SIXTEENTH, bar.end - tick + PPQ // 2), what, velocity))
        return sorted(out)

    def _pattern(self, player: Player, bar: FormBar) -> Bars:
        return player.full if bar.energy == CHORUS else player.light

    # bass

    def _bass(self, player: Player) -> list[Note]:
        out: list[Note] = []
        root = (player.lo + player.hi) // 2
        for k, bar in enumerate(self._bars):
            if bar.energy < player.starts:
                continue
            if k == self._last and k:
                out += self._resting_bass(player, bar, root)
                continue
            for tick, length, what, velocity in self._on_changes(bar, self._events(bar, self._pattern(player, bar))):
                span = self._span(tick)
                if span is None:
                    continue
                fresh = not out or out[-1].start < span.start
                root = _nearest(span.chord.bass, root, player.lo, min(player.hi, player.lo + 14))
                pitch = self._degree(span, tick, "1" if fresh else what, root, player)
                force = round(velocity * _FORCE[bar.energy])
                out.append(Note(tick, min(length, max(SIXTEENTH, span.end - tick)), pitch, force))
        return _cut_at_next(out)

    def _on_changes(self, bar: FormBar, events: list[tuple[int, int, str, int]]) -> list[tuple[int, int, str, int]]:
        """The events, and one more wherever a chord begins that none of them meets."""
        out = list(events)
        for span in self._chords:
            if bar.start <= span.start < bar.end and not any(abs(e[0] - span.start) < SIXTEENTH for e in events):
                # what was about to sound just after the change gives way to the change itself
                out = [e for e in out if not span.start < e[0] < span.start + SIXTEENTH]
                out.append((span.start, PPQ, "1", 84))
        return sorted(out)

    def _degree(self, span: ChordSpan, tick: int, what: str, root: int, player: Player) -> int:
        steps = QUALITIES[span.chord.quality]
        offset = (span.chord.bass - span.chord.root) % 12
        if what in ("1", "8", "3", "4", "5", "6", "b7"):
            interval = _interval(what, steps)
            # above an inverted bass the degrees of the chord lie elsewhere
            above = (interval - offset) % 12 if what not in ("1", "8") else 12 * (what == "8")
            pitch = root + above
            return pitch if pitch <= player.hi else pitch - 12 if pitch - 12 >= player.lo else pitch
        following = self._next(tick)
        if following.root < 0:
            return root
        target = _nearest(following.bass, root, player.lo, player.hi)
        if what == "next":
            return target
        if following.bass == span.chord.bass:
            return (
                root + _interval("5" if what in ("app", "walk1") else "6", steps) - (12 if root + 9 > player.hi else 0)
            )
        return self._approach(root, target, 2 if what == "walk1" else 1)

    def _approach(self, root: int, target: int, steps: int) -> int:
        """A step of the scale (or a semitone below) away from the target, on the side from which the bass comes."""
        scale = {(self._score.tonic + step) % 12 for step in STEPS[self._score.mode]}
        side = -1 if root <= target else 1
        pitch = target
        for _ in range(steps):
            near = [pitch + side * n for n in (1, 2) if (pitch + side * n) % 12 in scale]
            pitch = near[-1] if near else pitch + side
        return pitch

    def _resting_bass(self, player: Player, bar: FormBar, root: int) -> list[Note]:
        spans = [span for span in self._chords if span.start < bar.end and span.end > bar.start]
        notes = []
        for span in spans:
            start = max(span.start, bar.start)
            root = _nearest(span.chord.bass, root, player.lo, player.hi)
            notes.append(Note(start, max(PPQ, min(span.end, bar.end) - start), root, 92))
        return notes

    # chords

    def _comp(self, player: Player) -> list[Note]:
        out: list[Note] = []
        previous: tuple[int, ...] = ()
        chord = SILENCE
        for k, bar in enumerate(self._bars):
            if bar.energy < player.starts:
                continue
            resting = k == self._last and k > 0
            events = (
                [(bar.start, bar.end - bar.start, "strum", 80)]
                if resting
                else self._events(bar, self._pattern(player, bar))
            )
            for tick, length, what, velocity in self._on_long_changes(bar, events, resting):
                span = self._span(tick)
                if span is None:
                    continue
                if span.chord != chord or not previous:
                    chord = span.chord
                    previous = voicing(
                        chord,
                        previous,
                        count=player.voices,
                        lo=player.lo,
                        hi=player.hi,
                        rootless=player.rootless,
                        under=self._under(span),
                    )
                held = min(length, max(SIXTEENTH, span.end - tick))
                colours = set(chord.tones) - set(plain(chord).tones)
                for note in _hand(previous, what, tick, held, round(velocity * _FORCE[bar.energy])):
                    # a seventh or a ninth is a colour: played under the triad, not over it
                    softer = note.velocity * 2 // 3 if note.pitch % 12 in colours else note.velocity
                    out.append(replace(note, velocity=softer))
        return out

    def _on_long_changes(
        self, bar: FormBar, events: list[tuple[int, int, str, int]], resting: bool
    ) -> list[tuple[int, int, str, int]]:
        """A held chord is struck again where the harmony changes beneath it."""
        out = list(events)
        for tick, length, what, velocity in events:
            held = [s for s in self._chords if tick < s.start < min(tick + length, bar.end)]
            for span in held if length >= PPQ or resting else []:
                if not any(abs(e[0] - span.start) < SIXTEENTH for e in out):
                    out.append((span.start, tick + length - span.start, what, velocity))
        return sorted(out)

    def _under(self, span: ChordSpan) -> int:
        tones = self._score.sung_over(span.start, span.end)
        return min((tone.pitch for tone in tones), default=128)

    def _pad(self, player: Player) -> list[Note]:
        """Long chords without their colours, which are the business of the hands that comp."""
        out: list[Note] = []
        previous: tuple[int, ...] = ()
        for span in self._chords:
            bars = [b for b in self._bars if b.start < span.end and b.end > span.start and b.energy >= player.starts]
            for group in _runs(bars):
                start, end = max(span.start, group[0].start), min(span.end, group[-1].end)
                pitches = voicing(plain(span.chord), previous, count=player.voices, lo=player.lo, hi=player.hi)
                previous = pitches or previous
                force = round(72 * _FORCE[group[0].energy])
                out += [Note(start, end - start, pitch, force, exact=True) for pitch in pitches]
        return out

    # the tune and what belongs to it

    def _force_of_tune(self, tone: Tone) -> int:
        bar = next((b for b in self._bars if b.start <= tone.start < b.end), None)
        return round(min(112, 62 + 0.4 * tone.velocity) * _FORCE[bar.energy if bar else 1])

    def _lead(self, player: Player) -> list[Note]:
        return [Note(t.start, t.length, t.pitch, self._force_of_tune(t), exact=True) for t in self._score.tune]

    def _double(self, player: Player) -> list[Note]:
        """The tune once more where the band is full: in unison, in octaves, or in thirds that fit the chord."""
        out = []
        for bar in self._bars:
            if bar.energy < player.starts:
                continue
            for tone in self._score.tune:
                if bar.start <= tone.start < bar.end:
                    pitch = tone.pitch + player.shift
                    if abs(player.shift) in (3, 4):
                        pitch = self._third(tone, -1 if player.shift < 0 else 1)
                    while pitch > player.hi:
                        pitch -= 12
                    while pitch < player.lo:
                        pitch += 12
                    out.append(Note(tone.start, tone.length, pitch, self._force_of_tune(tone) - 8))
        return out

    def _third(self, tone: Tone, side: int) -> int:
        span = self._span(tone.start)
        tones = set(span.chord.tones) if span else set()
        scale = {(self._score.tonic + step) % 12 for step in STEPS[self._score.mode]}
        for allowed in (tones, scale):
            for distance in (3, 4, 5):
                if (tone.pitch + side * distance) % 12 in allowed:
                    return tone.pitch + side * distance
        return tone.pitch + side * 12

    def _riff(self, player: Player) -> list[Note]:
        out: list[Note] = []
        middle = (player.lo + player.hi) // 2
        for k, bar in enumerate(self._bars):
            if bar.energy < player.starts or (k == self._last and k):
                continue
            for tick, length, what, velocity in self._events(bar, self._pattern(player, bar)):
                span = self._span(tick)
                half = bar.start + (tick - bar.start) // (2 * PPQ) * 2 * PPQ
                if span is None or (player.rests and self._sung(half - PPQ // 2, half + 2 * PPQ)):
                    continue
                root = _nearest(span.chord.root, middle - 5, player.lo, player.hi - 7)
                pitch = root + _interval(what, QUALITIES[span.chord.quality]) if what != "8" else root + 12
                pitch = pitch if pitch <= player.hi else pitch - 12
                held = min(length, max(SIXTEENTH, span.end - tick))
                out.append(Note(tick, held, pitch, round(velocity * _FORCE[bar.energy])))
        return out

    def _sung(self, start: int, end: int) -> bool:
        k = bisect_right(self._tune_starts, end - 1)
        return any(tone.end > start + PPQ // 2 for tone in self._score.tune[max(0, k - 4) : k])


def _interval(what: str, steps: Sequence[int]) -> int:
    """A degree in semitones above the root, as the chord has it."""
    inside = {step % 12 for step in steps}
    choices: dict[str, Iterable[int]] = {
        "1": (0,),
        "8": (0,),
        "3": (4, 3, 5, 2),
        "4": (5,),
        "5": (7, 6, 8),
        "6": (9,),
        "b7": (10, 11),
    }
    wanted = list(choices.get(what, (0,)))
    found = next((step for step in wanted if step in inside), None)
    if found is not None:
        return found
    if what == "b7":
        return 10 if 3 in inside else 9
    if what == "6":
        return 7 if 3 in inside else 9
    return wanted[0]


def _nearest(tone: int, to: int, lo: int, hi: int) -> int:
    """The pitch of a pitch class that lies nearest to `to` within lo..hi; low rather than high."""
    places = [pitch for pitch in range(lo, hi + 1) if pitch % 12 == tone % 12]
    return min(places, key=lambda pitch: (abs(pitch - to), pitch)) if places else to - (to - tone) % 12


def _cut_at_next(notes: list[Note]) -> list[Note]:
    """A bass sounds one note at a time."""
    ordered = sorted(notes, key=lambda note: note.start)
    out = []
    for k, note in enumerate(ordered):
        until = ordered[k + 1].start if k + 1 < len(ordered) else note.start + note.length
        length = min(note.length, until - note.start)
        if length > 0:
            out.append(Note(note.start, length, note.pitch, note.velocity, note.late, note.exact))
    return out


def _hand(pitches: Sequence[int], what: str, tick: int, length: int, velocity: int) -> list[Note]:
    """The notes of one event of a comping hand."""
    if not pitches:
        return []
    if what.isdigit():
        return [Note(tick, length, pitches[(int(what) - 1) % len(pitches)], velocity)]
    chosen: Sequence[int] = {"low": pitches[:1], "top": pitches[1:] or pitches}.get(what, pitches)
    if what == "up":
        chosen = tuple(reversed(pitches[-3:]))
    spread = _STRUM if what in ("strum", "up") else 0
    return [Note(tick, length, pitch, velocity - 2 * k, k * spread) for k, pitch in enumerate(chosen)]


def _runs(bars: Sequence[FormBar]) -> list[list[FormBar]]:
    out: list[list[FormBar]] = []
    for bar in bars:
        if out and out[-1][-1].end == bar.start:
            out[-1].append(bar)
        else:
            out.append([bar])
    return out
