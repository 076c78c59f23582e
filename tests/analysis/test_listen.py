"""What is heard in twelve composed songs against what was written: beats, bars, tempo, key, chords, form."""

from __future__ import annotations

import json

import mir_eval
import numpy as np
import pytest

from ritornello.analysis import analyse, analysis_key
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import PITCH_CLASSES, Analysis, Audio, Chord
from tests.analysis import heard
from tests.analysis.songs import Song
from tests.analysis.synth import render


def chord_label(root: int | None, quality: str) -> str:
    return "N" if root is None else f"{PITCH_CLASSES[root]}:{quality}"


def chord_recall(song: Song, chords: tuple[Chord, ...], rate: int) -> float:
    """Weighted chord symbol recall over major and minor triads, as MIREX counts it."""
    truth = np.asarray([(start, end) for start, end, _, _ in song.chords])
    names = [chord_label(root, quality) for _, _, root, quality in song.chords]
    found = np.asarray([(chord.start / rate, chord.end / rate) for chord in chords])
    labels = [chord_label(chord.root, chord.quality) for chord in chords]
    found, labels = mir_eval.util.adjust_intervals(found, labels, truth.min(), truth.max(), "N", "N")
    spans, truth_names, found_names = mir_eval.util.merge_labeled_intervals(truth, names, found, labels)
    agree = mir_eval.chord.majmin(truth_names, found_names)
    return float(mir_eval.chord.weighted_accuracy(agree, mir_eval.util.intervals_to_durations(spans)))


def boundary_f(song: Song, result: Analysis) -> float:
    truth = np.asarray([(start, end) for start, end, _ in song.sections])
    found = np.asarray([(section.start / result.rate, section.end / result.rate) for section in result.sections])
    return float(mir_eval.segment.detection(truth, found, window=3.0)[2])


@pytest.mark.parametrize("name", heard.NAMES)
def test_beats_are_found_within_a_few_milliseconds(name: str) -> None:
    song, result = heard.song(name), heard.analysis(name)
    beats = result.beats / result.rate
    assert mir_eval.beat.f_measure(song.beats, beats, 0.025) >= 0.98
    errors = np.abs(beats[:, None] - song.beats).min(axis=1)
    assert np.median(errors) <= 0.005
    assert mir_eval.beat.f_measure(song.downbeats, result.downbeats / result.rate, 0.07) >= 0.98
    assert result.metre == song.plan.metre


@pytest.mark.parametrize("name", heard.NAMES)
def test_tempo_is_exact_where_it_is_constant(name: str) -> None:
    plan, result = heard.song(name).plan, heard.analysis(name)
    constant = plan.later_bpm is None and plan.drift == 0
    assert result.tempo.constant == constant
    if constant:
        assert result.tempo_bpm == pytest.approx(plan.bpm, rel=0.001)


@pytest.mark.parametrize("name", heard.NAMES)
def test_key_and_chords(name: str) -> None:
    song, result = heard.song(name), heard.analysis(name)
    assert (result.key.tonic, result.key.mode) == (song.plan.tonic, song.plan.mode)
    assert abs(result.key.tuning_cents) < 4
    assert chord_recall(song, result.chords, result.rate) >= 0.93


def test_chords_and_form_on_average() -> None:
    recalls = [chord_recall(heard.song(n), heard.analysis(n).chords, heard.analysis(n).rate) for n in heard.NAMES]
    boundaries = [boundary_f(heard.song(n), heard.analysis(n)) for n in heard.NAMES]
    assert np.mean(recalls) >= 0.98, dict(zip(heard.NAMES, recalls, strict=True))
    assert np.mean(boundaries) >= 0.9, dict(zip(heard.NAMES, boundaries, strict=True))


@pytest.mark.parametrize("name", heard.NAMES)
def test_the_parts_of_an_analysis_fit_together(name: str) -> None:
    result = heard.analysis(name)
    assert np.all(np.diff(result.beats) > 0)
    assert result.beats[0] >= 0 and result.beats[-1] < result.frames
    assert set(result.downbeats) <= set(result.beats)
    assert [chord.start for chord in result.chords] == list(result.beats)
    assert all(a.end == b.start for a, b in zip(result.chords, result.chords[1:], strict=False))
    assert all(a.end == b.start for a, b in zip(result.sections, result.sections[1:], strict=False))
    assert {section.start for section in result.sections} <= set(result.downbeats)


# --- true re-renders: the same song written in another key or at another tempo ---------------------------------------


def test_a_true_re_render_at_another_tempo_changes_the_tempo_only() -> None:
    before = heard.analysis("pop")
    after = analyse(render(heard.song("pop"), faster=1.12))
    assert after.tempo_bpm / before.tempo_bpm == pytest.approx(1.12, rel=0.001)
    assert len(after.beats) == len(before.beats)
    assert (after.key.tonic, after.key.mode, after.metre) == (before.key.tonic, before.key.mode, before.metre)
    assert [chord.name for chord in after.chords] == [chord.name for chord in before.chords]


