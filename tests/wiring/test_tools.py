"""Every kind of integration becomes what it is for, or a sentence that says what is wrong."""

from __future__ import annotations

import io
import ssl
from pathlib import Path

import pytest

from post_office import post_office
from tocsin import wiring
from tocsin.connectors.egress import system_trust
from tocsin.facts import HOME_LOG
from tocsin.facts.registers import RegisterAdopted
from tocsin.register.model import Integration, Register
from tocsin.wiring.equipment import InForce, declared
from tocsin.world import Order, RealClock

ALL = """
[integrations.hook]
kind = "webhook"
url = "https://far.example/hook"
secret = "env:S"
settings = { repeatable = "keyed" }
[integrations.file]
kind = "file-switch"
path = "switch.json"
[integrations.kill-switch]
kind = "switch"
path = "switch"
settings = { server = "http://127.0.0.1:8600", flags = "assistant.model" }
[integrations.registry]
kind = "mlflow"
url = "http://127.0.0.1:5000"
settings = { networks = "127.0.0.0/8", ports = "5000", target = "intents@production" }
[integrations.target]
kind = "mlflow-target"
url = "http://127.0.0.1:5000"
settings = { smoke_url = "http://127.0.0.1:1/shadow", smoke_questions = "hello | where is it" }
[integrations.state]
kind = "http-state"
url = "https://far.example/state/{target}"
[integrations.shown]
kind = "file-state"
path = "switch.json"
[integrations.seen]
kind = "canary"
url = "http://127.0.0.1:1/chat"
settings = { questions = "hello | where is it", looks = "6", fallback = "people" }
[integrations.healthy]
kind = "log-rate"
path = "assistant"
settings = { rate = "fallback", at_most = "0.1", error = "0.01" }
[integrations.config]
kind = "http-evidence"
url = "http://127.0.0.1:1/config"
settings = { needs = "model, prompts", stable = "model" }
[integrations.mail]
kind = "smtp"
url = "smtps://mail.example"
secret = "env:MAIL"
settings = { sender = "Tocsin <tocsin@alarm.example>" }
[integrations.pager]
kind = "pagerduty"
url = "https://events.pagerduty.example/v2/enqueue"
secret = "env:ROUTE"
[integrations.dead-man]
kind = "dead-man"
url = "env:SIGN_OF_LIFE"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    wiring.found(tmp_path / "home", "acme.example/record", lambda text: None)
    return tmp_path / "home"


def write(home: Path, text: str) -> None:
    (home / "register" / "tools.toml").write_text(text)


def adopt(opened: wiring.Opened) -> None:
    digest = opened.world.vault.put(io.BytesIO(opened.declared.canonical())).digest
    fact = RegisterAdopted(digest=digest, systems=0, people=0)
    opened.desk.record(HOME_LOG, lambda _: [fact], wiring.HOME_AUTHOR)


def test_every_kind_becomes_what_it_is_for(home: Path) -> None:
    write(home, ALL)
    with wiring.open_home(home, warn=print) as opened:
        assert [m for m in opened.mistakes if m.path.startswith("integrations")] == []
        adopt(opened)
        world = opened.world
        assert set(world.connectors) == {
            "hook", "file", "kill-switch", "registry", "mail", "pager",
        }  # fmt: skip
        assert set(world.probes) == {"target", "state", "shown", "seen", "healthy"}
        assert {"registry", "kill-switch", "config"} <= set(world.producers)
        assert set(world.beats) == {"dead-man"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [('sender = "Tocsin <tocsin@alarm.example>"', 'sender = "Tocsin"', "sender"),
     ("sender =", "from =", "no setting 'from'"),
     ("smtps://mail.example", "smtps://mail.example:2500", "ports"),
     ('secret = "env:ROUTE"\n', "", "secret"),
     ('needs = "model, prompts"', 'need = "model"', "did you mean needs"),
     ('url = "env:SIGN_OF_LIFE"', 'url = "env:S"\nsettings = { method = "PUT" }', "GET or POST"),
     ('"dead-man"\nurl', '"deadman"\nurl', 'did you mean "dead-man"'),
     (', smoke_questions = "hello | where is it" }', " }", "belong together"),
     ('questions = "hello | where is it", looks', 'questions = " | ", looks', "needs questions"),
     ('at_most = "0.1"', 'at_most = "10"', "at_most")],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_its_remedy(
    home: Path, old: str, new: str, says: str
) -> None:
    assert old in ALL
    write(home, ALL.replace(old, new))
    _, told = declared(home, RealClock())
    mistakes = [m for m in told if m.path.startswith("integrations")]
    assert len(mistakes) == 1 and says in str(mistakes[0])


def test_mail_goes_out_with_the_words_that_the_vault_keeps(home: Path) -> None:
    with post_office() as office:
        write(
            home,
            f"""
[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:{office.port}"
[integrations.mail.settings]
sender = "Tocsin <tocsin@alarm.example>"
encryption = "none"
networks = "127.0.0.0/8"
ports = "{office.port}"
""",
        )
        with wiring.open_home(home, warn=print) as opened:
            adopt(opened)
            kept = opened.world.vault.put(io.BytesIO(b"It rings\n\nCome.\n")).digest
            mail = opened.world.connectors["mail"]
            mail.act(Order(key="incident/7K3/4", target="ana@x.example", wanted=f"sent:{kept}"))
        ((address, arrived),) = office.boxes.arrived
        assert (address, arrived["Subject"]) == ("ana@x.example", "It rings")


def test_many_addresses_read_the_certificates_of_the_system_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    make = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: read.append(1) or make())
    system_trust.cache_clear()
    write(home, ALL)
    declared(home, RealClock())
    declared(home, RealClock())
    assert read == [1]


def test_all_tools_of_one_moment_are_one_look_at_the_record(tmp_path: Path) -> None:
    looks = []
    in_force = Register(
        integrations={
            name: Integration(id=name, kind="file-switch", place=str(tmp_path / name))
            for name in ("one", "two", "three")
        }
    )

    def register() -> Register:
        looks.append(1)
        return in_force

    there = InForce(register, tmp_path, RealClock())
    assert (
        dict(there.hands.items()).keys() == frozenset(there.hands) == in_force.integrations.keys()
    )
    assert len(looks) == 2, "each question is one look, however many tools there are"
