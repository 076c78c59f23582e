"""Usage for programs: send reports, read what was noticed, what waits, what changed, and what was played."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, cast

from fastapi import APIRouter, BackgroundTasks, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.exchange import rates_from
from ritornello.api.money import Upload, do_here, e10, files_of, job_document, refusals, text_of
from ritornello.messages.dialects import MEANINGS, Meaning
from ritornello.messages.sheet_values import Style
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty.wording import decimal
from ritornello.usage.model import Source, TakenFile
from ritornello.usage.performance import DIMENSIONS, Dimension
from ritornello.workflows import plays, usage_desk
from ritornello.workflows.money_jobs import order_take_in

router = APIRouter(prefix="/api/v1/usage", tags=["usage"])

TakesIn = Annotated[Identity, Depends(allowed(Capability.TAKE_IN_USAGE))]
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY, Capability.TAKE_IN_USAGE))]
SeesMoney = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY))]


@router.get("/sources")
def sources(member: Sees, work: Reading) -> list[dict[str, Any]]:
    """Those who report, each as it was recorded last."""
    return [one.to_document() for one in work.usage.sources()]


@router.put("/sources/{source_id}")
def save_source(
    source_id: str, member: TakesIn, here: Here, source: Annotated[dict[str, Any], Body()]
) -> dict[str, Any]:
    """Record who reports: how its texts are read (`services`) and what its services are called (`called`)."""
    with refusals():
        told = Source.from_document({**source, "id": source_id})
    with here.house.work(member.organisation) as work:
        work.usage.save_source(told, member.person_id, here.now())
        work.commit()
    return told.to_document()


@router.post("/files", status_code=202)
def take_in(form: Upload, member: TakesIn, here: Here, work: Reading, background: BackgroundTasks) -> dict[str, Any]:
    """Send one delivery (`files`, of one `source`); it is taken in as a job, all of it or nothing.

    Further fields: `from` and `to` (where the report states no period), `supersedes` (the id of the file that this one
    corrects), `accept` (codes of findings, by comma), `rates` ("USD=0.92", by comma), `provider`, `into` (the
    currency of the terms by default).
    """
    files = files_of(form, here)
    with refusals():
        job = order_take_in(
            here.house,
            member.organisation,
            files,
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
                text_of(form, "into"),
            ),
        )
    do_here(here, background)
    return job_document(job)


@router.get("/files")
def files(
    member: Sees, work: Reading, superseded: Annotated[bool, Query(description="superseded files too")] = False
) -> list[dict[str, Any]]:
    """The files that count, oldest period first, with what they claim by currency."""
    found = work.usage.files(superseded=superseded)
    receipts = work.usage.receipts([file.id for file in found])
    return [
        {
            **file_document(file),
            "receipts": [
                {"currency": r.currency, "total": e10(r.total_e10), "unmatched": e10(r.unmatched_e10), "rows": r.rows}
                for r in receipts
                if r.file_id == file.id
            ],
        }
        for file in found
    ]


@router.get("/files/{file_id}/findings")
def findings(file_id: str, member: Sees, work: Reading) -> list[dict[str, Any]]:
    """What was noticed in a file: severity, row, field, what stands there, how to mend it."""
    if work.usage.file(file_id) is None:
        raise NotFound("file")
    return [asdict(one) for one in work.usage.findings(file_id)]


@router.get("/files/{file_id}/differences")
def differences(file_id: str, member: Sees, here: Here, work: Reading) -> list[dict[str, Any]]:
    """What a corrected file changes against the one that it supersedes."""
    if work.usage.file(file_id) is None:
        raise NotFound("file")
    with refusals():
        _, _, found = usage_desk.differences_of(here.house, member.organisation, file_id)
    return [
        {
            "asset": one.asset_id,
            "service": one.service,
            "territory": one.territory,
            "flow": one.flow,
            "currency": one.currency,
            "use_date": str(one.use_date),
            "units": one.units,
            "amount": one.amount,
        }
        for one in found
    ]


@router.get("/suspense")
def suspense(member: Sees, here: Here) -> list[dict[str, Any]]:
    """What matches nothing: by reason, source, currency and month of use, with its age in days, oldest first."""
    return [
        {
            "reason": one.kind,
            "source": one.source,
            "currency": one.currency,
            "month": str(one.month),
            "days": one.days,
            "rows": one.rows,
            "amount": one.amount,
            "titles": list(one.titles),
        }
        for one in usage_desk.suspense(here.house, member.organisation, here.now().date())
    ]


@router.post("/rematches")
def rematch(member: TakesIn, here: Here) -> list[dict[str, Any]]:
    """Match what waits against the catalogue of today. The next run pays it at the shares of the day of use."""
    with refusals():
        found = usage_desk.rematch_usage(here.house, member.organisation, here.now(), by=member.person_id)
    return [{"file": one.file_id, "found": one.found, "matched": one.matched_rows} for one in found]


@router.post("/creations")
def creations(form: Upload, member: TakesIn, here: Here) -> dict[str, Any]:
    """Send a service's creation report (`files`, one; `service`): lineage for derivatives without an ISRC."""
    (name, content), *more = files_of(form, here)
    service = text_of(form, "service")
    if more or not service:
        raise Problem(422, "send one report and name its service", mend="fields: files, service")
    with refusals():
        made = usage_desk.take_in_creations(
            here.house, member.organisation, name, content, service, here.now(), member.person_id
        )
    return {
        "refused": made.refused,
        "told": made.told,
        "new": made.new,
        "linked": made.linked,
        "findings": [asdict(one) for one in made.findings],
    }


