"""From a score to the probability that chance alone gave it.

The best score of audio that is *not* in the index follows, in its upper tail, a Gumbel distribution; its two constants
are fitted on one half of the bench's negatives and checked on the other (`bench/identify.py`, docs/scale.md).
"""

from __future__ import annotations

import math

LOCATION, SCALE = 1.0, 0.9
"""Of the best score of unrelated audio: transformed tier."""


def of_score(score: float, location: float = LOCATION, scale: float = SCALE) -> float:
    """Probability that unrelated audio scores at least `score`: 1 - exp(-exp(-(score - location) / scale))."""
    exponent = -(score - location) / scale
    if exponent > 50:
        return 1.0
    return -math.expm1(-math.exp(exponent))


def score_at(probability: float, location: float = LOCATION, scale: float = SCALE) -> float:
    """The score that unrelated audio reaches with this probability."""
    return location - scale * math.log(-math.log1p(-probability))
