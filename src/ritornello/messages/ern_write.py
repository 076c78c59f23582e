"""The records as an ERN 4.3.2 message: the same bytes for the same records, elements in the order of the schema.

The namespace stands on the root element only, as the standard wants. Nothing is written that the records do not say,
and no clock is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

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
    Release,
    ReleaseId,
    SoundRecording,
    Title,
    TrackRelease,
)


def write(message: NewReleaseMessage) -> bytes:
    """The message as UTF-8 XML with declaration, two spaces per level."""
    attributes = {"LanguageAndScriptCode": message.language, "AvsVersionId": message.avs_version}
    if message.profile:
        attributes["ReleaseProfileVersionId"] = message.profile
    root = etree.Element(f"{{{NAMESPACE}}}NewReleaseMessage", dict(sorted(attributes.items())), {"ern": NAMESPACE})
    _header(root, message.header)
    parties = _in(root, "PartyList")
    for party in message.parties:
        _party(parties, party)
    resources = _in(root, "ResourceList")
    for recording in message.recordings:
        _recording(resources, recording)
    for image in message.images:
        _image(resources, image)
    releases = _in(root, "ReleaseList")
    _release(releases, message.release)
    for track in message.track_releases:
        _track(releases, track)
    if message.deals:
        deals = _in(root, "DealList")
        for deal in message.deals:
            _deal(deals, deal)
    etree.indent(root, "  ")
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content + b"\n"


def duration(milliseconds: int) -> str:
    """`PT3M41.5S` for 221,500 ms."""
    minutes, rest = divmod(milliseconds, 60_000)
    seconds, part = divmod(rest, 1000)
    decimals = f".{part:03d}".rstrip("0") if part else ""
    return f"PT{minutes}M{seconds}{decimals}S"


def _seconds(milliseconds: int) -> str:
    whole, part = divmod(milliseconds, 1000)
    return f"{whole}.{part:03d}"


def _in(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, tag, dict(sorted(attributes.items())))
    element.text = text
    return element


def _each(parent: etree._Element, tag: str, texts: Iterable[str]) -> None:
    for text in texts:
        _in(parent, tag, text)


def _header(root: etree._Element, header: Header) -> None:
    made = _in(root, "MessageHeader")
    _in(made, "MessageThreadId", header.thread_id)
    _in(made, "MessageId", header.message_id)
    _messaging_party(made, "MessageSender", header.sender)
    if header.on_behalf_of:
        _messaging_party(made, "SentOnBehalfOf", header.on_behalf_of)
    for recipient in header.recipients:
        _messaging_party(made, "MessageRecipient", recipient)
    _in(made, "MessageCreatedDateTime", header.created_at.isoformat(timespec="seconds").replace("+00:00", "Z"))
    _in(made, "MessageControlType", "TestMessage" if header.test else "LiveMessage")


def _messaging_party(parent: etree._Element, tag: str, party: MessagingParty) -> None:
    made = _in(parent, tag)
    _in(made, "PartyId", party.dpid)
    _in(_in(made, "PartyName"), "FullName", party.name)


def _party(parent: etree._Element, party: Party) -> None:
    made = _in(parent, "Party")
    _in(made, "PartyReference", party.reference)
    _in(_in(made, "PartyName"), "FullName", party.name)
    if party.isni or party.dpid or party.ipi:
        ids = _in(made, "PartyId")
        for tag, value in (("ISNI", party.isni), ("DPID", party.dpid), ("IpiNameNumber", party.ipi)):
            if value:
                _in(ids, tag, value)


def _titles(parent: etree._Element, title: Title) -> None:
    _in(parent, "DisplayTitleText", title.shown, IsDefault="true")
    made = _in(parent, "DisplayTitle", IsDefault="true")
    _in(made, "TitleText", title.text)
    if title.version:
        _in(made, "SubTitle", title.version, SubTitleType="Version")


def _artists(parent: etree._Element, name: str, artists: Iterable[DisplayArtist]) -> None:
    _in(parent, "DisplayArtistName", name, IsDefault="true")
    for number, artist in enumerate(artists, start=1):
        made = _in(parent, "DisplayArtist", SequenceNumber=str(number))
        _in(made, "ArtistPartyReference", artist.party)
        _in(made, "DisplayArtistRole", artist.role)


def _line(parent: etree._Element, tag: str, mark: str, line: Line) -> None:
    made = _in(parent, tag)
    _in(made, "Year", str(line.year))
    _in(made, f"{tag}Company", line.company)
    _in(made, f"{tag}Text", line.text(mark))


def _proprietary(parent: etree._Element, ids: Iterable[tuple[str, str]]) -> None:
    for namespace, value in ids:
        _in(parent, "ProprietaryId", value, Namespace=namespace)


def _contributor(parent: etree._Element, number: int, contributor: Contributor) -> None:
    made = _in(parent, "Contributor", SequenceNumber=str(number))
    if contributor.party is not None:
        _in(made, "ContributorPartyReference", contributor.party)
    else:
        _in(made, "SpecialContributor", contributor.special)
    for role in contributor.roles:
        _in(_in(made, "Role"), "Value", role)
    for namespace, role in contributor.own_roles:
        _in(_in(made, "Role"), "Value", "UserDefined", Namespace=namespace, UserDefinedValue=role)
    if contributor.ai is not None:
        _in(made, "AiContribution", contributor.ai)


def _recording(parent: etree._Element, recording: SoundRecording) -> None:
    made = _in(parent, "SoundRecording")
    _in(made, "ResourceReference", recording.reference)
    _in(made, "Type", recording.kind)
    edition = _in(made, "SoundRecordingEdition")
    ids = _in(edition, "ResourceId")
    _in(ids, "ISRC", recording.isrc)
    _proprietary(ids, recording.proprietary_ids)
    _line(edition, "PLine", "℗", recording.p_line)
    for file in recording.files:
        _audio_file(edition, file)
    for iswc in recording.iswcs:
        _in(_in(made, "WorkId"), "ISWC", iswc)
    _titles(made, recording.title)
    _each(made, "VersionType", recording.version_types)
    _artists(made, recording.artist_name, recording.artists)
    for number, contributor in enumerate(recording.contributors, start=1):
        _contributor(made, number, contributor)
    _in(made, "Duration", duration(recording.duration_ms))
    _in(made, "ParentalWarningType", recording.parental, IsDefault="true")
    for related in recording.related:
        relation = _in(made, "RelatedResource")
        _in(relation, "ResourceRelationshipType", related.kind)
        if related.reference is not None:
            _in(relation, "ResourceRelatedResourceReference", related.reference)
        elif related.isrc is not None:
            _in(_in(relation, "ResourceId"), "ISRC", related.isrc)
        for stretch in related.stretches:
            timing = _in(relation, "Timing")
            _in(timing, "StartPoint", _seconds(stretch.start_ms))
            _in(timing, "DurationUsed", duration(stretch.used_ms))
    _in(made, "ContainsAI", recording.contains_ai)
    for tag, flag in (("IsCover", recording.is_cover), ("IsInstrumental", recording.is_instrumental)):
        if flag is not None:
            _in(made, tag, "true" if flag else "false")
    if recording.language:
        _in(made, "LanguageOfPerformance", recording.language)


def _audio_file(parent: etree._Element, file: DeliveredFile) -> None:
    made = _in(_technical(parent, file), "DeliveryFile")
    _in(made, "Type", "AudioFile")
    if file.codec:
        _in(made, "AudioCodecType", file.codec)
    if file.channels:
        _in(made, "NumberOfChannels", str(file.channels))
    if file.sampling_rate:
        _in(made, "SamplingRate", str(file.sampling_rate), UnitOfMeasure="Hz")
    if file.bits_per_sample:
        _in(made, "BitsPerSample", str(file.bits_per_sample))
    _file(made, file)


def _technical(parent: etree._Element, file: DeliveredFile) -> etree._Element:
    made = _in(parent, "TechnicalDetails")
    _in(made, "TechnicalResourceDetailsReference", file.reference)
    return made


def _file(parent: etree._Element, file: DeliveredFile) -> None:
    made = _in(parent, "File")
    _in(made, "URI", file.uri)
    hashed = _in(made, "HashSum")
    _in(hashed, "Algorithm", "SHA2")
    _in(hashed, "Parameter", "256")
    _in(hashed, "HashSumValue", file.sha256)
    _in(made, "FileSize", str(file.size))


def _image(parent: etree._Element, image: Image) -> None:
    made = _in(parent, "Image")
    _in(made, "ResourceReference", image.reference)
    _in(made, "Type", image.kind)
    _proprietary(_in(made, "ResourceId"), [image.proprietary_id])
    if image.c_line:
        _line(made, "CLine", "©", image.c_line)
    _in(made, "ParentalWarningType", image.parental)
    _in(made, "ContainsAI", image.contains_ai)
    if image.file:
        details = _technical(made, image.file)
        if image.file.codec:
            _in(details, "ImageCodecType", image.file.codec)
        _file(details, image.file)


def _release_id(parent: etree._Element, identity: ReleaseId) -> None:
    made = _in(parent, "ReleaseId")
    if identity.grid:
        _in(made, "GRid", identity.grid)
    if identity.icpn:
        _in(made, "ICPN", identity.icpn)
    if identity.catalogue_number:
        namespace = identity.proprietary_ids[0][0] if identity.proprietary_ids else "catalogue"
        _in(made, "CatalogNumber", identity.catalogue_number, Namespace=namespace)
    _proprietary(made, identity.proprietary_ids)


def _dated(parent: etree._Element, tag: str, day: date | None) -> None:
    if day is not None:
        _in(parent, tag, day.isoformat(), IsDefault="true")


def _genre(parent: etree._Element, genre: str) -> None:
    _in(_in(parent, "DisplayGenre"), "GenreText", genre)


def _release(parent: etree._Element, release: Release) -> None:
    made = _in(parent, "Release")
    _in(made, "ReleaseReference", release.reference)
    _in(made, "ReleaseType", release.kind)
    _release_id(made, release.id)
    _titles(made, release.title)
    _each(made, "VersionType", release.version_types)
    _artists(made, release.artist_name, release.artists)
    _in(made, "ReleaseLabelReference", release.label)
    _line(made, "PLine", "℗", release.p_line)
    _line(made, "CLine", "©", release.c_line)
    _genre(made, release.genre)
    _dated(made, "ReleaseDate", release.release_date)
    _dated(made, "OriginalReleaseDate", release.original_release_date)
    _in(made, "ParentalWarningType", release.parental, IsDefault="true")
    group = _in(made, "ResourceGroup")
    _in(group, "SequenceNumber", "1")
    for number, reference in enumerate(release.resources, start=1):
        item = _in(group, "ResourceGroupContentItem")
        _in(item, "SequenceNumber", str(number))
        _in(item, "ReleaseResourceReference", reference)
    if release.cover:
        _in(group, "LinkedReleaseResourceReference", release.cover, LinkDescription="CoverArt")
    _in(made, "ContainsAI", release.contains_ai)


def _track(parent: etree._Element, track: TrackRelease) -> None:
    made = _in(parent, "TrackRelease")
    _in(made, "ReleaseReference", track.reference)
    _release_id(made, track.id)
    _in(made, "ReleaseResourceReference", track.resource)
    _in(made, "ReleaseLabelReference", track.label)
    _genre(made, track.genre)


def _deal(parent: etree._Element, deal: Deal) -> None:
    made = _in(parent, "ReleaseDeal")
    _each(made, "DealReleaseReference", deal.releases)
    terms = _in(_in(made, "Deal"), "DealTerms")
    _each(terms, "TerritoryCode", deal.territories)
    if not deal.territories:
        _each(terms, "ExcludedTerritoryCode", deal.excluded)
    period = _in(terms, "ValidityPeriod")
    _in(period, "StartDate", deal.start.isoformat())
    if deal.end is not None:
        _in(period, "EndDate", deal.end.isoformat())
    _each(terms, "CommercialModelType", deal.models)
    _each(terms, "UseType", deal.uses)
    for channel in deal.channels:
        service = _in(terms, "DistributionChannel")
        _in(_in(service, "PartyName"), "FullName", channel.name)
        _in(_in(service, "PartyId"), "DPID", channel.dpid)
    for policy in deal.claim_policies:
        _claim_policy(terms, policy)


def _claim_policy(parent: etree._Element, policy: ClaimPolicy) -> None:
    made = _in(parent, "RightsClaimPolicy")
    if policy.least_percent is not None:
        condition = _in(made, "Condition")
        _in(condition, "Value", format(policy.least_percent, "f"))
        _in(condition, "Unit", "Percent")
        _in(condition, "RelationalRelator", "MoreThan")
    _in(made, "RightsClaimPolicyType", policy.kind)
