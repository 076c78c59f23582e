"""A fan's derivative is cleared in any house: forecast, signed, packed whole, the same again; job, REST, command."""

from __future__ import annotations

import json
import shutil
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from ritornello.cli import houses as doors
from ritornello.cli.failures import spoken
from ritornello.cli.main import app
from ritornello.distribution import destinations as on_file
from ritornello.distribution.destinations import DestinationError
from ritornello.jobs import Handlers, JobState, Worker
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.provenance import certificates
from ritornello.provenance.manifest import State, verify
from ritornello.settings import Settings
from ritornello.store.job_queue import DatabaseQueue
from ritornello.web.site import create_site
from ritornello.workflows import clearing_jobs
from ritornello.workflows.clear_for_delivery import NotCleared, clear_for_delivery, file_of, packages_of
from ritornello.workflows.demo import cast, delivery
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made
from ritornello.workflows.open_points import rule_on_point
from ritornello.workflows.prepare_release import OWN_FILE, NotPrepared, prepare_release, set_prefix, set_sender
from ritornello.workflows.release_forecast import forecast_release
from ritornello.workflows.release_gate import at_gate
from ritornello.workflows.route_matches import NotThere
from tests.studio_doors import house as made_house
from tests.studio_doors import unheard
from tests.workflows.test_demo_story import counted

ORG = cast.ORGANISATION
BOTH = (cast.ALPHA, cast.BETA)
DAY = timedelta(days=1)
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Made]:
    house = unheard.filled(tmp_path_factory.mktemp("clearing"))
    return house, unheard.remix(house)


@pytest.fixture
def there(filled: tuple[House, Made], tmp_path: Path) -> Iterator[tuple[House, Made]]:
    """The same house, a copy for each test: nothing about delivery is on file in it."""
    shutil.copytree(filled[0].home, tmp_path / "house")
    house = made_house.opened(tmp_path / "house")
    yield house, filled[1]
    house.engine.dispose()


def ready(house: House, made: Made) -> None:
    """Everything that the forecast asks for: sender, prefix, destinations, the holder's word on the voice."""
    delivery.prepare(house)
    performer = unheard.member(house, unheard.PERFORMER)
    rule_on_point(house, ORG, made.recording.id, "vocals", performer, approves=True, reason="heard both", at=cast.HEARD)


def clear(house: House, made: Made, to: tuple[str, ...] = BOTH, days: int = 0):  # type: ignore[no-untyped-def]
    return clear_for_delivery(house, ORG, made.recording.id, to, cast.DELIVERED + days * DAY, by="per_test")


def codes(house: House, made: Made, to: tuple[str, ...] = ()) -> list[str]:
    told = forecast_release(house, ORG, made.recording.id, to, cast.DELIVERED)
    assert all(one.what and one.mend for one in told.hindrances)
    return [one.code for one in told.hindrances]


def own_file(house: House, *changes: tuple[str, str]) -> None:
    """The demo's destinations with changes, as the house's own file."""
    text = (Path(delivery.__file__).parent / OWN_FILE).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (house.home / OWN_FILE).write_text(text, encoding="utf-8")


def test_everything_is_told_before_anything_is_signed_and_nothing_is_written(there: tuple[House, Made]) -> None:
    house, made = there
    before = counted(house)
    assert codes(house, made) == ["unmeasured", "prefix", "no_rules", "no_rules"]
    with pytest.raises(NotCleared) as refused:
        clear(house, made)
    assert [one.code for one in refused.value.found] == ["unmeasured", "prefix", "no_rules", "no_rules"]
    assert counted(house) == before and not (house.files / "packages").exists()
    with pytest.raises(NotCleared, match="goes nowhere"):
        clear(house, made, ())
    with pytest.raises(NotThere):
        forecast_release(house, ORG, made_house.SECOND, BOTH, cast.DELIVERED)
    own_file(house)
    assert codes(house, made) == ["unmeasured", "prefix", "sender"]


