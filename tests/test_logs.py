"""Logs: machine-readable where no terminal reads, and no secret in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from ritornello import logs
from ritornello.people.tokens import Door, new_token


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    import structlog

    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_is_json_with_its_fields() -> None:
    out = io.StringIO()
    logs.set_up("auto", "INFO", out)
    logs.logger("jobs").info("job done", job="job_1", tries=2)
    logs.logger("jobs").debug("not said")
    logging.getLogger("uvicorn").warning("port %s is taken", 8765)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert (first["event"], first["room"], first["job"], first["tries"]) == ("job done", "jobs", "job_1", 2)
    assert first["level"] == "info" and first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("port 8765 is taken", "warning")


def test_an_exception_is_told_with_its_place() -> None:
    out = io.StringIO()
    logs.set_up("json", "INFO", out)
    try:
        raise ValueError("broken")
    except ValueError:
        logs.logger("jobs").exception("job failed")
    line = json.loads(out.getvalue())
    assert line["exception"][0]["exc_type"] == "ValueError"


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_written(door: Door, form: logs.Format) -> None:
    out = io.StringIO()
    logs.set_up(form, "INFO", out)
    secret = new_token(door)
    logs.logger("web").info(f"GET /sign-in/{secret}", cookie=secret)
    logging.getLogger("uvicorn.access").warning("GET /sign-in?token=%s", secret)
    assert secret not in out.getvalue() and secret[5:20] not in out.getvalue()
    assert f"{door.value}_…" in out.getvalue()


def test_people_read_plain_lines() -> None:
    out = io.StringIO()
    logs.set_up("console", "INFO", out)
    logs.logger("jobs").info("job done", job="job_1")
    assert "job done" in out.getvalue() and "{" not in out.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_failure_is_told_without_what_the_variables_held(form: logs.Format) -> None:
    out = io.StringIO()
    logs.set_up(form, "INFO", out)

    def pay(iban: str) -> None:
        raise ValueError(f"cannot pay {len(iban)} letters")

    try:
        pay("".join(("DE89", "370400440532013000")))
    except ValueError:
        logs.logger("jobs").exception("job failed")
    assert "cannot pay 22 letters" in out.getvalue()
    assert "DE89370400440532013000" not in out.getvalue()
