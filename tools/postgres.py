"""A private PostgreSQL for the tests: made in a temporary folder, reached by a Unix socket, gone with its owner.

    python tools/postgres.py serve FOLDER OWNER    make and run one until the process OWNER ends (the tests do this)
    python tools/postgres.py install               install Debian's `postgresql` where the programs are missing

`private_cluster(owner)` gives the address of the one cluster that belongs to a process. The first caller starts it,
whoever asks later (the workers of a parallel run) is given the same; a keeper process stops it when the owner
has ended, however it ended. It never waits for the disk, so nothing but tests should use it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATABASE = "ritornello_test"
START_SECONDS = 60
HURRIED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "jit": "off",
}


class PostgresError(Exception):
    """PostgreSQL could not be installed or started; the message carries what it said itself."""


def programs() -> Path:
    """The folder of the newest PostgreSQL's programs; Debian's package is installed where there is none."""
    found = _newest()
    if found is None:
        install()
        found = _newest()
    if found is None:
        raise PostgresError("Debian's postgresql is installed, yet there is no initdb below /usr/lib/postgresql")
    return found


def _newest() -> Path | None:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


def install() -> None:
    """Install Debian's `postgresql`, as root or through sudo.

    Raises:
        PostgresError: apt-get failed, or neither root nor sudo is at hand.
    """
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if before and shutil.which("sudo") is None:
        raise PostgresError("PostgreSQL is needed for the tests: install it (apt-get install postgresql) as root")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "postgresql"]):
        done = subprocess.run([*before, *command], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PostgresError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def private_cluster(owner: int) -> str:
    """The address of the cluster that lives as long as the process `owner`; it is started when it is not yet there.

    Raises:
        PostgresError: it did not answer within a minute.
    """
    programs()
    folder = Path(tempfile.gettempdir()) / f"ritornello-postgres-{os.getuid()}-{owner}"
    address = folder / "address"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists():
            folder.mkdir(exist_ok=True)
            log = folder / "keeper.log"
            with log.open("wb") as out:
                keeper = subprocess.Popen(
                    [sys.executable, str(Path(__file__).resolve()), "serve", str(folder), str(owner)],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            until = time.monotonic() + START_SECONDS
            while not address.exists():
                if keeper.poll() is not None or time.monotonic() > until:
                    raise PostgresError(f"the private PostgreSQL did not start:\n{log.read_text(errors='replace')}")
                time.sleep(0.05)
        return address.read_text(encoding="utf-8")


def serve(folder: Path, owner: int) -> None:
    """Make a cluster in `folder`, run it until `owner` ends, and take everything away again."""
    # PostgreSQL refuses to run as root; Debian's package brings the account it runs as.
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    as_account: dict[str, object] = {}
    if os.geteuid() == 0:
        as_account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)
    bin_ = programs()
    data = folder / "data"
    make = [str(bin_ / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    _run([*make, "--locale=C", "--no-sync"], as_account)
    settings = [part for name, value in HURRIED.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [str(bin_ / "postgres"), "-D", str(data), "-k", str(folder), *settings],
        cwd="/",
        **as_account,  # type: ignore[call-overload]
    )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    try:
        _wait_until_it_answers(bin_, folder, server)
        create = [str(bin_ / "createdb"), "-h", str(folder), "-U", "postgres", "-T", "template0", DATABASE]
        _run(create, as_account)
        ready = folder / "address.part"
        ready.write_text(f"postgresql+psycopg://postgres@/{DATABASE}?host={folder}", encoding="utf-8")
        ready.rename(folder / "address")
        while server.poll() is None and _lives(owner):
            time.sleep(0.5)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: connections are closed
            server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)
        Path(f"{folder}.lock").unlink(missing_ok=True)


def _run(command: list[str], as_account: dict[str, object]) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **as_account)  # type: ignore[call-overload]
    if done.returncode:
        raise PostgresError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _wait_until_it_answers(bin_: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    ask = [str(bin_ / "pg_isready"), "-q", "-h", str(folder), "-U", "postgres"]
    while subprocess.run(ask, check=False).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise PostgresError("postgres does not answer; its own words are above")
        time.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", folder, owner]:
            serve(Path(folder), int(owner))
        case ["install"]:
            print(programs())
        case _:
            raise SystemExit(__doc__)
