"""Contract terms as typed records: who takes what part of which money, and in which order.

Terms are frozen when a licence or contract is made. Rates are exact fractions of one, amounts exact fractions of the
unit of `Terms.currency`. A `Condition` narrows a term by service, territory, flow and date; an empty one always holds.
The order of the waterfall is the one of the trade: platform fee, source withholding, distributor commission, lineage
and makers' shares, contract split, recoupment, reserve, fines, rounding, threshold, payee withholding.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.claims import covers

MASTER = "master"
COMPOSITION = "composition"

OURS = "ours"
"""Settled by us: it runs through the ledger."""
TO_CMO = "to_cmo"
"""Payable gross to a society, which pays its members itself."""
ELSEWHERE = "elsewhere"
"""Memo: shown to the payee, never payable by us."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Where and when a term holds; `valid_to` is the first day on which it no longer does."""

    services: tuple[str, ...] = ()
    territories: TerritorySet | None = None
    flows: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, service: str, territory: str, flow: str, day: date) -> bool:
        return (
            (not self.services or service in self.services)
            and (self.territories is None or covers(self.territories, territory))
            and (not self.flows or flow in self.flows)
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day < self.valid_to)
        )


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Flow:
    """A kind of money: who pays it, who collects it, who settles it, and which rights it pays for.

    `parts`: right -> part of the gross, adding up to one. `most_favoured`: every right named gets the same (the most
    favoured nation clause of synchronisation deals). `lineage`: false where makers and ancestors take no share.
    """

    name: str
    payer: str = ""
    collector: str = ""
    settlement: str = OURS
    parts: tuple[tuple[str, Fraction], ...] = ((MASTER, Fraction(1)),)
    most_favoured: bool = False
    lineage: bool = True

    def split(self) -> tuple[tuple[str, Fraction], ...]:
        """Right -> part of the gross, after the most favoured clause."""
        if not self.most_favoured:
            return self.parts
        return tuple((right, Fraction(1, len(self.parts))) for right, _ in self.parts)


@dataclass(frozen=True, slots=True)
class PlatformFee:
    """What the payer keeps of the gross that it reports: cleared, not payable."""

    rate: Fraction
    rights: tuple[str, ...] = ()
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class SourceWithholding:
    """What a country keeps of money that leaves it, per flow and right."""

    country: str
    rate: Fraction
    rights: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commission:
    """What a distributor or society keeps for collecting. `base`: net_of_withholding, or gross."""

    payee: str
    rate: Fraction
    base: str = "net_of_withholding"
    rights: tuple[str, ...] = ()
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside with its reason: a competing claim, a dispute, a judgment. `assets` empty: all of them."""

    kind: str
    assets: tuple[str, ...] = ()
    when: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class MakerTerms:
    """The money terms of the licence of one derivative, frozen when it was granted.

    `fan_share`: the maker's part of the pool, None where the licence has lineage shares instead. `flows` empty: all
    flows with lineage. `reciprocity`: the part of the fan share that goes to the makers of parent derivatives.
    `cap`: a maker's share above it goes back to the originals, counting `earned_before` (caps of several periods);
    `floor`: the originals make up to it. A licence of several rights has one cap over all of them.
    `ceiling`: revenue (gross) under the licence above it is held as `over_ceiling`; `before`: revenue up to this run.
    `scope`: service -> territories of the consent, empty = no limit. `ends`: the last day after the grace, after
    which use is a `consent_gap`. `charge_once`: an ancestor reached by several paths is charged by the largest.
    `cap_each_period`: the cap begins anew with every period, so that nothing of it is carried on.
    """

    licence: str
    asset: str
    maker: str
    right: str = MASTER
    fan_share: Fraction | None = None
    reciprocity: Fraction = Fraction(0)
    basis: str = "net"
    flows: tuple[str, ...] = ()
    cap: Fraction | None = None
    earned_before: Fraction = Fraction(0)
    floor: Fraction | None = None
    ceiling: Fraction | None = None
    before: Fraction = Fraction(0)
    scope: tuple[tuple[str, TerritorySet], ...] = ()
    ends: date | None = None
    grace_days: int = 0
    charge_once: bool = False
    cap_each_period: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From this cumulated base on, this rate (marginal: only what lies above is paid at it)."""

    above: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Royalty:
    """A part of a contract's base for another party than its holder.

    `basis`: net (after commission) or gross (before platform fee and commission; the holder bears the difference).
    `within`: the party whose all-in rate this one comes out of (producer points). `escalations`: marginal steps over
    `cumulated`, the base of earlier periods.
    """

    party: str
    rate: Fraction
    basis: str = "net"
    within: str = ""
    when: Condition = ALWAYS
    escalations: tuple[Step, ...] = ()
    cumulated: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Recoupment:
    """Money that was paid ahead and comes back out of a party's royalty. `kind`: advance or cost (both come out of the
    party's royalty at `rate`), recoup_first (off the top of the base, to the named party, before any split),
    net_profit (costs off the top, back to the holder). `outstanding`: what has not come back yet, above zero.
    `since`: the day on which it was paid; periods that ended before it give nothing back, restated or not."""

    id: str
    kind: str
    party: str
    outstanding: Fraction
    rate: Fraction = Fraction(1)
    since: date | None = field(default=None, metadata={"new": True})


