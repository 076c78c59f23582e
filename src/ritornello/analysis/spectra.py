"""One spectral pass that everything above decoding shares.

The recording is brought to mono at 22.05 kHz once. From it come two pictures: loudness per band at 100 frames a second,
which shows when something begins, and a constant-Q spectrum at 21.5 frames a second with three bins per semitone, which
shows what sounds. Both are built in blocks; an hour takes some tens of MiB.

The constant-Q transform multiplies an 8192-point spectrum by kernels that are narrow in frequency (Brown and Puckette
1992), so that 216 bins cost little more than one Fourier transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.model import Audio
from ritornello.analysis.spectra_kernels import constant_q

Grid = NDArray[np.float32]

RATE = 22_050
ONSET_HOP = 220
ONSET_WINDOW = 1024
ONSET_RATE = RATE / ONSET_HOP
BANDS = 36
"""Bands between 30 Hz and 10.5 kHz, a third of an octave wide and never narrower than two spectral bins."""

TONE_HOP = 1024
TONE_WINDOW = 8192
TONE_RATE = RATE / TONE_HOP
LOWEST_PITCH = 36
"""MIDI number of the lowest constant-Q pitch: C2, 65.4 Hz."""
OCTAVES = 6
BINS_PER_SEMITONE = 3
TONE_BINS = OCTAVES * 12 * BINS_PER_SEMITONE
_QUALITY = 25.0
_SHORTEST = 512  # samples: shorter windows would see too little of the time between two frames
_CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """``mono`` float32 at 22.05 kHz; ``bands`` (onset frames, 36) and ``tones`` (tone frames, 216), magnitudes.

    Onset frame t is centred on sample 220·t of ``mono``, tone frame t on sample 1024·t. ``source_rate`` and
    ``source_frames`` are those of the recording, for turning times back into its samples.
    """

    mono: Grid
    bands: Grid
    tones: Grid
    source_rate: int
    source_frames: int

    @property
    def duration_s(self) -> float:
        return self.source_frames / self.source_rate


def of(audio: Audio) -> Spectra:
    """The shared pictures of a recording."""
    mono = mono_22k(audio)
    return Spectra(mono, onset_bands(mono), tone_magnitudes(mono), audio.rate, audio.frames)


def mono_22k(audio: Audio) -> Grid:
    """The mean of the channels at 22.05 kHz, float32 of shape (frames,), resampled block by block."""
    import soxr

    frames = -(-audio.frames * RATE // audio.rate)
    out = sample_buffer(frames, 1)[:, 0]
    stream = soxr.ResampleStream(audio.rate, RATE, 1, dtype="float32", quality="HQ")
    done = 0
    block = 2**17
    for start in range(0, audio.frames, block):
        part = audio.samples[start : start + block]
        line = part[:, 0] if audio.channels == 1 else part.mean(axis=1, dtype=np.float32)
        piece = stream.resample_chunk(np.ascontiguousarray(line), last=start + block >= audio.frames)
        piece = piece[: frames - done]
        out[done : done + len(piece)] = piece
        done += len(piece)
        release(audio.samples)
        release(out)
    return out


def framed(mono: Grid, window: int, hop: int, first: int, last: int) -> Grid:
    """Frames [first, last) of ``window`` samples, frame t centred on sample t·hop, zero outside the recording."""
    begin, end = first * hop - window // 2, (last - 1) * hop + window // 2
    if begin >= 0 and end <= len(mono):
        part = mono[begin:end]
    else:
        part = np.zeros(end - begin, dtype=np.float32)
        low, high = max(begin, 0), min(end, len(mono))
        part[low - begin : high - begin] = mono[low:high]
    return np.lib.stride_tricks.sliding_window_view(part, window)[::hop]


def onset_bands(mono: Grid) -> Grid:
    """Root of the power in each band, float32 of shape (frames, 36)."""
    total = 1 + len(mono) // ONSET_HOP
    out = np.empty((total, BANDS), dtype=np.float32)
    window, weights = _hann(ONSET_WINDOW), _band_weights()
    for first in range(0, total, _CHUNK):
        last = min(first + _CHUNK, total)
        spectrum = np.fft.rfft(framed(mono, ONSET_WINDOW, ONSET_HOP, first, last) * window, axis=1)
        np.sqrt((spectrum.real**2 + spectrum.imag**2) @ weights, out=out[first:last])
        release(mono)
    return out


def tone_magnitudes(mono: Grid) -> Grid:
    """Constant-Q magnitudes, float32 of shape (frames, 216), C2 upwards, three bins per semitone."""
    total = 1 + len(mono) // TONE_HOP
    out = np.empty((total, TONE_BINS), dtype=np.float32)
    kernel, starts, offsets = _tone_kernel()
    for first in range(0, total, 128):
        last = min(first + 128, total)
        spectrum = np.fft.rfft(framed(mono, TONE_WINDOW, TONE_HOP, first, last), axis=1)
        constant_q(spectrum.astype(np.complex64, copy=False), kernel, starts, offsets, out[first:last])
        release(mono)
    return out


def tone_frequencies() -> NDArray[np.float64]:
    """Centre of each constant-Q bin in Hz; every third bin, from the second, is a tempered pitch at A = 440 Hz."""
    steps = (np.arange(TONE_BINS) - 1) / BINS_PER_SEMITONE
    centres: NDArray[np.float64] = 440.0 * 2 ** ((LOWEST_PITCH - 69 + steps) / 12)
    return centres


@lru_cache(maxsize=8)
def _hann(size: int) -> Grid:
    return np.hanning(size + 1)[:-1].astype(np.float32)


@lru_cache(maxsize=1)
def _band_weights() -> Grid:
    """Overlapping triangles over the power spectrum, (513, 36), each summing to one."""
    hertz = np.arange(ONSET_WINDOW // 2 + 1) * RATE / ONSET_WINDOW
    # linear steps of two spectral bins at the bottom, a constant ratio from where that ratio exceeds them
    bin_width = RATE / ONSET_WINDOW
    edges = [30.0]
    for left in range(BANDS + 1, 0, -1):
        edges.append(max(edges[-1] + 2 * bin_width, edges[-1] * (10_500 / edges[-1]) ** (1 / left)))
    centres = np.asarray(edges)
    weights = np.zeros((len(hertz), BANDS))
    for band in range(BANDS):
        low, middle, high = centres[band : band + 3]
        rise, fall = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
        weights[:, band] = np.maximum(0, np.minimum(rise, fall))
    scaled: Grid = (weights / np.maximum(weights.sum(axis=0), 1e-9)).astype(np.float32)
    return scaled


@lru_cache(maxsize=1)
def _tone_kernel() -> tuple[NDArray[np.complex64], NDArray[np.int64], NDArray[np.int64]]:
    """Sparse spectra of the windowed sinusoids: values, first spectral bin of each, and where each begins in values."""
    values: list[NDArray[np.complex64]] = []
    starts, offsets = [], [0]
    for hertz in tone_frequencies():
        length = int(min(TONE_WINDOW, max(_QUALITY * RATE / hertz, _SHORTEST)))
        at = np.arange(length) - length // 2
        atom = np.zeros(TONE_WINDOW, dtype=np.complex128)
        window = np.hanning(length + 2)[1:-1]
        atom[TONE_WINDOW // 2 - length // 2 :][:length] = window / window.sum() * np.exp(2j * np.pi * hertz * at / RATE)
        spectrum = np.conj(np.fft.fft(atom))[: TONE_WINDOW // 2 + 1] / TONE_WINDOW
        big = np.flatnonzero(np.abs(spectrum) > 0.01 * np.abs(spectrum).max())
        starts.append(int(big[0]))
        values.append((2 * spectrum[big[0] : big[-1] + 1]).astype(np.complex64))
        offsets.append(offsets[-1] + len(values[-1]))
    return np.concatenate(values), np.asarray(starts), np.asarray(offsets)
