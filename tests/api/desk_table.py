"""The doors of the desk of offers: who may use each, and what each is sent."""

from __future__ import annotations

from ritornello.people.roles import Capability as C
from ritornello.workflows.demo import cast
from tests.web import house

CONSENT, OWN = (C.SEE_CONSENT,), (C.SEE_CONSENT, C.SEE_OWN)
EDITS, IMPORTS, STOPS = (C.EDIT_OFFERS,), (C.IMPORT_OFFERS,), (C.TAKE_DOWN,)
DOORS: dict[str, tuple[C, ...]] = {
    "GET /api/v1/presets": CONSENT,
    "GET /api/v1/offers": CONSENT,
    "GET /api/v1/offers/{offer_id}": CONSENT,
    "GET /api/v1/offers/{offer_id}/addendum.pdf": CONSENT,
    "POST /api/v1/offers/try": EDITS,
    "POST /api/v1/offers/earnings": CONSENT,
    "GET /api/v1/most-favoured": OWN,
    "GET /api/v1/stops": CONSENT,
    "POST /api/v1/stops": STOPS,
    "POST /api/v1/stops/{stop_id}/lift": STOPS,
    "POST /api/v1/decisions/on-a-day": CONSENT,
    "GET /consent": CONSENT,
    "GET /consent/offers": CONSENT,
    "GET /exports/offers.{kind}": CONSENT,
    "GET /consent/most-favoured": OWN,
    "GET /exports/most-favoured.{kind}": OWN,
    "GET /consent/offers/new": EDITS,
    "POST /consent/offers": EDITS,
    "POST /consent/offers/words": EDITS,
    "GET /consent/offers/{offer_id}": CONSENT,
    "GET /consent/offers/{offer_id}/edit": EDITS,
    "GET /consent/offers/{offer_id}/addendum.pdf": CONSENT,
    "POST /consent/offers/{offer_id}/sign": EDITS,
    "GET /consent/offers/{offer_id}/withdraw": EDITS,
    "POST /consent/offers/{offer_id}/withdraw": EDITS,
    "GET /consent/hear/{recording_id}": CONSENT,
    "GET /consent/stops": CONSENT,
    "POST /consent/stops": STOPS,
    "POST /consent/stops/{stop_id}/lift": STOPS,
    "GET /exports/stops.{kind}": CONSENT,
    "GET /consent/day": CONSENT,
    "GET /consent/coverage": CONSENT,
    "GET /exports/coverage.{kind}": CONSENT,
    "GET /consent/blocked": CONSENT,
    "GET /exports/blocked.{kind}": CONSENT,
    "POST /api/v1/offer-sheets": IMPORTS,
    "POST /api/v1/offer-sheets/{import_id}/undo": IMPORTS,
    "GET /consent/sheets": IMPORTS,
    "GET /consent/sheets/example.csv": IMPORTS,
    "POST /consent/sheets": IMPORTS,
    "POST /consent/sheets/{import_id}/undo": IMPORTS,
    "GET /exports/sheets/{key}/{what}.{kind}": IMPORTS,
}
BODIES: dict[str, dict[str, object]] = {
    "POST /api/v1/offers/try": {
        "draft": {
            "preset": "LISTEN-EDIT",
            "holder": cast.LABEL,
            "reach": {"level": "recording", "id": house.ORIGINAL_ID},
            "rights": ["M_USE"],
            "evidence": {"how": "authorised_representative", "sha256": "ab" * 32},
            "valid_from": "2026-09-01",
        },
        "recording": house.ORIGINAL_ID,
        "type": "REMIX",
    },
    "POST /api/v1/offers/earnings": {"plays": 1000},
    "POST /api/v1/stops": {"reason": "a claim", "asset": "rec_none"},
    "POST /api/v1/stops/{stop_id}/lift": {"reason": "settled"},
    "POST /api/v1/decisions/on-a-day": {
        "types": ["REMIX"],
        "sources": [house.ORIGINAL_ID],
        "acts": ["make"],
        "territories": "DE",
        "services": ["own"],
        "person": {"id": cast.FAN},
    },
}
EMPTY_HANDED = (
    "POST /consent/offers",
    "POST /consent/offers/{offer_id}/withdraw",
    "POST /consent/stops",
    "POST /consent/stops/{stop_id}/lift",
    "POST /api/v1/offer-sheets",
    "POST /api/v1/offer-sheets/{import_id}/undo",
    "POST /consent/sheets",
    "POST /consent/sheets/{import_id}/undo",
    "POST /api/v1/stops",
    "POST /api/v1/stops/{stop_id}/lift",
)
UNSEEN_ELSEWHERE = tuple(door for door in DOORS if "{offer_id}" in door)
"""Doors at which another organisation finds nothing."""
