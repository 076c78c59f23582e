"""How clean a part is that was taken out of a mix, estimated without knowing the truth.

Where a part and what is left of the mix are strong in the same cells of the spectrum, nobody can say which of the two a
cell's sound belongs to. Of a cell that is shared as a Wiener filter shares it, the expected error is the product of the
two shares; so the energy of the part over that of the overlap estimates its signal-to-distortion ratio. Beside the true
stems of four songs the estimate for the drums of the harmonic/percussive split was at most 1.9 dB off; for what they
leave it was 1.6 dB too low to 4.6 dB too high.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release

WINDOW = 4096
MOST_FRAMES = 300
"""Spectral frames that are looked at, evenly spread: the cost does not grow with the recording."""


def clean_db(part: NDArray[np.float32], whole: NDArray[np.float32]) -> float:
    """The estimated signal-to-distortion ratio, in dB, of ``part`` as a part of ``whole``.

    Both are float32 of shape (frames, channels) and start together; 99 where nothing overlaps, -99 where the part is
    silent.
    """
    length = min(len(part), len(whole))
    count = max(1, length // WINDOW)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    own = shared = 0.0
    for number in range(min(count, MOST_FRAMES)):
        start = number * count // min(count, MOST_FRAMES) * WINDOW
        cut = slice(start, min(start + WINDOW, length))
        pieces = np.zeros((2, WINDOW, part.shape[1]), dtype=np.float32)
        pieces[0, : cut.stop - start] = part[cut]
        pieces[1, : cut.stop - start] = whole[cut] - part[cut]
        spectra = np.abs(np.fft.rfft(pieces * window[:, None], axis=1))
        own += float(np.sum(spectra[0] ** 2, dtype=np.float64))
        shared += float(np.sum(spectra[0] * spectra[1], dtype=np.float64))
        if number % 32 == 31 or number == min(count, MOST_FRAMES) - 1:
            release(part)
            release(whole)
    if own <= 1e-12:
        return -99.0
    return float(min(99.0, 10 * np.log10(own / max(shared, 1e-30))))
