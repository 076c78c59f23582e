"""Making the sound of a recipe: check, read, compute in the order of the graph, master, say what was done.

The check against the bounds comes before anything is read: a source is given as audio or as a loader, and no loader is
called for a recipe that is refused. Arrays above a few minutes live in unlinked files, every operation works in blocks,
and a node's samples are dropped as soon as nothing more reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.loudness import Meter
from ritornello.analysis.model import Audio
from ritornello.analysis.separation import clean_db
from ritornello.studio import footprint, mastering
from ritornello.studio.bounds import Bounds
from ritornello.studio.cache import WORTH_KEEPING, Step, StepCache, keys_of
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.effects import BLOCK
from ritornello.studio.manifest import Manifest, Separated
from ritornello.studio.neural import Neural
from ritornello.studio.operations import completed
from ritornello.studio.reading import validate
from ritornello.studio.recipe import Node, Recipe, RecipeError
from ritornello.studio.sound import Samples, Studio
from ritornello.studio.timeline import grids

Report = Callable[[float, str], None]
Loader = Callable[[], Audio]
Cancel = Callable[[], bool]

# seconds of one core for a minute of stereo, measured by the bench: what progress weighs each step by
_COST = {
    "stem": 0.1,
    "hpss": 0.9,
    "tempo": 1.8,
    "key": 1.8,
    "reverb": 0.8,
    "groove": 0.3,
    "layer": 1.0,
    "perform": 1.0,
    "separate": 180.0,
    "generate": 600.0,
    "master": 0.7,
}
_DEFAULT_COST = 0.05


class Cancelled(Exception):
    """The caller asked to stop; nothing was kept."""


class SourceError(ValueError):
    """A source that is not what the recipe says: which one, what differs, how to mend it."""

    def __init__(self, source: str, what: str, mend: str) -> None:
        super().__init__(f"source {source}: {what}. {mend}")
        self.source = source
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Rendered:
    """The audio of a recipe and the record of how it was made."""

    audio: Audio
    manifest: Manifest


def render(
    recipe: Recipe,
    sources: Mapping[str, Audio | Loader],
    report: Report | None = None,
    cancel: Cancel | None = None,
    *,
    bounds: Bounds,
    cache: StepCache | None = None,
    neural: Neural | None = None,
) -> Rendered:
    """Render `recipe` from `sources` within `bounds`.

    With a `cache`, finished steps are kept and a render that was interrupted goes on where it stopped. `sources` maps
    "<source id>" to a recording and "<source id>/<part>" to its supplied stems; a value may be a loader, which is
    called at most once and only when needed. `report` hears a fraction 0..1 and what is being done; `cancel` is asked
    between blocks. `neural` opens the trained models that the recipe names; none stands in for a missing one. Raises
    RecipeError, NotAllowed (before anything is read), ProviderMissing, NotThisModel, SourceError, Cancelled.
    """
    findings = validate(recipe)
    if findings:
        raise RecipeError(findings)
    refusals = check(recipe, bounds)
    if refusals:
        raise NotAllowed(refusals)
    return _Session(recipe, sources, report, cancel, cache, neural).run(bounds)


class _Session:
    """One render: the samples that exist so far, and how much of the work is done."""

    def __init__(
        self,
        recipe: Recipe,
        sources: Mapping[str, Audio | Loader],
        report: Report | None,
        cancel: Cancel | None,
        cache: StepCache | None,
        neural: Neural | None,
    ) -> None:
        self.recipe = recipe
        self.sources = sources
        self.report = report
        self.cancel = cancel
        self.grids = grids(recipe)
        self.hashes: dict[str, str] = {}
        self.signals: dict[str, Samples] = {}
        self.original: dict[str, float] = {}
        self.clean: dict[str, int] = {}
        self.splits: dict[str, tuple[Samples, Samples]] = {}
        self.parts: dict[str, Mapping[str, Audio]] = {}
        self.fused = _fused(recipe)
        self.channels = 0
        self.neural = neural or Neural({})
        self.cache = cache
        self.keys = keys_of(recipe, self.fused) if cache is not None else {}
        self.finished: set[str] = set()
        self.todo = self._unfinished()
        self.readers = self._read_counts()
        self.total = sum(self._cost(node) for node in self.todo) + _COST["master"]
        self.done = 0.0

    def run(self, bounds: Bounds) -> Rendered:
        for number, node in enumerate(self.todo):
            self._tell(0.0, f"{node.op} ({number + 1} of {len(self.todo)})")
            self.signals[node.id] = self._made(node)
            self._drop(node)
            self.done += self._cost(node) / self.total
        self._tell(0.0, "mastering")
        mixed = self.signals[self.recipe.out.node]
        out = sample_buffer(mixed.shape[0], mixed.shape[1])
        mastered = mastering.master(mixed, self.recipe.sr, self.recipe.out.lufs, self.recipe.out.dbtp, out)
        audio = Audio(out, self.recipe.sr)
        grid = self.grids[self.recipe.out.node]
        manifest = Manifest(
            recipe=self.recipe,
            bounds=bounds,
            inputs=self._inputs(),
            pcm_sha256=pcm_sha256(audio),
            frames=audio.frames,
            rate=audio.rate,
            channels=audio.channels,
            lufs_centi=round(mastered.lufs * 100),
            dbtp_centi=round(mastered.dbtp * 100),
            limited_centidb=round(mastered.limited_db * 100),
            original_permille=round(1000 * self.original[self.recipe.out.node]),
            separations=self._separations(),
            beats=grid.beats,
            downbeats=grid.downbeats,
        )
        self.done = 1.0
        self._tell(0.0, "done")
        return Rendered(audio, manifest)

    def _kept(self, node: Node) -> bool:
        name = f"stem:{completed(node.op, node.p)['provider']}" if node.op == "stem" else node.op
        return self.cache is not None and name in WORTH_KEEPING and node.id not in self.fused

    def _unfinished(self) -> tuple[Node, ...]:
        """The nodes that have to be made or read back: those that reach the output past no finished step."""
        if self.cache is None:
            return self.recipe.nodes
        wanted = {self.recipe.out.node}
        for node in reversed(self.recipe.nodes):
            if node.id not in wanted:
                continue
            step = self.cache.get(self.keys[node.id]) if self._kept(node) else None
            if step is not None and step.samples.shape[0] == self.grids[node.id].frames:
                self.finished.add(node.id)
                self.channels = self.channels or step.samples.shape[1]
            else:
                wanted |= set(node.inputs)
        return tuple(node for node in self.recipe.nodes if node.id in wanted)

    def _read_counts(self) -> dict[str, int]:
        """How often each source and node is read by what is still to do, the output counting once."""
        counts = dict.fromkeys(footprint.readers(self.recipe), 0)
        for node in self.todo:
            for name in node.inputs if node.id not in self.finished else ():
                counts[name] += 1
        counts[self.recipe.out.node] += 1
        return counts

    def _made(self, node: Node) -> Samples:
        """A finished step read back, or the node computed and kept."""
        if self.cache is None or not self._kept(node):
            return self._computed(node)
        if node.id in self.finished:
            step = self.cache.get(self.keys[node.id])
            if step is None:
                raise SourceError(node.id, "its finished step left the cache just now", "render again")
            self.original[node.id] = step.original
            if step.clean_centidb is not None:
                self.clean[node.id] = step.clean_centidb
            return step.samples
        samples = self._computed(node)
        self.cache.put(self.keys[node.id], Step(samples, self.original[node.id], self.clean.get(node.id)))
        return samples

    def _inputs(self) -> dict[str, str]:
        """Every sample hash that the result rests on, whether it was read now or when a finished step was made."""
        rests = dict(self.hashes)
        if self.cache is not None:
            for node in self.recipe.nodes:
                for source in filter(None, map(self.recipe.source, node.inputs)):
                    if node.op == "stem" and completed(node.op, node.p)["provider"] == "supplied":
                        rests[f"{source.id}/{node.p['part']}"] = source.stems[node.p["part"]]
                    elif source.pcm_sha256:
                        rests[source.id] = source.pcm_sha256
        return rests

    def _separations(self) -> tuple[Separated, ...]:
        """How clean every part is that was taken out of a mix; of steps that were finished before, as noted then."""
        told = []
        for node in self.recipe.nodes:
            p = completed(node.op, node.p)
            if node.op not in ("stem", "separate") or p["provider"] == "supplied":
                continue
            clean = self.clean.get(node.id)
            if clean is None and self.cache is not None:
                step = self.cache.get(self.keys[node.id])
                clean = step.clean_centidb if step is not None else None
            told.append(Separated(node.id, str(p["part"]), str(p["provider"]), clean))
        return tuple(told)

    def _cost(self, node: Node) -> float:
        seconds = self.grids[node.id].frames / self.recipe.sr / 60
        name = "hpss" if node.op == "stem" and completed(node.op, node.p)["provider"] == "hpss" else node.op
        return _COST.get(name, _DEFAULT_COST) * max(seconds, 0.01)

    def _tell(self, part: float, what: str) -> None:
        if self.cancel is not None and self.cancel():
            raise Cancelled("the render was cancelled")
        if self.report is not None:
            self.report(min(1.0, self.done + part), what)

    def _read(self, key: str, expected: str, frames: int) -> Samples:
        """The samples of a source at the recipe's rate, checked against the hash that the recipe names."""
        if key in self.signals:
            return self.signals[key]
        given = self.sources.get(key)
        if given is None:
            have = ", ".join(self.sources) or "none"
            raise SourceError(key, f"was not given (given: {have})", "pass its audio or a loader under that name")
        audio = given() if callable(given) else given
        found = pcm_sha256(audio)
        if found != expected:
            raise SourceError(key, f"its samples hash to {found[:12]}…, not {expected[:12]}…", "give the licensed file")
        self.hashes[key] = found
        if audio.rate != self.recipe.sr:
            from ritornello.analysis.decode import resample

            audio = resample(audio, self.recipe.sr)
        samples = audio.samples
        if abs(samples.shape[0] - frames) > 2:
            raise SourceError(key, f"it has {samples.shape[0]} frames, not {frames}", "correct frames in the recipe")
        if samples.shape[0] != frames:
            short = max(0, frames - samples.shape[0])
            samples = np.pad(samples, ((0, short), (0, 0)))[:frames]
        if not self.channels:
            self.channels = samples.shape[1]
        return _in_channels(samples, self.channels)

    def _input(self, name: str) -> Samples:
        source = self.recipe.source(name)
        if source is None:
            return self.signals[name]
        if name not in self.signals:
            self.signals[name] = self._read(name, source.pcm_sha256, source.frames)
            self.original[name] = 0.0 if source.kind == "contribution" else 1.0  # a take is the maker's, not the song's
        return self.signals[name]

    def _computed(self, node: Node) -> Samples:
        p = completed(node.op, node.p)
        if node.op == "stem" and p["provider"] == "supplied":
            source = self.recipe.source(node.inputs[0])
            assert source is not None
            self.original[node.id] = 1.0
            return self._read(f"{source.id}/{p['part']}", source.stems[p["part"]], source.frames)
        if node.id in self.fused:  # a change of key that the change of tempo behind it does in the same pass
            self.original[node.id] = self._share(node.inputs[0])
            return self._input(node.inputs[0])
        sounding = [] if node.op == "perform" else [self._input(name) for name in node.inputs]
        self.channels = self.channels or 2
        studio = Studio(
            self.recipe, self.grids, self.channels, lambda part: self._tell(self._part(node, part), node.op)
        )
        if node.op in ("perform", "groove", "layer"):
            self.original[node.id] = 0.0
            return {"perform": studio.perform, "groove": studio.groove, "layer": studio.layer}[node.op](node, p)
        if node.op in ("separate", "generate"):
            return self._by_model(node, p, sounding[0])
        if node.op == "stem":
            self.original[node.id] = 1.0
            if node.inputs[0] not in self.splits:
                self.splits[node.inputs[0]] = studio.split(sounding[0])
            part = self.splits[node.inputs[0]][0 if p["part"] == "drums" else 1]
            self.clean[node.id] = round(100 * clean_db(part, sounding[0]))
            return part
        cents = self._fused_cents(node)
        out = studio.transformed(node, p, sounding, cents)
        self.original[node.id] = self._mixed_share(node, p, sounding)
        return out

    def _by_model(self, node: Node, p: Mapping[str, Any], x: Samples) -> Samples:
        """A part heard, or a sound made, by the trained model that the recipe names."""
        heard = Audio(x, self.recipe.sr)

        def say(part: float) -> None:
            self._tell(self._part(node, part), node.op)

        if node.op == "separate":
            self.original[node.id] = 1.0
            name = node.inputs[0]
            if name not in self.parts:
                separator = self.neural.separator(p["provider"], p["weights"], p["terms"])
                self.parts[name] = separator.separate(heard, self.recipe.seed, say)
            part = self.parts[name][p["part"]].samples
            self.clean[node.id] = round(100 * clean_db(part, x))
            return part
        self.original[node.id] = 0.0
        generator = self.neural.generator(p["provider"], p["weights"], p["terms"])
        made = generator.generate(heard, p["prompt"], p["seconds"], self.recipe.seed, say)
        if made.rate != self.recipe.sr:
            from ritornello.analysis.decode import resample

            made = resample(made, self.recipe.sr)
        out = sample_buffer(self.grids[node.id].frames, self.channels)
        n = min(out.shape[0], made.frames)
        out[:n] = _in_channels(made.samples[:n], self.channels)
        return out

    def _part(self, node: Node, part: float) -> float:
        return part * self._cost(node) / self.total

    def _fused_cents(self, node: Node) -> int:
        if node.op != "tempo" or node.inputs[0] not in self.fused:
            return 0
        before = next(n for n in self.recipe.nodes if n.id == node.inputs[0])
        return int(before.p["cents"])

    def _share(self, name: str) -> float:
        self._input(name)
        return self.original[name]

    def _mixed_share(self, node: Node, p: Mapping[str, Any], inputs: list[Samples]) -> float:
        """Share of the sources in the K-weighted energy of what the node mixes."""
        shares = [self.original[name] for name in node.inputs]
        if node.op != "mix" or len(set(shares)) == 1:
            return shares[0]
        gains = p["centidb"] or [0] * len(inputs)
        energies = [_energy(x, self.recipe.sr) * 10 ** (g / 1000) for x, g in zip(inputs, gains, strict=True)]
        total = sum(energies)
        return sum(e * s for e, s in zip(energies, shares, strict=True)) / total if total > 0 else 1.0

    def _drop(self, node: Node) -> None:
        for name in set(node.inputs) if node.id not in self.finished else ():
            self.readers[name] -= 1
            if self.readers[name] == 0:
                self.signals.pop(name, None)
                self.splits.pop(name, None)
                self.parts.pop(name, None)


def _energy(x: Samples, rate: int) -> float:
    """K-weighted, ungated energy: the sum over 400 ms windows that do not overlap."""
    meter = Meter(rate, x.shape[1])
    for first in range(0, x.shape[0], BLOCK):
        meter.feed(np.ascontiguousarray(x[first : first + BLOCK]))
        release(x)
    windows = meter.windows_lufs()[::4]
    return float(np.sum(10 ** (windows[np.isfinite(windows)] / 10)))


def _in_channels(samples: Samples, channels: int) -> Samples:
    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True), dtype=np.float32)
    return np.ascontiguousarray(np.repeat(samples[:, :1], channels, axis=1))


def _fused(recipe: Recipe) -> frozenset[str]:
    """Nodes that change the key of nothing but the input of one change of tempo: one pass does both."""
    heard = footprint.readers(recipe)
    out = set()
    for node in recipe.nodes:
        if node.op != "tempo" or not node.inputs:
            continue
        before = next((n for n in recipe.nodes if n.id == node.inputs[0]), None)
        if before is None or before.op != "key" or heard[before.id] != 1:
            continue
        if completed("key", before.p)["transients"] == completed("tempo", node.p)["transients"]:
            out.add(before.id)
    return frozenset(out)
