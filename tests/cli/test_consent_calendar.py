"""`ritornello consent remind` and `addendum`: what the calendar asks for, and an offer on paper."""

from __future__ import annotations

from datetime import timedelta

from ritornello.consent.offers import Level, Reach
from ritornello.identifiers.territories import TerritorySet
from ritornello.workflows import ask_holders
from ritornello.workflows.demo import cast
from tests.cli.conftest import Desk
from tests.web.house import ORIGINAL_ID

AT = cast.DELIVERED


def later(days: int) -> str:
    return (AT + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")


def test_reminders_come_with_their_link_once_and_then_the_lapse(desk: Desk) -> None:
    proposal = ask_holders.proposal_of(
        holder=cast.SUBPUBLISHER_JP,
        right="C_ARR",
        reach=Reach(Level.RECORDING, ORIGINAL_ID),
        territories=TerritorySet.parse("JP"),
        preset="FAN-REMIX",
        adjust={},
        at=AT,
    )
    asked = ask_holders.invite_holder(desk.house, cast.ORGANISATION, proposal, at=AT, by="per_one")
    assert desk.run("consent", "remind", "--at", later(2)).stdout == "nothing is due\n"
    told = desk.run("consent", "remind", "--at", later(3)).stdout
    assert told.startswith(f"day 3: remind {cast.SUBPUBLISHER_JP} on C_ARR: http")
    assert asked.path in told
    assert desk.run("consent", "remind", "--at", later(4)).stdout == "nothing is due\n"
    due = desk.told("consent", "remind", "--at", later(22))
    assert [one["what"] for one in due["invitations"]] == ["lapse"]


def test_an_offer_is_printed_by_its_version(desk: Desk) -> None:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        (offer,) = work.consent.offers_of_holder(cast.LABEL)
    out = desk.folder / "addendum.pdf"
    told = desk.run("consent", "addendum", offer.id, "--out", out)
    assert f"{offer.id} version 1" in told.stdout and offer.content_hash in told.stdout
    assert out.read_bytes().startswith(b"%PDF")
    missing = desk.run("consent", "addendum", offer.id, "--out", out, "--version", 9)
    assert missing.exit_code != 0
