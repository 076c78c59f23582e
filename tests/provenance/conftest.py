"""One certificate, and one signed file of each format, for the whole room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from ritornello.provenance import certificates, manifest, tags
from ritornello.provenance.certificates import Certificate
from tests.provenance.short_song import AT, FORMATS, STATEMENT, TAGS, file_of


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file as bytes, the manifest's own bytes, and where it lies."""

    path: Path
    media_type: str
    data: bytes
    kept: bytes


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make_local(tmp_path_factory.mktemp("keys"), "Saltmarsh Recordings", AT)


@pytest.fixture(scope="session")
def signed_files(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> dict[str, Signed]:
    folder = tmp_path_factory.mktemp("signed")
    parent = file_of(folder, "wav", hertz=110)
    made = {}
    for kind in FORMATS:
        bare = file_of(folder, kind)
        if kind != "wav":
            tags.write(bare, TAGS)
        out = folder / f"signed.{kind}"
        kept = manifest.sign(bare, out, STATEMENT, certificate, [parent])
        made[kind] = Signed(out, manifest.FORMATS[f".{kind}"], out.read_bytes(), kept)
    return made


@pytest.fixture(params=sorted(FORMATS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def signed(signed_files: dict[str, Signed], kind: str) -> Signed:
    return signed_files[kind]
