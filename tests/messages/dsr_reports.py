"""Reports written by our own writer, for tests: one Basic Audio report with two summaries and three blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ritornello.messages import dsr

Row = tuple[str, Mapping[str, str | Sequence[str]]]

HEAD: dict[str, str | Sequence[str]] = {
    "MessageVersion": "dsrf/3.0",
    "Profile": "BasicAudioProfile",
    "ProfileVersion": "1.2",
    "MessageId": "alpha-2026-07",
    "MessageCreatedDateTime": "2026-08-04T10:00:00Z",
    "FileNumber": "1",
    "NumberOfFiles": "1",
    "UsageStartDate": "2026-07-01",
    "UsageEndDate": "2026-07-31",
    "SenderPartyId": "PADPIDA2013020802I",
    "SenderName": "Alpha",
    "ServiceDescription": "alpha-premium",
}


def summary(number: str, territory: str, currency: str, usages: str, revenue: str, **more: str) -> Row:
    return "SY02.02", {
        "SummaryRecordId": number,
        "CommercialModel": "SubscriptionModel",
        "UseType": "Stream",
        "Territory": territory,
        "ServiceDescription": "alpha-premium",
        "Usages": usages,
        "CurrencyOfReporting": currency,
        "NetRevenue": revenue,
        "ContentCategory": "Music",
        **more,
    }


def block(number: str, isrc: str, title: str, artist: str, plays: Sequence[tuple[str, str]], **more: str) -> list[Row]:
    recording: Row = (
        "AS02.02",
        {
            "BlockId": number,
            "ResourceReference": f"A{number}",
            "DspResourceId": f"alpha:{number}",
            "ISRC": isrc,
            "Title": title,
            "DisplayArtistName": artist,
            "Duration": "PT0H3M20S",
            "ResourceType": "SoundRecording",
            **more,
        },
    )
    uses: list[Row] = [
        (
            "SU02",
            {
                "BlockId": number,
                "SummaryRecordId": of,
                "SalesTransactionId": f"{number}-{of}",
                "IsRoyaltyBearing": "true",
                "NumberOfStreams": streams,
            },
        )
        for of, streams in plays
    ]
    return [recording, *uses]


def basic_audio(**head: str) -> bytes:
    return dsr.write(
        {**HEAD, **head},
        [
            summary("1", "DE", "EUR", "1000", "10.00", AllocatedRevenue="7.00", AllocatedUsages="700"),
            summary("2", "US", "USD", "300", "3.00", AllocatedRevenue="1.00", AllocatedUsages="3"),
        ],
        [
            *block("1", "DEA452600001", "Return", "Original Artist", [("1", "500"), ("2", "1")]),
            *block("2", "DEA452600002", "Return (Fan Remix)", "Original Artist", [("1", "200"), ("2", "1")]),
            *block("3", "", "Unknown | song", "Nobody", [("2", "1")]),
        ],
    )
