"""What could not be measured of a real render: computed again from what was kept, ruled on by who may, on any day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ritornello.cli import houses as doors
from ritornello.cli.failures import spoken
from ritornello.cli.main import app
from ritornello.consent.offers import Obtained
from ritornello.people import service as people
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.studio.bounds import Bounds
from ritornello.web.site import create_site
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made, held_again
from ritornello.workflows.open_points import points_of, rule_on_point
from ritornello.workflows.release_gate import NotRuled
from ritornello.workflows.route_matches import NotThere
from tests.studio_doors import house as made_house
from tests.studio_doors import unheard

ORG = cast.ORGANISATION
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = unheard.filled(tmp_path_factory.mktemp("unheard"))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def made(house: House) -> Made:
    return unheard.remix(house)


def test_the_points_are_those_of_the_render_read_again_from_what_was_kept(house: House, made: Made) -> None:
    found = points_of(house, ORG, made.recording.id, cast.HEARD)
    assert [one.term for one in found.points] == [one.term for one in made.open_points] == ["vocals"]
    (voice,) = found.points
    assert voice.told == ("what became of the voice could not be measured; the licence allows only that it stays")
    assert not found.approved and found.rulings == ()
    for name in (made_house.SECOND, "rec_nobody"):
        with pytest.raises(NotThere, match="no derivative that was rendered here"):
            points_of(house, ORG, name, cast.HEARD)


def test_only_who_may_approve_for_the_holders_rules(house: House, made: Made) -> None:
    asked = (house, ORG, made.recording.id, "vocals")
    fan = unheard.member(house, made_house.MAKER)
    with pytest.raises(NotRuled, match="who made it does not rule on it"):
        rule_on_point(*asked, fan, approves=True, reason="fine", at=cast.HEARD)
    for role in (Role.APPROVER, Role.OWNER):
        with pytest.raises(NotRuled, match="heard by a holder in person"):
            rule_on_point(
                *asked, unheard.member(house, f"{role}@example.org"), approves=True, reason="x", at=cast.HEARD
            )
    with pytest.raises(NotRuled, match=r"1 to 500 letters.*who made it") as refused:
        rule_on_point(*asked, fan, approves=True, reason=" ", at=cast.HEARD)
    assert [one.code for one in refused.value.found] == ["reason", "not_theirs"]
    performer = unheard.member(house, unheard.PERFORMER)
    with pytest.raises(NotRuled, match="open is vocals"):
        rule_on_point(house, ORG, made.recording.id, "key_cents", performer, approves=True, reason="x", at=cast.HEARD)
    assert points_of(house, ORG, made.recording.id, cast.RUN_ON).rulings == (), "nothing of a refused ruling is kept"


def test_a_ruling_is_kept_for_good_and_any_day_is_read_again(house: House) -> None:
    made = unheard.remix(house, "reggaeton")
    asked = (house, ORG, made.recording.id, "vocals", unheard.member(house, unheard.PERFORMER))
    no = rule_on_point(*asked, approves=False, reason="the chorus is cut off", at=cast.HEARD)
    assert not no.approved and no.points[0].hindrance() is not None
    yes = rule_on_point(*asked, approves=True, reason="heard again", at=cast.HEARD + DAY)
    assert yes.approved and [one.approves for one in yes.rulings] == [False, True]
    on = {at: points_of(house, ORG, made.recording.id, at) for at in (cast.ASKED, cast.HEARD, cast.HEARD + DAY)}
    assert [len(one.rulings) for one in on.values()] == [0, 1, 2]
    assert [one.approved for one in on.values()] == [False, False, True]
    for change in ("UPDATE point_rulings SET approves = true", "DELETE FROM point_rulings"):
        with house.engine.begin() as connection, pytest.raises(DBAPIError, match="append"):
            connection.execute(text(change))


def test_where_representatives_signed_the_house_rules_on_all_but_a_voice(house: House, made: Made) -> None:
    from ritornello.workflows import open_points

    licence = made.licence
    owner = Identity(ORG, "per_owner", frozenset({Role.OWNER}), None, "test")
    with house.work(ORG, read_only=True) as work:
        assert open_points.why_not(work, licence, "key_cents", owner) == "the holders answer in person"
        signed = open_points.offers_behind(work, licence)
        assert {one.holder for one in signed} == {one.holder for one in answers.ANSWERS}
        theirs = [
            one for one in licence["terms"]
            if next(o for o in signed if o.id == one["offer"]).evidence.how is not Obtained.INDIVIDUAL_EXPRESS
        ]  # fmt: skip
        spoken_for = {**licence, "terms": theirs}
        assert theirs and open_points.why_not(work, spoken_for, "key_cents", owner) == ""
        assert "in person" in open_points.why_not(work, spoken_for, "vocals of rec_second", owner)
        assert "in person" in open_points.why_not(work, {**licence, "terms": []}, "key_cents", owner)


def test_the_commands(
    house: House, made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doors, "open_here", lambda settings: house)

    def call(*words: str) -> tuple[int, str, str]:
        import sys

        code = spoken(lambda: app(["release", *words], standalone_mode=False), sys.stderr)
        told = capsys.readouterr()
        return code, told.out, told.err

    code, out, _ = call("points", made.recording.id)
    assert code == 1 and "vocals: what became of the voice" in out and "open" in out
    ruling = ("rule-point", made.recording.id, "vocals", "--approve", "--reason", "it stays", "--by")
    code, _, err = call(*ruling, made_house.MAKER)
    assert code == 1 and "their role does not let them approve" in err
    code, _, err = call(*ruling, "owner@example.org")
    assert code == 1 and "heard by a holder in person" in err
    code, out, _ = call(*ruling, unheard.PERFORMER)
    assert code == 0 and "approved by" in out and "it stays" in out
    assert call("points", made.recording.id, "--json")[0] == 0
    assert call("points", made.recording.id, "--day", "2020-01-01")[0] == 1


def test_the_doors_for_programs_and_the_table(house: House) -> None:
    made = unheard.remix(house, "bossa_nova")
    keys = {}
    with house.work(ORG) as work:
        for email in (unheard.PERFORMER, "auditor@example.org"):
            one = unheard.member(house, email)
            keys[email], _ = people.give_key(work.people, one, email, sorted(one.roles), cast.REGISTERED)
        work.commit()
    site = create_site(Settings(home=house.home, _env_file=None), house=house, now=lambda: cast.HEARD)  # type: ignore[call-arg]
    auditor = TestClient(site, headers={"Authorization": f"Bearer {keys['auditor@example.org']}"})
    door = f"/api/v1/recordings/{made.recording.id}/open-points"
    assert auditor.get(door).json()["points"][0]["bound"] == "only that it stays"
    ruling = {"term": "vocals", "approves": False, "reason": "too quiet"}
    assert auditor.post(f"{door}/rulings", json=ruling).status_code == 403
    approver = TestClient(site, headers={"Authorization": f"Bearer {keys[unheard.PERFORMER]}"})
    told = approver.post(f"{door}/rulings", json={**ruling, "term": "key_cents"})
    assert told.status_code == 422 and "open is vocals" in told.json()["mend"]
    # a program acts as the member who gave it its key, and that member is the performer
    told = approver.post(f"{door}/rulings", json=ruling)
    assert told.status_code == 200, told.text
    assert told.json()["points"][0]["ruling"]["reason"] == "too quiet" and told.json()["approved"] is False
    assert auditor.get(f"/api/v1/recordings/{made_house.SECOND}/open-points").status_code == 404
    table = approver.get(f"/exports/songs/{made.recording.id}/points.json").json()["points"]
    assert table[0]["term"] == "vocals" and table[0]["approved"] is False
    assert approver.get(f"/exports/songs/{made.recording.id}/points.csv").text.startswith("\ufeffterm,what,allowed")


def test_what_holds_none_of_the_recording_is_bound_by_its_level_alone(house: House, made: Made) -> None:
    bounds = Bounds.from_document(made.licence["bounds"])
    recipe = made.render.manifest["recipe"]
    alone = {**recipe, "nodes": recipe["nodes"][:1], "out": {"node": "beat"}}
    drums = replace(made.render, manifest={**made.render.manifest, "recipe": alone})
    assert held_again(drums, bounds, made_house.SECOND) == ()
    assert held_again(made.render, bounds, made_house.SECOND) == made.open_points
