"""The doors on clearing a derivative for delivery: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C
from ritornello.workflows.demo import cast

SEES = (C.DELIVER, C.EDIT_OFFERS, C.SEE_CONSENT, C.APPROVE)
OPENS = (C.DELIVER, C.EDIT_OFFERS, C.MAKE_DERIVATIVE, C.APPROVE)
APPROVES, DELIVERS = (C.APPROVE,), (C.DELIVER,)
SENDER = {"dpid": "PADPIDA2013020802I", "name": "The House"}
POINT = {"term": "vocals", "reason": "heard both"}

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/recordings/{recording_id}/open-points": SEES,
    "POST /api/v1/recordings/{recording_id}/open-points/rulings": APPROVES,
    "GET /songs/{recording_id}/release": OPENS,
    "POST /songs/{recording_id}/release/points": APPROVES,
    "GET /exports/songs/{recording_id}/points.{kind}": OPENS,
    "GET /api/v1/release/sender": SEES,
    "PUT /api/v1/release/sender": DELIVERS,
    "PUT /api/v1/release/prefixes": DELIVERS,
    "GET /api/v1/release/destinations": SEES,
    "GET /api/v1/recordings/{recording_id}/release": SEES,
    "PUT /api/v1/recordings/{recording_id}/release": DELIVERS,
    "POST /api/v1/recordings/{recording_id}/release": DELIVERS,
    "GET /api/v1/release/jobs/{clearing_job}": DELIVERS,
    "POST /api/v1/release/jobs/{clearing_job}/cancel": DELIVERS,
    "GET /api/v1/recordings/{recording_id}/packages": SEES,
    "GET /api/v1/packages/{package_id}/files/{name}": DELIVERS,
    "POST /songs/{recording_id}/release": DELIVERS,
    "POST /songs/{recording_id}/release/particulars": DELIVERS,
    "POST /songs/{recording_id}/release/sender": DELIVERS,
    "GET /packages/{package_id}/files/{name}": DELIVERS,
    "GET /exports/songs/{recording_id}/packages.{kind}": OPENS,
}
BODIES: dict[str, object] = {
    "POST /api/v1/recordings/{recording_id}/open-points/rulings": {**POINT, "approves": True},
    "PUT /api/v1/release/sender": SENDER,
    "PUT /api/v1/release/prefixes": {"owner": cast.LABEL, "prefix": cast.ISRC_PREFIX},
    "POST /api/v1/recordings/{recording_id}/release": {"to": [cast.ALPHA]},
}
FORMS: dict[str, dict[str, object]] = {
    "POST /songs/{recording_id}/release/points": {**POINT, "ruling": "approve"},
    "POST /songs/{recording_id}/release": {"act": "clear"},
    "POST /songs/{recording_id}/release/particulars": {"genre": "Electronic"},
    "POST /songs/{recording_id}/release/sender": SENDER,
}
EMPTY_HANDED = (
    "POST /api/v1/recordings/{recording_id}/open-points/rulings",
    "POST /songs/{recording_id}/release/points",
    "POST /api/v1/recordings/{recording_id}/release",
    "POST /songs/{recording_id}/release",
)
"""Doors that are open to the right role and then say what is missing: nothing of the remix is unmeasured, and no rules
of its services are on file."""
LEADS_ON = ("POST /songs/{recording_id}/release/particulars", "POST /songs/{recording_id}/release/sender")
"""Pages that take a form and lead to another."""
OF_THE_REMIX = (
    "/open-points",
    "/open-points/rulings",
    "/release",
    "/release/points",
    "/release/particulars",
    "/release/sender",
    "/points.json",
)
"""Ends of addresses that are about a derivative."""
