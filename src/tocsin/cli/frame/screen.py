"""What a command gives back: its answer on one stream, all else on the other."""

from __future__ import annotations

import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import msgspec

from tocsin.world import Clock

DONE, PROBLEM, WRONG_USE, WORLD_FAILED = 0, 1, 2, 3
PROGRESS_AFTER_SECONDS = 2.0
PROGRESS_EVERY_SECONDS = 0.5
WAITING_EVERY_SECONDS = 5.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A command's answer: `data` for scripts, `text` for people, and the exit status."""

    data: object
    text: str
    status: int = DONE


class Screen:
    """Standard output for the answer, standard error for everything else."""

    def __init__(self, *, json: bool, clock: Clock, out: TextIO | None = None) -> None:
        self._json, self._clock = json, clock
        self._out, self._err = out or sys.stdout, sys.stderr
        self._say: Callable[[str], None] | None = None

    def show(self, answer: Answer) -> int:
        """Write the answer; with `--json` exactly one JSON document on standard output."""
        if self._json:
            document = msgspec.json.encode(answer.data, order="sorted")
            self._out.write(msgspec.json.format(document, indent=2).decode() + "\n")
        elif answer.text:
            self._out.write(_harmless(answer.text.rstrip("\n")) + "\n")
        self._out.flush()
        return answer.status

    def say(self, text: str) -> None:
        """Write a line for people beside the answer."""
        if self._say is not None:
            self._say(text)
            return
        print(_harmless(text), file=self._err, flush=True)

    def say_by(self, say: Callable[[str], None]) -> None:
        """From now on such lines are told by this, as those of a log."""
        self._say = say

    @contextmanager
    def waiting(self, doing: str) -> Iterator[None]:
        """Say what is being done, and since when, once it has taken two seconds.

        For work that cannot count itself, such as a database that rewrites its file.
        """
        over = threading.Event()

        def tick() -> None:
            seconds, pause = 0.0, PROGRESS_AFTER_SECONDS
            while not over.wait(pause):
                seconds, pause = seconds + pause, WAITING_EVERY_SECONDS
                print(f"{doing}: {seconds:.0f} s", file=self._err, flush=True)

        ticking = threading.Thread(target=tick, daemon=True)
        ticking.start()
        try:
            yield
        finally:
            over.set()
            ticking.join()

    def pace(self, doing: str, *, always: bool) -> Callable[[int, int, int], None]:
        """A callback (bytes done, bytes in all, rows) that shows how fast it goes and how long yet.

        Only on a terminal, and once the work has taken two seconds; `always` is both not so.
        """
        begun = shown = self._clock.now()
        turn = threading.Lock()  # it is called by whoever reads, and by whoever looks on

        def step(done: int, total: int, rows: int) -> None:
            nonlocal shown
            with turn:
                now = self._clock.now()
                seconds = (now - begun).total_seconds()
                ended = done >= total
                soon = (now - shown).total_seconds() < PROGRESS_EVERY_SECONDS and not ended
                waited = self._err.isatty() and seconds >= PROGRESS_AFTER_SECONDS
                if soon or not (always or waited):
                    return
                shown = now
                line = f"{doing}: {100 * done // max(total, 1)} %, {rows:,} rows"
                if seconds > 0 and rows:
                    line += f", {rows / seconds:,.0f} rows/s"
                if seconds > 0 and done:
                    left = seconds * (total - done) / done
                    line += f", {left:.0f} s left" if not ended else f", {seconds:.0f} s in all"
                end = "\n" if ended or not self._err.isatty() else "\x1b[K\r"
                print(line, end=end, file=self._err, flush=True)

        return step

    def progress(self, doing: str, unit: str = "") -> Callable[[int, int | None], None]:
        """A callback (done, total) that shows progress once the work has taken two seconds.

        Args:
            unit: of what is counted, where `doing` does not say it: "bytes".
        """
        begun = shown = self._clock.now()
        line_open = False

        def step(done: int, total: int | None = None) -> None:
            nonlocal shown, line_open
            now = self._clock.now()
            ended = total is not None and done >= total
            if (now - begun).total_seconds() < PROGRESS_AFTER_SECONDS:
                return
            if (ended and line_open) or (now - shown).total_seconds() >= PROGRESS_EVERY_SECONDS:
                of = f" of {total:,}" if total is not None else ""
                end = "\n" if ended or not self._err.isatty() else "\r"
                print(
                    f"{doing}: {done:,}{of}{unit and ' ' + unit}",
                    end=end,
                    file=self._err,
                    flush=True,
                )
                shown, line_open = now, not ended

        return step


def _harmless(text: str) -> str:
    """The text with every sign spelt out that would move a cursor or turn the reading around."""
    return "".join(one if one in "\n\t" or not _moves(one) else ascii(one)[1:-1] for one in text)


def _moves(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs") or unicodedata.bidirectional(sign) in _TURNING


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
