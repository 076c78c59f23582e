"""Signatures: only the right key, in its window, over exactly this content."""

from __future__ import annotations

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ritornello.proof.signing import KeyRing, Signed, SigningError, TrustedKeys, Verdict, key_id_of, verify

START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=90)
RING = KeyRing.generate(START)
PAYLOAD: dict[str, Any] = {"licence": "lic_a", "share": "1/3", "grants": ["stream", 2]}


def test_a_signed_document_verifies_after_a_journey_as_json() -> None:
    signed = RING.sign(PAYLOAD, START)
    received = Signed.from_document(json.loads(json.dumps(signed.to_document())))
    trust = TrustedKeys.from_document(json.loads(json.dumps(RING.trusted().to_document())))
    assert verify(received, trust) is Verdict.TRUSTED
    assert verify(received, trust)


def test_somebody_else_can_verify_with_nothing_of_ours() -> None:
    document = json.loads(json.dumps(RING.sign(PAYLOAD, START).to_document()))
    published = RING.trusted().to_document()["keys"][0]
    signature = base64.b64decode(document.pop("signature"))
    Ed25519PublicKey.from_public_bytes(base64.b64decode(published["public"])).verify(signature, rfc8785.dumps(document))


@given(st.data())
def test_any_flipped_byte_fails(data: st.DataObject) -> None:
    signed = RING.sign(PAYLOAD, START)
    place = data.draw(st.integers(0, 63))
    mask = data.draw(st.integers(1, 255))
    broken = bytes(byte ^ (mask if number == place else 0) for number, byte in enumerate(signed.signature))
    assert verify(Signed(signed.payload, signed.key_id, signed.signed_at, broken), RING.trusted()) is Verdict.BROKEN


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": {**PAYLOAD, "share": "1/2"}},
        {"payload": {**PAYLOAD, "extra": None}},
        {"signed_at": "2026-01-01T00:00:01.000000Z"},
    ],
)
def test_every_field_is_under_the_signature(changed: dict[str, Any]) -> None:
    document = {**RING.sign(PAYLOAD, START).to_document(), **changed}
    assert verify(Signed.from_document(document), RING.trusted()) is Verdict.BROKEN


def test_another_key_of_the_list_does_not_do() -> None:
    ring = RING.rotate(LATER)
    signed = RING.sign(PAYLOAD, START)
    assert verify(Signed(PAYLOAD, ring.key_id, START, signed.signature), ring.trusted()) is Verdict.BROKEN


def test_rotation_keeps_old_signatures_and_ends_the_old_key() -> None:
    ring = RING.rotate(LATER)
    before, after = RING.sign(PAYLOAD, START), ring.sign(PAYLOAD, LATER)
    assert before.key_id != after.key_id == ring.key_id
    assert verify(before, ring.trusted()) is Verdict.TRUSTED
    assert verify(after, ring.trusted()) is Verdict.TRUSTED
    assert verify(after, RING.trusted()) is Verdict.UNKNOWN_KEY
    with pytest.raises(SigningError, match="rotate the ring"):
        ring.sign(PAYLOAD, LATER - timedelta(seconds=1))
    assert verify(RING.sign(PAYLOAD, LATER), ring.trusted()) is Verdict.OUTSIDE_WINDOW
    last_moment = RING.sign(PAYLOAD, LATER - timedelta(microseconds=1))
    assert verify(last_moment, ring.trusted()) is Verdict.TRUSTED


def test_a_revoked_key_convinces_nobody() -> None:
    revoked = RING.revoke(RING.key_id, LATER)
    assert verify(RING.sign(PAYLOAD, START), revoked.trusted()) is Verdict.REVOKED
    with pytest.raises(SigningError, match="revoked"):
        revoked.sign(PAYLOAD, LATER)
    rotated = revoked.rotate(LATER)
    assert verify(rotated.sign(PAYLOAD, LATER), rotated.trusted())
    with pytest.raises(SigningError, match="not on this ring"):
        RING.revoke("key_other", LATER)


def test_joined_lists_keep_the_stricter_word() -> None:
    ring = RING.rotate(LATER)
    both = RING.trusted() | ring.trusted()
    assert both.find(RING.key_id) == ring.trusted().find(RING.key_id)
    assert RING.trusted() | ring.trusted() == ring.trusted() | RING.trusted()
    assert verify(RING.sign(PAYLOAD, START), both | RING.revoke(RING.key_id, LATER).trusted()) is Verdict.REVOKED


@pytest.mark.parametrize("passphrase", [None, b"a long sentence"])
def test_a_ring_rests_in_a_file_of_its_owner_only(tmp_path: Path, passphrase: bytes | None) -> None:
    path = tmp_path / "keys" / "ring.json"
    ring = RING.rotate(LATER)
    ring.save(path, passphrase)
    ring.save(path, passphrase)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["ring.json"]
    loaded = KeyRing.load(path, passphrase)
    assert loaded.trusted() == ring.trusted()
    assert verify(loaded.sign(PAYLOAD, LATER), ring.trusted())
    with pytest.raises(SigningError, match="passphrase"):
        KeyRing.load(path, b"wrong" if passphrase else b"not needed")


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', '{"keys": [{}]}', "[1]"])
def test_a_damaged_ring_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ring.json"
    path.write_text(content)
    with pytest.raises(SigningError):
        KeyRing.load(path)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"algorithm": "none"}, "Ed25519 only"),
        ({"signature": "AAAA"}, "3 bytes"),
        ({"signature": "!"}, "base64"),
        ({"signed_at": "yesterday"}, "ISO 8601"),
        ({"signed_at": "2026-01-01T00:00:00"}, "time zone"),
        ({"payload": []}, "object"),
        ({"note": "x"}, "no signature covers"),
    ],
)
def test_a_malformed_document_says_where(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(SigningError, match=says):
        Signed.from_document({**RING.sign(PAYLOAD, START).to_document(), **changed})


def test_a_published_key_carries_its_own_id() -> None:
    document = RING.trusted().to_document()
    assert document["keys"][0]["key_id"] == key_id_of(RING.trusted().keys[0].public)
    document["keys"][0]["key_id"] = "key_somebody_else"
    with pytest.raises(SigningError, match="does not belong"):
        TrustedKeys.from_document(document)
    with pytest.raises(SigningError, match="lacks payload"):
        Signed.from_document({"algorithm": "Ed25519", "key_id": "k", "signature": "", "signed_at": ""})


def test_instants_need_a_zone_and_rotation_goes_forward() -> None:
    with pytest.raises(SigningError, match="time zone"):
        KeyRing.generate(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(SigningError, match="not before the rotation"):
        RING.rotate(START)
