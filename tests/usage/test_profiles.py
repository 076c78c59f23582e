"""The other DSR profiles: where each says what is payable, and to whom."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ritornello.messages import dsr
from ritornello.usage.model import E10, Source
from tests.messages.dsr_reports import HEAD, basic_audio
from tests.usage.reports import record, rows, taken

YOUTUBE = Source("youtube", "YouTube", controllers=frozenset({"Saltmarsh"}))


def ugc() -> bytes:
    claim = {"BlockId": "1", "SummaryRecordId": "s1", "RightSharePercentage": "50", "AllocatedNetRevenue": "9.99"}
    return dsr.write(
        {**HEAD, "Profile": "UgcProfile"},
        [
            record(
                "SY02.02", SummaryRecordId="s1", Territory="JP", CurrencyOfReporting="USD", RightsController="Saltmarsh"
            )
        ],
        [
            record(
                "AS02.02", BlockId="1", DspResourceId="yt1", ISRC="DEA452600002", Title="Return", SubTitle="Fan Remix"
            ),
            record("RU01.01", BlockId="1", SummaryRecordId="s1", DspReleaseId=["v1", "v2"], Usages=["7", "3"]),
            record(
                "SU03.02",
                **{"BlockId": "1", "SummaryRecordId": "s1", "SalesTransactionId": "u1", "Usages": "10"},
                **{"ValidityPeriodStart": "20260701", "ValidityPeriodEnd": "20260715"},
            ),
            record("LI01.02", **claim, RightsController="Saltmarsh", AllocatedAmount="1.25"),
            record("LI01.02", **claim, RightsController="Somebody else", AllocatedAmount="4.00"),
            record("LI01.02", **claim, RightsController="Saltmarsh", AllocatedAmount="0.75"),
            record(
                "SU03.02",
                **{"BlockId": "1", "SummaryRecordId": "s1", "SalesTransactionId": "u2", "Usages": "4"},
                **{"ValidityPeriodStart": "2026-07-16", "ValidityPeriodEnd": "2026-07-16"},
            ),
            record("LI01.02", **claim, RightsController="Saltmarsh", AllocatedAmount="-0.50"),
        ],
    )


def test_a_month_in_place_of_a_day_is_meant_whole(tmp_path: Path) -> None:
    content = ugc().replace(b"20260701\t20260715", b"2026-06\t2026-07")
    assert content != ugc()
    outcome, lake = taken(tmp_path, ("ugc.tsv", content), source=YOUTUBE)
    assert outcome.errors == ()
    first = rows(lake, outcome, "period_start, use_date, use_date_exact")[0]
    assert first == (date(2026, 6, 1), date(2026, 7, 31), False)


def test_a_reference_that_stands_twice_in_a_block_is_refused(tmp_path: Path) -> None:
    """A use that names it would count once for either recording."""
    content = basic_audio()
    line = next(one for one in content.split(b"\n") if one.startswith(b"AS02.02\t1\t"))
    lines = content.replace(line, line + b"\n" + line).replace(b"\nFOOT\t12\t12", b"\nFOOT\t13\t13")
    outcome, _ = taken(tmp_path, ("r.tsv", lines))
    assert {(one.code, one.row, one.field) for one in outcome.errors} == {("reference_twice", 5, "ResourceReference")}


def test_a_block_without_a_recording_is_told_and_waits(tmp_path: Path) -> None:
    content = basic_audio()
    line = next(one for one in content.split(b"\n") if one.startswith(b"AS02.02\t2\t"))
    outcome, lake = taken(tmp_path, ("r.tsv", content.replace(line + b"\n", b"# gone\n")))
    assert outcome.errors == ()
    assert {one.code for one in outcome.findings} >= {"no_recording"}
    waiting = [row for row in rows(lake, outcome, "asset_id, suspense_kind, title") if not row[2]]
    assert waiting and all(row[:2] == (None, "no_asset") for row in waiting)


def test_a_ugc_claim_line_is_money_and_its_use_is_counted_once(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("ugc.tsv", ugc()), source=YOUTUBE)
    assert outcome.errors == ()
    columns = "asset_id, territory, currency, flow, units, amount_e10, period_start, use_date, use_date_exact"
    first, last = date(2026, 7, 1), date(2026, 7, 15)
    day = date(2026, 7, 16)
    assert [(*r[:4], int(r[4]), int(r[5]), *r[6:]) for r in rows(lake, outcome, columns)] == [
        ("rec_remix", "JP", "USD", "ugc", 10, 125 * E10 // 100, first, last, False),
        ("rec_remix", "JP", "USD", "ugc", 0, 75 * E10 // 100, first, last, False),
        ("rec_remix", "JP", "USD", "ugc", 4, -50 * E10 // 100, day, day, True),
    ]


def test_everybodys_claims_where_no_controller_is_named(tmp_path: Path) -> None:
    outcome, _ = taken(tmp_path, ("ugc.tsv", ugc()), source=Source("youtube", "YouTube"))
    assert [receipt.total_e10 for receipt in outcome.receipts] == [55 * E10 // 10]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"\t1.25", b"\t1,25", "AllocatedAmount"),
        (b"\t20260715", b"\t20261315", "ValidityPeriodEnd"),
        (b"\t10\t", b"\tten\t", "Usages"),
    ],
)
def test_what_an_amount_rests_on_must_be_well_formed(tmp_path: Path, old: bytes, new: bytes, field: str) -> None:
    assert old in ugc()
    outcome, _ = taken(tmp_path, ("ugc.tsv", ugc().replace(old, new)), source=YOUTUBE)
    assert ("malformed", field) in {(found.code, found.field) for found in outcome.errors}


def test_one_record_per_block(tmp_path: Path) -> None:
    made = dsr.write(
        {**HEAD, "Profile": "BasicAudioProfileSRB"},
        [record("SY02.02", SummaryRecordId="s1", AllocatedRevenue="9.00")],
        [
            record("SR02", SummaryRecordId="s1", ISRC="DEA452600001", NumberOfStreams="2", ResourceTitle="Return"),
            record("SR02", SummaryRecordId="s1", ISRC="DEA452600002", NumberOfStreams="1", IsRoyaltyBearing="true"),
            record("SR02", SummaryRecordId="s1", ISRC="DEA452600002", NumberOfStreams="5", IsRoyaltyBearing="false"),
        ],
    )
    outcome, lake = taken(tmp_path, ("srb.tsv", made))
    assert outcome.errors == ()
    found = [(r[0], int(r[1]), int(r[2])) for r in rows(lake, outcome, "asset_id, units, amount_e10")]
    assert found == [("rec_original", 2, 6 * E10), ("rec_remix", 1, 3 * E10), ("rec_remix", 5, 0)]


def test_ugc_with_one_record_per_block(tmp_path: Path) -> None:
    made = dsr.write(
        {**HEAD, "Profile": "UgcProfileSRB"},
        [record("SY02.02", SummaryRecordId="s1", Territory="BR", CurrencyOfReporting="BRL")],
        [
            record("SR03", SummaryRecordId="s1", ISRC="DEA452600001", Usages="12", AllocatedAmount="0.125"),
            record("SR06", SummaryRecordId="s1", ISRC="DEA452600001", Usages="1", AllocatedAmount="0.000001"),
        ],
    )
    outcome, _ = taken(tmp_path, ("ugc.tsv", made))
    assert outcome.errors == ()
    assert [(r.currency, r.total_e10) for r in outcome.receipts] == [("BRL", 1250010000)]


def test_the_financial_profile_speaks_in_the_currency_of_accounting(tmp_path: Path) -> None:
    made = dsr.write(
        {**HEAD, "Profile": "FinancialReportingToRecordCompaniesProfileSRB"},
        [
            record(
                "SY10",
                **{"SummaryRecordId": "s1", "Territory": "GB", "UseType": "Stream"},
                **{"CurrencyOfTransaction": "GBP", "CurrencyOfAccounting": "EUR"},
            )
        ],
        [
            record(
                "SR08",
                **{"SummaryRecordId": "s1", "ResourceISRC": "DEA452600001", "SalesTransactionDate": "2026-07-09"},
                **{"TotalUsages": "12", "Returns": "2", "NetUsage": "10"},
                **{"AllocatedRevenueInCurrencyOfTransaction": "8.00", "AllocatedRevenueInCurrencyOfAccounting": "9.36"},
            )
        ],
    )
    outcome, lake = taken(tmp_path, ("fin.tsv", made))
    assert outcome.errors == ()
    ((asset, territory, units, e10, currency, day, exact),) = rows(
        lake, outcome, "asset_id, territory, units, amount_e10, currency, use_date, use_date_exact"
    )
    assert (asset, territory, int(units), int(e10), currency) == ("rec_original", "GB", 10, 936 * E10 // 100, "EUR")
    assert (day, exact) == (date(2026, 7, 9), True)


def test_downloads_count_without_returns(tmp_path: Path) -> None:
    made = dsr.write(
        HEAD,
        [record("SY02.02", SummaryRecordId="s1", UseType="PermanentDownload", AllocatedRevenue="3.00")],
        [
            record("AS02.02", BlockId="1", ISRC="DEA452600001"),
            record("SU01", BlockId="1", SummaryRecordId="s1", Usages="5", Returns="2"),
        ],
    )
    outcome, lake = taken(tmp_path, ("r.tsv", made))
    ((units, flow),) = rows(lake, outcome, "units, flow")
    assert (int(units), flow) == (3, "download")


def test_a_use_of_a_block_with_two_recordings_names_which(tmp_path: Path) -> None:
    made = dsr.write(
        HEAD,
        [record("SY02.02", SummaryRecordId="s1", AllocatedRevenue="3.00")],
        [
            record("AS02.02", BlockId="1", ResourceReference="A1", ISRC="DEA452600001"),
            record("AS02.02", BlockId="1", ResourceReference="A2", ISRC="DEA452600002"),
            record("SU02", BlockId="1", SummaryRecordId="s1", TransactedResource="A2", NumberOfStreams="2"),
            record("SU02", BlockId="1", SummaryRecordId="s1", NumberOfStreams="1"),
        ],
    )
    outcome, lake = taken(tmp_path, ("r.tsv", made))
    assert [(r[0], int(r[1])) for r in rows(lake, outcome, "asset_id, units")] == [("rec_remix", 2), (None, 1)]


def test_blank_lines_and_a_byte_order_mark_change_no_row_number(tmp_path: Path) -> None:
    plain, lake = taken(tmp_path, ("r.tsv", basic_audio()))
    bom = b"\xef\xbb\xbf" + basic_audio().replace(b"SY02.02\t1", b"\nSY02.02\t1", 1)
    marked, _ = taken(tmp_path, ("r2.tsv", bom.replace(b"FOOT\t12\t12", b"FOOT\t13\t13").replace(b"\n", b"\r\n")))
    assert marked.errors == ()
    assert [r[0] + 1 for r in rows(lake, plain, "row_number")] == [r[0] for r in rows(lake, marked, "row_number")]
