"""An uploaded or foreign file held against the originals that it declares, exactly as our own renders are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Overstep
from ritornello.studio.parents import Measured, Parent, hold_all, measure_all
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.licences_on_file import stands
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_songs import material_of


class LicenceAway(Exception):
    """A licence that a file should be held against is not on file, does not stand, or is about other recordings."""


@dataclass(frozen=True, slots=True)
class FileMeasured:
    """The measurement of a file, and, where a licence was named, every bound that it breaks or that nobody can say."""

    measured: Measured
    parents: tuple[str, ...]
    licence_id: str = ""
    oversteps: tuple[Overstep, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether it may go out without anybody being asked: unmeasured is approval, never a pass."""
        return bool(self.licence_id) and not self.oversteps

    def to_document(self) -> dict[str, Any]:
        return {
            "measurement": self.measured.to_document(),
            "parents": list(self.parents),
            "licence_id": self.licence_id,
            "oversteps": [one.to_document() for one in self.oversteps],
            "passes": self.passes,
        }


def recording_named(house: House, organisation: str, name: str) -> str:
    """The id of the recording that a person means by an id or an ISRC. Raises SourceMissing."""
    with house.work(organisation, read_only=True) as work:
        plain = name.replace("-", "").upper()
        found = work.catalogue.recording(name) or work.catalogue.recording_by_isrc(plain)
    if found is None:
        raise SourceMissing(f"{name} is no recording of this house: give an ISRC or an id of its catalogue")
    return found.id


def measure_file(
    house: House,
    organisation: str,
    file: Path,
    parents: Sequence[str],
    at: datetime,
    *,
    licence_id: str = "",
    report: Report = silent,
) -> FileMeasured:
    """Measure an audio file against its declared parents, and hold it against a licence where one is named.

    `parents` are ISRCs or recording ids. Raises SourceMissing, LicenceAway, and AudioError for a file that cannot be
    read.
    """
    from ritornello.analysis import decode

    ids = [recording_named(house, organisation, name) for name in parents]
    bounds = _bounds(house, organisation, licence_id, ids, at) if licence_id else None
    audio = decode.read(file)
    every = [parent_of(house, organisation, one) for one in ids]
    measured = measure_all(every, audio, report)
    oversteps = () if bounds is None else hold_all(measured, bounds)
    return FileMeasured(measured, tuple(ids), licence_id, oversteps)


def check_asked(house: House, organisation: str, licence_id: str, parents: Sequence[str], at: datetime) -> None:
    """Refuse what cannot be measured before anything is read: no parents, or a licence that does not fit them.

    `parents` are recording ids. Raises SourceMissing, LicenceAway.
    """
    if not parents:
        raise SourceMissing("a file is measured against its originals: name one at least")
    if licence_id:
        _bounds(house, organisation, licence_id, parents, at)


def parent_of(house: House, organisation: str, recording_id: str) -> Parent:
    """A recording of the house as an original to measure against, with its voice as far as anybody has said."""
    from ritornello.analysis import decode

    material = material_of(house, organisation, recording_id)
    part = material.source.vocal_part
    if part is None:
        return Parent(recording_id, material.listen)
    if not part:
        return Parent(recording_id, material.listen, "none")
    with house.work(organisation, read_only=True) as work:
        key = next(stem.audio_key for stem in work.catalogue.stems_of(recording_id) if stem.part == part)
    return Parent(recording_id, material.listen, lambda: decode.read(house.blobs.local_path(key)))


def _bounds(house: House, organisation: str, licence_id: str, parents: Sequence[str], at: datetime) -> Bounds:
    with house.work(organisation, read_only=True) as work:
        document = work.consent.licence(licence_id)
    if document is None:
        raise LicenceAway(f"{licence_id} is not on file here")
    if (why := stands(house, organisation, document, at)) is not None:
        raise LicenceAway(why)
    named = set(document["payload"]["scope"]["sources"])
    if set(parents) != named:
        raise LicenceAway(f"{licence_id} is about {', '.join(sorted(named))}, not {', '.join(sorted(parents))}")
    return Bounds.from_document(document["payload"]["bounds"])


def words_of(told: FileMeasured) -> list[str]:
    """The measurement in lines, each figure with its confidence."""
    lines = []
    for name, one in told.measured.parents.items():
        sure = one.confidence
        tempo = "not measured" if one.tempo_permille is None else f"{one.tempo_permille / 10:.1f} % of the original"
        key = "not measured" if one.key_cents is None else f"{one.key_cents:+d} cents"
        lines += [
            f"{name}",
            f"  tempo     {tempo} (confidence {sure['tempo'] / 10:.0f} %)",
            f"  key       {key} (confidence {sure['key'] / 10:.0f} %)",
            f"  order     {one.structure or 'not measured'} (confidence {sure['structure'] / 10:.0f} %)",
            f"  original  {_share(one.original_permille, one.margin_permille)}",
            f"  voice     {one.vocals}",
        ]
    whole = told.measured.whole
    lines += [
        f"added material {_share(whole.added_permille, whole.margin_permille)}",
        f"{whole.lufs_centi / 100:.1f} LUFS, {whole.dbtp_centi / 100:.1f} dBTP",
    ]
    if told.licence_id:
        lines += [str(one) for one in told.oversteps] or [f"keeps within {told.licence_id}"]
    return lines


def _share(value: int | None, margin: int) -> str:
    return "not measured" if value is None else f"{value / 10:.1f} % (give or take {margin / 10:.1f})"
