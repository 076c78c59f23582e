"""A prepared snapshot of a catalogue's consents, and what it answers: the board, and what stands in whose way.

Stances are rows of bits (one bit per type, for each territory); recordings whose holders and sheets come to the same
stances share a combination. To evaluate is to join bits, so a million recordings take about a second, and the snapshot
is kept in a file until something behind it changes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.consent.blocked import Blocked
from ritornello.consent.codes import TYPES, Code, Outcome

COLUMNS = ("deny", "ask", "insists", "not_express", "fan_form", "parent_form")
Bits = NDArray[np.uint16]


@dataclass(frozen=True)
class Snapshot:
    """Stances as bits (stance × column × territory, one bit per type), combinations of them, and who has which.

    Attributes:
        territories: the places asked about, alpha-2.
        table: per stance, column and territory one bit per type.
        starts: where each combination begins in `members`.
        members: the stances of the combinations, one after the other.
        recordings: per recording its combination.
        plays: per recording its weight.
        ids: per recording its id.
        mends: per stance one bit per type for which its holder's own signature is missing.
        obstacles: per stance and type which of `obstacle_sets` stands in the way.
        obstacle_sets: reason codes that no signature mends; the first is empty.
        parties: the holders.
        pairs: (stance, holder) of each recording, one after the other.
        pair_starts: per recording where its pairs begin.
        attributes: whether stances are each holder's own; otherwise who is to sign cannot be told from here.
    """

    territories: tuple[str, ...]
    table: Bits
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    recordings: NDArray[np.int32]
    plays: NDArray[np.int64]
    ids: tuple[str, ...]
    mends: Bits
    obstacles: NDArray[np.int32]
    obstacle_sets: tuple[frozenset[str], ...]
    parties: tuple[str, ...]
    pairs: NDArray[np.int32]
    pair_starts: NDArray[np.int64]
    attributes: bool

    def evaluate(self, chunk: int = 65_536) -> Coverage:
        """Every recording × type × territory, in chunks of combinations so that memory stays small."""
        count, width = len(self.starts), len(self.territories)
        denied = np.empty((count, width), np.uint16)
        asked = np.empty((count, width), np.uint16)
        used = [place for place in range(len(COLUMNS)) if self.table[:, place].any()]
        for low in range(0, count, chunk):
            high = min(low + chunk, count)
            first = self.starts[low]
            last = self.starts[high] if high < count else len(self.members)
            members = self.members[first:last]
            starts = self.starts[low:high] - first
            columns = {
                COLUMNS[place]: np.bitwise_or.reduceat(self.table[members, place], starts, axis=0) for place in used
            }
            nothing = np.zeros((high - low, width), np.uint16)
            part = {name: columns.get(name, nothing) for name in COLUMNS}
            deny = part["deny"] | (part["insists"] & part["not_express"]) | (part["fan_form"] & part["parent_form"])
            denied[low:high] = deny
            asked[low:high] = part["ask"] & ~deny
        return Coverage(self, denied, asked)

    def save(self, path: Path, *, key: str = "", seconds: float = 0.0) -> None:
        """Write the snapshot to one file, whole or not at all, with the key of what it was made from and how long that
        took."""
        plain = [one.name for one in fields(self) if one.name != "obstacle_sets"]
        arrays: dict[str, Any] = {name: np.asarray(getattr(self, name)) for name in plain}
        arrays["obstacle_sets"] = np.array([" ".join(sorted(codes)) for codes in self.obstacle_sets])
        partial = path.with_name(f".{path.name}.part")
        with partial.open("wb") as file:
            np.savez(file, key=np.array(key), seconds=np.array(seconds), **arrays)
        partial.replace(path)

    @staticmethod
    def load(path: Path, *, key: str = "") -> tuple[Snapshot, float] | None:
        """Read a snapshot, and how many seconds it took to make; None where it was made from something else, or cannot
        be read."""
        try:
            return Snapshot._read(path, key)
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    @staticmethod
    def _read(path: Path, key: str) -> tuple[Snapshot, float] | None:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            snapshot = Snapshot(
                territories=_texts(kept["territories"]),
                table=kept["table"],
                starts=kept["starts"],
                members=kept["members"],
                recordings=kept["recordings"],
                plays=kept["plays"],
                ids=_texts(kept["ids"]),
                mends=kept["mends"],
                obstacles=kept["obstacles"],
                obstacle_sets=tuple(frozenset(codes.split()) for codes in _texts(kept["obstacle_sets"])),
                parties=_texts(kept["parties"]),
                pairs=kept["pairs"],
                pair_starts=kept["pair_starts"],
                attributes=bool(kept["attributes"]),
            )
            return snapshot, float(kept["seconds"])


def _texts(kept: NDArray[np.str_]) -> tuple[str, ...]:
    return tuple(str(text) for text in kept)


@dataclass(frozen=True)
class Tally:
    """How many recordings (or plays) are ready, wait for an approval, or are closed."""

    allow: int
    needs_approval: int
    deny: int

    @property
    def permille_ready(self) -> int:
        whole = self.allow + self.needs_approval + self.deny
        return self.allow * 1000 // whole if whole else 0


@dataclass(frozen=True)
class Coverage:
    """The answers: per combination and territory one bit per type."""

    snapshot: Snapshot
    denied: Bits
    asked: Bits

    def outcome(self, recording: int, name: str, territory: str) -> Outcome:
        """The answer for the recording that was added as number `recording`."""
        bit = 1 << TYPES.index(name)
        place = self.snapshot.territories.index(territory)
        combination = self.snapshot.recordings[recording]
        if int(self.denied[combination, place]) & bit:
            return Outcome.DENY
        return Outcome.NEEDS_APPROVAL if int(self.asked[combination, place]) & bit else Outcome.ALLOW

    def board(
        self, *, weights: NDArray[np.int64] | None = None, closed: Mapping[int, frozenset[str]] | None = None
    ) -> Mapping[tuple[str, str], Tally]:
        """(type, territory) → how much of the catalogue is ready.

        Args:
            weights: what each recording counts for (plays); by default one.
            closed: recordings (by their number) that are stopped, with the territories in which they are.
        """
        snapshot = self.snapshot
        counted = np.ones(len(snapshot.recordings), np.int64) if weights is None else weights
        whole = int(counted.sum())
        everywhere = self._by_combination(counted)
        board = {}
        for place, territory in enumerate(snapshot.territories):
            stopped = [number for number, where in (closed or {}).items() if territory in where]
            left = everywhere
            if stopped:
                left = everywhere - self._by_combination(counted, np.array(stopped, np.int64))
            for number, name in enumerate(TYPES):
                bit = np.uint16(1 << number)
                ask = int(left[(self.asked[:, place] & bit) != 0].sum())
                allow = int(left[((self.denied[:, place] | self.asked[:, place]) & bit) == 0].sum())
                board[name, territory] = Tally(allow, ask, whole - allow - ask)
        return {(name, place): board[name, place] for name in TYPES for place in snapshot.territories}

    def _by_combination(self, weights: NDArray[np.int64], some: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """The weight of each combination: of all its recordings, or of some of them."""
        snapshot = self.snapshot
        total = np.zeros(len(snapshot.starts), np.int64)
        which = slice(None) if some is None else some
        np.add.at(total, snapshot.recordings[which], weights[which])
        return total

    def blocked(self, name: str, *, closed: Iterable[int] = ()) -> dict[str, Blocked]:
        """Recording → whose signatures and what else stands in the way of everything that was asked for this type.

        `closed` are recordings (by their number) that are stopped somewhere. Recordings that are open are not in the
        answer. Only for a snapshot that `attributes`.
        """
        snapshot, number = self.snapshot, TYPES.index(name)
        bit = np.uint16(1 << number)
        shut = (((self.denied | self.asked) & bit) != 0).any(axis=1)
        found = np.flatnonzero(shut[snapshot.recordings])
        signs = (snapshot.mends & bit) != 0
        codes = snapshot.obstacles[:, number]
        insists, clash = self._across(bit)
        bounds = np.append(snapshot.pair_starts, len(snapshot.pairs))
        last = np.append(snapshot.starts, len(snapshot.members))
        blocked: dict[str, Blocked] = {}
        known: dict[tuple[int, bytes], Blocked] = {}
        for recording in found.tolist():
            combination = int(snapshot.recordings[recording])
            pairs = snapshot.pairs[bounds[recording] : bounds[recording + 1]]
            key = (combination, pairs.tobytes())
            if key not in known:
                stances = pairs[:, 0]
                who = signs[stances]
                if insists is not None:
                    agent = snapshot.table[stances, COLUMNS.index("not_express")] & bit & insists[combination]
                    who = who | (agent != 0).any(axis=1)
                members = snapshot.members[last[combination] : last[combination + 1]]
                stands = frozenset[str]().union(
                    *(snapshot.obstacle_sets[place] for place in set(codes[members].tolist()))
                )
                if clash is not None and clash[combination]:
                    stands |= {Code.SHARE_FORM_CONFLICT.value}
                signers = frozenset(snapshot.parties[place] for place in pairs[who, 1].tolist())
                known[key] = Blocked(signers, stands)
            blocked[snapshot.ids[recording]] = known[key]
        for recording in sorted(closed):
            one = blocked.get(snapshot.ids[recording], Blocked(frozenset(), frozenset()))
            blocked[snapshot.ids[recording]] = Blocked(one.signers, one.obstacles | {Code.KILL_SWITCH.value})
        return blocked

    def _across(self, bit: np.uint16) -> tuple[Bits | None, NDArray[np.bool_] | None]:
        """What depends on several holders: per combination and territory whether somebody insists on individual express
        consent, and per combination whether forms of money exclude each other. None where nobody does."""
        snapshot = self.snapshot

        def joined(column: str) -> Bits | None:
            part = snapshot.table[:, COLUMNS.index(column)] & bit
            if not part.any():
                return None
            return np.asarray(np.bitwise_or.reduceat(part[snapshot.members], snapshot.starts, axis=0), np.uint16)

        fan, parent = joined("fan_form"), joined("parent_form")
        clash = None if fan is None or parent is None else ((fan & parent) != 0).any(axis=1)
        return joined("insists"), clash
