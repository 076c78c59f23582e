"""Who has to say yes, from the catalogue: by right, territory and day, in person where the right is a person's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from ritornello.catalogue.model import Credit, OwnershipShare, Recording, RightType, Work
from ritornello.consent.facts import SourceFacts, Standing
from ritornello.consent.holders import reaches_of, required_of
from ritornello.identifiers.territories import WORLD, TerritorySet
from tests.consent.song import AT, LABEL, LYRICIST, PUBLISHER, SINGER, WRITER

SONG = Recording(
    "rec_1", "Song", work_ids=("wrk_1",), main_artist=SINGER, label="lab_1",
    performers=(Credit(SINGER, "Vocalist"), Credit("pty_producer", "Producer"), Credit("pty_drums", "Drummer")),
)  # fmt: skip
WORK = Work("wrk_1", "Song", writers=(Credit(WRITER, "Composer"), Credit(LYRICIST, "Lyricist")))
JAPAN = TerritorySet.parse("JP")


def owned(
    party: str, asset: str, right: RightType, territories: TerritorySet, share: Fraction, **days: date
) -> OwnershipShare:
    spans = {"valid_from": days.get("since"), "valid_to": days.get("until")}
    name = f"shr_{party}_{asset}_{territories.mask}_{days}"
    return OwnershipShare(
        name, asset, right, party, territories, share, recorded_at=AT, sheet_id=f"sht_{asset}", **spans
    )


HALF = Fraction(1, 2)
SHARES = (
    owned(LABEL, "rec_1", RightType.MASTER, WORLD - JAPAN, Fraction(1)),
    owned("pty_japan", "rec_1", RightType.MASTER, JAPAN, Fraction(1), since=date(2026, 1, 1)),
    owned("pty_before", "rec_1", RightType.MASTER, JAPAN, Fraction(1), until=date(2026, 1, 1)),
    owned(PUBLISHER, "wrk_1", RightType.COMPOSITION, WORLD, HALF),
    owned(LYRICIST, "wrk_1", RightType.COMPOSITION, WORLD, HALF),
)


def facts_on(day: date, standings: dict[str, Standing] | None = None) -> SourceFacts:
    required = required_of(SONG, [WORK], SHARES, standings or {}, day=day, known_at=AT)
    return SourceFacts("rec_1", required, (), reaches_of(SONG, ["rel_1"]))


def test_owners_by_territory_and_day_of_use() -> None:
    def owners(day: date) -> dict[str, str]:
        return {entry.party: str(entry.territories) for entry in facts_on(day).by_right["M_USE"]}

    assert owners(date(2026, 5, 3)) == {LABEL: "WW ex JP", "pty_japan": "JP"}
    assert owners(date(2025, 5, 3)) == {LABEL: "WW ex JP", "pty_before": "JP"}


def test_shares_reach_the_whole_in_every_pool() -> None:
    known = facts_on(date(2026, 5, 3))
    for right in ("M_USE", "C_ARR", "C_MECH", "TRAIN", "P_ECON"):
        assert known.share_gaps(right) == (0, 0, 0), right


def test_persons_are_asked_in_person() -> None:
    rights = facts_on(date(2026, 5, 3)).by_right
    assert {entry.party for entry in rights["A_MORAL"]} == {WRITER, LYRICIST}
    assert {entry.party for entry in rights["VOICE"]} == {SINGER, "pty_drums"}, "a producer does not perform in it"
    assert {entry.party for entry in rights["NAME"]} == {SINGER}
    assert SINGER in {entry.party for entry in rights["TRAIN"]}, "training is asked of the person too"


def test_standings_are_the_partys() -> None:
    rights = facts_on(date(2026, 5, 3), {WRITER: Standing.ESTATE, LABEL: Standing.COMPANY}).by_right
    assert {entry.party: entry.standing for entry in rights["A_MORAL"]} == {WRITER: "estate", LYRICIST: "person"}


def test_what_reaches_a_recording() -> None:
    reaches = [str(entry) for entry in reaches_of(SONG, ["rel_1"])]
    assert reaches == [
        "recording:rec_1",
        "release:rel_1",
        "work:wrk_1",
        f"artist:{SINGER}",
        "label:lab_1",
        "catalogue:all",
    ]