def test_it_is_packed_whole_and_again_it_is_the_same_folder(there: tuple[House, Made]) -> None:
    house, made = there
    ready(house, made)
    told = forecast_release(house, ORG, made.recording.id, (), cast.DELIVERED)
    assert told.hindrances == () and told.prospect.isrc.startswith(cast.ISRC_PREFIX) and not told.heard
    assert made.recording.isrc is None, "the forecast numbers nothing"
    done = clear(house, made)
    assert done.recording.isrc == told.prospect.isrc and done.package.id == told.package_id
    names = sorted(path.name for path in done.folder.iterdir())
    assert names == sorted(done.package.files) == [
        "NewReleaseMessage.xml", "approvals.json", "credits.json", "licence.json", "lineage.json", "master.flac",
        "master.flac.c2pa", "measurement.json", "packing.json", "preview.mp3", "preview.mp3.c2pa", "recipe.json",
    ]  # fmt: skip
    root = certificates.load(house.key_folder).root
    assert {name: verify(done.folder / name, root).state for name in ("master.flac", "preview.mp3")} == {
        "master.flac": State.TRUSTED,
        "preview.mp3": State.TRUSTED,
    }
    approvals = json.loads((done.folder / "approvals.json").read_text())
    assert approvals[0]["term"] == "vocals" and approvals[0]["ruling"]["reason"] == "heard both"
    assert at_gate(house, ORG, made.recording.id, cast.DELIVERED).verdict is not None

    content = {path.name: path.read_bytes() for path in done.folder.iterdir()}
    rows = counted(house)
    again = clear(house, made, days=3)
    assert (again.folder, again.package) == (done.folder, done.package)
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == content
    after = counted(house)
    assert {name for name in rows if rows[name] != after[name]} == {"release_hearings"}, "it was heard again, no more"

    (done.folder / "master.flac").write_bytes(b"changed")
    with pytest.raises(NotThere, match="not as it was packed"):
        file_of(house, ORG, done.package.id, "master.flac")
    clear(house, made, days=4)
    assert {path.name: path.read_bytes() for path in done.folder.iterdir()} == content, "laid down anew, byte by byte"
    shutil.rmtree(done.folder)
    clear(house, made, days=5)
    assert {path.name: path.read_bytes() for path in done.folder.iterdir()} == content
    assert file_of(house, ORG, done.package.id, "licence.json").read_bytes() == content["licence.json"]
    for name in ("../secret", "nothing.txt"):
        with pytest.raises(NotThere):
            file_of(house, ORG, done.package.id, name)


def test_a_service_that_wants_more_is_told_of_and_served_once_it_is_there(there: tuple[House, Made]) -> None:
    house, made = there
    ready(house, made)
    own_file(
        house, ("needs = []", 'needs = ["upc", "artwork"]'), ("lead_days_new = 7", "lead_days_new = 21"),
        ('dpid = "PADPIDA2009101501Y"\nfeed = "ern"', 'feed = "checklist"'),
    )  # fmt: skip
    assert codes(house, made) == ["upc", "artwork"]
    name = made.recording.id
    wrong = house.home / "cover.gif"
    wrong.write_bytes(b"GIF89a")
    with pytest.raises(NotPrepared) as refused:
        prepare_release(
            house, ORG, name, cast.DELIVERED, "per_test", upc="12345", public=cast.ASKED.date(), cover=wrong,
            cover_ai="some",
        )  # fmt: skip
    assert [one.code for one in refused.value.found] == ["upc", "public", "cover_ai", "cover"]
    cover = house.home / "cover.png"
    cover.write_bytes(PNG)
    with pytest.raises(NotPrepared, match="whether machines made the cover"):
        prepare_release(house, ORG, name, cast.DELIVERED, "per_test", cover=cover)
    soon = cast.DELIVERED.date() + 10 * DAY
    prepare_release(
        house, ORG, name, cast.DELIVERED, "per_test", upc="036000291452", public=soon, cover=cover, cover_ai="none"
    )
    assert codes(house, made) == ["lead"]
    prepare_release(house, ORG, name, cast.DELIVERED, "per_test", public=soon + 20 * DAY)
    assert codes(house, made) == []
    done = clear(house, made)
    assert (done.folder / "cover.png").read_bytes() == PNG
    assert "ISRC DEXX1" in (done.folder / "checklist-beta.txt").read_text()
    message = etree.fromstring((done.folder / "NewReleaseMessage.xml").read_bytes())
    assert [one.text for one in message.iter("ICPN")] == ["0036000291452"] or message.find(".//ICPN") is not None
    recipients = message.find("MessageHeader").findall("MessageRecipient")  # type: ignore[union-attr]
    assert [one.findtext("PartyName/FullName") for one in recipients] == ["Alpha Music"], "beta takes no message"

    other = clear(house, made, (cast.BETA,), days=1)
    assert other.folder != done.folder and other.message is None
    assert (other.folder / "master.flac").read_bytes() == (done.folder / "master.flac").read_bytes(), "signed once"
    assert [one.destinations for one in packages_of(house, ORG, name)] == [BOTH, (cast.BETA,)]


