"""The operations of recipes as data for whoever writes one: what each does, takes, and which machine help it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ritornello.studio.operations import OPERATIONS, Choice, Parameter, Rows, Sheet, Text, Whole

WORDS: Mapping[str, str] = {
    "stem": "one part of a recording: as its owner delivered it (supplied), or drums and rest by a split (hpss)",
    "separate": "one part as a trained model hears it; the recipe names the weights (SHA-256) and their terms",
    "generate": "new sound by a trained model along the tune of its input; nothing of the recording is in it",
    "gain": "louder or softer, in hundredths of a decibel",
    "mix": "its inputs together, each at its level in hundredths of a decibel",
    "sequence": "these slices [start, end) of its input one after the other, in samples",
    "tempo": "another speed in permille; the pitch stays",
    "key": "another pitch in cents; the speed stays",
    "align": "its input on another timeline: rows of (sample of the input, sample of the result)",
    "swing": "the half of each beat moved to where it shall be, in permille of the beat",
    "groove_from": "the first input with timing and accents of the second: rows of (thousandths of a step late, "
    "hundredths of a decibel) for each quarter of a beat of the bar",
    "varispeed": "another speed in permille, the pitch with it, as a turntable does",
    "groove": "drums of ours on the beats of its input; gives the added layer alone",
    "layer": "a style's drums, bass, pad and comp on the beats and chords of its input; gives the layer alone",
    "filter": "a low-pass or high-pass at a frequency, which may move",
    "reverb": "a room",
    "echo": "echoes",
    "duck": "the first input gets quieter wherever the second is loud",
    "ride": "a level over time: rows of (ms, hundredths of a decibel)",
    "fade": "fades in and out",
    "perform": "a new performance: rows of (part, start, length, pitch, velocity), with `tempo` in 1/960 beat",
}


def operations() -> list[dict[str, Any]]:
    """Every operation: name, words, how many inputs, parameters with their ranges and defaults, AI class, version.

    A parameter without `default` is required.
    """
    return [
        {
            "op": name,
            "words": WORDS[name],
            "inputs": list(one.inputs),
            "parameters": {key: _told(parameter) for key, parameter in one.parameters.items()},
            "ai": one.ai,
            "effect": one.effect,
            "version": one.version,
        }
        for name, one in OPERATIONS.items()
    ]


def _told(parameter: Parameter) -> dict[str, Any]:
    told: dict[str, Any]
    match parameter:
        case Whole(lo, hi):
            told = {"type": "integer", "from": lo, "to": hi}
        case Choice(of):
            told = {"type": "choice", "of": list(of)}
        case Text():
            told = {"type": "text", "longest": parameter.longest}
        case Rows(width, least, most):
            told = {"type": "rows", "width": width, "least": least, "most": most}
        case Sheet():
            told = {"type": "score"}
    if parameter.default is not None:
        default = parameter.default
        told["default"] = list(default) if isinstance(default, tuple) else default
    return told


def lines() -> list[str]:
    """The same in words, one block for each operation."""
    out = []
    for one in operations():
        ai = "" if one["ai"] == "none" else f" ({one['ai']} machine help)"
        out.append(f"{one['op']}: {one['words']}{ai}")
        for name, told in one["parameters"].items():
            of = _range(told)
            out.append(f"  {name}: {of}" + (f" ({told['default']} by default)" if "default" in told else ""))
    return out


def _range(told: Mapping[str, Any]) -> str:
    match told["type"]:
        case "integer":
            return f"{told['from']}..{told['to']}"
        case "choice":
            return ", ".join(told["of"])
        case "text":
            return f"a text of at most {told['longest']}"
        case "rows":
            return f"{told['least']} to {told['most']} rows of {told['width']}"
        case _:
            return "a score"
