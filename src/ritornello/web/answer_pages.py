"""The page behind a signed link: a holder reads what is asked of them for one right, and grants, refuses or counters.

No account, no session: the link is the permission. The page names the holder themselves and the music, nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from ritornello.api.doors import Here, Installation
from ritornello.api.invitations import ANSWERS, standing_of
from ritornello.consent.drafts import read_adjustments
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.invitations import LinkError, Standing
from ritornello.consent.offers import Level
from ritornello.consent.sentence import Change, offer_sentences, sentences, summary
from ritornello.consent.terms import Terms
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.desk import Form, text_of
from ritornello.web.frames import said
from ritornello.web.parameter_fields import Field, Group, groups, main_fields, read_form
from ritornello.web.parameter_words import MAIN
from ritornello.web.rendering import page
from ritornello.workflows import ask_holders
from ritornello.workflows.addendum import addendum_of
from ritornello.workflows.ask_holders import Answered, Opened

router = APIRouter(include_in_schema=False)
_STANDING = {
    Standing.OPEN: "has not answered yet",
    Standing.GRANTED: "granted",
    Standing.REFUSED: "refused",
    Standing.COUNTERED: "countered with other terms",
    Standing.LAPSED: "did not answer in time",
}


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What the holder reads."""

    organisation: str
    holder: str
    right: str
    song: str
    artist: str
    summary: str
    opening: tuple[str, ...]
    terms: tuple[str, ...]
    changes: tuple[Change, ...]
    before: str
    others: tuple[tuple[str, str], ...]
    lapses_at: datetime
    version: int
    content_hash: str
    path: str
    main: tuple[Field, ...]
    groups: tuple[Group, ...]
    answer: str = ""
    signed_as: str = ""


@router.get("/answer/{organisation}/{token}")
def look(organisation: str, token: str, here: Here) -> Response:
    try:
        opened = ask_holders.open_invitation(here.house, organisation, token, here.now())
    except LinkError as error:
        return _closed(error)
    return HTMLResponse(page("answer.html", None, view=_view(here, organisation, token, opened), findings=()))


@router.post("/answer/{organisation}/{token}")
def answer(organisation: str, token: str, request: Request, form: Form, here: Here) -> Response:
    now = here.now()
    try:
        opened = ask_holders.open_invitation(here.house, organisation, token, now)
        said_, name = text_of(form, "answer", 20), text_of(form, "signed_as")
        changes, findings = read_form(form, opened.asked.offer.terms) if said_ == "counter" else ({}, [])
        if said_ not in ANSWERS:
            findings.append(Finding("Your answer", "is missing", "choose to agree, to decline, or to propose changes"))
        if not name:
            findings.append(Finding("Your name", "is missing", "sign with your name"))
        try:
            if not findings:
                taken = ask_holders.answer_invitation(
                    here.house,
                    organisation,
                    token,
                    answer=standing_of(said_),
                    signed_as=name,
                    at=now,
                    changes=changes,
                )
                return _taken(here, organisation, opened, taken)
        except LinkError:
            raise
        except ConsentError as error:
            findings = list(error.findings)
    except LinkError as error:
        return _closed(error)
    terms = opened.asked.offer.terms
    if changes:
        with suppress(ConsentError):  # the findings say it; the form then shows what was put before the holder
            terms = terms.adjust(read_adjustments(changes)[0])
    view = _view(here, organisation, token, opened, terms=terms, answer=said_, signed_as=name)
    return HTMLResponse(page("answer.html", None, view=view, findings=findings), 422)


