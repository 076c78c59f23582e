"""A derivative as a recipe: which sources, which operations in which order, what comes out. Data, never a script.

A recipe is canonical JSON of integers and texts (RFC 8785); its id is the SHA-256 of those bytes, so the same recipe is
the same id everywhere. The graph is written in the order in which it is computed: a node reads only sources and nodes
before it, and so no recipe can hold a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ritornello.proof.canonical import canonical_json, sha256_hex
from ritornello.studio.findings import Finding as Finding
from ritornello.studio.operations import completed

VERSION = 1
ENGINE = "1.0.0"
MOST_SOURCES = 16
MOST_NODES = 256
FORMATS = ("flac24", "flac16", "wav24", "wav16", "wav32f", "mp3")

SourceKind = Literal["recording", "composition", "contribution"]
KINDS: tuple[SourceKind, ...] = ("recording", "composition", "contribution")
DECLARATIONS: Mapping[str, str] = {
    "own_performance": "I sang or played this myself, or everybody who did agrees to its use here. "
    "Nothing in it is taken from a recording of others, and no machine imitates anybody's voice.",
}
"""What the maker of a contribution declares, by the code that a recipe carries."""


class RecipeError(ValueError):
    """A recipe that cannot be used, with every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{f.where}: {f.what} ({f.mend})" for f in findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Source:
    """Something the recipe is made from. Audio kinds name their samples by hash; `frames` is at the recipe's rate.

    `stems` maps the parts that the owner delivered to the hash of their samples. `vocal_part` names the one that is
    sung, is empty where the recording is known to have no voice, and None where nobody has said. `beats` and
    `downbeats` are the beat grid in samples, `chords` rows of (start, end, root 0..11, 1 for minor): an analysis puts
    them here, and a person may correct them. A contribution carries the code of its maker's `declaration` that it is
    their own.
    """

    id: str
    kind: SourceKind
    pcm_sha256: str = ""
    frames: int = 0
    work_ref: str = ""
    grant_ref: str = ""
    stems: Mapping[str, str] = field(default_factory=dict)
    vocal_part: str | None = None
    language: str = ""
    beats: tuple[int, ...] = ()
    downbeats: tuple[int, ...] = ()
    chords: tuple[tuple[int, int, int, int], ...] = ()
    declaration: str = ""

    def to_document(self) -> dict[str, Any]:
        """Integer JSON; what is unsaid is left out."""
        document: dict[str, Any] = {"id": self.id, "kind": self.kind}
        for name in ("pcm_sha256", "frames", "work_ref", "grant_ref", "language", "declaration"):
            if getattr(self, name):
                document[name] = getattr(self, name)
        if self.vocal_part is not None:
            document["vocal_part"] = self.vocal_part
        if self.stems:
            document["stems"] = dict(self.stems)
        for name in ("beats", "downbeats"):
            if getattr(self, name):
                document[name] = list(getattr(self, name))
        if self.chords:
            document["chords"] = [list(row) for row in self.chords]
        return document


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: its id, what it reads (source or earlier node ids), its parameters with defaults filled in."""

    id: str
    op: str
    inputs: tuple[str, ...]
    p: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        return {"id": self.id, "op": self.op, "in": list(self.inputs), "p": _plain(completed(self.op, self.p))}


@dataclass(frozen=True, slots=True)
class Out:
    """What leaves the recipe: the node, the container, loudness in centi-LU and true-peak ceiling in centi-dBTP."""

    node: str
    format: str = "flac24"
    lufs: int = -1400
    dbtp: int = -100


@dataclass(frozen=True, slots=True)
class Recipe:
    """A checked recipe. Build one with `reading.parse`, or with the constructor followed by `reading.validate`."""

    sources: tuple[Source, ...]
    nodes: tuple[Node, ...]
    out: Out
    seed: int = 1
    sr: int = 44_100
    engine: str = ENGINE
    language: str = ""
    lyrics: str = ""
    """SHA-256 of the words that are sung, where they are not the original's."""

    def to_document(self) -> dict[str, Any]:
        """The recipe as integer JSON."""
        document = {
            "v": VERSION,
            "engine": self.engine,
            "seed": self.seed,
            "sr": self.sr,
            "sources": [source.to_document() for source in self.sources],
            "nodes": [node.to_document() for node in self.nodes],
            "out": {"node": self.out.node, "format": self.out.format, "lufs": self.out.lufs, "dbtp": self.out.dbtp},
        }
        if self.language:
            document["language"] = self.language
        if self.lyrics:
            document["lyrics"] = self.lyrics
        return document

    @property
    def canonical(self) -> bytes:
        """The bytes that are hashed."""
        return canonical_json(self.to_document())

    @property
    def id(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return sha256_hex(self.canonical)

    def source(self, name: str) -> Source | None:
        return next((source for source in self.sources if source.id == name), None)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
