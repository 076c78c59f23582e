"""A manifest is worth what its signer is worth, says what was done, and notices whatever comes after it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.analysis import decode
from ritornello.provenance import certificates, manifest, tags
from ritornello.provenance.certificates import Certificate
from ritornello.provenance.manifest import Disclosure, ManifestError, Parent, State, verify, verify_bytes
from tests.provenance.conftest import Signed
from tests.provenance.short_song import AT, STATEMENT, TAGS, file_of

GENERATIVE = replace(STATEMENT, disclosure=Disclosure.GENERATIVE)
MODEL = "trainedAlgorithmicMedia"


def test_under_our_own_root_it_is_trusted(signed: Signed, certificate: Certificate) -> None:
    verdict = verify(signed.path, certificate.root)
    assert verdict.state is State.TRUSTED and bool(verdict)
    assert verdict.codes == ()


def test_to_a_stranger_it_is_valid_and_no_more(signed: Signed, tmp_path: Path) -> None:
    stranger = certificates.make_local(tmp_path / "stranger", "Somebody Else", AT)
    for trust in ("", stranger.root):
        verdict = verify(signed.path, trust)
        assert verdict.state is State.VALID and not verdict
        assert verdict.codes == ("signingCredential.untrusted",)


def test_a_file_without_a_manifest_says_so(tmp_path: Path, kind: str, certificate: Certificate) -> None:
    assert verify(file_of(tmp_path, kind), certificate.root).state is State.NONE


def test_one_flipped_bit_of_the_sound_is_noticed(signed: Signed, certificate: Certificate) -> None:
    start = signed.data.find(signed.kept[:64])
    place = len(signed.data) * 3 // 4 if start < len(signed.data) // 2 else len(signed.data) // 4
    changed = bytearray(signed.data)
    changed[place] ^= 1
    verdict = verify_bytes(bytes(changed), signed.media_type, certificate.root)
    assert verdict.state is State.INVALID
    assert "assertion.dataHash.mismatch" in verdict.codes


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_no_flipped_bit_ever_changes_what_is_trusted(
    signed_files: dict[str, Signed], certificate: Certificate, where: float, bit: int
) -> None:
    for signed in signed_files.values():
        changed = bytearray(signed.data)
        place = int(where * len(changed))
        changed[place] ^= 1 << bit
        verdict = verify_bytes(bytes(changed), signed.media_type, certificate.root)
        if verdict:
            # only fill bytes of the manifest itself are left, and those say nothing
            start = signed.data.find(signed.kept[:64])
            assert signed.kept[:64] and start <= place < start + len(signed.kept)
            assert verdict.statement == verify(signed.path, certificate.root).statement


def test_a_damaged_assertion_is_a_verdict_and_no_crash(signed: Signed, certificate: Certificate) -> None:
    changed = bytearray(signed.data)
    place = changed.find(b"disclosure") - 1
    assert changed[place] == 0x60 + len("disclosure")  # CBOR: a text of that length
    changed[place] = 0xFF  # CBOR: a break where there is nothing to break
    verdict = verify_bytes(bytes(changed), signed.media_type, certificate.root)
    assert verdict.state is State.INVALID and verdict.codes
    assert verdict.statement is None


@pytest.mark.parametrize("cut", [1, 1000])
def test_a_cut_off_file_is_not_trusted(signed: Signed, certificate: Certificate, cut: int) -> None:
    assert not verify_bytes(signed.data[:-cut], signed.media_type, certificate.root)
    assert not verify_bytes(signed.data[: len(signed.data) // 2], signed.media_type, certificate.root)
    assert not verify_bytes(b"", signed.media_type, certificate.root)


def _retag(path: Path) -> None:
    if path.suffix == ".wav":
        from mutagen.id3 import TIT2
        from mutagen.wave import WAVE

        file: Any = WAVE(path)
        file.add_tags()
        file.tags.add(TIT2(encoding=3, text=["another title"]))
        file.save()
    elif path.suffix == ".flac":
        from mutagen.flac import FLAC

        flac = FLAC(path)
        flac["TITLE"] = "another title"
        flac.save()
    else:
        from mutagen.id3 import ID3, TIT2

        frames = ID3(path)
        frames.setall("TIT2", [TIT2(encoding=3, text=["another title"])])
        frames.save(path)


def test_a_tag_written_after_signing_breaks_it(signed: Signed, certificate: Certificate, tmp_path: Path) -> None:
    later = tmp_path / signed.path.name
    shutil.copy(signed.path, later)
    _retag(later)
    assert verify(later, certificate.root).state is State.INVALID


def test_the_tags_are_inside_what_is_signed(signed_files: dict[str, Signed]) -> None:
    for kind in ("flac", "mp3"):
        assert tags.read(signed_files[kind].path)["ISRC"] == TAGS.isrc


def test_signing_leaves_the_sound_as_it_is(signed_files: dict[str, Signed], tmp_path: Path) -> None:
    for kind in ("flac", "wav"):
        bare = decode.read(file_of(tmp_path, kind))
        assert decode.pcm_sha256(decode.read(signed_files[kind].path)) == decode.pcm_sha256(bare)


def test_it_tells_licence_parents_recipe_and_that_no_generative_ai_was_used(
    signed: Signed, certificate: Certificate
) -> None:
    verdict = verify(signed.path, certificate.root)
    assert verdict.title == STATEMENT.title
    said = verdict.statement
    assert said is not None
    assert said["licence"] == {"id": "lic_one", "sha256": "cd" * 32}
    assert said["parents"] == [
        {"isrc": "DEXX12600001", "pcm_sha256": "ab" * 32, "recording": "rec_original", "title": "Ritornello"}
    ]
    assert (said["isrc"], said["type"], said["recipe_sha256"]) == ("DEXX12600002", "REMIX", "ef" * 32)
    assert said["ai"] == {"disclosure": "none", "words": "No generative AI was used."}
    assert MODEL.encode() not in signed.kept and MODEL[1:].encode() not in signed.kept


def actions_of(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    (actions,) = [one["data"]["actions"] for one in definition["assertions"] if one["label"] == "c2pa.actions.v2"]
    return list(actions)


@pytest.mark.parametrize("disclosure", [Disclosure.NONE, Disclosure.ASSISTIVE])
def test_help_that_is_not_generative_has_no_generative_source(disclosure: Disclosure) -> None:
    made = manifest.definition(replace(STATEMENT, disclosure=disclosure))
    assert MODEL.lower() not in json.dumps(made).lower()
    assert "No generative AI was used." in json.dumps(made)


def test_the_generative_side_says_so(tmp_path: Path, certificate: Certificate) -> None:
    made = manifest.definition(GENERATIVE)
    edited = actions_of(made)[-1]
    assert edited["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert "No generative AI" not in json.dumps(made)
    out = tmp_path / "signed.flac"
    manifest.sign(file_of(tmp_path, "flac"), out, GENERATIVE, certificate, [file_of(tmp_path, "wav", 110)])
    verdict = verify(out, certificate.root)
    assert verdict.state is State.TRUSTED and verdict.statement is not None
    assert verdict.statement["ai"]["disclosure"] == "generative"
    assert b"compositeWithTrainedAlgorithmicMedia" in out.read_bytes()


def test_a_signed_parent_brings_its_own_manifest_along(
    signed_files: dict[str, Signed], tmp_path: Path, certificate: Certificate
) -> None:
    child = replace(STATEMENT, recording_id="rec_child", parents=(Parent("R", "DEXX12600002", "01" * 32, "rec_remix"),))
    out = tmp_path / "child.flac"
    kept = manifest.sign(file_of(tmp_path, "flac", 330), out, child, certificate, [signed_files["flac"].path])
    assert verify(out, certificate.root).state is State.TRUSTED
    assert len(kept) > len(signed_files["flac"].kept) + 3000
    assert b"rec_original" in kept  # what the grandparent said is still there


def test_two_parents_are_one_opened_and_one_placed(tmp_path: Path, certificate: Certificate) -> None:
    second = Parent("Other", "DEXX12600007", "23" * 32, "rec_other")
    both = replace(STATEMENT, derivative_type="MASHUP", parents=(*STATEMENT.parents, second))
    assert [one["action"] for one in actions_of(manifest.definition(both))] == [
        "c2pa.opened", "c2pa.placed", "c2pa.edited",
    ]  # fmt: skip
    out = tmp_path / "mash.mp3"
    files = [file_of(tmp_path, "wav", 110), file_of(tmp_path, "flac", 165)]
    manifest.sign(file_of(tmp_path, "mp3"), out, both, certificate, files)
    verdict = verify(out, certificate.root)
    assert verdict and verdict.statement is not None
    assert [one["recording"] for one in verdict.statement["parents"]] == ["rec_original", "rec_other"]
    with pytest.raises(ValueError, match="zip"):
        manifest.sign(file_of(tmp_path, "mp3"), tmp_path / "x.mp3", both, certificate, files[:1])
    assert not (tmp_path / "x.mp3").exists()


def test_what_carries_no_manifest_is_refused_with_the_way_out(tmp_path: Path, certificate: Certificate) -> None:
    song = tmp_path / "song.ogg"
    song.write_bytes(b"OggS")
    with pytest.raises(ManifestError, match="use FLAC, MP3 or WAV"):
        manifest.sign(song, tmp_path / "out.ogg", STATEMENT, certificate, [])
    with pytest.raises(ManifestError, match="carries no manifest"):
        verify(song)


def test_a_file_that_is_none_leaves_nothing_behind(tmp_path: Path, certificate: Certificate) -> None:
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"this is no music")
    parent = file_of(tmp_path, "wav", 110)
    with pytest.raises(ManifestError, match=r"broken\.flac was not signed"):
        manifest.sign(broken, tmp_path / "out.flac", STATEMENT, certificate, [parent])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["110.wav", "broken.flac"]


def test_the_manifest_that_is_kept_is_the_one_in_the_file(signed: Signed) -> None:
    assert len(signed.kept) > 2000
    # WAV and FLAC hold it in one piece; MP3 escapes nothing in it either
    assert signed.kept[-200:] in signed.data
