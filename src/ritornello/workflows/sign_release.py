"""The files of a release: written, tagged, and signed last. What was signed once is taken as it is kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ritornello.distribution.release_message import lines
from ritornello.proof import canonical_json, sha256_hex
from ritornello.provenance import certificates, tags
from ritornello.provenance.manifest import Disclosure, Parent, Statement, sign
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.release_forecast import MASTER, Prospect

PREVIEW = "preview.mp3"
PREVIEW_KBPS = 192


def sign_files(
    house: House,
    organisation: str,
    one: Prospect,
    certificate: certificates.Certificate,
    folder: Path,
    at: datetime,
    report: Report = silent,
) -> None:
    """Lay master and preview with their manifests (`….c2pa`) into `folder`; signing comes last.

    A derivative's files are signed once: where they are kept, those very bytes are laid down.
    """
    from ritornello.analysis import decode

    if _laid_again(house, organisation, one.recording.id, folder):
        report(1.0, "signed before")
        return
    report(0.0, "tagging")
    audio = decode.read(house.blobs.local_path(one.recording.audio_key or ""))
    statement, written = _statement(one), _tags(one, at)
    parents = []
    for number, original in enumerate(one.originals):
        parent = folder / f"parent-{number}.wav"
        decode.write(parent, decode.read(house.blobs.local_path(original.audio_key or "")))
        parents.append(parent)
    for number, name in enumerate((MASTER, PREVIEW)):
        report(0.2 + 0.4 * number, f"signing {name}")
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
    report(1.0, "signed")


def _laid_again(house: House, organisation: str, recording_id: str, folder: Path) -> bool:
    with house.work(organisation, read_only=True) as work:
        kept = {name: work.provenance.file(recording_id, name.partition(".")[0]) for name in (MASTER, PREVIEW)}
    if any(one is None for one in kept.values()):
        return False
    for name, one in kept.items():
        assert one is not None
        (folder / name).write_bytes(house.blobs.read(one.audio_key))
        (folder / f"{name}.c2pa").write_bytes(house.blobs.read(one.manifest_key))
    return True


def _statement(one: Prospect) -> Statement:
    manifest = one.render.manifest
    return Statement(
        title=one.credits.title,
        isrc=one.isrc,
        recording_id=one.recording.id,
        derivative_type=one.recording.derivative_type or "",
        parents=[Parent(each.title, each.isrc or "", each.pcm_sha256 or "", each.id) for each in one.originals],
        licence_id=str(one.licence["id"]),
        licence_sha256=sha256_hex(canonical_json(one.document)),
        recipe_id=one.render.recipe_id,
        pcm_sha256=one.recording.pcm_sha256 or "",
        disclosure=Disclosure(str(manifest["ai"])),
        ai_steps=manifest.get("ai_steps", ()),
        did=[str(use) for use in manifest["uses"]],
    )


def _tags(one: Prospect, at: datetime) -> tags.Tags:
    recording, credits = one.recording, one.credits
    owner = one.names(one.owner)
    p_line, c_line = lines(recording, owner, at.date())
    generative = "yes" if Disclosure(str(one.render.manifest["ai"])) is Disclosure.GENERATIVE else "none"
    return tags.Tags(
        title=credits.title,
        artist=credits.artist,
        isrc=one.isrc,
        remixer=credits.remixer,
        original_artist=credits.original_artist,
        composers=credits.composers,
        label=one.names(recording.label or ""),
        year=recording.year,
        genre=recording.genre or "",
        p_line=p_line.text("℗"),
        c_line=c_line.text("©"),
        extra=(
            ("LICENCE", str(one.licence["id"])),
            ("PARENT ISRC", "; ".join(each.isrc or "" for each in one.originals)),
            ("GENERATIVE AI", generative),
        ),
    )
