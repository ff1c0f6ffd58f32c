"""The signed state: whole or not at all, never turned on by a loss, and served as it stands."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused, Unreachable
from tocsin.facts.runs import Outcome
from tocsin.switch.flagd import flagd
from tocsin.switch.hand import SwitchHand, SwitchSettings
from tocsin.switch.server import app
from tocsin.switch.state import LAST, Switch, verified
from tocsin.switch.store import StateLost, SwitchFolder
from tocsin.world import Order

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DECLARED = {"model": Switch(on=True), "knowledge": Switch(on=True)}


@pytest.fixture
def folder(tmp_path: Path) -> SwitchFolder:
    made = SwitchFolder(tmp_path / "switch")
    made.declare(DECLARED, NOON)
    return made


def test_a_declared_switch_begins_on_and_declaring_again_changes_nothing(
    folder: SwitchFolder,
) -> None:
    assert {name: one.on for name, one in folder.read().switches.items()} == {
        "model": True, "knowledge": True,
    }  # fmt: skip
    before = folder.document()
    folder.set("model", False, "incident/7K3/4", NOON)
    state = folder.declare({**DECLARED, "search": Switch(on=True)}, NOON)
    assert (state.switches["model"].on, state.switches["search"].on) == (False, True)
    assert state.switches["model"].order == "incident/7K3/4"
    assert folder.declare({**DECLARED, "search": Switch(on=True)}, NOON).serial == state.serial
    assert folder.document() != before


def test_what_happens_on_loss_may_be_declared_anew(folder: SwitchFolder) -> None:
    folder.set("model", False, "o", NOON)
    wish = {"model": Switch(on=True, on_loss=LAST, last_for_seconds=60)}
    one = folder.declare(wish, NOON).switches["model"]
    assert (one.on, one.on_loss, one.last_for_seconds) == (False, LAST, 60)


def _damaged(folder: SwitchFolder, tmp_path: Path, damage: str) -> None:
    path = folder.folder / "state.json"
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "foreign":
        other = SwitchFolder(tmp_path / "other")
        other.declare(DECLARED, NOON)
        path.write_bytes(other.document())
    else:
        path.write_bytes(data[:40] if damage == "cut" else data.replace(b"model", b"nodel"))


DAMAGES = pytest.mark.parametrize("damage", ["gone", "cut", "flipped", "foreign"])


@DAMAGES
def test_a_damaged_state_is_replaced_by_the_copy_of_the_last_one(
    folder: SwitchFolder, tmp_path: Path, damage: str
) -> None:
    folder.set("model", False, "o", NOON)
    _damaged(folder, tmp_path, damage)
    assert folder.damage() and folder.read().serial == 2
    served = TestClient(app(folder))
    assert served.post("/ofrep/v1/evaluate/flags/model").json()["value"] is False
    assert served.post("/ofrep/v1/evaluate/flags/knowledge").json()["value"] is True
    assert served.get("/health").status_code == 503
    folder.set("knowledge", False, "p", NOON)
    assert not folder.damage() and served.get("/health").status_code == 200
    assert served.post("/ofrep/v1/evaluate/flags/knowledge").json()["value"] is False


@DAMAGES
def test_a_lost_state_is_never_declared_on_again(
    folder: SwitchFolder, tmp_path: Path, damage: str
) -> None:
    _damaged(folder, tmp_path, damage)
    (tmp_path / "switch.last.json").unlink()
    with pytest.raises(StateLost):
        folder.declare(DECLARED, NOON)
    with pytest.raises(StateLost):
        folder.set("model", True, "o", NOON, DECLARED)
    served = TestClient(app(folder))
    for flag in ("model", "knowledge", "typo"):
        answer = served.post(f"/ofrep/v1/evaluate/flags/{flag}")
        assert answer.status_code == 200 and answer.json()["value"] is False
    assert served.get("/health").status_code == 503
    assert folder.set("model", False, "o", NOON, DECLARED).on, "a stop is never refused"
    state = folder.read()
    assert [one.on for one in state.switches.values()] == [False, False]
    assert state.switches["model"].order == "o"
    assert folder.begin_anew(DECLARED, NOON).serial > state.serial


def test_an_older_state_that_is_put_back_does_not_count(folder: SwitchFolder) -> None:
    old = folder.document()
    folder.set("model", False, "o", NOON)
    (folder.folder / "state.json").write_bytes(old)
    assert "older" in folder.damage()
    assert folder.declare(DECLARED, NOON).switches["model"].on is False
    served = TestClient(app(folder))  # a server that starts only now
    assert served.post("/ofrep/v1/evaluate/flags/model").json()["value"] is False


@pytest.mark.parametrize("lost", ["key", "key and state", "folder"])
def test_a_lost_key_leaves_every_switch_off(folder: SwitchFolder, lost: str) -> None:
    folder.set("model", False, "o", NOON)
    before = folder.public_key
    for path in list(folder.folder.iterdir()):
        if lost == "folder" or path.name in lost.replace("key", "switch.key").replace(
            "state", "state.json"
        ):
            path.unlink()
    with pytest.raises(StateLost, match="every switch is OFF"):
        folder.declare(DECLARED, NOON)
    assert folder.public_key != before
    assert not any(one.on for one in folder.read().switches.values())
    served = TestClient(app(folder))
    assert served.post("/ofrep/v1/evaluate/flags/knowledge").json()["value"] is False


def test_the_server_goes_on_with_the_last_good_state_while_it_runs(folder: SwitchFolder) -> None:
    folder.set("model", False, "o", NOON)
    served = TestClient(app(folder))
    assert served.get("/health").json() == {"ok": True, "serial": 2, "trouble": ""}
    (folder.folder / "state.json").write_bytes(b"{")
    assert served.post("/ofrep/v1/evaluate/flags/model").json()["value"] is False
    assert served.post("/ofrep/v1/evaluate/flags/knowledge").json()["value"] is True
    assert served.get("/health").status_code == 503


def test_every_flag_at_once_with_a_tag_that_changes_when_they_do(folder: SwitchFolder) -> None:
    served = TestClient(app(folder))
    first = served.post("/ofrep/v1/evaluate/flags")
    assert {f["key"]: f["value"] for f in first.json()["flags"]} == {
        "model": True, "knowledge": True,
    }  # fmt: skip
    tag = {"If-None-Match": first.headers["etag"]}
    assert served.post("/ofrep/v1/evaluate/flags", headers=tag).status_code == 304
    folder.set("model", False, "o", NOON)
    assert served.post("/ofrep/v1/evaluate/flags", headers=tag).status_code == 200


def test_nothing_can_be_switched_over_the_network(folder: SwitchFolder) -> None:
    served = TestClient(app(folder))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/state", "/health", "/ofrep/v1/flags/model"):
            assert served.request(method, path, json={"on": True}).status_code in (404, 405)
    assert folder.read().serial == 1


def test_two_who_switch_at_once_lose_nothing(folder: SwitchFolder) -> None:
    names = [f"flag-{n}" for n in range(8)]
    folder.declare({name: Switch(on=True) for name in names}, NOON)
    threads = [
        threading.Thread(target=SwitchFolder(folder.folder).set, args=(name, False, name, NOON))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(folder.read().switches[name].on for name in names)


def test_an_unknown_switch_and_an_unusable_folder_are_told(folder: SwitchFolder) -> None:
    with pytest.raises(Refused, match="there are: knowledge, model"):
        folder.set("modle", False, "o", NOON)
    in_the_way = folder.folder / "file"
    in_the_way.write_text("")
    with pytest.raises(Unreachable, match="check its owner"):
        SwitchFolder(in_the_way).declare(DECLARED, NOON)


class Serving:
    """A hand on a folder whose server is asked without a network; `down` makes it unreachable."""

    def __init__(self, folder: SwitchFolder) -> None:
        self.client, self.down, self.clock = TestClient(app(folder)), False, VirtualClock(NOON)
        settings = SwitchSettings(
            place=folder.folder.name, server="http://127.0.0.1:1", flags=("model", "knowledge")
        )
        self.hand = SwitchHand(settings, folder.folder.parent, self.fetch, self.clock)

    def fetch(self, url: str) -> tuple[int, bytes]:
        if self.down:
            raise ConnectorError("refused", may_have_acted=False)
        answer = self.client.get("/" + url.rpartition("/")[2])
        return answer.status_code, answer.content


OFF = Order(key="incident/7K3/4", target="model", wanted="off")


def test_the_hand_switches_and_says_what_was_served(folder: SwitchFolder) -> None:
    far = Serving(folder)
    assert far.hand.look("model") == "on" and far.hand.find(OFF) is None
    done = far.hand.act(OFF)
    assert (done.outcome, done.before, done.after) == (Outcome.DONE, "on", "off")
    assert far.hand.act(OFF).outcome is Outcome.ALREADY
    found = far.hand.find(OFF)
    assert found is not None and found.outcome is Outcome.ALREADY
    assert far.hand.look("knowledge") == "on", "the others are untouched"


def test_a_dead_server_is_told_and_the_order_stays_signed(folder: SwitchFolder) -> None:
    far = Serving(folder)
    far.down = True
    with pytest.raises(ConnectorError, match="tocsin switch serve") as lost:
        far.hand.act(OFF)
    assert lost.value.may_have_acted and lost.value.retry
    assert folder.read().switches["model"].on is False
    far.down = False
    assert far.hand.act(OFF).outcome is Outcome.ALREADY


@pytest.mark.parametrize(
    "order", [Order(key="k", target="modle", wanted="off"),
              Order(key="k", target="model", wanted="of")],
)  # fmt: skip
def test_what_is_no_switch_or_no_state_is_refused_for_good(
    folder: SwitchFolder, order: Order
) -> None:
    with pytest.raises(ConnectorError) as no:
        Serving(folder).hand.act(order)
    assert not no.value.may_have_acted and not no.value.retry


def test_the_state_as_evidence_is_sufficient_only_when_it_is_whole(folder: SwitchFolder) -> None:
    far = Serving(folder)
    made = far.hand.produce("switches", 5)
    assert made.sufficient and (made.count, made.wanted) == (2, 2)
    assert verified(made.data, folder.public_key).serial == 1
    far.down = True
    assert not far.hand.produce("switches", 5).sufficient


def test_settings_that_would_not_be_safe_are_refused() -> None:
    good = SwitchSettings(place="p", server="s", flags=("a",))
    assert good.declared == {"a": Switch(on=True)}
    for bad in (
        {"flags": ()}, {"on_loss": "on"}, {"on_loss": LAST}, {"last_for_seconds": 5},
    ):  # fmt: skip
        plain = {"place": "p", "server": "s", "flags": ("a",), **bad}
        with pytest.raises(Refused):
            _ = SwitchSettings(**plain).declared  # type: ignore[arg-type]


def test_the_flagd_file_says_that_it_is_not_fail_safe(folder: SwitchFolder) -> None:
    folder.set("model", False, "o", NOON)
    plain = flagd(folder.read())
    assert plain["flags"]["model"]["defaultVariant"] == "off"  # type: ignore[index]
    assert "NOT FAIL-SAFE" in plain["metadata"]["warning"]  # type: ignore[index]
