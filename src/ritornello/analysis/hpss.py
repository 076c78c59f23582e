"""Harmonic and percussive parts of a recording by median filtering (Fitzgerald 2010), in blocks.

A tone is a horizontal line in the spectrogram and a drum stroke a vertical one; the median along time keeps the first,
the median along frequency the second, and each cell is shared between them by the squares of the two (a Wiener mask).
One mask from all channels together serves every channel, so that the stereo image stays where it was. The percussive
part is *defined* as what the harmonic part leaves over: the two sum to the input.

Memory: two outputs of the size of the input (file-backed when long) and a few blocks of spectra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.hpss_mask import apply_mask, harmonic_mask
from ritornello.analysis.medians import median_columns, median_rows
from ritornello.analysis.model import Audio

WINDOW = 4096
HOP = 1024
TIME_FRAMES = 31
FREQUENCY_BINS = 31
_HALO = TIME_FRAMES // 2
_FRAMES = 160
"""Spectral frames per block, without the halo of 15 on each side that the median along time looks at."""

Report = Callable[[float, str], None]
Block = NDArray[np.float32]


def split(audio: Audio, report: Report | None = None) -> tuple[Audio, Audio]:
    """The (harmonic, percussive) parts of ``audio``; their sum is ``audio`` to float32 rounding.

    ``report`` hears the finished fraction after each block and may raise to cancel.
    """
    harmonic = sample_buffer(audio.frames, audio.channels)
    percussive = sample_buffer(audio.frames, audio.channels)
    for start, part in harmonic_blocks(audio):
        end = start + len(part)
        harmonic[start:end] = part
        np.subtract(audio.samples[start:end], part, out=percussive[start:end])
        for array in (audio.samples, harmonic, percussive):
            release(array)
        if report is not None:
            report(end / audio.frames, "harmonic and percussive parts")
    return Audio(harmonic, audio.rate), Audio(percussive, audio.rate)


def harmonic_blocks(audio: Audio) -> Iterator[tuple[int, Block]]:
    """The harmonic part in order, as (first frame, block of shape (frames, channels))."""
    total = 1 + -(-audio.frames // HOP)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    carry = np.zeros((WINDOW, audio.channels), dtype=np.float32)
    for first in range(0, total, _FRAMES):
        last = min(first + _FRAMES, total)
        spectra, magnitudes, own = _spectra(audio, first, last, total, window)
        mask = harmonic_mask(
            median_columns(magnitudes, TIME_FRAMES)[own : own + last - first],
            median_rows(magnitudes[own : own + last - first], FREQUENCY_BINS),
        )
        added = _overlap_add(spectra, mask, window)
        added[:WINDOW] += carry
        finished = (last - first) * HOP
        carry = np.zeros((WINDOW, audio.channels), dtype=np.float32)
        left = added[finished:]
        carry[: len(left)] = left
        # frame t is centred on sample t·HOP: what is finished now begins half a window before the first centre
        start = first * HOP - WINDOW // 2
        end = audio.frames if last == total else start + finished
        skip = max(0, -start)
        whole = added[skip : end - start]
        if last == total and len(whole) < end - start - skip:
            whole = np.pad(whole, ((0, end - start - skip - len(whole)), (0, 0)))
        if len(whole):
            yield start + skip, whole / _window_sum(start + skip, len(whole), total, window)[:, None]


def _spectra(
    audio: Audio, first: int, last: int, total: int, window: Block
) -> tuple[NDArray[np.complex64], Block, int]:
    """Spectra (channels, frames, bins) of frames [first, last) and magnitudes of those with their halo.

    Frames outside the recording are reflected, as the median expects; the third value is where ``first`` lies among
    the magnitudes.
    """
    low, high = max(0, first - _HALO), min(total, last + _HALO)
    begin, end = low * HOP - WINDOW // 2, (high - 1) * HOP + WINDOW // 2
    padded = np.zeros((audio.channels, end - begin), dtype=np.float32)
    inside = slice(max(0, begin), min(audio.frames, end))
    padded[:, inside.start - begin : inside.stop - begin] = audio.samples[inside].T
    power = np.zeros((high - low, WINDOW // 2 + 1), dtype=np.float32)
    kept = np.empty((audio.channels, last - first, WINDOW // 2 + 1), dtype=np.complex64)
    for channel in range(audio.channels):
        frames = np.lib.stride_tricks.sliding_window_view(padded[channel], WINDOW)[::HOP]
        spectrum = np.fft.rfft(frames * window, axis=1)
        power += spectrum.real**2 + spectrum.imag**2
        kept[channel] = spectrum[first - low : last - low]
    magnitudes = np.sqrt(power)
    before = [_mirror(t, total) - low for t in range(first - _HALO, low)]
    after = [_mirror(t, total) - low for t in range(high, last + _HALO)]
    if before or after:
        magnitudes = magnitudes[[*before, *range(high - low), *after]]
    return kept, magnitudes, first - low + len(before)


def _mirror(frame: int, total: int) -> int:
    frame %= 2 * total
    return frame if frame < total else 2 * total - 1 - frame


def _overlap_add(spectra: NDArray[np.complex64], mask: Block, window: Block) -> Block:
    channels, frames, _ = spectra.shape
    added = np.zeros((frames * HOP + WINDOW, channels), dtype=np.float32)
    for channel in range(channels):
        apply_mask(spectra[channel], mask)
        pieces = np.fft.irfft(spectra[channel], n=WINDOW, axis=1) * window
        for quarter in range(WINDOW // HOP):
            part = pieces[:, quarter * HOP : (quarter + 1) * HOP].reshape(-1)
            added[quarter * HOP : quarter * HOP + len(part), channel] += part
    return added


def _window_sum(start: int, length: int, total: int, window: Block) -> Block:
    """What overlapped squares of the window sum to at each sample: 1.5, but less at the ends of the recording."""
    out = np.full(length, 1.5, dtype=np.float32)
    square = window.astype(np.float64) ** 2
    edges = [*range(start, min(start + length, WINDOW)), *range(max(start, (total - 1) * HOP - WINDOW), start + length)]
    if edges:
        at = np.unique(np.asarray(edges))
        sums = np.zeros(len(at))
        for frame in (*range(min(8, total)), *range(max(8, total - 12), total)):
            offset = at - frame * HOP + WINDOW // 2
            inside = (offset >= 0) & (offset < WINDOW)
            sums[inside] += square[offset[inside]]
        out[at - start] = np.maximum(sums, 1e-3)
    return out
