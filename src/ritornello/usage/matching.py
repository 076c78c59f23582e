"""Which recording a row is about: by ISRC, then by the sender's own id, then by ISWC and title, then by title and
artist.

Later rules only see rows that name no ISRC: a row with an ISRC that we do not know is about a recording that we do not
know, however much its title resembles one of ours (a derivative shares its original's title). A rule that finds two
recordings finds none. What stays unmatched goes to suspense `no_asset` and is matched again when the catalogue has
grown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from ritornello.messages.findings import Findings
from ritornello.usage.titles import title_key
from ritornello.usage.typed import add_table, distinct, report

CONFIDENCE = {"isrc": 1000, "proprietary_id": 990, "iswc_title": 900, "title_artist": 800}
"""In permille, by rule: how sure a match is. Anything below 1000 is shown for review."""

NO_ASSET = "no_asset"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one recording for matching. `proprietary_ids` are (source or service, id) pairs; an empty first
    part means that the id is the same everywhere."""

    asset_id: str
    isrcs: tuple[str, ...] = ()
    proprietary_ids: tuple[tuple[str, str], ...] = ()
    iswcs: tuple[str, ...] = ()
    title: str = ""
    version: str = ""
    artist: str = ""

    @property
    def title_key(self) -> str:
        return title_key(self.title, self.artist, self.version)


@dataclass(frozen=True, slots=True)
class MatchIndex:
    """All recordings that rows may be about."""

    known: tuple[Known, ...] = field(default=())

    @classmethod
    def of(cls, known: Iterable[Known]) -> MatchIndex:
        return cls(tuple(known))

    def by_isrc(self) -> dict[str, str | None]:
        """ISRC → asset; None where two recordings claim it."""
        return _unique((isrc.replace("-", "").upper(), one.asset_id) for one in self.known for isrc in one.isrcs)

    def by_proprietary_id(self) -> dict[str, str | None]:
        """`source␟id` → asset."""
        return _unique((f"{of}\x1f{number}", one.asset_id) for one in self.known for of, number in one.proprietary_ids)

    def by_title(self) -> dict[str, str | None]:
        return _unique((key, one.asset_id) for one in self.known if (key := one.title_key))

    def by_iswc_title(self) -> dict[str, str | None]:
        """ISWC and base title → asset. The artist does not count: the work is already named."""
        pairs = []
        for one in self.known:
            words = title_key(one.title, "x", one.version)
            pairs += [(f"{iswc}\x1f{words}", one.asset_id) for iswc in one.iswcs if words]
        return _unique(pairs)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, asset in pairs:
        found[key] = asset if found.get(key, asset) == asset else None
    return found


def match(
    connection: duckdb.DuckDBPyConnection,
    index: MatchIndex,
    source_id: str,
    names: Sequence[str],
    findings: Findings,
) -> None:
    """Fill the table `matched`: `typed` with asset_id, match_rule, match_confidence and suspense_kind."""
    _add(connection, "known_isrcs", index.by_isrc())
    _add(connection, "known_ids", index.by_proprietary_id())
    titles, iswc_titles = index.by_title(), index.by_iswc_title()
    unnamed = "(SELECT DISTINCT title, artist, iswc FROM typed WHERE isrc IS NULL)"
    rows = []
    for title, artist, iswc in connection.execute(f"SELECT title, artist, iswc FROM {unnamed}").fetchall():
        key = title_key(title, artist)
        with_work = f"{iswc}\x1f{title_key(title, 'x')}" if iswc else ""
        rows.append((title, artist, iswc or "", iswc_titles.get(with_work), titles.get(key) if key else None))
    columns = "title VARCHAR, artist VARCHAR, iswc VARCHAR, by_work VARCHAR, by_title VARCHAR"
    add_table(connection, "known_titles", columns, rows)
    rule = """CASE WHEN i.asset IS NOT NULL THEN 'isrc' WHEN p.asset IS NOT NULL THEN 'proprietary_id'
              WHEN w.by_work IS NOT NULL THEN 'iswc_title' WHEN w.by_title IS NOT NULL THEN 'title_artist' END"""
    confidence = " ".join(f"WHEN '{name}' THEN {permille}" for name, permille in CONFIDENCE.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE matched AS
        SELECT *, CASE rule {confidence} END AS confidence,
               CASE WHEN asset_id IS NULL THEN '{NO_ASSET}' END AS suspense_kind
        FROM (
            SELECT t.*, coalesce(i.asset, p.asset, w.by_work, w.by_title) AS asset_id, {rule} AS rule
            FROM typed AS t
            LEFT JOIN known_isrcs AS i ON i.key = t.isrc
            LEFT JOIN known_ids AS p ON t.isrc IS NULL AND p.key = coalesce({_id_key(connection, source_id)})
            LEFT JOIN known_titles AS w ON t.isrc IS NULL AND w.title = t.title AND w.artist = t.artist
                 AND w.iswc = coalesce(t.iswc, '')
        )
        """
    )
    _tell_doubles(connection, index, names, findings)


def _id_key(connection: duckdb.DuckDBPyConnection, source_id: str) -> str:
    """The first of (source, id), (service, id), ('', id) that is known."""
    of = [f"'{source_id}'", "t.service", "''"]
    return ", ".join(
        f"(SELECT k.key FROM known_ids AS k WHERE k.key = {prefix} || chr(31) || t.proprietary_id)" for prefix in of
    )


def _add(connection: duckdb.DuckDBPyConnection, name: str, known: dict[str, str | None]) -> None:
    rows = [(key, asset) for key, asset in known.items() if asset is not None]
    add_table(connection, name, "key VARCHAR, asset VARCHAR", rows)


def _tell_doubles(
    connection: duckdb.DuckDBPyConnection, index: MatchIndex, names: Sequence[str], findings: Findings
) -> None:
    doubled = {key for key, asset in index.by_isrc().items() if asset is None}
    if not doubled:
        return
    met = sorted(doubled & set(distinct(connection, "typed", "isrc")))
    for isrc in met:
        report(
            connection,
            findings,
            names,
            f"SELECT file_no, row_number, isrc AS given FROM typed WHERE isrc = '{isrc}'",
            "isrc_of_two",
            "warning",
            lambda text: f"two recordings of the catalogue carry {text}; the row is matched with neither",
            "ISRC",
        )
