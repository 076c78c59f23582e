"""How much a request may send: refused unread where it says so itself, cut off where it lies or says nothing.

Without it a form would be written to the disk whole before anybody looked at its size.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ritornello.api.errors import Problem

ROOM_FOR_FIELDS = 1 << 20
"""Bytes of a form beside its file."""


class Bodies:
    """Middleware: a request that sends more than the installation takes is answered with 413 when its body is read.

    Args:
        app: what is guarded.
        most_mib: of a file; a form may be a little larger than its file.
    """

    def __init__(self, app: ASGIApp, *, most_mib: int) -> None:
        self.app = app
        self.most_mib = most_mib
        self.most = (most_mib << 20) + ROOM_FOR_FIELDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        too_large = declared.isdecimal() and int(declared) > self.most
        got = 0

        async def counted() -> Message:
            nonlocal got
            if not too_large:
                message = await receive()
                got += len(message.get("body", b""))
                if got <= self.most:
                    return message
            # the framework passes an HTTPException on and answers it; any other would become "the body is damaged"
            raise Problem(
                413,
                f"the file is larger than {self.most_mib} MiB",
                mend="send a smaller one, or have RITORNELLO_UPLOAD_LIMIT_MIB raised",
                headers={"Connection": "close"},
            )

        await self.app(scope, counted, send)
