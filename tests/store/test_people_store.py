"""People at rest: doors that open once or for a while, and details that can be erased while every proof stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from ritornello.people import service
from ritornello.people.model import Act, Identity, PartyDetails, PartyKind
from ritornello.people.roles import Capability, Role
from ritornello.people.service import PeopleError
from ritornello.people.tokens import Door, hash_of
from ritornello.proof import merkle
from ritornello.proof.signing import KeyRing, Verdict, verify
from ritornello.store.database import create_all, open_engine
from ritornello.store.people_store import PeopleStore
from ritornello.store.people_tables import party_details
from ritornello.store.scope import Scope
from ritornello.store.unit_of_work import UnitOfWork

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOUSE = "org_test"
DETAILS = PartyDetails("pty_ada", "Ada Quintessa", "ada@example.org", ipi="00014107338", country="DE",
                       payout_currency="EUR", payout={"iban": "DE89370400440532013000"})  # fmt: skip


@pytest.fixture
def people(scope: Scope) -> PeopleStore:
    return PeopleStore(scope)


def admitted(people: PeopleStore, *roles: Role, email: str = "ada@example.org") -> str:
    return service.admit(people, HOUSE, email, "Ada", roles or (Role.OWNER,), AT).id


def signed_in(people: PeopleStore, person_id: str) -> str:
    token, _ = service.make_sign_in_link(people, HOUSE, person_id, AT, HOUR)
    return service.sign_in(people, token, AT, HOUR)[0]


def identity(people: PeopleStore, secret: str, at: datetime = AT) -> Identity:
    found = service.identify(people, secret, at)
    assert found is not None
    return found


def test_an_organisation_is_founded_once(people: PeopleStore) -> None:
    first = service.found_organisation(people, HOUSE, "Nightjar Records", AT)
    assert service.found_organisation(people, HOUSE, "Nightjar Records", AT + HOUR) == first
    with pytest.raises(PeopleError, match="already 'Nightjar Records'"):
        service.found_organisation(people, HOUSE, "Another", AT)


def test_admitting_twice_is_one_member_and_the_address_has_no_case(people: PeopleStore) -> None:
    first = admitted(people, Role.FAN)
    again = service.admit(people, HOUSE, " Ada@Example.org ", "Ada", [Role.FINANCE, Role.FAN], AT + HOUR)
    assert again.id == first
    [(person, membership)] = people.members()
    assert person is not None and person.email == "ada@example.org"
    assert membership.roles == {Role.FAN, Role.FINANCE} and membership.since == AT


def test_a_link_opens_one_session_once(people: PeopleStore) -> None:
    token, _ = service.make_sign_in_link(people, HOUSE, admitted(people), AT, HOUR)
    secret, session = service.sign_in(people, token, AT, HOUR)
    assert identity(people, secret).via == session.id
    with pytest.raises(PeopleError, match="not valid"):
        service.sign_in(people, token, AT, HOUR)


def test_two_uses_of_one_link_have_one_winner(people: PeopleStore) -> None:
    _, link = service.make_sign_in_link(people, HOUSE, admitted(people), AT, HOUR)
    assert [people.use_link(link.id, AT), people.use_link(link.id, AT)] == [True, False]


def test_a_link_expires_and_an_unknown_one_sounds_the_same(people: PeopleStore) -> None:
    token, _ = service.make_sign_in_link(people, HOUSE, admitted(people), AT, HOUR)
    with pytest.raises(PeopleError) as late:
        service.sign_in(people, token, AT + HOUR, HOUR)
    with pytest.raises(PeopleError) as unknown:
        service.sign_in(people, "ritl_" + "x" * 43, AT, HOUR)
    assert str(late.value) == str(unknown.value)


def test_a_session_ends_by_time_by_sign_out_and_by_leaving(people: PeopleStore) -> None:
    person_id = admitted(people)
    admitted(people, Role.OWNER, email="other@example.org")
    secret = signed_in(people, person_id)
    assert service.identify(people, secret, AT + HOUR) is None
    service.sign_out(people, identity(people, secret), AT + HOUR / 2)
    assert service.identify(people, secret, AT + HOUR / 2) is None
    second = signed_in(people, person_id)
    people.remove_membership(person_id)
    assert service.identify(people, second, AT) is None


def test_no_secret_is_stored(people: PeopleStore, scope: Scope) -> None:
    secret = signed_in(people, admitted(people))
    key, _ = service.give_key(people, identity(people, secret), "loader", [Role.FINANCE], AT)
    for table in ("sessions", "sign_in_links", "api_keys"):
        for row in scope.connection.exec_driver_sql(f"SELECT * FROM {table}"):
            assert secret not in map(str, row) and key not in map(str, row)
    hashed = hash_of(Door.API, key)
    assert hashed is not None and people.key_by_hash(hashed) is not None


def test_a_key_has_its_own_roles_and_ends_when_revoked_or_expired(people: PeopleStore) -> None:
    owner = identity(people, signed_in(people, admitted(people)))
    token, key = service.give_key(people, owner, "loader", [Role.FINANCE], AT, 24 * HOUR)
    found = identity(people, token)
    assert found.may(Capability.RUN_ROYALTIES) and not found.may(Capability.MANAGE_KEYS)
    assert service.identify(people, token, AT + 24 * HOUR) is None
    people.revoke_key(key.id, AT + HOUR)
    assert service.identify(people, token, AT + HOUR) is None
    assert service.identify(people, token, AT + HOUR / 2) is not None  # what it did before stays explained


def test_a_key_never_does_more_than_its_giver(people: PeopleStore) -> None:
    clerk = identity(people, signed_in(people, admitted(people, Role.FINANCE)))
    with pytest.raises(PeopleError, match="approver"):
        service.give_key(people, clerk, "sly", [Role.APPROVER], AT)


def test_the_last_owner_stays(people: PeopleStore) -> None:
    person_id = admitted(people)
    with pytest.raises(PeopleError, match="only owner"):
        service.admit(people, HOUSE, "ada@example.org", "Ada", [Role.FAN], AT)
    with pytest.raises(PeopleError, match="only owner"):
        service.withdraw(people, HOUSE, person_id, AT)
    with pytest.raises(PeopleError, match="only owner"):
        service.erase_person(people, HOUSE, person_id, AT, by=person_id)


def test_whoever_is_withdrawn_finds_every_door_shut(people: PeopleStore) -> None:
    admitted(people, Role.OWNER, email="other@example.org")
    person_id = admitted(people, Role.FINANCE)
    secret = signed_in(people, person_id)
    key, _ = service.give_key(people, identity(people, secret), "loader", [Role.FINANCE], AT)
    link, _ = service.make_sign_in_link(people, HOUSE, person_id, AT, 24 * HOUR)
    assert service.withdraw(people, HOUSE, person_id, AT + HOUR / 2).roles == {Role.FINANCE}
    assert service.identify(people, secret, AT + HOUR / 2) is None
    assert service.identify(people, key, AT + HOUR / 2) is None
    with pytest.raises(PeopleError, match="not valid"):
        service.sign_in(people, link, AT + HOUR / 2, HOUR)
    person = people.person(person_id)
    assert person is not None and person.name == "Ada"  # what they did keeps its name
    with pytest.raises(PeopleError, match="is no member"):
        service.withdraw(people, HOUSE, person_id, AT + HOUR)
    # somebody who comes back comes in by a new link: nothing of before works again
    assert admitted(people, Role.FINANCE) == person_id
    assert service.identify(people, secret, AT + 3 * HOUR / 4) is None
    assert service.identify(people, key, AT + 3 * HOUR / 4) is None
    with pytest.raises(PeopleError, match="not valid"):
        service.sign_in(people, link, AT + 3 * HOUR / 4, HOUR)


def test_a_key_ends_when_its_giver_may_no_longer_do_as_much(people: PeopleStore) -> None:
    admitted(people, Role.OWNER, email="other@example.org")
    clerk = identity(people, signed_in(people, admitted(people, Role.FINANCE, Role.APPROVER)))
    pays, _ = service.give_key(people, clerk, "pays", [Role.FINANCE], AT)
    votes, _ = service.give_key(people, clerk, "votes", [Role.APPROVER], AT)
    admitted(people, Role.APPROVER)
    assert service.identify(people, pays, AT) is None
    assert service.identify(people, votes, AT) is not None


def test_who_did_what_is_kept_once_and_the_newest_first(people: PeopleStore) -> None:
    first = Act("house.admit", "per_1", "per_owner", AT, {"roles": "finance"})
    second = Act("house.withdraw", "per_1", "per_owner", AT + HOUR)
    for one in (first, second, first):
        people.add_act(one)
    assert list(people.acts(10)) == [second, first]
    assert list(people.acts(1)) == [second]


def test_details_are_versioned_and_the_same_twice_is_one(people: PeopleStore) -> None:
    service.register_party(people, "pty_ada", PartyKind.PERSON, AT)
    first = service.record_details(people, DETAILS, AT)
    assert service.record_details(people, DETAILS, AT + HOUR) == first
    second = service.record_details(people, replace(DETAILS, email="new@example.org"), AT + HOUR)
    assert [v.version for v in people.versions("pty_ada")] == [1, 2]
    assert first.commitment != second.commitment
    assert people.details("pty_ada") == replace(DETAILS, email="new@example.org")
    assert service.details_are_those(people, "pty_ada", 1) is True


def test_details_that_were_changed_at_rest_no_longer_open_their_commitment(people: PeopleStore, scope: Scope) -> None:
    service.register_party(people, "pty_ada", PartyKind.PERSON, AT)
    service.record_details(people, DETAILS, AT)
    changed = replace(DETAILS, payout={"iban": "GB33BUKB20201555555555"}).to_document()
    scope.connection.execute(scope.update(party_details).values(details=changed))
    assert service.details_are_those(people, "pty_ada", 1) is False


def test_the_commitment_of_equal_details_tells_nothing(people: PeopleStore) -> None:
    for party in ("pty_ada", "pty_bea"):
        service.register_party(people, party, PartyKind.PERSON, AT)
    one = service.record_details(people, DETAILS, AT)
    service.erase_party(people, "pty_ada", AT, by="per_x")
    other = service.record_details(people, DETAILS, AT)
    assert one.commitment != other.commitment


def test_erasing_keeps_every_hash_signature_and_proof_valid(people: PeopleStore, scope: Scope) -> None:
    person_id = admitted(people, Role.FAN)
    admitted(people, Role.OWNER, email="owner@example.org")
    service.register_party(people, "pty_ada", PartyKind.PERSON, AT)
    version = service.record_details(people, DETAILS, AT)
    people.save_membership(replace(people.members()[0][1], person_id=person_id, party_id="pty_ada"))
    ring = KeyRing.generate(AT)
    statement = ring.sign({"payee": "pty_ada", "details": version.commitment, "amount": "12.34"}, AT)
    leaves = [b"before", statement.signed_bytes(), b"after"]
    root, proof = merkle.root(leaves), merkle.inclusion_proof(leaves, 1)

    service.erase_person(people, HOUSE, person_id, AT + HOUR, by="per_owner")

    assert people.person(person_id) is None and people.details("pty_ada") is None
    assert service.details_are_those(people, "pty_ada", 1) is None
    assert people.versions("pty_ada") == [version]
    assert verify(statement, ring.trusted()) is Verdict.TRUSTED
    assert merkle.verify_inclusion(statement.signed_bytes(), 1, 3, proof, root)
    assert {e.subject for e in people.erasures()} == {person_id, "pty_ada"}
    everything = " ".join(
        str(row)
        for table in ("persons", "memberships", "parties", "party_commitments", "party_details", "erasures")
        for row in scope.connection.exec_driver_sql(f"SELECT * FROM {table}")
    )
    assert not [word for word in ("Quintessa", "ada@", "00014107338", "DE8937") if word in everything]


def test_a_person_known_elsewhere_keeps_their_name_there(people: PeopleStore) -> None:
    person_id = admitted(people, Role.FAN)
    admitted(people, Role.OWNER, email="owner@example.org")
    service.admit(people, "org_other", "ada@example.org", "Ada", [Role.APPROVER], AT)
    service.erase_person(people, HOUSE, person_id, AT, by="per_owner")
    assert people.membership(person_id) is None
    assert people.person(person_id) is not None
    assert people.within("org_other").membership(person_id) is not None


def test_a_party_never_changes(people: PeopleStore) -> None:
    service.register_party(people, "pty_ada", PartyKind.PERSON, AT)
    with pytest.raises(PeopleError, match="registered as person"):
        service.register_party(people, "pty_ada", PartyKind.COMPANY, AT)
    with pytest.raises(PeopleError, match="register the party"):
        service.record_details(people, replace(DETAILS, party_id="pty_nobody"), AT)


def test_members_and_keys_of_another_house_are_not_seen(people: PeopleStore) -> None:
    owner = identity(people, signed_in(people, admitted(people)))
    service.give_key(people, owner, "loader", [Role.FINANCE], AT)
    other = people.within("org_other")
    assert other.members() == [] and other.api_keys() == [] and other.party("pty_ada") is None
    other.revoke_keys_of(owner.person_id, AT)
    assert [key.revoked_at for key in people.api_keys()] == [None]


def test_two_people_cannot_share_an_address(people: PeopleStore) -> None:
    admitted(people)
    person = people.person_by_email("ada@example.org")
    assert person is not None
    with pytest.raises(DBAPIError):
        people.add_person(replace(person, id="per_other"))


def test_what_is_erased_is_not_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "records.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    create_all(engine)
    with UnitOfWork(engine, HOUSE) as work:
        service.register_party(work.people, "pty_ada", PartyKind.PERSON, AT)
        service.record_details(work.people, DETAILS, AT)
        work.commit()
    with UnitOfWork(engine, HOUSE) as work:
        service.erase_party(work.people, "pty_ada", AT, by="per_x")
        work.commit()
    engine.dispose()
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Quintessa" not in left and b"DE8937" not in left
