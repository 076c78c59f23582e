"""A version is told from other songs in any key, at any tempo and counting, and in any order."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.analysis.model import Audio
from ritornello.analysis.similarity import beat_chroma, cqt1_pcc, pooled, qmax, shared_phrases, transposed_qmax
from tests.analysis import heard
from tests.analysis.synth import render
from tests.shared_material import MUSIC

NAMES = ("pop", "minor", "swing", "tempo change", "pickup")


@pytest.fixture(scope="module")
def chromas() -> dict[str, np.ndarray]:
    return {name: beat_chroma(heard.audio(name), heard.analysis(name).beats) for name in NAMES}


def test_identity(chromas: dict[str, np.ndarray]) -> None:
    for chroma in chromas.values():
        assert qmax(chroma, chroma) == pytest.approx(1.0, abs=0.02)
        assert shared_phrases(chroma, chroma) == pytest.approx(1.0, abs=1e-5)
        assert np.allclose(np.linalg.norm(chroma, axis=1), 1.0, atol=1e-4)


def test_a_version_in_another_key_and_tempo_is_first_among_all(chromas: dict[str, np.ndarray]) -> None:
    from ritornello.analysis import analyse

    for name in ("minor", "swing"):
        version = render(heard.song(name), transpose=3, faster=1.1)
        chroma = beat_chroma(version, analyse(version).beats)
        scores = {other: qmax(chroma, theirs) for other, theirs in chromas.items()}
        assert max(scores, key=lambda other: scores[other]) == name
        assert scores[name] > 0.8
        keys = transposed_qmax(chromas[name], chroma)
        assert max(keys, key=lambda shift: keys[shift]) == 9  # three up is met by nine more


def test_twice_as_many_beats_are_the_same_song(chromas: dict[str, np.ndarray]) -> None:
    assert qmax(pooled(chromas["pop"], 2), chromas["pop"]) > 0.8


def test_order_does_not_matter_to_shared_phrases(chromas: dict[str, np.ndarray]) -> None:
    chroma = chromas["pop"]
    moved = np.concatenate([chroma[96:160], chroma[:64], chroma[160:], chroma[64:96]])
    assert shared_phrases(moved, chroma) > 0.9 > shared_phrases(chromas["swing"], chroma)


def test_too_little_to_compare_is_zero() -> None:
    short = np.ones((5, 12), np.float32)
    assert qmax(short, short) == 0.0 and shared_phrases(short, short) == 0.0


def test_music_without_beats_is_cut_into_half_seconds() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 261.63 * np.arange(44_100 * 4) / 44_100)).astype(np.float32)[:, None]
    chroma = beat_chroma(Audio(tone, 44_100), np.zeros(0, np.int64))
    assert chroma.shape == (7, 12) and set(np.argmax(chroma, axis=1)) == {0}


def test_the_top_line_agrees_with_itself_and_not_with_another_song() -> None:
    pop, swing = (Audio(heard.audio(name).samples[: 44_100 * 30], 44_100) for name in ("pop", "swing"))
    without_drums = render(heard.song("pop").without("drums"))
    assert cqt1_pcc(pop, pop) == pytest.approx(1.0)
    assert cqt1_pcc(pop, Audio(without_drums.samples[: 44_100 * 30], 44_100)) > 0.6
    assert abs(cqt1_pcc(pop, swing)) < 0.3


if MUSIC is not None:

    def test_every_real_track_ranks_first_against_its_own_faster_and_slower_copy() -> None:
        import soxr

        from ritornello.analysis import beats, spectra
        from ritornello.analysis.decode import read

        def chroma_of(audio: Audio) -> np.ndarray:
            found = spectra.of(audio)
            return beat_chroma(found, beats.track(found).samples(audio.rate))

        originals, copies = {}, {}
        for number, path in enumerate(sorted(MUSIC.glob("*.ogg"))):
            audio = read(path)
            part = Audio(audio.samples[: 70 * audio.rate], audio.rate)
            originals[path.stem] = chroma_of(part)
            rate = audio.rate / (1.12 if number % 2 else 0.85)
            copies[path.stem] = chroma_of(Audio(soxr.resample(part.samples, audio.rate, round(rate)), audio.rate))
        assert len(originals) == 11
        for name, copy in copies.items():
            scores = {other: qmax(copy, chroma) for other, chroma in originals.items()}
            assert max(scores, key=lambda other: scores[other]) == name, scores
