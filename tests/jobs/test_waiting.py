"""How long a job waits before it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.jobs import JobError, Order
from ritornello.jobs.model import LONGEST_WAIT, wait_after


@given(st.integers(1, 1000), st.text(max_size=20))
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(attempt: int, job_id: str) -> None:
    plain = min(timedelta(seconds=2) * 2 ** min(attempt - 1, 20), LONGEST_WAIT)
    assert plain <= wait_after(attempt, job_id) <= plain * 5 / 4
    assert wait_after(attempt, job_id) == wait_after(attempt, job_id)


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    assert len({wait_after(3, f"job_{n}") for n in range(100)}) > 50


@pytest.mark.parametrize("wrong", [{"kind": ""}, {"key": ""}, {"kind": "k" * 65}, {"key": "k" * 201}])
def test_an_order_needs_a_kind_and_a_key(wrong: dict[str, str]) -> None:
    with pytest.raises(JobError, match="needs a kind"):
        Order(**{"kind": "render", "key": "k", **wrong})


def test_an_order_is_tried_at_least_once() -> None:
    with pytest.raises(JobError, match="max_attempts"):
        Order("render", "k", max_attempts=0)
