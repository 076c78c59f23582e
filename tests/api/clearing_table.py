"""The doors on clearing a derivative for delivery: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C

SEES = (C.DELIVER, C.EDIT_OFFERS, C.SEE_CONSENT, C.APPROVE)
OPENS = (C.DELIVER, C.EDIT_OFFERS, C.MAKE_DERIVATIVE, C.APPROVE)
APPROVES = (C.APPROVE,)
POINT = {"term": "vocals", "reason": "heard both"}

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/recordings/{recording_id}/open-points": SEES,
    "POST /api/v1/recordings/{recording_id}/open-points/rulings": APPROVES,
    "GET /songs/{recording_id}/release": OPENS,
    "POST /songs/{recording_id}/release/points": APPROVES,
    "GET /exports/songs/{recording_id}/points.{kind}": OPENS,
}
BODIES: dict[str, object] = {
    "POST /api/v1/recordings/{recording_id}/open-points/rulings": {**POINT, "approves": True},
}
FORMS: dict[str, dict[str, object]] = {"POST /songs/{recording_id}/release/points": {**POINT, "ruling": "approve"}}
EMPTY_HANDED = (
    "POST /api/v1/recordings/{recording_id}/open-points/rulings",
    "POST /songs/{recording_id}/release/points",
)
"""Doors that are open to the right role and then say what is missing: nothing of the remix is unmeasured."""
OF_THE_REMIX = ("/open-points", "/open-points/rulings", "/release", "/release/points", "/points.json")
"""Ends of addresses that are about a derivative."""
