"""What everybody will get of a derivative, before it is published: the shares that a royalty run of today would use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ritornello.catalogue.model import Recording
from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.expected import ExpectedShare, expected
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.terms import Flow, Terms
from ritornello.royalty.terms_document import read_terms
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.run_facts import with_licences

_STREAMS = Terms(currency="EUR", flows=(Flow("stream"),))
"""What is asked where a house has recorded no terms of its own yet: streams, settled here, all for the master."""


def expected_shares(
    work: UnitOfWork, recording: Recording, territories: str, at: datetime
) -> tuple[ExpectedShare, ...]:
    """The shares of a derivative's pools in the places of its licence, on the day of `at`.

    Only the family of the derivative is read, not the catalogue. Raises `TermError` as a run would.
    """
    edges = work.catalogue.ancestry([recording.id])
    family = sorted({recording.id, *(name for edge in edges for name in (edge.child, edge.parent))})
    works = tuple((one.id, one.work_ids) for one in work.catalogue.recordings(family) if one.work_ids)
    owned = dict.fromkeys((*family, *(name for _, names in works for name in names)))
    shares = tuple(share for name in owned for share in work.catalogue.shares_of(name))
    ownership = Ownership(shares=shares, edges=tuple(edges), works=works)
    kept = work.royalty.terms(known_at=at)
    terms = with_licences(work, _STREAMS if kept is None else read_terms(kept.document), ownership, at)
    found = expected(ownership, terms, recording.id, TerritorySet.parse(territories), at.date(), at)
    titles = {one.id: one.title for one in (recording, *work.catalogue.recordings(family))}
    titles |= {name: song.title for name in owned if (song := work.catalogue.work(name)) is not None}
    return tuple(replace(one, why=_titled(one.why, titles)) for one in found)


def _titled(words: str, titles: Mapping[str, str]) -> str:
    """Words with titles in place of ids of recordings and works."""
    return re.sub("|".join(map(re.escape, titles)), lambda one: titles[one[0]], words)
