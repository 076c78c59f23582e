"""Every role at every endpoint: who may comes in, who may not is told so, nobody else's records are ever seen.

A new endpoint that is not in the table below fails this test, so that nobody forgets to decide who may use it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from ritornello.consent.approvals import Item, queued
from ritornello.consent.contract_drafts import contract_of_draft
from ritornello.distribution.matches import Match
from ritornello.jobs import Order
from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Capability as C
from ritornello.people.roles import Role, may
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import clearing_jobs, consent_feed, keep_index, look_into, release_jobs
from ritornello.workflows.bring_recording import ARRIVE
from ritornello.workflows.demo import cast
from tests.api import clearing_table, desk_table, money_table, people_table, studio_table
from tests.api.conftest import ADDRESS, Installed, install
from tests.api.test_arrivals import FACTS
from tests.web import house

OPEN: tuple[C, ...] = ()
ANY = tuple(C)
SEES, MONEY = (C.SEE_CATALOGUE,), (C.SEE_MONEY,)
BRINGS = (C.EDIT_CATALOGUE,)
EDITS, APPROVES = (C.EDIT_OFFERS,), (C.APPROVE,)
CONSENT, OWN, PAID = (C.SEE_CONSENT,), (C.SEE_CONSENT, C.SEE_OWN), (C.SEE_MONEY, C.SEE_OWN)
FINDS, ROUTES = (C.DELIVER, C.EDIT_OFFERS, C.SEE_CONSENT), (C.DELIVER, C.EDIT_OFFERS)
PUBLISHES = (*ROUTES, C.MAKE_DERIVATIVE)

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/health": OPEN,
    "GET /api/v1/keys": OPEN,
    "GET /api/v1/revocations": OPEN,
    "GET /api/v1/log/head": OPEN,
    "GET /api/v1/log/heads": OPEN,
    "GET /api/v1/log/proofs/{content_hash}": OPEN,
    "GET /api/v1/log/consistency": OPEN,
    "GET /sign-in": OPEN,
    "GET /sign-in/{token}": OPEN,
    "POST /sign-in/{token}": OPEN,
    "POST /sign-out": OPEN,
    "GET /api/v1/me": ANY,
    "GET /api/v1/recordings": SEES,
    "GET /api/v1/recordings/{recording_id}": SEES,
    "POST /api/v1/recordings": BRINGS,
    "GET /api/v1/recordings/arrivals/{arrival}": BRINGS,
    "POST /api/v1/recordings/arrivals/{arrival}/cancel": BRINGS,
    "GET /catalogue/new": BRINGS,
    "POST /catalogue/new": BRINGS,
    "GET /catalogue/arrivals/{arrival}": BRINGS,
    "POST /catalogue/arrivals/{arrival}": BRINGS,
    "POST /api/v1/decisions": (C.ASK_DECISION,),
    "GET /api/v1/decisions/{decision_id}": OWN,
    "POST /api/v1/offers": (C.EDIT_OFFERS,),
    "POST /api/v1/offers/{offer_id}/revocation": (C.EDIT_OFFERS,),
    "GET /api/v1/coverage": CONSENT,
    "GET /api/v1/feeds/{service}": (C.SEE_FEED,),
    "POST /api/v1/feeds/{service}": (C.DELIVER,),
    "GET /api/v1/feeds/{service}/{number}.{kind}": (C.SEE_FEED,),
    "POST /api/v1/feeds/{service}/comparison": (C.SEE_FEED,),
    "GET /api/v1/services/{service}": (C.SEE_FEED,),
    "PUT /api/v1/services/{service}": (C.EDIT_OFFERS,),
    "GET /api/v1/licences/{licence_id}": OWN,
    **studio_table.DOORS,
    **studio_table.DESK,
    **desk_table.DOORS,
    **clearing_table.DOORS,
    "GET /api/v1/invitations": CONSENT,
    "POST /api/v1/invitations": EDITS,
    "POST /api/v1/invitations/due": EDITS,
    "GET /api/v1/recordings/{recording_id}/answers": CONSENT,
    "GET /api/v1/answers/{organisation}/{token}": OPEN,
    "POST /api/v1/answers/{organisation}/{token}": OPEN,
    "GET /api/v1/answers/{organisation}/{token}/addendum.pdf": OPEN,
    "GET /answer/{organisation}/{token}": OPEN,
    "POST /answer/{organisation}/{token}": OPEN,
    "GET /answer/{organisation}/{token}/addendum.pdf": OPEN,
    "GET /consent/invitations": CONSENT,
    "POST /consent/invitations/due": EDITS,
    "GET /exports/invitations.{kind}": CONSENT,
    "GET /consent/songs/{recording_id}": CONSENT,
    "POST /consent/songs/{recording_id}/invite": EDITS,
    "GET /exports/consent/songs/{recording_id}.{kind}": CONSENT,
    "GET /api/v1/approvals": CONSENT,
    "GET /api/v1/approvals/{item_id}": CONSENT,
    "POST /api/v1/approvals/votes": APPROVES,
    "POST /api/v1/approvals/due": APPROVES,
    "POST /api/v1/decisions/{decision_id}/approvals": (C.ASK_DECISION,),
    "POST /decisions/{decision_id}/ask": (C.ASK_DECISION,),
    "GET /consent/approvals": CONSENT,
    "POST /consent/approvals": APPROVES,
    "POST /consent/approvals/due": APPROVES,
    "GET /consent/approvals/{item_id}": CONSENT,
    "POST /consent/approvals/{item_id}": APPROVES,
    "GET /exports/approvals.{kind}": CONSENT,
    "GET /api/v1/contracts": CONSENT,
    "GET /api/v1/contracts/{contract_id:path}": CONSENT,
    "POST /api/v1/contracts": EDITS,
    "GET /consent/contracts": CONSENT,
    "GET /consent/contracts/new": EDITS,
    "GET /consent/contracts/{contract_id:path}": CONSENT,
    "POST /consent/contracts": EDITS,
    "GET /exports/contracts.{kind}": CONSENT,
    "GET /api/v1/statements/{statement_id}": PAID,
    "POST /api/v1/identify": (C.ASK_DECISION,),
    "POST /api/v1/identify/jobs": (C.ASK_DECISION,),
    "GET /api/v1/identify/jobs/{look_job}": (C.ASK_DECISION,),
    "POST /api/v1/identify/jobs/{look_job}/cancel": (C.ASK_DECISION,),
    "POST /api/v1/matches/jobs": ROUTES,
    "GET /matches/looking/{look_job}": ROUTES,
    "POST /matches/looking/{look_job}": ROUTES,
    "GET /api/v1/index": FINDS,
    "POST /api/v1/index": ROUTES,
    "GET /api/v1/index/jobs/{index_job}": ROUTES,
    "POST /api/v1/index/jobs/{index_job}/cancel": ROUTES,
    "DELETE /api/v1/index/{recording_id}": ROUTES,
    "PUT /api/v1/index/{recording_id}": ROUTES,
    "POST /api/v1/index/snapshots/{snapshot}/restored": ROUTES,
    "POST /api/v1/index/snapshots": ROUTES,
    "GET /matches/index": FINDS,
    "POST /matches/index": ROUTES,
    "POST /matches/index/moves": ROUTES,
    "POST /matches/index/snapshots": ROUTES,
    "GET /api/v1/recordings/{recording_id}/gate": FINDS,
    "POST /api/v1/recordings/{recording_id}/gate": ROUTES,
    "POST /api/v1/recordings/{recording_id}/gate/rulings": ROUTES,
    "GET /api/v1/gate/jobs/{gate_job}": ROUTES,
    "POST /api/v1/gate/jobs/{gate_job}/cancel": ROUTES,
    "GET /songs/{recording_id}/gate": PUBLISHES,
    "POST /songs/{recording_id}/gate": ROUTES,
    "POST /songs/{recording_id}/gate/rulings": ROUTES,
    "GET /api/v1/matches": FINDS,
    "POST /api/v1/matches": ROUTES,
    "GET /api/v1/matches/{match_id}": FINDS,
    "GET /api/v1/matches/{match_id}/manifest": FINDS,
    "POST /api/v1/matches/{match_id}/routing": ROUTES,
    "POST /api/v1/matches/{match_id}/link": ROUTES,
    "POST /api/v1/matches/{match_id}/answers": ROUTES,
    "POST /api/v1/matches/{match_id}/releases": ROUTES,
    "POST /matches/{match_id}/answers": ROUTES,
    "POST /matches/{match_id}/releases": ROUTES,
    "POST /api/v1/found/{token}/refusal": OPEN,
    "POST /api/v1/found/{token}/dispute": OPEN,
    "POST /found/{token}/refusal": OPEN,
    "POST /found/{token}/dispute": OPEN,
    "GET /api/v1/channels": FINDS,
    "GET /api/v1/recordings/{recording_id}/publish-sheet": PUBLISHES,
    "POST /api/v1/recordings/{recording_id}/channels": PUBLISHES,
    "POST /api/v1/recordings/{recording_id}/reference": ROUTES,
    "POST /songs/{recording_id}/reference": ROUTES,
    "GET /api/v1/found/{token}": OPEN,
    "POST /api/v1/found/{token}": OPEN,
    "GET /matches": FINDS,
    "POST /matches": ROUTES,
    "GET /exports/matches.{kind}": FINDS,
    "GET /channels": FINDS,
    "GET /exports/channels.{kind}": FINDS,
    "GET /matches/{match_id}": FINDS,
    "POST /matches/{match_id}": ROUTES,
    "GET /matches/{match_id}/audio": FINDS,
    "HEAD /matches/{match_id}/audio": FINDS,
    "POST /matches/{match_id}/link": ROUTES,
    "GET /songs/{recording_id}/publish": PUBLISHES,
    "POST /songs/{recording_id}/channels": PUBLISHES,
    "GET /found/{token}": OPEN,
    "POST /found/{token}": OPEN,
    "GET /api/v1/log/growth": OPEN,
    **money_table.DOORS,
    **people_table.DOORS,
    "GET /": SEES,
    "GET /exports/catalogue.{kind}": SEES,
    "GET /songs/{recording_id}": SEES,
    "GET /songs/{recording_id}/tree": SEES,
    "GET /exports/songs/{recording_id}/tree.{kind}": SEES,
    "GET /exports/songs/{recording_id}/shares.{kind}": CONSENT,
    "GET /audio/{recording_id}": SEES,
    "HEAD /audio/{recording_id}": SEES,
    "GET /songs/{recording_id}/files/{role}": SEES,
    "GET /runs": MONEY,
    "GET /exports/runs.{kind}": MONEY,
    "GET /runs/{run_id}": MONEY,
    "GET /exports/runs/{run_id}/payees.{kind}": MONEY,
    "GET /exports/runs/{run_id}/suspense.{kind}": MONEY,
    "GET /statements": PAID,
    "GET /exports/statements.{kind}": PAID,
    "GET /statements/{statement_id}": PAID,
    "GET /statements/{statement_id}.{kind}": PAID,
    "GET /statements/{statement_id}/lines/{number}": PAID,
    "GET /statements/{statement_id}/lines/{number}/part": PAID,
    "GET /statements/{statement_id}/lines/{number}/rows.{kind}": PAID,
    "GET /decisions": OWN,
    "GET /exports/decisions.{kind}": OWN,
    "GET /decisions/{decision_id}": OWN,
    "GET /exports/decisions/{decision_id}.{kind}": OWN,
}
RULING = {"code": "declared_not_found", "original": house.ORIGINAL_ID, "reason": "it is there"}
BODIES: dict[str, dict[str, object] | str] = {
    "POST /api/v1/decisions": {
        "types": ["REMIX"],
        "sources": [house.ORIGINAL_ID],
        "acts": ["make"],
        "territories": "DE",
        "services": ["own"],
        "person": {"id": cast.FAN},
    },
    "POST /api/v1/offers": {
        "preset": "LISTEN-EDIT",
        "holder": cast.LABEL,
        "reach": {"level": "recording", "id": house.ORIGINAL_ID},
        "rights": ["M_USE"],
        "territories": "JP",
        "evidence": {"how": "authorised_representative", "sha256": "ab" * 32},
        "valid_from": "2026-09-01",
    },
    "POST /api/v1/offers/{offer_id}/revocation": {"by": cast.LABEL},
    "POST /api/v1/feeds/{service}": {"whole": True},
    "POST /api/v1/feeds/{service}/comparison": "recording,type,territories\nrec_x,REMIX,DE\n",
    "PUT /api/v1/services/{service}": {"territories": "DE"},
    "POST /api/v1/matches/{match_id}/routing": {"route": "left_alone", "reason": "a friend"},
    "POST /api/v1/recordings/{recording_id}/channels": {"service": cast.ALPHA, "channel": "UC-door"},
    "POST /api/v1/matches/{match_id}/answers": {"answer": "disputed", "reason": "it is mine"},
    "POST /api/v1/matches/{match_id}/releases": {"holder": cast.LABEL, "reason": "by mail"},
    "POST /api/v1/recordings/{recording_id}/gate/rulings": {**RULING, "passes": True},
    "POST /api/v1/approvals/votes": {"items": ["apq_door"], "approve": True},
    "POST /api/v1/contracts": {
        "id": "K/1",
        "kind": "recording agreement",
        "parties": [cast.LABEL],
        "catalogue": ["*"],
        "valid_from": "2020-01-01",
    },
    "POST /api/v1/invitations": {
        "holder": cast.SUBPUBLISHER_JP,
        "right": "C_ARR",
        "reach": {"level": "recording", "id": house.ORIGINAL_ID},
        "territories": "JP",
    },
    **studio_table.BODIES,
    **desk_table.BODIES,
    **people_table.BODIES,
    **clearing_table.BODIES,
}
"""What each door that takes a document is sent. The offer is about Japan alone, and so another than the cast's."""
FORMS: dict[str, dict[str, object]] = {
    "POST /api/v1/recordings": {"facts": json.dumps(FACTS)},
    **people_table.FORMS,
    **clearing_table.FORMS,
    "POST /songs/{recording_id}/gate/rulings": {**RULING, "ruling": "pass"},
    "POST /matches/{match_id}/answers": {"answer": "disputed", "reason": "it is mine"},
    "POST /matches/{match_id}/releases": {"holder": cast.LABEL, "reason": "by mail"},
    "POST /matches/index": {"act": "in-line"},
    "POST /matches/index/moves": {"act": "back", "recording": house.ORIGINAL_ID},
    "POST /matches/{match_id}": {"route": "left_alone", "reason": "a friend"},
    "POST /songs/{recording_id}/channels": {"service": cast.ALPHA, "channel": "UC-door"},
    "POST /consent/songs/{recording_id}/invite": {
        "ask": f"C_MECH:{cast.SUBPUBLISHER_JP}:2/5",
        "preset": "LISTEN-EDIT",
        "territories": "WW",
        "days": "21",
    },
}
"""What each page that takes a form is sent."""
EMPTY_HANDED = (
    *clearing_table.EMPTY_HANDED,
    *studio_table.EMPTY_HANDED,
    "POST /catalogue/new",
    "POST /api/v1/identify",
    "POST /api/v1/identify/jobs",
    "POST /api/v1/matches",
    "POST /api/v1/matches/jobs",
    "POST /api/v1/recordings/{recording_id}/channels",
    "POST /api/v1/recordings/{recording_id}/gate/rulings",
    "POST /songs/{recording_id}/gate/rulings",
    "POST /api/v1/matches/{match_id}/answers",
    "POST /api/v1/matches/{match_id}/releases",
    "POST /matches/{match_id}/answers",
    "POST /matches/{match_id}/releases",
    "POST /matches",
    "POST /matches/{match_id}/link",
    "POST /songs/{recording_id}/channels",
    "POST /api/v1/matches/{match_id}/link",
    "POST /api/v1/decisions/{decision_id}/approvals",
    "POST /decisions/{decision_id}/ask",
    "POST /consent/approvals",
    "POST /consent/approvals/{item_id}",
    "POST /consent/contracts",
    *desk_table.EMPTY_HANDED,
)
"""Doors that are open to the right role and then say what is missing: the decision is denied, no vote was given."""
TRIED_APART = {**money_table.DOORS, **studio_table.DESK}
"""In tests/api/test_money_doors.py and tests/studio_doors/test_desk_doors.py."""
PAGES_THAT_LEAD_ON = (
    "POST /catalogue/arrivals/{arrival}",
    "POST /matches/{match_id}",
    "POST /matches/index",
    "POST /matches/index/moves",
    "POST /matches/index/snapshots",
    "POST /matches/looking/{look_job}",
    "POST /songs/{recording_id}/gate",
    *studio_table.LEADS_ON,
    *clearing_table.LEADS_ON,
    *people_table.LEADS_ON,
)
"""Pages that take a form and lead to another."""
UNKNOWN_ELSEWHERE = (
    "POST /catalogue/new",
    "POST /matches/index/moves",
    "POST /api/v1/index/snapshots/{snapshot}/restored",
    "POST /api/v1/identify",
    "POST /api/v1/identify/jobs",
    "POST /api/v1/matches",
    "POST /api/v1/matches/jobs",
    "POST /matches",
    "POST /consent/approvals",
    "POST /consent/contracts",
    *desk_table.EMPTY_HANDED,
    *(
        door
        for door in BODIES
        if not door.endswith(("/votes", "/release/sender", "/earnings", "/members", "/me/keys"))
        and "{service}" not in door
        and "/studio/" not in door
    ),
)
"""Doors at which another organisation is told that what it names is unknown."""
OTHERS_SEE_NOTHING = (
    "{person_id}",
    "{key_id}",
    "{arrival}",
    "{index_job}",
    "{gate_job}",
    "{clearing_job}",
    "{package_id}",
    "{look_job}",
    "{item_id}",
    "{match_id}",
    "{contract_id:path}",
    "{licence_id}",
    "{recording_id}",
    "{decision_id}",
    "{run_id}",
    "{statement_id}",
    "{job_id}",
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    made = install(tmp_path_factory.mktemp("house"))
    house.fill(made.house)
    house.settle(made.house)
    made.clock.at = cast.RUN_ON
    with made.house.work(cast.ORGANISATION) as work:
        for person, member in work.people.members():
            assert person is not None
            owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
            role = next(iter(member.roles))
            made.keys[cast.ORGANISATION, role], _ = service.give_key(
                work.people,
                owner,
                role.value,
                [role],
                datetime(2026, 1, 1, tzinfo=UTC),
                service=cast.ALPHA if role is Role.SERVICE else None,
            )
        work.matches.add(_found(work))
        work.commit()
    asked = consent_feed.probe_of(made.house, cast.ORGANISATION, cast.ALPHA, cast.RUN_ON)
    consent_feed.issue_feed(made.house, cast.ORGANISATION, asked)
    yield made
    made.house.engine.dispose()


def _found(work: UnitOfWork) -> Match:
    """A file in which the original was found."""
    original = work.catalogue.recording(house.ORIGINAL_ID)
    assert original is not None
    heard = {
        "recording": house.ORIGINAL_ID, "title": original.title, "artist": original.main_artist, "tier": "transformed",
        "query_ms": [0, 9_000], "reference_ms": [0, 10_000], "cents": 180, "time_scale_ppm": 900_000, "chance_ppm": 0,
    }  # fmt: skip
    answer = {
        "found": [heard], "passages": [heard], "copies": [], "unknown_ms": 0,
        "duration_shares_permille": {house.ORIGINAL_ID: 1000},
    }  # fmt: skip
    return Match(
        "mat_door", "found.wav", "ab" * 32, original.audio_key, 9_000, cast.ALPHA, "UC-door", 12, answer, None, "",
        cast.RUN_ON, ((-5, 5),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def filled(installed: Installed) -> dict[str, str]:
    """What stands for each part of an address."""
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        decision = work.consent.decisions()[0]
        licence = next(iter(work.consent.licences_of_source(house.ORIGINAL_ID)))
        run = work.royalty.runs()[0]
        statement = next(one for one in work.statements.of_run(run.id) if one.payee != cast.FAN)
        leaf = work.log.leaf("licence", licence["payload"]["id"])
    assert leaf is not None
    now = installed.clock()
    item = Item(
        "apq_door", "5" * 64, decision["id"], cast.LABEL, "M_USE", (), frozenset(), 1, now, now + timedelta(hours=72)
    )
    with installed.house.work(cast.ORGANISATION) as work:
        work.consent.add_event(queued(item))
        work.consent.add_contract(contract_of_draft(BODIES["POST /api/v1/contracts"], cast.REGISTERED))
        asked = {"recording": house.REMIX_ID, "to": [cast.ALPHA], "by": "per_door"}
        clearing = work.jobs.enqueue(Order(clearing_jobs.CLEAR, "clearing:door", asked), now).id
        work.commit()
    sent = installed.house.home / "sent.wav"
    sent.write_bytes(b"words")
    with installed.house.work(cast.ORGANISATION) as work:
        payload = {"recording_id": house.ORIGINAL_ID, "audio_key": "none", "stems": {}, "by": "per_door"}
        arrival = work.jobs.enqueue(Order(ARRIVE, "door", payload), now)
        work.commit()
    look = look_into.order_look(installed.house, cast.ORGANISATION, sent, "sent.wav", now, "per_door")
    return {
        "{arrival}": arrival.id,
        "{look_job}": look.id,
        "{recording_id}": house.ORIGINAL_ID,
        "{decision_id}": decision["id"],
        "{match_id}": "mat_door",
        "{content_hash}": leaf.content_hash,
        "{token}": "ritl_" + "A" * 43,
        "{organisation}": cast.ORGANISATION,
        "{item_id}": "apq_door",
        "{stop_id}": "stp_none",
        "{import_id}": "imp_none",
        "{key}": installed.house.blobs.put(b"asset;type;territory;who;scope;fan_share;from;until\n"),
        "{what}": "rows",
        "{contract_id:path}": "K/1",
        "{kind}": "json",
        "{person_id}": "per_nobody",
        "{key_id}": "key_nobody",
        "{run_id}": run.id,
        "{licence_id}": licence["payload"]["id"],
        "{offer_id}": next(one["offer"] for one in licence["payload"]["terms"] if one["holder"] == cast.LABEL),
        "{statement_id}": statement.id,
        "{number}": "1",
        "{service}": cast.ALPHA,
        "{role}": "master",
        "{name}": "report.json",
        "{job_id}": studio_table.finished_render(installed.house),
        "{index_job}": keep_index.order_index(installed.house, cast.ORGANISATION, now, "per_door").id,
        "{gate_job}": release_jobs.order_hearing(
            installed.house, cast.ORGANISATION, house.REMIX_ID, now, "per_door"
        ).id,
        "{clearing_job}": clearing,
        "{package_id}": "pkg_none",
        "{snapshot}": keep_index.snapshot(installed.house, cast.ORGANISATION, now).name,
    }


def doors(installed: Installed) -> list[str]:
    """Every endpoint of the application, in whatever router it was included."""
    found, routes = [], list(installed.app.routes)
    while routes:
        route = routes.pop()
        routes += getattr(getattr(route, "original_router", None), "routes", [])
        if isinstance(route, APIRoute):
            found += [f"{method} {route.path}" for method in sorted(route.methods)]
    return found


def knock(client: TestClient, door: str, filled: dict[str, str]) -> int:
    method, path = door.split(" ")
    for name, value in filled.items():
        path = path.replace(name, value)
    if path.endswith("/consistency"):
        path += "?first=0&second=1"
    if path.endswith("/revocation"):
        path += "?dry_run=true"
    if path.endswith("/coverage"):
        path += "?territories=DE"
    if path.endswith("/on-a-day"):
        path += "?at=2026-07-01T12:00:00Z"
    if path.endswith(
        ("/publish", "/publish-sheet", "/reference", "/gate", "/gate/rulings", *clearing_table.OF_THE_REMIX)
    ):
        path = path.replace(house.ORIGINAL_ID, house.REMIX_ID)
    headers = {"Accept": "text/html"}
    return client.request(method, path, headers=headers, json=BODIES.get(door), data=FORMS.get(door)).status_code


def test_every_endpoint_is_in_the_table(installed: Installed) -> None:
    assert sorted(doors(installed)) == sorted(DOORS)


def test_whoever_is_not_signed_in_finds_only_the_open_doors(installed: Installed, filled: dict[str, str]) -> None:
    for door, needs in DOORS.items():
        status = knock(installed.client(), door, filled)
        assert (status == 401) == (needs != OPEN) and status < 500, f"{door}: {status}"


def welcome(door: str, needs: tuple[C, ...], role: Role) -> set[int]:
    """What a role is answered at a door with what `BODIES` and `FORMS` hold for it."""
    sees = may([role], C.SEE_CONSENT)
    maker = role is Role.FAN  # their program acts as their party: what is theirs is there
    for_others = (door == "POST /api/v1/decisions" and not maker) or door in studio_table.FOR_SOMEBODY
    for_others = for_others and not sees
    if for_others or not any(may([role], one) for one in needs):
        return {403}
    # decisions, statements and renders of others are not found
    hidden = {"{decision_id}": sees or maker, "{licence_id}": sees or maker}
    jobs = may([role], C.SEE_JOBS)
    hidden |= {"{statement_id}": may([role], C.SEE_MONEY), "{job_id}": jobs or maker, "{look_job}": jobs}
    hidden |= {"{package_id}": False}  # nothing was packed here
    hidden |= {"{person_id}": False, "{key_id}": False}  # nobody is withdrawn here, and no key ended
    if any(part in door and not seen for part, seen in hidden.items()):
        return {404}
    if "{role}" in door or door.endswith("/manifest"):
        return {404}
    if door in EMPTY_HANDED:
        return {422}
    done = door.startswith("POST /consent/") and not door.endswith("/words")
    return {303} if done or door in PAGES_THAT_LEAD_ON else {200, 202}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_comes_in_where_it_may_and_nowhere_else(
    installed: Installed, filled: dict[str, str], role: Role
) -> None:
    client = installed.client(installed.keys[cast.ORGANISATION, role])
    wrong = []
    for door, needs in DOORS.items():
        if needs == OPEN or door in TRIED_APART:
            continue
        status = knock(client, door, filled)
        expected = welcome(door, needs, role)
        if status not in expected:
            wrong.append(f"{role} at {door}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_another_organisation_sees_nothing_of_this_one(installed: Installed, filled: dict[str, str]) -> None:
    client = installed.client(installed.keys["org_elsewhere", Role.OWNER])
    for door, needs in DOORS.items():
        if needs == OPEN or door in TRIED_APART:
            continue
        status = knock(client, door, filled)
        unseen = door in desk_table.UNSEEN_ELSEWHERE or (door in BODIES and "/studio/" in door)
        if any(part in door for part in OTHERS_SEE_NOTHING) or unseen:
            assert status == 404, f"{door}: {status}"
        elif door in UNKNOWN_ELSEWHERE:
            assert status == 422, f"{door}: {status}"
        else:
            method, path = door.split(" ")
            path = path.replace("{kind}", "json").replace("{service}", cast.ALPHA)
            text = client.request(method, path, json=BODIES.get(door)).text
            assert status in (200, 202, 303), f"{door}: {status}"
            assert not any(word in text for word in ("Ritornello Night", "rec_demo", "Ilse", "Saltmarsh", "quietfox"))


def test_the_fan_signed_in_sees_the_own_question(installed: Installed, filled: dict[str, str]) -> None:
    client = TestClient(installed.app, ADDRESS)
    client.post(house.link(installed.house, house.MAKER, installed.clock()))
    page = client.get(f"/decisions/{filled['{decision_id}']}")
    assert page.status_code == 200
    song = client.get(f"/songs/{house.ORIGINAL_ID}").text
    assert "Credits" in song and "Who owns it" not in song  # shares are not a fan's to see
    for hidden in ("Lantern House Music", "Tomas Brandt", "DE89370400440532013000"):
        assert hidden not in song


def test_a_payee_sees_the_own_statement_and_no_other(installed: Installed, filled: dict[str, str]) -> None:
    client = TestClient(installed.app, ADDRESS)
    client.post(house.link(installed.house, house.MAKER, installed.clock()))
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        statements = work.statements.of_run(filled["{run_id}"])
    for one in statements:
        expected = 200 if one.payee == cast.FAN else 404
        for path in (f"/statements/{one.id}", f"/statements/{one.id}.pdf", f"/statements/{one.id}/lines/1/rows.csv"):
            assert client.get(path).status_code == expected, path
    assert {one.payee for one in statements} > {cast.FAN}
    assert client.get("/statements").text.count("/statements/stt_") == 1


def test_a_record_is_found_in_the_log_by_its_hash_alone(installed: Installed, filled: dict[str, str]) -> None:
    told = installed.client().get(f"/api/v1/log/proofs/{filled['{content_hash}']}").json()
    assert told["content_hash"] == filled["{content_hash}"]
    assert told["head"]["payload"]["size"] >= 1
    assert installed.client().get("/api/v1/log/proofs/" + "0" * 64).status_code == 404
    assert installed.client().get("/api/v1/log/consistency?first=9&second=3").status_code == 422


def test_nothing_that_is_open_names_a_person_or_a_title(installed: Installed, filled: dict[str, str]) -> None:
    for door, needs in DOORS.items():
        if needs == OPEN and door.startswith("GET /api"):
            path = door.split(" ")[1].replace("{content_hash}", filled["{content_hash}"])
            text = installed.client().get(path).text
            assert not any(word in text for word in ("Ilse", "quietfox", "Saltmarsh", "Night Bus"))


def test_the_sound_is_for_members_and_comes_in_parts(installed: Installed) -> None:
    path = f"/audio/{house.ORIGINAL_ID}"
    client = installed.client(installed.keys[cast.ORGANISATION, Role.FAN])
    part = client.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"RIFF", "audio/wav")
    assert installed.client().get(path).status_code == 401


def test_documents_of_the_interface(installed: Installed) -> None:
    told = installed.client().get("/api/v1/openapi.json").json()
    assert {"/api/v1/health", "/api/v1/me", "/api/v1/log/head"} <= set(told["paths"])
    assert not [path for path in told["paths"] if not path.startswith("/api/v1/")]
