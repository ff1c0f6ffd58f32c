"""One cause is one incident and one run, whoever tells it how often and wherever it was killed."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from desk_register import adopted, assistant_eye
from desk_world import BY_ANA, NOON, Hand, facts, kinds, opened, with_clock, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.acting.stopping import stop, undo
from tocsin.desk.alarms.findings import Basis, TakenIn, take_in_finding, take_in_subsided
from tocsin.desk.plans.runs import cancel
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Asserter, Author, Entry, Proof
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.incidents import Dismissed, Linked, Noted, Opened, Relation
from tocsin.facts.runs import Ordered, RunStarted

WATCH = Author(who="watch-1", kind=Asserter.WORKER, proof=Proof.PROCESS)
BLUR = timedelta(seconds=60)
PLAN = """
plan: fallback
version: "1"
title: Stop it
triggers: [fallback-rate]
systems: [assistant]
steps:
  stop: {act: kill-switch, target: assistant.model, wanted: off, undo: on, effect: stop, next: done}
  done: {end: completed}
"""


def found(
    detector: str = "fallback-rate",
    since: datetime = NOON - timedelta(minutes=3),
    name: str | None = None,
    **other: object,
) -> Found:
    made = Found(
        finding=name or f"{detector}-{since:%H%M%S}", detector=detector, system="assistant",
        sign=Sign.RATE, metric="fallback", version="2", segment=None, baseline="0.04",
        observed="0.31", low="0.28", high="0.34", confidence="0.95", tolerated="0.05", since=since,
        seen_until=since + timedelta(minutes=3), requests=900, bad=279, promise="p",
        summaries=(), declared="d" * 64, caused_by=None,
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


@pytest.fixture
def desk(tmp_path: Path) -> Writer:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "fallback.yaml").write_text(PLAN)
    hand = Hand()
    world = world_of({"kill-switch": hand}, {"seen": assistant_eye(hand)})
    return adopted(Writer(msgspec.structs.replace(world, home=tmp_path)))


def taken(desk: Writer, one: Found | None = None, **named: object) -> TakenIn | None:
    return take_in_finding(desk, one or found(), WATCH, blur=BLUR, **named)  # type: ignore[arg-type]


def logs(desk: Writer) -> list[str]:
    return desk.world.journal.logs("incident/")


def notes(desk: Writer, log: str) -> str:
    return "\n".join(fact.text for fact in facts(desk.world, Noted, log))


def test_a_finding_opens_an_incident_and_starts_its_plan_in_one_append(desk: Writer) -> None:
    came = taken(desk)
    assert came is not None and came.opened and came.runs == ("run-1",)
    assert kinds(desk.world, came.log) == ["Opened", "Found", "RunStarted", "Ordered"]
    (fact,) = facts(desk.world, Opened, came.log)
    assert fact.title == "assistant: fallback 31.0 % instead of 4.0 %, version 2"
    assert fact.occurred_at == NOON - timedelta(minutes=3)
    (order,) = facts(desk.world, Ordered, came.log)
    assert order.approvals == 1, "Tocsin is not armed, so that a person must let it act"


class Ticking(VirtualClock):
    """A clock on which each look takes a microsecond, as real ones do."""

    def now(self) -> datetime:
        self.sleep(0.000001)
        return super().now()


def test_nothing_that_follows_a_finding_stands_before_its_discovery(desk: Writer) -> None:
    ticking = adopted(Writer(with_clock(desk.world, Ticking(desk.world.clock.now()))))
    came = taken(ticking)
    assert came is not None
    (opening,) = facts(ticking.world, Opened, came.log)
    whens = [entry.happened_at for entry in ticking.world.journal.read(came.log)]
    assert opening.discovered_at <= min(whens) and whens == sorted(whens)


def test_told_again_it_is_nothing_new_also_to_another_process(desk: Writer) -> None:
    first = taken(desk)
    assert first is not None
    assert taken(desk) is None and taken(Writer(desk.world)) is None
    assert len(logs(desk)) == 1 and len(facts(desk.world, RunStarted, first.log)) == 1


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_killed_at_any_append_it_leaves_one_incident_and_one_run(
    desk: Writer, when: str, number: int
) -> None:
    append, calls = desk.world.journal.append, [0]

    def killing(*args: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == number and when == "before":
            raise Killed
        done = append(*args, **named)  # type: ignore[arg-type]
        if calls[0] == number:
            raise Killed
        return done

    desk.world.journal.append = killing  # type: ignore[method-assign, assignment]
    with contextlib.suppress(Killed):
        taken(desk)
    desk.world.journal.append = append  # type: ignore[method-assign]
    taken(Writer(desk.world))
    (log,) = logs(desk)
    for kind in (Opened, Found, RunStarted):
        assert len(facts(desk.world, kind, log)) == 1


def test_another_detector_s_finding_of_the_same_cause_joins_with_the_reason(desk: Writer) -> None:
    first = taken(desk)
    assert first is not None
    drift = found("intent-drift", since=NOON - timedelta(minutes=20), sign=Sign.DRIFT)
    second = taken(desk, drift)
    assert second is not None and not second.opened and second.log == first.log
    assert "within 18 minutes of what fallback-rate found" in notes(desk, first.log)
    assert "split it off" in notes(desk, first.log)
    assert len(facts(desk.world, RunStarted, first.log)) == 1


def test_the_same_detector_s_next_finding_joins_while_the_incident_is_open(desk: Writer) -> None:
    first = taken(desk)
    desk.world.clock.sleep(5 * 3600)
    later = taken(desk, found(since=desk.world.clock.now(), version="1"))
    assert first is not None and later is not None and later.log == first.log
    assert "fallback-rate found something in this incident before" in notes(desk, first.log)


def test_told_again_nothing_is_kept_again(desk: Writer) -> None:
    taken(desk)
    before = list(desk.world.vault.digests())
    taken(desk, bases=[Basis(name="n", source="s", data=b"newer summaries")])
    assert list(desk.world.vault.digests()) == before


def test_what_began_at_another_time_on_another_version_is_another_incident_and_says_which(
    desk: Writer,
) -> None:
    first = taken(desk)
    other = taken(desk, found("error-rate", since=NOON - timedelta(hours=5), version="1"))
    assert first is not None and other is not None and other.log != first.log
    (link,) = facts(desk.world, Linked, other.log)
    assert link.relation is Relation.RELATED and first.log.endswith(link.other)


def test_an_incident_that_a_person_opened_first_is_joined(desk: Writer) -> None:
    opened(desk.world)
    came = taken(desk)
    assert came is not None and not came.opened and came.runs == ("run-1",)
    assert "nothing had been found in it yet" in notes(desk, came.log)


def test_what_our_own_stop_explains_is_laid_to_it_and_starts_nothing(desk: Writer) -> None:
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    order = next(e.seq for e in desk.world.journal.read(begun.log) if isinstance(e.fact, Ordered))
    for name, since in (("fallback-rate", NOON), ("no-data", NOON - timedelta(seconds=40))):
        came = taken(desk, found(name, since=since))
        assert came is not None and came.explained and came.log == begun.log and not came.runs
    told = facts(desk.world, Found, begun.log)
    assert [one.caused_by for one in told] == [f"{begun.log}/{order}"] * 2
    assert "assistant.model was turned off at 12:00:00" in notes(desk, begun.log)
    assert len(logs(desk)) == 1 and len(facts(desk.world, RunStarted, begun.log)) == 1


def test_it_is_laid_to_our_stop_even_when_the_incident_is_over(desk: Writer) -> None:
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    desk.record(begun.log, lambda _: [Dismissed(because="a test")], BY_ANA.author)
    came = taken(desk, found(since=NOON + timedelta(minutes=1)))
    assert came is not None and came.explained and len(logs(desk)) == 1


def test_turning_on_again_explains_too_and_what_comes_long_after_does_not(desk: Writer) -> None:
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    desk.world.clock.sleep(3600)
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    back = desk.world.clock.now()
    drift = found("intent-drift", since=back + timedelta(minutes=1), sign=Sign.DRIFT)
    assert taken(desk, drift).explained  # type: ignore[union-attr]
    desk.record(begun.log, lambda _: [Dismissed(because="over")], BY_ANA.author)
    late = taken(desk, found(since=back + timedelta(minutes=30)))
    assert late is not None and late.opened and late.log != begun.log


def test_what_goes_wrong_after_a_rehearsal_is_a_failure_and_not_its_effect(desk: Writer) -> None:
    begun = stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    desk.world.clock.sleep(5)
    undo(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    back = desk.world.clock.now()
    while_off = taken(desk, found("errors", since=back - timedelta(seconds=5)))
    assert while_off is not None and while_off.explained
    desk.record(begun.log, lambda _: [Dismissed(because="rehearsed")], BY_ANA.author)
    soon = taken(desk, found(since=back + timedelta(seconds=20)))
    assert soon is not None and soon.opened and soon.runs and not soon.explained


def test_the_failure_itself_is_not_laid_to_the_stop_that_answered_it(desk: Writer) -> None:
    """The drift began with the failure, a little before the stop: the stop does not explain it."""
    first = taken(desk, found(since=NOON - timedelta(seconds=50)))
    assert first is not None
    stop(desk, "assistant", BY_ANA)
    run_until_idle(desk.world)
    came = taken(desk, found("intent-drift", since=NOON - timedelta(seconds=30)))
    assert came is not None and not came.explained and came.log == first.log


def test_it_subsides_once_and_may_come_back(desk: Writer) -> None:
    first = taken(desk)
    assert first is not None
    over = Subsided(
        finding=found().finding, detector="fallback-rate", observed="0.04", seen_until=NOON,
        requests=300,
    )  # fmt: skip
    assert take_in_subsided(desk, over, "assistant", WATCH) == first.log
    assert take_in_subsided(desk, over, "assistant", WATCH) is None
    again = taken(desk)
    assert again is not None and again.log == first.log
    assert take_in_subsided(desk, over, "assistant", WATCH) == first.log
    assert len(facts(desk.world, Found, first.log)) == 2
    assert len(facts(desk.world, Subsided, first.log)) == 2


def test_what_is_over_already_is_told_and_starts_no_plan(desk: Writer) -> None:
    came = taken(desk, over=True)
    assert came is not None and came.opened and not came.runs
    assert not facts(desk.world, RunStarted, came.log)


def test_a_plan_runs_again_when_the_change_began_after_its_end(desk: Writer) -> None:
    opened(desk.world)
    first = taken(desk)
    assert first is not None
    log = first.log

    cancel(desk, log, "run-1", "by hand", BY_ANA)
    run_until_idle(desk.world)
    early = taken(desk, found(name="early", since=NOON - timedelta(minutes=1)))
    assert early is not None and not early.runs
    desk.world.clock.sleep(1800)
    later = taken(desk, found(name="later", since=desk.world.clock.now()))
    assert later is not None and later.runs == ("run-2",)


def test_what_a_finding_rests_on_is_kept_and_named(desk: Writer) -> None:
    basis = Basis(name="summaries.parquet", source="the log", data=b"windows")
    came = taken(desk, bases=[basis])
    assert came is not None
    (acquired,) = facts(desk.world, EvidenceAcquired, came.log)
    (fact,) = facts(desk.world, Found, came.log)
    assert fact.summaries == (acquired.digest,)
    assert desk.world.vault.open(acquired.digest).read() == b"windows"


def test_without_a_plan_the_record_says_that_nobody_is_called(desk: Writer) -> None:
    came = taken(desk, found("error-rate"))
    assert came is not None and came.opened and not came.runs
    assert "NOBODY IS CALLED" in notes(desk, came.log)


def test_a_broken_plan_is_told_and_stops_no_other(desk: Writer) -> None:
    (desk.world.home / "playbooks" / "broken.yaml").write_text("plan: [\n")
    came = taken(desk)
    assert came is not None and came.runs == ("run-1",)
    assert "playbooks/broken.yaml" in notes(desk, came.log)


def test_a_plan_whose_eye_is_missing_is_started_all_the_same_and_says_so(desk: Writer) -> None:
    text = PLAN.replace("next: done}\n  done", "next: look}\n  look: {probe: gone, target: t, "
                        "wanted: off, next: done, on_not_shown: done}\n  done")  # fmt: skip
    (desk.world.home / "playbooks" / "fallback.yaml").write_text(text)
    came = taken(desk)
    assert came is not None and came.runs == ("run-1",)
    assert "NOT ALL of it can work" in notes(desk, came.log)


def test_the_incident_ends_while_the_finding_comes_and_another_is_opened(desk: Writer) -> None:
    opened(desk.world)
    read, ended = desk.world.journal.read, [False]

    def reading(log: str, after: int = 0) -> list[Entry]:
        """Somebody dismisses it just after it was chosen."""
        before = read(log, after)
        if log.startswith("incident/") and before and not ended[0]:
            ended[0] = True
            other = Writer(desk.world)
            other.record(log, lambda _: [Dismissed(because="no")], BY_ANA.author)
        return before

    desk.world.journal.read = reading  # type: ignore[method-assign]
    came = taken(desk)
    assert came is not None and came.opened and len(logs(desk)) == 2
