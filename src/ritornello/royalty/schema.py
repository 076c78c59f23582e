"""The form of a scenario as JSON Schema, and everything in a document that does not keep to it, with its path.

`read_scenario` stops at the first thing it does not understand; a person who writes a scenario wants to see all of them
at once. Both know the same terms: a test asks every record of the schema for its terms and the reader for its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from ritornello.catalogue.model import Policy, RightType, ShareStatus
from ritornello.royalty.terms_document import SETTLEMENTS

Schema = dict[str, Any]

NUMBER: Schema = {
    "anyOf": [
        {"type": "integer"},
        {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(/[0-9]+)?$"},
    ],
    "description": 'An exact number: a text such as "0.15" or "1/3", or a whole number; never a float.',
}
DAY: Schema = {"type": ["string", "null"], "format": "date", "description": "A day such as 2026-03-31."}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
TEXTS: Schema = {
    "anyOf": [{"type": "array", "items": TEXT}, TEXT],
    "description": "A list of texts, or one text.",
}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$", "description": "An ISO 4217 code."}
WHERE: Schema = {"type": "string", "description": 'Territories, such as "WW ex JP" or "DE AT CH".'}
ASSET: Schema = {"type": "string", "pattern": "^[^!]", "description": "The id of a recording or work."}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


def _record(about: str, needed: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "description": about,
        "properties": {**needed, **optional},
        "required": list(needed),
        "additionalProperties": False,
    }


def _many(record: Schema) -> Schema:
    return {"type": "array", "items": record}


def _by_name(values: Schema, about: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": about}


RIGHT = _one_of(*(right.value for right in RightType))
WHEN = _record(
    "Where and when the term holds; empty: everywhere and always. valid_to is the first day after it.",
    {},
    services=TEXTS,
    territories=WHERE,
    flows=TEXTS,
    valid_from=DAY,
    valid_to=DAY,
)

_TERMS = _record(
    "Who takes what part of which money.",
    {"currency": _said(CURRENCY, "The currency of the run.")},
    version=_said({"type": ["string", "integer"]}, "A name for this version of the terms."),
    overclaims=_said(_one_of("overlap", "all"), "What is held when claims exceed the whole."),
    flows=_many(
        _record(
            "A kind of money: who pays it, who collects it, who settles it, and which rights it pays for.",
            {"name": TEXT},
            payer=TEXT,
            collector=TEXT,
            settlement=_said(_one_of(*SETTLEMENTS), "ours: our ledger; to_cmo: gross to a society; elsewhere: memo."),
            parts=_by_name(NUMBER, "Right → part of the gross; together one."),
            most_favoured=_said(FLAG, "Every right that is named gets the same."),
            lineage=_said(FLAG, "False where makers and ancestors take no share."),
        )
    ),
    fx=_many(
        _record(
            "The rate of exchange fixed on a receipt, or on all in a currency.",
            {"currency": CURRENCY, "rate": NUMBER},
            basis=_one_of("reported", "bank_realised", "average"),
            date=DAY,
            provider=TEXT,
            bank_credit=_said(NUMBER, "What the bank credited for the receipts, in the run's currency."),
            files=_said(TEXTS, "The files of the receipt; empty: every other one in the currency."),
        )
    ),
    platform_fees=_many(
        _record("What the payer keeps of the gross that it reports.", {"rate": NUMBER}, rights=TEXTS, when=WHEN)
    ),
    source_withholding=_many(
        _record(
            "What a country keeps of money that leaves it.",
            {"country": TEXT, "rate": NUMBER},
            rights=TEXTS,
            flows=TEXTS,
        )
    ),
    commissions=_many(
        _record(
            "What a distributor or society keeps for collecting.",
            {"payee": TEXT, "rate": NUMBER},
            base=_one_of("net_of_withholding", "gross"),
            rights=TEXTS,
            when=WHEN,
        )
    ),
    holds=_many(
        _record("Money set aside with its reason.", {"kind": TEXT}, assets=_said(TEXTS, "Empty: all."), when=WHEN)
    ),
    licences=_many(
        _record(
            "The money terms of one derivative's licence, frozen when it was granted.",
            {"id": TEXT, "derivative": ASSET, "maker": TEXT},
            right=TEXT,
            fan_share=_said(NUMBER, "The maker's part; absent where the licence has lineage shares."),
            reciprocity=_said(NUMBER, "The part of the fan share that goes to the makers of parent derivatives."),
            basis=_one_of("net", "gross"),
            flows=_said(TEXTS, "Empty: all flows with lineage."),
            cap=_said(NUMBER, "The most that the maker gets; the excess goes back to the originals."),
            earned_before=_said(NUMBER, "What counts towards the cap from earlier periods."),
            floor=_said(NUMBER, "The least that the maker gets, as far as the originals have it."),
            ceiling=_said(NUMBER, "Revenue under the licence above it is held."),
            revenue_before=_said(NUMBER, "Revenue that counts towards the ceiling from earlier periods."),
            scope=_by_name(WHERE, "Service → territories of the consent; empty: no limit."),
            ends=_said(DAY, "The last day of the consent, after which the grace runs."),
            grace_days=WHOLE,
            charge_once=_said(FLAG, "An ancestor reached by several paths is charged by the largest."),
        )
    ),
    contracts=_many(
        _record(
            "How the money of one holder is divided.",
            {"id": TEXT, "holder": TEXT},
            assets=_said(TEXTS, "Empty: all of the holder's."),
            rights=_said(TEXTS, "Empty: all."),
            settlement=_one_of(*SETTLEMENTS),
            society=_said(TEXT, "Needed where the settlement is to_cmo."),
            royalties=_many(
                _record(
                    "A part of the base for another party than the holder.",
                    {"party": TEXT, "rate": NUMBER},
                    basis=_one_of("net", "gross"),
                    within=_said(TEXT, "The party whose all-in rate this one comes out of."),
                    when=WHEN,
                    escalations=_many(
                        _record("From this cumulated base on, this rate.", {"above": NUMBER, "rate": NUMBER})
                    ),
                    cumulated=_said(NUMBER, "The base of earlier periods."),
                )
            ),
            recoupments=_many(
                _record(
                    "Money paid ahead that comes back out of a party's royalty.",
                    {
                        "id": TEXT,
                        "kind": _one_of("advance", "cost", "recoup_first", "net_profit"),
                        "party": TEXT,
                        "outstanding": NUMBER,
                    },
                    rate=NUMBER,
                    since=_said(DAY, "The day on which it was paid: periods that ended before it give nothing back."),
                )
            ),
            reserves=_many(
                _record(
                    "A part of a party's royalty kept back against returns.",
                    {"party": TEXT, "rate": NUMBER},
                    releases=_many(
                        _record("Reserve taken earlier that falls free.", {"taken": NUMBER, "part": NUMBER})
                    ),
                )
            ),
            guarantee=_record("The least that is owed for the term.", {"amount": NUMBER}, earned_before=NUMBER),
        )
    ),
    payees=_many(
        _record(
            "How a party is paid.",
            {"party": TEXT},
            minimum=_said(NUMBER, "Balances below it are carried, at it they are paid."),
            flush=_said(FLAG, "Pay everything (the end of a contract)."),
            payable=_said(FLAG, "False while the payout details are missing."),
            opening=_by_name(NUMBER, "Contract → balance carried in."),
            crossed=_said(
                {"type": "array", "items": {"type": "array", "items": TEXT}},
                "Groups of contracts that net against each other before payout.",
            ),
            withholding=_many(
                _record(
                    "What must be kept of what is paid out, on the part that was earned in the country.",
                    {"country": TEXT, "rate": NUMBER},
                    form=_said(FLAG, "A valid form is held; otherwise the statutory rate applies."),
                    statutory=NUMBER,
                    expires=DAY,
                )
            ),
        )
    ),
    fines=_many(
        _record(
            "A service's penalty passed on to a payee.",
            {"service": TEXT, "party": TEXT, "amount": NUMBER, "reason": TEXT},
            contract=TEXT,
        )
    ),
)

SCENARIO: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A royalty scenario",
    **_record(
        "One royalty run in one document: who owns what, what came from what, the terms, and what was used.",
        {"terms": _TERMS},
        title=TEXT,
        period=_record("The period; both days are included.", {"start": DAY, "end": DAY}),
        known_at=_said({"type": ["string", "null"], "format": "date-time"}, "As of when ownership is known."),
        recordings=_many(
            _record("Which works a recording is of.", {"id": ASSET}, works=_said(TEXTS, "Several share equally."))
        ),
        shares=_many(
            _record(
                "A share of a right.",
                {"asset": ASSET, "party": TEXT, "share": NUMBER},
                right=RIGHT,
                territories=WHERE,
                valid_from=DAY,
                valid_to=_said(DAY, "The first day on which it no longer holds."),
                sheet=_said(TEXT, "Shares that were stated together; a later sheet replaces an earlier one."),
                source=TEXT,
                status=_one_of(*(status.value for status in ShareStatus)),
                recorded_at=_said({"type": ["string", "null"], "format": "date-time"}, "When it became known."),
            )
        ),
        lineage=_many(
            _record(
                "What came from what.",
                {"child": ASSET, "parent": ASSET},
                right=RIGHT,
                licence=TEXT,
                share=_said(NUMBER, "The parent's part; absent under a fan share."),
                policy=_one_of(*(policy.value for policy in Policy)),
                weight=_said(NUMBER, "Among several parents."),
            )
        ),
        usage=_many(
            _record(
                "A line of a report.",
                {"amount": NUMBER, "currency": CURRENCY},
                asset=_said({"type": ["string", "null"], "pattern": "^[^!]"}, "Absent: it was not matched."),
                service=TEXT,
                territory=_said(TEXT, "A country code; empty: the report does not say."),
                flow=TEXT,
                units=WHOLE,
                use_date=_said(DAY, "Absent: some day of the line's period."),
                period_start=DAY,
                period_end=DAY,
                source=TEXT,
                file=_said(TEXT, "The name of the file, which terms of exchange may name."),
                suspense=_said({"type": ["string", "null"]}, "The kind of suspense that the line is in already."),
            )
        ),
        pools=_many(
            _record(
                "A pool of creation fees.",
                {"currency": CURRENCY},
                users=_many(
                    _record(
                        "One paying user.",
                        {"fee": NUMBER},
                        creations=_by_name(WHOLE, "Derivative → how often it was created or played."),
                    )
                ),
                method=_one_of("pro_rata", "user_centric"),
                service=TEXT,
                territory=TEXT,
                flow=TEXT,
            )
        ),
        expected=_said(FLAG, "True: a forecast, to which the services' own rules apply."),
        monetisation_rules=_many(
            _record(
                "Below so many units in the period a service pays nothing.",
                {"service": TEXT, "minimum_units": WHOLE},
                flow=TEXT,
                valid_from=DAY,
                valid_to=DAY,
                source=_said(TEXT, "Where the rule was read."),
                reviewed=_said(FLAG, "Somebody answerable has confirmed it."),
            )
        ),
    ),
}
"""The schema that `ritornello royalties schema` prints."""

_NUMBER_OR_NONE: Schema = {
    "anyOf": [*NUMBER["anyOf"], {"type": "null"}],
    "description": "An exact number, or null for none.",
}

HISTORY: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Changed terms for past periods",
    **_record(
        "What is to be changed before past periods are valued again. What is not named stays as it was.",
        {},
        title=TEXT,
        terms=_said(
            {"type": "object", "properties": _TERMS["properties"], "additionalProperties": False},
            "Each list of terms named here replaces the list on file.",
        ),
        licences=_many(
            _record(
                "Changes of the licences of some derivatives; terms that are named replace those that were frozen.",
                {},
                derivatives=_said(TEXTS, 'Their ids, or "*" for every derivative.'),
                made_from=_said(TEXTS, "Recordings; every derivative that came from one of them is meant."),
                fan_share=NUMBER,
                reciprocity=NUMBER,
                cap=_NUMBER_OR_NONE,
                floor=_NUMBER_OR_NONE,
                ceiling=_NUMBER_OR_NONE,
                flows=TEXTS,
                scope=_by_name(WHERE, "Service → territories."),
            )
        ),
    ),
}
"""The schema of the changes that `ritornello royalties simulate --history` takes."""


@dataclass(frozen=True, slots=True)
class SchemaFinding:
    """One thing in a document that the schema does not allow: where it is, what is wrong, and how to mend it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def findings(document: object, schema: Schema = SCENARIO, where: str = "scenario") -> tuple[SchemaFinding, ...]:
    """All that does not keep to the schema, in the order of the document; nothing where it does."""
    return tuple(_walk(document, schema, where))


