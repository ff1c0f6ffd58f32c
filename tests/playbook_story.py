"""A run told by hand: facts of people and of the world go in, the planner's own facts follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.courses import SoftLimitPassed
from tocsin.facts.findings import Found, Sign
from tocsin.facts.gates import Decided, EvidenceSealed, GlassBroken, SealOverridden
from tocsin.facts.incidents import Acknowledged, Opened
from tocsin.facts.reach import PageUnanswered
from tocsin.facts.runs import (
    Answered,
    Approved,
    Attempted,
    AttemptFailed,
    Declined,
    Ending,
    LimitPassed,
    Ordered,
    Outcome,
    OutcomeUnknown,
    Probed,
    Receipted,
    RunEnded,
    RunStarted,
    StepEnded,
    Verdict,
    WaitEnded,
)
from tocsin.playbook import (
    OrderRecord,
    OrderStanding,
    Piece,
    Plan,
    Rules,
    Run,
    Runs,
    Spots,
    due_pieces,
    plan_of,
    planned,
    sight_of,
)
from tocsin.playbook.steps import Gate, Look

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n  bad: {end: failed}\n"
PAGE = (
    HEAD
    + '  call: {page: on-call, text: "{finding.metric}!", within: 5m, next: over, '
    + "on_unanswered: bad}\n"
    + ENDS
)
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HOME = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
WORKER = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
RULES = Rules(
    reach={"on-call": (("ana", "pager"), ("ben", "pager")), "incident-commander": (("eva", "sms"),)}
)


def person(who: str) -> Author:
    return Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=f"SHA256:{who}")


def found(**changes: object) -> Found:
    """A release that answers three in ten with "I don't know"."""
    fact = Found(
        finding="f1", detector="assistant-fallback-rate", system="assistant", sign=Sign.RATE,
        metric="fallback", version="2", segment=None, baseline="0.04", observed="0.31", low="0.26",
        high="0.36", confidence="0.95", tolerated="0.06", since=NOON - timedelta(minutes=3),
        seen_until=NOON, requests=300, bad=93, promise="", summaries=(), declared="0" * 64,
        caused_by=None,
    )  # fmt: skip
    return msgspec.structs.replace(fact, **changes)


class Story:
    """A log with one run, its clock wound by hand. Every step of it is planned twice."""

    def __init__(self, plan: Plan | str, rules: Rules = RULES, *before: Fact) -> None:
        self.plan = plan_of(plan.encode()) if isinstance(plan, str) else plan
        self.rules, self.now = rules, NOON
        self.entries: list[Entry] = []
        self.runs = Runs()
        self.texts: dict[str, bytes] = {}
        self.earlier: list[Plan] = []  # versions that the run left
        opened = Opened(title="too many", systems=("assistant",), unregistered=(),
                        discovered_at=NOON, occurred_at=None)  # fmt: skip
        for fact in (opened, *before):
            self._write(fact, WORKER)
        self.add(RunStarted(run="r", plan=self.plan.id, plan_digest=self.plan.digest))

    @property
    def run(self) -> Run:
        return self.runs.by_id["r"]

    def add(self, *facts: Fact, by: Author = HOME) -> None:
        """Record these, and what follows."""
        for fact in facts:
            self._write(fact, by)
        self.plan_on()

    def plan_on(self) -> None:
        for _ in range(1000):
            spots = Spots(self.plan, self.run, self.earlier)
            more = planned(self.plan, self.run, self.now, self.rules, spots)
            for digest, text in more.texts.items():
                assert sha256_hex(text) == digest
            self.texts.update(more.texts)
            if not more.facts:
                return
            for fact in more.facts:
                self._write(fact, HOME)
        raise AssertionError("the planner does not come to rest")

    def _write(self, fact: Fact, by: Author) -> None:
        assert by.kind in fact.asserted_by, f"{by.kind} may not assert {fact}"
        entry = Entry(
            log="incident/7K3", seq=len(self.entries) + 1, happened_at=self.now,
            recorded_at=self.now, author=by, access=Access.OPS, fact=fact,
        )  # fmt: skip
        self.entries.append(entry)
        self.runs.apply(entry)

    def all(self, kind: type[Fact]) -> list[Fact]:
        return [entry.fact for entry in self.entries if isinstance(entry.fact, kind)]

    def order(self, step: str) -> OrderRecord:
        """The newest order of a step."""
        return self.run.orders[self.run.ordered[step][-1]]

    def ordered(self, step: str) -> list[Ordered]:
        return [f for f in self.all(Ordered) if isinstance(f, Ordered) and f.step == step]

    def path(self) -> list[str]:
        """The steps that are over, each with its result."""
        ended = [f for f in self.all(StepEnded) if isinstance(f, StepEnded)]
        return [f"{f.step} {f.result}" for f in ended]

    def due(self, *kinds: str) -> list[tuple[Piece, datetime]]:
        return [(p, at) for p, at in due_pieces(self.plan, self.run) if p.kind in kinds]

    # what workers do

    def attempt(self, seq: int, how: str = "done", before: str = "", after: str = "") -> None:
        order = self.run.orders[seq]
        n = order.attempts + 1
        began = Attempted(run="r", order=seq, attempt=n, worker="w", fence=1)
        ended: Fact
        match how:
            case "done":
                ended = Receipted(run="r", order=seq, attempt=n, outcome=Outcome.DONE,
                                  before=before, after=after)  # fmt: skip
            case "failed":
                ended = AttemptFailed(run="r", order=seq, attempt=n, may_have_acted=False, why="",
                                      retry_at=None)  # fmt: skip
            case "again":
                ended = AttemptFailed(run="r", order=seq, attempt=n, may_have_acted=False, why="",
                                      retry_at=self.now + timedelta(seconds=30))  # fmt: skip
            case _:
                ended = OutcomeUnknown(run="r", order=seq, attempt=n, why="")
        self.add(began, ended, by=WORKER)

    def probe(self, step: str, verdict: Verdict, value: str = "", check: int = 0) -> None:
        look = self.plan.steps[step]
        assert isinstance(look, Look | Gate)
        asked = sight_of(look, check, self.run)
        fact = Probed(run="r", step=asked.name, probe=asked.probe, target=asked.target,
                      hypothesis=asked.wanted, sample=1, error="0.01", verdict=verdict, seen="",
                      value=value)  # fmt: skip
        self.add(fact, by=WORKER)

    def seal(self, step: str, item: str, enough: bool = True, run: str = "r") -> None:
        fact = EvidenceSealed(run=run, step=step, item=item, producer="p", digest=None, size=1,
                              count=1, wanted=1, sufficient=enough, why="")  # fmt: skip
        self.add(fact, by=WORKER)

    def pass_by(self, piece: Piece, at: datetime) -> None:
        """Let the instant of a piece come, and record what its worker would."""
        self.now = max(self.now, at)
        run = self.run
        match piece.kind:
            case "wait":
                step = run.timers[piece.seq].fact.step
                self.add(WaitEnded(run="r", step=step, entry=piece.seq), by=WORKER)
            case "limit":
                question = run.questions.get(piece.seq)
                asked = question or run.approvals.get(piece.seq) or run.calls.get(piece.seq)
                began = asked or run.orders[piece.seq]
                step = began.fact.step
                choice = question.fact.on_limit if question else None
                self.add(LimitPassed(run="r", step=step, entry=piece.seq, choice=choice), by=WORKER)
            case "page":
                page = run.pages[piece.seq]
                assert page.person is not None
                fact = PageUnanswered(run="r", step=page.fact.step, page=page.seq,
                                      person=page.person, next=page.next_person)  # fmt: skip
                self.add(fact, by=WORKER)
            case "soft":
                late = SoftLimitPassed(run="r", step=piece.step, since=piece.seq, soft_at=at)
                self.add(late, by=WORKER)
            case "plan":
                self.plan_on()
            case _:
                raise AssertionError(piece)

    # what people do

    def acknowledge(self, who: str = "ana") -> None:
        self.add(Acknowledged(note=""), by=person(who))

    def answer(self, step: str, choice: str) -> None:
        seq = self.run.latest[step]
        self.add(Answered(run="r", step=step, asked=seq, choice=choice, because=""),
                 by=person("eva"))  # fmt: skip

    def approve(self, step: str, who: str) -> None:
        seq = self.order(step).seq
        self.add(Approved(run="r", order=seq, order_digest="0" * 64, because=""), by=person(who))

    def decline(self, step: str, who: str = "ana") -> None:
        seq = self.order(step).seq
        self.add(Declined(run="r", order=seq, order_digest="0" * 64, because=""), by=person(who))

    def decline_question(self, step: str, who: str = "eva") -> None:
        seq = self.run.latest[step]
        self.add(Declined(run="r", order=seq, order_digest="0" * 64, because=""), by=person(who))

    def override(self, step: str, *items: str, by: Author | None = None) -> None:
        seq = self.order(step).seq
        fact = SealOverridden(run="r", order=seq, order_digest="0" * 64, items=items, because="")
        self.add(fact, by=by or person("ana"))

    def break_glass(self, step: str, who: str = "ana") -> None:
        seq = self.order(step).seq
        fact = GlassBroken(run="r", order=seq, order_digest="0" * 64, because="harm goes on",
                           countersign_by=self.now + timedelta(hours=12))  # fmt: skip
        self.add(fact, by=person(who))


class Script(msgspec.Struct, frozen=True):
    """How the world and people behave; what is not said goes well.

    Args:
        probes: by step, what it shows, look by look; the last one again and again.
        values: by step, what it finds.
        orders: by step, how an attempt ends.
        short: items of evidence that are never enough.
        approve, choose, answer: by step; None where nobody does.
        calls: by step, how the run of the plan that it calls ends.
    """

    probes: Mapping[str, tuple[Verdict, ...]] = {}
    values: Mapping[str, str] = {}
    orders: Mapping[str, str] = {}
    short: frozenset[str] = frozenset()
    approve: Mapping[str, str | None] = {}
    choose: Mapping[str, str | None] = {}
    answer: Mapping[str, bool] = {}
    calls: Mapping[str, Ending] = {}


class Unfinished(Exception):
    """The run has not ended within the turns given."""


def play(story: Story, script: Script, turns: int = 500) -> Story:
    """The run to its end: people as the script says, and everything that falls due, in order.

    Raises:
        Unfinished: after so many turns it has not ended.
    """
    looks: dict[str, int] = {}
    for _ in range(turns):
        if not story.run.is_open:
            return story
        if _people_act(story, script):
            continue
        due = sorted(due_pieces(story.plan, story.run), key=lambda one: (one[1], one[0].key))
        assert due, f"waits for ever; so far {story.path()}"
        piece, at = due[0]
        story.now = max(story.now, at) + timedelta(seconds=1)
        match piece.kind:
            case "order" | "call" | "stop":
                step = story.run.orders[piece.seq].fact.step
                how = script.orders.get(step, "done")
                story.attempt(piece.seq, how, before=f"before-{step}", after=f"after-{step}")
            case "probe":
                shows = script.probes.get(piece.step, (Verdict.SHOWN,))
                verdict = shows[min(looks.get(piece.step, 0), len(shows) - 1)]
                looks[piece.step] = looks.get(piece.step, 0) + 1
                story.probe(piece.step, verdict, script.values.get(piece.step, ""), piece.turn)
            case "seal":
                seal = story.run.seals[piece.seq]
                for item in seal.outstanding:
                    story.seal(seal.fact.step, item, item not in script.short)
            case _:
                story.pass_by(piece, at)
    raise Unfinished(f"does not end; so far {story.path()[-20:]}")


def _people_act(story: Story, script: Script) -> bool:
    run = story.run
    for page in run.pages.values():
        step = page.fact.step
        if page.person and step not in run.results and script.answer.get(step, True):
            story.acknowledge(page.person)
            return True
    for question in run.questions.values():
        choice = script.choose.get(question.fact.step, question.fact.choices[0])
        if question.choice is None and choice is not None:
            story.answer(question.fact.step, choice)
            return True
    for call in run.calls.values():
        if call.result is None and call.fact.step not in run.results:
            ending = script.calls.get(call.fact.step, Ending.COMPLETED)
            story.add(RunEnded(run=call.fact.called, ending=ending))
            return True
    for asked in run.approvals.values():
        how = script.approve.get(asked.fact.step, "approve")
        if asked.result is None and how is not None:
            kind = Declined if how == "decline" else Approved
            who = person(f"{asked.fact.role}-{len(asked.answered_by)}")
            story.add(kind(run="r", order=asked.seq, order_digest="0" * 64, because=""), by=who)
            return True
    for order in run.orders.values():
        if order.standing is OrderStanding.AWAITING:
            how = script.approve.get(order.fact.step, "approve")
            if how == "decline":
                story.decline(order.fact.step)
                return True
            if how == "approve":
                story.approve(order.fact.step, ("ana", "ben")[len(order.approved_by)])
                return True
    return False


def decided(story: Story) -> Decided:
    (fact,) = story.all(Decided)
    assert isinstance(fact, Decided)
    return fact
