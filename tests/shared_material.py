"""Where material that is not ours to ship lies, when it lies beside the checkout.

Tests on real recordings and DDEX schemas are *collected* only where the folder is (`if MUSIC is not None:`); the
closing line of the run says how many folders were missing. Nothing is skipped: what is not there is not a test.
"""

from __future__ import annotations

import os
from pathlib import Path


def _find() -> Path | None:
    named = os.environ.get("RITORNELLO_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parent.parent.parent / "shared"
    return folder if folder.is_dir() else None


def _below(name: str) -> Path | None:
    return SHARED / name if SHARED is not None and (SHARED / name).is_dir() else None


SHARED = _find()
MUSIC = _below("music")
DDEX = _below("ddex")
MISSING = [name for name, folder in (("music", MUSIC), ("ddex", DDEX)) if folder is None]
