"""What `ritornello make` does with a song of the house: understand, propose, show, take the licence, and render."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from ritornello.analysis.model import Audio
from ritornello.cli.failures import Refused
from ritornello.studio.building import Proposal
from ritornello.studio.check import NotAllowed
from ritornello.studio.plain import card_of, lines_of, separation_lines
from ritornello.studio.plan import Plan, kind_named, plan_of, words_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.sentence import Understood
from ritornello.studio.sheets import read_score, write_sheets
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Offered
from ritornello.workflows.studio_rooms import KindsRoom

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
        return kind_named(self.what)


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
    from ritornello.workflows import studio_desk, studio_orders, studio_songs
    from ritornello.workflows.measure_file import recording_named

    recording_id = recording_named(house, organisation, song)
    understood = None
    if not wish.kind and wish.recipe is None:
        understood = studio_songs.read_sentence(house, organisation, recording_id, wish.what)
    where = studio_desk.Where(
        Person(maker.party or only_fan(house, organisation), tier=maker.tier, age=maker.age, verified=True),
        TerritorySet.parse(territories),
        _listed(services),
        _listed(acts),
        studio_songs.words_in("" if wish.kind else wish.what),
    )
    if wish.recipe is not None:
        offered = studio_desk.check_recipe(
            house, organisation, recording_id, parse(wish.recipe.read_bytes()), where, at, title=wish.title
        )
    else:
        plan = plan_for(wish, understood)
        if plan.other:
            plan = replace(plan, other=recording_named(house, organisation, plan.other))
        if plan.groove:
            plan = replace(plan, groove=recording_named(house, organisation, plan.groove))
        own = own_take(wish) if wish.voice is not None else None
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
    shown(offered, recipe, wish)
    if wish.dry_run:
        return
    if not wish.own_work:
        raise Refused("to render, say --own-work: you warrant that what you add is your own and take the licence")
    sent = {TAKE: house.blobs.put_file(wish.voice)} if wish.voice is not None else {}
    order = studio_orders.order_render(
        house, organisation, recording_id, recipe, where, at, title=wish.title, own_work=True, contributions=sent
    )
    result = _rendered(house, organisation, order.job.id)
    typer.echo(f"{result['recording_id']}: made under {order.licence_id}", err=wish.as_json)
    for line in separation_lines(result.get("separations", ())):
        typer.echo(f"  {line}", err=wish.as_json)
    for point in result["needs_approval"]:
        typer.echo(f"  needs approval: {point['term']} could not be measured", err=wish.as_json)
    if wish.out is not None:
        with house.work(organisation, read_only=True) as work:
            made = work.catalogue.recording(result["recording_id"])
        if made is None or made.audio_key is None:
            raise Refused(f"{result['recording_id']} has no sound any more")
        _written(house.blobs.local_path(made.audio_key), wish.out)
        write_sheets(recipe, wish.out)


def rooms(
    house: House,
    organisation: str,
    song: str,
    at: datetime,
    *,
    kinds: Sequence[str],
    other: str,
    groove: str,
    maker: Maker,
    territories: str,
    services: str,
) -> tuple[KindsRoom, ...]:
    """How much room each kind of a song of the house has. Songs are named by ISRC or id."""
    from ritornello.consent.requests import Person
    from ritornello.identifiers.territories import TerritorySet
    from ritornello.workflows.measure_file import recording_named
    from ritornello.workflows.studio_desk import Where
    from ritornello.workflows.studio_rooms import rooms_of

    where = Where(
        Person(maker.party or only_fan(house, organisation), tier=maker.tier, age=maker.age, verified=True),
        TerritorySet.parse(territories),
        _listed(services),
    )
    one, other, groove = (recording_named(house, organisation, name) if name else "" for name in (song, other, groove))
    return rooms_of(house, organisation, one, where, at, kinds=kinds, other=other, groove=groove)


def only_fan(house: House, organisation: str) -> str:
    from ritornello.people.roles import Role

    with house.work(organisation, read_only=True) as work:
        fans = sorted(
            {member.party_id for _, member in work.people.members() if Role.FAN in member.roles and member.party_id}
        )
    if len(fans) != 1:
        raise Refused(f"say with --for which party makes it (fans here: {', '.join(fans) or 'none'})")
    return fans[0]


def _rendered(house: House, organisation: str, job_id: str) -> Mapping[str, Any]:
    from ritornello.cli.working import worked_off
    from ritornello.workflows.studio_jobs import handlers_of

    return worked_off(house, organisation, job_id, "the render", lambda now: handlers_of(house, now))


def own_take(wish: Wish, rate: int | None = None) -> tuple[Source, Callable[[], Audio]]:
    """The person's own recording as a source, and how to hear it; frames count at `rate` (its own by default)."""
    from ritornello.analysis import decode

    if not wish.own_work:
        raise Refused("--voice needs --own-work: you declare that it is you, and no machine imitates anybody's voice")
    assert wish.voice is not None
    audio = decode.read(wish.voice)
    frames = round(audio.frames * (rate or audio.rate) / audio.rate)
    source = Source(TAKE, "contribution", decode.pcm_sha256(audio), frames, declaration="own_performance")
    return source, lambda: audio


def _chosen(proposal: Proposal, wish: Wish) -> Recipe:
    if wish.nearest and proposal.refusals and proposal.nearest is not None:
        return proposal.nearest
    return proposal.recipe


def shown(offered: Offered, recipe: Recipe, wish: Wish) -> None:
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
