"""What is kept of listening and making: a recording's analysis and waveform, a derivative's render.

What was heard can be heard again, so it may be replaced; how a derivative was made is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

PaperKind = Literal["draft", "score", "take", "words"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one recording.

    `analysis`: the document of `ritornello.analysis.model.Analysis`; `peaks`: (lowest, highest) per bucket of equal
    length over the whole recording, full scale 32767; `pcm_sha256`: of the samples that were analysed.
    """

    recording_id: str
    pcm_sha256: str
    analysis: Mapping[str, Any]
    peaks: tuple[tuple[int, int], ...]
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Render:
    """How one derivative was made, under which licence, and what was measured on it.

    `manifest`: the document of `ritornello.studio.manifest.Manifest`; `measurement`: what was really changed, as the
    document of the measurement; `sources`: the recipe's source ids to recording ids.
    """

    recording_id: str
    licence_id: str
    recipe_id: str
    manifest: Mapping[str, Any]
    measurement: Mapping[str, Any]
    rendered_at: datetime
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paper:
    """Something that a maker keeps on the desk beside one song: a draft, a corrected score, a take, or words.

    `owner` is the maker's party, or the person where they are none; nobody else of the house reads it. `document` is
    integer JSON; of a take it names the blob and the hash of its samples.
    """

    id: str
    owner: str
    recording_id: str
    kind: PaperKind
    name: str
    document: Mapping[str, Any]
    saved_at: datetime
