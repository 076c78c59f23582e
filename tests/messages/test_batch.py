"""A batch is completed by a file that says what was in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from ritornello.messages.batch import batch_complete

AT = datetime(2026, 6, 20, 8, tzinfo=UTC)


def test_a_batch_is_never_completed_by_an_empty_file() -> None:
    files = {"b.xml": "cd" * 32, "a/b.flac": "ab" * 32}
    name, content = batch_complete(files, datetime(2026, 6, 20, 8, 0, 0, 7000, tzinfo=UTC))
    assert name == "BatchComplete_20260620080000007.xml"
    assert [one.get("Path") for one in etree.fromstring(content)] == ["a/b.flac", "b.xml"]
    with pytest.raises(ValueError, match="without files"):
        batch_complete({}, AT)
