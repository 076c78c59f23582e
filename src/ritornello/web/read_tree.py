"""The family of a recording: every member with its state and money, and on every line the share that flows back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ritornello.catalogue.model import LineageEdge, Recording
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.views import Amount, Link, State, TreeEdge, TreeNode, TreeView
from ritornello.web.wording import percent

_MAKERS = ("Remixer", "RemixingEngineer")


def tree(work: UnitOfWork, recording: Recording, names: Names, earned: Mapping[str, Amount]) -> TreeView:
    """The family tree of one recording, whoever of the family it is."""
    family = work.catalogue.family(recording.id)
    nodes = tuple(_node(one, names, earned) for one in family.recordings)
    between: dict[tuple[str, str], list[LineageEdge]] = defaultdict(list)
    for edge in family.edges:
        between[edge.parent, edge.child].append(edge)
    edges = tuple(_edge(parent, child, found) for (parent, child), found in sorted(between.items()))
    return TreeView(Link(recording.title, f"/songs/{recording.id}"), nodes, edges, recording.id)


def maker_of(recording: Recording, names: Names) -> str:
    """Who a recording is by: its remixer, else its main artist."""
    made = next((credit.party_id for credit in recording.performers if credit.role in _MAKERS), recording.main_artist)
    return names(made) if made else "somebody"


def full_title(recording: Recording) -> str:
    """Title and version as one: "Ritornello (Night Bus Remix)"."""
    return f"{recording.title} ({recording.version_title})" if recording.version_title else recording.title


def state_of(recording: Recording) -> tuple[State, str]:
    """How far a recording is: an ISRC is assigned only when it is cleared for delivery."""
    if recording.kind == "original":
        return "yes", "Registered"
    return ("yes", "Cleared") if recording.isrc else ("wait", "Being cleared")


def _node(one: Recording, names: Names, earned: Mapping[str, Amount]) -> TreeNode:
    kind = w.sentence(w.words(one.derivative_type, w.TYPES)) if one.derivative_type else "Original"
    return TreeNode(
        one.id, full_title(one), maker_of(one, names), kind, *state_of(one), earned.get(one.id), f"/songs/{one.id}"
    )


def _edge(parent: str, child: str, edges: list[LineageEdge]) -> TreeEdge:
    shares = {edge.right_type: percent(edge.share) for edge in edges}
    short = " / ".join(dict.fromkeys(shares.values()))
    told = w.listed(f"{share} of the {w.words(right.value, w.RIGHT_TYPES).lower()}" for right, share in shares.items())
    return TreeEdge(parent, child, short, f"{told} flows back")
