"""A certificate of the house's own: good for whoever puts its root on a trust list, and no more than that.

C2PA signs with X.509 certificates. A house without one from a public authority makes a root and a leaf of its own
(ECDSA P-256); a verifier who trusts the root sees *Trusted*, everybody else sees a valid signature of somebody unknown.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_YEARS = 20
LEAF_YEARS = 10
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: the purpose "document signing", one of those that C2PA accepts."""


class CertificateError(Exception):
    """The folder holds no usable certificate; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who signs.

    `chain` is leaf then root (PEM), `key` the leaf's private key (PKCS 8 PEM), `root` the trust anchor.
    """

    chain: str
    key: bytes
    root: str


def make_local(folder: Path, name: str, at: datetime) -> Certificate:
    """Make a root and a leaf in `folder`, or load those that are there.

    Args:
        folder: where they rest; the key is readable by its owner only.
        name: the organisation that signs.
        at: from when they are valid (a day earlier is put in, for clocks that differ).
    """
    if (folder / "c2pa-key.pem").exists():
        return load(folder)
    start = at.astimezone(UTC) - timedelta(days=1)
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(name, f"{name} root")
    root = _signed(
        _blank(root_name, root_name, root_key.public_key(), start, ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False),
        root_key,
    )
    leaf = _signed(
        _blank(_name(name, f"{name} content credentials"), root_name, leaf_key.public_key(), start, LEAF_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION, _DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False),
        root_key,
    )
    folder.mkdir(parents=True, exist_ok=True)
    pem = serialization.Encoding.PEM
    private = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    # the root's key is not kept: this root signs one leaf and nothing else, ever
    (folder / "c2pa-root.pem").write_bytes(root.public_bytes(pem))
    (folder / "c2pa-chain.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    draft = folder / "c2pa-key.pem.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    draft.replace(folder / "c2pa-key.pem")
    return load(folder)


def load(folder: Path) -> Certificate:
    """Read the certificate of a folder. Raises `CertificateError` where a part of it is missing."""
    try:
        return Certificate(
            chain=(folder / "c2pa-chain.pem").read_text(encoding="ascii"),
            key=(folder / "c2pa-key.pem").read_bytes(),
            root=(folder / "c2pa-root.pem").read_text(encoding="ascii"),
        )
    except FileNotFoundError as missing:
        raise CertificateError(f"{missing.filename} is missing: make the certificate anew, or put it back") from missing


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _blank(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256())
