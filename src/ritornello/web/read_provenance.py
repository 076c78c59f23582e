"""What a derivative came from, as its own files say it: the signed record, the verdict, the files to take along."""

from __future__ import annotations

from ritornello.catalogue.model import Recording
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.read_tree import full_title
from ritornello.web.views import Fact, Link, ProvenanceView, State
from ritornello.web.wording import instant

_VERDICTS: dict[str, tuple[State, str]] = {
    "Trusted": ("yes", "The files carry a signed record of what they were made from, and the signer is trusted here."),
    "Valid": ("ask", "The signed record is whole, but its signer is not on the trust list."),
    "Invalid": ("no", "The signed record does not fit the file."),
    "None": ("none", "The files carry no record of what they were made from."),
}
_AI = {
    "none": "No generative AI was used.",
    "assistive": "No generative AI was used; a trained model helped to take the sound apart or to write it down.",
    "generative": "Generative AI was used.",
}
_TYPES = {"audio/flac": "FLAC", "audio/mpeg": "MP3", "audio/wav": "WAV", "application/xml": "Delivery message"}


def provenance(work: UnitOfWork, recording: Recording, names: Names) -> ProvenanceView | None:
    """The provenance of a recording that was cleared; None before that."""
    files = work.provenance.files_of(recording.id)
    if not files:
        return None
    worst = min((one.verdict for one in files), key=["Invalid", "None", "Valid", "Trusted"].index)
    render = work.studio.render(recording.id)
    parents = [full_title(one) for one in work.catalogue.parents(recording.id)]
    facts = [Fact("Made from", w.listed(parents))] if parents else []
    if render is not None:
        facts.append(Fact("Recipe", f"{render.recipe_id[:16]}…", "the same recipe and sources give the same samples"))
    facts += [Fact("Signed", instant(files[0].signed_at), f"samples {files[0].pcm_sha256[:16]}…")]
    facts += [
        Fact("Packed for", w.listed(map(names, package.destinations)), instant(package.packed_at))
        for package in work.distribution.packages_of(recording.id)
    ]
    state, words = _VERDICTS.get(worst, ("ask", ""))
    links = tuple(
        Link(f"{_TYPES.get(one.media_type, one.media_type)} ({one.role})", f"/songs/{recording.id}/files/{one.role}")
        for one in files
    )
    ai = "" if render is None else _AI.get(render.manifest["ai"], "")
    return ProvenanceView(worst, state, words, ai, tuple(facts), links)
