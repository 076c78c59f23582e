"""From a yes to a recording: freeze the decision into a licence, render, measure what was done, link the lineage.

Nothing renders without a licence, and nothing is kept of a render that oversteps it. What could not be measured needs
an approval before the derivative leaves; it never passes by itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
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
from ritornello.consent.errors import Finding, raise_any
from ritornello.consent.licence import Contribution, NewRecording, issue
from ritornello.proof import sha256_hex, stable_id
from ritornello.proof.signing import Signed
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio import footprint
from ritornello.studio.bounds import Bounds
from ritornello.studio.cache import StepCache
from ritornello.studio.machine_help import disclosed
from ritornello.studio.measure import Measurement, Overstep
from ritornello.studio.parents import Measured, Parent, hold_all, hold_level, level_only, measure_all
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Finding as RecipeFinding
from ritornello.studio.recipe import Recipe, RecipeError, Source
from ritornello.studio.records import Render
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import index_recording
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

    Raises `ConsentError` for a decision that is not a plain yes, and where the originals would be promised more than
    there is, naming the largest share that still fits.
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
        _check_shares(work, signed.payload)
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
    *,
    contributions: Mapping[str, str] | None = None,
    words: Mapping[str, Any] | None = None,
) -> Made:
    """Render the derivative of a licence and keep it, with its lineage.

    Args:
        house: the installation.
        organisation: whose books it goes into.
        licence: the signed licence; its bounds bind recipe and audio.
        cook: writes the recipe, given what was heard in the first original, that original, and the bounds.
        naming: title and maker of the new recording.
        at: when.
        report: hears the progress; an exception that it raises stops the render. Finished steps are kept, so that the
            same recipe goes on from there; of the derivative nothing is kept.
        contributions: the maker's own recordings: source ids of the recipe to blob keys.
        words: what other words are called and who wrote them (`studio_words.words_for`); kept with the render.

    Raises:
        NotAllowed: the recipe asks for more than the bounds, told before a sample is read.
        RecipeError: it reads a recording that the licence does not name, or a contribution that was not given.
        Overstepped: the audio does.
    """
    payload = licence.payload
    bounds = Bounds.from_document(payload["bounds"])
    with house.work(organisation, read_only=True) as work:
        originals = [_original(work, name) for name in payload["scope"]["sources"]]
    original, analysis, _ = originals[0]
    recipe = cook(analysis, original, bounds)
    recording_id = stable_id("rec", str(payload["id"]), recipe.id)
    recordings, keys = _keys(recipe, originals, contributions or {})
    with house.work(organisation, read_only=True) as work:
        known, render = work.catalogue.recording(recording_id), work.studio.render(recording_id)
    if known is not None and render is not None:
        report(1.0, "made before")
        told = Measurement.from_document(render.measurement)
        return Made(known, payload, render, told, held_again(render, bounds, original.id), again=True)

    from ritornello.analysis import decode
    from ritornello.studio.neural.registry import neural_of
    from ritornello.studio.render import render as render_audio

    def loader(key: str) -> Callable[[], Audio]:
        return lambda: decode.read(house.blobs.local_path(key))

    rendered = render_audio(
        recipe,
        {name: loader(key) for name, key in keys.items()},
        lambda done, words: report(0.6 * done, words),
        bounds=bounds,
        cache=StepCache(house.home / "cache" / "studio"),
        neural=neural_of(house.weights),
    )
    report(0.6, "writing the master")
    with tempfile.TemporaryDirectory(dir=house.home) as folder:
        master = decode.write(Path(folder) / "master.flac", rendered.audio, "flac24")
        # what is measured, heard and described is what the file holds, after its rounding to 24 bits
        audio = decode.read(master)
        report(0.62, "measuring what was really changed")
        heard_in = sources_heard(recipe)
        parents = [
            Parent(recordings[source.id], loader(keys[source.id]), _voice(source, keys, loader))
            for source in recipe.sources
            if source.id in heard_in
        ]
        if parents:
            measured = measure_all(parents, audio, lambda done, words: report(0.62 + 0.13 * done, words))
        else:
            measured = Measured({}, level_only(audio))
        oversteps = _held(recipe, measured, bounds)
        if broken := tuple(one for one in oversteps if one.kind == "exceeds"):
            raise Overstepped(broken)
        analysis, heard = listen(recording_id, audio, at, lambda done, words: report(0.75 + 0.2 * done, words))
        audio_key = house.blobs.put_file(master)
    recording = Recording(
        id=recording_id,
        title=naming.title,
        version_title=naming.version_title,
        work_ids=tuple(dict.fromkeys(name for one, _, _ in originals for name in one.work_ids)),
        main_artist=original.main_artist if heard_in else naming.maker,
        label=payload["new_recording"]["owner"],
        performers=_credits(originals, naming, bool(heard_in)),
        duration_ms=round(audio.duration_s * 1000),
        pcm_sha256=heard.pcm_sha256,
        audio_key=audio_key,
        year=naming.year,
        p_line=original.p_line,
        c_line=original.c_line,
        genre=original.genre,
        explicit=any(one.explicit for one, _, _ in originals),
        kind="derivative",
        derivative_type=payload["scope"]["types"][0],
    )
    with house.work(organisation, read_only=True) as work:
        renders = {recordings[name]: work.studio.render(recordings[name]) for name in heard_in}
    inherited = {name: one.manifest for name, one in renders.items() if one is not None}
    made = Render(
        recording_id=recording_id,
        licence_id=str(payload["id"]),
        recipe_id=recipe.id,
        manifest=disclosed(rendered.manifest.to_document(), inherited) | ({"words": dict(words)} if words else {}),
        measurement=measured.to_document(),
        rendered_at=at,
        sources=recordings,
    )
    with house.work(organisation) as work:
        work.catalogue.save_recording(recording)
        work.studio.save_heard(heard)
        work.studio.add_render(made)
        catalogue.link(work.catalogue, recording_id, edges_of(work, payload, recording_id), at)
        work.commit()
    index_recording(house, organisation, recording, audio, analysis.to_document())
    report(1.0, "made")
    return Made(recording, payload, made, measured.whole, oversteps)


Original = tuple[Recording, Analysis, dict[str, str]]


def _credits(originals: Sequence[Original], naming: Naming, sampled: bool) -> tuple[Credit, ...]:
    """Who performs: those of the recordings that are in it, and the maker; in a cover the maker alone."""
    names = [credit for one, _, _ in originals for credit in one.performers] if sampled else []
    role = naming.role if sampled else "MainArtist"
    return (*dict.fromkeys(names), Credit(naming.maker, role))


def sources_heard(recipe: Recipe) -> frozenset[str]:
    """The sources whose recording is in the result."""
    carried = footprint.flow(recipe).sources
    return frozenset(name for name, one in carried.items() if "recording" in one.rights)


def held_again(render: Render, bounds: Bounds, original: str) -> tuple[Overstep, ...]:
    """What is kept of a render held against the bounds of its licence, exactly as when it was made.

    `original`: the first recording of the licence. Which of them sound in the result is read from the kept recipe.
    """
    whole = Measurement.from_document(render.measurement)
    parts = render.measurement.get("parents", {})
    apart = {name: Measurement.from_document(one) for name, one in parts.items()} or {original: whole}
    return _held(parse(render.manifest["recipe"]), Measured(apart, whole), bounds)


def _held(recipe: Recipe, measured: Measured, bounds: Bounds) -> tuple[Overstep, ...]:
    if not sources_heard(recipe):
        return hold_level(measured.whole, bounds)
    return hold_all(measured, bounds)


def _keys(
    recipe: Recipe, originals: Sequence[Original], contributions: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Source ids to recording ids, and the names that a render asks for to blob keys.

    Recordings are found by the hash of their samples, so that a recipe reads what the licence names and nothing else.
    """
    by_pcm = {one.pcm_sha256: (one, stems) for one, _, stems in originals}
    recordings: dict[str, str] = {}
    keys: dict[str, str] = {}
    missing = []
    for number, source in enumerate(recipe.sources):
        if source.kind == "contribution":
            if source.id in contributions:
                keys[source.id] = contributions[source.id]
            else:
                missing.append(RecipeFinding(f"sources[{number}]", "is a contribution that was not given", "send it"))
            continue
        # a composition names no samples: it is the work of the licence's first recording, or of the one it points to
        found = by_pcm.get(source.pcm_sha256) if source.pcm_sha256 else (originals[0][0], {})
        if found is None:
            missing.append(
                RecipeFinding(f"sources[{number}].pcm_sha256", "is no recording of this licence", "license it too")
            )
            continue
        recording, stems = found
        recordings[source.id] = recording.id
        if source.kind == "recording":
            keys[source.id] = recording.audio_key or ""
            keys |= {f"{source.id}/{part}": key for part, key in stems.items()}
    if missing:
        raise RecipeError(missing)
    return recordings, keys


