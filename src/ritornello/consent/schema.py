"""The published JSON schemas (2020-12) of a decision, a request and the terms of an offer, made from the vocabularies.

They are generated so that they cannot fall behind the code; a test holds every document that the tests make against
them.
"""

from __future__ import annotations

from typing import Any

from ritornello.consent.codes import ACTS, RIGHTS, TOPICS, TYPES, Code, Outcome
from ritornello.consent.decision import DOCUMENT_FORMAT
from ritornello.consent.requests import AI, AUDIENCES, LYRICS, STRUCTURES, TRAINING, VOCALS
from ritornello.consent.terms import parameters

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_YES = {"type": "boolean"}
_WHOLE = {"type": "integer"}
_WHOLE_OR_NONE = {"type": ["integer", "null"]}
_SHARE = {"type": "integer", "minimum": 0, "maximum": 1000}
_INSTANT = {"type": "string", "format": "date-time"}
_SHA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def decision_schema() -> dict[str, Any]:
    """The schema of `Decision.to_document()`."""
    answer = _object(
        act={"enum": list(ACTS)},
        approvers=_TEXTS,
        outcome={"enum": [outcome.value for outcome in Outcome]},
        service=_TEXT,
        territories=_TEXT,
    )
    rule = {"oneOf": [{"type": "null"}, _object(dated={"type": "string", "format": "date"}, id=_TEXT)]}
    offer = {"oneOf": [{"type": "null"}, _object(id=_TEXT, sha256=_SHA, version=_WHOLE)]}
    reason = _object(
        code={"enum": [code.value for code in Code]},
        detail=_TEXT,
        effect={"enum": [outcome.value for outcome in Outcome]},
        holder=_TEXT,
        offer=offer,
        reference=_TEXT,
        right={"enum": ["", *RIGHTS]},
        rule=rule,
        source=_TEXT,
        territories=_TEXT,
        where=_TEXTS,
        words=_TEXT,
    )
    return {
        "$schema": _DIALECT,
        "$id": "urn:ritornello:schema:decision:1",
        "title": "Decision",
        "$defs": {"request": _request()},
        **_object(
            answers={"type": "array", "items": answer},
            format={"const": DOCUMENT_FORMAT},
            id={"type": "string", "pattern": "^dec_[a-z2-7]{26}$"},
            largest_scope=_TEXT,
            nearest={"oneOf": [{"type": "null"}, {"$ref": "#/$defs/request"}]},
            outcome={"enum": [outcome.value for outcome in Outcome]},
            reasons={"type": "array", "items": reason},
            request={"$ref": "#/$defs/request"},
            rules=_object(dated={"type": "string", "format": "date"}, reviewed=_YES, sha256=_SHA, version=_TEXT),
        ),
    }


def request_schema() -> dict[str, Any]:
    """The schema of `Request.to_document()`."""
    return {"$schema": _DIALECT, "$id": "urn:ritornello:schema:request:1", "title": "Request", **_request()}


def terms_schema() -> dict[str, Any]:
    """The schema of the terms of an offer; what is left out takes its safe default."""
    groups: dict[str, dict[str, Any]] = {}
    for path, parameter in parameters().items():
        group, _, name = path.partition(".")
        groups.setdefault(group, {})[name] = {**parameter.schema(), "description": parameter.say.format("…")}
    return {
        "$schema": _DIALECT,
        "$id": "urn:ritornello:schema:terms:1",
        "title": "Terms",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            group: {"type": "object", "additionalProperties": False, "properties": names}
            for group, names in groups.items()
        },
    }


def _request() -> dict[str, Any]:
    claim = _object(issued_at=_INSTANT, issuer=_TEXT, kind=_TEXT, sha256=_SHA, value=_TEXT)
    person = _object(
        age=_WHOLE_OR_NONE,
        banned=_YES,
        claims={"type": "array", "items": claim},
        country=_TEXT,
        following_days=_WHOLE_OR_NONE,
        guardian_signed=_YES,
        id=_TEXT,
        purchased=_YES,
        tier={"enum": list(AUDIENCES)},
        top_listening_permille=_WHOLE_OR_NONE,
        verified=_YES,
    )
    plan = _object(
        added_permille=_SHARE,
        ai={"enum": list(AI)},
        back_translation_checked=_YES,
        extract_ms=_WHOLE_OR_NONE,
        genre=_TEXT,
        key_cents=_WHOLE,
        language=_TEXT,
        locale=_TEXT,
        loudness_centilu=_WHOLE_OR_NONE,
        lyrics={"enum": list(LYRICS)},
        original_permille=_SHARE,
        own_voice=_YES,
        pitch_follows_tempo=_YES,
        reharmonised=_YES,
        sample_rate=_WHOLE_OR_NONE,
        stems=_TEXTS,
        structure={"enum": list(STRUCTURES)},
        tempo_permille=_WHOLE,
        topics={"type": "array", "items": {"enum": list(TOPICS)}},
        training={"enum": list(TRAINING)},
        training_model=_TEXT,
        true_peak_centidb=_WHOLE_OR_NONE,
        unmeasured=_TEXTS,
        vocals={"enum": list(VOCALS)},
        voice_model=_TEXT,
        words=_TEXTS,
        words_sha256=_TEXT,
    )
    return _object(
        acts={"type": "array", "items": {"enum": list(ACTS)}, "minItems": 1},
        at=_INSTANT,
        conditioned_on_master=_YES,
        depth={"type": "integer", "minimum": 1},
        person=person,
        plan=plan,
        services={**_TEXTS, "minItems": 1},
        sources={**_TEXTS, "minItems": 1},
        territories=_TEXT,
        types={"type": "array", "items": {"enum": list(TYPES)}, "minItems": 1},
        use_date={"type": ["string", "null"], "format": "date"},
        video=_YES,
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }
