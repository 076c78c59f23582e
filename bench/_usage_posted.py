"""From a report to posted balances: taken in, run, reviewed, approved by a second person, posted, in a house on SQLite.

The catalogue: 2,000 recordings, each shared out between one of 50 labels and one of 500 artists, and terms with a
source withholding and a commission. The report: one service, ten territories, one currency, recordings by the third
power of chance. Everything follows from row numbers.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb

from bench import Row
from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Recording, RightType
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.identifiers.territories import TerritorySet
from ritornello.people import service as people
from ritornello.people.model import PartyKind
from ritornello.people.roles import Role
from ritornello.royalty.approval import RunState
from ritornello.store.blobs import Blobs
from ritornello.store.database import open_engine
from ritornello.store.migrate import upgrade
from ritornello.usage.model import Source
from ritornello.workflows.close_period import run_period, step, waiting
from ritornello.workflows.house import House
from ritornello.workflows.periods import named
from ritornello.workflows.take_in_usage import take_in_usage

POSTED = int(os.environ.get("RITORNELLO_BENCH_USAGE_POSTED", "5000000"))
RECORDINGS, LABELS, ARTISTS = 2_000, 50, 500
PLACES = ("DE", "US", "JP", "FR", "GB", "BR", "SE", "IT", "ES", "MX")
START = datetime(2026, 6, 1, tzinfo=UTC)
RUN_AT = datetime(2026, 9, 1, tzinfo=UTC)
ORGANISATION = "org_bench"
WORLD = TerritorySet.parse("WW")


def posted_rows() -> Iterator[Row]:
    """One row for a sheet and one for a report in blocks."""
    kinds: tuple[tuple[str, Callable[[Path, int], None], str], ...] = (
        ("a sheet", _sheet, "1 M rows per CPU s"),
        ("a DSR report in blocks", _report, "0.4 M uses per CPU s"),
    )
    for name, make, aim in kinds:
        with tempfile.TemporaryDirectory(prefix="ritornello-bench-") as folder:
            path = Path(folder) / ("sheet.csv" if make is _sheet else "report.tsv")
            make(path, 1_000)
            # The readers are compiled at their first use after an installation, which is not what is measured here.
            _whole_way(*_house(Path(folder) / "warm"), path, 1_000)
            make(path, POSTED)
            house, people_of = _house(Path(folder) / "house")
            intake, run, posting = _whole_way(house, people_of, path, POSTED)
            whole = intake + run + posting
            yield Row(
                f"{name} of {POSTED:,} uses to posted balances, {RECORDINGS:,} recordings",
                f"{POSTED / whole / 1e6:.2f} M per CPU s",
                ", ".join(
                    f"{of} {cpu / POSTED * 1e6:.2f}"
                    for of, cpu in (("taken in", intake), ("run", run), ("posted", posting))
                ),
                "CPU s per million",
                aim,
            )


def _whole_way(house: House, actors: tuple[str, str], path: Path, uses: int) -> tuple[float, float, float]:
    began = time.process_time()
    taken = take_in_usage(house, ORGANISATION, [path], _source(), RUN_AT)
    assert not taken.refused, taken.errors[:3]
    assert sum(file.matched_rows for file in taken.files) == uses
    read = time.process_time()
    ran = run_period(house, ORGANISATION, named("2026-07"), RUN_AT, actors[0])
    made = time.process_time()
    told = dict.fromkeys(waiting(ran.record, ran.result), "bench")
    for number, state in enumerate((RunState.REVIEWED, RunState.APPROVED, RunState.POSTED)):
        step(house, ORGANISATION, ran, state, RUN_AT + timedelta(hours=number + 1), actors[number % 2], told)
    return read - began, made - read, time.process_time() - made


def _source() -> Source:
    return Source("bench", "Bench", services={"alpha-premium": "Alpha"})


def _isrc(number: int) -> str:
    return f"QZBEN26{number:05d}"


def _house(folder: Path) -> tuple[House, tuple[str, str]]:
    for name in ("keys", "lake"):
        (folder / name).mkdir(parents=True)
    engine = open_engine(f"sqlite:///{folder / 'house.db'}")
    upgrade(engine)
    house = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
    with house.work(ORGANISATION) as work:
        people.found_organisation(work.people, ORGANISATION, "Bench", START)
        one, two = (
            people.admit(work.people, ORGANISATION, f"{name}@bench.example", name, [Role.FINANCE], START).id
            for name in ("one", "two")
        )
        for party in [f"lab_{n}" for n in range(LABELS)] + [f"art_{n}" for n in range(ARTISTS)]:
            people.register_party(work.people, party, PartyKind.COMPANY, START)
        for number in range(RECORDINGS):
            name, artist = f"rec_{number}", f"art_{number % ARTISTS}"
            work.catalogue.save_recording(Recording(name, f"Song {number}", isrc=_isrc(number), main_artist=artist))
            shares = [
                ShareRow(f"lab_{number % LABELS}", Fraction(2, 3), WORLD),
                ShareRow(artist, Fraction(1, 3), WORLD),
            ]
            catalogue.record_sheet(
                work.catalogue, sheet(name, RightType.MASTER, shares, recorded_at=START, source="label")
            )
        work.royalty.add_terms(
            {
                "currency": "EUR",
                "version": "bench",
                "flows": [{"name": "stream"}],
                "source_withholding": [{"country": "JP", "rate": "0.10"}],
                "commissions": [{"payee": "lab_0", "rate": "0.15"}],
            },
            START,
            one,
        )
        work.usage.save_source(_source(), one, START)
        work.commit()
    return house, (one, two)


def _sheet(path: Path, uses: int) -> None:
    """Thirteen columns, with quotes, as one sender writes them."""
    places = "[" + ", ".join(f"'{place}'" for place in PLACES) + "]"
    header = "Reporting Date,Sale Month,Store,Artist,Title,ISRC,UPC,Quantity,Team Percentage,Song/Album,"
    header += "Country of Sale,Songwriter Royalties Withheld,Earnings (EUR)"
    body = path.with_suffix(".body")
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            COPY (
              WITH drawn AS (
                SELECT i, CAST(floor({RECORDINGS} * pow((hash(i) % 1000003) / 1000003.0, 3)) AS INTEGER) AS n
                FROM range({uses}) t(i)
              )
              SELECT printf('2026-08-12,2026-07,Alpha,Artist %d,"Song, %d",QZBEN26%05d,036000291452,'
                            || '%d,100,Song,%s,0,0.%010d',
                            n % {ARTISTS}, n, n, 1 + hash(i + 5) % 900, {places}[1 + CAST(hash(i + 7) % 10 AS INTEGER)],
                            CAST(hash(i + 9) % 9999999999 AS BIGINT))
              FROM drawn ORDER BY i
            ) TO '{body}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')
            """
        )
    with path.open("wb") as stream, body.open("rb") as rest:
        stream.write(header.encode() + b"\n")
        while chunk := rest.read(2**24):
            stream.write(chunk)
    body.unlink()


