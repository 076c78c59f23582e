"""What the schema accepts and the field does not: references, check digits, AI disclosure, dates, consent.

The DDEX schema takes a message with a mistyped ISRC, a deal that ends before it starts, or "no AI" beside a generative
contributor. Each rule here yields findings with the path of the element; a test holds one message per rule against
both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ritornello.identifiers import dpid, ean, grid, ipi, isni, isrc, iswc
from ritornello.identifiers.reading import IdentifierError
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages.ern_model import AVS_VERSION, Deal, NewReleaseMessage, ReleaseId, SoundRecording
from ritornello.messages.findings import Finding, Severity

WORLDWIDE = "Worldwide"
_COVER_ROLES = frozenset({"Remixer", "RemixedArtist"})
_GENERATIVE = "GenerativeAI"
_LEARNING = frozenset({"UseForTrainingGenerativeAI", "UseForTrainingNonGenerativeAI", "UseForDataMining"})
_REMIX_RELATIONS = frozenset({"HasContentFrom", "IsEditedVersionOf", "IsSpedUpOf", "IsSlowedDownOf"})


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """What the licence behind the message allows: territories, days (both included) and, where it is limited to some,
    services by DPID."""

    territories: TerritorySet
    start: date
    end: date | None = None
    services: frozenset[str] | None = None


def check(
    message: NewReleaseMessage, consent: ConsentScope | None = None, parents: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """All findings about a message, in the order of the message.

    Args:
        consent: the scope that deals must stay inside; a message of a derivative should always come with one.
        parents: ISRCs of the recordings that this one derives from; each must be named, and none may be reused.
    """
    found: list[Finding] = []
    for rule in (_header, _identifiers, _references, _doubles, _disclosure, _dates, _derivative, _completeness):
        found += rule(message)
    found += _parents(message, frozenset(parents))
    if consent is not None:
        for number, deal in enumerate(message.deals, start=1):
            found += _inside(message, deal, f"DealList/ReleaseDeal[{number}]", consent)
    return tuple(found)


def _say(
    message: NewReleaseMessage, code: str, text: str, path: str, given: str | None = None, severity: Severity = "error"
) -> Finding:
    return Finding(code, severity, text, message.header.message_id, None, path, given)


def _header(message: NewReleaseMessage) -> Iterator[Finding]:
    header = message.header
    if message.avs_version != AVS_VERSION:
        text = f"value sets version {message.avs_version} is not the one written here ({AVS_VERSION})"
        yield _say(message, "avs_version", text, "@AvsVersionId", message.avs_version)
    if header.created_at.tzinfo is None:
        yield _say(
            message, "created_at", "the time of creation needs a time zone", "MessageHeader/MessageCreatedDateTime"
        )
    for path, text in (("MessageId", header.message_id), ("MessageThreadId", header.thread_id)):
        if not text.strip():
            yield _say(message, "empty", f"{path} is empty", f"MessageHeader/{path}")
    everybody = [("MessageSender", header.sender), *(("MessageRecipient", one) for one in header.recipients)]
    if header.on_behalf_of:
        everybody.append(("SentOnBehalfOf", header.on_behalf_of))
    for path, party in everybody:
        yield from _identifier(message, dpid.parse, party.dpid, f"MessageHeader/{path}/PartyId")
    if not header.recipients:
        yield _say(message, "no_recipient", "a message goes to somebody", "MessageHeader/MessageRecipient")


def _identifier(
    message: NewReleaseMessage, parse: Callable[[str], str], text: str | None, path: str
) -> Iterator[Finding]:
    if text is None:
        return
    try:
        normal = parse(text)
    except IdentifierError as error:
        yield _say(message, f"bad_{error.kind.lower().replace('/', '_').replace(' ', '_')}", str(error), path, text)
        return
    if normal != text:
        yield _say(message, "not_normalised", f"{text!r} is written {normal!r} in messages", path, text)


def _release_id(message: NewReleaseMessage, identity: ReleaseId, path: str) -> Iterator[Finding]:
    yield from _identifier(message, grid.parse, identity.grid, f"{path}/GRid")
    yield from _identifier(message, ean.parse, identity.icpn, f"{path}/ICPN")
    if not (identity.grid or identity.icpn or identity.catalogue_number or identity.proprietary_ids):
        yield _say(message, "no_release_id", "a release needs a GRid, an ICPN or an id of the sender's", path)
    for namespace, value in identity.proprietary_ids:
        yield from _identifier(message, dpid.parse, namespace, f"{path}/ProprietaryId/@Namespace")
        if not value.strip():
            yield _say(message, "empty", "the id is empty", f"{path}/ProprietaryId")


def _identifiers(message: NewReleaseMessage) -> Iterator[Finding]:
    for party in message.parties:
        path = f"PartyList/Party[{party.reference}]/PartyId"
        for parse, text, tag in (
            (isni.parse, party.isni, "ISNI"),
            (dpid.parse, party.dpid, "DPID"),
            (ipi.parse, party.ipi, "IpiNameNumber"),
        ):
            yield from _identifier(message, parse, text, f"{path}/{tag}")
    for recording in message.recordings:
        path = _at(recording)
        yield from _identifier(message, isrc.parse, recording.isrc, f"{path}/SoundRecordingEdition/ResourceId/ISRC")
        for code in recording.iswcs:
            yield from _identifier(message, iswc.parse, code, f"{path}/WorkId/ISWC")
        for related in recording.related:
            yield from _identifier(message, isrc.parse, related.isrc, f"{path}/RelatedResource/ResourceId/ISRC")
    yield from _release_id(message, message.release.id, "ReleaseList/Release/ReleaseId")
    for track in message.track_releases:
        yield from _release_id(message, track.id, f"ReleaseList/TrackRelease[{track.reference}]/ReleaseId")
    for number, deal in enumerate(message.deals, start=1):
        for channel in deal.channels:
            path = f"DealList/ReleaseDeal[{number}]/Deal/DealTerms/DistributionChannel/PartyId"
            yield from _identifier(message, dpid.parse, channel.dpid, path)


def _at(recording: SoundRecording) -> str:
    return f"ResourceList/SoundRecording[{recording.reference}]"


def _references(message: NewReleaseMessage) -> Iterator[Finding]:
    parties = {party.reference for party in message.parties}
    recordings = {one.reference for one in message.recordings}
    images = {one.reference for one in message.images}
    releases = {message.release.reference, *(track.reference for track in message.track_releases)}

    def known(reference: str | None, among: set[str], path: str) -> Iterator[Finding]:
        if reference is not None and reference not in among:
            yield _say(message, "unknown_reference", f"{reference} points at nothing in this message", path, reference)

    for recording in message.recordings:
        for artist in recording.artists:
            yield from known(artist.party, parties, f"{_at(recording)}/DisplayArtist/ArtistPartyReference")
        for contributor in recording.contributors:
            yield from known(contributor.party, parties, f"{_at(recording)}/Contributor/ContributorPartyReference")
        for related in recording.related:
            path = f"{_at(recording)}/RelatedResource/ResourceRelatedResourceReference"
            yield from known(related.reference, recordings | images, path)
    release = message.release
    for artist in release.artists:
        yield from known(artist.party, parties, "ReleaseList/Release/DisplayArtist/ArtistPartyReference")
    yield from known(release.label, parties, "ReleaseList/Release/ReleaseLabelReference")
    for reference in release.resources:
        yield from known(reference, recordings, "ReleaseList/Release/ResourceGroup/ReleaseResourceReference")
    yield from known(release.cover, images, "ReleaseList/Release/ResourceGroup/LinkedReleaseResourceReference")
    for track in message.track_releases:
        path = f"ReleaseList/TrackRelease[{track.reference}]"
        yield from known(track.label, parties, f"{path}/ReleaseLabelReference")
        yield from known(track.resource, recordings, f"{path}/ReleaseResourceReference")
    for number, deal in enumerate(message.deals, start=1):
        for reference in deal.releases:
            yield from known(reference, releases, f"DealList/ReleaseDeal[{number}]/DealReleaseReference")
    grouped = {*release.resources, release.cover}
    for orphan in sorted((recordings | images) - {one for one in grouped if one}):
        text = f"{orphan} is in no group of the release, so nobody would receive it"
        yield _say(message, "outside_release", text, "ReleaseList/Release/ResourceGroup", orphan)
    dealt = {reference for deal in message.deals for reference in deal.releases}
    for reference in sorted(releases - dealt):
        text = f"no deal names {reference}: it could not be offered anywhere"
        yield _say(message, "no_deal", text, "DealList", reference)


def _doubles(message: NewReleaseMessage) -> Iterator[Finding]:
    resources = [recording.reference for recording in message.recordings]
    kinds = {
        "PartyList": [party.reference for party in message.parties],
        "ResourceList": [*resources, *(image.reference for image in message.images)],
        "ReleaseList": [message.release.reference, *(track.reference for track in message.track_releases)],
        "TechnicalDetails": [
            *(file.reference for recording in message.recordings for file in recording.files),
            *(image.file.reference for image in message.images if image.file),
        ],
    }
    for path, references in kinds.items():
        for reference, count in Counter(references).items():
            if count > 1:
                yield _say(message, "reference_twice", f"{reference} is given {count} times", path, reference)
    for code, count in Counter(recording.isrc for recording in message.recordings).items():
        if count > 1:
            text = f"{code} stands on {count} recordings; one recording has one ISRC and one ISRC one recording"
            yield _say(message, "isrc_twice", text, "ResourceList/SoundRecording", code)


def _disclosure(message: NewReleaseMessage) -> Iterator[Finding]:
    """AI disclosure as the standard's text wants it and its schema does not check."""
    for recording in message.recordings:
        path = f"{_at(recording)}/ContainsAI"
        generative = [one for one in recording.contributors if one.special == _GENERATIVE]
        touched = [one for one in recording.contributors if one.ai in ("All", "Partly") or one in generative]
        if recording.contains_ai == "None" and touched:
            text = "it says that no AI was used, and a contributor is generative or partly so"
            yield _say(message, "ai_none_with_generative", text, path)
        if recording.contains_ai == "All" and len(generative) < len(recording.contributors):
            text = "it says that AI made all of it, and people are named as contributors"
            yield _say(message, "ai_all_with_people", text, path)
        if recording.contains_ai != "None" and not touched:
            text = "it says that AI was used, and no contributor says for what"
            yield _say(message, "ai_without_contributor", text, path)
        for one in generative:
            if one.ai in ("None", "Partly"):
                text = f"a generative contributor that contributed AI {one.ai!r} contradicts itself"
                yield _say(message, "ai_contradiction", text, f"{_at(recording)}/Contributor/AiContribution")
        for one in recording.contributors:
            if one.ai == "All" and one.party is not None:
                text = f"{one.party} is a person or group: what AI made alone is a contributor of its own"
                yield _say(message, "ai_all_by_person", text, f"{_at(recording)}/Contributor/AiContribution")
    parts = {recording.contains_ai for recording in message.recordings}
    parts |= {image.contains_ai for image in message.images}
    whole = message.release.contains_ai
    expected = "None" if parts == {"None"} else "All" if parts == {"All"} else "Partly"
    if parts and whole != expected:
        text = f"the release says {whole}, its recordings and pictures make it {expected}"
        yield _say(message, "ai_of_release", text, "ReleaseList/Release/ContainsAI", whole)


