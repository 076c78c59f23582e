"""A maker's desk for programs: takes, drafts, corrected scores; stems and foreign files; the trained models here.

What lies on a desk is its maker's alone. Writing a song down and measuring a file are jobs with progress.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, File, Form, Request, UploadFile
from fastapi.responses import Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.streaming import media_type, stream
from ritornello.api.studio import Makes, Refused, job_document, render_of, told
from ritornello.api.uploads import plain_name, uploaded
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.records import Paper
from ritornello.studio.score import Score
from ritornello.workflows.studio_measuring import MEASURE, order_measuring
from ritornello.workflows.studio_papers import (
    WRITE_DOWN,
    keep,
    keep_score,
    keep_take,
    order_writing,
    owner_of,
    paper_of,
    score_on_desk,
)
from ritornello.workflows.studio_stems import MOST_STEMS, STEMS, order_check

router = APIRouter(prefix="/api/v1/studio", tags=["studio"])
KINDS = (WRITE_DOWN, MEASURE, STEMS)
Recording = Annotated[str, Body(embed=True, description="the original, a recording of the house")]


@router.get("/providers")
def providers(member: Makes, here: Here) -> list[dict[str, Any]]:
    """The trained models that a recipe may name: licences, hash of the weights, installed or how to install."""
    from ritornello.studio.neural.registry import standing

    return [one.to_document() for one in standing(here.house.weights)]


@router.get("/papers")
def papers(recording_id: str, member: Makes, work: Reading, kind: str = "") -> list[dict[str, Any]]:
    """What lies on your desk beside a song: drafts, takes, corrected scores, words; the newest first."""
    return [paper_document(one, whole=False) for one in work.studio.papers(owner_of(member), recording_id, kind)]


@router.get("/papers/{paper_id}")
def paper(paper_id: str, member: Makes, here: Here) -> dict[str, Any]:
    """One paper with what it holds."""
    with told():
        return paper_document(paper_of(here.house, member.organisation, owner_of(member), paper_id))


@router.delete("/papers/{paper_id}", status_code=204)
def drop(paper_id: str, member: Makes, here: Here) -> Response:
    """Throw a paper away. What was rendered from it stays."""
    with here.house.work(member.organisation) as work:
        if not work.studio.drop_paper(paper_id, owner_of(member)):
            raise NotFound("paper of yours")
        work.commit()
    return Response(status_code=204)


@router.put("/drafts")
def draft(
    recording_id: Recording,
    name: Annotated[str, Body(embed=True, min_length=1, max_length=200)],
    document: Annotated[dict[str, Any], Body(embed=True, description="a plan, a sentence, a recipe: what you like")],
    member: Makes,
    here: Here,
) -> dict[str, Any]:
    """Keep a draft under a name, in place of what lay there under it."""
    if len(str(document)) > 200_000:
        raise Problem(413, "document: is too large for a draft", mend="keep the plan, not what follows from it")
    with told():
        return paper_document(
            keep(here.house, member.organisation, owner_of(member), recording_id, "draft", document, here.now(),
                 name=name)
        )  # fmt: skip


@router.post("/takes", status_code=201)
def take(
    recording_id: Annotated[str, Form()],
    declaration: Annotated[str, Form(description="own_performance: you declare that it is you")],
    file: Annotated[UploadFile, File(description="your own singing or playing")],
    member: Makes,
    here: Here,
) -> dict[str, Any]:
    """Keep your own recording beside a song; `take` in proposals and renders is its id."""
    with told(), uploaded(file, here) as path:
        kept = keep_take(
            here.house,
            member.organisation,
            owner_of(member),
            recording_id,
            path,
            plain_name(file),
            declaration,
            here.now(),
        )
    return paper_document(kept)


@router.get("/takes/{paper_id}/sound")
def take_sound(paper_id: str, request: Request, member: Makes, here: Here) -> Response:
    """Your own take, to hear it again."""
    with told():
        kept = paper_of(here.house, member.organisation, owner_of(member), paper_id)
    if kept.kind != "take":
        raise NotFound("take of yours")
    key = str(kept.document["audio_key"])
    return stream(request, here.house.blobs, key, media_type(here.house.blobs, key))


@router.get("/scores/{recording_id}")
def score(recording_id: str, member: Makes, here: Here) -> dict[str, Any]:
    """The song as it lies written down on your desk: tune, chords, bars, form. 404 until it is written down."""
    found = score_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if found is None:
        raise Problem(
            404, "this song is not written down yet", mend="POST /api/v1/studio/scores/{recording}/writing first"
        )
    return paper_document(found[1])


@router.put("/scores/{recording_id}")
def correct_score(
    recording_id: str, score: Annotated[dict[str, Any], Body(embed=True)], member: Makes, here: Here
) -> dict[str, Any]:
    """Lay a corrected score on your desk; every finding is told, and nothing is kept of a wrong one."""
    with told():
        return paper_document(
            keep_score(
                here.house, member.organisation, owner_of(member), recording_id, Score.from_document(score), here.now()
            )
        )


@router.get("/scores/{recording_id}/{sheet}")
def score_sheet(
    recording_id: str, sheet: Literal["score.mid", "score.musicxml", "score.json"], member: Makes, here: Here
) -> Response:
    """The score on your desk as MIDI, as a MusicXML lead sheet, or as the JSON that `make --score` plays."""
    from ritornello.studio.musicxml import lead_sheet
    from ritornello.studio.sheets import plain_midi, score_text

    found = score_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if found is None:
        raise Problem(
            404, "this song is not written down yet", mend="POST /api/v1/studio/scores/{recording}/writing first"
        )
    if sheet == "score.mid":
        content, media = plain_midi(found[0]), "audio/midi"
    elif sheet == "score.musicxml":
        content, media = lead_sheet(found[0]), "application/vnd.recordare.musicxml+xml"
    else:
        content, media = score_text(found[0]).encode(), "application/json"
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{sheet}"'})


@router.post("/scores/{recording_id}/writing", status_code=202)
def write_score(
    recording_id: str,
    member: Makes,
    here: Here,
    bpm: Annotated[int | None, Body(embed=True, ge=20, le=400)] = None,
    beats_per_bar: Annotated[Literal[3, 4] | None, Body(embed=True)] = None,
) -> dict[str, Any]:
    """Have the song written down as a job, with its tempo and metre where listening errs."""
    with told():
        job = order_writing(
            here.house,
            member.organisation,
            owner_of(member),
            recording_id,
            here.now(),
            bpm=bpm,
            beats_per_bar=beats_per_bar,
        )
    return job_document(job, here.now())


@router.get("/recordings/{recording_id}/stems")
def stems(recording_id: str, member: Makes, work: Reading) -> dict[str, Any]:
    """Which faders there are: the delivered stems; without them drums and rest, and why there is no vocal fader."""
    return faders(recording_id, work)


def faders(recording_id: str, work: UnitOfWork) -> dict[str, Any]:
    """The parts of a recording that can be moved apart, and the words for what cannot."""
    if work.catalogue.recording(recording_id) is None:
        raise NotFound("recording")
    delivered = [one.part for one in work.catalogue.stems_of(recording_id)]
    if "vocals" in delivered:
        why = ""
    elif delivered:
        why = f"there is no vocal fader: the owner delivered {', '.join(delivered)}, and none of them is named vocals"
    else:
        why = "there is no vocal fader: the owner delivered no stems. A mix can be split into drums and the rest; a "
        why += "voice cannot be taken out of it like that, so none is faked"
    return {"parts": delivered or ["drums", "rest"], "delivered": bool(delivered), "no_vocal_fader": why}


@router.post("/stems/checks")
def check_stems_(
    stems: Annotated[list[UploadFile], File(description="one file for each stem, named after its part")],
    member: Makes,
    here: Here,
    master: Annotated[UploadFile | None, File(description="the master that they make")] = None,
    recording_id: Annotated[str, Form(description="or the recording of the house that is the master")] = "",
) -> dict[str, Any]:
    """Check delivered stems: offset, length, rate, polarity, naming, silence, doubles, null test. Nothing is kept."""
    from pathlib import PurePath

    from ritornello.analysis import decode
    from ritornello.studio.intake import check_stems
    from ritornello.workflows.studio_songs import material_of

    if len(stems) > MOST_STEMS:
        raise Problem(413, f"stems: there are {len(stems)}", mend=f"send at most {MOST_STEMS}")
    if (master is None) == (not recording_id):
        raise Problem(422, "master: is needed once", mend="send the master, or name the recording_id")
    with told(), ExitStack() as files:
        if master is not None:
            whole = decode.read(files.enter_context(uploaded(master, here)))
        else:
            whole = material_of(here.house, member.organisation, recording_id).listen()
        parts, wrong = {}, []
        for one in stems:
            part = PurePath(plain_name(one)).stem
            try:
                parts[part] = decode.read(files.enter_context(uploaded(one, here)), silent=True)
            except AudioError as error:
                wrong.append({"where": f"stems.{part}", "what": str(error)})
        if wrong:
            raise Refused(422, "these stems cannot be heard", wrong, "send each again as WAV, FLAC, OGG, Opus or MP3")
        found = check_stems(whole, parts)
    return {"accepted": found.accepted, **asdict(found)}


@router.post("/stems/packages", status_code=202)
def package_stems(
    stems: Annotated[list[UploadFile], File(description="one file for each stem, named after its part")],
    member: Makes,
    here: Here,
    master: Annotated[UploadFile | None, File(description="the master that they make")] = None,
    recording_id: Annotated[str, Form(description="or the recording of the house that is the master")] = "",
    title: Annotated[str, Form(max_length=200)] = "",
    terms: Annotated[str, Form(max_length=5000, description="under which words the stems are given")] = "",
) -> dict[str, Any]:
    """Check stems as a job, and make a contest package of them where they pass."""
    from pathlib import PurePath

    if (master is None) == (not recording_id):
        raise Problem(422, "master: is needed once", mend="send the master, or name the recording_id")
    if not 1 <= len(stems) <= MOST_STEMS:
        raise Problem(413, f"stems: there are {len(stems)}", mend=f"send 1 to {MOST_STEMS}")
    with told(), ExitStack() as files:
        whole = recording_id if master is None else files.enter_context(uploaded(master, here))
        parts = {PurePath(plain_name(one)).stem: files.enter_context(uploaded(one, here)) for one in stems}
        job = order_check(
            here.house,
            member.organisation,
            parts,
            whole,
            here.now(),
            owner_of(member),
            pack=True,
            title=title,
            terms=terms,
        )
    return job_document(job, here.now())


@router.get("/stems/packages/{job_id}/archive")
def stem_archive(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """The contest package of stems that passed."""
    result = render_of(job_id, member, work, (STEMS,)).result or {}
    if not result.get("package_key"):
        raise Problem(409, "there is no package", mend="see the job's findings; stems that do not pass are not packed")
    name = str(result["package_name"])
    return stream(request, here.house.blobs, str(result["package_key"]), "application/zip", name=name)


@router.post("/measurements", status_code=202)
def measure(
    file: Annotated[UploadFile, File(description="any audio that was made elsewhere")],
    parents: Annotated[list[str], Form(description="its declared originals: ISRCs or ids")],
    member: Makes,
    here: Here,
    licence: Annotated[str, Form(description="hold it against this licence, as our own renders are")] = "",
) -> dict[str, Any]:
    """Measure a foreign file against its declared originals as a job. What cannot be measured never passes."""
    names = [part.strip() for row in parents for part in row.split(",") if part.strip()]
    with told(), uploaded(file, here) as path:
        job = order_measuring(
            here.house,
            member.organisation,
            path,
            plain_name(file),
            names,
            here.now(),
            owner_of(member),
            licence_id=licence,
        )
    return job_document(job, here.now())


@router.get("/jobs/{job_id}")
def job(job_id: str, member: Makes, work: Reading, here: Here) -> dict[str, Any]:
    """How far writing down or measuring is, and its result."""
    return job_document(render_of(job_id, member, work, KINDS), here.now())


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, member: Makes, here: Here) -> dict[str, Any]:
    """Stop it: one that waits ends at once, one that runs at its next report. Nothing is kept."""
    with here.house.work(member.organisation) as work:
        render_of(job_id, member, work, KINDS)
        stopped = work.jobs.cancel(job_id, here.now())
        work.commit()
    return job_document(stopped, here.now())


def paper_document(paper: Paper, *, whole: bool = True) -> dict[str, Any]:
    """A paper as JSON; blob addresses stay inside."""
    found: dict[str, Any] = {
        "id": paper.id,
        "recording_id": paper.recording_id,
        "kind": paper.kind,
        "name": paper.name,
        "saved_at": paper.saved_at.isoformat(),
    }
    if whole:
        found["document"] = {key: value for key, value in paper.document.items() if key != "audio_key"}
    return found
