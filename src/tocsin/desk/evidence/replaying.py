"""Puts a set of requests to versions at addresses for tests, judges each answer, seals the result.

The same call again goes on with a replay that is not over; no request is counted twice. What is on
record is the rate of each version with its interval, and what was mended and broken between the
first and each other one, pair by pair.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

from tocsin.desk.evidence.replay_kept import Kept, result_bytes
from tocsin.desk.people import actor
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.detection.compared.paired import paired
from tocsin.detection.statistics.shares import decimal, interval
from tocsin.facts import Access, Draft, Entry, Fact, Refused
from tocsin.facts.analysis import ReplayBegan, Replayed, ReplaysCompared
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.learned import learned
from tocsin.facts.replays import Item, Said
from tocsin.incident.analysis import Replay, analysis_of
from tocsin.incident.refusals import access_for
from tocsin.incident.replay_set import held, read_set, told_lines
from tocsin.world import Appended, Clock

ERROR = 0.05
Told = Callable[[int, int | None], None]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A version at an address for tests.

    Args:
        against: as it stands in the record: the integration, with the version where one is named.
        ask: what it answers to a request; never raises, no answer is told.
        concurrency: how many requests are under way at once.
        pause_seconds: between the beginnings of two requests; 0 for none.
    """

    against: str
    ask: Callable[[Item], Said]
    concurrency: int = 1
    pause_seconds: float = 0.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be replayed.

    Args:
        data: the set, as it was read.
        folder: of the home, where answers are kept until they are sealed.
    """

    data: bytes
    name: str
    targets: Sequence[Target]
    purpose: str
    folder: Path
    access: Access | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A replay that is over.

    Args:
        resumed: how many answers were there from before.
        failed: of each version the requests that were not as expected, with why.
    """

    began: ReplayBegan
    ended: tuple[Replayed, ...]
    compared: tuple[ReplaysCompared, ...]
    resumed: int
    failed: Mapping[str, Mapping[str, str]]


def replayed(desk: Writer, log: str, asked: Asked, by: By, told: Told | None = None) -> Outcome:
    """Carry a replay out, or go on with one that was broken off.

    Raises:
        Refused: the set is not one, or another process is at this replay.
    """
    items, mistakes = read_set(asked.data, asked.name)
    if mistakes:
        raise Refused(told_lines(mistakes))
    names = [target.against for target in asked.targets]
    if not names or len(set(names)) != len(names):
        raise Refused("name each version once, and at least one: --against NAME")
    _forget_what_is_sealed(desk, log, asked.folder)
    known = _began(desk, log, asked, len(items), by)
    if known.is_over:
        return _ended_before(desk, known)
    began = known.fact
    kept = Kept(_place(asked.folder, log, began.replay))
    with kept.alone():
        answers, resumed = dict[str, dict[str, Said]](), 0
        for target in asked.targets:
            before = kept.answers(target.against)
            resumed += len(before)
            answers[target.against] = _answered(desk.world.clock, target, items, before, kept, told)
        outcome = _sealed(desk, log, asked, began, items, answers, by, resumed)
    kept.forget()
    return outcome


def _place(folder: Path, log: str, replay: str) -> Path:
    return folder / f"{log.rpartition('/')[2]}-{replay}"


def _forget_what_is_sealed(desk: Writer, log: str, folder: Path) -> None:
    """Throw away answers that a crash left behind after they had been sealed."""
    for one in analysis_of(desk.world.journal.read(log)).replays.values():
        place = _place(folder, log, one.fact.replay)
        if one.is_over and place.exists():
            Kept(place).forget()


def _began(desk: Writer, log: str, asked: Asked, count: int, by: By) -> Replay:
    """The replay that is gone on with, or a new one, which is on record when this returns; or the
    one that was begun under this client key, over or not."""
    stored = desk.world.vault.put(io.BytesIO(asked.data))
    against = tuple(target.against for target in asked.targets)

    def unfinished(entries: Sequence[Entry]) -> Replay | None:
        same = [
            one
            for one in analysis_of(entries).replays.values()
            if (one.fact.set, one.fact.against) == (stored.digest, against) and not one.is_over
        ]
        return same[-1] if same else None

    def facts(entries: Sequence[Entry]) -> list[Fact]:
        if unfinished(entries) is not None:
            return []
        replay = f"R{len(analysis_of(entries).replays) + 1}"
        return [
            ReplayBegan(
                replay=replay, set=stored.digest, items=count, against=against,
                purpose=asked.purpose,
            ),
            EvidenceAcquired(
                digest=stored.digest, size=stored.size, name=asked.name, source="whoever replays",
                because=f"the requests of replay {replay}",
            ),
        ]  # fmt: skip

    appended = _record(desk, log, facts, by, asked.access, by.client_key)
    entries = desk.world.journal.read(log)
    fact = entries[appended.first_seq - 1].fact if appended.repeated else None
    if isinstance(fact, ReplayBegan):
        return analysis_of(entries).replays[fact.replay]
    found = unfinished(entries)
    if found is None:
        raise Refused("another process has just ended this replay; see: tocsin analysis show")
    return found


