"""RFC 9162, 2.1: the published values of the eight-leaf tree, and that no proof verifies but the right one."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.proof import merkle

# The reference tree of the Certificate Transparency log implementations (transparency-dev/merkle, testonly).
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
NODE_01 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
NODE_04 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_11 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_12 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_13 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
NODE_21 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 8, [NODE_01, NODE_11, NODE_21]),
    (5, 8, [NODE_04, NODE_13, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], NODE_11, NODE_04]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [NODE_01, NODE_11, NODE_21]),
    (6, 8, [NODE_12, NODE_13, ROOTS[4]]),
    (2, 5, [NODE_11, NODE_04]),
    (
        3,
        7,
        [
            "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
            "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
            ROOTS[2],
            "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e",
        ],
    ),
]
TREES = st.lists(st.binary(max_size=6), min_size=1, max_size=40)


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]
    assert merkle.Tree(map(merkle.leaf_hash, LEAVES)).root(size).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_published_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    proof = merkle.inclusion_proof(LEAVES[:size], index)
    assert [part.hex() for part in proof] == path
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENCY)
def test_published_consistency_proofs(first: int, second: int, path: list[str]) -> None:
    proof = merkle.consistency_proof(LEAVES[:second], first)
    assert [part.hex() for part in proof] == path
    older, newer = bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second])
    assert merkle.verify_consistency(first, second, older, newer, proof)


def by_the_definition(leaves: list[bytes]) -> bytes:
    """MTH of the RFC, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    inner = by_the_definition(leaves[:split]) + by_the_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + inner).digest()


@given(st.lists(st.binary(max_size=6), max_size=40))
def test_roots_follow_the_definition(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) == by_the_definition(leaves)


@given(TREES, st.data())
def test_every_inclusion_proof_verifies_and_any_flipped_byte_fails(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = merkle.root(leaves), merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, len(leaves), proof, root)
    for broken_proof, broken_root in flips(data, proof, root):
        assert not merkle.verify_inclusion(leaves[index], index, len(leaves), broken_proof, broken_root)
    assert not merkle.verify_inclusion(leaves[index] + b"!", index, len(leaves), proof, root)
    other = data.draw(st.integers(-1, len(leaves)))
    if other != index:
        moved = 0 <= other < len(leaves) and leaves[other] == leaves[index]
        assert moved or not merkle.verify_inclusion(leaves[index], other, len(leaves), proof, root)


@given(TREES, st.data())
def test_every_consistency_proof_verifies_and_any_flipped_byte_fails(leaves: list[bytes], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(leaves)), label="the empty tree is a prefix of anything, so from 1")
    older, newer = merkle.root(leaves[:first]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, first)
    assert merkle.verify_consistency(first, len(leaves), older, newer, proof)
    for broken_proof, broken_root in flips(data, proof, newer):
        assert not merkle.verify_consistency(first, len(leaves), older, broken_root, broken_proof)
    broken_older = flip(older, data.draw(st.integers(0, 31)), data.draw(st.integers(1, 255)))
    assert not merkle.verify_consistency(first, len(leaves), broken_older, newer, proof)


@given(TREES, st.data())
def test_rewriting_an_old_leaf_breaks_consistency(leaves: list[bytes], data: st.DataObject) -> None:
    """Whatever proof the keeper of the log offers: an honest one over the rewritten log does not verify."""
    first = data.draw(st.integers(1, len(leaves)))
    changed = data.draw(st.integers(0, first - 1))
    rewritten = [*leaves[:changed], leaves[changed] + b"!", *leaves[changed + 1 :]]
    proof = merkle.consistency_proof(rewritten, first)
    seen_before = merkle.root(leaves[:first])
    assert not merkle.verify_consistency(first, len(leaves), seen_before, merkle.root(rewritten), proof)


@given(TREES)
def test_proofs_at_past_sizes_are_those_of_the_past_tree(leaves: list[bytes]) -> None:
    tree = merkle.Tree()
    for number, leaf in enumerate(leaves):
        assert tree.append(leaf) == number
    for size in range(1, len(leaves) + 1):
        assert tree.inclusion_proof(size - 1, size) == merkle.inclusion_proof(leaves[:size], size - 1)
        assert tree.consistency_proof(size // 2, size) == merkle.consistency_proof(leaves[:size], size // 2)


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.root([left + right]) != merkle.root([b"a", b"b"])


def test_the_empty_tree_is_a_prefix_of_all_and_sizes_count() -> None:
    assert merkle.verify_consistency(0, 8, merkle.EMPTY_ROOT, bytes.fromhex(ROOTS[8]), ())
    assert not merkle.verify_consistency(0, 8, bytes.fromhex(ROOTS[1]), bytes.fromhex(ROOTS[8]), ())
    assert not merkle.verify_consistency(8, 7, bytes.fromhex(ROOTS[8]), bytes.fromhex(ROOTS[7]), ())
    tree = merkle.Tree(map(merkle.leaf_hash, LEAVES))
    for wrong in (lambda: tree.root(9), lambda: tree.inclusion_proof(8), lambda: tree.consistency_proof(9)):
        with pytest.raises(IndexError):
            wrong()
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append_hash(b"short")


def flips(data: st.DataObject, proof: Any, root: bytes) -> list[tuple[Any, bytes]]:
    """The proof and root with one byte changed somewhere, and with a part lost or added."""
    found: list[tuple[Any, bytes]] = [((*proof, root), root)]
    place = data.draw(st.integers(0, 31))
    mask = data.draw(st.integers(1, 255))
    found.append((proof, flip(root, place, mask)))
    for number, part in enumerate(proof):
        found.append(((*proof[:number], flip(part, place, mask), *proof[number + 1 :]), root))
        found.append(((*proof[:number], *proof[number + 1 :]), root))
        found.append(((*proof[:number], part[:-1], *proof[number + 1 :]), root))
    return found


def flip(content: bytes, place: int, mask: int) -> bytes:
    return content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]


@given(st.integers(1, 70), st.data())
def test_a_tree_whose_nodes_are_kept_elsewhere_says_the_same(size: int, data: st.DataObject) -> None:
    plain = merkle.Tree(merkle.leaf_hash(bytes([number])) for number in range(size))
    kept: dict[tuple[int, int], bytes] = {}
    grown = merkle.KeptTree(0, lambda level, index: kept.get((level, index)))
    for number in range(size):
        hashed = merkle.leaf_hash(bytes([number]))
        kept[0, number] = hashed
        kept |= {(level, index): node for level, index, node in grown.closed_by(number, hashed)}
    assert len(kept) < 2 * size
    holes = data.draw(st.sets(st.sampled_from(sorted(kept)), max_size=5))
    reads: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes | None:
        reads.append((level, index))
        return None if level and (level, index) in holes else kept.get((level, index))

    stored = merkle.KeptTree(size, read)
    assert stored.root() == plain.root()
    place, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    reads.clear()
    assert stored.inclusion_proof(place) == plain.inclusion_proof(place)
    if not holes:
        assert len(reads) <= 2 * size.bit_length()
    assert stored.consistency_proof(first) == plain.consistency_proof(first)
    with pytest.raises(TypeError):
        stored.append(b"")
    with pytest.raises(IndexError):
        plain.complete(size.bit_length(), 0)
