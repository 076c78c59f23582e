"""The consent editor: a preset in two clicks, then any parameter; beside it the words, a tester, the sound, the money.

The panel beside the form is drawn by the same code whether the page is opened, the form changes, or it is sent. Until
the offer is recorded nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.invitations import places_of
from ritornello.api.offers import assumed_of
from ritornello.consent.codes import ACTS, OWN_SERVICE, RIGHTS, TYPES
from ritornello.consent.drafts import offer_of_draft
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.holders import reaches_of
from ritornello.consent.inheritance import Conflict
from ritornello.consent.offers import Basis, Level, Obtained, Offer
from ritornello.consent.presets import presets
from ritornello.consent.sentence import Change, summary
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.blobs import BlobError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web import read_decision
from ritornello.web.desk import Form, back_to, desk_page, file_of, text_of
from ritornello.web.frames import Names
from ritornello.web.offer_form import (
    NO_EVIDENCE,
    OfferForm,
    draft_of,
    evidence_of,
    from_form,
    in_words,
    of_offer,
    started,
)
from ritornello.web.pages import names_of
from ritornello.web.parameter_fields import groups, main_fields
from ritornello.web.parameter_words import MAIN
from ritornello.web.party_fields import Parties
from ritornello.web.rendering import page
from ritornello.web.views import DecisionView, Exact, Link
from ritornello.workflows import consent_desk
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.consent_wide import stranger
from ritornello.workflows.hear_offer import Busy, Extreme, extremes, preview
from ritornello.workflows.try_offer import Assumed, answer_with, question, would_earn

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]

MOST_EVIDENCE = 25_000_000
_HOW = {
    Obtained.INDIVIDUAL_EXPRESS: "in person, expressly",
    Obtained.AUTHORISED_REPRESENTATIVE: "by a representative with authority",
    Obtained.CONTRACT_CLAUSE: "by a clause of a contract",
    Obtained.DEFAULT_OPT_IN: "by default, with the right to opt out",
    Obtained.CMO_MANDATE: "under a society's mandate",
}
_BASES = {
    Basis.GRANTED: "The holder says so",
    Basis.WARRANTED: "Whoever signs warrants it",
    Basis.MANDATED: "Under a mandate",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What the tester asks, and the answer."""

    recording: str = ""
    type: str = "REMIX"
    territories: str = "DE"
    service: str = OWN_SERVICE
    act: str = "publish"
    answer: DecisionView | None = None


