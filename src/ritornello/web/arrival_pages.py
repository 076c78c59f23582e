"""Bringing a recording, as a page: what it is, who owns what, its sound and stems; then how far hearing it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.arrivals import Edits, brought, job_of, stopped
from ritornello.api.doors import Here, Reading
from ritornello.api.errors import Problem
from ritornello.catalogue.arrivals import ArrivalRefused, told_of
from ritornello.catalogue.model import RightType
from ritornello.consent.errors import Finding
from ritornello.people.model import Identity
from ritornello.proof.ids import random_id
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.frames import frame
from ritornello.web.pages import names_of
from ritornello.web.party_fields import Parties
from ritornello.web.rendering import page
from ritornello.workflows.bring_recording import MOST_STEMS

router = APIRouter(include_in_schema=False)

FIELDS = ("isrc", "title", "version_title", "artist", "label", "year", "genre", "work", "iswc", "language")
LINES = ("writers", "owners", "companies")
_WHERE = {"performers": "artist", "parties": "owners", "works": "work", "shares": "owners", "facts": "isrc"}
"""The field at which a finding about a part of the facts is told."""


@router.get("/catalogue/new")
def new(request: Request, member: Edits, work: Reading) -> Response:
    """The form: facts, owners, files."""
    return _form(request, member, work, {}, {})


@router.post("/catalogue/new")
def bring(
    request: Request,
    member: Edits,
    work: Reading,
    here: Here,
    background: BackgroundTasks,
    isrc: Annotated[str, Form(max_length=40)] = "",
    title: Annotated[str, Form(max_length=300)] = "",
    version_title: Annotated[str, Form(max_length=300)] = "",
    artist: Annotated[str, Form(max_length=300)] = "",
    label: Annotated[str, Form(max_length=300)] = "",
    year: Annotated[str, Form(max_length=8)] = "",
    genre: Annotated[str, Form(max_length=100)] = "",
    work_title: Annotated[str, Form(alias="work", max_length=300)] = "",
    iswc: Annotated[str, Form(max_length=40)] = "",
    language: Annotated[str, Form(max_length=3)] = "",
    writers: Annotated[str, Form(max_length=4000)] = "",
    owners: Annotated[str, Form(max_length=8000)] = "",
    companies: Annotated[str, Form(max_length=4000)] = "",
    file: Annotated[UploadFile | None, File()] = None,
    stems: Annotated[list[UploadFile], File()] = [],  # noqa: B006 - read, never changed
) -> Response:
    """Bring it; what is wrong is told at its field, and nothing is written then."""
    values = (isrc, title, version_title, artist, label, year, genre, work_title, iswc, language)
    said = dict(zip(FIELDS, values, strict=True)) | dict(zip(LINES, (writers, owners, companies), strict=True))
    wrong: dict[str, str] = {}
    try:
        told = told_of(_facts(said, work, member, wrong))
        if not wrong:
            made = brought(member, here, background, told, file, stems)
            after = f"/catalogue/arrivals/{made.job.id}" if made.job is not None else f"/songs/{made.recording.id}"
            return RedirectResponse(after, 303)
    except ArrivalRefused as error:
        for one in error.findings:
            first = one.where.split("[")[0].split(".")[0]
            name = one.where if one.where in said else _WHERE.get(first, first)
            wrong[name] = "; ".join(filter(None, (wrong.get(name), f"{one.reason}; {one.mend}")))
    except Problem as error:
        wrong["file"] = f"{error.detail}; {error.mend}"
    return _form(request, member, work, said, wrong)


@router.get("/catalogue/arrivals/{arrival}")
def arriving(arrival: str, request: Request, member: Edits, work: Reading) -> Response:
    """How far hearing a recording is, or what was heard in it."""
    job = job_of(arrival, work)
    song = work.catalogue.recording(str(job.payload["recording_id"]))
    drawn = page(
        "arrival.html",
        frame(request, work, member, "catalogue"),
        job=job,
        over=job.state.ended,
        title="" if song is None else song.title,
        song=f"/songs/{job.payload['recording_id']}",
        heard=job.result or {},
    )
    return HTMLResponse(drawn)


@router.post("/catalogue/arrivals/{arrival}")
def stop(arrival: str, member: Edits, here: Here) -> Response:
    """Stop hearing it; it stays registered, without sound."""
    stopped(arrival, member, here)
    return RedirectResponse(f"/catalogue/arrivals/{arrival}", 303)


@dataclass
class _Named:
    """The parties of a form: those of the house by name, and those that it names for the first time."""

    known: Parties
    companies: frozenset[str]
    new: dict[str, str]
    wrong: dict[str, str]

    def reference(self, name: str, field: str) -> str:
        name = " ".join(name.split())
        if not name:
            return ""
        if name.casefold() in self.new:
            return self.new[name.casefold()]
        found: list[Finding] = []
        if party := self.known.read(name, field, found):
            return party
        if "parties" in str(found[0]):  # several have this name
            self.wrong[field] = f"{name!r} is the name of several parties; write the id of the one who is meant"
            return ""
        # a pseudonym must not follow from a name, so a new party gets a reference of chance
        return self.new.setdefault(name.casefold(), random_id("ref"))


def _facts(said: Mapping[str, str], work: UnitOfWork, member: Identity, wrong: dict[str, str]) -> dict[str, Any]:
    """The form as the document that programs send; lines that cannot be read are told in `wrong`."""
    companies = frozenset(line.strip().casefold() for line in said["companies"].splitlines() if line.strip())
    named = _Named(Parties(work, names_of(work, member)), companies, {}, wrong)
    spelt: dict[str, str] = {}

    def party(name: str, field: str) -> str:
        spelt.setdefault(" ".join(name.split()).casefold(), " ".join(name.split()))
        return named.reference(name, field)

    facts: dict[str, Any] = {
        name: said[name].strip() for name in ("isrc", "title", "version_title", "genre") if said[name].strip()
    }
    year = said["year"].strip()
    if year:
        facts["year"] = int(year) if year.isdecimal() else year
    for field in ("artist", "label"):
        if found := party(said[field], field):
            facts[field] = found
    if "artist" in facts:
        facts["performers"] = [{"party": facts["artist"], "role": "MainArtist"}]
    facts["shares"] = []
    for number, line in enumerate((one for one in said["owners"].splitlines() if one.strip()), 1):
        cells = [cell.strip() for cell in line.split(";")]
        if len(cells) not in (3, 4) or cells[0].casefold() not in set(RightType):
            wrong["owners"] = f"line {number} cannot be read; write right; who; share; territories"
            continue
        share = {"right": cells[0].casefold(), "party": party(cells[1], "owners"), "share": cells[2]}
        facts["shares"].append({**share, **({"territories": cells[3]} if len(cells) == 4 else {})})
    writers = [
        {"party": party(name, "writers"), "role": role.strip() or "Composer"}
        for name, _, role in (line.partition(";") for line in said["writers"].splitlines() if line.strip())
    ]
    if said["work"].strip() or writers or said["iswc"].strip():
        told = {"title": said["work"].strip() or said["title"].strip(), "writers": writers}
        told |= {name: said[name].strip() for name in ("iswc", "language") if said[name].strip()}
        facts["works"] = [told]
    facts["parties"] = [
        {"reference": reference, "name": spelt[name], "kind": "company" if name in companies else "person"}
        for name, reference in named.new.items()
    ]
    return facts


def _form(
    request: Request, member: Identity, work: UnitOfWork, said: Mapping[str, str], wrong: Mapping[str, str]
) -> Response:
    known = Parties(work, names_of(work, member)).known()
    drawn = page(
        "arrival_new.html",
        frame(request, work, member, "catalogue"),
        said={name: said.get(name, "") for name in (*FIELDS, *LINES)},
        wrong=wrong,
        names=[name for _, name in known],
        most=MOST_STEMS,
    )
    return HTMLResponse(drawn, 422 if wrong else 200)
