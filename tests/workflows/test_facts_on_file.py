"""Quotas count what was licensed, contracts ask whom they name, and a licence is not issued on what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import RightType, ShareStatus
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.consent.codes import Code, Outcome
from ritornello.consent.contracts import ApprovalRight, Contract
from ritornello.consent.errors import ConsentError
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.requests import Request
from ritornello.identifiers.territories import WORLD
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.workflows import consent_desk
from ritornello.workflows.ask import ask
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from tests.web import house as small_house
from tests.web.house import ORIGINAL_ID, PLAN

LATER = cast.ASKED + timedelta(hours=3)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    made = House(tmp_path, engine, Blobs(str(tmp_path / "blobs")), tmp_path / "lake", tmp_path / "keys")
    made.key_folder.mkdir()
    small_house.fill(made)
    yield made
    engine.dispose()


def question(house: House, **changes: object) -> Request:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
    assert original is not None
    return answers.where_all_answered(answers.remix_request(original, PLAN)).changed(at=LATER, **changes)


def limit(house: House, **limits: int) -> None:
    with house.work(cast.ORGANISATION) as work:
        offer = next(one for one in work.consent.offers_of_holder(cast.LABEL))
        terms = offer.terms.adjust({f"limits.{name}": most for name, most in limits.items()})
        work.consent.add_offer(offer.next_version(cast.ASKED + timedelta(minutes=1), terms=terms))
        work.commit()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("max_total", Code.QUOTA_TOTAL),
        ("per_fan", Code.QUOTA_PER_FAN),
        ("per_day", Code.QUOTA_PER_DAY),
        ("per_source", Code.QUOTA_PER_SOURCE),
    ],
)
def test_what_was_licensed_counts_against_the_quota(house: House, name: str, code: Code) -> None:
    limit(house, **{name: 1})
    other = question(house, plan=replace(PLAN, tempo_permille=40))
    (decision,) = ask(house, cast.ORGANISATION, [other])
    assert code in {reason.code for reason in decision.reasons}
    (same,) = ask(house, cast.ORGANISATION, [question(house)])
    assert same.outcome is Outcome.ALLOW, "the licensed derivative itself may still go out"
    limits_of_others = {"per_fan": Outcome.ALLOW}
    somebody = replace(other.person, id="pty_somebody_else")
    (theirs,) = ask(house, cast.ORGANISATION, [other.changed(person=somebody)])
    assert theirs.outcome is limits_of_others.get(name, Outcome.DENY)


def test_the_day_after_the_day_s_quota_is_free_again(house: House) -> None:
    limit(house, per_day=1)
    tomorrow = question(house, plan=replace(PLAN, tempo_permille=40)).changed(at=LATER + timedelta(days=1))
    (decision,) = ask(house, cast.ORGANISATION, [tomorrow])
    assert decision.outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("listed", "parties", "asked"),
    [
        ((ORIGINAL_ID,), (cast.LABEL, cast.PRODUCER), True),
        (("*",), (cast.LABEL, cast.PRODUCER), True),
        (("*",), (cast.DISTRIBUTOR, cast.PRODUCER), False),
        (("rec_another",), (cast.LABEL, cast.PRODUCER), False),
    ],
)
def test_a_contract_asks_whom_it_gives_a_right_of_approval(
    house: House, listed: tuple[str, ...], parties: tuple[str, ...], asked: bool
) -> None:
    contract = Contract(
        id="con_producer",
        kind="producer agreement",
        parties=parties,
        catalogue=listed,
        territories=WORLD,
        valid_from=date(2020, 1, 1),
        valid_until=None,
        recorded_at=cast.REGISTERED,
        approvals=(ApprovalRight(cast.PRODUCER, frozenset({"M_USE"}), "No version without my yes."),),
    )
    with house.work(cast.ORGANISATION) as work:
        work.consent.add_contract(contract)
        work.commit()
    (decision,) = ask(house, cast.ORGANISATION, [question(house)])
    assert (decision.outcome is Outcome.NEEDS_APPROVAL) is asked
    assert (cast.PRODUCER in {holder for holder, _ in decision.askers}) is asked


def test_a_yes_of_yesterday_is_not_licensed_after_a_stop(house: House) -> None:
    (decision,) = ask(house, cast.ORGANISATION, [question(house, plan=replace(PLAN, tempo_permille=40))])
    assert decision.outcome is Outcome.ALLOW
    stopped = LATER + timedelta(hours=1)
    consent_desk.stop(house, cast.ORGANISATION, by=cast.LABEL, reason="a dispute", at=stopped, asset_id=ORIGINAL_ID)
    later = stopped + timedelta(hours=1)
    made = Contribution(Ownership.MAKER_OWNS, own_work_warranty=True, accepted_at=later, evidence_sha256="cd" * 32)
    with pytest.raises(ConsentError, match="would be deny now"):
        consent_desk.license_stored(
            house,
            cast.ORGANISATION,
            decision.id,
            contribution=made,
            new_recording=NewRecording(cast.LABEL, cast.LABEL),
            at=later,
        )
    assert consent_desk.explain(house, cast.ORGANISATION, decision.id).words[0].startswith("allow: REMIX")


def test_after_a_reversion_the_label_that_signed_is_no_longer_asked_and_its_yes_no_longer_counts(house: House) -> None:
    def asked_on(day: date) -> set[tuple[Code, str]]:
        later = question(house, plan=replace(PLAN, tempo_permille=40))
        later = later.changed(at=LATER + timedelta(days=60), use_date=day)
        (decision,) = ask(house, cast.ORGANISATION, [later])
        return {(reason.code, reason.holder) for reason in decision.reasons if reason.right == "M_USE"}

    with house.work(cast.ORGANISATION) as work:
        rows = [
            ShareRow(cast.LABEL, Fraction(1), WORLD, valid_to=date(2026, 7, 1)),
            ShareRow(cast.PRODUCER, Fraction(1), WORLD, valid_from=date(2026, 7, 1)),
        ]
        stated = sheet(ORIGINAL_ID, RightType.MASTER, rows, recorded_at=LATER, status=ShareStatus.AGREED)
        catalogue.record_sheet(work.catalogue, stated)
        work.commit()
    assert asked_on(date(2026, 6, 30)) == {(Code.GRANTED, cast.LABEL)}
    assert asked_on(date(2026, 7, 1)) == {(Code.HOLDER_SILENT, cast.PRODUCER)}


def test_a_co_writer_whom_nobody_knows_blocks_the_song(house: House) -> None:
    with house.work(cast.ORGANISATION) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
        assert original is not None
        rows = [ShareRow(cast.WRITER_A, Fraction(2, 5), WORLD), ShareRow(cast.WRITER_B, Fraction(2, 5), WORLD)]
        stated = sheet(original.work_ids[0], RightType.COMPOSITION, rows, recorded_at=LATER, status=ShareStatus.AGREED)
        catalogue.record_sheet(work.catalogue, stated)
        work.commit()
    later = question(house, plan=replace(PLAN, tempo_permille=40)).changed(at=LATER + timedelta(minutes=1))
    (decision,) = ask(house, cast.ORGANISATION, [later])
    assert decision.outcome is Outcome.DENY
    assert (Code.SHARES_INCOMPLETE, "C_ARR") in {(reason.code, reason.right) for reason in decision.reasons}
