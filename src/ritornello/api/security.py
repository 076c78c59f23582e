"""What every answer carries and every request must pass, whoever asks.

No script or style stands inside a page, so the content security policy allows none. A request that changes something
and comes with a session cookie must come from our own pages (Fetch Metadata, else Origin), which stops forged requests
without a token in every form; programs send a key instead of a cookie and are not concerned.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ritornello.api.errors import answer, document

SESSION_COOKIE = "ritornello_session"

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
RECORDS = {
    "Content-Security-Policy": POLICY.replace("media-src 'self'", "media-src 'self' blob:"),
    "Permissions-Policy": HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)"),
}
"""What a page says instead where people record themselves: it may ask for the microphone and play the take back."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Middleware: refuses forged requests, and puts the headers on every answer.

    Args:
        app: what is guarded.
        address: how people reach the application; its origin is ours.
        https: whether browsers shall insist on HTTPS from now on.
    """

    def __init__(self, app: ASGIApp, *, address: str, https: bool) -> None:
        self.app = app
        self.origin = _origin(address)
        self.headers = {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "private, no-store")
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE and self._forged(headers):
            refused = document(403, "this request came from another site", mend="open the page here and do it there")
            await answer(refused)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _forged(self, headers: Headers) -> bool:
        if SESSION_COOKIE not in headers.get("cookie", "") and "origin" not in headers:
            return False
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site not in {"same-origin", "none"}
        origin = headers.get("origin")
        return origin is None or (origin != self.origin and origin != f"http://{headers.get('host', '')}")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
