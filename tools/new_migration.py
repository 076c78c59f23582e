"""Write the next revisions: what the tables declare now, against a database made of the revisions so far.

    python tools/new_migration.py "What changes"

One revision is written per room whose tables change, in an order in which foreign keys find what they point at. Read
them before committing: autogenerate sees columns, keys and indexes, not data. Triggers need no revision, since they are
derived from the tables.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from alembic import command  # noqa: E402
from alembic.script import Script  # noqa: E402
from sqlalchemy import Engine  # noqa: E402

from ritornello.store import migrate  # noqa: E402
from ritornello.store.database import load_tables, open_engine, rooms_of_tables  # noqa: E402


def rooms_in_order() -> dict[str, set[str]]:
    """Room → its tables, each room after those that its foreign keys point at."""
    rooms = rooms_of_tables()
    needs: dict[str, set[str]] = {room: set() for room in sorted(set(rooms.values()))}
    for table in load_tables().sorted_tables:
        for key in table.foreign_keys:
            if rooms[key.column.table.name] != rooms[table.name]:
                needs[rooms[table.name]].add(rooms[key.column.table.name])
    return {room: {t for t, r in rooms.items() if r == room} for room in TopologicalSorter(needs).static_order()}


def write(message: str, versions: Path) -> list[Path]:
    """The new revisions' files; none when the revisions so far say all that the tables declare."""
    written: list[Path] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'so-far.sqlite'}", durable=False)
        with engine.begin() as connection:
            migrate.run_revisions(connection)
        for room, tables in rooms_in_order().items():
            number = len(list(versions.glob("[0-9]*.py"))) + 1
            path = _write_room(engine, f"{number:04d}_{room}", f"{room.capitalize()}: {message}", tables)
            if path is not None:
                written.append(path)
                for way in (["format"], ["check", "--fix", "--unsafe-fixes"], ["format"]):
                    subprocess.run([sys.executable, "-m", "ruff", *way, "-q", str(path)], cwd=ROOT, check=True)
                with engine.begin() as connection:
                    migrate.run_revisions(connection)
        engine.dispose()
    return written


def _write_room(engine: Engine, revision: str, message: str, tables: set[str]) -> Path | None:
    with engine.connect() as connection, connection.begin():
        if not migrate.differences(connection, tables):
            return None
        config = migrate.config(connection)
        config.attributes["tables"] = tables
        config.set_main_option("file_template", "%%(rev)s")
        script = command.revision(config, message.rstrip("."), autogenerate=True, rev_id=revision)
    if not isinstance(script, Script):
        raise SystemExit("alembic wrote no revision, or several")
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    new = write(sys.argv[1], ROOT / "src" / "ritornello" / "store" / "migrations" / "versions")
    print("\n".join(f"wrote {path.relative_to(ROOT)}" for path in new) or "the revisions say it all; nothing to write")
