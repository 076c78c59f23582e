"""A browser, and a gallery: every page drawn from made-up views, served with the product's own headers."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import soundfile
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from playwright.sync_api import Browser, ConsoleMessage, Page

from ritornello.api.security import Guard
from ritornello.api.streaming import stream
from ritornello.web.rendering import STATIC, page, tree_page
from tests.web import examples as x


def serve(app: FastAPI) -> Iterator[str]:
    """Run an application on loopback while a test module needs it; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 20
    while not server.started and time.monotonic() < ends:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@dataclass
class Watched:
    """A page, and everything that its console complained of (refused scripts and styles are told there too)."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def watched(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A fresh page; parametrise indirectly with {"scheme": "dark", "width": 390}."""
    wish = getattr(request, "param", {})
    size = {"width": wish.get("width", 1280), "height": 900}
    context = browser.new_context(viewport=size, color_scheme=wish.get("scheme", "light"), reduced_motion="reduce")
    opened = Watched(context.new_page())
    opened.page.on("console", opened.hear)
    opened.page.on("pageerror", lambda error: opened.complaints.append(f"error: {error}"))
    yield opened
    context.close()


def tone(seconds: float, pitch: float) -> bytes:
    """A quiet tone as a WAV file."""
    rate = 8000
    wave = 0.1 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    file = io.BytesIO()
    soundfile.write(file, wave.astype(np.float32), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


class Tones:
    """The gallery's two recordings, as long as the views say that they are."""

    def __init__(self) -> None:
        self.files = {
            "original": tone(x.ORIGINAL.duration_ms / 1000, 220),
            "remix": tone(x.REMIX.duration_ms / 1000, 247),
        }

    def exists(self, key: str) -> bool:
        return key in self.files

    def size(self, key: str) -> int:
        return len(self.files[key])

    def open(self, key: str) -> io.BytesIO:
        return io.BytesIO(self.files[key])


def drawn() -> dict[str, str]:
    """Every page by its name."""
    catalogue, decisions, runs, statements = (
        replace(x.FRAME, section=section) for section in ("catalogue", "decisions", "runs", "statements")
    )
    bare = replace(x.CATALOGUE, songs=(), total=0, facts=(), attention=())
    silent = replace(
        x.SONG, original=None, derivative=None, passages=(), changes=(), rights=(), shares=(), derivatives=()
    )
    return {
        "catalogue": page("catalogue.html", catalogue, view=x.CATALOGUE, brings=True),
        "catalogue-empty": page("catalogue.html", catalogue, view=bare, brings=True),
        "catalogue-nothing-found": page(
            "catalogue.html", catalogue, view=replace(bare, total=3, query="zzz"), brings=False
        ),
        "song": page("song.html", catalogue, view=x.SONG),
        "song-empty": page("song.html", catalogue, view=silent),
        "decision": page("decision.html", decisions, view=x.DECISION),
        "decisions": page("decisions.html", decisions, rows=x.DECISIONS),
        "decisions-empty": page("decisions.html", decisions, rows=()),
        "tree": tree_page(x.TREE, catalogue),
        "tree-alone": tree_page(replace(x.TREE, nodes=x.TREE.nodes[:1], edges=()), catalogue),
        "runs": page("runs.html", runs, rows=x.RUNS, **x.MONEY_DESK),
        "runs-empty": page("runs.html", runs, rows=(), **x.MONEY_DESK),
        "run": page("run.html", runs, view=x.RUN, **x.MONEY_DESK),
        "statements": page("statements.html", statements, rows=x.STATEMENTS),
        "statements-empty": page("statements.html", statements, rows=()),
        "statement": page("statement.html", statements, view=x.STATEMENT),
        "line": page("line.html", statements, view=x.LINE),
        "sign-in": page("sign_in.html", None, title="Welcome", words="By a link.", person="Ada Moreau", token="t"),
        "error": page(
            "error.html", catalogue, title="Nothing here", words="Check the address.", wrong=(), reference="a1b2"
        ),
    }


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    pages, tones = drawn(), Tones()
    app = FastAPI()
    app.add_middleware(Guard, address="http://127.0.0.1", https=False)
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/audio/{name}.wav")
    def audio(name: str, request: Request) -> Response:
        return stream(request, tones, name, "audio/wav")

    @app.get("/statements/stt_1/lines/{number}/part")
    def part(number: int) -> Response:
        if number == 3:
            return Response(status_code=500)
        return HTMLResponse(page("line_part.html", None, view=x.LINE))

    @app.get("/{name}")
    def show(name: str) -> HTMLResponse:
        return HTMLResponse(pages[name])

    yield from serve(app)
