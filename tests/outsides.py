"""One connector of each kind, and a small real world at its other end that can fail."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from fastapi.testclient import TestClient

from far_side import Standing
from pager_side import PagerStanding
from post_office import Office
from registry_side import RegistryStanding
from tocsin.connectors.file_switch import FileSwitch, FileSwitchSettings
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Repeatable
from tocsin.switch.hand import SwitchHand, SwitchSettings
from tocsin.switch.server import app
from tocsin.switch.store import SwitchFolder
from tocsin.world import Connector, RealClock


class Outside(Protocol):
    """One connector and the world at its other end.

    Args:
        connector: made anew by `vanish`.
        target, other: two names that the far side knows.
        was, wanted: in which state both begin, and in which an order puts one.
        sees: whether it can look; `finds`: whether it can ask what became of an order.
    """

    connector: Connector
    target: str
    other: str
    was: str
    wanted: str
    sees: bool
    finds: bool

    def state(self) -> dict[str, str]: ...
    def put(self, target: str, state: str) -> None: ...
    def effects(self) -> int:
        """How many changes, or messages that can be told apart, there were."""
        ...

    def lose_next_answer(self) -> None: ...
    def obey_in_word_only(self) -> None: ...
    def vanish(self) -> None: ...


class Switching:
    """What a hand on plain switches is asked for."""

    target, other, was, wanted = "assistant", "search", "on", "off"
    sees = finds = True


class WebOutside(Switching):
    def __init__(self, place: Standing, repeatable: Repeatable, sees: bool) -> None:
        self.place, self.far, self.sees = place, place.far, sees
        self.far.drops_repeats = repeatable is Repeatable.KEYED
        self.connector: Connector = place.webhook(repeatable, sees=sees)

    def state(self) -> dict[str, str]:
        return dict(self.far.state)

    def put(self, target: str, state: str) -> None:
        self.far.state[target] = state

    def effects(self) -> int:
        return len(self.far.effects)

    def lose_next_answer(self) -> None:
        self.far.loses_answers = 1

    def obey_in_word_only(self) -> None:
        self.far.obeys_in_word_only = True

    def vanish(self) -> None:
        gone = Standing(self.far, 1, "http")  # nobody listens on port 1
        self.connector = gone.webhook(self.connector.repeatable, sees=self.sees)


class FileOutside(Switching):
    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.path, self.patch, self.renames = folder / "switch.json", patch, 0
        self.path.write_text(json.dumps({"assistant": "on", "search": "on"}))
        settings = FileSwitchSettings(place=str(self.path))
        self.connector: Connector = FileSwitch(settings, RealClock())
        self.replace = os.replace
        patch.setattr(os, "replace", self._counted)

    def _counted(self, source: str, goal: str) -> None:
        self.renames += 1
        self.replace(source, goal)

    def state(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.path.read_text())
        return found

    def put(self, target: str, state: str) -> None:
        self.path.write_text(json.dumps({**self.state(), target: state}))

    def effects(self) -> int:
        return self.renames

    def lose_next_answer(self) -> None:
        """The disk fails when the folder is synced: after the change, before the answer."""
        sync, seen = os.fsync, []

        def failing(handle: int) -> None:
            seen.append(handle)
            if len(seen) == 2:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            sync(handle)

        self.patch.setattr(os, "fsync", failing)

    def obey_in_word_only(self) -> None:
        """Somebody's script, which knows of no lock, puts the file back at once."""
        old = self.path.read_bytes()

        def put_back(source: str, goal: str) -> None:
            self._counted(source, goal)
            self.path.write_bytes(old)

        self.patch.setattr(os, "replace", put_back)

    def vanish(self) -> None:
        settings = FileSwitchSettings(place=str(self.path.parent / "gone" / "switch.json"))
        self.connector = FileSwitch(settings, RealClock())


