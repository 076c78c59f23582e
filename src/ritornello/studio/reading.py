"""Reading recipes from JSON and checking that they make sense: everything that is wrong is reported at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ritornello.studio.operations import OPERATIONS, completed
from ritornello.studio.performers import PERFORMERS
from ritornello.studio.recipe import (
    DECLARATIONS,
    ENGINE,
    FORMATS,
    KINDS,
    MOST_NODES,
    MOST_SOURCES,
    VERSION,
    Finding,
    Node,
    Out,
    Recipe,
    RecipeError,
    Source,
)


def parse(document: Mapping[str, Any] | bytes | str) -> Recipe:
    """Read a recipe from JSON. Raises RecipeError with every finding."""
    if isinstance(document, bytes | str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise RecipeError([Finding("recipe", f"is not JSON: {error}", "send one JSON object")]) from error
    if not isinstance(document, Mapping):
        raise RecipeError([Finding("recipe", "is not a JSON object", "send one JSON object")])
    reader = _Reader()
    recipe = reader.recipe(document)
    told = {one.where for one in reader.findings}
    if any(_CUTS_OFF.fullmatch(where) for where in told):
        raise RecipeError(reader.findings)  # what is missing now would be told as wrong in others
    more = [one for one in validate(recipe) if not any(one.where.startswith(where) for where in told)]
    if findings := [*reader.findings, *more]:
        raise RecipeError(findings)
    return recipe


_CUTS_OFF = re.compile(r"v|out|sources|nodes|(sources|nodes)\[\d+\](\.(id|in|op|p))?")
"""Parts of a recipe without which the others cannot be judged."""


class _Reader:
    """Takes documents apart and keeps a list of what does not fit."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def _take(self, document: Mapping[str, Any], where: str, name: str, default: Any) -> Any:
        """The member `name`, of the type of `default`; the default itself where it is absent or of another type."""
        value = document.get(name, default)
        if type(value) is not type(default):
            kind = {int: "a whole number", str: "a text", list: "a list", dict: "an object"}[type(default)]
            self.findings.append(Finding(f"{where}{name}", f"is {value!r}", f"write {kind}"))
            return default
        return value

    def _known(self, document: Mapping[str, Any], where: str, names: Sequence[str]) -> None:
        for name in document:
            if name not in names:
                self.findings.append(Finding(f"{where}{name}", "is not known here", f"use {', '.join(names)}"))

    def _objects(self, document: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
        rows = []
        for k, row in enumerate(self._take(document, "", name, [])):
            if isinstance(row, Mapping):
                rows.append((f"{name}[{k}].", row))
            else:
                self.findings.append(Finding(f"{name}[{k}]", f"is {row!r}", "write an object"))
        return rows

    def _whole(self, document: Mapping[str, Any], where: str, name: str) -> tuple[int, ...]:
        values = self._take(document, where, name, [])
        if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
            self.findings.append(Finding(f"{where}{name}", "holds something else than whole numbers", "write samples"))
            return ()
        return tuple(values)

    def recipe(self, document: Mapping[str, Any]) -> Recipe:
        self._known(document, "", ("v", "engine", "seed", "sr", "sources", "nodes", "out", "language", "lyrics"))
        version = self._take(document, "", "v", VERSION)
        if version != VERSION:
            self.findings.append(Finding("v", f"is {version}", f"this engine reads version {VERSION}"))
        out = self._take(document, "", "out", {})
        self._known(out, "out.", ("node", "format", "lufs", "dbtp"))
        return Recipe(
            sources=tuple(self._source(row, where) for where, row in self._objects(document, "sources")),
            nodes=tuple(self._node(row, where) for where, row in self._objects(document, "nodes")),
            out=Out(
                self._take(out, "out.", "node", ""),
                self._take(out, "out.", "format", "flac24"),
                self._take(out, "out.", "lufs", -1400),
                self._take(out, "out.", "dbtp", -100),
            ),
            seed=self._take(document, "", "seed", 1),
            sr=self._take(document, "", "sr", 44_100),
            engine=self._take(document, "", "engine", ENGINE),
            language=self._take(document, "", "language", ""),
            lyrics=self._take(document, "", "lyrics", ""),
        )

    def _source(self, row: Mapping[str, Any], where: str) -> Source:
        names = ("id", "kind", "pcm_sha256", "frames", "work_ref", "grant_ref", "stems", "vocal_part", "language")
        self._known(row, where, (*names, "beats", "downbeats", "chords", "declaration"))
        return Source(
            id=self._take(row, where, "id", ""),
            kind=self._take(row, where, "kind", ""),
            pcm_sha256=self._take(row, where, "pcm_sha256", ""),
            frames=self._take(row, where, "frames", 0),
            work_ref=self._take(row, where, "work_ref", ""),
            grant_ref=self._take(row, where, "grant_ref", ""),
            stems=self._take(row, where, "stems", {}),
            vocal_part=self._take(row, where, "vocal_part", "") if "vocal_part" in row else None,
            language=self._take(row, where, "language", ""),
            beats=self._whole(row, where, "beats"),
            downbeats=self._whole(row, where, "downbeats"),
            chords=self._chords(row, where),
            declaration=self._take(row, where, "declaration", ""),
        )

    def _chords(self, row: Mapping[str, Any], where: str) -> tuple[tuple[int, int, int, int], ...]:
        rows = self._take(row, where, "chords", [])
        wrong = [
            r for r in rows if not isinstance(r, list) or len(r) != 4 or any(type(value) is not int for value in r)
        ]
        if wrong:
            self.findings.append(
                Finding(f"{where}chords", f"holds {wrong[0]!r}", "write start, end, root, minor 0 or 1")
            )
            return ()
        return tuple((start, end, root, minor) for start, end, root, minor in rows)

    def _node(self, row: Mapping[str, Any], where: str) -> Node:
        self._known(row, where, ("id", "op", "in", "p"))
        op = self._take(row, where, "op", "")
        p = self._take(row, where, "p", {})
        reads = tuple(name for name in self._take(row, where, "in", []) if isinstance(name, str))
        return Node(self._take(row, where, "id", ""), op, reads, completed(op, p) if op in OPERATIONS else p)


def validate(recipe: Recipe) -> tuple[Finding, ...]:
    """Everything that is wrong with a recipe, in the order of its parts; empty when it can be computed."""
    found: list[Finding] = []
    if not 1 <= len(recipe.sources) <= MOST_SOURCES:
        found.append(Finding("sources", f"has {len(recipe.sources)}", f"name 1 to {MOST_SOURCES}"))
    if len(recipe.nodes) > MOST_NODES:
        found.append(Finding("nodes", f"has {len(recipe.nodes)}", f"use at most {MOST_NODES}"))
    if recipe.lyrics and re.fullmatch(r"[0-9a-f]{64}", recipe.lyrics) is None:
        found.append(Finding("lyrics", f"{recipe.lyrics!r} is no SHA-256", "name the words by their hash"))
    if not 8_000 <= recipe.sr <= 192_000:
        found.append(Finding("sr", f"is {recipe.sr}", "use 8000 to 192000 Hz"))
    if not 0 <= recipe.seed < 2**32:
        found.append(Finding("seed", f"is {recipe.seed}", "use 0 to 2^32 - 1"))
    names: set[str] = set()
    for k, source in enumerate(recipe.sources):
        found += _source_findings(source, f"sources[{k}].", names)
        names.add(source.id)
    timed: set[str] = set()  # nodes whose timeline is no longer the source's
    length = {source.id: source.frames for source in recipe.sources if source.kind != "composition"}
    read: set[str] = {recipe.out.node}
    for k, node in enumerate(recipe.nodes):
        wrong = _node_findings(recipe, node, f"nodes[{k}].", names)
        found += wrong or _length_findings(node, f"nodes[{k}].", length)
        if node.op in ("sequence", "align") and timed & set(node.inputs):
            found.append(Finding(f"nodes[{k}].in", "comes after a change of speed", f"put the {node.op} before it"))
        if node.op in ("tempo", "varispeed", "align") or timed & set(node.inputs):
            timed.add(node.id)
        read |= set(node.inputs)
        names.add(node.id)
    for k, node in enumerate(recipe.nodes):
        if node.id not in read:
            found.append(Finding(f"nodes[{k}]", f"{node.id} is computed and never heard", "connect it or leave it out"))
    if recipe.out.node not in {node.id for node in recipe.nodes}:
        found.append(Finding("out.node", f"{recipe.out.node!r} is no node", "name a node of the recipe"))
    if recipe.out.format not in FORMATS:
        found.append(Finding("out.format", f"is {recipe.out.format!r}", f"use {', '.join(FORMATS)}"))
    if not -4000 <= recipe.out.lufs <= -500:
        found.append(Finding("out.lufs", f"is {recipe.out.lufs}", "use -4000 to -500 hundredths of LUFS"))
    if not -2000 <= recipe.out.dbtp <= 0:
        found.append(Finding("out.dbtp", f"is {recipe.out.dbtp}", "use -2000 to 0 hundredths of dBTP"))
    return tuple(found)


def _length_findings(node: Node, where: str, length: dict[str, int]) -> list[Finding]:
    """Follow the lengths along the graph (in samples of the sources) and find slices that reach beyond their input."""
    known = [length[name] for name in node.inputs if name in length]
    if not known:
        return []
    if node.op != "sequence":
        length[node.id] = max(known)
        return []
    slices = node.p["slices"]
    length[node.id] = sum(end - start for start, end in slices)
    longest = max((end for _, end in slices), default=0)
    if longest > max(known):
        return [Finding(f"{where}p.slices", f"reach sample {longest}", f"its input ends at {max(known)}")]
    return []


def _source_findings(source: Source, where: str, names: set[str]) -> list[Finding]:
    found = []
    if not source.id or source.id in names:
        found.append(Finding(f"{where}id", f"{source.id!r} is empty or used twice", "give each source its own id"))
    if source.kind not in KINDS:
        found.append(Finding(f"{where}kind", f"is {source.kind!r}", f"use {', '.join(KINDS)}"))
    if source.kind == "contribution" and source.declaration not in DECLARATIONS:
        mend = f"its maker declares that it is their own: {', '.join(DECLARATIONS)}"
        found.append(Finding(f"{where}declaration", f"is {source.declaration!r}", mend))
    if source.kind != "composition":
        digest = source.pcm_sha256
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            found.append(Finding(f"{where}pcm_sha256", f"is {digest!r}", "give the hash of the decoded samples"))
        if source.frames <= 0:
            found.append(Finding(f"{where}frames", f"is {source.frames}", "give its length in samples"))
    for name in ("beats", "downbeats"):
        marks = getattr(source, name)
        if any(b <= a for a, b in pairwise(marks)) or (marks and marks[0] < 0):
            found.append(Finding(f"{where}{name}", "does not rise", "list samples in order"))
    if any(not 0 <= a < b or not 0 <= root < 12 or minor not in (0, 1) for a, b, root, minor in source.chords):
        found.append(
            Finding(f"{where}chords", "holds a span or a root that cannot be", "start < end, root 0..11, 0 or 1")
        )
    if not set(source.downbeats) <= set(source.beats):
        found.append(Finding(f"{where}downbeats", "are not all beats", "every downbeat is a beat"))
    return found


def _node_findings(recipe: Recipe, node: Node, where: str, names: set[str]) -> list[Finding]:
    if node.op not in OPERATIONS:
        return [Finding(f"{where}op", f"{node.op!r} is unknown", f"use {', '.join(OPERATIONS)}")]
    found = []
    operation = OPERATIONS[node.op]
    if not node.id or node.id in names:
        found.append(Finding(f"{where}id", f"{node.id!r} is empty or used twice", "give each node its own id"))
    least, most = operation.inputs
    if not least <= len(node.inputs) <= most:
        found.append(Finding(f"{where}in", f"reads {len(node.inputs)}", f"{node.op} reads {least} to {most}"))
    for name in node.inputs:
        source = recipe.source(name)
        if name not in names:
            found.append(Finding(f"{where}in", f"{name!r} is not before it", "read sources and earlier nodes only"))
        elif source is not None and source.kind == "composition" and node.op != "perform":
            found.append(Finding(f"{where}in", f"{name!r} has no sound", "a composition is heard through perform"))
    p = completed(node.op, node.p)
    for name, value in p.items():
        if name not in operation.parameters:
            known = ", ".join(operation.parameters)
            found.append(Finding(f"{where}p.{name}", f"{node.op} has no such parameter", f"use {known}"))
        elif wrong := operation.parameters[name].wrong(value):
            found.append(
                Finding(
                    f"{where}p.{name}", wrong, "see GET /api/v1/studio/operations, or `ritornello studio operations`"
                )
            )
    for name in operation.parameters:
        if name not in p:
            found.append(Finding(f"{where}p.{name}", "is missing", f"{node.op} needs it"))
    return found or _sense(recipe, node, where, p)


def _sense(recipe: Recipe, node: Node, where: str, p: Mapping[str, Any]) -> list[Finding]:
    """What no range can say: parameters that contradict the source they read."""
    source = recipe.source(node.inputs[0])
    if node.op == "stem":
        if source is None or source.kind != "recording":
            return [Finding(f"{where}in", "is no recording", "a stem is read from a recording")]
        if p["provider"] == "supplied" and p["part"] not in source.stems:
            have = ", ".join(source.stems) or "none"
            return [Finding(f"{where}p.part", f"{p['part']!r} was not delivered", f"delivered: {have}")]
        if p["provider"] == "hpss" and p["part"] not in ("drums", "rest"):
            return [Finding(f"{where}p.part", f"the split cannot give {p['part']!r}", "ask for drums or rest")]
    if node.op in ("separate", "generate"):
        if source is None or source.kind != "recording":
            return [Finding(f"{where}in", "is no recording", f"{node.op} reads a recording")]
        if re.fullmatch(r"[0-9a-f]{64}", p["weights"]) is None:
            return [Finding(f"{where}p.weights", f"{p['weights']!r} is no SHA-256", "name the weights by their hash")]
    if node.op == "sequence" and any(not 0 <= start < end for start, end in p["slices"]):
        return [Finding(f"{where}p.slices", "holds an empty or negative slice", "write [start, end) in samples")]
    if node.op == "align":
        rows = p["anchors"]
        if any(b[0] <= a[0] or b[1] <= a[1] for a, b in pairwise(rows)):
            return [Finding(f"{where}p.anchors", "do not rise", "list (input sample, result sample) in order of time")]
        if any(not 250 * (b[1] - a[1]) <= 1000 * (b[0] - a[0]) <= 4000 * (b[1] - a[1]) for a, b in pairwise(rows)):
            return [Finding(f"{where}p.anchors", "ask for a speed beyond a quarter to four times", "check the anchors")]
    if node.op == "mix" and p["centidb"] and len(p["centidb"]) != len(node.inputs):
        return [Finding(f"{where}p.centidb", f"has {len(p['centidb'])} gains", "give one for each input, or none")]
    if node.op == "perform":
        return _performance(where, p)
    if node.op == "layer":
        return _layer(where, p)
    return []


def _layer(where: str, p: Mapping[str, Any]) -> list[Finding]:
    from ritornello.studio.layering import LAYERS
    from ritornello.studio.styles import packs

    found = []
    if p["style"] not in packs():
        found.append(Finding(f"{where}p.style", f"{p['style']!r} is unknown", f"use {', '.join(packs())}"))
    if set(p["parts"].split("+")) - set(LAYERS):
        found.append(Finding(f"{where}p.parts", f"is {p['parts']!r}", f"join {', '.join(LAYERS)} by +"))
    if p["drop_ms"] < p["build_ms"]:
        found.append(Finding(f"{where}p.build_ms", "begins before the music", "let the drop come after the build-up"))
    return found


def _performance(where: str, p: Mapping[str, Any]) -> list[Finding]:
    """What cannot be played: parts that nobody plays, notes without length, a tempo map that goes back."""
    found = []
    parts, tempo = p["parts"], p["tempo"]
    players = len(parts) or len(PERFORMERS)
    wrong = next((r for r in p["notes"] if not 0 <= r[0] < players or r[1] < 0 or r[2] <= 0), None)
    if wrong is not None:
        mend = "part, start, length > 0, pitch, velocity"
        found.append(Finding(f"{where}p.notes", f"row {list(wrong)!r} cannot be played", mend))
    wrong = next((r for r in p["notes"] if not 0 <= r[3] <= 127 or not 1 <= r[4] <= 127), None)
    if wrong is not None:
        found.append(
            Finding(f"{where}p.notes", f"row {list(wrong)!r} is no MIDI note", "pitch 0..127, velocity 1..127")
        )
    wrong = next((r for r in parts if not 0 <= r[0] < len(PERFORMERS) or not 0 <= r[1] <= 127), None)
    if wrong is not None:
        mend = f"performer 0..{len(PERFORMERS) - 1}, program 0..127, centidecibel, pan -100..100, room in permille"
        found.append(Finding(f"{where}p.parts", f"row {list(wrong)!r} names nobody", mend))
    if tempo and (tempo[0][0] != 0 or any(b[0] <= a[0] for a, b in pairwise(tempo)) or any(m <= 0 for _, m in tempo)):
        found.append(Finding(f"{where}p.tempo", "does not begin at tick 0 and rise", "rows of (tick, microseconds)"))
    if p["band"] == "fluidsynth" and p["soundfont"] == "none":
        found.append(Finding(f"{where}p.soundfont", "is not named", "name the soundfont, such as FluidR3_GM.sf2"))
    return found
