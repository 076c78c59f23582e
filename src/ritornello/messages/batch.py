"""The mark that a batch of deliveries is complete: a file that lists what was sent, so that it is never empty.

Some services refuse an empty BatchComplete (rules of the trade, 16), and none is known to refuse a filled one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from lxml import etree


def batch_complete(files: Mapping[str, str], at: datetime) -> tuple[str, bytes]:
    """Name and content of a batch's last file.

    Args:
        files: path in the batch to SHA-256 (hex) of everything that was sent.
        at: aware; the batch is named for this instant, to the millisecond, in UTC.

    Raises:
        ValueError: nothing was sent, so there is nothing to complete.
    """
    if not files:
        raise ValueError("a batch without files is not complete; send its messages first")
    root = etree.Element("BatchComplete", {"Batch": batch_name(at)})
    for path, sha256 in sorted(files.items()):
        etree.SubElement(root, "File", {"Path": path, "SHA-256": sha256})
    etree.indent(root)
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return f"BatchComplete_{batch_name(at)}.xml", content + b"\n"


def batch_name(at: datetime) -> str:
    """`20260620080000000`: the folder of a batch, by instant."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}{utc.microsecond // 1000:03d}"
