"""Every check in the order in which it fails fastest; the closing lines say what was not there to be tested.

Style, types, then the tests on as many workers as there are cores. Exit status 0 means that all of it holds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    python = sys.executable
    workers = str(min(4, os.cpu_count() or 1))
    checks = [
        ("style", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("types", [python, "-m", "mypy"]),
        ("tests", [python, "-m", "pytest", "-n", workers, "--dist", "loadgroup", *sys.argv[1:]]),
    ]
    started = time.monotonic()
    for name, command in checks:
        print(f"── {name}", flush=True)
        begun = time.monotonic()
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            print(f"{name} failed (exit {code}): {' '.join(command[2:])}", flush=True)
            return code
        print(f"   {name}: {time.monotonic() - begun:.0f} s", flush=True)
    print(f"every check passed in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
