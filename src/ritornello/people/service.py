"""What is done with people: found an organisation, let somebody in, give a key, keep and erase personal details.

Every function takes the stored people and the time; none commits. What a person may do is asked of the `Identity`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ritornello.people.model import (
    ApiKey,
    DetailsVersion,
    Erasure,
    Identity,
    Membership,
    Organisation,
    Party,
    PartyDetails,
    PartyKind,
    Person,
    SealedDetails,
    Session,
    SignInLink,
)
from ritornello.people.ports import People
from ritornello.people.roles import Role
from ritornello.people.tokens import Door, door_of, hash_of, new_token
from ritornello.proof.commitments import commit, new_salt, opens
from ritornello.proof.ids import random_id, stable_id


class PeopleError(Exception):
    """An act on people that is refused; the message says what, why, and how to mend it."""


def found_organisation(people: People, organisation_id: str, name: str, at: datetime) -> Organisation:
    """Found an organisation; founding it again gives back the one that is there.

    Raises:
        PeopleError: the id is taken by an organisation of another name, or the name is empty.
    """
    if not name.strip():
        raise PeopleError("an organisation needs a name")
    known = people.organisation(organisation_id)
    if known is None:
        known = Organisation(organisation_id, name.strip(), at)
        people.add_organisation(known)
    elif known.name != name.strip():
        raise PeopleError(f"{organisation_id} is already {known.name!r}; choose another id for {name!r}")
    return known


def admit(
    people: People,
    organisation: str,
    email: str,
    name: str,
    roles: Iterable[Role],
    at: datetime,
    party_id: str | None = None,
) -> Person:
    """Make somebody a member with exactly these roles; known by e-mail, so doing it twice changes nothing.

    Keys that they gave and that may do more than their new roles stop working.

    Raises:
        PeopleError: the e-mail has no form of one, no role is given, or nobody would be an owner any more.
    """
    address = email.strip().casefold()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise PeopleError(f"{email!r} is no e-mail address: one @ with something on both sides")
    given = frozenset(roles)
    if not given:
        raise PeopleError(f"{address} needs at least one role of: {', '.join(Role)}")
    home = people.within(organisation)
    person = home.person_by_email(address)
    if person is None:
        person = Person(random_id("per"), address, name.strip() or address, at)
        home.add_person(person)
    before = home.membership(person.id)
    if before is not None and before.roles != given:
        _keep_an_owner(home, organisation, before, given)
        _narrow_keys(home, person.id, given, at)
    since = at if before is None else before.since
    paid_as = party_id if party_id is not None or before is None else before.party_id
    home.save_membership(Membership(organisation, person.id, given, paid_as, since))
    return person


def make_sign_in_link(
    people: People, organisation: str, person_id: str, at: datetime, length: timedelta
) -> tuple[str, SignInLink]:
    """A secret for a link that opens one session, once, within `length`.

    Raises:
        PeopleError: the person is no member of the organisation.
    """
    home = people.within(organisation)
    if home.membership(person_id) is None:
        raise PeopleError(f"{person_id} is no member of {organisation}; admit them first")
    token = new_token(Door.SIGN_IN)
    link = SignInLink(random_id("lnk"), organisation, person_id, at, at + length)
    home.add_link(link, _hashed(Door.SIGN_IN, token))
    return token, link


def sign_in(people: People, token: str, at: datetime, length: timedelta) -> tuple[str, Session]:
    """Use a sign-in link: a session's secret and the session, which lasts for `length`.

    Raises:
        PeopleError: the link is unknown, was used, or has expired. The message never says which.
    """
    refused = PeopleError("this sign-in link is not valid (it works once, and for a short time); ask for a new one")
    hashed = hash_of(Door.SIGN_IN, token)
    link = people.link_by_hash(hashed) if hashed else None
    if link is None or not link.open_at(at):
        raise refused
    home = people.within(link.organisation)
    if home.membership(link.person_id) is None or not home.use_link(link.id, at):
        raise refused
    secret = new_token(Door.SESSION)
    session = Session(random_id("ses"), link.organisation, link.person_id, at, at + length)
    home.add_session(session, _hashed(Door.SESSION, secret))
    return secret, session


def identify(people: People, token: str, at: datetime) -> Identity | None:
    """Who holds this session token or API key at this time; None where it opens nothing (any more)."""
    door = door_of(token)
    hashed = hash_of(door, token) if door is not None else None
    if hashed is None:
        return None
    if door is Door.SESSION:
        session = people.session_by_hash(hashed)
        if session is None or not session.open_at(at):
            return None
        member = people.within(session.organisation).membership(session.person_id)
        if member is None:
            return None
        return Identity(session.organisation, session.person_id, member.roles, member.party_id, session.id)
    if door is Door.API:
        key = people.key_by_hash(hashed)
        if key is None or not key.open_at(at):
            return None
        if key.service is not None:
            return Identity(key.organisation, key.created_by, key.roles, None, key.id, key.service)
        # a program acts as the member who gave it its key: what is theirs is its own too, within the key's roles
        member = people.within(key.organisation).membership(key.created_by)
        party = None if member is None else member.party_id
        return Identity(key.organisation, key.created_by, key.roles, party, key.id)
    return None


def sign_out(people: People, identity: Identity, at: datetime) -> None:
    """End the session that the identity came with."""
    people.within(identity.organisation).end_session(identity.via, at)


def give_key(
    people: People,
    identity: Identity,
    name: str,
    roles: Iterable[Role],
    at: datetime,
    length: timedelta | None = None,
    service: str | None = None,
) -> tuple[str, ApiKey]:
    """A program's key: its secret (shown this once) and its record; with `service`, the key of that service's program.

    Raises:
        PeopleError: the key would have roles that its giver does not have, no role, or no name.
    """
    given = frozenset(roles)
    if not given or not name.strip():
        raise PeopleError("a key needs a name and at least one role")
    if Role.OWNER not in identity.roles and not given <= identity.roles:
        beyond = ", ".join(sorted(given - identity.roles))
        raise PeopleError(f"a key cannot do more than who gives it: {beyond} is not yours")
    token = new_token(Door.API)
    expires = None if length is None else at + length
    organisation = identity.organisation
    key = ApiKey(
        random_id("key"), organisation, name.strip(), given, token[:9], identity.person_id, at, expires, service=service
    )
    people.within(organisation).add_key(key, _hashed(Door.API, token))
    return token, key


def _hashed(door: Door, token: str) -> str:
    hashed = hash_of(door, token)
    if hashed is None:
        raise PeopleError("a secret of our own making has no form of one")
    return hashed


# ── parties: a pseudonym that lasts, details that can be erased ──


def register_party(people: People, party_id: str, kind: PartyKind, at: datetime) -> Party:
    """Register a pseudonym; the same twice changes nothing.

    Raises:
        PeopleError: the id is registered as another kind.
    """
    known = people.party(party_id)
    if known is None:
        known = Party(party_id, kind, at)
        people.add_party(known)
    elif known.kind is not kind:
        raise PeopleError(f"{party_id} is registered as {known.kind}, not as {kind}")
    return known


def party_id_for(organisation: str, source: str, reference: str) -> str:
    """The pseudonym of a party that another system knows as `reference`.

    It must not be derived from a name or an address: whoever knows one could then recognise the pseudonym for ever.
    """
    return stable_id("pty", organisation, source, reference)


def record_details(people: People, details: PartyDetails, at: datetime) -> DetailsVersion:
    """Record details as the party's next version; the same details again keep the version that is there.

    The commitment goes to the lasting table, the details and the salt of its own to the erasable one.

    Raises:
        PeopleError: the party is not registered.
    """
    if people.party(details.party_id) is None:
        raise PeopleError(f"{details.party_id} is not registered; register the party before its details")
    versions = people.versions(details.party_id)
    newest = people.sealed(details.party_id)
    if newest is not None and newest.details == details and versions:
        return versions[-1]
    salt = new_salt()
    number = versions[-1].version + 1 if versions else 1
    version = DetailsVersion(details.party_id, number, commit(details.to_document(), salt), at)
    people.add_details(version, SealedDetails(details, number, salt))
    return version


def details_are_those(people: People, party_id: str, version: int) -> bool | None:
    """Whether the kept details open the commitment of that version; None where they were erased or never were."""
    recorded = next((v for v in people.versions(party_id) if v.version == version), None)
    sealed = people.sealed(party_id, version)
    if recorded is None or sealed is None:
        return None
    return opens(recorded.commitment, sealed.details.to_document(), sealed.salt)


def erase_party(people: People, party_id: str, at: datetime, by: str) -> int:
    """Erase every version of a party's details and salts; returns how many there were.

    What the party earned, agreed and was told stays under the pseudonym, and stays verifiable.

    Raises:
        PeopleError: the party is not registered here.
    """
    if people.party(party_id) is None:
        raise PeopleError(f"{party_id} is not registered; nothing to erase")
    gone = people.delete_details(party_id)
    if gone:
        people.add_erasure(Erasure(party_id, at, by))
    return gone


def pay_as(people: People, organisation: str, person_id: str, party_id: str | None) -> Membership:
    """Say which party a member is paid as and makes as (None: none); what is theirs is what is that party's.

    Raises:
        PeopleError: they are no member, or the party is not registered.
    """
    home = people.within(organisation)
    membership = home.membership(person_id)
    if membership is None:
        raise PeopleError(f"{person_id} is no member of {organisation}; admit them first")
    if party_id is not None and home.party(party_id) is None:
        raise PeopleError(f"{party_id} is no party that is registered here; register the payee first")
    home.save_membership(replace(membership, party_id=party_id))
    return membership


def erase_person(
    people: People, organisation: str, person_id: str, at: datetime, by: str, *, party_too: bool = True
) -> None:
    """Erase a member: their way in, their name and e-mail, and the details of the party that they are paid as.

    `party_too` is False for somebody who acts for a party that goes on without them. Somebody who is also a member
    elsewhere keeps their name there; here nothing of them is left.

    Raises:
        PeopleError: they are no member, or the only owner.
    """
    home = people.within(organisation)
    membership = home.membership(person_id)
    if membership is None:
        raise PeopleError(f"{person_id} is no member of {organisation}; nothing to erase")
    _keep_an_owner(home, organisation, membership, frozenset())
    _shut_doors(home, person_id, at)
    if party_too and membership.party_id is not None:
        erase_party(home, membership.party_id, at, by)
    home.remove_membership(person_id)
    if not home.memberships_of(person_id):
        home.delete_person(person_id)
    home.add_erasure(Erasure(person_id, at, by))


def withdraw(people: People, organisation: str, person_id: str, at: datetime) -> Membership:
    """End a membership: sessions, keys and links of that person stop working here at once; what they did stays theirs.

    Their name stays beside their acts (erasing is another act). Gives the membership that ended.

    Raises:
        PeopleError: they are no member, or the only owner.
    """
    home = people.within(organisation)
    membership = home.membership(person_id)
    if membership is None:
        raise PeopleError(f"{person_id} is no member of {organisation}; nobody to withdraw")
    _keep_an_owner(home, organisation, membership, frozenset())
    _shut_doors(home, person_id, at)
    home.remove_membership(person_id)
    return membership


def _shut_doors(home: People, person_id: str, at: datetime) -> None:
    home.end_sessions_of(person_id, at)
    home.revoke_keys_of(person_id, at)
    home.close_links_of(person_id, at)


def _keep_an_owner(home: People, organisation: str, before: Membership, roles: frozenset[Role]) -> None:
    """An organisation is never without an owner: nobody could let anybody in any more."""
    others = [m for _, m in home.members() if m.person_id != before.person_id and Role.OWNER in m.roles]
    if Role.OWNER in before.roles and Role.OWNER not in roles and not others:
        raise PeopleError(f"{before.person_id} is the only owner of {organisation}; make somebody else an owner first")


def _narrow_keys(home: People, person_id: str, roles: frozenset[Role], at: datetime) -> None:
    """A key never does more than who gave it: those that would are revoked."""
    if Role.OWNER in roles:
        return
    for key in home.api_keys():
        if key.created_by == person_id and key.open_at(at) and not key.roles <= roles:
            home.revoke_key(key.id, at)
