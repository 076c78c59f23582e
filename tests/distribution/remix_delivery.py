"""A remix that is ready to be told to two services, for tests to change one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ritornello.catalogue.model import Credit, Recording, Work
from ritornello.distribution.destinations import STREAMING, Destination, Feed, Offering
from ritornello.distribution.release_message import Delivery
from ritornello.messages import ern
from ritornello.provenance.credits import credits_of

NAMES = {
    "pty_artist": "Ilse Varga",
    "pty_fan": "quietfox",
    "pty_label": "Saltmarsh Recordings",
    "pty_writer": "Tomas Brandt",
    "pty_producer": "Ada Lindqvist",
}
LICENCE: Mapping[str, Any] = {
    "id": "lic_one",
    "issued_at": "2026-06-15T18:30:00+00:00",
    "expires": "2028-06-01",
    "licensee": "pty_fan",
    "new_recording": {"owner": "pty_label", "administrator": "pty_label"},
    "scope": {
        "acts": ["make", "publish", "deliver"],
        "services": ["alpha", "beta"],
        "sources": ["rec_original"],
        "territories": "DE, US",
        "types": ["REMIX"],
    },
}
WORK = Work("wrk_song", "Ritornello", iswc="T0345246801", writers=(Credit("pty_writer", "Composer"),))
ORIGINAL = Recording(
    "rec_original",
    "Ritornello",
    work_ids=(WORK.id,),
    isrc="DEXX12600001",
    main_artist="pty_artist",
    label="pty_label",
    performers=(Credit("pty_artist", "MainArtist"), Credit("pty_producer", "Producer")),
    duration_ms=100_000,
    year=2024,
    p_line="℗ 2024 Saltmarsh Recordings",
    c_line="© 2024 Saltmarsh Recordings",
    genre="Electronic",
)
REMIX = replace(
    ORIGINAL,
    id="rec_remix",
    version_title="quietfox remix",
    isrc="DEXX12600002",
    performers=(*ORIGINAL.performers, Credit("pty_fan", "Remixer")),
    duration_ms=94_340,
    year=2026,
    kind="derivative",
    derivative_type="REMIX",
)
HOUSE = ern.MessagingParty("PADPIDA2013020802I", "Saltmarsh Recordings")
ALPHA = Destination("alpha", "Alpha Music", Feed.ERN, dpid="PADPIDA2007050901U", offerings=STREAMING)
BETA = Destination(
    "beta",
    "Beta Sounds",
    Feed.ERN,
    dpid="PADPIDA2009101501Y",
    offerings=(*STREAMING, Offering(("SubscriptionModel",), ("ConditionalDownload",))),
    lead_days_new=5,
    lead_days_update=2,
)


def party_of(destination: Destination) -> ern.MessagingParty:
    return ern.MessagingParty(destination.dpid, destination.name)


def credited(recording: Recording, *others: Recording) -> Delivery:
    """The delivery of a recording with the credits that follow from it."""
    credits = credits_of(recording, ORIGINAL, [WORK], NAMES.__getitem__, others)
    return replace(DELIVERY, recording=recording, originals=(ORIGINAL, *others), credits=credits)


DELIVERY = Delivery(
    recording=REMIX,
    originals=(ORIGINAL,),
    works=(WORK,),
    credits=credits_of(REMIX, ORIGINAL, [WORK], NAMES.__getitem__),
    licence=LICENCE,
    names=NAMES.__getitem__,
    sender=HOUSE,
    recipients=(party_of(ALPHA), party_of(BETA)),
    destinations=(ALPHA, BETA),
    master=ern.DeliveredFile("resources/DEXX12600002.flac", "ab" * 32, 12_345_678, "T1", "FLAC", 44_100, 24, 2),
    at=datetime(2026, 6, 20, 8, tzinfo=UTC),
    release_date=date(2026, 6, 26),
)