@pytest.mark.parametrize("steps", [3, -2])
def test_a_true_re_render_in_another_key_moves_key_and_chords(steps: int) -> None:
    before = heard.analysis("minor")
    after = analyse(render(heard.song("minor"), transpose=steps))
    assert after.key.tonic == (before.key.tonic + steps) % 12 and after.key.mode == before.key.mode
    assert after.tempo_bpm == pytest.approx(before.tempo_bpm, rel=0.001)
    moved = [chord.root is not None and (chord.root + steps) % 12 for chord in before.chords]
    same = np.mean([a == b.root for a, b in zip(moved, after.chords, strict=True)])
    assert same >= 0.97


# --- what a person knows better, and what there is nothing to say about ----------------------------------------------


def test_a_person_may_choose_the_metrical_level_and_the_metre() -> None:
    sound = heard.audio("swing")
    doubled = analyse(sound, bpm=264, beats_per_bar=3)
    assert doubled.tempo_bpm == pytest.approx(264, rel=0.002)
    assert doubled.metre == 3
    assert np.all(np.isin(np.diff(np.searchsorted(doubled.beats, doubled.downbeats)), [3]))
    with pytest.raises(ValueError, match="20 and 400"):
        analyse(sound, bpm=4000)


def test_other_ways_to_count_are_reported() -> None:
    for name in ("half time", "ballad", "waltz"):
        tempo = heard.analysis(name).tempo
        assert 0 < tempo.confidence < 1
        assert {guess.relation for guess in tempo.alternatives} & {"1:2", "2:1"}
        for guess in tempo.alternatives:
            above, below = map(int, guess.relation.split(":"))
            assert guess.bpm == pytest.approx(tempo.bpm * above / below, rel=1e-6)
            assert guess.confidence <= tempo.confidence


@pytest.mark.parametrize("kind", ["tone", "short", "noise"])
def test_sound_without_a_pulse_is_no_error(kind: str) -> None:
    rng = np.random.default_rng(0)
    seconds = 0.5 if kind == "short" else 8
    t = np.arange(int(44_100 * seconds)) / 44_100
    wave = 0.3 * np.sin(2 * np.pi * 220 * t) if kind != "noise" else 0.1 * rng.standard_normal(len(t))
    result = analyse(Audio(wave.astype(np.float32)[:, None], 44_100))
    assert result.loudness.lufs > -40
    assert len(result.chords) == len(result.beats)
    if kind != "noise":
        assert len(result.beats) == 0 and result.tempo_bpm == 0


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (96_000, 2), (22_050, 1)])
def test_any_rate_and_number_of_channels(rate: int, channels: int) -> None:
    from ritornello.analysis.decode import resample

    sound = heard.audio("swing")
    part = Audio(sound.samples[: 44_100 * 30, :channels].copy(), 44_100)
    result = analyse(resample(part, rate))
    assert result.tempo_bpm == pytest.approx(132, rel=0.001)
    song = heard.song("swing")
    written = song.beats[song.beats < 29]
    assert mir_eval.beat.f_measure(written, result.beats / rate, 0.025) >= 0.96


# --- keeping an analysis ---------------------------------------------------------------------------------------------


def test_the_document_holds_integers_only_and_comes_back() -> None:
    result = heard.analysis("waltz")
    document = result.to_document()

    def no_float(text: str) -> float:
        raise AssertionError(f"a float in the document: {text}")

    back = Analysis.from_document(json.loads(json.dumps(document), parse_float=no_float))
    assert back.to_document() == document
    assert np.array_equal(back.beats, result.beats) and back.chords[5].name == result.chords[5].name
    with pytest.raises(ValueError, match="version 1"):
        Analysis.from_document({"v": 2})


def test_the_key_of_an_analysis_depends_on_sound_and_overrides_only() -> None:
    digest = pcm_sha256(heard.audio("swing"))
    keys = {
        analysis_key(digest), analysis_key(digest, bpm=120), analysis_key(digest, beats_per_bar=3),
        analysis_key("0" * 64),
    }  # fmt: skip
    assert len(keys) == 4 and analysis_key(digest) in keys


def test_listening_twice_hears_the_same_and_reports_progress() -> None:
    told: list[float] = []
    part = Audio(heard.audio("swing").samples[: 44_100 * 20].copy(), 44_100)
    first = analyse(part, lambda fraction, message: told.append(fraction))
    assert analyse(part).to_document() == first.to_document()
    assert told == sorted(told) and told[-1] == 1.0
