"""The papers of one quarter at a small label, as a folder of files: what moves in, what was reported month by month.

Five senders: a DistroKid sheet in dollars, a YouTube sheet of days, a DSR report in two files, a sheet that nobody has
seen before (decimal comma, title and total rows, brackets for below zero, three currencies), and a service's report of
what people made inside it. A remix of the label's song rests on a licence that four holders' answers allow.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Credit, Recording
from ritornello.consent.drafts import offer_of_draft
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.requests import Request
from ritornello.messages import dsr, sheets
from ritornello.messages.dialects import DISTROKID, YOUTUBE
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.people.roles import Role
from ritornello.proof.ids import stable_id
from ritornello.royalty.opening_sheets import template
from ritornello.studio.records import Render
from ritornello.usage.model import Exchange, Source
from ritornello.workflows import opening, usage_desk
from ritornello.workflows.ask import ask
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import edges_of, license_decision
from ritornello.workflows.take_in_usage import take_in_usage
from tests.messages.dsr_reports import HEAD, block, summary

HARBOUR, FERRY, SALT, LANTERN = (f"DEAB1260000{number}" for number in (1, 2, 3, 9))
REMIX = "DEAB12600101"
WORK = "T0702472794"
TITLES = {HARBOUR: "Harbour Song", FERRY: "Night Ferry", SALT: "Salt", LANTERN: "Lantern", REMIX: "Harbour Song"}
ORGANISATION = stable_id("org", "quay records")
"""What `ritornello house found "Quay Records"` calls it."""
START = datetime(2026, 7, 1, 8, tzinfo=UTC)
FLOWS = [{"name": "stream"}, {"name": "ugc"}, {"name": "adjustment"}]
STATED = {"payable": "262.40", "reserve": "5", "unrecouped": "100", "costs": "30"}
OPENING: dict[str, list[tuple[Any, ...]]] = {
    "recordings": [
        (HARBOUR, "Harbour Song", "", "mina", WORK, "Harbour Song"),
        (FERRY, "Night Ferry", "", "mina", "", ""),
        (SALT, "Salt", "Live", "cleo", "", ""),
    ],
    "contracts": [("C-1", "quay", "mina", "25 %"), ("C-2", "quay", "cleo", 0.2, "", "", "", "", SALT)],
    "splits": [
        (HARBOUR, "master", "quay", "100 %"),
        (FERRY, "master", "quay", "60 %"),
        (FERRY, "master", "north", "40 %"),
        (SALT, "master", "quay", 1),
        (WORK, "composition", "lowell", "100 %"),
    ],
    "payees": [
        ("quay", "Quay Records", "company", "DE", "pay@quay.example", "DE89370400440532013000", "", ""),
        ("mina", "Mina Holt", "person", "DE", "mina@quay.example", "DE75512108001245126199", "", 10),
        ("cleo", "Cleo Brandt", "person", "AT", "cleo@quay.example", "", "", ""),
        ("north", "North Masters", "company", "DE", "", "DE27100777770209299700", "", ""),
        ("lowell", "Lowell Writers", "person", "DE", "", "DE02120300000000202051", "", ""),
    ],
    "balances": [
        ("payable", "mina", "C-1", 12.4),
        ("payable", "quay", "direct", 250),
        ("reserve", "cleo", "C-2", 5),
        ("unrecouped", "mina", "C-1", 100),
    ],
    "costs": [("video", "cleo", "C-2", 30, "cost")],
}
"""What the older system held: rows below the headings of the template."""
SOURCES: dict[str, dict[str, Any]] = {
    "kid": {
        "id": "kid",
        "name": "DistroKid",
        "services": {"Spotify": "spotify", "Deezer": "deezer"},
        "called": {"spotify": "Spotify", "deezer": "Deezer"},
        "currency": "USD",
    },
    "tube": {"id": "tube", "name": "YouTube", "called": {"youtube": "YouTube"}, "currency": "USD"},
    "alpha": {
        "id": "alpha",
        "name": "Alpha",
        "services": {"alpha-premium": "alpha"},
        "called": {"alpha": "Alpha Music"},
    },
    "bay": {"id": "bay", "name": "Bay Sounds", "called": {"bay": "Bay Sounds"}},
}
CREATION = "c-77"
CREATIONS = (
    "Derivative ID,Parent ISRCs,Type,Territory,Created At,Maker,Title\r\n"
    f"{CREATION},{HARBOUR},SPEED_PITCH,DE,2026-07-03T20:15:00Z,u_4711,Harbour Song sped up\r\n"
    f"c-78,{FERRY}|{LANTERN},MASHUP,FR,2026-07-09T08:00:00Z,u_12,\r\n"
)
MAPPING = {"use_period": "Monat", "territory": "Land", "title": "Stück", "units": "Abrufe", "amount": "Anteil Label"}

Kid = tuple[str, str, str, int, str]
"""ISRC, store, country, quantity, USD."""


def kid(path: Path, month: str, reported: str, rows: Sequence[Kid]) -> Path:
    """A sheet as DistroKid's customers download it."""
    told: list[Mapping[Any, str]] = [
        {
            "reporting_period": reported,
            "use_period": month,
            "service": store,
            "territory": country,
            "title": TITLES.get(isrc, "Unknown"),
            "artist": "Cleo Brandt" if isrc == SALT else "Mina Holt",
            "isrc": isrc,
            "units": str(units),
            "amount": usd,
        }
        for isrc, store, country, units, usd in rows
    ]
    path.write_bytes(sheets.write(DISTROKID, told))
    return path


