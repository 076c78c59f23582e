"""What cannot be taken: one clear error that names the field, and nothing is left behind.

Links of co-holders (used, expired, tampered with) are in tests/api/test_invitations.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ritornello.consent.errors import ConsentError
from ritornello.consent.offer_sheet import COLUMNS
from ritornello.store.consent_store import ConsentStore
from ritornello.workflows.demo import answers, cast
from tests.cli.conftest import Desk
from tests.cli.test_consent_commands import JAPAN
from tests.web.house import ORIGINAL_ID, PLAN

HEAD = ";".join((*COLUMNS, "holder", "rights"))
GOOD = f"{ORIGINAL_ID};REMIX;JP;subscribers;export;10;2026-06-01;;{cast.SUBPUBLISHER_JP};"


def on_file(desk: Desk) -> list[tuple[str, int]]:
    """Every version of every offer, and every event."""
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        offers = [(one.id, one.version) for p in work.people.parties() for one in work.consent.offers_of_holder(p.id)]
        return sorted(offers) + [(event.id, 0) for event in work.consent.events(cast.RUN_ON)]


def fields(failed: BaseException | None) -> list[str]:
    assert isinstance(failed, ConsentError), failed
    return [one.field for one in failed.findings]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"territories": "Atlantis"}, ["territories"]),
        ({"territories": "JP ex JP"}, ["territories"]),
        ({"adjust": {"types.allowed": ["KARAOKE"]}}, ["adjust.types.allowed"]),
        ({"adjust": {"limits.mood": 1}}, ["adjust.limits.mood"]),
        ({"adjust": {"moods.blue": 1}}, ["adjust.moods.blue"]),
        ({"adjust": {"transformation.max_extract_ms": -1}}, ["adjust.transformation.max_extract_ms"]),
        ({"adjust": {"limits.max_total": -5}}, ["adjust.limits.max_total"]),
        ({"adjust": {"transformation.tempo_permille": [100, -100]}}, ["adjust.transformation.tempo_permille"]),
        (
            {"adjust": {"limits.window_from": "2026-07-02", "limits.window_until": "2026-07-01"}},
            ["limits.window_until"],
        ),
        ({"valid_until": "2026-05-01"}, ["valid_until"]),
        ({"adjust": {"share_money.fan_share_permille": 1001}}, ["adjust.share_money.fan_share_permille"]),
        ({"rights": ["M_USE"]}, ["rights"]),
        ({"rights": ["MOON"]}, ["rights"]),
        ({"holder": "pty_nobody"}, ["holder"]),
        ({"reach": {"level": "recording", "id": "rec_nobody"}}, ["reach.id"]),
        ({"evidence": {"how": "individual_express", "sha256": "no"}}, ["evidence.sha256"]),
    ],
)
def test_a_wrong_offer_names_its_field_and_is_not_recorded(
    desk: Desk, change: dict[str, Any], named: list[str]
) -> None:
    before = on_file(desk)
    failed = desk.run("consent", "offer", desk.file("offer.json", {**JAPAN, **change}))
    assert fields(failed.exception) == named
    assert on_file(desk) == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"types": ["KARAOKE"]}, ["types"]),
        ({"types": []}, ["types"]),
        ({"acts": ["sing"]}, ["acts"]),
        ({"territories": "Atlantis"}, ["territories"]),
        ({"sources": ["rec_nobody"]}, ["sources"]),
        ({"sources": [ORIGINAL_ID], "types": ["MASHUP"]}, ["sources"]),
        ({"depth": 0}, ["depth"]),
        ({"mood": "blue"}, ["mood"]),
        ({"plan": {"extract_ms": -1}}, ["plan.extract_ms"]),
        ({"plan": {"tempo_permille": -1000}}, ["plan.tempo_permille"]),
        ({"plan": {"original_permille": 1001}}, ["plan.original_permille"]),
        ({"plan": {"vocals": "shout"}}, ["plan.vocals"]),
        ({"plan": {"pitch": 3}}, ["plan.pitch"]),
        ({"person": {"id": "per_x", "age": -3}}, ["person.age"]),
        ({"person": {"id": "per_x", "tier": "friends"}}, ["person.tier"]),
        ({"person": {"id": "per_x", "height": 180}}, ["person.height"]),
        ({"at": "tomorrow"}, ["at"]),
        ({"at": "tomorrow", "use_date": "31.12."}, ["at", "use_date"]),
    ],
)
def test_a_wrong_question_names_its_field_and_is_not_kept(desk: Desk, change: dict[str, Any], named: list[str]) -> None:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
        before = len(work.consent.decisions())
    assert original is not None
    plain = answers.remix_request(original, replace(PLAN, tempo_permille=50)).to_document()
    failed = desk.run("consent", "check", desk.file("q.json", {**plain, **change}))
    assert fields(failed.exception) == named
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        assert len(work.consent.decisions()) == before


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "file"),
        (b"isrc;type\nDEXX12600001;REMIX\n", "heading"),
        (b"PK\x03\x04 no workbook at all", "file"),
    ],
)
def test_a_file_that_is_no_sheet_leaves_nothing(desk: Desk, content: bytes, named: str) -> None:
    before = on_file(desk)
    path = desk.folder / "sheet.csv"
    path.write_bytes(content)
    failed = desk.run("consent", "import", path, "--commit", "--by", "per_x")
    assert fields(failed.exception) == [named]
    assert on_file(desk) == before


def test_an_import_that_breaks_on_the_way_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = on_file(desk)
    sheet = desk.file("sheet.csv", f"{HEAD}\n{GOOD}\n")

    def breaks(self: ConsentStore, event: object) -> bool:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(ConsentStore, "add_event", breaks)  # after the offers are written, before the commit
        failed = desk.run("consent", "import", sheet, "--commit", "--by", "per_x", "--at", "2026-06-16T10:00:00")
    assert isinstance(failed.exception, OSError)
    assert on_file(desk) == before
    again = desk.told("consent", "import", sheet, "--commit", "--by", "per_x", "--at", "2026-06-16T10:00:00")
    assert (again["new"], again["left_out"]) == (1, 0)


def test_the_good_rows_are_committed_and_every_bad_one_is_named_with_a_fix(desk: Desk) -> None:
    rows = (
        GOOD,
        GOOD.replace(";JP;", ";Atlantis;"),
        GOOD.replace(";10;", ";12,55;"),
        GOOD.replace("2026-06-01;;", "2026-06-01;2026-05-01;"),
        GOOD.replace("REMIX", "REMIKS"),
        GOOD.replace(ORIGINAL_ID, "DE-XX1-26-1"),
        GOOD.replace(cast.SUBPUBLISHER_JP, "pty_nobody"),
        f"{GOOD}M_USE",
    )
    sheet = desk.file("sheet.csv", "\n".join((HEAD, *rows)))
    told = desk.told("consent", "import", sheet, "--commit", "--by", "per_x", "--at", "2026-06-16T10:00:00")
    assert (told["new"], told["left_out"], told["rows"]) == (1, 7, 8)
    errors = {(one["row"], one["field"]): one["fix"] for one in told["findings"] if one["gravity"] == "error"}
    assert list(errors) == [
        (3, "territory"),
        (4, "fan_share"),
        (5, "until"),
        (6, "type"),
        (7, "asset"),
        (8, "holder"),
        (9, "rights"),
    ]
    assert all(errors.values())
    assert errors[7, "asset"] == "write DEXX12600001 if that is the one"
    assert errors[6, "type"] == "write REMIX"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("coverage", "--territories", "Atlantis"), ["territories"]),
        (("coverage", "--act", "sing"), ["act"]),
        (("coverage", "--why", "KARAOKE"), ["type"]),
        (("feed", "../etc"), ["service"]),
        (("feed", "alpha", "--territories", "Atlantis"), ["territories"]),
        (("feed", "alpha", "--again", "7"), ["issue"]),
        (("service", "alpha", "--act", "sing"), ["act"]),
        (("stop", "--by", "pty_x"), ["stop"]),
        (("stop", "--by", "pty_x", "--asset", "rec_nobody"), ["asset"]),
        (("stop", "--by", "pty_x", "--territories", "Atlantis"), ["territories"]),
        (("stop", "--by", "pty_x", "--lift", "stp_nothing"), ["stop"]),
        (("revoke", "off_nothing", "--by", "pty_x"), ["offer"]),
        (("explain", "dec_nothing"), ["decision"]),
        (("import", "--undo", "imp_nothing"), ["import"]),
    ],
)
def test_a_wrong_word_on_the_command_line_names_its_field(desk: Desk, words: tuple[str, ...], named: list[str]) -> None:
    before = on_file(desk)
    assert fields(desk.run("consent", *words).exception) == named
    assert on_file(desk) == before
