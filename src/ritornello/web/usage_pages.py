"""The pages on usage: reports and what was noticed in them, the mapping wizard, what waits, plays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.money import Upload, files_of, refusals, text_of
from ritornello.api.usage import days_of, dimensions_of, rates_of
from ritornello.messages.dialects import MEANINGS, Meaning
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.model import Source, TakenFile
from ritornello.usage.performance import DIMENSIONS
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import back_to
from ritornello.web.money_desk import SEES_USAGE, money_page, watch
from ritornello.web.pages import names_of
from ritornello.web.views import Exact
from ritornello.workflows import usage_desk
from ritornello.workflows.money_jobs import order_take_in

router = APIRouter(include_in_schema=False)

Sees = Annotated[Identity, Depends(allowed(*SEES_USAGE))]
TakesIn = Annotated[Identity, Depends(allowed(Capability.TAKE_IN_USAGE))]
REASONS = {"no_asset": "No recording of this name or code is known", "no_right": "Nobody is known to hold this right"}
MEANING_WORDS: dict[Meaning, str] = {
    "reporting_period": "Period of the report",
    "use_period": "When it was used",
    "service": "Service",
    "territory": "Country",
    "title": "Title",
    "version": "Version title",
    "artist": "Artist",
    "isrc": "ISRC",
    "iswc": "ISWC",
    "upc": "UPC of the release",
    "proprietary_id": "Sender's own id",
    "units": "Plays",
    "amount": "Amount that is yours",
    "currency": "Currency",
    "use_type": "Kind of use",
    "adjustment": "Mark of a correction",
}
_DIMENSION_WORDS = {
    "asset": "Recording",
    "parent": "Original",
    "type": "Kind of derivative",
    "territory": "Country",
    "service": "Service",
    "week": "Week",
    "month": "Month",
    "flow": "Kind of use",
}


# ── reports ──


@router.get("/usage")
def reports(request: Request, member: Sees, work: Reading) -> Response:
    found = work.usage.files()
    return money_page(
        "usage.html",
        request,
        work,
        member,
        "reports",
        files=found,
        totals=_totals(work, found),
        sources=work.usage.sources(),
        mappings=work.usage.mappings(),
    )


@router.get("/exports/usage.{kind}")
def export_reports(kind: exports.Kind, member: Sees, work: Reading) -> Response:
    found = work.usage.files(superseded=True)
    columns = ("id", "file", "source", "form", "from", "to", "rows", "matched", "taken_in_at", "supersedes", "sha256")
    rows = [
        (
            *(f.id, f.name, f.source, f.form, f.period_start, f.period_end, f.rows, f.matched_rows),
            *(f.taken_in_at.isoformat(), f.supersedes, f.sha256),
        )
        for f in found
    ]
    return exports.answer(exports.Table("reports", columns, rows), kind)


@router.post("/usage")
def take_in(form: Upload, member: TakesIn, here: Here, background: BackgroundTasks) -> Response:
    with refusals():
        job = order_take_in(
            here.house,
            member.organisation,
            files_of(form, here),
            text_of(form, "source"),
            here.now(),
            member.person_id,
            period=days_of(text_of(form, "from"), text_of(form, "to")),
            supersedes=text_of(form, "supersedes") or None,
            accept=[one.strip() for one in text_of(form, "accept").split(",") if one.strip()],
            exchange=rates_of(text_of(form, "rates"), "EUR", here.now().date(), text_of(form, "provider")),
        )
    return watch(job, here, background)


@router.post("/usage/sources")
def save_source(form: Upload, member: TakesIn, here: Here) -> Response:
    """Who reports. Services are written one a line: reported name = our name = what people read."""
    services, called = {}, {}
    for line in text_of(form, "services", 5000).splitlines():
        parts = [part.strip() for part in line.split("=")]
        if len(parts) >= 2 and parts[0] and parts[1]:
            services[parts[0]] = parts[1]
            called[parts[1]] = parts[2] if len(parts) > 2 and parts[2] else parts[0]
    with refusals():
        source = Source(
            text_of(form, "id"),
            text_of(form, "name") or text_of(form, "id"),
            services,
            text_of(form, "currency").upper() or None,
            called=called,
        )
    with here.house.work(member.organisation) as work:
        work.usage.save_source(source, member.person_id, here.now())
        work.commit()
    return back_to("/usage", f"{source.name} is recorded as a source")


@router.get("/usage/files/{file_id}")
def report(file_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    found = _file(file_id, work)
    changes = usage_desk.differences_of(here.house, member.organisation, file_id)[2] if found.supersedes else []
    titles = {one.id: one.title for one in work.catalogue.recordings([c.asset_id for c in changes if c.asset_id])}
    return money_page(
        "usage_file.html",
        request,
        work,
        member,
        "reports",
        file=found,
        totals=_totals(work, [found])[found.id],
        findings=work.usage.findings(file_id),
        changes=[
            (
                titles.get(c.asset_id or "", c.asset_id or "not matched"),
                c,
                Exact(Fraction(c.amount_e10, 10**10), c.currency),
            )
            for c in changes
        ],
        sources=work.usage.sources(),
        names=names_of(work, member),
    )


@router.get("/exports/usage/{file_id}/findings.{kind}")
def export_findings(file_id: str, kind: exports.Kind, member: Sees, work: Reading) -> Response:
    _file(file_id, work)
    columns = ("severity", "code", "file", "row", "field", "given", "message")
    rows = [(f.severity, f.code, f.file, f.row, f.field, f.given, f.message) for f in work.usage.findings(file_id)]
    return exports.answer(exports.Table("findings", columns, rows), kind)


def _file(file_id: str, work: UnitOfWork) -> TakenFile:
    found = work.usage.file(file_id)
    if found is None:
        raise NotFound("file")
    return found


def _totals(work: UnitOfWork, files: Sequence[TakenFile]) -> dict[str, list[Exact]]:
    known: dict[str, list[Exact]] = {file.id: [] for file in files}
    for one in work.usage.receipts(list(known)):
        known[one.file_id].append(Exact(Fraction(one.total_e10, 10**10), one.currency))
    return known


# ── the mapping wizard ──


@router.post("/usage/mapping")
def propose(request: Request, form: Upload, member: TakesIn, here: Here, work: Reading) -> Response:
    """Show what the columns of a sheet seem to mean; it is kept here until somebody confirms."""
    name, content = files_of(form, here)[0]
    with refusals():
        found = usage_desk.propose_mapping(content, name)
    key = here.house.blobs.put(content)
    chosen = {guess.meaning: guess for guess in found.guesses}
    return money_page(
        "usage_mapping.html",
        request,
        work,
        member,
        "reports",
        name=name,
        key=key,
        proposal=found,
        rows=[(meaning, words, chosen.get(meaning)) for meaning, words in MEANING_WORDS.items()],
        columns=[column for column in found.layout.headers if column.strip()],
        missing=[MEANING_WORDS[one] for one in found.missing],
        stem=name.rpartition(".")[0] or name,
    )


@router.post("/usage/mapping/confirm")
def confirm(form: Upload, member: TakesIn, here: Here) -> Response:
    key, name = text_of(form, "key"), text_of(form, "name")
    if not name or not here.house.blobs.exists(key):
        raise Problem(422, "the sheet or the mapping's name is missing", mend="start with the sheet again")
    with here.house.blobs.open(key) as content:
        sheet = content.read()
    changed: dict[Meaning, str | None] = {one: text_of(form, one) or None for one in MEANINGS}
    with refusals():
        dialect = usage_desk.confirm_mapping(
            here.house,
            member.organisation,
            usage_desk.propose_mapping(sheet, text_of(form, "file")),
            here.now(),
            member.person_id,
            name=name,
            changed=changed,
            currency=text_of(form, "fixed_currency").upper() or None,
            service=text_of(form, "fixed_service") or None,
            day_first={"day": True, "month": False}.get(text_of(form, "dates")),
        )
    return back_to("/usage", f"Sheets like {dialect.name} can be taken in now")


# ── what waits ──


@router.get("/usage/suspense")
def suspense(request: Request, member: Sees, work: Reading, here: Here) -> Response:
    rows = usage_desk.suspense(here.house, member.organisation, here.now().date())
    return money_page(
        "usage_suspense.html",
        request,
        work,
        member,
        "suspense",
        rows=[
            (REASONS.get(r.kind, w.sentence(r.kind.replace("_", " "))), r, _money(r.amount_e10, r.currency))
            for r in rows
        ],
    )


@router.get("/exports/suspense.{kind}")
def export_suspense(kind: exports.Kind, member: Sees, here: Here) -> Response:
    columns = ("reason", "source", "month", "days", "rows", "amount", "titles")
    rows = [
        (r.kind, r.source, r.month, r.days, r.rows, _money(r.amount_e10, r.currency), "; ".join(r.titles))
        for r in usage_desk.suspense(here.house, member.organisation, here.now().date())
    ]
    return exports.answer(exports.Table("suspense", columns, rows), kind)


@router.post("/usage/rematch")
def rematch(member: TakesIn, here: Here) -> Response:
    with refusals():
        found = usage_desk.rematch_usage(here.house, member.organisation, here.now())
    rows = sum(one.found for one in found)
    words = (
        f"{rows} rows found their recording; run their period again to pay them"
        if rows
        else "No row found its recording"
    )
    return back_to("/usage/suspense", words)


# ── plays ──


@router.get("/usage/performance")
def performance(
    request: Request, member: Sees, work: Reading, here: Here, by: str = "asset", first: str = "", last: str = ""
) -> Response:
    asked = dimensions_of(by)
    start, end = _day(first), _day(last)
    found = usage_desk.played(here.house, member.organisation, asked, start, end)
    names = names_of(work, member)
    titles = {
        one.id: one.title + (f" ({one.version_title})" if one.version_title else "")
        for one in work.catalogue.recordings()
    }
    payees: dict[str, int] = {}
    if member.may(Capability.SEE_MONEY):
        for one in usage_desk.paid_for(work):
            payees[one.asset_id] = payees.get(one.asset_id, 0) + 1
    rows = [
        (
            [_shown(place, key, titles, names) for place, key in zip(asked, line.key, strict=True)],
            line.units,
            _money(line.amount_e10, line.currency),
            payees.get(line.key[0], 0) if asked[0] == "asset" else 0,
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
        headings=[_DIMENSION_WORDS[one] for one in asked],
        most=max((units for _, units, _, _ in rows), default=0),
        by=by,
        first=first,
        last=last,
        choices=[(one, _DIMENSION_WORDS[one]) for one in DIMENSIONS],
        as_of=[(names(one.service), one.last_period) for one in found.as_of],
        undated=sum(one.units for one in found.undated) if "week" in asked else 0,
        with_payees=asked[0] == "asset" and bool(payees),
        query=f"by={by}&first={first}&last={last}",
    )


@router.get("/exports/performance.{kind}")
def export_performance(
    kind: exports.Kind, member: Sees, here: Here, by: str = "asset", first: str = "", last: str = ""
) -> Response:
    asked = dimensions_of(by)
    found = usage_desk.played(here.house, member.organisation, asked, _day(first), _day(last))
    rows: list[tuple[exports.Cell, ...]] = [
        (*line.key, line.units, _money(line.amount_e10, line.currency)) for line in found.lines
    ]
    return exports.answer(exports.Table("plays", (*asked, "plays", "amount"), rows), kind)


def _shown(place: str, key: str, titles: dict[str, str], names: object) -> str:
    if place in ("asset", "parent"):
        return titles.get(key, key)
    if place == "territory":
        return w.sentence(w.territory(key)) if key else "Nowhere named"
    if place == "service" and callable(names):
        return str(names(key))
    if place == "flow":
        return w.words(key, w.FLOWS)
    return w.sentence(key.replace("_", " ").lower()) if place == "type" else key


def _money(amount_e10: int, currency: str) -> Exact:
    return Exact(Fraction(amount_e10, 10**10), currency)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem(422, f"{text!r} is no day", mend="write 2026-07-31") from error
