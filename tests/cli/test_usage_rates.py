"""`usage rate` and `usage rates`: a missing rate is seen, fixed, and corrected after the month was paid."""

from __future__ import annotations

from tests.cli.test_money_commands import FINANCE, ONE, Desk, desk, month
from tests.workflows import books

__all__ = ["desk"]


def test_a_rate_is_fixed_and_corrected_after_the_fact(desk: Desk) -> None:
    path = books.report(desk.folder / "usd.csv", [ONE])
    path.write_text(path.read_text().replace("EUR", "USD"))
    (file,) = desk.json("usage", "take-in", path, "--source", "believe", "--by", FINANCE)["files"]
    (lacks,) = desk.json("usage", "rates", "--missing")
    assert (lacks["id"], lacks["currency"], lacks["total"], lacks["rate"]) == (file["id"], "USD", "800", None)
    assert "no rate from USD" in desk.refused("royalties", "run", "2026-07", "--by", FINANCE)
    fixed = ("usage", "rate", file["id"])
    assert "'0.9'" in desk.refused(*fixed, "0.9", "--by", FINANCE)
    assert "does not let them run royalties" in desk.refused(*fixed, "USD=0.9", "--by", "fan@quay.example")
    told = desk.done(*fixed, "USD=0.9", "--provider", "the bank", "--on", "2026-07-31", "--by", FINANCE)
    assert told.splitlines() == ["usd.csv: 0.9 EUR for a USD", "the next run of its period takes it"]
    (one,) = desk.json("usage", "rates")
    assert (one["rate"], one["day"], one["provider"], one["fixed_on"]) == (
        *("0.9", "2026-07-31", "the bank", "this report"),
    )
    assert desk.json("usage", "rates", "--missing") == []
    run = month(desk, "2026-07")
    told = desk.done(*fixed, "USD=0.95", "--by", FINANCE)
    assert "run again to pay the difference: 2026-07" in told
    again = desk.json("royalties", "run", "2026-07", "--by", FINANCE)
    assert again["restates"] == run
