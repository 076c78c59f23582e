"""A complete, valid message of an official remix, for tests to break one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import ern

LABEL = "PADPIDA2013020802I"
SERVICE = "PADPIDA2007050901U"
PARENT = "DEA452600001"
SCOPE = ern.ConsentScope(TerritorySet.parse("DE, US"), date(2026, 9, 1), date(2028, 8, 31), frozenset({SERVICE}))

RECORDING = ern.SoundRecording(
    reference="A1",
    isrc="DEA452600002",
    title=ern.Title("Return", "Fan Remix"),
    artist_name="Original Artist",
    artists=(ern.DisplayArtist("P1"),),
    duration_ms=95_500,
    p_line=ern.Line(2026, "House Label"),
    contributors=(
        ern.Contributor(("Remixer",), party="P2", ai="None"),
        ern.Contributor(("RemixedArtist",), party="P1"),
    ),
    version_types=("RemixVersion",),
    iswcs=("T0702472794",),
    proprietary_ids=((LABEL, "rec_remix"),),
    related=(ern.Related("HasContentFrom", isrc=PARENT, stretches=(ern.Stretch(0, 60_000),)),),
    parental="NotExplicit",
    is_cover=False,
    files=(ern.DeliveredFile("resources/remix.flac", "ab" * 32, 1_234_567, "T1", "FLAC", 48_000, 24, 2),),
)
RELEASE = ern.Release(
    reference="R0",
    id=ern.ReleaseId(icpn="036000291452", proprietary_ids=((LABEL, "rel_remix"),)),
    title=ern.Title("Return", "Fan Remix"),
    artist_name="Original Artist",
    artists=(ern.DisplayArtist("P1"),),
    label="P3",
    p_line=ern.Line(2026, "House Label"),
    c_line=ern.Line(2026, "House Label"),
    genre="Electronic",
    resources=("A1",),
    cover="A2",
    release_date=date(2026, 9, 4),
    original_release_date=date(2026, 9, 4),
    parental="NotExplicit",
    version_types=("RemixVersion",),
)
MESSAGE = ern.NewReleaseMessage(
    header=ern.Header(
        message_id="msg_1",
        thread_id="thr_1",
        sender=ern.MessagingParty(LABEL, "House Label"),
        recipients=(ern.MessagingParty(SERVICE, "Alpha"),),
        created_at=datetime(2026, 8, 20, 9, 30, tzinfo=UTC),
    ),
    parties=(
        ern.Party("P1", "Original Artist", isni="0000000121032683"),
        ern.Party("P2", "Fan Number One"),
        ern.Party("P3", "House Label", dpid=LABEL),
    ),
    recordings=(RECORDING,),
    images=(
        ern.Image(
            "A2",
            (LABEL, "art_1"),
            c_line=ern.Line(2026, "House Label"),
            file=ern.DeliveredFile("resources/cover.png", "cd" * 32, 1_000, "T2", "PNG"),
        ),
    ),
    release=RELEASE,
    track_releases=(
        ern.TrackRelease("R1", ern.ReleaseId(proprietary_ids=((LABEL, "trk_1"),)), "A1", "P3", "Electronic"),
    ),
    deals=(
        ern.Deal(
            ("R0", "R1"),
            date(2026, 9, 4),
            date(2028, 8, 31),
            territories=("DE", "US"),
            channels=(ern.MessagingParty(SERVICE, "Alpha"),),
        ),
    ),
)


def with_recording(**changes: Any) -> ern.NewReleaseMessage:
    return replace(MESSAGE, recordings=(replace(RECORDING, **changes),))


def with_release(**changes: Any) -> ern.NewReleaseMessage:
    return replace(MESSAGE, release=replace(RELEASE, **changes))


def with_deal(**changes: Any) -> ern.NewReleaseMessage:
    return replace(MESSAGE, deals=(replace(MESSAGE.deals[0], **changes),))


def with_header(**changes: Any) -> ern.NewReleaseMessage:
    return replace(MESSAGE, header=replace(MESSAGE.header, **changes))
