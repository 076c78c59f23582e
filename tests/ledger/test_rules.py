"""What a transaction must be, account names, undoing, and the figures that conservation is told in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.ledger import LedgerError, Posting, Transaction
from ritornello.ledger.accounts import KINDS, AccountError, Side, kind_of
from ritornello.ledger.model import LARGEST
from ritornello.ledger.rules import balances, by_side, reversal

NIGHTJAR = (
    Posting("receipts:sonar", -100_000_000),
    Posting("payable:pty_ada:ctr_1", 70_000_000, {"share": "7/10"}),
    Posting("commission:org_nightjar", 30_000_000),
)


def of(*postings: Posting, currency: str = "EUR", key: str = "run:1") -> Transaction:
    return Transaction.of(key, "2026-05", currency, postings)


def told(transaction: Transaction) -> str:
    return "; ".join(map(str, transaction.findings()))


def test_a_transaction_that_adds_up_has_no_findings() -> None:
    assert of(*NIGHTJAR).findings() == ()


def test_one_micro_too_much_is_found() -> None:
    wrong = of(*NIGHTJAR, Posting("rounding-carry", 1))
    assert told(wrong) == "postings: they sum to 1 micros of EUR, not to zero"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    wrong = of(Posting("payables:x", 1), Posting("payable:pty_ada", LARGEST + 1), currency="euro")
    text = told(wrong)
    for part in ("currency: 'euro'", "no kind 'payables'", "2 parts (party, contract), not 1", "no integer within"):
        assert part in text


@pytest.mark.parametrize("micros", [1.0, True, "1"])
def test_an_amount_is_an_integer(micros: object) -> None:
    wrong = replace(of(*NIGHTJAR), postings=(Posting("fx", 0), Posting("fx", 1)))
    object.__setattr__(wrong.postings[1], "micros", micros)
    assert "postings[1].micros" in told(wrong)


def test_a_reason_with_a_float_is_refused() -> None:
    with pytest.raises(LedgerError, match="because"):
        of(Posting("fx", 1, {"rate": 0.92}), Posting("bank", -1))


def test_money_moves_between_two_accounts() -> None:
    assert "at least two" in told(of(Posting("fx", 0)))


def test_the_hash_belongs_to_the_postings() -> None:
    swapped = replace(of(*NIGHTJAR), postings=(*NIGHTJAR[:2], replace(NIGHTJAR[2], account="commission:org_other")))
    assert "request_hash" in told(swapped)


def test_the_hash_tells_amounts_beyond_what_json_numbers_hold_apart() -> None:
    big = 2**53
    one, other = (of(Posting("fx", n), Posting("bank", -n)) for n in (big, big + 1))
    assert one.request_hash != other.request_hash


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ("", "no kind"),
        ("Receipts", "no kind"),
        ("payable:pty_a", "2 parts"),
        ("payable:pty_a:ctr:extra", "2 parts"),
        ("suspense:", "letters"),
        ("suspense:Ada Lovelace", "letters"),
        ("suspense:" + "x" * 200, "at most 200"),
    ],
)
def test_what_names_no_account_is_refused_with_the_reason(account: str, why: str) -> None:
    with pytest.raises(AccountError, match=why):
        kind_of(account)


def test_every_kind_has_a_name_that_can_be_used() -> None:
    for kind in KINDS.values():
        assert kind_of(":".join([kind.name, *["x"] * kind.fewest])) is kind


amounts = st.integers(-(10**15), 10**15)
accounts = st.sampled_from(["receipts:a", "payable:pty_a:c", "payable:pty_b:c", "suspense:no_right", "fx", "bank"])


@given(st.lists(st.tuples(accounts, amounts), min_size=1, max_size=12))
def test_undoing_leaves_every_balance_as_it_was(lines: list[tuple[str, int]]) -> None:
    postings = [Posting(account, micros) for account, micros in lines]
    postings.append(Posting("house", -sum(p.micros for p in postings)))
    transaction = of(*postings)
    undone = reversal(transaction, "2026-06", {"why": "test"})
    assert undone.findings() == () and undone.corrects == transaction.id
    assert set(balances([*transaction.postings, *undone.postings]).values()) == {0}
    assert reversal(transaction, "2026-06", {"why": "test"}) == undone
    assert sum(by_side(balances(postings)).values()) == 0


def test_the_sides_tell_where_everything_received_is() -> None:
    sides = by_side(balances(NIGHTJAR))
    assert -sides[Side.RECEIVED] == sides[Side.PAYABLE] + sides[Side.HOUSE] == 100_000_000
