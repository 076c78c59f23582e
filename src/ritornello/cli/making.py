"""What `ritornello make` does: understand, propose, show, and render, in a house or on a loose file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from ritornello.analysis.model import Audio
from ritornello.cli.failures import Refused
from ritornello.jobs import JobState
from ritornello.studio.building import OPEN, Material, Proposal, propose
from ritornello.studio.check import NotAllowed
from ritornello.studio.plain import card_of, lines_of
from ritornello.studio.plan import KINDS, Plan, plan_of, words_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.score import Score
from ritornello.studio.sentence import Understood, understand
from ritornello.studio.sheets import read_score, write_sheets
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Offered

TAKE = "me"
"""The id of the person's own recording in a recipe."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line: a kind or a sentence, what else was said, and what to do with it."""

    what: str
    said: Mapping[str, Any]
    recipe: Path | None = None
    seed: int = 1
    nearest: bool = False
    dry_run: bool = False
    own_work: bool = False
    title: str = ""
    out: Path | None = None
    recipe_out: Path | None = None
    as_json: bool = False
    voice: Path | None = None
    score: Path | None = None
    voice_at: int | None = None

    @property
    def kind(self) -> str:
        """The kind, where `what` names one; "" for a sentence."""
        name = self.what.strip().lower().replace("-", "_").replace(" ", "_")
        return name if name in KINDS else ""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes it ("" is the only fan of the house), and what the house vouches for about them."""

    party: str = ""
    tier: str = "subscribers"
    age: int | None = None


def plan_for(wish: Wish, understood: Understood | None) -> Plan:
    """The plan of a wish; options go before what the sentence says. Raises Refused with what has to be asked."""
    if understood is None:
        return plan_of({"kind": wish.kind, **wish.said})
    if understood.refusals:
        raise Refused("; ".join(f"“{one.term}”: {one.why}. {one.mend}" for one in understood.refusals))
    if understood.plan is None:
        asked = [(one.ask, ", ".join(one.suggestions)) for one in understood.questions]
        raise Refused(" ".join(f"{ask} ({some})" if some else ask for ask, some in asked))
    return plan_of({**understood.plan.to_document(), **wish.said})


# ── a song of the house ──


def in_house(
    wish: Wish,
    house: House,
    organisation: str,
    song: str,
    maker: Maker,
    territories: str,
    services: str,
    acts: str,
    at: datetime,
) -> None:
    """Propose for a song of the house, take the licence where it is allowed, and render under it."""
    from ritornello.consent.requests import Person
    from ritornello.identifiers.territories import TerritorySet
    from ritornello.workflows import studio_desk, studio_songs
    from ritornello.workflows.measure_file import recording_named

    recording_id = recording_named(house, organisation, song)
    understood = None
    if not wish.kind and wish.recipe is None:
        understood = studio_songs.read_sentence(house, organisation, recording_id, wish.what)
    where = studio_desk.Where(
        Person(maker.party or _only_fan(house, organisation), tier=maker.tier, age=maker.age, verified=True),
        TerritorySet.parse(territories),
        _listed(services),
        _listed(acts),
        studio_songs.words_in("" if wish.kind else wish.what),
    )
    if wish.recipe is not None:
        offered = studio_desk.check_recipe(
            house, organisation, recording_id, parse(wish.recipe.read_bytes()), where, at
        )
    else:
        plan = plan_for(wish, understood)
        if plan.other:
            plan = replace(plan, other=recording_named(house, organisation, plan.other))
        if plan.groove:
            plan = replace(plan, groove=recording_named(house, organisation, plan.groove))
        own = _own_take(wish) if wish.voice is not None else None
        offered = studio_desk.propose_derivative(
            house,
            organisation,
            recording_id,
            plan,
            where,
            at,
            seed=wish.seed,
            own=own,
            own_at_ms=wish.voice_at,
            score=None if wish.score is None else read_score(wish.score),
        )
    recipe = _chosen(offered.proposal, wish)
    _shown(offered, recipe, wish)
    if wish.dry_run:
        return
    if not wish.own_work:
        raise Refused("to render, say --own-work: you warrant that what you add is your own and take the licence")
    sent = {TAKE: house.blobs.put_file(wish.voice)} if wish.voice is not None else {}
    order = studio_desk.order_render(
        house, organisation, recording_id, recipe, where, at, title=wish.title, own_work=True, contributions=sent
    )
    result = _rendered(house, organisation, order.job.id)
    typer.echo(f"{result['recording_id']}: made under {order.licence_id}", err=wish.as_json)
    for point in result["needs_approval"]:
        typer.echo(f"  needs approval: {point['term']} could not be measured", err=wish.as_json)
    if wish.out is not None:
        with house.work(organisation, read_only=True) as work:
            made = work.catalogue.recording(result["recording_id"])
        if made is None or made.audio_key is None:
            raise Refused(f"{result['recording_id']} has no sound any more")
        _written(house.blobs.local_path(made.audio_key), wish.out)
        write_sheets(recipe, wish.out)


def _only_fan(house: House, organisation: str) -> str:
    from ritornello.people.roles import Role

    with house.work(organisation, read_only=True) as work:
        fans = sorted(
            {member.party_id for _, member in work.people.members() if Role.FAN in member.roles and member.party_id}
        )
    if len(fans) != 1:
        raise Refused(f"say with --for which party makes it (fans here: {', '.join(fans) or 'none'})")
    return fans[0]


def _rendered(house: House, organisation: str, job_id: str) -> Mapping[str, Any]:
    """Work the order off beside whoever else works here, telling its progress; stopping asks it to stop."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from ritornello.jobs import Worker
    from ritornello.store.job_queue import DatabaseQueue
    from ritornello.workflows.studio_jobs import handlers_of

    def now() -> datetime:
        return datetime.now(UTC)

    worker = Worker(DatabaseQueue(house.engine), handlers_of(house, now), name=f"make-{job_id}", clock=now, idle=0.1)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TimeElapsedColumn(), TimeRemainingColumn())
    worker.start()
    try:
        with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as progress:
            bar = progress.add_task("waiting", total=1000)
            while True:
                with house.work(organisation, read_only=True) as work:
                    job = work.jobs.get(job_id)
                if job is None:
                    raise Refused(f"the order {job_id} is gone")
                progress.update(bar, completed=job.progress, description=job.message[:40] or job.state.value)
                if job.state.ended:
                    break
                time.sleep(0.1)
    except KeyboardInterrupt:
        with house.work(organisation) as work:
            work.jobs.cancel(job_id, now())
            work.commit()
        raise
    finally:
        worker.stop()
    if job.state is not JobState.DONE or job.result is None:
        raise Refused(job.error or f"the render was {job.state.value}")
    return job.result


