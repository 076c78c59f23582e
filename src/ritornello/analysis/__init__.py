"""What can be heard in a recording: decoding, spectra, beats, key, chords, sections, loudness.

The room listens and never changes audio. It is a library on its own: arrays in, frozen records out, no database, no
settings. Importing it costs nothing: numpy, numba and the audio libraries are loaded by the module that needs them,
when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ritornello.analysis.listen import analyse, analysis_key
    from ritornello.analysis.model import Analysis, Audio, AudioError

__all__ = ["Analysis", "Audio", "AudioError", "analyse", "analysis_key"]

_WHERE = {
    "Analysis": "model",
    "Audio": "model",
    "AudioError": "model",
    "analyse": "listen",
    "analysis_key": "listen",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it, the first time somebody asks (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
