"""Logs: one line per event with its fields, coloured for people on a terminal, JSON for machines.

Log a pseudonym or an id, never a name, an address or a secret; what begins like one of our secrets is blacked out.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import IO, Any, Literal

import structlog

Format = Literal["auto", "console", "json"]

_TRACEBACK = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
"""Where a failure happened, without the variables around it: names and addresses stand in them, and drawing those of a
page takes ten seconds."""

_SECRET = re.compile(r"\brit[slk]_[A-Za-z0-9_-]{6,}")


def set_up(form: Format = "auto", level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Set up logging for the whole process, libraries' standard logging included.

    Args:
        form: 'console', 'json', or 'auto': console where a terminal reads.
        level: the least grave line that is written (DEBUG, INFO, WARNING, ERROR).
        stream: where to write; standard error by default, so that results on standard output stay clean.
    """
    out = stream or sys.stderr
    for_people = form == "console" or (form == "auto" and out.isatty())
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor
    if for_people:
        last = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    else:
        before.append(structlog.processors.ExceptionRenderer(_TRACEBACK))
        last = structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    structlog.configure(
        processors=[
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _black_out, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def logger(room: str) -> Any:
    """The logger of a room; every line carries the room's name."""
    return structlog.get_logger(room=room)


def _black_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str) and _SECRET.search(value):
            event[name] = _SECRET.sub(lambda found: f"{found.group()[:4]}_…", value)
    return event
