"""What every connector promises, tried on each against a small real world that can fail."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from far_side import FarSide, Standing, standing
from tocsin.connectors.file_switch import FileSwitch, FileSwitchSettings
from tocsin.exercise.paper import PaperConnector, Sheet
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Connector, Order, RealClock


class Outside(Protocol):
    """One connector and the world at its other end."""

    connector: Connector
    sees: bool

    def state(self) -> dict[str, str]: ...
    def put(self, target: str, state: str) -> None: ...
    def effects(self) -> int: ...
    def lose_next_answer(self) -> None: ...
    def obey_in_word_only(self) -> None: ...
    def vanish(self) -> None: ...


class WebOutside:
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


class FileOutside:
    sees = True

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


WEBHOOKS = {
    "webhook, idempotent": (Repeatable.IDEMPOTENT, True),
    "webhook, keyed": (Repeatable.KEYED, True),
    "webhook, keyed, blind": (Repeatable.KEYED, False),
    "webhook, neither": (Repeatable.NEITHER, True),
}


@pytest.fixture(params=[*WEBHOOKS, "file switch"])
def outside(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outside]:
    if request.param == "file switch":
        yield FileOutside(tmp_path, monkeypatch)
        return
    with standing(FarSide()) as place:
        yield WebOutside(place, *WEBHOOKS[request.param])


ORDER = Order(key="incident/7K3/17", target="assistant", wanted="off")
SECOND = Order(key="incident/7K3/23", target="assistant", wanted="off")


def test_what_is_done_is_seen(outside: Outside) -> None:
    receipt = outside.connector.act(ORDER)
    assert (receipt.key, receipt.outcome) == (ORDER.key, Outcome.DONE)
    assert outside.state() == {"assistant": "off", "search": "on"}
    if outside.sees:
        assert (receipt.before, receipt.after) == ("on", "off")
        assert outside.connector.look("assistant") == "off"
    else:
        assert "not looked at" in receipt.before and "not looked at" in receipt.after


def test_acting_twice_is_acting_once(outside: Outside) -> None:
    outside.connector.act(ORDER)
    again = outside.connector.act(ORDER)
    assert again.outcome is (Outcome.ALREADY if outside.sees else Outcome.DONE)
    assert outside.effects() == 1


def test_a_lost_answer_says_so_and_the_cure_acts_only_once(outside: Outside) -> None:
    outside.lose_next_answer()
    with pytest.raises(ConnectorError) as lost:
        outside.connector.act(ORDER)
    assert lost.value.may_have_acted and lost.value.retry
    assert outside.state()["assistant"] == "off"
    if outside.connector.repeatable is Repeatable.NEITHER:
        found = outside.connector.find(ORDER)
        assert found is not None and (found.before, found.after) == ("on", "off")
    else:
        assert outside.connector.act(ORDER).outcome is not Outcome.NOT_DONE
    assert outside.effects() == 1


def test_a_new_order_acts_again_after_someone_undid_the_first(outside: Outside) -> None:
    outside.connector.act(ORDER)
    outside.put("assistant", "on")
    assert outside.connector.act(SECOND).outcome is Outcome.DONE
    assert outside.state()["assistant"] == "off"


def test_obeyed_in_word_and_not_in_deed_is_an_error(outside: Outside) -> None:
    outside.obey_in_word_only()
    if not outside.sees:
        assert "not looked at" in outside.connector.act(ORDER).after
        return
    with pytest.raises(ConnectorError) as word_only:
        outside.connector.act(ORDER)
    assert word_only.value.may_have_acted
    assert "'on'" in str(word_only.value)


def test_rehearsed_on_paper_sends_nothing_and_the_next_step_sees_it(outside: Outside) -> None:
    paper = PaperConnector("hand", outside.connector, Sheet())
    receipt = paper.act(ORDER)
    assert (receipt.outcome, receipt.after) == (Outcome.REHEARSED, "off")
    assert receipt.before == "on" if outside.sees else "not seen" in receipt.before
    assert paper.look("assistant") == "off"
    assert paper.act(SECOND).outcome is Outcome.ALREADY
    assert paper.find(ORDER) == receipt
    assert outside.effects() == 0 and outside.state() == {"assistant": "on", "search": "on"}


def test_nothing_was_done_where_nobody_was_reached(outside: Outside) -> None:
    outside.vanish()
    with pytest.raises(ConnectorError) as away:
        outside.connector.act(ORDER)
    assert not away.value.may_have_acted and away.value.retry
    assert outside.effects() == 0


def test_an_order_that_never_arrived_is_not_found(outside: Outside) -> None:
    assert outside.connector.find(ORDER) is None


def test_looking_changes_nothing(outside: Outside) -> None:
    before = outside.state()
    if outside.sees:
        assert outside.connector.look("search") == "on"
        with pytest.raises(ConnectorError):
            outside.connector.look("assistent")
    else:
        with pytest.raises(ConnectorError, match="only a person can tell"):
            outside.connector.look("search")
    assert outside.state() == before and outside.effects() == 0


@pytest.mark.parametrize(
    "name",
    ["", "..", "a/../b", "a//b", "/etc/passwd", "a b", "a\nb", "x?y=1", "x#y", "é", "a" * 201],
)
def test_a_hostile_name_goes_nowhere(outside: Outside, name: str) -> None:
    for ask in (
        lambda: outside.connector.look(name),
        lambda: outside.connector.act(Order(key="k/1", target=name, wanted="off")),
    ):
        with pytest.raises(ConnectorError, match="not a usable name") as refused:
            ask()
        assert not refused.value.may_have_acted and not refused.value.retry
    assert outside.effects() == 0
    if isinstance(outside, WebOutside):
        assert outside.far.calls == []
