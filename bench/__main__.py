"""`python -m bench [ROOM[:PART] …]`: print each room's table of figure, peer and ratio as Markdown."""

from __future__ import annotations

import importlib
import pkgutil
import platform
import sys

import bench


def main(rooms: list[str]) -> None:
    every = [m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith("_")]
    if unknown := {room.partition(":")[0] for room in rooms} - set(every):
        raise SystemExit(f"no bench for {', '.join(sorted(unknown))}; there are: {', '.join(every)}")
    print(f"Python {platform.python_version()}, {platform.machine()}")
    for asked in rooms or every:
        room, _, part = asked.partition(":")
        module = importlib.import_module(f"bench.{room}")
        parts = getattr(module, "PARTS", {})
        if part and part not in parts:
            raise SystemExit(f"the bench of {room} has no part {part}; it has: {', '.join(parts) or 'none'}")
        print(f"\n## {asked}\n\n| figure | ours | peer | ratio | to reach |\n|---|---|---|---|---|", flush=True)
        for row in (parts[part] if part else module.rows)():
            print(f"| {row.figure} | {row.ours} | {row.peer} | {row.ratio} | {row.to_reach} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
