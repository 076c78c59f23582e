"""Opening what arrives: plain, gzip or zip, known by the SHA-256 of the content inside, so that packing changes
nothing."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ritornello.messages.findings import Findings

MOST_BYTES = 64 * 2**30
"""Content beyond this is refused: a month of the largest service is far below, a packed bomb is above."""

_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Opened:
    """A report file with its content lying plain on disk. `name` is the name inside the package where it had one."""

    name: str
    path: Path
    sha256: str
    size: int


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
    return opened


def _open(path: Path, workspace: Path, number: int, findings: Findings) -> list[Opened]:
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"\x1f\x8b"):
        name = path.name.removesuffix(".gz")
        with gzip.open(path, "rb") as packed:
            found = _copied(packed, workspace / f"{number}-0", name, findings)
        return [found] if found else []
    if start in (b"PK\x03\x04", b"PK\x05\x06") and path.suffix.lower() == ".zip":
        return _from_zip(path, workspace, number, findings)
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return [Opened(path.name, path, digest.hexdigest(), size)]


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
