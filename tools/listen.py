"""Render a page to listen to: derivatives of the demo song of every kind, each with its waveform and measured card.

    python -m tools.listen [--out listen] [--only WORD] [--minutes N]

The page is one folder of plain files that opens without a network. What was rendered before is kept as long as its
recipe is the same, so the run may be stopped (or told to stop after --minutes) and taken up again.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools import blind

from ritornello.analysis import analyse, decode, waveform
from ritornello.analysis.model import PITCH_CLASSES, Audio
from ritornello.studio import demo_song
from ritornello.studio.building import OPEN, Material, build, settle
from ritornello.studio.cache import StepCache
from ritornello.studio.card import Spans, card_of, promised, third_of
from ritornello.studio.plain import lines_of
from ritornello.studio.plan import Plan, plan_of, words_of
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.render import render
from ritornello.studio.sentence import understand

BUCKETS = 360
LEAD_AS_VOICE = "slow bossa nova, keep the voice, for Brazil"


@dataclass(frozen=True, slots=True)
class Entry:
    """One derivative: the group it stands in, its title, and the plan or sentence that it is made from."""

    group: str
    title: str
    wish: dict[str, Any] | str


def _of(group: str, kind: str, **rows: dict[str, Any]) -> list[Entry]:
    return [Entry(group, title.replace("_", " "), {"kind": kind, **more}) for title, more in rows.items()]


ENTRIES: Sequence[Entry] = (
    Entry("From a sentence", LEAD_AS_VOICE, LEAD_AS_VOICE),
    Entry(
        "From a sentence", "remix, 6% faster, two semitones up, with echo", "remix, 6% faster, two semitones up, echo"
    ),
    Entry("From a sentence", "vals lento en sol mayor", "vals lento en sol mayor"),
    *_of("Speed and pitch", "edit", **{"8 % faster": {"tempo_permille": 1080}}),
    *_of("Speed and pitch", "edit", **{"four semitones lower": {"key_cents": -400}}),
    Entry("Speed and pitch", "sped up", {"kind": "sped_up"}),
    Entry("Speed and pitch", "nightcore", {"kind": "nightcore"}),
    Entry("Speed and pitch", "slowed with reverb", {"kind": "slowed_reverb"}),
    Entry("Speed and pitch", "lo-fi", {"kind": "lo_fi"}),
    *_of("Form and parts", "edit", without_drums={"without": ["drums"]}, with_a_build_up={"effects": ["build"]}),
    Entry("Form and parts", "radio edit of 45 seconds", {"kind": "radio_edit", "seconds": 45}),
    Entry("Form and parts", "extended mix", {"kind": "extended"}),
    Entry("Form and parts", "seamless loop", {"kind": "loop"}),
    *_of(
        "Remix",
        "remix",
        four_on_the_floor={"style": "four_floor"},
        reggaeton={"style": "reggaeton"},
        shuffle_at_96_bpm={"style": "shuffle", "bpm": 96},
        half_time_pumping={"style": "half_time", "effects": ["sidechain"]},
    ),
    *_of(
        "Covers and local versions",
        "localise",
        bossa_nova={"style": "bossa_nova", "market": "BR"},
        baile_funk={"style": "baile_funk", "market": "BR"},
        reggaeton={"style": "reggaeton", "market": "PR"},
        cumbia={"style": "cumbia", "market": "CO"},
        afrobeats={"style": "afrobeats", "market": "NG"},
        amapiano={"style": "amapiano", "market": "ZA"},
        bhangra={"style": "bhangra", "market": "IN"},
        city_pop={"style": "city_pop", "market": "JP"},
        k_ballad={"style": "k_ballad", "market": "KR"},
        flamenco={"style": "flamenco", "market": "ES"},
        schlager={"style": "schlager", "market": "DE"},
        country={"style": "country", "market": "US"},
    ),
    Entry("Covers and local versions", "cover, plain band", {"kind": "cover"}),
    Entry("Covers and local versions", "acoustic", {"kind": "acoustic"}),
    *_of(
        "Harmony",
        "reharmonise",
        richer={"harmony": "richer"},
        tritone_substitution={"harmony": "tritone"},
        modal_interchange={"harmony": "modal_interchange"},
        in_the_minor_mode={"mode": "minor"},
    ),
    *_of(
        "Rhythm",
        "regroove",
        as_a_waltz={"metre": 3},
        swing={"feel": "swing"},
        half_time={"feel": "half_time"},
        double_time={"feel": "double_time"},
    ),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("listen"))
    parser.add_argument("--only", default="", help="only titles that hold this word")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes; run again to go on")
    parser.add_argument("--seed", type=int, default=blind.SEED, help="draws the order of the blind part")
    asked = parser.parse_args(arguments)
    started = time.monotonic()
    asked.out.mkdir(parents=True, exist_ok=True)
    stems = demo_song.compose()
    song = demo_song.mix(stems)
    material = material_of(song, stems)
    cache = StepCache(asked.out / ".steps", most_bytes=2 << 30)
    cards: list[dict[str, Any]] = [original_card(asked.out, song)]
    heard_blind = blind_part(asked.out, asked.seed)
    left = 0
    for number, entry in enumerate(ENTRIES, start=1):
        if asked.only and asked.only not in entry.title:
            continue
        plan, recipe = recipe_of(entry, material)
        known = asked.out / f"{number:02d}.json"
        old = json.loads(known.read_text()) if known.exists() else {}
        if old.get("recipe_id") != recipe.id:
            if time.monotonic() - started > asked.minutes * 60:
                left += 1
                continue
            old = made(entry, plan, recipe, number, asked.out, song, stems, cache)
            known.write_text(json.dumps(old, indent=1, ensure_ascii=False), encoding="utf-8")
        cards.append(old)
        print(f"{number:2d}/{len(ENTRIES)}  {entry.title}: {', '.join(old['card']['remarks']) or 'nothing stands out'}")
    (asked.out / "index.html").write_text(page(cards, heard_blind), encoding="utf-8")
    print(f"{asked.out / 'index.html'}: {len(cards) - 1} derivatives, {time.monotonic() - started:.0f} s")
    if left:
        print(f"{left} are left: run again to go on")
    return 0


def material_of(song: Audio, stems: dict[str, Audio]) -> Material:
    analysis = analyse(song)
    source = Source(
        "s0",
        "recording",
        pcm_sha256=decode.pcm_sha256(song),
        frames=song.frames,
        work_ref="ritornello",
        stems={part: decode.pcm_sha256(stem) for part, stem in stems.items()},
        vocal_part="",
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return Material(source, analysis, lambda: song, demo_song.TITLE, stems.__getitem__)


def recipe_of(entry: Entry, material: Material) -> tuple[Plan, Recipe]:
    plan = understand(entry.wish).plan if isinstance(entry.wish, str) else plan_of(entry.wish)
    assert plan is not None, f"{entry.wish!r} is not understood"
    if entry.wish == LEAD_AS_VOICE:  # the demo song has no voice: its lead stands for one
        material = replace(material, source=replace(material.source, vocal_part="lead"))
    return plan, build(settle(plan, material.analysis)[0], material, OPEN)


def truth_spans() -> tuple[Spans, Spans]:
    truth = demo_song.truth()
    names = {name: number for number, name in enumerate(PITCH_CLASSES)} | {"Bb": 10, "Eb": 3, "Ab": 8}
    chords = []
    for span in truth.chords:
        root = span.label[:2] if span.label[1:2] in ("#", "b") else span.label[:1]
        chords.append((span.start, span.end, names[root], third_of(span.label[len(root) :].split("/")[0])))
    return chords, [(note.start, note.end, note.pitch % 12, "") for note in truth.melody]


def made(
    entry: Entry,
    plan: Plan,
    recipe: Recipe,
    number: int,
    out: Path,
    song: Audio,
    stems: dict[str, Audio],
    cache: StepCache,
) -> dict[str, Any]:
    begun = time.process_time()
    sources: dict[str, Any] = {}
    for source in recipe.sources:
        if source.kind == "recording":
            sources |= {source.id: song, **{f"{source.id}/{part}": stem for part, stem in stems.items()}}
    done = render(recipe, sources, bounds=OPEN, cache=cache)
    spent = time.process_time() - begun
    file = out / f"{number:02d}.ogg"
    decode.write(file, done.audio, "ogg", quality_permille=500)
    chords, tune = truth_spans()
    promise = promised(recipe, demo_song.truth().tempo_bpm, 2, "major", chords, tune)
    card = card_of(recipe, done.audio, song, promise)
    return {
        "group": entry.group,
        "title": entry.title,
        "file": file.name,
        "recipe_id": recipe.id,
        "words": list(words_of(plan)),
        "lines": list(lines_of(recipe)),
        "peaks": peaks_of(done.audio),
        "render_s": round(spent, 1),
        "card": card.to_document(),
    }


def original_card(out: Path, song: Audio) -> dict[str, Any]:
    file = out / "00.ogg"
    if not file.exists():
        decode.write(file, song, "ogg", quality_permille=500)
    return {
        "group": "",
        "title": demo_song.TITLE,
        "file": file.name,
        "peaks": peaks_of(song),
        "seconds": song.duration_s,
    }


def peaks_of(audio: Audio) -> list[int]:
    return [int(max(abs(int(low)), abs(int(high))) * 100 // 32767) for low, high in waveform.peaks(audio, BUCKETS)]


def blind_part(out: Path, seed: int) -> dict[str, Any]:
    """What was rendered before is kept as long as seed and takes are the same."""
    known = out / "blind.json"
    old: dict[str, Any] = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    if (old.get("seed"), old.get("takes")) != (seed, [blind.TRUTH, *blind.peers()]):
        for gone in out.glob("blind-*.flac"):
            gone.unlink()
        old = blind.render(out, seed)
        known.write_text(json.dumps(old, indent=1), encoding="utf-8")
    return old


# ── the page ──


def page(cards: Sequence[dict[str, Any]], heard_blind: dict[str, Any]) -> str:
    """One page without a network: the original, the groups, and a table of all figures."""
    original, made_ones = cards[0], cards[1:]
    groups: dict[str, list[dict[str, Any]]] = {}
    for card in made_ones:
        groups.setdefault(card["group"], []).append(card)
    quiet = sum(not card["card"]["remarks"] for card in made_ones)
    body = [
        f"<header><p class='kicker'>Ritornello</p><h1>{len(made_ones)} derivatives of one song</h1>"
        "<p class='lead'>All of them are rendered from recipes, by rule, without generative AI. Each card holds what "
        f"was measured on the finished audio; {quiet} of {len(made_ones)} have nothing that stands out, the others say "
        "what.</p>"
        f"{_player(original, 'original', 'The original, D major, 104 beats a minute')}</header>"
    ]
    for group, rows in groups.items():
        body.append(
            f"<section><h2>{html.escape(group)}</h2><div class='cards'>{''.join(map(_card, rows))}</div></section>"
        )
    body.append(blind.section(heard_blind, _sound))
    body.append(_table(made_ones))
    template = Path(__file__).with_name("listen.html").read_text(encoding="utf-8")
    return template.replace("<!--body-->", "".join(body))


def _sound(file: str, title: str, words: str) -> str:
    return _player({"title": title, "file": file, "peaks": []}, "blind-take", words)


def _player(card: dict[str, Any], css: str, words: str) -> str:
    strokes = "".join(
        f"M{2 * k + 1} {50 - max(1, peak) / 2:.1f}V{50 + max(1, peak) / 2:.1f}" for k, peak in enumerate(card["peaks"])
    )
    title = html.escape(card["title"])
    return (
        f"<div class='player {css}' data-player><button type='button' aria-label='Play {title}' data-play></button>"
        f"<div class='wave' data-wave>"
        f"<svg viewBox='0 0 {2 * BUCKETS} 100' preserveAspectRatio='none' aria-hidden='true'>"
        f"<path d='{strokes}'/></svg><span class='head' data-head></span></div>"
        f"<span class='time' data-time>0:00</span>"
        f"<audio preload='none' src='{card['file']}'></audio><p class='words'>{html.escape(words)}</p></div>"
    )


def _card(row: dict[str, Any]) -> str:
    card = row["card"]
    remarks = card["remarks"]
    verdict = (
        f"<p class='verdict look'>{html.escape('; '.join(remarks))}</p>"
        if remarks
        else "<p class='verdict fine'>Nothing stands out</p>"
    )
    facts = [
        ("Tempo", f"{card['bpm']:.1f}", f"promised {card['promised_bpm']:.1f}", bool(card["tempo_relation"])),
        ("Key", card["key"], f"promised {card['promised_key']}", card["key"] == card["promised_key"]),
        ("Chords", f"{card['chord_agreement']:.0%}", "agree", card["chord_agreement"] >= 0.6),
        ("Tune", f"{card['melody_agreement']:.0%}", "heard", card["melody_agreement"] >= 0.5),
        ("CQT1-PCC", f"{card['cqt1_pcc']:.2f}", "as it lies", True),
        ("Qmax", f"{card['qmax']:.2f}", "alike in harmony", True),
        ("Loudness", f"{card['lufs']:.1f}", "LUFS", abs(card["lufs"] - card["target_lufs"]) <= 0.5),
        ("True peak", f"{card['dbtp']:.1f}", "dBTP", card["dbtp"] <= card["ceiling_dbtp"] + 0.05),
        ("Clipping", str(card["clipped"]), "samples", not card["clipped"]),
        ("Balance", f"{card['sides_db']:+.1f}", "dB left over right", abs(card["sides_db"]) <= 2),
        ("Lows · highs", f"{card['bands_db'][0]:+.0f} · {card['bands_db'][2]:+.0f}", "dB against the original", True),
        ("Rendered in", f"{row['render_s']:.1f}", "s of one core", True),
    ]
    cells = "".join(
        f"<div{'' if ok else ' class=off'}><dt>{name}</dt><dd>{html.escape(value)} <small>{note}</small></dd></div>"
        for name, value, note, ok in facts
    )
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in row["lines"])
    length = f"{int(card['seconds'] // 60)}:{int(card['seconds'] % 60):02d}"
    return (
        f"<article><h3>{html.escape(row['title'])}</h3>"
        f"{_player(row, 'derivative', ', '.join(row['words']) + ' · ' + length)}"
        f"{verdict}<dl>{cells}</dl><details><summary>The recipe in words</summary><ol>{lines}</ol>"
        f"<p class='hash'>{row['recipe_id']}</p></details></article>"
    )


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("Derivative", "Tempo", "Key", "Chords", "Tune", "CQT1-PCC", "Qmax", "LUFS", "dBTP", "Clipped", "Remarks")
    body = "".join(
        "<tr><th scope='row'>"
        + "</td><td>".join(
            [
                html.escape(row["title"])
                + "</th><td>"
                + f"{row['card']['bpm']:.1f} / {row['card']['promised_bpm']:.1f}",
                html.escape(row["card"]["key"]),
                f"{row['card']['chord_agreement']:.2f}",
                f"{row['card']['melody_agreement']:.2f}",
                f"{row['card']['cqt1_pcc']:.2f}",
                f"{row['card']['qmax']:.2f}",
                f"{row['card']['lufs']:.1f}",
                f"{row['card']['dbtp']:.1f}",
                str(row["card"]["clipped"]),
                html.escape("; ".join(row["card"]["remarks"]) or "none"),
            ]
        )
        + "</td></tr>"
        for row in rows
    )
    cells = "".join(f"<th scope='col'>{name}</th>" for name in head)
    return (
        "<section><h2>All figures</h2><p class='note'>Tempo is measured against promised (a tempo counted at double "
        "or half is a hit), a chord agrees when its root and third do, the tune counts as heard where its pitch class "
        "is among the three strongest (one in four by chance), and every figure comes from our own analysis, which "
        f"knows nothing of the recipe.</p><div class='scroll' tabindex='0'><table><thead><tr>{cells}</tr></thead>"
        f"<tbody>{body}</tbody></table></div></section>"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
