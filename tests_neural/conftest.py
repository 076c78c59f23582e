"""Tiny networks with random weights, made here: the real classes, the real files, a few kilobytes each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ritornello.analysis.model import Audio

RATE = 44_100


def music(seconds: float = 2.0, seed: int = 3) -> Audio:
    """A chord and a little noise: something that is not silence."""
    at = np.arange(int(RATE * seconds)) / RATE
    tones = sum(np.sin(2 * np.pi * hz * at) for hz in (220.0, 277.2, 329.6)) / 8
    noise = np.random.Generator(np.random.PCG64(seed)).normal(0, 0.02, (at.size, 2))
    return Audio((tones[:, None] + noise).astype(np.float32), RATE)


def card(folder: Path, provider: str, licence: str, commercial: bool) -> Path:
    document = {"provider": provider, "weights_licence": licence, "commercial_ok": commercial}
    (folder / "weights.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def demucs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from demucs.htdemucs import HTDemucs

    folder = tmp_path_factory.mktemp("demucs")
    config: dict[str, Any] = {
        "sources": ["drums", "bass", "other", "vocals"],
        "channels": 8,
        "depth": 2,
        "nfft": 1024,
        "t_layers": 1,
        "t_heads": 2,
        "bottom_channels": 0,
        "segment": 1,
        "dconv_comp": 4,
    }
    torch.manual_seed(11)
    model = HTDemucs(**config)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return card(folder, "demucs", "CC0-1.0", True)


@pytest.fixture(scope="session")
def musicgen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import (
        EncodecConfig,
        MusicgenMelodyConfig,
        MusicgenMelodyForConditionalGeneration,
        PreTrainedTokenizerFast,
        T5Config,
    )
    from transformers.models.musicgen_melody.configuration_musicgen_melody import MusicgenMelodyDecoderConfig

    folder = tmp_path_factory.mktemp("musicgen")
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "slow": 3, "bossa": 4, "nova": 5}
    tokens = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokens.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokens, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    text = T5Config(vocab_size=8, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    codec = EncodecConfig(
        sampling_rate=32_000,
        audio_channels=1,
        num_filters=4,
        hidden_size=8,
        codebook_size=32,
        codebook_dim=8,
        num_lstm_layers=1,
        upsampling_ratios=[8, 5, 4, 4],
        target_bandwidths=[1.0],
    )
    decoder = MusicgenMelodyDecoderConfig(
        vocab_size=32,
        num_hidden_layers=2,
        ffn_dim=32,
        num_attention_heads=2,
        hidden_size=32,
        num_codebooks=4,
        audio_channels=1,
        pad_token_id=32,
        bos_token_id=32,
        max_position_embeddings=256,
    )
    config = MusicgenMelodyConfig(
        text_encoder=text.to_dict(), audio_encoder=codec.to_dict(), decoder=decoder.to_dict(), num_chroma=12,
        chroma_length=16,
    )  # fmt: skip
    torch.manual_seed(7)
    model = MusicgenMelodyForConditionalGeneration(config)
    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()  # an untrained codec has empty codebooks, and every code would sound alike
    model.generation_config.decoder_start_token_id = 32
    model.generation_config.pad_token_id = 32
    model.generation_config.bos_token_id = 32
    model.generation_config.guidance_scale = 1.0
    model.save_pretrained(folder, safe_serialization=True)
    return card(folder, "musicgen_melody", "CC-BY-NC-4.0", False)
