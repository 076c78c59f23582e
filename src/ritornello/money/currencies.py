"""Currencies in circulation (ISO 4217) and how many digits their minor unit has."""

from __future__ import annotations

from fractions import Fraction

# ISO 4217, active codes; two digits unless named below. Funds codes (CHE, USN, ...) and metals are not money to pay in.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_ACTIVE = frozenset(_CODES.split())
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_NO_DIGITS = frozenset(_WHOLE.split())
_THREE_DIGITS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class CurrencyError(ValueError):
    """A text that is no active ISO 4217 currency."""


def minor_digits(currency: str) -> int:
    """Digits of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD. Raises `CurrencyError` for an unknown code."""
    if currency not in _ACTIVE:
        mend = f"; did you mean {currency.strip().upper()}?" if currency.strip().upper() in _ACTIVE else ""
        raise CurrencyError(f"{currency!r} is not an active ISO 4217 currency code{mend}")
    if currency in _NO_DIGITS:
        return 0
    return 3 if currency in _THREE_DIGITS else 2


def minor_unit(currency: str) -> Fraction:
    """One minor unit in units of the currency: 1/100 for EUR. It is the `unit` of a run's one allocation."""
    return Fraction(1, 10 ** minor_digits(currency))
