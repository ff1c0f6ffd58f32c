"""What a rule is: an id for ever, why it is there, an example that breaks it and one that does not.

An error is a real danger, and blocks a plan from being called sound; advice never does. No rule
keeps a run from beginning: at 03:00 a plan with flaws is better than none.
"""

from __future__ import annotations

import enum
import textwrap
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from tocsin.playbook.lint.subject import Subject


class Severity(enum.Enum):
    """Whether what a rule finds blocks."""

    ERROR = "error"
    ADVICE = "advice"


class Needs(enum.Enum):
    """What a rule asks beside the plan itself, and cannot judge without."""

    HOUSE = "register, people and detectors"
    OTHERS = "the other plans of the home"
    DRILLS = "the record of drills"


class Told(NamedTuple):
    """One thing that a rule found: the field, what stands there, what would be right."""

    path: str
    found: str
    remedy: str


Check = Callable[[Subject], Iterator[Told]]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a plan, or of the register, that break a rule, and the same lines mended.

    Args:
        bad: ends a line on which something is found with `# <-`; without one it is found in the
            field `at`, or on the first line.
        of: the file in which they stand.
    """

    bad: str
    good: str
    of: str = "plan"
    at: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule.

    Args:
        id: "TP402": never given to another rule.
        name: what is found, in a few words, such as "stop-not-seen".
        why: one sentence that whoever answers for the plan understands.
        check: None where the reader of plans, or the comparison with the house, tells it.
    """

    id: str
    name: str
    severity: Severity
    why: str
    example: Example
    check: Check | None = None
    needs: tuple[Needs, ...] = ()


class Family:
    """Rules about one matter, whose ids begin with the same digit."""

    def __init__(self, digit: int, title: str) -> None:
        self.digit, self.title, self._rules = digit, title, list[Rule]()

    @property
    def rules(self) -> list[Rule]:
        """Its rules by id."""
        return sorted(self._rules, key=lambda rule: rule.id)

    def error(self, id: str, name: str, why: str, **more: str) -> Callable[[Check], Check]:
        """Takes a check in as a rule that blocks."""
        return self._rule(id, name, Severity.ERROR, why, (), more)

    def advice(self, id: str, name: str, why: str, **more: str) -> Callable[[Check], Check]:
        """Takes a check in as a rule that only advises."""
        return self._rule(id, name, Severity.ADVICE, why, (), more)

    def asking(
        self,
        severity: Severity,
        needs: tuple[Needs, ...],
        id: str,
        name: str,
        why: str,
        **more: str,
    ) -> Callable[[Check], Check]:
        """Takes a check in that needs more than the plan."""
        return self._rule(id, name, severity, why, needs, more)

    def told_elsewhere(self, id: str, name: str, why: str, *needs: Needs, **more: str) -> None:
        """A rule that is told by whoever reads the plan, compares it with the house, or waives."""
        severity = Severity(more.get("severity", Severity.ERROR.value))
        self._add(id, name, severity, why, needs, more, None)

    def _rule(
        self,
        id: str,
        name: str,
        severity: Severity,
        why: str,
        needs: tuple[Needs, ...],
        more: dict[str, str],
    ) -> Callable[[Check], Check]:
        def taken(check: Check) -> Check:
            self._add(id, name, severity, why, needs, more, check)
            return check

        return taken

    def _add(
        self,
        id: str,
        name: str,
        severity: Severity,
        why: str,
        needs: tuple[Needs, ...],
        more: dict[str, str],
        check: Check | None,
    ) -> None:
        example = Example(
            bad=_lines(more["bad"]),
            good=_lines(more["good"]),
            of=more.get("of", "plan"),
            at=more.get("at", ""),
        )
        self._rules.append(
            Rule(id=id, name=name, severity=severity, why=why, example=example, check=check,
                 needs=needs)
        )  # fmt: skip


def _lines(text: str) -> str:
    return textwrap.dedent(text).strip("\n")
