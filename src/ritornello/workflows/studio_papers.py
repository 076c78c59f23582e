"""What a maker keeps on the desk beside a song: drafts, takes, corrected scores, words; nobody else reads them.

A take is decoded before it is kept, within the bounds of every other file, and it is kept only with its declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from ritornello.analysis.model import Audio
from ritornello.jobs import Job, JobState, Order, Report
from ritornello.people.model import Identity
from ritornello.proof import digest, stable_id
from ritornello.studio.recipe import DECLARATIONS, Finding, Source
from ritornello.studio.records import Paper, PaperKind
from ritornello.studio.score import Score, ScoreError
from ritornello.workflows.house import House
from ritornello.workflows.studio_songs import material_of, recording_of

TAKE = "me"
"""The id of the maker's own recording in a recipe."""
WRITE_DOWN = "studio.write-down"
MOST_PAPERS = 200
"""Papers that one maker keeps beside one song."""


class PaperMissing(Exception):
    """A paper that is not on this maker's desk."""

    def __init__(self, paper_id: str) -> None:
        super().__init__(f"{paper_id} is not on your desk: save it first")


class PaperRefused(ValueError):
    """A paper that cannot be kept, with every finding."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Take:
    """A maker's own recording as recipes and renders need it."""

    source: Source
    listen: Callable[[], Audio]
    audio_key: str


def owner_of(member: Identity) -> str:
    """Whose desk it is: the party's, or the person's where they are none."""
    return member.party_id or member.person_id


def keep(
    house: House,
    organisation: str,
    owner: str,
    recording_id: str,
    kind: PaperKind,
    document: Mapping[str, Any],
    at: datetime,
    *,
    name: str = "",
    one: bool = False,
) -> Paper:
    """Keep a paper beside a song. With `one` there is one of its kind, and a new one takes its place.

    Raises SourceMissing, or PaperRefused where the desk is full.
    """
    named = "" if one else name or digest(dict(document))
    paper_id = stable_id("pap", owner, recording_id, kind, named)
    paper = Paper(paper_id, owner, recording_id, kind, name[:200], dict(document), at)
    with house.work(organisation) as work:
        recording_of(work, recording_id)
        if work.studio.paper(paper_id, owner) is None and len(work.studio.papers(owner, recording_id)) >= MOST_PAPERS:
            raise PaperRefused((Finding("name", f"{MOST_PAPERS} papers lie here already", "throw some away first"),))
        work.studio.save_paper(paper)
        work.commit()
    return paper


def paper_of(house: House, organisation: str, owner: str, paper_id: str) -> Paper:
    """A paper of this maker. Raises PaperMissing."""
    with house.work(organisation, read_only=True) as work:
        found = work.studio.paper(paper_id, owner)
    if found is None:
        raise PaperMissing(paper_id)
    return found


# ── takes ──


def keep_take(
    house: House,
    organisation: str,
    owner: str,
    recording_id: str,
    file: Path,
    name: str,
    declaration: str,
    at: datetime,
) -> Paper:
    """Keep a maker's own recording with the declaration that it is theirs.

    Raises PaperRefused without a declaration, AudioError for a file that is no audio.
    """
    from ritornello.analysis import decode

    if declaration not in DECLARATIONS:
        mend = f"declare {', '.join(DECLARATIONS)}: {next(iter(DECLARATIONS.values()))}"
        raise PaperRefused((Finding("declaration", "is not given", mend),))
    audio = decode.read(file)
    document = {
        "audio_key": house.blobs.put_file(file),
        "pcm_sha256": decode.pcm_sha256(audio),
        "frames": audio.frames,
        "rate": audio.rate,
        "ms": round(1000 * audio.duration_s),
        "declaration": declaration,
    }
    return keep(house, organisation, owner, recording_id, "take", document, at, name=name)


