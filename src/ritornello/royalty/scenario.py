"""One JSON document in, one royalty run out, without a database: what would these terms pay?

A scenario names parties only by id and holds ownership shares, lineage, terms and usage; `docs/scenarios.md` is its
guide. It runs through the same rules as a period's real run. Numbers are texts ("0.15", "1/3"), never floats, and a
term that is not known is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from ritornello.catalogue.model import LineageEdge, OwnershipShare, Policy, RightType, ShareStatus
from ritornello.identifiers.territories import TerritorySet
from ritornello.money import allocate
from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.account import Figure
from ritornello.royalty.documents import Reader, TermError, exact
from ritornello.royalty.engines import Engine
from ritornello.royalty.engines.memory import MemoryEngine
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.monetisation import Unpaid, expected_lines, read_rules
from ritornello.royalty.pools import divide_pool
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.tables import AMOUNT_DIGITS, UsageLine
from ritornello.royalty.terms import MASTER, Terms
from ritornello.royalty.terms_document import read_terms

RIGHTS = tuple(RightType)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as typed records. `unpaid`: expected usage that a service's own rules leave without money."""

    title: str
    period_start: date
    period_end: date
    terms: Terms
    ownership: Ownership
    usage: tuple[UsageLine, ...]
    known_at: datetime
    figures: tuple[Figure, ...] = ()
    unpaid: tuple[Unpaid, ...] = ()


def simulate(
    document: Mapping[str, Any],
    *,
    engine: Callable[[Sequence[UsageLine]], Engine] = MemoryEngine,
    earlier: RunResult | None = None,
) -> RunResult:
    """Run a scenario. `engine` makes an engine out of usage lines; `earlier`: a run that this one restates.

    Raises `TermError` and `ConservationError` as a real run does.
    """
    scenario = read_scenario(document)
    result = run(
        RunInputs(
            period_start=scenario.period_start,
            period_end=scenario.period_end,
            terms=scenario.terms,
            ownership=scenario.ownership,
            engine=engine(scenario.usage),
            known_at=scenario.known_at,
            apart=True,
            earlier=earlier,
        )
    )
    return replace(result, figures=(*scenario.figures, *result.figures))


def read_scenario(document: Mapping[str, Any]) -> Scenario:
    """The typed records of a scenario. Raises `TermError` naming the place in the document."""
    reader = Reader(document, "scenario")
    title = reader.text("title", "")
    period = reader.one("period") or Reader({"start": "2026-01-01", "end": "2026-01-31"}, "scenario.period")
    start, end = period.day("start"), period.day("end")
    period.done()
    if start is None or end is None or end < start:
        raise TermError("scenario.period: it needs a start and an end, in this order")
    terms = read_terms(reader.need("terms"), "scenario.terms")
    known_at = reader.take("known_at")
    moment = datetime(end.year, end.month, end.day, 23, 59, 59, tzinfo=UTC)
    if known_at is not None:
        moment = datetime.fromisoformat(known_at).astimezone(UTC)
    shares = tuple(_share(one, number) for number, one in enumerate(reader.many("shares")))
    edges = tuple(_edge(one) for one in reader.many("lineage"))
    works = tuple(_recording(one) for one in reader.many("recordings"))
    lines = [_usage(one, start, end) for one in reader.many("usage")]
    figures: list[Figure] = []
    for one in reader.many("pools"):
        made, told = _pool(one, start, end)
        lines += made
        figures += told
    rules = read_rules(reader.many("monetisation_rules"))
    expected = reader.flag("expected")
    reader.done()
    unpaid: list[Unpaid] = []
    if expected:
        lines, unpaid = expected_lines(lines, rules)
        for lost in unpaid:
            words = f"{lost.service} pays nothing below {lost.minimum} units; {lost.units} are expected"
            amount = Fraction(lost.amount_e10, 10**AMOUNT_DIGITS)
            figures.append(Figure("unpaid_by_service", f"{lost.asset} {lost.service}", amount, words))
    return Scenario(
        title,
        start,
        end,
        terms,
        Ownership(shares, edges, works),
        _numbered(lines),
        moment,
        tuple(figures),
        tuple(unpaid),
    )


def _numbered(lines: Sequence[UsageLine]) -> tuple[UsageLine, ...]:
    """Lines in an order of their own, so that a shuffled document is the same file."""
    ordered = sorted(
        lines,
        key=lambda line: (
            line.use_date,
            line.service,
            line.territory,
            line.flow,
            line.asset_id or "",
            line.currency,
            line.amount_e10,
            line.units,
            line.suspense_kind or "",
            line.period_start,
            line.period_end,
        ),
    )
    content = [
        [
            str(line.use_date),
            line.service,
            line.territory,
            line.flow,
            line.asset_id or "",
            line.currency,
            str(line.amount_e10),
            str(line.units),
            line.suspense_kind or "",
            str(line.period_start),
            line.source,
        ]
        for line in ordered
    ]
    file = sha256_hex(canonical_json(content))
    return tuple(
        replace(line, file_sha256=line.file_sha256 or file, row_number=number)
        for number, line in enumerate(ordered, start=1)
    )


