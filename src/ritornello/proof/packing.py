"""The packing list: a signed list of what was handed out, by name, length and SHA-256, which travels with the files.

Whoever has a list and the public keys can tell of each byte of each file whether it was changed, without asking
anybody: of every kind, also of those (PDF, HTML, a bank's order) without a place for a signature. A list comes beside
its files, or with them in one ZIP. The list is canonical JSON and the ZIP is written in one way only (stored, without
times), so neither has a byte that could be another one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ritornello.proof.canonical import CanonicalError, canonical_json
from ritornello.proof.signing import KeyRing, Signed, SigningError, TrustedKeys, Verdict, verify

WHAT = "ritornello packing list"
SUFFIX = ".packing.json"
LIST_NAME = "packing.json"
"""What the list is called in a ZIP or a folder that holds all its files."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIELDS = {"name", "sha256", "size"}


class PackingError(ValueError):
    """A list or a ZIP that is none of ours; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One file: its name (no folder), its SHA-256 (64 hexadecimal digits) and its length in bytes."""

    name: str
    sha256: str
    size: int

    @staticmethod
    def of(name: str, content: bytes) -> Item:
        return Item(name, hashlib.sha256(content).hexdigest(), len(content))

    @staticmethod
    def of_file(path: Path) -> Item:
        """Of a file on disk, however large."""
        with path.open("rb") as file:
            return Item(path.name, _sha256(file), path.stat().st_size)


@dataclass(frozen=True, slots=True)
class PackingList:
    """What a list says, and what its signature is worth under the keys that were trusted when it was read."""

    items: tuple[Item, ...]
    signed: Signed
    verdict: Verdict

    def find(self, content: bytes) -> Item | None:
        """The item that these bytes are, under whatever name they lie here now."""
        digest = hashlib.sha256(content).hexdigest()
        return next((item for item in self.items if item.sha256 == digest), None)

    def named(self, name: str) -> Item | None:
        return next((item for item in self.items if item.name == name), None)


def packing_list(ring: KeyRing, items: Iterable[Item], at: datetime) -> bytes:
    """The signed list as canonical JSON. Raises `PackingError` for no file at all, or for two of one name."""
    listed = sorted(items)
    if not listed or len({item.name for item in listed}) < len(listed):
        raise PackingError("a packing list is about at least one file, and each has a name of its own")
    payload = {"files": [{"name": i.name, "sha256": i.sha256, "size": i.size} for i in listed], "what": WHAT}
    return canonical_json(ring.sign(payload, at).to_document())


def read_list(content: bytes, trust: TrustedKeys) -> PackingList:
    """A list as it was handed out, down to the byte. Raises `PackingError` for anything else."""
    try:
        document = json.loads(content)
        signed = Signed.from_document(document)
        if canonical_json(signed.to_document()) != content:
            raise PackingError("the list was written anew: these are not the bytes handed out")
        return PackingList(_items(signed.payload), signed, verify(signed, trust))
    except (SigningError, CanonicalError, LookupError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, PackingError):
            raise
        raise PackingError(f"this is no packing list: {error}") from error


def is_list(document: Any) -> bool:
    """Whether a JSON document claims to be a packing list."""
    payload = document.get("payload") if isinstance(document, Mapping) else None
    return isinstance(payload, Mapping) and payload.get("what") == WHAT


def packed(files: Mapping[str, bytes], listed: bytes) -> bytes:
    """Files with their list in one ZIP. The same files and list give the same bytes, on every machine."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in [*sorted(files.items()), (LIST_NAME, listed)]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()


def unpacked(content: bytes) -> tuple[dict[str, bytes], bytes]:
    """The files of such a ZIP, and its list. Raises `PackingError` for any ZIP that `packed` would not have written."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            # stored, so what comes out is no larger than what lies here
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise PackingError("files are compressed in it; ours are stored as they are")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        if isinstance(error, PackingError):
            raise
        raise PackingError(f"this is no ZIP that can be read ({error})") from error
    listed = files.pop(LIST_NAME, None)
    if listed is None:
        raise PackingError(f"it holds no {LIST_NAME}")
    if packed(files, listed) != content:
        raise PackingError("it was packed anew: these are not the bytes handed out")
    return files, listed


def _items(payload: Mapping[str, Any]) -> tuple[Item, ...]:
    if set(payload) != {"files", "what"} or payload["what"] != WHAT:
        raise PackingError("what is signed is no packing list")
    found = []
    for entry in payload["files"]:
        if set(entry) != _FIELDS or not isinstance(entry["sha256"], str):
            raise PackingError("a file on the list has other fields than name, sha256 and size")
        found.append(Item(entry["name"], entry["sha256"], entry["size"]))
    return tuple(found)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
