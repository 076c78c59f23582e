"""The columns of DDEX DSR flat files, as data.

One line of text per record type, in the order of the cells after the record type itself. `Name:kind?*` reads: a
column *Name* holding a *kind* (text where none is named), optional (`?`), repeating with `|` inside the cell (`*`). The
names follow the published profiles Basic Audio 1.2, UGC 1.2 and Financial Reporting to Record Companies 1.0; the older
writings (`SY02.01`, `AS01`, `RU01`, `SU03.01`, `LI01.01`) follow the comment rows of a real 2016 report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "text", "integer", "decimal", "boolean", "date", "instant", "duration", "territory", "currency", "isrc", "iswc"
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the profile, what it holds, and whether it may be empty or repeat."""

    name: str
    kind: Kind = "text"
    optional: bool = False
    repeats: bool = False


def _column(text: str) -> Column:
    bare = text.rstrip("?*")
    marks = text[len(bare) :]
    name, _, kind = bare.partition(":")
    found = kind or "text"
    assert found in get_args(Kind), text
    return Column(name, found, "?" in marks, "*" in marks)  # type: ignore[arg-type]


_PEOPLE = (
    "ComposerAuthor?* ComposerAuthorPartyId?* Arranger?* ArrangerPartyId?* MusicPublisher?* MusicPublisherPartyId?* "
    "WorkContributor?* WorkContributorPartyId?*"
)
_RECORDING = (
    "BlockId ResourceReference DspResourceId ISRC:isrc?* Title SubTitle? DisplayArtistName DisplayArtistPartyId? "
    "Duration:duration? ResourceType"
)
_CHANNEL = "SummaryRecordId DistributionChannel? DistributionChannelDPID? CommercialModel UseType Territory:territory"
_EXCHANGE = "CurrencyOfTransaction:currency? ExchangeRate:decimal?"
_SINGLE = (
    "SummaryRecordId DspResourceId ISRC:isrc? ResourceTitle ResourceSubTitle? ResourceDisplayArtistName "
    "ResourceDisplayArtistPartyId? Duration:duration? ResourceType ProprietaryWorkId? ISWC:iswc? " + _PEOPLE + " "
    "DspReleaseId? ProprietaryReleaseId?* ReleaseCatalogNumber? ICPN? ReleaseDisplayArtistName "
    "ReleaseDisplayArtistPartyId? ReleaseTitle ReleaseSubTitle? ReleaseType? ReleaseLabel? PLine? ReleaseDataProvider?"
)
_BOTH = "InCurrencyOfTransaction:decimal{0} {1}InCurrencyOfAccounting:decimal{0}"


def _twice(name: str, marks: str = "") -> str:
    """A column that the financial profile gives in the transaction's and in the accounting currency."""
    return name + _BOTH.format(marks, name)


