"""What a step does and where each of its results leads, in words that a tired person understands.

Every possible result is told, also the one to which the plan has no answer. Pure; shared by page,
picture, card and comparison.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterator
from typing import assert_never

import msgspec

from tocsin.facts.incidents import Phase
from tocsin.facts.runs import Effect, Verdict
from tocsin.playbook import ways
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Seal,
    Step,
    Tell,
    Wait,
)

_UNITS = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))


class Family(enum.Enum):
    """What kind of thing a step is; a picture gives each its colour, and its word beside it."""

    STOP = "stop"
    CHANGE = "change"
    DESTROY = "destroy"
    PEOPLE = "people"
    LOOK = "look"
    KEEP = "keep"
    FLOW = "flow"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result of a step leads.

    Args:
        words: the result, in full.
        short: the same in a word or two.
        to: a step, `JOIN`, or None when the plan has no answer to it.
    """

    words: str
    short: str
    to: str | None


def span(seconds: int) -> str:
    """A time as people say it: "30 min", "4 h", "10 days"."""
    for size, word in _UNITS:
        if seconds >= size and seconds % size == 0:
            number = seconds // size
            return f"{number} {word}{'s' if word == 'day' and number != 1 else ''}"
    return f"{seconds} s"


def plain(text: str) -> str:
    """A text without signs that no page may hold or that turn the reading around; spelt out."""
    return "".join(one if one in "\n\t" or not _harms(one) else ascii(one)[1:-1] for one in text)


def _harms(sign: str) -> bool:
    turning = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    is_no_character = ord(sign) & 0xFFFE == 0xFFFE
    kind = unicodedata.category(sign)
    return kind in ("Cc", "Cs") or is_no_character or unicodedata.bidirectional(sign) in turning


def one_line(text: str) -> str:
    """A text on one line."""
    return " ".join(plain(text).split())


