"""Offers for ten thousand recordings by spreadsheet: look first, commit the good rows, take the whole import back.

A row starts from a preset and says only what the sheet has columns for. The file itself is the evidence, by its hash.
An import is one entry in the log; undoing it makes a new version of each of its offers that says what stood before, so
that nothing is edited and every past day keeps its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.consent.codes import NEVER_BY_WARRANTY, OWN_SERVICE
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import Event, EventKind
from ritornello.consent.inheritance import Conflict, conflicts, unheld
from ritornello.consent.offer_sheet import Gravity, RowFinding, SheetRow, read_sheet
from ritornello.consent.offers import Evidence, Level, Obtained, Offer, Reach
from ritornello.consent.presets import preset
from ritornello.consent.sentence import difference
from ritornello.consent.terms import Terms
from ritornello.proof import sha256_hex, stable_id
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_desk import NotOnFile, following, said
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House

NEVER_BY_DEFAULT = NEVER_BY_WARRANTY
"""Rights that a row must name to speak for: the person's own, lyrics and training."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What one good row does: `new`, `changed` (with the parameters that change) or `same`."""

    row: int
    offer: Offer
    what: str
    parameters: tuple[str, ...]
    conflicts: tuple[Conflict, ...]

    def to_document(self) -> dict[str, Any]:
        return {
            "asset": self.offer.reach.id,
            "conflicts": [one.words for one in self.conflicts],
            "holder": self.offer.holder,
            "offer": self.offer.id,
            "parameters": list(self.parameters),
            "row": self.row,
            "version": self.offer.version,
            "what": self.what,
        }


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it was (or would be) done. `findings` name every row that was left out, and why."""

    id: str
    rows: int
    planned: tuple[Planned, ...]
    findings: tuple[RowFinding, ...]
    done: bool

    @property
    def left_out(self) -> int:
        return self.rows - len(self.planned)

    def count(self, what: str) -> int:
        return sum(one.what == what for one in self.planned)

    def to_document(self) -> dict[str, Any]:
        return {
            "changed": self.count("changed"),
            "done": self.done,
            "findings": [one.to_document() for one in self.findings],
            "id": self.id,
            "left_out": self.left_out,
            "new": self.count("new"),
            "planned": [one.to_document() for one in self.planned],
            "rows": self.rows,
            "same": self.count("same"),
        }


def import_offers(
    house: House,
    organisation: str,
    content: bytes,
    *,
    at: datetime,
    by: str,
    holder: str = "",
    base: str = "FAN-REMIX",
    commit: bool = False,
) -> Import:
    """Read a sheet of offers; with `commit` record those of the good rows, all in one transaction.

    Args:
        house: the installation.
        organisation: whose offers these are.
        content: the file, CSV or XLSX.
        at: when it is recorded.
        by: who imports it, for the log.
        holder: who answers, for rows that name nobody.
        base: the preset that every row starts from.
        commit: write; without it only the difference is told.

    Raises `ConsentError` where the file is no sheet of offers, or the preset is unknown.
    """
    sheet, start = read_sheet(content), preset(base)
    digest = sha256_hex(content)
    findings = list(sheet.findings)
    with house.work(organisation, read_only=not commit) as work:
        reader = FactsReader(work, rules_of(house), at=at, day=at.date())
        reader.read_sheets()
        desk = _Desk(work, reader, digest, base, findings)
        planned = [
            made for row in sheet.rows if (made := desk.plan(row, row.holder or holder, start.terms)) is not None
        ]
        name = stable_id("imp", digest, at.isoformat())
        if commit:
            written = [one for one in planned if one.what != "same"]
            work.consent.add_offers(one.offer for one in written)
            document = {
                "by": by,
                "file_sha256": digest,
                "offers": [[one.offer.id, one.offer.version] for one in written],
            }
            work.consent.add_event(Event.of(EventKind.IMPORTED, name, at, document))
            work.commit()
    findings.sort(key=lambda one: (one.row, one.field))
    return Import(name, sheet.count, tuple(planned), tuple(findings), commit)


class _Desk:
    """What is on file, read once, while row after row is looked at."""

    def __init__(
        self, work: UnitOfWork, reader: FactsReader, digest: str, base: str, findings: list[RowFinding]
    ) -> None:
        self.work = work
        self.reader = reader
        self.digest = digest
        self.base = base
        self.findings = findings
        recordings = work.catalogue.recordings()
        self._recordings: dict[str, Recording] = {one.id: one for one in recordings}
        self._recordings.update({one.isrc: one for one in recordings if one.isrc})
        self._parties = {party.id for party in work.people.parties()}
        self._on_file: dict[str, dict[Reach, list[Offer]]] = {}
        self._terms: dict[tuple[Any, ...], Terms] = {}

    def plan(self, row: SheetRow, holder: str, terms: Terms) -> Planned | None:
        """What the row does, or None with a finding."""
        recording = self._recordings.get(row.asset)
        if recording is None:
            return self._left_out(row, "asset", f"{row.asset} is not in the catalogue", "register the recording first")
        if holder not in self._parties:
            told = f"{holder!r} is no party of this house" if holder else "nobody is named"
            return self._left_out(row, "holder", told, "name the holder in the sheet or for the whole import")
        required = self.reader.required(recording)
        held = {entry.right for entry in required if entry.party == holder and entry.territories & row.territories}
        rights = row.rights or frozenset(held - NEVER_BY_DEFAULT)
        if not rights:
            holders = sorted({entry.party for entry in required})
            return self._left_out(row, "holder", f"{holder} holds nothing here", f"holders are {', '.join(holders)}")
        try:
            offer = self._offer(row, recording, holder, rights, terms)
        except ConsentError as error:
            first = error.findings[0]
            return self._left_out(row, first.field, first.problem, first.mend)
        if missing := sorted(unheld(offer, required)):
            told = f"{holder} does not hold {', '.join(missing)}"
            return self._left_out(row, "rights", told, f"write {', '.join(sorted(held)) or 'another holder'}")
        return self._placed(row, offer)

    def _offer(self, row: SheetRow, recording: Recording, holder: str, rights: frozenset[str], terms: Terms) -> Offer:
        exported = row.scope == "export"
        changes: dict[str, Any] = {
            "types.allowed": row.types,
            "who.subscribers_only": row.who == "subscribers",
            "who.superfans_only": row.who == "superfans",
            "platform.on_platform": "walled_garden" if row.scope == "studio" else "public",
            "platform.services": None if exported else frozenset({OWN_SERVICE}),
            "platform.export_services": None if exported else frozenset(),
            "share_money.fan_share_permille": row.fan_share_permille,
        }
        return Offer(
            holder=holder,
            reach=Reach(Level.RECORDING, recording.id),
            rights=rights,
            territories=row.territories,
            evidence=Evidence(Obtained.AUTHORISED_REPRESENTATIVE, self.digest, holder, self.reader.at),
            terms=self._adjusted(terms, changes),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            recorded_at=self.reader.at,
            preset=self.base,
        )

    def _adjusted(self, terms: Terms, changes: Mapping[str, Any]) -> Terms:
        """Like rows come to the same terms, which are made and checked once."""
        key = tuple(changes.values())
        if key not in self._terms:
            self._terms[key] = terms.adjust(changes)
        return self._terms[key]

    def _placed(self, row: SheetRow, offer: Offer) -> Planned:
        there = self._offers_of(offer.holder).setdefault(offer.reach, [])
        versions = [one for one in there if one.id == offer.id]
        what = "new"
        parameters: tuple[str, ...] = ()
        if versions:
            newest = max(versions, key=lambda one: one.version)
            same = _meaning(newest) == _meaning(offer)
            what = "same" if same else "changed"
            parameters = tuple(change.path for change in difference(newest.terms, offer.terms))
            offer = newest if same else following(newest, offer)
        quarrels = tuple(conflicts(offer, there))
        if what != "same":
            there.append(offer)
        return Planned(row.row, offer, what, parameters, quarrels)

    def _offers_of(self, holder: str) -> dict[Reach, list[Offer]]:
        if holder not in self._on_file:
            found: dict[Reach, list[Offer]] = {}
            for one in self.work.consent.offers_of_holder(holder):
                found.setdefault(one.reach, []).append(one)
            self._on_file[holder] = found
        return self._on_file[holder]

    def _left_out(self, row: SheetRow, field: str, problem: str, fix: str) -> Planned | None:
        self.findings.append(RowFinding(row.row, field, Gravity.ERROR, problem, fix))
        return None


def _meaning(offer: Offer) -> Mapping[str, Any]:
    """What an offer says, whatever file said it and when."""
    document = said(offer)
    del document["evidence"]
    return document


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back did: the offers as they stand now, and those that had to stay (offer → why)."""

    import_id: str
    restored: tuple[str, ...]
    ended: tuple[str, ...]
    stays: Mapping[str, str]

    def to_document(self) -> dict[str, Any]:
        return {
            "ended": list(self.ended),
            "id": self.import_id,
            "restored": list(self.restored),
            "stays": dict(self.stays),
        }


