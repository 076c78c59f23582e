"""The append-only Merkle tree of RFC 9162 (Certificate Transparency 2.0), section 2.1, with SHA-256.

A tree head (size, root) fixes all leaves before it. An inclusion proof shows that a leaf is below a head; a consistency
proof shows that an older head is a prefix of a newer one, so that nothing was rewritten between them. Verifying needs
neither the log nor trust in whoever keeps it.

Leaves and inner nodes are hashed with different first bytes (0x00, 0x01), so that no node can be passed off as a leaf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Proof = tuple[bytes, ...]


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's content: SHA-256(0x00 || content)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


class Tree:
    """A tree that grows: appending costs two hashes on average, a root or proof at any past size O(log n).

    It keeps the hashes of all complete subtrees: `levels[h][i]` covers the leaves i*2^h up to (i+1)*2^h.
    """

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for hashed in leaf_hashes:
            self.append_hash(hashed)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Append a leaf by its content; returns its index."""
        return self.append_hash(leaf_hash(leaf))

    def append_hash(self, hashed: bytes) -> int:
        """Append a leaf by its `leaf_hash` (as a stored log is read back); returns its index."""
        if len(hashed) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(hashed)}; hash the content with leaf_hash")
        index = len(self)
        level = 0
        self._levels[0].append(hashed)
        while len(self._levels[level]) % 2 == 0:
            if level + 1 == len(self._levels):
                self._levels.append([])
            self._levels[level + 1].append(_node(self._levels[level][-2], self._levels[level][-1]))
            level += 1
        return index

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves (all, if not given)."""
        size = self._size(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> Proof:
        """PATH(index, D[0:size]) of RFC 9162, 2.1.3.1: siblings from the leaf up to the root."""
        size = self._size(size)
        if not 0 <= index < size:
            raise IndexError(f"leaf {index} is not in a tree of {size} leaves")
        path: list[bytes] = []
        start, width = 0, size
        while width > 1:
            split = _split(width)
            if index - start < split:
                path.append(self._subtree(start + split, width - split))
                width = split
            else:
                path.append(self._subtree(start, split))
                start, width = start + split, width - split
        return tuple(reversed(path))

    def consistency_proof(self, first: int, second: int | None = None) -> Proof:
        """PROOF(first, D[0:second]) of RFC 9162, 2.1.4.1; empty where first is 0 or equals second."""
        second = self._size(second)
        if not 0 <= first <= second:
            raise IndexError(f"a tree of {first} leaves is no prefix of one of {second}")
        if first in (0, second):
            return ()
        path: list[bytes] = []
        start, width, old, whole = 0, second, first, True
        while old != width:
            split = _split(width)
            if old <= split:
                path.append(self._subtree(start + split, width - split))
                width = split
            else:
                path.append(self._subtree(start, split))
                start, width, old, whole = start + split, width - split, old - split, False
        if not whole:
            path.append(self._subtree(start, width))
        return tuple(reversed(path))

    def _size(self, size: int | None) -> int:
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise IndexError(f"the tree has {len(self)} leaves, not {size}")
        return size

    def _subtree(self, start: int, width: int) -> bytes:
        """The hash over `width` leaves from `start`, which is a multiple of the smallest power of two >= width."""
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self.complete(level, start >> level)
        split = _split(width)
        return _node(self._subtree(start, split), self._subtree(start + split, width - split))

    def complete(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree over the leaves index*2^level up to (index+1)*2^level."""
        if not 0 <= (index + 1) << level <= len(self):
            raise IndexError(f"the tree has {len(self)} leaves, and so no complete subtree {index} of level {level}")
        return self._levels[level][index]


class KeptTree(Tree):
    """A tree whose complete subtrees are kept elsewhere: a root or proof reads O(log n) of them.

    Args:
        size: how many leaves there are.
        read: (level, index) → the hash of that complete subtree, level 0 being the leaves; None for one that is not
            kept, which is then made from the two below it.
    """

    def __init__(self, size: int, read: Callable[[int, int], bytes | None]) -> None:
        super().__init__()
        self._kept = size
        self._read = read

    def __len__(self) -> int:
        return self._kept

    def append_hash(self, hashed: bytes) -> int:
        """Refused: what is kept elsewhere grows there."""
        raise TypeError("a tree that is kept elsewhere grows where it is kept")

    def complete(self, level: int, index: int) -> bytes:
        found = self._read(level, index)
        if found is not None:
            return found
        if level == 0:
            raise IndexError(f"leaf {index} is not kept")
        return _node(self.complete(level - 1, 2 * index), self.complete(level - 1, 2 * index + 1))

    def closed_by(self, leaf: int, hashed: bytes) -> list[tuple[int, int, bytes]]:
        """The complete subtrees (level, index, hash) that the leaf at this place closes; `hashed` is its own hash."""
        closed = []
        level, index = 0, leaf
        while index % 2:
            level, index, hashed = level + 1, index >> 1, _node(self.complete(level, index - 1), hashed)
            closed.append((level, index, hashed))
        return closed


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaves (their contents); SHA-256 of nothing for none."""
    return _tree(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> Proof:
    """The proof that `leaves[index]` is below `root(leaves)`."""
    return _tree(leaves).inclusion_proof(index)


def consistency_proof(leaves: Sequence[bytes], first: int) -> Proof:
    """The proof that the root over the first `first` leaves is a prefix of `root(leaves)`."""
    return _tree(leaves).consistency_proof(first)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows `leaf` (its content) at `index` of the tree (size, root); RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or not _well_formed(proof, root):
        return False
    node, place, last = leaf_hash(leaf), index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if place % 2 or place == last:
            node = _node(sibling, node)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that head (first, first_root) is a prefix of (second, second_root); 2.1.4.2.

    The empty tree is a prefix of every tree and a tree of itself, both with an empty proof.
    """
    if not 0 <= first <= second or not _well_formed(proof, first_root, second_root):
        return False
    if first == second:
        return not proof and first_root == second_root and (first > 0 or first_root == EMPTY_ROOT)
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
    path = list(proof)
    if first & (first - 1) == 0:  # the older tree is a complete subtree, so its root is where the path begins
        path.insert(0, first_root)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            older, newer = _node(sibling, older), _node(sibling, newer)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = _node(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _tree(leaves: Iterable[bytes]) -> Tree:
    return Tree(leaf_hash(leaf) for leaf in leaves)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(width: int) -> int:
    """The largest power of two below `width` (> 1)."""
    return 1 << ((width - 1).bit_length() - 1)


def _well_formed(proof: Sequence[bytes], *roots: bytes) -> bool:
    return len(proof) <= 64 and all(len(part) == HASH_BYTES for part in (*proof, *roots))