def _share(reader: Reader, number: int) -> OwnershipShare:
    recorded = reader.take("recorded_at")
    share = OwnershipShare(
        id=f"shr_{number}",
        asset_id=reader.text("asset"),
        right_type=RightType(reader.choice("right", RIGHTS, MASTER)),
        party_id=reader.text("party"),
        territories=TerritorySet.parse(reader.text("territories", "WW")),
        share=reader.amount("share"),
        valid_from=reader.day("valid_from"),
        valid_to=reader.day("valid_to"),
        recorded_at=_BEGINNING if recorded is None else datetime.fromisoformat(recorded).astimezone(UTC),
        sheet_id=reader.text("sheet", "sheet"),
        status=ShareStatus(reader.choice("status", tuple(ShareStatus), "agreed")),
        source=reader.text("source", ""),
    )
    reader.done()
    return share


def _recording(reader: Reader) -> tuple[str, tuple[str, ...]]:
    recording = (reader.text("id"), reader.texts("works"))
    reader.done()
    return recording


def _edge(reader: Reader) -> LineageEdge:
    edge = LineageEdge(
        child=reader.text("child"),
        parent=reader.text("parent"),
        licence_id=reader.text("licence", ""),
        right_type=RightType(reader.choice("right", RIGHTS, MASTER)),
        share=reader.rate("share", "0"),
        policy=Policy(reader.choice("policy", tuple(Policy), "absolute")),
        weight=reader.amount("weight", "1"),
    )
    reader.done()
    return edge


def amount_e10(value: object, where: str) -> int:
    """An amount of a document as an integer of 10^-10 unit. Raises `TermError` for more than ten decimals."""
    scaled = exact(value, where) * 10**AMOUNT_DIGITS
    if scaled.denominator != 1:
        raise TermError(f"{where}: {value!r} has more than {AMOUNT_DIGITS} decimals; source lines are stored as given")
    return int(scaled)


def _usage(reader: Reader, start: date, end: date) -> UsageLine:
    day = reader.day("use_date")
    line = UsageLine(
        file_sha256=reader.text("file", ""),
        row_number=0,
        source=reader.text("source", "scenario"),
        service=reader.text("service", ""),
        period_start=reader.day("period_start") or start,
        period_end=reader.day("period_end") or end,
        use_date=day or reader.day("period_end") or end,
        use_date_exact=day is not None,
        territory=reader.text("territory", ""),
        flow=reader.text("flow", "stream"),
        isrc=None,
        proprietary_id=None,
        title=None,
        artist=None,
        asset_id=reader.take("asset"),
        match_rule=None,
        match_confidence=None,
        units=reader.whole("units", 0),
        amount_e10=amount_e10(reader.need("amount"), f"{reader.where}.amount"),
        currency=reader.text("currency"),
        suspense_kind=reader.take("suspense"),
    )
    reader.done()
    return line


def _pool(reader: Reader, start: date, end: date) -> tuple[list[UsageLine], list[Figure]]:
    """A creation-fee pool as usage lines. The exact figures are told; the lines add up to the pool exactly."""
    users = []
    for one in reader.many("users"):
        made = one.table("creations")
        users.append((one.amount("fee"), {name: int(count) for name, count in made.items()}))
        one.done()
    method = reader.choice("method", ("pro_rata", "user_centric"), "pro_rata")
    amounts, rest = divide_pool(users, method)
    service, territory = reader.text("service", ""), reader.text("territory", "")
    flow, currency = reader.text("flow", "creation_pool"), reader.text("currency")
    reader.done()
    figures = [
        Figure(f"pool_{method}", asset, amount, f"{method} part of the pool of {sum(fee for fee, _ in users)}")
        for asset, amount in amounts.items()
    ]
    whole = amount_e10(str(sum((fee for fee, _ in users), Fraction(0))), reader.where)
    weights: dict[str, Fraction] = {f"a:{asset}": amount for asset, amount in amounts.items()}
    if rest:
        weights["rest"] = rest
    lines = []
    # a pool into which nobody paid is no money, and there is nothing to divide
    for name, part in (allocate(whole, weights) if weights else {}).items():
        asset = name.partition(":")[2] or None
        lines.append(
            UsageLine(
                "",
                0,
                "pool",
                service,
                start,
                end,
                end,
                False,
                territory,
                flow,
                None,
                None,
                None,
                None,
                asset,
                None,
                None,
                0,
                part,
                currency,
                None if asset is not None else "no_creation",
            )
        )
    return lines, figures
