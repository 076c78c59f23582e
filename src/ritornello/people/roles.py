"""What a role may do: one table of role × capability, and nothing decided anywhere else.

A person may have several roles in an organisation and may do what any of them allows. A capability is asked for by
name; what no row grants is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """A part that a person plays in one organisation."""

    OWNER = "owner"
    RIGHTS_MANAGER = "rights_manager"
    APPROVER = "approver"
    FINANCE = "finance"
    DISTRIBUTOR = "distributor"
    FAN = "fan"
    PAYEE = "payee"
    AUDITOR = "auditor"
    SERVICE = "service"


class Capability(StrEnum):
    """Something that can be allowed; endpoints and pages ask for exactly one."""

    SEE_CATALOGUE = "see_catalogue"
    EDIT_CATALOGUE = "edit_catalogue"
    SEE_CONSENT = "see_consent"
    EDIT_OFFERS = "edit_offers"
    IMPORT_OFFERS = "import_offers"
    APPROVE = "approve"
    ASK_DECISION = "ask_decision"
    MAKE_DERIVATIVE = "make_derivative"
    SEE_OWN = "see_own"
    SEE_MONEY = "see_money"
    TAKE_IN_USAGE = "take_in_usage"
    RUN_ROYALTIES = "run_royalties"
    CLOSE_PERIOD = "close_period"
    SEE_PARTY_DETAILS = "see_party_details"
    EDIT_PARTY_DETAILS = "edit_party_details"
    DELIVER = "deliver"
    TAKE_DOWN = "take_down"
    SEE_JOBS = "see_jobs"
    SEE_LOG = "see_log"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_KEYS = "manage_keys"
    ERASE_PERSON = "erase_person"
    SEE_FEED = "see_feed"


# One row per capability, one column per role. The owner runs the house; the auditor sees everything except personal
# details and changes nothing; a fan asks, makes, and sees what is theirs; a payee sees what is theirs; a service's
# program asks for its own people and reads its own feed.
_COLUMNS = (
    Role.OWNER, Role.RIGHTS_MANAGER, Role.APPROVER, Role.FINANCE, Role.DISTRIBUTOR, Role.FAN, Role.PAYEE,
    Role.AUDITOR, Role.SERVICE,
)  # fmt: skip
_TABLE = """
capability           own rig app fin dis fan pay aud svc
see_catalogue        x   x   x   x   x   x   x   x   .
edit_catalogue       x   x   .   .   .   .   .   .   .
see_consent          x   x   x   x   x   .   .   x   .
edit_offers          x   x   .   .   .   .   .   .   .
import_offers        x   x   .   .   x   .   .   .   .
approve              x   .   x   .   .   .   .   .   .
ask_decision         x   x   x   .   x   x   .   .   x
make_derivative      x   x   .   .   .   x   .   .   .
see_own              x   x   x   x   x   x   x   x   .
see_money            x   .   .   x   .   .   .   x   .
take_in_usage        x   .   .   x   x   .   .   .   .
run_royalties        x   .   .   x   .   .   .   .   .
close_period         x   .   .   x   .   .   .   .   .
see_party_details    x   .   .   x   .   .   .   .   .
edit_party_details   x   .   .   x   .   .   .   .   .
deliver              x   .   .   .   x   .   .   .   .
take_down            x   x   .   .   x   .   .   .   .
see_jobs             x   x   .   x   x   .   .   x   .
see_log              x   x   x   x   x   x   x   x   x
manage_people        x   .   .   .   .   .   .   .   .
manage_keys          x   .   .   .   .   .   .   .   .
erase_person         x   .   .   .   .   .   .   .   .
see_feed             x   x   .   .   x   .   .   x   x
"""


def _read(table: str) -> dict[Role, frozenset[Capability]]:
    granted: dict[Role, set[Capability]] = {role: set() for role in _COLUMNS}
    for line in table.strip().splitlines()[1:]:
        name, *marks = line.split()
        for role, mark in zip(_COLUMNS, marks, strict=True):
            if mark == "x":
                granted[role].add(Capability(name))
    return {role: frozenset(capabilities) for role, capabilities in granted.items()}


CAPABILITIES = _read(_TABLE)
"""Role → what it may do."""


def may(roles: Iterable[Role], capability: Capability) -> bool:
    """Whether any of the roles allows it; without a role nothing is allowed."""
    return any(capability in CAPABILITIES[role] for role in roles)
