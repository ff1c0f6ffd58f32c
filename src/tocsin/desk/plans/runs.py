"""What people do with runs: start one, halt it, let it go on, answer it, say how an act ended."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import msgspec

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.repeating import Wish, wish
from tocsin.desk.loaded.rules import holders
from tocsin.desk.people import check_person
from tocsin.desk.plans.limits import check_in_time
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft, Fact, Refused
from tocsin.facts.record import Signer
from tocsin.facts.runs import (
    Answered,
    Outcome,
    OutcomeJudged,
    RunCancelled,
    RunPaused,
    RunResumed,
    RunStarted,
)
from tocsin.incident.fold import replay
from tocsin.incident.model import Incident, Status
from tocsin.playbook import OrderStanding, Run, RunStanding, plan_of
from tocsin.register.mistakes import did_you_mean
from tocsin.world import Appended


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who does it, how their entry is signed, and the key under which it may be repeated."""

    author: Author
    sign: Signer | None = None
    client_key: str | None = None


def start_run(
    desk: Writer,
    log: str,
    plan: bytes,
    by: By,
    *,
    file: str = "plan",
    ended_too: bool = False,
) -> str:
    """Put a plan to work in an incident, and give the run's id. The run keeps these very bytes.

    Args:
        ended_too: also where the incident is over; for words alone.

    Raises:
        Refused: no such incident, a plan with mistakes, or one that needs hands or eyes that are
            not set up here.
    """
    read = plan_of(plan, file)
    check_equipment(desk.world, read)
    digest = desk.world.vault.put(io.BytesIO(plan)).digest

    def begin(known: Known) -> RunStarted:
        if not known.entries:
            raise Refused(f"there is no {log}; open the incident first")
        if not ended_too:
            check_goes_on(replay(known.entries))
        run = f"run-{len(known.runs.by_id) + 1}"
        return RunStarted(run=run, plan=read.id, plan_digest=digest)

    appended = _say(desk, log, begin, by)
    entry = desk.world.journal.read(log, appended.first_seq - 1)[0]
    if not isinstance(entry.fact, RunStarted):
        raise Refused(f"client key {by.client_key} was used for something else; choose another")
    return entry.fact.run


def started_under_key(desk: Writer, log: str, by: By) -> str | None:
    """The run that this client key started in this log before; None when it started none."""
    earlier = desk.answered(log, by.author, by.client_key)
    if earlier is None:
        return None
    fact = desk.world.journal.read(log, earlier.first_seq - 1)[0].fact
    return fact.run if isinstance(fact, RunStarted) else None


def pause(desk: Writer, log: str, run: str, because: str, by: By) -> Appended:
    """Halt a run and those it called: no new act begins until it is resumed.

    An act that has begun is still settled.
    """
    check_person(desk, by.author)

    def say(known: Known) -> list[Fact]:
        _require(known.run(run), RunStanding.ACTIVE)
        called = _called(known, run, RunStanding.ACTIVE)
        return [RunPaused(run=one, because=why) for one, why in _each(run, because, called)]

    return _say(desk, log, say, by)


def resume(desk: Writer, log: str, run: str, because: str, by: By) -> Appended:
    """Let a paused run go on, and those it called. What fell due in the meantime is due at once."""
    check_person(desk, by.author)

    def say(known: Known) -> list[Fact]:
        _require(known.run(run), RunStanding.PAUSED)
        called = _called(known, run, RunStanding.PAUSED)
        return [RunResumed(run=one, because=why) for one, why in _each(run, because, called)]

    return _say(desk, log, say, by)


def cancel(desk: Writer, log: str, run: str, because: str, by: By) -> Appended:
    """End a run and those it called. Acts already made are not undone, and what became of them is
    still recorded.
    """
    check_person(desk, by.author)

    def say(known: Known) -> list[Fact]:
        _require(known.run(run), RunStanding.ACTIVE, RunStanding.PAUSED)
        called = _called(known, run, RunStanding.ACTIVE, RunStanding.PAUSED)
        return [RunCancelled(run=one, because=why) for one, why in _each(run, because, called)]

    return _say(desk, log, say, by)


