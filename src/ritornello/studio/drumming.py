"""The drums of a style through a form: lighter verses, fuller choruses, a fill before each new part, a last stroke."""

from __future__ import annotations

from collections.abc import Sequence

from ritornello.studio.accompaniment import Note, cell_beats
from ritornello.studio.form import CHORUS, INTRO, LIFT, FormBar
from ritornello.studio.performers import KITS, STROKES, role_of
from ritornello.studio.score import PPQ
from ritornello.studio.styles import CELLS, Groove, StylePack

SIXTEENTH = PPQ // 4
_FORCE = (0.82, 0.9, 0.95, 1.0)


def drum_notes(style: StylePack, bars: Sequence[FormBar], last: int) -> dict[str, list[Note]]:
    """Every stroke, by kit."""
    out: dict[str, list[Note]] = {kit: [] for kit in KITS}
    for k, bar in enumerate(bars[: last + 1]):
        if k == last and k > 0:
            _ending(style, bar, out)
            continue
        groove = _groove(style, bar)
        fill = style.drums["fill"] if bar.closes and bar.leads_on and bar.of >= 3 and bar.energy > INTRO else None
        _strike(style, fill or groove, bar, _FORCE[bar.energy], out)
        if fill is None and bar.energy > INTRO and bar.of >= 12 and bar.place % 8 == 7:
            _turn(style, bar, out)
        if bar.place == 0 and k > 0 and bar.energy >= LIFT and style.crash:
            _lay(style, style.crash, bar.start, 96 if bar.energy == CHORUS else 74, out)
    return out


def groove_at(style: StylePack, energy: int) -> Groove:
    """What is played at an energy; between verse and chorus the chorus's time and percussion join the verse."""
    if energy == CHORUS:
        return style.drums["full"]
    if energy == INTRO:
        return style.drums["intro"]
    light = style.drums["light"]
    if energy != LIFT:
        return light
    joined = {hand: bars for hand, bars in style.drums["full"].items() if role_of(hand) in ("time", "percussion")}
    return {**{hand: tuple(tuple(v * 3 // 4 for v in bar) for bar in bars) for hand, bars in joined.items()}, **light}


def _groove(style: StylePack, bar: FormBar) -> Groove:
    return groove_at(style, bar.energy)


def _strike(
    style: StylePack, groove: Groove, bar: FormBar, force: float, out: dict[str, list[Note]], first: int = 0
) -> None:
    beats = cell_beats((bar.end - bar.start) // PPQ)
    for hand, rows in groove.items():
        cells = rows[bar.place % len(rows)]
        for beat, source in enumerate(beats):
            if beat < first:
                continue
            for part in range(4):
                velocity = cells[(4 * source + part) % CELLS]
                if velocity:
                    at = bar.start + beat * PPQ + part * SIXTEENTH
                    _lay(style, hand, at, round(velocity * force), out, style.timing[(4 * source + part) % CELLS])


def _turn(style: StylePack, bar: FormBar, out: dict[str, list[Note]]) -> None:
    """The last beat of a fill, in the middle of a long part."""
    beats = (bar.end - bar.start) // PPQ
    hands = {hand: rows for hand, rows in style.drums["fill"].items() if role_of(hand) in ("back", "percussion")}
    _strike(style, hands, bar, 0.75, out, first=beats - 1)


def _ending(style: StylePack, bar: FormBar, out: dict[str, list[Note]]) -> None:
    """One stroke together, and nothing after it."""
    full = style.drums["full"]
    low = next((hand for hand in full if role_of(hand) == "low"), None)
    if low:
        _lay(style, low, bar.start, 104, out)
    if style.crash:
        _lay(style, style.crash, bar.start, 88, out)
    for hand in full:
        if role_of(hand) == "percussion":
            _lay(style, hand, bar.start, 70, out)


def _lay(style: StylePack, hand: str, at: int, velocity: int, out: dict[str, list[Note]], late: int = 0) -> None:
    kit, key = STROKES[hand]
    late += style.lag.get(hand, 0)
    exact = role_of(hand) == "low"
    out[kit].append(Note(at, SIXTEENTH, key, min(127, max(1, velocity)), late, exact))
