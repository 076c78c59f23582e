"""The catalogue as a list: what may be made of each recording, what was made, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import waveform
from ritornello.web.frames import Names
from ritornello.web.read_consent import Answers
from ritornello.web.views import Amount, CatalogueView, Fact, Link, SongRow
from ritornello.web.wording import count

_SMALL = 140


def catalogue(
    work: UnitOfWork,
    names: Names,
    now: datetime,
    *,
    query: str = "",
    state: str = "",
    earned: Mapping[str, Amount],
    attention: tuple[Link, ...] = (),
    last_run: Fact | None = None,
) -> CatalogueView:
    """The originals that fit the filters, in the order of their titles, and the figures of the whole.

    `earned`: what came back so far, by recording, for whoever may see money.
    """
    every = work.catalogue.recordings()
    originals = [one for one in every if one.kind == "original"]
    made: dict[str, set[str]] = defaultdict(set)
    for edge in work.catalogue.all_edges():
        made[edge.parent].add(edge.child)
    heard = work.studio.heard_in(one.id for one in originals)
    answers = Answers(work, names, now)
    rows = []
    for one in originals:
        artist = names(one.main_artist) if one.main_artist else ""
        if query and not _fits(query, one.title, one.version_title or "", artist, one.isrc or ""):
            continue
        standing = answers.about(one)
        if state and standing.state != state:
            continue
        sound = heard.get(one.id)
        rows.append(
            SongRow(
                id=one.id,
                title=one.title,
                version_title=one.version_title or "",
                artist=artist,
                isrc=one.isrc or "",
                year=one.year,
                duration_ms=one.duration_ms,
                peaks=waveform.fit(sound.peaks, _SMALL) if sound else (),
                state=standing.state,
                state_words=standing.words,
                derivatives=len(made[one.id]),
                earned=earned.get(one.id),
            )
        )
    facts = [
        Fact("Recordings", count(len(originals))),
        Fact("Made from them", count(len(every) - len(originals))),
        *([last_run] if last_run is not None else []),
    ]
    return CatalogueView(tuple(rows), len(originals), query, state, tuple(facts) if every else (), attention)


def _fits(query: str, *texts: str) -> bool:
    """Whether every word of the query stands in the texts, whatever the case; an ISRC may be typed with hyphens."""
    whole = " ".join(texts).casefold()
    return all(word in whole or word.replace("-", "") in whole for word in query.casefold().split())