def answer(
    desk: Writer, log: str, run: str, step: str, choice: str, because: str, by: By
) -> Appended:
    """Answer a question of a run; it goes on where this choice leads.

    Raises:
        Refused: no such question open, no such choice, or not in the role that is asked.
    """

    def say(known: Known) -> Answered:
        found = known.run(run)
        _require(found, RunStanding.ACTIVE, RunStanding.PAUSED)
        question = found.questions.get(found.latest.get(step, 0))
        if question is None or question.choice is not None:
            waiting = [q.fact.step for q in found.questions.values() if q.choice is None]
            raise Refused(
                f"run {run} does not ask {step} now; it asks: {', '.join(waiting) or 'nothing'}"
            )
        check_in_time(desk, known, found, question)
        choices = question.fact.choices
        if choice not in choices:
            remedy = did_you_mean(choice, choices, f"choose one of {', '.join(choices)}")
            raise Refused(f"{choice} is not a choice of {step}; {remedy}")
        _check_role(desk, known, by.author, question.fact.role)
        return Answered(run=run, step=step, asked=question.seq, choice=choice, because=because)

    asked = wish(Answered, run=run, step=step, choice=choice, because=because)
    return _say(desk, log, say, by, asked)


def judge_outcome(
    desk: Writer, log: str, order: int, outcome: Outcome, basis: str, by: By
) -> Appended:
    """A person looked, and says how an act of unknown outcome ended.

    "Not done" lets it be tried again, if attempts are left: it will not happen twice.
    """
    check_person(desk, by.author)

    def say(known: Known) -> OutcomeJudged:
        for run in known.runs.by_id.values():
            record = run.orders.get(order)
            if record is not None and record.standing is OrderStanding.UNKNOWN:
                return OutcomeJudged(run=run.id, order=order, outcome=outcome, basis=basis)
        raise Refused(f"entry {order} of {log} is no action of unknown outcome; nothing to judge")

    return _say(desk, log, say, by)


def _say(
    desk: Writer,
    log: str,
    say: Callable[[Known], Fact | list[Fact]],
    by: By,
    asked: Wish | None = None,
) -> Appended:
    def drafts(known: Known) -> list[Draft]:
        said, now = say(known), desk.world.clock.now()
        return [draft(fact, now) for fact in (said if isinstance(said, list) else [said])]

    return desk.decide_known(
        log,
        drafts,
        by.author,
        client_key=by.client_key,
        sign=by.sign,
        wish=asked,
    )


def _called(known: Known, run: str, *standings: RunStanding) -> list[str]:
    """The runs that this one called, those that they called, and so on, which stand so."""
    below = {run}
    for one in known.runs.by_id.values():  # whoever calls began before whoever is called
        if one.caller is not None and one.caller[0] in below:
            below.add(one.id)
    runs = (known.runs.by_id[one] for one in below - {run})
    return sorted((one.id for one in runs if one.standing in standings), key=_number)


def _number(run: str) -> tuple[int, str]:
    return len(run), run


def _each(run: str, because: str, called: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield run, because
    yield from ((one, f"with {run}, which called it: {because}") for one in called)


def _require(run: Run, *standings: RunStanding) -> None:
    if run.standing not in standings:
        wanted = " or ".join(standing.value for standing in standings)
        raise Refused(f"run {run.id} is {run.standing.value}; this needs one that is {wanted}")


def check_goes_on(incident: Incident) -> None:
    """Passes while plans may begin in this incident. Raises Refused."""
    if incident.status in (Status.DISMISSED, Status.CLOSED, Status.MERGED):
        elsewhere = f"; it goes on as {incident.merged_into}" if incident.merged_into else ""
        raise Refused(
            f"incident {incident.id} is {incident.status.value}{elsewhere}; reopen it first: "
            f"tocsin incident reopen {incident.id} --because ..."
        )


def _check_role(desk: Writer, known: Known, author: Author, role: str) -> None:
    person = desk.knowledge.register().people.get(author.who)
    if (person is not None and role in person.roles) or holders(known.entries).get(
        role
    ) == author.who:
        return
    raise Refused(
        f"this asks the {role}, and {author.who} is not; assign the role in this incident, or give "
        "it in the register"
    )
