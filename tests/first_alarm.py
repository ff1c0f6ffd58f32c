"""The first alarm in one process: the real home, desk, watch and switch, and a small far side.

Time is wound: customers ask and the log grows whenever the desk sleeps, so that minutes pass in
moments. `Scene.real_time` lets it run as the machine's own clock does, for figures and for
processes that are killed.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import uvicorn

from cli_seat import Keyboard, ssh_key
from first_alarm_clock import WoundClock
from first_alarm_far import Paging, SmallAssistant, SmallRegistry, Vendor
from first_alarm_home import DETECTORS, register_text
from first_alarm_record import OnRecord
from pager_side import ROUTE
from post_office import Office, post_office
from small_web import Said, small_web
from tocsin import wiring
from tocsin.desk.acting.worker import Worker, run_until_idle
from tocsin.desk.alarms.watching import Pass, Watch
from tocsin.switch.server import app
from tocsin.switch.store import SwitchFolder
from tocsin.wiring import signing

PLAYBOOK = Path(__file__).parents[1] / "playbooks" / "assistant-fallback.yaml"
DECIDERS = ("ana", "ben", "cleo")
WINDOW = 5.0
BASELINE_SECONDS = 75.0  # at 60 a second: past both baselines


class Stand:
    """What several scenes share: the servers of the far side, and a home made once and copied.

    Use `stand()`.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        names = ("registry", "assistant", "knowledge", "pager")
        self.webs = {n: stack.enter_context(small_web(lambda _: Said(status=503))) for n in names}
        self.office: Office = stack.enter_context(post_office())
        self.ports = {name: web.port for name, web in self.webs.items()}
        self.ports |= {"mail": self.office.port, "switch": _free_port()}
        self.keys = {who: ssh_key(folder, who, seed) for seed, who in enumerate(DECIDERS, 1)}
        self.rehearsal, self.left_at = "", datetime.now(UTC)
        stack.enter_context(mock.patch.dict(os.environ, {"PAGER_KEY": ROUTE}))

    def build(self, begun: datetime | None = None) -> None:
        """The home that all scenes begin with: armed, and healthy past its baselines."""
        with ExitStack() as stack:
            made = Scene(self, self.folder, stack, WoundClock(begun))
            made.found()
            made.serve_switches()
            made.arm()
            made.begin()
            made.healthy(BASELINE_SECONDS)
            assert not made.incidents
            self.left_at = made.clock.now()


