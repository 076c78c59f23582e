"""From DSR records to uses: one query per profile over the table `cells`, generated from the column tables.

Each query gives the columns file_no, row_number, summary_id, isrc, proprietary_id, iswc, title, artist, units,
amount_e10, royalty_bearing, first_day, last_day, sort_key. Positions come from `messages.dsr_columns`, so that no
number of a column is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ritornello.messages.dsr_columns import RECORDS, place_of
from ritornello.usage.typed import ISRC_FORM, e10_sql, isrc_sql, quoted

_DECIMAL = r"-?[0-9]{1,8}(\.[0-9]{1,10})?"
_WHOLE = r"-?[0-9]{1,17}"
_COUNT = r"[0-9]{1,17}"
_PART_COUNT = r"-?[0-9]{1,17}(\.[0-9]{1,10})?"
_DAY = r"[0-9]{4}-?(0[1-9]|1[0-2])-?(0[1-9]|[12][0-9]|3[01])"


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
    """How a profile gives uses: its query (a function of the condition "the line is ours") and what it relies on."""

    query: Callable[[str], str]
    reliances: tuple[Reliance, ...]
    amount_from_summary: bool = False


def cell(kind: str, column: str, row: str = "r") -> str:
    """The text in a column of a record of that kind; NULL where it is empty."""
    return f"{row}.c{place_of(kind, column) + 2}"


def _has(kind: str, column: str) -> bool:
    return any(known.name == column for known in RECORDS[kind])


def _by_kind(kinds: tuple[str, ...], column: str, row: str = "r") -> str:
    """The column over several kinds of records; kinds without it give NULL."""
    cases = " ".join(f"WHEN {quoted(kind)} THEN {cell(kind, column, row)}" for kind in kinds if _has(kind, column))
    return f"CASE {row}.kind {cases} END" if cases else "NULL"


def _first(text: str) -> str:
    """The first of repeated values."""
    return f"split_part({text}, '|', 1)"


def _isrc(text: str) -> str:
    clean = isrc_sql(_first(text))
    return f"CASE WHEN regexp_full_match({clean}, '{ISRC_FORM}') THEN {clean} END"


def _iswc(text: str) -> str:
    return f"nullif(upper(replace(replace({text}, '-', ''), '.', '')), '')"


def _plain_text(text: str) -> str:
    return f"replace({text}, '\\|', '|')"


def _titled(title: str, subtitle: str) -> str:
    return _plain_text(f"CASE WHEN {subtitle} IS NULL THEN {title} ELSE {title} || ' (' || {subtitle} || ')' END")


def _day(text: str) -> str:
    bare = f"replace({text}, '-', '')"
    return f"TRY_CAST({bare}[1:4] || '-' || {bare}[5:6] || '-' || {bare}[7:8] AS DATE)"


def _whole(text: str) -> str:
    """Uses as a whole number: parts of a use are cut off, amounts are not concerned."""
    return f"CAST(trunc(CAST({text} AS DECIMAL(28,10))) AS DECIMAL(18,0))"


def _among(kinds: tuple[str, ...]) -> str:
    return "kind IN (" + ", ".join(quoted(kind) for kind in kinds) + ")"


_RECORDINGS = ("AS01", "AS01.01", "AS02.02")


def _recordings() -> str:
    """Recordings of each block. A block's only recording is the one that was used where a use names none."""
    kinds = _RECORDINGS
    return f"""
        recordings AS (
            SELECT r.file_no, {_by_kind(kinds, "BlockId")} AS block,
                   {_by_kind(kinds, "ResourceReference")} AS reference,
                   {_isrc(_by_kind(kinds, "ISRC"))} AS isrc, {_by_kind(kinds, "DspResourceId")} AS proprietary_id,
                   {_iswc(_by_kind(kinds, "ISWC"))} AS iswc,
                   {_titled(_by_kind(kinds, "Title"), _by_kind(kinds, "SubTitle"))} AS title,
                   {_plain_text(_by_kind(kinds, "DisplayArtistName"))} AS artist,
                   count(*) OVER (PARTITION BY r.file_no, {_by_kind(kinds, "BlockId")}) AS in_block
            FROM cells AS r WHERE {_among(kinds)}
        )"""


