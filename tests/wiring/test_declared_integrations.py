"""What a register says of integrations is checked before anything is sent through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.register.mistakes import mistakes_only
from tocsin.wiring.equipment import declared
from tocsin.world import RealClock


def told(home: Path, integration: str) -> list[str]:
    folder = home / "register"
    folder.mkdir(exist_ok=True)
    (folder / "r.toml").write_text(integration)
    _, mistakes = declared(home, RealClock())
    return [str(one) for one in mistakes_only(mistakes)]


def webhook(secret: str = "env:HOOK", repeatable: str = "keyed") -> str:
    return (
        f'[integrations.hook]\nkind = "webhook"\nurl = "https://x.example/orders"\n'
        f'secret = "{secret}"\n[integrations.hook.settings]\nrepeatable = "{repeatable}"\n'
    )


def test_a_wrong_choice_is_told_with_all_that_can_be_chosen(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, webhook(repeatable="yes"))
    assert "webhook: repeatable is idempotent, keyed or neither, not 'yes'" in mistake


def test_a_secret_that_cannot_sign_is_told_before_the_first_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "too short")
    (mistake,) = told(tmp_path, webhook())
    assert "secret env:HOOK: a signing secret has at least 16 bytes" in mistake
    assert "too short" not in mistake
    monkeypatch.setenv("HOOK", "whsec_***")
    (mistake,) = told(tmp_path, webhook())
    assert "goes on in Base64" in mistake
    monkeypatch.setenv("HOOK", "long enough to sign")
    assert told(tmp_path, webhook()) == []
    monkeypatch.delenv("HOOK")
    assert told(tmp_path, webhook()) == [], "a secret that is not here tells nothing"


def test_what_is_never_called_needs_no_address(tmp_path: Path) -> None:
    incoming = '[integrations.hub]\nkind = "signals-in"\nsecret = "env:HUB"\n'
    assert told(tmp_path, incoming) == []
    assert told(tmp_path, incoming + 'url = "https://h.example"\n') == []
    both = incoming + 'url = "https://h.example"\npath = "x"\n'
    assert any('both "url" and "path"' in one for one in told(tmp_path, both))
    called = incoming.replace("signals-in", "webhook")
    assert any('neither "url" nor "path"' in one for one in told(tmp_path, called))
