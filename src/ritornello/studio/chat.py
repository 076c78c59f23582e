"""An optional second reader of sentences: any model behind a chat-completions interface.

It is asked only when it was configured by name, its answer is a plan like any other and passes the same check, and what
is refused to the grammar is refused before a word leaves the house: a sentence that names an artist, imitates somebody
or holds an excluded word is never sent.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ritornello.studio import plan as plans
from ritornello.studio.plan import Plan, PlanError, plan_of
from ritornello.studio.sentence import Question, RefusedTerm, Understood, understand

_MOST_BYTES = 1_000_000


class ChatError(RuntimeError):
    """The model could not be asked or did not answer as it should: what happened, and what to do."""


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model behind a chat-completions interface.

    `address` is the base ("https://host/v1"); plain http is taken for this machine only. `key` is sent as a bearer
    token where there is one. `timeout` in seconds.
    """

    address: str
    model: str
    key: str = ""
    timeout: float = 30.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        local = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ChatError(f"{self.address!r} cannot be asked: give an https address, or http on this machine")

    def complete(self, messages: list[dict[str, str]]) -> str:
        """The content of the model's answer. Raises ChatError."""
        body = {
            "model": self.model,
            "messages": messages,
            "temperature": 0,
            "response_format": {"type": "json_object"},
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(
            f"{self.address.rstrip('/')}/chat/completions", json.dumps(body).encode(), headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                raw = answer.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise ChatError(f"{self.model} answered with status {error.code}: look at the key and the model") from error
        except (urllib.error.URLError, OSError) as error:
            raise ChatError(f"{self.model} cannot be reached: {error}") from error
        if len(raw) > _MOST_BYTES:
            raise ChatError(f"{self.model} answered with more than {_MOST_BYTES} bytes")
        try:
            content = json.loads(raw)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError) as error:
            raise ChatError(f"{self.model} did not answer in the shape of a chat completion") from error
        if not isinstance(content, str):
            raise ChatError(f"{self.model} answered without text")
        return content


def understand_with(
    model: ChatModel,
    sentence: str,
    *,
    language: str = "",
    names: Collection[str] = (),
    own_names: Collection[str] = (),
    forbidden: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
) -> Understood:
    """Read a sentence with the grammar, and ask the model where the grammar asks back.

    The arguments are those of `sentence.understand`. What the model answers is checked like every plan; what does not
    pass becomes a question. Raises ChatError where the model fails.
    """
    own = understand(sentence, language=language, names=names, own_names=own_names, forbidden=forbidden, titles=titles)
    if own.plan is not None or own.refusals:
        return own
    songs = dict(titles or {})
    answer = model.complete(
        [
            {"role": "system", "content": _instructions(songs)},
            {"role": "user", "content": sentence},
        ]
    )
    try:
        document = json.loads(answer)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return replace(own, questions=(Question("", "the model did not answer with a plan: say it another way"),))
    if isinstance(asked := document.get("question"), str) and asked:
        return replace(own, questions=(Question("", asked[:300]),))
    try:
        plan = plan_of(document)
    except PlanError as error:
        told = tuple(Question(one.where, f"{one.what}: {one.mend}") for one in error.findings)
        return replace(own, questions=told)
    if strange := next((one for one in (plan.other, plan.groove) if one and one not in songs.values()), ""):
        return replace(own, questions=(Question(strange, "this song is not one that may be used here"),))
    if refused := _refused_text(plan, names, own_names, forbidden):
        return replace(own, plan=None, questions=(), refusals=refused)
    return replace(own, plan=plan, questions=(), meanings=((sentence.strip(), f"as {model.model} read it"),))


def _refused_text(
    plan: Plan, names: Collection[str], own_names: Collection[str], forbidden: Collection[str]
) -> tuple[RefusedTerm, ...]:
    """Whatever text a plan holds passes the refusals of sentences too; ids of songs are no text."""
    texts = " ".join(value for name in ("style", "market") if (value := str(getattr(plan, name))))
    return understand(texts, names=names, own_names=own_names, forbidden=forbidden).refusals if texts else ()


def _instructions(songs: Mapping[str, str]) -> str:
    shape: dict[str, Any] = {
        "kind": list(plans.KINDS),
        "style": list(plans.STYLES),
        "tempo_permille": "whole number 500..2000; 1000 is the original's speed",
        "bpm": "whole number 40..240, instead of tempo_permille",
        "key_cents": "whole number -1200..1200, 100 is a semitone up",
        "tonic": "0..11 with 0 = C, instead of key_cents",
        "mode": ["major", "minor"],
        "vocals": ["keep", "remove", "only", "own"],
        "market": "ISO 3166 country in capitals",
        "language": list(plans.LANGUAGES),
        "seconds": "5..1800",
        "bars": "1..64",
        "metre": [3, 4],
        "feel": [feel for feel in plans.FEELS if feel],
        "harmony": [harmony for harmony in plans.HARMONIES if harmony],
        "effects": list(plans.EFFECTS),
        "without": list(plans.PARTS),
        "order": ["keep", "reorder"],
        "other": {"one of these song ids": dict(songs)},
        "groove": {"one of these song ids, whose groove is borrowed": dict(songs)},
    }
    return (
        "You turn one sentence about a derivative of a song into one JSON object. Use only these members and values, "
        "leave out what was not said, never invent a wish: "
        f"{json.dumps(shape, ensure_ascii=False)}. kind is always given. If the sentence is unclear, contradicts "
        'itself, or asks for something that no member can hold, answer {"question": "…"} instead.'
    )