def tube(path: Path, rows: Sequence[tuple[str, str, str, int, str, str]]) -> Path:
    """YouTube's asset revenue: ISRC, country, day, views, USD, and what the row corrects."""
    told: list[Mapping[Any, str]] = [
        {
            "use_period": day,
            "territory": country,
            "title": TITLES[isrc],
            "artist": "Mina Holt",
            "isrc": isrc,
            "proprietary_id": f"A{isrc[-4:]}",
            "units": str(views),
            "amount": usd,
            "use_type": "UGC",
            "adjustment": adjusts,
        }
        for isrc, country, day, views, usd, adjusts in rows
    ]
    path.write_bytes(sheets.write(YOUTUBE, told))
    return path


def alpha(
    path: Path, month: str, last: str, eur: str, usd: str, plays: Sequence[tuple[str, str, str, tuple[int, int]]]
) -> Path:
    """A DSR Basic Audio report in two files, packed in one archive: a block for each of ISRC, id, title."""
    half = (len(plays) + 1) // 2
    parts = (plays[:half], plays[half:])
    blocks = [
        [
            row
            for number, (isrc, own, title, streams) in enumerate(part, 1 + place * half)
            for row in block(
                str(number),
                isrc,
                title,
                "Mina Holt",
                [(str(of), str(count)) for of, count in enumerate(streams, 1) if count],
                DspResourceId=own,
            )
        ]
        for place, part in enumerate(parts)
    ]
    totals = [
        summary("1", "DE", "EUR", str(sum(p[3][0] for p in plays)), eur, AllocatedRevenue=eur),
        summary("2", "US", "USD", str(sum(p[3][1] for p in plays)), usd, AllocatedRevenue=usd),
    ]
    lines = sum(len(part) + 4 for part in blocks)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, rows in enumerate(blocks, 1):
            head = {**HEAD, "MessageId": f"alpha-{month}", "FileNumber": str(number), "NumberOfFiles": "2"}
            head |= {"UsageStartDate": f"{month}-01", "UsageEndDate": last}
            texts = [dsr.write_record("HEAD", head), *(dsr.write_record(*one) for one in [*totals, *rows])]
            counts = (len(texts) + 1, lines, 2, len(parts[number - 1]), len(plays))
            texts.append("\t".join(["FOOT", *map(str, counts)]))
            info = zipfile.ZipInfo(f"alpha-{month}_{number}of2.tsv", (2026, 1, 1, 0, 0, 0))
            packed.writestr(info, "\n".join(texts) + "\n")
    return path


def bay(path: Path, month: str, rows: Sequence[tuple[str, str, str, str, str, str]]) -> Path:
    """A sheet of no known kind, in cp1252: country, title, ISRC, plays, currency, amount as a German office writes."""
    told = "Abrechnung Bay Sounds;;;;;;\n;;;;;;\nMonat;Land;Stück;Kennung;Abrufe;Währung;Anteil Label\n"
    told += "".join(f"{month};{';'.join(row)}\n" for row in rows) + "Summe;;;;;;\n"
    path.write_bytes(told.encode("cp1252"))
    return path


