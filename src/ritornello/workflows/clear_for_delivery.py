"""A made derivative is cleared: numbered, tagged, signed last, held at the gate, packed.

What leaves lies in one folder: the master (FLAC), a preview (MP3), the delivery message, and what belongs to them as
documents (licence, credits, lineage, recipe). The folder appears whole or not at all; done again it is the same folder.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.analysis.model import Audio
from ritornello.catalogue.model import Recording
from ritornello.consent.licence import RevocationList, Status
from ritornello.consent.licence import verify as verify_licence
from ritornello.distribution import numbers
from ritornello.distribution.disclosure import AiUse
from ritornello.distribution.gate import Candidate, hindrances
from ritornello.distribution.model import Hindrance, Package
from ritornello.distribution.release_message import lines
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex, stable_id
from ritornello.proof.packing import LIST_NAME, Item
from ritornello.provenance import certificates, tags
from ritornello.provenance.credits import Credits, credits_of
from ritornello.provenance.manifest import Disclosure, Parent, Statement, Verdict, sign, verify
from ritornello.provenance.model import SignedFile
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.hand_out import list_of
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import index_catalogue
from ritornello.workflows.make_derivative import Made
from ritornello.workflows.open_points import points_of
from ritornello.workflows.release_gate import keep_hearing

PREVIEW_KBPS = 192
MASTER, PREVIEW, MESSAGE = "master.flac", "preview.mp3", "NewReleaseMessage.xml"


class NotCleared(Exception):
    """A derivative that may not leave. `found` holds every hindrance; nothing was packed."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("it may not leave yet: " + "; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a delivery message is written from."""

    recording: Recording
    original: Recording
    credits: Credits
    licence: Mapping[str, Any]
    names: Mapping[str, str]
    files: Mapping[str, Path]
    at: datetime
    destinations: tuple[str, ...]
    territories: TerritorySet
    ai: AiUse


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery message as bytes, what its checks found, and whether a schema was there to hold it against."""

    content: bytes
    findings: tuple[str, ...]
    schema_checked: bool


@dataclass(frozen=True, slots=True)
class Cleared:
    """A package as it lies on disk."""

    recording: Recording
    folder: Path
    package: Package
    verdicts: Mapping[str, Verdict]
    credits: Credits
    message: Message
    isrcs_left: int


