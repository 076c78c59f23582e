"""The release gate: what is declared is found, what is not blocks, a cover is measured, people rule on file."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import numpy as np
import pytest

from ritornello.analysis.model import Audio
from ritornello.cli import houses as doors
from ritornello.cli.failures import spoken
from ritornello.cli.main import app
from ritornello.distribution.release_checks import Verdict
from ritornello.distribution.sample_gate import Outcome
from ritornello.jobs import Handlers, JobState, Worker
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows import release_jobs
from ritornello.workflows.house import House
from ritornello.workflows.release_gate import NotRuled, at_gate, hear_at_gate, rule
from ritornello.workflows.route_matches import NotThere
from tests.identify import houses, music
from tests.identify.houses import AT
from tests.workflows.test_identify_audio import faster

ORG = "org_gate"
HEARD, RULED, AGAIN = AT, AT + timedelta(days=2), AT + timedelta(days=4)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Songs 1, 2 and 3; and derivatives that all say that they are made of song 1."""
    made = houses.with_songs(tmp_path_factory.mktemp("gate"), ORG, 1, 2, 3)
    sampled = np.concatenate([faster(1), music.cut(music.song(3), 2, 16)])
    sounds: dict[str, tuple[str, Audio]] = {
        "rec_remix": ("REMIX", music.audio(faster(1))),
        "rec_sampled": ("REMIX", music.audio(sampled)),
        "rec_buried": ("REMIX", music.audio(music.cut(music.song(22), 2, 16))),
        "rec_cover": ("COVER_SAME", music.song(1, 24, 3, 1.0, True)),
        "rec_other": ("COVER_SAME", music.song(23, 24, 3, 1.0, True)),
    }
    for name, (kind, sound) in sounds.items():
        houses.derive(made, ORG, name, kind, ["rec_1"], sound)
    return made


def test_a_remix_whose_original_is_found_passes(house: House) -> None:
    found = hear_at_gate(house, ORG, "rec_remix", HEARD, by="per_a")
    assert (found.verdict, found.ruled) == (Verdict.PASSES, ())
    assert found.hearing is not None
    (span,) = found.hearing.declared["rec_1"]["spans"]
    assert span["query_ms"][1] - span["query_ms"][0] > 10_000
    assert span["reference_ms"][0] == pytest.approx(4_000, abs=1_000), "the remix begins at 0:04 of the song"
    assert span["time_scale_ppm"] == pytest.approx(1e6 / 1.16, rel=0.01)


def test_an_undeclared_original_blocks_with_its_seconds_and_nobody_lets_it_pass(house: House) -> None:
    found = hear_at_gate(house, ORG, "rec_sampled", HEARD, by="per_a")
    assert found.verdict is Verdict.BLOCKED
    (one,) = found.ruled
    assert (one.finding.code, one.finding.recording) == ("undeclared_sample", "rec_3")
    # the sample lies from 13.8 s of the remix on, and begins at 0:02 of the song
    (start, end), (there, _) = one.finding.seconds[0], one.finding.reference_seconds[0]
    assert start - there == pytest.approx(13.8 - 2, abs=0.1) and 11 < start < 16 and end > 24
    with pytest.raises(NotRuled, match="nobody can let it pass"):
        rule(house, ORG, "rec_sampled", "undeclared_sample", "rec_3", passes=True, by="per_a", reason="ok", at=RULED)


def test_a_declared_original_that_is_not_found_waits_for_a_person_whose_ruling_can_be_read_again(house: House) -> None:
    found = hear_at_gate(house, ORG, "rec_buried", HEARD, by="per_a")
    assert found.verdict is Verdict.PERSON
    assert [(one.finding.code, one.finding.outcome) for one in found.ruled] == [("declared_not_found", Outcome.PERSON)]
    asked = ("rec_buried", "declared_not_found", "rec_1")
    with pytest.raises(NotRuled, match=r"a reason .* was not found") as refused:
        rule(house, ORG, "rec_buried", "declared_not_found", "rec_2", passes=True, by="per_a", reason=" ", at=RULED)
    assert [one.code for one in refused.value.found] == ["reason", "finding"]
    no = rule(house, ORG, *asked, passes=False, by="per_a", reason="it is not in it", at=RULED)
    assert no.verdict is Verdict.REFUSED
    yes = rule(house, ORG, *asked, passes=True, by="per_b", reason="reversed, at 0:09", at=RULED + timedelta(hours=1))
    assert yes.verdict is Verdict.PASSES and [one.by for one in yes.rulings] == ["per_a", "per_b"]
    on_a_day = {at: at_gate(house, ORG, "rec_buried", at).verdict for at in (HEARD, RULED, AGAIN)}
    assert on_a_day == {HEARD: Verdict.PERSON, RULED: Verdict.REFUSED, AGAIN: Verdict.PASSES}
    again = hear_at_gate(house, ORG, "rec_buried", AGAIN, by="per_c")
    assert again.verdict is Verdict.PASSES, "the very same sound is not ruled on twice"
    assert at_gate(house, ORG, "rec_buried", HEARD - timedelta(days=1)).hearing is None


