"""Files made to break a reader: each is one clear error, and nothing is written."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ritornello.messages import sheets, workbooks
from ritornello.messages.dialects import BELIEVE, DISTROKID
from ritornello.messages.wizard import propose
from ritornello.usage import opening
from ritornello.usage.model import E10, Source
from tests.messages.dsr_reports import basic_audio
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import taken
from tests.usage.workbook_reports import ENTITIES, as_workbook, with_part

DISTRO = Source("distrokid", "DistroKid")
SHEET = sheet_of(DISTROKID)


def _zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


def _two_heads() -> bytes:
    lines = basic_audio().split(b"\n")
    return b"\n".join([lines[0], *lines])


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a cut gzip": ("d.csv.gz", gzip.compress(SHEET * 50)[:-20], "broken_package"),
    "a gzip with a wrong checksum": ("d.csv.gz", gzip.compress(SHEET)[:-8] + bytes(8), "broken_package"),
    "a cut zip": ("d.zip", _zipped(("d.csv", SHEET))[:-30], "broken_package"),
    "an empty zip": ("d.zip", _zipped(), "empty"),
    "a zip in a zip": ("d.zip", _zipped(("inner.zip", _zipped(("d.csv", SHEET)))), "no_sheet"),
    "a giant header": ("d.csv", b"x," * 3_000_000 + b"\n1,2\n", "unknown_sheet"),
    "one giant cell": ("d.csv", b'"' + b"x" * 3_000_000, "unknown_sheet"),
    "a giant row under a known header": ("d.csv", SHEET + b"," * 9_000_000, "no_sheet"),
    "NUL bytes in a sheet": ("d.csv", SHEET + b"\x00\n", "no_sheet"),
    "NUL bytes in a report": ("r.tsv", basic_audio().replace(b"Return", b"Re\x00turn", 1), "no_dsr"),
    "a report in another encoding": ("r.tsv", basic_audio().replace(b"Return", b"R\xe9turn", 1), "no_dsr"),
    "a sheet that begins as UTF-16 and is none": (
        "d.csv",
        b"\xff\xfe" + SHEET + b"x" * (len(SHEET) % 2 + 1),
        "no_sheet",
    ),
    "a report in UTF-16": ("r.tsv", basic_audio().decode().encode("utf-16"), "unknown_sheet"),
    "a foot that claims 10^9 lines": ("r.tsv", basic_audio().replace(b"FOOT\t12", b"FOOT\t1000000000"), "foot_count"),
    "a foot that claims 10^30 lines": (
        "r.tsv",
        basic_audio().replace(b"FOOT\t12", b"FOOT\t1" + b"0" * 30),
        "malformed",
    ),
    "two heads": ("r.tsv", _two_heads(), "second_head"),
    "a head and no more": ("r.tsv", basic_audio().split(b"\n")[0], "no_foot"),
    "rows behind the foot": ("r.tsv", basic_audio() + basic_audio().split(b"\n")[1] + b"\n", "after_foot"),
    "a giant row in a report": ("r.tsv", basic_audio().replace(b"Return", b"x" * 20_000_000, 1), "no_dsr"),
    "a workbook with nothing inside": ("d.xlsx", _zipped(("xl/workbook.xml", b"<x/>")), "no_workbook"),
    "a cut workbook": ("d.xlsx", as_workbook(SHEET)[:-200], "no_workbook"),
    "a workbook of macros": ("d.xlsm", with_part(as_workbook(SHEET), "xl/vbaProject.bin"), "no_workbook"),
    "a binary workbook": ("d.xlsb", _zipped(("xl/workbook.bin", b"x")), "no_workbook"),
    "a workbook with entities": (
        "d.xlsx",
        with_part(as_workbook(SHEET), "xl/worksheets/sheet1.xml", ENTITIES),
        "no_workbook",
    ),
    "an old workbook or one with a password": ("d.xls", b"\xd0\xcf\x11\xe0" + bytes(4000), "no_sheet"),
    "a workbook with a header and no rows": ("d.xlsx", as_workbook(SHEET.split(b"\r\n")[0]), "no_rows"),
    "nothing": ("d.csv", b"", "empty"),
    "a header and no rows": ("d.csv", SHEET.split(b"\r\n")[0] + b"\r\n", "no_rows"),
}


@pytest.mark.parametrize("named", list(HOSTILE))
def test_a_hostile_file_is_one_error_and_leaves_nothing(tmp_path: Path, named: str) -> None:
    name, content, code = HOSTILE[named]
    outcome, _ = taken(tmp_path, (name, content), source=DISTRO)
    assert outcome.refused
    assert code in {found.code for found in outcome.errors}, outcome.errors[:3]
    assert all(len(str(found)) < 2000 for found in outcome.findings)
    assert not [path for path in (tmp_path / "lake").rglob("*") if path.is_file()]


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: _zipped(("d.csv", content))])
def test_a_packed_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(opening, "MOST_BYTES", 2**22)
    outcome, _ = taken(tmp_path, ("d.zip", pack(bytes(2**26))), source=DISTRO)
    assert [found.code for found in outcome.errors] == ["too_large"]


def test_a_bomb_in_a_workbook_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_BYTES", 2**20)
    bomb = with_part(as_workbook(SHEET), "xl/media/image1.png", bytes(2**24))
    outcome, _ = taken(tmp_path, ("d.xlsx", bomb), source=DISTRO)
    (found,) = outcome.errors
    assert found.code == "no_workbook" and "unpacks to more than" in found.message


def test_a_mapping_says_which_decimal_mark_it_is(tmp_path: Path) -> None:
    content = sheet_of(BELIEVE, {"amount": "1,234"}, {"amount": "2,500"}).replace(b"Net Revenue", b"Net to us")
    confirmed = propose(content, "b.csv").confirm("ours", "Ours", changed={"amount": "Net to us"}, style="comma")
    assert type(confirmed).from_document(confirmed.to_document()) == confirmed
    outcome, _ = taken(tmp_path, ("b.csv", content), source=Source("b", "B"), dialects=[confirmed])
    assert [receipt.total_e10 for receipt in outcome.receipts] == [3734 * E10 // 1000]
    layout = sheets.recognise(content, "b.csv", [confirmed])
    assert layout is not None and sum(r.amount for r in sheets.read(content, "b.csv", layout).rows) * 1000 == 3734
