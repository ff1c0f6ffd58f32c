"""What the demonstration stands on: its folder, its processes, its keys, and the time it takes.

Every command is the real one in a process of its own. Nothing outside the folder is touched.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tocsin.cli.frame.screen import Screen
from tocsin.cli.frame.shipped import examples
from tocsin.facts import Refused, Unreachable
from tocsin.journal.keys import LogKey
from tocsin.world import Clock

MARK = ".made-by-tocsin-demo"
SECRET = "a secret of the demonstration only"
PATIENCE_SECONDS = 60.0


def fresh_folder(folder: Path) -> Path:
    """The folder, empty. Only one that an earlier demonstration made is emptied.

    Raises:
        Refused: something else stands there.
    """
    if folder.exists():
        if not (folder / MARK).exists() and any(folder.iterdir()):
            raise Refused(f"{folder} is not empty and not from a demo; name another: --folder DIR")
        for child in sorted(folder.rglob("*")):
            if child.is_file() and not child.is_symlink():
                child.chmod(0o600)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("tocsin demo empties this folder when it runs again\n")
    return folder.resolve()


class Stage:
    """The folder and everything that runs in it."""

    def __init__(self, folder: Path, screen: Screen, clock: Clock) -> None:
        self.folder, self._screen, self._clock = folder, screen, clock
        self.home = folder / "home"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._begun = self._stage_begun = clock.now()
        self._stage = ""
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")},
            "TOCSIN_HOME": str(self.home),
            "PAGER_KEY": SECRET,
        }

    def stage(self, title: str) -> None:
        """Begin a stage of the story; the one before it is told with the time it took."""
        self._end_stage()
        self._stage, self._stage_begun = title, self._clock.now()
        self.say(f"\n{title}")

    def say(self, text: str) -> None:
        """Tell something to whoever watches."""
        self._screen.say(text)

    def tocsin(self, *words: str, expect: int = 0, show: bool = True) -> dict[str, Any]:
        """Run a command as a user would, and give its JSON answer.

        Raises:
            Unreachable: it ended with another exit status than `expect`.
        """
        if show:
            self.say(f"  $ tocsin {' '.join(_quoted(word, self.folder) for word in words)}")
        ran = subprocess.run(
            [sys.executable, "-m", "tocsin", *words, "--json"],
            cwd=self.folder, env=self.environment, capture_output=True, check=False,
        )  # fmt: skip
        if ran.returncode != expect:
            raise Unreachable(
                f"tocsin {' '.join(words)} ended with {ran.returncode}, not {expect}:\n"
                f"{ran.stderr.decode(errors='replace')}{ran.stdout.decode(errors='replace')}"
            )
        answer: dict[str, Any] = json.loads(ran.stdout)
        return answer

    def ran(self, python: Path, *words: str) -> str:
        """Run a program to its end, and give the last line that it printed.

        Raises:
            Unreachable: it failed.
        """
        ran = subprocess.run(
            [str(python), *words], cwd=self.folder, env=self.environment, capture_output=True,
            check=False,
        )  # fmt: skip
        if ran.returncode != 0:
            last = ran.stderr.decode(errors="replace").strip().splitlines()[-5:]
            raise Unreachable(f"{Path(words[0]).name} failed:\n" + "\n".join(last))
        lines = ran.stdout.decode().strip().splitlines()
        return lines[-1] if lines else ""

    def start(
        self, *words: str, name: str, python: Path | None = None, knows: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process that goes on; what it prints is kept in `NAME.out`.

        Args:
            knows: a folder whose modules it may import; else it finds those that we find.
        """
        around = self.environment | ({"PYTHONPATH": str(knows)} if knows is not None else {})
        with (self.folder / f"{name}.out").open("ab") as out:
            process = subprocess.Popen(
                [str(python or sys.executable), *words],
                cwd=self.folder, env=around, stdout=out, stderr=out,
            )  # fmt: skip
        self._running[name] = process
        return process

    def running(self, name: str) -> subprocess.Popen[bytes]:
        """The process that was started under this name."""
        return self._running[name]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process as a power cut would: kill -9."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._running = {n: p for n, p in self._running.items() if p is not process}

    def until(
        self, what: str, holds: Callable[[], bool], patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait until something holds. Raises Unreachable when it does not in time."""
        begun = self._clock.now()
        while not holds():
            if (self._clock.now() - begun).total_seconds() > patience_seconds:
                raise Unreachable(f"waited {patience_seconds:.0f} s in vain: {what}")
            self._clock.sleep(0.5)

    def seconds(self) -> float:
        """How long this stage has taken so far."""
        return (self._clock.now() - self._stage_begun).total_seconds()

    def pause(self, seconds: float) -> None:
        """Let the world go on."""
        self._clock.sleep(seconds)

    def begin_story(self) -> None:
        """What came before was set-up; the story's own time begins."""
        self._end_stage()
        self._begun = self._clock.now()

    def person_key(self, person: str) -> Path:
        """An SSH key for a person of the story."""
        path = self.folder / "keys" / person
        path.parent.mkdir(exist_ok=True)
        LogKey.create(path, person)
        return path

    def clear(self) -> None:
        """End what still runs."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def where_to_look(self) -> list[str]:
        """The closing words: how long it took, and what to open."""
        self._end_stage()
        took = (self._clock.now() - self._begun).total_seconds()
        here = os.path.relpath(self.folder)
        return [
            f"\nThe whole story took {took:.0f} s. Look at:",
            f"  {here}/report/report.html         what happened, on one page",
            f"  {here}/package/VERIFY.txt         how to check the package without Tocsin",
            f"  {here}/mail/                      what people were told, as the mail server has it",
            f"  tocsin --home {here}/home now     the screen of 24 lines; try `incident list` too",
        ]

    def _end_stage(self) -> None:
        if self._stage:
            took = (self._clock.now() - self._stage_begun).total_seconds()
            self.say(f"  ({took:.1f} s)")
            self._stage = ""


def _quoted(word: str, folder: Path) -> str:
    short = word.replace(f"{folder}/", "").replace(f"{examples('receiver').parent}/", "examples/")
    return f'"{short}"' if " " in short else short
