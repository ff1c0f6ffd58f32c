"""The five ways in which a flag client turns a killed dependency on, and none of them does."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openfeature import api

from tocsin.switch.provider import SwitchProvider
from tocsin.switch.state import LAST, State, Switch, public_text, signed

KEY = Ed25519PrivateKey.generate()
PUBLIC = public_text(KEY)
WRONG_DEFAULT = True  # what a careless application writes


def document(serial: int = 1, key: Ed25519PrivateKey = KEY, **switches: Switch) -> bytes:
    return signed(State(serial=serial, issued_at="now", switches=switches), key)


class Far:
    """A server's answers, and two clocks that are wound by hand."""

    def __init__(self, answer: bytes | Exception = b"") -> None:
        self.answer, self.seconds, self.wall = answer, 100.0, 5000.0

    def fetch(self) -> bytes:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def provider(self, keep: Path | None = None) -> SwitchProvider:
        return SwitchProvider(
            "http://unused", PUBLIC, keep, fetch=self.fetch,
            seconds=lambda: self.seconds, wall=lambda: self.wall,
        )  # fmt: skip

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += seconds


def asked(provider: SwitchProvider, flag: str = "model") -> bool:
    return provider.resolve_boolean_details(flag, WRONG_DEFAULT).value


@pytest.fixture
def client() -> Iterator[object]:
    logging.getLogger("tocsin.switch").setLevel(logging.CRITICAL)
    yield api.get_client()
    api.clear_providers()


def test_a_switch_that_is_on_is_on_and_one_that_is_off_is_off(client) -> None:  # type: ignore[no-untyped-def]
    far = Far(document(model=Switch(on=True), knowledge=Switch(on=False)))
    api.set_provider(far.provider())
    assert client.get_boolean_value("model", False) is True
    assert client.get_boolean_value("knowledge", WRONG_DEFAULT) is False
    far.answer = document(2, model=Switch(on=False))
    api.get_client().provider.poll()
    assert client.get_boolean_value("model", WRONG_DEFAULT) is False


def test_asked_right_after_it_was_set_it_never_uses_the_callers_default(client) -> None:  # type: ignore[no-untyped-def]
    hangs = threading.Event()
    far = Far(OSError("refused"))
    provider = far.provider()
    api.set_provider(provider)  # does not wait
    assert client.get_boolean_value("model", WRONG_DEFAULT) is False
    details = client.get_boolean_details("model", WRONG_DEFAULT)
    assert details.error_code is None and "refused" in str(details.flag_metadata)
    hangs.set()


def test_a_mistyped_flag_is_off(client) -> None:  # type: ignore[no-untyped-def]
    api.set_provider(Far(document(model=Switch(on=True))).provider())
    assert client.get_boolean_value("modle", WRONG_DEFAULT) is False


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"{", b"[]", b"null", b'{"body": "{}", "signature": ""}', b"\xff\xfe",
        b'{"body": 3, "signature": "AAAA"}', b"[" * 100_000,
        document(key=Ed25519PrivateKey.generate(), model=Switch(on=True)),
        document(model=Switch(on=True)).replace(b"true", b"True"),
        document(model=Switch(on=1)),  # type: ignore[arg-type]
        document(model=Switch(on=True, on_loss="perhaps")),
        document(model=Switch(on=True, on_loss=LAST, last_for_seconds=-1)),
    ],
)  # fmt: skip
def test_what_is_corrupt_or_forged_turns_nothing_on(bad: bytes) -> None:
    far = Far(bad)
    provider = far.provider()
    provider.poll()
    assert asked(provider) is False
    far.answer = document(model=Switch(on=True))
    provider.poll()
    assert asked(provider) is True, "and it recovers by itself"
    far.answer = bad
    provider.poll()
    far.pass_by(5.1)
    assert asked(provider) is False


def test_a_dead_server_leaves_a_safe_switch_on_for_seconds_and_no_longer() -> None:
    far = Far(document(model=Switch(on=True)))
    provider = far.provider()
    provider.poll()
    far.answer = OSError("gone")
    far.pass_by(4.9)  # a restart of the server is no outage
    provider.poll()
    assert asked(provider) is True
    far.pass_by(0.2)
    assert asked(provider) is False


def test_the_last_state_counts_for_a_bounded_time() -> None:
    far = Far(document(model=Switch(on=True, on_loss=LAST, last_for_seconds=900),
                       killed=Switch(on=False, on_loss=LAST, last_for_seconds=900)))  # fmt: skip
    provider = far.provider()
    provider.poll()
    far.answer = OSError("gone")
    far.pass_by(899)
    assert (asked(provider), asked(provider, "killed")) == (True, False)
    far.pass_by(2)
    assert (asked(provider), asked(provider, "killed")) == (False, False)


def test_an_older_state_does_not_come_back() -> None:
    far = Far(document(1, model=Switch(on=True)))
    old = far.answer
    provider = far.provider()
    provider.poll()
    far.answer = document(2, model=Switch(on=False))
    provider.poll()
    far.answer = old
    provider.poll()
    assert asked(provider) is False


def test_what_was_kept_carries_an_application_over_its_own_restart(tmp_path: Path) -> None:
    far, keep = Far(document(model=Switch(on=True))), tmp_path / "keep"
    far.provider(keep).poll()
    far.answer = OSError("gone")
    far.pass_by(3)
    assert asked(far.provider(keep)) is True
    far.pass_by(3)
    assert asked(far.provider(keep)) is False, "it was heard six seconds ago"
    far.wall -= 60
    assert asked(far.provider(keep)) is False, "a clock that went back proves nothing"


@pytest.mark.parametrize(
    "kept",
    [b"", b"{}", b"[1]", b'"x"', b'{"heard_at": "soon", "document": ""}', b"\xff",
     json.dumps({"heard_at": 5000, "document": "{}"}).encode(),
     json.dumps({"heard_at": 5000, "document": document(key=Ed25519PrivateKey.generate(),
                 model=Switch(on=True)).decode()}).encode()],
)  # fmt: skip
def test_a_damaged_keep_turns_nothing_on(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "keep").write_bytes(kept)
    assert asked(Far(OSError("gone")).provider(tmp_path / "keep")) is False


def test_only_booleans_are_answered() -> None:
    provider = Far().provider()
    for ask in (provider.resolve_string_details, provider.resolve_object_details):
        with pytest.raises(Exception, match="boolean"):
            ask("model", "on")
    with pytest.raises(Exception, match="boolean"):
        asyncio.run(provider.resolve_integer_details_async("model", 1))
    answer = asyncio.run(provider.resolve_boolean_details_async("model", WRONG_DEFAULT))
    assert answer.value is False


def test_it_listens_by_itself_over_http(client) -> None:  # type: ignore[no-untyped-def]
    answers = {"/state": document(model=Switch(on=True))}

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in answers else 404)
            self.end_headers()
            self.wfile.write(answers.get(self.path, b""))

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider = SwitchProvider(f"http://127.0.0.1:{server.server_port}/", PUBLIC, poll_seconds=0.01)
    api.set_provider(provider)
    try:
        assert client.get_boolean_value("model", False) is True
        answers["/state"] = document(2, model=Switch(on=False))
        heard = threading.Event()
        for _ in range(500):
            if client.get_boolean_value("model", WRONG_DEFAULT) is False:
                break
            heard.wait(0.01)
        assert client.get_boolean_value("model", WRONG_DEFAULT) is False
    finally:
        server.shutdown()
        server.server_close()
