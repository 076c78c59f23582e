"""The lead sheet: tune and chord symbols as MusicXML 4.0, written by hand on the score's own grid.

Positions are written in divisions of 960 to the beat, so that nothing is rounded; a tone is split at bar lines and into
note values that exist, and tied. Triplets are written as tuplets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from ritornello.studio.harmony import Harmony
from ritornello.studio.score import PPQ, ChordSpan, Score, Tone

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_SHARP = (("C", 0), ("C", 1), ("D", 0), ("D", 1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("G", 1), ("A", 0), ("A", 1))
_SHARPS = (*_SHARP, ("B", 0))
_FLATS = (
    *(("C", 0), ("D", -1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("G", -1), ("G", 0), ("A", -1), ("A", 0)),
    *(("B", -1), ("B", 0)),
)
_FIFTHS = {0: 0, 1: -5, 2: 2, 3: -3, 4: 4, 5: -1, 6: 6, 7: 1, 8: -4, 9: 3, 10: -2, 11: 5}
# ticks: (type, dots), longest first; what is no value is split
_VALUES = {
    5760: ("whole", 1),
    3840: ("whole", 0),
    2880: ("half", 1),
    1920: ("half", 0),
    1440: ("quarter", 1),
    960: ("quarter", 0),
    720: ("eighth", 1),
    480: ("eighth", 0),
    360: ("16th", 1),
    240: ("16th", 0),
    180: ("32nd", 1),
    120: ("32nd", 0),
    60: ("64th", 0),
}
_TRIPLETS = {640: "quarter", 320: "eighth", 160: "16th", 80: "32nd"}
# quality: (kind, degrees added)
_KINDS: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    "maj": ("major", ()),
    "min": ("minor", ()),
    "5": ("power", ()),
    "6": ("major-sixth", ()),
    "m6": ("minor-sixth", ()),
    "7": ("dominant", ()),
    "maj7": ("major-seventh", ()),
    "m7": ("minor-seventh", ()),
    "mmaj7": ("major-minor", ()),
    "9": ("dominant-ninth", ()),
    "maj9": ("major-ninth", ()),
    "m9": ("minor-ninth", ()),
    "add9": ("major", ((9, 0),)),
    "madd9": ("minor", ((9, 0),)),
    "69": ("major-sixth", ((9, 0),)),
    "13": ("dominant-13th", ()),
    "7b9": ("dominant", ((9, -1),)),
    "m11": ("minor-11th", ()),
    "sus2": ("suspended-second", ()),
    "sus4": ("suspended-fourth", ()),
    "7sus4": ("suspended-fourth", ((7, -1),)),
    "dim": ("diminished", ()),
    "dim7": ("diminished-seventh", ()),
    "m7b5": ("half-diminished", ()),
    "aug": ("augmented", ()),
    "none": ("none", ()),
}


def fifths(tonic: int, mode: str) -> int:
    """Sharps (+) or flats (-) of a key."""
    return _FIFTHS[(tonic + 3) % 12 if mode == "minor" else tonic]


def lead_sheet(score: Score, *, composer: str = "", arranger: str = "") -> bytes:
    """The tune with chord symbols, parts and tempo as one MusicXML document (UTF-8)."""
    flats = fifths(score.tonic, score.mode) < 0
    names = _FLATS if flats else _SHARPS
    credits = "".join(
        f'<creator type="{kind}">{escape(name)}</creator>'
        for kind, name in (("composer", composer), ("arranger", arranger))
        if name
    )
    out = [
        _HEAD,
        '<score-partwise version="4.0">',
        f"<work><work-title>{escape(score.title or 'Untitled')}</work-title></work>",
        f"<identification>{credits}<encoding><software>Ritornello</software></encoding></identification>",
        '<part-list><score-part id="P1"><part-name>Lead</part-name>'
        '<score-instrument id="P1-I1"><instrument-name>Voice</instrument-name></score-instrument>'
        '<midi-instrument id="P1-I1"><midi-channel>1</midi-channel><midi-program>54</midi-program></midi-instrument>'
        '</score-part></part-list><part id="P1">',
    ]
    writer = _Bars(score, names)
    for number, (start, end) in enumerate(score.bar_spans(), start=1):
        out.append(writer.bar(number, start, end))
    out.append("</part></score-partwise>\n")
    return "".join(out).encode("utf-8")


class _Bars:
    """Writes one bar after the other; everything is in order, so each list is walked once."""

    def __init__(self, score: Score, names: Sequence[tuple[str, int]]) -> None:
        self._score = score
        self._names = names
        self._tones = list(score.tune)
        self._at = 0
        self._chords = list(score.chords)
        self._chord = 0
        self._sections = {part.start: part.label for part in score.sections}
        self._tempo = dict(score.tempo)
        self._beats = 0

    def bar(self, number: int, start: int, end: int) -> str:
        out = [f'<measure number="{number}">', self._attributes(number, (end - start) // PPQ)]
        if start in self._sections:
            out.append(
                '<direction placement="above"><direction-type><rehearsal>'
                f"{escape(self._sections[start])}</rehearsal></direction-type></direction>"
            )
        marks = sorted((tick, micros) for tick, micros in self._tempo.items() if start <= tick < end)
        if marks:
            out.append(_metronome(marks[0][1]))
        symbols = self._symbols(start, end)
        for begin, length, tone, first, last in self._pieces(start, end, [s.start for s in symbols]):
            while symbols and symbols[0].start <= begin:
                out.append(_symbol(symbols.pop(0).chord, self._names))
            out.append(_note(begin, length, tone, self._names, tied_back=not first, tied_on=not last))
        out.append("</measure>")
        return "".join(out)

    def _attributes(self, number: int, beats: int) -> str:
        if number > 1 and beats == self._beats:
            return ""
        self._beats = beats
        time = f"<time><beats>{beats}</beats><beat-type>4</beat-type></time>"
        if number > 1:
            return f"<attributes>{time}</attributes>"
        key = (
            f"<key><fifths>{fifths(self._score.tonic, self._score.mode)}</fifths><mode>{self._score.mode}</mode></key>"
        )
        clef = "<clef><sign>G</sign><line>2</line></clef>"
        return f"<attributes><divisions>{PPQ}</divisions>{key}{time}{clef}</attributes>"

    def _symbols(self, start: int, end: int) -> list[ChordSpan]:
        out = []
        while self._chord < len(self._chords) and self._chords[self._chord].start < end:
            out.append(self._chords[self._chord])
            self._chord += 1
        return out

    def _pieces(
        self, start: int, end: int, changes: Sequence[int]
    ) -> Iterable[tuple[int, int, Tone | None, bool, bool]]:
        """What fills a bar: (tick, ticks, tone or None for a rest, begins here, ends here)."""
        at = start
        while at < end:
            tone = self._tones[self._at] if self._at < len(self._tones) else None
            if tone is None or tone.start >= end:
                yield from _split(at, end, None, changes, True, True)
                return
            if tone.start > at:
                yield from _split(at, tone.start, None, changes, True, True)
                at = tone.start
                continue
            until = min(tone.end, end)
            yield from _split(at, until, tone, (), at == tone.start, until == tone.end)
            at = until
            if until == tone.end:
                self._at += 1


def _split(
    start: int, end: int, tone: Tone | None, changes: Sequence[int], first: bool, last: bool
) -> Iterable[tuple[int, int, Tone | None, bool, bool]]:
    """A stretch of sound or silence as note values that exist; rests also end where a chord begins."""
    marks = [start, *(c for c in sorted(changes) if start < c < end), end]
    pieces: list[tuple[int, int]] = []
    for a, b in pairwise(marks):
        while a < b:
            length = _value(a, b)
            pieces.append((a, length))
            a += length
    for k, (at, length) in enumerate(pieces):
        yield at, length, tone, first and k == 0, last and k == len(pieces) - 1


def _value(at: int, end: int) -> int:
    """The longest value that may begin at `at`, does not pass `end` and does not hide the beat."""
    room = end - at
    inside = at % PPQ
    if room in _VALUES or (room in _TRIPLETS and inside % (PPQ // 3) == 0):
        return room
    if inside:  # fill up to the next beat first
        room = min(room, PPQ - inside)
        if room in _VALUES or room in _TRIPLETS:
            return room
    for length in (*_VALUES, *_TRIPLETS):
        if length <= room and (room >= 960 or (room - length) % 60 == 0 or (room - length) % 80 == 0):
            return length
    return room


def _metronome(micros: int) -> str:
    bpm = 60e6 / micros
    return (
        '<direction placement="above"><direction-type><metronome><beat-unit>quarter</beat-unit>'
        f'<per-minute>{bpm:.4g}</per-minute></metronome></direction-type><sound tempo="{bpm:.6f}"/></direction>'
    )


def _symbol(chord: Harmony, names: Sequence[tuple[str, int]]) -> str:
    kind, degrees = _KINDS[chord.quality]
    if chord.root < 0:
        return '<harmony><root><root-step text="">C</root-step></root><kind text="N.C.">none</kind></harmony>'
    step, alter = names[chord.root]
    from ritornello.studio.harmony import chord_name

    text = escape(chord_name(Harmony(0, chord.quality, 0))[1:], {'"': "&quot;"})
    out = f"<harmony><root><root-step>{step}</root-step>{_alter('root', alter)}</root>"
    out += f'<kind text="{text}">{kind}</kind>'
    if chord.bass != chord.root:
        step, alter = names[chord.bass]
        out += f"<bass><bass-step>{step}</bass-step>{_alter('bass', alter)}</bass>"
    for value, by in degrees:
        out += f"<degree><degree-value>{value}</degree-value><degree-alter>{by}</degree-alter>"
        out += "<degree-type>add</degree-type></degree>"
    return out + "</harmony>"


def _alter(of: str, by: int) -> str:
    return f"<{of}-alter>{by}</{of}-alter>" if by else ""


def _note(
    at: int, length: int, tone: Tone | None, names: Sequence[tuple[str, int]], *, tied_back: bool, tied_on: bool
) -> str:
    ties = ""
    slurs = ""
    if tone is None:
        body = "<rest/>"
    else:
        step, alter = names[tone.pitch % 12]
        octave = tone.pitch // 12 - 1 + (1 if (step, alter) == ("C", -1) else 0)
        body = (
            f"<pitch><step>{step}</step>{f'<alter>{alter}</alter>' if alter else ''}<octave>{octave}</octave></pitch>"
        )
        for kind, on in (("stop", tied_back), ("start", tied_on)):
            if on:
                ties += f'<tie type="{kind}"/>'
                slurs += f'<tied type="{kind}"/>'
    value = _VALUES.get(length)
    shape = ""
    if value is not None:
        shape = f"<type>{value[0]}</type>" + "<dot/>" * value[1]
    elif length in _TRIPLETS:
        shape = f"<type>{_TRIPLETS[length]}</type><time-modification><actual-notes>3</actual-notes>"
        shape += "<normal-notes>2</normal-notes></time-modification>"
        if at % PPQ == 0:
            slurs += '<tuplet type="start"/>'
        if (at + length) % PPQ == 0:
            slurs += '<tuplet type="stop"/>'
    notations = f"<notations>{slurs}</notations>" if slurs else ""
    return f"<note>{body}<duration>{length}</duration>{ties}<voice>1</voice>{shape}{notations}</note>"
