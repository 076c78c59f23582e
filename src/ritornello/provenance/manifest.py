"""The C2PA manifest: what a file says of itself, signed last, so that any later change is seen.

It names the parent as ingredient, what was done, and in an assertion of our own the licence, the parents by ISRC and by
the hash of their samples, and the recipe. It tells the truth about machines: generative source types stand only where a
generative model took part; otherwise the assertion says that none did.

A signature by somebody unknown is *valid* too. Only `TRUSTED` (the signer's root is on the given trust list) lets a
file pass the gate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any

from ritornello import __version__
from ritornello.provenance.certificates import Certificate

ASSERTION = "org.ritornello.derivative"
FORMATS = {".flac": "audio/flac", ".mp3": "audio/mpeg", ".wav": "audio/wav"}
"""What can carry a manifest; Ogg cannot."""

_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_NO_GENERATIVE = "No generative AI was used."


class Disclosure(StrEnum):
    """How machines took part, per operation at its strongest (rules of the trade, 15)."""

    NONE = "none"
    ASSISTIVE = "assistive"
    GENERATIVE = "generative"


class State(StrEnum):
    """What a verifier says of a file."""

    TRUSTED = "Trusted"
    VALID = "Valid"
    INVALID = "Invalid"
    NONE = "None"


class ManifestError(Exception):
    """A file that cannot carry or keep a manifest; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A recording that the derivative was made of."""

    title: str
    isrc: str
    pcm_sha256: str
    recording_id: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What the manifest says. `did` are the operations, in the studio's words; `ai_steps` those that a trained model
    took, as rows of node, op, ai, by and weights (and the recording, where a parent's steps are told on)."""

    title: str
    isrc: str
    recording_id: str
    derivative_type: str
    parents: Sequence[Parent]
    licence_id: str
    licence_sha256: str
    recipe_id: str
    pcm_sha256: str
    disclosure: Disclosure
    did: Sequence[str]
    ai_steps: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verifier's word, why, and what the manifest says of lineage (None without one of ours)."""

    state: State
    codes: tuple[str, ...] = ()
    statement: dict[str, Any] | None = None
    title: str = ""

    def __bool__(self) -> bool:
        return self.state is State.TRUSTED


def definition(statement: Statement) -> dict[str, Any]:
    """The manifest as c2pa's own document."""
    generative = statement.disclosure is Disclosure.GENERATIVE
    source = "compositeWithTrainedAlgorithmicMedia" if generative else "digitalCreation"
    words = {
        Disclosure.NONE: _NO_GENERATIVE,
        Disclosure.ASSISTIVE: f"{_NO_GENERATIVE} Software helped to analyse or separate the sound.",
        Disclosure.GENERATIVE: "A generative model took part.",
    }[statement.disclosure]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent-0"]}}
    placed = [
        {"action": "c2pa.placed", "parameters": {"ingredientIds": [f"parent-{number}"]}}
        for number in range(1, len(statement.parents))
    ]
    edited = {
        "action": "c2pa.edited",
        "digitalSourceType": _SOURCE_TYPE + source,
        "description": ", ".join(statement.did),
    }
    told = {"steps": [dict(step) for step in statement.ai_steps]} if statement.ai_steps else {}
    helped = [_machine_action(step) for step in statement.ai_steps]
    ours = {
        "licence": {"id": statement.licence_id, "sha256": statement.licence_sha256},
        "isrc": statement.isrc,
        "recording": statement.recording_id,
        "type": statement.derivative_type,
        "parents": [
            {"isrc": p.isrc, "pcm_sha256": p.pcm_sha256, "recording": p.recording_id, "title": p.title}
            for p in statement.parents
        ],
        "recipe_sha256": statement.recipe_id,
        "pcm_sha256": statement.pcm_sha256,
        "ai": {"disclosure": statement.disclosure.value, "words": words, **told},
    }
    return {
        "claim_generator_info": [{"name": "Ritornello", "version": __version__}],
        "title": statement.title,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [opened, *placed, *helped, edited]}},
            {"label": ASSERTION, "data": ours},
        ],
    }


