"""The index at rest: immutable segments under a manifest that is replaced in one step.

    index/manifest.json     which segments there are, and which of their recordings no longer count
    index/writer.lock       held by the one writer, for as long as an add or a removal takes
    index/merger.lock       held by the one merger, which works beside readers and the writer
    index/seg-<random>/     mapped arrays, never changed once the manifest names them
    index/merge-<random>/   what a merger is making
    index/remade.lock       held by the one who makes all of it anew, beside readers, the writer and the merger
    index/anew-<random>/    what is being made anew

A segment is written whole and flushed before the manifest names it, so a process that dies at any moment leaves either
the old index or the new one; what it left half-written is named by nobody and swept by the next writer. Readers take no
lock: they open what a manifest names, and read it again when a merge was faster. A merger needs the writer's lock only
for the moment in which its segment takes the place of those that it was made of.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.identify.model import IdentifyError
from ritornello.identify.segment import FOLLOWERS, MOST_RECORDINGS, Entry, Segment, build, hours_of, read, write

MERGE_AT = 4
"""Segments of about one size that are worth merging. Each merge makes one some four times as large, so that n additions
leave no more than three segments of each size, and a recording is copied log4(n) times in its life."""

VERSION = 3
"""Of the arrays in a segment. An index of another version is not read, but made anew from the recordings."""

LIGHT_FOLLOWERS = 2
"""Of a light index: one word an anchor in place of six."""

_TRIES = 5


class Density(StrEnum):
    """How many words are kept of a recording: six an anchor, or one in a third of the bytes, which finds less."""

    FULL = "full"
    LIGHT = "light"

    @property
    def followers(self) -> int:
        """How many later peaks each anchor makes words with."""
        return LIGHT_FOLLOWERS if self is Density.LIGHT else FOLLOWERS

    @classmethod
    def of(cls, followers: int) -> Density:
        """The density whose anchors have so many followers."""
        return cls.LIGHT if followers == LIGHT_FOLLOWERS else cls.FULL


@dataclass(frozen=True, slots=True)
class Share:
    """What of an index has one density: segments, recordings that can be found, hours of them, bytes on disk."""

    density: Density
    segments: int
    recordings: int
    hours: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of the manifest: a segment, the digests of its recordings' sound, and those that no longer count.

    `followers`: how many later peaks its anchors made words with; segments of both densities may lie side by side.
    """

    folder: str
    digests: Mapping[str, str]
    removed: frozenset[str]
    followers: int = FOLLOWERS

    @property
    def standing(self) -> dict[str, str]:
        return {name: digest for name, digest in self.digests.items() if name not in self.removed}


