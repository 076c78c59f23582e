"""Generation by MusicGen-melody through transformers: a prompt, along the tune of a recording.

The tune reaches the network as one strongest pitch class per frame. That chroma is computed by our own analysis, since
the package's own needs torchaudio, which does not load beside this torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ritornello.analysis.model import Audio
from ritornello.studio.neural.model import Progress, ProviderCard, WeightsError, imported

CHROMA_S = 4096 / 32_000
"""A frame of the chroma that the published networks were trained with."""
LONGEST_S = 30.0


class MusicgenMelody:
    """A `Generator`. Nothing is fetched: configuration, tokenizer and weights are read from the folder."""

    def __init__(self, folder: Path, card: ProviderCard) -> None:
        self.card = card
        torch, transformers = imported("musicgen_melody", "torch", "transformers")
        try:
            self._model: Any = transformers.MusicgenMelodyForConditionalGeneration.from_pretrained(
                str(folder), local_files_only=True, use_safetensors=True
            ).eval()
            self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise WeightsError(f"{folder}: the model cannot be opened: {error}") from error
        self._torch: Any = torch

    def generate(self, melody: Audio, prompt: str, seconds: float, seed: int, progress: Progress) -> Audio:
        """At most 30 seconds at the network's rate. The same seed and threads give the same samples."""
        torch = self._torch
        seconds = min(seconds, LONGEST_S)
        config = self._model.config
        frame_rate = config.audio_encoder.frame_rate
        torch.manual_seed(seed)
        progress(0.05)
        words = self._tokenizer([prompt], return_tensors="pt", padding=True)
        with torch.no_grad():
            made = self._model.generate(
                input_ids=words["input_ids"],
                attention_mask=words["attention_mask"],
                input_features=torch.from_numpy(tune_of(melody, seconds)[None]),
                do_sample=True,
                max_new_tokens=max(2, round(seconds * frame_rate)),
            )
        progress(1.0)
        samples = made[0].to(torch.float32).numpy().T
        return Audio(np.ascontiguousarray(samples), int(config.audio_encoder.sampling_rate))


def tune_of(audio: Audio, seconds: float) -> Any:
    """One strongest pitch class per frame as float32 of shape (frames, 12), C first."""
    from ritornello.analysis.similarity import beat_chroma

    count = max(2, int(seconds / CHROMA_S))
    marks = np.round(np.arange(count + 1) * CHROMA_S * audio.rate).astype(np.int64)
    chroma = beat_chroma(audio, marks)
    tune = np.zeros((count, 12), dtype=np.float32)
    rows = min(count, len(chroma))
    tune[np.arange(rows), np.argmax(chroma[:rows], axis=1)] = 1.0
    return tune
