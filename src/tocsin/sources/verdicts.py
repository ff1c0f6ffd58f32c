"""The log of what a judge said, beside the log it judged: JSON lines, each whole, never rewritten.

Each line carries the time, version and segment of the request that was judged, and its id, so that
the file is read like any log and falls into the same windows. A line that a crash cut short is
taken away when the work is taken up again; what was judged is not judged again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from tocsin.facts import ConnectorError, Refused
from tocsin.facts.learned import learned
from tocsin.facts.opinions import Exchange, Opinion
from tocsin.world import Clock, Judge

TRIES = 3
WAIT_SECONDS, WAIT_SECONDS_MAX = 2.0, 60.0


@learned
class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file."""

    at: str | None
    request_id: str
    version: str | None
    segment: str | None
    judged_grounded: bool | None
    no_verdict: str | None
    addressed: bool
    had_context: bool
    judge: str
    judge_name: str
    judge_version: str
    instructions: str
    temperature: str
    judged_at: str
    said: str


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run.

    Args:
        asked: calls of this run. left: exchanges of the sample that are not judged yet.
        stopped: why the run ended before the sample did; empty where it did not.
        unreached: the far side is why.
    """

    asked: int
    left: int
    stopped: str = ""
    unreached: bool = False


def verdicts_in(file: Path) -> list[Verdict]:
    """The lines of a file of verdicts; none where there is no file.

    Raises:
        Refused: a line is none.
    """
    if not file.exists():
        return []
    _mend(file)
    found = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Verdict))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused(
                f"{file}, line {number}: no verdict; name a file that `tocsin judge` wrote, "
                "or one that is not there yet"
            ) from None
    return found


def judge_into(
    file: Path, sample: Sequence[Exchange], judge: Judge, clock: Clock, calls: int,
    step: Callable[[int, int | None], None],
) -> Judging:  # fmt: skip
    """Judge what is not judged yet, at most so many, and write each verdict as it comes.

    Raises:
        Refused: the file holds verdicts of another judge, or cannot be written.
    """
    known = verdicts_in(file)
    others = sorted({one.judge_name for one in known} - {judge.name})
    if others:
        raise Refused(
            f"{file} holds verdicts of {', '.join(others)}, not of {judge.name}; two judges are "
            "not one rate: name another file with --to"
        )
    done = {one.request_id for one in known}
    due = [one for one in sample if one.request not in done]
    asked = 0
    try:
        with file.open("ab") as into:
            for one in due[:calls]:
                opinion = _asked(judge, one, clock)
                into.write(msgspec.json.encode(line_of(one, opinion, judge.name)) + b"\n")
                into.flush()
                os.fsync(into.fileno())
                asked += 1
                step(asked, min(len(due), calls))
    except ConnectorError as away:
        return Judging(asked=asked, left=len(due) - asked, stopped=str(away), unreached=True)
    except OSError as bad:
        raise Refused(f"{file} cannot be written: {bad.strerror}") from None
    left = len(due) - asked
    return Judging(asked=asked, left=left, stopped="the calls are used up" if left else "")


def line_of(one: Exchange, opinion: Opinion, judge_name: str) -> Verdict:
    """The line that says what was made of an exchange."""
    return Verdict(
        at=None if one.at is None else one.at.isoformat(),
        request_id=one.request,
        version=one.version,
        segment=one.segment,
        judged_grounded=opinion.grounded,
        no_verdict=opinion.why or None,
        addressed=opinion.addressed,
        had_context=one.context is not None,
        judge=opinion.judge,
        judge_name=judge_name,
        judge_version=opinion.version,
        instructions=opinion.instructions,
        temperature=opinion.temperature,
        judged_at=opinion.at.isoformat(),
        said=opinion.said,
    )


def labels_in(lines: Iterable[bytes], file: str) -> dict[str, bool]:
    """What people say of requests: lines of `{"request_id": ..., "grounded": true or false}`.

    Raises:
        Refused: a line is none.
    """
    found: dict[str, bool] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=_Label)
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise Refused(
                f'{file}, line {number}: {bad}; write {{"request_id": "...", "grounded": true}}'
            ) from None
        found[one.request_id] = one.grounded
    return found


@learned
class _Label(msgspec.Struct, frozen=True):
    request_id: str
    grounded: bool


def _asked(judge: Judge, one: Exchange, clock: Clock) -> Opinion:
    """The judge's opinion; asked again where that may help."""
    wait = WAIT_SECONDS
    for tried in range(1, TRIES + 1):
        try:
            return judge.judge(one)
        except ConnectorError as away:
            if tried == TRIES or not away.retry:
                raise
            clock.sleep(min(away.retry_after_seconds or wait, WAIT_SECONDS_MAX))
            wait *= 2
    raise AssertionError("unreachable")


def _mend(file: Path) -> None:
    """Take away a last line that has no end."""
    with file.open("r+b") as open_:
        data = open_.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            open_.truncate(whole)
