"""What the studio keeps: the sound of each recording as it was heard, and the record of each render."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from ritornello.store.scope import Scope
from ritornello.store.studio_tables import recording_sounds, renders, studio_papers
from ritornello.studio.records import Heard, Paper, Render

_MOST_IN_ONE_QUERY = 500


class StudioStore:
    """One organisation's sounds and renders inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def save_heard(self, heard: Heard) -> None:
        """Keep what was heard in a recording, in place of what was heard before."""
        values = {
            "pcm_sha256": heard.pcm_sha256,
            "analysis": dict(heard.analysis),
            "peaks": [list(pair) for pair in heard.peaks],
            "heard_at": heard.heard_at,
        }
        known = self.heard(heard.recording_id)
        if known is None:
            self._scope.insert(recording_sounds, {"recording_id": heard.recording_id, **values})
        elif known != heard:
            changed = self._scope.update(recording_sounds).where(recording_sounds.c.recording_id == heard.recording_id)
            self._scope.connection.execute(changed.values(**values))

    def heard(self, recording_id: str) -> Heard | None:
        return self.heard_in([recording_id]).get(recording_id)

    def heard_in(self, recording_ids: Iterable[str]) -> Mapping[str, Heard]:
        """What was heard in these recordings, by id; those that nobody has listened to are missing."""
        every = sorted(set(recording_ids))
        found: dict[str, Heard] = {}
        for start in range(0, len(every), _MOST_IN_ONE_QUERY):
            part = every[start : start + _MOST_IN_ONE_QUERY]
            asked = self._scope.select(recording_sounds).where(recording_sounds.c.recording_id.in_(part))
            found |= {row.recording_id: _heard(row) for row in self._scope.all(asked)}
        return found

    def add_render(self, render: Render) -> bool:
        """Keep the record of a render; False where the derivative has one already (the first stays)."""
        if self.render(render.recording_id) is not None:
            return False
        self._scope.insert(
            renders,
            {
                "recording_id": render.recording_id,
                "licence_id": render.licence_id,
                "recipe_id": render.recipe_id,
                "manifest": dict(render.manifest),
                "measurement": dict(render.measurement),
                "sources": dict(render.sources),
                "rendered_at": render.rendered_at,
            },
        )
        return True

    def render(self, recording_id: str) -> Render | None:
        row = self._scope.first(self._scope.select(renders).where(renders.c.recording_id == recording_id))
        return None if row is None else _render(row)

    def made_under(self, licence_id: str) -> tuple[str, ...]:
        """The ids of the derivatives that were rendered under a licence, oldest first."""
        asked = self._scope.select(renders, renders.c.recording_id).where(renders.c.licence_id == licence_id)
        rows = self._scope.all(asked.order_by(renders.c.rendered_at, renders.c.recording_id))
        return tuple(row.recording_id for row in rows)

    def save_paper(self, paper: Paper) -> None:
        """Keep what a maker has on the desk, in place of what had its id before."""
        values = {
            "recording_id": paper.recording_id,
            "kind": paper.kind,
            "name": paper.name,
            "document": dict(paper.document),
            "saved_at": paper.saved_at,
        }
        if self.paper(paper.id, paper.owner) is None:
            self._scope.insert(studio_papers, {"id": paper.id, "owner": paper.owner, **values})
            return
        changed = self._scope.update(studio_papers).where(
            studio_papers.c.id == paper.id, studio_papers.c.owner == paper.owner
        )
        self._scope.connection.execute(changed.values(**values))

    def paper(self, paper_id: str, owner: str) -> Paper | None:
        """A paper of this owner."""
        asked = self._scope.select(studio_papers).where(studio_papers.c.id == paper_id, studio_papers.c.owner == owner)
        row = self._scope.first(asked)
        return None if row is None else _paper(row)

    def papers(self, owner: str, recording_id: str, kind: str = "") -> tuple[Paper, ...]:
        """What this owner keeps beside a song, the newest first."""
        asked = self._scope.select(studio_papers).where(
            studio_papers.c.owner == owner, studio_papers.c.recording_id == recording_id
        )
        if kind:
            asked = asked.where(studio_papers.c.kind == kind)
        rows = self._scope.all(asked.order_by(studio_papers.c.saved_at.desc(), studio_papers.c.id))
        return tuple(_paper(row) for row in rows)

    def drop_paper(self, paper_id: str, owner: str) -> bool:
        """Throw a paper of this owner away; False where there is none."""
        gone = self._scope.delete(studio_papers).where(studio_papers.c.id == paper_id, studio_papers.c.owner == owner)
        return self._scope.connection.execute(gone).rowcount > 0


def _paper(row: Row[Any]) -> Paper:
    return Paper(row.id, row.owner, row.recording_id, row.kind, row.name, row.document, row.saved_at)


def _heard(row: Row[Any]) -> Heard:
    peaks = tuple((low, high) for low, high in row.peaks)
    return Heard(row.recording_id, row.pcm_sha256, row.analysis, peaks, row.heard_at)


def _render(row: Row[Any]) -> Render:
    return Render(
        row.recording_id,
        row.licence_id,
        row.recipe_id,
        row.manifest,
        row.measurement,
        row.rendered_at,
        row.sources,
    )
