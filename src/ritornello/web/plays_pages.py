"""The pages on plays: what was played by any dimension, who earned from it, and the first days of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import Problem
from ritornello.api.usage import dimensions_of
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.performance import DIMENSIONS, FIRST_DAYS, UNDATED, Curve, Dimension
from ritornello.web import charts, exports
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.money_desk import SEES_USAGE, money_page
from ritornello.web.pages import names_of
from ritornello.web.views import Exact
from ritornello.workflows import plays

router = APIRouter(include_in_schema=False)

Sees = Annotated[Identity, Depends(allowed(*SEES_USAGE))]
SeesMoney = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY))]
_WORDS: dict[Dimension, str] = {
    "asset": "Recording",
    "parent": "Original",
    "type": "Kind of derivative",
    "territory": "Country",
    "service": "Service",
    "week": "Week",
    "month": "Month",
    "flow": "Kind of use",
}
_PAIRS = (
    ("parent,type", "Original and kind"),
    ("parent,asset", "Original and recording"),
    ("asset,service", "Recording and service"),
    ("asset,territory", "Recording and country"),
    ("asset,week", "Recording and week"),
)
CHOICES = (*((one, _WORDS[one]) for one in DIMENSIONS), *_PAIRS)


# ── plays and reported money ──


@router.get("/usage/performance")
def performance(
    request: Request, member: Sees, work: Reading, here: Here, by: str = "asset", first: str = "", last: str = ""
) -> Response:
    asked = dimensions_of(by)
    found = plays.played(here.house, member.organisation, asked, _day(first), _day(last))
    names, titles = names_of(work, member), _titles(work)
    payees: dict[tuple[str, ...], set[str]] = {}
    if member.may(Capability.SEE_MONEY):
        for one in plays.paid_for(here.house, member.organisation, asked):
            payees.setdefault(one.key, set()).add(one.payee)
    rows = [
        (
            _shown(asked, line.key, titles, names),
            line.units,
            Exact(Fraction(line.amount_e10, 10**10), line.currency),
            len(payees.get(_as_paid(line.key), ())),
            line.key[asked.index("asset")] if "asset" in asked else "",
        )
        for line in found.lines
    ]
    return money_page(
        "usage_performance.html",
        request,
        work,
        member,
        "performance",
        rows=rows,
        headings=[_WORDS[one] for one in asked],
        most=max((row[1] for row in rows), default=0),
        by=by,
        first=first,
        last=last,
        choices=CHOICES,
        as_of=[(names(one.service), one.last_period) for one in found.as_of],
        undated=sum(one.units for one in found.undated) if "week" in asked else 0,
        with_payees=bool(payees),
        query=urlencode({"by": by, "first": first, "last": last}),
    )


def _as_paid(key: tuple[str, ...]) -> tuple[str, ...]:
    """A line of plays as the statements name it, which tell plays without a day under several months."""
    return tuple(plays.SEVERAL if one.startswith(UNDATED) else one for one in key)


@router.get("/exports/performance.{kind}")
def export_performance(
    kind: exports.Kind, member: Sees, here: Here, by: str = "asset", first: str = "", last: str = ""
) -> Response:
    """What each line reaches up to stands beside it where the services are asked for."""
    asked = dimensions_of(by)
    found = plays.played(here.house, member.organisation, asked, _day(first), _day(last))
    until = {one.service: one.last_period for one in found.as_of}
    more = ("reported_up_to",) if "service" in asked else ()
    rows: list[tuple[exports.Cell, ...]] = [
        (
            *line.key,
            line.units,
            Exact(Fraction(line.amount_e10, 10**10), line.currency),
            *(until.get(line.key[asked.index("service")]) for _ in more),
        )
        for line in found.lines
    ]
    return exports.answer(exports.Table("plays", (*asked, "plays", "amount", *more), rows), kind)


# ── who earned from them ──


@router.get("/usage/payees")
def payees(
    request: Request, member: SeesMoney, work: Reading, here: Here, by: str = "asset", recording: str = ""
) -> Response:
    asked = dimensions_of(by)
    names, titles = names_of(work, member), _titles(work)
    found = plays.paid_for(here.house, member.organisation, asked, [recording] if recording else None)
    rows = [
        (_shown(asked, one.key, titles, names), names(one.payee), Exact(one.amount, one.currency))
        for one in sorted(found, key=lambda one: (one.key, -one.amount, one.payee))
    ]
    return money_page(
        "usage_payees.html",
        request,
        work,
        member,
        "performance",
        rows=rows,
        headings=[_WORDS[one] for one in asked],
        by=by,
        recording=recording,
        title=titles.get(plays.recording_of(work, recording), recording) if recording else "",
        choices=CHOICES,
        query=urlencode({"by": by, "recording": recording}),
    )


@router.get("/exports/payees.{kind}")
def export_payees(
    kind: exports.Kind, member: SeesMoney, work: Reading, here: Here, by: str = "asset", recording: str = ""
) -> Response:
    asked, names = dimensions_of(by), names_of(work, member)
    rows: list[tuple[exports.Cell, ...]] = [
        (*one.key, one.payee, names(one.payee), Exact(one.amount, one.currency))
        for one in plays.paid_for(here.house, member.organisation, asked, [recording] if recording else None)
    ]
    return exports.answer(exports.Table("payees", (*asked, "payee", "name", "earned"), rows), kind)


# ── the first 28 days ──


@router.get("/usage/first-days")
def first_days(
    request: Request, member: Sees, work: Reading, here: Here, recording: str = "", release: str = ""
) -> Response:
    curve = plays.first_days(here.house, member.organisation, recording, _day(release)) if recording else None
    names, titles = names_of(work, member), _titles(work)
    days = _days(curve) if curve is not None else []
    return money_page(
        "usage_first_days.html",
        request,
        work,
        member,
        "first_days",
        recording=recording,
        release=release,
        title=titles.get(plays.recording_of(work, recording), recording) if recording else "",
        curve=curve,
        days=days,
        columns=charts.columns([one.plays or 0 for one in days]),
        giving=[names(one.service) for one in curve.services if one.days] if curve is not None else [],
        as_of=[(names(one.service), one.until, len(one.days), one.undated_units) for one in curve.services]
        if curve is not None
        else [],
        query=urlencode({"recording": recording, "release": release}),
    )


@router.get("/exports/first-days.{kind}")
def export_first_days(kind: exports.Kind, member: Sees, here: Here, recording: str = "", release: str = "") -> Response:
    curve = plays.first_days(here.house, member.organisation, recording, _day(release)) if recording else None
    services = [one.service for one in curve.services if one.days] if curve is not None else []
    rows: list[tuple[exports.Cell, ...]] = [
        (one.number, one.day, one.plays, one.whole, *one.of) for one in (_days(curve) if curve is not None else [])
    ]
    return exports.answer(exports.Table("first_days", ("day", "date", "plays", "whole", *services), rows), kind)


@dataclass(frozen=True, slots=True)
class DayRow:
    """One of the 28 days: what is reported of it so far (None: nothing is reported yet), whether every service has,
    and each service's own."""

    number: int
    day: date
    plays: int | None
    whole: bool
    of: tuple[int | None, ...]


