"""Messages: a release told to a service, written, checked by the field's rules, read again, held against the schema.

The schema is DDEX's: its row stands only where a folder with the schemas is configured (`RITORNELLO_DDEX_SCHEMAS`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time

from lxml import etree
from tests.messages.remix_message import MESSAGE, PARENT, SCOPE

from bench import Row
from ritornello.messages import ern
from ritornello.settings import Settings

SECONDS = 0.5


def rows() -> Iterator[Row]:
    content = ern.write(MESSAGE)
    size = f"({len(content):,} bytes)"
    parse = _each(lambda: etree.fromstring(content))
    written = _each(lambda: ern.write(MESSAGE))
    yield Row(f"write an ERN message {size}", f"{1 / written:,.0f} /s")
    checked = _each(lambda: ern.check(MESSAGE, SCOPE, parents=[PARENT]))
    yield Row("check it by the field's rules", f"{1 / checked:,.0f} /s")
    read = _each(lambda: ern.read(content))
    peer = f"{1 / parse:,.0f} /s (lxml, parsing alone)"
    yield Row("read it into records", f"{1 / read:,.0f} /s", peer, f"{parse / read:.2f} x")
    folder = Settings().ddex_schemas
    if folder is None:
        return
    ern.validate_schema(content, folder)  # compiles the schema, once for a process
    ours = _each(lambda: ern.validate_schema(content, folder))
    schema = etree.XMLSchema(etree.parse(str(folder / "ern432/release-notification.xsd")))
    theirs = _each(lambda: schema.validate(etree.fromstring(content)))
    peer = f"{1 / theirs:,.0f} /s (lxml by itself)"
    yield Row("hold it against the schema", f"{1 / ours:,.0f} /s", peer, f"{theirs / ours:.2f} x", "957 /s")


def _each(job: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    job()
    start, times = process_time(), 0
    while process_time() - start < SECONDS:
        job()
        times += 1
    return (process_time() - start) / times
