"""A song's words on the maker's desk: held against its tune line by line, kept, and opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ritornello.consent.requests import words_named
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.adaptation import Adaptation
from ritornello.studio.lyrics import Change, difference, workspace
from ritornello.studio.records import Paper
from ritornello.workflows.house import House
from ritornello.workflows.studio_papers import PaperRefused, keep, score_on_desk
from ritornello.workflows.studio_songs import material_of


@dataclass(frozen=True, slots=True)
class Held:
    """Words held against the tune: what was brought, with what its files say in the fields, and the workspace."""

    said: Adaptation
    workspace: Mapping[str, Any]


def hold(house: House, organisation: str, owner: str, recording_id: str, said: Adaptation) -> Held:
    """Words against the tune, by the score on the maker's desk where there is one; nothing is kept.

    Raises PaperRefused with every finding, SourceMissing.
    """
    if found := said.findings():
        raise PaperRefused(found)
    told = said.told()
    adapted = told.lyrics()
    kept = score_on_desk(house, organisation, owner, recording_id)
    material = material_of(house, organisation, recording_id)
    held = workspace(told.before() or adapted, adapted, kept[0] if kept is not None else material.written())
    sung = told.original_language or material.source.language  # where nobody says it, the work does
    return Held(told, {**held, "new_language": bool(adapted.language) and adapted.language != sung})


def keep_words(house: House, organisation: str, owner: str, recording_id: str, said: Adaptation, at: datetime) -> Paper:
    """Keep the maker's words for a song in place of those that lay there. Raises PaperRefused, SourceMissing."""
    if found := said.findings():
        raise PaperRefused(found)
    document = said.told().to_document()
    return keep(house, organisation, owner, recording_id, "words", document, at, one=True)


def words_on_desk(house: House, organisation: str, owner: str, recording_id: str) -> tuple[Adaptation, Paper] | None:
    """The words that this maker keeps for a song; None where none are kept."""
    with house.work(organisation, read_only=True) as work:
        found = work.studio.papers(owner, recording_id, "words")
    return None if not found else (Adaptation.from_document(found[0].document), found[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """Words of a maker's that holders are asked about.

    Attributes:
        lines: each line as it is sung, and what it means in the original's language ("" where nobody says).
        difference: from the original's words, where the maker brought those: kind, before, after.
        language: of the words, ISO 639-1.
        title: in that language.
        credits: role and name.
    """

    lines: tuple[tuple[str, str], ...]
    difference: tuple[Change, ...]
    language: str
    title: str
    credits: tuple[tuple[str, str], ...]

    def to_document(self) -> dict[str, Any]:
        return asdict(self)


def words_asked(work: UnitOfWork, request: Mapping[str, Any]) -> Asked | None:
    """The words that a request's document asks about, as they lie on the maker's desk; None where it asks about none,
    or where the maker keeps other words by now.

    Words lie on their maker's desk alone until holders are asked about them: who answers reads them.
    """
    words_sha256 = words_named(request)
    papers = work.studio.papers(request["person"]["id"], request["sources"][0], "words") if words_sha256 else ()
    for paper in papers:
        said = Adaptation.from_document(paper.document)
        adapted, before = said.lyrics(), said.before()
        if adapted.sha256 != words_sha256:
            continue
        meant = said.meant() or ("",) * len(adapted.lines)
        return Asked(
            tuple((line.text, words) for line, words in zip(adapted.lines, meant, strict=False)),
            () if before is None else tuple(one for one in difference(before, adapted) if one.kind != "same"),
            adapted.language,
            adapted.title,
            adapted.credits,
        )
    return None


def words_for(
    house: House, organisation: str, desks: Sequence[str], recording_id: str, lyrics_sha256: str
) -> dict[str, Any]:
    """What the words of a recipe are called and who wrote them: title, credits (role, name), language, script, hash.

    They are those that lie on one of these desks under the recipe's hash; empty where none do, or none are sung.
    """
    for desk in dict.fromkeys(desks) if lyrics_sha256 else ():
        found = words_on_desk(house, organisation, desk, recording_id)
        if found is None:
            continue
        words = found[0].lyrics()
        if words.sha256 == lyrics_sha256:
            credits = [list(credit) for credit in words.credits]
            told = {"title": words.title, "credits": credits, "language": words.language, "script": words.script}
            return {**told, "lyrics_sha256": lyrics_sha256}
    return {}
