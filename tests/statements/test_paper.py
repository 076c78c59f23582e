"""Statements on paper: every letter of a name has its glyph or is told, in its own direction, on A4 and Letter."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader
from pypdf.generic import ContentStream

from ritornello.statements import fonts
from ritornello.statements.build import build
from ritornello.statements.model import USAGE, Statement, StatementError
from ritornello.statements.view import Names
from ritornello.statements.writers import letters_for, statement_html, statement_pdf
from tests.royalty.golden import golden_scenario
from tests.statements.test_statements import made

NAMES = {
    "Arabic": "ليلى الخطيب",
    "Hebrew": "נועה ברק",
    "Devanagari": "अनन्या शर्मा",
    "Han": "周杰倫",
    "kana and Han": "米津玄師 ひばり カナ",
    "Hangul": "아이유",
    "Cyrillic": "Юлия Ђокић",
    "Greek": "Σπύρος Αρβανίτης",
    "Latin": "Zoë Nguyễn Đặng-Łukasiewicz Şimşek",
}
TITLES = (
    "Ritornello in D (Night Bus Remix)",
    "ليلى تغني (ريمكس)",
    "周杰倫の歌 (Remix)",
    "अनन्या की धुन",
    "שיר לנועה (Remix) 2026",
    "아이유 밤편지 (Slowed)",
    "Юлия — Ночной автобус",
    "A title that goes on and on, as those of movements do: Allegro ma non troppo, un poco maestoso (Live, 2024)",
)


@pytest.fixture(scope="module")
def whole() -> Statement:
    result, engine, context = made(golden_scenario())
    return build("fan", result, engine, context)


def sized(statement: Statement, lines: int) -> Statement:
    """The statement with so many lines of usage, under titles of every script; its totals do not matter here."""
    usage = [line for line in statement.lines if line.kind == USAGE]
    made_up = (
        replace(usage[place % len(usage)], number=place + 1, title=TITLES[place % len(TITLES)])
        for place in range(lines)
    )
    return replace(statement, lines=tuple(made_up))


def empty_boxes(pdf: bytes) -> int:
    """How often glyph 0 (.notdef, the empty box) is drawn. All fonts here are two bytes a glyph (Identity-H)."""
    found = 0
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for operands, operator in ContentStream(page["/Contents"].get_object(), page.pdf).operations:
            if operator in (b"Tj", b"TJ"):
                for text in _bytes_of(operands):
                    found += sum(text[place : place + 2] == b"\0\0" for place in range(0, len(text), 2))
    return found


def _bytes_of(operands: Any) -> Iterator[bytes]:
    for one in operands:
        if isinstance(one, list):
            yield from _bytes_of(one)
        elif hasattr(one, "original_bytes"):
            yield one.original_bytes
        elif isinstance(one, bytes):
            yield bytes(one)


def words(pdf: bytes, folder: Path) -> list[tuple[str, float, float]]:
    """Every word with where it begins and ends on its page, in points."""
    path = folder / "look.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True).stdout.decode()
    found = re.findall(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)</word>', told)
    return [(re.sub("[\u2066-\u2069\u200e\u200f\u202a-\u202e]", "", word), float(a), float(b)) for a, b, word in found]


@pytest.mark.parametrize("script", NAMES)
def test_a_name_has_all_its_glyphs(whole: Statement, script: str) -> None:
    pdf = statement_pdf(sized(whole, 1), Names(payee=NAMES[script], issuer="Quay Records"))
    assert letters_for(whole, Names(payee=NAMES[script])).missing == frozenset()
    assert empty_boxes(pdf) == 0
    families = " ".join(font for page in PdfReader(io.BytesIO(pdf)).pages for font in fonts_of(page))
    wanted = {"Arabic": "NotoSansArabic", "Devanagari": "NotoSansDevanagari"}.get(script, "LibertinusSerif")
    assert wanted in families


def fonts_of(page: Any) -> list[str]:
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]


def test_the_box_is_counted_where_a_letter_has_no_font() -> None:
    """The counter itself: without it the tests above could not fail."""
    bare = typst.compile("周杰倫 and Latin".encode(), ignore_system_fonts=True)
    assert empty_boxes(bare) == 3


@pytest.mark.parametrize(("paper", "width"), [("a4", 595.3), ("letter", 612.0)])
@pytest.mark.parametrize("lines", [1, 30, 200])
def test_no_page_overflows(whole: Statement, lines: int, paper: str, width: float, tmp_path: Path) -> None:
    pdf = statement_pdf(sized(whole, lines), Names(payee=NAMES["Hebrew"], issuer="Quay Records"), paper=paper)
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert abs(float(pages[0].mediabox.width) - width) < 1
    assert len(pages) == {1: 1, 30: 2}.get(lines, len(pages)) <= 7
    assert empty_boxes(pdf) == 0
    margin = 18 / 25.4 * 72 - 1
    assert [word for word in words(pdf, tmp_path) if not margin <= word[1] <= word[2] <= width - margin] == []


def test_names_run_in_their_own_direction(whole: Statement, tmp_path: Path) -> None:
    """The first word of a Hebrew name stands to the right of its second, and dates beside it are not drawn into it."""
    pdf = statement_pdf(sized(whole, 30), Names(payee="נועה ברק", issuer="Quay Records"))
    placed = words(pdf, tmp_path)
    first, second = (next(x for word, x, _ in placed if word in (name, name[::-1])) for name in ("נועה", "ברק"))
    assert first > second
    # the running head of the second page: name, then the period, earlier day first
    days = [(word, x) for word, x, _ in placed if word.startswith("2026-01-")][-2:]
    assert [word for word, _ in days] == ["2026-01-01", "2026-01-31"] and days[0][1] < days[1][1]


def test_what_no_font_has_is_told_and_never_drawn_as_a_box(
    whole: Statement, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    names = Names(payee="周杰倫", issuer="Quay Records")
    missing = letters_for(sized(whole, 3), names)
    assert missing.missing >= set("周杰倫") and "fonts-noto-cjk" in missing.finding and "Cjk" in missing.finding
    pdf = statement_pdf(sized(whole, 3), names)
    assert empty_boxes(pdf) == 0
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "fan" in text and "????? (Remix)" in text.replace("\n", " ")
    assert "no font on this machine has" in " ".join(text.split())
    assert "周杰倫" in statement_html(sized(whole, 3), names).decode()  # the reader's own fonts may have them


def test_a_damaged_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "wqy-broken.ttc").write_bytes(b"ttcf" + bytes(40))
    assert fonts.letters_of("周", folders=(tmp_path,)).missing == {"周"}
    assert fonts.letters_of("Zoë \u200f2026", folders=()).files == ()


def test_the_serif_has_what_it_is_said_to_have() -> None:
    letters = "".join(chr(code) for first, last in fonts._SERIF_HAS for code in range(first, last + 1))
    escaped = "".join(f"\\u{{{ord(one):x}}}" for one in letters if one.isprintable() and one.strip())
    styles = ('weight: "regular"', 'weight: "semibold"', 'style: "italic"')
    source = "\n\n".join(f'#text(font: "{fonts.SERIF}", fallback: false, {style})[{escaped}]' for style in styles)
    assert empty_boxes(typst.compile(source.encode(), ignore_system_fonts=True)) == 0


def test_another_paper_is_refused(whole: Statement) -> None:
    with pytest.raises(StatementError, match="choose one of a4, letter"):
        statement_pdf(whole, paper="a3")
