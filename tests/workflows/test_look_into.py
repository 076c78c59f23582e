"""Files that take minutes: ordered, heard beside the request, stopped, and gone when the job has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from ritornello.analysis.model import AudioError
from ritornello.jobs import Cancelled, Handlers, JobError, JobState, LeaseLost, Worker
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows import look_into
from ritornello.workflows.house import House
from tests.identify import houses
from tests.identify.houses import AT

ORG = "org_look"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return houses.with_songs(tmp_path_factory.mktemp("look"), ORG, 1, 2)


def worked(house: House) -> int:
    handlers = look_into.register(Handlers(), house, lambda: AT)
    return Worker(DatabaseQueue(house.engine), handlers, name="here", clock=lambda: AT).run_all()


def state(house: House, job: str) -> look_into.Job:
    with house.work(ORG, read_only=True) as work:
        found = work.jobs.get(job)
    assert found is not None
    return found


def waiting(house: House) -> list[Path]:
    return list((house.home / "identify" / f"{ORG}.waiting").glob("*"))


def test_a_file_is_answered_and_goes(house: House, tmp_path: Path) -> None:
    path = houses.part(tmp_path / "asked.wav", 2)
    job = look_into.order_look(house, ORG, path, "Asked.wav", AT, "per_a")
    assert not path.exists() and len(waiting(house)) == 1
    assert worked(house) == 1
    done = state(house, job.id)
    assert done.state is JobState.DONE and done.result is not None and done.progress == 1000
    assert done.result["match"] is None and done.result["answer"]["file"] == "Asked.wav"
    assert [one["recording"] for one in done.result["answer"]["found"]] == ["rec_2"]
    assert waiting(house) == []


def test_what_is_in_a_file_that_was_found_is_recorded(house: House, tmp_path: Path) -> None:
    use = look_into.Use("alpha", "UC-1", 12)
    job = look_into.order_look(house, ORG, houses.part(tmp_path / "a.wav", 1), "Found.wav", AT, "per_a", record=use)
    worked(house)
    done = state(house, job.id)
    assert done.result is not None
    with house.work(ORG, read_only=True) as work:
        match = work.matches.match(done.result["match"])
    assert match is not None and (match.file_name, match.channel, match.plays) == ("Found.wav", "UC-1", 12)


def test_what_is_no_audio_fails_at_once_and_goes(house: House, tmp_path: Path) -> None:
    path = tmp_path / "words.wav"
    path.write_text("these are words")
    with pytest.raises(AudioError, match="not audio"):
        look_into.is_long(path)
    job = look_into.order_look(house, ORG, path, "words.wav", AT, "per_a")
    assert worked(house) == 1
    failed = state(house, job.id)
    assert failed.state is JobState.FAILED and "not audio" in (failed.error or "")
    assert waiting(house) == []


def test_one_that_waits_is_stopped_at_once_and_goes(house: House, tmp_path: Path) -> None:
    job = look_into.order_look(house, ORG, houses.part(tmp_path / "a.wav", 1), "a.wav", AT, "per_a")
    assert look_into.stop(house, ORG, job.id, AT).state is JobState.CANCELLED
    assert waiting(house) == [] and worked(house) == 0
    with pytest.raises(JobError, match="no job job_none"):
        look_into.stop(house, ORG, "job_none", AT)


def test_one_that_runs_is_stopped_at_its_next_step_and_records_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use, path = look_into.Use(channel="UC-stopped"), houses.part(tmp_path / "a.wav", 1, 2, 22)
    job = look_into.order_look(house, ORG, path, "a.wav", AT, "per_a", record=use)
    heard = look_into.take_in_match

    def hears(*args: object, **more: object) -> object:
        report = more["report"]

        def told(done: float, words: str) -> None:
            if words.startswith("comparing"):
                look_into.stop(house, ORG, job.id, AT)
            report(1.0 if words.startswith("comparing") else done, words)  # type: ignore[operator]

        return heard(*args, **{**more, "report": told})  # type: ignore[arg-type]

    monkeypatch.setattr(look_into, "take_in_match", hears)
    worked(house)
    assert state(house, job.id).state is JobState.CANCELLED
    assert waiting(house) == []
    with house.work(ORG, read_only=True) as work:
        assert "UC-stopped" not in {one.channel for one in work.matches.matches()}


@pytest.mark.parametrize("why", [LeaseLost, Cancelled])
def test_a_worker_that_dies_or_closes_leaves_the_file_for_the_next(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: type[Exception]
) -> None:
    job = look_into.order_look(house, ORG, houses.part(tmp_path / "a.wav", 1), "a.wav", AT, "per_a")

    def dies(*_: object) -> None:
        raise why("closing down")

    with monkeypatch.context() as patched:
        patched.setattr(look_into, "identify_file", dies)
        handlers = look_into.register(Handlers(), house, lambda: AT)
        with pytest.raises(why):
            handlers.run(job, lambda done, words: None)
    assert len(waiting(house)) == 1
    worked(house)
    assert state(house, job.id).state is JobState.DONE and waiting(house) == []


def test_what_a_dead_worker_left_is_swept_with_the_next_order(house: House, tmp_path: Path) -> None:
    job = look_into.order_look(house, ORG, houses.part(tmp_path / "a.wav", 1), "a.wav", AT, "per_a")
    with house.work(ORG) as work:
        work.jobs.cancel(job.id, AT)
        work.commit()
    assert len(waiting(house)) == 1
    other = look_into.order_look(house, ORG, houses.part(tmp_path / "b.wav", 1), "b.wav", AT, "per_a")
    assert [one.name for one in waiting(house)] == [other.payload["file"]]
    look_into.stop(house, ORG, other.id, AT)
    (house.home / "identify" / f"{ORG}.waiting" / "elsewhere").mkdir()
    look_into.sweep(house, ORG)
    assert [one.name for one in waiting(house)] == ["elsewhere"], "what no job names is nobody's to remove"
