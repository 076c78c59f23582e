"""The royalty run as SQL: one text, run as it stands on DuckDB and on Spark.

Only the portable subset is used: integers as DECIMAL(p,0), no division, no averages, no floats, no BIGINT arithmetic.
A product of DECIMAL(p1,0) and DECIMAL(p2,0) stays exact while p1 + p2 + 1 <= 38, hence sums of source amounts are cast
to DECIMAL(24,0) before they meet a share of DECIMAL(13,0). Usage is added up per asset, ownership window, lane and
receipt *before* the join with the shares, which costs a quarter of joining the rows.

Names: a *lane* is one treatment of money (fees, taxes, commissions, settlement); a *state* is what holds for an asset
at a date (scope, holds); a *window* is a stretch of time with the same owners; a *pool* is what is shared out by one
table of shares (a right, for the flows that share alike); a *stake* is who stands in that table.
"""

from __future__ import annotations

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
  FROM usage u
  LEFT JOIN states s
    ON s.asset_id = u.asset_id
   AND s.valid_from <= CASE WHEN u.use_date_exact THEN u.use_date ELSE u.period_start END
   AND s.valid_to > CASE WHEN u.use_date_exact THEN u.use_date ELSE u.period_start END
  LEFT JOIN windows w
    ON w.asset_id = u.asset_id AND w.valid_from <= u.use_date AND w.valid_to > u.use_date
  LEFT JOIN receipts r
    ON r.file_sha256 = u.file_sha256 AND r.currency = u.currency
  LEFT JOIN lanes l
    ON l.state = COALESCE(s.state, '') AND l.service = COALESCE(u.service, '')
   AND l.territory = COALESCE(u.territory, '') AND l.flow = u.flow
"""

ROYALTY_SQL = f"""
WITH pools AS (
  SELECT u.asset_id, u.suspense_kind, COALESCE(w.window_no, 0) AS window_no, l.lane, l.region,
         COALESCE(r.fx_id, u.currency) AS fx_id,
         CAST(SUM(u.amount_e10) AS DECIMAL(24,0)) AS amount,
         CAST(SUM(CASE WHEN u.amount_e10 < 0 THEN u.amount_e10 ELSE CAST(0 AS DECIMAL(18,0)) END)
              AS DECIMAL(24,0)) AS negative
  {_MARKED}
  GROUP BY u.asset_id, u.suspense_kind, COALESCE(w.window_no, 0), l.lane, l.region, COALESCE(r.fx_id, u.currency)
)
SELECT CASE WHEN p.suspense_kind IS NOT NULL THEN CONCAT('line:', p.suspense_kind)
            WHEN p.asset_id IS NULL THEN 'line:no_asset'
            ELSE COALESCE(h.stake, 'held:no_right') END AS stake,
       COALESCE(h.grp, '') AS grp, COALESCE(p.lane, '') AS lane, COALESCE(q.pool, '') AS pool, p.fx_id,
       CAST(SUM(p.amount * COALESCE(h.share, CAST(1000000000000 AS DECIMAL(13,0)))) AS DECIMAL(38,0)) AS amount_e22,
       CAST(SUM(p.negative * COALESCE(h.share, CAST(1000000000000 AS DECIMAL(13,0)))) AS DECIMAL(38,0)) AS negative_e22
FROM pools p
LEFT JOIN lane_pools q ON q.lane = p.lane
LEFT JOIN shares h
  ON h.asset_id = p.asset_id AND h.window_no = p.window_no AND h.region = p.region AND h.pool = q.pool
 AND p.suspense_kind IS NULL
GROUP BY CASE WHEN p.suspense_kind IS NOT NULL THEN CONCAT('line:', p.suspense_kind)
              WHEN p.asset_id IS NULL THEN 'line:no_asset'
              ELSE COALESCE(h.stake, 'held:no_right') END,
         COALESCE(h.grp, ''), COALESCE(p.lane, ''), COALESCE(q.pool, ''), p.fx_id
"""

FLAGS_SQL = """
SELECT u.asset_id, CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count, CAST(SUM(u.amount_e10) AS DECIMAL(28,0)) AS amount_e10
FROM usage u
JOIN states s ON s.asset_id = u.asset_id AND s.valid_from > u.period_start AND s.valid_from <= u.period_end
WHERE NOT u.use_date_exact
GROUP BY u.asset_id
"""
"""Lines without a day whose period straddles a change of scope: payable, and said so."""

# One payee's lines: `wanted` holds the stakes that feed the payee's accounts.
DETAIL_SQL = f"""
SELECT u.asset_id, u.service, COALESCE(u.territory, '') AS territory, u.flow, COALESCE(w.window_no, 0) AS window_no,
       COALESCE(l.region, '') AS region, l.lane, q.pool, COALESCE(r.fx_id, u.currency) AS fx_id, u.currency, h.stake,
       h.grp, h.share,
       CAST(COUNT(*) AS DECIMAL(18,0)) AS row_count,
       CAST(SUM(u.units) AS DECIMAL(24,0)) AS units,
       CAST(SUM(u.amount_e10) AS DECIMAL(24,0)) AS amount_e10,
       CAST(MIN(u.use_date) AS STRING) AS first_use, CAST(MAX(u.use_date) AS STRING) AS last_use
{_MARKED}
  JOIN lane_pools q ON q.lane = l.lane
  JOIN shares h
    ON h.asset_id = u.asset_id AND h.window_no = COALESCE(w.window_no, 0) AND h.region = l.region AND h.pool = q.pool
  JOIN wanted n ON n.stake = h.stake
WHERE u.suspense_kind IS NULL
GROUP BY u.asset_id, u.service, COALESCE(u.territory, ''), u.flow, COALESCE(w.window_no, 0), COALESCE(l.region, ''),
         l.lane, q.pool, COALESCE(r.fx_id, u.currency), u.currency, h.stake, h.grp, h.share
"""

ROWS_SQL = f"""
SELECT u.file_sha256, CAST(u.row_number AS DECIMAL(18,0)) AS row_number, CAST(u.use_date AS STRING) AS use_date,
       u.units, u.amount_e10, u.currency
{_MARKED}
  JOIN wanted_line n
    ON n.asset_id = u.asset_id AND n.service = COALESCE(u.service, '') AND n.territory = COALESCE(u.territory, '')
   AND n.flow = u.flow AND n.window_no = COALESCE(w.window_no, 0) AND n.fx_id = COALESCE(r.fx_id, u.currency)
WHERE u.suspense_kind IS NULL
ORDER BY u.file_sha256, u.row_number
"""
"""The usage rows behind one line of a statement, in file and row order."""
