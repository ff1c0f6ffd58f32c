"""A house whose doors take alarms in, in memory and with an inbox on disk."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from tocsin.desk import DESK_AUTHOR, Writer
from tocsin.desk.inbound.senders import Senders
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import HOME_LOG, Asserter, Author, ConnectorError, Proof
from tocsin.facts.registers import RegisterAdopted
from tocsin.inbox.quota import Quotas
from tocsin.inbox.store import Inbox
from tocsin.register.inbound import SignalPolicy
from tocsin.register.model import Integration, Register, System
from tocsin.register.tokens import new_token
from tocsin.web.application import application
from tocsin.web.inbound import Door, Inbound
from tocsin.wiring.inbound import AsyncInbox
from tocsin.world import World

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana")
EVENT = {"event_action": "trigger", "dedup_key": "d1",
         "payload": {"summary": "drift", "source": "fraud", "severity": "error"}}  # fmt: skip
ALERT = {"status": "firing", "labels": {"alertname": "Drift"}, "fingerprint": "f1"}
WEBHOOK = {"version": "4", "alerts": [ALERT]}
SECRETS = {"env:MLFLOW": "s3cret", "env:HUB": "other"}
INTEGRATIONS = {
    "registry": Integration(id="registry", kind="signals-in", place="https://m.example",
                            secret="env:MLFLOW"),
    "hub": Integration(id="hub", kind="signals-in", place="https://h.example", secret="env:HUB",
                       settings={"signature": "hub"}),
    "lost": Integration(id="lost", kind="signals-in", place="https://l.example", secret="env:GONE"),
}  # fmt: skip
POLICY = SignalPolicy(unproven_a_minute=3)


def secret_of(reference: str) -> str:
    if reference not in SECRETS:
        raise ConnectorError(f"{reference} holds no secret", may_have_acted=False)
    return SECRETS[reference]


class House:
    """A door before the application of a world in memory, with an inbox on disk."""

    def __init__(self, home: Path, policy: SignalPolicy) -> None:
        self.clock = VirtualClock(NOON)
        ids = SeededIds("inbound")
        self.desk = Writer(World(
            clock=self.clock, ids=ids, journal=MemoryJournal(self.clock, ids), vault=MemoryVault(),
            connectors={}, probes={}, home=home,
        ))  # fmt: skip
        systems = {"fraud": System(id="fraud", name="Fraud <model>", owner="ana", tier=1)}
        register = Register(systems=systems, integrations=INTEGRATIONS, signals=policy)
        digest = self.desk.world.vault.put(io.BytesIO(register.canonical())).digest
        adopted = RegisterAdopted(digest=digest, systems=1, people=0)
        self.desk.record(HOME_LOG, lambda _: [adopted], DESK_AUTHOR)
        self.token = self.issue("prom", "signals")
        self.inbox = Inbox(home)
        self.keeping = AsyncInbox(self.inbox)
        door = Door(Senders(self.desk, secret_of), self.keeping, Quotas, self.clock)
        made = application(self.desk, [lambda app: app.add_middleware(Inbound, door=door)])
        self.client = TestClient(made, raise_server_exceptions=False)

    def issue(self, machine: str, *scopes: str) -> str:
        ids = self.desk.world.ids
        text, fact = new_token(machine, ids.incident(), ids.salt(), scopes)
        self.desk.record(HOME_LOG, lambda _: [fact], ANA)
        self.clock.sleep(2)
        return text

    def post(self, path: str, value: object, **headers: str) -> object:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.post(path, content=body, headers=named)

    @property
    def kept(self) -> list[tuple[str, bool, bytes | None]]:
        return [(one.source, one.proven, one.body) for one in self.inbox.after(0, 100)]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
