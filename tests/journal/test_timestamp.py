"""Trusted time, against an authority of our own: `openssl ts -reply` behind a small HTTP door."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from paper_record import LOG, PaperClock, key_of, small_record

from tocsin.facts import Unreachable
from tocsin.journal.export import export
from tocsin.journal.timestamp import request_stamp
from tocsin.journal.verify import Trust, verify_bag

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(
    OPENSSL is None, reason="openssl is absent: trusted time was not tested"
)
KEY = key_of(1)
CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = House of Hours
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = CA:false
extendedKeyUsage = critical, timeStamping
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*words: str | Path, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [str(OPENSSL), *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, check=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("req", "-config", config, "-newkey", "rsa:2048", "-nodes")
    steps = [
        (*new, "-x509", "-extensions", "ca", "-days", "2", "-keyout", folder / "ca.key",
         "-out", folder / "ca.pem"),
        (*new, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr"),
        ("x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "ca.pem", "-CAkey",
         folder / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", config, "-extensions",
         "tsa", "-out", folder / "tsa.pem"),
    ]  # fmt: skip
    for step in steps:
        done = openssl(*step)
        assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def door(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    class Exchange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Exchange)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def replied(folder: Path, asked: bytes) -> tuple[int, bytes]:
    (folder / "query").write_bytes(asked)
    words = ("ts", "-reply", "-config", folder / "openssl.cnf", "-section", "authority",
             "-queryfile", folder / "query", "-out", folder / "answer")  # fmt: skip
    done = openssl(*words)
    assert done.returncode == 0, done.stderr
    return 200, (folder / "answer").read_bytes()


def test_a_package_carries_a_token_that_openssl_verifies(authority: Path, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    with door(lambda asked: replied(authority, asked)) as url:
        done = export(
            small_record(), LOG, bag, key=KEY, clock=PaperClock(),
            stamp=lambda data: request_stamp(url, data),
        )  # fmt: skip
    assert verify_bag(bag, Trust(key=KEY.fingerprint)).time_token
    assert done.timestamped_at is not None and done.warnings == ()
    assert abs(datetime.now(UTC) - done.timestamped_at) < timedelta(minutes=5)
    verify = ("ts", "-verify", "-in", bag / "manifest-sha256.txt.tsr", "-CAfile",
              authority / "ca.pem", "-data")  # fmt: skip
    assert openssl(*verify, bag / "manifest-sha256.txt").returncode == 0
    assert openssl(*verify, bag / "bagit.txt").returncode != 0
    assert "openssl ts -verify -in manifest-sha256.txt.tsr" in (bag / "VERIFY.txt").read_text()


def test_a_token_our_parser_cannot_read_is_kept_as_it_came(authority: Path) -> None:
    """Other tools may read it: it is kept with a remark as long as it is about our digest."""

    def garbled(asked: bytes) -> tuple[int, bytes]:
        status, body = replied(authority, asked)
        return status, body + b"\x00"

    with door(garbled) as url:
        stamp = request_stamp(url, b"manifest")
    assert stamp.at is None and stamp.remark is not None and stamp.token.endswith(b"\x00")


def test_a_token_about_something_else_is_not_taken(authority: Path) -> None:
    held: list[bytes] = []

    def replayed(asked: bytes) -> tuple[int, bytes]:
        held.append(replied(authority, asked)[1])
        return 200, held[0]

    with door(replayed) as url:
        request_stamp(url, b"first")
        with pytest.raises(Unreachable, match=r"something else|no token"):
            request_stamp(url, b"second")
        with pytest.raises(Unreachable, match=r"something else|no token"):
            request_stamp(url, b"third")


@pytest.mark.parametrize(
    ("answer", "said"),
    [((500, b""), "HTTP 500"), ((200, b"<html>"), "no token"), ((200, b"x" * 2**21), "more than")],
)
def test_an_authority_that_answers_nonsense_is_the_worlds_move(
    answer: tuple[int, bytes], said: str
) -> None:
    with door(lambda asked: answer) as url, pytest.raises(Unreachable, match=said):
        request_stamp(url, b"manifest")


def test_an_authority_that_is_away_stops_no_export(tmp_path: Path) -> None:
    def away(data: bytes) -> object:
        return request_stamp("http://127.0.0.1:9/", data, seconds_max=1)

    done = export(
        small_record(),
        LOG,
        tmp_path / "bag",
        key=KEY,
        clock=PaperClock(),
        stamp=away,  # type: ignore[arg-type]
    )
    assert done.warnings[0].startswith("NO TRUSTED TIME")
    assert not verify_bag(tmp_path / "bag", Trust(key=KEY.fingerprint)).time_token
    with pytest.raises(Unreachable, match="not the http or https"):
        request_stamp("file:///etc/passwd", b"x")
