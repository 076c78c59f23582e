"""The compiled reader of DSR flat files against the reader by records: pieces cut anywhere, texts that move columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ritornello.messages import dsr
from ritornello.messages.dsr import DsrError
from ritornello.usage import dsr_reading, sheet_pieces, text_table, tracks
from tests.messages.dsr_reports import HEAD, block, summary
from tests.usage.reports import rows, taken

CODES = ("foot_count", "unknown_record", "too_many_cells", "unknown_summary", "record_of_other_profile", "no_foot")
CODES += ("second_head", "after_foot", "malformed", "amount_without_use")


@pytest.fixture(autouse=True)
def _small_pieces() -> Iterator[None]:
    """Pieces of a few lines, tables of a few texts, so that every border is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet_pieces, "PIECE", 1024)
        patch.setattr(dsr_reading, "_ROOM", 3)
        patch.setattr(text_table, "_FIRST", 2)
        patch.setattr(tracks, "MOST_HELD", 600)
        yield


def _report(plays: list[int], amount: str) -> bytes:
    blocks = [
        block(f"b{n}", f"DEA4526{n % 7:05d}", f"Söng {n % 3}", "a", [("1", str(count)), ("2", "1")])
        for n, count in enumerate(plays)
    ]
    summaries = [
        summary(no, place, "EUR", "1", "1", AllocatedRevenue=amount) for no, place in (("1", "DE"), ("2", "US"))
    ]
    return dsr.write(HEAD, summaries, [row for one in blocks for row in one])


@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.integers(0, 50), min_size=1, max_size=25), st.sampled_from(["7.01", "0.0000000007", "-3"]))
def test_rows_are_those_of_the_records(tmp_path_factory, plays, amount) -> None:  # type: ignore[no-untyped-def]
    content = _report([*plays, 1], amount)
    report = dsr.read([("r.tsv", content)])
    outcome, lake = taken(tmp_path_factory.mktemp("report"), ("r.tsv", content))
    assert not outcome.refused and {found.code for found in outcome.findings} <= {"empty_required"}
    isrcs = {one.text("BlockId"): one.text("ISRC") for one in report.files[0].records if one.type == "AS02.02"}
    theirs = [
        (
            one.row,
            isrcs[one.text("BlockId")],
            "DE" if one.text("SummaryRecordId") == "1" else "US",
            one.integer("NumberOfStreams"),
        )
        for one in report.files[0].records
        if one.type == "SU02"
    ]
    ours = [(r[0], r[1], r[2], int(r[3])) for r in rows(lake, outcome, "row_number, isrc, territory, units")]
    assert ours == theirs
    by_place = rows(lake, outcome, "sum(amount_e10)", "GROUP BY territory")
    assert [int(total) for (total,) in by_place] == [int(dsr.dsr_cells.exact(amount) * 10**10)] * 2


USE = b"SU02\tb0\t%s\tx\t\t\ttrue\t%s\t\t"
LINE = st.sampled_from(
    (
        *(b"", b"# a comment", USE % (b"1", b"5"), USE % (b"9", b"5"), b"NEW1\tx", b"SR02\tx"),
        *(USE % (b"1", b"five"), USE % (b"1", b"5") + b"\tmore", b"\tSU02", b"FOOT\t9\t9\t1\t1\t1"),
    )
)


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.tuples(st.integers(2, 12), LINE), max_size=6), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_findings_are_those_of_the_records(tmp_path_factory, added, end, marked) -> None:  # type: ignore[no-untyped-def]
    lines = _report([3, 2, 1], "1").split(b"\n")
    for place, line in added:
        lines.insert(place, line)
    content = (b"\xef\xbb\xbf" if marked else b"") + end.join(lines)
    theirs = dsr.read([("r.tsv", content)])
    outcome, _ = taken(tmp_path_factory.mktemp("report"), ("r.tsv", content))
    codes = {"foot_count", "unknown_record", "too_many_cells", "record_of_other_profile", "no_foot", "malformed"}

    def told(findings) -> set[tuple[str, int | None]]:  # type: ignore[no-untyped-def]
        return {(one.code, one.row) for one in findings if one.code in codes and one.severity == "error"}

    assert told(outcome.findings) == told(theirs.findings)


def test_a_bad_byte_is_named_by_its_row(tmp_path: Path) -> None:
    content = _report([1] * 40, "1").replace("Söng 2".encode(), b"S\xf6ng 2")
    with pytest.raises(DsrError) as told:
        dsr.decoded(content, "r.tsv")
    outcome, _ = taken(tmp_path, ("r.tsv", content))
    assert [found.message for found in outcome.errors] == [str(told.value)]