class Scene(OnRecord):
    """Everything, standing. Use `scene()`."""

    def __init__(
        self, stand: Stand, folder: Path, stack: ExitStack, clock: WoundClock,
        *, seed: int = 1, a_second: float = 60.0,
    ) -> None:  # fmt: skip
        self.stand, self.folder, self.home = stand, folder, folder / "home"
        self._stack, self.clock, self.keys, self.ports = stack, clock, stand.keys, stand.ports
        self.registry, self.vendor, self.pager = SmallRegistry(), Vendor(), Paging()
        self.assistant = SmallAssistant(
            self.home / "logs" / "assistant", self.clock.now, lambda: self.registry.alias,
            seed=seed, a_second=a_second,
        )  # fmt: skip
        self.assistant.knowledge = stand.webs["knowledge"].url()
        far = {"registry": self.registry, "assistant": self.assistant,
               "knowledge": self.vendor, "pager": self.pager}  # fmt: skip
        for name, one in far.items():
            stand.webs[name].answers = one.answer  # type: ignore[attr-defined]
        self.boxes, self.lost_answers = stand.office.boxes, 0
        self.boxes.__init__()  # type: ignore[misc]
        self.tocsin = Keyboard(self.home)
        stack.enter_context(mock.patch.object(signing, "RealClock", lambda: self.clock))

    # ---- setting the scene ----

    def found(self) -> None:
        """A home with its register, people, detectors and the shipped plan."""
        self.tocsin.done("init", "--origin", "demo.invalid/first-alarm")
        for starter in (self.home / "register").glob("*.toml"):
            starter.unlink()
        (self.home / "register" / "scene.toml").write_text(register_text(self.ports))
        for name, text in (("detectors", DETECTORS), ("playbooks", PLAYBOOK.read_text())):
            (self.home / name).mkdir(exist_ok=True)
            (self.home / name / "assistant.yaml").write_text(text)
        (self.home / "logs" / "assistant").mkdir(parents=True)
        self.tocsin.done("register", "adopt")
        self.tocsin.done("register", "enrol", "ana", f"{self.keys['ana']}.pub")
        for who in DECIDERS[1:]:
            self.tocsin.done("register", "enrol", who, f"{self.keys[who]}.pub", *self.by("ana"))

    def serve_switches(self) -> None:
        """The switch server on a thread, and the assistant that obeys it."""
        self.tocsin.done("switch", "key")  # declares the switches
        self._server = self._stack.enter_context(ExitStack())
        self.start_switches()
        self.obey()

    def start_switches(self) -> None:
        """Serve the switches."""
        place = self.home / "switch", self.ports["switch"]
        self._server.enter_context(switch_server(*place))

    def stop_switches(self) -> None:
        """The switch server is gone."""
        self._server.close()

    def restart_switches(self) -> None:
        """A new server reads what lies there, as after a restart of Tocsin."""
        self.stop_switches()
        self.start_switches()

    def obey(self) -> None:
        key = self.tocsin.done("switch", "key")["key"]
        keep = self.folder / "switch.keep"
        self.assistant.obey(f"http://127.0.0.1:{self.ports['switch']}", key, keep)
        self.assistant.served_to = self.clock.now()
        self.clock.each.append(self.assistant.pass_by)

    def open(self, clock: object = None) -> wiring.Opened:
        """The home, opened once more, by a clock of its own if one is given."""
        with mock.patch.object(signing, "RealClock", lambda: clock or self.clock):
            return self._stack.enter_context(wiring.open_home(self.home, warn=lambda _: None))

    def arm(self) -> None:
        """Rehearse, and let Tocsin act by itself."""
        done = self.tocsin.done("rehearse", "assistant", *self.by("ana"))
        assert done["rehearsed"], done
        self.tocsin.done("arm", "assistant", *self.by("ana"))
        self.stand.rehearsal = str(done["incident"])
        self.assistant.rows.clear()  # customers come now
        self.assistant.served_to = self.clock.now()

    # ---- what happens ----

    def by(self, who: str) -> tuple[str, ...]:
        return ("--as", who, "--key", str(self.keys[who]))

    def rest(self, span: timedelta) -> None:
        """Time passes in which nobody asks anything."""
        self.assistant.rows.clear()
        self.clock.wind(span)
        self.assistant.served_to = self.clock.now()

    def begin(self) -> None:
        """The watcher and the worker of this process."""
        self.opened = self.open()
        self.watcher = Watch(self.opened.desk, beat=beat_of(self.opened), name="watch-1")
        self.worker = Worker(self.opened.world, name="worker-1")

    def follow(self, seconds: float, watcher: Watch | None = None) -> list[Pass]:
        """Let time pass, looking at the log once a window."""
        passes = []
        for _ in range(round(seconds / WINDOW)):
            self.clock.sleep(WINDOW)
            self.assistant.flush()
            passes.append((watcher or self.watcher).one_pass())
        return passes

    def healthy(self, seconds: float) -> list[Pass]:
        """Traffic that is as it should be."""
        return self.follow(seconds)

    def next_window(self) -> None:
        """Customers ask up to the beginning of a window, and nobody after it yet."""
        now, whole = self.clock.now(), timedelta(seconds=WINDOW)
        window = now + whole - (now - datetime.min.replace(tzinfo=UTC)) % whole
        self.clock.wind(window - now)
        self.assistant.serve(window)

    def release(self) -> None:
        """Version 2 goes live, and no window holds both versions.

        Where a few of version 1 stand in the window that alarms, and by chance too many of these
        fail, no version stands out, and the plan asks the commander first.
        """
        self.next_window()
        self.registry.alias = 2

    def degrade(self) -> Pass:
        """Version 2 goes live, until something is found."""
        self.release()
        return self.until_found()

    def until_found(self, most_seconds: float = 120.0) -> Pass:
        """Let time pass until something is found."""
        for _ in range(round(most_seconds / WINDOW)):
            (passed,) = self.follow(WINDOW)
            if any(one.taken_in for one in passed.systems):
                return passed
        raise AssertionError("nothing was found")

    def work(self, seconds: float = 10.0, worker: Worker | None = None) -> None:
        """Carry out what falls due within this time; the log grows meanwhile."""
        self.clock.each.append(self.flush)
        try:
            until = self.clock.now() + timedelta(seconds=seconds)
            run_until_idle(self.opened.world, until=until, worker=worker or self.worker)
        finally:
            self.clock.each.remove(self.flush)

    def reach(self, holds: Callable[[], bool], most_seconds: float = 600.0) -> None:
        """Carry out what falls due until this holds; the log grows meanwhile.

        The bound counts the seconds that are wound, not those that a busy machine takes.
        """
        for _ in range(round(most_seconds)):
            self.work(1.0)
            if holds():
                return
            self.clock.sleep(1.0)
            self.flush()
        raise AssertionError(f"not reached: {self.steps()}, {self.actions()}")

    def see_it_stopped(self) -> None:
        """The stop was seen, and it is off."""
        self.reach(lambda: self.shown("stop-seen"))
        assert not self.assistant.is_on()

    def end(self) -> None:
        """The plan has come to its end."""
        self.reach(lambda: self.ending() is not None)

    def flush(self) -> None:
        self.assistant.flush()

    def approve(self, *people: str, incident: str | None = None) -> int:
        """These people approve what waits for approval."""
        name, order = incident or self.incident, self.waiting()
        for who in people:
            self.tocsin.done("decide", name, order, "approve", "--because", "it was verified",
                             *self.by(who))  # fmt: skip
        return order

    def play(self) -> None:
        """From the finding to the end of the plan."""
        self.work(3.0)
        self.acknowledge()
        self.roll_back()
        self.reach(lambda: self.waits_for("lift"))
        self.approve("ben")
        self.end()

    def acknowledge(self) -> None:
        """Whoever was called is looking."""
        self.tocsin.done("ack", self.incident, *self.by("ana"))

    def roll_back(self) -> None:
        """Two people approve the roll-back as soon as they are asked."""
        self.reach(self.rollback_waits)
        self.approve("ben", "cleo")

    def rollback_waits(self) -> bool:
        """Whether people are asked to approve it. Where no version stood out when the plan had to
        choose its way, it asks whoever commands first, and they say yes."""
        if self.asks("ask-commander"):
            words = ("answer", self.incident, "ask-commander", "yes", "--because", "seen")
            self.tocsin.done("incident", *words, *self.by("ben"))
        return self.waits_for("roll-back")

    @staticmethod
    def free_port() -> int:
        """A port that nobody listens on."""
        return _free_port()


