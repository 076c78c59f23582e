"""The order for the bank: valid against the ISO schema, exact sums, and everything a bank would refuse told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ritornello.statements.payment_order import (
    NAMESPACE,
    Account,
    Order,
    Payment,
    PaymentError,
    findings,
    payment_order,
    plain,
)

AT = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300")
PAYER = Account("Quay Records", "DE02120300000000202051", "BYLADEM1001")
ONE = Payment(Account("Zoë Brontë & Søn", IBANS[0]), 1234, "stt-1", "Royalties 2026-07")
ORDER = Order("RIT-1", PAYER, "EUR", date(2026, 9, 15), (ONE,))


def schema() -> etree.XMLSchema:
    """ISO's own schema of the message, which a development package ships."""
    content = files("sepaxml").joinpath("schemas", "pain.001.001.09.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(content))


def text(content: bytes, path: str) -> list[str]:
    names = "/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/"))
    return [found.text or "" for found in etree.fromstring(content).findall(f".//{names}")]


@given(
    st.lists(
        st.tuples(st.integers(1, 10**11), st.text(min_size=1, max_size=90), st.sampled_from(IBANS)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(("EUR", "USD", "JPY")),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_every_order_is_valid_and_adds_up(paid: list[tuple[int, str, str]], currency: str, bic: bool) -> None:
    payments = tuple(
        Payment(Account(f"N{name}", iban, "ABNANL2A" if bic else ""), amount, f"ref-{number}", name)
        for number, (amount, name, iban) in enumerate(paid)
    )
    payer = PAYER if bic else replace(PAYER, bic="")
    content = payment_order(replace(ORDER, payer=payer, currency=currency, payments=payments), AT)
    iso = schema()
    assert iso.validate(etree.fromstring(content)), iso.error_log
    amounts = [Fraction(one) for one in text(content, "InstdAmt")]
    digits = 0 if currency == "JPY" else 2
    assert [int(one * 10**digits) for one in amounts] == [amount for amount, _, _ in paid]
    assert {Fraction(one) for one in text(content, "CtrlSum")} == {sum(amounts)}
    assert set(text(content, "NbOfTxs")) == {str(len(paid))}
    assert payment_order(replace(ORDER, payer=payer, currency=currency, payments=payments), AT) == content


def test_names_are_written_in_the_letters_that_banks_take() -> None:
    assert plain("Zoë Brontë & Søn") == "Zoe Bronte . Son"
    assert plain("Weiß   GmbH\n") == "Weiss GmbH"


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (replace(ORDER, payments=()), "nobody is paid"),
        (replace(ORDER, payer=replace(PAYER, iban="DE02120300000000202052")), "the payer: .* is no IBAN"),
        (replace(ORDER, payer=replace(PAYER, bic="NOPE")), "is no BIC"),
        (replace(ORDER, payments=(replace(ONE, amount=0),)), "0 is no amount"),
        (replace(ORDER, payments=(ONE, ONE)), "no reference of its own"),
        (replace(ORDER, payments=(replace(ONE, to=Account("漢字", IBANS[0])),)), ""),
        (replace(ORDER, id=""), "id '' needs"),
    ],
)
def test_what_a_bank_would_refuse_is_told(order: Order, told: str) -> None:
    if told:
        with pytest.raises(PaymentError, match=told):
            payment_order(order, AT)
    else:
        assert findings(order) == ()


def test_nothing_of_a_foreign_script_breaks_the_message() -> None:
    content = payment_order(replace(ORDER, payments=(replace(ONE, to=Account("漢字", IBANS[0])),)), AT)
    assert text(content, "Cdtr/Nm") == [".."]
    assert schema().validate(etree.fromstring(content))
