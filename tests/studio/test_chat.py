"""Any model behind a chat-completions interface may read a sentence too: over real HTTP, and held to every rule."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ritornello.studio.chat import ChatError, ChatModel, understand_with

NAMES = ("Taylor Swift",)


class Model(ThreadingHTTPServer):
    """A server that speaks the interface: it says what it was told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.says: Any = "{}"
        self.status = 200
        self.raw: bytes | None = None
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Answering(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers.get("Authorization", ""), body))
        message = {"choices": [{"message": {"role": "assistant", "content": self.server.says}}]}
        raw = self.server.raw or json.dumps(message).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *parts: object) -> None:
        """Nothing is printed while tests run."""


@pytest.fixture
def served() -> Iterator[Model]:
    server = Model()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def model(served: Model, **more: Any) -> ChatModel:
    return ChatModel(served.address, "house-model", **more)


def test_what_the_grammar_understands_is_never_sent(served: Model) -> None:
    assert understand_with(model(served), "10% faster").plan is not None
    assert served.asked == []


def test_a_plan_of_the_model_is_taken_when_it_passes(served: Model) -> None:
    served.says = json.dumps({"kind": "remix", "style": "bossa_nova", "tempo_permille": 900})
    found = understand_with(model(served, key="secret"), "something for a beach at dusk, but as a remix")
    assert found.plan is not None
    assert found.plan.to_document() == {"kind": "remix", "style": "bossa_nova", "tempo_permille": 900}
    ((path, key, body),) = served.asked
    assert (path, key, body["model"], body["temperature"]) == (
        "/v1/chat/completions",
        "Bearer secret",
        "house-model",
        0,
    )
    assert body["messages"][-1] == {"role": "user", "content": "something for a beach at dusk, but as a remix"}


@pytest.mark.parametrize(
    ("answer", "about"),
    [
        ({"kind": "hologram"}, "plan.kind"),
        ({"kind": "remix", "style": "jazz"}, "plan.style"),
        ({"kind": "remix", "tempo_permille": 9000}, "plan.tempo_permille"),
        ({"kind": "remix", "tempo_permille": 1.1}, "plan.tempo_permille"),
        ({"kind": "remix", "voice_of": "Adele"}, "plan.voice_of"),
        ({"style": "cumbia"}, "plan.kind"),
        ({"kind": "mashup", "other": "rec_of_somebody"}, "rec_of_somebody"),
    ],
)
def test_what_does_not_pass_becomes_a_question(served: Model, answer: dict[str, Any], about: str) -> None:
    served.says = json.dumps(answer)
    found = understand_with(model(served), "do your worst")
    assert found.plan is None
    assert about in [question.about for question in found.questions]


def test_the_model_may_ask_back(served: Model) -> None:
    served.says = json.dumps({"question": "Faster or slower?"})
    assert [one.ask for one in understand_with(model(served), "change the pace").questions] == ["Faster or slower?"]
    served.says = "I would suggest a bossa nova."
    assert understand_with(model(served), "change the pace").plan is None


def test_a_sentence_that_is_refused_never_leaves_the_house(served: Model) -> None:
    served.says = json.dumps({"kind": "cover"})
    for sentence in ("in the style of Taylor Swift", "sing it like Adele", "an election anthem"):
        found = understand_with(model(served), sentence, names=NAMES, forbidden=["election"])
        assert found.plan is None and found.refusals
    assert served.asked == []


@pytest.mark.parametrize(("status", "raw"), [(401, b"{}"), (500, b""), (200, b"no json"), (200, b'{"choices": []}')])
def test_a_model_that_fails_is_an_error_and_no_silence(served: Model, status: int, raw: bytes) -> None:
    served.status, served.raw = status, raw or b" "
    with pytest.raises(ChatError, match="house-model"):
        understand_with(model(served), "change the pace")


def test_a_model_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ChatError, match="cannot be reached"):
        understand_with(ChatModel("http://127.0.0.1:9", "house-model", timeout=2), "change the pace")


@pytest.mark.parametrize("address", ["http://models.example/v1", "ftp://127.0.0.1", "file:///etc/passwd", ""])
def test_words_leave_only_over_https_or_to_this_machine(address: str) -> None:
    with pytest.raises(ChatError, match="https"):
        ChatModel(address, "house-model")
