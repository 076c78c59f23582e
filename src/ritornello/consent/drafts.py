"""An offer as somebody writes it down: a preset and what differs from it, who answers for what, where, and how we know.

A draft leaves out what the house works out itself (the version, the hash of the one before, the moment of recording).
Everything that is wrong in it is told at once, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ritornello.consent.codes import RIGHTS
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.offers import Basis, Evidence, Level, Obtained, Offer, Reach, Reply, Warranty, read_instant
from ritornello.consent.presets import preset, presets
from ritornello.consent.schema import terms_schema
from ritornello.consent.terms import Terms, parameters
from ritornello.identifiers.territories import TerritorySet

_NEEDED = ("holder", "reach", "rights", "evidence", "valid_from")
_KNOWN = (
    *_NEEDED, "preset", "adjust", "territories", "valid_until", "reply", "basis", "warranty", "mandate", "note",
)  # fmt: skip
_OF_EVIDENCE = ("how", "sha256", "signer", "signed_at", "terms_version", "language", "governing_law")
_OF_WARRANTY = ("contract_id", "clause", "page", "indemnity")


def offer_of_draft(draft: Mapping[str, Any], recorded_at: datetime) -> Offer:
    """The first version of the offer that a draft describes. Raises `ConsentError` with one finding per wrong field."""
    raise_any(
        [Finding(name, "is missing", "an offer needs it") for name in _NEEDED if name not in draft]
        + [Finding(name, "is no field of an offer", "leave it out") for name in sorted(set(draft) - set(_KNOWN))]
    )
    findings: list[Finding] = []
    evidence = _evidence(draft["evidence"], draft["holder"], recorded_at, findings)
    warranty = _warranty(draft.get("warranty"), findings)
    reach = _reach(draft["reach"], findings)
    terms = _terms(draft, findings)
    until = draft.get("valid_until")
    valid_from = _read(date.fromisoformat, draft["valid_from"], "valid_from", "write the day as 2026-06-01", findings)
    valid_until = (
        None if until is None else _read(date.fromisoformat, until, "valid_until", "write the day or null", findings)
    )
    territories = _read(TerritorySet.parse, draft.get("territories", "WW"), "territories", "such as WW ex JP", findings)
    reply = _read(Reply, draft.get("reply", "grant"), "reply", f"write {', '.join(Reply)}", findings)
    basis = _read(Basis, draft.get("basis", "granted"), "basis", f"write {', '.join(Basis)}", findings)
    rights = draft["rights"]
    if not isinstance(rights, list) or not all(isinstance(right, str) for right in rights):
        findings.append(Finding("rights", "is no list of rights", f"name some of {', '.join(RIGHTS)}"))
    for name in ("holder", "mandate", "note"):
        if not isinstance(draft.get(name, ""), str):
            findings.append(Finding(name, "is no text", "write text"))
    raise_any(findings)
    return Offer(
        holder=draft["holder"],
        reach=reach,
        rights=frozenset(rights),
        territories=territories,
        evidence=evidence,
        terms=terms,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=recorded_at,
        reply=reply,
        basis=basis,
        warranty=warranty,
        mandate=draft.get("mandate", ""),
        preset=draft.get("preset", ""),
        note=draft.get("note", ""),
    )


def draft_schema() -> dict[str, Any]:
    """The published JSON schema (2020-12) of a draft."""
    text = {"type": "string"}
    day = {"type": "string", "format": "date"}
    terms = {name: part for name, part in terms_schema().items() if name in ("type", "properties")}
    by_path = {path: parameter.schema() for path, parameter in parameters().items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ritornello:schema:offer-draft:1",
        "title": "Offer draft",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(_NEEDED),
        "properties": {
            "adjust": {
                "description": "what differs from the preset, by group and name or by 'group.name'",
                "type": "object",
                "additionalProperties": False,
                "properties": {**terms["properties"], **by_path},
            },
            "basis": {"enum": [basis.value for basis in Basis]},
            "evidence": {
                "type": "object",
                "additionalProperties": False,
                "required": ["how", "sha256"],
                "properties": {
                    **dict.fromkeys(_OF_EVIDENCE, text),
                    "how": {"enum": [how.value for how in Obtained]},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "signed_at": {"type": "string", "format": "date-time"},
                },
            },
            "holder": text,
            "mandate": text,
            "note": text,
            "preset": {"enum": ["", *presets()]},
            "reach": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "level"],
                "properties": {"id": text, "level": {"enum": [level.value for level in Level]}},
            },
            "reply": {"enum": [reply.value for reply in Reply]},
            "rights": {"type": "array", "items": {"enum": list(RIGHTS)}, "minItems": 1, "uniqueItems": True},
            "territories": text,
            "valid_from": day,
            "valid_until": {"oneOf": [{"type": "null"}, day]},
            "warranty": {
                "oneOf": [
                    {"type": "null"},
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": sorted(_OF_WARRANTY),
                        "properties": dict.fromkeys(_OF_WARRANTY, text),
                    },
                ]
            },
        },
    }


def read_adjustments(adjust: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Adjustments by path, from `{"group.name": …}` or `{"group": {"name": …}}`, with what is wrong in them."""
    flat: dict[str, Any] = {}
    for name, value in adjust.items():
        if "." not in name and isinstance(value, Mapping):
            flat.update({f"{name}.{inner}": entry for inner, entry in value.items()})
        else:
            flat[name] = value
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for path, value in flat.items():
        parameter = parameters().get(path)
        if parameter is None:
            findings.append(Finding(f"adjust.{path}", "no such parameter", "see the list of parameters"))
            continue
        values[path], wrong = parameter.read(path, value)
        findings += [Finding(f"adjust.{entry.field}", entry.problem, entry.mend) for entry in wrong]
    return values, findings


