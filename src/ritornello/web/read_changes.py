"""What was really changed: each measurement of a render beside the bound of its licence.

The judgement is the studio's (`ritornello.studio.measure.hold_against`); here it is only put into words and onto a
scale. What could not be measured says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Measurement, hold_against
from ritornello.studio.records import Render
from ritornello.web.views import ChangeRow, State
from ritornello.web.wording import hundredths, signed_cents, signed_permille

_STRUCTURES = {"keep": "the order stays", "extract": "parts may be left out", "reorder": "any order is allowed"}
_VOCALS = {
    "keep": "the voice stays as it is",
    "remove": "the voice may be taken out",
    "replace": "the voice may be replaced",
    "any": "the voice may be treated freely",
}
_HEARD_VOCALS = {
    "none": "has no voice",
    "keep": "as in the original",
    "remove": "taken out",
    "replace": "replaced",
    "unmeasured": "could not be measured",
}
_UNMEASURED = "could not be measured"
_NOT_IN_IT = "nothing of the recording is in it"


def changes(render: Render) -> tuple[ChangeRow, ...]:
    """The rows of one render; empty where nothing was measured."""
    if not render.measurement:
        return ()
    return rows_of(_measured(render.measurement), Bounds.from_document(render.manifest["bounds"]))


def rows_of(measured: Measurement, bounds: Bounds) -> tuple[ChangeRow, ...]:
    """The rows of a measurement beside what is allowed, of a render of ours or of a file that others made."""
    states: dict[str, State] = {
        one.term: "no" if one.kind == "exceeds" else "ask" for one in hold_against(measured, bounds)
    }
    tempo = (bounds.tempo_lo_permille, bounds.tempo_hi_permille)
    key = (bounds.key_lo_cents, bounds.key_hi_cents)
    # what is not in the sound was not moved in it, which is no failure to measure
    anew = measured.original_permille == measured.margin_permille == 0
    unknown = _NOT_IN_IT if anew else _UNMEASURED
    loud = (bounds.lufs_lo_centi, bounds.lufs_hi_centi)
    return (
        ChangeRow(
            "Tempo",
            unknown if measured.tempo_permille is None else signed_permille(measured.tempo_permille),
            f"{signed_permille(tempo[0])} to {signed_permille(tempo[1])} allowed",
            measured.tempo_permille,
            *tempo,
            *_around(*tempo, measured.tempo_permille, 1000),
            _worst(states, "tempo_permille", "keep_pitch"),
        ),
        ChangeRow(
            "Key",
            unknown if measured.key_cents is None else signed_cents(measured.key_cents),
            f"{signed_cents(key[0])} to {signed_cents(key[1])} allowed",
            measured.key_cents,
            *key,
            *_around(*key, measured.key_cents, 0),
            _worst(states, "key_cents"),
        ),
        ChangeRow(
            "Passages in another place",
            _NOT_IN_IT if anew else _share(measured.reordered_permille),
            _STRUCTURES[bounds.structure],
            measured.reordered_permille,
            0,
            1000 if bounds.structure == "reorder" else 0,
            0,
            1000,
            _worst(states, "structure", "max_extract_ms"),
        ),
        ChangeRow(
            "Of the original in the sound",
            "0 %: nothing of the recording is in it" if anew else _share(measured.original_permille),
            f"at least {_share(bounds.min_original_permille)}, at most {_share(bounds.max_added_permille)} added",
            measured.original_permille,
            bounds.min_original_permille,
            1000,
            0,
            1000,
            _worst(states, "min_original_permille", "max_added_permille"),
        ),
        ChangeRow(
            "Loudness",
            hundredths(measured.lufs_centi, "LUFS"),
            f"{hundredths(loud[0], '')} to {hundredths(loud[1], 'LUFS')} allowed",
            measured.lufs_centi,
            *loud,
            *_around(*loud, measured.lufs_centi, measured.lufs_centi),
            _worst(states, "lufs_centi"),
        ),
        ChangeRow(
            "True peak",
            hundredths(measured.dbtp_centi, "dBTP"),
            f"at most {hundredths(bounds.true_peak_centi, 'dBTP')}",
            measured.dbtp_centi,
            min(bounds.true_peak_centi, -1200),
            bounds.true_peak_centi,
            -1200,
            100,
            _worst(states, "true_peak_centi"),
        ),
        ChangeRow(
            "Voice",
            _HEARD_VOCALS.get(measured.vocals, measured.vocals),
            _VOCALS[bounds.vocals],
            None,
            None,
            None,
            0,
            1,
            _worst(states, "vocals"),
        ),
    )


def _measured(document: Mapping[str, Any]) -> Measurement:
    known = Measurement.__dataclass_fields__
    return Measurement(**{name: value for name, value in document.items() if name in known})


def _worst(states: Mapping[str, State], *terms: str) -> State:
    found = {states.get(term, "yes") for term in terms}
    return "no" if "no" in found else "ask" if "ask" in found else "yes"


def _around(low: int, high: int, measured: int | None, middle: int) -> tuple[int, int]:
    """A scale that holds the range and the measured value with room on both sides."""
    values = [low, high, middle] + ([] if measured is None else [measured])
    room = max((max(values) - min(values)) // 3, 1)
    return min(values) - room, max(values) + room


def _share(permille: int | None) -> str:
    if permille is None:
        return _UNMEASURED
    return f"{permille // 10}.{permille % 10} %".replace(".0 ", " ")
