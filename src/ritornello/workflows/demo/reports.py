"""The reports that come back to the demo: what two services say was played in July 2026, written as they write it.

Alpha sends two DSR flat files (Basic Audio), one for each half of the month; Beta's money comes through a distributor,
on a sheet. Among the rows are one that matches nothing in the catalogue, and plays of the remix in Japan, where it was
never licensed. The figures come from a small seeded generator, so that they are the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ritornello.catalogue.model import Recording
from ritornello.messages import dsr, sheets
from ritornello.messages.dialects import BELIEVE, Meaning
from ritornello.usage.model import Source
from ritornello.workflows.demo import cast

SEED = 20260701
ALPHA = Source(
    "alpha",
    cast.SERVICES[cast.ALPHA],
    services={"alpha-premium": cast.ALPHA},
    called={cast.ALPHA: cast.SERVICES[cast.ALPHA]},
)
TIDEWATER = Source(
    "tidewater",
    "Tidewater Distribution",
    services={cast.SERVICES[cast.BETA]: cast.BETA},
    called={cast.BETA: cast.SERVICES[cast.BETA]},
)

UNKNOWN_ISRC, UNKNOWN_TITLE = "QZES72600417", "Low Tide (Live)"

_HALVES = (("2026-07-01", "2026-07-15", "a"), ("2026-07-16", "2026-07-31", "b"))
_PLACES = (("DE", "EUR", "0.0041"), ("US", "USD", "0.0046"), ("JP", "EUR", "0.0038"))
"""Territory, currency of the report, and about what a stream brings there."""

Row = tuple[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Track:
    """A recording as a service names it, and how popular it is (streams in a fortnight in one country)."""

    isrc: str
    title: str
    artist: str
    streams: int


def tracks(original: Recording, remix: Recording, artist: str) -> tuple[Track, ...]:
    """What was played: the original, the remix, and something that is not in this catalogue."""
    return (
        Track(original.isrc or "", original.title, artist, 21_000),
        Track(remix.isrc or "", f"{remix.title} ({remix.version_title})", artist, 34_000),
        Track(UNKNOWN_ISRC, UNKNOWN_TITLE, "The Groynes", 900),
    )


def write_reports(folder: Path, played: Sequence[Track]) -> tuple[list[Path], list[Path]]:
    """Write the files of both sources: (Alpha's DSR files, the distributor's sheet)."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(SEED)
    alpha = []
    for start, end, half in _HALVES:
        path = folder / f"DSR_Saltmarsh_Alpha_alpha-premium_2026-07{half}_XX_1of1_20260804T100000.tsv"
        path.write_bytes(_dsr(start, end, half, played, chance))
        alpha.append(path)
    sheet = folder / "Tidewater_2026-07_saltmarsh.csv"
    sheet.write_bytes(_sheet(played, chance))
    return alpha, [sheet]


def _dsr(start: str, end: str, half: str, played: Sequence[Track], chance: random.Random) -> bytes:
    plays = {
        (track.isrc, place): round(track.streams * weight * chance.uniform(0.8, 1.25))
        for track in played
        for place, weight in (("DE", 1.0), ("US", 1.6), ("JP", 0.12))
        if track.isrc != UNKNOWN_ISRC or place == "DE"
    }
    summaries: list[Row] = []
    for number, (place, currency, per_stream) in enumerate(_PLACES, start=1):
        streams = sum(count for (_, where), count in plays.items() if where == place)
        # what the service pays out: whole hundredths, from integers, so that nothing here is a float
        cents = streams * int(per_stream.replace(".", "").lstrip("0")) // 100
        revenue = f"{cents // 100}.{cents % 100:02d}"
        summaries.append(
            (
                "SY02.02",
                {
                    "SummaryRecordId": str(number),
                    "CommercialModel": "SubscriptionModel",
                    "UseType": "Stream",
                    "Territory": place,
                    "ServiceDescription": "alpha-premium",
                    "Usages": str(streams),
                    "CurrencyOfReporting": currency,
                    "NetRevenue": revenue,
                    "AllocatedRevenue": revenue,
                    "ContentCategory": "Music",
                },
            )
        )
    records: list[Row] = []
    for number, track in enumerate(played, start=1):
        records.append(
            (
                "AS02.02",
                {
                    "BlockId": str(number),
                    "ResourceReference": f"A{number}",
                    "DspResourceId": f"alpha:{number}",
                    "ISRC": track.isrc,
                    "Title": track.title,
                    "DisplayArtistName": track.artist,
                    "ResourceType": "SoundRecording",
                },
            )
        )
        for summary, (place, _, _) in enumerate(_PLACES, start=1):
            if (track.isrc, place) in plays:
                records.append(
                    (
                        "SU02",
                        {
                            "BlockId": str(number),
                            "SummaryRecordId": str(summary),
                            "SalesTransactionId": f"{number}-{summary}-{half}",
                            "IsRoyaltyBearing": "true",
                            "NumberOfStreams": str(plays[(track.isrc, place)]),
                        },
                    )
                )
    head = {
        "MessageVersion": "dsrf/3.0",
        "Profile": "BasicAudioProfile",
        "ProfileVersion": "1.2",
        "MessageId": f"alpha-2026-07{half}",
        "MessageCreatedDateTime": "2026-08-04T10:00:00Z",
        "FileNumber": "1",
        "NumberOfFiles": "1",
        "UsageStartDate": start,
        "UsageEndDate": end,
        "SenderPartyId": "PADPIDA2013020802I",
        "SenderName": cast.SERVICES[cast.ALPHA],
        "ServiceDescription": "alpha-premium",
    }
    return dsr.write(head, summaries, records)


def _sheet(played: Sequence[Track], chance: random.Random) -> bytes:
    original, remix, _ = played
    rows: list[Mapping[Meaning, str]] = []
    for track in (original, remix):
        for place in ("DE", "US"):
            count = round(track.streams * chance.uniform(0.5, 0.9))
            rows.append(_line(track, place, "Stream", count, count * 39))
    # what subscribers paid for the remixing tool: it belongs to the song they remixed
    rows.append(_line(original, "DE", "Creation", 640, 640 * 1900))
    rows.append(_line(original, "US", "Creation", 410, 410 * 1900))
    # some plays turned out to be artificial: the service takes them back
    rows.append(_line(remix, "US", "Stream", -2100, -2100 * 39))
    return sheets.write(BELIEVE, rows, titles=("Tidewater Distribution: royalty report for Saltmarsh Recordings",))


def _line(track: Track, place: str, kind: str, count: int, ten_thousandths: int) -> Mapping[Meaning, str]:
    sign, size = ("-", -ten_thousandths) if ten_thousandths < 0 else ("", ten_thousandths)
    return {
        "reporting_period": "2026-07",
        "use_period": "2026-07",
        "service": cast.SERVICES[cast.BETA],
        "territory": place,
        "artist": track.artist,
        "title": track.title,
        "isrc": track.isrc,
        "use_type": kind,
        "units": str(count),
        "amount": f"{sign}{size // 10_000}.{size % 10_000:04d}",
        "currency": "EUR",
    }
