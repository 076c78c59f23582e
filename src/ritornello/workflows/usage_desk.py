"""What is done with usage after (and beside) taking it in: matching again, corrections, creations, suspense, figures.

Everything here reads the files that count and leaves them as they are; what changes is a further record beside them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import LineageEdge, Policy, Recording, RightType
from ritornello.messages import creation_reports, wizard, workbooks
from ritornello.messages.dialects import Dialect, Meaning
from ritornello.messages.findings import Finding, errors
from ritornello.messages.sheet_values import Style
from ritornello.messages.sheets import SheetError
from ritornello.proof import sha256_hex
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.creations import Creation, creations_of
from ritornello.usage.differences import Difference, differences
from ritornello.usage.lake import Lake
from ritornello.usage.matching import MatchIndex
from ritornello.usage.model import TakenFile, UsageError
from ritornello.usage.rematching import Rematch, Waiting, rematch, waiting
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.people_desk import record_act
from ritornello.workflows.take_in_usage import match_index

OWN_FLOW_RIGHTS = (RightType.MASTER, RightType.COMPOSITION)


# ── matching again ──


def rematch_usage(
    house: House, organisation: str, at: datetime, report: Report = silent, by: str = ""
) -> tuple[Rematch, ...]:
    """Match everything that waits against the catalogue of today, file by file; each file is recorded on its own.

    `by`: the person who asks for it, for the record of who did what.

    Creations whose parents have become known are linked first, so that their money can flow.
    """
    with house.work(organisation) as work:
        index = match_index(work)
        _link_whole(work, index, at)
        files = [file for file in work.usage.files() if file.matched_rows < file.rows]
        generations = {file.id: work.usage.generations(file.id) for file in files}
        work.commit()
    found = []
    for number, file in enumerate(files):
        report(number / len(files), f"matching {file.name} again")
        again = rematch(Lake(house.lake), file, index, at, generations[file.id] + 1)
        if again is not None:
            with house.work(organisation) as work:
                work.usage.add_rematch(again)
                record_act(work, "usage.rematch", file.id, by, at, {"file": file.name, "found": str(again.found)})
                work.commit()
            found.append(again)
    report(1.0, "matched again")
    return tuple(found)


def differences_of(house: House, organisation: str, file_id: str) -> tuple[TakenFile, TakenFile, list[Difference]]:
    """What a corrected file changes: (the old file, the new one, place by place). Raises `UsageError`."""
    with house.work(organisation, read_only=True) as work:
        new = work.usage.file(file_id)
        old = work.usage.file(new.supersedes) if new is not None and new.supersedes else None
    if new is None or old is None:
        raise UsageError(f"file {file_id} is not recorded as a correction; take it in with what it supersedes")
    return old, new, differences(Lake(house.lake), [old.lake_path], [new.lake_path])


# ── creations of services ──


@dataclass(frozen=True, slots=True)
class ToldCreations:
    """A creation report as it was taken in: how many are new, how many are linked, and what was noticed."""

    told: int
    new: int
    linked: int
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return bool(errors(self.findings))


def take_in_creations(
    house: House, organisation: str, name: str, content: bytes, service: str, at: datetime, by: str = ""
) -> ToldCreations:
    """Record what people made inside a service, and link it to its parents, whole or not at all.

    Without a licence that says otherwise all of a creation's money is its parents'. Findings of severity "error" come
    back with nothing written. Raises `UsageError` for what contradicts an earlier report.
    """
    report = creation_reports.read(content, name)
    if errors(report.findings):
        return ToldCreations(len(report.rows), 0, 0, report.findings)
    with house.work(organisation) as work:
        index = match_index(work)
        found, noticed = creations_of(report, service, index)
        new = work.usage.add_creations(found, sha256_hex(content), at)
        linked = _link_whole(work, index, at)
        details = {"file": name, "told": str(len(report.rows)), "new": str(new)}
        record_act(work, "usage.creations", service, by, at, details)
        work.commit()
    return ToldCreations(len(report.rows), new, linked, (*report.findings, *noticed))


CREATION_COLUMNS = ("service", "id", "title", "type", "territory", "made", "maker", "parents", "waits_for")


@dataclass(frozen=True, slots=True)
class Told:
    """One creation as a service told it: its parents by title, and those that are none of ours by ISRC."""

    creation: Creation
    parents: tuple[str, ...]
    unknown: tuple[str, ...]

    def row(self) -> tuple[str, ...]:
        """As one row of a table with `CREATION_COLUMNS`; without anything to wait for its money flows."""
        one = self.creation
        parents, unknown = "; ".join(self.parents), " ".join(self.unknown)
        made = one.created_at.date().isoformat()
        return (one.service, one.derivative_id, one.title, one.type, one.territory, made, one.maker, parents, unknown)


def told_creations(work: UnitOfWork, service: str | None = None) -> list[Told]:
    """Every creation that was told, the newest first, with the parents that have become known meanwhile."""
    recordings = work.catalogue.recordings()
    titles = {one.id: one.title for one in recordings}
    by_isrc = {one.isrc: one.title for one in recordings if one.isrc}
    return [
        Told(
            one,
            (
                *(titles.get(parent, parent) for parent in one.parents),
                *(by_isrc[isrc] for isrc in one.unknown_parents if isrc in by_isrc),
            ),
            tuple(isrc for isrc in one.unknown_parents if isrc not in by_isrc),
        )
        for one in sorted(work.usage.creations(service), key=lambda found: found.created_at, reverse=True)
    ]


def _link_whole(work: UnitOfWork, index: MatchIndex, at: datetime) -> int:
    """Give every reported creation whose parents are all known its place in the lineage; how many are new there."""
    linked = 0
    for creation in work.usage.creations():
        parents = [*creation.parents, *(index.by_isrc.get(isrc) or "" for isrc in creation.unknown_parents)]
        if not parents or "" in parents or work.catalogue.edges_of(creation.asset_id):
            continue
        first = work.catalogue.recording(parents[0])
        if first is not None:
            work.catalogue.save_recording(_recording_of(creation, first))
        edges = [
            LineageEdge(creation.asset_id, parent, "", right, Fraction(0), Policy.ABSOLUTE)
            for parent in dict.fromkeys(parents)
            for right in OWN_FLOW_RIGHTS
        ]
        catalogue.link(work.catalogue, creation.asset_id, edges, at)
        linked += 1
    return linked


def _recording_of(creation: Creation, parent: Recording) -> Recording:
    """A creation as it stands in the catalogue: under its parent's title and artist, without an ISRC."""
    return Recording(
        id=creation.asset_id,
        title=creation.title or parent.title,
        version_title=f"{creation.type.replace('_', ' ').lower()} made at {creation.service}",
        main_artist=parent.main_artist,
        kind="derivative",
        derivative_type=creation.type,
    )


