"""The pages on usage: reports and what was noticed in them, the mapping wizard, what waits, plays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.exchange import rates_from
from ritornello.api.money import Upload, files_of, refusals, text_of
from ritornello.api.usage import days_of
from ritornello.messages import creation_reports
from ritornello.messages.dialects import MEANINGS, Meaning
from ritornello.messages.sheet_values import Style
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.model import Source, TakenFile
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import back_to
from ritornello.web.exchange_pages import valued_rows
from ritornello.web.money_desk import SEES_USAGE, money_page, watch
from ritornello.web.pages import names_of
from ritornello.web.views import Exact
from ritornello.workflows import exchange_rates, usage_desk
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
        into=exchange_rates.house_currency(work),
        unrated={one.file.id for one in exchange_rates.missing(work)},
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
def take_in(form: Upload, member: TakesIn, here: Here, work: Reading, background: BackgroundTasks) -> Response:
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
            exchange=rates_from(
                text_of(form, "rates").split(","),
                work,
                here.now().date(),
                text_of(form, "provider") or "stated with the report",
            ),
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
        valued=valued_rows(exchange_rates.valued(work, [found])),
        corrected=next((one for one in work.usage.files() if one.supersedes == file_id), None),
        into=exchange_rates.house_currency(work),
        today=here.now().date(),
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
    marks: dict[str, Style] = {"point": "point", "comma": "comma"}
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
            fiscal_months=text_of(form, "fiscal_months") == "yes",
            style=marks.get(text_of(form, "decimal")),
        )
    return back_to("/usage", f"Sheets like {dialect.name} can be taken in now")


# ── creations of services ──


@router.get("/usage/creations")
def creations(request: Request, member: Sees, work: Reading) -> Response:
    return _creations_page(request, member, work, None)


@router.post("/usage/creations")
def take_in_creations(request: Request, form: Upload, member: TakesIn, here: Here, work: Reading) -> Response:
    (name, content), *more = files_of(form, here)
    service = text_of(form, "service")
    if more or not service:
        raise Problem(422, "send one report and name its service", mend="choose one file, and write the service")
    with refusals():
        made = usage_desk.take_in_creations(
            here.house, member.organisation, name, content, service, here.now(), member.person_id
        )
    if made.refused or made.findings:
        with here.house.work(member.organisation, read_only=True) as now:
            return _creations_page(request, member, now, made)
    return back_to("/usage/creations", _told_words(made))


@router.get("/exports/creations.{kind}")
def export_creations(kind: exports.Kind, member: Sees, work: Reading) -> Response:
    rows = [one.row() for one in usage_desk.told_creations(work)]
    return exports.answer(exports.Table("creations", usage_desk.CREATION_COLUMNS, rows), kind)


def _creations_page(
    request: Request, member: Identity, work: UnitOfWork, made: usage_desk.ToldCreations | None
) -> Response:
    services = {service: called for source in work.usage.sources() for service, called in source.called.items()}
    return money_page(
        "usage_creations.html",
        request,
        work,
        member,
        "creations",
        rows=usage_desk.told_creations(work),
        made=made,
        told="" if made is None else _told_words(made),
        services=sorted(services.items()),
        names=names_of(work, member),
        columns=creation_reports.COLUMNS,
        type_words=lambda text: w.sentence(text.replace("_", " ").lower()),
        place=lambda text: w.sentence(w.territory(text)) if text else "Nowhere named",
    )


def _told_words(made: usage_desk.ToldCreations) -> str:
    if made.refused:
        return "Nothing was recorded"
    return f"{made.told} told, {made.new} new, {made.linked} linked to their originals"


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
        unrated=valued_rows(exchange_rates.missing(work)),
        into=exchange_rates.house_currency(work),
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
        found = usage_desk.rematch_usage(here.house, member.organisation, here.now(), by=member.person_id)
    rows = sum(one.found for one in found)
    words = (
        f"{rows} rows found their recording; run their period again to pay them"
        if rows
        else "No row found its recording"
    )
    return back_to("/usage/suspense", words)


def _money(amount_e10: int, currency: str) -> Exact:
    return Exact(Fraction(amount_e10, 10**10), currency)
