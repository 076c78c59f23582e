"""Offers as they stand: the list, one with all its versions, its addendum, its links to sign, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.api.offers import Skipped, Version
from ritornello.consent.approvals import Standing as ApprovalStanding
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.events import EventKind, replay
from ritornello.consent.invitations import Standing
from ritornello.consent.most_favoured import Beaten
from ritornello.consent.offers import Offer, Reply
from ritornello.consent.revocation import Consequences, Fall
from ritornello.consent.sentence import Change, difference, offer_sentences, sentences, summary
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, desk_page, text_of
from ritornello.web.editor_pages import about_words
from ritornello.web.frames import Names, said
from ritornello.web.pages import names_of
from ritornello.web.views import Fact, State
from ritornello.workflows import approve, ask_holders, consent_desk
from ritornello.workflows.addendum import addendum_of
from ritornello.workflows.stop_now import stops
from ritornello.workflows.watch_terms import most_favoured

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
SeesOwn = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT, Capability.SEE_OWN))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]

PAGE = 100
_REPLIES: dict[Reply, tuple[State, str]] = {
    Reply.GRANT: ("yes", "Agrees"),
    Reply.REFUSE: ("no", "Refuses"),
    Reply.PROPOSAL: ("wait", "Was asked, has not answered"),
}
_FATES = {
    "keep": "stays as it is",
    "hide_new_plays": "stays, without new plays",
    "sunset": "leaves after a while",
    "takedown": "is taken down",
}


@dataclass(frozen=True, slots=True)
class OfferRow:
    id: str
    about: str
    holder: str
    rights: str
    territories: str
    preset: str
    version: int
    state: State
    words: str
    summary: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    recorded_at: datetime
    state: State
    words: str
    changes: tuple[Change, ...]
    content_hash: str
    evidence: str
    how: str


@dataclass(frozen=True, slots=True)
class OfferView:
    row: OfferRow
    opening: tuple[str, ...]
    terms: tuple[str, ...]
    versions: tuple[VersionRow, ...]
    licences: int
    beaten: tuple[Beaten, ...]
    revocable: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    about: str
    holder: str
    ours: str
    other: str
    theirs: str
    territories: str
    offer_url: str


# ── the hub ──


@router.get("/consent")
def hub(request: Request, member: Sees, work: Reading, here: Here) -> Response:
    now = here.now()
    queue = approve.Queue(work, now)
    waiting = sum(one.standing is ApprovalStanding.OPEN for one in queue.all())
    desk = ask_holders.Desk(here.house, member.organisation, work, now)
    asked = [desk.asked(one) for one in desk.invitations]
    out = sum(one.standing is Standing.OPEN and not one.superseded for one in asked)
    stopped = sum(one.active for one in stops(work, now))
    alerts = len(most_favoured(work, now))
    facts = (
        Fact("Approvals that wait", str(waiting)),
        Fact("Invitations without an answer", str(out)),
        Fact("Stopped now", str(stopped)),
        Fact("Better terms elsewhere", str(alerts), "for holders who asked to be most favoured"),
    )
    return desk_page("consent.html", request, work, member, "", facts=facts, alerts=alerts)


# ── the list ──


@router.get("/consent/offers")
def offers(
    request: Request,
    member: Sees,
    work: Reading,
    here: Here,
    holder: str = "",
    about: str = "",
    skip: Skipped = 0,
) -> Response:
    names = names_of(work, member)
    found = work.consent.newest_offers(holder=holder or None, reach_id=about or None, skip=skip, most=PAGE + 1)
    rows = _Reading(work, names, here).rows(found[:PAGE])
    holders = sorted(
        {(party.id, names(party.id)) for party in work.people.parties()}, key=lambda pair: pair[1].casefold()
    )
    return desk_page(
        "offers.html",
        request,
        work,
        member,
        "offers",
        rows=rows,
        holder=holder,
        about=about,
        holders=holders,
        following=skip + PAGE if len(found) > PAGE else None,
        before=max(0, skip - PAGE) if skip else None,
        skip=skip,
    )


@router.get("/exports/offers.{kind}")
def export_offers(
    kind: exports.Kind, member: Sees, work: Reading, here: Here, holder: str = "", about: str = ""
) -> Response:
    columns = (
        "id",
        "about",
        "holder",
        "rights",
        "territories",
        "preset",
        "version",
        "answer",
        "summary",
        "from",
        "until",
    )
    rows = [
        (
            one.id,
            one.about,
            one.holder,
            one.rights,
            one.territories,
            one.preset,
            one.version,
            one.words,
            one.summary,
            one.valid_from,
            one.valid_until,
        )
        for one in _Reading(work, names_of(work, member), here).rows(
            work.consent.newest_offers(holder=holder or None, reach_id=about or None)
        )
    ]
    return exports.answer(exports.Table("offers", columns, rows), kind)


@router.get("/consent/most-favoured")
def alerts(request: Request, member: SeesOwn, work: Reading, here: Here) -> Response:
    return desk_page("most_favoured.html", request, work, member, "offers", rows=_alerts(member, work, here))


@router.get("/exports/most-favoured.{kind}")
def export_alerts(kind: exports.Kind, member: SeesOwn, work: Reading, here: Here) -> Response:
    columns = ("about", "holder", "ours", "other", "theirs", "territories")
    rows = [(a.about, a.holder, a.ours, a.other, a.theirs, a.territories) for a in _alerts(member, work, here)]
    return exports.answer(exports.Table("most_favoured", columns, rows), kind)


# ── one offer ──


@router.get("/consent/offers/{offer_id}")
def offer(offer_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    versions = _versions(work, offer_id)
    view = _Reading(work, names_of(work, member), here).view(versions)
    return desk_page("offer.html", request, work, member, "offers", view=view)


@router.get("/consent/offers/{offer_id}/addendum.pdf")
def addendum(offer_id: str, member: Sees, work: Reading, here: Here, version: Version = None) -> Response:
    found = work.consent.offer(offer_id, version)
    if found is None:
        raise NotFound("offer")
    headers = {"Content-Disposition": f'inline; filename="{found.id}-{found.version}.pdf"'}
    return Response(addendum_of(here.house, member.organisation, found), media_type="application/pdf", headers=headers)


@router.post("/consent/offers/{offer_id}/sign")
def sign(offer_id: str, member: Edits, work: Reading, here: Here) -> Response:
    """A link for each right, so that the holder signs these very terms."""
    newest, now = _versions(work, offer_id)[-1], here.now()
    proposals = [
        ask_holders.proposal_of(
            holder=newest.holder,
            right=right,
            reach=newest.reach,
            territories=newest.territories,
            preset=newest.preset,
            adjust={},
            at=now,
            terms=newest.terms,
        )
        for right in sorted(newest.rights)
    ]
    sent = ask_holders.invite_holders(here.house, member.organisation, proposals, at=now, by=member.person_id)
    return back_to("/consent/invitations", f"{len(sent)} links to sign, one for each right")


# ── taking it back ──


@router.get("/consent/offers/{offer_id}/withdraw")
def look_at_withdrawal(
    offer_id: str,
    request: Request,
    member: Edits,
    work: Reading,
    here: Here,
    effective: Annotated[str, Query(alias="from")] = "",
) -> Response:
    return _withdrawal(offer_id, request, member, work, here, effective)


@router.post("/consent/offers/{offer_id}/withdraw")
def withdraw(offer_id: str, request: Request, form: Form, member: Edits, work: Reading, here: Here) -> Response:
    newest = _versions(work, offer_id)[-1]
    effective, reason = text_of(form, "from"), text_of(form, "reason", 1000)
    findings: list[Finding] = []
    if not form.get("seen"):
        findings.append(
            Finding("What it does", "was not confirmed", "read what stays and what leaves, and tick the box")
        )
    try:
        day = _day(effective)
        if not findings:
            done = consent_desk.revoke_offer(
                here.house,
                member.organisation,
                offer_id,
                by=newest.holder,
                at=here.now(),
                effective_from=day,
                reason=reason,
            )
            return back_to(f"/consent/offers/{offer_id}", f"It ends on {done.effective_from.isoformat()}")
    except ConsentError as error:
        findings += error.findings
    return _withdrawal(offer_id, request, member, work, here, effective, findings=findings, reason=reason)


def _withdrawal(
    offer_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    effective: str,
    *,
    findings: Sequence[Finding] = (),
    reason: str = "",
) -> Response:
    versions, names = _versions(work, offer_id), names_of(work, member)
    newest = versions[-1]
    wrong = list(findings)
    found: Consequences | None = None
    try:
        found = consent_desk.revoke_offer(
            here.house,
            member.organisation,
            offer_id,
            by=newest.holder,
            at=here.now(),
            effective_from=_day(effective),
            dry_run=True,
        )
    except ConsentError as error:
        wrong += [one for one in error.findings if one not in wrong]
    return desk_page(
        "withdraw.html",
        request,
        work,
        member,
        "offers",
        findings=wrong,
        status=200 if not findings else 422,
        row=_Reading(work, names, here).row(newest),
        found=found,
        stays=[] if found is None else [_fall(one, work, names) for one in found.stays],
        leaves=[] if found is None else [_fall(one, work, names) for one in found.leaves],
        told=[] if found is None else sorted({names(one) for one in found.told}),
        notice=newest.terms.revocation.notice_days,
        effective=effective or ("" if found is None else found.effective_from.isoformat()),
        reason=reason,
    )


def _fall(one: Fall, work: UnitOfWork, names: Names) -> tuple[str, str, str, date | None]:
    """Who made what, and what becomes of it."""
    made = [work.catalogue.recording(name) for name in work.studio.made_under(one.licence_id)]
    titles = [f"{r.title} ({r.version_title})" if r.version_title else r.title for r in made if r is not None]
    return names(one.licensee), w.listed(titles) or "not made yet", _FATES[one.fate.value], one.leaves


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConsentError.of("From", f"{text!r} is no day", "write such as 2026-06-01") from error


def _versions(work: UnitOfWork, offer_id: str) -> Sequence[Offer]:
    found = work.consent.versions(offer_id)
    if not found:
        raise NotFound("offer")
    return found


def _alerts(member: Identity, work: UnitOfWork, here: Installation) -> list[AlertRow]:
    """A holder sees the own alerts, and the other's terms without their name."""
    names = names_of(work, member)
    sees_all = member.may(Capability.SEE_CONSENT)
    if not sees_all and member.party_id is None:
        return []
    found = most_favoured(work, here.now(), holder=None if sees_all else member.party_id)
    return [
        AlertRow(
            about_words(work, one.offer.reach.level.value, one.offer.reach.id, names),
            names(one.offer.holder),
            one.ours,
            names(one.other.holder) if sees_all else "another holder",
            one.theirs,
            w.sentence(w.places(str(one.territories))),
            f"/consent/offers/{one.offer.id}" if sees_all else "",
        )
        for one in found
    ]


