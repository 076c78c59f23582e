"""What is answered: terms are declined, a claim is disputed to its end, one holder lets go of what was before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ritornello.analysis import decode
from ritornello.cli import houses as doors
from ritornello.cli.failures import spoken
from ritornello.cli.main import app
from ritornello.distribution.allow_lists import ListRow
from ritornello.distribution.matches import Match, Route
from ritornello.workflows.answer_match import answer_terms, let_go, record_answer
from ritornello.workflows.convert_match import Converted, accept, link_for, open_terms
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.route_matches import NotRouted, examine, route_match
from ritornello.workflows.service_lists import lists_of
from ritornello.workflows.take_in_matches import queue, take_in_match
from tests.identify import houses
from tests.workflows.test_matches import AT, ORG, SONG_SECONDS, SUBSCRIBER, approve, faster

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = houses.with_open_song(tmp_path_factory.mktemp("answers"), SONG_SECONDS)
    yield made
    made.engine.dispose()


def found(house: House, folder: Path, channel: str, by: float = 1.06, plays: int = 100) -> Match:
    path = faster(folder / f"{channel}.wav", by)
    taken = take_in_match(house, ORG, path, AT, service=cast.ALPHA, channel=channel, plays=plays)
    assert taken.match is not None
    return taken.match


def listed(house: House, channel: str, at_days: int = 0) -> list[ListRow]:
    moment = AT + at_days * DAY
    return [one for one in lists_of(house, ORG, moment.date(), moment) if one.channel == channel]


def converted(house: House, token: str, days: int) -> Converted:
    """The uploader accepts; the holders listen and approve what could not be measured."""
    at = AT + days * DAY
    with pytest.raises(NotRouted, match="waits for") as waits:
        accept(house, token, name="Quick", title="Quick version", own_work=True, at=at)
    approve(house, waits.value.found[0].mend.removeprefix("see decision "), at)
    return accept(house, token, name="Quick", title="Quick version", own_work=True, at=at)


def test_past_use_stays_until_one_holder_lets_go_of_it_and_then_for_that_holder_alone(
    house: House, tmp_path: Path
) -> None:
    match = found(house, tmp_path, "UC-past")
    route_match(house, ORG, match.id, Route.CONVERT, by="per_dana", reason="fans may", at=AT)
    with pytest.raises(NotRouted, match="not licensed"):
        let_go(house, ORG, match.id, cast.LABEL, by="per_dana", reason="by mail", at=AT)
    done = converted(house, link_for(house, ORG, match.id, SUBSCRIBER, AT), 2)
    owners = {row.co_owner for row in listed(house, "UC-past", 2)}
    assert len(owners) > 1 and {row.list for row in listed(house, "UC-past", 2)} == {"allow"}
    with pytest.raises(NotRouted, match=r"owns no part .* a reason") as refused:
        let_go(house, ORG, match.id, "pty_nobody", by="per_dana", reason="", at=AT + 3 * DAY)
    assert [one.code for one in refused.value.found] == ["holder", "reason"]
    let_go(house, ORG, match.id, cast.LABEL, by="per_dana", reason="the label, by mail", at=AT + 3 * DAY)
    (past,) = [row for row in listed(house, "UC-past", 3) if row.list == "release"]
    assert (past.co_owner, past.valid_from, past.valid_to) == (cast.LABEL, AT.date(), done.routing.valid_from)
    assert past.why == "this holder lets go of use before the licence"
    assert not [row for row in listed(house, "UC-past", 2) if row.list == "release"], "as known the day before"
    with pytest.raises(NotRouted, match="never claimed"):
        route_match(house, ORG, match.id, Route.CONTENT_CLAIM, by="per_dana", reason="ours", at=AT + 4 * DAY)
    assert examine(house, ORG, match.id, AT + 4 * DAY).match.copy_of == done.recording.id
    sound = decode.read(tmp_path / "UC-past.wav")
    again = take_in_match(
        house,
        ORG,
        decode.write(tmp_path / "again.ogg", sound, "ogg"),
        AT + 4 * DAY,
        service=cast.ALPHA,
    ).match
    assert again is not None and (again.copy_of, again.copied) == (done.recording.id, "sound"), "delivery changed it"
    assert examine(house, ORG, again.id, AT + 4 * DAY).proposal.route is Route.ALLOW_LIST


def test_declined_terms_go_back_to_a_person_and_may_still_be_accepted(house: House, tmp_path: Path) -> None:
    match = found(house, tmp_path, "UC-no", 0.93)
    route_match(house, ORG, match.id, Route.CONVERT, by="per_dana", reason="fans may", at=AT)
    token = link_for(house, ORG, match.id, SUBSCRIBER, AT)
    done = answer_terms(house, token, Route.DECLINED, "", AT + DAY)
    assert (done.route, done.reason) == (Route.DECLINED, "without a word") and done.by.startswith("pty_")
    seen = examine(house, ORG, match.id, AT + DAY)
    assert seen.proposal.route is Route.CONTENT_CLAIM and "declined" in seen.proposal.because[0]
    assert queue(house, ORG, AT + DAY)[0].match.id == match.id, "it waits for a person, before what is decided"
    assert not listed(house, "UC-no", 1)
    with pytest.raises(NotRouted, match="it is declined"):
        answer_terms(house, token, Route.DECLINED, "", AT + DAY)
    assert open_terms(house, token, AT + 2 * DAY)[1].offered
    assert converted(house, token, 2).routing.route is Route.LICENSED


def test_a_disputed_claim_is_withdrawn_and_every_holder_reads_that_it_is_to_be_let_go(
    house: House, tmp_path: Path
) -> None:
    match = found(house, tmp_path, "UC-mine", 1.12, 1000)
    route_match(house, ORG, match.id, Route.CONTENT_CLAIM, by="per_dana", reason="not licensed", at=AT)
    claims = [row for row in listed(house, "UC-mine") if row.list == "claim"]
    assert claims and claims[0].title == "UC-mine.wav" and "is its 0:0" in claims[0].why
    token = link_for(house, ORG, match.id, SUBSCRIBER, AT)
    _, told = open_terms(house, token, AT)
    assert not told.offered and told.lines == ()
    with pytest.raises(NotRouted, match="offers no licence"):
        accept(house, token, name="A", title="B", own_work=True, at=AT)
    with pytest.raises(NotRouted, match="1 to 500"):
        answer_terms(house, token, Route.DISPUTED, " ", AT + DAY)
    answer_terms(house, token, Route.DISPUTED, "I played this myself", AT + DAY)
    seen = examine(house, ORG, match.id, AT + DAY)
    assert "I played this myself" in seen.proposal.because[0]
    assert queue(house, ORG, AT + DAY)[0].match.id == match.id, "it waits for a person, before what is decided"
    assert {row.list for row in listed(house, "UC-mine", 1)} == {"claim"}, "it stays until a person has looked"
    route_match(house, ORG, match.id, Route.LEFT_ALONE, by="per_dana", reason="they are right", at=AT + 2 * DAY)
    rows = listed(house, "UC-mine", 2)
    assert {row.list for row in rows} == {"release"} and {row.co_owner for row in rows} >= {cast.LABEL}
    assert all("withdrawn: they are right" in row.why for row in rows)
    _, told = open_terms(house, token, AT + 2 * DAY)
    assert (told.standing.route, told.holders_word) == (Route.LEFT_ALONE, "they are right")
    assert {row.list for row in listed(house, "UC-mine", 1)} == {"claim"}, "the past can be read again"


def test_a_disputed_claim_is_maintained_with_a_reason(house: House, tmp_path: Path) -> None:
    match = found(house, tmp_path, "UC-ours", 0.88)
    route_match(house, ORG, match.id, Route.CONTENT_CLAIM, by="per_dana", reason="not licensed", at=AT)
    record_answer(house, ORG, match.id, Route.DISPUTED, "fair use", by="per_dana", at=AT + DAY)
    route_match(house, ORG, match.id, Route.CONTENT_CLAIM, by="per_eve", reason="it is the master", at=AT + 2 * DAY)
    assert {row.list for row in listed(house, "UC-ours", 2)} == {"claim"}
    _, told = open_terms(house, link_for(house, ORG, match.id, SUBSCRIBER, AT + 2 * DAY), AT + 2 * DAY)
    assert told.holders_word == "it is the master"
    with pytest.raises(NotRouted, match="cannot be declined"):
        record_answer(house, ORG, match.id, Route.DECLINED, "", by="per_dana", at=AT + 3 * DAY)


def test_the_commands(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doors, "open_here", lambda settings: house)

    def call(*words: str) -> tuple[int, str, str]:
        code = spoken(lambda: app(["matches", *words], standalone_mode=False), sys.stderr)
        told = capsys.readouterr()
        return code, told.out, told.err

    match = found(house, tmp_path, "UC-told", 1.18)
    assert call("link", match.id)[0] == 1, "nothing was decided yet"
    assert call("route", match.id, "content_claim", "--reason", "not licensed")[0] == 0
    code, out, _ = call("link", match.id, "--tier", "subscribers", "--country", "de", "--age", "25", "--verified")
    assert code == 0 and "/found/" in out
    assert call("link", match.id, "--tier", "kings")[0] == 2
    assert call("answer", match.id, "perhaps")[0] == 2
    code, out, _ = call("answer", match.id, "disputed", "--reason", "it is mine")
    assert code == 0 and "decide again" in out
    assert "says that it is not so: it is mine" in call("show", match.id)[1]
    code, _, err = call("let-go", match.id, "--holder", cast.LABEL, "--reason", "by mail")
    assert code == 1 and "not licensed" in err
    code, out, _ = call("lists", "--co-owner", cast.LABEL)
    assert code == 0 and "UC-told" in out
