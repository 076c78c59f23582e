"""The blind part of the page to listen to: the same bars truly played and stretched, in an order that nobody is told.

Each trial has a reference, the demo song truly played at another speed, and letters behind which stand that same
performance once more, our stretch of the song, and Rubber Band R3 where its program is installed. Levels are matched,
file names tell nothing, the order comes from a seed, and the answers open by a click that the sheet remembers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.analysis import decode, loudness
from ritornello.analysis.model import Audio
from ritornello.studio import stretching
from ritornello.studio.demo import performance, score
from ritornello.studio.timeline import scaled

SEED = 1
BARS = 12
_LUFS = -20.0
_FADE_S = 0.02
TRUTH, OURS, RUBBERBAND = "truly played", "ours", "Rubber Band R3"
Stretch = Callable[[Audio, int], Audio]


@dataclass(frozen=True, slots=True)
class Trial:
    """Bars [first, last) of the demo song at `permille` of its speed."""

    name: str
    permille: int
    first: int
    last: int


TRIALS = (
    Trial("the beginning, slower", 800, 0, 3),
    Trial("the first verse, slower", 800, 8, 11),
    Trial("the beginning, faster", 1250, 0, 4),
    Trial("the first verse, faster", 1250, 8, 12),
)


def ours(song: Audio, permille: int) -> Audio:
    """The song as the studio stretches it."""
    out = np.zeros((scaled(song.frames, permille), song.channels), dtype=np.float32)
    stretching.stretched(song.samples, permille, 0, song.rate, out)
    return Audio(out, song.rate)


def rubberband(song: Audio, permille: int) -> Audio:
    """The song through the program of Rubber Band, its finer engine."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = decode.write(Path(folder) / "in.wav", song, "wav24"), Path(folder) / "out.wav"
        command = ["rubberband", "-3", "-q", "-T", str(permille / 1000), str(source), str(target)]
        subprocess.run(command, check=True, capture_output=True)
        return decode.read(target)


def peers() -> dict[str, Stretch]:
    """Whoever can take part here."""
    here: dict[str, Stretch] = {OURS: ours}
    return here | ({RUBBERBAND: rubberband} if shutil.which("rubberband") else {})


def truly_played(permille: int) -> Audio:
    """The first bars of the demo song at `permille` of its tempo."""
    parts = performance.play(performance.Take(tempo_bpm=score.TEMPO_BPM * permille / 1000, bars=BARS))
    total = parts["drums"].copy()
    for name in performance.PARTS[1:]:
        total += parts[name]
    return Audio(total, performance.RATE)


def excerpt(sound: Audio, trial: Trial) -> Audio:
    """The bars of a trial out of the whole, at one loudness, faded in and out."""
    bar = score.BEATS_PER_BAR * 60 / (score.TEMPO_BPM * trial.permille / 1000) * sound.rate
    part = np.array(sound.samples[round(trial.first * bar) : round(trial.last * bar)])
    fade = round(_FADE_S * sound.rate)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))[:, None] ** 2
    part[:fade] *= ramp
    part[-fade:] *= ramp[::-1]
    level = loudness.measure(Audio(part, sound.rate)).lufs
    return Audio(part * np.float32(10 ** ((_LUFS - level) / 20)), sound.rate)


def order(names: Sequence[str], trial: int, seed: int) -> tuple[str, ...]:
    """Who stands behind A, B, C … in a trial: another order for each trial and seed, the same one each time."""
    rng = np.random.Generator(np.random.PCG64([seed, trial]))
    return tuple(names[int(k)] for k in rng.permutation(len(names)))


def file_name(trial: int, place: str, seed: int) -> str:
    """A name that tells nothing of what is in it."""
    return f"blind-{hashlib.sha256(f'{seed}/{trial}/{place}'.encode()).hexdigest()[:10]}.flac"


def render(out: Path, seed: int = SEED, stretches: Mapping[str, Stretch] | None = None) -> dict[str, Any]:
    """Write the sounds of all trials into `out`; what the page needs: the trials, and the answers wrapped up."""
    stretches = peers() if stretches is None else stretches
    song = truly_played(1000)
    whole: dict[int, dict[str, Audio]] = {}
    rows, answers = [], {}
    for number, trial in enumerate(TRIALS):
        if trial.permille not in whole:
            made = {name: stretch(song, trial.permille) for name, stretch in stretches.items()}
            whole[trial.permille] = {TRUTH: truly_played(trial.permille), **made}
        takes = whole[trial.permille]
        sequence = order(tuple(takes), number, seed)
        letters = [chr(ord("A") + k) for k in range(len(sequence))]
        reference = file_name(number, "reference", seed)
        decode.write(out / reference, excerpt(takes[TRUTH], trial), "flac16")
        files = {}
        for letter, name in zip(letters, sequence, strict=True):
            files[letter] = file_name(number, letter, seed)
            decode.write(out / files[letter], excerpt(takes[name], trial), "flac16")
        rows.append({"name": trial.name, "speed": trial.permille / 1000, "reference": reference, "files": files})
        answers[trial.name] = dict(zip(letters, sequence, strict=True))
    wrapped = base64.b64encode(json.dumps(answers).encode()).decode()
    return {"seed": seed, "takes": [TRUTH, *stretches], "trials": rows, "answers": wrapped}


def section(blind: Mapping[str, Any], player: Callable[[str, str, str], str]) -> str:
    """The blind part as HTML; `player(file, title, words)` gives one player."""
    parts = []
    for number, trial in enumerate(blind["trials"], start=1):
        letters = "".join(
            f"<div class='take'>{player(file, letter, f'{letter}, trial {number}')}"
            f"<label>{letter}: like the reference, 0 to 100"
            f"<input type='range' min='0' max='100' value='50' data-score='{letter}'>"
            f"<output>not rated</output></label></div>"
            for letter, file in trial["files"].items()
        )
        words = f"The reference: truly played at {trial['speed']:g} x speed"
        parts.append(
            f"<article data-trial='{trial['name']}'><h3>{number}. {trial['name'].capitalize()}</h3>"
            f"{player(trial['reference'], 'reference', words)}"
            f"{letters}<label>What you heard<textarea rows='2' data-words></textarea></label></article>"
        )
    who = ", ".join(blind["takes"])
    return (
        f"<section class='blind' data-blind data-seed='{blind['seed']}' data-answers='{blind['answers']}'>"
        f"<h2>Listen blind</h2><p class='note'>Behind the letters of each trial stand, in an order that a seed has "
        f"drawn: {who}. One of them is the reference itself. All are equally loud. Rate each; nothing is sent "
        f"anywhere. When this page was made, nobody had filled in a sheet: what it says elsewhere is measured.</p>"
        f"<div class='cards'>{''.join(parts)}</div>"
        f"<p class='sheet'><label>Your name, if you like<input data-who autocomplete='off'></label>"
        f"<label>Headphones or loudspeakers<input data-with autocomplete='off'></label>"
        f"<button type='button' data-save>Save the sheet (JSON)</button>"
        f"<button type='button' data-reveal aria-expanded='false'>Show the answers</button></p>"
        f"<div data-told aria-live='polite'></div></section>"
    )
