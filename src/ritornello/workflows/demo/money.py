"""The demo's contracts: who shares what with whom, in force before the first play was reported."""

from __future__ import annotations

from typing import Any

from ritornello.workflows.demo import cast

CURRENCY = "EUR"
STREAM, CREATION = "stream", "creation_pool"


def terms_document() -> dict[str, Any]:
    """All contracts of the demo's house as a finance person writes them; the makers' terms come from the licences."""
    return {
        "currency": CURRENCY,
        "version": "2026-05",
        "flows": [
            {"name": STREAM, "payer": "services", "collector": cast.LABEL},
            {
                # the pool that subscribers pay for creating: half for the recording, half for the song, nothing for the
                # maker, since it was the makers who paid it
                "name": CREATION,
                "payer": "services",
                "collector": cast.LABEL,
                "parts": {"master": "1/2", "composition": "1/2"},
                "lineage": False,
            },
        ],
        "commissions": [
            {"payee": cast.DISTRIBUTOR, "rate": "0.15", "rights": ["master"], "when": {"services": [cast.BETA]}}
        ],
        "contracts": [
            {
                "id": "con_demo_label",
                "holder": cast.LABEL,
                "royalties": [
                    {"party": cast.PERFORMER, "rate": "0.25"},
                    {"party": cast.PRODUCER, "rate": "0.04", "within": cast.PERFORMER},
                ],
                "recoupments": [
                    {
                        "id": "adv_demo",
                        "kind": "advance",
                        "party": cast.PERFORMER,
                        "outstanding": "250.00",
                        "rate": "0.5",
                    }
                ],
            },
            {
                "id": "con_demo_publishing",
                "holder": cast.PUBLISHER,
                "royalties": [{"party": cast.WRITER_A, "rate": "0.75"}],
            },
        ],
        "payees": [
            {"party": cast.FAN, "minimum": "5.00"},
            {"party": cast.PRODUCER, "minimum": "20.00"},
            {"party": cast.SUBPUBLISHER_JP, "payable": False},
        ],
        "fx": [
            {"currency": "USD", "rate": "0.92", "date": "2026-08-14", "provider": "the bank's credit advice"},
            {"currency": "EUR", "rate": "1"},
        ],
    }
