"""Lanes: each distinct treatment of money, from the gross of a receipt to what is left to share out.

A lane belongs to a state of the asset (what its consent allows there and then), a service, a territory and a flow. It
says whether the money is held, who settles it, and for each right: platform fee, then source withholding, then
commissions. Places that are treated alike share a lane, which keeps the sums per lane few; with `apart` every place has
its own, so that a scenario can show each line on its way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.claims import covers
from ritornello.royalty.documents import TermError
from ritornello.royalty.terms import ELSEWHERE, Condition, Flow, Hold, Royalty, Terms

OUT_OF_SCOPE = "out_of_scope"
CONSENT_GAP = "consent_gap"


@dataclass(frozen=True, slots=True)
class State:
    """What holds for an asset during a stretch of time: its consented scope, its holds, its territorial regions.

    `day` stands for the stretch: dated conditions are asked for it. `scope` None: no licence limits the asset.
    `regions`: territory -> region, for assets whose owners differ by territory; others have the one region "".
    """

    name: str
    day: date
    scope: tuple[tuple[str, TerritorySet], ...] | None = None
    gap: bool = False
    holds: tuple[Hold, ...] = ()
    regions: tuple[tuple[str, str], ...] = ()

    def held(self, service: str, territory: str, flow: str) -> str:
        """The kind of suspense that the money goes to, or "" where it may be paid."""
        if self.gap:
            return CONSENT_GAP
        if self.scope is not None:
            allowed = next((where for name, where in self.scope if name == service), None)
            if allowed is None or not covers(allowed, territory):
                return OUT_OF_SCOPE
        found = sorted(hold.kind for hold in self.holds if hold.when.holds(service, territory, flow, self.day))
        return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class LanePart:
    """One right's part of a lane. All rates are parts of one; `commissions`: payee, rate, whether on the gross."""

    right: str
    pool: str
    part: Fraction
    fee: Fraction = Fraction(0)
    country: str = ""
    tax: Fraction = Fraction(0)
    commissions: tuple[tuple[str, Fraction, bool], ...] = ()

    @property
    def taxed(self) -> Fraction:
        """Source withholding per unit of the part's gross."""
        return (1 - self.fee) * self.tax

    def commission(self, rate: Fraction, on_gross: bool) -> Fraction:
        """A commission per unit of the part's gross."""
        return rate if on_gross else rate * (1 - self.fee) * (1 - self.tax)

    @property
    def net(self) -> Fraction:
        """What is left to share out per unit of the part's gross."""
        taken = sum((self.commission(rate, on_gross) for _, rate, on_gross in self.commissions), Fraction(0))
        return (1 - self.fee) * (1 - self.tax) - taken


@dataclass(frozen=True, slots=True)
class Lane:
    """One treatment. `territory` is the place itself where taxes on payees need it, else the first of those alike.
    `met`: the numbers of the conditional royalties (in `conditional_royalties` order) that hold here."""

    id: str
    held: str
    settlement: str
    collector: str
    parts: tuple[LanePart, ...]
    met: frozenset[int] = frozenset()
    service: str = ""
    territory: str = ""
    flow: str = ""
    places: tuple[str, ...] = field(default=(), compare=False)


def conditional_royalties(terms: Terms) -> list[Royalty]:
    """The royalties that hold only somewhere, in the order in which lanes number them."""
    empty = Condition()
    return [royalty for contract in terms.contracts for royalty in contract.royalties if royalty.when != empty]


def breakpoints(terms: Terms) -> list[date]:
    """The days on which a dated term begins or ends."""
    conditions = [
        *(fee.when for fee in terms.fees),
        *(commission.when for commission in terms.commissions),
        *(hold.when for hold in terms.holds if not hold.assets),
        *(royalty.when for royalty in conditional_royalties(terms)),
    ]
    return sorted({day for one in conditions for day in (one.valid_from, one.valid_to) if day is not None})


