"""What is kept of signed files is written once and found again by the sound alone, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from ritornello.provenance.model import SignedFile
from ritornello.store.provenance_store import ProvenanceStore
from ritornello.store.provenance_tables import signed_files
from ritornello.store.scope import Scope

MASTER = SignedFile(
    id="sgn_a",
    recording_id="rec_a",
    role="master",
    media_type="audio/flac",
    file_sha256="ab" * 32,
    audio_key="ab" * 32,
    pcm_sha256="cd" * 32,
    manifest_key="ef" * 32,
    verdict="Trusted",
    signed_at=datetime(2026, 6, 20, 8, tzinfo=UTC),
)
PREVIEW = replace(MASTER, id="sgn_b", role="preview", media_type="audio/mpeg", file_sha256="12" * 32)


def test_files_are_read_back_by_recording_and_role(scope: Scope) -> None:
    store = ProvenanceStore(scope)
    assert store.add(PREVIEW) and store.add(MASTER)
    assert (store.file("rec_a", "master"), store.file("rec_a", "preview")) == (MASTER, PREVIEW)
    assert store.file("rec_a", "stem") is None
    assert store.files_of("rec_a") == [MASTER, PREVIEW]
    assert store.files_of("rec_b") == []


def test_a_copy_that_lost_its_manifest_is_found_by_its_samples(scope: Scope) -> None:
    store = ProvenanceStore(scope)
    store.add(MASTER)
    store.add(replace(MASTER, id="sgn_c", recording_id="rec_c", pcm_sha256="99" * 32))
    assert store.by_samples("cd" * 32) == [MASTER]
    assert store.by_samples("00" * 32) == []


def test_the_first_stays_and_nothing_changes_it(scope: Scope) -> None:
    store = ProvenanceStore(scope)
    assert store.add(MASTER)
    assert not store.add(replace(MASTER, id="sgn_z", verdict="Invalid"))
    assert store.file("rec_a", "master") == MASTER
    with pytest.raises(DBAPIError), scope.connection.begin_nested():
        scope.connection.execute(scope.update(signed_files).values(verdict="Invalid"))
    with pytest.raises(DBAPIError), scope.connection.begin_nested():
        scope.connection.execute(scope.delete(signed_files))
    assert store.file("rec_a", "master") == MASTER


def test_another_organisation_sees_nothing(scope: Scope) -> None:
    ProvenanceStore(scope).add(MASTER)
    other = ProvenanceStore(Scope(scope.connection, "org_other"))
    assert other.file("rec_a", "master") is None
    assert other.by_samples("cd" * 32) == []
