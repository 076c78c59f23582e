"""Which trained models this installation has: under which licences, with which weights, installed or how to install.

The weights of all providers lie in one folder, one subfolder each (`demucs/`, `musicgen_melody/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ritornello.studio.neural.model import (
    CODE_LICENCES,
    INSTALL,
    KINDS,
    Neural,
    ProviderCard,
    ProviderMissing,
    WeightsError,
    card_of,
)
from ritornello.studio.recipe import Recipe

MODULES: Mapping[str, tuple[str, ...]] = {
    "demucs": ("torch", "demucs", "safetensors"),
    "musicgen_melody": ("torch", "transformers"),
}
"""What the code of each provider imports."""
AI_CLASSES: Mapping[str, str] = {"separate": "assistive", "generate": "generative"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One provider as it stands here.

    `missing` are the packages that are not installed; `card` tells of the weights, None where none can be used, and
    `trouble` then says why and how to mend it.
    """

    provider: str
    operation: str
    code_licence: str
    missing: tuple[str, ...]
    card: ProviderCard | None
    trouble: str = ""

    @property
    def installed(self) -> bool:
        return not self.missing

    @property
    def ready(self) -> bool:
        """Whether a recipe that names it can be rendered here."""
        return self.installed and self.card is not None

    def to_document(self) -> dict[str, Any]:
        card = self.card
        return {
            "provider": self.provider,
            "operation": self.operation,
            "ai": AI_CLASSES[self.operation],
            "code_licence": self.code_licence,
            "weights_licence": None if card is None else card.weights_licence,
            "commercial_ok": None if card is None else card.commercial_ok,
            "terms": None if card is None else card.terms,
            "weights_sha256": None if card is None else card.weights_sha256,
            "installed": self.installed,
            "missing": list(self.missing),
            "install": "" if self.installed else INSTALL,
            "trouble": self.trouble,
            "ready": self.ready,
        }


def standing(weights: Path | None) -> tuple[Standing, ...]:
    """Every provider that a recipe may name, as it stands here. Nothing is imported and nothing fetched."""
    return tuple(_one(provider, weights) for provider in KINDS)


def expect(weights: Path | None, recipe: Recipe) -> None:
    """Hold every model that a recipe names against what is here, before a licence is taken for it.

    Raises ProviderMissing with the install line, NotThisModel for other weights or terms, WeightsError for weights that
    cannot be used.
    """
    here = {one.provider: one for one in standing(weights)}
    for node in recipe.nodes:
        if node.op not in KINDS.values():
            continue
        neural_of(weights).expected(node.p["provider"], node.p["weights"], node.p["terms"], node.op)
        if missing := here[node.p["provider"]].missing:
            raise ProviderMissing(
                f"{node.p['provider']} is not installed here ({', '.join(missing)}). Install it with: {INSTALL}"
            )


def neural_of(weights: Path | None) -> Neural:
    """The providers whose weights lie in the folder; what they hold is looked at when a recipe names them."""
    if weights is None:
        return Neural({})
    return Neural({provider: weights / provider for provider in KINDS if (weights / provider).is_dir()})


def _one(provider: str, weights: Path | None) -> Standing:
    missing = tuple(name for name in MODULES[provider] if find_spec(name) is None)
    operation, licence = KINDS[provider], CODE_LICENCES[provider]
    if weights is None:
        return Standing(provider, operation, licence, missing, None, "no folder of weights is set")
    folder = weights / provider
    if not folder.is_dir():
        return Standing(provider, operation, licence, missing, None, f"the folder of weights holds no {provider}/")
    try:
        card = _card(folder, *_stamp(folder))
    except WeightsError as error:
        return Standing(provider, operation, licence, missing, None, str(error))
    if card.provider != provider:
        return Standing(provider, operation, licence, missing, None, f"its card is about {card.provider}")
    return Standing(provider, operation, licence, missing, card)


def _stamp(folder: Path) -> tuple[int, ...]:
    """What changes when somebody lays other weights or another card into the folder."""
    files = [folder / name for name in ("model.safetensors", "weights.json")]
    told = [file.stat() for file in files if file.is_file()]
    return tuple(number for one in told for number in (one.st_size, one.st_mtime_ns))


@lru_cache(maxsize=16)
def _card(folder: Path, *stamp: int) -> ProviderCard:
    """The card of a folder; gigabytes are hashed once for as long as they stay as they are."""
    return card_of(folder)