def build_lanes(
    terms: Terms,
    states: Iterable[State],
    places: Iterable[tuple[str, str, str]],
    variants: Mapping[str, str],
    *,
    apart: bool = False,
) -> tuple[dict[str, Lane], tuple[tuple[str, str, str, str, str, str], ...]]:
    """Lanes by id, and the rows (state, service, territory, flow, lane, region) that lead to them.

    `places`: the (service, territory, flow) that occur in the usage. `variants`: flow -> suffix of the pool that it
    shares from. Raises `TermError` for a flow without terms: money that nobody has spoken about is not paid out.
    """
    _must_name_flows(terms, {flow_name for _, _, flow_name in places})
    conditional = conditional_royalties(terms)
    taxed_at_payment = {tax.country for payee in terms.payees for tax in payee.withholding}
    found: dict[tuple[object, ...], list[tuple[str, str, str]]] = {}
    models: dict[tuple[object, ...], Lane] = {}
    rows: list[tuple[tuple[object, ...], tuple[str, str, str, str], str]] = []
    for state in sorted(states, key=lambda one: one.name):
        regions = dict(state.regions)
        for service, territory, flow_name in sorted(set(places)):
            flow = terms.flow(flow_name)
            assert flow is not None
            lane = Lane(
                id="",
                held=state.held(service, territory, flow_name),
                settlement=flow.settlement,
                collector=flow.collector,
                parts=_parts(terms, flow, service, territory, state.day, variants.get(flow_name, "")),
                met=frozenset(
                    number
                    for number, royalty in enumerate(conditional)
                    if royalty.when.holds(service, territory, flow_name, state.day)
                ),
                territory=territory if territory in taxed_at_payment else "",
                service=service if any(fee.rate for fee in terms.fees) else "",
            )
            key: tuple[object, ...] = (lane, (service, territory, flow_name) if apart else ())
            models[key] = lane
            found.setdefault(key, []).append((service, territory, flow_name))
            rows.append((key, (state.name, service, territory, flow_name), regions.get(territory, "")))
    lanes: dict[str, Lane] = {}
    ids: dict[tuple[object, ...], str] = {}
    for number, key in enumerate(sorted(found, key=lambda one: min(found[one]))):
        model, (service, territory, flow_name) = models[key], min(found[key])
        ids[key] = f"l{number:05d}"
        lanes[ids[key]] = Lane(
            ids[key],
            model.held,
            model.settlement,
            model.collector,
            model.parts,
            model.met,
            service,
            territory,
            flow_name,
            tuple(sorted({f"{one[0]} {one[1]}" for one in found[key]})),
        )
    return lanes, tuple((*place, ids[key], region) for key, place, region in rows)


def _must_name_flows(terms: Terms, played: Collection[str]) -> None:
    unknown = sorted(name for name in played if terms.flow(name) is None)
    if unknown:
        named = sorted(one.name for one in terms.flows)
        lines = ", ".join(f'{{"name": "{name}"}}' for name in (*named, *unknown))
        flows = f"flow{'s' * (len(unknown) > 1)} {', '.join(map(repr, unknown))}"
        raise TermError(
            f"flows: usage holds money of {flows}, which the terms do not name (they name {', '.join(named)}); say in "
            "the terms who settles it and for which rights. Where all of it is for the master and is settled here, "
            f'write "flows": [{lines}] into what `royalties terms` prints, and record that'
        )


def _parts(terms: Terms, flow: Flow, service: str, territory: str, day: date, variant: str) -> tuple[LanePart, ...]:
    parts = []
    for right, part in flow.split():
        if part == 0:
            continue
        fees = [
            fee.rate
            for fee in terms.fees
            if _for_right(fee.rights, right) and fee.when.holds(service, territory, flow.name, day)
        ]
        taxes = [
            tax
            for tax in terms.withholding
            if tax.country == territory and _for_right(tax.rights, right) and (not tax.flows or flow.name in tax.flows)
        ]
        # A tax that names the right or the flow is more specific than one that does not.
        tax = max(taxes, key=lambda one: (bool(one.rights), bool(one.flows)), default=None)
        commissions = tuple(
            (one.payee, one.rate, one.base == "gross")
            for one in terms.commissions
            if one.rate and _for_right(one.rights, right) and one.when.holds(service, territory, flow.name, day)
        )
        made = LanePart(
            right=right,
            pool=right + variant,
            part=part,
            fee=sum(fees, Fraction(0)),
            country=tax.country if tax is not None and tax.rate else "",
            tax=tax.rate if tax is not None else Fraction(0),
            commissions=commissions,
        )
        if made.net < 0:
            raise TermError(
                f"fees, taxes and commissions on {right} of {flow.name!r} at {service} {territory} take more than all"
            )
        parts.append(made)
    return tuple(parts)


def _for_right(rights: Sequence[str], right: str) -> bool:
    return not rights or right in rights


def is_memo(lane: Lane) -> bool:
    """Money that is settled elsewhere is shown and never payable."""
    return lane.settlement == ELSEWHERE
