"""A contract as somebody writes it down for the register, and what a new version of it changes, in words.

What is wrong is told at once, field by field. A clause that is not quoted is silent, and silent is no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from ritornello.consent.contracts import QUESTIONS, ApprovalRight, Clause, Contract, Says
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.identifiers.territories import TerritorySet

_NEEDED = ("id", "kind", "parties", "catalogue", "valid_from")
_KNOWN = (*_NEEDED, "territories", "valid_until", "sell_off_days", "clauses", "approvals", "evidence_sha256")
_OF_CLAUSE = ("question", "says", "quote", "page")
_OF_APPROVAL = ("party", "rights", "clause", "deemed_after_days")


def contract_of_draft(draft: Mapping[str, Any], recorded_at: datetime) -> Contract:
    """The first version of the contract that a draft describes. Raises `ConsentError`, one finding per wrong field."""
    raise_any(
        [Finding(name, "is missing", "a contract needs it") for name in _NEEDED if name not in draft]
        + [Finding(name, "is no field of a contract", "leave it out") for name in sorted(set(draft) - set(_KNOWN))]
    )
    found: list[Finding] = []
    for name in ("id", "kind", "evidence_sha256"):
        if not isinstance(draft.get(name, ""), str):
            found.append(Finding(name, "is no text", "write text"))
    for name in ("parties", "catalogue"):
        if not isinstance(draft[name], list) or not all(isinstance(one, str) and one for one in draft[name]):
            found.append(Finding(name, "is no list of texts", 'write such as ["…"]'))
    digest = str(draft.get("evidence_sha256", ""))
    if digest and (len(digest) != 64 or not set(digest) <= set("0123456789abcdef")):
        found.append(Finding("evidence_sha256", "is no SHA-256", "give the hash of the document in 64 hex digits"))
    day = "write the day as 2026-06-01"
    valid_from = _read(date.fromisoformat, draft["valid_from"], "valid_from", day, found)
    until = draft.get("valid_until")
    valid_until = None if until is None else _read(date.fromisoformat, until, "valid_until", day, found)
    territories = _read(TerritorySet.parse, draft.get("territories", "WW"), "territories", "such as WW ex JP", found)
    sell_off = draft.get("sell_off_days", 0)
    if type(sell_off) is not int:
        found.append(Finding("sell_off_days", f"{sell_off!r} is no number of days", "write 0 for none"))
    clauses = _rows(draft, "clauses", _OF_CLAUSE, found)
    approvals = _rows(draft, "approvals", _OF_APPROVAL, found)
    read_clauses = [_clause(one, f"clauses[{place}]", found) for place, one in enumerate(clauses)]
    asked = [one["question"] for one in clauses]
    found += [
        Finding("clauses", f"{name!r} is answered twice", "answer each question once")
        for name in sorted({one for one in asked if asked.count(one) > 1 and isinstance(one, str)})
    ]
    read_approvals = [_approval(one, f"approvals[{place}]", found) for place, one in enumerate(approvals)]
    raise_any(found)
    return Contract(
        id=draft["id"].strip(),
        kind=draft["kind"].strip(),
        parties=tuple(draft["parties"]),
        catalogue=tuple(draft["catalogue"]),
        territories=territories,
        valid_from=valid_from,
        valid_until=valid_until,
        recorded_at=recorded_at,
        sell_off_days=sell_off,
        clauses=tuple(one for one in read_clauses if one is not None),
        approvals=tuple(one for one in read_approvals if one is not None),
        evidence_sha256=digest,
    )


def contract_schema() -> dict[str, Any]:
    """The published JSON schema (2020-12) of a draft."""
    text, day = {"type": "string"}, {"type": "string", "format": "date"}
    texts = {"type": "array", "items": text, "minItems": 1}
    clause = {"question": {"enum": list(QUESTIONS)}, "says": {"enum": [one.value for one in Says]}}
    approval = {
        "party": text,
        "rights": texts,
        "clause": text,
        "deemed_after_days": {"type": ["integer", "null"], "minimum": 0},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ritornello:schema:contract:1",
        "title": "Contract",
        "type": "object",
        "additionalProperties": False,
        "required": sorted(_NEEDED),
        "properties": {
            "approvals": {"type": "array", "items": _object(approval)},
            "catalogue": texts,
            "clauses": {"type": "array", "items": _object({**clause, "quote": text, "page": text})},
            "evidence_sha256": text,
            "id": text,
            "kind": text,
            "parties": texts,
            "sell_off_days": {"type": "integer", "minimum": 0},
            "territories": text,
            "valid_from": day,
            "valid_until": {"oneOf": [{"type": "null"}, day]},
        },
    }


def changed(before: Contract, after: Contract) -> list[tuple[str, str, str]]:
    """What differs between two versions: (what, before, after), in words."""
    one, other = words_of(before), words_of(after)
    return [
        (name, one.get(name, "nothing"), other.get(name, "nothing"))
        for name in dict.fromkeys((*one, *other))
        if one.get(name) != other.get(name)
    ]


def words_of(contract: Contract) -> dict[str, str]:
    """A contract as short statements by name."""
    said = {
        "kind": contract.kind,
        "parties": ", ".join(contract.parties),
        "catalogue": ", ".join("everything" if one == "*" else one for one in contract.catalogue),
        "territories": str(contract.territories),
        "term": f"{contract.valid_from.isoformat()} to "
        + ("open" if contract.valid_until is None else contract.valid_until.isoformat()),
        "sell-off": f"{contract.sell_off_days} days",
        "document": contract.evidence_sha256 or "not on file",
    }
    for question in QUESTIONS:
        quotes = [f" (“{c.quote}”, page {c.page})" for c in contract.clauses if c.question == question and c.quote]
        said[question] = contract.says(question).value + "".join(quotes)
    for approval in contract.approvals:
        days = "" if approval.deemed_after_days is None else f", given after {approval.deemed_after_days} silent days"
        said[f"approval of {approval.party}"] = f"{', '.join(sorted(approval.rights))}: “{approval.clause}”{days}"
    return said


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": dict(properties),
    }


def _rows(
    draft: Mapping[str, Any], name: str, fields: tuple[str, ...], found: list[Finding]
) -> list[Mapping[str, Any]]:
    rows = draft.get(name, [])
    if not isinstance(rows, list):
        found.append(Finding(name, "is no list", "write a list of objects"))
        return []
    good = []
    for place, row in enumerate(rows):
        if isinstance(row, Mapping) and set(row) == set(fields):
            good.append(row)
        else:
            found.append(Finding(f"{name}[{place}]", "is not complete", f"give {', '.join(fields)} and nothing else"))
    return good


def _clause(row: Mapping[str, Any], where: str, found: list[Finding]) -> Clause | None:
    if row["question"] not in QUESTIONS:
        found.append(Finding(f"{where}.question", f"{row['question']!r} is unknown", f"ask {', '.join(QUESTIONS)}"))
        return None
    if row["says"] not in set(Says):
        found.append(Finding(f"{where}.says", f"{row['says']!r} is no answer", "write yes, no or silent"))
        return None
    return Clause(row["question"], Says(row["says"]), str(row["quote"]).strip(), str(row["page"]).strip())


def _approval(row: Mapping[str, Any], where: str, found: list[Finding]) -> ApprovalRight | None:
    days, rights = row["deemed_after_days"], row["rights"]
    if days is not None and (type(days) is not int or days < 0):
        found.append(Finding(f"{where}.deemed_after_days", f"{days!r} is no number of days", "write days or null"))
        return None
    if not isinstance(rights, list) or not rights or not all(isinstance(one, str) for one in rights):
        found.append(Finding(f"{where}.rights", "names no right", "name at least one"))
        return None
    if not row["party"] or not str(row["clause"]).strip():
        missing = "party" if not row["party"] else "clause"
        found.append(Finding(f"{where}.{missing}", "is missing", "name who approves, and quote the clause"))
        return None
    return ApprovalRight(str(row["party"]), frozenset(rights), str(row["clause"]).strip(), days)


def _read(read: Callable[[Any], Any], value: Any, field: str, mend: str, found: list[Finding]) -> Any:
    try:
        return read(value)
    except (AttributeError, TypeError, ValueError, ConsentError):
        found.append(Finding(field, f"{value!r} cannot be read", mend))
        return None