def _dates(message: NewReleaseMessage) -> Iterator[Finding]:
    release = message.release
    if release.release_date and release.original_release_date and release.release_date < release.original_release_date:
        text = (
            f"it is released on {release.release_date}, before its original release on {release.original_release_date}"
        )
        yield _say(message, "release_date", text, "ReleaseList/Release/ReleaseDate")
    for number, deal in enumerate(message.deals, start=1):
        path = f"DealList/ReleaseDeal[{number}]/Deal/DealTerms/ValidityPeriod"
        if deal.end is not None and deal.end < deal.start:
            yield _say(message, "deal_dates", f"the deal ends on {deal.end}, before it starts on {deal.start}", path)
        # a takedown puts deals wholly into the past; they offer nothing any more
        over = deal.end is not None and deal.end < message.header.created_at.date()
        if release.release_date and deal.start < release.release_date and not deal.claim_policies and not over:
            text = f"the deal starts on {deal.start}, before the release date {release.release_date}"
            yield _say(message, "deal_before_release", text, path)
    latest = message.header.created_at.year + 1
    lines = [(one.p_line, f"{_at(one)}/SoundRecordingEdition/PLine") for one in message.recordings]
    lines += [(release.p_line, "ReleaseList/Release/PLine"), (release.c_line, "ReleaseList/Release/CLine")]
    for line, path in lines:
        if not 1877 <= line.year <= latest:  # the phonograph's year; nothing was recorded before
            yield _say(
                message, "line_year", f"{line.year} is no year of a recording released now", path, str(line.year)
            )


