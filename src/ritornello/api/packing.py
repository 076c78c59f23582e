"""`?packed=yes` on any download: the file comes in a ZIP with its signed packing list, for `ritornello verify`."""

from __future__ import annotations

from email.message import Message as Headed
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ritornello.api.doors import Installation
from ritornello.api.errors import answer, document
from ritornello.workflows.hand_out import with_list

MOST_MIB = 64
"""The largest file that is packed on the way: it is held in memory while it is hashed."""


class Packed:
    """Middleware: a download that was asked for with `packed=yes` is answered as a ZIP with its packing list.

    What is no download (no file name in its Content-Disposition) and what failed passes as it is.

    Args:
        app: what answers.
        here: whose keys sign, and the clock.
    """

    def __init__(self, app: ASGIApp, *, here: Installation) -> None:
        self.app = app
        self.here = here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and parse_qs(scope["query_string"].decode("latin-1")).get("packed") == ["yes"]
        if not wanted:
            await self.app(scope, receive, send)
            return
        held: list[Message] = []
        body = bytearray()
        too_large = False

        async def collect(message: Message) -> None:
            nonlocal too_large
            if message["type"] == "http.response.start":
                held.append(message)
                if not (message["status"] == 200 and _name(Headers(raw=message["headers"]))):
                    await send(held.pop())
            elif not held:
                await send(message)
            else:
                too_large = too_large or len(body) + len(message.get("body", b"")) > MOST_MIB << 20
                if not too_large:
                    body.extend(message.get("body", b""))

        await self.app(scope, receive, collect)
        if not held:
            return
        if too_large:
            mend = "fetch it without packed=yes, and ask the house for its list"
            refused = document(413, f"the file is larger than the {MOST_MIB} MiB that are packed on the way", mend=mend)
            await answer(refused)(scope, receive, send)
            return
        start = held[0]
        headers = MutableHeaders(raw=list(start["headers"]))
        name = _name(headers)
        content = await run_in_threadpool(with_list, self.here.house, {name: bytes(body)}, self.here.now())
        for stale in ("accept-ranges", "etag"):  # they were the bare file's
            del headers[stale]
        headers["content-type"] = "application/zip"
        headers["content-length"] = str(len(content))
        headers["content-disposition"] = f'attachment; filename="{name}.zip"'
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": content})


def _name(headers: Headers) -> str:
    """The file name under which an answer is to be kept, "" for what is no download."""
    parsed = Headed()
    parsed["content-disposition"] = headers.get("content-disposition", "")
    return (parsed.get_filename() or "").replace("/", "_")
