"""A payment order for a bank: ISO 20022 customer credit transfer initiation (pain.001.001.09), one batch per run.

Amounts are whole minor units of one currency; sums and counts stand in the header and in the batch, as the message
demands. Names are written in the letters that payment systems take. The same payments give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree
from stdnum import bic, iban

from ritornello.money import minor_digits

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_ID, LONGEST_NAME, LONGEST_NOTE = 35, 70, 140
_LETTERS = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_SPELLED = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"})


class PaymentError(ValueError):
    """An order that a bank would refuse; the message says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account, and where: an IBAN, and the bank's BIC where one is given."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer: to whom, how much (minor units, above zero), under which reference and with which words."""

    to: Account
    amount: int
    reference: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Transfers of one day from one account in one currency. `id` is known to the bank and never used twice."""

    id: str
    payer: Account
    currency: str
    on: date
    payments: tuple[Payment, ...]


def findings(order: Order) -> tuple[str, ...]:
    """Everything for which a bank would send the order back."""
    found = [*_account("the payer", order.payer)]
    if not order.payments:
        found.append("nobody is paid: there is nothing to order")
    if not re.fullmatch(r"[A-Za-z0-9/\-?:().,'+ ]{1,35}", order.id):
        found.append(f"the order's id {order.id!r} needs 1 to 35 plain letters")
    seen: set[str] = set()
    for payment in order.payments:
        found += _account(payment.reference, payment.to)
        if payment.amount <= 0:
            found.append(f"{payment.reference}: {payment.amount} is no amount to transfer")
        if payment.reference in seen or not 1 <= len(payment.reference) <= LONGEST_ID:
            found.append(f"{payment.reference!r} is no reference of its own with 1 to {LONGEST_ID} letters")
        seen.add(payment.reference)
    return tuple(found)


def _account(whose: str, account: Account) -> list[str]:
    found = []
    if not plain(account.name):
        found.append(f"{whose}: a name is missing")
    if not iban.is_valid(account.iban):
        found.append(f"{whose}: {account.iban or 'nothing'} is no IBAN; check its digits")
    if account.bic and not bic.is_valid(account.bic):
        found.append(f"{whose}: {account.bic} is no BIC; leave it out or correct it")
    return found


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """A text in the letters that payment systems take: accents fall away, what has no letter becomes a full stop."""
    bare = unicodedata.normalize("NFKD", " ".join(text.split()).translate(_SPELLED))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(_LETTERS.sub(".", letters).split())[:longest].strip()


def payment_order(order: Order, at: datetime) -> bytes:
    """The message as XML. Raises `PaymentError` with everything that a bank would refuse."""
    if wrong := findings(order):
        raise PaymentError("; ".join(wrong))
    total = _amount(sum(payment.amount for payment in order.payments), order.currency)
    count = str(len(order.payments))
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # lxml takes None for "no prefix"
    message = _in(root, "CstmrCdtTrfInitn")
    header = _in(message, "GrpHdr")
    _in(header, "MsgId", order.id)
    _in(header, "CreDtTm", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _in(header, "NbOfTxs", count)
    _in(header, "CtrlSum", total)
    _in(_in(header, "InitgPty"), "Nm", plain(order.payer.name))
    batch = _in(message, "PmtInf")
    _in(batch, "PmtInfId", order.id)
    _in(batch, "PmtMtd", "TRF")
    _in(batch, "BtchBookg", "true")
    _in(batch, "NbOfTxs", count)
    _in(batch, "CtrlSum", total)
    if order.currency == "EUR":
        _in(_in(_in(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _in(_in(batch, "ReqdExctnDt"), "Dt", order.on.isoformat())
    _in(_in(batch, "Dbtr"), "Nm", plain(order.payer.name))
    _to_account(_in(batch, "DbtrAcct"), order.payer)
    bank = _in(_in(batch, "DbtrAgt"), "FinInstnId")
    if order.payer.bic:
        _in(bank, "BICFI", bic.compact(order.payer.bic))
    else:
        _in(_in(bank, "Othr"), "Id", "NOTPROVIDED")
    _in(batch, "ChrgBr", "SLEV")
    for payment in order.payments:
        _transfer(batch, payment, order.currency)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _transfer(batch: etree._Element, payment: Payment, currency: str) -> None:
    one = _in(batch, "CdtTrfTxInf")
    _in(_in(one, "PmtId"), "EndToEndId", payment.reference)
    _in(_in(one, "Amt"), "InstdAmt", _amount(payment.amount, currency)).set("Ccy", currency)
    if payment.to.bic:
        _in(_in(_in(one, "CdtrAgt"), "FinInstnId"), "BICFI", bic.compact(payment.to.bic))
    _in(_in(one, "Cdtr"), "Nm", plain(payment.to.name))
    _to_account(_in(one, "CdtrAcct"), payment.to)
    if note := plain(payment.note, LONGEST_NOTE):
        _in(_in(one, "RmtInf"), "Ustrd", note)


def _to_account(place: etree._Element, account: Account) -> None:
    _in(_in(place, "Id"), "IBAN", iban.compact(account.iban))


def _in(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text:
        made.text = text
    return made


def _amount(minor: int, currency: str) -> str:
    digits = minor_digits(currency)
    if not digits:
        return str(minor)
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}"