def test_what_a_destination_refuses_and_what_a_person_refused_keeps_it_in(there: tuple[House, Made]) -> None:
    house, made = there
    ready(house, made)
    refused_type = 'takedown = "ended_deals"\nforbidden = ""\nrefused_types = { REMIX = "no remixes" }'
    own_file(house, ('takedown = "ended_deals"', refused_type), ('ern_confirmed = ["4.3.2"]', "ern_confirmed = []"))
    assert codes(house, made) == ["refused_type", "ern_unconfirmed"]
    own_file(house)
    performer = unheard.member(house, unheard.PERFORMER)
    rule_on_point(house, ORG, made.recording.id, "vocals", performer, approves=False, reason="no", at=cast.HEARD + DAY)
    assert codes(house, made) == ["unmeasured_refused"]
    (house.home / OWN_FILE).write_text("version = 1")
    with pytest.raises(DestinationError, match=OWN_FILE):
        codes(house, made)


def test_senders_and_prefixes_are_data_that_is_checked(there: tuple[House, Made]) -> None:
    house, _ = there
    with pytest.raises(NotPrepared) as refused:
        set_sender(house, ORG, "PADPIDA2013020802X", " ", cast.ASKED, "per_a")
    assert [one.code for one in refused.value.found] == ["dpid", "name"]
    first = set_sender(house, ORG, "PA-DPIDA-2013020802-I", "Saltmarsh", cast.ASKED, "per_a")
    assert first.sender is not None and first.sender.dpid == "PADPIDA2013020802I"
    set_sender(house, ORG, "PADPIDA2013020802I", "Saltmarsh", cast.HEARD, "per_b")
    with house.work(ORG, read_only=True) as work:
        assert len(work.distribution.senders()) == 1, "the same again is no change"
    with pytest.raises(NotPrepared, match="no party of this house"):
        set_prefix(house, ORG, "pty_nobody", "DEXX1", cast.ASKED, "per_a")
    with pytest.raises(NotPrepared, match="not a registrant's prefix"):
        set_prefix(house, ORG, cast.LABEL, "X", cast.ASKED, "per_a")
    told = set_prefix(house, ORG, cast.LABEL, "DEXX1", cast.ASKED, "per_a")
    assert told.prefixes[cast.LABEL][0] == "DEXX1" and told.prefixes[cast.LABEL][1] < 100_000
    with pytest.raises(NotPrepared, match="every registrant has a prefix of its own"):
        set_prefix(house, ORG, cast.PUBLISHER, "DEXX1", cast.ASKED, "per_a")


def test_the_shipped_destinations_stay_beside_the_houses_own(there: tuple[House, Made]) -> None:
    from ritornello.workflows.prepare_release import destinations_of

    house, _ = there
    assert destinations_of(house) == on_file.load()
    own_file(house, ('id = "alpha"', 'id = "spotify"'))
    found = destinations_of(house).by_id
    assert found["spotify"].dpid == "PADPIDA2007050901U" and found["deezer"] == on_file.load().by_id["deezer"]


