"""The records of the ledger. Amounts are integers of 10^-6 of the currency's unit ("micros")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ritornello.ledger.accounts import AccountError, kind_of
from ritornello.proof.canonical import CanonicalError, canonical_json, sha256_hex
from ritornello.proof.ids import stable_id

LARGEST = 2**63 - 1
"""The largest amount that both databases hold exactly."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a transaction: which field, and what."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


class LedgerError(Exception):
    """A transaction that is refused; `findings` says everything that is wrong with it."""

    def __init__(self, transaction: str, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(f"transaction {transaction} is refused: " + "; ".join(map(str, self.findings)))


class RepeatedKeyError(LedgerError):
    """The idempotency key was used before, for something else."""


class PeriodError(Exception):
    """A period that is unknown, closed, or opened twice with other dates."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount put on an account (positive) or taken from it (negative), and why.

    `because` is a JSON document without floats: usage line, edge path, share version, licence, …
    """

    account: str
    micros: int
    because: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transaction:
    """Postings in one currency that sum to zero. Made with `Transaction.of`, which fills in id and hash."""

    id: str
    idempotency_key: str
    request_hash: str
    period: str
    currency: str
    postings: tuple[Posting, ...]
    corrects: str | None = None

    @staticmethod
    def of(
        idempotency_key: str,
        period: str,
        currency: str,
        postings: Iterable[Posting],
        corrects: str | None = None,
    ) -> Transaction:
        """The transaction of an act.

        Args:
            idempotency_key: the natural key of the act ("run:run_…:EUR"): posting it again posts nothing.
            period: the id of an open period.
            currency: ISO 4217.
            postings: in the order in which they are to be read.
            corrects: the id of the transaction that this one corrects.

        Raises:
            LedgerError: a `because` cannot be written as canonical JSON.
        """
        kept = tuple(postings)
        transaction_id = stable_id("txn", idempotency_key)
        try:
            hashed = request_hash(period, currency, kept, corrects)
        except CanonicalError as error:
            raise LedgerError(transaction_id, [Finding("because", str(error))]) from error
        return Transaction(transaction_id, idempotency_key, hashed, period, currency, kept, corrects)

    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong with it, as far as it can be seen without the other transactions."""
        found: list[Finding] = []
        if not self.idempotency_key or len(self.idempotency_key) > 200:
            found.append(Finding("idempotency_key", "must have 1 to 200 letters"))
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            found.append(Finding("currency", f"{self.currency!r} is no ISO 4217 code"))
        if len(self.postings) < 2:
            found.append(Finding("postings", f"money moves between at least two accounts, not {len(self.postings)}"))
        for number, posting in enumerate(self.postings):
            place = f"postings[{number}]"
            if type(posting.micros) is not int or abs(posting.micros) > LARGEST:
                found.append(Finding(f"{place}.micros", f"{posting.micros!r} is no integer within ±{LARGEST}"))
            try:
                kind_of(posting.account)
            except AccountError as error:
                found.append(Finding(f"{place}.account", str(error)))
        if not found and (total := sum(posting.micros for posting in self.postings)):
            found.append(Finding("postings", f"they sum to {total} micros of {self.currency}, not to zero"))
        if self.request_hash != request_hash(self.period, self.currency, self.postings, self.corrects):
            found.append(Finding("request_hash", "does not belong to the postings; make transactions with `of`"))
        return tuple(found)


def request_hash(period: str, currency: str, postings: Iterable[Posting], corrects: str | None) -> str:
    """SHA-256 (hex) over all that a transaction says; amounts are text, since JSON numbers end at 2^53."""
    document = {
        "corrects": corrects,
        "currency": currency,
        "period": period,
        "postings": [
            {"account": posting.account, "because": posting.because, "micros": str(posting.micros)}
            for posting in postings
        ],
    }
    return sha256_hex(canonical_json(document))


@dataclass(frozen=True, slots=True)
class Posted:
    """The outcome of posting: the transaction as it stands in the ledger; `new` is False where it was there before."""

    transaction: Transaction
    posted_at: datetime
    new: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting as it stands on its account."""

    transaction_id: str
    position: int
    period: str
    currency: str
    account: str
    micros: int
    because: Mapping[str, Any]
    corrects: str | None
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A time of accounting: valid days [starts, ends). Open until a `Closure` of it is recorded."""

    id: str
    starts: date
    ends: date
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Closure:
    """That a period was closed: `digest` is over all its transactions, so that nothing can be slipped in later."""

    period: str
    closed_at: datetime
    closed_by: str
    transactions: int
    digest: str
