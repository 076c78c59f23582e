"""The one answer that every tier gives, and the one error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CONFIDENT = 0.01
"""An answer counts as found when the probability that chance alone gave it is at most this."""


class IdentifyError(ValueError):
    """Identification cannot be done: what is wrong, where, and how to mend it."""

    def __init__(self, what: str, where: str, mend: str) -> None:
        super().__init__(f"{where}: {what}. {mend}")
        self.what = what
        self.where = where
        self.mend = mend


class Tier(StrEnum):
    """How a recording was found."""

    DECLARED = "declared"
    EXACT = "exact"
    TRANSFORMED = "transformed"
    REPERFORMED = "reperformed"


@dataclass(frozen=True, slots=True)
class Answer:
    """One recording found in a query.

    Attributes:
        recording: the id it was indexed under.
        tier: how it was found.
        query_seconds: (from, to) in the query.
        reference_seconds: (from, to) in the recording.
        cents: how far the recording was moved up in pitch to become the query.
        time_scale: seconds of the query per second of the recording; below 1 is faster.
        score: how far above chance, in the tier's own measure; higher is surer.
        chance: probability that audio without this recording would be answered with a score as high.
    """

    recording: str
    tier: Tier
    query_seconds: tuple[float, float]
    reference_seconds: tuple[float, float]
    cents: float
    time_scale: float
    score: float
    chance: float

    @property
    def confident(self) -> bool:
        """Whether chance is a poor explanation of this answer."""
        return self.chance <= CONFIDENT

    def to_document(self) -> dict[str, object]:
        """Whole numbers only: milliseconds, cents, scale in parts per million, score in thousandths, chance in ppm."""
        return {
            "recording": self.recording,
            "tier": self.tier.value,
            "query_ms": [round(second * 1000) for second in self.query_seconds],
            "reference_ms": [round(second * 1000) for second in self.reference_seconds],
            "cents": round(self.cents),
            "time_scale_ppm": round(self.time_scale * 1_000_000),
            "score_permille": round(self.score * 1000),
            "chance_ppm": round(self.chance * 1_000_000),
        }
