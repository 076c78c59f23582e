"""DSR flat files: what is read, what is found, and that the writer's foot and escapes hold."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import dsr, dsr_cells, dsr_columns
from ritornello.messages.dsr_columns import RECORDS
from ritornello.messages.findings import errors
from tests.messages.dsr_reports import HEAD, basic_audio, summary
from tests.shared_material import DDEX


def codes(report: dsr.Report) -> set[tuple[str, int | None, str | None]]:
    return {(found.code, found.row, found.field) for found in report.findings}


def test_a_written_report_reads_back_without_findings() -> None:
    report = dsr.read([("report.tsv", basic_audio())])
    assert report.findings == ()
    (only,) = report.files
    assert only.profile == "BasicAudioProfile"
    assert [s.decimal("AllocatedRevenue") for s in only.summaries] == [Fraction(7), Fraction(1)]
    assert only.block_ids == ("1", "2", "3")
    recording, first, second = only.block("1")
    assert recording.text("ISRC") == "DEA452600001"
    assert (first.integer("NumberOfStreams"), second.text("SummaryRecordId")) == (500, "2")
    assert only.block("3")[0].text("Title") == "Unknown | song"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"\nFOOT\t12", b"\nFOOT\t13", ("foot_count", 12, "NumberOfLinesInFile")),
        (b"\t700\t", b"\t7oo\t", ("malformed", 2, "AllocatedUsages")),
        (b"\t10.00\t", b"\t10,00\t", ("malformed", 2, "NetRevenue")),
        (b"SU02\t1\t2\t", b"SU02\t1\t9\t", ("unknown_summary", 6, "SummaryRecordId")),
        (b"Unknown \\| song", b"Unknown | song", ("unexpected_repeat", 10, "Title")),
        (b"BasicAudioProfile", b"UnheardOfProfile", ("unknown_profile", 1, None)),
        (b"SU02\t3\t", b"XX99\t3\t", ("unknown_record", 11, None)),
        (b"SU02\t3\t", b"RU01.01\t3\t", ("record_of_other_profile", 11, None)),
        (b"2026-07-31", b"2026-06-30", ("period", 1, None)),
        (b"2026-07-31", b"2026-13", ("malformed", 1, "UsageEndDate")),
        (b"\nFOOT\t12\t12\t2\t3\t3", b"\nSRFO\t12\t2", ("foot_kind", 12, None)),
        (b"\tBasicAudioProfile\t", b"\tBasicAudioProfileSRB\t", ("foot_kind", 12, None)),
        (b"Return\t", b"Return\tgone\tastray\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t", ("too_many_cells", 4, None)),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(old: bytes, new: bytes, expected: tuple[str, int, str | None]) -> None:
    content = basic_audio()
    assert content.count(old) >= 1
    assert expected in codes(dsr.read([("report.tsv", content.replace(old, new, 1))]))


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2026-07-31", date(2026, 7, 31), date(2026, 7, 31)),
        ("20260731", date(2026, 7, 31), date(2026, 7, 31)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_or_a_year_is_meant_whole(said: str, first: date, last: date) -> None:
    report = dsr.read([("r.tsv", basic_audio(UsageStartDate=said, UsageEndDate=said))])
    assert report.findings == () and report.head is not None
    assert (report.head.date("UsageStartDate"), report.head.date("UsageEndDate")) == (first, last)


def test_a_report_without_a_summary_and_a_single_record_report_in_files_are_told() -> None:
    bare = dsr.read([("r.tsv", dsr.write(HEAD, [], []))])
    assert codes(bare) == {("no_summary", 1, None)}
    head = {**HEAD, "Profile": "BasicAudioProfileSRB", "NumberOfFiles": "2"}
    split = dsr.read([("r.tsv", dsr.write(head, [summary("1", "DE", "EUR", "1", "1")], []))])
    assert ("single_file", 1, "NumberOfFiles") in codes(split)


def test_a_cut_off_file_is_an_error() -> None:
    content = basic_audio()
    cut = content[: content.index(b"FOOT")]
    assert {found.code for found in errors(dsr.read([("report.tsv", cut)]).findings)} == {"no_foot"}


def test_comment_rows_count_in_the_foot() -> None:
    content = basic_audio().replace(b"\nSY02.02\t1", b"\n#SY02.02\tSummaryRecordId\nSY02.02\t1", 1)
    found = {(f.code, f.severity) for f in dsr.read([("r.tsv", content)]).findings}
    assert ("foot_count", "warning") in found  # says 12, has 13, of which one comment
    counted = content.replace(b"FOOT\t12\t12", b"FOOT\t13\t13")
    assert dsr.read([("r.tsv", counted)]).findings == ()


def test_a_report_in_two_files_is_whole_only_with_both() -> None:
    one = basic_audio(FileNumber="1", NumberOfFiles="2").replace(b"FOOT\t12\t12\t2\t3\t3", b"FOOT\t12\t24\t2\t3\t6")
    two = basic_audio(FileNumber="2", NumberOfFiles="2").replace(b"FOOT\t12\t12\t2\t3\t3", b"FOOT\t12\t24\t2\t3\t6")
    assert dsr.read([("b.tsv", two), ("a.tsv", one)]).findings == ()
    assert [f.name for f in dsr.read([("b.tsv", two), ("a.tsv", one)]).files] == ["a.tsv", "b.tsv"]
    assert {f.code for f in dsr.read([("a.tsv", one)]).findings} == {"file_missing"}
    assert "file_number" in {f.code for f in dsr.read([("a.tsv", one), ("b.tsv", one)]).findings}
    other = two.replace(b"alpha-2026-07", b"alpha-2026-08")
    assert "not_one_report" in {f.code for f in dsr.read([("a.tsv", one), ("b.tsv", other)]).findings}


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"FOOT\t1\t1\t0\t0\t0\n", b"HEAD\xff\xfe\t\n"])
def test_what_is_no_dsr_is_refused_with_one_reason(content: bytes) -> None:
    with pytest.raises(dsr.DsrError, match=r"x\.tsv"):
        dsr.read([("x.tsv", content)])


def test_the_writer_refuses_what_the_format_cannot_carry() -> None:
    for values in (
        {"Title": "a\tb"},
        {"Title": ""},
        {"NoSuchColumn": "x"},
        {"ISRC": ["DE", "X"]},
        {"Title": ["a", "b"]},
    ):
        row = {"BlockId": "1", "ResourceReference": "A1", "DspResourceId": "d", "Title": "t", "DisplayArtistName": "a"}
        with pytest.raises(dsr.DsrError):
            dsr.write_record("AS01.01", {**row, "ResourceType": "SoundRecording", **values})
    with pytest.raises(dsr.DsrError, match="NetRevenue"):
        dsr.write_record("SU03.02", {"BlockId": "1", "SalesTransactionId": "1", "DspResourceId": "d", "Usages": "1"})


def test_file_names() -> None:
    parts = dsr.file_name_parts("DSR_TEST_YouTube_AdSupport-music_2015-Q4_IS_1of1_20160121T150926.tsv")
    assert parts is not None
    assert (parts["sender"], parts["territory"], parts["number"]) == ("YouTube", "IS", "1")
    assert dsr.file_name_parts("sales.csv") is None


@given(st.lists(st.text(alphabet=st.characters(blacklist_characters="\t\r\n\\", codec="utf-8")), max_size=5))
def test_repeats_come_back(values: list[str]) -> None:
    if values == [""]:
        with pytest.raises(ValueError, match="cannot be told from none"):
            dsr_cells.joined(values)
    else:
        assert dsr_cells.split_repeats(dsr_cells.joined(values)) == tuple(values)


@given(st.binary(max_size=300))
def test_no_bytes_bring_the_reader_down(content: bytes) -> None:
    try:
        dsr.read([("x.tsv", dsr.write_record("HEAD", HEAD).encode() + b"\n" + content)])
    except dsr.DsrError as error:
        refusal = str(error)
    else:
        refusal = "x.tsv was read"
    assert "x.tsv" in refusal


if DDEX is not None:
    from lxml import etree

    XS = "{http://www.w3.org/2001/XMLSchema}"
    PROFILES = {
        "BasicAudioProfile/1.2/BasicAudioProfile.xsd": 18,
        "UgcProfile/1.2/UgcProfile.xsd": 18,
        "FinancialReportingToRecordCompaniesProfileSRB/1.0/FinancialReportingToRecordCompaniesProfileSRB.xsd": 5,
    }

    @pytest.mark.parametrize("name", sorted(PROFILES))
    def test_columns_are_those_of_the_published_profile(name: str) -> None:
        folder = DDEX / "dsr_profiles"
        compared = 0
        for definition in etree.parse(folder / name).getroot().iter(f"{XS}complexType"):
            kind = definition.get("name", "")
            if not kind.startswith("RecordType-"):
                continue
            code = kind.removeprefix("RecordType-").replace("SRHE", "HEAD")
            code = f"{code[:4]}.{code[4:]}" if len(code) == 6 else code
            published = [
                (e.get("name", "").strip(), e.get("minOccurs") == "0", e.get("maxOccurs") == "unbounded")
                for e in definition.iter(f"{XS}element")
                if e.get("name") != "RecordType"
            ]
            ours = [(column.name, column.optional, column.repeats) for column in RECORDS[code]]
            assert ours == published, code
            compared += 1
        assert compared == PROFILES[name]

    TYPES = {
        **{"integer": "integer", "decimal": "decimal", "boolean": "boolean", "dateTime": "instant"},
        **{"ddex_IsoDate": "date", "duration": "duration", "CurrencyCode": "currency"},
        **{"CurrentTerritoryCode": "territory"},
    }
    """Published type → our kind; texts, allowed values and patterns are told apart below."""
    PATTERNS = {"T[0-9]{10}": "iswc", "[a-zA-Z]{2}[a-zA-Z0-9]{3}[0-9]{7}": "isrc", "1": "integer"}

    @pytest.mark.parametrize("name", sorted(PROFILES))
    def test_cells_are_of_the_published_types(name: str) -> None:
        for definition in etree.parse(DDEX / "dsr_profiles" / name).getroot().iter(f"{XS}complexType"):
            kind = definition.get("name", "")
            if not kind.startswith("RecordType-"):
                continue
            code = kind.removeprefix("RecordType-").replace("SRHE", "HEAD")
            code = f"{code[:4]}.{code[4:]}" if len(code) == 6 else code
            elements = [e for e in definition.iter(f"{XS}element") if e.get("name") != "RecordType"]
            for element, column in zip(elements, RECORDS[code], strict=True):
                pattern = next((p.get("value", "") for p in element.iter(f"{XS}pattern")), "")
                published = element.get("type", "").rpartition(":")[2]
                wanted = TYPES.get(published) or PATTERNS.get(pattern, "text")
                assert column.kind == wanted, (code, column.name, published, pattern)

    @pytest.mark.parametrize("name", sorted(PROFILES))
    def test_a_profile_holds_the_published_records(name: str) -> None:
        """Each root of a schema is a profile: its records are ours, but for older writings that real reports have."""
        older = {"SY02.01", "AS01", "RU01", "SU03.01", "LI01.01"}
        schema = etree.parse(DDEX / "dsr_profiles" / name).getroot()
        kinds = {one.get("name"): one for one in schema.iter(f"{XS}complexType") if one.get("name")}

        def records_of(node: etree._Element) -> set[str]:
            found: set[str] = set()
            for element in node.iter(f"{XS}element"):
                named = element.get("name", "")
                inner = kinds.get(element.get("type", "").rpartition(":")[2])
                if named.startswith("RecordType-"):
                    found.add(named.removeprefix("RecordType-"))
                elif inner is not None:
                    found |= records_of(inner)
            return found

        for root in schema.findall(f"{XS}element"):
            ours = dsr_columns.PROFILES[root.get("name", "")]
            published = records_of(root)
            assert published - {"HEAD", "FOOT", "SRFO"} == ours - older
            assert ("SRFO" in published) == root.get("name", "").endswith("SRB")

    def test_a_real_report_is_read_with_its_quirks() -> None:
        report = dsr.read([next((DDEX / "samples").glob("DSR_*.tsv"))])
        (only,) = report.files
        assert errors(report.findings) == ()
        assert (only.counts.lines, only.profile, len(only.summaries), only.block_ids) == (
            35,
            "UgcProfile",
            4,
            ("1", "2", "3"),
        )
        assert len(only.block("1")[2].texts("DspReleaseId")) == len(only.block("1")[2].texts("Usages")) == 17
        validity = next(record for record in only.records if record.type == "SU03.01").date("ValidityPeriodStart")
        assert str(validity) == "2015-10-01"
        claims = [record.decimal("AllocatedAmount") for record in only.records if record.type == "LI01.01"]
        assert sum(claim for claim in claims if claim is not None) == Fraction("198.88")
