"""Report files come in: read, matched against the catalogue, laid into the lake, and recorded, whole or not at all.

The lake is written first and the records second: a file counts once it is recorded, and taking it in again after a
crash writes the same file to the same place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.intake import take_in
from ritornello.usage.lake import Lake
from ritornello.usage.matching import Known, MatchIndex
from ritornello.usage.model import Exchange, Source, TakenIn
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.people_desk import record_act


def match_index(work: UnitOfWork) -> MatchIndex:
    """All recordings of the catalogue and all derivatives that a service reported, as report rows may name them."""
    details = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
    reported = work.usage.creations()
    # A creation shares its parent's title: it is known by the service's own id alone.
    by_id_only = {creation.asset_id for creation in reported}
    iswcs = {one.id: one.iswc for one in work.catalogue.works() if one.iswc}
    catalogued = [
        Known(
            asset_id=one.id,
            isrcs=(one.isrc,) if one.isrc else (),
            proprietary_ids=(("", one.id),),
            iswcs=tuple(iswcs[name] for name in one.work_ids if name in iswcs),
            title=one.title,
            version=one.version_title or "",
            artist=details.get(one.main_artist, ""),
        )
        for one in work.catalogue.recordings()
        if one.id not in by_id_only
    ]
    return MatchIndex.of([*catalogued, *(creation.known() for creation in reported)])


def take_in_usage(
    house: House,
    organisation: str,
    files: Sequence[Path],
    source: Source,
    at: datetime,
    *,
    exchange: Mapping[str, Exchange] | None = None,
    period: tuple[date, date] | None = None,
    supersedes: str | None = None,
    accept: Collection[str] = (),
    report: Report = silent,
    by: str = "",
) -> TakenIn:
    """Take in one delivery of one source. Findings of severity "error" come back with nothing written.

    `by`: the person who takes it in, for the record of who did what.

    A file that is recorded already is refused, recognised by its content whatever its name.
    """
    with house.work(organisation, read_only=True) as work:
        index = match_index(work)
        confirmed = work.usage.mappings()
        already = [file.sha256 for file in work.usage.files(superseded=True)]
    taken = take_in(
        files,
        source,
        index=index,
        lake=Lake(house.lake),
        at=at,
        already=already,
        dialects=confirmed,
        period=period,
        exchange=exchange,
        supersedes=supersedes,
        accept=accept,
        report=report,
    )
    if not taken.refused:
        with house.work(organisation) as work:
            work.usage.record(taken)
            for file in taken.files:
                details = {"file": file.name, "source": file.source, "rows": str(file.rows)}
                record_act(work, "usage.take-in", file.id, by, at, details)
            work.commit()
    return taken
