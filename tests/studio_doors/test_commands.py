"""The studio on the command line: make in a house and of loose files, measure, and stems in and out."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.cli.main import app
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("RITORNELLO_HOME", str(house.home))
    monkeypatch.chdir(tmp_path)

    def say(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return say


WHERE = ("--territories", "DE, US", "--services", "alpha,beta", "--age", 24, "--at", "2026-06-15T18:30:00")


def told(result: Result) -> str:
    """What a person sees: what was printed, or the sentence of the refusal."""
    return result.stdout + (str(result.exception) if result.exception is not None else "")


def test_a_sentence_becomes_a_derivative_of_the_house(run: Any, house: House, tmp_path: Path) -> None:
    seen = run("make", "remix, 5% faster, keep the structure", cast.RECORDING_ID, *WHERE, "--dry-run")
    assert "a remix, 5 % faster, sections in their order" in seen.stdout
    assert "refused" not in seen.stdout and "1. take" in seen.stdout
    assert not (tmp_path / "out.flac").exists()
    unsure = run("make", "remix, 5% faster, keep the structure", cast.RECORDING_ID, *WHERE)
    assert unsure.exit_code == 1 and "--own-work" in told(unsure)
    made = run(
        *("make", "remix", "DE-XX1-26-00001", "--tempo", 1050, "--effect", "echo", *WHERE),
        *("--own-work", "--out", tmp_path / "out.flac"),
    )
    assert made.exit_code == 0, told(made)
    assert "made under lic_" in made.stdout
    assert decode.read(tmp_path / "out.flac").frames > 0


def test_a_refusal_shows_the_nearest_and_takes_it_when_told(run: Any, tmp_path: Path) -> None:
    refused = run("make", "remix", cast.RECORDING_ID, "--tempo", 1500, *WHERE, "--own-work")
    assert refused.exit_code == 1
    assert "tempo_permille 1500 asked" in told(refused) and "--nearest" in refused.stdout
    shown = run("make", "remix", cast.RECORDING_ID, "--tempo", 1500, *WHERE, "--nearest", "--dry-run", "--json")
    document = json.loads(shown.stdout)
    assert document["recipe"]["recipe_id"] == document["nearest"]["recipe_id"]


def test_what_is_unclear_or_forbidden_is_said_and_nothing_is_made(run: Any) -> None:
    assert "a salsa" not in told(run("make", "a salsa version", cast.RECORDING_ID))
    asked = run("make", "a salsa version", cast.RECORDING_ID)
    assert asked.exit_code == 1 and "cumbia" in told(asked)
    assert "imitate" in told(run("make", "sing it like Adele", cast.RECORDING_ID))
    assert "no recording of this house" in told(run("make", "remix", "rec_nowhere"))


def test_a_loose_file_gives_its_recipe_and_sounds_only_as_own_work(run: Any, house: House, tmp_path: Path) -> None:
    file = house.home / "arriving" / "mix.flac"
    song = tmp_path / "mine.flac"
    song.write_bytes(file.read_bytes())
    recipe = tmp_path / "recipe.json"
    only = run("make", "nightcore", song, "--recipe-out", recipe)
    assert only.exit_code == 1 and "as a turntable does" in only.stdout and "under a licence" in told(only)
    document = json.loads(recipe.read_text())
    document["nodes"][0]["p"]["permille"] = 1200  # a person corrects it
    recipe.write_text(json.dumps(document))
    made = run("make", "nightcore", song, "--recipe", recipe, "--own-work", "--out", tmp_path / "night.wav")
    assert made.exit_code == 0, told(made)
    before, after = decode.read(song), decode.read(tmp_path / "night.wav")
    assert after.frames == pytest.approx(before.frames / 1.2, abs=2)
    manifest = json.loads((tmp_path / "night.manifest.json").read_text())
    assert manifest["recipe"]["nodes"][0]["p"]["permille"] == 1200


def test_a_file_is_measured_against_its_parents_and_its_licence(run: Any, house: House, tmp_path: Path) -> None:
    file = house.home / "arriving" / "mix.flac"
    faster = tmp_path / "faster.flac"
    run("make", "edit", file, "--tempo", 1080, "--key", 100, "--own-work", "--out", faster)
    found = json.loads(run("measure", faster, "--parent", cast.RECORDING_ID, "--json").stdout)
    assert found["measurement"]["tempo_permille"] == pytest.approx(1080, abs=2)
    assert found["measurement"]["key_cents"] == pytest.approx(100, abs=20)
    assert not found["passes"]
    words = run("measure", faster, "--parent", "DEXX12600001").stdout
    assert "108.0 % of the original" in words and "confidence" in words
    with house.work(cast.ORGANISATION, read_only=True) as work:
        licence = work.consent.licences_of_maker(cast.FAN)
    if licence:
        name = licence[0]["payload"]["id"]
        held = run("measure", faster, "--parent", cast.RECORDING_ID, "--licence", name)
        assert (held.exit_code == 0) == (f"keeps within {name}" in held.stdout)
    stranger = tmp_path / "noise.wav"
    noise = np.random.Generator(np.random.PCG64(1)).normal(0, 0.1, (44_100 * 12, 2)).astype(np.float32)
    decode.write(stranger, Audio(noise, 44_100))
    assert "not measured" in run("measure", stranger, "--parent", cast.RECORDING_ID).stdout
    assert "not on file" in told(run("measure", faster, "--parent", cast.RECORDING_ID, "--licence", "lic_none"))


def test_stems_are_checked_and_packed_for_a_contest(run: Any, house: House, tmp_path: Path) -> None:
    arriving = house.home / "arriving"
    assert "accepted" in run("stems", "check", arriving, "--master", arriving / "mix.flac").stdout
    packed = run(
        *("stems", "package", arriving, "--master", arriving / "mix.flac", "--title", "Evening Tide"),
        *("--terms", "CC BY 4.0", "--out", tmp_path / "out"),
    )
    assert packed.exit_code == 0, told(packed)
    with zipfile.ZipFile(tmp_path / "out" / "Evening-Tide-stems.zip") as archive:
        names = archive.namelist()
        document = json.loads(archive.read("Evening-Tide/package.json"))
        archive.extractall(tmp_path)
        readme = archive.read("Evening-Tide/README.txt").decode()
    assert len([name for name in names if name.endswith(".wav")]) == 5
    assert all("104bpm_D" in name for name in names if name.endswith(".wav"))
    files = {row["part"]: tmp_path / "Evening-Tide" / row["file"] for row in document["files"]}
    sounds = {part: decode.read(file) for part, file in files.items()}
    assert {audio.frames for audio in sounds.values()} == {document["frames"]}
    total = sum(audio.samples for part, audio in sounds.items() if part != "master")
    assert float(np.abs(total - sounds["master"].samples).max()) < 1e-4
    assert "CC BY 4.0" in readme and "LUFS" in readme
    assert not list((tmp_path / "out").glob(".*"))


def test_stems_that_do_not_add_up_are_told_and_not_packed(run: Any, house: House, tmp_path: Path) -> None:
    arriving = house.home / "arriving"
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    for part in ("drums", "bass", "harmony", "lead"):
        audio = decode.read(arriving / f"{part}.flac")
        samples = -audio.samples if part == "bass" else audio.samples
        decode.write(wrong / f"{part}.flac", Audio(np.ascontiguousarray(samples), audio.rate), "flac24")
    checked = run("stems", "check", wrong, "--master", arriving / "mix.flac")
    assert checked.exit_code == 1 and "bass: has inverted polarity" in checked.stdout
    packed = run("stems", "package", wrong, "--master", arriving / "mix.flac", "--out", tmp_path / "out")
    assert packed.exit_code == 1 and "polarity" in told(packed)
    assert not list((tmp_path / "out").iterdir())


def test_words_are_kept_from_the_command_line_under_the_hash_of_their_document(
    run: Any, house: House, tmp_path: Path
) -> None:
    words = tmp_path / "vuelve.lrc"
    words.write_text("[ti:Vuelve]\n[la:es]\n[00:01.00]Vuelve a mí\n", encoding="utf-8")
    kept = run("lyrics", words, cast.RECORDING_ID, "--credit", "lyricist: Ana Prado", "--keep", "--out", "words.json")
    assert kept.exit_code == 0, told(kept)
    digest = next(line.split()[1] for line in kept.stdout.splitlines() if line.startswith("lyrics "))
    with house.work(cast.ORGANISATION, read_only=True) as work:
        (paper,) = work.studio.papers(cast.FAN, cast.RECORDING_ID, "words")
    assert paper.document["lyrics_sha256"] == digest and paper.document["title"] == "Vuelve"
    dry = (*WHERE, "--dry-run", "--recipe-out", "recipe.json")
    run("make", "cover", cast.RECORDING_ID, "--words", "words.json", "--language", "es", *dry)
    assert json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))["lyrics"] == digest
    wrong = run("lyrics", words, cast.RECORDING_ID, "--credit", "Ana Prado", "--language", "Spanish", "--keep")
    assert wrong.exit_code == 1 and "credits: line 1" in told(wrong) and "ISO 639-1" in told(wrong)
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert "no JSON at line 1" in told(run("make", "cover", cast.RECORDING_ID, "--words", broken, *dry))


def test_a_song_of_the_house_is_written_down_and_its_corrected_score_kept(
    run: Any, house: House, tmp_path: Path
) -> None:
    heard = run("score", cast.RECORDING_ID, "--out", "song")
    assert heard.exit_code == 0, told(heard)
    assert {"song.mid", "song.musicxml", "song.score.json"} <= {one.name for one in tmp_path.iterdir()}
    document = json.loads((tmp_path / "song.score.json").read_text(encoding="utf-8"))
    document["sections"][0][2] = "Verse"
    (tmp_path / "mine.json").write_text(json.dumps(document), encoding="utf-8")
    kept = run("score", cast.RECORDING_ID, "--corrected", "mine.json", "--keep")
    assert kept.exit_code == 0 and "kept as pap_" in kept.stdout, told(kept)
    with house.work(cast.ORGANISATION, read_only=True) as work:
        (paper,) = work.studio.papers(cast.FAN, cast.RECORDING_ID, "score")
    assert paper.document["sections"][0][2] == "Verse"


def test_a_take_lies_over_the_whole_mix_without_stems(run: Any, house: House, tmp_path: Path) -> None:
    song, lead = (house.home / "arriving" / f"{name}.flac" for name in ("mix", "lead"))
    for source in (song, lead):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    made = run("make", "sing_over", "mix.flac", "--voice", "lead.flac", "--voice-at", 0, "--own-work",
               "--out", "out.flac", "--recipe-out", "recipe.json")  # fmt: skip
    assert made.exit_code == 0, told(made)
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    assert [one["kind"] for one in recipe["sources"]] == ["recording", "contribution"]
    assert not recipe["sources"][0].get("stems") and decode.read(tmp_path / "out.flac").frames > 0
    seen = run("make", "sing_over", cast.RECORDING_ID, "--voice", "lead.flac", "--voice-at", 0, "--own-work",
               *WHERE, "--dry-run", "--json")  # fmt: skip
    assert "recording.use" in json.loads(seen.stdout)["recipe"]["uses"], told(seen)


def test_room_and_operations_are_told_on_the_command_line(run: Any) -> None:
    found = run("studio", "room", cast.RECORDING_ID, "--kind", "remix", "--kind", "mashup", "--json", *WHERE)
    assert found.exit_code == 0, told(found)
    remix, mashup = json.loads(found.stdout)
    assert (remix["kind"], remix["answer"], mashup["answer"]) == ("remix", "allow", "impossible")
    assert remix["bounds"]["tempo_lo_permille"] < 1000 < remix["bounds"]["tempo_hi_permille"]
    words = told(run("studio", "room", cast.RECORDING_ID, *WHERE))
    assert "plan.other is missing; name the other song" in words and "the holders: " in words
    assert "use edit, sped_up" in told(run("studio", "room", cast.RECORDING_ID, "--kind", "sonata", *WHERE))
    listed = told(run("studio", "operations"))
    assert "varispeed: another speed in permille" in listed and "  permille: 250..4000" in listed
