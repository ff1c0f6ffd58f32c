"""A PostgreSQL server to throw away, with durability on, when none is given."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path

URL_VARIABLE = "TOCSIN_TEST_DATABASE_URL"


@contextmanager
def server() -> Iterator[str | None]:
    """The address of a server whose account may create databases; None where there is none."""
    given = os.environ.get(URL_VARIABLE)
    programs = _programs()
    if given or programs is None:
        yield given
        return
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-pg-"))
    folder.chmod(0o755)
    if account:
        shutil.chown(folder, account)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        words = [str(programs / command[0]), *command[1:]]
        subprocess.run(
            ["runuser", "-u", account, "--", *words] if account else words,
            check=True, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "tocsin", "-E", "UTF8", "-N")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=100"
        run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
        yield f"postgresql://tocsin@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*(["runuser", "-u", account, "--"] if account else []),
             str(programs / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop"],
            check=False, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    places = sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(str(Path(on_path).resolve().parent))
    return next((Path(place) for place in places if (Path(place) / "pg_ctl").exists()), None)


def _account() -> str | None:
    """Whom the server runs as when we are root, which it refuses to be."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)
