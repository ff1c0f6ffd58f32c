"""What stands in a register becomes a connector, or a sentence that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.connectors.kinds import build, fetcher, limits_from
from tocsin.connectors.references import secret_at
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Repeatable
from tocsin.world import RealClock

HOOK = {"place": "https://far.example/hook", "secret": "env:S", "repeatable": "neither"}


def test_settings_in_words_become_a_connector(tmp_path: Path) -> None:
    more = {"settle_seconds": "3", "ports": "8443, 9443", "networks": "10.0.0.0/8,fd12::/64"}
    hook = build("webhook", {**HOOK, **more}, secret_at, RealClock())
    assert hook.repeatable is Repeatable.NEITHER
    path = tmp_path / "switch.json"
    path.write_text('{"a": "on"}')
    settings = {"place": str(path), "states": "on, off"}
    assert build("file-switch", settings, secret_at, RealClock()).look("a") == "on"


@pytest.mark.parametrize(
    ("kind", "settings", "says"),
    [
        ("webhok", {}, "did you mean webhook"),
        ("webhook", {**HOOK, "state-url": "x"}, "did you mean state_url"),
        ("webhook", {**HOOK, "repeatable": "often"}, "repeatable"),
        ("webhook", {"place": "https://far.example", "secret": "env:S"}, "repeatable"),
        ("webhook", {**HOOK, "secret": "in plain sight, and long"}, "by reference only"),
        ("webhook", {**HOOK, "ports": "many"}, "numbers"),
        ("webhook", {**HOOK, "timeout_seconds": "0"}, "timeout_seconds"),
        ("webhook", {**HOOK, "timeout_seconds": "nan"}, "timeout_seconds"),
        ("webhook", {**HOOK, "networks": "everywhere"}, "10.20.0.0/16"),
        ("file-switch", {}, "place"),
        ("file-switch", {"place": ""}, "path"),
    ],
)
def test_what_is_wrong_is_said_before_anything_fails(
    kind: str, settings: dict[str, str], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        build(kind, settings, secret_at, RealClock())


def test_a_secret_never_stands_in_a_refusal() -> None:
    with pytest.raises(Refused) as refused:
        build("webhook", {**HOOK, "secret": "in plain sight, and long"}, secret_at, RealClock())
    assert "plain sight" not in str(refused.value)


def test_a_reference_gives_its_secret_at_the_moment_of_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "first")
    assert secret_at("env:A_SECRET") == "first"
    monkeypatch.setenv("A_SECRET", "second")
    assert secret_at("env:A_SECRET") == "second"
    path = tmp_path / "secret"
    path.write_bytes(b" kept spaces \r\n")
    assert secret_at(f"file:{path}") == " kept spaces "


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 20_000])
def test_a_reference_to_nothing_usable_says_where_it_looked(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConnectorError, match="secret") as missing:
        secret_at(f"file:{path}")
    assert not missing.value.may_have_acted and not missing.value.retry


@pytest.mark.parametrize("reference", ["plain-words", "env:", "file:", "vault:x", ""])
def test_what_is_no_reference_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(ConnectorError, match="by reference only") as refused:
        secret_at(reference)
    assert "plain-words" not in str(refused.value)


def test_a_fetch_for_probes_keeps_the_same_guard() -> None:
    with pytest.raises(ConnectorError, match="not public"):
        fetcher({})("https://127.0.0.1/")
    assert limits_from({}).seconds == 10
