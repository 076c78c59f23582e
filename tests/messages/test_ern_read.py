"""Messages back into records: ours come back as they were, and what has no place in the records is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import ern
from ritornello.messages.ern_read import milliseconds
from tests.messages.remix_message import LABEL, MESSAGE, PARENT, RECORDING, SCOPE, SERVICE, with_deal, with_recording

CONTENT = ern.write(MESSAGE)
CLAIM = ern.ClaimPolicy("Monetize", Decimal("30.5"))
VARIANTS = {
    "as it is": MESSAGE,
    "without deals": replace(MESSAGE, deals=()),
    "world except one": with_deal(territories=(), excluded=("JP",)),
    "claims": with_deal(models=("RightsClaimModel",), claim_policies=(CLAIM, ern.ClaimPolicy("BlockAccess"))),
    "open end": with_deal(end=None),
    "test, on behalf": replace(
        MESSAGE, header=replace(MESSAGE.header, test=True, on_behalf_of=ern.MessagingParty(SERVICE, "A"))
    ),
    "generative": with_recording(
        contains_ai="Partly", contributors=(ern.Contributor(("Musician",), special="GenerativeAI", ai="All"),)
    ),
    "own role": with_recording(
        contributors=(ern.Contributor(("Remixer",), party="P2", own_roles=((LABEL, "Drummer"),)),)
    ),
    "related here": with_recording(related=(ern.Related("IsEditedVersionOf", reference="A1"),)),
    "bare": replace(
        with_recording(files=(), iswcs=(), related=(), proprietary_ids=(), version_types=(), title=ern.Title("R")),
        images=(),
        release=replace(MESSAGE.release, cover=None, release_date=None, original_release_date=None),
        profile=None,
    ),
    "flags": with_recording(is_cover=True, is_instrumental=True, language="de", parental="Explicit"),
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_what_was_written_is_read_again(name: str) -> None:
    assert ern.read(ern.write(VARIANTS[name])) == (VARIANTS[name], ())


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(
    lambda text: not any(ord(one) in (0xFFFE, 0xFFFF) for one in text)
)


@given(
    WORDS,
    WORDS,
    st.integers(0, 40_000_000),
    st.lists(WORDS, max_size=3),
    st.dates(date(1900, 1, 1), date(2999, 1, 1)),
    st.sampled_from([(), ("DE",), ("Worldwide",)]),
)
def test_any_words_and_times_survive(
    title: str, name: str, length: int, genres: list[str], day: date, territories: tuple[str, ...]
) -> None:
    message = replace(
        with_recording(title=ern.Title(title, name), duration_ms=length),
        parties=tuple(ern.Party(f"P{number}", text) for number, text in enumerate([name, *genres], 1)),
        deals=(replace(MESSAGE.deals[0], start=day, end=day, territories=territories),),
    )
    assert ern.read(ern.write(message)) == (message, ())


@pytest.mark.parametrize("length", [0, 1, 999, 1000, 59_999, 60_000, 221_500, 3_599_999, 3_600_000, 86_400_001])
def test_durations_are_read_as_they_are_written(length: int) -> None:
    assert milliseconds(ern.duration(length)) == length


@pytest.mark.parametrize(
    ("text", "length"), [("PT2M28S", 148_000), ("PT1H2M3S", 3_723_000), ("PT90S", 90_000), ("PT1H", 3_600_000)]
)
def test_other_senders_durations(text: str, length: int) -> None:
    assert milliseconds(text) == length


@pytest.mark.parametrize(
    "text", ["", "PT", "P1D", "-PT3S", "PT-3S", "PT3", "3S", "PT1S2M", "PT1.5M", "PT0.0001S", "PT.S"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError):
        milliseconds(text)


def test_bytes_are_checked_like_records() -> None:
    content = CONTENT.replace(b"DEA452600002", b"DEA4526000")
    message, _ = ern.read(content)
    assert "bad_isrc" in {found.code for found in ern.check(message, SCOPE, parents=[PARENT])}
    assert ern.check(ern.read(CONTENT)[0], SCOPE, parents=[PARENT]) == ()


def test_what_has_no_place_in_the_records_is_told_with_its_line() -> None:
    more = CONTENT.replace(
        b"<ContainsAI>None</ContainsAI>\n      <IsCover>",
        b"<CourtesyLine><CourtesyLineText>by courtesy</CourtesyLineText></CourtesyLine><IsCover>",
    )
    assert more != CONTENT
    message, (left,) = ern.read(more)
    assert (left.code, left.severity) == ("not_read", "warning")
    assert left.field == "ResourceList/SoundRecording/CourtesyLine" and left.row
    assert message.recordings[0].isrc == RECORDING.isrc


def without(tag: bytes) -> bytes:
    lines = CONTENT.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.strip().startswith(b"<" + tag + b">"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no XML"),
        (CONTENT[:-200], "no XML"),
        (b"<a/>", "its root is a"),
        (CONTENT.replace(b"ern/432", b"ern/43"), "its root is"),
        (without(b"MessageId"), "has no MessageId"),
        (without(b"MessageCreatedDateTime"), "has no MessageCreatedDateTime"),
        (without(b"StartDate"), "no StartDate"),
        (without(b"TitleText"), "has no TitleText"),
        (CONTENT.replace(b"PT1M35.5S", b"soon"), "Duration in line"),
        (CONTENT.replace(b"2028-08-31", b"2028-02-31"), "EndDate in line"),
        (CONTENT.replace(b"<IsCover>false", b"<IsCover>maybe"), "IsCover in line"),
        (CONTENT.replace(b"<StartPoint>0.000", b"<StartPoint>NaN"), "StartPoint in line"),
        (CONTENT.replace(b"<FileSize>1000", b"<FileSize>" + b"9" * 9000), "FileSize in line"),
    ],
)
def test_what_is_no_message_is_refused_with_the_place(content: bytes, told: str) -> None:
    with pytest.raises(ern.UnreadableMessage, match=told):
        ern.read(content)


DECLARED = CONTENT.replace(b"<ern:New", b'<!DOCTYPE x [<!ENTITY t "Another Title">]>\n<ern:New', 1).replace(
    b"<TitleText>Return", b"<TitleText>&t;", 1
)


def test_a_declared_entity_does_not_slip_a_text_past_us() -> None:
    with pytest.raises(ern.UnreadableMessage, match="document type"):
        ern.read(DECLARED)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    with pytest.raises(ern.UnreadableMessage):
        ern.read(bomb)


@given(st.integers(0, len(CONTENT) - 1), st.binary(max_size=3))
def test_damage_is_refused_or_read_and_never_breaks_the_reader(place: int, instead: bytes) -> None:
    try:
        message, _ = ern.read(CONTENT[:place] + instead + CONTENT[place + 1 :])
    except ern.UnreadableMessage:
        return
    ern.check(message, SCOPE, parents=[PARENT])


def test_a_rights_line_that_is_only_a_text_gives_year_and_company() -> None:
    old = b"<PLineCompany>House Label</PLineCompany>"
    assert old in CONTENT
    bare = CONTENT.replace(old, b"").replace("℗ 2026 House Label".encode(), b"(P) 2026 House Label GmbH")
    assert ern.read(bare)[0].recordings[0].p_line == ern.Line(2026, "House Label GmbH")


def test_the_time_of_a_message_keeps_its_zone() -> None:
    content = CONTENT.replace(b"2026-08-20T09:30:00Z", b"2026-08-20T11:30:00+02:00")
    assert ern.read(content)[0].header.created_at == datetime(2026, 8, 20, 9, 30, tzinfo=UTC)
