"""What the whole suite shares: hypothesis profiles, one browser, the closing line on material that was not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.shared_material import MISSING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=100, database=None)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=2000, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hasattr(terminalreporter.config, "workerinput"):
        return
    absent = f"not collected, since the folder is not here: {', '.join(MISSING)}" if MISSING else "all folders present"
    terminalreporter.write_line(f"tests on shared material: {absent}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process: the driver cannot be started twice."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield chromium
        chromium.close()
