"""A PostgreSQL server to measure on: the one that is named, or one of our own that is thrown away.

Our own stands on the same disk as the other records and keeps its default durability: fsync on,
synchronous_commit on.
"""

from __future__ import annotations

import atexit
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from glob import glob
from pathlib import Path

from sqlalchemy import create_engine, text

URL_VARIABLE = "TOCSIN_TEST_DATABASE_URL"


@cache
def server() -> str | None:
    """The address of a server where databases may be made; None when there is no PostgreSQL.

    `TOCSIN_TEST_DATABASE_URL` names it. Without that variable one is started, once in this process,
    and is gone when the process ends.
    """
    given = os.environ.get(URL_VARIABLE)
    if given:
        return given
    programs = _programs()
    return None if programs is None else _started(programs)


def database(address: str) -> str:
    """The address of a new and empty database on this server."""
    name = f"bench_{secrets.token_hex(5)}"
    engine = create_engine(
        address.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{address.rpartition('/')[0]}/{name}"


def _started(programs: Path) -> str:
    folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-pg-"))
    folder.chmod(0o755)
    account = _other_account()
    if account is not None:
        shutil.chown(folder, account)
    data = folder / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=100"

    def run(*words: str | Path) -> None:
        command = [str(programs / words[0]), *map(str, words[1:])]
        if account is not None:
            command = ["runuser", "-u", account, "--", *command]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)  # fmt: skip

    def stop() -> None:
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)

    run("initdb", "-D", data, "-A", "trust", "-U", "tocsin", "-E", "UTF8", "-N")
    run("pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
    atexit.register(stop)
    return f"postgresql://tocsin@127.0.0.1:{port}/postgres"


def _programs() -> Path | None:
    places = sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        places.append(str(Path(on_path).resolve().parent))
    return next((Path(p) for p in places if (Path(p) / "pg_ctl").exists()), None)


def _other_account() -> str | None:
    """Whom the server runs as when we are root, which it refuses to be."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None
