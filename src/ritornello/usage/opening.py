"""Opening what arrives: plain, gzip, zip or workbook, known by the SHA-256 of the content inside, so that packing
changes nothing.

A workbook (XLSX) becomes one file for each worksheet that holds anything, its rows at their own numbers. What is hashed
is their text: saved again by a spreadsheet program, a workbook has other bytes and is the same report.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ritornello.messages import workbooks
from ritornello.messages.findings import Findings

MOST_BYTES = 64 * 2**30
"""Content beyond this is refused: a month of the largest service is far below, a packed bomb is above."""

_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Opened:
    """A report file with its content lying plain on disk. `name` is the name inside the package where it had one;
    `workbook` that of the workbook whose worksheet it is."""

    name: str
    path: Path
    sha256: str
    size: int
    workbook: str = ""


def open_files(paths: Iterable[Path], workspace: Path, findings: Findings) -> list[Opened]:
    """Unpack and hash; what is packed is written to `workspace`, what is plain stays where it is.

    A zip gives each of its files, in name order (folders, `__MACOSX` and dot files left out). Broken packages, empty
    files and content beyond `MOST_BYTES` become findings of severity "error".
    """
    opened: list[Opened] = []
    for path in paths:
        try:
            opened += _open(path, workspace, len(opened), findings)
        except FileNotFoundError:
            findings.error("no_file", "there is no such file", str(path))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            findings.error("broken_package", f"it cannot be unpacked: {error}; ask for it again", path.name)
    for one in opened:
        if one.size == 0:
            findings.error("empty", "the file is empty", one.name)
    return [sheet for one in opened for sheet in _worksheets(one, workspace, findings)]


def _open(path: Path, workspace: Path, number: int, findings: Findings) -> list[Opened]:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"\x1f\x8b"):
        name = path.name.removesuffix(".gz")
        with gzip.open(path, "rb") as packed:
            found = _copied(packed, workspace / f"{number}-0", name, findings)
        return [found] if found else []
    zipped = start in (b"PK\x03\x04", b"PK\x05\x06") and path.suffix.lower() == ".zip"
    if zipped and not workbooks.is_workbook_file(path, path.name):
        return _from_zip(path, workspace, number, findings)
    return [_hashed(path, path.name)]


def _hashed(path: Path, name: str, workbook: str = "") -> Opened:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Opened(name, path, digest.hexdigest(), size, workbook)


def _worksheets(opened: Opened, workspace: Path, findings: Findings) -> list[Opened]:
    """The worksheets of a workbook; any other file as it is."""
    if not workbooks.is_workbook_file(opened.path, opened.name):
        return [opened]
    try:
        laid = workbooks.lay_out(opened.path, opened.name, Path(tempfile.mkdtemp(dir=workspace)))
    except workbooks.WorkbookError as error:
        findings.error("no_workbook", str(error), opened.name)
        return []
    if not laid:
        findings.error("empty", "the workbook is empty", opened.name)
    for one in laid:
        if one.rounded:
            cells = f"{one.rounded} cells hold" if one.rounded > 1 else "1 cell holds"
            message = f"{cells} more digits than a spreadsheet shows; the fifteen that it shows were read"
            findings.warn("rounded", message, f"{opened.name}, sheet {one.name}")
    return [_hashed(one.path, f"{opened.name}, sheet {one.name}", opened.name) for one in laid]


def _from_zip(path: Path, workspace: Path, number: int, findings: Findings) -> list[Opened]:
    opened: list[Opened] = []
    held = 0
    with zipfile.ZipFile(path) as archive:
        for place, info in enumerate(sorted(archive.infolist(), key=lambda one: one.filename)):
            name = Path(info.filename).name
            if info.is_dir() or not name or name.startswith(".") or info.filename.startswith("__MACOSX/"):
                continue
            held += 1
            with archive.open(info) as packed:
                if found := _copied(packed, workspace / f"{number}-{place}", name, findings):
                    opened.append(found)
    if not held:
        findings.error("empty", "there is no file in the package", path.name)
    return opened


def _copied(packed: IO[bytes] | gzip.GzipFile, target: Path, name: str, findings: Findings) -> Opened | None:
    digest, size = hashlib.sha256(), 0
    room = min(MOST_BYTES, shutil.disk_usage(target.parent).free // 2)
    with target.open("wb") as plain:
        while chunk := packed.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > room:
                findings.error("too_large", f"more than {room} bytes come out of the package; unpack it by hand", name)
                return None
            plain.write(chunk)
    return Opened(name, target, digest.hexdigest(), size)
