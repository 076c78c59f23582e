"""Whatever is sent as a plan, a person or a request is made into one, or refused field by field; nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.requests import Person, Plan, Request
from ritornello.proof import canonical_json

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
REQUEST = {
    "types": ["REMIX"],
    "sources": ["rec_song"],
    "plan": {"tempo_permille": 60, "stems": ["drums"], "extract_ms": None},
    "acts": ["make"],
    "territories": "DE",
    "services": ["own"],
    "person": {"id": "pty_maker", "age": 20, "claims": []},
    "at": "2026-06-01T10:00:00Z",
}
FIELDS = [
    *((name,) for name in REQUEST),
    *(("plan", name) for name in Plan().to_document()),
    *(("person", name) for name in Person("pty_maker").to_document()),
    *((name,) for name in ("depth", "video", "conditioned_on_master", "use_date")),
]


def with_field(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    document: dict[str, Any] = {**REQUEST, "plan": dict(REQUEST["plan"]), "person": dict(REQUEST["person"])}  # type: ignore[call-overload]
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return document


@given(path=st.sampled_from(FIELDS), value=ANYTHING)
def test_a_request_is_read_or_refused_by_its_field(path: tuple[str, ...], value: Any) -> None:
    refused: tuple[Finding, ...] = ()
    try:
        request = Request.from_document(with_field(path, value))
        assert Request.from_document(request.to_document()) == request
        assert canonical_json(request.to_document())
    except ConsentError as error:
        refused = error.findings
    assert all(one.field.startswith((path[0], path[-1])) for one in refused), refused


@pytest.mark.parametrize(
    ("read", "document", "fields"),
    [
        (Person.from_document, {"id": 1.5, "age": "9", "tier": 3}, ["person.age", "person.id", "person.tier"]),
        (Person.from_document, {"id": "pty_a", "verified": 1}, ["person.verified"]),
        (Person.from_document, {"id": "pty_a", "age": True}, ["person.age"]),
        (Person.from_document, {"id": "pty_a", "claims": 5}, ["person.claims"]),
        (Person.from_document, {"id": "pty_a", "claims": [{}, 7]}, ["person.claims[0]", "person.claims[1]"]),
        (Person.from_document, {}, ["person.id"]),
        (Person.from_document, [], ["person"]),
        (Request.from_document, 5, ["document"]),
        (Plan.from_document, {"tempo_permille": 1.5, "words": "x"}, ["plan.tempo_permille", "plan.words"]),
        (Plan.from_document, {"key_cents": 10**30, "speed": 2}, ["plan.key_cents", "plan.speed"]),
    ],
)
def test_every_field_of_another_kind_is_told(
    read: Callable[[Mapping[str, Any]], object], document: Any, fields: list[str]
) -> None:
    with pytest.raises(ConsentError) as refused:
        read(document)
    assert [one.field for one in refused.value.findings] == fields
