"""Separation by Demucs: the network is built from its configuration, its weights are read from safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.analysis.model import Audio
from ritornello.studio.neural.model import PARTS, Progress, ProviderCard, WeightsError, imported

PIECE_S, OVERLAP_S = 60.0, 1.0
"""Long recordings are taken apart in pieces with a cross-fade, so that memory does not grow with their length."""


class Demucs:
    """A `Separator`. Opening it builds the network (seconds); separating takes one to five times the music's length."""

    def __init__(self, folder: Path, card: ProviderCard) -> None:
        self.card = card
        torch, htdemucs, tensors = imported("demucs", "torch", "demucs.htdemucs", "safetensors.torch")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        try:
            model = htdemucs.HTDemucs(**config)
            model.load_state_dict(tensors.load_file(str(folder / "model.safetensors")))
        except (RuntimeError, TypeError, ValueError) as error:
            raise WeightsError(f"{folder}: the weights do not fit the configuration: {error}") from error
        if missing := [part for part in PARTS if part not in model.sources]:
            raise WeightsError(f"{folder}: the network gives {model.sources}, not {', '.join(missing)}")
        self._torch: Any = torch
        self._model: Any = model.eval()

    def separate(self, audio: Audio, seed: int, progress: Progress) -> Mapping[str, Audio]:
        """Drums, bass, other and vocals. The same seed and threads give the same samples."""
        from ritornello.analysis.decode import resample

        rate = int(self._model.samplerate)
        heard = audio if audio.rate == rate else resample(audio, rate)
        samples = heard.samples if heard.channels == 2 else np.repeat(heard.mono()[:, None], 2, axis=1)
        parts = {part: np.zeros((heard.frames, 2), dtype=np.float32) for part in PARTS}
        step, overlap = int(PIECE_S * rate), int(OVERLAP_S * rate)
        rising = np.linspace(0, 1, overlap, dtype=np.float32)[:, None]
        for first in range(0, heard.frames, step):
            last = min(heard.frames, first + step + overlap)
            made = self._piece(samples[first:last], seed)
            for part, sound in made.items():
                weight = np.ones((last - first, 1), dtype=np.float32)
                if first:
                    weight[:overlap] = rising[: last - first]
                if last < heard.frames:
                    weight[-overlap:] = rising[::-1]
                parts[part][first:last] += sound * weight
            progress(last / heard.frames)
        out = {}
        for part, sound in parts.items():
            made_of = Audio(sound, rate) if audio.rate == rate else resample(Audio(sound, rate), audio.rate)
            fitted = np.zeros_like(audio.samples)
            n = min(audio.frames, made_of.frames)
            fitted[:n] = made_of.samples[:n] if audio.channels == 2 else made_of.mono()[:n, None]
            out[part] = Audio(fitted, audio.rate)
        return out

    def _piece(self, samples: Any, seed: int) -> dict[str, Any]:
        import random

        (apply,) = imported("demucs", "demucs.apply")
        torch = self._torch
        torch.manual_seed(seed)
        state = random.getstate()
        random.seed(seed)  # the shifts of demucs come from Python's own generator
        try:
            mix = torch.from_numpy(np.ascontiguousarray(samples.T))
            mean, spread = mix.mean(), mix.std() + 1e-8
            with torch.no_grad():
                made = apply.apply_model(
                    self._model, ((mix - mean) / spread)[None], shifts=1, split=True, overlap=0.25, progress=False
                )[0]
        finally:
            random.setstate(state)
        made = made * spread + mean
        return {part: made[self._model.sources.index(part)].numpy().T for part in PARTS}
