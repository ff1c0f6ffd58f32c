"""The first alarm under faults: the world around breaks, and the end is still one that was meant.

Each test plays the shipped plan in one process on wound time, with the real desk, watch, switch and
connectors. `Scene.check` holds after every one: one incident, one run, nothing done or told twice,
and a record that verifies.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from first_alarm import Scene, Stand, scene, stand
from first_alarm_clock import Late
from first_alarm_far import FAILING, HEALTHY, write_rows
from first_alarm_home import DETECTORS
from small_web import Asked, Said
from tocsin.desk.acting.worker import Worker
from tocsin.desk.alarms.watching import Watch
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.gates import EvidenceSealed
from tocsin.facts.runs import AttemptFailed, Probed, Receipted, Verdict

ITEMS = {"model", "lineage", "configuration", "switches", "requests", "summaries", "retrieval"}
SLOW = pytest.mark.proof
POST_ALIAS = ("POST", "/api/2.0/mlflow/registered-models/alias")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as made:
        yield made


@pytest.fixture
def played(standing: Stand, tmp_path: Path) -> Iterator[Scene]:
    with scene(standing, tmp_path) as made:
        yield made


class Once:
    """Trouble at the first so many calls of one kind."""

    def __init__(self, kind: tuple[str, str], says: Said, times: int = 1) -> None:
        self.kind, self.says, self.left = kind, says, times

    def __call__(self, asked: Asked) -> Said | None:
        if (asked.method, asked.path.partition("?")[0]) != self.kind or not self.left:
            return None
        self.left -= 1
        return self.says


def test_a_failing_release_is_found_stopped_sealed_rolled_back_and_seen(played: Scene) -> None:
    played.degrade()
    played.see_it_stopped()
    played.play()
    played.check_happy_end()
    sealed = [f for f in played.facts(EvidenceSealed) if f.sufficient]
    assert {f.item for f in sealed} == ITEMS
    assert [event["payload"]["source"] for event in played.pager.alerts.values()]
    assert len(played.pager.alerts) == 1 and played.pager.beats
    told = {address.partition("@")[0] for address, _ in played.boxes.arrived}
    assert told == {"cleo", "dora", "emil", "fay"}


def test_a_failure_that_no_version_explains_is_put_to_the_commander(played: Scene) -> None:
    """What version 1 served in the window that alarms failed as well, if only a few requests."""
    played.next_window()
    played.assistant.fallbacks["1"] = FAILING
    played.clock.sleep(1)
    played.assistant.fallbacks["1"] = HEALTHY
    played.registry.alias = 2
    played.until_found()
    (found,) = played.facts(Found)
    assert found.version is None
    played.play()
    ways = [result for step, result in played.steps() if step in ("which-way", "ask-commander")]
    assert ways == ["undetermined", "yes"]
    played.check_happy_end()


def test_a_registry_that_is_down_stops_no_stop_and_people_go_on(played: Scene) -> None:
    played.degrade()
    played.registry.trouble = lambda _: Said(lost=True)
    played.see_it_stopped()
    played.acknowledge()
    played.end()
    played.check()
    assert ("find-target", "undetermined") in played.steps()
    assert not played.registry.moves and not played.assistant.is_on()
    assert not {f.item for f in played.facts(EvidenceSealed) if f.sufficient} & {"model", "lineage"}
    assert played.ending() == "failed"


@pytest.mark.parametrize(
    "says",
    [pytest.param(Said(status=500), id="500"),
     pytest.param(Said(status=200, body=b"{}", after_seconds=2.5), id="slow", marks=SLOW),
     pytest.param(Said(status=503, headers={"Retry-After": "2"}), id="busy", marks=SLOW),
     pytest.param(Said(lost=True), id="hangs up", marks=SLOW)],
)  # fmt: skip
def test_a_registry_that_fails_in_the_middle_is_asked_again(played: Scene, says: Said) -> None:
    played.degrade()
    played.registry.trouble = Once(POST_ALIAS, says)
    played.play()
    played.check_happy_end()
    failed = [f for f in played.facts(AttemptFailed)]
    assert len(failed) == 1 and failed[0].may_have_acted


def test_an_alias_that_another_moves_at_that_moment_is_seen_and_set_again(played: Scene) -> None:
    registry = played.registry
    registry.files[3], registry.registered[3] = registry.files[2], registry.registered[2]

    def another(asked: Asked) -> Said | None:
        if (asked.method, asked.path) == POST_ALIAS and not registry.moves:
            registry.trouble = lambda _: None
            said = registry.answer(asked)
            registry.alias = 3
            return said
        return None

    played.degrade()
    registry.trouble = another
    played.see_it_stopped()
    played.acknowledge()
    played.roll_back()
    played.reach(lambda: played.waits_for("lift"))
    failed = played.facts(AttemptFailed)
    assert len(failed) == 1 and "names version:3" in failed[0].why
    (receipt,) = [f for f in played.facts(Receipted) if f.after == "version:1"]
    assert (receipt.before, registry.alias) == ("version:3", 1)


def test_a_target_that_lacks_a_file_is_not_gone_back_to(played: Scene) -> None:
    del played.registry.files[1]["MLmodel"]
    played.degrade()
    played.see_it_stopped()
    played.acknowledge()
    played.end()
    played.check()
    looks = [f for f in played.facts(Probed) if f.step == "find-target"]
    assert looks[-1].verdict is Verdict.NOT_SHOWN and "MLmodel is missing" in looks[-1].seen
    assert not played.registry.moves and not played.assistant.is_on()
    assert played.ending() == "failed"


def test_partitions_truncated_late_and_twice_change_no_finding(played: Scene) -> None:
    late, remarks = list[dict[str, object]](), list[str]()
    for _ in range(4):
        played.clock.sleep(5)
        rows, played.assistant.rows = played.assistant.rows, []
        late += rows[:60]
        path = write_rows(played.assistant.log, rows[60:])
        path.with_name(f"again-{path.name}").write_bytes(path.read_bytes())
        cut = path.with_name(f"cut-{path.name}")
        cut.write_bytes(path.read_bytes()[:-200])
        (one,) = played.watcher.one_pass().systems
        assert not one.taken_in
        remarks += one.remarks
    played.clock.sleep(15)
    played.assistant.rows.clear()
    write_rows(played.assistant.log, late)
    (one,) = played.watcher.one_pass().systems
    assert not one.taken_in
    assert sum("cut-" in remark for remark in remarks) == 4, remarks
    played.degrade()
    (found,) = played.facts(Found)
    bad_since = played.assistant.first_bad
    assert bad_since is not None and found.version == "2"
    assert abs(found.since - bad_since[0]) <= timedelta(seconds=10)
    assert found.requests <= played.assistant.written
    played.play()
    played.check_happy_end()


@pytest.mark.parametrize(
    "says",
    ["550 5.1.1 nobody here", pytest.param("451 4.7.1 come back later", marks=SLOW)],
)
def test_a_mail_server_that_refuses_holds_nothing_up(played: Scene, says: str) -> None:
    played.degrade()
    played.boxes.says["RCPT"] = says
    played.see_it_stopped()
    played.work(90)  # what is refused for now is tried again; nothing is lost by that
    played.play()
    played.check_happy_end()
    assert not played.boxes.arrived


def test_a_mail_server_that_comes_back_gets_each_message_once(played: Scene) -> None:
    played.degrade()
    played.boxes.says["RCPT"] = "451 4.7.1 come back later"
    played.work(1)
    played.boxes.says.clear()
    played.boxes.loses_answers = 2
    played.play()
    played.check_happy_end()
    assert {address.partition("@")[0] for address, _ in played.boxes.arrived} == {
        "cleo", "dora", "emil", "fay",
    }  # fmt: skip


def test_a_vendor_that_hangs_is_told_and_keeps_nobody_from_stopping(played: Scene) -> None:
    played.vendor.hangs_seconds = 3.0
    played.degrade()
    played.see_it_stopped()
    looks = [f for f in played.facts(Probed) if f.step == "stop-seen"]
    assert "NOT untouched" in looks[-1].seen
    played.vendor.hangs_seconds = 0.0
    played.play()
    played.check_happy_end()


def test_two_workers_and_two_watchers_are_as_one(played: Scene) -> None:
    opened = played.open()
    watchers = [played.watcher, Watch(opened.desk, name="watch-2")]
    workers = [played.worker, Worker(opened.world, name="worker-2")]
    played.release()
    for _ in range(8):
        played.clock.sleep(5)
        played.assistant.flush()
        _at_once(*(watcher.one_pass for watcher in watchers))
    assert played.incidents
    for _ in range(3):
        _at_once(*(lambda w=one: _all_due(w) for one in workers))
    played.play()
    played.check_happy_end()


@pytest.mark.parametrize("seconds", [90.0, pytest.param(-90.0, marks=SLOW)])
def test_a_watcher_whose_clock_is_off_is_late_by_as_much_and_finds_the_same(
    played: Scene, seconds: float
) -> None:
    """Behind, it sees later; ahead, what it orders falls due later. Nothing is lost or doubled."""
    watcher = Watch(played.open(Late(played.clock, seconds)).desk, name="skewed")
    for passed in played.follow(30, watcher):
        assert not any(one.taken_in or one.failed for one in passed.systems)
    played.release()
    begun = played.clock.now()
    while not played.incidents:
        played.follow(5, watcher)
    played.see_it_stopped()
    assert played.clock.now() - begun <= timedelta(seconds=240)
    assert (played.facts(Found)[0].detector, played.facts(Found)[0].version) == (
        "assistant-fallback-rate", "2",
    )  # fmt: skip
    played.play()
    played.check_happy_end()


def test_a_kill_that_raises_another_metric_is_linked_and_opens_nothing(played: Scene) -> None:
    played.degrade()
    played.see_it_stopped()
    for passed in played.follow(180):
        assert not any(taken.opened for one in passed.systems for taken in one.taken_in)
    played.play()
    played.check_happy_end()
    played.follow(60)
    played.check()
    assert {f.detector for f in played.facts(Subsided)} >= {"assistant-fallback-rate"}


def test_silence_opens_an_incident_and_its_end_is_told(played: Scene) -> None:
    played.rest(timedelta(minutes=3))
    (one,) = played.watcher.one_pass().systems
    assert [taken.opened for taken in one.taken_in] == [True]
    (found,) = played.facts(Found)
    assert found.detector == "assistant-silent"
    played.watcher.one_pass()
    assert len(played.facts(Found)) == 1
    played.follow(10)
    assert [f.finding for f in played.facts(Subsided)] == [found.finding]
    played.check_opened_only()


@SLOW
def test_a_day_of_healthy_traffic_opens_nothing(standing: Stand, tmp_path: Path) -> None:
    """Nights are quiet, days are not, and each language has its own hours."""
    text = DETECTORS.replace("window: 5s", "window: 1m").replace("drift_window: 1m",
                                                                 "drift_window: 10m")  # fmt: skip
    with scene(standing, tmp_path, a_second=1.0) as played:
        (played.home / "detectors" / "assistant.yaml").write_text(text)
        assistant = played.assistant
        for quarter in range(24 * 4):
            hour = quarter / 4
            assistant.a_second = 1.05 + math.sin(hour * math.tau / 24)
            spanish = 1 + round(3 * (1 + math.sin((hour + 6) * math.tau / 24)))
            assistant.segments = ("en",) * 4 + ("de",) * 3 + ("es",) * spanish
            played.clock.wind(timedelta(minutes=15))
            assistant.serve()
            assistant.flush()
            (one,) = played.watcher.one_pass().systems
            assert not one.taken_in and not one.failed, (hour, one)
        assert assistant.written > 80_000 and not played.incidents
        played.registry.alias = 2  # and it was not blind meanwhile
        played.clock.wind(timedelta(minutes=15))
        assistant.serve()
        assistant.flush()
        (one,) = played.watcher.one_pass().systems
        assert any(taken.opened for taken in one.taken_in)


def _all_due(worker: Worker) -> None:
    while worker.serve():
        pass


def _at_once(*acts: object) -> None:
    errors: list[BaseException] = []

    def do(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told by the test itself
            errors.append(error)

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
