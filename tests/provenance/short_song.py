"""One second of sound in each format that carries a manifest, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.provenance.manifest import Disclosure, Parent, Statement
from ritornello.provenance.tags import Tags

RATE = 44_100
AT = datetime(2026, 6, 20, 8, tzinfo=UTC)
FORMATS = {"flac": "flac24", "mp3": "mp3", "wav": "wav24"}

STATEMENT = Statement(
    title="Ritornello (quietfox remix)",
    isrc="DEXX12600002",
    recording_id="rec_remix",
    derivative_type="REMIX",
    parents=(Parent("Ritornello", "DEXX12600001", "ab" * 32, "rec_original"),),
    licence_id="lic_one",
    licence_sha256="cd" * 32,
    recipe_id="ef" * 32,
    pcm_sha256="01" * 32,
    disclosure=Disclosure.NONE,
    did=("tempo", "key", "reorder"),
)
TAGS = Tags(
    title="Ritornello (quietfox remix)",
    artist="Ilse Varga",
    isrc="DEXX12600002",
    remixer="quietfox",
    original_artist="Ilse Varga",
    composers=("Tomas Brandt", "Noor Haddad"),
    label="Saltmarsh Recordings",
    year=2026,
    genre="Electronic",
    p_line="℗ 2026 Saltmarsh Recordings",
    c_line="© 2026 Saltmarsh Recordings",
    extra=(("LICENCE", "lic_one"), ("PARENT ISRC", "DEXX12600001")),
)


def tone(hertz: float = 220.0) -> Audio:
    """One second of a quiet tone in stereo."""
    wave = 0.25 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    return Audio(np.column_stack([wave, wave]).astype(np.float32), RATE)


def file_of(folder: Path, kind: str, hertz: float = 220.0) -> Path:
    """A file of that tone, without tags and without a manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    return decode.write(folder / f"{int(hertz)}.{kind}", tone(hertz), FORMATS[kind])
