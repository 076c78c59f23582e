"""What a file says about itself before it is read: whether it is a DSR flat file, and of which profile."""

from __future__ import annotations

from ritornello.messages.dsr_columns import profile_named
from ritornello.usage.opening import Opened


def is_dsr(opened: Opened) -> bool:
    """Whether the first row that is no comment is a DSR head."""
    with opened.path.open("rb") as stream:
        for raw in stream:
            line = raw.removeprefix(b"\xef\xbb\xbf")
            if line.strip() and not line.startswith(b"#"):
                return line.startswith(b"HEAD\t")
    return False


def profile_of(opened: Opened) -> str | None:
    with opened.path.open("rb") as stream:
        for raw in stream:
            if raw.removeprefix(b"\xef\xbb\xbf").startswith(b"HEAD\t"):
                cells = raw.decode("utf-8-sig", errors="replace").split("\t")
                return profile_named(cells[2]) if len(cells) > 2 else None
    return None
