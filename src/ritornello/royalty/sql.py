"""The royalty run as SQL: one text, run as it stands on DuckDB and on Spark.

Only the portable subset is used: integers as DECIMAL(p,0), no division, no averages, no floats, no BIGINT arithmetic.
A product of DECIMAL(p1,0) and DECIMAL(p2,0) stays exact while p1 + p2 + 1 <= 38, hence sums of source amounts are cast
to DECIMAL(24,0) before they meet a share of DECIMAL(13,0). Exact results travel as text, which both engines write alike
and quickly.

Usage is added up before it meets the shares, in two steps: per asset, window, way and receipt, and then per *split*,
since many recordings of an artist are shared out alike. The joins over the usage rows themselves are with tables of
exceptions and with the few places that occur.

Names: a *lane* is one treatment of money (fees, taxes, commissions, settlement); a *way* is a place with its currency
on its way to a lane; a *state* is what holds for an asset at a date (scope, holds); a *window* is a stretch of time
with the same owners (0: the first); a *pool* is what is shared out by one table of shares (a right, for the flows that
share alike); a *stake* is who stands in that table.
"""

from __future__ import annotations

from ritornello.royalty.tables import SUSPENDED, Tables

SURVEY_SQL = """
SELECT file_sha256, currency, COALESCE(service, '') AS service, COALESCE(territory, '') AS territory, flow,
       CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count,
       CAST(SUM(units) AS DECIMAL(28,0)) AS units,
       CAST(SUM(amount_e10) AS DECIMAL(28,0)) AS amount_e10
FROM usage
GROUP BY file_sha256, currency, COALESCE(service, ''), COALESCE(territory, ''), flow
"""


def _marks(tables: Tables) -> tuple[str, str, str, str]:
    """The joins that mark a row of the usage, then its window and receipt, and what it must meet to have a way.

    Only what occurs in this run is joined: most have no dated scopes, and no rates of exchange by file.
    """
    joins = []
    state = window = receipt = "0"
    if tables.windows:
        window = "COALESCE(w.window_no, 0)"
        joins.append(
            "LEFT JOIN windows w ON w.asset_id = u.asset_id AND w.valid_from <= u.use_date AND w.valid_to > u.use_date"
        )
    if tables.states:
        # Scope states go by the day of use; a line without a day counts from the start of its period, so that a line
        # whose period straddles the end of a consent is payable (and flagged). Ownership goes by the use date as taken
        # in.
        state = "COALESCE(s.state, 0)"
        day = "CASE WHEN u.use_date_exact THEN u.use_date ELSE u.period_start END"
        joins.append(f"LEFT JOIN states s ON s.asset_id = u.asset_id AND s.valid_from <= {day} AND s.valid_to > {day}")
    if tables.receipts:
        receipt = "COALESCE(r.receipt, 0)"
        joins.append("LEFT JOIN receipts r ON r.file_sha256 = u.file_sha256 AND r.currency = u.currency")
    place, second = tables.places.sql
    met = [f"y.place = {place}"]
    if any(row[0] for row in tables.ways) or tables.states:
        met.append(f"y.state = {state}")
    if second != "0":
        met.append(f"y.place2 = {second}")
    return "\n  ".join(joins), window, receipt, " AND ".join(met)


_WHOLE = "CAST(1000000000000 AS DECIMAL(13,0))"


def royalty_sql(tables: Tables) -> str:
    """The royalty query: the money of every stake in each lane, pool and receipt, before any deduction."""
    joins, window, receipt, met = _marks(tables)
    return f"""
WITH marked AS (
  SELECT CASE WHEN u.suspense_kind IS NULL THEN u.asset_id ELSE CONCAT('{SUSPENDED}', u.suspense_kind) END AS subject,
         {window} AS window_no, y.way, {receipt} AS receipt, u.amount_e10
  FROM usage u
  {joins}
  JOIN ways y ON {met}
), lines AS (
  SELECT subject, window_no, way, receipt, CAST(SUM(amount_e10) AS DECIMAL(24,0)) AS amount,
         CAST(SUM(CASE WHEN amount_e10 < 0 THEN amount_e10 ELSE CAST(0 AS DECIMAL(18,0)) END)
              AS DECIMAL(24,0)) AS negative
  FROM marked
  GROUP BY subject, window_no, way, receipt
), alike AS (
  SELECT o.split, p.lane, CASE WHEN l.receipt = 0 THEN p.receipt ELSE l.receipt END AS receipt,
         CASE WHEN o.split IS NOT NULL THEN '' WHEN l.subject IS NULL THEN 'line:no_asset'
              WHEN l.subject LIKE '{SUSPENDED}%' THEN CONCAT('line:', SUBSTR(l.subject, 2))
              ELSE 'held:no_right' END AS held,
         CAST(SUM(l.amount) AS DECIMAL(24,0)) AS amount, CAST(SUM(l.negative) AS DECIMAL(24,0)) AS negative
  FROM lines l
  LEFT JOIN way_lanes p ON p.way = l.way
  LEFT JOIN splits o ON o.asset_id = l.subject AND o.window_no = l.window_no AND o.region = p.region
  GROUP BY o.split, p.lane, CASE WHEN l.receipt = 0 THEN p.receipt ELSE l.receipt END,
           CASE WHEN o.split IS NOT NULL THEN '' WHEN l.subject IS NULL THEN 'line:no_asset'
                WHEN l.subject LIKE '{SUSPENDED}%' THEN CONCAT('line:', SUBSTR(l.subject, 2))
                ELSE 'held:no_right' END
)
SELECT COALESCE(h.stake, 0) AS stake, CASE WHEN h.stake IS NULL AND a.held = '' THEN 'held:no_right' ELSE a.held END
       AS held, a.lane, q.pool, a.receipt,
       CAST(CAST(SUM(a.amount * COALESCE(h.share, {_WHOLE})) AS DECIMAL(38,0)) AS STRING) AS amount_e22,
       CAST(CAST(SUM(a.negative * COALESCE(h.share, {_WHOLE})) AS DECIMAL(38,0)) AS STRING) AS negative_e22
FROM alike a
LEFT JOIN lane_pools q ON q.lane = a.lane
LEFT JOIN shares h ON h.split = a.split AND h.pool = q.pool
GROUP BY COALESCE(h.stake, 0), CASE WHEN h.stake IS NULL AND a.held = '' THEN 'held:no_right' ELSE a.held END,
         a.lane, q.pool, a.receipt
"""


