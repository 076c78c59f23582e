"""How each operation sounds: from inputs and parameters to new samples, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.studio import cutting, effects, groove, grooves, stretching
from ritornello.studio.recipe import Node, Recipe
from ritornello.studio.time_map import through
from ritornello.studio.timeline import Grid, paced, regrooved

Samples = npt.NDArray[np.float32]
Progress = Callable[[float], None]


class Studio:
    """The operations of one recipe at its rate, for signals of `channels` channels."""

    def __init__(self, recipe: Recipe, grids: Mapping[str, Grid], channels: int, progress: Progress) -> None:
        self._recipe = recipe
        self._grids = grids
        self._channels = channels
        self._progress = progress

    def _seed(self, node: Node) -> int:
        """A seed of the recipe and the node: two layers of one recipe do not play the same accidents."""
        from hashlib import sha256

        return int.from_bytes(sha256(f"{self._recipe.seed}/{node.id}".encode()).digest()[:4], "big")

    def _room(self, node: Node) -> Samples:
        return sample_buffer(self._grids[node.id].frames, self._channels)

    def groove(self, node: Node, p: Mapping[str, Any]) -> Samples:
        """The drum layer on the beats of the node's input."""
        out = self._room(node)
        groove.layer(
            paced(self._grids[node.id], p["pace"]),
            p["style"],
            p["swing_permille"],
            p["intensity_permille"],
            self._seed(node),
            self._recipe.sr,
            out,
        )
        return out

    def layer(self, node: Node, p: Mapping[str, Any]) -> Samples:
        """A style's rhythm section on the beats and the chords of the node's input."""
        from ritornello.studio.layering import layer

        out = self._room(node)
        layer(self._grids[node.id], p, self._seed(node), self._recipe.sr, out)
        return out

    def perform(self, node: Node, p: Mapping[str, Any]) -> Samples:
        """The written notes on the instruments that the recipe names."""
        from ritornello.studio import fluidsynth
        from ritornello.studio.band import play

        out = self._room(node)
        if p["band"] == "fluidsynth":
            fluidsynth.play(p, self._recipe.sr, out)
        else:
            play(p, self._recipe.sr, self._seed(node), out)
        return out

    def transformed(self, node: Node, p: dict[str, Any], inputs: list[Samples], cents: int) -> Samples:
        """The output of every operation that works on sound it is given; `cents` is a key change done in this pass."""
        x = inputs[0]
        rate = self._recipe.sr
        out = self._room(node)
        if node.op == "gain":
            _scaled(x, 10 ** (p["centidb"] / 2000), out)
        elif node.op == "mix":
            gains = p["centidb"] or [0] * len(inputs)
            for one, gain in zip(inputs, gains, strict=True):
                _added(one, 10 ** (gain / 2000), out)
        elif node.op == "sequence":
            cutting.sequence(x, [(s, e) for s, e in p["slices"]], p["fade_ms"] * rate // 1000, out)
        elif node.op in ("tempo", "key"):
            permille = p["permille"] if node.op == "tempo" else 1000
            shift = cents if node.op == "tempo" else p["cents"]
            if p["transients"] == "strokes":
                stretching.moved_strokes(x, permille, rate, out)
            elif p["transients"] == "keep":
                stretching.with_transients(x, permille, shift, rate, out, self._progress)
            else:
                stretching.stretched(x, permille, shift, rate, out, self._progress)
        elif node.op == "align":
            stretching.stretched(x, 1000, p["cents"], rate, out, self._progress, time=through(p["anchors"]))
        elif node.op in ("swing", "groove_from"):
            grid = self._grids[node.inputs[0]]
            stretching.stretched(x, 1000, 0, rate, out, self._progress, time=regrooved(node.op, p, grid))
            if node.op == "groove_from":
                accents = [row[1] * p["amount_permille"] // 1000 for row in p["steps"]]
                grooves.accented(out, self._grids[node.id], accents, rate)
        elif node.op == "varispeed":
            effects.varisped(x, p["permille"], rate, out)
        elif node.op == "filter":
            effects.filtered(x, p, rate, out)
        elif node.op == "reverb":
            effects.reverberated(x, p, rate, self._seed(node), out)
        elif node.op == "echo":
            effects.echoed(x, p, rate, out)
        elif node.op == "duck":
            effects.ducked(x, inputs[1], p, rate, out)
        elif node.op == "ride":
            effects.ridden(x, p["points"], rate, out)
        elif node.op == "fade":
            effects.faded(x, p, rate, out)
        return out

    def split(self, x: Samples) -> tuple[Samples, Samples]:
        """Percussive and harmonic part of a recording: they add up to it."""
        from ritornello.analysis import hpss
        from ritornello.analysis.model import Audio

        harmonic, percussive = hpss.split(Audio(x, self._recipe.sr), lambda part, _: self._progress(part))
        return percussive.samples, harmonic.samples


def _scaled(x: Samples, gain: float, out: Samples) -> None:
    for first in range(0, x.shape[0], effects.BLOCK):
        out[first : first + effects.BLOCK] = x[first : first + effects.BLOCK] * np.float32(gain)
        release(x)
        release(out)


def _added(x: Samples, gain: float, out: Samples) -> None:
    for first in range(0, x.shape[0], effects.BLOCK):
        block = x[first : first + effects.BLOCK]
        out[first : first + block.shape[0]] += block if gain == 1 else block * np.float32(gain)
        release(x)
        release(out)