@dataclass(frozen=True, slots=True)
class Money:
    plays: str = "100000"
    per_thousand: str = "3.00"
    commission: str = "15"
    amounts: tuple[tuple[str, Exact], ...] = ()
    assumptions: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands beside the form."""

    summary: str
    warning: str
    findings: tuple[Finding, ...] = ()
    state: str = ""
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    tried: Tried = field(default_factory=Tried)
    heard: tuple[tuple[str, str], ...] = ()
    money: Money = field(default_factory=Money)


@router.get("/consent/offers/new")
def new(
    request: Request,
    member: Edits,
    work: Reading,
    here: Here,
    preset: str = "FAN-REMIX",
    level: str = "recording",
    about: Annotated[str, Query(alias="id")] = "",
    holder: str = "",
) -> Response:
    if not about:
        return _start(request, member, work)
    form = started(work, _reader(work, here), name=preset, level=level, reach_id=about, holder=holder)
    return _editor(request, member, work, here, form, FormData())


@router.get("/consent/offers/{offer_id}/edit")
def edit(offer_id: str, request: Request, member: Edits, work: Reading, here: Here) -> Response:
    newest = work.consent.offer(offer_id)
    if newest is None:
        raise NotFound("offer")
    return _editor(request, member, work, here, of_offer(newest), FormData())


@router.post("/consent/offers/words")
def words(form: Form, member: Edits, work: Reading, here: Here) -> Response:
    """The panel alone, for a form that is being filled in."""
    filled, findings = from_form(form, Parties(work, names_of(work, member)))
    panel = _Beside(member, work, here).panel(filled, form, findings)
    return HTMLResponse(page("_offer_panel.html", None, panel=panel))


@router.post("/consent/offers")
def record(request: Request, form: Form, member: Edits, work: Reading, here: Here) -> Response:
    filled, findings = from_form(form, Parties(work, names_of(work, member)))
    evidence = evidence_of(filled)
    try:
        document = file_of(form, "document", MOST_EVIDENCE)
    except ValueError as error:
        document = None
        findings.append(Finding("Evidence", str(error), "send a smaller file"))
    if text_of(form, "act") != "record" and not findings:
        return _editor(request, member, work, here, filled, form)
    if not evidence and document is None:
        findings.append(Finding("Evidence", "is missing", "choose the document, write the words, or give its hash"))
    try:
        if not findings:
            consent_desk.record_offer(
                here.house, member.organisation, draft_of(filled, evidence or NO_EVIDENCE), here.now(), dry_run=True
            )
            kept = document or (filled.evidence_words.encode() if filled.evidence_words else None)
            evidence = here.house.blobs.put(kept) if kept is not None else evidence
            made = consent_desk.record_offer(here.house, member.organisation, draft_of(filled, evidence), here.now())
            told = "Exactly this stands on file already" if made.again else f"Version {made.offer.version} is recorded"
            return back_to(f"/consent/offers/{made.offer.id}", told)
    except ConsentError as error:
        findings += error.findings
    return _editor(request, member, work, here, filled, form, findings=in_words(findings))


@router.get("/consent/hear/{recording_id}")
def hear(
    recording_id: str,
    member: Sees,
    work: Reading,
    here: Here,
    tempo: Annotated[int, Query(description="permille of the original's speed")] = 1000,
    key: Annotated[int, Query(description="cents")] = 0,
    keep_pitch: bool = True,
) -> Response:
    """Eight seconds of a recording at another speed or key, as WAV."""
    recording = work.catalogue.recording(recording_id)
    if recording is None or not recording.audio_key:
        raise NotFound("recording with sound")
    try:
        sound = preview(here.house, recording.audio_key, Extreme("", tempo, key, keep_pitch))
    except Busy as error:
        raise Problem(503, "others are listening just now", mend="try again in a moment") from error
    except BlobError as error:
        raise NotFound("sound of this recording") from error
    except ValueError as error:
        raise Problem(422, f"this cannot be heard: {error}", mend="stay within what an offer can allow") from error
    return Response(sound, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})


def _start(request: Request, member: Identity, work: UnitOfWork) -> Response:
    names = names_of(work, member)
    originals = [one for one in work.catalogue.recordings() if one.kind == "original"]
    return desk_page(
        "offer_start.html",
        request,
        work,
        member,
        "offers",
        recordings=[(one.id, one.title) for one in originals],
        artists=sorted(
            {(one.main_artist, names(one.main_artist)) for one in originals if one.main_artist}, key=lambda p: p[1]
        ),
        labels=sorted({(one.label, names(one.label)) for one in originals if one.label}, key=lambda p: p[1]),
        presets=list(presets().values()),
    )


def _editor(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    form: OfferForm,
    sent: FormData,
    *,
    findings: Sequence[Finding] = (),
) -> Response:
    names = names_of(work, member)
    panel = _Beside(member, work, here).panel(form, sent, [])
    query = {"level": form.level, "id": form.reach_id, "holder": form.holder}
    return desk_page(
        "offer_editor.html",
        request,
        work,
        member,
        "offers",
        findings=findings,
        form=form,
        panel=panel,
        about=about_words(work, form.level, form.reach_id, names),
        holder_name=names(form.holder) if form.holder else "",
        known=Parties(work, names).known(),
        presets=[
            (one.name, one.purpose, "/consent/offers/new?" + urlencode({**query, "preset": one.name}))
            for one in presets().values()
        ],
        rights=[(one, w.sentence(w.words(one, w.RIGHTS)), one in form.rights) for one in RIGHTS],
        bases=[(one.value, words_) for one, words_ in _BASES.items()],
        ways=[(one.value, words_) for one, words_ in _HOW.items()],
        main=main_fields(form.terms),
        groups=groups(form.terms, without=MAIN),
        types=[(one, w.sentence(w.words(one, w.TYPES))) for one in TYPES],
        acts=[(one, w.words(one, w.ACTS)) for one in ACTS],
        reached=_reached(work, form)[:50],
    )


def _reader(work: UnitOfWork, here: Installation) -> FactsReader:
    now = here.now()
    return FactsReader(work, rules_of(here.house), at=now, day=now.date())


def _reached(work: UnitOfWork, form: OfferForm) -> list[tuple[str, str]]:
    """The originals that an offer about this would reach: (id, title)."""
    if form.level == Level.RECORDING:
        found = work.catalogue.recording(form.reach_id)
        return [] if found is None else [(found.id, found.title)]
    return [
        (one.id, one.title)
        for one in work.catalogue.recordings()
        if one.kind == "original"
        and any((reach.level.value, reach.id) == (form.level, form.reach_id) for reach in reaches_of(one))
    ]


def about_words(work: UnitOfWork, level: str, reach_id: str, names: Names) -> str:
    """What an offer is about, in words."""
    if level == Level.RECORDING:
        recording = work.catalogue.recording(reach_id)
        return reach_id if recording is None else recording.title
    if level == Level.WORK:
        found = work.catalogue.work(reach_id)
        return reach_id if found is None else f"the song {found.title}"
    if level in (Level.ARTIST, Level.LABEL):
        return f"everything of {names(reach_id)}"
    return "the whole catalogue" if level == Level.CATALOGUE else f"{level} {reach_id}"


class _Beside:
    """Draws the panel beside the form."""

    def __init__(self, member: Identity, work: UnitOfWork, here: Installation) -> None:
        self.member, self.work, self.here, self.now = member, work, here, here.now()
        self.names = names_of(work, member)

    def panel(self, form: OfferForm, sent: FormData, findings: list[Finding]) -> Panel:
        warning = presets()[form.preset].warning if form.preset else ""
        found = list(findings)
        state = ""
        changes: tuple[Change, ...] = ()
        conflicts: tuple[Conflict, ...] = ()
        tried = self._asked(form, sent)
        if not found:
            try:
                draft = draft_of(form, evidence_of(form) or NO_EVIDENCE)
                offer = offer_of_draft(draft, self.now)
                recorded = consent_desk.place_offer(self.work, offer, _reader(self.work, self.here))
                state = (
                    "Exactly this stands on file already"
                    if recorded.again
                    else f"This would be version {recorded.offer.version}"
                )
                changes, conflicts = recorded.changes, recorded.conflicts
                tried = self._answered(tried, recorded.offer)
            except ConsentError as error:
                found += error.findings
        return Panel(
            summary=summary(form.terms),
            warning=warning,
            findings=tuple(in_words(found)),
            state=state,
            changes=changes,
            conflicts=conflicts,
            tried=tried,
            heard=self._heard(form, tried),
            money=_money(form, sent),
        )

    def _asked(self, form: OfferForm, sent: FormData) -> Tried:
        reached = _reached(self.work, form)
        wanted = text_of(sent, "try.recording")
        recording = wanted if any(one == wanted for one, _ in reached) else reached[0][0] if reached else ""
        first = next(iter(sorted(form.terms.types.allowed, key=TYPES.index)), "REMIX")
        return Tried(
            recording,
            text_of(sent, "try.type") or ("REMIX" if "REMIX" in form.terms.types.allowed else first),
            text_of(sent, "try.territories") or "DE",
            text_of(sent, "try.service") or OWN_SERVICE,
            text_of(sent, "try.act") or "publish",
        )

    def _answered(self, tried: Tried, offer: Offer) -> Tried:
        if not tried.recording:
            return tried
        asked = question(
            recording_id=tried.recording,
            type_=tried.type,
            territory=places_of(tried.territories, "Country"),
            service=tried.service,
            act=tried.act,
            person=stranger(tried.service, self.now).person,
            at=self.now,
        )
        document = answer_with(self.here.house, self.work, offer, asked).to_document()
        recording = self.work.catalogue.recording(tried.recording)
        song = Link("" if recording is None else recording.title, f"/songs/{tried.recording}")
        return Tried(
            tried.recording,
            tried.type,
            tried.territories,
            tried.service,
            tried.act,
            read_decision.view(document, song, self.names),
        )

    def _heard(self, form: OfferForm, tried: Tried) -> tuple[tuple[str, str], ...]:
        recording = self.work.catalogue.recording(tried.recording) if tried.recording else None
        if recording is None or not recording.audio_key:
            return ()
        return tuple(
            (
                one.words,
                f"/consent/hear/{recording.id}?"
                + urlencode({"tempo": one.tempo_permille, "key": one.key_cents, "keep_pitch": one.keep_pitch}),
            )
            for one in extremes(form.terms)
        )


def _money(form: OfferForm, sent: FormData) -> Money:
    plain = Money()
    written = (
        text_of(sent, "earn.plays") or plain.plays,
        text_of(sent, "earn.per_thousand") or plain.per_thousand,
        text_of(sent, "earn.commission") or plain.commission,
    )
    try:
        assumed: Assumed = assumed_of(_plays(written[0]), *written[1:])
        earned = would_earn(form.terms, assumed)
    except ConsentError as error:
        first = error.findings[0]
        return Money(*written, why_not=f"{w.sentence(first.problem)}; {first.mend}")
    amounts = tuple((name, Exact(amount, earned.currency)) for name, amount in earned.amounts.items())
    return Money(*written, amounts=amounts, assumptions=earned.assumptions)


def _plays(text: str) -> int:
    plain = text.replace(",", "").replace(" ", "")
    if not plain.isdigit() or len(plain) > 11:
        raise ConsentError.of("plays", f"{text!r} is no number of plays", "write such as 100000")
    return int(plain)
