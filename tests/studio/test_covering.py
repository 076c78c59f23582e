"""Covers: what the recipe says, that the tune is kept, and that the audio is the score that was written."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis import analyse
from ritornello.analysis.model import Analysis, Audio
from ritornello.analysis.similarity import beat_chroma, qmax
from ritornello.studio import demo_song, fluidsynth, footprint
from ritornello.studio.arrangement import arrange, in_register, swung
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.covering import cover_recipe
from ritornello.studio.harmony import family
from ritornello.studio.plain import lines_of
from ritornello.studio.plan import plan_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, RecipeError, Source
from ritornello.studio.render import Rendered, render
from ritornello.studio.restyling import Song, played_anew
from ritornello.studio.score import PPQ, Score, samples_of
from ritornello.studio.styles import pack, packs
from tests.studio.recipes import WIDE
from tests.studio.songs import WORK, demo_score, first_bars
from tests.studio.test_arranging import true_analysis


def made(style: str = "bossa_nova", bounds: Bounds = WIDE, **wishes: object) -> Recipe:
    return cover_recipe(demo_score(), style, bounds, source=WORK, **wishes)  # type: ignore[arg-type]


def score_in(recipe: Recipe) -> Score:
    return Score.from_document(recipe.nodes[0].p["score"])


@pytest.fixture(scope="module")
def bossa() -> Rendered:
    return render(made(), {}, bounds=WIDE)


@pytest.fixture(scope="module")
def heard_bossa(bossa: Rendered) -> Analysis:
    return analyse(bossa.audio)


@pytest.mark.parametrize("name", sorted(packs()))
def test_every_style_makes_a_recipe_that_reads_back(name: str) -> None:
    recipe = made(name)
    assert parse(recipe.canonical).id == recipe.id == made(name).id
    assert check(recipe, WIDE) == ()
    kind = "STYLE_LOCALE" if pack(name).market else "COVER_SAME"
    assert footprint.derivative_types(recipe) == (kind,)
    assert footprint.ai_class(recipe) == "none"
    assert {use.name for use in footprint.uses(recipe)} <= {"composition.use", "style.locale"}


def test_a_tune_that_a_trained_model_wrote_down_is_machine_help() -> None:
    score = replace(demo_score(), method="basic-pitch")
    recipe = cover_recipe(score, "bossa_nova", WIDE, source=WORK)
    assert footprint.ai_class(recipe) == "assistive"
    assert "machine help: basic-pitch" in lines_of(recipe)[0]
    strict = replace(WIDE, ai="none")
    assert [one.term for one in check(recipe, strict)] == ["ai"]
    assert check(made(bounds=strict), strict) == ()


@pytest.mark.parametrize("name", sorted(packs()))
def test_the_tune_is_played_tone_for_tone(name: str) -> None:
    recipe = made(name)
    p = recipe.nodes[0].p
    style = pack(name)
    arrangement = arrange(demo_score(), style, 1)
    lead = next(k for k, track in enumerate(arrangement.tracks) if track.name == _lead_of(name))
    played = [row for row in p["notes"] if row[0] == lead]
    wanted = in_register(demo_score(), style).tune
    assert [row[3] for row in played] == [tone.pitch for tone in wanted]
    # exact on the grid: only the swing of the style may move a tone
    for row, tone in zip(played, wanted, strict=True):
        assert row[1] == swung(tone.start, style.swing)
    assert len({(tone.pitch - old.pitch) % 12 for tone, old in zip(wanted, demo_score().tune, strict=True)}) == 1


def _lead_of(name: str) -> str:
    return next(player.name for player in pack(name).band if player.role == "lead")


def test_a_chorus_has_more_than_a_verse() -> None:
    for name in packs():
        arrangement = arrange(demo_score(), pack(name), 1)
        verse, chorus = (demo_score().sections[k] for k in (1, 2))
        strokes = [sum(part.start <= row[1] < part.end for row in arrangement.notes) for part in (verse, chorus)]
        assert strokes[1] > 1.15 * strokes[0], name


def test_the_bass_says_the_root_where_the_chord_begins() -> None:
    for name in packs():
        arrangement = arrange(demo_score(), pack(name), 1)
        bass = [row for row in arrangement.notes if row[0] == 0]
        hits = total = 0
        for span in demo_score().chords:
            near = [row for row in bass if abs(row[1] - span.start) <= PPQ // 4 + 60]
            # a bass that holds the first beat back says it with its first note instead
            near = near or [row for row in bass if span.start <= row[1] < span.start + 2 * PPQ]
            if near:
                total += 1
                hits += near[0][3] % 12 == span.chord.bass
        assert total >= 25 and hits / total >= 0.9, name


def test_the_seed_decides_the_hands_and_nothing_else() -> None:
    one, other = (arrange(demo_score(), pack("cumbia"), seed).notes for seed in (1, 2))
    assert one != other and len(one) == len(other)
    assert sorted(row[3] for row in one) == sorted(row[3] for row in other)
    assert one == arrange(demo_score(), pack("cumbia"), 1).notes


def test_the_audio_is_the_score(bossa: Rendered, heard_bossa: Analysis) -> None:
    score = score_in(bossa.manifest.recipe)
    assert heard_bossa.tempo_bpm == pytest.approx(104, rel=0.001)
    assert heard_bossa.metre == 4 and heard_bossa.key.name == "D major"
    assert bossa.manifest.lufs_centi == pytest.approx(-1400, abs=20) and bossa.manifest.dbtp_centi <= -100
    starts = samples_of(score.tempo, 44_100, [span.start for span in score.chords])
    ends = samples_of(score.tempo, 44_100, [span.end for span in score.chords])
    hit = total = 0
    for span, a, b in zip(score.chords, starts, ends, strict=True):
        total += b - a
        hit += sum(
            max(0, min(b, chord.end) - max(a, chord.start))
            for chord in heard_bossa.chords
            if chord.root == span.chord.root and chord.quality == family(span.chord.quality)
        )
    assert hit / total >= 0.75


def test_a_cover_is_recognised_as_its_song(song: Audio, analysis: Analysis, bossa: Rendered) -> None:
    original = beat_chroma(song, analysis.beats)
    grid = np.asarray(bossa.manifest.beats)
    cover = beat_chroma(bossa.audio, grid)
    alike = qmax(original, cover)
    # the same chords in another order are another song
    assert alike >= 0.42 and alike >= qmax(original[::-1], cover) + 0.1


def test_the_grid_of_a_cover_is_its_score(bossa: Rendered) -> None:
    assert len(bossa.manifest.beats) == 44 * 4
    assert set(bossa.manifest.downbeats) <= set(bossa.manifest.beats)
    assert bossa.manifest.original_permille == 0


def test_the_same_recipe_is_the_same_samples() -> None:
    recipe = cover_recipe(first_bars(demo_score(), 6), "reggaeton", WIDE, source=WORK)
    once, again = (render(recipe, {}, bounds=WIDE).manifest.pcm_sha256 for _ in range(2))
    assert once == again


def test_key_tempo_and_metre_are_wishes_that_are_met() -> None:
    score = score_in(made(key_cents=300, tempo_permille=900, metre=3))
    assert score.key_name == "F major" and score.metre == 3
    assert score.bpm == pytest.approx(104 * 0.9, rel=1e-5)
    with pytest.raises(ValueError, match="whole semitones"):
        made(key_cents=50)


@pytest.mark.parametrize(
    ("wishes", "kinds"),
    [
        ({"reharmonise": ("secondary_dominants",)}, ("REHARMONISE", "STYLE_LOCALE")),
        ({"metre": 3}, ("REHARMONISE", "STYLE_LOCALE")),
        ({"mode": "minor"}, ("REHARMONISE", "STYLE_LOCALE")),
        ({"key_cents": 200}, ("STYLE_LOCALE",)),
        ({"reharmonise": ("richer",)}, ("STYLE_LOCALE",)),
        ({"time": "half", "swing_permille": 300}, ("STYLE_LOCALE",)),
    ],
)
def test_what_a_cover_does_decides_its_type(wishes: dict[str, object], kinds: tuple[str, ...]) -> None:
    assert footprint.derivative_types(made(**wishes)) == kinds


def test_a_recipe_cannot_hide_what_its_score_shows() -> None:
    document = made(reharmonise=("secondary_dominants",)).to_document()
    document["nodes"][0]["p"] |= {"harmony": "same", "market_style": "none"}
    assert footprint.derivative_types(parse(document)) == ("REHARMONISE", "STYLE_LOCALE")


def test_bounds_without_reharmonisation_refuse_it() -> None:
    with pytest.raises(NotAllowed, match="reharmonise"):
        made(bounds=replace(WIDE, reharmonise=False), reharmonise=("secondary_dominants",))
    with pytest.raises(NotAllowed, match="types"):
        made(bounds=replace(WIDE, types=frozenset({"REMIX"})))


def test_one_may_sing_it_oneself() -> None:
    recipe = made(without=("lead", "double"))
    full = made()
    assert len(recipe.nodes[0].p["parts"]) < len(full.nodes[0].p["parts"])
    assert score_in(recipe).tune == score_in(full).tune


def resting(bars: int) -> Score:
    """The demo song, its tune and its chords silent for so many bars, on beats that begin at sample 1,000."""
    score = demo_score()
    line = score.bars[bars]
    chords = tuple(replace(span, start=max(line, span.start)) for span in score.chords if span.end > line)
    beats = tuple(1_000 + beat for beat in score.beats)
    return replace(score, tune=score.sung_over(line, score.end), chords=chords, heard=chords, beats=beats)


_UNPLUGGED = ("drums", "pad", "riff", "double")


def test_a_cover_begins_with_its_first_sounding_bar() -> None:
    full = resting(3)
    recipe = cover_recipe(full, "country", WIDE, source=WORK, without=_UNPLUGGED)
    p, score = recipe.nodes[0].p, score_in(recipe)
    line = full.bars[3]
    assert min(row[1] for row in p["notes"]) < PPQ
    assert score.bars == tuple(bar - line for bar in full.bars[3:]) and score.end == full.end - line
    # nothing else has changed: the same tune over the same chords, and each beat lies where it was heard
    assert [(t.start + line, t.length) for t in score.tune] == [(t.start, t.length) for t in full.tune]
    assert [(s.start + line, s.end + line) for s in score.chords] == [(s.start, s.end) for s in full.chords]
    assert score.first_beat == 0 and score.beats == full.beats[12:]
    assert [part.label for part in score.sections] == [part.label for part in full.sections]
    assert parse(recipe.canonical).id == recipe.id and not score.harmony_changed


def test_a_bar_in_which_anything_sounds_is_no_rest() -> None:
    full = resting(2)
    upbeat = replace(full, tune=(replace(full.tune[0], start=full.bars[2] - PPQ, length=PPQ // 2), *full.tune))
    for score, without in ((upbeat, _UNPLUGGED), (upbeat, (*_UNPLUGGED, "lead")), (demo_score(), _UNPLUGGED)):
        played = score_in(cover_recipe(score, "country", WIDE, source=WORK, without=without))
        assert len(score.bars) - len(played.bars) == (1 if score is upbeat else 0)
    with_drums = score_in(cover_recipe(full, "pop_band", WIDE, source=WORK))
    assert with_drums.bars == full.bars  # there the drums play alone


@pytest.mark.parametrize("permille", [1000, 900])
def test_a_kept_voice_begins_with_the_first_bar_that_is_played(permille: int) -> None:
    truth = demo_song.truth()
    stems = {"lead": "b" * 64}
    source = Source("s0", "recording", "a" * 64, truth.beats[-1] + 80_000, "wrk_1", stems=stems, vocal_part="lead")
    song = Song(source, true_analysis(), resting(3))
    wish = {"kind": "cover", "vocals": "keep", "without": ["drums"], "tempo_permille": permille}
    recipe = played_anew(plan_of(wish), song, WIDE, 1)
    played = score_in(recipe)
    (begins,) = (node.p["slices"][0][0] for node in recipe.nodes if node.op == "sequence")
    bars = len(song.score.bars) - len(played.bars)
    assert bars == 3
    # as the tempo counts it, from the first beat on: the beats of this song were laid 1,000 samples late
    assert begins == pytest.approx(1_000 + truth.beats[4 * bars], abs=2)


def test_a_recipe_says_how_much_of_the_harmony_is_new_and_what_rubs() -> None:
    score = demo_score()
    told = " ".join(lines_of(made()))
    assert "no chord has another root or third than the one heard" in told
    second = replace(score.chords[1], chord=score.chords[1].chord.__class__(1, "maj", 1))  # C# major under a song in D
    changed = replace(score, chords=(score.chords[0], second, *score.chords[2:]))
    told = " ".join(lines_of(cover_recipe(changed, "pop_band", WIDE, source=WORK)))
    assert f"1 of {len(score.chords)} chords are others than those heard" in told
    sung = replace(score.tune[0], start=second.start, length=2 * PPQ, pitch=62)  # a D, held over it
    rubbing = replace(changed, tune=(sung, *score.sung_over(sung.end, score.end)))

    def rubs(played: Score) -> tuple[int, int]:
        said = " ".join(lines_of(cover_recipe(played, "pop_band", WIDE, source=WORK)))
        found = re.search(r"(\d+) of (\d+) tones of the tune rubs? with the chord", said)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    unchanged = replace(rubbing, chords=score.chords)
    assert rubs(rubbing)[0] > rubs(unchanged)[0] and rubs(rubbing)[1] == len(rubbing.tune)
    assert rubs(replace(rubbing, tune=())) == (0, 0)


def test_a_band_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = made(band="fluidsynth", soundfont="Nobodys.sf2")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(fluidsynth.BandMissing, match="FluidSynth, which is not installed: apt-get install"):
        render(recipe, {}, bounds=WIDE)
    with pytest.raises(fluidsynth.BandMissing, match=r"Nobodys.sf2 is in none of"):
        fluidsynth.soundfont("Nobodys.sf2")
    with pytest.raises(fluidsynth.BandMissing, match="not by a path"):
        fluidsynth.soundfont("../secret.sf2")


def test_a_performance_that_cannot_be_played_is_told() -> None:
    document = made().to_document()
    p = document["nodes"][0]["p"]
    p["notes"][0] = [99, 0, 1, 60, 90]
    p["notes"][1] = [0, 0, 1, 60, 900]
    p["parts"][0] = [999, 0, 0, 0, 0]
    p["tempo"] = [[5, 500_000]]
    p |= {"band": "fluidsynth", "soundfont": "none"}
    with pytest.raises(RecipeError) as error:
        parse(document)
    assert {f.where for f in error.value.findings} == {
        *("nodes[0].p.notes", "nodes[0].p.parts", "nodes[0].p.tempo", "nodes[0].p.soundfont")
    }


def test_a_correction_of_the_score_is_told_where_it_is_wrong() -> None:
    document = made().to_document()
    document["nodes"][0]["p"]["score"]["bars"] = [0, 7]
    with pytest.raises(RecipeError, match="bars"):
        parse(document)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 40 * PPQ), st.sampled_from([8, 16]), st.integers(1, 333))
def test_swing_keeps_order_and_beats(tick: int, value: int, permille: int) -> None:
    assert swung(tick - tick % PPQ, (value, permille)) == tick - tick % PPQ
    grid = tick - tick % 60
    if grid % (PPQ // 3) or not (grid % (PPQ // 4)):
        after = grid + 60 if (grid + 60) % (PPQ // 3) or not (grid + 60) % (PPQ // 4) else grid + 120
        assert swung(grid, (value, permille)) <= swung(after, (value, permille))
