"""Trained models that a recipe may name: what they are, under which licences, and how they are opened.

Nothing here is used unless a recipe names it, and nothing stands in for a provider that is missing: another way to make
the sound would be other rights, another disclosure and another hash.
"""

from __future__ import annotations

from ritornello.studio.neural.model import (
    Neural,
    NotThisModel,
    ProviderCard,
    ProviderMissing,
    WeightsError,
    card_of,
    weights_sha256,
)

__all__ = [
    "Neural",
    "NotThisModel",
    "ProviderCard",
    "ProviderMissing",
    "WeightsError",
    "card_of",
    "weights_sha256",
]