def _derivative(message: NewReleaseMessage) -> Iterator[Finding]:
    for recording in message.recordings:
        roles = {role for one in recording.contributors for role in one.roles}
        kinds = {related.kind for related in recording.related}
        named = frozenset({recording.isrc})
        if named & {related.isrc for related in recording.related}:
            text = "it is related to itself: a derivative has an ISRC of its own, never its parent's"
            yield _say(message, "isrc_of_parent", text, f"{_at(recording)}/RelatedResource", recording.isrc)
        if "RemixVersion" in recording.version_types:
            if "Remixer" not in roles:
                yield _say(message, "no_remixer", "a remix names its remixer", f"{_at(recording)}/Contributor")
            if not kinds & _REMIX_RELATIONS:
                yield _say(
                    message, "no_parent", "a remix names what it was made from", f"{_at(recording)}/RelatedResource"
                )
        if recording.is_cover and "IsCoverOf" not in kinds:
            yield _say(message, "no_parent", "a cover names what it covers", f"{_at(recording)}/RelatedResource")
        if "IsCoverOf" in kinds and not recording.is_cover:
            yield _say(
                message, "not_marked_cover", "it covers a recording and is not marked so", f"{_at(recording)}/IsCover"
            )
        if recording.is_cover and roles & _COVER_ROLES:
            text = "a cover is a new performance: it has no remixer and no remixed artist"
            yield _say(message, "cover_with_remixer", text, f"{_at(recording)}/Contributor")


