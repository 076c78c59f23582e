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

from ritornello.royalty.tables import SUSPENDED

SURVEY_SQL = """
SELECT file_sha256, currency, COALESCE(service, '') AS service, COALESCE(territory, '') AS territory, flow,
       CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count,
       CAST(SUM(units) AS DECIMAL(28,0)) AS units,
       CAST(SUM(amount_e10) AS DECIMAL(28,0)) AS amount_e10
FROM usage
GROUP BY file_sha256, currency, COALESCE(service, ''), COALESCE(territory, ''), flow
"""

# Scope states go by the day of use; a line without a day counts from the start of its period, so that a line whose
# period straddles the end of a consent is payable (and flagged). Ownership goes by the use date as taken in.
_MARKED = """
  LEFT JOIN windows w
    ON w.asset_id = u.asset_id AND w.valid_from <= u.use_date AND w.valid_to > u.use_date
  LEFT JOIN states s
    ON s.asset_id = u.asset_id
   AND s.valid_from <= CASE WHEN u.use_date_exact THEN u.use_date ELSE u.period_start END
   AND s.valid_to > CASE WHEN u.use_date_exact THEN u.use_date ELSE u.period_start END
  LEFT JOIN receipts r
    ON r.file_sha256 = u.file_sha256 AND r.currency = u.currency
  LEFT JOIN ways y
    ON y.state = COALESCE(s.state, 0) AND y.service = COALESCE(u.service, '')
   AND y.territory = COALESCE(u.territory, '') AND y.flow = u.flow AND y.currency = u.currency
"""

_WHOLE = "CAST(1000000000000 AS DECIMAL(13,0))"

ROYALTY_SQL = f"""
WITH lines AS (
  SELECT CASE WHEN u.suspense_kind IS NULL THEN u.asset_id ELSE CONCAT('{SUSPENDED}', u.suspense_kind) END AS subject,
         COALESCE(w.window_no, 0) AS window_no, y.way, COALESCE(r.receipt, 0) AS receipt,
         CAST(SUM(u.amount_e10) AS DECIMAL(24,0)) AS amount,
         CAST(SUM(CASE WHEN u.amount_e10 < 0 THEN u.amount_e10 ELSE CAST(0 AS DECIMAL(18,0)) END)
              AS DECIMAL(24,0)) AS negative
  FROM usage u
  {_MARKED}
  GROUP BY CASE WHEN u.suspense_kind IS NULL THEN u.asset_id ELSE CONCAT('{SUSPENDED}', u.suspense_kind) END,
           COALESCE(w.window_no, 0), y.way, COALESCE(r.receipt, 0)
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

# One payee's lines: `wanted` holds the stakes that feed the payee's accounts. The payee's assets come first, so that an
# engine may pass over the rows of all others.
DETAIL_SQL = f"""
WITH mine AS (
  SELECT o.asset_id, o.window_no, o.region, h.pool, h.stake, h.share
  FROM splits o JOIN shares h ON h.split = o.split JOIN wanted n ON n.stake = h.stake
), lines AS (
  SELECT u.asset_id, COALESCE(u.service, '') AS service, COALESCE(u.territory, '') AS territory, u.flow, u.currency,
         COALESCE(w.window_no, 0) AS window_no, y.way, COALESCE(r.receipt, 0) AS receipt,
         CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count,
         CAST(SUM(u.units) AS DECIMAL(24,0)) AS units,
         CAST(SUM(u.amount_e10) AS DECIMAL(24,0)) AS amount_e10,
         MIN(u.use_date) AS first_use, MAX(u.use_date) AS last_use
  FROM usage u
  JOIN (SELECT DISTINCT asset_id FROM mine) m ON m.asset_id = u.asset_id
  {_MARKED}
  WHERE u.suspense_kind IS NULL
  GROUP BY u.asset_id, COALESCE(u.service, ''), COALESCE(u.territory, ''), u.flow, u.currency,
           COALESCE(w.window_no, 0), y.way, COALESCE(r.receipt, 0)
)
SELECT l.asset_id, l.service, l.territory, l.flow, l.window_no, p.region, p.lane, q.pool,
       CASE WHEN l.receipt = 0 THEN p.receipt ELSE l.receipt END AS receipt, l.currency, m.stake, m.share,
       l.row_count, l.units, l.amount_e10, CAST(l.first_use AS STRING) AS first_use,
       CAST(l.last_use AS STRING) AS last_use
FROM lines l
JOIN way_lanes p ON p.way = l.way
JOIN lane_pools q ON q.lane = p.lane
JOIN mine m ON m.asset_id = l.asset_id AND m.window_no = l.window_no AND m.region = p.region AND m.pool = q.pool
"""

ROWS_SQL = f"""
SELECT u.file_sha256, CAST(u.row_number AS DECIMAL(18,0)) AS row_number, CAST(u.use_date AS STRING) AS use_date,
       u.units, u.amount_e10, u.currency
FROM usage u
JOIN wanted_line n
  ON n.asset_id = u.asset_id AND n.service = COALESCE(u.service, '') AND n.territory = COALESCE(u.territory, '')
 AND n.flow = u.flow
{_MARKED}
JOIN way_lanes p ON p.way = y.way
WHERE u.suspense_kind IS NULL AND n.window_no = COALESCE(w.window_no, 0)
  AND n.receipt = CASE WHEN COALESCE(r.receipt, 0) = 0 THEN p.receipt ELSE COALESCE(r.receipt, 0) END
ORDER BY u.file_sha256, u.row_number
"""
"""The usage rows behind one line of a statement, in file and row order."""
