"""The vocabulary of recipes: every operation, what it takes, and the range of each of its parameters.

All numbers are integers: times in samples of the recipe's rate or in milliseconds, gains in hundredths of a decibel,
speed in permille, pitch in cents, amounts in permille. An operation that changes how it sounds for the same parameters
gets a higher `version`, which is part of every cache key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

AiClass = Literal["none", "assistive", "generative"]
BANDS = ("own", "fluidsynth")
"""Who renders a performance: the engine's own instruments, or FluidSynth with a soundfont that the recipe names."""

SYNTHESIS_STYLES = ("four_floor", "backbeat", "half_time", "bossa_nova", "reggaeton", "shuffle")
"""Grooves that the engine's own drummer plays; the cells are in `groove.py`."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer from `lo` to `hi`; `default` None makes it required."""

    lo: int
    hi: int
    default: int | None = None

    def wrong(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number, not {value!r}"
        return None if self.lo <= value <= self.hi else f"{value} is outside {self.lo}..{self.hi}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few texts."""

    of: tuple[str, ...]
    default: str | None = None

    def wrong(self, value: Any) -> str | None:
        return None if value in self.of else f"{value!r} is not one of {', '.join(self.of)}"


@dataclass(frozen=True, slots=True)
class Text:
    """A short text."""

    default: str | None = None
    longest: int = 64

    def wrong(self, value: Any) -> str | None:
        if isinstance(value, str) and 0 < len(value) <= self.longest:
            return None
        return f"must be a text of 1 to {self.longest} characters, not {value!r}"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of rows of `width` integers (width 1: a plain list), between `least` and `most` of them."""

    width: int
    least: int = 1
    most: int = 20_000
    default: tuple[Any, ...] | None = None

    def wrong(self, value: Any) -> str | None:
        if not isinstance(value, list | tuple):
            return f"must be a list, not {value!r}"
        if not self.least <= len(value) <= self.most:
            return f"has {len(value)} rows, not {self.least}..{self.most}"
        for row in value:
            cells = (row,) if self.width == 1 else row
            if not isinstance(cells, list | tuple) or len(cells) != self.width:
                return f"row {row!r} must have {self.width} numbers"
            if any(isinstance(cell, bool) or not isinstance(cell, int) for cell in cells):
                return f"row {row!r} must hold whole numbers only"
        return None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A score (see `score.py`) as integer JSON; an empty object where none is given."""

    default: Mapping[str, Any] | None = field(default_factory=dict)

    def wrong(self, value: Any) -> str | None:
        from ritornello.studio.score import findings

        if not isinstance(value, Mapping):
            return f"must be an object, not {value!r}"
        found = findings(value) if value else ()
        return "; ".join(map(str, found)) or None


Parameter = Whole | Choice | Text | Rows | Sheet


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: how many inputs, which parameters, and how many it adds to the sound of its input.

    `effect` marks what colours the sound without adding material (it makes a remix of a plain speed change). `ai` is
    its class of machine help: analysis and separation by a trained model assist, models that make sound generate;
    filters, splits and instruments that are computed by rule are none.
    """

    inputs: tuple[int, int]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    effect: bool = False
    ai: AiClass = "none"
    version: int = 1


OPERATIONS: dict[str, Operation] = {
    # one part of a recording: as its owner delivered it, or what the harmonic/percussive split leaves of it
    "stem": Operation((1, 1), {"part": Text(), "provider": Choice(("supplied", "hpss"))}),
    # one part of a recording as a trained model hears it: assistive. The recipe names the weights and their terms
    "separate": Operation(
        (1, 1),
        {
            "part": Choice(("drums", "bass", "other", "vocals")),
            "provider": Choice(("demucs",)),
            "weights": Text(longest=64),
            "terms": Choice(("commercial", "noncommercial")),
        },
        ai="assistive",
    ),
    # new sound by a trained model along the tune of the input: generative. Nothing of the input's recording is in it
    "generate": Operation(
        (1, 1),
        {
            "prompt": Text(longest=300),
            "seconds": Whole(1, 30),
            "provider": Choice(("musicgen_melody",)),
            "weights": Text(longest=64),
            "terms": Choice(("commercial", "noncommercial")),
        },
        ai="generative",
    ),
    "gain": Operation((1, 1), {"centidb": Whole(-9600, 2400)}),
    "mix": Operation((1, 32), {"centidb": Rows(1, least=0, most=32, default=())}),
    # play these slices [start, end) of the source, in samples of the source, one after the other
    "sequence": Operation((1, 1), {"slices": Rows(2), "fade_ms": Whole(0, 500, 10)}),
    # "keep" leaves percussive strokes their tuning when the key moves; "strokes" is for percussion alone
    "tempo": Operation(
        (1, 1), {"permille": Whole(250, 4000), "transients": Choice(("keep", "plain", "strokes"), "keep")}, version=3
    ),
    "key": Operation((1, 1), {"cents": Whole(-2400, 2400), "transients": Choice(("keep", "plain"), "keep")}, version=3),
    # lay the input on another timeline: rows of (sample of the input, sample of the result), straight lines between;
    # `frames` is the length of the result. For a voice on a beat grid, or one song on the beats of another
    "align": Operation(
        (1, 1), {"anchors": Rows(2, least=2), "frames": Whole(1, 2**40), "cents": Whole(-2400, 2400, 0)}, version=2
    ),
    # the half of each beat (or of each half beat) moved from where it was to where it shall be, in permille
    "swing": Operation(
        (1, 1),
        {
            "to_permille": Whole(334, 750),
            "from_permille": Whole(334, 750, 500),
            "each": Choice(("beat", "half"), "beat"),
        },
        effect=True,
        version=2,
    ),
    # the first input played with the timing and the accents of the second: rows of (thousandths of a step late,
    # hundredths of a decibel), one for each quarter of a beat of the bar, as `grooves.py` reads them from a recording
    "groove_from": Operation(
        (2, 2),
        {"steps": Rows(2, least=4, most=64), "amount_permille": Whole(0, 1000, 1000)},
        effect=True,
        version=2,
    ),
    "varispeed": Operation((1, 1), {"permille": Whole(250, 4000)}),
    # drums of the engine's own on the beats of the input's timeline; gives the added layer alone
    "groove": Operation(
        (1, 1),
        {
            "style": Choice(SYNTHESIS_STYLES),
            "swing_permille": Whole(0, 333, 0),
            "intensity_permille": Whole(100, 1000, 800),
            "pace": Choice(("same", "half", "double"), "same"),
        },
    ),
    # a style's rhythm section on the beats of the input's timeline, following its chords; gives the layer alone.
    # `parts` joins drums, bass, pad and comp by +; with `drop_ms` everything but a growing roll falls silent for the
    # `build_ms` before it
    "layer": Operation(
        (1, 1),
        {
            "style": Text(),
            "parts": Text("drums+bass"),
            "intensity_permille": Whole(100, 1000, 800),
            "drop_ms": Whole(0, 36_000_000, 0),
            "build_ms": Whole(0, 60_000, 0),
        },
    ),
    "filter": Operation(
        (1, 1),
        {
            "kind": Choice(("low", "high")),
            "hz": Whole(20, 20_000),
            "to_hz": Whole(0, 20_000, 0),
            "from_ms": Whole(0, 36_000_000, 0),
            "until_ms": Whole(0, 36_000_000, 0),
        },
        effect=True,
    ),
    "reverb": Operation(
        (1, 1),
        {"decay_ms": Whole(100, 12_000), "wet_permille": Whole(0, 1000), "pre_ms": Whole(0, 250, 18)},
        effect=True,
    ),
    "echo": Operation(
        (1, 1), {"ms": Whole(20, 2000), "feedback_permille": Whole(0, 900), "wet_permille": Whole(0, 1000)}, effect=True
    ),
    # the first input gets quieter wherever the second is loud
    "duck": Operation((2, 2), {"centidb": Whole(0, 4800), "release_ms": Whole(10, 2000, 180)}, effect=True),
    # gain over time: rows of (ms, hundredths of a decibel), straight lines between them
    "ride": Operation((1, 1), {"points": Rows(2, least=1, most=2000)}, effect=True),
    "fade": Operation((1, 1), {"in_ms": Whole(0, 60_000, 0), "out_ms": Whole(0, 60_000, 0)}),
    # new performance of a composition: rows of (part, start, length, pitch, velocity). Without `tempo` times are
    # samples; with it they are ticks (960 a beat) on a tempo map of (tick, microseconds a beat). A part is a row of
    # (performer, General MIDI program, centidecibel, pan, room); without `parts` it is the performer itself. `score`
    # is what is played, with the harmony and the metre as they were heard; `band` names who renders it
    "perform": Operation(
        (1, 1),
        {
            "notes": Rows(5, most=100_000),
            "tempo": Rows(2, least=0, most=20_000, default=()),
            "parts": Rows(5, least=0, most=64, default=()),
            "harmony": Choice(("same", "changed"), "same"),
            "metre": Choice(("same", "changed"), "same"),
            "market_style": Text("none"),
            "style": Text("none"),
            "score": Sheet(),
            "band": Choice(BANDS, "own"),
            "soundfont": Text("none", longest=200),
        },
        version=2,
    ),
}


def completed(op: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`parameters` with the defaults of the operation filled in, so that two ways to write one recipe hash alike."""
    full = dict(parameters)
    for name, parameter in OPERATIONS[op].parameters.items():
        if name not in full and parameter.default is not None:
            default = parameter.default
            full[name] = list(default) if isinstance(default, tuple) else default
            if isinstance(default, Mapping):
                full[name] = dict(default)
    return full
