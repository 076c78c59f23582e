"""A small house for page tests: the demo's cast and answers, real decisions, a licence, and a derivative with its
lineage. Only the sound is made up (two tones with a drawn-up analysis), so that filling it takes no time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Credit, Recording, Stem
from ritornello.catalogue.shares import sheet
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.requests import Plan
from ritornello.messages import sheets
from ritornello.messages.dialects import BELIEVE
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.royalty.approval import RunState
from ritornello.studio.records import Heard, Render
from ritornello.usage.model import Source
from ritornello.workflows import ask
from ritornello.workflows.close_period import (
    AccountingPeriod,
    close,
    run_period,
    step,
    waiting,
    write_statements,
)
from ritornello.workflows.demo import answers, cast, money
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import edges_of, license_decision
from ritornello.workflows.take_in_usage import take_in_usage
from tests.studio.recipes import remix
from tests.web import examples
from tests.web.conftest import tone

ORIGINAL_ID, REMIX_ID = "rec_demo_ritornello", "rec_demo_remix"
RATE = 44_100
SECONDS = 60
REMIX_ISRC = "DEXX12600002"
MAKER = "maker@example.org"
PLAYS = (
    ("Ritornello", "DEXX12600001", "Alpha Music", "Germany", 61_000, "244,12"),
    ("Ritornello", "DEXX12600001", "Beta Sounds", "Japan", 20_500, "61,5034"),
    ("Ritornello (Night Bus Remix)", REMIX_ISRC, "Alpha Music", "Germany", 120_400, "481,60"),
    ("Ritornello (Night Bus Remix)", REMIX_ISRC, "Alpha Music", "Germany", 33, "0,1315"),
    ("Ritornello (Night Bus Remix)", REMIX_ISRC, "Beta Sounds", "United States", 48_111, "302,447"),
    ("Ritornello (Night Bus Remix)", REMIX_ISRC, "Alpha Music", "Brazil", 900, "2,70"),
    ("Somebody's Song", "QZTST2600099", "Alpha Music", "Germany", 700, "2,80"),
)
"""Title, ISRC, service, territory, plays, EUR: the last matches nothing, the one before lies outside the licence."""
PLAN = Plan(tempo_permille=60, key_cents=200, structure="reorder", original_permille=800, added_permille=200)


def fill(house: House) -> None:
    """Everything up to a derivative that is linked to its original."""
    found(house)
    with house.work(cast.ORGANISATION) as work:
        original = _register(house, work)
        work.commit()
    request = answers.remix_request(original, PLAN)
    every = (request, answers.too_fast(request), answers.where_all_answered(request))
    decisions = ask.ask(house, cast.ORGANISATION, every)
    signed = license_decision(
        house,
        cast.ORGANISATION,
        decisions[2],
        contribution=Contribution(
            Ownership.MAKER_LICENSES_BACK, own_work_warranty=True, accepted_at=cast.ASKED, evidence_sha256="cd" * 32
        ),
        new_recording=NewRecording(cast.LABEL, cast.LABEL),
        at=cast.ASKED,
    )
    with house.work(cast.ORGANISATION) as work:
        _make(house, work, original, signed.payload)
        work.log.sign_head(house.keys(cast.ASKED), cast.ASKED)
        work.commit()


def settle(house: House) -> None:
    """July's reports, the run, the posting, and everybody's statement."""
    sheet_file = house.home / "believe-july.csv"
    sheet_file.write_bytes(sheets.write(BELIEVE, [_row(*one) for one in PLAYS]))
    with house.work(cast.ORGANISATION) as work:
        terms = {**money.terms_document()}
        terms.pop("rates", None)
        work.royalty.add_terms(terms, cast.REPORTED, "per_test")
        derivative = work.catalogue.recording(REMIX_ID)
        assert derivative is not None
        work.catalogue.save_recording(replace(derivative, isrc=REMIX_ISRC))
        work.commit()
    source = Source("believe", "Believe", services={"Alpha Music": cast.ALPHA, "Beta Sounds": cast.BETA})
    taken = take_in_usage(house, cast.ORGANISATION, [sheet_file], source, cast.REPORTED)
    assert not taken.refused, taken.findings
    period = AccountingPeriod("2026-07", *cast.PERIOD)
    ran = run_period(house, cast.ORGANISATION, period, cast.RUN_ON, "per_one")
    explained = dict.fromkeys(waiting(ran.record, ran.result), "asked the service; answer expected in September")
    for number, state in enumerate((RunState.REVIEWED, RunState.APPROVED, RunState.POSTED)):
        step(house, cast.ORGANISATION, ran, state, cast.RUN_ON, f"per_{number}", explained)
    close(house, cast.ORGANISATION, ran, cast.RUN_ON, "per_9")
    write_statements(house, cast.ORGANISATION, ran, cast.RUN_ON)


def _row(title: str, isrc: str, service: str, territory: str, units: int, amount: str) -> dict[Any, str]:
    return {
        "reporting_period": "2026-08",
        "use_period": "2026-07",
        "service": service,
        "territory": territory,
        "title": title,
        "artist": "Ilse Varga",
        "isrc": isrc,
        "units": str(units),
        "amount": amount,
        "currency": "EUR",
        "use_type": "Stream",
    }


def found(house: House) -> None:
    """The organisation and its people: an owner, an auditor, and the fan who made the remix."""
    with house.work(cast.ORGANISATION) as work:
        people.found_organisation(work.people, cast.ORGANISATION, cast.ORGANISATION_NAME, cast.REGISTERED)
        for role in Role:
            party = cast.FAN if role is Role.FAN else None
            email = MAKER if role is Role.FAN else f"{role}@example.org"
            name = role.value.replace("_", " ").capitalize()
            people.admit(work.people, cast.ORGANISATION, email, name, [role], cast.REGISTERED, party)
        work.commit()


def link(house: House, email: str, at: Any) -> str:
    """A sign-in link's path for one of them."""
    with house.work(cast.ORGANISATION) as work:
        person = work.people.person_by_email(email)
        assert person is not None
        token, _ = people.make_sign_in_link(work.people, cast.ORGANISATION, person.id, at, timedelta(hours=1))
        work.commit()
    return f"/sign-in/{token}"