def workbook(path: Path, template: bytes, **more: Sequence[tuple[Any, ...]]) -> Path:
    """The template of the opening, filled in."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for name, rows in {**OPENING, **more}.items():
        for row in rows:
            book[name].append(list(row))
    book.save(path)
    return path


def changes(path: Path, **given: Sequence[tuple[Any, ...]]) -> Path:
    """A workbook of what is registered later: the first row of each sheet are its headings."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in given.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def august_changes(path: Path) -> Path:
    """Found in August: Night Ferry is fifty-fifty since July, Lantern is ours, and a video was paid ahead."""
    return changes(
        path,
        recordings=[("isrc", "title", "artist"), (LANTERN, "Lantern", "mina")],
        splits=[
            ("asset", "right", "party", "share", "from"),
            (FERRY, "master", "quay", "50 %", "2026-07-01"),
            (FERRY, "master", "north", "50 %", "2026-07-01"),
            (LANTERN, "master", "quay", "100 %", None),
        ],
        balances=[("balance", "party", "contract", "amount", "id"), ("unrecouped", "mina", "C-1", 50, "adv_video")],
    )


def september_changes(path: Path) -> Path:
    """Cleo has an account at last."""
    return changes(
        path,
        payees=[
            ("party", "name", "kind", "country", "email", "iban", "minimum"),
            ("cleo", "Cleo Brandt", "person", "AT", "cleo@quay.example", "AT611904300234573201", None),
        ],
    )


def write(folder: Path) -> Path:
    """Everything that arrives in the quarter, by its name; the workbook to move in with is filled from its template."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in SOURCES.items():
        (folder / f"{name}.json").write_text(json.dumps(source), encoding="utf-8")
    (folder / "creations-july.csv").write_bytes(CREATIONS.encode())
    july: list[Kid] = [
        (HARBOUR, "Spotify", "DE", 40_000, "400.00"),
        (FERRY, "Spotify", "FR", 3_001, "100.01"),
        (SALT, "Deezer", "AT", 9_000, "95.00"),
        (LANTERN, "Deezer", "DE", 700, "7.77"),
        (REMIX, "Spotify", "DE", 12_000, "120.00"),
    ]
    kid(folder / "kid-july.csv", "2026-07", "2026-08-05", july)
    wrong = [(isrc, store, country, units, usd.replace("95.00", "9x5")) for isrc, store, country, units, usd in july]
    kid(folder / "kid-july-wrong.csv", "2026-07", "2026-08-05", wrong)
    kid(
        folder / "kid-july-late.csv",
        "2026-07",
        "2026-09-20",
        [(FERRY, "Deezer", "BE", 500, "20.00"), (SALT, "Deezer", "BE", 300, "11.11")],
    )
    kid(
        folder / "kid-august.csv",
        "2026-08",
        "2026-09-05",
        [
            (HARBOUR, "Spotify", "DE", 50_000, "520.00"),
            (FERRY, "Spotify", "FR", 2_000, "60.00"),
            (FERRY, "Spotify", "FR", -21_000, "-210.00"),
            (REMIX, "Spotify", "DE", 15_000, "150.00"),
        ],
    )
    kid(
        folder / "kid-september.csv",
        "2026-09",
        "2026-10-05",
        [
            (HARBOUR, "Spotify", "DE", 42_000, "430.00"),
            (FERRY, "Spotify", "FR", 30_000, "300.00"),
            (SALT, "Deezer", "FR", 9_000, "95.00"),
            (REMIX, "Spotify", "DE", 9_000, "90.00"),
        ],
    )
    for month, views in (("07", 900), ("08", 1_100), ("09", 800)):
        days = [(HARBOUR, "DE", f"2026-{month}-{day:02}", views, f"{views}e-3", "") for day in (3, 17)]
        plain = [(isrc, land, day, count, f"{count / 1000:.3f}", why) for isrc, land, day, count, _, why in days]
        plain.append((FERRY, "US", f"2026-{month}-21", -40, "-0.125", "Invalid traffic"))
        tube(folder / f"tube-{MONTHS[month]}.csv", plain)
    both = [(HARBOUR, "a-1", "Harbour Song", (500, 60)), (SALT, "a-3", "Salt", (100, 40))]
    made = ("", CREATION, "Harbour Song sped up", (300, 0))
    stray = ("", "c-78", "Mash", (20, 0))
    alpha(folder / "alpha-july.zip", "2026-07", "2026-07-31", "92.00", "33.33", [*both, made, stray])
    alpha(folder / "alpha-august.zip", "2026-08", "2026-08-31", "81.00", "30.00", [*both, made])
    alpha(folder / "alpha-september.zip", "2026-09", "2026-09-30", "99.99", "28.50", [*both, made])
    bay(
        folder / "bay-july.csv",
        "Jul 2026",
        [
            ("Deutschland", "Night Ferry", FERRY, "1.200", "EUR", "12,40"),
            ("Schweiz", "Night Ferry", FERRY, "300", "CHF", "4,10"),
            ("USA", "Harbour Song", HARBOUR, "800", "USD", "9,99"),
            ("Deutschland", "Harbour Song", HARBOUR, "15", "EUR", "(0,20)"),
        ],
    )
    bay(
        folder / "bay-august.csv",
        "Aug 2026",
        [
            ("Deutschland", "Night Ferry", FERRY, "1.000", "EUR", "10,00"),
            ("Schweiz", "Harbour Song", HARBOUR, "200", "CHF", "2,55"),
        ],
    )
    bay(folder / "bay-september.csv", "Sep 2026", [("Deutschland", "Night Ferry", FERRY, "900", "EUR", "9,00")])
    august_changes(folder / "august-changes.xlsx")
    september_changes(folder / "september-changes.xlsx")
    return folder


MONTHS = {"07": "july", "08": "august", "09": "september"}

# ── the consent behind the remix ──

PLACES = "DE, US"
ADJUST = {
    "platform": {"services": ["own", "spotify", "alpha"], "export_services": ["spotify", "alpha"]},
    "limits.first_n_approval": 0,
    "moderation.mode": "none",
}


def offers(parties: Mapping[str, str], recording: str) -> dict[str, dict[str, Any]]:
    """The holders' answers as drafts for `ritornello consent offer`, by holder."""
    rights = {
        "quay": ["M_USE"],
        "mina": ["P_ECON", "P_MORAL", "NAME"],
        "lowell": ["C_ARR", "C_MECH", "C_PERF", "A_MORAL"],
    }
    return {
        name: {
            "preset": "FAN-REMIX",
            "adjust": ADJUST,
            "holder": parties[name],
            "reach": {"level": "recording", "id": recording},
            "rights": asked,
            "territories": "WW",
            "evidence": {
                "how": "authorised_representative" if name == "quay" else "individual_express",
                "sha256": f"{number:02x}" * 32,
            },
            "valid_from": "2026-06-01",
        }
        for number, (name, asked) in enumerate(rights.items(), 0xA1)
    }