class SwitchOutside(Switching):
    """Tocsin's own switches, and the server that serves them."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))
        self.folder, self.silent_until = SwitchFolder(folder / "switch"), self.clock.now()
        self.served_before = b""
        settings = SwitchSettings(
            place="switch", server="http://127.0.0.1:1", flags=("assistant", "search"),
            served_within_seconds=0.2,
        )  # fmt: skip
        self.folder.declare(settings.declared, self.clock.now())
        self.begun = self.folder.read().serial
        self.client = TestClient(app(self.folder))
        self.connector: Connector = SwitchHand(settings, folder, self._fetch, self.clock)

    def _fetch(self, url: str) -> tuple[int, bytes]:
        if self.clock.now() < self.silent_until:
            raise ConnectorError("the server is silent", may_have_acted=False)
        answer = self.client.get("/" + url.rpartition("/")[2])
        return answer.status_code, self.served_before or answer.content

    def state(self) -> dict[str, str]:
        states = self.folder.read().switches
        return {name: "on" if one.on else "off" for name, one in states.items()}

    def put(self, target: str, state: str) -> None:
        self.folder.set(target, state == "on", "somebody else", self.clock.now())

    def effects(self) -> int:
        return self.folder.read().serial - self.begun

    def lose_next_answer(self) -> None:
        """The server is silent for as long as the hand waits for it."""
        self.silent_until = self.clock.now() + timedelta(seconds=0.21)

    def obey_in_word_only(self) -> None:
        """The server goes on with what it served before."""
        self.served_before = self.folder.document()

    def vanish(self) -> None:
        settings = SwitchSettings(
            place="gone", server="http://127.0.0.1:1", flags=("assistant", "search")
        )
        home = self.folder.folder.parent
        self.connector = SwitchHand(settings, home, self._fetch, self.clock)


class RegistryOutside:
    """Aliases of a model registry."""

    target, other, was, wanted = "intents@production", "intents@shadow", "version:2", "version:1"
    sees = finds = True

    def __init__(self, place: RegistryStanding) -> None:
        self.place, self.registry = place, place.registry
        self.connector: Connector = place.hand()

    def state(self) -> dict[str, str]:
        return {f"intents@{name}": f"version:{n}" for name, n in self.registry.aliases.items()}

    def put(self, target: str, state: str) -> None:
        name, number = target.partition("@")[2], state.partition(":")[2]
        self.registry.aliases[name] = int(number)

    def effects(self) -> int:
        return len(self.registry.moves)

    def lose_next_answer(self) -> None:
        self.registry.loses_answers = 1

    def obey_in_word_only(self) -> None:
        self.registry.obeys_in_word_only = True

    def vanish(self) -> None:
        self.connector = self.place.hand(url="http://127.0.0.1:1")


class Telling:
    """What a hand is asked for that tells people: nobody outside can say what became of it."""

    was = "not told"
    sees = finds = False

    def obey_in_word_only(self) -> None:
        """It takes the words, and nobody hears them; that cannot be seen."""


class MailOutside(Telling):
    """Mailboxes."""

    target, other = "ana@x.example", "ben@x.example"

    def __init__(self, office: Office) -> None:
        self.office, self.connector = office, office.mail()
        self.wanted = "sent:" + office.drawer.put("It rings", "Come.")

    def state(self) -> dict[str, str]:
        told = {address: self.wanted for address, _ in self.office.boxes.arrived}
        return {self.target: self.was, self.other: self.was} | told

    def put(self, target: str, state: str) -> None:
        """Somebody throws it away."""
        boxes = self.office.boxes
        self.thrown = getattr(self, "thrown", 0) + len(boxes.arrived)
        boxes.arrived.clear()

    def effects(self) -> int:
        return len(set(self.office.boxes.numbers))

    def lose_next_answer(self) -> None:
        self.office.boxes.loses_answers = 1

    def vanish(self) -> None:
        self.connector = Office(self.office.boxes, self.office.drawer, 1).mail()


class PagerOutside(Telling):
    """Alerts of a pager."""

    target, other = "ana", "ben"

    def __init__(self, place: PagerStanding) -> None:
        self.place, self.connector = place, place.hand()
        self.wanted = "paged:" + place.drawer.put("It rings", "Come.")

    def state(self) -> dict[str, str]:
        told = {str(one["payload"]["component"]): self.wanted  # type: ignore[index]
                for one in self.place.pager.alerts.values()}  # fmt: skip
        return {self.target: self.was, self.other: self.was} | told

    def put(self, target: str, state: str) -> None:
        """Somebody closes it."""
        self.place.pager.alerts.clear()

    def effects(self) -> int:
        return len(self.place.pager.alerts)

    def lose_next_answer(self) -> None:
        self.place.pager.loses_answers = 1

    def vanish(self) -> None:
        self.connector = self.place.hand(url="http://127.0.0.1:1/v2/enqueue")
