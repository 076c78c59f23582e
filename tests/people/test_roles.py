"""The table of role × capability says what the field expects, and silence is no."""

from __future__ import annotations

import pytest

from ritornello.people.roles import CAPABILITIES, Capability, Role, may


def test_the_owner_may_do_everything_and_nobody_nothing() -> None:
    assert CAPABILITIES[Role.OWNER] == frozenset(Capability)
    assert not any(may((), capability) for capability in Capability)


def test_an_auditor_changes_nothing_and_sees_no_personal_details() -> None:
    assert all(c.value.startswith("see_") for c in CAPABILITIES[Role.AUDITOR])
    assert Capability.SEE_PARTY_DETAILS not in CAPABILITIES[Role.AUDITOR]


def test_a_fan_sees_their_own_and_never_the_house() -> None:
    assert CAPABILITIES[Role.FAN] == {
        Capability.SEE_CATALOGUE,
        Capability.ASK_DECISION,
        Capability.MAKE_DERIVATIVE,
        Capability.SEE_OWN,
        Capability.SEE_LOG,
    }


@pytest.mark.parametrize(
    ("capability", "roles"),
    [
        (Capability.APPROVE, {Role.OWNER, Role.APPROVER}),
        (Capability.CLOSE_PERIOD, {Role.OWNER, Role.FINANCE}),
        (Capability.SEE_PARTY_DETAILS, {Role.OWNER, Role.FINANCE}),
        (Capability.MANAGE_KEYS, {Role.OWNER}),
        (Capability.ERASE_PERSON, {Role.OWNER}),
    ],
)
def test_grave_acts_belong_to_few(capability: Capability, roles: set[Role]) -> None:
    assert {role for role in Role if may([role], capability)} == roles


def test_roles_add_up() -> None:
    both = {c for c in Capability if may([Role.APPROVER, Role.FINANCE], c)}
    assert both == CAPABILITIES[Role.APPROVER] | CAPABILITIES[Role.FINANCE]
