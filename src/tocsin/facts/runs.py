"""Facts about a run: a plan at work. Intent is recorded before the act, what was seen after it.

An order's key is the place of its `Ordered` entry in the record ("incident/7K3.../17"). An order
without a receipt is pending. Every fact of a run carries the run's id and, where it has one, the
step of the plan; `order` fields hold the seq of the `Ordered` entry in the same log.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, TOCSIN, Digest, Instant, Kind, Words


class Repeatable(enum.Enum):
    """What happens when the same order reaches the far side twice."""

    IDEMPOTENT = "idempotent"  # setting a state twice is setting it once
    KEYED = "keyed"  # the far side drops a repeat that carries the same key
    NEITHER = "neither"  # it would happen twice: never repeated blindly


class Outcome(enum.Enum):
    """How an order ended, as seen and not as asked."""

    DONE = "done"
    ALREADY = "already"
    REHEARSED = "rehearsed"
    NOT_DONE = "not-done"


class Effect(enum.Enum):
    """What an order does to the world, and so which gates it must pass."""

    STOP = "stop"  # a stop that can be taken back: passes every gate at once
    CHANGE = "change"  # a change that can be taken back
    TELL = "tell"  # words to people: changes no system
    DESTROY = "destroy"  # may destroy or alter evidence: waits for its seal and for four eyes


class Verdict(enum.Enum):
    """What a probe showed."""

    SHOWN = "shown"
    NOT_SHOWN = "not-shown"
    UNDETERMINED = "undetermined"


class Ending(enum.Enum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunStarted(Kind, frozen=True, tag="run-started"):
    """A plan went to work. The run keeps this very version to its end."""

    asserted_by = DESK
    run: str
    plan: str  # the plan's id
    plan_digest: Digest  # the plan's bytes lie in the vault under it


class Ordered(Kind, frozen=True, tag="ordered"):
    """The plan wants a state of the outside world. Nothing is left to choose in acting."""

    asserted_by = DESK
    run: str
    step: str
    connector: str
    target: str
    wanted: str
    repeatable: Repeatable
    approvals: int  # how many proven people must approve before the act: 0, 1 or 2
    attempts_max: int
    undo: str | None  # the wanted state that takes it back
    effect: Effect
    evidence: tuple[str, ...]  # items that must be sealed and sufficient first
    object: str = ""  # what it writes a revision of; "" where each write is a thing of its own


class Attempted(Kind, frozen=True, tag="attempted"):
    """A worker is about to act. If no receipt follows, the act may or may not have happened."""

    asserted_by = TOCSIN
    run: str
    order: int
    attempt: int  # from 1
    worker: str
    fence: int  # grows with every claim; a worker with an older one may not record


class Receipted(Kind, frozen=True, tag="receipted"):
    """The act is over. `before` and `after` are what was seen, not what was asked."""

    asserted_by = DESK
    run: str
    order: int
    attempt: int
    outcome: Outcome
    before: Words
    after: Words
    reference: str = ""  # the far side's own name for what it took
    written: str = ""  # the SHA-256 of what we wrote there


class AttemptFailed(Kind, frozen=True, tag="attempt-failed"):
    """An attempt ended without the wanted state."""

    asserted_by = TOCSIN
    run: str
    order: int
    attempt: int
    may_have_acted: bool
    why: Words
    retry_at: Instant | None  # None: no further attempt will be made


class OutcomeUnknown(Kind, frozen=True, tag="outcome-unknown"):
    """Nobody knows whether the act happened, and repeating it could do harm. A person must look."""

    asserted_by = TOCSIN
    run: str
    order: int
    attempt: int
    why: Words


class OutcomeJudged(Kind, frozen=True, tag="outcome-judged"):
    """A person looked and says how an act of unknown outcome ended."""

    run: str
    order: int
    outcome: Outcome
    basis: Words
    reference: str = ""  # where it stands outside


class Approved(Kind, frozen=True, tag="approved"):
    """A proven person approved an order, or what a step asks, by signing its hash."""

    run: str
    order: int
    order_digest: Digest
    because: Words


class Declined(Kind, frozen=True, tag="declined"):
    """A proven person refused an order, which will not be carried out, or what a step asks."""

    run: str
    order: int
    order_digest: Digest
    because: Words


class Asked(Kind, frozen=True, tag="asked"):
    """The plan asks people a question; the run waits on this branch until answer or limit."""

    asserted_by = DESK
    run: str
    step: str
    question: Words
    choices: tuple[str, ...]
    role: str
    limit_at: Instant | None
    on_limit: str | None  # the choice that is taken when the limit passes


class Answered(Kind, frozen=True, tag="answered"):
    """A person answered."""

    run: str
    step: str
    asked: int  # seq of the Asked entry
    choice: str
    because: Words


class LimitPassed(Kind, frozen=True, tag="limit-passed"):
    """The limit of a question or an approval passed without an answer."""

    asserted_by = TOCSIN
    run: str
    step: str
    entry: int  # seq of the Asked, ApprovalAsked or Ordered entry
    choice: str | None


class WaitBegan(Kind, frozen=True, tag="wait-began"):
    """The plan waits on this branch until an instant."""

    asserted_by = DESK
    run: str
    step: str
    until: Instant


class WaitEnded(Kind, frozen=True, tag="wait-ended"):
    """The instant came."""

    asserted_by = TOCSIN
    run: str
    step: str
    entry: int  # seq of the WaitBegan entry


class Probed(Kind, frozen=True, tag="probed"):
    """An independent look after an act: the sample, the hypothesis and what it shows."""

    asserted_by = TOCSIN
    run: str
    step: str
    probe: str
    target: str
    hypothesis: str
    sample: int  # how many observations
    error: str  # the stated chance of a wrong SHOWN, as a decimal string
    verdict: Verdict
    seen: Words
    value: str  # what was found, where the look was for something


class StepEnded(Kind, frozen=True, tag="step-ended"):
    """A step of the plan is over, and the run goes on at `next` (None: this branch ends here)."""

    asserted_by = DESK
    run: str
    step: str
    result: str  # "done", "failed", "declined", a choice, a verdict
    next: str | None


class RunPaused(Kind, frozen=True, tag="run-paused"):
    """A person halted the run until it is resumed: no new act begins."""

    run: str
    because: Words


class RunResumed(Kind, frozen=True, tag="run-resumed"):
    """A person let the run go on."""

    run: str
    because: Words


class RunCancelled(Kind, frozen=True, tag="run-cancelled"):
    """A person ended the run. Acts already made are not undone by this."""

    run: str
    because: Words


class RunEnded(Kind, frozen=True, tag="run-ended"):
    """The run is over."""

    asserted_by = DESK
    run: str
    ending: Ending


class RunTakenOver(Kind, frozen=True, tag="run-taken-over"):
    """A worker went on with work whose former worker fell silent."""

    asserted_by = TOCSIN
    run: str
    order: int
    from_worker: str
    to_worker: str


class StepFailed(Kind, frozen=True, tag="step-failed"):
    """Tocsin itself failed in an unforeseen way while working on this; the error stands here."""

    asserted_by = TOCSIN
    run: str
    entry: int  # seq of the entry that was being worked on, 0 if none
    error: Words


RunFact = (
    RunStarted
    | Ordered
    | Attempted
    | Receipted
    | AttemptFailed
    | OutcomeUnknown
    | OutcomeJudged
    | Approved
    | Declined
    | Asked
    | Answered
    | LimitPassed
    | WaitBegan
    | WaitEnded
    | Probed
    | StepEnded
    | RunPaused
    | RunResumed
    | RunCancelled
    | RunEnded
    | RunTakenOver
    | StepFailed
)
