"""A message back into records: what a takedown or an update starts from, and how foreign bytes are checked.

It reads what `ern_write` writes. Whatever else stands in a message is legal DDEX that the records have no place for; it
is told as a warning with its line, so that nobody takes the records for the whole. What was written is read again as it
was: `read(write(message))` is the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from lxml import etree

from ritornello.messages.ern_model import (
    NAMESPACE,
    ClaimPolicy,
    Contributor,
    Deal,
    DeliveredFile,
    DisplayArtist,
    Header,
    Image,
    Line,
    MessagingParty,
    NewReleaseMessage,
    Party,
    Related,
    Release,
    ReleaseId,
    SoundRecording,
    Stretch,
    Title,
    TrackRelease,
)
from ritornello.messages.findings import Finding

MOST_BYTES = 64 * 1024 * 1024
"""A release message is some kilobytes; an album of thousands of tracks is a few megabytes."""

_Made = TypeVar("_Made")


class UnreadableMessage(ValueError):
    """Bytes that are no ERN 4.3.2 NewReleaseMessage, or one that lacks what every message has; the text says what."""


def read(content: bytes) -> tuple[NewReleaseMessage, tuple[Finding, ...]]:
    """The records of a message, and a warning for each element that they have no place for.

    Nothing outside the bytes is read and no entity is expanded. Raises `UnreadableMessage`.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableMessage(f"it has {len(content):,} bytes; no release message is that long")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableMessage(f"it is no XML: {error.msg}; fetch it again, whole") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableMessage("it declares a document type, which no DDEX message has; its entities are not read")
    if root.tag != f"{{{NAMESPACE}}}NewReleaseMessage":
        raise UnreadableMessage(f"its root is {root.tag}; an ERN 4.3.2 NewReleaseMessage is read here")
    reading = _Reading(root)
    message = _message(reading)
    return message, tuple(reading.left(message.header.message_id))


class _Reading:
    """One element and what was already read below it."""

    def __init__(self, element: etree._Element, known: set[etree._Element] | None = None) -> None:
        self.element = element
        self._known: set[etree._Element] = set() if known is None else known
        self._known.add(element)

    def all(self, tag: str) -> list[_Reading]:
        return [_Reading(one, self._known) for one in self.element.findall(tag)]

    def first(self, tag: str) -> _Reading | None:
        """The first child of that name; further ones stay unread, and are told."""
        found = self.element.find(tag)
        return None if found is None else _Reading(found, self._known)

    def the(self, tag: str) -> _Reading:
        found = self.first(tag)
        if found is None:
            raise UnreadableMessage(
                f"{self.element.tag} in line {self.element.sourceline} has no {tag}; ask the sender for a whole message"
            )
        return found

    @property
    def text(self) -> str:
        return self.element.text or ""

    def text_of(self, tag: str) -> str | None:
        found = self.first(tag)
        return None if found is None else found.text

    def texts(self, tag: str) -> tuple[str, ...]:
        return tuple(one.text for one in self.all(tag))

    def typed(self, tag: str, kind: Callable[[str], _Made]) -> _Made | None:
        found = self.first(tag)
        return None if found is None else _typed(found, kind)

    def attribute(self, name: str) -> str:
        return self.element.get(name, "")

    def left(self, name: str) -> Iterator[Finding]:
        """What nobody asked for, told once per topmost element."""
        for element in self.element.iter():
            parent = element.getparent()
            if isinstance(element.tag, str) and element not in self._known and parent in self._known:
                path = "/".join(str(one.tag) for one in reversed([element, *element.iterancestors()][:-1]))
                text = "it is legal DDEX that these records have no place for; it was left out"
                given = (element.text or "").strip()
                yield Finding("not_read", "warning", text, name, cast("int | None", element.sourceline), path, given)


def _typed(reading: _Reading, kind: Callable[[str], _Made]) -> _Made:
    try:
        return kind(reading.text.strip())
    except ValueError as error:
        place = f"{reading.element.tag} in line {reading.element.sourceline}"
        raise UnreadableMessage(f"{place} is {reading.text!r}; it cannot be read as what it should be") from error


