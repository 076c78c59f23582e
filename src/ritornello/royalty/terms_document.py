"""Terms out of a JSON document, and back into canonical form for the hash of a run's inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.identifiers.territories import TerritorySet
from ritornello.money import minor_digits
from ritornello.royalty.documents import Reader, TermError, exact
from ritornello.royalty.terms import (
    ALWAYS,
    ELSEWHERE,
    MASTER,
    OURS,
    TO_CMO,
    Commission,
    Condition,
    Contract,
    Fine,
    Flow,
    Guarantee,
    Hold,
    MakerTerms,
    Overclaims,
    PayeeTerms,
    PayeeWithholding,
    PlatformFee,
    Rate,
    Recoupment,
    Release,
    Reserve,
    Royalty,
    SourceWithholding,
    Step,
    Terms,
)

SETTLEMENTS = (OURS, TO_CMO, ELSEWHERE)


def read_terms(document: Mapping[str, Any], where: str = "terms") -> Terms:
    """The typed terms of a document. Raises `TermError` for what is unknown, missing, inexact or contradictory."""
    reader = Reader(document, where)
    currency = _currency(reader, "currency")
    terms = Terms(
        currency=currency,
        version=str(reader.take("version", "1")),
        flows=tuple(_flow(one) for one in reader.many("flows")) or (Flow("stream"),),
        fees=tuple(_fee(one) for one in reader.many("platform_fees")),
        withholding=tuple(_withholding(one) for one in reader.many("source_withholding")),
        commissions=tuple(_commission(one) for one in reader.many("commissions")),
        holds=tuple(_hold(one) for one in reader.many("holds")),
        makers=tuple(_maker(one) for one in reader.many("licences")),
        contracts=tuple(_contract(one) for one in reader.many("contracts")),
        payees=tuple(_payee(one) for one in reader.many("payees")),
        fines=tuple(_fine(one) for one in reader.many("fines")),
        rates=tuple(_rate(one) for one in reader.many("fx")),
        overclaims=Overclaims(reader.choice("overclaims", ("overlap", "all"), "overlap")),
    )
    reader.done()
    _unique("flows", [flow.name for flow in terms.flows])
    _unique("contracts", [contract.id for contract in terms.contracts])
    _unique("licences", [f"{maker.asset}/{maker.right}" for maker in terms.makers])
    _unique("payees", [payee.party for payee in terms.payees])
    _unique("fx", [rate.id for rate in terms.rates])
    return terms


def canonical(value: Any) -> Any:
    """Records as plain JSON values (fractions and dates as text), for hashing.

    A term that was added to the language later ("new") is left out where it is not said: runs of before keep their
    hashes.
    """
    if isinstance(value, Fraction | TerritorySet | date):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        told = {one: getattr(value, one.name) for one in fields(value)}
        unsaid = {one.name for one, each in told.items() if each is None and "new" in one.metadata}
        return {one.name: canonical(each) for one, each in told.items() if one.name not in unsaid}
    if isinstance(value, tuple | list):
        return [canonical(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(key): canonical(entry) for key, entry in value.items()}
    return value


def _unique(what: str, names: list[str]) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise TermError(f"{what}: {twice[0]!r} stands there twice; one term would hide the other")


def _currency(reader: Reader, key: str) -> str:
    code = reader.text(key)
    try:
        minor_digits(code)
    except ValueError as wrong:
        raise TermError(f"{reader.where}.{key}: {wrong}") from None
    return code


def _territories(value: object, where: str) -> TerritorySet:
    if not isinstance(value, str):
        raise TermError(f"{where}: {value!r} is no territory text such as 'WW ex JP'")
    try:
        return TerritorySet.parse(value)
    except ValueError as wrong:
        raise TermError(f"{where}: {wrong}") from None


def _condition(reader: Reader) -> Condition:
    inner = reader.one("when")
    if inner is None:
        return ALWAYS
    condition = Condition(
        services=inner.texts("services"),
        territories=_territories(inner.take("territories"), f"{inner.where}.territories")
        if inner.has("territories")
        else None,
        flows=inner.texts("flows"),
        valid_from=inner.day("valid_from"),
        valid_to=inner.day("valid_to"),
    )
    inner.done()
    return condition


def _flow(reader: Reader) -> Flow:
    parts = {right: exact(part, f"{reader.where}.parts.{right}") for right, part in reader.table("parts").items()}
    flow = Flow(
        name=reader.text("name"),
        payer=reader.text("payer", ""),
        collector=reader.text("collector", ""),
        settlement=reader.choice("settlement", SETTLEMENTS, OURS),
        parts=tuple(sorted(parts.items())) or ((MASTER, Fraction(1)),),
        most_favoured=reader.flag("most_favoured"),
        lineage=reader.flag("lineage", True),
    )
    reader.done()
    if sum(part for _, part in flow.parts) != 1 or any(part < 0 for _, part in flow.parts):
        raise TermError(f"{reader.where}.parts: the parts of {flow.name!r} do not add up to one")
    if flow.settlement == TO_CMO and not flow.collector:
        raise TermError(f"{reader.where}: money settled to_cmo needs its collector, the society")
    return flow


def _fee(reader: Reader) -> PlatformFee:
    fee = PlatformFee(reader.rate("rate"), reader.texts("rights"), _condition(reader))
    reader.done()
    return fee


def _withholding(reader: Reader) -> SourceWithholding:
    tax = SourceWithholding(reader.text("country"), reader.rate("rate"), reader.texts("rights"), reader.texts("flows"))
    reader.done()
    return tax


def _commission(reader: Reader) -> Commission:
    commission = Commission(
        payee=reader.text("payee"),
        rate=reader.rate("rate"),
        base=reader.choice("base", ("net_of_withholding", "gross"), "net_of_withholding"),
        rights=reader.texts("rights"),
        when=_condition(reader),
    )
    reader.done()
    return commission


def _hold(reader: Reader) -> Hold:
    hold = Hold(reader.text("kind"), reader.texts("assets"), _condition(reader))
    reader.done()
    return hold


def read_scope(reader: Reader) -> tuple[tuple[str, TerritorySet], ...]:
    """The term `scope`: service -> territories. Raises `TermError`."""
    return tuple(
        (service, _territories(text, f"{reader.where}.scope.{service}"))
        for service, text in sorted(reader.table("scope").items())
    )


def _maker(reader: Reader) -> MakerTerms:
    scope = read_scope(reader)
    maker = MakerTerms(
        licence=reader.text("id"),
        asset=reader.text("derivative"),
        maker=reader.text("maker"),
        right=reader.text("right", MASTER),
        fan_share=reader.rate("fan_share") if reader.has("fan_share") else None,
        reciprocity=reader.rate("reciprocity", "0"),
        basis=reader.choice("basis", ("net", "gross"), "net"),
        flows=reader.texts("flows"),
        cap=reader.amount("cap") if reader.has("cap") else None,
        earned_before=reader.amount("earned_before", "0"),
        floor=reader.amount("floor") if reader.has("floor") else None,
        ceiling=reader.amount("ceiling") if reader.has("ceiling") else None,
        before=reader.amount("revenue_before", "0"),
        scope=scope,
        ends=reader.day("ends"),
        grace_days=reader.whole("grace_days", 0),
        charge_once=reader.flag("charge_once"),
    )
    reader.done()
    if maker.cap is not None and maker.floor is not None and maker.floor > maker.cap:
        raise TermError(f"{reader.where}: the floor {maker.floor} lies above the cap {maker.cap}")
    return maker


def _contract(reader: Reader) -> Contract:
    guarantee = reader.one("guarantee")
    contract = Contract(
        id=reader.text("id"),
        holder=reader.text("holder"),
        assets=reader.texts("assets"),
        rights=reader.texts("rights"),
        settlement=reader.choice("settlement", SETTLEMENTS, OURS),
        society=reader.text("society", ""),
        royalties=tuple(_royalty(one) for one in reader.many("royalties")),
        recoupments=tuple(_recoupment(one) for one in reader.many("recoupments")),
        reserves=tuple(_reserve(one) for one in reader.many("reserves")),
        guarantee=None
        if guarantee is None
        else Guarantee(guarantee.amount("amount"), guarantee.amount("earned_before", "0")),
    )
    if guarantee is not None:
        guarantee.done()
    reader.done()
    if contract.settlement == TO_CMO and not contract.society:
        raise TermError(f"{reader.where}: settled to_cmo, but no society is named")
    named = {royalty.party: royalty for royalty in contract.royalties}
    if len(named) != len(contract.royalties) or contract.holder in named:
        raise TermError(f"{reader.where}.royalties: a party stands there twice, or the holder itself")
    for royalty in contract.royalties:
        if royalty.within and (royalty.within not in named or named[royalty.within].within):
            raise TermError(
                f"{reader.where}.royalties: {royalty.party} comes out of {royalty.within!r}, no all-in royalty here"
            )
    parties = {contract.holder, *named}
    for party in (*(one.party for one in contract.recoupments), *(one.party for one in contract.reserves)):
        if party not in parties:
            raise TermError(f"{reader.where}: {party!r} has no part in this contract, but a recoupment or reserve")
    return contract


def _royalty(reader: Reader) -> Royalty:
    steps = []
    for one in reader.many("escalations"):
        steps.append(Step(one.amount("above"), one.rate("rate")))
        one.done()
    royalty = Royalty(
        party=reader.text("party"),
        rate=reader.rate("rate"),
        basis=reader.choice("basis", ("net", "gross"), "net"),
        within=reader.text("within", ""),
        when=_condition(reader),
        escalations=tuple(sorted(steps, key=lambda step: step.above)),
        cumulated=reader.amount("cumulated", "0"),
    )
    reader.done()
    return royalty


def _recoupment(reader: Reader) -> Recoupment:
    recoupment = Recoupment(
        id=reader.text("id"),
        kind=reader.choice("kind", ("advance", "cost", "recoup_first", "net_profit")),
        party=reader.text("party"),
        outstanding=reader.amount("outstanding"),
        rate=reader.rate("rate", "1"),
        since=reader.day("since"),
    )
    reader.done()
    if recoupment.outstanding < 0:
        raise TermError(f"{reader.where}.outstanding: {recoupment.outstanding} is below zero; name what is still owed")
    return recoupment


def _reserve(reader: Reader) -> Reserve:
    releases = []
    for one in reader.many("releases"):
        releases.append(Release(one.amount("taken"), one.rate("part")))
        one.done()
    reserve = Reserve(reader.text("party"), reader.rate("rate"), tuple(releases))
    reader.done()
    return reserve


def _payee(reader: Reader) -> PayeeTerms:
    opening = {name: exact(sum_, f"{reader.where}.opening.{name}") for name, sum_ in reader.table("opening").items()}
    crossed = reader.take("crossed", ())
    taxes = []
    for one in reader.many("withholding"):
        taxes.append(
            PayeeWithholding(
                one.text("country"),
                one.rate("rate"),
                one.flag("form", True),
                one.rate("statutory", "0.3"),
                one.day("expires"),
            )
        )
        one.done()
    payee = PayeeTerms(
        party=reader.text("party"),
        minimum=reader.amount("minimum", "0"),
        flush=reader.flag("flush"),
        payable=reader.flag("payable", True),
        opening=tuple(sorted(opening.items())),
        crossed=tuple(tuple(sorted(group)) for group in crossed),
        withholding=tuple(taxes),
    )
    reader.done()
    return payee


def _fine(reader: Reader) -> Fine:
    fine = Fine(
        reader.text("service"),
        reader.text("party"),
        reader.amount("amount"),
        reader.text("reason"),
        reader.text("contract", ""),
    )
    reader.done()
    return fine


def _rate(reader: Reader) -> Rate:
    rate = Rate(
        currency=_currency(reader, "currency"),
        rate=reader.amount("rate"),
        basis=reader.choice("basis", ("reported", "bank_realised", "average"), "bank_realised"),
        date=reader.day("date"),
        provider=reader.text("provider", ""),
        bank_credit=reader.amount("bank_credit") if reader.has("bank_credit") else None,
        files=reader.texts("files"),
    )
    reader.done()
    if rate.rate <= 0:
        raise TermError(f"{reader.where}.rate: {rate.rate} is no rate of exchange")
    return rate