_TABLES: dict[str, str] = {
    "HEAD": (
        "MessageVersion Profile ProfileVersion MessageId MessageCreatedDateTime:instant FileNumber:integer "
        "NumberOfFiles:integer UsageStartDate:date UsageEndDate:date SenderPartyId SenderName ServiceDescription? "
        "RecipientPartyId? RecipientName? RepresentedRepertoire?*"
    ),
    "FOOT": (
        "NumberOfLinesInFile:integer NumberOfLinesInReport:integer? NumberOfSummaryRecords:integer "
        "NumberOfBlocksInFile:integer NumberOfBlocksInReport:integer?"
    ),
    "SRFO": "NumberOfLinesInReport:integer NumberOfSummaryRecords:integer",
    # summaries: what a service earned and what part of it is the recipient's
    "SY01.01": (
        f"{_CHANNEL} ServiceDescription? Usages:integer Subscribers:decimal? CurrencyOfReporting:currency "
        f"NetRevenue:decimal IndirectNetRevenue:decimal? {_EXCHANGE}"
    ),
    "SY02.01": (
        f"{_CHANNEL} ServiceDescription? Usages:integer Users:integer? CurrencyOfReporting:currency NetRevenue:decimal "
        "RightsController? RightsControllerPartyId? AllocatedUsages:decimal?* AllocatedRevenue:decimal?* "
        "AllocatedNetRevenue:decimal? RightsType?"
    ),
    "SY02.02": (
        f"{_CHANNEL} ServiceDescription Usages:integer Users:integer? CurrencyOfReporting:currency NetRevenue:decimal "
        "RightsController? RightsControllerPartyId? AllocatedUsages:decimal?* AllocatedRevenue:decimal?* "
        f"AllocatedNetRevenue:decimal? RightsType? ContentCategory {_EXCHANGE} RightsTypePercentage:decimal?"
    ),
    "SY04.01": (
        f"{_CHANNEL} ServiceDescription SubscriberType Subscribers:decimal SubPeriodStartDate:date? "
        "SubPeriodEndDate:date? UsagesInSubPeriod:integer? UsagesInReportingPeriod:integer? "
        f"CurrencyOfReporting:currency {_EXCHANGE} ConsumerPaidUnitPrice:decimal NetRevenue:decimal "
        "MusicUsagePercentage:decimal"
    ),
    "SY05.02": (
        f"{_CHANNEL} ServiceDescription? RightsController? RightsControllerPartyId? RightsType TotalUsages:integer? "
        "AllocatedUsages:decimal?* MusicUsageRatio:decimal? AllocatedNetRevenue:decimal?* AllocatedRevenue:decimal? "
        f"RightsControllerMarketShare:decimal? CurrencyOfReporting:currency? {_EXCHANGE} SubscriberType? "
        "SubPeriodStartDate:date? SubPeriodEndDate:date? ContentCategory RightsTypePercentage:decimal?"
    ),
    "SY06.02": (
        f"{_CHANNEL} ServiceDescription Usages:integer Subscribers:decimal? CurrencyOfReporting:currency "
        "NumberOfReleases:integer? NetRevenue:decimal? IndirectNetRevenue:decimal? PreviewAvailable:boolean? "
        f"{_EXCHANGE} ViewingHours:decimal?"
    ),
    "SY09": (
        "SummaryRecordId CommercialModel UseType Territory:territory ServiceDescription? SubscriberType? "
        "RightsController? RightsControllerPartyId? RightsType? TotalUsages:decimal? AllocatedUsages:decimal? "
        "NetRevenue:decimal IndirectNetRevenue:decimal? RightsControllerMarketShare:decimal? "
        f"CurrencyOfReporting:currency {_EXCHANGE} RightsTypePercentage:decimal?"
    ),
    "SY10": (
        "SummaryRecordId DistributionChannelName? DistributionChannelDPID? CommercialModel UseType "
        "ReportingPeriodStartDate:date ReportingPeriodEndDate:date SubscriberType? Subscribers:decimal? "
        "ActiveSubscribers:decimal? PromotionalActivity? Territory:territory ServiceDescription? OfferType? Quality? "
        "Usages:decimal AllocatedUsages:decimal Returns:decimal MusicUsageRatio:decimal "
        "CurrencyOfTransaction:currency CurrencyOfAccounting:currency ExchangeRate:decimal ExchangeRateSource? "
        f"DateOfCurrencyExchange:instant? {_twice('GrossRevenue', '?')} CalculationType?* CalculationValue:decimal?* "
        f"DeductionType?* {_twice('Deductions', '*')} {_twice('NetRevenue')} {_twice('AllocatedRevenue')} "
        f"{_twice('AllocatedNetRevenue')} RightsControllerMarketShare:decimal? "
        "SubscriptionFeeInCurrencyOfTransaction:decimal? SubscriptionFeeInCurrencyOfAccounting:decimal "
        f"UsageIndependentFeeType?* {_twice('UsageIndependentFee', '?*')} {_twice('FinalTotalAmount')}"
    ),
    # what was used
    "AS01": _RECORDING,
    "AS01.01": f"{_RECORDING} IsMasterRecording:boolean?",
    "AS02.02": f"{_RECORDING} ISWC:iswc? {_PEOPLE} ProprietaryWorkId? IsMasterRecording:boolean?",
    "MW01.01": f"BlockId DspWorkId ISWC:iswc? Title SubTitle? {_PEOPLE} DataProvider? ProprietaryWorkId?",
    "RE01": (
        "BlockId ReleaseReference DspReleaseId ProprietaryReleaseId?* CatalogNumber? ICPN? DisplayArtistName "
        "DisplayArtistPartyId? Title SubTitle? ReleaseType? Label? PLine? DataProvider?"
    ),
    "RE02": "BlockId ReleaseReference DspSubReleaseId ProprietarySubReleaseId?* UsedResources*",
    # how often, and for how much
    "SU01": (
        "BlockId SummaryRecordId SalesTransactionId TransactedRelease? TransactedResource? IsRoyaltyBearing:boolean "
        "SalesUpgrade:boolean Usages:integer Returns:integer PriceConsumerPaidExcSalesTax:decimal? PromotionalActivity?"
    ),
    "SU02": (
        "BlockId SummaryRecordId SalesTransactionId TransactedRelease? TransactedResource? IsRoyaltyBearing:boolean? "
        "NumberOfStreams:integer PriceConsumerPaidExcSalesTax:decimal? PromotionalActivity?"
    ),
    "RU01": "BlockId SummaryRecordId DspReleaseId* Usages:integer*",
    "RU01.01": "BlockId SummaryRecordId DspReleaseId* Usages:integer* ContentCategory",
    "RU02.01": ("BlockId SummaryRecordId DspReleaseId ReleaseTitle ReleaseURL Usages:integer ContentCategory?"),
    "SU03.01": (
        "BlockId SalesTransactionId SummaryRecordId DspReleaseId Usages:decimal NetRevenue:decimal "
        "ValidityPeriodStart:date ValidityPeriodEnd:date"
    ),
    "SU03.02": (
        "BlockId SalesTransactionId SummaryRecordId? DspResourceId Usages:decimal NetRevenue:decimal "
        "ValidityPeriodStart:date? ValidityPeriodEnd:date? ContentCategory? IsRoyaltyBearing:boolean?"
    ),
    "LI01.01": (
        "BlockId SummaryRecordId RightsController RightsControllerPartyId? RightsControllerWorkId? "
        "RightSharePercentage:decimal RightsType? AllocatedNetRevenue:decimal AllocatedAmount:decimal"
    ),
    "LI01.02": (
        "BlockId SummaryRecordId? RightsController RightsControllerPartyId? RightsControllerWorkId? "
        "RightSharePercentage:decimal RightsType? AllocatedNetRevenue:decimal AllocatedAmount:decimal "
        "AllocatedUsages:decimal?"
    ),
    # one record per block
    "SR01": (
        f"{_SINGLE} NumberOfTransactedResources:integer SalesTransactionId IsRoyaltyBearing:boolean "
        "SalesUpgrade:boolean Downloads:integer Returns:integer PriceConsumerPaidExcSalesTax:decimal? "
        "CalculatedPriceConsumerPaidForResourceExcSalesTax:decimal? PromotionalActivity?"
    ),
    "SR02": (f"{_SINGLE} SalesTransactionId IsRoyaltyBearing:boolean NumberOfStreams:decimal PromotionalActivity?"),
    "SR03": (
        "SummaryRecordId DspResourceId ISRC:isrc? ResourceTitle ResourceSubTitle? ResourceDisplayArtistName? "
        "ResourceDisplayArtistPartyId? Duration:duration? ResourceType WorkTitle DspWorkId ISWC:iswc? "
        f"{_PEOPLE} DspReleaseId? ProprietaryReleaseId?* CatalogNumber? ICPN? ReleaseDisplayArtistName? "
        "ReleaseDisplayArtistPartyId? ReleaseTitle ReleaseSubTitle? ReleaseLabel? PLine? SalesTransactionId "
        "Usages:decimal NetRevenue:decimal? ValidityPeriodStart:date ValidityPeriodEnd:date ContentCategory "
        "RightsController? RightsControllerPartyId? RightsControllerWorkId? RightSharePercentage:decimal? RightsType? "
        "AllocatedNetRevenue:decimal? AllocatedAmount:decimal? AllocatedUsages:decimal? AllocatedNetUsage:decimal?"
    ),
    "SR06": (
        "SummaryRecordId DspResourceId ISRC:isrc? ResourceTitle ResourceSubTitle? ResourceDisplayArtistName? "
        "ResourceDisplayArtistPartyId? WorkTitle DspWorkId ISWC:iswc? ComposerAuthor?* ComposerAuthorPartyId?* "
        "Usages:decimal ValidityPeriodStart:date ValidityPeriodEnd:date ContentCategory RightsController? "
        "RightsControllerPartyId? RightsControllerWorkId? RightSharePercentage:decimal? RightsType? "
        "AllocatedAmount:decimal? AllocatedNetUsage:decimal?"
    ),
    "SR08": (
        "SalesTransactionId ReleaseGRid? ReleaseICPN? DspReleaseId LabelReleaseId? ProprietaryReleaseId?* "
        "ReleaseContextReleaseGRid? ReleaseType? ReleaseTitle? ReleaseSubTitle? ReleaseDisplayArtistName? "
        "ReleaseDisplayArtistPartyId? ResourceISRC:isrc? ResourceISAN? DspResourceId? LabelResourceId? "
        "ProprietaryResourceId?* ResourceContextReleaseGRid? ResourceType? ResourceTitle? ResourceSubTitle? "
        "ResourceDisplayArtistName? ResourceDisplayArtistPartyId? SummaryRecordId SalesTransactionDate:date "
        f"TotalUsages:decimal Returns:integer NetUsage:decimal {_twice('WholesalePrice', '?')} "
        f"{_twice('SuggestedConsumerPrice', '?')} PriceType? PriceRangeType? "
        f"{_twice('PriceConsumerPaidExcSalesTax', '?')} DeductionType?* {_twice('Deductions', '?*')} "
        f"RightSharePercentage:decimal {_twice('CalculatedUnitPrice')} {_twice('AllocatedRevenue')} "
        f"{_twice('AllocatedNetRevenue')} CopyrightObligationWithDSP:boolean"
    ),
    "DE01": "DealSpecificCell*",
}

