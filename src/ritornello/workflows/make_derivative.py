"""From a yes to a recording: freeze the decision into a licence, render, measure what was done, link the lineage.

Nothing renders without a licence, and nothing is kept of a render that oversteps it. What could not be measured needs
an approval before the derivative leaves; it never passes by itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ritornello.analysis.model import Analysis, Audio
from ritornello.catalogue import service as catalogue
from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import Credit, LineageEdge, Policy, Recording
from ritornello.consent.decision import Decision
from ritornello.consent.licence import Contribution, NewRecording, issue
from ritornello.proof import sha256_hex, stable_id
from ritornello.proof.signing import Signed
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Measurement, Overstep, hold_against, measure
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.records import Render
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.onboard_catalogue import listen

LICENCE_LEAF = "licence"


class Overstepped(Exception):
    """The finished audio does not keep within its licence; nothing of it was kept. `oversteps` holds every one."""

    def __init__(self, oversteps: tuple[Overstep, ...]) -> None:
        super().__init__("the render oversteps its licence: " + "; ".join(str(one) for one in oversteps))
        self.oversteps = oversteps


class SourceMissing(Exception):
    """A recording that a derivative should be made of is not in the catalogue, or has no sound."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How the new recording is called and who made it."""

    title: str
    version_title: str
    maker: str
    role: str = "Remixer"
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A derivative as it was made. `open_points` are the oversteps that need an approval (unmeasured)."""

    recording: Recording
    licence: Mapping[str, Any]
    render: Render
    measurement: Measurement
    open_points: tuple[Overstep, ...] = ()
    again: bool = field(default=False)
    """It had been made before; nothing was rendered."""


def license_decision(
    house: House,
    organisation: str,
    decision: Decision,
    *,
    contribution: Contribution,
    new_recording: NewRecording,
    at: datetime,
    expires: date | None = None,
) -> Signed:
    """Freeze an allowed decision into a signed licence, kept and entered in the log. Taken twice it is one licence.

    Raises `ConsentError` for a decision that is not a plain yes.
    """
    signed = issue(
        decision,
        contribution=contribution,
        new_recording=new_recording,
        ring=house.keys(at),
        at=at,
        expires=expires,
    )
    with house.work(organisation) as work:
        work.consent.add_decision(decision)
        if work.consent.add_licence(signed):
            work.log.append(LICENCE_LEAF, str(signed.payload["id"]), sha256_hex(signed.signed_bytes()), at)
        work.commit()
    return signed


def make_derivative(
    house: House,
    organisation: str,
    licence: Signed,
    cook: Callable[[Analysis, Recording, Bounds], Recipe],
    naming: Naming,
    at: datetime,
    report: Report = silent,
) -> Made:
    """Render the derivative of a licence and keep it, with its lineage.

    Args:
        house: the installation.
        organisation: whose books it goes into.
        licence: the signed licence; its bounds bind recipe and audio.
        cook: writes the recipe, given what was heard in the original, the original, and the bounds.
        naming: title and maker of the new recording.
        at: when.
        report: hears the progress; an exception that it raises stops the render, and nothing is kept.

    Raises:
        NotAllowed: the recipe asks for more than the bounds, told before a sample is read.
        Overstepped: the audio does.
    """
    payload = licence.payload
    bounds = Bounds.from_document(payload["bounds"])
    source_id = payload["scope"]["sources"][0]
    with house.work(organisation, read_only=True) as work:
        original, analysis, parts = _original(work, source_id)
    recipe = cook(analysis, original, bounds)
    recording_id = stable_id("rec", str(payload["id"]), recipe.id)
    with house.work(organisation, read_only=True) as work:
        known, render = work.catalogue.recording(recording_id), work.studio.render(recording_id)
    if known is not None and render is not None:
        told = Measurement.from_document(render.measurement)
        report(1.0, "made before")
        return Made(known, payload, render, told, tuple(hold_against(told, bounds)), again=True)

    from ritornello.analysis import decode
    from ritornello.studio.render import render as render_audio

    def loader(key: str) -> Callable[[], Audio]:
        return lambda: decode.read(house.blobs.local_path(key))

    source = recipe.sources[0].id
    keys = {source: original.audio_key or "", **{f"{source}/{part}": key for part, key in parts.items()}}
    rendered = render_audio(
        recipe,
        {name: loader(key) for name, key in keys.items()},
        lambda done, words: report(0.6 * done, words),
        bounds=bounds,
    )
    report(0.6, "writing the master")
    with tempfile.TemporaryDirectory(dir=house.home) as folder:
        master = decode.write(Path(folder) / "master.flac", rendered.audio, "flac24")
        # what is measured, heard and described is what the file holds, after its rounding to 24 bits
        audio = decode.read(master)
        report(0.62, "measuring what was really changed")
        measurement = measure(
            loader(keys[source])(),
            audio,
            lambda done, words: report(0.62 + 0.13 * done, words),
            voice=_voice(recipe.sources[0], keys, loader),
        )
        oversteps = tuple(hold_against(measurement, bounds))
        if broken := tuple(one for one in oversteps if one.kind == "exceeds"):
            raise Overstepped(broken)
        _, heard = listen(recording_id, audio, at, lambda done, words: report(0.75 + 0.2 * done, words))
        audio_key = house.blobs.put_file(master)
    recording = Recording(
        id=recording_id,
        title=naming.title,
        version_title=naming.version_title,
        work_ids=original.work_ids,
        main_artist=original.main_artist,
        label=payload["new_recording"]["owner"],
        performers=(*original.performers, Credit(naming.maker, naming.role)),
        duration_ms=round(audio.duration_s * 1000),
        pcm_sha256=heard.pcm_sha256,
        audio_key=audio_key,
        year=naming.year,
        p_line=original.p_line,
        c_line=original.c_line,
        genre=original.genre,
        explicit=original.explicit,
        kind="derivative",
        derivative_type=payload["scope"]["types"][0],
    )
    made = Render(
        recording_id=recording_id,
        licence_id=str(payload["id"]),
        recipe_id=recipe.id,
        manifest=rendered.manifest.to_document(),
        measurement=measurement.to_document(),
        rendered_at=at,
        sources={source: original.id},
    )
    with house.work(organisation) as work:
        work.catalogue.save_recording(recording)
        work.studio.save_heard(heard)
        work.studio.add_render(made)
        catalogue.link(work.catalogue, recording_id, edges_of(work, payload, recording_id), at)
        work.commit()
    report(1.0, "made")
    return Made(recording, payload, made, measurement, oversteps)


def edges_of(work: UnitOfWork, licence: Mapping[str, Any], child: str) -> tuple[LineageEdge, ...]:
    """The lineage edges that a licence promises for its derivative, per side that carries money."""
    money, sources = licence["money"], licence["scope"]["sources"]
    graph = Graph(work.catalogue.ancestry(sources))
    edges: list[LineageEdge] = []
    for side in money["sides"]:
        if money["form"] == "fan_share":
            edges += graph.fan_share_edges(
                child,
                dict.fromkeys(sources, 1),
                fan_share=Fraction(side["fan_share_permille"], 1000),
                reciprocity=Fraction(money["reciprocity_permille"], 1000),
                licence_id=licence["id"],
                right_type=side["side"],
            )
        else:
            share = Fraction(side["parent_share_permille"], 1000) / len(sources)
            policy = Policy(money["lineage_policy"])
            edges += [LineageEdge(child, source, licence["id"], side["side"], share, policy) for source in sources]
    return tuple(edges)


def _voice(
    source: Source, keys: Mapping[str, str], loader: Callable[[str], Callable[[], Audio]]
) -> Audio | Literal["none"] | None:
    """The original's voice as far as anybody has said: its stem, that there is none, or unknown."""
    if source.vocal_part is None:
        return None
    if not source.vocal_part:
        return "none"
    return loader(keys[f"{source.id}/{source.vocal_part}"])()


def _original(work: UnitOfWork, recording_id: str) -> tuple[Recording, Analysis, dict[str, str]]:
    recording = work.catalogue.recording(recording_id)
    heard = work.studio.heard(recording_id)
    if recording is None or recording.audio_key is None or heard is None:
        raise SourceMissing(f"{recording_id} has no sound in the catalogue; onboard the recording with its audio first")
    parts = {stem.part: stem.audio_key for stem in work.catalogue.stems_of(recording_id)}
    return recording, Analysis.from_document(heard.analysis), parts