def question(maker: str, recording: str) -> dict[str, Any]:
    """What the fan asks: a remix, published on Spotify in two countries."""
    return {
        "types": ["REMIX"],
        "sources": [recording],
        "plan": {"tempo_permille": 50, "original_permille": 800, "added_permille": 200},
        "acts": ["make", "publish", "deliver", "monetise"],
        "territories": PLACES,
        "services": ["spotify"],
        "person": {"id": maker, "tier": "subscribers", "verified": True, "age": 30, "country": "DE"},
        "at": "2026-07-02T09:00:00Z",
    }


def parties(house: House) -> dict[str, str]:
    """The parties that moved in, by the older system's references."""
    with house.work(ORGANISATION, read_only=True) as work:
        named = {one.details.name: one.details.party_id for one in work.people.details_of_all()}
    return {reference: named[name] for reference, name, *_ in OPENING["payees"]}


def cast(house: House, at: datetime) -> tuple[str, str]:
    """Who sang and who wrote, as the label's own records say, and the fan as a party of the house; the song and the
    fan, by id."""
    party = people.party_id_for(ORGANISATION, "fans", "nia")
    with house.work(ORGANISATION) as work:
        song = work.catalogue.recording_by_isrc(HARBOUR)
        assert song is not None
        work.catalogue.save_recording(replace(song, performers=(Credit(song.main_artist or "", "MainArtist"),)))
        written = next(one for one in work.catalogue.works() if one.iswc == WORK)
        owner = next(one.party_id for one in work.catalogue.shares_of(written.id))
        work.catalogue.save_work(replace(written, writers=(Credit(owner, "Composer"),)))
        people.register_party(work.people, party, PartyKind.PERSON, at)
        details = PartyDetails(party, "Nia Fan", country="DE", payout={"iban": "DE91100000000123456789"})
        people.record_details(work.people, details, at)
        work.commit()
    return song.id, party