def milliseconds(text: str) -> int:
    """`PT1H2M3.5S` in milliseconds. Raises `ValueError` for days, signs and parts below a millisecond."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith("T"):
        raise ValueError(f"{text!r} is no duration")
    hours, minutes, seconds, part = match.groups()
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1000 + int((part or "").ljust(3, "0"))


_DURATION = re.compile(r"PT(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d{1,3})0*)?S)?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(?:\.\d{1,12})?", re.ASCII)


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is no plain number")
    return Decimal(text)


def _message(root: _Reading) -> NewReleaseMessage:
    resources, releases = root.the("ResourceList"), root.the("ReleaseList")
    deals = root.first("DealList")
    return NewReleaseMessage(
        header=_header(root.the("MessageHeader")),
        parties=tuple(_party(one) for one in root.the("PartyList").all("Party")),
        recordings=tuple(_recording(one) for one in resources.all("SoundRecording")),
        images=tuple(_image(one) for one in resources.all("Image")),
        release=_release(releases.the("Release")),
        track_releases=tuple(_track(one) for one in releases.all("TrackRelease")),
        deals=() if deals is None else tuple(one for each in deals.all("ReleaseDeal") for one in _deals(each)),
        language=root.attribute("LanguageAndScriptCode"),
        avs_version=root.attribute("AvsVersionId"),
        profile=root.attribute("ReleaseProfileVersionId") or None,
    )


def _header(made: _Reading) -> Header:
    behalf = made.first("SentOnBehalfOf")
    created = made.typed("MessageCreatedDateTime", datetime.fromisoformat)
    if created is None:
        raise UnreadableMessage("MessageHeader has no MessageCreatedDateTime; ask the sender for a whole message")
    return Header(
        message_id=made.the("MessageId").text,
        thread_id=made.text_of("MessageThreadId") or "",
        sender=_messaging_party(made.the("MessageSender")),
        recipients=tuple(_messaging_party(one) for one in made.all("MessageRecipient")),
        created_at=created,
        on_behalf_of=None if behalf is None else _messaging_party(behalf),
        test=made.text_of("MessageControlType") == "TestMessage",
    )


def _messaging_party(made: _Reading) -> MessagingParty:
    name = made.first("PartyName")
    return MessagingParty(made.the("PartyId").text, "" if name is None else name.text_of("FullName") or "")


def _party(made: _Reading) -> Party:
    name, ids = made.first("PartyName"), made.first("PartyId")
    return Party(
        reference=made.the("PartyReference").text,
        name="" if name is None else name.text_of("FullName") or "",
        isni=None if ids is None else ids.text_of("ISNI"),
        dpid=None if ids is None else ids.text_of("DPID"),
        ipi=None if ids is None else ids.text_of("IpiNameNumber"),
    )


def _title(made: _Reading) -> Title:
    made.first("DisplayTitleText")  # the two below, put together
    title = made.the("DisplayTitle")
    return Title(title.the("TitleText").text, title.text_of("SubTitle"))


def _artists(made: _Reading) -> tuple[DisplayArtist, ...]:
    found = [one for one in made.all("DisplayArtist") if one.element.find("ArtistPartyReference") is not None]
    return tuple(
        DisplayArtist(one.the("ArtistPartyReference").text, cast(Any, one.the("DisplayArtistRole").text))
        for one in found
    )


def _line(made: _Reading | None, tag: str) -> Line | None:
    if made is None:
        return None
    text = made.the(f"{tag}Text").text
    year = made.typed("Year", int)
    company = made.text_of(f"{tag}Company")
    if year is None or company is None:
        # other senders give the text alone: "(P) 1994 EMI Music Japan Inc."
        words = text.split()
        found = next((place for place, word in enumerate(words) if _YEAR.fullmatch(word)), None)
        year = year if year is not None else int(words[found]) if found is not None else 0
        company = company or " ".join(words[found + 1 :] if found is not None else words)
    return Line(year, company)


def _proprietary(made: _Reading) -> tuple[tuple[str, str], ...]:
    return tuple((one.attribute("Namespace"), one.text) for one in made.all("ProprietaryId"))


def _contributor(made: _Reading) -> Contributor:
    roles, own = [], []
    for role in made.all("Role"):
        value = role.the("Value")
        if value.text == "UserDefined":
            own.append((value.attribute("Namespace"), value.attribute("UserDefinedValue")))
        else:
            roles.append(value.text)
    return Contributor(
        roles=tuple(roles),
        party=made.text_of("ContributorPartyReference"),
        special=cast(Any, made.text_of("SpecialContributor")),
        ai=cast(Any, made.text_of("AiContribution")),
        own_roles=tuple(own),
    )


def _truth(text: str) -> bool:
    if text not in ("true", "1", "false", "0"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text in ("true", "1")


def _recording(made: _Reading) -> SoundRecording:
    edition = made.the("SoundRecordingEdition")
    ids = edition.the("ResourceId")
    length = made.typed("Duration", milliseconds)
    works = [one.text_of("ISWC") for one in made.all("WorkId")]
    return SoundRecording(
        reference=made.the("ResourceReference").text,
        isrc=ids.text_of("ISRC") or "",
        title=_title(made),
        artist_name=made.text_of("DisplayArtistName") or "",
        artists=_artists(made),
        duration_ms=length or 0,
        p_line=_line(edition.first("PLine"), "PLine") or Line(0, ""),
        contributors=tuple(_contributor(one) for one in made.all("Contributor")),
        version_types=made.texts("VersionType"),
        iswcs=tuple(one for one in works if one is not None),
        proprietary_ids=_proprietary(ids),
        related=tuple(_related(one) for one in made.all("RelatedResource")),
        parental=cast(Any, made.text_of("ParentalWarningType") or "Unknown"),
        contains_ai=cast(Any, made.text_of("ContainsAI") or "None"),
        is_cover=made.typed("IsCover", _truth),
        is_instrumental=made.typed("IsInstrumental", _truth),
        language=made.text_of("LanguageOfPerformance"),
        files=tuple(_audio_file(one) for one in edition.all("TechnicalDetails")),
        kind=made.the("Type").text,
    )


def _related(made: _Reading) -> Related:
    ids = made.first("ResourceId")
    stretches = []
    for timing in made.all("Timing"):
        start = timing.typed("StartPoint", _decimal) or Decimal(0)
        stretches.append(Stretch(int(start * 1000), timing.typed("DurationUsed", milliseconds) or 0))
    return Related(
        kind=made.the("ResourceRelationshipType").text,
        isrc=None if ids is None else ids.text_of("ISRC"),
        reference=made.text_of("ResourceRelatedResourceReference"),
        stretches=tuple(stretches),
    )


def _audio_file(details: _Reading) -> DeliveredFile:
    reference = details.the("TechnicalResourceDetailsReference").text
    made = details.the("DeliveryFile")
    made.first("Type")
    uri, sha256, size = _file(made)
    return DeliveredFile(
        uri=uri,
        sha256=sha256,
        size=size,
        reference=reference,
        codec=made.text_of("AudioCodecType"),
        sampling_rate=made.typed("SamplingRate", int),
        bits_per_sample=made.typed("BitsPerSample", int),
        channels=made.typed("NumberOfChannels", int),
    )


def _file(made: _Reading) -> tuple[str, str, int]:
    """URI, SHA-256 and size of a file; "" and 0 for what is not said, or said by another algorithm."""
    file = made.first("File")
    if file is None:
        return "", "", 0
    hashed = file.first("HashSum")
    sha256 = ""
    if hashed is not None:
        algorithm = (hashed.text_of("Algorithm") or "", hashed.text_of("Parameter") or "")
        value = hashed.text_of("HashSumValue") or ""
        sha256 = value if algorithm in (("SHA2", "256"), ("SHA-256", "")) else ""
    return file.text_of("URI") or "", sha256, file.typed("FileSize", int) or 0


def _image(made: _Reading) -> Image:
    details = made.first("TechnicalDetails")
    file = None
    if details is not None:
        reference = details.the("TechnicalResourceDetailsReference").text
        codec = details.text_of("ImageCodecType")
        file = DeliveredFile(*_file(details), reference=reference, codec=codec)
    ids = _proprietary(made.the("ResourceId"))
    return Image(
        reference=made.the("ResourceReference").text,
        proprietary_id=ids[0] if ids else ("", ""),
        c_line=_line(made.first("CLine"), "CLine"),
        kind=made.the("Type").text,
        parental=cast(Any, made.text_of("ParentalWarningType") or "Unknown"),
        contains_ai=cast(Any, made.text_of("ContainsAI") or "None"),
        file=file,
    )


def _release_id(made: _Reading) -> ReleaseId:
    return ReleaseId(
        grid=made.text_of("GRid"),
        icpn=made.text_of("ICPN"),
        catalogue_number=made.text_of("CatalogNumber"),
        proprietary_ids=_proprietary(made),
    )


def _release(made: _Reading) -> Release:
    group = made.the("ResourceGroup")
    group.first("SequenceNumber")
    resources = []
    for item in group.all("ResourceGroupContentItem"):
        item.first("SequenceNumber")
        resources.append(item.the("ReleaseResourceReference").text)
    return Release(
        reference=made.the("ReleaseReference").text,
        id=_release_id(made.the("ReleaseId")),
        title=_title(made),
        artist_name=made.text_of("DisplayArtistName") or "",
        artists=_artists(made),
        label=made.the("ReleaseLabelReference").text,
        p_line=_line(made.first("PLine"), "PLine") or Line(0, ""),
        c_line=_line(made.first("CLine"), "CLine") or Line(0, ""),
        genre=made.the("DisplayGenre").text_of("GenreText") or "",
        resources=tuple(resources),
        cover=group.text_of("LinkedReleaseResourceReference"),
        kind=made.the("ReleaseType").text,
        release_date=made.typed("ReleaseDate", date.fromisoformat),
        original_release_date=made.typed("OriginalReleaseDate", date.fromisoformat),
        parental=cast(Any, made.text_of("ParentalWarningType") or "Unknown"),
        contains_ai=cast(Any, made.text_of("ContainsAI") or "None"),
        version_types=made.texts("VersionType"),
    )


def _track(made: _Reading) -> TrackRelease:
    return TrackRelease(
        reference=made.the("ReleaseReference").text,
        id=_release_id(made.the("ReleaseId")),
        resource=made.the("ReleaseResourceReference").text,
        label=made.the("ReleaseLabelReference").text,
        genre=made.the("DisplayGenre").text_of("GenreText") or "",
    )


def _deals(made: _Reading) -> Iterable[Deal]:
    releases = made.texts("DealReleaseReference")
    for one in made.all("Deal"):
        terms = one.the("DealTerms")
        period = terms.the("ValidityPeriod")
        start = period.typed("StartDate", date.fromisoformat)
        if start is None:
            raise UnreadableMessage("a deal has no StartDate; deals by the hour are not read here")
        yield Deal(
            releases=releases,
            start=start,
            end=period.typed("EndDate", date.fromisoformat),
            territories=terms.texts("TerritoryCode"),
            excluded=terms.texts("ExcludedTerritoryCode"),
            models=terms.texts("CommercialModelType"),
            uses=terms.texts("UseType"),
            channels=tuple(_channel(channel) for channel in terms.all("DistributionChannel")),
            claim_policies=tuple(_claim_policy(policy) for policy in terms.all("RightsClaimPolicy")),
        )


def _channel(made: _Reading) -> MessagingParty:
    name = made.first("PartyName")
    return MessagingParty(
        made.the("PartyId").text_of("DPID") or "", "" if name is None else name.text_of("FullName") or ""
    )


def _claim_policy(made: _Reading) -> ClaimPolicy:
    condition = made.first("Condition")
    percent = None
    if condition is not None and (condition.text_of("Unit"), condition.text_of("RelationalRelator")) == (
        "Percent",
        "MoreThan",
    ):
        percent = condition.typed("Value", _decimal)
    return ClaimPolicy(cast(Any, made.the("RightsClaimPolicyType").text), percent)
