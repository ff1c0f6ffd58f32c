"""The five ways in which a flag client keeps a killed dependency on, through the real client.

A running application is stopped by the real command, then one thing after another breaks. It falls
back, stays there, and comes back by an order alone. Its own code says True where it should say
False; nothing that breaks may make that count.

Source: exercises, 3.5.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openfeature import api

from first_alarm import Scene, Stand, scene, stand
from tocsin.switch.provider import SwitchProvider

ASKED = {"question": "where is my order", "segment": "en"}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    logging.getLogger("tocsin").setLevel(logging.CRITICAL)
    with stand(tmp_path_factory.mktemp("stand")) as made:
        yield made


@pytest.fixture
def stopped(standing: Stand, tmp_path: Path) -> Iterator[Scene]:
    """A system that a person stopped, seen to be off."""
    with scene(standing, tmp_path) as played:
        assert served_by(played) == "assistant"
        played.tocsin.done("stop", "assistant", *played.by("ana"))
        assert served_by(played) == "people"
        yield played


def served_by(played: Scene) -> str:
    """Who answers a customer now, as the application itself decides it."""
    played.clock.sleep(0.1)
    row = played.assistant.rows[-1]
    return str(row["served_by"])


def corrupt(played: Scene) -> None:
    (played.home / "switch" / "state.json").write_bytes(b'{"assistant.model": true}')


def cut(played: Scene) -> None:
    path = played.home / "switch" / "state.json"
    path.write_bytes(path.read_bytes()[:-40])


def deleted(played: Scene) -> None:
    (played.home / "switch" / "state.json").unlink()


def put_back(played: Scene) -> None:
    """An older state, signed and genuine, in which it was on."""
    shutil.copy(played.stand.folder / "home" / "switch" / "state.json",
                played.home / "switch" / "state.json")  # fmt: skip


@pytest.mark.parametrize("damage", [corrupt, cut, deleted, put_back])
def test_a_file_that_breaks_turns_nothing_on(
    stopped: Scene, damage: Callable[[Scene], None]
) -> None:
    """Elsewhere a corrupt or deleted file leaves the last value, and that may be on."""
    damage(stopped)
    assert served_by(stopped) == "people"
    stopped.restart_switches()
    assert served_by(stopped) == "people"


def test_a_mistyped_flag_is_off_whatever_the_code_says(stopped: Scene) -> None:
    stopped.assistant.is_on()
    assert not stopped.assistant.is_on("assistant.modle")
    stopped.tocsin.done("undo", "assistant", *stopped.by("ana"))
    assert served_by(stopped) == "assistant" and not stopped.assistant.is_on("assistant.modle")


def test_before_anything_was_heard_it_is_off(stopped: Scene) -> None:
    """Elsewhere the code's default counts until the provider is ready."""
    key = stopped.tocsin.done("switch", "key")["key"]
    api.set_provider(SwitchProvider("http://127.0.0.1:1", key), "unheard")
    assert api.get_client("unheard").get_boolean_value("assistant.model", True) is False


def test_a_switch_that_is_gone_from_the_register_is_off_and_not_disabled(stopped: Scene) -> None:
    """Elsewhere a flag that is disabled gives the code's default. Here there is no such state."""
    text = (stopped.home / "register" / "scene.toml").read_text()
    (stopped.home / "register" / "scene.toml").write_text(
        text.replace('"assistant.model, assistant.knowledge"', '"assistant.knowledge"')
    )
    stopped.restart_switches()
    assert served_by(stopped) == "people"


def test_a_server_that_dies_turns_a_healthy_one_to_its_fallback_and_never_a_killed_one_on(
    stopped: Scene,
) -> None:
    stopped.stop_switches()
    assert served_by(stopped) == "people"
    stopped.start_switches()
    assert served_by(stopped) == "people"
    stopped.tocsin.done("undo", "assistant", *stopped.by("ana"))
    assert served_by(stopped) == "assistant"
    stopped.restart_switches()  # a restart of Tocsin never turns a healthy one off
    assert served_by(stopped) == "assistant"
    stopped.stop_switches()
    assert served_by(stopped) == "assistant"  # for a moment it goes by what it heard
    heard = time.monotonic()
    while served_by(stopped) == "assistant":
        assert time.monotonic() - heard < 8
        time.sleep(0.2)
    stopped.start_switches()
    assert served_by(stopped) == "assistant"


def test_it_comes_back_by_the_order_and_that_is_seen(stopped: Scene) -> None:
    done = stopped.tocsin.done("undo", "assistant", *stopped.by("ana"))
    assert done["shown"] and served_by(stopped) == "assistant"
    assert stopped.tocsin.sound()
