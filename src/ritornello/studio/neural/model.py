"""The records of providers, and the folder of weights that they are opened from.

A folder of weights holds `weights.json` (the card: provider, licences, whether commercial use is permitted),
`config.json` (how the network is built) and `model.safetensors`; pickled weights are never opened, for a pickle runs
code. The hash of the weights is that of their bytes, and a recipe names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from ritornello.analysis.model import Audio

INSTALL = "pip install --no-deps --require-hashes -r requirements-neural.lock -r requirements-torch.lock"
Progress = Callable[[float], None]
Terms = Literal["commercial", "noncommercial"]

CODE_LICENCES: Mapping[str, str] = {"demucs": "MIT", "musicgen_melody": "Apache-2.0"}
KINDS: Mapping[str, str] = {"demucs": "separate", "musicgen_melody": "generate"}
PARTS = ("drums", "bass", "other", "vocals")
"""What a separation gives."""


class ProviderMissing(RuntimeError):
    """A recipe names a provider that is not installed here, or whose weights are not; told with the install line."""


class WeightsError(ValueError):
    """A folder of weights that cannot be used: what is wrong, and how to mend it."""


class NotThisModel(ValueError):
    """The weights are not those that the recipe names, or not under the terms that it says."""


@dataclass(frozen=True, slots=True)
class ProviderCard:
    """What a provider says of itself. `weights_sha256` is of the weights' bytes; the licences are SPDX names."""

    provider: str
    code_licence: str
    weights_licence: str
    commercial_ok: bool
    weights_sha256: str

    @property
    def terms(self) -> Terms:
        return "commercial" if self.commercial_ok else "noncommercial"

    def to_document(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "code_licence": self.code_licence,
            "weights_licence": self.weights_licence,
            "commercial_ok": self.commercial_ok,
            "weights_sha256": self.weights_sha256,
        }


class Separator(Protocol):
    """Takes a recording apart. The parts have its rate, its channels and its length."""

    card: ProviderCard

    def separate(self, audio: Audio, seed: int, progress: Progress) -> Mapping[str, Audio]: ...


class Generator(Protocol):
    """Makes sound from a prompt, along the tune of a recording."""

    card: ProviderCard

    def generate(self, melody: Audio, prompt: str, seconds: float, seed: int, progress: Progress) -> Audio: ...


def weights_sha256(folder: Path) -> str:
    """The SHA-256 of a folder's weights. Raises WeightsError where there are none."""
    file = folder / "model.safetensors"
    if not file.is_file():
        pickled = next((one.name for one in folder.glob("*.th")), None)
        told = f"only pickled ones ({pickled}), which are never opened" if pickled else "none"
        raise WeightsError(f"{folder} holds no model.safetensors, {told}: convert the weights to safetensors")
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def card_of(folder: Path) -> ProviderCard:
    """The card of a folder of weights, with the hash of what really lies there. Raises WeightsError.

    What the card does not plainly permit is not permitted.
    """
    try:
        document = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
        provider, licence = document["provider"], document["weights_licence"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{folder} has no readable weights.json: write provider, weights_licence and commercial_ok into it"
        ) from error
    if provider not in KINDS:
        raise WeightsError(f"{folder}: {provider!r} is no provider; there are {', '.join(KINDS)}")
    permitted = document.get("commercial_ok") is True and "-NC" not in str(licence).upper()
    return ProviderCard(provider, CODE_LICENCES[provider], str(licence), permitted, weights_sha256(folder))


@dataclass(frozen=True)
class Neural:
    """The providers of an installation: one folder of weights each. Networks are built when a recipe asks for them."""

    folders: Mapping[str, Path]

    def separator(self, provider: str, weights: str, terms: str) -> Separator:
        """The separation that a recipe names. Raises ProviderMissing, WeightsError, NotThisModel."""
        folder = self.expected(provider, weights, terms, "separate")
        from ritornello.studio.neural.demucs import Demucs

        return Demucs(folder, card_of(folder))

    def generator(self, provider: str, weights: str, terms: str) -> Generator:
        """The generation that a recipe names. Raises ProviderMissing, WeightsError, NotThisModel."""
        folder = self.expected(provider, weights, terms, "generate")
        from ritornello.studio.neural.musicgen import MusicgenMelody

        return MusicgenMelody(folder, card_of(folder))

    def expected(self, provider: str, weights: str, terms: str, kind: str) -> Path:
        """The folder of exactly the model that a recipe names. Raises ProviderMissing, WeightsError, NotThisModel."""
        folder = self.folders.get(provider)
        if folder is None or KINDS.get(provider) != kind:
            have = ", ".join(self.folders) or "none"
            raise ProviderMissing(
                f"the recipe names {provider}, and no weights of it are here (configured: {have}). "
                f"Configure its folder of weights, and install it with: {INSTALL}"
            )
        card = card_of(folder)
        if card.weights_sha256 != weights:
            raise NotThisModel(
                f"{provider}: the recipe names weights {weights[:12]}…, here are {card.weights_sha256[:12]}…: "
                "other weights are another sound; bring those, or write a new recipe"
            )
        if card.terms != terms:
            raise NotThisModel(
                f"{provider}: the recipe says {terms}, the weights are {card.terms} ({card.weights_licence}): "
                "write the terms that the weights have"
            )
        return folder


def imported(provider: str, *names: str) -> list[Any]:
    """The modules of a provider. Raises ProviderMissing with the install line where one is not installed."""
    from importlib import import_module

    try:
        return [import_module(name) for name in names]
    except ImportError as error:
        raise ProviderMissing(f"{provider} is not installed here ({error}). Install it with: {INSTALL}") from error
