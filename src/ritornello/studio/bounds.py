"""What a maker may do to a recording, as a plain record: the studio knows these numbers and not where they came from.

Consent fills the record from a licence; a recipe is checked against it before a sample is read, and the finished audio
is measured against it afterwards. Bounds of several holders or several sources combine by `meet`: the result allows
what both allow and nothing else. `meet` is commutative, associative and idempotent, and never widens (invariant 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ritornello.studio.operations import AiClass

Structure = Literal["keep", "extract", "reorder"]
"""keep: the whole recording in its order; extract: parts may be left out; reorder: parts may also change places."""
Vocals = Literal["keep", "remove", "replace", "any"]
"""What may happen to the voice: nothing; it may be taken out; another may take its place; either."""

_STRUCTURES: tuple[str, ...] = get_args(Structure)
_AI: tuple[str, ...] = get_args(AiClass)
_VOCALS: dict[str, frozenset[str]] = {
    "keep": frozenset(),
    "remove": frozenset({"remove"}),
    "replace": frozenset({"replace"}),
    "any": frozenset({"remove", "replace"}),
}
TYPES = (
    *("SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "INTERPOLATION", "COVER_SAME", "COVER_ARTIST_VOICE"),
    *("COVER_THIRD_VOICE", "STYLE_LOCALE", "REHARMONISE", "LYRIC_TRANSLATION", "LYRIC_CHANGE", "VOICE_TRANSLATION"),
    "UGC_VIDEO",
)
"""Types of derivative, in the codes of the rights rules."""


class BoundsError(ValueError):
    """A bounds document that cannot be read: which field, what is wrong, how to mend it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on a derivative; the defaults are the safe ones of an offer that says nothing: no type, nothing changed.

    Units: tempo in permille of the original speed (1000 unchanged), key in cents, shares in permille, times in
    milliseconds, loudness in centi-LU (-1400 = -14 LUFS), true peak in centi-dBTP. `None` means no limit.
    `keep_pitch` forbids changing speed and pitch together as a turntable does. A set of `styles` or `locales` of None
    allows every one.
    """

    types: frozenset[str] = frozenset()
    tempo_lo_permille: int = 1000
    tempo_hi_permille: int = 1000
    key_lo_cents: int = 0
    key_hi_cents: int = 0
    keep_pitch: bool = True
    structure: Structure = "keep"
    max_extract_ms: int | None = None
    min_original_permille: int = 0
    max_added_permille: int = 0
    vocals: Vocals = "keep"
    stems: frozenset[str] = frozenset()
    reharmonise: bool = False
    styles: frozenset[str] | None = None
    locales: frozenset[str] | None = None
    languages: frozenset[str] = frozenset()
    ai: AiClass = "assistive"
    commercial: bool = True
    lufs_lo_centi: int = -7000
    lufs_hi_centi: int = 0
    true_peak_centi: int = 0

    def __post_init__(self) -> None:
        unknown = self.types - set(TYPES)
        if unknown:
            raise BoundsError(f"types: {', '.join(sorted(unknown))} unknown; use {', '.join(TYPES)}")
        for name, value, known in (
            ("structure", self.structure, _STRUCTURES),
            ("vocals", self.vocals, tuple(_VOCALS)),
            ("ai", self.ai, _AI),
        ):
            if value not in known:
                raise BoundsError(f"{name}: {value!r} unknown; use one of {', '.join(known)}")

    def allows_vocals(self, treatment: str) -> bool:
        """Whether the voice may be treated so: keep, remove or replace."""
        return treatment == "keep" or treatment in _VOCALS[self.vocals]

    def allows_structure(self, structure: str) -> bool:
        """Whether the order may be treated so: keep, extract or reorder."""
        return _STRUCTURES.index(structure) <= _STRUCTURES.index(self.structure)

    def allows_ai(self, ai: str) -> bool:
        """Whether operations of this class of machine help may take part."""
        return _AI.index(ai) <= _AI.index(self.ai)

    def to_document(self) -> dict[str, Any]:
        """JSON of integers, texts, booleans and sorted lists."""
        document: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            document[field.name] = sorted(value) if isinstance(value, frozenset) else value
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Bounds:
        """The inverse of `to_document`. Raises BoundsError naming an unknown or ill-typed field."""
        known = {field.name: field for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in document.items():
            if name not in known:
                raise BoundsError(f"{name}: no such bound; use {', '.join(known)}")
            default = known[name].default
            if isinstance(value, list) and all(isinstance(item, str) for item in value):
                value = frozenset(value)
            number = default is None and name == "max_extract_ms"
            fits = (
                isinstance(value, bool) == isinstance(default, bool) and (value is None or isinstance(value, int))
                if number
                else (value is None or isinstance(value, frozenset))
                if default is None
                else type(value) is type(default)
            )
            if not fits:
                raise BoundsError(f"{name}: {value!r} does not fit; its safe value is {default!r}")
            values[name] = value
        return cls(**values)


def _both(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    if a is None or b is None:
        return b if a is None else a
    return a & b


def meet(a: Bounds, b: Bounds) -> Bounds:
    """What both allow. Ranges intersect (an empty one, lo above hi, allows nothing), sets intersect, flags narrow."""
    vocals = _VOCALS[a.vocals] & _VOCALS[b.vocals]
    extracts = [limit for limit in (a.max_extract_ms, b.max_extract_ms) if limit is not None]
    return Bounds(
        types=a.types & b.types,
        tempo_lo_permille=max(a.tempo_lo_permille, b.tempo_lo_permille),
        tempo_hi_permille=min(a.tempo_hi_permille, b.tempo_hi_permille),
        key_lo_cents=max(a.key_lo_cents, b.key_lo_cents),
        key_hi_cents=min(a.key_hi_cents, b.key_hi_cents),
        keep_pitch=a.keep_pitch or b.keep_pitch,
        structure=min(a.structure, b.structure, key=_STRUCTURES.index),
        max_extract_ms=min(extracts) if extracts else None,
        min_original_permille=max(a.min_original_permille, b.min_original_permille),
        max_added_permille=min(a.max_added_permille, b.max_added_permille),
        vocals=next(name for name in get_args(Vocals) if _VOCALS[name] == vocals),
        stems=a.stems & b.stems,
        reharmonise=a.reharmonise and b.reharmonise,
        styles=_both(a.styles, b.styles),
        locales=_both(a.locales, b.locales),
        languages=a.languages & b.languages,
        ai=min(a.ai, b.ai, key=_AI.index),
        commercial=a.commercial and b.commercial,
        lufs_lo_centi=max(a.lufs_lo_centi, b.lufs_lo_centi),
        lufs_hi_centi=min(a.lufs_hi_centi, b.lufs_hi_centi),
        true_peak_centi=min(a.true_peak_centi, b.true_peak_centi),
    )


def narrower(a: Bounds, b: Bounds) -> bool:
    """Whether `a` allows nothing that `b` does not."""
    return meet(a, b) == a
