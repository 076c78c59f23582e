"""What a service may offer its people to make, as a feed: full or the changes since, numbered, signed, CSV or JSON
lines.

One line says: this recording, for this type, in these territories, from when until when, within these bounds. A
service's own list is read back and held against the feed: whatever is still open there and withdrawn here is reported,
with for how long.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ritornello.consent.codes import TYPES
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.offer_sheet import cells_of
from ritornello.consent.offers import instant_text
from ritornello.identifiers.territories import NOWHERE, TerritorySet
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import KeyRing, Signed

FORMAT = "ritornello-consent-feed/1"
COLUMNS = ("action", "recording", "type", "territories", "from", "until", "bounds_sha256", "bounds")


@dataclass(frozen=True, slots=True)
class Line:
    """One permission; `bounds` is the document of the studio's bounds."""

    recording: str
    type: str
    territories: TerritorySet
    valid_from: date
    valid_until: date | None
    bounds: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        return self.recording, self.type

    @property
    def bounds_sha256(self) -> str:
        return sha256_hex(canonical_json(self.bounds))

    def to_document(self, action: str) -> dict[str, Any]:
        bounds = canonical_json(self.bounds)
        return {
            "action": action,
            "bounds": bounds.decode("utf-8"),
            "bounds_sha256": sha256_hex(bounds),
            "from": self.valid_from.isoformat(),
            "recording": self.recording,
            "territories": str(self.territories),
            "type": self.type,
            "until": "" if self.valid_until is None else self.valid_until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Feed:
    """A numbered issue for one destination. `since` is the number it follows (None: full)."""

    destination: str
    number: int
    made_at: datetime
    since: int | None
    rows: tuple[Mapping[str, Any], ...]

    def as_csv(self) -> bytes:
        """UTF-8, comma, CRLF, a header, rows by recording and type."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue().encode("utf-8")

    def as_json_lines(self) -> bytes:
        return b"".join(canonical_json(row) + b"\n" for row in self.rows)

    def sign(self, ring: KeyRing) -> Signed:
        """A cover sheet with the hashes of both writings."""
        return ring.sign(
            {
                "csv_sha256": sha256_hex(self.as_csv()),
                "destination": self.destination,
                "format": FORMAT,
                "jsonl_sha256": sha256_hex(self.as_json_lines()),
                "made_at": instant_text(self.made_at),
                "number": self.number,
                "rows": len(self.rows),
                "since": self.since,
            },
            self.made_at,
        )


def full(destination: str, number: int, lines: Iterable[Line], *, at: datetime) -> Feed:
    """Everything that is open now."""
    return Feed(destination, number, at, None, tuple(line.to_document("open") for line in _sorted(lines)))


def delta(destination: str, number: int, before: Iterable[Line], now: Iterable[Line], *, at: datetime) -> Feed:
    """The changes since the issue before: `open` for new and changed lines, `close` for those that are gone."""
    rows = tuple(change.line.to_document(change.action) for change in changes(number, before, now))
    return Feed(destination, number, at, number - 1, rows)


def apply(rows: Mapping[tuple[str, str], Mapping[str, Any]], feed: Feed, *, last: int) -> dict[tuple[str, str], Any]:
    """What a receiver holds after an issue. Raises `ConsentError` where an issue was missed."""
    if feed.since is not None and feed.since != last:
        raise ConsentError.of(
            "number", f"issue {feed.number} follows {feed.since}, and {last} was the last", "fetch a full one"
        )
    kept = dict(rows) if feed.since is not None else {}
    for row in feed.rows:
        key = (row["recording"], row["type"])
        if row["action"] == "close":
            kept.pop(key, None)
        else:
            kept[key] = row
    return kept


@dataclass(frozen=True, slots=True)
class Change:
    """One line of an issue as it is kept: `open` for a new or changed permission, `close` for one that is gone."""

    number: int
    action: str
    line: Line


def changes(number: int, before: Iterable[Line], now: Iterable[Line]) -> list[Change]:
    """What an issue changes, by recording and type."""
    old, new = ({line.key: line for line in _sorted(lines)} for lines in (before, now))
    found = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append(Change(number, "close", old[key]))
        elif old.get(key) != new[key]:
            found.append(Change(number, "open", new[key]))
    return found


def state(kept: Iterable[Change]) -> list[Line]:
    """What is open after these changes (in the order of their numbers)."""
    lines: dict[tuple[str, str], Line] = {}
    for change in kept:
        if change.action == "close":
            lines.pop(change.line.key, None)
        else:
            lines[change.line.key] = change.line
    return _sorted(lines.values())


Withdrawn = Mapping[tuple[str, str], Sequence[tuple[TerritorySet, date]]]
"""(recording, type) → territories that were open once, and since when they are closed."""


def withdrawn(kept: Iterable[Change], made_on: Mapping[int, date]) -> Withdrawn:
    """What these changes took away and did not open again, with the day of the issue that closed it."""
    opened: dict[tuple[str, str], TerritorySet] = {}
    closed: dict[tuple[str, str], list[tuple[TerritorySet, date]]] = {}
    for change in kept:
        key = change.line.key
        now = change.line.territories if change.action == "open" else NOWHERE
        still = [(gone - now, since) for gone, since in closed.get(key, ())]
        if lost := opened.get(key, NOWHERE) - now:
            still.append((lost, made_on[change.number]))
        opened[key] = now
        closed[key] = [(gone, since) for gone, since in still if gone]
    return {key: tuple(parts) for key, parts in closed.items() if parts}


@dataclass(frozen=True, slots=True)
class Theirs:
    """One line of a service's own list. What the list has no column for is None, and then not compared."""

    territories: TerritorySet
    valid_until: date | None = None
    ends: bool = False
    bounds_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the service's own list says otherwise than we do."""

    recording: str
    type: str
    kind: str
    territories: TerritorySet
    days: int | None
    words: str

    def to_document(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "kind": self.kind,
            "recording": self.recording,
            "territories": str(self.territories),
            "type": self.type,
            "words": self.words,
        }


KINDS = ("still_open", "other_end", "other_bounds", "not_opened")
"""Worst first: open there and closed here, open there for longer, within other bounds, and open here but not there."""


def compare(
    theirs: Mapping[tuple[str, str], Theirs], ours: Iterable[Line], gone: Withdrawn, *, on: date
) -> list[Difference]:
    """The service's list held against ours, every difference in words, the worst first.

    `gone` says since when something that was open is closed here.
    """
    mine = {line.key: line for line in ours}
    found = []
    for key in sorted(theirs.keys() | mine.keys()):
        told, line = theirs.get(key), mine.get(key)
        there = told.territories if told is not None else NOWHERE
        here = line.territories if line is not None else NOWHERE
        found += _still_open(key, there - here, gone.get(key, ()), on)
        if lacking := here - there:
            found.append(Difference(*key, "not_opened", lacking, None, f"open here in {lacking}, not there"))
        if told is None or line is None or not there & here:
            continue
        if told.ends and told.valid_until != line.valid_until:
            words = f"open there {_until(told.valid_until)}, here {_until(line.valid_until)}"
            found.append(Difference(*key, "other_end", there & here, None, words))
        if told.bounds_sha256 is not None and told.bounds_sha256 != line.bounds_sha256:
            words = f"other bounds there ({told.bounds_sha256[:12]}) than here ({line.bounds_sha256[:12]})"
            found.append(Difference(*key, "other_bounds", there & here, None, words))
    return sorted(found, key=lambda d: (KINDS.index(d.kind), -(d.days or 0), d.recording, d.type, str(d.territories)))


def _still_open(
    key: tuple[str, str], surplus: TerritorySet, gone: Iterable[tuple[TerritorySet, date]], on: date
) -> list[Difference]:
    found = []
    for territories, since in gone:
        if part := surplus & territories:
            days = (on - since).days
            lasted = "today" if days <= 0 else f"for {days} day{'s' if days > 1 else ''}"
            words = f"still open there in {part}, withdrawn here {lasted}"
            found.append(Difference(*key, "still_open", part, max(0, days), words))
            surplus = surplus - part
    if surplus:
        words = f"still open there in {surplus}, never open here"
        found.append(Difference(*key, "still_open", surplus, None, words))
    return found


def _until(day: date | None) -> str:
    return "without an end" if day is None else f"until {day.isoformat()}"


def read_list(content: bytes) -> dict[tuple[str, str], Theirs]:
    """A service's list with recording, type and territories, and perhaps until and bounds_sha256: JSON lines, CSV with
    any usual delimiter, or XLSX. Raises `ConsentError` naming every row that cannot be read."""
    findings: list[Finding] = []
    found: dict[tuple[str, str], Theirs] = {}
    for number, row in _rows_of(content, findings):
        try:
            key = (_told(row, "recording"), _told(row, "type").upper().replace(" ", "_").replace("-", "_"))
            if key[1] not in TYPES:
                raise ValueError(f"type {key[1]!r} is unknown")
            until = str(row.get("until") or "")[:10]
            one = Theirs(
                TerritorySet.parse(_told(row, "territories")),
                date.fromisoformat(until) if until else None,
                "until" in row,
                str(row["bounds_sha256"]) if row.get("bounds_sha256") else None,
            )
        except ValueError as error:
            findings.append(Finding(f"row {number}", str(error), "name recording, type and territories"))
            continue
        known = found.get(key)
        found[key] = one if known is None else replace(one, territories=one.territories | known.territories)
    raise_any(findings)
    return found


def _told(row: Mapping[str, Any], name: str) -> str:
    text = str(row.get(name) or "").strip()
    if not text:
        raise ValueError(f"{name} is missing")
    return text


def _rows_of(content: bytes, findings: list[Finding]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), start=1):
            if line.strip():
                try:
                    row = json.loads(line)
                except ValueError as error:
                    findings.append(Finding(f"row {number}", f"is not JSON ({error})", "write one object a line"))
                    continue
                yield number, row if isinstance(row, dict) else {}
        return
    lines = cells_of(content)
    if not lines:
        raise ConsentError.of("list", "is empty", "send recording, type and territories")
    names = [str(cell or "").strip().lower().replace(" ", "_") for cell in lines[0][1]]
    if missing := [name for name in ("recording", "type", "territories") if name not in names]:
        raise ConsentError.of("heading", f"lacks {', '.join(missing)}", "write recording, type and territories")
    for number, cells in lines[1:]:
        yield number, {name: cell for name, cell in zip(names, cells, strict=False) if name}


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.key)