def founded(house: House, who: Mapping[str, Role]) -> None:
    """The organisation and its people, by the names before their at sign."""
    with house.work(ORGANISATION) as work:
        people.found_organisation(work.people, ORGANISATION, "Quay Records", START)
        for name, role in who.items():
            people.admit(work.people, ORGANISATION, f"{name}@quay.example", name.capitalize(), [role], START)
        work.commit()


def licensed(house: House, parties: Mapping[str, str], at: datetime) -> str:
    """The holders' answers, the fan's question, the licence and the remix, as the consent desk keeps them; the
    licence's id. `at`: after everybody has moved in."""
    song, maker = cast(house, at)
    with house.work(ORGANISATION) as work:
        for draft in offers(parties, song).values():
            work.consent.add_offer(offer_of_draft(draft, at))
        work.commit()
    (decision,) = ask(house, ORGANISATION, [Request.from_document(question(maker, song))])
    asked = datetime(2026, 7, 2, 10, tzinfo=UTC)
    signed = license_decision(
        house,
        ORGANISATION,
        decision,
        contribution=Contribution(
            Ownership.HOUSE_OWNS, own_work_warranty=True, accepted_at=asked, evidence_sha256="cd" * 32
        ),
        new_recording=NewRecording(parties["quay"], parties["quay"]),
        at=asked,
    )
    rendered(house, signed.payload, maker, asked)
    return str(signed.payload["id"])


def settled_in(house: House, papers: Path, now: Callable[[], datetime]) -> tuple[dict[str, str], str]:
    """A founded house that has moved in, with its senders, terms for every kind of money, the licensed remix, and what
    YouTube and Alpha reported for July; its parties and the licence."""
    with house.work(ORGANISATION, read_only=True) as work:
        by = work.people.members()[0][1].person_id
    sheets_ = [("quay.xlsx", workbook(papers / "quay.xlsx", template()).read_bytes())]
    stated = {kind: Fraction(amount) for kind, amount in STATED.items()}
    opening.announce(house, ORGANISATION, date(2026, 6, 30), "EUR", stated, now(), by)
    assert opening.commit(house, ORGANISATION, sheets_, now(), by).committed
    with house.work(ORGANISATION) as work:
        kept = work.royalty.terms()
        assert kept is not None
        work.royalty.add_terms({**kept.document, "flows": FLOWS}, now(), by)
        for source in SOURCES.values():
            work.usage.save_source(Source.from_document(source), by, now())
        work.commit()
    found = parties(house)
    licence = licensed(house, found, now())
    usage_desk.take_in_creations(house, ORGANISATION, "creations.csv", CREATIONS.encode(), "alpha", now())
    rate = {"USD": Exchange("EUR", Fraction("0.92"), date(2026, 8, 10), "the bank")}
    for name, source in (("tube-july.csv", "tube"), ("alpha-july.zip", "alpha")):
        sender = Source.from_document(SOURCES[source])
        assert not take_in_usage(house, ORGANISATION, [papers / name], sender, now(), exchange=rate).refused
    return found, licence


def rendered(house: House, licence: Mapping[str, Any], maker: str, at: datetime) -> str:
    """The remix on file as the studio leaves it behind, without its sound; the recording's id."""
    with house.work(ORGANISATION) as work:
        original = work.catalogue.recording_by_isrc(HARBOUR)
        assert original is not None
        remix = Recording(
            id=f"rec_remix_{original.id[-8:]}",
            title=original.title,
            version_title="Nia Remix",
            isrc=REMIX,
            main_artist=original.main_artist,
            performers=(*original.performers, Credit(maker, "Remixer")),
            work_ids=original.work_ids,
            kind="derivative",
            derivative_type="REMIX",
        )
        work.catalogue.save_recording(remix)
        work.studio.add_render(Render(remix.id, licence["id"], "rcp_none", {"v": 1}, {}, at, {"s0": original.id}))
        catalogue.link(work.catalogue, remix.id, edges_of(work, licence, remix.id), at)
        work.commit()
    return remix.id