def undo_import(house: House, organisation: str, import_id: str, *, at: datetime, by: str) -> Undone:
    """Take an import back: each of its offers gets a version that says what stood before, or that it has ended.

    An offer that was changed since, or that licences rest on, stays as it is: that one is revoked, with its notice.
    Raises `NotOnFile`, or `ConsentError` where it was undone before.
    """
    with house.work(organisation) as work:
        log = work.consent.events(at, kinds=[EventKind.IMPORTED, EventKind.IMPORT_UNDONE], subjects=[import_id])
        kinds = {event.kind: event for event in log}
        if EventKind.IMPORTED not in kinds:
            raise NotOnFile("import", import_id)
        if EventKind.IMPORT_UNDONE in kinds:
            raise ConsentError.of("import", f"{import_id} was undone before", "nothing is left to do")
        restored: list[str] = []
        ended: list[str] = []
        stays: dict[str, str] = {}
        written: list[Offer] = []
        brought: list[tuple[str, int]] = [
            (name, version) for name, version in kinds[EventKind.IMPORTED].document["offers"]
        ]
        on_file = work.consent.newest_two(name for name, _ in brought)
        resting = work.consent.resting_on(name for name, _ in brought)
        for offer_id, version in brought:
            newest, before = on_file[offer_id]
            if newest.version != version:
                stays[offer_id] = f"changed since (version {newest.version})"
            elif count := resting.get((offer_id, version), 0):
                stays[offer_id] = f"{count} licences rest on it: revoke it with its notice"
            elif before is not None:
                written.append(following(newest, replace(before, recorded_at=at)))
                restored.append(offer_id)
            else:
                written.append(_ended(newest, at))
                ended.append(offer_id)
        work.consent.add_offers(written)
        document = {"by": by, "ended": ended, "restored": restored, "stays": stays}
        work.consent.add_event(Event.of(EventKind.IMPORT_UNDONE, import_id, at, document))
        work.commit()
    return Undone(import_id, tuple(restored), tuple(ended), stays)


def _ended(offer: Offer, at: datetime) -> Offer:
    """The version of an offer that is in force no longer: it then says nothing, and hides no wider offer."""
    day = at.date()
    starts = min(offer.valid_from, day - timedelta(days=1))
    return offer.next_version(at, valid_from=starts, valid_until=day)
