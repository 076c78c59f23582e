"""Finished steps of a render, kept by content, so that an interrupted render goes on where it stopped.

A step's key is the SHA-256 of its operation and version, its parameters, its seed, the engine, the rate, the channels
and the keys of what it reads; a source's key is the hash of its samples. Equal keys are therefore equal samples, and a
step whose key is kept need not be computed, nor anything that only it reads. Entries are written beside their place and
moved there whole, so that a render that is killed leaves no half entry.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ritornello.proof.canonical import canonical_json, sha256_hex
from ritornello.studio.operations import OPERATIONS, completed
from ritornello.studio.recipe import Recipe

Samples = npt.NDArray[np.float32]

WORTH_KEEPING = frozenset(
    {"stem:hpss", "tempo", "key", "varispeed", "groove", "perform", "reverb", "separate", "generate"}
)
"""Steps that cost more to compute than to read back; the others are computed again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A finished step: its samples (frames, channels), and the share of the sources in their energy, 0..1.

    `clean_centidb` is the estimated cleanness of a part that was taken out of a mix.
    """

    samples: Samples
    original: float
    clean_centidb: int | None = None


class StepCache:
    """Steps in a folder, the least recently used leaving when they are more than `most_bytes`."""

    def __init__(self, folder: Path, most_bytes: int = 4 << 30) -> None:
        self._folder = folder
        self._most = most_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, key: str) -> bool:
        return self._path(key).exists()

    def get(self, key: str) -> Step | None:
        """The step, its samples mapped from its file; None where it is not kept or cannot be read."""
        path = self._path(key)
        try:
            samples = np.load(path, mmap_mode="r")
            note = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            original = note["original_ppb"] / 1e9
        except (OSError, ValueError, KeyError):
            return None
        if samples.dtype != np.float32 or samples.ndim != 2:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return Step(samples, original, note.get("clean_centidb"))

    def put(self, key: str, step: Step) -> None:
        """Keep a step. A folder that is full or read-only keeps nothing: the render does not depend on it."""
        path = self._path(key)
        if path.exists():
            return
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            note = {"original_ppb": round(step.original * 1e9), "clean_centidb": step.clean_centidb}
            self._whole(path.with_suffix(".json"), json.dumps(note).encode())
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.save(file, step.samples)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._trim()

    def _whole(self, path: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)

    def _trim(self) -> None:
        entries = [(file.stat().st_mtime_ns, file.stat().st_size, file) for file in self._folder.glob("*/*.npy")]
        total = sum(size for _, size, _ in entries)
        for _, size, file in sorted(entries):
            if total <= self._most:
                return
            file.unlink(missing_ok=True)
            file.with_suffix(".json").unlink(missing_ok=True)
            total -= size

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.npy"


def keys_of(recipe: Recipe, fused: Collection[str] = ()) -> dict[str, str]:
    """The key of every source and node of a validated recipe.

    A source's beat grid counts for what plays on it, so it is part of the source's key. How many channels there are is
    decided by the source that is read first, so that source is part of every key. `fused` are the nodes that the node
    behind them does in the same pass, which sounds a little different from two passes.
    """
    ids = {source.id: source for source in recipe.sources}
    reads = (ids[name] for node in recipe.nodes for name in node.inputs if name in ids)
    first = next((source.pcm_sha256 for source in reads if source.pcm_sha256), "")
    keys: dict[str, str] = {}
    for source in recipe.sources:
        grid = {"beats": list(source.beats), "downbeats": list(source.downbeats), "frames": source.frames}
        keys[source.id] = _hashed({"pcm": source.pcm_sha256, "stems": dict(source.stems), **grid})
    for node in recipe.nodes:
        keys[node.id] = _hashed(
            {
                "engine": recipe.engine,
                "first": first,
                "fused": any(name in fused for name in node.inputs),
                "id": node.id,  # accidents of playing are drawn from the recipe's seed and the node's id
                "in": [keys[name] for name in node.inputs],
                "op": node.op,
                "p": _listed(completed(node.op, node.p)),
                "seed": recipe.seed,
                "sr": recipe.sr,
                "version": OPERATIONS[node.op].version,
            }
        )
    return keys


def _listed(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _hashed(document: Mapping[str, object]) -> str:
    return sha256_hex(canonical_json(dict(document)))
