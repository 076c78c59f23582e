"""One house for the module, with the short song in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ritornello.workflows.house import House
from tests.studio_doors import house as made


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = made.opened(tmp_path_factory.mktemp("studio"))
    made.fill(opened)
    yield opened
    opened.engine.dispose()