def _ended_before(desk: Writer, known: Replay) -> Outcome:
    """A replay that is over, as it was sealed."""
    failed = dict[str, Mapping[str, str]]()
    for one in known.ended:
        with desk.world.vault.open(one.result) as piece:
            rows = [msgspec.json.decode(line, type=_Row) for line in piece.read().splitlines()]
        failed[one.against] = {row.id: row.why for row in rows if row.held is not True}
    return Outcome(
        began=known.fact, ended=known.ended, compared=known.compared, resumed=known.fact.items,
        failed=failed,
    )  # fmt: skip


@learned
class _Row(msgspec.Struct, frozen=True):
    """A line of what is sealed of one version."""

    id: str
    held: bool | None
    why: str


def _answered(
    clock: Clock, target: Target, items: Sequence[Item], before: Mapping[str, Said], kept: Kept,
    told: Told | None,
) -> dict[str, Said]:  # fmt: skip
    """What a version answers to every request; what it answered before is not asked again."""
    answers, turn = dict(before), threading.Lock()
    left = [item for item in items if item.id not in answers]
    with kept.more(target.against) as writing:

        def ask(item: Item) -> tuple[str, Said]:
            if target.pause_seconds:
                with turn:  # so that requests begin one after the other
                    clock.sleep(target.pause_seconds)
            said = target.ask(item)
            writing.keep(item.id, said)
            return item.id, said

        pool = ThreadPoolExecutor(target.concurrency)
        try:
            for one in as_completed([pool.submit(ask, item) for item in left]):
                id_, said = one.result()
                answers[id_] = said
                if told is not None:
                    told(len(answers), len(items))
        finally:  # what is not under way yet is not begun any more
            pool.shutdown(cancel_futures=True)
    return answers


def _sealed(
    desk: Writer, log: str, asked: Asked, began: ReplayBegan, items: Sequence[Item],
    answers: Mapping[str, Mapping[str, Said]], by: By, resumed: int,
) -> Outcome:  # fmt: skip
    judged = {
        against: {item.id: held(item.expected, said[item.id]) for item in items}
        for against, said in answers.items()
    }
    facts, ended = list[Fact](), list[Replayed]()
    for against, verdicts in judged.items():
        rows = {
            id_: {"held": verdict, "why": why, "said": answers[against][id_]}
            for id_, (verdict, why) in verdicts.items()
        }
        stored = desk.world.vault.put(io.BytesIO(result_bytes(rows)))
        ended.append(_ended(began, against, stored.digest, verdicts, answers[against]))
        facts.append(
            EvidenceAcquired(
                digest=stored.digest, size=stored.size, name=f"{began.replay}-{len(ended)}.jsonl",
                source=against, because=f"the answers of replay {began.replay}",
            )
        )  # fmt: skip
    first, *others = began.against
    compared = [
        _compared(began.replay, first, other, judged[first], judged[other]) for other in others
    ]
    _record(desk, log, lambda _: [*ended, *compared, *facts], by, asked.access)
    return Outcome(
        began=began,
        ended=tuple(ended),
        compared=tuple(compared),
        resumed=resumed,
        failed={
            against: {id_: why for id_, (verdict, why) in verdicts.items() if verdict is not True}
            for against, verdicts in judged.items()
        },
    )


_Verdicts = Mapping[str, tuple[bool | None, str]]


def _ended(
    began: ReplayBegan, against: str, result: str, verdicts: _Verdicts, said: Mapping[str, Said]
) -> Replayed:
    counted = [verdict for verdict, _ in verdicts.values()]
    good, bad = counted.count(True), counted.count(False)
    low, high = interval(good, good + bad, ERROR) if good + bad else (0.0, 1.0)
    return Replayed(
        replay=began.replay, set=began.set, against=against, served=_one_of(said.values()),
        result=result, items=began.items, held=good, failed=bad, unanswered=counted.count(None),
        low=decimal(low), high=decimal(high),
    )  # fmt: skip


def _compared(
    replay: str, before: str, after: str, one: _Verdicts, two: _Verdicts
) -> ReplaysCompared:
    pairs = [(one[id_][0], two[id_][0]) for id_ in one]
    mended, broken = pairs.count((False, True)), pairs.count((True, False))
    both, neither = pairs.count((True, True)), pairs.count((False, False))
    answered = mended + broken + both + neither
    difference, low, high, chance = paired(mended, broken, answered).said()
    return ReplaysCompared(
        replay=replay, before=before, after=after, mended=mended, broken=broken, both_held=both,
        both_failed=neither, unpaired=len(pairs) - answered, difference=difference, low=low,
        high=high, chance=chance,
    )  # fmt: skip


def _one_of(said: Iterable[Said]) -> str | None:
    """The version that all answers name; None where they name none, or several."""
    versions = {one.version for one in said if one.version is not None}
    return versions.pop() if len(versions) == 1 else None


def _record(
    desk: Writer, log: str, facts: Callable[[list[Entry]], Sequence[Fact]], by: By,
    access: Access | None, client_key: str | None = None,
) -> Appended:  # fmt: skip
    def drafts(entries: list[Entry]) -> list[Draft]:
        now, who = desk.world.clock.now(), actor(desk, by.author.who)
        allowed = access_for(who, access)
        return [Draft(fact=one, happened_at=now, access=allowed) for one in facts(entries)]

    return desk.decide(log, drafts, by.author, client_key=client_key, sign=by.sign)