def _days(curve: Curve) -> list[DayRow]:
    """All 28 days, from 1, with a place for each service that gives days."""
    giving = [one for one in curve.services if one.days]
    return [
        DayRow(
            number + 1,
            curve.release + timedelta(days=number),
            curve.days[number] if number < len(curve.days) else None,
            number < curve.reported,
            tuple(one.days[number] if number < len(one.days) else None for one in giving),
        )
        for number in range(FIRST_DAYS)
    ]


def _titles(work: UnitOfWork) -> dict[str, str]:
    return {
        one.id: one.title + (f" ({one.version_title})" if one.version_title else "")
        for one in work.catalogue.recordings()
    }


def _shown(asked: Sequence[Dimension], key: Sequence[str], titles: dict[str, str], names: Names) -> list[str]:
    return [_word(place, value, titles, names) for place, value in zip(asked, key, strict=True)]


def _word(place: Dimension, value: str, titles: dict[str, str], names: Names) -> str:
    if place in ("asset", "parent"):
        return titles.get(value, value)
    if place == "territory":
        return w.sentence(w.territory(value)) if value else "Nowhere named"
    if place == "service":
        return names(value)
    if place == "flow":
        return w.words(value, w.FLOWS)
    if value.startswith(UNDATED):
        return w.sentence(value)
    if value == plays.SEVERAL:
        return f"Several {place}s"
    return w.sentence(value.replace("_", " ").lower()) if place == "type" else value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem(422, f"{text!r} is no day", mend="write 2026-07-31") from error
