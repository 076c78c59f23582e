"""Files that others made, as a page: brought with their declared originals, measured, held against a licence.

The measurement and the comparison are those of our own renders. What cannot be measured asks for an approval and never
passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Reading
from ritornello.api.errors import Problem
from ritornello.api.studio import Makes, job_document, render_of
from ritornello.api.uploads import plain_name, uploaded
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Measurement
from ritornello.web.exports import Kind, Table, answer
from ritornello.web.frames import frame
from ritornello.web.read_changes import rows_of
from ritornello.web.rendering import page
from ritornello.web.studio_words import overstep_in_words
from ritornello.web.views import ChangeRow, Link, State
from ritornello.web.wording import hundredths, signed_cents, signed_permille
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.measure_file import LicenceAway
from ritornello.workflows.studio_measuring import MEASURE, order_measuring
from ritornello.workflows.studio_papers import owner_of

router = APIRouter(include_in_schema=False)
MOST_SONGS = 500
"""Originals that are listed to choose from; others are named by ISRC or id."""
Figure = tuple[str, str, int | None]
"""A figure of a measurement: what, how much, and how sure (permille; None where that is not said)."""


@router.get("/studio/measurements")
def measurements(request: Request, member: Makes, work: Reading, parent: str = "", licence: str = "") -> Response:
    """The form: a file, its originals, and the licence that it shall be held against."""
    return _form(request, member, work, [parent] if parent else [], "", licence, {})


@router.post("/studio/measurements")
def order(
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    parents: Annotated[list[str], Form()] = [],  # noqa: B006 - read, never changed
    others: Annotated[str, Form(max_length=2000)] = "",
    licence: Annotated[str, Form(max_length=100)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Have a file measured; what is wrong is told at its field."""
    named = [*parents, *others.replace(",", " ").split()]
    wrong: dict[str, str] = {}
    if file is None or not file.filename:
        wrong["file"] = "is missing; choose the audio file"
    if not named:
        wrong["parents"] = "are not named; a file is measured against its originals"
    if not wrong and file is not None:
        try:
            with uploaded(file, here) as path:
                job = order_measuring(
                    here.house,
                    member.organisation,
                    path,
                    plain_name(file),
                    named,
                    here.now(),
                    owner_of(member),
                    licence_id=licence.strip(),
                )
            return RedirectResponse(f"/studio/measurements/{job.id}", 303)
        except AudioError as error:
            wrong["file"] = str(error)
        except SourceMissing as error:
            wrong["others" if others.strip() else "parents"] = str(error)
        except LicenceAway as error:
            wrong["licence"] = f"{error}; name one that stands, for exactly these originals"
        except Problem as error:
            wrong["file"] = f"{error.detail}; {error.mend}"
    return _form(request, member, work, parents, others, licence, wrong)


@router.get("/studio/measurements/{job_id}")
def measurement(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """How far a measurement is, or its report and what it says about the licence."""
    job = render_of(job_id, member, work, (MEASURE,))
    result = job.result or {}
    titles = {one.id: one.title for one in work.catalogue.recordings(job.payload["parents"])}
    drawn = page(
        "measurement.html",
        frame(request, work, member, "catalogue"),
        job=job_document(job, here.now()),
        name=job.payload["name"],
        parents=[Link(titles.get(one, one), f"/songs/{one}") for one in job.payload["parents"]],
        result=result,
        verdict=_verdict(result),
        told=overstep_in_words,
        figures=[(titles.get(name, name), _figures(one)) for name, one in _each(result, job.payload["parents"])],
        changes=_changes(result, work),
    )
    return HTMLResponse(drawn)


@router.get("/exports/measurements/{job_id}.{kind}")
def export(job_id: str, kind: Kind, member: Makes, work: Reading) -> Response:
    """The figures of a measurement as a table."""
    job = render_of(job_id, member, work, (MEASURE,))
    rows = [
        (name, what, value, sure)
        for name, one in _each(job.result or {}, job.payload["parents"])
        for what, value, sure in _figures(one)
    ]
    return answer(Table("measurement", ("original", "figure", "measured", "confidence_permille"), rows), kind)


def _each(result: Mapping[str, Any], parents: Sequence[str]) -> list[tuple[str, Measurement]]:
    """The measurement against each original; none before it is done."""
    if not result:
        return []
    document = result["measurement"]
    apart = document.get("parents") or {parents[0]: document}
    return [(name, _read(one)) for name, one in apart.items()]


def _read(document: Mapping[str, Any]) -> Measurement:
    return Measurement(**{name: document[name] for name in Measurement.__dataclass_fields__})


def _figures(one: Measurement) -> list[Figure]:
    def percent(permille: int | None) -> str:
        return "could not be measured" if permille is None else f"{permille / 10:g} %"

    sure = one.confidence
    tempo = "could not be measured" if one.tempo_permille is None else signed_permille(one.tempo_permille)
    key = "could not be measured" if one.key_cents is None else signed_cents(one.key_cents)
    voice = {"none": "has no voice", "keep": "as in the original", "remove": "taken out"}
    return [
        ("Tempo", tempo, sure["tempo"]),
        ("Key", key, sure["key"]),
        ("Order", one.structure or "could not be measured", sure["structure"]),
        ("Of the original in the sound", percent(one.original_permille), sure["share"]),
        ("Added material", percent(one.added_permille), sure["share"]),
        ("Voice", voice.get(one.vocals, "could not be measured"), None),
        ("Loudness", hundredths(one.lufs_centi, "LUFS"), None),
        ("True peak", hundredths(one.dbtp_centi, "dBTP"), None),
    ]


def _verdict(result: Mapping[str, Any]) -> tuple[State, str, str] | None:
    """What the licence says of it; None before it is measured."""
    if not result:
        return None
    if not result["licence_id"]:
        return "none", "Not held against a licence", "Name one to see whether it keeps within it."
    kinds = {one["kind"] for one in result["oversteps"]}
    if "exceeds" in kinds:
        return "no", "It goes beyond the licence", "It may not go out as it is."
    if kinds:
        return "ask", "It needs an approval", "What cannot be measured never passes by itself: somebody has to listen."
    return "yes", "It keeps within the licence", "It is held as our own renders are."


def _changes(result: Mapping[str, Any], work: UnitOfWork) -> tuple[ChangeRow, ...]:
    """The figures beside what the licence allows, as of one of our own renders; of one original only."""
    if not result or not result["licence_id"] or "parents" in result["measurement"]:
        return ()
    document = work.consent.licence(result["licence_id"])
    if document is None:
        return ()
    return rows_of(_read(result["measurement"]), Bounds.from_document(document["payload"]["bounds"]))


def _form(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    parents: Sequence[str],
    others: str,
    licence: str,
    wrong: Mapping[str, str],
) -> Response:
    songs = sorted((one for one in work.catalogue.recordings() if one.kind != "derivative"), key=lambda one: one.title)
    known = () if member.party_id is None else tuple(work.consent.licences_of_maker(member.party_id))
    drawn = page(
        "measurements.html",
        frame(request, work, member, "catalogue"),
        songs=[(one.id, one.title, one.isrc or "") for one in songs[:MOST_SONGS]],
        licences=[str(one["payload"]["id"]) for one in known],
        said={"parents": set(parents), "others": others, "licence": licence},
        wrong=wrong,
    )
    return HTMLResponse(drawn, 422 if wrong else 200)
