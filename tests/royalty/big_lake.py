"""Two million rows with everything that could part two engines: dated splits, states, currencies, places, clawbacks.

DuckDB makes the rows out of hashes of their numbers, so that every run sees the same ones. Each recording of a small
catalogue is played by a law that gives the first ones most.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

RECORDINGS = 600
PLACES = ("DE", "US", "GB", "BR", "JP", "FR", "SE", "MX")
CURRENCIES = ("EUR", "USD", "GBP", "BRL")


def write(path: Path, rows: int) -> None:
    """`rows` usage rows as one Parquet file of the lake."""
    places = "[" + ", ".join(f"'{code}'" for code in PLACES) + "]"
    currencies = "[" + ", ".join(f"'{code}'" for code in CURRENCIES) + "]"
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET threads = 2")
        connection.execute(
            f"""
COPY (
  WITH dice AS (SELECT i, CAST(hash(i) // 2 AS BIGINT) AS h, CAST(hash(i + 9000000000) // 2 AS BIGINT) AS g
                FROM range({rows}) t(i))
  SELECT printf('%064d', g % 9) AS file_sha256, i AS row_number, 'bench' AS source,
         ['alpha', 'beta', 'clipz'][1 + CAST(g % 3 AS INTEGER)] AS service,
         DATE '2026-01-01' AS period_start, DATE '2026-03-31' AS period_end,
         CASE WHEN g % 7 = 0 THEN DATE '2026-03-31' ELSE DATE '2026-01-01' + CAST(h % 90 AS INTEGER) END AS use_date,
         g % 7 <> 0 AS use_date_exact, {places}[1 + CAST((h // 90) % {len(PLACES)} AS INTEGER)] AS territory,
         CASE WHEN g % 11 = 0 THEN 'download' ELSE 'stream' END AS flow,
         CAST(NULL AS VARCHAR) AS isrc, CAST(NULL AS VARCHAR) AS proprietary_id, CAST(NULL AS VARCHAR) AS title,
         CAST(NULL AS VARCHAR) AS artist,
         CASE WHEN (h // 7000) % 50 = 0 THEN NULL
              ELSE printf('rec_%04d', ((h // 700000) % {RECORDINGS}) * ((h // 900) % 97) // 97) END AS asset_id,
         'isrc' AS match_rule, 1000 AS match_confidence,
         CAST(1 + (h // 400000) % 900 AS DECIMAL(18,0)) AS units,
         CAST((CASE WHEN (h // 13000) % 200 = 0 THEN -1 ELSE 1 END)
              * (1000000 + CAST((h // 77) % 40000000000 AS BIGINT)) AS DECIMAL(18,0)) AS amount_e10,
         {currencies}[1 + CAST(g % {len(CURRENCIES)} AS INTEGER)] AS currency,
         CASE WHEN (h // 7000) % 50 = 0 AND g % 2 = 0 THEN 'no_asset' END AS suspense_kind
  FROM dice
) TO '{path}' (FORMAT parquet)
"""
        )


def scenario() -> dict[str, Any]:
    """The catalogue and terms of these rows, as a scenario without usage."""
    shares: list[dict[str, Any]] = []
    lineage: list[dict[str, Any]] = []
    licences: list[dict[str, Any]] = []
    for number in range(RECORDINGS):
        asset = f"rec_{number:04d}"
        if number % 5 == 4:
            parent = f"rec_{number - 5 if number % 3 and number > 5 else number - 1:04d}"
            lineage.append({"child": asset, "parent": parent})
            licence: dict[str, Any] = {
                "id": f"lic_{number}",
                "derivative": asset,
                "maker": f"fan_{number % 40}",
                "fan_share": f"1/{7 + number % 5}",
                "reciprocity": "0.3",
            }
            if number % 4 == 0:
                licence["cap"] = "5000"
            if number % 10 == 9:
                licence |= {"ends": f"2026-02-{1 + number % 27:02d}", "grace_days": 5, "scope": {"alpha": "WW ex JP"}}
            licences.append(licence)
            continue
        whole = 3 + number % 11
        day = f"2026-02-{1 + number % 27:02d}" if number % 10 == 3 else None
        places = "WW ex JP" if number % 7 == 0 else "WW"
        for party, part in ((f"lab_{number % 20}", whole - 1), (f"art_{number % 90}", 1)):
            shares.append(
                {
                    "asset": asset,
                    "party": party,
                    "share": f"{part}/{whole}",
                    "territories": places,
                    "valid_to": day,
                    "sheet": "a",
                }
            )
        if day:
            shares.append(
                {"asset": asset, "party": f"lab_{number % 20}", "share": "1", "valid_from": day, "sheet": "b"}
            )
    return {
        "period": {"start": "2026-01-01", "end": "2026-03-31"},
        "shares": shares,
        "lineage": lineage,
        "terms": {
            "currency": "EUR",
            "flows": [{"name": "stream"}, {"name": "download", "lineage": False}],
            "fx": [
                {"currency": "USD", "rate": "0.9213"},
                {"currency": "USD", "rate": "0.93", "files": ["0" * 63 + "4"]},
                {"currency": "GBP", "rate": "1.1711"},
                {"currency": "BRL", "rate": "0.1631"},
            ],
            "source_withholding": [{"country": "US", "rate": "0.15"}, {"country": "BR", "rate": "0.1"}],
            "commissions": [
                {"payee": "dist", "rate": "0.15"},
                {"payee": "dist", "rate": "0.02", "when": {"services": ["beta"], "valid_from": "2026-03-01"}},
            ],
            "licences": licences,
            "contracts": [{"id": "deal", "holder": "lab_3", "royalties": [{"party": "producer", "rate": "0.03"}]}],
        },
    }
