"""Which recording a row is about: by ISRC, then the sender's own id, then ISWC and title, then title and artist.

Later rules only see rows that name no ISRC: a row with an ISRC that we do not know is about a recording that we do not
know, however much its title resembles one of ours (a derivative shares its original's title). A rule that finds two
recordings finds none. What stays unmatched goes to suspense `no_asset` and is matched again when the catalogue has
grown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import duckdb

from ritornello.messages.findings import Findings
from ritornello.usage.titles import title_key
from ritornello.usage.typed import TYPED_COLUMNS, add_table, report

CONFIDENCE = {"isrc": 1000, "proprietary_id": 990, "iswc_title": 900, "title_artist": 800}
"""In permille, by rule: how sure a match is. Anything below 1000 is shown for review."""

NO_ASSET = "no_asset"

_Key = TypeVar("_Key")


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


@dataclass(frozen=True, slots=True)
class Match:
    """The recording that a rule found; `confidence` in permille."""

    asset_id: str
    rule: str

    @property
    def confidence(self) -> int:
        return CONFIDENCE[self.rule]


class MatchIndex:
    """All recordings that rows may be about. Each lookup gives None for a key that two recordings claim."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self.known = tuple(known)

    @classmethod
    def of(cls, known: Iterable[Known]) -> MatchIndex:
        return cls(known)

    @cached_property
    def by_isrc(self) -> dict[str, str | None]:
        return _unique((isrc.replace("-", "").upper(), one.asset_id) for one in self.known for isrc in one.isrcs)

    @cached_property
    def by_proprietary_id(self) -> dict[tuple[str, str], str | None]:
        return _unique((pair, one.asset_id) for one in self.known for pair in one.proprietary_ids)

    @cached_property
    def by_title(self) -> dict[str, str | None]:
        keys = ((title_key(one.title, one.artist, one.version), one.asset_id) for one in self.known)
        return _unique((key, asset) for key, asset in keys if key)

    @cached_property
    def by_iswc_title(self) -> dict[tuple[str, str], str | None]:
        """The artist does not count: the work is already named."""
        pairs: list[tuple[tuple[str, str], str]] = []
        for one in self.known:
            words = title_key(one.title, "x", one.version) if one.iswcs else ""
            pairs += [((iswc.replace("-", "").replace(".", "").upper(), words), one.asset_id) for iswc in one.iswcs]
        return _unique(pairs)

    def found(
        self,
        isrc: str | None,
        title: str,
        artist: str,
        iswc: str = "",
        proprietary_id: str = "",
        places: Sequence[str] = ("",),
    ) -> Match | None:
        """The recording of a row; one that names an ISRC is known by nothing else."""
        if isrc is None:
            return self.without_isrc(title, artist, iswc, proprietary_id, places)
        asset = self.by_isrc.get(isrc)
        return Match(asset, "isrc") if asset is not None else None

    def is_of_two(self, isrc: str) -> bool:
        """Whether two recordings carry this ISRC, so that it names neither."""
        return self.by_isrc.get(isrc, "") is None

    def without_isrc(
        self, title: str, artist: str, iswc: str = "", proprietary_id: str = "", places: Sequence[str] = ("",)
    ) -> Match | None:
        """The recording of a row that names no ISRC. `places` are the source and service whose ids are tried."""
        if proprietary_id:
            for place in (*places, ""):
                if asset := self.by_proprietary_id.get((place, proprietary_id)):
                    return Match(asset, "proprietary_id")
        if iswc and (asset := self.by_iswc_title.get((iswc, title_key(title, "x")))):
            return Match(asset, "iswc_title")
        key = title_key(title, artist)
        if key and (asset := self.by_title.get(key)):
            return Match(asset, "title_artist")
        return None


def _unique(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, str | None]:
    found: dict[_Key, str | None] = {}
    for key, asset in pairs:
        found[key] = asset if found.get(key, asset) == asset else None
    return found


_IDENTITY = "concat_ws(chr(31), t.service, coalesce(t.proprietary_id, ''), coalesce(t.iswc, ''), t.title, t.artist)"


def match(
    connection: duckdb.DuckDBPyConnection,
    index: MatchIndex,
    source_id: str,
    names: Sequence[str],
    findings: Findings,
) -> None:
    """Make the view `matched`: `typed` with asset_id, rule, confidence and suspense_kind."""
    isrcs = [(key, asset) for key, asset in index.by_isrc.items() if asset is not None]
    add_table(connection, "known_isrcs", "key VARCHAR, asset VARCHAR", isrcs)
    found = []
    for identity, service, number, iswc, title, artist in connection.execute(
        f"""SELECT DISTINCT {_IDENTITY}, t.service, coalesce(t.proprietary_id, ''), coalesce(t.iswc, ''), t.title,
            t.artist FROM typed AS t WHERE t.isrc IS NULL ORDER BY 1"""
    ).fetchall():
        matched = index.without_isrc(title, artist, iswc, number, (source_id, service))
        if matched is not None:
            found.append((identity, matched.asset_id, matched.rule, matched.confidence))
    columns = "key VARCHAR, asset VARCHAR, rule VARCHAR, confidence INTEGER"
    add_table(connection, "known_otherwise", columns, found)
    typed = ", ".join(f"t.{column}" for column in TYPED_COLUMNS)
    if found:
        asset = "coalesce(i.asset, w.asset)"
        rule = "CASE WHEN i.asset IS NOT NULL THEN 'isrc' ELSE w.rule END"
        confidence = f"CASE WHEN i.asset IS NOT NULL THEN {CONFIDENCE['isrc']} ELSE w.confidence END"
        otherwise = f"LEFT JOIN known_otherwise AS w ON w.key = CASE WHEN t.isrc IS NULL THEN {_IDENTITY} END"
    else:
        asset, otherwise = "i.asset", ""
        rule = "CASE WHEN i.asset IS NOT NULL THEN 'isrc' END"
        confidence = f"CASE WHEN i.asset IS NOT NULL THEN {CONFIDENCE['isrc']} END"
    connection.execute(
        f"""
        CREATE OR REPLACE VIEW matched AS
        SELECT {typed}, {asset} AS asset_id, {rule} AS rule, {confidence} AS confidence,
               CASE WHEN {asset} IS NULL THEN '{NO_ASSET}' END AS suspense_kind
        FROM typed AS t LEFT JOIN known_isrcs AS i ON i.key = t.isrc {otherwise}
        """
    )
    tell_doubles(connection, index, names, findings, "typed")


def tell_doubles(
    connection: duckdb.DuckDBPyConnection,
    index: MatchIndex,
    names: Sequence[str],
    findings: Findings,
    relation: str,
) -> None:
    """Tell the rows of a relation whose ISRC two recordings of the catalogue carry."""
    doubled = [(key,) for key, asset in index.by_isrc.items() if asset is None]
    if not doubled:
        return
    add_table(connection, "doubled_isrcs", "key VARCHAR", doubled)
    report(
        connection,
        findings,
        names,
        f"SELECT file_no, row_number, isrc AS given FROM {relation} JOIN doubled_isrcs ON key = isrc",
        "isrc_of_two",
        "warning",
        lambda text: f"two recordings of the catalogue carry {text}; the row is matched with neither",
        "ISRC",
    )