def test_as_a_job_it_is_not_doubled_and_stopped_it_packs_nothing(there: tuple[House, Made]) -> None:
    house, made = there
    with pytest.raises(NotCleared):
        clearing_jobs.order_clearing(house, ORG, made.recording.id, BOTH, cast.DELIVERED, "per_a")
    ready(house, made)
    asked = (house, ORG, made.recording.id, BOTH, cast.DELIVERED, "per_a")
    first = clearing_jobs.order_clearing(*asked)
    assert clearing_jobs.order_clearing(*asked).id == first.id
    handlers = clearing_jobs.register(Handlers(), house, lambda: cast.DELIVERED)
    queue = DatabaseQueue(house.engine)
    seen: list[str] = []

    def stop(fraction: float, words: str) -> None:
        seen.append(words)
        if words.startswith("signing preview"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clear_for_delivery(house, ORG, made.recording.id, BOTH, cast.DELIVERED, by="per_a", report=stop)
    assert "signing master.flac" in seen and not (house.files / "packages").exists()
    assert packages_of(house, ORG, made.recording.id) == []
    Worker(queue, handlers, name="test", clock=lambda: cast.DELIVERED).run_all()
    with house.work(ORG, read_only=True) as work:
        done = work.jobs.get(first.id)
    assert done is not None and done.state is JobState.DONE and done.result is not None
    (package,) = packages_of(house, ORG, made.recording.id)
    assert done.result["package"] == package.id and done.result["files"] == dict(package.files)


def test_by_programs(there: tuple[House, Made]) -> None:
    house, made = there
    keys = {}
    with house.work(ORG) as work:
        for role in (Role.DISTRIBUTOR, Role.APPROVER):
            one = unheard.member(house, f"{role}@example.org")
            keys[role], _ = people.give_key(work.people, one, role.value, [role], cast.REGISTERED)
        work.commit()
    settings = Settings(home=house.home, _env_file=None)  # type: ignore[call-arg]
    site = create_site(settings, house=house, now=lambda: cast.DELIVERED)
    sends = TestClient(site, headers={"Authorization": f"Bearer {keys[Role.DISTRIBUTOR]}"})
    door = f"/api/v1/recordings/{made.recording.id}/release"
    early = sends.post(door, json={"to": list(BOTH)})
    assert early.status_code == 422
    assert [one["where"] for one in early.json()["errors"]] == ["unmeasured", "prefix", "no_rules", "no_rules"]
    assert sends.put("/api/v1/release/sender", json={"dpid": "X", "name": ""}).status_code == 422
    ready(house, made)
    assert sends.get("/api/v1/release/sender").json()["dpid"] == delivery.LABEL_DPID
    rows = {one["id"]: one for one in sends.get("/api/v1/release/destinations").json()}
    assert rows["alpha"]["source"] == "made up for the demo" and "spotify" in rows
    kept = sends.put(door, data={"upc": "036000291452", "cover_ai": "none"}, files={"cover": ("c.png", PNG)})
    assert kept.status_code == 200 and kept.json()["cover"] and kept.json()["cover_ai"] == "none"
    assert sends.put(door, files={"cover": ("c.gif", b"GIF89a")}).status_code == 422
    told = sends.get(door, params={"to": ["alpha"]}).json()
    assert told["ready"] is True and [one["id"] for one in told["destinations"]] == ["alpha"]
    asks = TestClient(site, headers={"Authorization": f"Bearer {keys[Role.APPROVER]}"})
    assert asks.get(door).status_code == 200 and asks.post(door, json={"to": ["alpha"]}).status_code == 403
    ordered = sends.post(door, json={"to": ["alpha"]})
    assert ordered.status_code == 202
    job = sends.get(f"/api/v1/release/jobs/{ordered.json()['id']}").json()
    assert job["state"] == "done", job
    (package,) = sends.get(f"/api/v1/recordings/{made.recording.id}/packages").json()
    assert package["to"] == ["alpha"] and "cover.png" in package["files"]
    file = sends.get(f"/api/v1/packages/{package['id']}/files/cover.png")
    assert file.content == PNG and file.headers["content-type"] == "image/png"
    assert asks.get(f"/api/v1/packages/{package['id']}/files/cover.png").status_code == 403
    assert sends.get(f"/api/v1/packages/{package['id']}/files/other").status_code == 404


def test_by_command(
    there: tuple[House, Made], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house, made = there
    monkeypatch.setattr(doors, "open_here", lambda settings: house)

    def call(*words: str) -> tuple[int, str, str]:
        code = spoken(lambda: app(["release", *words], standalone_mode=False), sys.stderr)
        told = capsys.readouterr()
        return code, told.out, told.err

    name, at = made.recording.id, ("--at", "2026-06-20T08:00:00")
    sends = ("--by", "distributor@example.org", *at)
    code, out, _ = call("check", name, *at)
    assert code == 1 and "unmeasured: what became of the voice" in out and "not ready" in out
    code, _, err = call("clear", name, "--to", "alpha", *sends)
    assert code == 1 and "prefix: " in err and "no_rules: no rules of alpha" in err
    code, out, _ = call("sender", delivery.LABEL_DPID, "--name", "Saltmarsh Recordings", *sends)
    assert code == 0 and delivery.LABEL_DPID in out
    assert call("prefix", cast.LABEL, "DEXX1", *sends)[0] == 0
    assert call("prefix", cast.LABEL, "DEXX1", "--by", "auditor@example.org")[0] == 1
    ready(house, made)
    code, out, _ = call("prepare", name, "--upc", "036000291452", "--public", "2026-08-01", *sends)
    assert code == 0 and "public 2026-08-01" in out
    assert call("prepare", name, "--public", "soon", *sends)[0] == 2
    code, out, _ = call("check", name, "--to", "beta", "--json", *at)
    told = json.loads(out)
    assert code == 0 and told["ready"], told["hindrances"] + told["destinations"]
    assert [one["id"] for one in told["destinations"]] == ["beta"]
    code, out, err = call("clear", name, "--to", "beta", "--json", *sends)
    assert code == 0, err
    done = json.loads(out)
    assert Path(done["folder"]).is_dir() and "master.flac" in done["files"]
    code, out, _ = call("packages", name, "--json")
    assert code == 0 and {one["file"] for one in json.loads(out)} == set(done["files"])
    code, out, _ = call("destinations", "--json")
    assert code == 0 and {"alpha", "spotify"} <= {one["id"] for one in json.loads(out)}
