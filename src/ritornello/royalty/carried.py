"""What earlier periods hand to a run: balances in the books, what is recouped, how far caps and ceilings are filled.

The terms on file are those of the start; what came of them since stands in the runs that were posted. A run keeps what
it was given, so that it can be made again digit for digit. None of this is part of a run's identity: the same usage,
shares, licences and terms are the same run, whatever the books have come to meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from ritornello.money import minor_unit
from ritornello.royalty.account import Figure
from ritornello.royalty.documents import TermError
from ritornello.royalty.terms import Contract, MakerTerms, PayeeTerms, Terms

RECOUPED = "recouped_in_run"
"""Figure: what a recoupment took back in a run, by its id."""
REVENUE = "revenue_in_run"
"""Figure: the gross that came in under a licence with a ceiling, by the licence."""
EARNED = "fan"
"""Figure: a maker's part in a run, by the licence."""
CUMULATED = "base_in_run"
"""Figure: the base of a stepped rate in a run, by contract and party."""
GUARANTEED = "guaranteed_in_run"
"""Figure: what was earned towards a guarantee in a run, by the contract."""

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run starts from beside its terms.

    `payable`: account → minor units that the books say are still owed (openings included). `sums`: one of the figures
    above and its subject → the sum over the runs of other periods that stand. `unpayable`: party → why nothing can
    leave to it now.
    """

    payable: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    unpayable: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        figures: Iterable[Figure], payable: Mapping[str, int] | None = None, unpayable: Mapping[str, str] | None = None
    ) -> Carried:
        """From the figures of all runs of other periods that stand."""
        sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for one in figures:
            if one.rule in (RECOUPED, REVENUE, EARNED, CUMULATED, GUARANTEED):
                sums[(one.rule, one.subject)] += one.amount
        owed = {account: count for account, count in sorted((payable or {}).items()) if count}
        return Carried(owed, {key: amount for key, amount in sorted(sums.items()) if amount}, dict(unpayable or {}))

    def onto(self, terms: Terms) -> Terms:
        """The terms as they stand at the beginning of the run.

        Raises `TermError` where the terms state opening balances too: they would count twice.
        """
        stated = [payee.party for payee in terms.payees if payee.opening]
        if stated and self.payable:
            raise TermError(
                f"payees: the terms state opening balances ({', '.join(stated)}), and the books have balances of their "
                "own; bring opening balances by the opening sheet and take them out of the terms"
            )
        return replace(
            terms,
            makers=tuple(self._maker(one) for one in terms.makers),
            contracts=tuple(self._contract(one) for one in terms.contracts),
            payees=self._payees(terms),
        )

    def _sum(self, rule: str, subject: str) -> Fraction:
        return self.sums.get((rule, subject), ZERO)

    def _maker(self, maker: MakerTerms) -> MakerTerms:
        earned = ZERO if maker.cap_each_period else self._sum(EARNED, maker.licence)
        return replace(
            maker,
            earned_before=maker.earned_before + earned,
            before=maker.before + self._sum(REVENUE, maker.licence),
        )

    def _contract(self, contract: Contract) -> Contract:
        guarantee = contract.guarantee
        if guarantee is not None:
            earned = guarantee.earned_before + self._sum(GUARANTEED, contract.id)
            guarantee = replace(guarantee, earned_before=earned)
        return replace(
            contract,
            royalties=tuple(
                replace(one, cumulated=one.cumulated + self._sum(CUMULATED, f"{contract.id} {one.party}"))
                for one in contract.royalties
            ),
            recoupments=tuple(
                replace(one, outstanding=max(one.outstanding - self._sum(RECOUPED, one.id), ZERO))
                for one in contract.recoupments
            ),
            guarantee=guarantee,
        )

    def _payees(self, terms: Terms) -> tuple[PayeeTerms, ...]:
        unit = minor_unit(terms.currency)
        owed: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for account, count in self.payable.items():
            _, party, contract = account.split(":", 2)
            owed[party][contract] = count * unit
        known = {payee.party: payee for payee in terms.payees}
        found = []
        for party in sorted(known.keys() | owed.keys() | self.unpayable.keys()):
            payee = known.get(party, PayeeTerms(party))
            opening = {**dict(payee.opening), **owed.get(party, {})}
            why = self.unpayable.get(party, "")
            found.append(
                replace(
                    payee,
                    opening=tuple(sorted(opening.items())),
                    payable=payee.payable and not why,
                    why=why or payee.why,
                )
            )
        return tuple(found)

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "payable": {account: str(count) for account, count in self.payable.items()},
            "sums": [[rule, subject, str(amount)] for (rule, subject), amount in self.sums.items()],
            "unpayable": dict(self.unpayable),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Carried:
        """What `to_document` wrote."""
        return Carried(
            {account: int(count) for account, count in sorted(document["payable"].items())},
            {(rule, subject): Fraction(amount) for rule, subject, amount in document["sums"]},
            dict(document["unpayable"]),
        )


NOTHING = Carried()
"""A run on its own: scenarios, and the first period of a house without openings."""
