"""The demo's contracts: who shares what with whom, in force before the first play was reported."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from ritornello.royalty.terms import (
    Commission,
    Condition,
    Contract,
    Flow,
    PayeeTerms,
    Rate,
    Recoupment,
    Royalty,
    Terms,
)
from ritornello.workflows.demo import cast

CURRENCY = "EUR"
STREAM, CREATION = "stream", "creation_pool"

_HALF = Fraction(1, 2)


def terms() -> Terms:
    """All contracts of the demo's house, without the makers' terms, which the licences hold."""
    return Terms(
        currency=CURRENCY,
        version="2026-05",
        flows=(
            Flow(STREAM, payer="services", collector=cast.LABEL),
            # the pool that subscribers pay for creating: half for the recording, half for the song, none for the maker,
            # since it was the maker who paid
            Flow(
                CREATION,
                payer="services",
                collector=cast.LABEL,
                parts=(("master", _HALF), ("composition", _HALF)),
                lineage=False,
            ),
        ),
        commissions=(
            Commission(cast.DISTRIBUTOR, Fraction(15, 100), rights=("master",), when=Condition(services=(cast.BETA,))),
        ),
        contracts=(
            Contract(
                id="con_demo_label",
                holder=cast.LABEL,
                royalties=(
                    Royalty(cast.PERFORMER, Fraction(25, 100)),
                    Royalty(cast.PRODUCER, Fraction(4, 100), within=cast.PERFORMER),
                ),
                recoupments=(Recoupment("adv_demo", "advance", cast.PERFORMER, Fraction(250), Fraction(1, 2)),),
            ),
            Contract(
                id="con_demo_publishing",
                holder=cast.PUBLISHER,
                royalties=(Royalty(cast.WRITER_A, Fraction(75, 100)),),
            ),
        ),
        payees=(
            PayeeTerms(cast.FAN, minimum=Fraction(5)),
            PayeeTerms(cast.PRODUCER, minimum=Fraction(20)),
            PayeeTerms(cast.SUBPUBLISHER_JP, payable=False),
        ),
        rates=(
            Rate("USD", Fraction(92, 100), date=date(2026, 8, 14), provider="the bank's credit advice"),
            Rate("EUR", Fraction(1)),
        ),
    )
