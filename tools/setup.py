"""Set up what a target needs on a fresh machine, with nothing but Python 3.11 at hand.

    python3 tools/setup.py run      the virtual environment that the product runs in, and the studio's page bundle
    python3 tools/setup.py test     the same with the test tools, PostgreSQL and Chromium

What is already there is left alone; each step says what it does and how long it took. Only the standard library is
imported, since this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "test": ROOT / "requirements-dev.lock"}


def main(kind: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs under whatever python3 is at hand
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    environment(kind)
    step("the studio's page bundle", [str(PYTHON), str(ROOT / "tools" / "bundle.py")])
    if kind == "test":
        for program, package in (("chromium", "chromium"), ("pdftoppm", "poppler-utils")):
            if shutil.which(program) is None:
                debian(package)
        if not any(Path("/usr/lib").glob("*/libatomic.so.1")):
            debian("libatomic1")  # the browser driver's own Node.js is linked against it
        if not any(Path("/usr/share/fonts").rglob("wqy-microhei*")):
            debian("fonts-wqy-microhei")  # Han, kana and Hangul for a statement's names
        if shutil.which("java") is None:
            debian("default-jre-headless")
        if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and shutil.which("initdb") is None:
            debian("postgresql")


def environment(kind: str) -> None:
    """A virtual environment with exactly the locked packages, checked against their hashes."""
    lock = LOCKS[kind]
    wanted = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamps = [VENV / f".installed-{name}" for name in ("test", kind)]
    if PYTHON.exists() and any(s.exists() and s.read_text() == stamp_of(s, wanted) for s in stamps):
        return
    if not PYTHON.exists():
        if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True, check=False).returncode:
            debian(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
        step("a virtual environment", [sys.executable, "-m", "venv", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step(f"the locked packages of {lock.name}", [*pip, "--require-hashes", "--no-deps", "-r", str(lock)])
    purelib = subprocess.run(
        [str(PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # The product itself runs from the checkout: a path file and a launcher need no build tool and no network.
    Path(purelib, "ritornello-checkout.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    launcher = VENV / "bin" / "ritornello"
    launcher.write_text(
        f"#!{PYTHON}\nimport sys\nfrom ritornello.cli.main import main\nsys.exit(main())\n", encoding="utf-8"
    )
    launcher.chmod(0o755)
    stamp = VENV / f".installed-{kind}"
    stamp.write_text(wanted, encoding="utf-8")


def stamp_of(stamp: Path, wanted: str) -> str:
    """The test environment holds all that running needs, so its stamp answers for both kinds."""
    if stamp.name != ".installed-test":
        return wanted
    return hashlib.sha256(LOCKS["test"].read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def debian(package: str) -> None:
    """Install one of Debian's packages, as root or through sudo; otherwise say what a person has to do."""
    if shutil.which("apt-get") is None:
        fail(f"'{package}' is needed and apt-get is not here: install it with your system's package manager")
    if os.geteuid() == 0:
        root: list[str] = []
    elif shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0:
        root = ["sudo", "-n"]
    else:
        fail(f"'{package}' is needed; please run: sudo apt-get install {package}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(install, env=quiet, capture_output=True, check=False).returncode:
        step("the list of Debian's packages", [*root, "apt-get", "update", "-qq"])
        step(f"Debian's {package}", install, quiet)
    else:
        print(f"  set up Debian's {package}", flush=True)


def step(name: str, command: list[str], environ: dict[str, str] | None = None) -> None:
    started = time.monotonic()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n", file=sys.stderr)
        fail(f"setting up {name} failed: {' '.join(command[:4])} …")
    took = time.monotonic() - started
    if took > 0.5:
        print(f"  set up {name} ({took:.0f} s)", flush=True)


def fail(words: str) -> None:
    raise SystemExit(f"setup: {words}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        raise SystemExit(__doc__)
    main(sys.argv[1])
