"""Files that come in through the web: to a temporary file piece by piece, never more than the installation takes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from fastapi import UploadFile

from ritornello.api.doors import Installation
from ritornello.api.errors import Problem

PIECE = 1 << 20
PATIENCE = 20.0
"""Seconds that a request waits for its turn to have its file heard."""


@contextmanager
def heard_in_turn(here: Installation) -> Iterator[None]:
    """A turn to listen to a file within a request.

    Raises `Problem` 503 after `PATIENCE` seconds in which others were heard.
    """
    if not here.listening.acquire(timeout=PATIENCE):
        raise Problem(
            503, "other files are being heard", mend="send it again in a minute", headers={"Retry-After": "60"}
        )
    try:
        yield
    finally:
        here.listening.release()


@contextmanager
def uploaded(file: UploadFile, here: Installation) -> Iterator[Path]:
    """The upload as a file that is gone afterwards; it is called as it came, as far as a file can be.

    Raises `Problem` 413 for one that is larger than the installation takes, 422 for an empty one.
    """
    most = here.settings.upload_limit_mib << 20
    with tempfile.TemporaryDirectory(dir=here.house.home) as folder:
        path = Path(folder) / _kept_as(file)  # what is wrong with it is told by this name
        size = 0
        with path.open("wb") as target:
            while piece := file.file.read(PIECE):
                size += len(piece)
                if size > most:
                    raise Problem(
                        413,
                        f"the file is larger than {here.settings.upload_limit_mib} MiB",
                        mend="send a smaller one, or have RITORNELLO_UPLOAD_LIMIT_MIB raised",
                    )
                target.write(piece)
        if not size:
            raise Problem(422, "file: it is empty", mend="choose the file again")
        yield path


def _kept_as(file: UploadFile) -> str:
    """A name for the temporary file that its sender knows: letters, digits, and what is harmless between them."""
    name = PurePath(plain_name(file))
    plain = "".join(one if one.isalnum() or one in " -_()" else "_" for one in name.stem[:40]).strip() or "upload"
    suffix = name.suffix[:12]
    return f"{plain}{suffix if suffix.isascii() else ''}"


def plain_name(file: UploadFile) -> str:
    """What the file is called, without any folder."""
    return PurePath((file.filename or "").replace("\\", "/")).name[-200:] or "file"
