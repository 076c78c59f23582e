"""What a release says of generative AI, in the form each destination asks for.

Rules of the trade, 15: an operation is of class none, assistive or generative, and only *generative* is disclosed. The
sound, the composition (with its words), the artwork and a video are told apart, since services ask for them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ritornello.distribution.destinations import AiForm, Destination
from ritornello.messages import ern
from ritornello.provenance.manifest import Disclosure

ROLES: Mapping[str, str] = {"generate": "Musician"}
"""What a generative operation of the studio contributes, in the roles of ERN: the models there are make no voice."""


@dataclass(frozen=True, slots=True)
class AiUse:
    """How machines took part in each layer of a release.

    `roles` are the contributions that a generative model made *wholly* ("Musician", "Vocalist", …, the roles of ERN). A
    contribution that a person and a model share is told as two: the person's, and the model's.
    """

    sound: Disclosure = Disclosure.NONE
    composition: Disclosure = Disclosure.NONE
    artwork: Disclosure = Disclosure.NONE
    video: Disclosure = Disclosure.NONE
    roles: tuple[str, ...] = ()

    @classmethod
    def of_manifest(cls, manifest: Mapping[str, Any]) -> AiUse:
        """What the manifest of a render discloses: the class of its sound, and the roles that a model made wholly.

        The studio generates no words and no tune, so the composition is of no class of its own.
        """
        generative = [row["op"] for row in manifest.get("ai_steps", ()) if row["ai"] == Disclosure.GENERATIVE]
        return cls(Disclosure(str(manifest["ai"])), roles=tuple(dict.fromkeys(ROLES[op] for op in generative)))

    @property
    def in_recording(self) -> bool:
        """Whether a generative model took part in what is heard: its sound, or the song."""
        return Disclosure.GENERATIVE in (self.sound, self.composition)


def contains_ai(generative: bool) -> ern.AiShare:
    """`Partly` or `None`: a derivative of a human recording is never wholly a machine's."""
    return "Partly" if generative else "None"


def vector(use: AiUse, destination: Destination) -> tuple[str, ...]:
    """What this destination is told, as short texts in its own vocabulary; empty where there is nothing to disclose.

    Four tags: the layers in which a model made a material portion. Roles: only those that a model made wholly. Else
    what ERN's ContainsAI says.
    """
    layers = {
        "Artwork": use.artwork,
        "Track": use.sound,
        "Composition": use.composition,
        "Music Video": use.video,
    }
    generative = tuple(name for name, layer in layers.items() if layer is Disclosure.GENERATIVE)
    match destination.ai:
        case AiForm.FOUR_TAGS:
            return generative
        case AiForm.ROLES:
            return use.roles if use.in_recording else ()
        case AiForm.CONTAINS_AI:
            return (f"ContainsAI {contains_ai(True)}",) if generative else ()
