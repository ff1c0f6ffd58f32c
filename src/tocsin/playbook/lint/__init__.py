"""Whether a plan is sound: rules with ids, each with why, and what would be right. Pure.

Errors are real dangers; advice only advises. What cannot be judged without a house, the other plans
or a record of drills is said to be unchecked, never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import msgspec

from tocsin.playbook.fitting import House, unfitting
from tocsin.playbook.lint.communication import COMMUNICATION
from tocsin.playbook.lint.house import HOUSE
from tocsin.playbook.lint.limits import LIMITS
from tocsin.playbook.lint.maintenance import MAINTENANCE
from tocsin.playbook.lint.responsibility import RESPONSIBILITY
from tocsin.playbook.lint.rule import Example, Family, Needs, Rule, Severity
from tocsin.playbook.lint.safety import SAFETY
from tocsin.playbook.lint.structure import STRUCTURE
from tocsin.playbook.lint.subject import Rehearsal, Subject
from tocsin.playbook.lint.vendors import VENDORS
from tocsin.playbook.plan import Plan
from tocsin.playbook.read import draft_plan
from tocsin.register.mistakes import Mistake

FAMILIES: tuple[Family, ...] = (
    STRUCTURE,
    RESPONSIBILITY,
    LIMITS,
    SAFETY,
    VENDORS,
    COMMUNICATION,
    MAINTENANCE,
    HOUSE,
)
RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES for rule in family.rules}
NOT_READABLE, UNKNOWN_FIELD = "TP101", "an unknown field"
ALONE = frozenset({
    "TP109", "TP110", "TP203", "TP403", "TP404", "TP405", "TP701", "TP702", "TP703",
    "TP704", "TP705", "TP707", "TP708",
})  # fmt: skip
"""Rules that look at one place of a plan only: they may judge one that is half read."""


class Linted(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say of a file.

    Args:
        plan: as far as it could be read; to be judged, never to be run.
        told: every mistake and every piece of advice, by line.
        waived: advice that the plan does not follow, and why; it is not in `told`.
        unchecked: by what was not known, the rules that could not be judged without it.
    """

    plan: Plan | None
    told: tuple[Mistake, ...]
    waived: tuple[tuple[Mistake, str], ...] = ()
    unchecked: Mapping[Needs, tuple[str, ...]] = {}


def linted(
    data: bytes,
    file: str,
    today: date,
    house: House | None = None,
    others: Sequence[Plan] | None = None,
    rehearsed: Mapping[str, Rehearsal] | None = None,
) -> Linted:
    """What the rules say of these bytes; `Subject` says what may be unknown."""
    draft, unread = draft_plan(data, file)
    found = [msgspec.structs.replace(one, rule=one.rule or NOT_READABLE) for one in unread]
    if draft is not None and house is not None:
        found += unfitting(draft, house, file)
    if draft is not None:
        subject = Subject(draft, today, house, others, rehearsed)
        found += judged(subject, file) if not unread else _of_sound_parts(subject, file, unread)
    lacking = {Needs.HOUSE: house, Needs.OTHERS: others, Needs.DRILLS: rehearsed}
    unknown = [need for need, known in lacking.items() if known is None]
    unchecked = {
        need: tuple(rule.id for rule in RULES.values() if need in rule.needs) for need in unknown
    }
    told, waived = _waiving(draft, sorted(set(found)), file) if draft else (found, [])
    return Linted(plan=draft, told=tuple(told), waived=tuple(waived), unchecked=unchecked)


def _of_sound_parts(subject: Subject, file: str, unread: list[Mistake]) -> list[Mistake]:
    """What can be judged of a plan with mistakes: all where its steps are whole, else `ALONE`."""
    spoilt = {_around(mistake.path) for mistake in unread}
    meant = (mistake.remedy.split('"') for mistake in unread if mistake.found == UNKNOWN_FIELD)
    spoilt |= {words[1] for words in meant if len(words) > 1}  # `owners:` is no lack of an owner
    shapeless = any(mistake.rule or mistake.path.startswith("steps") for mistake in unread)
    whole = bool(subject.steps) and not shapeless
    among = {*RULES} if whole else ALONE
    if not spoilt.isdisjoint({"audiences", "communication"}):
        among -= {rule.id for rule in COMMUNICATION.rules}
    told = judged(subject, file, among)
    return [mistake for mistake in told if _around(mistake.path) not in spoilt]


def _around(path: str) -> str:
    """The step, or else the field of the frame, in which a path lies."""
    first, _, rest = path.partition(".")
    own = rest.partition(".")[0] if first == "steps" else ""
    return f"steps.{own}" if own else first.partition("[")[0]


def _waiving(
    plan: Plan, found: list[Mistake], file: str
) -> tuple[list[Mistake], list[tuple[Mistake, str]]]:
    """What is told, and what the plan waives with its reason; a waiver of nothing is told too."""
    told, waived = list[Mistake](), list[tuple[Mistake, str]]()
    because = {one.rule: one.because for one in plan.waived}
    for mistake in found:
        if mistake.advice and mistake.rule in because:
            waived.append((mistake, because[mistake.rule]))
        else:
            told.append(mistake)
    used = {mistake.rule for mistake, _ in waived}
    for number, one in enumerate(plan.waived):
        rule = RULES.get(one.rule)
        advises = rule is not None and rule.severity is Severity.ADVICE
        if advises and (one.rule in used or (rule is not None and rule.needs)):
            continue  # what needs a house may be silent without it, and is no mistake
        path = f"waived[{number}]"
        found_here = f"{one.rule} finds nothing here" if advises else f"{one.rule} is no advice"
        told.append(
            Mistake(
                file=file,
                line=plan.lines.get(path, 1),
                path=path,
                found=found_here,
                remedy="remove it" if advises else "mend what it finds; errors cannot be waived",
                advice=advises,
                rule="TP710" if advises else "TP709",
            )
        )
    return sorted(told), waived


def judged(subject: Subject, file: str, among: Collection[str] | None = None) -> list[Mistake]:
    """What the rules themselves find in a plan that can be read; of a half one, only `ALONE`."""
    known = {
        Needs.HOUSE: subject.house,
        Needs.OTHERS: subject.others,
        Needs.DRILLS: subject.rehearsed,
    }
    return [
        Mistake(
            file=file,
            line=subject.line(told.path),
            path=told.path,
            found=told.found,
            remedy=told.remedy,
            advice=rule.severity is Severity.ADVICE,
            rule=rule.id,
        )
        for rule in RULES.values()
        if rule.check is not None
        and (among is None or rule.id in among)
        and all(known[need] is not None for need in rule.needs)
        for told in rule.check(subject)
    ]


__all__ = [
    "FAMILIES",
    "RULES",
    "Example",
    "Family",
    "Linted",
    "Needs",
    "Rehearsal",
    "Rule",
    "Severity",
    "Subject",
    "judged",
    "linted",
]
