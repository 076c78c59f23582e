"""The doors on the people of a house: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C

MANAGES, ASKS = (C.MANAGE_PEOPLE,), (C.MANAGE_PEOPLE, C.SEE_MONEY)

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/roles": MANAGES,
    "GET /api/v1/members": MANAGES,
    "POST /api/v1/members": MANAGES,
    "POST /api/v1/members/{person_id}/link": MANAGES,
    "DELETE /api/v1/members/{person_id}": MANAGES,
    "GET /api/v1/acts": ASKS,
    "GET /people": MANAGES,
    "POST /people": MANAGES,
    "POST /people/{person_id}/link": MANAGES,
    "POST /people/{person_id}/withdrawal": MANAGES,
    "GET /exports/people.{kind}": MANAGES,
    "GET /exports/acts.{kind}": MANAGES,
}
BODIES: dict[str, object] = {"POST /api/v1/members": {"email": "door@house.example", "roles": ["fan"]}}
FORMS: dict[str, dict[str, object]] = {"POST /people": {"email": "page@house.example", "role": "fan"}}
LEADS_ON = ("POST /people",)
"""A page that takes a form and leads to another."""
