"""The schema gate: ERN messages against the DDEX schemas, which are not ours to ship.

Whoever has the schemas names their folder. What lies there must be the very files that were tested: their SHA-256 is
pinned, so that an altered or newer file is noticed instead of believed. Nothing is ever
fetched.
"""

from __future__ import annotations

import hashlib
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from ritornello.messages.findings import Finding

SCHEMA = "ern432/release-notification.xsd"
VALUE_SETS = "allowed-value-sets.xsd"
PINNED = {
    SCHEMA: "d808da301b6d5a9b4129474b199c77fd51b362474abebefb00eb7cee109c6da7",
    VALUE_SETS: "c0cb3759f59dcea9bb4ab3bcc0899ce3f5c5ef15b94cb4086c25c76829e079a8",
}
"""ERN 4.3.2 and allowed value sets version 9, as tested."""

_ONE_AT_A_TIME = threading.Lock()
"""A compiled schema keeps the errors of its last document, so two threads must not share one document's time."""


class SchemaError(ValueError):
    """The configured folder does not hold the pinned schemas; the message says which file and what to do."""


@lru_cache(maxsize=4)
def _schema(folder: Path) -> etree.XMLSchema:
    for name, pinned in PINNED.items():
        path = folder / name
        if not path.is_file():
            raise SchemaError(f"{name} is not in {folder}; name the folder that holds the DDEX schemas")
        if hashlib.sha256(path.read_bytes()).hexdigest() != pinned:
            raise SchemaError(
                f"{name} in {folder} is not the file that was tested (its SHA-256 differs); put that there"
            )
    # The pinned schema takes its value sets from ../allowed-value-sets.xsd, so nothing can be fetched.
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    return etree.XMLSchema(etree.parse(str(folder / SCHEMA), parser))


def validate_schema(content: bytes, folder: Path | None) -> tuple[Finding, ...]:
    """Hold a message against the schemas in `folder`; an empty answer means valid.

    Without a folder there is one finding of severity "warning", code `no_schema`, that says so. Content that is no XML
    is one "error". Raises `SchemaError` where the folder does not hold the pinned files.
    """
    if folder is None:
        message = (
            "not held against the DDEX schema, since no schema folder is configured; "
            "the rules of the field were checked all the same"
        )
        return (Finding("no_schema", "warning", message, "NewReleaseMessage"),)
    schema = _schema(Path(folder))
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False)
    try:
        document = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return (Finding("no_xml", "error", f"it is no XML: {error.msg}", "NewReleaseMessage", error.lineno),)
    if document.getroottree().docinfo.internalDTD is not None:
        text = "it declares a document type, which no DDEX message has; take the DOCTYPE out"
        return (Finding("doctype", "error", text, "NewReleaseMessage", 1),)
    with _ONE_AT_A_TIME:
        if schema.validate(document):
            return ()
        entries: Any = schema.error_log
        return tuple(
            Finding("schema", "error", entry.message, "NewReleaseMessage", entry.line, entry.path or None)
            for entry in entries
        )
