"""One file of a DSR report, gathered piece by piece: its frame, its rows as numbers, findings with row and field."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.messages import dsr, dsr_cells
from ritornello.messages.dsr_columns import PROFILES, RECORDS
from ritornello.messages.findings import Finding, Findings
from ritornello.usage import dsr_kernels as kernels
from ritornello.usage.column_files import ColumnFiles
from ritornello.usage.dsr_blocks import DAY, KINDS, Reliance
from ritornello.usage.model import Source
from ritornello.usage.sheet_kernels import GROW, MORE_ROOM, bounds, marks_of
from ritornello.usage.text_table import TextTable
from ritornello.usage.tracks import Named, Tracks
from ritornello.usage.typed import is_isrc

_FRAME = ("HEAD", "FOOT", "SRFO")
_SLOTS = ("block", "reference", "summary", "start", "end", "day", "controller", "bearing")
_NAMING = ("isrc", "own_id", "iswc", "title", "subtitle", "artist")
_REST = ("units", "returns", "amount", "transaction", "other")
_PLACE = {slot: place for place, slot in enumerate((*_SLOTS, *_NAMING, *_REST))}
_MEANT = {
    **{"BlockId": "block", "SummaryRecordId": "summary", "RightsController": "controller"},
    **{"ResourceReference": "reference", "TransactedResource": "reference", "IsRoyaltyBearing": "bearing"},
    **{"ValidityPeriodStart": "start", "ValidityPeriodEnd": "end", "SalesTransactionDate": "day"},
    **{"ISRC": "isrc", "ResourceISRC": "isrc", "DspResourceId": "own_id", "ISWC": "iswc"},
    **{"Title": "title", "ResourceTitle": "title", "SubTitle": "subtitle", "ResourceSubTitle": "subtitle"},
    **{"DisplayArtistName": "artist", "ResourceDisplayArtistName": "artist", "SalesTransactionId": "transaction"},
    **{"Usages": "units", "NumberOfStreams": "units", "Downloads": "units", "NetUsage": "units", "Returns": "returns"},
    **{"AllocatedAmount": "amount", "AllocatedRevenueInCurrencyOfAccounting": "amount"},
}
"""Column -> slot; where it differs by type of record, `slots_of` says so."""

_SAID = ("summary", "start", "end", "day", "controller", "bearing")
_NUMBERS = {"units": kernels.UNITS, "returns": kernels.RETURNS, "amount": kernels.AMOUNT}
_ROOM = 2**18
_TYPES = (np.int64, np.uint8, np.int32, np.int32, np.int32, np.int32, np.int64, np.int64, np.uint8)
_AT = (np.int64, np.int64, np.int64, np.int64, np.int64)


def slots_of(kind: str) -> list[str]:
    """The slot of each column of a type of record; SR08 counts net of returns, releases count in no slot."""
    slots = [_MEANT.get(column.name, "other") for column in RECORDS[kind]]
    if kind == "SR08":
        slots = ["other" if slot == "returns" else slot for slot in slots]
    if kind.startswith(("RE", "RU", "MW")):
        slots = [slot if slot in ("block", "iswc") else "other" for slot in slots]
    return slots


class FileReading:
    """One file on its way. `bases`: how many blocks, and how many texts of `said`, earlier files of the report have."""

    def __init__(
        self,
        name: str,
        profile: str | None,
        wanted: Sequence[str],
        reliances: Sequence[Reliance],
        source: Source,
        tracks: Tracks,
        bases: tuple[int, int],
        folder: Path,
        findings: Findings,
    ) -> None:
        self.name, self.profile, self.source, self.findings = name, profile, source, findings
        self.tracks, self._bases = tracks, bases
        self.service = ""
        self.heads: list[dsr.Record] = []
        self.foots: list[dsr.Record] = []
        self.summaries: list[dsr.Record] = []
        self.blocks, self.references = TextTable(1), TextTable(1)
        self.said = TextTable(len(_SAID))
        self.said_texts: list[list[str]] = []
        self.columns = ColumnFiles(
            folder,
            {
                **{"row": np.int64, "kind": np.uint8, "block": np.int32, "reference": np.int32, "said": np.int32},
                **{"track": np.int32, "units": np.int64, "amount": np.int64, "begins": np.int64, "length": np.int64},
            },
        )
        self._offset = 0
        self._reliances = reliances
        self._known: dict[tuple[str, str], bool] = {}
        self._day_flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._counts = np.zeros(3, np.int64)
        self._lay_kinds(wanted)

    def _lay_kinds(self, wanted: Sequence[str]) -> None:
        widths = np.array([len(RECORDS[kind]) for kind in KINDS], np.int64)
        slots = np.full((len(KINDS), int(widths.max())), _PLACE["other"], np.int64)
        actions, has = np.zeros(len(KINDS), np.int64), np.zeros(len(KINDS), np.int64)
        allowed = PROFILES[self.profile] if self.profile else frozenset(RECORDS)
        for number, kind in enumerate(KINDS):
            named = slots_of(kind)
            slots[number, : len(named)] = [_PLACE[slot] for slot in named]
            has[number] = sum(bit for slot, bit in _NUMBERS.items() if slot in named)
            if kind in _FRAME or kind.startswith("SY") or kind not in allowed:
                actions[number] = kernels.ASIDE
            else:
                actions[number] = kernels.ROW if kind in wanted else kernels.COUNT
        names = [int.from_bytes(kind.encode().ljust(8, b"\0"), "little") for kind in KINDS]
        self._kinds = (np.array(names, np.uint64), actions, widths, slots, has)
        groups = (("block",), ("reference",), _SAID, _NAMING)
        block, reference, said, naming = (np.array([_PLACE[slot] for slot in group], np.int64) for group in groups)
        self._groups = (block, reference, said, naming)
        self._numbers = (_PLACE["units"], _PLACE["returns"], _PLACE["amount"], _PLACE["transaction"])
        self._begins, self._ends = np.zeros(len(_PLACE), np.int64), np.zeros(len(_PLACE), np.int64)
        self._out: tuple[NDArray[Any], ...] = tuple(np.empty(_ROOM, kind) for kind in (*_TYPES, *_AT))
        self._aside: tuple[NDArray[Any], ...] = tuple(np.empty(_ROOM, np.int64) for _ in range(4))
        self._ends_cell = np.zeros(256, np.uint8)
        self._ends_cell[[ord("\t"), ord("\n")]] = 1
        self._marks = np.empty(0, np.int64)

    def read(self, buffer: NDArray[np.uint8], size: int, last: bool) -> int:
        """Take in the whole lines among these bytes; gives how many bytes they are."""
        if len(self._marks) <= size:
            self._marks = np.empty(len(buffer), np.int64)
        count = marks_of(buffer, 0, size, self._ends_cell, self._marks)
        place, mark_no, why = 0, 0, MORE_ROOM
        while why in (MORE_ROOM, GROW):
            arguments: list[Any] = [buffer, self._marks, count, mark_no, place, size, last]
            arguments += [self._kinds, self._groups, self._numbers, self.blocks.arrays, self.references.arrays]
            arguments += [self.said.arrays, self.tracks.table.arrays, self._begins, self._ends, self._counts]
            arguments += [self._out, self._aside]
            place, mark_no, given, aside, why = kernels.read_records(*arguments)
            for row, kind, start, end in zip(*(column[:aside].tolist() for column in self._aside), strict=True):
                self._line(row, kind, buffer[start:end].tobytes().decode("utf-8"))
            self._learn()
            if given:
                self._take(buffer, [column[:given] for column in self._out])
            self.tracks.make_room()
            if why == GROW:
                longest = int((self._ends - self._begins).clip(0).sum())
                for table in (self.blocks, self.references, self.said, self.tracks.table):
                    table.grow(longest)
        self._offset += place
        return place

    def block_text(self, block: int) -> str:
        """The id of a block by its number in the report."""
        return self.blocks.texts(block - self._bases[0], 1)[0][0]

    def frame(self) -> dsr.DsrFile:
        """Head, summaries, foot and counts, checked. Raises `DsrError` where there is no head."""
        if not self.heads:
            raise dsr.DsrError(f"{self.name}: a DSR flat file begins with a HEAD row; there is none")
        if len(self.heads) > 1:
            message = "a second HEAD row: two files were joined; split them"
            self.findings.error("second_head", message, self.name, self.heads[1].row)
        lines, comments, last_row = (int(one) for one in self._counts)
        if self.foots and self.foots[-1].row != last_row:
            message = "rows stand after the foot; the file ends with its foot"
            self.findings.error("after_foot", message, self.name, self.foots[-1].row)
        foot = self.foots[-1] if self.foots else None
        counts = dsr.Counts(lines, comments, len(self.blocks))
        found = dsr.DsrFile(self.name, self.heads[0], tuple(self.summaries), (), foot, counts)
        dsr.check_frame(found, self.findings)
        return found

    def _line(self, row: int, kind: int, line: str) -> None:
        """A line that is no row of a block: the frame, or what is wrong."""
        cells = line.split("\t")
        name = cells[0]
        if kind >= kernels.SURPLUS:
            message = f"a {name} row has more cells than the profile: a tab in a text moves every column"
            self.findings.error("too_many_cells", message, self.name, row, None, name)
        elif kind == kernels.UNKNOWN:
            if self.profile is not None:
                message = f"no columns are known for the record type {name[:80]!r}"
                self.findings.error("unknown_record", message, self.name, row, None, name[:200])
        elif self.profile is not None and name not in {*PROFILES[self.profile], *_FRAME}:
            message = f"{name} does not belong to {self.profile}"
            self.findings.error("record_of_other_profile", message, self.name, row, None, name)
        elif name in _FRAME or name.startswith("SY"):
            record = dsr.record_of(name, row, cells[1:], self.name, self.findings)
            {"HEAD": self.heads, "FOOT": self.foots, "SRFO": self.foots}.get(name, self.summaries).append(record)
            if name == "HEAD" and len(self.heads) == 1:
                self.service = self.source.service_of(record.text("ServiceDescription"), record.text("SenderName"))

    def named(self, texts: Sequence[str]) -> Named:
        """How a record names a recording; of repeated ISRCs the first."""
        isrc, own_id, iswc, title, subtitle, artist = texts
        clean = isrc.split("|", 1)[0].replace("-", "").replace(" ", "").upper()
        full = f"{title} ({subtitle})" if title and subtitle else title
        return Named(
            isrc=clean if is_isrc(clean) else None,
            proprietary_id=own_id or None,
            iswc=iswc.replace("-", "").replace(".", "").upper() or None,
            title=full.replace("\\|", "|"),
            artist=artist.replace("\\|", "|"),
            service=self.service,
        )

    def _learn(self) -> None:
        fresh = self.said.texts(len(self.said_texts))
        flags = []
        for texts in fresh:
            flag = 0
            for place, text in enumerate(texts[1:4]):
                flag |= (1 if not text else 0 if self._fits(DAY, text) else 2) << 2 * place
            flags.append(flag)
        self.said_texts += fresh
        self._day_flags = np.concatenate([self._day_flags, np.array(flags, np.uint8)])
        self.tracks.learn()

    def _fits(self, pattern: str, text: str) -> bool:
        if len(self._known) > _ROOM:
            self._known.clear()
        if (pattern, text) not in self._known:
            self._known[pattern, text] = re.fullmatch(pattern, text) is not None
        return self._known[pattern, text]

    def _take(self, buffer: NDArray[np.uint8], out: list[NDArray[Any]]) -> None:
        rows, kinds, blocks, references, said, tracks, units, amounts, flags = out[:9]
        for reliance in self._reliances:
            for kind in reliance.kinds:
                self._rely(buffer, out, reliance, KINDS.index(kind))
        odd = np.flatnonzero(flags & (kernels.UNITS | kernels.RETURNS)).tolist()
        for place in odd:  # numbers of uses with parts or a minus; parts are cut off
            texts = [_text(buffer, out[column][place]) for column in (9, 10)]
            sold, returned = (int(dsr_cells.exact(text) or Fraction(0)) for text in texts)
            has_returns = self._kinds[4][kinds[place]] & kernels.RETURNS
            units[place] = _within(sold - returned if has_returns else sold)
        self.columns.append(
            {
                **{"row": rows, "kind": kinds, "block": np.where(blocks < 0, -1, blocks + self._bases[0])},
                **{"reference": references, "said": said + self._bases[1]},
                **{"track": tracks + self.tracks.base, "units": units, "amount": amounts},
                **{"begins": out[12] + self._offset, "length": out[13]},
            }
        )

    def _rely(self, buffer: NDArray[np.uint8], out: list[NDArray[Any]], reliance: Reliance, kind: int) -> None:
        """A column that units or amounts rest on must be well formed in every row."""
        slot = _MEANT[reliance.column]
        if slot in _NUMBERS:
            suspect = np.flatnonzero((out[1] == kind) & (out[8] & _NUMBERS[slot] > 0)).tolist()
            column = {"units": 9, "returns": 10, "amount": 11}[slot]
            texts: Callable[[int], str] = lambda place: _text(buffer, out[column][place])  # noqa: E731
        else:
            nth = ("start", "end", "day").index(slot)
            wrong = (2 if reliance.optional else 3) << 2 * nth
            suspect = np.flatnonzero((out[1] == kind) & (self._day_flags[out[4]] & wrong > 0)).tolist()
            texts = lambda place: self.said_texts[out[4][place]][1 + nth]  # noqa: E731
        for place in suspect:
            text = texts(place)
            if not self._fits(reliance.pattern, text) and (text or not reliance.optional):
                message = f"{text[:80]!r} is not {reliance.reads_as}"
                row = int(out[0][place])
                self.findings.add(Finding("malformed", "error", message, self.name, row, reliance.column, text[:200]))


def day_of(text: str, *, last: bool = False) -> date | None:
    return dsr_cells.day(text, last=last) if text else None


def _text(buffer: NDArray[np.uint8], packed: np.int64) -> str:
    begin, end = bounds(np.array([packed]))
    return buffer[int(begin[0]) : int(end[0])].tobytes().decode("utf-8", errors="replace")


def _within(number: int) -> int:
    return number if abs(number) < 10**18 else 0
