"""The delivery message says what the records say: no more territory, day or service than licensed, nobody misnamed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from ritornello.catalogue.model import Credit
from ritornello.distribution.derivative_forms import FORMS
from ritornello.distribution.destinations import Destination, Feed
from ritornello.distribution.disclosure import AiUse
from ritornello.distribution.release_message import (
    Artwork,
    Delivery,
    ReleaseError,
    deal_territories,
    findings_of,
    release_message,
    scope_of,
)
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import ern
from ritornello.messages.ern_check import territories_of
from ritornello.provenance.manifest import Disclosure
from tests.distribution.remix_delivery import (
    ALPHA,
    BETA,
    DELIVERY,
    LICENCE,
    NAMES,
    ORIGINAL,
    REMIX,
    credited,
    party_of,
)
from tests.shared_material import DDEX

OTHER_ORIGINAL = replace(ORIGINAL, id="rec_other", isrc="DEXX12600007", main_artist="pty_writer", performers=())
GENERATIVE = AiUse(sound=Disclosure.GENERATIVE, roles=("Musician",))
ARTWORK = Artwork("resources/cover.jpg", "cd" * 32, 200_000)


def of_type(derivative_type: str, **changes: Any) -> Delivery:
    performers = (Credit("pty_fan", "MainArtist"),) if FORMS[derivative_type].is_cover else REMIX.performers
    return credited(replace(REMIX, derivative_type=derivative_type, performers=performers, **changes))


def in_words(delivery: Delivery) -> etree._Element:
    """The message, written; it must pass every check of ours, and the schema where that is at hand."""
    message = release_message(delivery)
    assert findings_of(delivery, message) == ()
    content = ern.write(message)
    if DDEX is not None:
        assert ern.validate_schema(content, DDEX / "xsd") == ()
    return etree.fromstring(content)


def texts(root: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in root.iterfind(path)]


def names_of(root: etree._Element, references: list[str | None]) -> list[str | None]:
    known = {party.findtext("PartyReference"): party.findtext("PartyName/FullName") for party in root.iter("Party")}
    return [known[reference] for reference in references]


def test_a_remix_names_the_original_artist_first_and_its_remixer() -> None:
    root = in_words(DELIVERY)
    recording = root.find("ResourceList/SoundRecording")
    assert recording is not None
    assert recording.findtext("DisplayArtistName") == "Ilse Varga"
    assert recording.findtext("DisplayTitle/SubTitle") == "quietfox remix"
    assert recording.findtext("VersionType") == "RemixVersion"
    assert recording.findtext("RelatedResource/ResourceRelationshipType") == "HasContentFrom"
    assert recording.findtext("RelatedResource/ResourceId/ISRC") == ORIGINAL.isrc
    assert recording.findtext("SoundRecordingEdition/ResourceId/ISRC") == REMIX.isrc
    assert recording.findtext("WorkId/ISWC") == "T0345246801"
    assert recording.findtext("ContainsAI") == "None"
    assert recording.findtext("Duration") == "PT1M34.34S"
    roles = {
        names_of(root, [one.findtext("ContributorPartyReference")])[0]: texts(one, "Role/Value")
        for one in recording.iterfind("Contributor")
    }
    assert roles == {
        "Ilse Varga": ["RemixedArtist", "Artist"],
        "quietfox": ["Remixer"],
        "Tomas Brandt": ["Composer"],
        "Ada Lindqvist": ["StudioProducer"],
    }


def test_the_line_is_of_the_new_recording_and_not_a_copy_of_the_original() -> None:
    root = in_words(DELIVERY)
    assert texts(root, ".//PLineText") == ["℗ 2026 Saltmarsh Recordings"] * 2
    assert texts(root, ".//CLineText") == ["© 2026 Saltmarsh Recordings"]
    own = credited(replace(REMIX, p_line="℗ 2026 Saltmarsh Recordings under licence"))
    assert texts(in_words(own), ".//PLineText")[0] == "℗ 2026 Saltmarsh Recordings under licence"


def test_deals_are_the_licence_per_service_and_offering() -> None:
    root = in_words(DELIVERY)
    deals = root.findall("DealList/ReleaseDeal/Deal/DealTerms")
    assert [deal.findtext("DistributionChannel/PartyName/FullName") for deal in deals] == [
        "Alpha Music", "Beta Sounds", "Beta Sounds",
    ]  # fmt: skip
    for deal in deals:
        assert texts(deal, "TerritoryCode") == ["DE", "US"]
        assert deal.findtext("ValidityPeriod/StartDate") == "2026-06-26"
        # the licence ends on 1 June 2028, so that is no day of it any more
        assert deal.findtext("ValidityPeriod/EndDate") == "2028-05-31"
    assert texts(deals[2], "UseType") == ["ConditionalDownload"]
    assert texts(root, "DealList/ReleaseDeal/DealReleaseReference") == ["R0", "R1"] * 3


def test_the_one_recipient_needs_no_channel() -> None:
    root = in_words(replace(DELIVERY, recipients=(party_of(ALPHA),), destinations=(ALPHA,)))
    assert root.find(".//DistributionChannel") is None
    hub = ern.MessagingParty("PADPIDA2013042401U", "Tidewater")
    through_a_hub = replace(DELIVERY, recipients=(hub,), destinations=(ALPHA,))
    assert texts(in_words(through_a_hub), ".//DistributionChannel/PartyId/DPID") == [ALPHA.dpid]


@pytest.mark.parametrize("territories", ["WW", "WW ex JP", "EU", "DE, US", "WW ex EU", "JP"])
def test_deal_territories_say_the_same_set(territories: str) -> None:
    wanted = TerritorySet.parse(territories)
    codes, excluded = deal_territories(wanted)
    assert not (codes and excluded)
    deal = ern.Deal(("R0",), date(2026, 7, 1), territories=codes, excluded=excluded)
    assert territories_of(deal) == wanted
    assert len(codes) + len(excluded) <= 125
    licence = {**LICENCE, "scope": {**LICENCE["scope"], "territories": territories}}
    in_words(replace(DELIVERY, licence=licence))


@pytest.mark.parametrize("derivative_type", sorted(FORMS))
def test_every_type_is_told_in_words_that_the_schema_knows(derivative_type: str) -> None:
    root = in_words(of_type(derivative_type))
    assert texts(root, ".//SoundRecording/RelatedResource/ResourceId/ISRC") == [ORIGINAL.isrc]


def test_a_cover_has_the_original_artist_in_no_field() -> None:
    root = in_words(of_type("COVER_SAME"))
    assert texts(root, ".//DisplayArtistName") == ["quietfox"] * 2
    assert root.findtext(".//IsCover") == "true"
    assert root.findtext(".//ResourceRelationshipType") == "IsCoverOf"
    assert NAMES["pty_artist"] not in [party.findtext("PartyName/FullName") for party in root.iter("Party")]


@pytest.mark.parametrize(
    ("tempo", "relation"),
    [(1060, "IsSpedUpOf"), (940, "IsSlowedDownOf"), (1000, "IsEditedVersionOf"), (None, "IsEditedVersionOf")],
)
def test_a_speed_edit_is_told_by_its_measured_tempo(tempo: int | None, relation: str) -> None:
    root = in_words(replace(of_type("SPEED_PITCH"), tempo_permille=tempo))
    assert texts(root, ".//ResourceRelationshipType") == [relation]


def test_a_mash_up_names_both_artists_and_both_parents() -> None:
    root = in_words(credited(replace(REMIX, derivative_type="MASHUP"), OTHER_ORIGINAL))
    assert root.findtext(".//SoundRecording/DisplayArtistName") == "Ilse Varga & Tomas Brandt"
    assert names_of(root, texts(root, ".//SoundRecording/DisplayArtist/ArtistPartyReference")) == [
        "Ilse Varga", "Tomas Brandt",
    ]  # fmt: skip
    assert texts(root, ".//RelatedResource/ResourceId/ISRC") == ["DEXX12600001", "DEXX12600007"]


def test_generative_ai_is_a_contributor_of_its_own() -> None:
    root = in_words(replace(DELIVERY, ai=GENERATIVE))
    assert texts(root, ".//ContainsAI") == ["Partly", "Partly"]
    (model,) = [one for one in root.iter("Contributor") if one.find("SpecialContributor") is not None]
    assert (model.findtext("Role/Value"), model.findtext("AiContribution")) == ("Musician", "All")


def test_assistance_is_no_generative_ai() -> None:
    root = in_words(replace(DELIVERY, ai=AiUse(sound=Disclosure.ASSISTIVE)))
    assert set(texts(root, ".//ContainsAI")) == {"None"}
    assert root.find(".//SpecialContributor") is None


def test_artwork_has_a_flag_of_its_own() -> None:
    assert in_words(DELIVERY).find(".//Image") is None
    plain = in_words(replace(DELIVERY, artwork=ARTWORK))
    assert plain.get("ReleaseProfileVersionId") == "SimpleAudioSingle"
    assert texts(plain, ".//LinkedReleaseResourceReference") == ["A2"]
    painted = in_words(replace(DELIVERY, artwork=ARTWORK, ai=AiUse(artwork=Disclosure.GENERATIVE)))
    assert painted.findtext(".//Image/ContainsAI") == "Partly"
    assert painted.findtext(".//SoundRecording/ContainsAI") == "None"
    assert painted.findtext(".//Release/ContainsAI") == "Partly"


def test_a_role_that_the_standard_does_not_have_is_sent_as_our_own() -> None:
    drummer = replace(REMIX, performers=(*REMIX.performers, Credit("pty_writer", "Drummer")))
    (value,) = [one for one in in_words(credited(drummer)).iter("Value") if one.text == "UserDefined"]
    assert value.get("UserDefinedValue") == "Drummer"


def test_product_code_and_grid_stand_beside_our_own_number() -> None:
    root = in_words(replace(DELIVERY, upc="036000291452", grid="A12425GABC1234002M"))
    ids = root.find("ReleaseList/Release/ReleaseId")
    assert ids is not None
    assert [one.tag for one in ids] == ["GRid", "ICPN", "ProprietaryId"]


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("isrc", replace(DELIVERY, recording=replace(REMIX, isrc=None))),
        ("parent", replace(DELIVERY, originals=(replace(ORIGINAL, isrc=None),))),
        ("parent", replace(DELIVERY, originals=())),
        ("genre", replace(DELIVERY, recording=replace(REMIX, genre=None))),
        ("type", replace(DELIVERY, recording=replace(REMIX, derivative_type="UGC_VIDEO"))),
        ("artist", replace(DELIVERY, credits=replace(DELIVERY.credits, artists=()))),
        ("ai_roles", replace(DELIVERY, ai=AiUse(sound=Disclosure.GENERATIVE))),
        ("ai_roles", replace(DELIVERY, ai=AiUse(roles=("Musician",)))),
        ("dpid", replace(DELIVERY, destinations=(replace(ALPHA, dpid=""),))),
        ("service", replace(DELIVERY, destinations=(replace(ALPHA, id="gamma"),))),
        ("service", replace(DELIVERY, destinations=())),
        ("feed", replace(DELIVERY, destinations=(Destination("apple", "Apple", Feed.CHECKLIST),))),
    ],
)
def test_what_is_missing_is_told_and_never_guessed(code: str, broken: Delivery) -> None:
    with pytest.raises(ReleaseError) as caught:
        release_message(broken)
    assert [one.code for one in caught.value.found] == [code]
    assert all(one.mend for one in caught.value.found)


def test_everything_missing_is_told_at_once() -> None:
    with pytest.raises(ReleaseError) as caught:
        release_message(replace(DELIVERY, recording=replace(REMIX, isrc=None, genre=None), destinations=()))
    assert {one.code for one in caught.value.found} == {"isrc", "genre", "service"}


def test_a_message_that_offers_more_than_the_licence_is_found_out() -> None:
    message = release_message(DELIVERY)
    wider = replace(message, deals=(replace(message.deals[0], territories=("DE", "US", "JP")), *message.deals[1:]))
    assert any("JP is not in DE, US" in found for found in findings_of(DELIVERY, wider))
    later = replace(message, deals=(replace(message.deals[0], end=date(2028, 6, 1)),))
    assert any("the consent ends on 2028-05-31" in found for found in findings_of(DELIVERY, later))
    narrower = {**LICENCE, "scope": {**LICENCE["scope"], "services": ["alpha"]}}
    assert any(BETA.dpid in found for found in findings_of(replace(DELIVERY, licence=narrower), message))


def test_a_licence_without_end_makes_deals_without_end() -> None:
    open_ended = {**LICENCE, "expires": None}
    assert scope_of(open_ended, [ALPHA]).end is None
    assert in_words(replace(DELIVERY, licence=open_ended)).find(".//EndDate") is None


def test_the_same_records_give_the_same_bytes() -> None:
    assert ern.write(release_message(DELIVERY)) == ern.write(release_message(replace(DELIVERY)))
