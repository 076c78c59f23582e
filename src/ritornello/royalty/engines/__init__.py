"""Where the one SQL text runs. An engine is an adapter without rules: it lays the tables out and hands rows back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ritornello.royalty.tables import PoolRow, SurveyRow, Tables


@dataclass(frozen=True, slots=True)
class DetailRow:
    """The usage behind one line of a statement: one asset, place, flow, window and share."""

    asset_id: str
    service: str
    territory: str
    flow: str
    window_no: int
    region: str
    lane: str
    pool: str
    fx_id: str
    currency: str
    stake: str
    grp: str
    share: int
    rows: int
    units: int
    amount_e10: int
    first_use: str
    last_use: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One usage row, by the file and row number under which it was received."""

    file_sha256: str
    row_number: int
    use_date: str
    units: int
    amount_e10: int
    currency: str


@dataclass(frozen=True, slots=True)
class FlagRow:
    """Usage without a day that straddles a change of scope."""

    asset_id: str
    rows: int
    amount_e10: int


class Engine(Protocol):
    """What a run asks of an engine over one usage lake."""

    name: str

    def survey(self) -> list[SurveyRow]:
        """Control totals per file, currency, service, territory and flow."""

    def pools(self, tables: Tables) -> list[PoolRow]:
        """The royalty query."""

    def flags(self, tables: Tables) -> list[FlagRow]:
        """Lines without a day that straddle a change of scope."""

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        """The lines behind some stakes."""

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        """The usage rows behind one line."""