def _basic_audio(_ours: str) -> str:
    kinds = ("SU01", "SU02")
    return f"""
        WITH {_recordings()}, sold AS (
            SELECT r.file_no, r.row_number, {_by_kind(kinds, "BlockId")} AS block,
                   {_by_kind(kinds, "SummaryRecordId")} AS summary_id,
                   {_by_kind(kinds, "SalesTransactionId")} AS transaction,
                   {_by_kind(kinds, "TransactedResource")} AS reference,
                   coalesce({_by_kind(kinds, "IsRoyaltyBearing")}, 'true') IN ('true', '1') AS royalty_bearing,
                   CASE r.kind WHEN 'SU02' THEN {_whole(cell("SU02", "NumberOfStreams"))}
                        ELSE {_whole(cell("SU01", "Usages"))} - {_whole(cell("SU01", "Returns"))} END AS units
            FROM cells AS r WHERE {_among(kinds)}
        )
        SELECT sold.file_no, sold.row_number, sold.summary_id, isrc, proprietary_id, iswc, title, artist, sold.units,
               NULL::DECIMAL(18,0) AS amount_e10, sold.royalty_bearing, NULL::DATE AS first_day, NULL::DATE AS last_day,
               concat_ws(' ', proprietary_id, sold.block, sold.transaction) AS sort_key
        FROM sold LEFT JOIN recordings AS a ON a.file_no = sold.file_no AND a.block = sold.block
             AND (a.reference = sold.reference OR (sold.reference IS NULL AND a.in_block = 1))
    """


def _single(kinds: tuple[str, ...]) -> Callable[[str], str]:
    """Profiles with one record per block: everything stands in one row."""

    def query(ours: str) -> str:
        units = " ".join(f"WHEN {quoted(kind)} THEN {_whole(_UNITS_OF[kind])}" for kind in kinds)
        amounts = " ".join(
            f"WHEN {quoted(kind)} THEN {e10_sql(cell(kind, _AMOUNT_OF[kind]))}" for kind in kinds if kind in _AMOUNT_OF
        )
        title, subtitle = _by_kind(kinds, "ResourceTitle"), _by_kind(kinds, "ResourceSubTitle")
        isrc = _isrc(f"coalesce({_by_kind(kinds, 'ISRC')}, {_by_kind(kinds, 'ResourceISRC')})")
        day = _by_kind(kinds, "SalesTransactionDate")
        return f"""
            SELECT * EXCLUDE (controller) FROM (
                SELECT r.file_no, r.row_number, {_by_kind(kinds, "SummaryRecordId")} AS summary_id, {isrc} AS isrc,
                       {_by_kind(kinds, "DspResourceId")} AS proprietary_id, {_iswc(_by_kind(kinds, "ISWC"))} AS iswc,
                       {_titled(title, subtitle)} AS title,
                       {_plain_text(_by_kind(kinds, "ResourceDisplayArtistName"))} AS artist,
                       CASE r.kind {units} END AS units,
                       {f"CASE r.kind {amounts} END" if amounts else "NULL::DECIMAL(18,0)"} AS amount_e10,
                       coalesce({_by_kind(kinds, "IsRoyaltyBearing")}, 'true') IN ('true', '1') AS royalty_bearing,
                       coalesce({_day(day)}, {_day(_by_kind(kinds, "ValidityPeriodStart"))}) AS first_day,
                       coalesce({_day(day)}, {_day(_by_kind(kinds, "ValidityPeriodEnd"))}) AS last_day,
                       concat_ws(' ', {_by_kind(kinds, "DspResourceId")}, {_by_kind(kinds, "SalesTransactionId")})
                           AS sort_key,
                       {_by_kind(kinds, "RightsController")} AS controller
                FROM cells AS r WHERE {_among(kinds)}
            ) WHERE {ours}
        """

    return query


_UNITS_OF = {
    "SR01": f"CAST(CAST({cell('SR01', 'Downloads')} AS BIGINT) - CAST({cell('SR01', 'Returns')} AS BIGINT) AS VARCHAR)",
    "SR02": cell("SR02", "NumberOfStreams"),
    "SR03": cell("SR03", "Usages"),
    "SR06": cell("SR06", "Usages"),
    "SR08": cell("SR08", "NetUsage"),
}
_AMOUNT_OF = {
    "SR03": "AllocatedAmount",
    "SR06": "AllocatedAmount",
    "SR08": "AllocatedRevenueInCurrencyOfAccounting",
}


