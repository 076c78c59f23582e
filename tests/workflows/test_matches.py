"""Audio that somebody else published: found, proposed for, decided about, licensed, and listed for the services."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soxr

from ritornello.analysis import decode
from ritornello.cli import houses as doors
from ritornello.cli import matches as matches_command
from ritornello.cli.failures import Refused
from ritornello.consent.events import approval_event
from ritornello.consent.facts import Approval
from ritornello.consent.requests import Request
from ritornello.distribution.matches import Route
from ritornello.workflows.convert_match import Uploader, accept, link_for, open_terms
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import index_catalogue
from ritornello.workflows.refer import may_be_reference
from ritornello.workflows.route_matches import NotRouted, examine, route_match, tell_channel
from ritornello.workflows.service_lists import lists_of
from ritornello.workflows.take_in_matches import manifest_of, queue, take_in_match
from tests.identify import houses, music

ORG = cast.ORGANISATION
AT = datetime(2026, 7, 10, 12, tzinfo=UTC)
SUBSCRIBER = Uploader("subscribers", "DE", 25, True)
SONG_SECONDS = 40


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = houses.with_open_song(tmp_path_factory.mktemp("house"), SONG_SECONDS)
    index_catalogue(made, ORG)
    return made


def faster(path: Path, by: float = 1.06, seed: int = 1) -> Path:
    samples = music.song(seed, SONG_SECONDS).samples[:, 0]
    moved = np.asarray(soxr.resample(samples, music.RATE * by, music.RATE))
    return decode.write(path, music.audio(0.5 * moved / np.abs(moved).max()))


def approve(house: House, decision_id: str, at: datetime) -> None:
    """Everyone whom a decision waits for listens, and approves."""
    with house.work(ORG) as work:
        document = work.consent.decision(decision_id)
        assert document is not None
        subject = Request.from_document(document["request"]).subject
        needed = [one for one in document["reasons"] if one["effect"] == "needs_approval" and one["holder"]]
        assert needed
        for holder, right in sorted({(one["holder"], one["right"] or None) for one in needed}):
            work.consent.add_event(approval_event(Approval(holder, subject, True, at, right, "heard it")))
        work.commit()


def test_unknown_music_leaves_no_record(house: House, tmp_path: Path) -> None:
    path = decode.write(tmp_path / "other.wav", music.song(9))
    assert take_in_match(house, ORG, path, AT).match is None
    assert not [one for one in queue(house, ORG, AT) if one.match.file_name == "other.wav"]


def test_found_use_is_offered_a_licence_and_accepting_licenses_it_from_that_day(house: House, tmp_path: Path) -> None:
    taken = take_in_match(
        house, ORG, faster(tmp_path / "sped up.wav"), AT, service=cast.ALPHA, channel="UC-quick", plays=1_000
    )
    assert taken.match is not None
    again = take_in_match(house, ORG, tmp_path / "sped up.wav", AT, service=cast.ALPHA, channel="UC-quick", plays=1_000)
    assert again.known_before and again.match == taken.match
    seen = examine(house, ORG, taken.match.id, AT)
    assert (seen.proposal.route, seen.proposal.derivative_type) == (Route.CONVERT, "SPEED_PITCH")
    assert seen.proposal.recordings == (cast.RECORDING_ID,)
    with pytest.raises(NotRouted, match="nobody decided"):
        link_for(house, ORG, taken.match.id, SUBSCRIBER, AT)
    route_match(house, ORG, taken.match.id, Route.CONVERT, by="per_dana", reason="fans may", at=AT, releases_past=True)
    token = link_for(house, ORG, taken.match.id, SUBSCRIBER, AT)
    organisation, terms = open_terms(house, token, AT)
    assert organisation == ORG and terms.lines and not terms.territories.contains("JP")
    later = AT + timedelta(days=2)
    with pytest.raises(NotRouted, match="own") as refused:
        accept(house, token, name="", title="", own_work=False, at=later)
    assert {one.code for one in refused.value.found} == {"name", "title", "own_work"}
    with pytest.raises(NotRouted, match=r"waits for .*UNMEASURED") as waits:
        accept(house, token, name="Quick", title="Quick version", own_work=True, at=later)
    approve(house, waits.value.found[0].mend.removeprefix("see decision "), later)
    done = accept(house, token, name="Quick", title="Quick version", own_work=True, at=later)
    assert done.licence["scope"]["types"] == ["SPEED_PITCH"]
    assert done.routing.valid_from == later.date()
    with house.work(ORG, read_only=True) as work:
        assert {edge.parent for edge in work.catalogue.edges_of(done.recording.id)} == {cast.RECORDING_ID}
    with pytest.raises(NotRouted, match="was used"):
        accept(house, token, name="Quick", title="Quick version", own_work=True, at=later)
    rows = lists_of(house, ORG, later.date(), later)
    allowed = [row for row in rows if row.list == "allow"]
    # the label owns all of the master at first, and shares it from the 16th on
    assert {(row.channel, row.valid_from) for row in allowed if row.co_owner == cast.LABEL} == {
        ("UC-quick", later.date())
    }
    assert {row.valid_from for row in allowed if row.co_owner != cast.LABEL} == {date(2026, 7, 16)}
    released = [row for row in rows if row.list == "release"]
    assert {(row.valid_from, row.valid_to) for row in released} == {(AT.date(), later.date())}
    assert not lists_of(house, ORG, later.date(), AT)
    index_catalogue(house, ORG)
    copy = take_in_match(house, ORG, tmp_path / "sped up.wav", later, service=cast.ALPHA, channel="UC-reupload")
    assert copy.match is not None and (copy.match.copy_of, copy.match.copied) == (done.recording.id, "samples")
    assert examine(house, ORG, copy.match.id, later).proposal.route is Route.ALLOW_LIST
    with pytest.raises(NotRouted, match="never claimed"):
        route_match(house, ORG, copy.match.id, Route.CONTENT_CLAIM, by="per_dana", reason="ours", at=later)
    told = tell_channel(house, ORG, done.recording.id, service=cast.ALPHA, channel="UC-second", at=later)
    assert told.licence_id == done.licence["id"]
    with pytest.raises(NotRouted, match="does not cover"):
        tell_channel(house, ORG, done.recording.id, service="elsewhere", channel="UC-second", at=later)
    assert queue(house, ORG, AT - timedelta(days=1)) == [], "nothing of it was known the day before"
    refused = may_be_reference(house, ORG, done.recording.id, later)
    assert [one.code for one in refused.against] == ["default", "type", "not_exclusive", "not_distinct"]
    wished = may_be_reference(house, ORG, done.recording.id, later, by="per_dana", vouched=refused.wish.asked)
    assert [one.code for one in wished.against] == ["type", "not_distinct"], "sped up, and not measured by us"
    with pytest.raises(LookupError, match="no licensed derivative"):
        may_be_reference(house, ORG, cast.RECORDING_ID, later)


def test_a_copy_that_is_too_fast_is_claimed_and_not_offered(house: House, tmp_path: Path) -> None:
    path = faster(tmp_path / "a third faster.wav", 1.3)
    taken = take_in_match(house, ORG, path, AT, service=cast.ALPHA, channel="UC-hasty")
    assert taken.match is not None
    seen = examine(house, ORG, taken.match.id, AT)
    assert seen.proposal.route is Route.CONTENT_CLAIM
    with pytest.raises(NotRouted, match="not open"):
        route_match(house, ORG, taken.match.id, Route.CONVERT, by="per_dana", reason="why not", at=AT)
    with pytest.raises(NotRouted, match="no licence"):
        route_match(house, ORG, taken.match.id, Route.ALLOW_LIST, by="per_dana", reason="why not", at=AT)
    first = route_match(house, ORG, taken.match.id, Route.CONTENT_CLAIM, by="per_dana", reason="ours", at=AT)
    second = route_match(
        house, ORG, taken.match.id, Route.LEFT_ALONE, by="per_olga", reason="a review", at=AT + timedelta(days=3)
    )
    past = examine(house, ORG, taken.match.id, AT)
    assert past.routings == (first, second)
    by_day = {
        day: next(q for q in queue(house, ORG, AT + timedelta(days=day)) if q.match.id == taken.match.id)
        for day in (1, 4)
    }
    assert by_day[1].standing == first and by_day[4].standing == second


def test_an_untouched_copy_is_claimed(house: House, tmp_path: Path) -> None:
    path = decode.write(tmp_path / "copy.wav", music.song(1, SONG_SECONDS))
    taken = take_in_match(house, ORG, path, AT)
    assert taken.match is not None
    assert examine(house, ORG, taken.match.id, AT).proposal.derivative_type == ""
    assert examine(house, ORG, taken.match.id, AT).proposal.route is Route.CONTENT_CLAIM


def test_a_link_that_was_changed_or_has_ended_is_refused(house: House, tmp_path: Path) -> None:
    taken = take_in_match(house, ORG, faster(tmp_path / "up.wav", 1.1), AT, service=cast.ALPHA, channel="UC-third")
    assert taken.match is not None
    route_match(house, ORG, taken.match.id, Route.CONVERT, by="per_dana", reason="fans may", at=AT)
    token = link_for(house, ORG, taken.match.id, SUBSCRIBER, AT)
    with pytest.raises(NotRouted, match="ended on 2026-08-09"):
        open_terms(house, token, AT + timedelta(days=30))
    with pytest.raises(NotRouted, match="link"):
        open_terms(house, token[:60] + ("A" if token[60] != "A" else "B") + token[61:], AT)
    route_match(house, ORG, taken.match.id, Route.LEFT_ALONE, by="per_dana", reason="no", at=AT + timedelta(hours=1))
    with pytest.raises(NotRouted, match="taken back"):
        open_terms(house, token, AT + timedelta(hours=2))


def test_a_copy_without_its_manifest_finds_it_again(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ritornello.provenance.model import SignedFile

    path = faster(tmp_path / "kept.wav", 1.08)
    samples = decode.pcm_sha256(decode.read(path))
    with house.work(ORG) as work:
        file = SignedFile(
            id="sgn_kept", recording_id="rec_kept", role="master", media_type="audio/flac", file_sha256="ab" * 32,
            audio_key="ab" * 32, pcm_sha256=samples, manifest_key=house.blobs.put(b"a signed manifest"),
            verdict="Trusted", signed_at=AT,
        )  # fmt: skip
        work.provenance.add(file)
        work.commit()
    taken = take_in_match(house, ORG, path, AT, service=cast.ALPHA)
    assert taken.match is not None
    with house.work(ORG, read_only=True) as work:
        assert manifest_of(work, taken.match) == file
    assert date(2026, 7, 10) == taken.match.found_at.date()
    monkeypatch.setattr(doors, "open_here", lambda settings: house)
    out = tmp_path / "found.c2pa"
    matches_command.manifest(taken.match.id, out, ORG, None)
    assert out.read_bytes() == b"a signed manifest" and "of the master of rec_kept" in capsys.readouterr().out
    other = take_in_match(house, ORG, faster(tmp_path / "no copy.wav", 1.2), AT)
    assert other.match is not None
    with pytest.raises(Refused, match="no copy of a file that was signed here"):
        matches_command.manifest(other.match.id, tmp_path / "none.c2pa", ORG, None)
    assert not (tmp_path / "none.c2pa").exists()
