"""How the demo's label writes its delivery message: its party ids and the profiles of its two made-up services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ritornello.distribution.destinations import Destination, Feed, Offering
from ritornello.distribution.release_message import Delivery, findings_of, release_message
from ritornello.messages import ern
from ritornello.proof import sha256_hex
from ritornello.workflows.clear_for_delivery import MASTER, Message, Shipment
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House

LABEL_DPID = "PADPIDA2013020802I"
LEAD = timedelta(days=7)
"""Between delivery and the day on which the remix is public: more than any service asks for."""

_STREAMS = (Offering(("SubscriptionModel",), ("OnDemandStream",)),)
DESTINATIONS: tuple[Destination, ...] = tuple(
    Destination(id=service, name=cast.SERVICES[service], dpid=dpid, feed=Feed.ERN, offerings=_STREAMS)
    for service, dpid in ((cast.ALPHA, "PADPIDA2007050901U"), (cast.BETA, "PADPIDA2009101501Y"))
)


def message_writer(house: House) -> Callable[[Shipment], Message]:
    """Writes the message of a shipment, checks it by the semantic rules, and by the schema where one is configured."""

    def write(shipment: Shipment) -> Message:
        with house.work(cast.ORGANISATION, read_only=True) as work:
            works = [song for one in shipment.recording.work_ids if (song := work.catalogue.work(one)) is not None]
        master = shipment.files[MASTER]
        content = master.read_bytes()
        delivery = Delivery(
            recording=shipment.recording,
            originals=[shipment.original],
            works=works,
            credits=shipment.credits,
            licence=shipment.licence,
            names=lambda party: shipment.names.get(party, party),
            sender=ern.MessagingParty(LABEL_DPID, cast.NAMES[cast.LABEL]),
            recipients=[ern.MessagingParty(one.dpid, one.name) for one in DESTINATIONS],
            destinations=DESTINATIONS,
            master=ern.DeliveredFile(MASTER, sha256_hex(content), len(content), "T1", "FLAC"),
            at=shipment.at,
            release_date=(shipment.at + LEAD).date(),
            ai=shipment.ai,
        )
        message = release_message(delivery)
        written = ern.write(message)
        found = [*findings_of(delivery, message)]
        if house.schemas is not None:
            found += [f"{one.field}: {one.message}" for one in ern.validate_schema(written, house.schemas)]
        return Message(written, tuple(found), house.schemas is not None)

    return write
