"""The outline holds every extreme of the sound and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis.model import Audio
from ritornello.analysis.waveform import FULL_SCALE, peaks


@given(st.integers(1, 3000), st.integers(1, 2), st.integers(1, 4000), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_every_extreme_is_drawn(frames: int, channels: int, buckets: int, seed: int) -> None:
    x = np.random.default_rng(seed).uniform(-1, 1, (frames, channels)).astype(np.float32)
    outline = peaks(Audio(x, 44_100), buckets)
    assert len(outline) == min(buckets, frames)
    assert min(low for low, _ in outline) == round(float(x.min()) * FULL_SCALE)
    assert max(high for _, high in outline) == round(float(x.max()) * FULL_SCALE)
    assert all(isinstance(low, int) and low <= high for low, high in outline)


def test_what_exceeds_full_scale_is_drawn_at_full_scale_and_no_buckets_are_an_error() -> None:
    loud = Audio(np.asarray([[2.0], [-3.0]], np.float32), 44_100)
    assert peaks(loud, 1) == [(-FULL_SCALE, FULL_SCALE)]
    assert peaks(Audio(np.zeros((0, 1), np.float32), 44_100), 10) == []
    with pytest.raises(ValueError, match="at least one"):
        peaks(loud, 0)
