"""Who is asking: a session cookie from a browser, or a key from a program; and what they may do here.

Every endpoint names the one capability that it needs (`Depends(allowed(Capability.SEE_MONEY))`) or is listed as open in
`ritornello.api.open_doors`. A request reads in one transaction as the organisation of whoever asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request

from ritornello.api.errors import Problem
from ritornello.api.security import SESSION_COOKIE
from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.settings import Settings
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House

LISTENERS = 2
"""Files that are heard within requests at one time: each may be two hours long, and all others must go on meanwhile."""

NOBODY = "org_nobody"
"""The organisation of a request before it is known who asks: it owns nothing."""


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Installation:
    """What the doors of one application share: its house, settings and clock, and how many files are heard at once."""

    house: House
    settings: Settings
    now: Callable[[], datetime] = field(default=_clock)
    listening: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(LISTENERS))


def installation(request: Request) -> Installation:
    return cast(Installation, request.app.state.installation)


Here = Annotated[Installation, Depends(installation)]


def who(request: Request, here: Here) -> Identity | None:
    """Who asks, or None. A key in the Authorization header goes before a cookie."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    token = key.strip() if scheme.lower() == "bearer" else request.cookies.get(SESSION_COOKIE, "")
    if not token:
        return None
    with here.house.work(NOBODY, read_only=True) as work:
        return service.identify(work.people, token, here.now())


Asker = Annotated[Identity | None, Depends(who)]


def signed_in(asker: Asker) -> Identity:
    """Whoever asks, signed in; otherwise 401."""
    if asker is None:
        raise Problem(
            401,
            "you are not signed in",
            mend="open your sign-in link, or send a key as 'Authorization: Bearer …'",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return asker


Member = Annotated[Identity, Depends(signed_in)]


def allowed(capability: Capability, *others: Capability) -> Callable[[Identity], Identity]:
    """A dependency: whoever asks must be signed in (else 401) and may do one of these (else 403)."""

    def check(member: Member) -> Identity:
        if not any(member.may(one) for one in (capability, *others)):
            words = capability.value.replace("_", " ")
            raise Problem(403, f"your role does not let you {words}", mend="ask an owner of your organisation")
        return member

    check.__name__ = f"allowed_{capability.value}"
    return check


def reading(member: Member, here: Here) -> Iterator[UnitOfWork]:
    """A transaction that only reads, as the organisation of whoever asks."""
    with here.house.work(member.organisation, read_only=True) as work:
        yield work


Reading = Annotated[UnitOfWork, Depends(reading)]
