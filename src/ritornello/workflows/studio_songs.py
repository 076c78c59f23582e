"""What the studio knows of the house's songs: whose names stand in sentences, and how each song is heard and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ritornello.analysis.model import Analysis, Audio
from ritornello.catalogue.model import Recording
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.material import Material
from ritornello.studio.recipe import Finding, Recipe, Source
from ritornello.studio.sentence import Question, Understood, normal, understand
from ritornello.studio.wording import held, texts_of
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import SourceMissing


def read_sentence(
    house: House, organisation: str, recording_id: str, sentence: str, *, language: str = ""
) -> Understood:
    """Read a sentence about one recording of the house, knowing its artists and the songs beside it.

    Where the installation has a language model it is asked for what the grammar does not understand; a model that
    fails leaves the grammar's own question.
    """
    facts = sentence_facts(house, organisation, recording_id)
    if house.chat is not None:
        from ritornello.studio.chat import ChatError, understand_with

        try:
            return understand_with(house.chat, sentence, language=language, **facts)
        except ChatError as error:
            own = understand(sentence, language=language, **facts)
            return replace(own, questions=(*own.questions, Question("", f"the model was asked as well: {error}")))
    return understand(sentence, language=language, **facts)


def sentence_facts(house: House, organisation: str, recording_id: str) -> dict[str, Any]:
    """What a reader of sentences is told of the catalogue: names and words to refuse, titles for a mash-up."""
    with house.work(organisation, read_only=True) as work:
        original = recording_of(work, recording_id)
        forbidden = _excluded(work, house, original)
        recordings = list(work.catalogue.recordings())
        details = {sealed.details.party_id: sealed.details.name for sealed in work.people.details_of_all()}

    def called(one: Recording) -> set[str]:
        credits = {credit.name_as_credited or details.get(credit.party_id, "") for credit in one.performers}
        return {name for name in (*credits, details.get(one.main_artist or "", "")) if name}

    names = set().union(*(called(one) for one in recordings)) if recordings else set()
    titles = {one.title: one.id for one in recordings if one.id != recording_id and one.kind != "derivative"}
    own = sorted(called(original))
    return {"names": sorted(names), "own_names": own, "titles": titles, "forbidden": sorted(forbidden)}


def _excluded(work: UnitOfWork, house: House, original: Recording) -> set[str]:
    """Words that a holder of the song excludes in the newest version of an answer, whether or not it is in force."""
    now = datetime.max.replace(tzinfo=UTC)
    facts = FactsReader(work, rules_of(house), at=now, day=now.date()).source(original)
    newest = {offer.id: offer for offer in sorted(facts.offers, key=lambda offer: offer.version)}
    return {word for offer in newest.values() for word in offer.terms.exclusions.terms}


def wording_refused(
    house: House, organisation: str, recording_ids: Sequence[str], recipe: Recipe, title: str = ""
) -> tuple[Finding, ...]:
    """What stands in a recipe's prompts, styles and titles (and in the title asked for) that no sentence may say.

    Args:
        recording_ids: the recordings that it is made of; what the holders of any of them exclude is excluded.
        recipe: as somebody wrote it.
        title: the wished title of the new recording.
    """
    facts = [sentence_facts(house, organisation, one) for one in recording_ids]
    with house.work(organisation, read_only=True) as work:
        titles = [recording_of(work, one).title for one in recording_ids]
    return held(
        (*texts_of(recipe), *([("title", title)] if title else [])),
        names=facts[0]["names"],
        own_names={name for one in facts for name in one["own_names"]},
        forbidden={word for one in facts for word in one["forbidden"]},
        own_titles=titles,
    )


def words_in(sentence: str) -> frozenset[str]:
    """The words of a sentence, and all of it in order: what exclusions are looked for in, phrases too."""
    words = normal(sentence)
    return frozenset((*words, " ".join(words))) if words else frozenset()


def material_of(house: House, organisation: str, recording_id: str, *, source_id: str = "s0") -> Material:
    """A recording of the house as the builders need it. Raises SourceMissing where it has no sound."""
    from ritornello.analysis import decode

    with house.work(organisation, read_only=True) as work:
        recording = recording_of(work, recording_id)
        heard = work.studio.heard(recording_id)
        delivered = {stem.part: stem for stem in work.catalogue.stems_of(recording_id)}
        works = [found for name in recording.work_ids if (found := work.catalogue.work(name)) is not None]
    key = recording.audio_key
    if key is None or heard is None:
        raise SourceMissing(f"{recording_id} has no sound in the catalogue; onboard the recording with its audio first")
    analysis = Analysis.from_document(heard.analysis)
    stems = {part: stem.pcm_sha256 for part, stem in delivered.items()}
    source = Source(
        source_id,
        "recording",
        pcm_sha256=recording.pcm_sha256 or "",
        frames=analysis.frames,
        work_ref=works[0].id if works else "",
        stems=stems,
        # a work without a language has no words; with stems we then know that no voice is in them
        vocal_part="vocals" if "vocals" in stems else ("" if stems and works and not works[0].language else None),
        language=(works[0].language or "") if works else "",
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )

    def listen() -> Audio:
        return decode.read(house.blobs.local_path(key))

    def part(name: str) -> Audio:
        return decode.read(house.blobs.local_path(delivered[name].audio_key))

    return Material(source, analysis, listen, recording.title, part)


def recording_of(work: UnitOfWork, recording_id: str) -> Recording:
    """A recording of the catalogue. Raises SourceMissing."""
    found = work.catalogue.recording(recording_id)
    if found is None:
        raise SourceMissing(f"{recording_id} is not in the catalogue")
    return found