@router.get("/creations")
def told_creations(member: Sees, work: Reading, service: str | None = None) -> list[dict[str, Any]]:
    """What services told of derivatives made inside them, the newest first. `waits_for` lists parents' ISRCs that are
    none of ours: until they are, the creation's money waits."""
    return [
        {
            "asset": one.creation.asset_id,
            "service": one.creation.service,
            "id": one.creation.derivative_id,
            "title": one.creation.title,
            "type": one.creation.type,
            "territory": one.creation.territory,
            "made_at": one.creation.created_at.isoformat(),
            "maker": one.creation.maker,
            "parents": list(one.parents),
            "waits_for": list(one.unknown),
        }
        for one in usage_desk.told_creations(work, service)
    ]


@router.post("/mappings/proposal")
def propose(form: Upload, member: TakesIn, here: Here) -> dict[str, Any]:
    """What the columns of a sheet seem to mean (`files`, one), with examples, what is missing, and questions."""
    name, content = files_of(form, here)[0]
    with refusals():
        found = usage_desk.propose_mapping(content, name)
    return {
        "columns": list(found.layout.headers),
        "guesses": [asdict(one) for one in found.guesses],
        "missing": list(found.missing),
        "questions": list(found.questions),
    }


@router.post("/mappings")
def confirm(form: Upload, member: TakesIn, here: Here) -> dict[str, Any]:
    """Keep a mapping under a `name`: the sheet (`files`), a field for each meaning that differs from the proposal
    (empty takes it away), `currency`, `service`, `dates` (day or month), `fiscal_months` (yes),
    `decimal` (point or comma, where the amounts leave it open)."""
    file_name, content = files_of(form, here)[0]
    name = text_of(form, "name")
    if not name:
        raise Problem(422, "name: a mapping needs a name", mend="name it after who sends the sheet")
    changed: dict[Meaning, str | None] = {one: text_of(form, one) or None for one in MEANINGS if one in form}
    marks: dict[str, Style] = {"point": "point", "comma": "comma"}
    dates = {"day": True, "month": False}.get(text_of(form, "dates"))
    with refusals():
        dialect = usage_desk.confirm_mapping(
            here.house,
            member.organisation,
            usage_desk.propose_mapping(content, file_name),
            here.now(),
            member.person_id,
            name=name,
            changed=changed,
            currency=text_of(form, "currency") or None,
            service=text_of(form, "for_service") or None,
            day_first=dates,
            fiscal_months=text_of(form, "fiscal_months") == "yes",
            style=marks.get(text_of(form, "decimal")),
        )
    return dialect.to_document()