class Index:
    """An index in a folder. Many processes may read it while one writes.

    Args:
        folder: where it lies, or shall lie.
        density: of an index that is begun here. One that is there keeps its own, which stands in the manifest, until
            `turn`.

    Raises:
        IdentifyError: the folder holds a manifest that is not one of ours.
    """

    def __init__(self, folder: Path, density: Density = Density.FULL) -> None:
        self.folder = folder
        self._begun_with = density
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def density(self) -> Density:
        """What new and merged segments are made as."""
        return Density.of(self._document().get("followers", self._begun_with.followers))

    def turn(self, density: Density) -> None:
        """Make new and merged segments of this density from now on. Those that are there stay until they are merged."""
        with self._writing() as manifest:
            self._publish(manifest, density)

    def shares(self) -> tuple[Share, ...]:
        """What of the index has which density, the full first; nothing for an empty index."""
        found: list[Share] = []
        manifest = self._manifest()
        for density in Density:
            kept = [one for one in manifest if Density.of(one.followers) is density]
            try:
                segments = [_standing(read(self.folder / one.folder), one.removed) for one in kept]
                size = sum(path.stat().st_size for one in kept for path in (self.folder / one.folder).glob("*.npy"))
            except FileNotFoundError:
                continue  # merged meanwhile, or missing: `segments` is who says so
            if kept:
                found.append(
                    Share(density, len(kept), sum(len(one.standing) for one in kept), hours_of(segments), size)
                )
        return tuple(found)

    def recordings(self) -> dict[str, str]:
        """The recordings that can be found, with the digest of the sound that each was added with."""
        return {name: digest for kept in self._manifest() for name, digest in kept.standing.items()}

    def segments(self) -> list[Segment]:
        """The segments to search, without what was removed. They stay readable whatever a writer does meanwhile."""
        if self._version() not in (None, VERSION):
            raise IdentifyError(
                "it was made by another version of the program",
                str(self.folder),
                "Run `ritornello identify rebuild` once.",
            )
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
            followers = self.density.followers
            folder = self._written(build([one for one, _ in fresh.values()], followers))
            older = [_without(kept, fresh) for kept in manifest]
            digests = {name: digest for name, (_, digest) in fresh.items()}
            self._publish([*older, Kept(folder, digests, frozenset(), followers)])
            return len(fresh)

    def remake(self, batches: Iterable[Iterable[tuple[Entry, str]]], density: Density | None = None) -> int:
        """Make all of it anew beside what is there, which is read and searched until everything is made; then swap.

        What was added meanwhile, by others, stays in it, and what was removed meanwhile stays out. A process that dies,
        or is stopped by what a batch raises, leaves the index as it was. Returns how many recordings are in it then.

        Args:
            batches: recordings with a digest of their sound, one segment for each batch.
            density: what it is made as, and new segments from then on; by default as before.
        """
        wished = density or self.density
        with self._remaking():
            before = self.recordings()
            made: list[Kept] = []
            for batch in batches:
                fresh = {one.recording: (one, digest) for one, digest in batch}
                if fresh:
                    folder = self._written(build([one for one, _ in fresh.values()], wished.followers), "anew")
                    digests = {name: digest for name, (_, digest) in fresh.items()}
                    # a recording that is named twice counts as it came last
                    made = [
                        *(_without(kept, digests) for kept in made),
                        Kept(folder, digests, frozenset(), wished.followers),
                    ]
            with self._writing() as manifest:
                now = {name: digest for kept in manifest for name, digest in kept.standing.items()}
                added = {name for name, digest in now.items() if before.get(name) != digest}
                gone = set(before) - set(now)
                stays = [_without(kept, set(kept.standing) - added) for kept in manifest]
                swapped: list[Kept] = []
                for kept in made:
                    folder = kept.folder.replace("anew-", "seg-")
                    (self.folder / kept.folder).rename(self.folder / folder)
                    swapped.append(_without(replace(kept, folder=folder), gone | added))
                self._publish([one for one in (*stays, *swapped) if one.standing], wished)
        return len(self.recordings())

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
        """Whether enough segments of one size, or enough removed recordings, have gathered for a merge to pay."""
        return bool(_group(self._manifest()))

    def merge(self) -> None:
        """Make one segment of all, without the removed recordings. No audio is needed, and readers notice nothing."""
        with self._merging():
            manifest = self._manifest()
            if len(manifest) > 1 or any(kept.removed for kept in manifest):
                self._merge(manifest)

    def tidy(self) -> int:
        """Merge segments of about one size until none of it pays; returns how many merges that took.

        Meant to run beside everything else: additions, removals and readers go on meanwhile.
        """
        done = 0
        with self._merging():
            while group := _group(self._manifest()):
                if not self._merge(group):
                    break
                done += 1
        return done

    def _merge(self, group: Sequence[Kept]) -> bool:
        """Put one segment in the place of several; False when one of them was not there any more."""
        entries: list[Entry] = []
        for kept in group:
            segment = read(self.folder / kept.folder)
            entries += [segment.entry(n) for n, name in enumerate(segment.names) if name not in kept.removed]
        digests = {name: digest for kept in group for name, digest in kept.standing.items()}
        # words are made of peaks alone, so a merge needs no audio to make a full segment of light ones
        followers = self.density.followers
        made = self._written(build(entries, followers), "merge") if entries else None
        names = {kept.folder for kept in group}
        with self._writing() as manifest:
            sources = [kept for kept in manifest if kept.folder in names]
            if len(sources) < len(names):
                return False  # somebody emptied the index meanwhile: what was made is swept by the next merger
            standing = {name for kept in sources for name in kept.standing}
            merged: list[Kept] = []
            if made is not None:
                folder = made.replace("merge-", "seg-")
                (self.folder / made).rename(self.folder / folder)
                # what was removed or replaced while we worked is removed from the new segment too
                merged = [Kept(folder, digests, frozenset(set(digests) - standing), followers)]
            self._publish([*(kept for kept in manifest if kept.folder not in names), *merged])
        return True

    def snapshot(self, target: Path) -> None:
        """Copy the index as it stands to a new folder (hard links where the disk allows; segments never change)."""
        with self._writing() as manifest:
            target.mkdir(parents=True)
            for kept in manifest:
                shutil.copytree(self.folder / kept.folder, target / kept.folder, copy_function=_linked)
            shutil.copyfile(self.folder / "manifest.json", target / "manifest.json") if manifest else None

    def _version(self) -> object:
        """What the manifest says; None when there is no manifest, or none that can be read."""
        return self._document().get("version")

    def _document(self) -> dict[str, Any]:
        """The manifest as it lies there; empty when there is none, or none that can be read."""
        try:
            document: Any = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}

    def _manifest(self) -> list[Kept]:
        path = self.folder / "manifest.json"
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
            if document["version"] != VERSION:
                return []  # nothing of it can be read; whoever fills the index finds it empty and fills it
            usual = int(document.get("followers", FOLLOWERS))
            return [
                Kept(
                    str(one["folder"]),
                    dict(one["digests"]),
                    frozenset(one["removed"]),
                    int(one.get("followers", usual)),
                )
                for one in document["segments"]
            ]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            raise IdentifyError(
                f"this is no manifest of an index ({error})", str(path), "Restore a snapshot, or rebuild the index."
            ) from error

    def _written(self, segment: Segment, kind: str = "seg") -> str:
        name = f"{kind}-{secrets.token_hex(8)}"
        write(segment, self.folder / name)
        _flush_folder(self.folder / name)
        return name

    def _publish(self, manifest: Sequence[Kept], density: Density | None = None) -> None:
        document = {
            "version": VERSION,
            "followers": (density or self.density).followers,
            "segments": [
                {
                    "folder": kept.folder,
                    "digests": dict(kept.digests),
                    "removed": sorted(kept.removed),
                    "followers": kept.followers,
                }
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
    def _remaking(self) -> Iterator[None]:
        """While no other process makes it anew; what one that died left half-made goes first, and what is left last."""
        import fcntl

        def sweep() -> None:
            for folder in self.folder.glob("anew-*"):
                shutil.rmtree(folder, ignore_errors=True)

        with (self.folder / "remade.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sweep()
            try:
                yield
            finally:
                sweep()

    @contextmanager
    def _merging(self) -> Iterator[None]:
        """While no other process merges; what a merger that died left half-made goes first."""
        import fcntl

        with (self.folder / "merger.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for folder in self.folder.glob("merge-*"):
                shutil.rmtree(folder, ignore_errors=True)
            yield

    @contextmanager
    def _writing(self) -> Iterator[list[Kept]]:
        """The manifest, while no other process writes; the lock ends with the process, however it ends."""
        import fcntl

        with (self.folder / "writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = self._manifest()
            self._sweep(manifest)
            yield manifest


def _group(manifest: Sequence[Kept]) -> list[Kept]:
    """The segments to merge next: the smallest of one size, or one of which a quarter was removed; else none."""
    by_size: dict[int, list[Kept]] = {}
    for kept in manifest:
        if len(kept.removed) * 4 > len(kept.digests):
            return [kept]
        by_size.setdefault(int(math.log(max(1, len(kept.standing)), MERGE_AT) + 1e-9), []).append(kept)
    for size in sorted(by_size):
        group = by_size[size]
        if len(group) >= MERGE_AT and sum(len(kept.standing) for kept in group) <= MOST_RECORDINGS:
            return group
    return []


def _without(kept: Kept, names: Iterable[str]) -> Kept:
    return replace(kept, removed=kept.removed | (set(names) & set(kept.digests)))


def _standing(segment: Segment, removed: frozenset[str]) -> Segment:
    """The segment without the words of removed recordings."""
    if not removed:
        return segment
    gone = np.array([name in removed for name in segment.names])
    arrays = dict(segment.arrays)
    where = arrays["places"][:, 0] | (arrays["places"][:, 1].astype(np.uint32) << 16)
    stays = ~gone[np.searchsorted(arrays["begins"], where, side="right") - 1]
    before = np.concatenate([[0], np.cumsum(stays)])
    arrays["starts"] = before[arrays["starts"]].astype(np.uint32)
    arrays["places"] = arrays["places"][stays]
    prints = ~gone[arrays["term_track"]]
    for name in ("term", "term_track", "term_at"):
        arrays[name] = arrays[name][prints]
    for ends, columns in (("peak_ends", ("peak_frame", "peak_pitch")), ("chroma_ends", ("chroma", "beat"))):
        rows = np.diff(np.concatenate([[0], arrays[ends]]))
        staying = np.repeat(~gone, rows)
        for name in columns:
            arrays[name] = arrays[name][staying]
        arrays[ends] = np.cumsum(np.where(gone, 0, rows))
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