RECORDS: dict[str, tuple[Column, ...]] = {
    record: tuple(_column(text) for text in line.split()) for record, line in _TABLES.items()
}
"""Columns of each record type after the type itself, in the order of the file."""

PROFILES: dict[str, frozenset[str]] = {
    "BasicAudioProfile": frozenset(
        {"SY01.01", "SY02.02", "SY04.01", "SY05.02", "RE01", "AS01.01", "AS02.02", "MW01.01", "RE02", "SU01", "SU02"}
    ),
    "BasicAudioProfileSRB": frozenset({"SY01.01", "SY02.02", "SY04.01", "SY05.02", "SY06.02", "SR01", "SR02"}),
    "UgcProfile": frozenset(
        {"SY02.01", "SY02.02", "SY04.01", "SY05.02", "SY09", "AS01", "AS01.01", "AS02.02", "MW01.01", "RU01", "RU01.01"}
        | {"RU02.01", "SU03.01", "SU03.02", "LI01.01", "LI01.02"}
    ),
    "UgcProfileSRB": frozenset({"SY01.01", "SY02.02", "SY04.01", "SY05.02", "SR03", "SR06"}),
    "FinancialReportingToRecordCompaniesProfileSRB": frozenset({"SY10", "SR08", "DE01"}),
}
"""Which records a profile may hold between its head and its foot."""

_PROFILE_NAMES = {
    "basicaudioprofile": "BasicAudioProfile",
    "basicaudio": "BasicAudioProfile",
    "basicaudioprofilesrb": "BasicAudioProfileSRB",
    "ugcprofile": "UgcProfile",
    "ugc": "UgcProfile",
    "ugcprofilesrb": "UgcProfileSRB",
    "financialreportingtorecordcompaniesprofilesrb": "FinancialReportingToRecordCompaniesProfileSRB",
    "financialreportingtorecordcompaniesprofile": "FinancialReportingToRecordCompaniesProfileSRB",
}


def profile_named(text: str) -> str | None:
    """The profile that a HEAD names ("UGCProfile", "BasicAudioProfile"); None for one that we have no columns for."""
    return _PROFILE_NAMES.get(text.strip().replace(" ", "").lower())
