"""The pages on music and consent. Each reads in one transaction, fills a view, and draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.catalogue.model import Recording
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports, read_decision
from ritornello.web.earnings import earned_by_asset
from ritornello.web.frames import Names, frame, names_for
from ritornello.web.read_catalogue import catalogue
from ritornello.web.read_licence import licence_view
from ritornello.web.read_money import attention, last_run
from ritornello.web.read_provenance import provenance
from ritornello.web.read_song import Reader
from ritornello.web.read_tree import full_title, tree
from ritornello.web.rendering import page, tree_page
from ritornello.web.views import Amount, CatalogueView, DecisionRow, DecisionView, Link, SongView, TreeView

router = APIRouter(include_in_schema=False)

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CATALOGUE))]
Asks = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT, Capability.SEE_OWN))]
SeesConsent = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]


# ── the catalogue ──


@router.get("/")
def home(request: Request, member: Sees, work: Reading, here: Here, q: str = "", state: str = "") -> Response:
    view = _catalogue(member, work, here, q, state)
    brings = member.may(Capability.EDIT_CATALOGUE)
    return HTMLResponse(page("catalogue.html", frame(request, work, member, "catalogue"), view=view, brings=brings))


@router.get("/exports/catalogue.{kind}")
def export_catalogue(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    view = _catalogue(member, work, here, "", "")
    columns = ("id", "title", "version", "artist", "isrc", "year", "duration_ms", "answer", "derivatives", "earned")
    rows = [
        (
            s.id,
            s.title,
            s.version_title,
            s.artist,
            s.isrc,
            s.year,
            s.duration_ms,
            s.state_words,
            s.derivatives,
            s.earned,
        )
        for s in view.songs
    ]
    return exports.answer(exports.Table("catalogue", columns, rows), kind)


def _catalogue(member: Identity, work: UnitOfWork, here: Here, query: str, state: str) -> CatalogueView:
    sees_money = member.may(Capability.SEE_MONEY)
    return catalogue(
        work,
        names_of(work, member),
        here.now(),
        query=query.strip()[:200],
        state=state if state in {"yes", "ask", "wait", "no"} else "",
        earned=_earned(work, member),
        attention=attention(work) if sees_money else (),
        last_run=last_run(work) if sees_money else None,
    )


# ── one song ──


@router.get("/songs/{recording_id}")
def song(recording_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    view = _song(recording_id, member, work, here)
    return HTMLResponse(page("song.html", frame(request, work, member, "catalogue"), view=view))


@router.get("/exports/songs/{recording_id}/shares.{kind}")
def export_shares(recording_id: str, kind: exports.Kind, member: SeesConsent, work: Reading, here: Here) -> Response:
    view = _song(recording_id, member, work, here)
    columns = ("owner", "of", "share", "territories", "valid_from", "valid_to", "recorded_at")
    rows = [
        (s.party, s.side, s.share, s.territories, s.valid_from, s.valid_to, s.recorded_at.isoformat())
        for s in view.shares
    ]
    return exports.answer(exports.Table("shares", columns, rows), kind)


def _song(recording_id: str, member: Identity, work: UnitOfWork, here: Here) -> SongView:
    names = names_of(work, member)
    reader = Reader(work, member, names, here.now(), _earned(work, member))
    return reader.song(_recording(work, recording_id), lambda one: provenance(work, one, names))


@router.get("/songs/{recording_id}/tree")
def family_tree(recording_id: str, request: Request, member: Sees, work: Reading) -> Response:
    return HTMLResponse(tree_page(_tree(recording_id, member, work), frame(request, work, member, "catalogue")))


@router.get("/exports/songs/{recording_id}/tree.{kind}")
def export_tree(recording_id: str, kind: exports.Kind, member: Sees, work: Reading) -> Response:
    view = _tree(recording_id, member, work)
    members = {node.id: node for node in view.nodes}
    columns = ("parent", "parent_title", "child", "child_title", "child_type", "child_maker", "share", "child_earned")
    rows = []
    for edge in view.edges:
        parent, child = members[edge.parent], members[edge.child]
        rows.append(
            (parent.id, parent.title, child.id, child.title, child.type_words, child.maker, edge.share, child.earned)
        )
    return exports.answer(exports.Table("family", columns, rows), kind)


def _tree(recording_id: str, member: Identity, work: UnitOfWork) -> TreeView:
    names = names_of(work, member)
    return tree(work, _recording(work, recording_id), names, _earned(work, member))


# ── decisions ──


@router.get("/decisions")
def decisions(request: Request, member: Asks, work: Reading) -> Response:
    rows = _decisions(member, work)
    return HTMLResponse(page("decisions.html", frame(request, work, member, "decisions"), rows=rows))


@router.get("/exports/decisions.{kind}")
def export_decisions(kind: exports.Kind, member: Asks, work: Reading) -> Response:
    columns = ("id", "question", "answer", "asked_by", "asked_at")
    rows = [(d.id, d.question, d.answer, d.asked_by, d.at.isoformat()) for d in _decisions(member, work)]
    return exports.answer(exports.Table("decisions", columns, rows), kind)


@router.get("/decisions/{decision_id}")
def decision(decision_id: str, request: Request, member: Asks, work: Reading, here: Here) -> Response:
    view = _decision(decision_id, member, work, here)
    may_ask = member.may(Capability.ASK_DECISION)
    return HTMLResponse(page("decision.html", frame(request, work, member, "decisions"), view=view, may_ask=may_ask))


@router.get("/exports/decisions/{decision_id}.{kind}")
def export_decision(decision_id: str, kind: exports.Kind, member: Asks, work: Reading, here: Here) -> Response:
    view = _decision(decision_id, member, work, here)
    columns = ("act", "territory", "service", "answer")
    rows = [(place.act, place.territory, cell.service, cell.words) for place in view.places for cell in place.cells]
    return exports.answer(exports.Table("answers", columns, rows), kind)


def _decisions(member: Identity, work: UnitOfWork) -> list[DecisionRow]:
    names = names_of(work, member)
    found = [one for one in work.consent.decisions() if _theirs(one, member)]
    return [read_decision.row(one, _song_of(one, work).label, names) for one in found]


def _decision(decision_id: str, member: Identity, work: UnitOfWork, here: Here) -> DecisionView:
    document = work.consent.decision(decision_id)
    if document is None or not _theirs(document, member):
        raise NotFound("decision")
    now, names = here.now(), names_of(work, member)
    frozen = next(iter(work.consent.licences_of_decision(decision_id)), None)
    derivative = None
    if frozen is not None:
        made = (work.catalogue.recording(one) for one in work.studio.made_under(frozen["payload"]["id"]))
        derivative = next((Link(full_title(one), f"/songs/{one.id}") for one in made if one is not None), None)
    return read_decision.view(
        document,
        _song_of(document, work),
        names,
        licence=None if frozen is None else licence_view(work, frozen, names, here.house.keys(now).trusted(), now),
        derivative=derivative,
    )


def _theirs(document: Mapping[str, Any], member: Identity) -> bool:
    """Whoever sees consent sees every decision; anybody else the ones that they asked for."""
    asker = document["request"]["person"]["id"]
    return member.may(Capability.SEE_CONSENT) or asker in {member.party_id, member.person_id}


def _song_of(document: Mapping[str, Any], work: UnitOfWork) -> Link:
    """The original that a decision is about; several (a mash-up) are named together, the first is linked."""
    sources = document["request"]["sources"]
    titles = {one.id: one.title for one in work.catalogue.recordings(sources)}
    return Link(" and ".join(titles.get(one, one) for one in sources), f"/songs/{sources[0]}")


# ── what several pages need ──


def _recording(work: UnitOfWork, recording_id: str) -> Recording:
    found = work.catalogue.recording(recording_id)
    if found is None:
        raise NotFound("recording")
    return found


def _earned(work: UnitOfWork, member: Identity) -> Mapping[str, Amount]:
    return earned_by_asset(work) if member.may(Capability.SEE_MONEY) else {}


def names_of(work: UnitOfWork, member: Identity) -> Names:
    """How everybody is called for this person, credits included."""
    return names_for(work, member, credited(work))


def credited(work: UnitOfWork) -> dict[str, str]:
    """Party id → the name that stands on a record: as credited, and of its artist and label as registered (an erased
    one has none). Nobody else's registered name is made public by a credit without one."""
    every = [credit for one in work.catalogue.recordings() for credit in one.performers]
    every += [credit for one in work.catalogue.works() for credit in one.writers]
    public = {party for one in work.catalogue.recordings() for party in (one.main_artist, one.label) if party}
    names = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
    found = {party: names[party] for party in public if party in names}
    return found | {credit.party_id: credit.name_as_credited for credit in every if credit.name_as_credited}
