"""Exit codes, and how a failure is told: one sentence that says what, where and how to mend it.

0 done · 1 refused or wrong input, told in one sentence · 2 wrong use of the command · 3 something of ours broke (with
its traceback, since only that helps) · 130 stopped by the person.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import IO

OK = 0
REFUSED = 1
USAGE = 2
BROKEN = 3
STOPPED = 130


class Refused(Exception):
    """The command was understood and cannot be done; the message says why and what to do."""


def spoken(run: Callable[[], object], out: IO[str]) -> int:
    """Run a command and turn how it ends into an exit code, with the failure told on `out`."""
    import typer

    try:
        result = run()
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print("stopped", file=out)
        return STOPPED
    except Exception as failure:
        # the parser's own errors know how to show themselves with the usage of the command that they belong to
        if callable(show := getattr(failure, "show", None)):
            show(file=out)
            return USAGE
        if is_for_people(failure):
            print(f"ritornello: {failure}", file=out)
            return REFUSED
        traceback.print_exc(file=out)
        return BROKEN
    return result if isinstance(result, int) else OK


def is_for_people(failure: Exception) -> bool:
    """The rooms' own errors are written for people; anything else is a defect of ours."""
    module = type(failure).__module__
    return module.startswith("ritornello.") or isinstance(failure, FileNotFoundError | PermissionError)