# ── a loose file ──


def from_file(wish: Wish, file: Path, stem_folder: Path | None) -> None:
    """Propose for an audio file, and render it where all of it is the person's own."""
    from ritornello.analysis import analyse, decode
    from ritornello.cli.studio import read_stems

    audio = decode.read(file)
    parts = read_stems(stem_folder, file) if stem_folder is not None else {}
    sound: dict[str, Any] = {"s0": audio, **{f"s0/{part}": stem for part, stem in parts.items()}}
    analysis = analyse(audio)
    source = Source(
        "s0",
        "recording",
        pcm_sha256=decode.pcm_sha256(audio),
        frames=audio.frames,
        stems={part: decode.pcm_sha256(stem) for part, stem in parts.items()},
        vocal_part="vocals" if "vocals" in parts else None,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    material = Material(source, analysis, lambda: audio, file.stem, parts.__getitem__)
    if wish.score is not None:
        material = replace(material, score=read_score(wish.score))
    if wish.recipe is not None:
        proposal = Proposal(Plan("edit"), parse(wish.recipe.read_bytes()))
    else:
        understood = None if wish.kind else understand(wish.what)
        plan = plan_for(wish, understood)
        if plan.other:
            material = replace(material, other=_other(Path(plan.other), sound))
        if plan.groove:
            material = replace(material, lender=_other(Path(plan.groove), sound, "lender"))
        if wish.voice is not None:
            take, taken = _own_take(wish, audio.rate)
            sound[TAKE] = taken()
            material = replace(material, contribution=take, taken=taken, taken_at_ms=wish.voice_at)
        proposal = propose(plan, material, OPEN, seed=wish.seed)
    recipe = proposal.recipe
    _shown(Offered(proposal, OPEN), recipe, wish)
    if wish.dry_run or not wish.own_work:
        if not wish.dry_run:
            raise Refused(
                "this is the recipe; to render a loose file, say --own-work (all of it is yours), "
                "or bring the song into the catalogue and make it under a licence"
            )
        return
    from ritornello.cli import houses
    from ritornello.studio.neural.registry import neural_of
    from ritornello.studio.render import render

    done = render(recipe, sound, _bar(), bounds=OPEN, neural=neural_of(houses.settings_of().neural_weights))
    target = wish.out or file.with_name(f"{file.stem}-{proposal.plan.kind}.flac")
    made = decode.write(target, done.audio, target.suffix.lstrip(".").replace("flac", "flac24").replace("wav", "wav24"))
    manifest = json.dumps(done.manifest.to_document(), indent=1, sort_keys=True)
    made.with_suffix(".manifest.json").write_text(manifest, encoding="utf-8")
    write_sheets(recipe, made)
    typer.echo(f"{made}: {done.manifest.lufs_centi / 100:.1f} LUFS, {done.manifest.dbtp_centi / 100:.1f} dBTP")


def _own_take(wish: Wish, rate: int | None = None) -> tuple[Source, Callable[[], Audio]]:
    """The person's own recording as a source, and how to hear it; frames count at `rate` (its own by default)."""
    from ritornello.analysis import decode

    if not wish.own_work:
        raise Refused("--voice needs --own-work: you declare that it is you, and no machine imitates anybody's voice")
    assert wish.voice is not None
    audio = decode.read(wish.voice)
    frames = round(audio.frames * (rate or audio.rate) / audio.rate)
    source = Source(TAKE, "contribution", decode.pcm_sha256(audio), frames, declaration="own_performance")
    return source, lambda: audio


def _other(path: Path, sound: dict[str, Any], name: str = "s1") -> Material:
    from ritornello.analysis import analyse, decode

    if not path.is_file():
        raise Refused(f"{path}: beside a loose file the second song is a file too")
    audio = decode.read(path)
    analysis = analyse(audio)
    sound[name] = audio
    source = Source(
        name,
        "recording",
        pcm_sha256=decode.pcm_sha256(audio),
        frames=audio.frames,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return Material(source, analysis, lambda: audio, path.stem)


def score_of_song(song: str, open_house: Callable[[], tuple[House, str]]) -> Score:
    """The song written down: of the house, or of an audio file."""
    from ritornello.analysis import analyse, decode
    from ritornello.workflows.measure_file import recording_named
    from ritornello.workflows.studio_songs import material_of

    if Path(song).is_file():
        audio = decode.read(Path(song))
        source = Source("s0", "recording", pcm_sha256=decode.pcm_sha256(audio), frames=audio.frames)
        return Material(source, analyse(audio), lambda: audio, Path(song).stem).written()
    house, organisation = open_house()
    return material_of(house, organisation, recording_named(house, organisation, song)).written()


# ── both ──


def _chosen(proposal: Proposal, wish: Wish) -> Recipe:
    if wish.nearest and proposal.refusals and proposal.nearest is not None:
        return proposal.nearest
    return proposal.recipe


def _shown(offered: Offered, recipe: Recipe, wish: Wish) -> None:
    """The proposal in plain view; a recipe that is refused ends here, with every refusal."""
    if wish.recipe_out is not None:
        text = json.dumps(recipe.to_document(), indent=1, sort_keys=True, ensure_ascii=False)
        wish.recipe_out.write_text(text + "\n", encoding="utf-8")
    proposal = offered.proposal
    refused = proposal.refusals if recipe is proposal.recipe else ()
    if wish.as_json:
        typer.echo(json.dumps({**offered.to_document(), "recipe": card_of(recipe)}, indent=1, sort_keys=True))
    else:
        typer.echo(", ".join(words_of(proposal.plan)))
        for note in proposal.notes:
            typer.echo(f"  ({note})")
        for number, line in enumerate(lines_of(recipe), start=1):
            typer.echo(f"  {number}. {line}")
        for reason in offered.to_document()["reasons"]:
            detail = f" ({reason['detail']})" if reason["detail"] else ""
            typer.echo(f"  the holders: {reason['words']}{detail}")
        for refusal in refused:
            typer.echo(f"  refused: {refusal}")
        if refused and proposal.nearest is not None:
            typer.echo("  the nearest that is allowed (take it with --nearest):")
            for line in lines_of(proposal.nearest):
                typer.echo(f"    {line}")
    if refused and not wish.dry_run:
        raise NotAllowed(refused)


def _written(source: Path, target: Path) -> None:
    """The sound in the format of the target's name."""
    import shutil

    from ritornello.analysis import decode

    if target.suffix.lower() == ".flac":
        shutil.copyfile(source, target)
    else:
        decode.write(target, decode.read(source), {"wav": "wav24"}.get(target.suffix.lower().lstrip("."), "mp3"))
    typer.echo(f"{target}")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))