def clear_for_delivery(
    house: House,
    organisation: str,
    made: Made,
    names: Mapping[str, str],
    write_message: Callable[[Shipment], Message],
    at: datetime,
    *,
    destinations: Sequence[str],
    report: Report = silent,
) -> Cleared:
    """Clear a derivative and pack it. Raises `NotCleared` with everything that stands in the way.

    Args:
        house: the installation.
        organisation: whose derivative it is.
        made: the derivative with its licence and measurement.
        names: party ids to names, for credits and tags.
        write_message: writes and checks the delivery message.
        at: when it is cleared.
        destinations: the services it goes to.
        report: hears the progress.
    """
    from ritornello.analysis import decode

    licence = made.licence
    owner = str(licence["new_recording"]["owner"])
    report(0.0, "numbering")
    with house.work(organisation) as work:
        allocation = numbers.allocate(work.distribution, made.recording.id, owner, at, _taken(work, owner))
        recording = replace(work.catalogue.recording(made.recording.id) or made.recording, isrc=allocation.isrc)
        work.catalogue.save_recording(recording)
        originals = [one for name in licence["scope"]["sources"] if (one := work.catalogue.recording(name)) is not None]
        works = [song for name in recording.work_ids if (song := work.catalogue.work(name)) is not None]
        document = work.consent.licence(str(licence["id"]))
        left = numbers.left(work.distribution, owner, at.year)
        lineage = [
            {
                "child": e.child,
                "parent": e.parent,
                "right": e.right_type.value,
                "share": str(e.share),
                "form": e.form.value,
            }
            for e in work.catalogue.edges_of(recording.id)
        ]
        work.commit()
    if document is None:
        raise NotCleared([Hindrance("licence", "its licence is not on file", "license the derivative first")])
    credits = credits_of(recording, originals[0], works, lambda party: names.get(party, party))
    certificate = certificates.make_local(house.key_folder, names.get(owner, "Ritornello"), at)
    package_folder = house.files / "packages" / allocation.isrc
    with tempfile.TemporaryDirectory(dir=house.home) as scratch:
        folder = Path(scratch)
        if package_folder.is_dir():
            for kept in package_folder.iterdir():
                shutil.copy2(kept, folder / kept.name)
        else:
            report(0.1, "tagging, then signing the master and the preview")
            _sign_all(
                house,
                recording,
                originals,
                credits,
                made,
                names,
                certificate,
                sha256_hex(canonical_json(document)),
                folder,
                at,
            )
        files = {name: folder / name for name in (MASTER, PREVIEW)}
        report(0.6, "writing the delivery message")
        shipment = Shipment(
            recording, originals[0], credits, licence, names, files, at, tuple(destinations),
            TerritorySet.parse(licence["scope"]["territories"]),
            AiUse.of_manifest(made.render.manifest),
        )  # fmt: skip
        message = write_message(shipment)
        verdicts = {name: verify(path, certificate.root) for name, path in files.items()}
        report(0.8, "listening for what is not declared")
        sound = decode.read(files[MASTER])
        heard = _heard(house, organisation, sound, recording, at)
        report(0.95, "at the gate")
        found = hindrances(
            Candidate(
                licence=licence,
                licence_stands=_stands(house, organisation, document, at),
                isrc=allocation.isrc,
                pcm_sha256=decode.pcm_sha256(sound),
                rendered_pcm_sha256=recording.pcm_sha256 or "",
                open_points=points_of(house, organisation, recording.id, at).points,
                tags=tags.read(files[MASTER]),
                verdicts=verdicts,
                destinations=destinations,
                territories=shipment.territories,
                message_findings=message.findings,
                heard=heard,
            ),
            at.date(),
        )
        if found:
            raise NotCleared(found)
        if not package_folder.is_dir():
            (folder / MESSAGE).write_bytes(message.content)
            _write_documents(folder, document, credits, lineage, made)
            items = [Item.of_file(path) for path in sorted(folder.iterdir())]
            (folder / LIST_NAME).write_bytes(list_of(house, items, at))
            package_folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(folder, package_folder.with_suffix(".partial"), dirs_exist_ok=True)
            package_folder.with_suffix(".partial").replace(package_folder)
    hashes = {path.name: sha256_hex(path.read_bytes()) for path in sorted(package_folder.iterdir())}
    package = Package(
        id=stable_id("pkg", recording.id, str(licence["id"])),
        recording_id=recording.id,
        licence_id=str(licence["id"]),
        destinations=tuple(destinations),
        files=hashes,
        packed_at=at,
    )
    _keep(house, organisation, package, package_folder, recording, verdicts, at)
    report(1.0, "packed")
    return Cleared(recording, package_folder, package, verdicts, credits, message, left)


def _taken(work: UnitOfWork, owner: str) -> Sequence[str]:
    prefix = work.distribution.prefix_of(owner)
    return work.catalogue.issued_isrcs(prefix) if prefix is not None else ()


def _heard(house: House, organisation: str, sound: Audio, recording: Recording, at: datetime) -> list[Hindrance]:
    """What identification holds against the sound, after the index has caught up with the catalogue.

    What a person let pass, having listened to this very sound, is no longer held against it.
    """
    index_catalogue(house, organisation)
    found = keep_hearing(house, organisation, recording, sound, at, "clearance")
    left = [one.finding for one in found if one.ruling is None or not one.ruling.passes]
    with house.work(organisation, read_only=True) as work:
        titles = {one.id: one.title for one in work.catalogue.recordings({one.recording for one in left})}
    return [one.hindrance(titles.get(one.recording, "")) for one in left]


