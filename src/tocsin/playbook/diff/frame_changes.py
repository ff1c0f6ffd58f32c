"""What differs around the steps of two plans: who is told, what serves meanwhile, what is owed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tocsin.playbook.diff.change import Change, Kind, names_change, quoted, span_change
from tocsin.playbook.plan import Audience, Continuity, Plan
from tocsin.playbook.show.words import one_line, span

Told = Iterator[tuple[str, bool]]
_NAMED = {"id": "plan", "start": "the first step", "failure_mode": "the failure mode",
          "version": "version", "title": "title", "owner": "the owner",
          "review_by": "the day of its review"}  # fmt: skip
_LISTS = {"systems": ("systems", True), "triggers": ("detectors that begin it", True),
          "techniques": ("techniques", True), "vendors": ("vendors", True),
          "first_steps": ("first steps", False)}  # fmt: skip


def fields_compared() -> frozenset[str]:
    """The fields around the steps that are compared."""
    return frozenset({*_NAMED, *_LISTS, *_OWN})


def frame_changes(old: Plan, new: Plan) -> Iterator[Change]:
    """Every difference around the steps."""
    for field, name in _NAMED.items():
        one, other = getattr(old, field), getattr(new, field)
        if one != other:
            words = f"{name} was {_said(one)} and is {_said(other)} now"
            yield _change(field, words, _is_weaker(field, one, other))
    for field, (name, counts) in _LISTS.items():
        for words, weaker in names_change(name, getattr(old, field), getattr(new, field)):
            yield _change(field, words, weaker and counts)
    for field, tell in _OWN.items():
        one, other = getattr(old, field), getattr(new, field)
        if one != other or (isinstance(one, Mapping) and [*one] != [*other]):
            told = list(tell(one, other)) or [(f"{field} differs in spaces or order", False)]
            for words, weaker in told:
                yield _change(field, words, weaker)


def _change(field: str, words: str, weaker: bool) -> Change:
    return Change(kind=Kind.FRAME, where="plan" if field == "id" else field, words=words,
                  weaker=weaker)  # fmt: skip


def _said(value: str | None) -> str:
    return quoted(value) if value else "not said"


def _is_weaker(field: str, old: str | None, new: str | None) -> bool:
    if field == "review_by":
        return new is None or (old is not None and new > old)
    return field in ("owner", "failure_mode") and new is None


def _severity(old: Sequence[Any], new: Sequence[Any]) -> Told:
    told = [[f"{r.severity.value} when {r.when} ({r.reason})" for r in rules]
            for rules in (old, new)]  # fmt: skip
    said = list(names_change("rules of severity", told[0], told[1]))
    yield from said
    if not said and told[0] != told[1]:
        yield f"there were {len(old)} rules of severity and are {len(new)} now", False


def _communication(old: Sequence[Any], new: Sequence[Any]) -> Told:
    links = {one.audience: one for one in old}
    after = {one.audience: one for one in new}
    yield from names_change("who must hear of it", [*links], [*after])
    for audience, link in after.items():
        before = links.get(audience)
        if before is None:
            continue
        if before.within_seconds != link.within_seconds:
            what = f"the time until {audience} must hear of it"
            yield span_change(what, before.within_seconds, link.within_seconds)
        if before.by != link.by:
            yield f"{link.by} answers for telling {audience}, instead of {before.by}", False
    if len(old) != len(links) or len(new) != len(after):
        told = [
            sorted(f"{o.audience} {o.within_seconds} {o.by}" for o in each) for each in (old, new)
        ]
        if told[0] != told[1]:
            yield "an audience stands more than once in the chain, and differs", True


def _duties(old: Sequence[Any], new: Sequence[Any]) -> Told:
    told = [[f"{d.duty}, by {d.by} within {span(d.within_seconds)}" for d in duties]
            for duties in (old, new)]  # fmt: skip
    said = list(names_change("duties afterwards", told[0], told[1]))
    yield from said
    if not said and told[0] != told[1]:
        yield f"there were {len(old)} duties afterwards and are {len(new)} now", len(new) < len(old)


def _audiences(old: Mapping[str, Audience], new: Mapping[str, Audience]) -> Told:
    yield from names_change("audiences", [*old], [*new])
    for name, one in new.items():
        before = old.get(name)
        if before is None or before == one:
            continue
        if before.outside != one.outside:
            where = "outside" if one.outside else "inside"
            yield f"{name} counts as {where} now", before.outside
        what = f"who approves words to {name}"
        yield from names_change(what, before.approved_by, one.approved_by)


def _continuity(old: Continuity | None, new: Continuity | None) -> Told:
    if new is None:
        yield f"nothing is said of what serves meanwhile; it was {old and old.fallback}", True
    elif old is None:
        yield f"{new.fallback} serves meanwhile; nothing was said before", False
    else:
        if old.fallback != new.fallback:
            yield f"{new.fallback} serves meanwhile instead of {old.fallback}", False
        if old.recovery_target_seconds != new.recovery_target_seconds:
            yield span_change("the time until it shall serve again", old.recovery_target_seconds,
                              new.recovery_target_seconds)  # fmt: skip


def _variables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Told:
    yield from ((words, False) for words, _ in names_change("values", [*old], [*new]))
    for name, one in new.items():
        before = old.get(name)
        if before is None or before == one:
            continue
        if (before.value, before.type) != (one.value, one.type):
            types = f" ({one.type.value})" if before.type != one.type else ""
            said = f"{quoted(before.value)} and is {quoted(one.value)}{types} now"
            yield f"the value {name} was {said}", False
        if before.means != one.means:
            yield f"the value {name} means now: {one_line(one.means)}", False


def _deadlines(old: Mapping[str, str], new: Mapping[str, str]) -> Told:
    yield from names_change("deadlines", [*old], [*new])
    for name, what in new.items():
        if name in old and old[name] != what:
            yield f"the deadline {name} was {quoted(old[name])} and is {quoted(what)} now", False


def _waivers(old: Sequence[Any], new: Sequence[Any]) -> Told:
    told = [[f"{w.rule} ({w.because})" for w in waivers] for waivers in (old, new)]
    for words, is_gone in names_change("advice of the linter not followed", told[0], told[1]):
        yield words, not is_gone and "new" in words


_OWN: Mapping[str, Callable[[Any, Any], Told]] = {
    "severity": _severity,
    "communication": _communication,
    "audiences": _audiences,
    "continuity": _continuity,
    "variables": _variables,
    "deadlines": _deadlines,
    "post_mortem": _duties,
    "waived": _waivers,
}