FLAGS_SQL = """
SELECT u.asset_id, CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count, CAST(SUM(u.amount_e10) AS DECIMAL(28,0)) AS amount_e10
FROM usage u
JOIN states s ON s.asset_id = u.asset_id AND s.valid_from > u.period_start AND s.valid_from <= u.period_end
WHERE NOT u.use_date_exact
GROUP BY u.asset_id
"""
"""Lines without a day whose period straddles a change of scope: payable, and said so."""


def detail_sql(tables: Tables) -> str:
    """One payee's lines: `wanted` holds the stakes that feed the payee's accounts. The payee's assets come first, so
    that an engine may pass over the rows of all others."""
    joins, window, receipt, met = _marks(tables)
    return f"""
WITH mine AS (
  SELECT o.asset_id, o.window_no, o.region, h.pool, h.stake, h.share
  FROM splits o JOIN shares h ON h.split = o.split JOIN wanted n ON n.stake = h.stake
), marked AS (
  SELECT u.asset_id, COALESCE(u.service, '') AS service, COALESCE(u.territory, '') AS territory, u.flow, u.currency,
         {window} AS window_no, y.way, {receipt} AS receipt, u.units, u.amount_e10, u.use_date
  FROM usage u
  JOIN (SELECT DISTINCT asset_id FROM mine) m ON m.asset_id = u.asset_id
  {joins}
  JOIN ways y ON {met}
  WHERE u.suspense_kind IS NULL
), lines AS (
  SELECT asset_id, service, territory, flow, currency, window_no, way, receipt,
         CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count, CAST(SUM(units) AS DECIMAL(24,0)) AS units,
         CAST(SUM(amount_e10) AS DECIMAL(24,0)) AS amount_e10, MIN(use_date) AS first_use, MAX(use_date) AS last_use
  FROM marked
  GROUP BY asset_id, service, territory, flow, currency, window_no, way, receipt
)
SELECT l.asset_id, l.service, l.territory, l.flow, l.window_no, p.region, p.lane, q.pool,
       CASE WHEN l.receipt = 0 THEN p.receipt ELSE l.receipt END AS receipt, l.currency, m.stake,
       CAST(m.share AS STRING) AS share, CAST(l.row_count AS STRING) AS row_count, CAST(l.units AS STRING) AS units,
       CAST(l.amount_e10 AS STRING) AS amount_e10, CAST(l.first_use AS STRING) AS first_use,
       CAST(l.last_use AS STRING) AS last_use
FROM lines l
JOIN way_lanes p ON p.way = l.way
JOIN lane_pools q ON q.lane = p.lane
JOIN mine m ON m.asset_id = l.asset_id AND m.window_no = l.window_no AND m.region = p.region AND m.pool = q.pool
"""


def rows_sql(tables: Tables) -> str:
    """The usage rows behind one line of a statement, in file and row order."""
    joins, window, receipt, met = _marks(tables)
    return f"""
SELECT u.file_sha256, CAST(u.row_number AS DECIMAL(18,0)) AS row_number, CAST(u.use_date AS STRING) AS use_date,
       u.units, u.amount_e10, u.currency
FROM usage u
JOIN wanted_line n
  ON n.asset_id = u.asset_id AND n.service = COALESCE(u.service, '') AND n.territory = COALESCE(u.territory, '')
 AND n.flow = u.flow
{joins}
JOIN ways y ON {met}
JOIN way_lanes p ON p.way = y.way
WHERE u.suspense_kind IS NULL AND n.window_no = {window}
  AND n.receipt = CASE WHEN {receipt} = 0 THEN p.receipt ELSE {receipt} END
ORDER BY u.file_sha256, u.row_number
"""
