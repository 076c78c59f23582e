"""A recipe in plain words: what happens to the music, one sentence for each step, in the order in which it happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ritornello.studio import footprint
from ritornello.studio.machine_help import TRANSCRIBERS, steps
from ritornello.studio.operations import completed
from ritornello.studio.recipe import Node, Recipe


def lines_of(recipe: Recipe) -> tuple[str, ...]:
    """One line for each node that reaches the output; neighbouring stems are told together."""
    heard = _reaching(recipe)
    out: list[str] = []
    stems: list[Node] = []
    for node in (node for node in recipe.nodes if node.id in heard):
        if node.op == "stem":
            stems.append(node)
            continue
        if stems:
            out.append(_stems(stems))
            stems = []
        words = _WORDS.get(node.op, _other)(node, completed(node.op, node.p), recipe)
        if words:
            out.append(words)
    if stems:
        out.append(_stems(stems))
    level = f"mastered to {recipe.out.lufs / 100:.1f} LUFS with peaks under {recipe.out.dbtp / 100:.1f} dBTP"
    return (*out, level)


def card_of(recipe: Recipe) -> dict[str, Any]:
    """What a person needs to see of a recipe before it is rendered: its id, its lines, its types, uses and AI class."""
    return {
        "recipe_id": recipe.id,
        "lines": list(lines_of(recipe)),
        "types": list(footprint.derivative_types(recipe)),
        "uses": [str(use) for use in footprint.uses(recipe)],
        "ai": footprint.ai_class(recipe),
        "ai_steps": [step.to_document() for step in steps(recipe)],
        "recipe": recipe.to_document(),
    }


def separation_lines(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What a render says of the parts that were taken out of a mix: rows of `Separated`."""
    return tuple(
        f"{row['part']} taken out of the mix by {row['provider']}: "
        + (
            f"an estimated {row['clean_centidb'] / 100:.1f} dB clean"
            if row["clean_centidb"] is not None
            else "how clean was not measured"
        )
        + "; a delivered stem would be exact"
        for row in rows
    )


def _reaching(recipe: Recipe) -> set[str]:
    heard = {recipe.out.node}
    for node in reversed(recipe.nodes):
        if node.id in heard:
            heard |= set(node.inputs)
    return heard


def _stems(stems: list[Node]) -> str:
    parts = ", ".join(str(node.p["part"]) for node in stems)
    supplied = all(node.p["provider"] == "supplied" for node in stems)
    split = "the harmonic/percussive split" if stems[0].p["provider"] == "hpss" else str(stems[0].p["provider"])
    return f"take {parts} from {'the delivered stems' if supplied else split}"


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02d}"


_PARTS: Mapping[str, str] = {
    "tonal": "the other parts",
    "ducked": "the music",
    "groove": "our drums",
    "layer": "our band",
    "bed": "the first song",
}
_PHRASE = re.compile(r"(?:edges|laid)(\d+)")


def _called(name: str) -> str:
    """A node as a person calls what comes out of it: the part, not the step that it is at."""
    base = re.sub(r"_(?:tempo|key|order|groove)$", "", name.removeprefix("level_"))
    if phrase := _PHRASE.fullmatch(base):
        return f"phrase {int(phrase[1]) + 1} of the second song"
    return _PARTS.get(base, base.replace("_", " "))