@dataclass(frozen=True, slots=True)
class Release:
    """Reserve taken earlier (`taken`), of which `part` falls free in this run."""

    taken: Fraction
    part: Fraction


@dataclass(frozen=True, slots=True)
class Reserve:
    """A part of a party's royalty kept back against returns; on positive lines only."""

    party: str
    rate: Fraction
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The least that a licensee owes for the term; the shortfall is billed, it is no receipt."""

    amount: Fraction
    earned_before: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Contract:
    """How the money of one holder is divided. `assets` and `rights` empty: all of the holder's."""

    id: str
    holder: str
    assets: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    settlement: str = OURS
    society: str = ""
    royalties: tuple[Royalty, ...] = ()
    recoupments: tuple[Recoupment, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    guarantee: Guarantee | None = None

    def covers(self, party: str, asset: str, right: str) -> bool:
        return (
            party == self.holder
            and (not self.assets or asset in self.assets)
            and (not self.rights or right in self.rights)
        )


@dataclass(frozen=True, slots=True)
class PayeeWithholding:
    """What we must keep of what we pay out, on the part that was earned in `country`; `form`: a valid form is held,
    else the `statutory` rate applies; a certificate ends on `expires`."""

    country: str
    rate: Fraction
    form: bool = True
    statutory: Fraction = Fraction(3, 10)
    expires: date | None = None

    def due(self, day: date) -> Fraction:
        valid = self.form and (self.expires is None or day <= self.expires)
        return self.rate if valid else self.statutory


@dataclass(frozen=True, slots=True)
class PayeeTerms:
    """How a party is paid. `minimum`: balances below it are carried, at it they are paid; `flush`: pay all (end of a
    contract). `opening`: contract -> balance carried in. `crossed`: contracts that net against each other before
    payout; what is in no group stands alone. `payable`: false while the payout details are missing; `why` says what
    else keeps the money here."""

    party: str
    minimum: Fraction = Fraction(0)
    flush: bool = False
    payable: bool = True
    opening: tuple[tuple[str, Fraction], ...] = ()
    crossed: tuple[tuple[str, ...], ...] = ()
    withholding: tuple[PayeeWithholding, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fine:
    """A service's penalty passed on to a payee; the balance may go below zero, a payout never does."""

    service: str
    party: str
    amount: Fraction
    reason: str
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """The exchange of one receipt (or of all in a currency), fixed when it was booked.

    `rate`: units of the run's currency for one of `currency`. `basis`: reported (the rate of the report; a difference
    to the `bank_credit` goes to the fx account), bank_realised (the bank credit is what is shared out), or average.
    `files`: the report files of the receipt, empty for every other one in the currency.
    """

    currency: str
    rate: Fraction
    basis: str = "bank_realised"
    date: date | None = None
    provider: str = ""
    bank_credit: Fraction | None = None
    files: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.currency if not self.files else f"{self.currency}.{self.files[0][:12]}"


@dataclass(frozen=True, slots=True)
class Overclaims:
    """What is held when claims exceed the whole: the contested overlap only, or all of the pool."""

    hold: str = "overlap"


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of a run, in one currency."""

    currency: str
    flows: tuple[Flow, ...]
    version: str = "1"
    fees: tuple[PlatformFee, ...] = ()
    withholding: tuple[SourceWithholding, ...] = ()
    commissions: tuple[Commission, ...] = ()
    holds: tuple[Hold, ...] = ()
    makers: tuple[MakerTerms, ...] = ()
    contracts: tuple[Contract, ...] = ()
    payees: tuple[PayeeTerms, ...] = ()
    fines: tuple[Fine, ...] = ()
    rates: tuple[Rate, ...] = ()
    overclaims: Overclaims = Overclaims()

    def flow(self, name: str) -> Flow | None:
        return next((flow for flow in self.flows if flow.name == name), None)

    def given_by(self, day: date) -> Terms:
        """The terms without the money that was paid ahead only after this day."""
        if all(one.since is None for contract in self.contracts for one in contract.recoupments):
            return self
        return replace(
            self,
            contracts=tuple(
                replace(
                    contract,
                    recoupments=tuple(one for one in contract.recoupments if one.since is None or one.since <= day),
                )
                for contract in self.contracts
            ),
        )

    def contract(self, party: str, asset: str, right: str) -> Contract | None:
        """The contract that governs a holder's money: the most specific one, ties by id."""
        found = [contract for contract in self.contracts if contract.covers(party, asset, right)]
        return min(found, key=lambda one: (not one.assets, not one.rights, one.id), default=None)