class _Reading:
    """Offers as one person reads them, today."""

    def __init__(self, work: UnitOfWork, names: Names, here: Installation) -> None:
        self.work, self.names, self.now = work, names, here.now()
        state = replay(work.consent.events(self.now, kinds=[EventKind.OFFER_REVOKED]), self.now)
        self.revoked = {one.offer_id: one.effective_from for one in state.revocations}

    def rows(self, found: Sequence[Offer]) -> list[OfferRow]:
        return [self.row(one) for one in found]

    def row(self, one: Offer) -> OfferRow:
        state, words = _REPLIES[one.reply]
        if one.reply is Reply.GRANT and not one.covers(self.now.date()):
            state, words = "wait", "Not in force now"
        if one.id in self.revoked:
            day = self.revoked[one.id]
            state, words = "no", "Taken back" if day <= self.now.date() else f"Ends on {day.isoformat()}"
        return OfferRow(
            id=one.id,
            about=about_words(self.work, one.reach.level.value, one.reach.id, self.names),
            holder=self.names(one.holder),
            rights=w.listed(w.words(right, w.RIGHTS) for right in sorted(one.rights)),
            territories=w.sentence(w.places(str(one.territories))),
            preset=one.preset or "Own terms",
            version=one.version,
            state=state,
            words=words,
            summary="Nothing may be made of it." if one.reply is Reply.REFUSE else summary(one.terms),
            valid_from=one.valid_from,
            valid_until=one.valid_until,
        )

    def view(self, versions: Sequence[Offer]) -> OfferView:
        newest = versions[-1]
        row = self.row(newest)
        opening = offer_sentences(newest)[: 3 if newest.warranty is not None else 2]
        terms = newest.terms
        revocable = (
            "" if not terms.contract.irrevocable and terms.revocation.who != "nobody" else "It cannot be taken back."
        )
        if newest.id in self.revoked:
            revocable = f"It was taken back and ends on {self.revoked[newest.id].isoformat()}."
        return OfferView(
            row=row,
            opening=tuple(said(line.replace(str(newest.reach), row.about), self.names) for line in opening),
            terms=() if newest.reply is Reply.REFUSE else tuple(said(line, self.names) for line in sentences(terms)),
            versions=tuple(
                VersionRow(
                    one.version,
                    one.recorded_at,
                    *_REPLIES[one.reply],
                    () if before is None else tuple(difference(before.terms, one.terms)),
                    one.content_hash,
                    one.evidence.sha256,
                    one.evidence.how.value.replace("_", " "),
                )
                for before, one in zip((None, *versions), versions, strict=False)
            )[::-1],
            licences=len(self.work.consent.licences_on_offer(newest.id)),
            beaten=tuple(
                one for one in most_favoured(self.work, self.now, holder=newest.holder) if one.offer.id == newest.id
            )
            if newest.terms["share_money.most_favoured"]
            else (),
            revocable=revocable,
        )