def _terms(draft: Mapping[str, Any], findings: list[Finding]) -> Terms:
    adjust = draft.get("adjust", {})
    if not isinstance(adjust, Mapping):
        findings.append(Finding("adjust", "is no object of parameters", 'write {"group.name": value}'))
        return Terms()
    changes, wrong = read_adjustments(adjust)
    try:
        base = preset(str(draft["preset"])).terms if draft.get("preset") else Terms()
        if not wrong:
            return base.adjust(changes)
    except ConsentError as error:
        wrong = [*wrong, *error.findings]
    findings += wrong
    return Terms()


def _evidence(told: Any, holder: Any, recorded_at: datetime, findings: list[Finding]) -> Evidence:
    if not isinstance(told, Mapping):
        findings.append(Finding("evidence", "is no object", "say how consent was obtained, and give the hash"))
        told = {}
    findings += [
        Finding(f"evidence.{name}", "is unknown", "leave it out") for name in sorted(set(told) - set(_OF_EVIDENCE))
    ]
    for name in ("how", "sha256"):
        if told and name not in told:
            findings.append(Finding(f"evidence.{name}", "is missing", "an offer rests on its evidence"))
    how = Obtained.INDIVIDUAL_EXPRESS
    if "how" in told:
        how = _read(Obtained, told["how"], "evidence.how", f"write one of {', '.join(Obtained)}", findings)
    signed_at = recorded_at
    if "signed_at" in told:
        mend = "write it as 2026-06-01T12:00:00Z"
        signed_at = _read(read_instant, told["signed_at"], "evidence.signed_at", mend, findings)
    return Evidence(
        how=how,
        sha256=str(told.get("sha256", "")),
        signer=str(told.get("signer", holder)),
        signed_at=signed_at,
        terms_version=str(told.get("terms_version", "1")),
        language=str(told.get("language", "en")),
        governing_law=str(told.get("governing_law", "")),
    )


def _warranty(told: Any, findings: list[Finding]) -> Warranty | None:
    if told is None:
        return None
    if not isinstance(told, Mapping) or set(told) != set(_OF_WARRANTY):
        findings.append(Finding("warranty", "is not complete", f"give {', '.join(_OF_WARRANTY)} and nothing else"))
        return None
    return Warranty(**{name: str(told[name]) for name in _OF_WARRANTY})


def _reach(told: Any, findings: list[Finding]) -> Reach:
    if not isinstance(told, Mapping) or set(told) != {"id", "level"} or not isinstance(told.get("id"), str):
        findings.append(Finding("reach", "says not what the offer is about", "give its level and id"))
        return Reach(Level.RECORDING, "")
    level = _read(Level, told["level"], "reach.level", f"write one of {', '.join(Level)}", findings)
    return Reach(level or Level.RECORDING, told["id"])


def _read(read: Any, value: Any, field: str, mend: str, findings: list[Finding]) -> Any:
    """The value read, or None with a finding that says what would be accepted."""
    try:
        return read(value)
    except (AttributeError, TypeError, ValueError):
        findings.append(Finding(field, f"{value!r} cannot be read", mend))
        return None
