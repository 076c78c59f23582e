"""Fit the constants of chance: `python -m bench._identify_chance` writes src/ritornello/identify/chance.json.

Of the scores of one half of the unrelated recordings, those beyond the 95th percentile are taken to fall off
exponentially; that is the tail of a Gumbel distribution. The other half judges it (`python -m bench identify`).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bench import _identify_answers as answers
from bench._identify_corpus import Clock, core, halves
from bench.identify import seen, unseen

TAIL = 0.05


def fitted(scores: list[float]) -> tuple[float, float]:
    """Location and scale of the Gumbel distribution with the tail of these scores."""
    values = np.sort(np.array(scores))
    fence = float(np.quantile(values, 1 - TAIL))
    scale = float((values[values > fence] - fence).mean())
    return fence + scale * float(np.log(-np.log1p(-TAIL))), scale


def main() -> None:
    clock = Clock.started()
    tracks = core(clock)
    known, held = halves(list(tracks))
    segment, _ = answers.index(clock, tracks, known)
    unrelated = answers.negatives(clock, tracks, held, segment, answers.references(clock, tracks, known))
    windows = answers.windows(clock, segment)
    scores = seen(unrelated, windows, held)
    location, scale = fitted(scores)
    longer = fitted([one["score"] for name in held[::2] for one in unrelated[name] if one["length"] == 20])
    ten = fitted([one["score"] for name in held[::2] for one in unrelated[name] if one["length"] == 10])
    step = float(np.log(2.0))
    document = {
        "constants": {
            "location": round(location, 3),
            "scale": round(scale, 3),
            "location_per_length": round((longer[0] - ten[0]) / step, 3),
            "scale_per_length": round((longer[1] - ten[1]) / step, 3),
            "location_per_size": 0.0,
        },
        "fitted_on": {"windows_of_ten_seconds": len(scores), "held_against": len(unseen(unrelated, windows, held))},
    }
    target = Path(__file__).parent.parent / "src" / "ritornello" / "identify" / "chance.json"
    target.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(target.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
