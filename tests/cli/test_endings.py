"""How commands end: exit codes, one sentence for people, the usage for wrong use, and --help without heavy rooms."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from ritornello.cli.failures import BROKEN, OK, REFUSED, STOPPED, USAGE, Refused, spoken

SOURCE = Path(__file__).parents[2] / "src"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); sys.argv[0] = 'ritornello'; "
    program += "from ritornello.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, str(SOURCE), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_unknown_command_shows_the_usage() -> None:
    done = run("nonsense")
    assert done.returncode == USAGE
    assert "No such command" in done.stderr and "Traceback" not in done.stderr


def test_a_missing_file_is_wrong_use() -> None:
    done = run("licence", "verify", "nowhere.json")
    assert done.returncode == USAGE
    assert "does not exist" in done.stderr


def test_what_is_no_identifier_is_refused_in_one_sentence() -> None:
    done = run("explain", "XX")
    assert done.returncode == REFUSED
    assert done.stderr.startswith("ritornello: 'XX' is none of them")


def test_all_settings_that_make_no_sense_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_PORT", "70000")
    monkeypatch.setenv("RITORNELLO_LAKE", "foo://usage")
    done = run("usage", "sources")
    assert done.returncode == REFUSED
    assert "RITORNELLO_PORT = '70000'" in done.stderr and "RITORNELLO_LAKE = 'foo://usage'" in done.stderr


def test_an_identifier_is_explained() -> None:
    done = run("explain", "DE-XX1-26-00001")
    assert done.returncode == OK
    assert "registrant: XX1" in done.stdout


@pytest.mark.parametrize(
    ("failure", "code"),
    [(Refused("no"), REFUSED), (ZeroDivisionError("ours"), BROKEN), (KeyboardInterrupt(), STOPPED)],
)
def test_every_ending_has_its_code(failure: BaseException, code: int) -> None:
    def failing() -> None:
        raise failure

    out = io.StringIO()
    assert spoken(failing, out) == code
    assert ("Traceback" in out.getvalue()) is (code == BROKEN)


def test_help_loads_no_heavy_room() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from ritornello.cli.main import app; import typer; "
        "typer.main.get_command(app).get_help; "
        "print([n for n in ('numpy', 'scipy', 'numba', 'duckdb', 'sqlalchemy', 'fastapi', 'lxml') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(SOURCE)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
