"""The rooms and arrows of docs/architecture.md are law: a room imports only from floors below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "ritornello"

FLOORS: list[set[str]] = [
    {"money", "identifiers", "proof", "analysis", "jobs"},
    {"studio", "identify", "messages"},
    {"catalogue", "ledger", "people"},
    {"consent", "usage", "provenance"},
    {"royalty"},
    {"statements", "distribution"},
    {"store"},
    {"workflows"},
    {"cli", "api", "web"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# A room that nobody below may import: settings are passed in, never imported from the depths.
SETTINGS_READERS = {"cli", "api", "web"}
# pages call the API's dependencies (session, unit of work) instead of writing them a second time
SIDEWAYS = {("web", "api"), ("cli", "api"), ("cli", "web")}


def imports_of(path: Path) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            module = tuple(node.module.split("."))
            found |= {(*module, alias.name) for alias in node.names}
    return found


def breaches(path: Path, room: str) -> list[str]:
    wrong = []
    for module in imports_of(path):
        if module[0] == "sqlalchemy" and room != "store":
            wrong.append(f"{path}: only store/ imports SQLAlchemy")
        if module[0] != "ritornello" or len(module) < 2:
            continue
        other = module[1]
        if other == "settings" and room not in SETTINGS_READERS:
            wrong.append(f"{path}: settings are passed in, not imported")
        if other not in FLOOR or other == room or (room, other) in SIDEWAYS:
            continue
        if FLOOR[other] >= FLOOR[room]:
            wrong.append(f"{path}: {room} (floor {FLOOR[room]}) imports {other} (floor {FLOOR[other]})")
        if room == "money":
            wrong.append(f"{path}: money imports no other room")
    return wrong


def test_every_arrow_points_down() -> None:
    wrong: list[str] = []
    rooms = [path for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert {path.name for path in rooms} <= set(FLOOR), "a room that has no floor"
    for room in rooms:
        for path in sorted(room.rglob("*.py")):
            wrong += breaches(path, room.name)
    assert not wrong, "\n".join(wrong)


def test_no_module_has_become_two_rooms() -> None:
    long = {str(p): n for p in SOURCE.rglob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 500}
    assert not long


def test_no_helper_drawers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [p for p in SOURCE.rglob("*") if p.stem in drawers]


@pytest.mark.parametrize(
    ("room", "text", "caught"),
    [
        ("consent", "from ritornello.royalty import run", True),
        ("royalty", "from ritornello.consent import model", False),
        ("catalogue", "import sqlalchemy", True),
        ("ledger", "from ritornello.settings import Settings", True),
        ("statements", "from ritornello import distribution", True),
        ("store", "from sqlalchemy import select", False),
    ],
)
def test_the_check_itself_can_fail(tmp_path: Path, room: str, text: str, caught: bool) -> None:
    module = tmp_path / "module.py"
    module.write_text(text + "\n")
    assert bool(breaches(module, room)) is caught