def _parents(message: NewReleaseMessage, parents: frozenset[str]) -> Iterator[Finding]:
    named = {related.isrc for recording in message.recordings for related in recording.related}
    for parent in sorted(parents - {one for one in named if one}):
        text = f"the parent {parent} is not named; lineage would be lost with the delivery"
        yield _say(message, "parent_missing", text, "ResourceList/SoundRecording/RelatedResource", parent)
    for recording in message.recordings:
        if recording.isrc in parents:
            text = "the derivative carries its parent's ISRC; it needs one of its own"
            yield _say(message, "isrc_of_parent", text, _at(recording), recording.isrc)


def _completeness(message: NewReleaseMessage) -> Iterator[Finding]:
    for recording in message.recordings:
        if recording.duration_ms <= 0:
            yield _say(message, "duration", "a recording lasts longer than nothing", f"{_at(recording)}/Duration")
        if not any(artist.role == "MainArtist" for artist in recording.artists):
            yield _say(message, "no_main_artist", "a recording has a main artist", f"{_at(recording)}/DisplayArtist")
        for contributor in recording.contributors:
            if (contributor.party is None) == (contributor.special is None):
                text = "a contributor is either a party or a special contributor"
                yield _say(message, "contributor", text, f"{_at(recording)}/Contributor")
    texts = [(_at(one) + "/DisplayTitle", one.title.text) for one in message.recordings]
    texts += [(_at(one) + "/DisplayArtistName", one.artist_name) for one in message.recordings]
    texts += [
        ("ReleaseList/Release/DisplayTitle", message.release.title.text),
        ("ReleaseList/Release/DisplayGenre/GenreText", message.release.genre),
    ]
    texts += [(f"PartyList/Party[{party.reference}]/PartyName", party.name) for party in message.parties]
    for path, text in texts:
        if not text.strip():
            yield _say(message, "empty", "the text is empty", path)
    explicit = {one.parental for one in message.recordings}
    if "Explicit" in explicit and message.release.parental != "Explicit":
        text = f"a recording is explicit and the release says {message.release.parental}"
        yield _say(message, "parental", text, "ReleaseList/Release/ParentalWarningType")


def _inside(message: NewReleaseMessage, deal: Deal, path: str, consent: ConsentScope) -> Iterator[Finding]:
    try:
        asked = territories_of(deal)
    except IdentifierError as error:
        yield _say(message, "bad_territory", str(error), f"{path}/Deal/DealTerms/TerritoryCode", str(error.text))
        return
    beyond = asked - consent.territories
    if beyond:
        text = f"the deal goes beyond the consent: {beyond} is not in {consent.territories}"
        yield _say(message, "beyond_consent_territory", text, f"{path}/Deal/DealTerms/TerritoryCode", str(beyond))
    if deal.start < consent.start:
        text = f"the deal starts on {deal.start}, the consent on {consent.start}"
        yield _say(message, "beyond_consent_time", text, f"{path}/Deal/DealTerms/ValidityPeriod")
    if consent.end is not None and (deal.end is None or deal.end > consent.end):
        text = f"the consent ends on {consent.end}, the deal {'on ' + str(deal.end) if deal.end else 'never'}"
        yield _say(message, "beyond_consent_time", text, f"{path}/Deal/DealTerms/ValidityPeriod")
    for use in sorted(_LEARNING.intersection(deal.uses)):
        text = f"{use}: consent to a derivative never lets machines learn from it; that is a consent of its own"
        yield _say(message, "beyond_consent_use", text, f"{path}/Deal/DealTerms/UseType", use)
    if consent.services is not None:
        named = {channel.dpid for channel in deal.channels}
        addressed = named or {recipient.dpid for recipient in message.header.recipients}
        for service in sorted(addressed - consent.services):
            text = f"the consent does not cover the service {service}"
            yield _say(message, "beyond_consent_service", text, f"{path}/Deal/DealTerms/DistributionChannel", service)


def territories_of(deal: Deal) -> TerritorySet:
    """The deal's territories as a set; codes that are none are refused by the identifiers' own error."""
    if deal.territories:
        return TerritorySet.parse(", ".join("WW" if code == WORLDWIDE else code for code in deal.territories))
    return TerritorySet.parse(f"WW ex {', '.join(deal.excluded)}" if deal.excluded else "WW")