def _walk(value: object, schema: Schema, where: str) -> Iterator[SchemaFinding]:
    if "anyOf" in schema:
        if all(any(_walk(value, one, where)) for one in schema["anyOf"]):
            yield SchemaFinding(where, f"{_shown(value)} is not what belongs here. {schema['description']}")
        return
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(value, kind) for kind in kinds):
        words = " or ".join(_KINDS[kind] for kind in kinds)
        yield SchemaFinding(where, f"{_shown(value)} is not {words}")
        return
    if isinstance(value, str):
        yield from _text(value, schema, where)
    elif isinstance(value, Mapping):
        yield from _object(value, schema, where)
    elif isinstance(value, Sequence):
        for place, entry in enumerate(value):
            yield from _walk(entry, schema["items"], f"{where}[{place}]")


def _text(value: str, schema: Schema, where: str) -> Iterator[SchemaFinding]:
    if "enum" in schema and value not in schema["enum"]:
        yield SchemaFinding(where, f"{value!r} is none of {', '.join(schema['enum'])}{_meant(value, schema['enum'])}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield SchemaFinding(where, f"{value!r} is not what belongs here. {schema.get('description', '')}".rstrip())
    if schema.get("format") == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            yield SchemaFinding(where, f"{value!r} is not a date such as 2026-03-31")


def _object(value: Mapping[str, Any], schema: Schema, where: str) -> Iterator[SchemaFinding]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield SchemaFinding(where, f"the term {name!r} is missing")
    others = schema.get("additionalProperties", False)
    for name, entry in value.items():
        if name in properties:
            yield from _walk(entry, properties[name], f"{where}.{name}")
        elif isinstance(others, dict):
            yield from _walk(entry, others, f"{where}.{name}")
        else:
            known = ", ".join(sorted(properties))
            yield SchemaFinding(f"{where}.{name}", f"unknown term{_meant(name, list(properties))}; known here: {known}")


_KINDS = {
    "object": "an object of named terms",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _is(value: object, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "array":
        return isinstance(value, Sequence) and not isinstance(value, str)
    if kind == "null":
        return value is None
    return isinstance(value, Mapping if kind == "object" else str)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _meant(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
