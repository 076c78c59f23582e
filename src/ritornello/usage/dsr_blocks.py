"""From DSR records to uses: one query per profile over the rows that the compiled reader gave.

The relation `records` has file_no, row_number, kind, block, reference, said, track, units, amount, begins, length: all
whole numbers, -1 for a row of no block. `said` tells what the numbers of `said` mean (summary_no, first_day, last_day,
bearing, ours). Each query gives file_no, row_number, summary_no, track, work_iswc, units, amount_e10, royalty_bearing,
first_day, last_day, block, begins, length.
"""

from __future__ import annotations

from dataclasses import dataclass

from ritornello.messages.dsr_columns import RECORDS

KINDS = sorted(RECORDS)
"""All types of records, by number."""

_DECIMAL = r"-?[0-9]{1,8}(\.[0-9]{1,10})?"
_COUNT = r"[0-9]{1,17}"
_PART_COUNT = r"-?[0-9]{1,17}(\.[0-9]{1,10})?"
DAY = r"[0-9]{4}(-(0[1-9]|1[0-2])|-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01]))?"
"""A day, or a month or year, which the format allows: it is meant whole."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """A column that units or amounts rest on, and the form that it must have in every row of these records."""

    kinds: tuple[str, ...]
    column: str
    pattern: str
    reads_as: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Uses:
    """How a profile gives uses: which records its query reads, the query, and what it relies on."""

    kinds: tuple[str, ...]
    query: str
    reliances: tuple[Reliance, ...]
    amount_from_summary: bool = False


def _among(kinds: tuple[str, ...]) -> str:
    return "kind IN (" + ", ".join(str(KINDS.index(kind)) for kind in kinds) + ")"


_RECORDINGS = ("AS01", "AS01.01", "AS02.02")
_FOUND = f"""
    recordings AS (
        SELECT block, reference, track, count(*) OVER (PARTITION BY block) AS in_block
        FROM records WHERE {_among(_RECORDINGS)} AND block >= 0
    )"""
"""Recordings of each block. A block's only recording is the one that was used where a use names none."""


NAMED_TWICE = f"""
    SELECT file_no, row_number, NULL::VARCHAR AS given FROM (
        SELECT *, row_number() OVER (PARTITION BY block, reference ORDER BY row_number) AS nth
        FROM records WHERE {_among(_RECORDINGS)} AND block >= 0 AND reference >= 0
    ) WHERE nth > 1
"""
"""Recordings under a reference that another one of their block has: a use of it would count twice."""
UNNAMED = f"""
    SELECT r.file_no, r.row_number, NULL::VARCHAR AS given FROM records AS r
    WHERE r.block >= 0 AND {_among(("SU01", "SU02", "SU03.01", "SU03.02"))} AND NOT EXISTS (
        SELECT 1 FROM records AS a WHERE a.block = r.block AND {_among(_RECORDINGS).replace("kind", "a.kind")}
    )
"""
"""Uses in a block without any recording, of which the format asks for one at least."""


def _basic_audio() -> str:
    return f"""
        WITH {_FOUND}
        SELECT r.file_no, r.row_number, s.summary_no, s.code AS said, a.track, NULL::VARCHAR AS work_iswc, r.units,
               NULL::DECIMAL(18,0) AS amount_e10, s.bearing AS royalty_bearing, NULL::DATE AS first_day,
               NULL::DATE AS last_day, r.block, r.begins, r.length
        FROM records AS r JOIN said AS s ON s.code = r.said
        LEFT JOIN recordings AS a ON a.block = r.block
             AND (a.reference = r.reference OR (r.reference < 0 AND a.in_block = 1))
        WHERE {_among(("SU01", "SU02"))}
    """


def _single(kinds: tuple[str, ...]) -> str:
    """Profiles with one record per block: everything stands in one row."""
    paid = any(column.name.startswith("Allocated") for kind in kinds for column in RECORDS[kind])
    return f"""
        SELECT r.file_no, r.row_number, s.summary_no, s.code AS said, r.track, NULL::VARCHAR AS work_iswc, r.units,
               {"CAST(r.amount AS DECIMAL(18,0))" if paid else "NULL::DECIMAL(18,0)"} AS amount_e10,
               s.bearing AS royalty_bearing, s.first_day, s.last_day, NULL::INTEGER AS block, r.begins, r.length
        FROM records AS r JOIN said AS s ON s.code = r.said WHERE {_among(kinds)} AND s.ours
    """