def _stands(house: House, organisation: str, document: Mapping[str, Any], at: datetime) -> bool:
    """Whether the licence verifies today under our own keys and is on no list of revoked ones."""
    from ritornello.consent.events import replay

    with house.work(organisation, read_only=True) as work:
        revoked = replay(work.consent.events(at), at).revoked_licences
    until = datetime.max.replace(tzinfo=at.tzinfo)
    current = RevocationList(number=0, issued_at=at, next_update=until, revoked=revoked)
    return verify_licence(document, house.keys(at).trusted(), at=at, revocations=current).status is Status.TRUSTED


def _sign_all(
    house: House,
    recording: Recording,
    originals: Sequence[Recording],
    credits: Credits,
    made: Made,
    names: Mapping[str, str],
    certificate: certificates.Certificate,
    licence_sha256: str,
    folder: Path,
    at: datetime,
) -> None:
    """Write, tag and sign master and preview into `folder`; signing comes last."""
    from ritornello.analysis import decode

    audio = decode.read(house.blobs.local_path(recording.audio_key or ""))
    disclosure = Disclosure(str(made.render.manifest["ai"]))
    statement = Statement(
        title=credits.title,
        isrc=recording.isrc or "",
        recording_id=recording.id,
        derivative_type=recording.derivative_type or "",
        parents=[Parent(one.title, one.isrc or "", one.pcm_sha256 or "", one.id) for one in originals],
        licence_id=str(made.licence["id"]),
        licence_sha256=licence_sha256,
        recipe_id=made.render.recipe_id,
        pcm_sha256=recording.pcm_sha256 or "",
        disclosure=disclosure,
        ai_steps=made.render.manifest.get("ai_steps", ()),
        did=[str(use) for use in made.render.manifest["uses"]],
    )
    generative = "yes" if disclosure is Disclosure.GENERATIVE else "none"
    owner = names.get(str(made.licence["new_recording"]["owner"]), "")
    p_line, c_line = lines(recording, owner, at.date())
    written = tags.Tags(
        title=credits.title,
        artist=credits.artist,
        isrc=recording.isrc or "",
        remixer=credits.remixer,
        original_artist=credits.original_artist,
        composers=credits.composers,
        label=names.get(recording.label or "", ""),
        year=recording.year,
        genre=recording.genre or "",
        p_line=p_line.text("℗"),
        c_line=c_line.text("©"),
        extra=(
            ("LICENCE", str(made.licence["id"])),
            ("PARENT ISRC", "; ".join(one.isrc or "" for one in originals)),
            ("GENERATIVE AI", generative),
        ),
    )
    parents = []
    for number, one in enumerate(originals):
        parent = folder / f"parent-{number}.wav"
        decode.write(parent, decode.read(house.blobs.local_path(one.audio_key or "")))
        parents.append(parent)
    for name in (MASTER, PREVIEW):
        bare = folder / f"unsigned-{name}"
        if name == PREVIEW:
            decode.write(bare, audio, "mp3", bitrate_kbps=PREVIEW_KBPS)
        else:
            decode.write(bare, audio, "flac24")
        tags.write(bare, written)
        (folder / f"{name}.c2pa").write_bytes(sign(bare, folder / name, statement, certificate, parents))
        bare.unlink()
    for parent in parents:
        parent.unlink()


def _write_documents(
    folder: Path, licence: Mapping[str, Any], credits: Credits, lineage: Sequence[Mapping[str, str]], made: Made
) -> None:
    documents: dict[str, Any] = {
        "licence.json": licence,
        "credits.json": {
            "title": credits.title,
            "artist": credits.artist,
            "remixer": credits.remixer,
            "original_artist": credits.original_artist,
            "lines": [{"name": line.name, "role": line.role} for line in credits.lines],
        },
        "lineage.json": list(lineage),
        "measurement.json": made.render.measurement,
        "recipe.json": made.render.manifest["recipe"],
    }
    for name, document in documents.items():
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def _keep(
    house: House,
    organisation: str,
    package: Package,
    folder: Path,
    recording: Recording,
    verdicts: Mapping[str, Verdict],
    at: datetime,
) -> None:
    """Keep signed files and manifests on our side, since delivery strips them."""
    with house.work(organisation) as work:
        work.distribution.add_package(package)
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
                    signed_at=at,
                )
            )
        work.commit()
