"""What a type of derivative is in the words of ERN: version, relation to its parents, cover or not.

ERN has no relation "is a remix of" (allowed value sets, version 9), so the nearest true words are used: content was
taken from the parent, its recording was sped up, its song is covered. Consent to derive is not expressible in ERN at
all and stays in the licence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SPED_UP, SLOWED_DOWN, EDITED = "IsSpedUpOf", "IsSlowedDownOf", "IsEditedVersionOf"


@dataclass(frozen=True, slots=True)
class Form:
    """How a type is told. `relation` is to each parent."""

    relation: str
    version_types: tuple[str, ...]
    is_cover: bool = False
    release_type: str = "Single"
    remixed: bool = False
    """Whether maker and original artist are named as Remixer and RemixedArtist."""


_COVER = Form("IsCoverOf", (), is_cover=True)
_NEW_PERFORMANCE = Form("IsCoverOf", ("AlternativeVersion",), is_cover=True)
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "REMIX": Form("HasContentFrom", ("RemixVersion",), remixed=True),
        "SPEED_PITCH": Form(EDITED, ("EditedVersion",), remixed=True),
        "STEM_RELEASE": Form("HasContentFrom", ("AlternativeVersion",), release_type="StemBundle"),
        "SAMPLE": Form("ContainsSamplesFrom", ()),
        "MASHUP": Form("HasContentFrom", ("MixVersion",), remixed=True),
        "INTERPOLATION": Form("HasContentFrom", ()),
        "COVER_SAME": _COVER,
        "COVER_ARTIST_VOICE": _COVER,
        "COVER_THIRD_VOICE": _COVER,
        "STYLE_LOCALE": _NEW_PERFORMANCE,
        "REHARMONISE": _NEW_PERFORMANCE,
        "LYRIC_TRANSLATION": _NEW_PERFORMANCE,
        "LYRIC_CHANGE": _NEW_PERFORMANCE,
        "VOICE_TRANSLATION": Form("HasContentFrom", ("AlternativeVersion",)),
    }
)
"""Every type that can travel as a release of sound; a video of a user (UGC_VIDEO) does not."""


def relation_of(derivative_type: str, tempo_permille: int | None) -> str:
    """How the derivative relates to a parent. A speed edit is sped up or slowed down by its *measured* tempo (permille
    of the original's: 1060 is 6 % faster); where only the key moved, or nothing was measured, it is an edited version.
    """
    if derivative_type == "SPEED_PITCH" and tempo_permille is not None and tempo_permille != 1000:
        return SPED_UP if tempo_permille > 1000 else SLOWED_DOWN
    return FORMS[derivative_type].relation
