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

from tocsin.cli.screen import Screen
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


def examples(name: str) -> Path:
    """The folder of an example: beside the sources, or inside the installed package."""
    package = Path(__file__).resolve().parents[2]
    for place in (package / "examples", package.parents[1] / "examples"):
        if (place / name).is_dir():
            return place / name
    raise Unreachable(f"the example {name} is not part of this installation")


class Stage:
    """The folder and everything that runs in it."""

    def __init__(self, folder: Path, screen: Screen, clock: Clock) -> None:
        self.folder, self._screen, self._clock = folder, screen, clock
        self.home = folder / "home"
        self._running: list[subprocess.Popen[bytes]] = []
        self._begun = self._stage_begun = clock.now()
        self._stage = ""
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")},
            "TOCSIN_HOME": str(self.home),
            "RECEIVER_SECRET": SECRET,
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

    def start(self, *words: str, name: str) -> subprocess.Popen[bytes]:
        """Start a process that goes on; what it prints is kept in `NAME.out`."""
        with (self.folder / f"{name}.out").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=self.folder, env=self.environment, stdout=out, stderr=out,
            )  # fmt: skip
        self._running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process as a power cut would: kill -9."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._running.remove(process)

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something holds. Raises Unreachable when it does not within a minute."""
        begun = self._clock.now()
        while not holds():
            if (self._clock.now() - begun).total_seconds() > PATIENCE_SECONDS:
                raise Unreachable(f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}")
            self._clock.sleep(0.05)

    def person_key(self, person: str) -> Path:
        """An SSH key for a person of the story."""
        path = self.folder / "keys" / person
        path.parent.mkdir(exist_ok=True)
        LogKey.create(path, person)
        return path

    def clear(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.terminate()
            process.wait()
        self._running.clear()

    def where_to_look(self) -> list[str]:
        """The closing words: how long it took, and what to open."""
        self._end_stage()
        took = (self._clock.now() - self._begun).total_seconds()
        here = os.path.relpath(self.folder)
        return [
            f"\nThe whole story took {took:.0f} s. Look at:",
            f"  {here}/package/data/timeline.md   what happened, as anyone reads it",
            f"  {here}/package/VERIFY.txt         how to check the package without Tocsin",
            f"  {here}/receiver/calls.jsonl       what the outside saw: one effect for each order",
            f"  tocsin --home {here}/home log     the record's own log; try `incident list` too",
        ]

    def _end_stage(self) -> None:
        if self._stage:
            took = (self._clock.now() - self._stage_begun).total_seconds()
            self.say(f"  ({took:.1f} s)")
            self._stage = ""


def _quoted(word: str, folder: Path) -> str:
    short = word.replace(f"{folder}/", "").replace(f"{examples('receiver').parent}/", "examples/")
    return f'"{short}"' if " " in short else short
