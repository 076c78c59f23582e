"""A month's money with files and usage lake in object storage: the same accounts, to the unit, as in a folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import s3fs
from sqlalchemy import Engine

from ritornello.store.blobs import Blobs
from ritornello.usage.lake import Lake
from ritornello.usage.rows import Place, rows_behind
from ritornello.workflows.house import House
from tests.databases import Databases
from tests.workflows import books


def month(house: House, folder: Path) -> dict[str, Fraction]:
    """From the founding to closed books; what every account holds."""
    books.found(house)
    plays = [("Song", books.ISRCS[books.SONG], 4000, "610.005"), ("Other", books.ISRCS[books.OTHER], 10, "0.0333333")]
    moments = books.Moments()
    books.taken(house, books.report(folder / "july.csv", plays), moments())
    books.settled(house, "2026-07", moments)
    return books.balances(house)


def test_a_bucket_pays_what_a_folder_pays(engine: Engine, databases: Databases, tmp_path: Path, bucket: str) -> None:
    in_folder = month(books.house_on(databases.sqlite(), tmp_path / "folder"), tmp_path)
    here = books.house_on(engine, tmp_path / "bucket")
    blobs = Blobs(f"{bucket}/blobs", cache=tmp_path / "cache")
    house = replace(here, blobs=blobs, lake=f"{bucket}/lake")
    assert month(house, tmp_path) == in_folder
    stored = s3fs.S3FileSystem().find(bucket.removeprefix("s3://"))
    assert [name for name in stored if name.endswith(".parquet") and "/lake/period=2026-07/source=believe/" in name]
    assert not list((tmp_path / "bucket").rglob("*.parquet"))
    with house.work(books.ORGANISATION, read_only=True) as work:
        paths = [file.lake_path for file in work.usage.files()]
    place = Place(books.SONG, "alpha", "DE", "stream", "EUR", date(2026, 7, 1), date(2026, 7, 31))
    behind = rows_behind(Lake(house.lake), paths, place)
    assert (behind.count, behind.units, behind.amount_e10) == (1, 4000, 6_100_050_000_000)
