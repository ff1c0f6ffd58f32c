"""A desk that takes in what other tools send, for tests of what becomes of it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import msgspec
import pytest

from desk_register import REGISTER, adopted
from desk_world import facts, world_of
from tocsin.desk import Writer
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.facts.deliveries import UNPROVEN, Arrival
from tocsin.facts.incidents import Opened
from tocsin.inbox.store import Inbox

PLAN = """
plan: {plan}
version: "1"
title: Call people
triggers: [{trigger}]
steps:
  stop: {{act: kill-switch, target: a.model, wanted: off, undo: on, effect: stop, next: done}}
  done: {{end: completed}}
"""


class House:
    """A desk with a register in force, an inbox, and whoever takes in."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "playbooks").mkdir()
        self.desk = adopted(Writer(msgspec.structs.replace(world_of({}), home=home)), REGISTER)
        self.inbox = Inbox(home)
        self.taking = TakingIn(self.desk, self.inbox)

    def plan(self, plan: str, trigger: str) -> None:
        (self.home / "playbooks" / f"{plan}.yaml").write_text(
            PLAN.format(plan=plan, trigger=trigger)
        )

    def only_for(self, plan: str, system: str) -> None:
        """Let a plan name the one system that it is for."""
        file = self.home / "playbooks" / f"{plan}.yaml"
        file.write_text(f"{file.read_text()}systems: [{system}]\n")

    def send(
        self, key: str = "k", severity: str = "error", source: str = "prom", count: int = 1,
        action: str = "trigger", service: str = "assistant", details: object = None,
    ) -> None:  # fmt: skip
        payload = {"summary": f"drift {key}", "source": service, "severity": severity,
                   "class": "Drift", "custom_details": details}  # fmt: skip
        event = {"event_action": action, "dedup_key": key, "payload": payload}
        self.keep("pagerduty", event, source, count)

    def keep(self, format_: str, body: object, source: str = "prom", count: int = 1) -> None:
        one = Arrival(
            format=format_, source=source, proven=source != UNPROVEN, delivery="", said={},
            body=json.dumps(body).encode(), received_at=self.desk.world.clock.now(),
        )  # fmt: skip
        self.inbox.keep([one] * count)

    def take(self) -> TakingIn:
        while self.taking.once(patient=False).deliveries:
            pass
        return self.taking

    def take_killed_at(self, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take in; the n-th append is the last thing that its process does, and another goes on."""
        journal = self.desk.world.journal
        append, count = journal.append, 0

        def dying(*args: object, **kwargs: object) -> object:
            nonlocal count
            count += 1
            done = append(*args, **kwargs)  # type: ignore[arg-type]
            if count == step:
                raise _Killed
            return done

        monkeypatch.setattr(journal, "append", dying)
        with contextlib.suppress(_Killed):
            self.take()
        monkeypatch.setattr(journal, "append", append)
        self.desk = Writer(self.desk.world)
        self.taking = TakingIn(self.desk, self.inbox)
        self.take()

    @property
    def opened(self) -> list[str]:
        logs = self.desk.world.journal.logs("incident/")
        return [log for log in logs if facts(self.desk.world, Opened, log)]

    def of(self, kind: type, log: str) -> list[object]:
        return facts(self.desk.world, kind, log)


class _Killed(BaseException):
    """The process ends here."""
