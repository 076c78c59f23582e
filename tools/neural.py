"""The environment of the optional neural providers, and their tests in it.

    python tools/neural.py          set up .venv-neural from its locks, beside the packages of .venv
    python tools/neural.py test     the same, then the tests on tiny networks with random weights

The providers stay out of the product's own environment: nothing there imports torch, and the demo needs none of it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-neural"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-neural.lock"
TORCH = (ROOT / "requirements-torch.lock", ROOT / "requirements-torch-cuda.lock")
"""torch without CUDA where its wheel is to be had, else PyPI's with the libraries that it loads (gigabytes)."""


def main(arguments: list[str]) -> int:
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in (LOCK, *TORCH))).hexdigest()
    stamp = VENV / ".installed"
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        locked = [*pip, "--no-deps", "--require-hashes"]
        subprocess.run([*locked, "-r", str(LOCK)], check=True)
        if subprocess.run([*locked, "-r", str(TORCH[0])], check=False).returncode:
            print(f"no wheel of {TORCH[0].name} is to be had here; taking {TORCH[1].name}", flush=True)
            subprocess.run([*locked, "-r", str(TORCH[1])], check=True)
        folder = Path(_purelib(PYTHON))
        # the product and its libraries lie beside: one copy of numpy for both
        (folder / "beside.pth").write_text(f"{_purelib(ROOT / '.venv' / 'bin' / 'python')}\n{ROOT / 'src'}\n", "utf-8")
        stamp.write_text(wanted, encoding="utf-8")
    if arguments != ["test"]:
        return 0
    pytest = [str(PYTHON), "-m", "pytest", "tests_neural", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    # one thread, so that the same seed gives the same samples
    return subprocess.run(pytest, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False).returncode


def _purelib(python: Path) -> str:
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
