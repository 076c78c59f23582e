"""What a decision lets the studio do: the terms of every offer behind it, met, as the studio's own plain record."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import Reply
from ritornello.consent.terms import Terms
from ritornello.studio.bounds import Bounds, Structure, Vocals, meet

PARTS = frozenset({"bass", "drums", "harmonic", "harmony", "keys", "lead", "other", "percussive", "rest", "vocals"})
"""The names of parts that "any stem" stands for, where the recording's own parts are not given."""


def bounds_of(decision: Decision, parts: Iterable[str] = PARTS) -> Bounds:
    """The meet of the bounds of all offers behind the decision, for its types only.

    `parts` are the stems of the recording, which an offer of any stem opens. Raises `ConsentError` where the decision
    rests on no offer at all, since then nobody has set a bound.
    """
    terms = [offer.terms for offer in decision.offers if offer.reply is Reply.GRANT]
    if not terms:
        raise ConsentError.of("decision", "rests on no offer", "ask the holders first")
    types = frozenset(decision.request.types)
    return reduce(meet, (bounds_of_terms(entry, types, parts) for entry in terms))


def bounds_of_terms(terms: Terms, types: frozenset[str], parts: Iterable[str] = PARTS) -> Bounds:
    """One offer's terms as the studio's bounds."""
    sound, lyrics = terms.transformation, terms.lyrics
    languages = frozenset() if lyrics.change == "none" or lyrics.languages is None else lyrics.languages
    return Bounds(
        types=terms.types.allowed & types,
        tempo_lo_permille=1000 + sound.tempo_permille.low,
        tempo_hi_permille=1000 + sound.tempo_permille.high,
        key_lo_cents=sound.key_cents.low,
        key_hi_cents=sound.key_cents.high,
        keep_pitch=sound.keep_pitch,
        structure=_structure(sound.structure),
        max_extract_ms=sound.max_extract_ms if sound.structure == "extract" else None,
        min_original_permille=sound.min_original_permille,
        max_added_permille=sound.max_added_permille,
        vocals=_vocals(sound.vocals),
        stems=frozenset(parts) if sound.stems is None else sound.stems,
        reharmonise=sound.reharmonise,
        styles=None if sound.genres_allowed is None else sound.genres_allowed - sound.genres_denied,
        locales=sound.locales,
        languages=languages,
        ai="none" if sound.ai == "none" else "generative" if sound.ai == "generative" else "assistive",
        commercial=terms.platform.monetise,
        lufs_lo_centi=sound.loudness_centilu.low,
        lufs_hi_centi=sound.loudness_centilu.high,
        true_peak_centi=sound.true_peak_centidb,
    )


def _structure(form: str) -> Structure:
    return "reorder" if form == "reorder" else "extract" if form == "extract" else "keep"


def _vocals(treatments: frozenset[str]) -> Vocals:
    match "remove" in treatments, "replace" in treatments:
        case True, True:
            return "any"
        case True, False:
            return "remove"
        case False, True:
            return "replace"
        case _:
            return "keep"
