"""What differs between two steps of one kind: every field that differs is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tocsin.facts.runs import Ending
from tocsin.playbook.diff.change import (
    Change,
    Kind,
    names_change,
    quoted,
    span_change,
    texts_changed,
)
from tocsin.playbook.show.words import kind_of, one_line
from tocsin.playbook.steps import Check, Hours, Raci, Step

Told = Iterator[tuple[Kind, str, bool]]
"""A kind, the words, and whether it is weaker."""

LEADS = {
    "next": "what follows",
    "on_failure": "when it fails",
    "on_declined": "when it is declined",
    "on_limit": "when the limit has passed",
    "on_not_shown": "when it is shown not to be so",
    "on_undetermined": "when it cannot be told",
    "on_insufficient": "when evidence is missing",
    "on_unanswered": "when nobody answers",
    "on_rounds_max": "when its rounds are used up",
    "otherwise": "when no condition holds",
    "undetermined": "when something asked for is not known",
}
_TIMES = {
    "soft_seconds": "the time after which it is late",
    "limit_seconds": "the limit",
    "within_seconds": "the time each person has",
    "next_update_seconds": "the promised next news",
}
_PLAIN = {
    "phase": "its phase",
    "connector": "the hand that acts",
    "target": "what it acts on or looks at",
    "wanted": "the wanted state",
    "no_undo": "why nothing takes it back",
    "attempts_max": "how often it is tried",
    "role": "the role that is asked or called",
    "probe": "the eye that looks",
    "plan": "the plan that is run",
    "through": "the hand that sends",
    "pre_authorised": "who authorised it beforehand",
    "counted_from": "the moment from which limits count",
    "rounds_max": "how many rounds it may wait",
    "question": "the question",
    "subject": "the subject",
    "text": "the words",
}


def step_changes(old: Step, new: Step) -> Iterator[Change]:
    """Every difference between two steps that have one name."""
    if type(old) is not type(new):
        before, after = kind_of(old)[0], kind_of(new)[0]
        yield Change(
            kind=Kind.DOES, where=f"steps.{new.id}", weaker=True,
            words=f"{new.id} is of another kind: it was {before!r} and is {after!r} now",
        )  # fmt: skip
        return
    for field in msgspec.structs.fields(new):
        one, other = getattr(old, field.name), getattr(new, field.name)
        if one == other and not (field.name == "choices" and list(one) != list(other)):
            continue
        if field.name in ("id", "line"):
            continue
        told = list(_told(field.name, one, other, new))
        for kind, words, weaker in told or [(Kind.WORDS, _spaces(field.name), False)]:
            where = f"steps.{new.id}.{field.name}"
            yield Change(kind=kind, where=where, words=f"{new.id}: {words}", weaker=weaker)


def _spaces(field: str) -> str:
    return f"{field.replace('_', ' ')} differs in spaces or order"


def _told(field: str, old: Any, new: Any, step: Step) -> Told:
    if field in LEADS and not (field == "on_limit" and hasattr(step, "choices")):
        yield _leads(LEADS[field], old, new)
    elif field in _TIMES:
        words, weaker = span_change(_TIMES[field], old, new)
        yield Kind.TIME, words, weaker
    elif field == "seconds":
        words, _ = span_change("its time", old, new)
        yield Kind.TIME, words, False
    elif field in _OWN:
        yield from _OWN[field](old, new)
    else:
        yield from _changed(field, old, new)


def _changed(field: str, old: Any, new: Any) -> Told:
    name = _PLAIN.get(field, field.replace("_", " "))
    if isinstance(old, str) and isinstance(new, str) and field in ("text", "question", "subject"):
        yield Kind.WORDS, f"{name}: {texts_changed(old, new)}", False
        return
    kind = Kind.WHO if field in ("role", "pre_authorised") else Kind.DOES
    yield kind, f"{name} was {_said(old)} and is {_said(new)} now", False


def _said(value: Any) -> str:
    if value is None or value == "":
        return "not said"
    word = getattr(value, "value", value)
    return quoted(word) if isinstance(word, str) else str(word)


def _leads(when: str, old: str | None, new: str | None) -> tuple[Kind, str, bool]:
    if new is None:
        return Kind.LEADS, f"{when}, the plan has no answer any more; it led to {old}", True
    if old is None:
        return Kind.LEADS, f"{when}, it leads to {new}; it had no answer before", False
    return Kind.LEADS, f"{when}, it leads to {new} instead of {old}", False


def _raci(old: Raci | None, new: Raci | None) -> Told:
    if new is None:
        yield Kind.WHO, f"nobody answers for it any more; {old and old.accountable} did", True
        return
    if old is None:
        yield Kind.WHO, f"{new.accountable} answers for it; nobody did before", False
        return
    if old.accountable != new.accountable:
        yield Kind.WHO, f"{new.accountable} answers for it instead of {old.accountable}", False
    for what, field, is_gate in (("who does it", "responsible", False),
                                 ("who is asked before", "consulted", True),
                                 ("who is told", "informed", True)):  # fmt: skip
        for words, weaker in names_change(what, getattr(old, field), getattr(new, field)):
            yield Kind.WHO, words, weaker and is_gate


def _approvals(old: int, new: int) -> Told:
    words = f"approvals were {old} and are {new} now"
    yield Kind.GATE, "an approval is dropped: " + words if new < old else words, new < old


def _evidence(old: tuple[str, ...], new: tuple[str, ...]) -> Told:
    for words, weaker in names_change("evidence kept before it", old, new):
        yield Kind.GATE, words, weaker


def _items(old: tuple[str, ...], new: tuple[str, ...]) -> Told:
    for words, weaker in names_change("evidence that it keeps", old, new):
        yield Kind.GATE, words, weaker


def _audiences(old: tuple[str, ...], new: tuple[str, ...]) -> Told:
    for words, weaker in names_change("who is told by it", old, new):
        yield Kind.WHO, words, weaker


def _claims(old: tuple[str, ...], new: tuple[str, ...]) -> Told:
    for words, _ in names_change("claims that it states", old, new):
        yield Kind.WORDS, words, False


def _purpose(old: tuple[Any, ...], new: tuple[Any, ...]) -> Told:
    words = ([one.value for one in old], [one.value for one in new])
    for said, weaker in names_change("what it is for", *words):
        yield Kind.DOES, said, weaker


def _effect(old: Any, new: Any) -> Told:
    gates = "the gates before it are others"
    yield Kind.GATE, f"its effect was {old.value} and is {new.value} now: {gates}", True


def _undo(old: str | None, new: str | None) -> Told:
    if new is None:
        yield Kind.GATE, f"nothing takes it back any more; {_said(old)} did", True
    else:
        yield Kind.GATE, f"what takes it back was {_said(old)} and is {_said(new)} now", False


def _before(old: str, new: str) -> Told:
    weaker = bool(old) and not new
    words = f"the deadline it hangs on was {_said(old)} and is {_said(new)} now"
    yield Kind.TIME, words, weaker


def _hours(old: Hours | None, new: Hours | None) -> Told:
    words = f"the hours at which it can be done were {_said(old)} and are {_said(new)} now"
    yield Kind.TIME, words, old is Hours.ANY


def _ending(old: Ending, new: Ending) -> Told:
    words = f"the plan ended there as {old.value} and ends as {new.value} now"
    yield Kind.DOES, words, new is Ending.COMPLETED


def _checks(old: tuple[Check, ...], new: tuple[Check, ...]) -> Told:
    told = [[f"{c.criterion.value} of {c.target} ({c.wanted}, through {c.probe})" for c in checks]
            for checks in (old, new)]  # fmt: skip
    for words, weaker in names_change("what must be seen", told[0], told[1]):
        yield Kind.GATE, words, weaker
    if set(told[0]) == set(told[1]) and len(old) != len(new):
        yield Kind.GATE, f"it had {len(old)} checks and has {len(new)} now", len(new) < len(old)


def _choices(old: Mapping[str, str], new: Mapping[str, str]) -> Told:
    for words, _ in names_change("choices", [*old], [*new]):
        yield Kind.DOES, words, False
    for choice, to in new.items():
        if choice in old and old[choice] != to:
            yield _leads(f"on the answer {quoted(choice)}", old[choice], to)


def _branches(old: tuple[Any, ...], new: tuple[Any, ...]) -> Told:
    if all(isinstance(one, str) for one in (*old, *new)):
        for words, weaker in names_change("what begins at once", old, new):
            yield Kind.LEADS, words, weaker
        return
    leads = {branch.when: branch.next for branch in old}
    for branch in new:
        before = leads.get(branch.when)
        if before is not None and before != branch.next:
            yield _leads(f"when {quoted(branch.when)} holds", before, branch.next)
    conditions = [[one_line(b.when) for b in branches] for branches in (old, new)]
    said = list(names_change("conditions", conditions[0], conditions[1]))
    for words, _ in said:
        yield Kind.LEADS, words, False
    if not said and tuple(leads.items()) == tuple((b.when, b.next) for b in new):
        yield Kind.LEADS, f"it had {len(old)} conditions and has {len(new)} now", False


def _answer_for_them(old: str | None, new: str | None) -> Told:
    yield Kind.LEADS, f"when nobody answers, it counted as {_said(old)}, now {_said(new)}", False


_OWN: Mapping[str, Callable[[Any, Any], Told]] = {
    "raci": _raci,
    "approvals": _approvals,
    "evidence": _evidence,
    "items": _items,
    "audiences": _audiences,
    "claims": _claims,
    "purpose": _purpose,
    "effect": _effect,
    "undo": _undo,
    "before": _before,
    "hours": _hours,
    "ending": _ending,
    "checks": _checks,
    "choices": _choices,
    "branches": _branches,
    "on_limit": _answer_for_them,
}
