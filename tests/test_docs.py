"""The docs are complete: every command, setting, API tag, room and make target is described, and no link is dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import typer

from ritornello.api.app import create_app
from ritornello.cli.main import app as command_line
from ritornello.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def commands(command: click.Command, path: str = "ritornello") -> Iterator[str]:
    children = getattr(command, "commands", {})
    if not children:
        yield path
    for name, child in children.items():
        yield from commands(child, f"{path} {name}")


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    found = list(commands(typer.main.get_command(command_line)))
    assert len(found) > 3
    assert not [name for name in found if f"`{name}" not in text]


def test_every_setting_is_documented_with_its_variable() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    variables = [f"RITORNELLO_{name.upper()}" for name in Settings.model_fields]
    assert variables
    assert not [name for name in variables if f"`{name}`" not in text]


def test_every_api_tag_is_documented(tmp_path: Path) -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    paths = create_app(Settings(home=tmp_path)).openapi()["paths"]
    tags = {tag for methods in paths.values() for act in methods.values() for tag in act.get("tags", ["(no tag)"])}
    assert tags
    assert not sorted(tag for tag in tags if f"`{tag}`" not in text)


def test_every_room_is_described() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = [p.name for p in (ROOT / "src" / "ritornello").iterdir() if (p / "__init__.py").exists()]
    assert not [room for room in rooms if f"`{room}/`" not in text]


def test_every_workflow_is_named() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    there = {one.stem for one in (ROOT / "src/ritornello/workflows").glob("*.py")} - {"__init__"}
    assert sorted(name for name in there if f"`{name}`" not in text) == []


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.M)
    assert phony
    assert not [name for name in phony[1].split() if not re.search(rf"^{name}:.*## \S", makefile, re.M)]


def test_no_link_in_the_docs_is_dead() -> None:
    dead = []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.relative_to(ROOT)} → {target}")
    assert not dead
