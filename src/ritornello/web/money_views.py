"""What the pages on money show: runs, statements, and one line opened to its source. See `ritornello.web.views`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ritornello.web.views import Amount, Exact, Fact, Link, State

# ---------------------------------------------------------------- a run


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, for a bar and its table. `kind` picks the ink: payable, held, house, carry, tax, memo."""

    kind: str
    label: str
    amount: Amount
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the waterfall: what, of whom, how much, and why."""

    label: str
    subject: str
    amount: Exact
    because: str


@dataclass(frozen=True, slots=True)
class SuspenseRow:
    reason: str
    words: str
    note: str
    amount: Amount
    since: date | None


@dataclass(frozen=True, slots=True)
class PayeeRow:
    payee: str
    role: str
    amount: Amount
    payable: Amount
    statement_id: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    file: str
    service: str
    rows: int
    matched: int
    amounts: tuple[Exact, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class RunRow:
    id: str
    period: str
    state: State
    state_words: str
    received: Amount
    payable: Amount
    at: datetime


@dataclass(frozen=True, slots=True)
class RunView:
    id: str
    period: str
    state: State
    state_words: str
    at: datetime
    received: Amount
    parts: tuple[Part, ...]
    balanced: bool
    summary: tuple[StepRow, ...]
    steps: tuple[StepRow, ...]
    services: tuple[Part, ...]
    sources: tuple[SourceRow, ...]
    suspense: tuple[SuspenseRow, ...]
    payees: tuple[PayeeRow, ...]
    facts: tuple[Fact, ...]
    restates: str = ""
    unexplained: tuple[tuple[str, str], ...] = ()
    """Kinds of unmatched money that nobody has explained, with their words."""
    next_title: str = ""
    next_words: str = ""
    next_act: str = ""
    next_button: str = ""
    next_needs: str = "run_royalties"
    blocked: bool = False


# ---------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True)
class StatementRow:
    id: str
    payee: str
    role: str
    period: str
    earned: Amount
    payable: Amount
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementLineRow:
    number: int
    id: str
    title: str
    service: str
    territory: str
    flow: str
    units: int
    share: str
    amount: Exact
    words: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class StatementView:
    id: str
    payee: str
    role: str
    period: str
    earned: Amount
    payable: Amount
    carried: Amount
    opening: Amount
    withheld: Amount
    headline: str
    lines: tuple[StatementLineRow, ...]
    closed_at: datetime | None
    root: str
    hash: str
    leaf_index: int | None
    verified: bool
    causes: tuple[StepRow, ...]
    files: tuple[Link, ...]
    services: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class UsageRow:
    file: str
    row: int
    service: str
    territory: str
    used_on: str
    units: int
    amount: Exact


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One link of the chain from an amount back to its consent."""

    kind: Literal["usage", "money", "share", "split", "licence", "offer", "proof"]
    title: str
    sentence: str
    facts: tuple[Fact, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """One amount, opened: the rows it came from, the steps it took, and the proof that it was written."""

    statement_id: str
    payee: str
    line: StatementLineRow
    usage: tuple[UsageRow, ...]
    usage_total: int
    steps: tuple[TraceStep, ...]
    leaf_hash: str
    root: str
    path: tuple[str, ...]
    verified: bool
    complete: bool = True
    """Whether the rows add up to what the line says."""
