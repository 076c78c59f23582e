"""The sheets whose real headers were seen, as data: which of their columns says what.

A dialect ships only when a real header row was seen (rules of the trade, 26). Anything else goes through the mapping
wizard, which makes a `Mapping` of the same shape. Amounts are what the sheet says was earned by the recipient of the
report, after whatever the sender kept; a column that a dialect does not name is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ritornello.messages.sheet_values import Style

Meaning = Literal[
    "reporting_period",  # the period of the report that the row travels in
    "use_period",  # when it was used: a day, a month, or several
    "service",
    "territory",
    "title",
    "version",  # a version title of its own ("Radio edit")
    "artist",
    "isrc",
    "iswc",
    "upc",
    "proprietary_id",  # the sender's own id of the recording
    "units",
    "amount",
    "currency",
    "use_type",  # stream, download, creation ...
    "adjustment",  # filled where the row corrects an earlier one
]
MEANINGS: tuple[Meaning, ...] = get_args(Meaning)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One sender's sheet: header texts by meaning (several writings where several were seen).

    `service` names the service where the sheet is about one only; `needed` are the meanings without which a header row
    is not this dialect; `flow` is the kind of money where no use type says otherwise; `currency` and `day_first` hold
    where the sheet itself does not say; `fiscal_months` where its months are periods of whole weeks;
    `style` the decimal mark where its amounts alone leave it open.
    """

    name: str
    title: str
    columns: Mapping[Meaning, tuple[str, ...]]
    header: tuple[str, ...]
    needed: tuple[Meaning, ...] = ("use_period", "territory", "title", "isrc", "units", "amount")
    service: str | None = None
    flow: str = "stream"
    delimiter: str = ","
    currency: str | None = None
    day_first: bool | None = None
    fiscal_months: bool = False
    style: Style | None = None

    def to_document(self) -> dict[str, Any]:
        """As a JSON document, to be kept where a person confirmed it."""
        return {
            "name": self.name,
            "title": self.title,
            "columns": {meaning: list(writings) for meaning, writings in self.columns.items()},
            "header": list(self.header),
            "needed": list(self.needed),
            "service": self.service,
            "flow": self.flow,
            "delimiter": self.delimiter,
            "currency": self.currency,
            "day_first": self.day_first,
            "fiscal_months": self.fiscal_months,
            "style": self.style,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Dialect:
        """What `to_document` wrote. Raises `ValueError` for meanings that do not exist."""
        unknown = (set(document["columns"]) | set(document["needed"])) - set(MEANINGS)
        if unknown:
            raise ValueError(f"no column can mean {', '.join(sorted(unknown))}")
        return cls(
            name=document["name"],
            title=document["title"],
            columns={meaning: tuple(writings) for meaning, writings in document["columns"].items()},
            header=tuple(document["header"]),
            needed=tuple(document["needed"]),
            service=document["service"],
            flow=document["flow"],
            delimiter=document["delimiter"],
            currency=document["currency"],
            day_first=document["day_first"],
            fiscal_months=document.get("fiscal_months", False),
            style=document.get("style"),
        )


def header_key(text: str) -> str:
    """A header text without case, spacing, punctuation and bracketed currency: "Country/Region" is "country region"."""
    bare = _CURRENCY_IN_HEADER.sub("", text.replace("\ufeff", ""))
    return " ".join(re.sub(r"[^\w]+", " ", bare.casefold().replace("_", " ")).split())


def header_currency(text: str) -> str | None:
    """The currency that a header names: EUR for "Earnings (EUR)"."""
    found = _CURRENCY_IN_HEADER.search(text)
    return found[1] if found else None


_CURRENCY_IN_HEADER = re.compile(r"[(\[]\s*([A-Z]{3})\s*[)\]]")

# What a use type says about the kind of money, in the words of the sheets that were seen; the first match counts.
USE_TYPES: tuple[tuple[str, str], ...] = (
    (r"(?i)creation|derivative|remix tool", "creation_pool"),
    (r"(?i)\bugc\b|user.generated|short.?form", "ugc"),
    (r"(?i)\btips?\b|donation", "tip"),
    (r"(?i)\bsync", "sync"),
    (r"(?i)fraud|artificial|claw.?back", "fraud_clawback"),
    (r"(?i)\bfine\b|penalty", "fine"),
    (r"(?i)download|purchase|\bsale\b|\balbum\b.*sale", "download"),
    (r"(?i)stream|subscription|premium|ad.?(supported|funded)|freemium|\bfree\b|radio|\bsvod\b", "stream"),
)

DISTROKID = Dialect(
    name="distrokid",
    title="DistroKid",
    header=(
        *("Reporting Date", "Sale Month", "Store", "Artist", "Title", "ISRC", "UPC", "Quantity", "Team Percentage"),
        *("Song/Album", "Country of Sale", "Songwriter Royalties Withheld", "Earnings (USD)"),
    ),
    columns={
        "reporting_period": ("Reporting Date",),
        "use_period": ("Sale Month",),
        "service": ("Store",),
        "territory": ("Country of Sale",),
        "title": ("Title",),
        "artist": ("Artist",),
        "isrc": ("ISRC",),
        "upc": ("UPC",),
        "units": ("Quantity",),
        "amount": ("Earnings (USD)",),
    },
)

BELIEVE = Dialect(
    name="believe",
    title="Believe",
    header=(
        *("Reporting month", "Sales Month", "Platform", "Country / Region", "Label Name", "Artist Name"),
        *("Release title", "Track title", "UPC", "ISRC", "Release Catalog nb", "Streaming Subscription Type"),
        *("Release type", "Sales Type", "Quantity", "Client Payment Currency", "Unit Price", "Mechanical Fee"),
        *("Gross Revenue", "Client share rate", "Net Revenue"),
    ),
    columns={
        "reporting_period": ("Reporting month",),
        "use_period": ("Sales Month",),
        "service": ("Platform",),
        "territory": ("Country / Region", "Country/Region"),
        "title": ("Track title",),
        "artist": ("Artist Name",),
        "isrc": ("ISRC",),
        "upc": ("UPC",),
        "units": ("Quantity",),
        "amount": ("Net Revenue",),
        "currency": ("Client Payment Currency",),
        "use_type": ("Sales Type",),
    },
    delimiter=";",
)

YOUTUBE = Dialect(
    name="youtube",
    title="YouTube (asset revenue)",
    header=(
        *("Adjustment Type", "Country", "Day", "Video ID", "Video Channel ID", "Asset ID", "Asset Channel ID"),
        *("Asset Title", "Asset Labels", "Asset Type", "Custom ID", "ISRC", "UPC", "GRID", "Artist", "Album", "Label"),
        *("Claim Type", "Content Type", "Offer", "Owned Views", "Monetized Views : Audio"),
        *("Monetized Views : Audio Visual", "Monetized Views", "YouTube Revenue Split"),
        *("Partner Revenue : Pro Rata", "Partner Revenue : Per Sub Min", "Partner Revenue"),
    ),
    columns={
        "use_period": ("Day",),
        "territory": ("Country",),
        "title": ("Asset Title",),
        "artist": ("Artist",),
        "isrc": ("ISRC",),
        "upc": ("UPC",),
        "proprietary_id": ("Asset ID",),
        "units": ("Owned Views",),
        "amount": ("Partner Revenue",),
        "use_type": ("Content Type",),
        "adjustment": ("Adjustment Type",),
    },
    service="youtube",
    flow="ugc",
)

DIALECTS: tuple[Dialect, ...] = (DISTROKID, BELIEVE, YOUTUBE)


def flow_of(use_type: str, otherwise: str) -> str:
    """The kind of money that a use type names ("Premium stream" is `stream`), or `otherwise`."""
    return next((flow for pattern, flow in USE_TYPES if re.search(pattern, use_type)), otherwise)
