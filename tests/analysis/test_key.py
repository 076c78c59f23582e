"""The key from pitch classes, and from the chords that open phrases where the pitch classes cannot tell."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.analysis.key import of_chroma
from ritornello.analysis.model import Chord

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11)


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(("mode", "scale"), [("major", MAJOR), ("minor", MINOR)])
def test_scales_with_a_tonic_triad(tonic: int, mode: str, scale: tuple[int, ...]) -> None:
    row = np.zeros(12, np.float32)
    for step in scale:
        row[(tonic + step) % 12] += 1
    for step in (0, 3 if mode == "minor" else 4, 7):
        row[(tonic + step) % 12] += 1.5
    key = of_chroma(row[None, :])
    assert (key.tonic, key.mode) == (tonic, mode)
    assert 0 < key.confidence <= 1


def test_the_chords_that_open_phrases_tell_relative_keys_apart() -> None:
    cycle = [(9, "min"), (5, "maj"), (0, "maj"), (7, "maj")]  # Am F C G, or F C G Am … : the same pitch classes
    chords = tuple(Chord(n * 100, n * 100 + 100, *cycle[n % 4], 0.9) for n in range(33))
    row = np.zeros((1, 12), np.float32)
    for root, quality in cycle:
        row[0, [root, (root + (3 if quality == "min" else 4)) % 12, (root + 7) % 12]] += 1
    in_a = of_chroma(row, 0.0, chords, np.arange(0, 3300, 400))
    in_c = of_chroma(row, 0.0, chords[2:31], np.arange(200, 3300, 400))
    assert in_a.name == "A minor" and in_c.name == "C major"
    only_starts = of_chroma(row, 0.0, chords[1:32], np.arange(400, 3200, 400))
    assert only_starts.name == "A minor", "the last chord is G and the first F: the phrases decide"


def test_chords_at_home_tell_the_key_where_the_tonic_is_seldom_heard() -> None:
    """In F#, with little F# in it: the pitch classes look like G# minor, in which C# and A# minor are foreign.

    The pitch classes are those that were heard in a rendered song, rounded.
    """
    f, b, c, e, g, a = (6, "maj"), (11, "maj"), (1, "maj"), (3, "min"), (8, "min"), (10, "min")
    verse, chorus, bridge = [f, b, f, c, e, b, g, c], [b, b, c, c, a, e, g, c], [e, e, g, g, b, b, c, c]
    cycle = [*verse, *verse, *chorus, *chorus, *bridge, *bridge, *chorus, *chorus]
    beats = [*(chord for chord in cycle for _ in range(2)), f]
    chords = tuple(Chord(n * 100, n * 100 + 100, *chord, 0.9) for n, chord in enumerate(beats))
    row = np.array([[72, 134, 70, 119, 36, 55, 80, 53, 108, 50, 110, 112]], np.float32)
    assert of_chroma(row).name == "Ab minor"
    assert of_chroma(row, 0.0, chords, np.arange(0, 12_800, 1600)).name == "F# major"


def test_silence_has_no_key_to_be_sure_of() -> None:
    assert of_chroma(np.zeros((3, 12), np.float32)).confidence == 0.0