@contextmanager
def stand(folder: Path, ago: timedelta = timedelta()) -> Iterator[Stand]:
    """The far side's servers, and a home to begin with.

    Args:
        ago: how long before now its story begins, for processes that go by the machine's clock.
    """
    logging.getLogger("tocsin").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        made = Stand(folder, stack)
        made.build(datetime.now(UTC) - ago)
        yield made


@contextmanager
def scene(stand: Stand, folder: Path, *, seed: int = 1, a_second: float = 60.0) -> Iterator[Scene]:
    """A scene that has begun; time goes on where the stand's home was left."""
    copied_home(stand, folder)
    with ExitStack() as stack:
        clock = WoundClock(stand.left_at)
        made = Scene(stand, folder, stack, clock, seed=seed, a_second=a_second)
        made.serve_switches()
        made.begin()
        yield made


def copied_home(stand: Stand, folder: Path) -> None:
    """The stand's home, in a folder of its own."""
    shutil.copytree(stand.folder / "home", folder / "home")


@contextmanager
def switch_server(folder: Path, port: int) -> Iterator[None]:
    """The real application on a thread."""
    config = uvicorn.Config(app(SwitchFolder(folder)), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def beat_of(opened: wiring.Opened) -> Callable[[], None]:
    """The sign of life to all who wait for one."""

    def beat() -> None:
        for give in opened.world.beats.values():
            give()

    return beat


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
