"""What a render says about itself: what went in, what was done, what came out, with which versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ritornello.studio import footprint, machine_help
from ritornello.studio.bounds import Bounds
from ritornello.studio.recipe import Recipe

_WHEELS = ("numpy", "scipy", "numba", "soundfile", "soxr")


@dataclass(frozen=True, slots=True)
class Separated:
    """A part that was taken out of a mix for want of a delivered stem, and by whom.

    `clean_centidb` estimates its signal-to-distortion ratio, None where a finished step did not note it.
    """

    node: str
    part: str
    provider: str
    clean_centidb: int | None

    def to_document(self) -> dict[str, Any]:
        return {"node": self.node, "part": self.part, "provider": self.provider, "clean_centidb": self.clean_centidb}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of one render. `inputs` maps source keys to the hash of the samples that were read.

    `beats` and `downbeats` are the grid of the result in samples; `original_permille` is the share of the sources in
    the K-weighted energy of the mix, measured on its buses while rendering; `separations` says how clean each part is
    that was not delivered as a stem.
    """

    recipe: Recipe
    bounds: Bounds
    inputs: dict[str, str]
    pcm_sha256: str
    frames: int
    rate: int
    channels: int
    lufs_centi: int
    dbtp_centi: int
    limited_centidb: int
    original_permille: int
    beats: tuple[int, ...]
    downbeats: tuple[int, ...]
    separations: tuple[Separated, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Integer JSON."""
        return {
            "v": 1,
            "recipe": self.recipe.to_document(),
            "recipe_id": self.recipe.id,
            "bounds": self.bounds.to_document(),
            "types": list(footprint.derivative_types(self.recipe)),
            "uses": [str(use) for use in footprint.uses(self.recipe)],
            "ai": machine_help.ai_class(self.recipe),
            "ai_steps": [step.to_document() for step in machine_help.steps(self.recipe)],
            "inputs": dict(sorted(self.inputs.items())),
            "versions": versions(),
            "output": {
                "pcm_sha256": self.pcm_sha256,
                "frames": self.frames,
                "rate": self.rate,
                "channels": self.channels,
                "beats": list(self.beats),
                "downbeats": list(self.downbeats),
            },
            "measured": {
                "lufs_centi": self.lufs_centi,
                "dbtp_centi": self.dbtp_centi,
                "limited_centidb": self.limited_centidb,
                "original_permille": self.original_permille,
                "added_permille": 1000 - self.original_permille,
                "separations": [one.to_document() for one in self.separations],
            },
        }


def versions() -> dict[str, str]:
    """Versions of the wheels whose arithmetic reaches the samples: the same set gives the same samples."""
    from importlib.metadata import version

    return {name: version(name) for name in _WHEELS}
