"""From a score to the probability that chance alone gave it.

The best score of audio that is *not* in the index follows, in its upper tail, a Gumbel distribution. Its constants are
data (`chance.json`), fitted by `python -m bench._identify_chance` on one half of the bench's unrelated recordings and
held against the other half; they depend on the length of the query and on the size of the index.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SHORTEST_FITTED, LONGEST_FITTED = 10.0, 20.0
"""Seconds of a query; beyond them the nearest fitted length is taken."""

MOST_HOURS = 1000.0
"""Hours of an index up to which the constants were fitted."""

USUAL_SECONDS, USUAL_HOURS = 10.0, 2.0


@dataclass(frozen=True, slots=True)
class Constants:
    """Location and scale at a query of 10 s and an index of 2 h, and what each factor of e adds to them.

    Beyond the fitted hours nothing is extrapolated: the constants have to be fitted again.
    """

    location: float
    scale: float
    location_per_length: float
    scale_per_length: float
    location_per_size: float

    def at(self, seconds: float, hours: float) -> tuple[float, float]:
        """Location and scale for a query of so many seconds against an index of so many hours."""
        longer = math.log(min(max(seconds, SHORTEST_FITTED), LONGEST_FITTED) / USUAL_SECONDS)
        larger = math.log(min(max(hours, USUAL_HOURS), MOST_HOURS) / USUAL_HOURS)
        return (
            self.location + self.location_per_length * longer + self.location_per_size * larger,
            max(0.1, self.scale + self.scale_per_length * longer),
        )


@cache
def constants() -> Constants:
    """The constants as they were fitted."""
    kept = json.loads((Path(__file__).parent / "chance.json").read_text(encoding="utf-8"))
    return Constants(**kept["constants"])


def of_score(score: float, seconds: float = USUAL_SECONDS, hours: float = USUAL_HOURS) -> float:
    """Probability that unrelated audio scores at least `score`: 1 - exp(-exp(-(score - location) / scale)).

    Args:
        score: of the transformed tier.
        seconds: length of the query.
        hours: of all recordings in the index.
    """
    location, scale = constants().at(seconds, hours)
    exponent = -(score - location) / scale
    if exponent > 50:
        return 1.0
    return -math.expm1(-math.exp(exponent))


def score_at(probability: float, seconds: float = USUAL_SECONDS, hours: float = USUAL_HOURS) -> float:
    """The score that unrelated audio reaches with this probability."""
    location, scale = constants().at(seconds, hours)
    return location - scale * math.log(-math.log1p(-probability))
