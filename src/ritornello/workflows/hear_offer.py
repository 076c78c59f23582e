"""Hear it: a few seconds of the artist's own song at the edge of what an offer would allow."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

from ritornello.consent.terms import Terms
from ritornello.workflows.house import House

_AT_ONCE = threading.BoundedSemaphore(2)
"""Previews that are made at the same time in one process; whoever comes third waits a little and is then told."""
_PATIENCE_S = 20.0


class Busy(Exception):
    """Too many previews are being made; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """One edge of what is allowed. `tempo_permille` is of the original's speed; `words` say what one hears."""

    words: str
    tempo_permille: int
    key_cents: int
    keep_pitch: bool


def extremes(terms: Terms) -> tuple[Extreme, ...]:
    """The edges of tempo and key, only those that differ from the original."""
    sound = terms.transformation
    found = []
    for words, change in (
        ("as slow as allowed", sound.tempo_permille.low),
        ("as fast as allowed", sound.tempo_permille.high),
    ):
        if change:
            found.append(Extreme(words, 1000 + change, 0, sound.keep_pitch))
    for words, cents in (("as low as allowed", sound.key_cents.low), ("as high as allowed", sound.key_cents.high)):
        if cents:
            found.append(Extreme(words, 1000, cents, True))
    return tuple(found)


def preview(house: House, audio_key: str, extreme: Extreme) -> bytes:
    """The excerpt as WAV (16 bit). Raises `Busy`, `BlobError`, `AudioError`, or ValueError beyond all bounds."""
    from ritornello.studio.excerpt import as_far_as, excerpt

    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise Busy
    try:
        import soundfile

        heard = as_far_as(
            excerpt(house.blobs.local_path(audio_key)),
            tempo_permille=extreme.tempo_permille,
            key_cents=extreme.key_cents,
            keep_pitch=extreme.keep_pitch,
        )
        file = io.BytesIO()
        soundfile.write(file, heard.samples, heard.rate, format="WAV", subtype="PCM_16")
        return file.getvalue()
    finally:
        _AT_ONCE.release()
