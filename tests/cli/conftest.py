"""Homes that are made once and copied for each test, and people with real keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import REGISTER, RESERVE_IS_KEPT, VARIABLES, Keyboard, copied, ssh_key


@pytest.fixture(autouse=True)
def _plain_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOGNAME", "ana")
    monkeypatch.setattr("tocsin.cli.frame.person.account", lambda: "ana")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The private key files of ana, ben, cleo (counsel) and a stranger who is not enrolled."""
    folder = tmp_path_factory.mktemp("keys")
    people = ("ana", "ben", "cleo", "stranger")
    return {who: ssh_key(folder, who, seed) for seed, who in enumerate(people, 1)}


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("founded") / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        patch.setenv("LOGNAME", "ana")
        Keyboard(home).done("init", "--origin", "incidents.example.com")
    # 4 MiB a copy would be most of what these tests write.
    (home / "reserve").write_bytes(RESERVE_IS_KEPT)
    return home


@pytest.fixture(scope="session")
def staffed_home(
    tmp_path_factory: pytest.TempPathFactory, founded_home: Path, keys: dict[str, Path]
) -> Path:
    """A home with a register in force and the keys of ana, ben and cleo enrolled."""
    home = copied(founded_home, tmp_path_factory.mktemp("staffed") / "home")
    switch = home.parent / "switch"
    switch.write_text('{"assistant": "serving"}')
    (home / "register" / "register.toml").write_text(REGISTER.replace("SWITCH", str(switch)))
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        patch.setenv("LOGNAME", "ana")
        tocsin, ana = Keyboard(home), ("--as", "ana", "--key", keys["ana"])
        tocsin.done("register", "adopt")
        tocsin.done("register", "enrol", "ana", f"{keys['ana']}.pub")
        for who in ("ben", "cleo"):
            tocsin.done("register", "enrol", who, f"{keys[who]}.pub", *ana)
    return home


@pytest.fixture
def tocsin(founded_home: Path, tmp_path: Path) -> Iterator[Keyboard]:
    """A home that was just made."""
    yield Keyboard(copied(founded_home, tmp_path / "home"))


@pytest.fixture
def staffed(staffed_home: Path, tmp_path: Path) -> Iterator[Keyboard]:
    """A home with people, keys and a register in force."""
    yield Keyboard(copied(staffed_home, tmp_path / "home"))
