"""The application: one factory that both the programs' interface and the pages are built on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import FastAPI

from ritornello import __version__
from ritornello.api import (
    approvals,
    arrivals,
    clearing,
    consent,
    consent_feeds,
    contracts,
    errors,
    exchange,
    found,
    gate,
    index,
    invitations,
    looking,
    matches,
    offer_sheets,
    offers,
    open_doors,
    people,
    programs,
    records,
    registering,
    royalties,
    stops,
    studio,
    studio_desk,
    studio_files,
    studio_rooms,
    studio_words,
    usage,
)
from ritornello.api.bodies import Bodies
from ritornello.api.doors import Installation
from ritornello.api.packing import Packed
from ritornello.api.security import Guard
from ritornello.identify.index import Density
from ritornello.settings import Settings
from ritornello.workflows.house import House, open_house

if TYPE_CHECKING:
    from ritornello.studio.chat import ChatModel

DESCRIPTION = """\
Every derivative rests on a consent, and every cent traces back to it.

Sign in with a session cookie (pages) or send an API key as `Authorization: Bearer …` (programs). Failures are problem
documents (RFC 9457). Amounts are integers of 10⁻⁶ of the currency's unit; shares are fractions as text; times are UTC.
"""


def create_app(settings: Settings, *, house: House | None = None, now: Callable[[], datetime] | None = None) -> FastAPI:
    """The application of one installation.

    Args:
        settings: where everything rests and how people reach it.
        house: an installation that is open already; otherwise it is opened from the settings, its database migrated.
        now: the clock, for tests.
    """
    opened = house or house_of(settings)
    app = FastAPI(
        title="Ritornello",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.installation = Installation(opened, settings) if now is None else Installation(opened, settings, now)
    app.add_middleware(Packed, here=app.state.installation)
    app.add_middleware(Bodies, most_mib=settings.upload_limit_mib)
    app.add_middleware(Guard, address=settings.address, https=settings.cookies_over_https_only)
    errors.install(app)
    app.include_router(open_doors.router)
    app.include_router(records.router)
    app.include_router(arrivals.router)
    app.include_router(people.router)
    app.include_router(programs.router)
    app.include_router(stops.router)
    app.include_router(consent.router)
    app.include_router(offer_sheets.router)
    app.include_router(offers.router)
    app.include_router(studio.router)
    app.include_router(studio_files.router)
    app.include_router(studio_desk.router)
    app.include_router(studio_rooms.router)
    app.include_router(studio_words.router)
    app.include_router(consent_feeds.router)
    app.include_router(approvals.router)
    app.include_router(contracts.router)
    app.include_router(invitations.router)
    app.include_router(found.router)
    app.include_router(gate.router)
    app.include_router(clearing.router)
    app.include_router(index.router)
    app.include_router(looking.router)
    app.include_router(matches.router)
    app.include_router(royalties.router)
    app.include_router(registering.router)
    app.include_router(usage.router)
    app.include_router(exchange.router)
    return app


def house_of(settings: Settings) -> House:
    """The installation that the settings name, opened."""
    return open_house(
        home=settings.home,
        database_url=settings.database_url,
        blob_url=settings.blob_url,
        lake=settings.lake,
        key_folder=settings.key_folder,
        schemas=settings.ddex_schemas,
        rules=settings.rights_rules,
        destinations=settings.destinations,
        weights=settings.neural_weights,
        chat=_chat_of(settings),
        density=None if settings.index_density is None else Density(settings.index_density),
    )


def _chat_of(settings: Settings) -> ChatModel | None:
    """The model that may read sentences too. Raises ChatError for an address that cannot be asked."""
    if not settings.chat_address:
        return None
    from ritornello.studio.chat import ChatModel

    return ChatModel(settings.chat_address, settings.chat_model, settings.chat_key)
