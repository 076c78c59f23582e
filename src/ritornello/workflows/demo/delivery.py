"""What the demo's label delivers with: its made-up party id and numbers, and two made-up services as data."""

from __future__ import annotations

from importlib import resources

from ritornello.people.model import COMMAND_LINE
from ritornello.workflows.demo import cast
from ritornello.workflows.hand_out import whole
from ritornello.workflows.house import House
from ritornello.workflows.prepare_release import OWN_FILE, set_prefix, set_sender

LABEL_DPID = "PADPIDA2013020802I"


def prepare(house: House) -> None:
    """Put sender, registrant prefix and the two services on file, as any house does; again it is no change."""
    services = resources.files("ritornello.workflows.demo").joinpath(OWN_FILE).read_bytes()
    own = house.home / OWN_FILE
    if not own.is_file():
        whole(own, services)
    set_sender(house, cast.ORGANISATION, LABEL_DPID, cast.NAMES[cast.LABEL], cast.REGISTERED, COMMAND_LINE)
    set_prefix(house, cast.ORGANISATION, cast.LABEL, cast.ISRC_PREFIX, cast.REGISTERED, COMMAND_LINE)
