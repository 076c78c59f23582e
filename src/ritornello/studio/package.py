"""A contest package: the stems of a song as anybody can use them at once, each labelled, with its loudness noted.

Every stem starts with the master and lasts exactly as long, so that dropping all of them on one bar line gives the
song. Nothing is repaired in silence: stems that do not pass the intake check are not packed.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.analysis.model import PITCH_CLASSES, Analysis, Audio
from ritornello.studio.intake import Intake, StemFinding, check_stems

_STAMP = (1980, 1, 1, 0, 0, 0)
"""The time of every entry of the archive: the same stems give the same bytes."""


class PackageError(ValueError):
    """Stems that cannot be packed, with every finding."""

    def __init__(self, intake: Intake) -> None:
        super().__init__("; ".join(f"{one.stem or 'all stems'}: {one.what} ({one.mend})" for one in intake.findings))
        self.intake = intake


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was written: the archive, and the document that describes it."""

    path: Path
    document: Mapping[str, Any]


def pack_stems(
    folder: Path, title: str, master: Audio, stems: Mapping[str, Audio], analysis: Analysis, terms: str = ""
) -> Package:
    """Write `<title>-stems.zip` into `folder`: 24-bit WAV stems and the master, `package.json` and a page to read.

    `terms` says under which words the stems are given. Raises PackageError with the findings of the intake check.
    """
    from ritornello.analysis import decode, loudness

    intake = check_stems(master, stems)
    if not intake.accepted:
        raise PackageError(intake)
    name = _plain(title)
    label = f"{analysis.tempo.bpm:.0f}bpm_{_plain(PITCH_CLASSES[analysis.key.tonic])}{analysis.key.mode[:3]}"
    work = folder / f".{name}-stems"
    work.mkdir(parents=True)
    rows = []
    try:
        parts = {"master": master, **{part: _aligned(stems[part], master) for part in sorted(stems)}}
        for number, (part, audio) in enumerate(parts.items()):
            file = work / f"{number:02d}_{part}_{label}.wav"
            decode.write(file, audio, "wav24")
            level = loudness.measure(audio)
            rows.append(
                {
                    "part": part,
                    "file": file.name,
                    "lufs_centi": level.lufs_centi,
                    "dbtp_centi": level.dbtp_centi,
                    "pcm_sha256": decode.pcm_sha256(decode.read(file)),
                }
            )
        document = {
            "v": 1,
            "title": title,
            "rate": master.rate,
            "frames": master.frames,
            "milli_bpm": round(analysis.tempo.bpm * 1000),
            "constant_tempo": analysis.tempo.constant,
            "metre": analysis.metre,
            "key": analysis.key.name,
            "first_downbeat": int(analysis.downbeats[0]) if len(analysis.downbeats) else 0,
            "sections": [[section.start, section.end, section.label] for section in analysis.sections],
            "residual_centidb": round(intake.residual_db * 100),
            "files": rows,
            "terms": terms,
        }
        (work / "package.json").write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")
        (work / "README.txt").write_text(_readme(document), encoding="utf-8")
        archive = folder / f"{name}-stems.zip"
        _zipped(work, archive, name)
    finally:
        for file in work.iterdir():
            file.unlink()
        work.rmdir()
    return Package(archive, document)


def _aligned(stem: Audio, master: Audio) -> Audio:
    """Exactly as long as the master and as wide: silence is added, or what is beyond its end (under 10 ms) is cut."""
    samples = stem.samples[: master.frames]
    samples = np.pad(samples, ((0, master.frames - samples.shape[0]), (0, 0)))
    if samples.shape[1] == 1 and master.channels > 1:
        samples = np.repeat(samples, master.channels, axis=1)
    return Audio(np.ascontiguousarray(samples), master.rate)


def _zipped(work: Path, archive: Path, name: str) -> None:
    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as out:
        for file in sorted(work.iterdir()):
            entry = zipfile.ZipInfo(f"{name}/{file.name}", _STAMP)
            entry.external_attr = 0o644 << 16
            with file.open("rb") as content, out.open(entry, "w", force_zip64=True) as into:
                while piece := content.read(1 << 20):
                    into.write(piece)
    part.replace(archive)


def _readme(document: Mapping[str, Any]) -> str:
    rows = [
        f"  {row['file']:<40} {row['lufs_centi'] / 100:>7.1f} LUFS {row['dbtp_centi'] / 100:>6.1f} dBTP"
        for row in document["files"]
    ]
    first = document["first_downbeat"] / document["rate"]
    tempo = "constant" if document["constant_tempo"] else "moving: follow the beat of the drums"
    return "\n".join(
        [
            f"{document['title']}: stems",
            "",
            f"{document['milli_bpm'] / 1000:.2f} beats per minute ({tempo}), {document['metre']}/4, {document['key']}",
            f"First downbeat at {first:.3f} s. Every file starts together and lasts {document['frames']} samples at "
            f"{document['rate']} Hz: put all of them on one bar line.",
            f"The stems add up to the master within {document['residual_centidb'] / 100:.1f} dB.",
            "",
            *rows,
            "",
            document["terms"] or "No terms came with these stems: ask before you use them.",
            "",
        ]
    )


def _plain(text: str) -> str:
    """Letters, digits and single hyphens: a name for files on every system."""
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.replace("#", "sharp"))
    return "-".join(filter(None, letters.split("-")))[:60] or "song"


def words_of(intake: Intake) -> list[str]:
    """The intake check in lines: the residual, each section's, and every finding with how to mend it."""
    lines = [f"master minus stems: {intake.residual_db:.1f} dB"]
    lines += [
        f"  {k * 10 // 60}:{k * 10 % 60:02d}  {value:.1f} dB" for k, value in enumerate(intake.residual_by_section_db)
    ]
    found: list[StemFinding] = list(intake.findings)
    lines += [f"{one.stem or 'all stems'}: {one.what}; {one.mend}" for one in found]
    return lines if found else [*lines, "accepted"]
