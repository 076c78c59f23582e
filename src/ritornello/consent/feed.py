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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ritornello.consent.errors import ConsentError
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
    old, new = ({line.key: line for line in _sorted(lines)} for lines in (before, now))
    rows = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            rows.append(old[key].to_document("close"))
        elif old.get(key) != new[key]:
            rows.append(new[key].to_document("open"))
    return Feed(destination, number, at, number - 1, tuple(rows))


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
class Difference:
    """Something that the service's own list says otherwise than we do."""

    recording: str
    type: str
    kind: str
    territories: TerritorySet
    days: int | None
    words: str


def compare(
    theirs: Mapping[tuple[str, str], TerritorySet],
    ours: Iterable[Line],
    withdrawn: Mapping[tuple[str, str], date],
    *,
    on: date,
) -> list[Difference]:
    """The service's list held against ours: open there and closed here (worst first), and open here but not there.

    `withdrawn` says since when something that was open is closed here.
    """
    mine = {line.key: line for line in ours}
    found = []
    for key in sorted(theirs.keys() | mine.keys()):
        there = theirs.get(key, NOWHERE)
        here = mine[key].territories if key in mine else NOWHERE
        if surplus := there - here:
            days = (on - withdrawn[key]).days if key in withdrawn else None
            since = "never open here" if days is None else f"withdrawn here for {days} days"
            found.append(Difference(*key, "still_open", surplus, days, f"still open there in {surplus}, {since}"))
        if lacking := here - there:
            found.append(Difference(*key, "not_opened", lacking, None, f"open here in {lacking}, not there"))
    return sorted(found, key=lambda d: (d.kind != "still_open", -(d.days or 0), d.recording, d.type))


def read_list(content: bytes) -> dict[tuple[str, str], TerritorySet]:
    """A service's list: JSON lines, or CSV, with recording, type and territories. `ConsentError` names the row."""
    text = content.decode("utf-8-sig")
    rows: Sequence[Mapping[str, Any]]
    if text.lstrip().startswith("{"):
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        rows = list(csv.DictReader(io.StringIO(text)))
    found: dict[tuple[str, str], TerritorySet] = {}
    for number, row in enumerate(rows, start=1):
        try:
            key = (row["recording"], row["type"])
            found[key] = found.get(key, NOWHERE) | TerritorySet.parse(row["territories"])
        except (KeyError, ValueError) as error:
            raise ConsentError.of(f"row {number}", str(error), "name recording, type and territories") from error
    return found


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.key)
