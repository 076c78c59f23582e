"""The main job end to end, as `make demo` does it: what it leaves, and that telling it again doubles nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from ritornello.analysis import decode, similarity
from ritornello.analysis.listen import analyse
from ritornello.analysis.model import AudioError
from ritornello.catalogue.model import RightType
from ritornello.consent.licence import Status, verify
from ritornello.ledger.rules import by_side
from ritornello.messages import ern
from ritornello.provenance import certificates
from ritornello.provenance.manifest import State
from ritornello.provenance.manifest import verify as verify_manifest
from ritornello.workflows.demo import cast
from ritornello.workflows.demo.tell import CHAPTERS, Story, tell_story
from ritornello.workflows.house import House, open_house
from ritornello.workflows.verify_files import Handed, verify_files
from tests.shared_material import DDEX, MUSIC

pytestmark = pytest.mark.xdist_group("demo")


@dataclass(frozen=True)
class Told:
    house: House
    story: Story
    progress: list[tuple[int, float]]


def house_in(folder: Path) -> House:
    return open_house(
        home=folder,
        database_url=f"sqlite:///{folder / 'records.sqlite'}",
        blob_url=str(folder / "blobs"),
        lake=folder / "lake",
        key_folder=folder / "keys",
        schemas=DDEX / "xsd" if DDEX is not None else None,
    )


def tell(house: House, song: Path | None = None) -> Told:
    progress: list[tuple[int, float]] = []
    story = tell_story(house, song, lambda chapter, done, _: progress.append((chapter, done)))
    return Told(house, story, progress)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    made = tell(house_in(tmp_path_factory.mktemp("demo")))
    yield made
    made.house.engine.dispose()


def counted(house: House) -> dict[str, int]:
    """Rows per table, as the database counts them."""
    with house.work(cast.ORGANISATION, read_only=True) as work:
        connection = work.scope.connection
        names = [
            row[0]
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith("sqlite_")
        ]
        return {name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for name in names}


def test_every_chapter_is_told_with_progress(told: Told) -> None:
    assert [chapter.title for chapter in told.story.chapters] == list(CHAPTERS)
    assert {chapter for chapter, _ in told.progress} == set(range(1, len(CHAPTERS) + 1))
    assert all(0 <= done <= 1 for _, done in told.progress)


def test_what_was_measured_keeps_within_the_licence(told: Told) -> None:
    with told.house.work(cast.ORGANISATION, read_only=True) as work:
        remix = next(one for one in work.catalogue.recordings() if one.kind == "derivative")
        render = work.studio.render(remix.id)
        assert render is not None
        signed = work.consent.licence(render.licence_id)
        edges = work.catalogue.edges_of(remix.id)
    assert signed is not None
    measured = render.measurement
    assert abs(measured["tempo_permille"] - 1060) <= 2
    assert abs(measured["key_cents"] - 200) <= 20
    assert measured["reordered_permille"] >= 200
    assert abs(measured["lufs_centi"] + 1400) <= 20
    assert measured["dbtp_centi"] <= -100
    assert verify(signed, told.house.keys(cast.ASKED).trusted(), at=cast.ASKED).status is Status.NOT_CHECKED
    shares = {edge.right_type: edge.share for edge in edges}
    assert shares[RightType.MASTER] == Fraction(9, 10)


def test_what_leaves_is_signed_and_says_so(told: Told) -> None:
    package = next((told.house.files / "packages").iterdir())
    root = certificates.load(told.house.key_folder).root
    for name in ("master.flac", "preview.mp3"):
        verdict = verify_manifest(package / name, root)
        assert verdict.state is State.TRUSTED
        assert verdict.statement is not None
        assert verdict.statement["ai"]["words"] == "No generative AI was used."
    message, findings = ern.read((package / "NewReleaseMessage.xml").read_bytes())
    assert findings == ()
    assert message.recordings[0].related[0].isrc == "DEXX12600001"
    assert json.loads((package / "licence.json").read_text())["payload"]["scope"]["territories"] == "DE, US"


def test_every_file_that_leaves_is_on_a_signed_list(told: Told) -> None:
    trust = told.house.keys(cast.ASKED).trusted()
    package = next((told.house.files / "packages").iterdir())
    statements = next((told.house.files / "statements").iterdir())
    for folder in (package, statements):
        handed = [Handed.read(path) for path in sorted(folder.iterdir())]
        assert [str(one) for one in verify_files(handed, trust) if not one.holds] == []
    listed = Handed.read(package / "packing.json")
    dice = random.Random("package")
    for path in sorted(package.iterdir()):
        content = bytearray(path.read_bytes())
        for _ in range(3):  # the thousand of each kind are in test_verify_files
            place, bit = dice.randrange(len(content)), 1 << dice.randrange(8)
            content[place] ^= bit
            changed = Handed.of(str(path), bytes(content), path)
            beside = [changed] if path.name == "packing.json" else [changed, listed]
            assert not all(one.holds for one in verify_files(beside, trust)), (path, place)
            content[place] ^= bit


def test_received_equals_payable_held_and_kept_to_the_cent(told: Told) -> None:
    with told.house.work(cast.ORGANISATION, read_only=True) as work:
        sides = by_side({account: micros for (account, _), micros in work.ledger.balances().items()})
        run = work.royalty.runs()[-1]
        result = work.royalty.result(run.id)
        statements = work.statements.of_run(run.id)
    assert sum(sides.values()) == 0
    assert result is not None
    assert Fraction(sum(result.units.values()), 100) + result.carry == result.receipts
    assert {"suspense:no_asset", "suspense:out_of_scope"} <= result.exact.keys()
    payees = {cast.NAMES[statement.payee] for statement in statements}
    assert {"quietfox", "Saltmarsh Recordings", "Tomas Brandt", "Noor Haddad", "Ilse Varga"} <= payees
    assert run.state == "closed"


def test_told_again_it_doubles_nothing(told: Told) -> None:
    before = counted(told.house)
    files = sorted(str(path) for path in told.house.home.rglob("*") if path.is_file())
    again = tell(told.house)
    assert counted(told.house) == before
    assert sorted(str(path) for path in told.house.home.rglob("*") if path.is_file()) == files
    assert [c.lines for c in again.story.chapters] == [c.lines for c in told.story.chapters]


@pytest.mark.parametrize("content", [b"", b"this is no sound at all\n" * 50], ids=["empty", "text"])
def test_a_wrong_file_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(content)
    house = house_in(tmp_path / "home")
    with pytest.raises(AudioError, match=r"song\.wav"):
        tell_story(house, song, lambda *_: None)
    with house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.catalogue.recordings() == ()
        assert work.people.parties() == []
    assert not [path for path in (house.home / "blobs").rglob("*") if path.is_file()]
    house.engine.dispose()


if MUSIC is not None:

    def test_a_persons_own_song_is_still_known_as_itself(tmp_path: Path) -> None:
        assert MUSIC is not None
        told = tell(house_in(tmp_path), MUSIC / "love_theme.ogg")
        master = next((told.house.files / "packages").glob("*/master.flac"))
        told.house.engine.dispose()

        def chroma(path: Path) -> object:
            audio = decode.read(path)
            return similarity.beat_chroma(audio, analyse(audio).beats)

        remix = chroma(master)
        scores = {path.stem: similarity.qmax(remix, chroma(path)) for path in sorted(MUSIC.glob("*.ogg"))}
        assert len(scores) == 11
        assert max(scores, key=lambda name: scores[name]) == "love_theme"