def numbers(text: str, option: str) -> list[int]:
    """Section numbers as they are typed, "1,3,2". Raises Refused."""
    try:
        return [int(part) for part in text.replace(" ", ",").split(",") if part]
    except ValueError as error:
        raise Refused(f"{option} {text}: write section numbers with commas, such as 1,3,2") from error


def levels(rows: Sequence[str]) -> dict[str, int]:
    """Parts and their levels in hundredths of a decibel, from "drums=-3". Raises Refused."""
    found: dict[str, int] = {}
    for row in rows:
        part, _, decibels = row.partition("=")
        try:
            found[part.strip()] = round(100 * float(decibels.replace(",", ".")))
        except (ValueError, OverflowError) as error:
            raise Refused(f"--level {row}: write a part and decibels, such as drums=-3") from error
    return found


def words_hash(path: Path, language: str) -> str:
    """The hash of words that a recipe carries; the words themselves stay with whoever wrote them."""
    from ritornello.studio.lyrics import read_lyrics

    return read_lyrics(path.read_text(encoding="utf-8"), language).sha256


def _bar() -> Callable[[float, str], None] | None:
    """How a render of a loose file tells its progress: on a terminal, as one line that is written over."""
    import sys

    if not sys.stderr.isatty():
        return None

    def told(part: float, what: str) -> None:
        end = "\n" if part >= 1 else ""
        sys.stderr.write(f"\r{part:4.0%} {what[:40]:40}{end}")
        sys.stderr.flush()

    return told
