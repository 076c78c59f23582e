"""Renew the locks: every package with its hashes, and no registry's address in any committed file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--python-version", "3.11"]


def main() -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "uv"]
    subprocess.run(pip, cwd=ROOT, check=True)
    for extra, target in (
        (["pyproject.toml"], "requirements.lock"),
        (["pyproject.toml", "--extra", "dev"], "requirements-dev.lock"),
        (["requirements-node.in"], "requirements-node.lock"),
    ):
        compile_ = [sys.executable, "-m", "uv", "pip", "compile", *COMMON, *extra, "--universal", "--quiet"]
        subprocess.run([*compile_, "-o", target], cwd=ROOT, check=True)
        text = (ROOT / target).read_text(encoding="utf-8")
        if "://" in text:
            raise SystemExit(f"{target} holds an address: it must name packages and hashes only")


if __name__ == "__main__":
    main()
