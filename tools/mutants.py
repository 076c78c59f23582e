"""Break one line at a time and say which test notices: a break that nothing catches is an error.

The list is `tools/mutants.toml`: one entry per invariant or rule that matters, with the file, the exact line, what it
becomes, and the tests that have to notice. Each break runs in a copy of the tree, so an interrupted run leaves nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("src", "tests", "tools", "bench", "docs", "pyproject.toml", "README.md")


@dataclass(frozen=True)
class Mutant:
    """One break: in `file`, `old` becomes `new`; `tests` are the files that have to fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def load() -> list[Mutant]:
    entries = tomllib.loads((ROOT / "tools" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]
    return [Mutant(e["name"], e["file"], e["old"], e["new"], tuple(e["tests"])) for e in entries]


def caught_by(mutant: Mutant) -> str:
    """The first test that fails under the break; an empty string when none does.

    Raises:
        SystemExit: the line to break is not there exactly once, so the list is out of date.
    """
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            elif source.exists():
                shutil.copy2(source, tree / name)
        target = tree / mutant.file
        text = target.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            raise SystemExit(
                f"{mutant.name}: the line stands {text.count(mutant.old)} times in {mutant.file}, not once"
            )
        target.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-rf", *mutant.tests],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode == 0:
        return ""
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0] if failed else f"exit {run.returncode}: {run.stdout[-200:]}"


def main(wanted: list[str]) -> int:
    mutants = [m for m in load() if not wanted or any(word in m.name for word in wanted)]
    survivors = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for mutant, test in zip(mutants, pool.map(caught_by, mutants), strict=True):
            survivors += not test
            print(f"{'caught  ' if test else 'SURVIVED'}  {mutant.name:<58} {test}", flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} breaks were caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
