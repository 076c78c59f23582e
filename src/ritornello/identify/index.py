"""The index at rest: immutable segments under a manifest that is replaced in one step.

    index/manifest.json     which segments there are, and which of their recordings no longer count
    index/writer.lock       held by the one writer
    index/seg-<random>/     mapped arrays, never changed once the manifest names them

A segment is written whole and flushed before the manifest names it, so a process that dies at any moment leaves either
the old index or the new one; what it left half-written is named by nobody and swept by the next writer. Readers take no
lock: they open what a manifest names, and read it again when a merge was faster.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.identify.model import IdentifyError
from ritornello.identify.segment import Entry, Segment, build, read, write

MERGE_AT = 8
"""Segments from which the smaller ones are worth merging."""

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the manifest: a segment, the digests of its recordings' sound, and those that no longer count."""

    folder: str
    digests: Mapping[str, str]
    removed: frozenset[str]

    @property
    def standing(self) -> dict[str, str]:
        return {name: digest for name, digest in self.digests.items() if name not in self.removed}


class Index:
    """An index in a folder. Many processes may read it while one writes.

    Raises:
        IdentifyError: the folder holds a manifest that is not one of ours.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def recordings(self) -> dict[str, str]:
        """The recordings that can be found, with the digest of the sound that each was added with."""
        return {name: digest for kept in self._manifest() for name, digest in kept.standing.items()}

    def segments(self) -> list[Segment]:
        """The segments to search, without what was removed. They stay readable whatever a writer does meanwhile."""
        for _ in range(_TRIES):
            try:
                return [_standing(read(self.folder / kept.folder), kept.removed) for kept in self._manifest()]
            except FileNotFoundError:
                continue  # a merge swept the segment between our two looks: the new manifest names its successor
        raise IdentifyError(
            "segments that its manifest names are missing", str(self.folder), "Rebuild it from the recordings."
        )

    def add(self, entries: Iterable[tuple[Entry, str]]) -> int:
        """Add recordings, each with a digest of its sound, as one new segment; all of them appear at once.

        One that is there with the same digest stays as it is; with another digest it takes the place of the old one.
        Returns how many were new.
        """
        with self._writing() as manifest:
            known = {name: digest for kept in manifest for name, digest in kept.standing.items()}
            fresh = {one.recording: (one, digest) for one, digest in entries if known.get(one.recording) != digest}
            if not fresh:
                return 0
            folder = self._written(build([one for one, _ in fresh.values()]))
            older = [_without(kept, fresh) for kept in manifest]
            digests = {name: digest for name, (_, digest) in fresh.items()}
            self._publish([*older, Kept(folder, digests, frozenset())])
            return len(fresh)

    def remove(self, recordings: Iterable[str]) -> int:
        """Take recordings out at once; their bytes go with the next merge. Returns how many were there."""
        gone = set(recordings)
        with self._writing() as manifest:
            there = {name for kept in manifest for name in kept.standing} & gone
            if there:
                self._publish([_without(kept, there) for kept in manifest])
            return len(there)

    @property
    def wants_merging(self) -> bool:
        """Whether there are enough segments, or enough removed recordings, for a merge to pay."""
        manifest = self._manifest()
        removed = sum(len(kept.removed) for kept in manifest)
        return len(manifest) >= MERGE_AT or removed * 4 > sum(len(kept.digests) for kept in manifest) > 0

    def merge(self) -> None:
        """Make one segment of all, without the removed recordings. No audio is needed, and readers notice nothing."""
        with self._writing() as manifest:
            if len(manifest) < 2 and not any(kept.removed for kept in manifest):
                return
            entries: list[Entry] = []
            digests: dict[str, str] = {}
            for kept in manifest:
                segment = read(self.folder / kept.folder)
                entries += [segment.entry(n) for n, name in enumerate(segment.names) if name not in kept.removed]
                digests |= kept.standing
            merged = [Kept(self._written(build(entries)), digests, frozenset())] if entries else []
            self._publish(merged)

    def snapshot(self, target: Path) -> None:
        """Copy the index as it stands to a new folder (hard links where the disk allows; segments never change)."""
        with self._writing() as manifest:
            target.mkdir(parents=True)
            for kept in manifest:
                shutil.copytree(self.folder / kept.folder, target / kept.folder, copy_function=_linked)
            shutil.copyfile(self.folder / "manifest.json", target / "manifest.json") if manifest else None

    def _manifest(self) -> list[Kept]:
        path = self.folder / "manifest.json"
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
            return [
                Kept(str(one["folder"]), dict(one["digests"]), frozenset(one["removed"]))
                for one in document["segments"]
            ]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise IdentifyError(
                f"this is no manifest of an index ({error})", str(path), "Restore a snapshot, or rebuild the index."
            ) from error

    def _written(self, segment: Segment) -> str:
        name = f"seg-{secrets.token_hex(8)}"
        write(segment, self.folder / name)
        _flush_folder(self.folder / name)
        return name

    def _publish(self, manifest: Sequence[Kept]) -> None:
        document = {
            "version": 1,
            "segments": [
                {"folder": kept.folder, "digests": dict(kept.digests), "removed": sorted(kept.removed)}
                for kept in manifest
            ],
        }
        partial = self.folder / "manifest.partial"
        with partial.open("w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / "manifest.json")
        _flush_folder(self.folder)
        self._sweep(manifest)

    def _sweep(self, manifest: Sequence[Kept]) -> None:
        """Remove segments that no manifest names; readers that have one mapped keep it until they let go."""
        named = {kept.folder for kept in manifest}
        for folder in self.folder.glob("seg-*"):
            if folder.name not in named:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[list[Kept]]:
        """The manifest, while no other process writes; the lock ends with the process, however it ends."""
        import fcntl

        with (self.folder / "writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = self._manifest()
            self._sweep(manifest)
            yield manifest


def _without(kept: Kept, names: Iterable[str]) -> Kept:
    return Kept(kept.folder, kept.digests, kept.removed | (set(names) & set(kept.digests)))


def _standing(segment: Segment, removed: frozenset[str]) -> Segment:
    """The segment without the words of removed recordings."""
    if not removed:
        return segment
    gone = np.array([name in removed for name in segment.names])
    arrays = dict(segment.arrays)
    stays = ~gone[arrays["track"]]
    before = np.concatenate([[0], np.cumsum(stays)])
    arrays["starts"] = before[arrays["starts"]].astype(np.int64)
    for name in ("track", "step", "pitch", "span"):
        arrays[name] = arrays[name][stays]
    prints = ~gone[arrays["term_track"]]
    for name in ("term", "term_track", "term_at"):
        arrays[name] = arrays[name][prints]
    rows = np.diff(np.concatenate([[0], arrays["chroma_ends"]]))
    staying = np.repeat(~gone, rows)
    arrays["chroma"], arrays["beat"] = arrays["chroma"][staying], arrays["beat"][staying]
    arrays["chroma_ends"] = np.cumsum(np.where(gone, 0, rows))
    return Segment(segment.names, arrays)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
