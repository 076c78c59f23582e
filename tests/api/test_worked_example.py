"""The worked example of docs/api.md does what it says: its calls are made one by one, in their order."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import pytest
import soundfile
from fastapi.testclient import TestClient

from ritornello.jobs import Worker
from ritornello.people.roles import Role
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows.studio_jobs import handlers_of
from tests.api.conftest import ADDRESS, HERE, Installed, install
from tests.api.test_arrivals import files

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
__all__ = ["files"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installed]:
    made = install(tmp_path / "house")
    yield made
    made.house.engine.dispose()


class Shell:
    """As much of a shell as the example needs: variables, curl, jq paths, waiting until something is done."""

    def __init__(self, here: Installed, files: dict[str, bytes], **variables: str) -> None:
        self.here, self.files, self.variables = here, files, variables
        self.written: dict[str, bytes] = {}
        self.client = TestClient(here.app, ADDRESS)

    def run(self, line: str) -> None:
        if waiting := re.fullmatch(r"until (curl .*?) \| jq -e '\.state == \"done\"'; do sleep 1; done", line):
            self.work_off()
            assert json.loads(self.curl(waiting[1]))["state"] == "done", self.curl(waiting[1])
        elif made := re.fullmatch(r"(\w+)=\$\((.*?)(?: \| jq -r \.([\w.]+))?\)", line):
            name, call, path = made.groups()
            text = self.variables[call[7:-1]] if call.startswith('echo "$') else self.curl(call).decode()
            self.variables[name] = self.picked(text, path) if path else text
        elif plain := re.fullmatch(r"(\w+)=(\S+)", line):
            self.variables[plain[1]] = plain[2]
        else:
            self.curl(line)

    @staticmethod
    def picked(text: str, path: str) -> str:
        found: Any = json.loads(text)
        for name in path.split("."):
            found = found[name]
        return found if isinstance(found, str) else json.dumps(found)

    def curl(self, command: str) -> bytes:
        # "$RECIPE" stands in double quotes of its own: its text is put in after the words are taken apart
        words = [
            re.sub(r"\$(\w+)|\x00(\w+)\x00", lambda one: self.variables[one[1] or one[2]], word)
            for word in shlex.split(command)
        ]
        assert words.pop(0) == "curl"
        headers, form, sent, body, out, address = {}, {}, {}, None, "", ""
        options = iter(words)
        for word in options:
            if word == "-s":
                continue
            if word == "-H":
                name, _, value = next(options).partition(": ")
                headers[name] = value
            elif word == "-F":
                name, _, value = next(options).partition("=")
                if value.startswith("@"):
                    sent[name] = (value[1:], self.files["mix"])
                else:
                    form[name] = value
            elif word == "--json":
                body = json.loads(next(options))
            elif word == "-o":
                out = next(options)
            else:
                address = word.removeprefix("http://127.0.0.1:8765")
        if sent:
            answer = self.client.post(address, data=form, files=sent, headers=headers)
        elif body is not None:
            answer = self.client.post(address, json=body, headers=headers)
        else:
            answer = self.client.get(address, headers=headers)
        assert answer.status_code in (200, 202), f"{command}: {answer.status_code} {answer.text}"
        if out:
            self.written[out] = answer.content
        return answer.content

    def work_off(self) -> None:
        clock = self.here.clock
        Worker(
            DatabaseQueue(self.here.house.engine), handlers_of(self.here.house, clock), name="w", clock=clock
        ).run_all()


def test_the_calls_of_the_documentation_make_a_cover(here: Installed, files: dict[str, bytes]) -> None:
    block = re.search(r"## From a key to a finished cover\n.*?```sh\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    assert block is not None
    owner = here.client(here.keys[HERE, Role.OWNER])
    fan = owner.post("/api/v1/members", json={"email": "fox@fans.example", "name": "fox", "roles": ["fan"]}).json()
    browser = TestClient(here.app, ADDRESS, headers={"Origin": ADDRESS})
    browser.post(owner.post(f"/api/v1/members/{fan['id']}/link").json()["link"].removeprefix(ADDRESS))
    key = browser.post("/api/v1/me/keys", json={"name": "app"}).json()["secret"]

    shell = Shell(here, files, OWNER=here.keys[HERE, Role.OWNER], FAN=key)
    for line in block[1].strip().splitlines():
        shell.run(line)

    sound, rate = soundfile.read(io.BytesIO(shell.written["cover.flac"]))
    assert rate == 44_100 and len(sound) > 10 * rate
    assert mido.MidiFile(file=io.BytesIO(shell.written["cover.mid"])).length > 10
    assert shell.written["cover.musicxml"].startswith(b"<?xml")
    report, sheet = json.loads(shell.written["report.json"]), json.loads(shell.written["publish.json"])
    assert report["recording_id"] == shell.variables["COVER"] == sheet["recording"]
    assert sheet["stands"] and json.loads(shell.written["score.json"])["tune"]