def take_of(house: House, organisation: str, owner: str, paper_id: str) -> Take:
    """A take that is on this maker's desk. Raises PaperMissing."""
    from ritornello.analysis import decode

    paper = paper_of(house, organisation, owner, paper_id)
    if paper.kind != "take":
        raise PaperMissing(paper_id)
    told = paper.document
    source = Source(TAKE, "contribution", told["pcm_sha256"], told["frames"], declaration=told["declaration"])
    key = str(told["audio_key"])
    return Take(source, lambda: decode.read(house.blobs.local_path(key)), key)


# ── scores ──


def score_on_desk(house: House, organisation: str, owner: str, recording_id: str) -> tuple[Score, Paper] | None:
    """The song as this maker has it written down, corrected or not; None where it is not written down yet."""
    with house.work(organisation, read_only=True) as work:
        found = work.studio.papers(owner, recording_id, "score")
    return None if not found else (Score.from_document(found[0].document), found[0])


def keep_score(house: House, organisation: str, owner: str, recording_id: str, score: Score, at: datetime) -> Paper:
    """Keep the song as the maker corrected it, in place of what lay there. Raises ScoreError, SourceMissing.

    Its beats lie in the recording: one outside could sound with nothing.
    """
    with house.work(organisation, read_only=True) as work:
        recording_of(work, recording_id)
        heard = work.studio.heard(recording_id)
    if heard is not None and score.beats:
        seconds = heard.analysis["frames"] / heard.analysis["rate"]
        outside = [k for k, beat in enumerate(score.beats) if beat > seconds * score.rate]
        if outside:
            what = f"lies at {score.beats[outside[0]] / score.rate:.1f} s of a recording of {seconds:.1f} s"
            mend = "list the samples at which the beats of the recording lie"
            raise ScoreError([Finding(f"beats[{outside[0]}]", what, mend)])
    return keep(house, organisation, owner, recording_id, "score", score.to_document(), at, one=True)


def order_writing(
    house: House,
    organisation: str,
    owner: str,
    recording_id: str,
    at: datetime,
    *,
    bpm: int | None = None,
    beats_per_bar: int | None = None,
) -> Job:
    """Have the song written down as a job, with tempo and metre where listening errs. Raises SourceMissing.

    While one is on its way a second order is that one; after it was done, the song is listened to again.
    """
    with house.work(organisation) as work:
        recording_of(work, recording_id)
        payload = {"recording_id": recording_id, "maker": owner, "bpm": bpm, "beats_per_bar": beats_per_bar}
        asked = f"{WRITE_DOWN}:{digest(payload)}"
        key = next(
            one
            for one in (f"{asked}:{number}" for number in count())
            if (known := work.jobs.by_key(one)) is None or known.state is not JobState.DONE
        )
        known = work.jobs.by_key(key)
        job = work.jobs.again(known.id, at) if known is not None and known.state.ended else None
        job = job or work.jobs.enqueue(Order(WRITE_DOWN, key, payload, max_attempts=2), at)
        work.commit()
    return job


def write_down(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    """Listen to a song for its score and lay that on the maker's desk."""
    from ritornello.analysis import analyse
    from ritornello.analysis.notes import transcribe
    from ritornello.studio.score import score_of

    asked = job.payload
    material = material_of(house, job.organisation, asked["recording_id"])
    report(0.02, "listening")

    def between(low: float, high: float) -> Report:
        return lambda part, what: report(low + (high - low) * part, what)

    if asked["bpm"] or asked["beats_per_bar"]:
        again = between(0.02, 0.4)
        heard = analyse(material.listen(), again, bpm=asked["bpm"], beats_per_bar=asked["beats_per_bar"])
        tune = next((name for name in ("vocals", "lead") if name in material.source.stems), None)
        sung = material.part(tune) if material.part is not None and tune else material.listen()
        score = score_of(heard, transcribe(sung, heard, between(0.4, 0.95)), title=material.title)
    else:
        score = material.written(between(0.02, 0.95))
    paper = keep_score(house, job.organisation, asked["maker"], asked["recording_id"], score, at)
    report(1.0, "written down")
    return {"paper": paper.id, "recording_id": asked["recording_id"], "tones": len(score.tune), "bars": len(score.bars)}