def _machine_action(step: Mapping[str, str]) -> dict[str, Any]:
    """The action of one step that a trained model took. Only what a model made has the source type of such media."""
    action: dict[str, Any] = {
        "action": "c2pa.edited",
        "softwareAgent": {"name": step["by"]},
        "description": f"{step['op']}: {step['ai']}",
    }
    if step["ai"] == Disclosure.GENERATIVE:
        action["digitalSourceType"] = _SOURCE_TYPE + "trainedAlgorithmicMedia"
    return action


def sign(path: Path, out: Path, statement: Statement, certificate: Certificate, parents: Sequence[Path]) -> bytes:
    """Write `path` with a signed manifest to `out`; the manifest's own bytes come back, to be kept.

    Tags come before: whatever changes the file afterwards breaks the signature. `out` appears whole or not at all.

    Args:
        path: the finished, tagged file (FLAC, MP3 or WAV).
        out: where the signed file goes.
        statement: what to say.
        certificate: who signs.
        parents: the files of the parents, in the order of `statement.parents`.

    Raises:
        ManifestError: the format carries no manifest, or the library refuses the file.
    """
    import c2pa

    kind = _format(path)
    info = c2pa.C2paSignerInfo(b"es256", certificate.chain.encode(), certificate.key, None)
    partial = out.with_name(out.name + ".partial")
    # a locally made root is on no built-in list: the library must not refuse to sign with what only we trust yet
    context = c2pa.Context.from_dict(_settings(certificate.root))
    try:
        with c2pa.Builder(definition(statement), context) as builder:
            for number, (parent, file) in enumerate(zip(statement.parents, parents, strict=True)):
                ingredient = {
                    "title": f"{parent.title} ({parent.isrc})",
                    "relationship": "parentOf" if number == 0 else "componentOf",
                    "label": f"parent-{number}",
                }
                with file.open("rb") as stream:
                    builder.add_ingredient(ingredient, _format(file), stream)
            with path.open("rb") as source, partial.open("w+b") as target:
                kept = builder.sign(c2pa.Signer.from_info(info), kind, source, target)
        partial.replace(out)
    except c2pa.C2paError as failure:
        raise ManifestError(f"{path.name} was not signed: {failure}") from failure
    finally:
        partial.unlink(missing_ok=True)
    return bytes(kept)


def verify(path: Path, trust: str = "") -> Verdict:
    """What the manifest of a file is worth to somebody who trusts these roots (PEM), and nobody else."""
    return verify_bytes(path.read_bytes(), _format(path), trust)


def verify_bytes(data: bytes, kind: str, trust: str = "") -> Verdict:
    """`verify` for bytes in memory; `kind` is the media type."""
    import c2pa

    context = c2pa.Context.from_dict(_settings(trust))
    try:
        reader = c2pa.Reader(kind, BytesIO(data), context=context)
    except c2pa.C2paError as failure:
        missing = "ManifestNotFound" in str(failure) or "no JUMBF" in str(failure)
        return Verdict(State.NONE if missing else State.INVALID, (str(failure),))
    with reader:
        document = json.loads(reader.json())
    codes = tuple(
        entry["code"] for entry in document.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    )
    # damage inside the manifest can leave a store whose active manifest is not in it
    active = document.get("manifests", {}).get(document.get("active_manifest"))
    if active is None:
        return Verdict(State.INVALID, codes or ("manifest.missing",))
    said = next((a["data"] for a in active.get("assertions", ()) if a["label"] == ASSERTION), None)
    state = {"Trusted": State.TRUSTED, "Valid": State.VALID}.get(document.get("validation_state", ""), State.INVALID)
    return Verdict(state, codes, said, active.get("title") or "")


def _settings(root: str) -> dict[str, Any]:
    """The library's settings: nobody but the given root is trusted, and nothing is fetched from anywhere."""
    return {
        "version": 1,
        "trust": {"trust_anchors": root, "verify_trust_list": True} if root else {"verify_trust_list": True},
        "verify": {
            "verify_trust": True,
            "verify_after_sign": True,
            "ocsp_fetch": False,
            "remote_manifest_fetch": False,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }


def _format(path: Path) -> str:
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ManifestError(
            f"{path.name}: a {path.suffix or 'nameless'} file carries no manifest; use FLAC, MP3 or WAV"
        )
    return kind
