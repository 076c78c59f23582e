"""The doors on the people of a house: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C

ERASES, MANAGES, ASKS, OWN = (C.ERASE_PERSON,), (C.MANAGE_PEOPLE,), (C.MANAGE_PEOPLE, C.SEE_MONEY), (C.SEE_OWN,)

DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/roles": MANAGES,
    "GET /api/v1/members": MANAGES,
    "POST /api/v1/members": MANAGES,
    "POST /api/v1/members/{person_id}/link": MANAGES,
    "DELETE /api/v1/members/{person_id}": MANAGES,
    "GET /api/v1/parties": MANAGES,
    "PUT /api/v1/members/{person_id}/party": MANAGES,
    "POST /api/v1/members/{person_id}/erasure": ERASES,
    "GET /api/v1/acts": ASKS,
    "GET /api/v1/me/keys": OWN,
    "POST /api/v1/me/keys": OWN,
    "DELETE /api/v1/me/keys/{key_id}": OWN,
    "GET /people": MANAGES,
    "POST /people": MANAGES,
    "POST /people/{person_id}/link": MANAGES,
    "POST /people/{person_id}/withdrawal": MANAGES,
    "POST /people/{person_id}/party": MANAGES,
    "POST /people/{person_id}/erasure": ERASES,
    "GET /exports/people.{kind}": MANAGES,
    "GET /exports/acts.{kind}": MANAGES,
}
BODIES: dict[str, object] = {
    "POST /api/v1/members": {"email": "door@house.example", "roles": ["fan"]},
    "POST /api/v1/me/keys": {"name": "a program"},
    "PUT /api/v1/members/{person_id}/party": {"party": None},
    "POST /api/v1/members/{person_id}/erasure": {"payee_too": False},
}
FORMS: dict[str, dict[str, object]] = {
    "POST /people": {"email": "page@house.example", "role": "fan"},
    "POST /people/{person_id}/party": {"party": ""},
    "POST /people/{person_id}/erasure": {"sure": "1"},
}
LEADS_ON = ("POST /people",)
"""A page that takes a form and leads to another."""
