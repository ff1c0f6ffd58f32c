"""What tests of several rooms share: a PostgreSQL to throw away, records on both engines."""

import gc
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path

import pytest
from hypothesis import settings

from journal_checks import Opener, check_journal, open_plain
from tocsin.journal.store import Store

URL_VARIABLE = "TOCSIN_TEST_DATABASE_URL"

# No test is timed: a busy machine is no defect. The examples are the same each time, so that a
# change is judged by what it changed; TOCSIN_RANDOM=1 draws others, for whoever looks for more.
settings.register_profile("tocsin", deadline=None, derandomize="TOCSIN_RANDOM" not in os.environ)
settings.load_profile("tocsin")


# Eleven thousand tests and what they import live to the end. Whoever looks for garbage goes through
# all of it, each time, unless told that it stays; and a test leaves too little to look so often.
def pytest_collectstart() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
    gc.enable()


def _postgres_bin() -> Path | None:
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


class Cluster:
    """A PostgreSQL server of our own, gone when the tests are over."""

    def __init__(self, bin_: Path, folder: Path) -> None:
        self.data, self._bin = folder / "data", bin_
        self.account = _other_account()
        self._folder = folder
        folder.chmod(0o755)
        if self.account:
            shutil.chown(folder, self.account)
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", "tocsin", "-E", "UTF8", "-N")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        options = (
            f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 "
            "-c max_connections=200 -c autovacuum=off -c shared_buffers=128MB "
            "-c max_prepared_transactions=4"
        )
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def url(self, database: str) -> str:
        return f"postgresql://tocsin@127.0.0.1:{self.port}/{database}"

    def _run(self, *command: str | Path) -> None:
        words = [str(self._bin / command[0]), *map(str, command[1:])]
        if self.account:
            words = ["runuser", "-u", self.account, "--", *words]
        subprocess.run(
            words, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    bin_ = _postgres_bin()
    if bin_ is None:
        pytest.skip("NO POSTGRESQL: install it (Debian: postgresql) to test the server engine")
    if os.getuid() == 0 and _other_account() is None:
        pytest.skip("NO POSTGRESQL: it refuses to run as root, and there is no other account")
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    cluster = Cluster(bin_, folder)
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _postgres_server(request: pytest.FixtureRequest) -> str:
    given = os.environ.get(URL_VARIABLE)
    if given:
        return given
    return str(request.getfixturevalue("postgres_cluster").url("postgres"))


@pytest.fixture
def postgres_url(_postgres_server: str) -> Iterator[str]:
    """An empty database of one test's own."""
    import psycopg

    name = f"t_{secrets.token_hex(6)}"
    server, _, rest = _postgres_server.rpartition("/")
    options = "?" + rest.partition("?")[2] if "?" in rest else ""
    with psycopg.connect(_postgres_server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    yield f"{server}/{name}{options}"
    with psycopg.connect(_postgres_server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a record may be opened: a folder, or a server's address."""
    if request.param == "sqlite":
        return tmp_path
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def opener(place: Path | str) -> Iterator[Opener]:
    """Opens the record of this test, as often as wanted; checks and closes all at the end."""
    found: list[Store] = []

    def opens(**changes: object) -> Store:
        found.append(open_plain(place, **changes))
        return found[-1]

    yield opens
    for store in found:
        store.close()


@pytest.fixture
def store(opener: Callable[..., Store]) -> Iterator[Store]:
    """An empty record on each engine; its invariants are checked at the end."""
    opened = opener()
    yield opened
    check_journal(opened)
