"""A made derivative is cleared: heard, forecast, numbered, tagged, signed last, held at the gate, packed.

What leaves lies in one folder: the master (FLAC), a preview (MP3), the delivery message or a checklist for each service
that a person supplies, the cover, and what belongs to them as documents (licence, credits, lineage, recipe, what was
approved). The folder appears whole or not at all; done again it is the same folder, byte by byte,
also where it was lost.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.distribution import numbers
from ritornello.distribution.destinations import Feed
from ritornello.distribution.gate import Candidate, hindrances
from ritornello.distribution.model import Hindrance, Package
from ritornello.distribution.release_message import Artwork, findings_of, release_message
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import ern
from ritornello.people.model import Act
from ritornello.proof import sha256_hex, stable_id
from ritornello.proof.packing import LIST_NAME, Item
from ritornello.provenance import certificates, tags
from ritornello.provenance.credits import Credits
from ritornello.provenance.manifest import Verdict, verify
from ritornello.provenance.model import SignedFile
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.hand_out import list_of
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.prepare_release import cover_of
from ritornello.workflows.release_forecast import MASTER, Forecast, Prospect, delivery_of, forecast_release
from ritornello.workflows.release_gate import hear_at_gate
from ritornello.workflows.route_matches import NotThere
from ritornello.workflows.sign_release import PREVIEW, sign_files

MESSAGE = "NewReleaseMessage.xml"
CLEAR = "release.clear"


class NotCleared(Exception):
    """A derivative that may not leave. `found` holds every hindrance; nothing was packed."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("it may not leave yet: " + "; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery message as bytes, what its checks found, and whether a schema was there to hold it against."""

    content: bytes
    findings: tuple[str, ...]
    schema_checked: bool


@dataclass(frozen=True, slots=True)
class Cleared:
    """A package as it lies on disk. `message` is None where no destination takes one."""

    recording: Recording
    folder: Path
    package: Package
    verdicts: Mapping[str, Verdict]
    credits: Credits
    message: Message | None
    isrcs_left: int


def clear_for_delivery(
    house: House,
    organisation: str,
    recording_id: str,
    to: Sequence[str],
    at: datetime,
    *,
    by: str,
    report: Report = silent,
) -> Cleared:
    """Clear a derivative and pack it. Raises `NotCleared` with everything that stands in the way.

    It is heard at the gate first, and the hearing is kept; what is in the way is told before it is numbered and signed.

    Args:
        house: the installation.
        organisation: whose derivative it is.
        recording_id: the derivative.
        to: the services that it goes to, by id.
        at: when it is cleared.
        by: who clears it, a person.
        report: hears the progress; an exception that it raises stops it, and nothing is packed.

    Raises further `NotThere` for what was not rendered here under a licence on file, `IdentifyError` for sound that is
    too short to be heard at the gate, `DestinationError` for a destinations file that cannot be used.
    """
    if not to:
        raise NotCleared([Hindrance("nowhere", "it goes nowhere", "name the services that it is for")])
    first = forecast_release(house, organisation, recording_id, to, at)
    if first.hindrances:
        raise NotCleared(first.hindrances)
    hear_at_gate(house, organisation, recording_id, at, by=by, report=lambda done, words: report(0.45 * done, words))
    told = forecast_release(house, organisation, recording_id, to, at)
    if told.hindrances:
        raise NotCleared(told.hindrances)
    report(0.45, "numbering")
    with house.work(organisation) as work:
        known = work.distribution.package(told.package_id)
        one = _numbered(work, told.prospect, at)
        lineage = [
            {"child": e.child, "parent": e.parent, "right": e.right_type.value, "share": str(e.share),
             "form": e.form.value}
            for e in work.catalogue.edges_of(recording_id)
        ]  # fmt: skip
        work.commit()
    when = at if known is None else known.packed_at
    certificate = certificates.make_local(house.key_folder, one.names(one.owner), at)
    folder = package_folder(house, one.isrc, told.package_id)
    with tempfile.TemporaryDirectory(dir=house.home) as scratch:
        making = Path(scratch)
        sign_files(house, organisation, one, certificate, making, when, lambda d, w: report(0.5 + 0.3 * d, w))
        report(0.8, "writing the delivery message")
        cover = _lay_cover(house, one, making)
        message = _message(house, one, told, making / MASTER, cover, when)
        verdicts = {name: verify(making / name, certificate.root) for name in (MASTER, PREVIEW)}
        report(0.9, "at the gate")
        _hold(one, making, to, verdicts, message, when if known is not None else at)
        if message is not None:
            (making / MESSAGE).write_bytes(message.content)
        _write_documents(making, one, lineage, told)
        items = [Item.of_file(path) for path in sorted(making.iterdir())]
        (making / LIST_NAME).write_bytes(list_of(house, items, when))
        hashes = {path.name: sha256_hex(path.read_bytes()) for path in sorted(making.iterdir())}
        if known is not None and dict(known.files) != hashes:
            changed = sorted(name for name in {*hashes, *known.files} if hashes.get(name) != known.files.get(name))
            mend = "bring back what it was packed from, or change the release's particulars and clear it as another"
            raise NotCleared([Hindrance("changed", f"it was packed with other content of {', '.join(changed)}", mend)])
        report(0.95, "packing")
        _lay_down(making, folder, hashes)
    package = known or Package(
        id=told.package_id,
        recording_id=recording_id,
        licence_id=str(one.licence["id"]),
        destinations=tuple(to),
        files=hashes,
        packed_at=when,
    )
    _keep(house, organisation, package, folder, one.recording, verdicts, by)
    report(1.0, "packed")
    return Cleared(one.recording, folder, package, verdicts, one.credits, message, one.isrcs_left)


def package_folder(house: House, isrc: str, package_id: str) -> Path:
    """Where a package lies."""
    return house.files / "packages" / f"{isrc}-{package_id}"


def packages_of(house: House, organisation: str, recording_id: str) -> list[Package]:
    """Every package of a derivative, oldest first. Raises `NotThere` for a recording that is not there."""
    with house.work(organisation, read_only=True) as work:
        if work.catalogue.recording(recording_id) is None:
            raise NotThere(f"there is no recording {recording_id} in the catalogue")
        return list(work.distribution.packages_of(recording_id))


PACKAGE_COLUMNS = ("package", "packed_at", "to", "file", "sha256")


def package_rows(packages: Sequence[Package]) -> list[tuple[str, str, str, str, str]]:
    """Each file of each package as a row of a table with `PACKAGE_COLUMNS`."""
    return [
        (one.id, one.packed_at.isoformat(), ", ".join(one.destinations), name, sha256)
        for one in packages
        for name, sha256 in sorted(one.files.items())
    ]


def file_of(house: House, organisation: str, package_id: str, name: str) -> Path:
    """A file of a package, as it was packed. Raises `NotThere` for what is not in it, was lost or was changed."""
    with house.work(organisation, read_only=True) as work:
        package = work.distribution.package(package_id)
        recording = None if package is None else work.catalogue.recording(package.recording_id)
    if package is None or recording is None or name not in package.files:
        raise NotThere(f"there is no file {name} in a package {package_id}")
    path = package_folder(house, recording.isrc or "", package_id) / name
    if not path.is_file() or sha256_hex(path.read_bytes()) != package.files[name]:
        raise NotThere(f"{name} is not as it was packed: clear the derivative again, which lays it down anew")
    return path


def _numbered(work: UnitOfWork, one: Prospect, at: datetime) -> Prospect:
    """The prospect with its ISRC, given out once and for good."""
    prefix = work.distribution.prefix_of(one.owner)
    taken = () if prefix is None else work.catalogue.issued_isrcs(prefix)
    allocation = numbers.allocate(work.distribution, one.recording.id, one.owner, at, taken)
    recording = replace(one.recording, isrc=allocation.isrc)
    if recording != one.recording:
        work.catalogue.save_recording(recording)
    left = numbers.left(work.distribution, one.owner, at.year, taken)
    return replace(one, recording=recording, isrc=allocation.isrc, isrcs_left=left)


def _lay_cover(house: House, one: Prospect, folder: Path) -> Artwork | None:
    key = one.release.artwork_key
    if key is None:
        return None
    content = house.blobs.read(key)
    ending, codec = cover_of(content[:8]) or ("jpg", "JPEG")
    (folder / f"cover.{ending}").write_bytes(content)
    return Artwork(f"cover.{ending}", sha256_hex(content), len(content), codec)


def _message(
    house: House, one: Prospect, told: Forecast, master: Path, cover: Artwork | None, at: datetime
) -> Message | None:
    """The delivery message, checked by the rules of the field, and by the schema where one is configured."""
    content = master.read_bytes()
    file = ern.DeliveredFile(MASTER, sha256_hex(content), len(content), "T1", "FLAC")
    delivery = delivery_of(one, file, cover, told.release_date, at)
    if delivery is None:
        return None
    message = release_message(delivery)
    written = ern.write(message)
    found = [*findings_of(delivery, message)]
    if house.schemas is not None:
        found += [f"{each.field}: {each.message}" for each in ern.validate_schema(written, house.schemas)]
    return Message(written, tuple(found), house.schemas is not None)


def _hold(
    one: Prospect,
    folder: Path,
    to: Sequence[str],
    verdicts: Mapping[str, Verdict],
    message: Message | None,
    at: datetime,
) -> None:
    """The gate: what the signed files say, besides everything that was known ahead."""
    from ritornello.analysis import decode

    found = hindrances(
        Candidate(
            licence=one.licence,
            licence_stands=True,  # the forecast verified it
            destinations=to,
            territories=TerritorySet.parse(one.licence["scope"]["territories"]),
            open_points=one.points.points,
            isrc=one.isrc,
            pcm_sha256=decode.pcm_sha256(decode.read(folder / MASTER)),
            rendered_pcm_sha256=one.recording.pcm_sha256 or "",
            tags=tags.read(folder / MASTER),
            verdicts=verdicts,
            message_findings=() if message is None else message.findings,
        ),
        at.date(),
    )
    if found:
        raise NotCleared(found)


def _write_documents(folder: Path, one: Prospect, lineage: Sequence[Mapping[str, str]], told: Forecast) -> None:
    credits = one.credits
    documents: dict[str, Any] = {
        "licence.json": one.document,
        "credits.json": {
            "title": credits.title,
            "artist": credits.artist,
            "remixer": credits.remixer,
            "original_artist": credits.original_artist,
            "lines": [{"name": line.name, "role": line.role} for line in credits.lines],
        },
        "lineage.json": list(lineage),
        "measurement.json": one.render.measurement,
        "recipe.json": one.render.manifest["recipe"],
    }
    if one.points.points:
        documents["approvals.json"] = [point.to_document() for point in one.points.points]
    for name, document in documents.items():
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    for service in told.destinations:
        if service.feed is Feed.CHECKLIST:
            lines = [f"{service.name}: {credits.title} by {credits.artist}, ISRC {one.isrc}, UPC {one.release.upc}"]
            lines += [f"[ ] {note}" for note in service.notes]
            (folder / f"checklist-{service.id}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lay_down(making: Path, folder: Path, hashes: Mapping[str, str]) -> None:
    """Put the finished folder in its place, whole; one that lies there as it should stays."""
    if folder.is_dir():
        lying = {path.name: sha256_hex(path.read_bytes()) for path in folder.iterdir() if path.is_file()}
        if lying == dict(hashes):
            return
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(making, partial)
    if folder.is_dir():
        shutil.rmtree(folder)
    partial.replace(folder)


def _keep(
    house: House,
    organisation: str,
    package: Package,
    folder: Path,
    recording: Recording,
    verdicts: Mapping[str, Verdict],
    by: str,
) -> None:
    """Keep signed files and manifests on our side, since delivery strips them."""
    with house.work(organisation) as work:
        if work.distribution.add_package(package):
            details = {"to": ", ".join(package.destinations)}
            work.people.add_act(Act(CLEAR, recording.id, by, package.packed_at, details))
        for name, verdict in verdicts.items():
            role = name.partition(".")[0]
            if work.provenance.file(recording.id, role) is not None:
                continue
            key = house.blobs.put_file(folder / name)
            work.provenance.add(
                SignedFile(
                    id=stable_id("sgn", recording.id, role),
                    recording_id=recording.id,
                    role=role,
                    media_type="audio/flac" if name == MASTER else "audio/mpeg",
                    file_sha256=key,
                    audio_key=key,
                    pcm_sha256=recording.pcm_sha256 or "",
                    manifest_key=house.blobs.put_file(folder / f"{name}.c2pa"),
                    verdict=verdict.state.value,
                    signed_at=package.packed_at,
                )
            )
        work.commit()
