"""What the whole suite shares: hypothesis profiles, and the closing line on material that was not there."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests.shared_material import MISSING

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=100, database=None)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=2000, database=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if hasattr(terminalreporter.config, "workerinput"):
        return
    absent = f"not collected, since the folder is not here: {', '.join(MISSING)}" if MISSING else "all folders present"
    terminalreporter.write_line(f"tests on shared material: {absent}")
