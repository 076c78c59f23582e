"""A house with as many originals as a bench wants: labels, writers and singers who own and perform them, written in
bulk. Nobody has answered anything yet; the offers come by the sheet of `sheet_of`."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

from ritornello.catalogue.model import Credit, Recording, RightType, Work
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.consent.offer_sheet import COLUMNS
from ritornello.identifiers.territories import WORLD
from ritornello.people.model import Organisation, Party, PartyKind
from ritornello.store.catalogue_tables import credits, ownership_shares, recording_works, recordings, works
from ritornello.store.people_tables import parties
from ritornello.workflows.house import House, open_house

ORGANISATION = "org_bench"
AT = datetime(2026, 5, 1, tzinfo=UTC)
LABELS = 25


def label_of(number: int) -> str:
    return f"pty_label_{number % LABELS}"


def open_filled(folder: Path, count: int) -> House:
    """A new house in a folder, with `count` originals of 25 labels, one to three writers each, and a singer."""
    house = open_house(
        home=folder,
        database_url=f"sqlite:///{folder / 'records.sqlite'}",
        blob_url=str(folder / "blobs"),
        lake=folder / "lake",
        key_folder=folder / "keys",
    )
    rng = random.Random(11)
    writers = [f"pty_writer_{n}" for n in range(max(20, count // 4))]
    singers = [f"pty_singer_{n}" for n in range(max(10, count // 10))]
    people = [*writers, *singers]
    with house.work(ORGANISATION) as work:
        work.people.add_organisation(Organisation(ORGANISATION, "Bench", AT))
        known = [Party(label_of(n), PartyKind.COMPANY, AT) for n in range(LABELS)]
        known += [Party(name, PartyKind.PERSON, AT) for name in people]
        work.scope.insert(parties, [{"id": p.id, "kind": p.kind.value, "created_at": AT} for p in known])
        rows: dict[str, list[dict[str, object]]] = {
            name: [] for name in ("works", "recordings", "credits", "named", "shares")
        }
        for number in range(count):
            label, singer = label_of(number), rng.choice(singers)
            wrote = rng.sample(writers, rng.randint(1, 3))
            song = Work(f"wrk_{number}", f"Song {number}", writers=tuple(Credit(one, "Composer") for one in wrote))
            recording = Recording(
                f"rec_{number}",
                f"Song {number}",
                work_ids=(song.id,),
                isrc=f"DEBN1{26:02d}{number % 100_000:05d}" if number < 100_000 else None,
                main_artist=singer,
                label=label,
                performers=(Credit(singer, "MainArtist"),),
            )
            rows["works"].append({"id": song.id, "title": song.title, "iswc": None, "language": None})
            rows["recordings"].append(
                {column.name: getattr(recording, column.name) for column in recordings.c if column.name in _FIELDS}
            )
            rows["named"].append({"recording_id": recording.id, "work_id": song.id, "position": 0})
            for asset, listed in ((song.id, song.writers), (recording.id, recording.performers)):
                for position, one in enumerate(listed):
                    rows["credits"].append(
                        {
                            "asset_id": asset,
                            "position": position,
                            "party_id": one.party_id,
                            "role": one.role,
                            "name_as_credited": None,
                        }
                    )
            stated = [
                *sheet(recording.id, RightType.MASTER, [ShareRow(label, Fraction(1), WORLD)], recorded_at=AT),
                *sheet(
                    song.id,
                    RightType.COMPOSITION,
                    [ShareRow(one, Fraction(1, len(wrote)), WORLD) for one in wrote],
                    recorded_at=AT,
                ),
            ]
            for share in stated:
                row = {c.name: getattr(share, c.name) for c in ownership_shares.c if c.name != "organisation"}
                rows["shares"].append({**row, "territories": "WW", "right_type": share.right_type.value})
        for table, name in (
            (works, "works"),
            (recordings, "recordings"),
            (credits, "credits"),
            (recording_works, "named"),
            (ownership_shares, "shares"),
        ):
            work.scope.insert(table, rows[name])
        work.commit()
    return house


_FIELDS = frozenset(Recording.__dataclass_fields__)


def sheet_of(count: int, *, share: str = "10") -> bytes:
    """A sheet in which every label answers for each of its recordings."""
    start = date(2026, 5, 1).isoformat()
    lines = [";".join((*COLUMNS, "holder"))]
    lines += [f"rec_{n};REMIX;WW;subscribers;platform;{share};{start};;{label_of(n)}" for n in range(count)]
    return "\n".join(lines).encode()
