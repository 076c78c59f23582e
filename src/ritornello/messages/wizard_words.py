"""The words by which senders name their columns, weighed: what a header text suggests, before a value is looked at.

A phrase counts when all of its words stand in the header, in order and next to each other; the heaviest one counts, and
every phrase that speaks against takes its weight away. Weights run to 100; they only matter against each other.
"""

from __future__ import annotations

from functools import lru_cache

from ritornello.messages.dialects import Meaning, header_key

_FOR: dict[Meaning, str] = {
    "use_period": (
        "sale month=95|sales month=95|usage month=95|use month=95|usage period=95|sales period=95|consumption=85|"
        "consumption month=95|activity month=95|activity period=95|activity date=90|transaction date=90|"
        "transaction month=95|sale date=90|usage date=90|stream date=90|play date=90|start date=60|service period=90|"
        "performance period=90|performance date=90|period=70|month=65|day=70|date=55|sold in=80|played in=80"
    ),
    "reporting_period": (
        "reporting date=95|reporting month=95|reporting period=95|report date=95|report month=95|reported=80|"
        "statement period=90|statement date=90|statement month=90|accounting period=90|accounting month=90|"
        "accounted in=85|accounting date=90|payment date=80|payment month=80|paid in=70|posting date=80|"
        "royalty period=75|invoice date=75"
    ),
    "service": (
        "store=85|platform=85|dsp=95|service=80|service name=90|retailer=90|outlet=80|shop=80|music service=95|"
        "provider=70|digital service provider=95|channel=55|partner=50|store name=90|sold at=75|source=55|"
        "digital store=90|streaming service=95"
    ),
    "territory": (
        "country=85|territory=95|region=70|country region=95|country of sale=95|sale country=95|country code=95|"
        "territory code=95|market=70|customer country=90|listener country=90|iso country=95|sales territory=95|"
        "country of use=95|usage territory=95"
    ),
    "title": (
        "title=70|track title=95|song title=95|track=70|song=70|track name=95|song name=95|asset title=95|"
        "recording title=95|recording=60|work title=75|name of track=95|name of song=95|resource title=95"
    ),
    "version": "version=70|mix=60|mix name=80|track version=90|version title=90|song version=90|subtitle=70",
    "artist": (
        "artist=85|artist name=95|artists=85|performer=85|main artist=95|display artist=95|primary artist=95|"
        "track artist=95|performing artist=95|interpreter=80|act=60|band=60|name of artist=95"
    ),
    "isrc": "isrc=100|isrc code=100|track isrc=100|recording code=80|track code=65|recording id=55",
    "iswc": "iswc=100|iswc code=100|work code=70",
    "upc": (
        "upc=100|ean=100|barcode=95|upc ean=100|ean upc=100|gtin=95|product code=80|release code=70|upc code=100|"
        "bar code=95|icpn=95|album code=70"
    ),
    "proprietary_id": (
        "asset id=95|resource id=90|track id=85|song id=85|content id=70|custom id=50|recording id=70|sku=50|"
        "sender id=60|store track id=90|dsp id=80"
    ),
    "units": (
        "quantity=95|units=90|qty=95|streams=85|plays=85|views=75|owned views=95|total views=90|number of streams=95|"
        "number of plays=95|count=70|usages=85|uses=75|total units=95|units sold=95|net units=95|sold units=95|"
        "stream count=95|play count=95|listens=80|total streams=95|total plays=95|total quantity=95"
    ),
    "amount": (
        "earnings=90|net revenue=95|net amount=95|net earnings=97|royalty=75|royalties=75|net royalty=95|payable=90|"
        "amount payable=97|amount due=97|total payable=97|revenue=65|partner revenue=90|your share=85|"
        "net payable=97|client revenue=85|amount=65|royalty amount=90|your earnings=95|net income=95|income=65|"
        "payout=85|net total=85|total earnings=95|total net=85|net to client=95|artist earnings=90|"
        "total partner revenue=95|label share=80|net=60|total royalty=95|net share=90"
    ),
    "currency": "currency=90|payment currency=97|currency code=97|client payment currency=97|paid currency=95|ccy=95",
    "use_type": (
        "sales type=90|sale type=90|transaction type=90|usage type=95|use type=95|type of sale=90|content type=80|"
        "revenue type=85|income type=85|type of use=95|exploitation type=90|distribution type=85|type of usage=95|"
        "consumption type=95"
    ),
    "adjustment": "adjustment=80|adjustment type=95|correction=80|correction type=95|reason for adjustment=90",
}

_AGAINST: dict[Meaning, str] = {
    "use_period": (
        "reporting=60|report=60|reported=60|statement=60|accounting=60|accounted=60|payment=60|paid=50|posting=50|"
        "invoice=60|release=50"
    ),
    "reporting_period": "sale=40|sales=40|usage=50|type=50",
    "service": "type=60|id=50|country=80|fee=60|month=60|revenue=60|streaming subscription=60|label=40|provider id=30",
    "territory": "artist=50|title=60|rate=50",
    "title": "album=70|release=70|product=60|id=70|version=50|artist=80|code=60|label=60|isrc=100|upc=100|type=70",
    "version": "album=40|type=20|release=60",
    "artist": "id=60|album=25|release=35|revenue=60|earnings=50|share=50",
    "isrc": "album=40|release=40",
    "upc": "type=60",
    "proprietary_id": "channel=70|video=50|isrc=100|upc=100|account=50|album=50|release=40|type=60",
    "units": "price=80|unit price=90|monetized=30|monetised=30|share=60|rate=60|revenue=60|fee=60|type=60|album=30",
    "amount": (
        "gross=45|unit=60|price=80|rate=80|fee=60|tax=60|withheld=90|percentage=90|deduction=60|currency=90|type=80|"
        "before=60|split=60|pro rata=40|per sub=40|mechanical=50|cost=70|original=30|share rate=90|commission=70|"
        "gst=60|vat=60|exchange=80"
    ),
    "currency": "rate=70|amount=40",
    "use_type": "subscription=30|release=60|asset=60|claim=40|adjustment=80|currency=70|product=40",
    "adjustment": "amount=40",
}


def _weighed(line: str) -> tuple[tuple[str, int], ...]:
    return tuple((phrase, int(weight)) for phrase, weight in (entry.split("=") for entry in line.split("|")))


_SUPPORT = {meaning: _weighed(line) for meaning, line in _FOR.items()}
_OBJECTION = {meaning: _weighed(line) for meaning, line in _AGAINST.items()}


@lru_cache(maxsize=8192)
def suggestion(header: str, meaning: Meaning) -> int:
    """How much a header text suggests a meaning: about 100 for a sure word, 0 for none, below 0 where it speaks
    against."""
    words = f" {header_key(header)} "
    found = [(weight, phrase) for phrase, weight in _SUPPORT[meaning] if f" {phrase} " in words]
    if not found:
        return -_objection(words, meaning)
    support, phrase = max(found)
    extra = len(words.split()) - len(phrase.split())  # a longer header says something else as well
    return support - _objection(words, meaning) - 4 * extra


def _objection(words: str, meaning: Meaning) -> int:
    return sum(weight for phrase, weight in _OBJECTION.get(meaning, ()) if f" {phrase} " in words)