def _ugc() -> str:
    """A claim line belongs to the use above it in its block; the uses are counted with our first claim on it."""
    uses, claims = ("SU03.01", "SU03.02"), ("LI01.01", "LI01.02")
    return f"""
        WITH {_FOUND}, works AS (
            SELECT r.block, min(t.iswc) AS iswc FROM records AS r JOIN tracks AS t ON t.code = r.track
            WHERE {_among(("MW01.01",))} AND block >= 0 GROUP BY 1
        ), ordered AS (
            SELECT r.*, count(*) FILTER ({_among(uses)}) OVER (PARTITION BY r.file_no, r.block ORDER BY r.row_number)
                   AS use_no
            FROM records AS r WHERE {_among((*uses, *claims))}
        ), used AS (
            SELECT r.block, r.use_no, r.units, s.summary_no, s.first_day, s.last_day, r.begins, r.length
            FROM ordered AS r JOIN said AS s ON s.code = r.said WHERE {_among(uses)} AND r.block >= 0
        ), claimed AS (
            SELECT r.file_no, r.row_number, r.block, r.use_no, r.said, s.summary_no, s.summary, r.amount
            FROM ordered AS r JOIN said AS s ON s.code = r.said WHERE {_among(claims)} AND s.ours
        )
        SELECT l.file_no, l.row_number, CASE WHEN l.summary = '' THEN u.summary_no ELSE l.summary_no END AS summary_no,
               l.said, a.track, CASE WHEN t.iswc IS NULL THEN w.iswc END AS work_iswc,
               CASE WHEN row_number() OVER (PARTITION BY l.file_no, l.block, l.use_no ORDER BY l.row_number) = 1
                    THEN coalesce(u.units, 0) ELSE 0 END AS units,
               CAST(l.amount AS DECIMAL(18,0)) AS amount_e10, true AS royalty_bearing, u.first_day, u.last_day, l.block,
               u.begins, u.length
        FROM claimed AS l
        LEFT JOIN used AS u ON u.block = l.block AND u.use_no = l.use_no
        LEFT JOIN recordings AS a ON a.block = l.block AND a.in_block = 1
        LEFT JOIN tracks AS t ON t.code = a.track
        LEFT JOIN works AS w ON w.block = l.block
    """


_WORDS = {
    _COUNT: "a whole number of uses such as 1250",
    _PART_COUNT: "a number of uses such as 1250",
    _DECIMAL: "an amount such as 12.3456, with at most ten decimals and below 100 million",
    DAY: "a day such as 2026-07-31, or a month such as 2026-07",
}


def _rely(kinds: tuple[str, ...], column: str, pattern: str, optional: bool = False) -> Reliance:
    return Reliance(kinds, column, pattern, _WORDS[pattern], optional)


BLOCK_QUERIES: dict[str, Uses] = {
    "BasicAudioProfile": Uses(
        (*_RECORDINGS, "SU01", "SU02"),
        _basic_audio(),
        (
            _rely(("SU02",), "NumberOfStreams", _COUNT),
            _rely(("SU01",), "Usages", _COUNT),
            _rely(("SU01",), "Returns", _COUNT),
        ),
        amount_from_summary=True,
    ),
    "BasicAudioProfileSRB": Uses(
        ("SR01", "SR02"),
        _single(("SR01", "SR02")),
        (
            _rely(("SR02",), "NumberOfStreams", _PART_COUNT),
            _rely(("SR01",), "Downloads", _COUNT),
            _rely(("SR01",), "Returns", _COUNT),
        ),
        amount_from_summary=True,
    ),
    "UgcProfile": Uses(
        (*_RECORDINGS, "MW01.01", "SU03.01", "SU03.02", "LI01.01", "LI01.02"),
        _ugc(),
        (
            _rely(("LI01.01", "LI01.02"), "AllocatedAmount", _DECIMAL),
            _rely(("SU03.01", "SU03.02"), "Usages", _PART_COUNT),
            _rely(("SU03.01",), "ValidityPeriodStart", DAY),
            _rely(("SU03.01",), "ValidityPeriodEnd", DAY),
            _rely(("SU03.02",), "ValidityPeriodStart", DAY, optional=True),
            _rely(("SU03.02",), "ValidityPeriodEnd", DAY, optional=True),
        ),
    ),
    "UgcProfileSRB": Uses(
        ("SR03", "SR06"),
        _single(("SR03", "SR06")),
        (
            _rely(("SR03", "SR06"), "AllocatedAmount", _DECIMAL),
            _rely(("SR03", "SR06"), "Usages", _PART_COUNT),
            _rely(("SR03", "SR06"), "ValidityPeriodStart", DAY),
            _rely(("SR03", "SR06"), "ValidityPeriodEnd", DAY),
        ),
    ),
    "FinancialReportingToRecordCompaniesProfileSRB": Uses(
        ("SR08",),
        _single(("SR08",)),
        (
            _rely(("SR08",), "AllocatedRevenueInCurrencyOfAccounting", _DECIMAL),
            _rely(("SR08",), "NetUsage", _PART_COUNT),
            _rely(("SR08",), "SalesTransactionDate", DAY),
        ),
    ),
}