def _gain(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    if p["centidb"] <= -9600:
        return f"silence {', '.join(map(_called, node.inputs))}"
    return f"{p['centidb'] / 100:+.1f} dB on {', '.join(map(_called, node.inputs))}" if p["centidb"] else ""


def _mix(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    gains = p["centidb"] or [0] * len(node.inputs)
    parts = [
        f"{_called(name)}{f' at {gain / 100:+.1f} dB' if gain else ''}"
        for name, gain in zip(node.inputs, gains, strict=True)
    ]
    return f"mix {', '.join(parts)}"


def _sequence(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    spans = [f"{_clock(a * 1000 // recipe.sr)}–{_clock(b * 1000 // recipe.sr)}" for a, b in p["slices"]]
    shown = spans if len(spans) <= 12 else [*spans[:11], f"and {len(spans) - 11} more"]
    return f"play {', '.join(shown)} of the original, in this order"


def _tempo(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    change = p["permille"] - 1000
    return f"{abs(change) / 10:g} % {'faster' if change > 0 else 'slower'}, keeping the pitch" if change else ""


def _varispeed(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    change = p["permille"] - 1000
    return f"{abs(change) / 10:g} % {'faster and higher' if change > 0 else 'slower and lower'}, as a turntable does"


def _key(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    cents = p["cents"]
    steps = f"{abs(cents) / 100:g} semitone{'s' * (abs(cents) != 100)}"
    return f"{steps} {'higher' if cents > 0 else 'lower'}, keeping the tempo" if cents else ""


def _groove(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    swing = f" with {p['swing_permille'] / 10:g} % swing" if p["swing_permille"] else ""
    return f"add drums of ours: {p['style'].replace('_', ' ')}{swing}"


def _filter(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    what = "cut the highs above" if p["kind"] == "low" else "cut the lows below"
    if p["to_hz"]:
        span = f"from {_clock(p['from_ms'])} to {_clock(p['until_ms'])}"
        return f"{what} {p['hz']} Hz, moving to {p['to_hz']} Hz {span}"
    return f"{what} {p['hz']} Hz"


def _reverb(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"add a room of {p['decay_ms'] / 1000:g} s at {p['wet_permille'] / 10:g} %"


def _echo(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"add an echo every {p['ms']} ms"


def _duck(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"let the music give way by up to {p['centidb'] / 100:g} dB to {_called(node.inputs[1])}"


def _ride(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"ride the level of {_called(node.inputs[0])}"


def _fade(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"fade out over {p['out_ms'] / 1000:g} s" if p["out_ms"] > 100 else ""


def _perform(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    method = str(p["score"].get("method", ""))
    helped = f" (tune written down with machine help: {method})" if method in TRANSCRIBERS else ""
    played = f"play {len(p['notes'])} written notes anew on instruments of ours{helped}"
    return "; ".join((played, *_harmony(p["score"])))


def _harmony(document: Mapping[str, Any]) -> list[str]:
    """How many chords of a reharmonised score are others than those heard, and how many tones rub with theirs."""
    if not document.get("heard"):
        return []
    from ritornello.studio.reharmony import clashes
    from ritornello.studio.score import PPQ, Score, changed_ticks

    score = Score.from_document(document)
    other = sum(changed_ticks(score.heard, (span,)) >= PPQ for span in score.chords)
    if other:
        said = [f"{other} of {len(score.chords)} chords are others than those heard"]
    else:
        said = ["no chord has another root or third than the one heard"]
    if rubbing := len(clashes(score)):
        said.append(f"{rubbing} of {len(score.tune)} tones of the tune rub{'s' * (rubbing == 1)} with the chord")
    return said


def _align(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    moved = f", moved by {p['cents'] / 100:+g} semitone{'s' * (abs(p['cents']) != 100)}" if p["cents"] else ""
    return f"lay {_called(node.inputs[0])} on the beats of the rest{moved}"


def _swing(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"swing: the half of each beat is played at {p['to_permille'] / 10:g} % of it"


def _groove_from(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"play {node.inputs[0]} with the timing and accents of {node.inputs[1]}"


def _separate(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return (
        f"take {p['part']} out of the mix by {p['provider']} (machine help, {p['terms']} weights {p['weights'][:12]})"
    )


def _generate(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    return f"generate {p['seconds']} s by {p['provider']} from “{p['prompt']}” (generative AI, {p['terms']} weights)"


def _other(node: Node, p: Mapping[str, Any], recipe: Recipe) -> str:
    told = ", ".join(f"{name} {value}" for name, value in p.items() if isinstance(value, int | str))
    return f"{node.op.replace('_', ' ')}{f' ({told})' if told else ''}"


_WORDS: Mapping[str, Callable[[Node, Mapping[str, Any], Recipe], str]] = {
    "gain": _gain,
    "mix": _mix,
    "sequence": _sequence,
    "tempo": _tempo,
    "varispeed": _varispeed,
    "key": _key,
    "groove": _groove,
    "align": _align,
    "swing": _swing,
    "groove_from": _groove_from,
    "filter": _filter,
    "reverb": _reverb,
    "echo": _echo,
    "duck": _duck,
    "ride": _ride,
    "fade": _fade,
    "perform": _perform,
    "separate": _separate,
    "generate": _generate,
}