@router.get("/answer/{organisation}/{token}/addendum.pdf")
def addendum(organisation: str, token: str, here: Here) -> Response:
    try:
        opened = ask_holders.open_invitation(here.house, organisation, token, here.now())
    except LinkError as error:
        return _closed(error)
    content = addendum_of(here.house, organisation, opened.asked.offer)
    headers = {"Content-Disposition": 'inline; filename="addendum.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


def _closed(error: LinkError) -> HTMLResponse:
    """One clear page for each way in which a link does not open."""
    finding = error.findings[0]
    titles = {"used": "This has been answered", "expired": "Too late", "tampered": "This link is not whole"}
    words = f"The link {finding.problem}. {w.sentence(finding.mend)}."
    told = page("answer_closed.html", None, title=titles[error.why], words=words)
    return HTMLResponse(told, 410 if error.why in {"used", "expired"} else 422)


def _taken(here: Installation, organisation: str, opened: Opened, taken: Answered) -> HTMLResponse:
    with here.house.work(organisation, read_only=True) as work:
        song, _ = _music(work, opened)
    told = page(
        "answer_taken.html",
        None,
        song=song,
        right=w.words(opened.asked.invitation.right, w.RIGHTS),
        answer=taken.asked.standing.value,
        kept=opened.standing_grant is not None and taken.asked.standing is Standing.REFUSED,
        again=len(taken.reopened),
        evidence=taken.evidence_sha256,
        version=None if taken.offer is None else taken.offer.version,
        at=here.now(),
    )
    return HTMLResponse(told)


def _music(work: UnitOfWork, opened: Opened) -> tuple[str, str]:
    reach = opened.asked.offer.reach
    if reach.level is Level.RECORDING:
        recording = work.catalogue.recording(reach.id)
        if recording is not None:
            artist = next((one.name_as_credited for one in recording.performers if one.name_as_credited), "")
            if not artist and recording.main_artist:
                details = work.people.details(recording.main_artist)
                artist = "" if details is None else details.name
            return recording.title, artist
    if reach.level is Level.WORK:
        found = work.catalogue.work(reach.id)
        if found is not None:
            return found.title, ""
    if reach.level in (Level.ARTIST, Level.LABEL):
        details = work.people.details(reach.id)
        return f"everything of {details.name if details is not None else 'this ' + reach.level.value}", ""
    return "the whole catalogue" if reach.level is Level.CATALOGUE else f"this {reach.level.value}", ""


def _view(
    here: Installation,
    organisation: str,
    token: str,
    opened: Opened,
    *,
    terms: Terms | None = None,
    answer: str = "",
    signed_as: str = "",
) -> AnswerView:
    asked = opened.asked
    offer = asked.offer
    with here.house.work(organisation, read_only=True) as work:
        song, artist = _music(work, opened)
        details = work.people.details(offer.holder)
        known = work.people.organisation(organisation)
    holder = details.name if details is not None else "you"
    names = _Names({offer.holder: holder, offer.reach.id: song})
    opening = [said(line.replace(str(offer.reach), song), names) for line in offer_sentences(offer)[:1]]
    right = asked.invitation.right
    return AnswerView(
        organisation=organisation if known is None else known.name,
        holder=holder,
        right=w.words(right, w.RIGHTS),
        song=song,
        artist=artist,
        summary=summary(offer.terms),
        opening=tuple(opening),
        terms=tuple(said(line, names) for line in sentences(offer.terms)),
        changes=opened.changes,
        before="" if opened.standing_grant is None else w.sentence(summary(opened.standing_grant.terms)),
        others=tuple((w.sentence(w.words(one, w.RIGHTS)), _STANDING[standing]) for one, standing in opened.others),
        lapses_at=asked.invitation.lapses_at,
        version=offer.version,
        content_hash=offer.content_hash,
        path=f"/answer/{organisation}/{token}",
        main=main_fields(terms or offer.terms),
        groups=groups(terms or offer.terms, without=MAIN),
        answer=answer,
        signed_as=signed_as,
    )


class _Names:
    """The few names that this page may say; anybody else is a party by the end of their pseudonym."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known

    def __call__(self, one: str) -> str:
        return self.known.get(one) or (f"Party …{one[-6:]}" if one.startswith("pty_") else one)