def _ugc(ours: str) -> str:
    """A claim line belongs to the use above it in its block; the uses are counted with our first claim on it."""
    uses, claims = ("SU03.01", "SU03.02"), ("LI01.01", "LI01.02")
    both = (*uses, *claims)
    return f"""
        WITH {_recordings()}, works AS (
            SELECT r.file_no, {cell("MW01.01", "BlockId")} AS block, min({_iswc(cell("MW01.01", "ISWC"))}) AS iswc
            FROM cells AS r WHERE kind = 'MW01.01' GROUP BY 1, 2
        ), ordered AS (
            SELECT r.*, {_by_kind(both, "BlockId")} AS block,
                   count(*) FILTER (kind IN ('SU03.01', 'SU03.02'))
                       OVER (PARTITION BY r.file_no, {_by_kind(both, "BlockId")} ORDER BY r.row_number) AS use_no
            FROM cells AS r WHERE {_among(both)}
        ), used AS (
            SELECT r.file_no, r.block, r.use_no, {_whole(_by_kind(uses, "Usages"))} AS units,
                   {_by_kind(uses, "SummaryRecordId")} AS summary_id,
                   {_by_kind(uses, "SalesTransactionId")} AS transaction,
                   {_day(_by_kind(uses, "ValidityPeriodStart"))} AS first_day,
                   {_day(_by_kind(uses, "ValidityPeriodEnd"))} AS last_day
            FROM ordered AS r WHERE {_among(uses)}
        ), claimed AS (
            SELECT * FROM (
                SELECT r.file_no, r.row_number, r.block, r.use_no, {_by_kind(claims, "SummaryRecordId")} AS summary_id,
                       {_by_kind(claims, "RightsController")} AS controller,
                       {e10_sql(_by_kind(claims, "AllocatedAmount"))} AS amount_e10
                FROM ordered AS r WHERE {_among(claims)}
            ) WHERE {ours}
        )
        SELECT l.file_no, l.row_number, coalesce(l.summary_id, u.summary_id) AS summary_id, a.isrc, a.proprietary_id,
               coalesce(a.iswc, w.iswc) AS iswc, a.title, a.artist,
               CASE WHEN row_number() OVER (PARTITION BY l.file_no, l.block, l.use_no ORDER BY l.row_number) = 1
                    THEN coalesce(u.units, 0) ELSE 0 END AS units,
               l.amount_e10, true AS royalty_bearing, u.first_day, u.last_day,
               concat_ws(' ', a.proprietary_id, l.block, u.transaction) AS sort_key
        FROM claimed AS l
        LEFT JOIN used AS u ON u.file_no = l.file_no AND u.block = l.block AND u.use_no = l.use_no
        LEFT JOIN recordings AS a ON a.file_no = l.file_no AND a.block = l.block AND a.in_block = 1
        LEFT JOIN works AS w ON w.file_no = l.file_no AND w.block = l.block
    """


_WORDS = {
    _COUNT: "a whole number of uses such as 1250",
    _WHOLE: "a whole number such as 1250",
    _PART_COUNT: "a number of uses such as 1250",
    _DECIMAL: "an amount such as 12.3456, with at most ten decimals and below 100 million",
    _DAY: "a day such as 2026-07-31",
}


def _rely(kinds: tuple[str, ...], column: str, pattern: str, optional: bool = False) -> Reliance:
    return Reliance(kinds, column, pattern, _WORDS[pattern], optional)


BLOCK_QUERIES: dict[str, Uses] = {
    "BasicAudioProfile": Uses(
        _basic_audio,
        (
            _rely(("SU02",), "NumberOfStreams", _COUNT),
            _rely(("SU01",), "Usages", _COUNT),
            _rely(("SU01",), "Returns", _COUNT),
        ),
        amount_from_summary=True,
    ),
    "BasicAudioProfileSRB": Uses(
        _single(("SR01", "SR02")),
        (
            _rely(("SR02",), "NumberOfStreams", _PART_COUNT),
            _rely(("SR01",), "Downloads", _COUNT),
            _rely(("SR01",), "Returns", _COUNT),
        ),
        amount_from_summary=True,
    ),
    "UgcProfile": Uses(
        _ugc,
        (
            _rely(("LI01.01", "LI01.02"), "AllocatedAmount", _DECIMAL),
            _rely(("SU03.01", "SU03.02"), "Usages", _PART_COUNT),
            _rely(("SU03.01",), "ValidityPeriodStart", _DAY),
            _rely(("SU03.01",), "ValidityPeriodEnd", _DAY),
            _rely(("SU03.02",), "ValidityPeriodStart", _DAY, optional=True),
            _rely(("SU03.02",), "ValidityPeriodEnd", _DAY, optional=True),
        ),
    ),
    "UgcProfileSRB": Uses(
        _single(("SR03", "SR06")),
        (
            _rely(("SR03", "SR06"), "AllocatedAmount", _DECIMAL),
            _rely(("SR03", "SR06"), "Usages", _PART_COUNT),
            _rely(("SR03", "SR06"), "ValidityPeriodStart", _DAY),
            _rely(("SR03", "SR06"), "ValidityPeriodEnd", _DAY),
        ),
    ),
    "FinancialReportingToRecordCompaniesProfileSRB": Uses(
        _single(("SR08",)),
        (
            _rely(("SR08",), "AllocatedRevenueInCurrencyOfAccounting", _DECIMAL),
            _rely(("SR08",), "NetUsage", _PART_COUNT),
            _rely(("SR08",), "SalesTransactionDate", _DAY),
        ),
    ),
}
