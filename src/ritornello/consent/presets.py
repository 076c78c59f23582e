"""The presets: what holders usually want, in one word each; every parameter can be adjusted afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ritornello.consent.codes import OWN_SERVICE, TYPES
from ritornello.consent.errors import ConsentError
from ritornello.consent.parameters import Span
from ritornello.consent.terms import Terms

_EURO = 1_000_000


@dataclass(frozen=True, slots=True)
class Preset:
    """A named starting point: its terms, what it is for, and a warning where one is due."""

    name: str
    purpose: str
    terms: Terms
    warning: str = ""

    def adjust(self, changes: Mapping[str, Any]) -> Terms:
        """The preset's terms with the parameters at these paths set. Raises `ConsentError` naming each wrong one."""
        return self.terms.adjust(changes)


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by name."""
    return {preset.name: preset for preset in _made()}


def preset(name: str) -> Preset:
    """A preset by its name. Raises `ConsentError` for an unknown one."""
    found = presets().get(name)
    if found is None:
        raise ConsentError.of("preset", f"{name!r} is no preset", f"known are {', '.join(presets())}")
    return found


def _made() -> tuple[Preset, ...]:
    own = frozenset({OWN_SERVICE})
    all_stems = None
    return (
        Preset("CLOSED", "Nothing may be made.", Terms()),
        Preset(
            "LISTEN-EDIT",
            "Listeners speed it up, slow it down and shift the key, on the platform.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"SPEED_PITCH"}),
                    "transformation.tempo_permille": Span(-250, 250),
                    "transformation.key_cents": Span(-500, 400),
                    "transformation.vocals": frozenset({"keep"}),
                    "platform.on_platform": "public",
                    "platform.services": own,
                    "share_money.fan_share_permille": 0,
                    "moderation.mode": "none",
                }
            ),
        ),
        Preset(
            "FAN-REMIX",
            "Subscribers remix it on the platform and share in the money.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"REMIX", "SPEED_PITCH"}),
                    "transformation.structure": "reorder",
                    "transformation.vocals": frozenset({"keep"}),
                    "transformation.stems": all_stems,
                    "who.subscribers_only": True,
                    "platform.on_platform": "public",
                    "platform.services": own,
                    "platform.monetise": True,
                    "share_money.fan_share_permille": 100,
                    "share_money.cap_micros": 80 * _EURO,
                    "limits.first_n_approval": 50,
                    "moderation.mode": "post_moderation",
                    "chain.max_depth": 1,
                }
            ),
        ),
        Preset(
            "LOCAL",
            "Translations and market styles; the lyricist approves each text, the voice stays closed.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"LYRIC_TRANSLATION", "STYLE_LOCALE"}),
                    "transformation.locales": frozenset(),
                    "transformation.reharmonise": True,
                    "transformation.vocals": frozenset({"keep", "replace"}),
                    "lyrics.change": "translate",
                    "lyrics.languages": frozenset(),
                    "lyrics.lyricist_approval": True,
                    "voice.cloning": "never",
                    "platform.export_services": None,
                    "platform.monetise": True,
                    "moderation.mode": "pre_approval",
                }
            ),
            "name the languages and the markets: until then nothing is open",
        ),
        Preset(
            "STEM-CONTEST",
            "The stems are out for the dates of a contest; the winner is exported, the others leave after 90 days.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"STEM_RELEASE"}),
                    "transformation.stems": all_stems,
                    "transformation.vocals": frozenset({"keep", "remove"}),
                    "platform.download": "lossless",
                    "platform.downloads_per_month": None,
                    "moderation.mode": "post_moderation",
                    "contest.winner_rights": "export",
                    "contest.losers_fate": "sunset",
                    "contest.losers_days": 90,
                }
            ),
            "set the contest's dates and its brief",
        ),
        Preset(
            "CO-PILOT",
            "Producers on a list make versions for release, for 25 to 50 % and most-favoured terms.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"REMIX", "SPEED_PITCH", "REHARMONISE", "STYLE_LOCALE"}),
                    "transformation.structure": "reorder",
                    "transformation.vocals": frozenset({"keep", "remove"}),
                    "transformation.stems": all_stems,
                    "transformation.reharmonise": True,
                    "transformation.max_added_permille": 1000,
                    "who.subscribers_only": False,
                    "who.listed_only": True,
                    "platform.export_services": None,
                    "platform.monetise": True,
                    "share_money.fan_share_permille": 250,
                    "share_money.most_favoured": True,
                    "moderation.mode": "none",
                }
            ),
            "name the producers: the list is empty",
        ),
        Preset(
            "REMIX-COMMISSION",
            "A hired remixer delivers for a fee or points, without a publishing share.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"REMIX"}),
                    "transformation.tempo_permille": Span(-500, 1000),
                    "transformation.key_cents": Span(-1200, 1200),
                    "transformation.structure": "reorder",
                    "transformation.max_extract_ms": None,
                    "transformation.min_original_permille": 100,
                    "transformation.max_added_permille": 1000,
                    "transformation.vocals": frozenset({"keep", "remove"}),
                    "transformation.stems": all_stems,
                    "transformation.reharmonise": True,
                    "who.subscribers_only": False,
                    "who.listed_only": True,
                    "platform.export_services": None,
                    "platform.monetise": True,
                    "share_money.points_permille": 30,
                    "share_money.maker_publishing_permille": 0,
                    "moderation.mode": "pre_approval",
                    "credit.artist_display": "remixer_role",
                }
            ),
            "name the remixer, and the fee where one is paid",
        ),
        Preset(
            "HERITAGE",
            "An estate or an older catalogue: everything is heard first, and the voice stays closed.",
            Terms().adjust(
                {
                    "types.allowed": frozenset({"SPEED_PITCH", "REMIX", "SAMPLE", "COVER_SAME", "INTERPOLATION"}),
                    "transformation.structure": "reorder",
                    "transformation.stems": all_stems,
                    "voice.cloning": "never",
                    "who.subscribers_only": False,
                    "who.verified_identity": True,
                    "platform.export_services": None,
                    "platform.monetise": True,
                    "moderation.mode": "pre_approval",
                    "revocation.fate": "takedown",
                }
            ),
        ),
        Preset(
            "OPEN-CC",
            "As under a Creative Commons licence, attribution and non-commercial: everyone, everywhere, for no money.",
            Terms().adjust(
                {
                    "types.allowed": frozenset(TYPES)
                    - {"COVER_ARTIST_VOICE", "COVER_THIRD_VOICE", "VOICE_TRANSLATION"},
                    "transformation.tempo_permille": Span(-900, 3000),
                    "transformation.key_cents": Span(-2400, 2400),
                    "transformation.structure": "reorder",
                    "transformation.max_extract_ms": None,
                    "transformation.min_original_permille": 0,
                    "transformation.max_added_permille": 1000,
                    "transformation.vocals": frozenset({"keep", "remove", "replace"}),
                    "transformation.stems": all_stems,
                    "transformation.reharmonise": True,
                    "transformation.ai": "generative",
                    "lyrics.change": "edit",
                    "lyrics.languages": None,
                    "lyrics.back_translation_check": False,
                    "lyrics.lyricist_approval": False,
                    "exclusions.topics": frozenset(),
                    "voice.own_voice_required": False,
                    "who.subscribers_only": False,
                    "who.min_age": 0,
                    "platform.services": None,
                    "platform.share_link": True,
                    "platform.export_services": None,
                    "platform.ugc_services": None,
                    "platform.download": "lossless",
                    "platform.downloads_per_month": None,
                    "platform.forbidden": frozenset(),
                    "platform.monetise": False,
                    "chain.derivatives": True,
                    "chain.max_depth": 64,
                    "moderation.mode": "none",
                    "revocation.who": "nobody",
                    "revocation.fate": "keep",
                    "contract.irrevocable": True,
                }
            ),
            "this cannot be taken back: what was made under it may stay for ever",
        ),
    )