def test_other_sound_is_heard_and_ruled_on_anew(house: House) -> None:
    houses.derive(house, ORG, "rec_changed", "REMIX", ["rec_1"], music.audio(music.cut(music.song(22), 2, 16)))
    hear_at_gate(house, ORG, "rec_changed", HEARD, by="per_a")
    asked = ("rec_changed", "declared_not_found", "rec_1")
    rule(house, ORG, *asked, passes=True, by="per_a", reason="it is there", at=RULED)
    houses.derive(house, ORG, "rec_changed", "REMIX", [], music.audio(music.cut(music.song(22), 3, 17)))
    now = at_gate(house, ORG, "rec_changed", AGAIN)
    assert now.stale and now.verdict is None
    with pytest.raises(NotRuled, match="not heard as it sounds now"):
        rule(house, ORG, *asked, passes=True, by="per_a", reason="it is there", at=AGAIN)
    assert hear_at_gate(house, ORG, "rec_changed", AGAIN, by="per_a").verdict is Verdict.PERSON


def test_a_cover_is_measured_by_its_chords_and_tune(house: House) -> None:
    cover = hear_at_gate(house, ORG, "rec_cover", HEARD, by="per_a")
    assert cover.verdict is Verdict.PASSES and cover.hearing is not None
    assert cover.hearing.declared["rec_1"]["agreement"]["cents"] == 300, "three semitones up, as it was played"
    other = hear_at_gate(house, ORG, "rec_other", HEARD, by="per_a")
    assert other.verdict is Verdict.PERSON
    (one,) = other.ruled
    assert one.finding.code == "composition_not_agreed" and one.finding.agreement is not None
    assert one.finding.agreement.chords < 600 or (one.finding.agreement.melody or 0) < 600


def test_what_is_no_derivative_is_told(house: House) -> None:
    for name in ("rec_1", "rec_nobody"):
        with pytest.raises(NotThere, match="no derivative"):
            hear_at_gate(house, ORG, name, HEARD, by="per_a")


def test_hearing_is_a_job_that_is_not_doubled_and_keeps_nothing_when_it_is_stopped(house: House) -> None:
    houses.derive(house, ORG, "rec_job", "REMIX", ["rec_1"], music.audio(faster(1)))
    job = release_jobs.order_hearing(house, ORG, "rec_job", HEARD, "per_a")
    assert release_jobs.order_hearing(house, ORG, "rec_job", HEARD, "per_a").id == job.id
    handlers = release_jobs.register(Handlers(), house, lambda: HEARD)
    with house.work(ORG) as work:
        work.jobs.cancel(job.id, HEARD)
        work.commit()
    worker = Worker(DatabaseQueue(house.engine), handlers, name="here", clock=lambda: HEARD)
    worker.run_all()
    assert at_gate(house, ORG, "rec_job", AGAIN).hearing is None
    second = release_jobs.order_hearing(house, ORG, "rec_job", HEARD, "per_a")
    worker.run_all()
    with house.work(ORG, read_only=True) as work:
        done = work.jobs.get(second.id)
    assert done is not None and done.state is JobState.DONE
    assert done.result == {"recording": "rec_job", "verdict": "passes"}


def test_the_command(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doors, "open_here", lambda settings: house)

    def call(*words: str) -> tuple[int, str, str]:
        code = spoken(lambda: app(["release", *words, "--organisation", ORG], standalone_mode=False), sys.stderr)
        told = capsys.readouterr()
        return code, told.out, told.err

    houses.derive(house, ORG, "rec_told", "REMIX", ["rec_2"], music.audio(music.cut(music.song(22), 4, 18)))
    assert call("show", "rec_told")[0] == 1 and "not heard" in call("show", "rec_told")[1]
    code, out, _ = call("hear", "rec_told")
    assert code == 1 and "waits for a person" in out and "declared Song 2: its recording was not found" in out
    code, _, err = call("rule", "rec_told", "declared_not_found", "rec_1", "--pass", "--reason", "x")
    assert code == 1 and "found was declared_not_found rec_2" in err
    code, out, _ = call("rule", "rec_told", "declared_not_found", "DEA412600002", "--pass", "--reason", "backwards")
    assert code == 0 and "rec_told: passes" in out and "backwards" in out
    code, out, _ = call("show", "rec_told", "--json")
    document = json.loads(out)
    assert code == 0 and document["verdict"] == "passes" and document["findings"][0]["ruling"]
    assert call("show", "rec_told", "--day", "2020-01-01")[0] == 1
    assert call("show", "rec_told", "--day", "soon")[0] == 2
    assert call("hear", "rec_1")[0] == 1
