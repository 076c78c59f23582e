"""The doors on the people of a house: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C

MANAGES, ASKS, OWN = (C.MANAGE_PEOPLE,), (C.MANAGE_PEOPLE, C.SEE_MONEY), (C.SEE_OWN,)

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/roles": MANAGES,
    "GET /api/v1/members": MANAGES,
    "POST /api/v1/members": MANAGES,
    "POST /api/v1/members/{person_id}/link": MANAGES,
    "DELETE /api/v1/members/{person_id}": MANAGES,
    "GET /api/v1/acts": ASKS,
    "GET /api/v1/me/keys": OWN,
    "POST /api/v1/me/keys": OWN,
    "DELETE /api/v1/me/keys/{key_id}": OWN,
    "GET /people": MANAGES,
    "POST /people": MANAGES,
    "POST /people/{person_id}/link": MANAGES,
    "POST /people/{person_id}/withdrawal": MANAGES,
    "GET /exports/people.{kind}": MANAGES,
    "GET /exports/acts.{kind}": MANAGES,
}
BODIES: dict[str, object] = {
    "POST /api/v1/members": {"email": "door@house.example", "roles": ["fan"]},
    "POST /api/v1/me/keys": {"name": "a program"},
}
FORMS: dict[str, dict[str, object]] = {"POST /people": {"email": "page@house.example", "role": "fan"}}
LEADS_ON = ("POST /people",)
"""A page that takes a form and leads to another."""
