"""The measured card: what a recipe promises follows its graph, and what is wrong with a file is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis.model import Audio
from ritornello.studio.buildup import built_up
from ritornello.studio.card import Card, Spans, card_of, promised, third_of
from tests.studio.recipes import FRAMES, node, recipe

CHORDS: Spans = [(0, FRAMES // 2, 2, "maj"), (FRAMES // 2, FRAMES, 9, "min")]
GOOD = Card(
    seconds=60.0,
    bpm=104.0,
    promised_bpm=104.0,
    key="D major",
    promised_key="D major",
    chord_agreement=0.9,
    melody_agreement=0.8,
    cqt1_pcc=0.5,
    qmax=0.9,
    lufs=-14.0,
    target_lufs=-14.0,
    dbtp=-1.1,
    ceiling_dbtp=-1.0,
    clipped=0,
    sides_db=0.1,
    bands_db=(0.0, 0.0, 0.0),
)


def test_the_promise_follows_speed_pitch_and_order() -> None:
    half = FRAMES // 2
    made = recipe(
        node("turned", "sequence", "s0", slices=[[half, FRAMES], [0, half]]),
        node("higher", "key", "turned", cents=300),
        node("faster", "tempo", "higher", permille=1200),
    )
    promise = promised(made, 100.0, 2, "major", CHORDS, [(0, half, 6, "")])
    assert promise.bpm == pytest.approx(120)
    assert (promise.tonic, promise.mode) == (5, "major")
    first = [root for at, root, _ in promise.chords if at < half / 1.2]
    last = [root for at, root, _ in promise.chords if at > half / 1.2]
    assert set(first) == {0} and set(last) == {5}  # A minor came first and is now C minor
    assert {pitch for _, pitch in promise.tune} == {9}
    assert min(at for at, _ in promise.tune) > half / 1.2


def test_nothing_is_promised_where_the_music_is_ridden_down_to_silence() -> None:
    """Drums alone for the first half; and a build-up, whose two ways are never silent at once."""
    half_ms = FRAMES // 2 * 1000 // 44_100
    made = recipe(
        node("drums", "groove", "s0", style="four_floor"),
        node("later", "ride", "s0", points=[[0, -9600], [half_ms - 30, -9600], [half_ms, 0]]),
        node("all", "mix", "later", "drums"),
        node("faster", "tempo", "all", permille=1250),
    )
    promise = promised(made, 100.0, 2, "major", CHORDS, [])
    assert {root for _, root, _ in promise.chords} == {9}
    assert min(at for at, _, _ in promise.chords) >= FRAMES // 2 / 1.25 - 2400
    nodes = [node(n.id, n.op, *n.inputs, **n.p) for n in built_up("s0", 20_000, 30_000)]
    whole = promised(recipe(*nodes), 100.0, 2, "major", CHORDS, [])
    assert len(whole.chords) == len(
        promised(recipe(node("g", "gain", "s0", centidb=0)), 100.0, 2, "major", CHORDS, []).chords
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bpm": 111.0}, "promised 104.0"),
        ({"bpm": 208.0}, "double or half"),
        ({"key": "B minor"}, "promised D major"),
        ({"chord_agreement": 0.3}, "chords agree"),
        ({"melody_agreement": 0.2}, "the tune is covered"),
        ({"lufs": -16.0}, "instead of -14.0"),
        ({"dbtp": -0.2}, "peaks at"),
        ({"clipped": 3}, "clip"),
        ({"sides_db": -3.0}, "leans to the right"),
        ({"bands_db": (10.0, 0.0, -12.0)}, "dull"),
    ],
)
def test_what_is_wrong_is_remarked_and_a_good_one_is_not(change: dict[str, object], words: str) -> None:
    assert GOOD.remarks == ()
    assert any(words in remark for remark in replace(GOOD, **change).remarks)  # type: ignore[arg-type]


def test_the_card_of_the_song_itself_agrees_with_itself(short: Audio) -> None:
    from ritornello.analysis import analyse

    heard = analyse(short)
    chords: Spans = [(c.start, c.end, c.root or 0, c.quality) for c in heard.chords if c.root is not None]
    made = recipe(node("same", "gain", "s0", centidb=0))
    promise = promised(made, heard.tempo.bpm, heard.key.tonic, heard.key.mode, chords, [])
    card = card_of(made, short, short, promise, heard)
    assert card.chord_agreement > 0.95 and card.cqt1_pcc > 0.99 and card.qmax > 0.9
    assert card.tempo_relation == 1 and card.key == card.promised_key
    assert card.bands_db == (0.0, 0.0, 0.0) and card.clipped == 0
    loud = Audio(np.clip(short.samples * np.float32(20), -1, 1) * np.array([1.0, 0.3], dtype=np.float32), short.rate)
    worse = card_of(made, loud, short, promise, heard)
    assert worse.clipped > 0 and worse.sides_db > 5


def test_thirds_are_read_from_any_quality() -> None:
    assert [third_of(q) for q in ("maj7", "m7", "", "7", "dim7", "min", "m7b5", "maj", "sus4")] == [
        *("maj", "min", "maj", "maj", "min", "min", "min", "maj", "maj")
    ]
