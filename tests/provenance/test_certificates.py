"""A certificate of the house's own: made once, its key for its owner only, its root signing nothing else."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from ritornello.provenance.certificates import CertificateError, load, make_local
from tests.provenance.short_song import AT


def test_made_once_it_stays(tmp_path: Path) -> None:
    first = make_local(tmp_path, "Saltmarsh Recordings", AT)
    assert make_local(tmp_path, "Another Name", AT + timedelta(days=400)) == first
    assert load(tmp_path) == first


def test_the_key_is_for_its_owner_only_and_the_roots_key_is_nowhere(tmp_path: Path) -> None:
    made = make_local(tmp_path, "Saltmarsh Recordings", AT)
    assert stat.S_IMODE((tmp_path / "c2pa-key.pem").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c2pa-chain.pem", "c2pa-key.pem", "c2pa-root.pem"]
    key = load_pem_private_key(made.key, None)
    leaf, root = x509.load_pem_x509_certificates(made.chain.encode())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.public_key() == leaf.public_key() != root.public_key()


def test_leaf_and_root_are_what_c2pa_asks_for(tmp_path: Path) -> None:
    made = make_local(tmp_path, "Saltmarsh Recordings", AT)
    leaf, root = x509.load_pem_x509_certificates(made.chain.encode())
    assert x509.load_pem_x509_certificate(made.root.encode()) == root
    leaf.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and not usage.key_cert_sign
    purposes = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes
    assert leaf.not_valid_before_utc == AT - timedelta(days=1)
    assert leaf.not_valid_after_utc < root.not_valid_after_utc


def test_a_name_of_any_length_serves(tmp_path: Path) -> None:
    make_local(tmp_path, "A Very Long Name of a Recording Company and Its Many Affiliates in All Countries", AT)
    leaf, _ = x509.load_pem_x509_certificates(load(tmp_path).chain.encode())
    assert all(len(str(part.value)) <= 64 for part in leaf.subject)


@pytest.mark.parametrize("missing", ["c2pa-chain.pem", "c2pa-root.pem"])
def test_a_folder_with_a_part_missing_says_which(tmp_path: Path, missing: str) -> None:
    make_local(tmp_path, "Saltmarsh Recordings", AT)
    (tmp_path / missing).unlink()
    with pytest.raises(CertificateError, match=missing):
        make_local(tmp_path, "Saltmarsh Recordings", AT)


def test_without_a_key_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="is missing"):
        load(tmp_path)


def test_an_interrupted_making_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "c2pa-key.pem.new").write_bytes(b"half")
    (tmp_path / "c2pa-root.pem").write_text("half")
    made = make_local(tmp_path, "Saltmarsh Recordings", datetime(2026, 1, 1, tzinfo=UTC))
    leaf, root = x509.load_pem_x509_certificates(made.chain.encode())
    leaf.verify_directly_issued_by(root)
    assert not (tmp_path / "c2pa-key.pem.new").exists()