def _check_shares(work: UnitOfWork, licence: Mapping[str, Any]) -> None:
    """Hold what a licence would promise against the lineage above it, before anybody has made anything."""
    child = f"derivative under {licence['id']}"
    edges = edges_of(work, licence, child)
    if not edges:
        return
    graph = Graph(work.catalogue.ancestry(licence["scope"]["sources"]))
    form = "fan_share" if licence["money"]["form"] == "fan_share" else "parent_share"
    raise_any(
        [
            Finding(
                f"share_money.{form}_permille" if one.code == "stack" else f"lineage.{one.code}",
                one.message,
                "ask the holders for a smaller share" if one.code == "stack" else "license other sources",
            )
            for one in graph.check_new(child, edges)
        ]
    )


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
) -> Callable[[], Audio] | Literal["none"] | None:
    """The original's voice as far as anybody has said: its stem, that there is none, or unknown."""
    if source.vocal_part is None:
        return None
    return loader(keys[f"{source.id}/{source.vocal_part}"]) if source.vocal_part else "none"


def _original(work: UnitOfWork, recording_id: str) -> Original:
    recording = work.catalogue.recording(recording_id)
    heard = work.studio.heard(recording_id)
    if recording is None or recording.audio_key is None or heard is None:
        raise SourceMissing(f"{recording_id} has no sound in the catalogue; onboard the recording with its audio first")
    parts = {stem.part: stem.audio_key for stem in work.catalogue.stems_of(recording_id)}
    return recording, Analysis.from_document(heard.analysis), parts