def _register(house: House, work: Any) -> Recording:
    for player in cast.PLAYERS:
        people.register_party(work.people, player.details.party_id, player.kind, cast.REGISTERED)
        people.record_details(work.people, player.details, cast.REGISTERED)
    work.catalogue.save_work(cast.WORK)
    audio = tone(SECONDS, 220)
    original = replace(
        cast.recording("Ritornello"),
        duration_ms=SECONDS * 1000,
        pcm_sha256=sha256_hex(audio),
        audio_key=house.blobs.put(audio),
    )
    work.catalogue.save_recording(original)
    for part in ("drums", "bass", "harmony", "lead"):
        work.catalogue.save_stem(Stem(f"stm_{part}", original.id, part, original.audio_key or "", "b" * 64))
    assets = {"master": original.id, "composition": cast.WORK.id}
    for right, rows in cast.SHEETS:
        stated = sheet(assets[right.value], right, rows(), recorded_at=cast.REGISTERED, source="label")
        catalogue.record_sheet(work.catalogue, stated)
    work.studio.save_heard(_heard(original.id, SECONDS, 100_000, 9))
    for answer in answers.ANSWERS:
        work.consent.add_offer(answers.offer_of(answer, original))
    for licence in answers.service_licences():
        work.consent.add_service_licence(licence, cast.REGISTERED)
    return original


def _heard(recording_id: str, seconds: int, milli_bpm: int, tonic: int) -> Heard:
    beat = RATE * 60_000 // milli_bpm
    frames = seconds * RATE
    third = frames // 3
    analysis = {
        "v": 1,
        "rate": RATE,
        "frames": frames,
        "tempo": {"milli_bpm": milli_bpm, "confidence": 900, "constant": True, "alternatives": []},
        "metre": 4,
        "metre_confidence": 900,
        "key": {"tonic": tonic, "mode": "minor", "confidence": 800, "tuning_centi_cents": 0},
        "loudness": {"centi_lufs": -1260, "centi_dbtp": -110},
        "beats": list(range(0, frames, beat)),
        "downbeats": list(range(0, frames, 4 * beat)),
        "chords": [],
        "sections": [[0, third, "A"], [third, 2 * third, "B"], [2 * third, frames, "A"]],
    }
    shape = (0.5, 0.6, 0.95, 0.9, 0.55, 0.6)
    return Heard(recording_id, "ab" * 32, analysis, examples.peaks(tonic, shape, 1800), cast.REGISTERED)


def _make(house: House, work: Any, original: Recording, licence: Any) -> None:
    recipe = remix()
    seconds = SECONDS * 1000 // 1060
    derivative = replace(
        original,
        id=REMIX_ID,
        title="Ritornello",
        version_title="Night Bus Remix",
        isrc=None,
        performers=(*original.performers, Credit(cast.FAN, "Remixer")),
        duration_ms=seconds * 1000,
        audio_key=house.blobs.put(tone(seconds, 247)),
        kind="derivative",
        derivative_type="REMIX",
    )
    manifest = {
        "v": 1,
        "recipe": recipe.to_document(),
        "bounds": licence["bounds"],
        "output": {"rate": RATE, "beats": [], "downbeats": [], "frames": seconds * RATE},
    }
    measurement = {
        "tempo_permille": 1060,
        "key_cents": 200,
        "reordered_permille": 500,
        "kept_permille": 1000,
        "used_ms": SECONDS * 1000,
        "original_permille": 780,
        "added_permille": 220,
        "margin_permille": 20,
        "vocals": "none",
        "lufs_centi": -1400,
        "dbtp_centi": -120,
        "structure": "reorder",
        "confidence": {"tempo": 950, "key": 900, "structure": 950, "share": 900},
    }
    work.catalogue.save_recording(derivative)
    work.studio.save_heard(_heard(REMIX_ID, seconds, 106_000, 11))
    work.studio.add_render(
        Render(REMIX_ID, licence["id"], recipe.id, manifest, measurement, cast.ASKED, {"s0": original.id})
    )
    catalogue.link(work.catalogue, REMIX_ID, edges_of(work, licence, REMIX_ID), cast.ASKED)
