"""A statement: what one payee is owed in one currency for one period, line by line, with the reason of each line.

A statement never changes once it is closed. Its hash stands on a Merkle root over its lines, so a payee can prove one
line without showing the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.merkle import inclusion_proof, root, verify_inclusion

USAGE = "usage"
ADJUSTMENT = "adjustment"
ROUNDING = "rounding"
EARLIER = "earlier"


class StatementError(Exception):
    """A statement that does not add up, or a step that its state does not allow; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind a usage line: files and rows come on demand; here are the frozen reasons."""

    sheets: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `amount` is exact, in units of the statement's currency; `words` explain it.

    For usage lines: what was used where, the source amount as it was received (`source_amount`, exact, in
    `source_currency`), `rate` of exchange, `kept` (the part of the pool's gross that this account gets), and the
    evidence. Adjustments and rounding have only an amount and words.
    """

    number: int
    kind: str
    account: str
    amount: Fraction
    words: str
    asset: str = ""
    title: str = ""
    service: str = ""
    territory: str = ""
    flow: str = ""
    first_use: str = ""
    last_use: str = ""
    rows: int = 0
    units: int = 0
    source_amount: Fraction = Fraction(0)
    source_currency: str = ""
    rate: Fraction = Fraction(1)
    kept: Fraction = Fraction(0)
    rule: str = ""
    evidence: Evidence = Evidence()

    def document(self) -> dict[str, object]:
        """The line as the JSON values that its leaf is the canonical form of."""
        return {
            "number": self.number,
            "kind": self.kind,
            "account": self.account,
            "amount": str(self.amount),
            "words": self.words,
            "asset": self.asset,
            "title": self.title,
            "service": self.service,
            "territory": self.territory,
            "flow": self.flow,
            "first_use": self.first_use,
            "last_use": self.last_use,
            "rows": self.rows,
            "units": str(self.units),
            "source_amount": str(self.source_amount),
            "source_currency": self.source_currency,
            "rate": str(self.rate),
            "kept": str(self.kept),
            "rule": self.rule,
            "sheets": list(self.evidence.sheets),
            "edges": list(self.evidence.edges),
            "licences": list(self.evidence.licences),
            "offers": list(self.evidence.offers),
        }

    def leaf(self) -> bytes:
        return canonical_json(self.document())


@dataclass(frozen=True, slots=True)
class Totals:
    """The foot of a statement, in minor units of its currency.

    `earned`: what this statement adds; `opening`: carried in; `due`: both; `withheld`: country -> tax on what is paid;
    `paid`: what leaves; `carried`: what stays. `why` says why nothing is paid.
    """

    earned: int
    opening: int
    due: int
    withheld: tuple[tuple[str, int], ...]
    paid: int
    carried: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One payee's statement. `supersedes`: the statement that this one corrects, for restatements of a period."""

    id: str
    payee: str
    currency: str
    period_start: date
    period_end: date
    lines: tuple[Line, ...]
    totals: Totals
    run_digest: str
    balances: tuple[tuple[str, Fraction], ...] = ()
    memo: Fraction = Fraction(0)
    supersedes: str = ""

    @property
    def stands(self) -> Fraction:
        """What the payee has for the period as it now stands, in units of the currency: with what was stated for it
        before, of which `earned` is only the difference."""
        return sum((line.amount for line in self.lines if line.kind != EARLIER), Fraction(0))

    def root(self) -> bytes:
        """The Merkle root over the lines (RFC 9162)."""
        return root([line.leaf() for line in self.lines])

    def header(self) -> dict[str, object]:
        """Everything but the lines, which the root stands for."""
        return {
            "id": self.id,
            "payee": self.payee,
            "currency": self.currency,
            "period": [str(self.period_start), str(self.period_end)],
            "lines": len(self.lines),
            "root": self.root().hex(),
            "run": self.run_digest,
            "supersedes": self.supersedes,
            "memo": str(self.memo),
            "balances": [[name, str(amount)] for name, amount in self.balances],
            "totals": {
                "earned": self.totals.earned,
                "opening": self.totals.opening,
                "due": self.totals.due,
                "withheld": [[country, amount] for country, amount in self.totals.withheld],
                "paid": self.totals.paid,
                "carried": self.totals.carried,
                "why": self.totals.why,
            },
        }

    def hash(self) -> str:
        """SHA-256 of the canonical header: the leaf of the transparency log."""
        return sha256_hex(canonical_json(self.header()))

    def line_proof(self, number: int) -> tuple[bytes, ...]:
        """The inclusion proof of a line under the statement's root. Raises `StatementError` for no such line."""
        if not 1 <= number <= len(self.lines):
            raise StatementError(f"statement {self.id} has lines 1 to {len(self.lines)}, not {number}")
        return tuple(inclusion_proof([line.leaf() for line in self.lines], number - 1))


def verify_line(line: Line, size: int, proof: tuple[bytes, ...], statement_root: bytes) -> bool:
    """Whether a line is in the statement with this root and number of lines."""
    return verify_inclusion(line.leaf(), line.number - 1, size, proof, statement_root)


def to_document(statement: Statement) -> dict[str, Any]:
    """The whole statement as JSON values."""
    return {"header": statement.header(), "lines": [line.document() for line in statement.lines]}


def from_document(document: Mapping[str, Any]) -> Statement:
    """The statement that `to_document` wrote. Raises `StatementError` where the lines are not those of the root."""
    header = document["header"]
    totals = header["totals"]
    start, end = header["period"]
    statement = Statement(
        id=header["id"],
        payee=header["payee"],
        currency=header["currency"],
        period_start=date.fromisoformat(start),
        period_end=date.fromisoformat(end),
        lines=tuple(_line(one) for one in document["lines"]),
        totals=Totals(
            earned=totals["earned"],
            opening=totals["opening"],
            due=totals["due"],
            withheld=tuple((country, amount) for country, amount in totals["withheld"]),
            paid=totals["paid"],
            carried=totals["carried"],
            why=totals["why"],
        ),
        run_digest=header["run"],
        balances=tuple((name, Fraction(amount)) for name, amount in header["balances"]),
        memo=Fraction(header["memo"]),
        supersedes=header["supersedes"],
    )
    if statement.header() != dict(header):
        raise StatementError(f"statement {statement.id} was changed: its lines do not have the root that it states")
    return statement


def _line(document: Mapping[str, Any]) -> Line:
    own = dict(document)
    evidence = Evidence(*(tuple(own.pop(name)) for name in ("sheets", "edges", "licences", "offers")))
    exact = {name: Fraction(own.pop(name)) for name in ("amount", "source_amount", "rate", "kept")}
    return Line(**own | exact | {"units": int(own["units"])}, evidence=evidence)