def _report(path: Path, wanted: int) -> None:
    """A Basic Audio report: a recording and two to seven uses in each block."""
    draw = random.Random(7)
    uses = blocks = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        head = "HEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tm1\t2026-08-04T10:00:00Z\t1\t1\t2026-07-01\t2026-07-31"
        stream.write(f"{head}\tPADPIDA2013020802I\tAlpha\talpha\t\t\t\n")
        for number, code in enumerate(PLACES):
            first = f"SY02.02\t{number}\t\t\tSubscriptionModel\tStream\t{code}\talpha\t1000\t\tEUR\t100000.00"
            stream.write(f"{first}\t\t\t\t70000.12\t\t\tMusic\t\t\t\n")
        lines = 1 + len(PLACES)
        while uses < wanted:
            number = int(RECORDINGS * draw.random() ** 3)
            named_as = f"AS02.02\t{blocks}\tA{blocks}\talpha:{number}\t{_isrc(number)}"
            named_as += f"\tSong {number}\t\tArtist {number}"
            stream.write(f"{named_as}\t\tPT0H3M20S\tSoundRecording" + "\t" * 11 + "\n")
            count = min(draw.randrange(2, 8), wanted - uses)
            for use in range(count):
                place = (blocks + use) % len(PLACES)
                sold = f"SU02\t{blocks}\t{place}\t{blocks}-{use}\t\t\ttrue\t{draw.randrange(1, 900)}"
                stream.write(f"{sold}\t\t\n")
            uses += count
            lines += count + 1
            blocks += 1
        stream.write(f"FOOT\t{lines + 1}\t{lines + 1}\t{len(PLACES)}\t{blocks}\t{blocks}\n")
