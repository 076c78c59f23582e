"""What is ready, where: the board of types by country, and why something is blocked with the shortest path to yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.invitations import places_of
from ritornello.consent.codes import ACTS, OWN_SERVICE, TYPES, WORDS, Code
from ritornello.consent.errors import ConsentError, Finding
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import desk_page
from ritornello.web.frames import Names
from ritornello.web.pages import names_of
from ritornello.workflows.consent_wide import Board, ShortestPath, coverage, plays_of, stranger, why_blocked

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]

Weigh = Literal["recordings", "plays"]
USUAL = "DE, FR, GB, US, BR, JP, IN"
MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Cell:
    ready: int
    asks: int
    closed: int
    permille: int


@dataclass(frozen=True, slots=True)
class TypeRow:
    code: str
    words: str
    cells: tuple[Cell, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class PathStep:
    number: int
    signers: tuple[str, ...]
    unlocks: int
    songs: tuple[tuple[str, str], ...]
    running: int
    weight: int


@dataclass(frozen=True, slots=True)
class PathView:
    type_words: str
    ready: int
    steps: tuple[PathStep, ...]
    obstacles: tuple[tuple[str, str, int], ...]


@router.get("/consent/coverage")
def board(
    request: Request,
    member: Sees,
    work: Reading,
    here: Here,
    territories: str = USUAL,
    service: str = OWN_SERVICE,
    act: str = "publish",
) -> Response:
    findings: list[Finding] = []
    found: Board | None = None
    try:
        found = _board(member, here, territories, service, act)
    except ConsentError as error:
        findings += error.findings
    return desk_page(
        "coverage.html",
        request,
        work,
        member,
        "coverage",
        findings=findings,
        places=() if found is None else [(one, w.sentence(w.territory(one))) for one in found.probe.territories],
        rows=() if found is None else _rows(found),
        recordings=0 if found is None else found.recordings,
        territories=territories,
        service=service,
        act=act,
        acts=[(one, w.words(one, w.ACTS)) for one in ACTS],
    )


@router.get("/exports/coverage.{kind}")
def export_board(
    kind: exports.Kind,
    member: Sees,
    here: Here,
    territories: str = USUAL,
    service: str = OWN_SERVICE,
    act: str = "publish",
) -> Response:
    found = _board(member, here, territories, service, act)
    columns = ("type", "territory", "ready", "asks", "closed", "permille_ready")
    rows = [
        (name, place, tally.allow, tally.needs_approval, tally.deny, tally.permille_ready)
        for (name, place), tally in found.tallies.items()
    ]
    return exports.answer(exports.Table("coverage", columns, rows), kind)


@router.get("/consent/blocked")
def blocked(
    request: Request,
    member: Sees,
    work: Reading,
    here: Here,
    type: str = "REMIX",
    territories: str = "DE",
    service: str = OWN_SERVICE,
    act: str = "publish",
    weigh: Weigh = "recordings",
) -> Response:
    findings: list[Finding] = []
    view: PathView | None = None
    try:
        view = _path(_blocked(member, here, type, territories, service, act, weigh), work, names_of(work, member))
    except ConsentError as error:
        findings += error.findings
    return desk_page(
        "blocked.html",
        request,
        work,
        member,
        "coverage",
        findings=findings,
        view=view,
        type_=type,
        territories=territories,
        service=service,
        act=act,
        weigh=weigh,
        types=[(one, w.sentence(w.words(one, w.TYPES))) for one in TYPES],
        acts=[(one, w.words(one, w.ACTS)) for one in ACTS],
    )


@router.get("/exports/blocked.{kind}")
def export_blocked(
    kind: exports.Kind,
    member: Sees,
    work: Reading,
    here: Here,
    type: str = "REMIX",
    territories: str = "DE",
    service: str = OWN_SERVICE,
    act: str = "publish",
    weigh: Weigh = "recordings",
) -> Response:
    names = names_of(work, member)
    found = _blocked(member, here, type, territories, service, act, weigh)
    columns = ("step", "signers", "unlocks", "weight")
    rows = [
        (number, w.listed(map(names, one.signers)), len(one.unlocks), one.weight)
        for number, one in enumerate(found.steps, start=1)
    ]
    return exports.answer(exports.Table("path", columns, rows), kind)


def _board(member: Identity, here: Installation, territories: str, service: str, act: str) -> Board:
    places = places_of(territories, "Countries")
    if len(places.codes) > MOST_PLACES:
        raise ConsentError.of("Countries", f"are {len(places.codes)}", f"name up to {MOST_PLACES} for one page")
    _check_act(act)
    return coverage(here.house, member.organisation, stranger(service, here.now(), places, act=act))


def _blocked(
    member: Identity, here: Installation, type_: str, territories: str, service: str, act: str, weigh: Weigh
) -> ShortestPath:
    _check_act(act)
    probe = stranger(service, here.now(), places_of(territories, "Countries"), act=act)
    plays = plays_of(here.house, member.organisation) if weigh == "plays" else None
    return why_blocked(here.house, member.organisation, probe, type_, plays=plays)


def _check_act(act: str) -> None:
    if act not in ACTS:
        raise ConsentError.of("act", f"{act!r} is unknown", f"write one of {', '.join(ACTS)}")


def _rows(found: Board) -> list[TypeRow]:
    rows = []
    for name in TYPES:
        cells = []
        for place in found.probe.territories:
            tally = found.tallies[name, place]
            cells.append(Cell(tally.allow, tally.needs_approval, tally.deny, tally.permille_ready))
        rows.append(
            TypeRow(name, w.sentence(w.words(name, w.TYPES)), tuple(cells), any(one.ready or one.asks for one in cells))
        )
    return sorted(rows, key=lambda row: not row.open)


def _path(found: ShortestPath, work: UnitOfWork, names: Names) -> PathView:
    steps, running = [], found.ready
    for number, one in enumerate(found.steps, start=1):
        running += len(one.unlocks)
        some = one.unlocks[:5]
        titles = {r.id: r.title for r in work.catalogue.recordings(some)}
        songs = tuple((name, titles.get(name, name)) for name in some)
        steps.append(PathStep(number, tuple(map(names, one.signers)), len(one.unlocks), songs, running, one.weight))
    return PathView(
        w.sentence(w.words(found.type, w.TYPES)),
        found.ready,
        tuple(steps),
        tuple((code, w.sentence(WORDS[Code(code)]), count) for code, count in found.obstacles.items()),
    )
