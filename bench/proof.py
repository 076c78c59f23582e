"""Proof: what it costs to make and to check a record that a stranger can verify."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import process_time

from bench import Row
from ritornello.proof import canonical_json
from ritornello.proof.merkle import Tree, leaf_hash, verify_inclusion
from ritornello.proof.signing import KeyRing, verify

LEAVES = 100_000
TIMES = 2_000
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def rows() -> Iterator[Row]:
    licence = {
        "licence": "lic_a",
        "acts": {act: {"decision": "allow", "territories": "WW ex JP", "reasons": ["granted"] * 6} for act in "abcdef"},
        "offers": [{"id": f"off_{number}", "sha256": "0" * 64, "share": "1/3"} for number in range(12)],
    }
    ours = _each(lambda: canonical_json(licence))
    peer = _each(lambda: json.dumps(licence, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    size = len(canonical_json(licence))
    yield Row(
        f"canonical JSON of a licence ({size:,} bytes)",
        f"{1 / ours:,.0f} /s",
        f"{1 / peer:,.0f} /s (json.dumps with sorted keys, not RFC 8785)",
        f"{peer / ours:.2f} x",
        "1,000 /s",
    )
    ring = KeyRing.generate(DAY)
    signed, trust = ring.sign(licence, DAY), ring.trusted()
    yield Row("sign a licence", f"{1 / _each(lambda: ring.sign(licence, DAY)):,.0f} /s", to_reach="1,000 /s")
    yield Row("verify a licence", f"{1 / _each(lambda: verify(signed, trust)):,.0f} /s", to_reach="1,000 /s")

    contents = [str(number).encode() for number in range(LEAVES)]
    start = process_time()
    tree = Tree(map(leaf_hash, contents))
    root = tree.root()
    ours = process_time() - start
    start = process_time()
    assert _by_definition([leaf_hash(content) for content in contents]) == root
    peer = process_time() - start
    yield Row(
        f"tree head over {LEAVES:,} statements",
        f"{ours:.2f} s",
        f"{peer:.2f} s (the definition, which keeps nothing for proofs)",
        f"{peer / ours:.1f} x",
        "1 s",
    )
    proof = tree.inclusion_proof(LEAVES // 3)
    proving = _each(lambda: tree.inclusion_proof(LEAVES // 3))
    checking = _each(lambda: verify_inclusion(contents[LEAVES // 3], LEAVES // 3, LEAVES, proof, root))
    yield Row(
        f"prove one of {LEAVES:,}", f"{1 / proving:,.0f} /s", f"{peer:.2f} s each, by the definition", "–", "1,000 /s"
    )
    yield Row(f"check a proof of {len(proof)} hashes", f"{1 / checking:,.0f} /s", to_reach="1,000 /s")


def _by_definition(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _by_definition(hashes[:split]) + _by_definition(hashes[split:])).digest()


def _each(work: Callable[[], object]) -> float:
    start = process_time()
    for _ in range(TIMES):
        work()
    return (process_time() - start) / TIMES