@router.get("/performance")
def performance(
    member: Sees,
    here: Here,
    by: Annotated[str, Query(description="dimensions by comma: " + ", ".join(DIMENSIONS))] = "asset",
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """Plays and money as services reported them, up to the day that each has reported. Nothing here says why. Under
    `month`, rows of several months without a day stand as "undated within 2026-Q3", in none of the months."""
    asked = dimensions_of(by)
    found = plays.played(here.house, member.organisation, asked, first, last)
    return {
        "by": list(asked),
        "lines": [
            {
                **dict(zip(asked, one.key, strict=True)),
                "plays": one.units,
                "amount": one.amount,
                "currency": one.currency,
            }
            for one in found.lines
        ],
        "without_a_day": [
            {"service": one.key[0], "plays": one.units, "amount": one.amount, "currency": one.currency}
            for one in found.undated
        ],
        "reported_up_to": [
            {"service": one.service, "last_use": str(one.last_use), "last_period": str(one.last_period)}
            for one in found.as_of
        ],
    }


@router.get("/first-days")
def first_days(member: Sees, here: Here, recording: str, release: date | None = None) -> dict[str, Any]:
    """Plays of the first 28 days of a recording (id or ISRC) after its release, by default after the first play that
    gives its day: `days` adds up what is reported of each, `reported` of them are whole; each of the `services` ends at
    the day up to which it has reported."""
    found = plays.first_days(here.house, member.organisation, recording, release)
    return {
        "recording": recording if found is None else found.asset_id,
        "release": None if found is None else str(found.release),
        "days": [] if found is None else list(found.days),
        "reported": 0 if found is None else found.reported,
        "services": []
        if found is None
        else [
            {
                "service": one.service,
                "reported_up_to": str(one.until),
                "days": list(one.days),
                "plays_without_a_day": one.undated_units,
            }
            for one in found.services
        ],
        "plays_without_a_day": 0 if found is None else found.undated_units,
        "reported_up_to": [
            {"service": one.service, "last_use": str(one.last_use), "last_period": str(one.last_period)}
            for one in plays.freshness(here.house, member.organisation)
        ],
    }


@router.get("/payees")
def payees(
    member: SeesMoney,
    here: Here,
    by: Annotated[str, Query(description="dimensions by comma: " + ", ".join(DIMENSIONS))] = "asset",
    recording: Annotated[str | None, Query(description="one recording alone, by id or ISRC")] = None,
) -> list[dict[str, Any]]:
    """Who earned what from plays, by dimension, from the statements that stand. A line whose days lie in more than one
    week (or month) stands under "several"."""
    asked = dimensions_of(by)
    return [
        {
            **dict(zip(asked, one.key, strict=True)),
            "payee": one.payee,
            "earned": decimal(one.amount),
            "currency": one.currency,
        }
        for one in plays.paid_for(here.house, member.organisation, asked, None if recording is None else [recording])
    ]


def dimensions_of(text: str) -> tuple[Dimension, ...]:
    """Dimensions by comma. Problem 422 for anything else."""
    asked = tuple(one.strip() for one in text.split(",") if one.strip())
    if not asked or set(asked) - set(DIMENSIONS) or len(set(asked)) < len(asked):
        raise Problem(422, f"by: {text!r} names no dimensions", mend=f"use some of {', '.join(DIMENSIONS)}, each once")
    return tuple(cast(Dimension, one) for one in asked)


def file_document(file: TakenFile) -> dict[str, Any]:
    """A taken-in file as JSON."""
    return {
        **asdict(file),
        "period_start": str(file.period_start),
        "period_end": str(file.period_end),
        "taken_in_at": file.taken_in_at.isoformat(),
    }


def days_of(first: str, last: str) -> tuple[date, date] | None:
    """Two days of a form, or None where neither is given. Problem 422 for anything else."""
    if not first and not last:
        return None
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise Problem(422, "from, to: give both days", mend="write 2026-07-01") from error
