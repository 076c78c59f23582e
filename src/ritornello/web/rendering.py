"""Views into pages: one Jinja environment, everything escaped, and the drawing functions that templates may call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ritornello.web import charts, waveform, wording
from ritornello.web.tree_layout import place
from ritornello.web.views import Frame, Passage, TreeView, VoiceView

STATIC = Path(__file__).parent / "static"


def page(template: str, frame: Frame | None, **context: Any) -> str:
    """The HTML of one page. `frame` is None for pages that are shown before anybody has signed in."""
    return _environment().get_template(template).render(frame=frame, **context)


def tree_page(view: TreeView, frame: Frame) -> str:
    """The family tree, as a picture and as the same list."""
    return page("tree.html", frame, view=view, picture=place(view.nodes, view.edges), **_family(view))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ritornello.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        at=waveform.share_of,
        bars=charts.bars,
        count=wording.count,
        cut=_cut,
        day=wording.day,
        every_fourth=_every_fourth,
        gauge=charts.gauge,
        instant=wording.instant,
        money=wording.money,
        money_text=wording.money_text,
        passage_data=_passage_data,
        period=wording.period,
        plural=wording.plural,
        ribbon=waveform.ribbon,
        section_data=_section_data,
        short_hash=wording.short_hash,
        stacked=charts.stacked,
        state_words=wording.STATE_WORDS,
        static=static_address,
        timecode=wording.timecode,
        wave_path=waveform.path,
        wave_width=waveform.width,
    )
    return environment


def static_address(name: str) -> str:
    """Where a static file is served, with the start of its hash, so that browsers keep it until it changes."""
    path = STATIC / name
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _stamped(name, stamp)


@cache
def _stamped(name: str, stamp: int) -> str:
    if not stamp:
        return f"/static/{name}"
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def _cut(text: str, length: int) -> str:
    """Text short enough for one line of a drawn card; the whole of it stands in the label beside."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _every_fourth(marks: Sequence[int]) -> Sequence[int]:
    """Every fourth bar line: as many as the eye can use in one line of music."""
    return marks[::4]


def _passage_data(passages: Sequence[Passage]) -> str:
    rows = [[p.derivative_start_ms, p.derivative_end_ms, p.original_start_ms, p.original_end_ms] for p in passages]
    return json.dumps(rows, separators=(",", ":"))


def _section_data(voice: VoiceView) -> str:
    rows = [[section.label, section.start_ms, section.end_ms] for section in voice.sections]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def _family(view: TreeView) -> dict[str, Any]:
    """The tree as nested lists: a member with several parents stands under each of them."""
    members = {node.id: node for node in view.nodes}
    children: dict[str, list[str]] = {name: [] for name in members}
    for edge in view.edges:
        if edge.parent in members and edge.child in members:
            children[edge.parent].append(edge.child)
    below = {edge.child for edge in view.edges if edge.parent in members}
    return {"members": members, "children": children, "roots": [name for name in members if name not in below]}
