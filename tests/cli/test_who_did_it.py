"""Whoever takes in, matches again, records creations or orders payments says who they are; it is kept for good."""

from __future__ import annotations

import pytest

from tests.cli.test_money_commands import FAN, FINANCE, ONE, OWNER, STRANGE, Desk, desk, month
from tests.workflows import books

__all__ = ["desk"]
PAYER = ("--name", "Quay Records Ltd", "--iban", "DE02120300000000202051", "--on", "2026-09-15")


def test_who_acted_is_kept(desk: Desk) -> None:
    july = books.report(desk.folder / "july.csv", [ONE, STRANGE])
    (file,) = desk.json("usage", "take-in", july, "--source", "believe", "--by", FINANCE)["files"]
    told = desk.folder / "creations.csv"
    told.write_text(
        "Derivative ID,Parent ISRCs,Type,Territory,Created At,Maker,Title\n"
        f"cre-17,{books.ISRCS[books.SONG]},SPEED_PITCH,DE,2026-07-05T10:00:00Z,user-4,Song (sped up)\n"
    )
    desk.done("usage", "creations", told, "--service", "alpha", "--by", OWNER)
    with desk.house.work(books.ORGANISATION) as work:
        books.register(work, books.LATER, desk.moments())
        work.commit()
    desk.done("usage", "rematch", "--by", FINANCE)
    run = month(desk, "2026-07")
    desk.done("payouts", "order", run, *PAYER, "--out", desk.folder / "order.xml", "--by", OWNER)
    acts = desk.json("house", "acts")
    assert [(one["who"], one["act"], one["subject"]) for one in acts] == [
        ("owner", "payouts.order", run),
        ("finance", "usage.rematch", file["id"]),
        ("owner", "usage.creations", "alpha"),
        ("finance", "usage.take-in", file["id"]),
    ]
    assert acts[1]["details"] == "file: july.csv; found: 1"
    assert acts[3]["details"] == "file: july.csv; rows: 2; source: believe"


@pytest.mark.parametrize(
    "words",
    [
        ("usage", "take-in", "JULY", "--source", "believe"),
        ("usage", "rematch"),
        ("usage", "creations", "JULY", "--service", "alpha"),
        ("payouts", "order", "run_none", *PAYER),
    ],
)
def test_nobody_acts_unnamed_or_without_the_role(desk: Desk, words: tuple[str, ...]) -> None:
    july = str(books.report(desk.folder / "july.csv", [ONE]))
    asked = [july if one == "JULY" else one for one in words]
    assert "does not let them" in desk.refused(*asked, "--by", FAN)
    assert "nobody with this e-mail" in desk.refused(*asked, "--by", "stranger@quay.example")
    assert desk.run(*asked, timed=True).exit_code != 0
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        assert list(work.people.acts(10)) == [] and work.usage.files() == []
