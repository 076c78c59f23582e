"""Who can play: every instrument of the engine's own band, with the General MIDI program that stands in for it.

A note of `perform` names its performer by its place in `PERFORMERS`; places are never reused, so that old recipes sound
as they did. Drums come in three kits: a drummer's (drums), a drum machine's (machine) and drums for hands and sticks
(hands); a stroke is a General MIDI percussion key of one of them.
"""

from __future__ import annotations

from collections.abc import Mapping

PERFORMERS = (
    *("keys", "bass", "pluck", "lead", "drums"),
    *("machine", "hands", "piano", "nylon", "steel_guitar", "clean_guitar", "muted_guitar", "upright_bass"),
    *("slap_bass", "synth_bass", "sub_bass", "log_drum", "pad", "strings", "brass", "brass_solo", "flute"),
    *("clarinet", "accordion", "tumbi", "organ", "synth_lead", "synth_pluck", "fiddle", "choir", "marimba"),
    *("vibraphone", "banjo", "pedal_steel"),
)
"""What the first number of a row of `perform` means."""

KITS: Mapping[str, int] = {"drums": 0, "machine": 25, "hands": 0}
"""The drum kits, with the program of a General Standard drum channel that comes nearest."""

PROGRAMS: Mapping[str, int] = {
    **{"keys": 4, "bass": 33, "pluck": 12, "lead": 85, "piano": 0, "nylon": 24, "steel_guitar": 25},
    **{"clean_guitar": 27, "muted_guitar": 28, "upright_bass": 32, "slap_bass": 36, "synth_bass": 38, "sub_bass": 39},
    **{"log_drum": 38, "pad": 89, "strings": 48, "brass": 61, "brass_solo": 66, "flute": 73, "clarinet": 71},
    **{"accordion": 21, "tumbi": 106, "organ": 16, "synth_lead": 81, "synth_pluck": 90, "fiddle": 110, "choir": 52},
    **{"marimba": 12, "vibraphone": 11, "banjo": 105, "pedal_steel": 26},
}
"""General MIDI program (from 0) of each pitched performer."""

STROKES: Mapping[str, tuple[str, int]] = {
    **{"kick": ("drums", 36), "snare": ("drums", 38), "rim": ("drums", 37), "clap": ("drums", 39)},
    **{"brush": ("drums", 40), "hat": ("drums", 42), "pedal": ("drums", 44), "open": ("drums", 46)},
    **{"ride": ("drums", 51), "crash": ("drums", 49), "tom_low": ("drums", 41), "tom_mid": ("drums", 45)},
    **{"tom_high": ("drums", 50), "tambourine": ("drums", 54), "cowbell": ("drums", 56), "shaker": ("drums", 82)},
    **{"kick8": ("machine", 36), "snare8": ("machine", 38), "clap8": ("machine", 39), "hat8": ("machine", 42)},
    **{"conga_mute": ("hands", 62), "conga_high": ("hands", 63), "conga_low": ("hands", 64)},
    **{"timbale_high": ("hands", 65), "timbale_low": ("hands", 66), "agogo_high": ("hands", 67)},
    **{"agogo_low": ("hands", 68), "maracas": ("hands", 70), "guiro_short": ("hands", 73), "guiro_long": ("hands", 74)},
    **{"block_high": ("hands", 76), "block_low": ("hands", 77), "triangle": ("hands", 81), "surdo": ("hands", 86)},
    **{"dhol_low": ("hands", 87), "dhol_high": ("hands", 60), "palmas_low": ("hands", 39)},
    **{"palmas_high": ("hands", 28), "cajon_low": ("hands", 35), "cajon_slap": ("hands", 40)},
}
"""The hands of a groove: the kit and the percussion key that each of them strikes."""

ROLES: Mapping[str, str] = {
    **dict.fromkeys(("kick", "kick8", "surdo", "dhol_low", "cajon_low"), "low"),
    **dict.fromkeys(("snare", "rim", "clap", "brush", "snare8", "clap8", "palmas_low", "cajon_slap"), "back"),
    **dict.fromkeys(("hat", "pedal", "open", "ride", "tambourine", "shaker", "hat8", "maracas"), "time"),
    **dict.fromkeys(("guiro_short", "guiro_long", "triangle", "dhol_high"), "time"),
}
"""What a hand does in a groove: low end, backbeat or time; everything else is percussion."""


def role_of(hand: str) -> str:
    return ROLES.get(hand, "percussion")