def listed(names: tuple[str, ...] | list[str], word: str = "and") -> str:
    """Names as a sentence lists them."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


PHASES = {
    Phase.PREPARATION: "preparation",
    Phase.DETECTION: "detection and analysis",
    Phase.CONTAINMENT: "containment, eradication and recovery",
    Phase.LESSONS: "after the incident",
}


def kind_of(step: Step) -> tuple[str, Family]:
    """The one word for what a step is, and its family."""
    match step:
        case Act():
            family = {
                Effect.STOP: Family.STOP,
                Effect.DESTROY: Family.DESTROY,
            }.get(step.effect, Family.CHANGE)
            return family.value.capitalize(), family
        case Ask():
            return "Ask", Family.PEOPLE
        case Approve():
            return "Approve", Family.PEOPLE
        case Page():
            return "Call", Family.PEOPLE
        case Tell():
            return "Tell", Family.PEOPLE
        case Look():
            return "Look", Family.LOOK
        case Gate():
            return "Gate", Family.LOOK
        case Seal():
            return "Keep", Family.KEEP
        case Wait():
            return "Wait", Family.FLOW
        case Call():
            return "Run a plan", Family.FLOW
        case Decide():
            return "Decide", Family.FLOW
        case Parallel():
            return "At once", Family.FLOW
        case End():
            return "End", Family.FLOW
        case _:
            assert_never(step)


def sentence(step: Step) -> str:
    """What a step does, as one sentence without its end."""
    match step:
        case Act():
            return f"Bring {step.target} to {step.wanted} through {step.connector}"
        case Ask():
            return f"Ask {step.role}: {one_line(step.question)}"
        case Approve():
            return f"Let {step.role} approve: {one_line(step.subject)}"
        case Wait():
            return f"Wait {span(step.seconds)}"
        case Look():
            return f"Look through {step.probe} whether {step.target} is {step.wanted}"
        case Gate():
            checks = [f"{c.criterion.value} ({c.target} is {c.wanted})" for c in step.checks]
            return f"Before it serves again, let be seen: {listed(checks)}"
        case Call():
            return f"Run the plan {step.plan} and go on when it has ended"
        case Decide():
            return f"Decide by what is known, {_counted(len(step.branches), 'condition')}"
        case Seal():
            return f"Keep as evidence, within {span(step.seconds)}: {listed(step.items)}"
        case Page():
            return f"Call {step.role}, each person for {span(step.within_seconds)}"
        case Tell():
            return f"Tell {listed(step.audiences)}: {one_line(step.subject)}"
        case Parallel():
            return f"Begin at the same time: {listed(step.branches)}"
        case End():
            return f"The plan ends: {step.ending.value}"
        case _:
            assert_never(step)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def outcomes(step: Step) -> tuple[Way, ...]:
    """Every result that a step can have, and where it leads; what goes well comes first."""
    return tuple(
        Way(words=words, short=short, to=ways.target_of(step, result))
        for result, words, short in _results(step)
    )


def _results(step: Step) -> Iterator[tuple[str, str, str]]:
    match step:
        case Act():
            yield ways.DONE, "done", "done"
            yield ways.FAILED, "failed", "failed"
            if step.approvals:
                yield ways.DECLINED, "declined", "declined"
            if step.limit_seconds is not None:
                late = f"not begun within {span(step.limit_seconds)}"
                yield ways.LIMIT, late, "late"
        case Ask():
            for choice in step.choices:
                said = one_line(choice)
                if choice == step.on_limit and step.limit_seconds is not None:
                    late = f"or nobody answers within {span(step.limit_seconds)}"
                    yield choice, f"“{said}”, {late}", f"{said} (or late)"
                else:
                    yield choice, f"“{said}”", said
        case Approve():
            yield ways.APPROVED, "approved", "approved"
            yield ways.DECLINED, "declined", "declined"
            if step.limit_seconds is not None:
                yield ways.LIMIT, f"not answered within {span(step.limit_seconds)}", "late"
        case Wait():
            yield ways.DONE, _waited(step), "then"
            if step.on_rounds_max is not None:
                yield ways.ROUNDS, f"after {_counted(step.rounds_max or 0, 'round')}", "used up"
        case Look() | Gate():
            yield Verdict.SHOWN.value, "shown", "shown"
            yield Verdict.NOT_SHOWN.value, "shown not to be so", "not shown"
            yield Verdict.UNDETERMINED.value, "cannot be told", "can't tell"
        case _:
            yield from _other_results(step)


def _other_results(step: Step) -> Iterator[tuple[str, str, str]]:
    match step:
        case Call():
            yield ways.DONE, "that plan has ended", "done"
            yield ways.FAILED, "that plan failed", "failed"
            if step.limit_seconds is not None:
                yield ways.LIMIT, f"not over within {span(step.limit_seconds)}", "late"
        case Decide():
            for number, branch in enumerate(step.branches, start=1):
                yield str(number), f"{number}. {one_line(branch.when)}", f"{number}."
            yield ways.OTHERWISE, "none of these holds", "none"
            yield ways.UNDETERMINED, "something asked for is not known", "unknown"
        case Seal():
            yield ways.SEALED, "all there, and enough", "sealed"
            yield ways.INSUFFICIENT, "something is missing or too small", "too little"
        case Page():
            yield ways.ANSWERED, "somebody answers", "answered"
            yield ways.UNANSWERED, "nobody answers", "nobody"
        case Tell():
            yield ways.DONE, "sent", "sent"
            yield ways.FAILED, "could not be sent", "failed"
        case Parallel():
            yield ways.DONE, "all of them have ended", "all ended"
            yield ways.FAILED, "one of them could not go on", "one failed"
        case _:
            return


def _waited(step: Wait) -> str:
    if step.rounds_max is None:
        return f"after {span(step.seconds)}"
    return f"after {span(step.seconds)}, {_counted(step.rounds_max, 'time')} at most"