# ── what waits ──


def suspense(house: House, organisation: str, on: date) -> list[Waiting]:
    """Everything that was reported and is not matched, by reason, source, currency and month, with its age."""
    with house.work(organisation, read_only=True) as work:
        paths = [file.lake_path for file in work.usage.files()]
    return waiting(Lake(house.lake), paths, on)


# ── the mapping wizard ──


def propose_mapping(content: bytes, name: str) -> wizard.Proposal:
    """What the columns of a sheet seem to mean; of a workbook, those of the worksheet that looks most like a report,
    which is then told among the questions. Raises `SheetError` or `WorkbookError`."""
    if not workbooks.is_workbook(content):
        return wizard.propose(content, name)
    found: list[tuple[str, wizard.Proposal]] = []
    told: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ritornello-mapping-") as folder:
        path = Path(folder) / "book"
        path.write_bytes(content)
        laid = workbooks.lay_out(path, name, Path(folder))
        for one in laid:
            try:
                found.append((one.name, wizard.propose(one.path.read_bytes(), f"{name}, sheet {one.name}")))
            except SheetError as error:
                told.append(str(error))
    if not found:
        raise SheetError("; ".join(told) or f"{name}: the workbook is empty")
    sheet, best = max(found, key=lambda one: (-len(one[1].missing), sum(guess.evidence for guess in one[1].guesses)))
    if len(laid) == 1:
        return best
    others = ", ".join(one.name for one in laid if one.name != sheet)
    return replace(
        best, questions=(f"these are the columns of the worksheet {sheet}; there are also {others}", *best.questions)
    )


def confirm_mapping(
    house: House,
    organisation: str,
    proposal: wizard.Proposal,
    at: datetime,
    by: str,
    *,
    name: str,
    changed: Mapping[Meaning, str | None] | None = None,
    currency: str | None = None,
    service: str | None = None,
    day_first: bool | None = None,
    fiscal_months: bool = False,
    style: Style | None = None,
) -> Dialect:
    """Keep a mapping that a person confirmed; sheets with this header are then taken in. Raises `SheetError`."""
    dialect = proposal.confirm(
        name,
        name,
        changed=changed,
        currency=currency,
        service=service,
        day_first=day_first,
        fiscal_months=fiscal_months,
        style=style,
    )
    with house.work(organisation) as work:
        if dialect not in work.usage.mappings():
            work.usage.confirm_mapping(dialect, by, at)
        work.commit()
    return dialect
