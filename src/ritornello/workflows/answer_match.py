"""What is answered to a decision about a match: the uploader declines or disputes, a holder lets go of what was before.

An answer is a record like a decision: it names who gave it and takes the place of what stood until a person looks at it
again. That person then maintains what was decided, offers something else, or withdraws it, with a reason.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ritornello.distribution.matches import PastRelease, Route, Routing, licence_in, standing
from ritornello.distribution.model import MOST_REASON_LETTERS, Hindrance
from ritornello.proof import stable_id
from ritornello.workflows.convert_match import open_terms
from ritornello.workflows.house import House
from ritornello.workflows.route_matches import NotRouted, NotThere
from ritornello.workflows.service_lists import owners_named

ANSWERS = (Route.DECLINED, Route.DISPUTED)


def answer_terms(house: House, token: str, answer: Route, reason: str, at: datetime) -> Routing:
    """The uploader declines the terms of a link, or says that it is not so.

    Args:
        answer: `declined` or `disputed`.
        reason: in the uploader's words; a dispute needs one.

    Raises `NotRouted` for a link that does not open, and for what cannot be answered so.
    """
    organisation, terms = open_terms(house, token, at)
    return record_answer(house, organisation, terms.match.id, answer, reason, by=terms.person_id, at=at)


def record_answer(
    house: House, organisation: str, match_id: str, answer: Route, reason: str, *, by: str, at: datetime
) -> Routing:
    """Write down what an uploader answered, given by a link or told in another way, such as by the service.

    Raises `NotRouted` with everything that stands against it, `NotThere` for a match that is not there.
    """
    against: list[Hindrance] = []
    with house.work(organisation) as work:
        match = work.matches.match(match_id)
        if match is None:
            raise NotThere(f"there is no match {match_id}")
        now = standing(work.matches.routings(match_id), at)
        asked = {Route.DECLINED: (Route.CONVERT,), Route.DISPUTED: (Route.CONVERT, Route.CONTENT_CLAIM)}.get(answer, ())
        if now is None or now.route not in asked:
            state = "nothing was decided" if now is None else f"it is {now.route.value.replace('_', ' ')}"
            mend = "an offer can be declined, an offer or a claim disputed"
            against.append(Hindrance("answer", f"it cannot be {answer.value}: {state}", mend))
        words = reason.strip()
        if (answer is Route.DISPUTED and not words) or len(words) > MOST_REASON_LETTERS:
            against.append(Hindrance("reason", "a dispute has 1 to 500 letters", "say what is not so, and why"))
        if against or now is None:
            raise NotRouted(against)
        routing = replace(
            now,
            id=stable_id("rou", match_id, answer.value, by, at.isoformat()),
            route=answer,
            by=by,
            at=at,
            reason=words or "without a word",
        )
        work.matches.add_routing(routing)
        work.commit()
    return routing


def let_go(
    house: House, organisation: str, match_id: str, holder: str, *, by: str, reason: str, at: datetime
) -> PastRelease:
    """A person writes down that a holder lets go of what was earned before the licence of a match.

    Args:
        holder: the party that said so; one that owns a part of the master of an original in it.
        by: the person who writes it down.
        reason: who said it and how.

    Raises `NotRouted` with everything that stands against it, `NotThere` for a match that is not there.
    """
    against: list[Hindrance] = []
    with house.work(organisation) as work:
        match = work.matches.match(match_id)
        if match is None:
            raise NotThere(f"there is no match {match_id}")
        if licence_in(work.matches.routings(match_id), at) is None:
            mend = "offer its uploader a licence; what is not licensed is left alone or claimed"
            against.append(Hindrance("licence", "it is not licensed, so nothing of it is past", mend))
        owners = owners_named(work, match.recordings, at)
        if holder not in owners:
            known = ", ".join(owners) or "nobody"
            against.append(Hindrance("holder", f"{holder} owns no part of the masters in it", f"these do: {known}"))
        if not 0 < len(reason.strip()) <= MOST_REASON_LETTERS:
            against.append(Hindrance("reason", "a reason has 1 to 500 letters", "say who let go of it, and how"))
        if against:
            raise NotRouted(against)
        release = PastRelease(
            stable_id("rel", match_id, holder, at.isoformat()), match_id, holder, by, at, reason.strip()
        )
        work.matches.add_release(release)
        work.commit()
    return release
