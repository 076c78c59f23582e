"""ERN 4.3.2: the writer's bytes, the schema gate, and one message per rule that the schema accepts and we refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from ritornello.messages import ern
from ritornello.messages.ern_schema import PINNED
from tests.messages.remix_message import (
    LABEL,
    MESSAGE,
    PARENT,
    RECORDING,
    SCOPE,
    SERVICE,
    with_deal,
    with_header,
    with_recording,
    with_release,
)
from tests.shared_material import DDEX

GENERATIVE = ern.Contributor(("Musician",), special="GenerativeAI")
OTHER = ern.MessagingParty("PADPIDA2009101501Y", "Other")

# code → a message that the schema accepts and the rule of that code refuses
REFUSED: list[tuple[str, ern.NewReleaseMessage]] = [
    ("bad_isrc", with_recording(isrc="DEA4526000")),
    ("not_normalised", with_recording(isrc="DE-A45-26-00002")),
    ("bad_iswc", with_recording(iswcs=("T0702472795",))),
    ("bad_upc_ean", with_release(id=ern.ReleaseId(icpn="036000291453"))),
    ("bad_grid", with_release(id=ern.ReleaseId(grid="A12425GABC1234002N", icpn="036000291452"))),
    ("no_release_id", with_release(id=ern.ReleaseId())),
    ("bad_dpid", with_header(sender=ern.MessagingParty("PADPIDA2014999999Z", "House Label"))),
    ("bad_isni", replace(MESSAGE, parties=(ern.Party("P1", "A", isni="0000000121032684"), *MESSAGE.parties[1:]))),
    ("avs_version", replace(MESSAGE, avs_version="99")),
    ("unknown_reference", with_recording(artists=(ern.DisplayArtist("P9"),))),
    ("unknown_reference", with_recording(contributors=(ern.Contributor(("Remixer",), party="P9"),))),
    ("unknown_reference", with_recording(related=(ern.Related("HasContentFrom", reference="A9"),))),
    ("unknown_reference", with_release(label="P9")),
    ("unknown_reference", with_release(resources=("A1", "A9"))),
    ("unknown_reference", with_deal(releases=("R0", "R1", "R9"))),
    ("outside_release", with_release(cover=None)),
    ("no_deal", with_deal(releases=("R0",))),
    ("reference_twice", replace(MESSAGE, parties=(*MESSAGE.parties, ern.Party("P1", "Somebody else")))),
    ("isrc_twice", replace(MESSAGE, recordings=(RECORDING, replace(RECORDING, reference="A3", files=())))),
    ("ai_none_with_generative", with_recording(contributors=(*RECORDING.contributors, GENERATIVE))),
    ("ai_none_with_generative", with_recording(contributors=(ern.Contributor(("Remixer",), party="P2", ai="Partly"),))),
    ("ai_all_with_people", with_recording(contains_ai="All")),
    ("ai_without_contributor", with_recording(contains_ai="Partly")),
    ("ai_contradiction", with_recording(contains_ai="Partly", contributors=(replace(GENERATIVE, ai="None"),))),
    (
        "ai_all_by_person",
        with_recording(contains_ai="Partly", contributors=(ern.Contributor(("Remixer",), party="P2", ai="All"),)),
    ),
    ("ai_of_release", with_release(contains_ai="Partly")),
    ("ai_of_release", replace(MESSAGE, images=(replace(MESSAGE.images[0], contains_ai="All"),))),
    ("release_date", with_release(release_date=date(2026, 9, 3))),
    ("deal_dates", with_deal(end=date(2026, 9, 1))),
    ("deal_before_release", with_deal(start=date(2026, 9, 2))),
    ("deal_before_release", with_deal(start=date(2026, 9, 1), end=date(2026, 9, 3))),
    ("line_year", with_recording(p_line=ern.Line(2062, "House Label"))),
    ("isrc_of_parent", with_recording(isrc=PARENT)),
    ("no_remixer", with_recording(contributors=())),
    ("no_parent", with_recording(related=())),
    ("parent_missing", with_recording(related=(ern.Related("HasContentFrom", isrc="DEA452600009"),))),
    ("no_parent", with_recording(is_cover=True)),
    ("not_marked_cover", with_recording(related=(*RECORDING.related, ern.Related("IsCoverOf", isrc=PARENT)))),
    ("cover_with_remixer", with_recording(is_cover=True, related=(ern.Related("IsCoverOf", isrc=PARENT),))),
    ("duration", with_recording(duration_ms=0)),
    ("no_main_artist", with_recording(artists=(ern.DisplayArtist("P1", "FeaturedArtist"),))),
    ("empty", with_recording(title=ern.Title(" "))),
    ("empty", with_header(message_id=" ")),
    ("parental", with_recording(parental="Explicit")),
    ("beyond_consent_territory", with_deal(territories=("DE", "US", "JP"))),
    ("beyond_consent_territory", with_deal(territories=(), excluded=("JP",))),
    ("beyond_consent_territory", with_deal(territories=("Worldwide",))),
    ("beyond_consent_time", with_deal(end=date(2028, 9, 1))),
    ("beyond_consent_time", with_deal(end=None)),
    ("beyond_consent_time", with_deal(start=date(2026, 8, 31))),
    ("beyond_consent_use", with_deal(uses=("OnDemandStream", "UseForTrainingGenerativeAI"))),
    ("beyond_consent_service", with_deal(channels=(OTHER,))),
    (
        "beyond_consent_service",
        replace(with_header(recipients=(OTHER,)), deals=(replace(MESSAGE.deals[0], channels=()),)),
    ),
]


def test_a_right_message_has_no_finding() -> None:
    assert ern.check(MESSAGE, SCOPE, parents=[PARENT]) == ()


@pytest.mark.parametrize(("code", "message"), REFUSED, ids=[f"{n}-{code}" for n, (code, _) in enumerate(REFUSED)])
def test_each_rule_refuses_its_message(code: str, message: ern.NewReleaseMessage) -> None:
    found = {finding.code: finding for finding in ern.check(message, SCOPE, parents=[PARENT])}
    assert code in found
    assert found[code].severity == "error" and found[code].field


def test_a_contributor_is_one_of_two() -> None:
    neither = with_recording(contributors=(*RECORDING.contributors, ern.Contributor(("Remixer",))))
    assert "contributor" in {found.code for found in ern.check(neither)}
    assert "no_recipient" in {found.code for found in ern.check(with_header(recipients=()))}
    naive = MESSAGE.header.created_at.replace(tzinfo=None)
    assert "created_at" in {found.code for found in ern.check(with_header(created_at=naive))}
    assert "bad_territory" in {found.code for found in ern.check(with_deal(territories=("QQ",)), SCOPE)}


def test_a_claim_may_run_before_the_release() -> None:
    claim = with_deal(
        start=date(2026, 9, 1),
        models=("RightsClaimModel",),
        uses=("UserMakeAvailableUserProvided",),
        claim_policies=(ern.ClaimPolicy("Monetize", Decimal("30")),),
    )
    assert ern.check(claim, SCOPE, parents=[PARENT]) == ()


def test_the_same_records_give_the_same_bytes() -> None:
    content = ern.write(MESSAGE)
    assert content == ern.write(replace(MESSAGE))
    assert content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<ern:NewReleaseMessage")
    root = etree.fromstring(content)
    assert root.findtext(".//SoundRecording/SoundRecordingEdition/ResourceId/ISRC") == "DEA452600002"
    assert root.findtext(".//RelatedResource/ResourceId/ISRC") == PARENT
    assert root.findtext(".//RelatedResource/Timing/DurationUsed") == "PT1M0S"
    assert root.findtext(".//SoundRecording/ContainsAI") == "None"
    assert root.findtext(".//SoundRecording/PLine") is None  # ℗ lives in the edition
    assert [e.text for e in root.iterfind(".//DealTerms/TerritoryCode")] == ["DE", "US"]
    assert root.findtext(".//DealTerms/DistributionChannel/PartyId/DPID") == SERVICE
    assert root.findtext(".//SoundRecording/DisplayTitle/SubTitle") == "Fan Remix"
    assert root.findtext(".//MessageHeader/MessageCreatedDateTime") == "2026-08-20T09:30:00Z"


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0, "PT0M0S"), (221_500, "PT3M41.5S"), (3_600_000, "PT60M0S"), (59_999, "PT0M59.999S")]
)
def test_durations(milliseconds: int, text: str) -> None:
    assert ern.duration(milliseconds) == text


def test_without_a_folder_it_says_that_the_schema_was_not_asked() -> None:
    (found,) = ern.validate_schema(ern.write(MESSAGE), None)
    assert (found.code, found.severity) == ("no_schema", "warning")


def test_a_folder_without_the_pinned_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ern.SchemaError, match="is not in"):
        ern.validate_schema(b"<x/>", tmp_path)
    for name in PINNED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>")
    with pytest.raises(ern.SchemaError, match="SHA-256"):
        ern.validate_schema(b"<x/>", tmp_path)


if DDEX is not None:
    XSD = DDEX / "xsd"

    def test_the_schema_accepts_the_right_message() -> None:
        assert ern.validate_schema(ern.write(MESSAGE), XSD) == ()

    @pytest.mark.parametrize(("code", "message"), REFUSED, ids=[f"{n}-{code}" for n, (code, _) in enumerate(REFUSED)])
    def test_the_schema_accepts_what_our_rules_refuse(code: str, message: ern.NewReleaseMessage) -> None:
        assert ern.validate_schema(ern.write(message), XSD) == ()

    def test_the_schema_accepts_a_claim_policy_and_a_generative_recording() -> None:
        generative = with_recording(contains_ai="Partly", contributors=(*RECORDING.contributors, GENERATIVE))
        message = replace(
            generative,
            release=replace(MESSAGE.release, contains_ai="Partly"),
            deals=(
                *MESSAGE.deals,
                replace(
                    MESSAGE.deals[0],
                    models=("RightsClaimModel",),
                    uses=("UserMakeAvailableUserProvided",),
                    claim_policies=(ern.ClaimPolicy("Monetize", Decimal("30")),),
                ),
            ),
        )
        assert ern.check(message, SCOPE, parents=[PARENT]) == ()
        assert ern.validate_schema(ern.write(message), XSD) == ()

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"RemixVersion", b"IsRemixOf"),
            (b"<TerritoryCode>DE", b"<TerritoryCode>QQ"),
            (LABEL.encode(), b"NODPID"),
            (b"<Duration>", b"<Unknown/><Duration>"),
            (b"</ern:NewReleaseMessage>", b""),
        ],
    )
    def test_the_schema_refuses_with_a_line(old: bytes, new: bytes) -> None:
        found = ern.validate_schema(ern.write(MESSAGE).replace(old, new, 1), XSD)
        assert found and all(one.severity == "error" and one.row for one in found)

    def test_hostile_xml_is_refused_and_fetches_nothing() -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
        assert ern.validate_schema(bomb, XSD)

    def test_a_document_type_is_refused_where_the_schema_would_not_see_it() -> None:
        content = ern.write(MESSAGE)
        declared = content.replace(b"<ern:New", b'<!DOCTYPE x [<!ENTITY t "Another">]>\n<ern:New', 1)
        (found,) = ern.validate_schema(declared, XSD)
        assert found.code == "doctype"
