"""Random plans that the reader accepts, of every kind of step and with every field that can stand.

Steps of one place (the trunk, or a branch) stand in a row: each can lead to any that comes later,
the first way of each to the very next, and back only through a wait that counts its rounds. So
every step is reached and every run ends, whatever is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from functools import lru_cache, partial
from typing import Any

from hypothesis import strategies as st

from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.incidents import Phase
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.steps import Criterion, NamedMoment, Purpose


@lru_cache(maxsize=1024, typed=True)
def among(*values: Hashable) -> st.SearchStrategy[Any]:
    """One of these. Made once: making it again for each plan took longer than to draw from it."""
    return st.sampled_from(values)


ROLES = ("on-call", "commander", "data-science", "counsel", "communications", "on.call_2")
ITEMS = ("model", "requests", "training-data", "retrieval.index")
WORDS = st.sampled_from(("Is it over?", "{incident.id}: {finding.metric}", "über # ' {{x}}", '"',
                         "two\nlines", "no", "1.10", "{variables.share}"))  # fmt: skip
SPANS = st.sampled_from(("1s", "30s", "5m", "15m", "4h", "72h", "30d"))
CONDITIONS = st.sampled_from(("severity == 'sev1'", "finding.observed >= 0.25", "minutes_open > 60",
                              "finding.requests > 1000 && finding.subsided", "true",
                              "finding.observed > variables.share"))  # fmt: skip
KINDS = ("act", "ask", "approve", "wait", "probe", "gate", "call", "decide", "seal", "page",
         "tell", "parallel", "again")  # fmt: skip
DEPTH_MAX = 2
BOOLEANS = st.booleans()
ROLE = among(*ROLES)
ONE_TO_THREE = st.integers(1, 3)
CRITERIA = st.lists(among(*Criterion), min_size=1, max_size=3)
EVIDENCE = st.lists(among(*ITEMS), min_size=1, max_size=3, unique=True)
PURPOSES = st.lists(among(*Purpose), min_size=1, max_size=2, unique=True)
UNDO = st.sampled_from(({}, {"undo": "on"}, {"undo": "before"}, {"no_undo": "it is sent"}))

Fields = dict[str, Any]


def plans(steps_max: int = 12) -> st.SearchStrategy[Plan]:
    """Random plans, read."""
    return plan_texts(steps_max).map(lambda text: plan_of(text.encode()))


@st.composite
def plan_texts(draw: st.DrawFn, steps_max: int = 12) -> str:
    """The YAML of random plans."""
    steps = _Steps(draw)
    first = _row(steps, "s", draw(st.integers(1, steps_max)), 0)
    steps.made |= {"over": {"end": "completed"}, "failed": {"end": "failed"}}
    if steps.made[first].keys() & {"seal"}:
        steps.name_evidence()
    plan = {"plan": "p", "version": "1", "title": draw(WORDS), **_around(draw, [*steps.made])}
    reached = ("over", "failed")
    plan["steps"] = {
        name: fields
        for name, fields in steps.made.items()
        if name not in reached or name in steps.named
    }
    return json.dumps(plan, indent=1, ensure_ascii=False)


class _Steps:
    """The steps drawn so far, and every name that one of them leads to."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.made, self.named = draw, dict[str, Fields](), set[str]()

    def to(self, name: str) -> str:
        self.named.add(name)
        return name

    def maybe(self, fields: Fields, name: str, value: Callable[[], object]) -> None:
        if self.draw(BOOLEANS):
            fields[name] = value()

    def name_evidence(self) -> None:
        """Let some acts wait for what the very first step seals, before everything else."""
        items = next(iter(self.made.values()))["seal"]
        for fields in self.made.values():
            if "act" in fields and self.draw(BOOLEANS):
                fields["evidence"] = items
                if self.draw(BOOLEANS):
                    fields |= {"effect": "destroy", "approvals": "2"}
                elif fields.get("effect") == "stop":
                    fields["effect"] = "change"


def _row(steps: _Steps, prefix: str, length: int, depth: int) -> str:
    """Draws the steps of one place, from the first to its end."""
    row = [f"{prefix}{n}" for n in range(length)]
    ends = ["over", "failed"] if depth == 0 else ["join"]
    kinds = [k for k in KINDS if depth < DEPTH_MAX or k != "parallel"]
    for name in row:
        steps.made[name] = {}  # so that the row stands in its order
    for n, name in enumerate(row):
        following = row[n + 1] if n + 1 < length else ends[0]
        further = among(*row[n + 1 :], *ends)
        later = partial(_led, steps, further)
        kind = steps.draw(among(*kinds)) if n or depth else "seal"
        if n == 0 and depth == 0 and steps.draw(BOOLEANS):
            kind = steps.draw(among(*kinds))
        made = _step(steps, kind, steps.to(following), later, row[: n + 1], name, depth)
        steps.made[name] |= made | _of_any_step(steps, made, name)
    return row[0]


def _led(steps: _Steps, further: st.SearchStrategy[str]) -> str:
    return steps.to(steps.draw(further))


def _step(
    steps: _Steps,
    kind: str,
    following: str,
    later: Callable[[], str],
    earlier: list[str],
    name: str,
    depth: int,
) -> Fields:
    draw, role, span = steps.draw, ROLE, SPANS
    match kind:
        case "act":
            return _act(steps, following, later)
        case "ask":
            made: Fields = {"ask": draw(WORDS), "role": draw(role)}
            made["choices"] = {"yes": following, "no": later()}
            if draw(BOOLEANS):
                made |= {"limit": draw(span), "on_limit": draw(among("yes", "no"))}
            return made
        case "approve":
            made = {"approve": draw(WORDS), "role": draw(role), "next": following,
                    "on_declined": later()}  # fmt: skip
            return made | _limited(steps, later)
        case "wait":
            return {"wait": draw(span), "next": following}
        case "again":
            back = steps.to(draw(among(*earlier)))
            return {"wait": draw(span), "rounds_max": str(draw(st.integers(1, 5))), "next": back,
                    "on_rounds_max": following}  # fmt: skip
        case "probe":
            made = {"probe": "eye", "target": "assistant", "wanted": "off", "next": following}
            steps.maybe(made, "on_not_shown", later)
            steps.maybe(made, "on_undetermined", later)
            return made
        case "gate":
            criteria = draw(CRITERIA)
            checks = [{"probe": "eye", "target": "assistant", "wanted": "well",
                       "criterion": criterion.value} for criterion in criteria]  # fmt: skip
            return {"gate": checks, "next": following, "on_not_shown": later(),
                    "on_undetermined": later()}  # fmt: skip
        case "call":
            made = {"call": "other", "next": following, "on_failure": later()}
            return made | _limited(steps, later)
        case "decide":
            return {"decide": [{"when": draw(CONDITIONS), "next": following},
                               {"when": draw(CONDITIONS), "next": later()}],
                    "otherwise": later(), "undetermined": later()}  # fmt: skip
        case "seal":
            items = draw(EVIDENCE)
            return {"seal": items, "budget": draw(span), "next": following,
                    "on_insufficient": later()}  # fmt: skip
        case "page":
            return {"page": draw(role), "text": draw(WORDS), "within": draw(span),
                    "next": following, "on_unanswered": later()}  # fmt: skip
        case "tell":
            made = {"tell": [draw(role), "customers"], "subject": draw(WORDS), "text": draw(WORDS),
                    "through": "mail", "next": following}  # fmt: skip
            steps.maybe(made, "next_update", lambda: draw(span))
            steps.maybe(made, "on_failure", later)
            return made
        case _:
            rows = range(draw(st.integers(2, 3)))
            branches = [
                _row(steps, f"{name}{'abc'[n]}", draw(ONE_TO_THREE), depth + 1) for n in rows
            ]
            made = {"parallel": branches, "next": following}
            steps.maybe(made, "on_failure", later)
            return made


def _act(steps: _Steps, following: str, later: Callable[[], str]) -> Fields:
    draw = steps.draw
    made: Fields = {"act": "hand", "target": "assistant", "wanted": "off", "next": following}
    steps.maybe(made, "effect", lambda: draw(among("stop", "change")))
    made |= draw(UNDO)
    if draw(BOOLEANS):
        made["approvals"] = draw(among("1", "2"))
        made |= _limited(steps, later)
        steps.maybe(made, "on_declined", later)
    steps.maybe(made, "attempts_max", lambda: "3")
    steps.maybe(made, "on_failure", later)
    return made


def _limited(steps: _Steps, later: Callable[[], str]) -> Fields:
    if steps.draw(BOOLEANS):
        return {}
    return {"limit": steps.draw(SPANS), "on_limit": later()}


def _of_any_step(steps: _Steps, made: Fields, name: str) -> Fields:
    draw, role = steps.draw, ROLE
    found: Fields = {}
    steps.maybe(found, "phase", lambda: draw(among(*Phase)).value)
    steps.maybe(found, "raci", lambda: {"accountable": draw(role), "responsible": [draw(role)]})
    steps.maybe(found, "pre_authorised", lambda: draw(role))
    steps.maybe(found, "hours", lambda: draw(among("any", "working")))
    steps.maybe(found, "purpose", lambda: [purpose.value for purpose in draw(PURPOSES)])
    if "limit" in made:
        moments = [moment.value for moment in NamedMoment]
        steps.maybe(found, "from", lambda: draw(among(*moments, name)))
    elif draw(BOOLEANS):
        found |= {"soft": draw(SPANS)}
        steps.maybe(found, "before", lambda: "gdpr-33")
    return found


def _around(draw: st.DrawFn, steps: list[str]) -> Fields:
    """What stands around the steps; what a step may name is always there."""
    fields: Fields = {
        "failure_mode": draw(among(*FailureMode)).value,
        "techniques": ["AML.T0020", "AML.T0051.000"],
        "systems": ["assistant"],
        "vendors": ["Ground Truth Ltd", "no"],
        "owner": draw(ROLE),
        "review_by": draw(among("2025-01-31", "2027-05-31")),
        "triggers": ["fallback-rate"],
        "severity": [{"when": draw(CONDITIONS), "severity": "sev1", "reason": draw(WORDS)}],
        "communication": [{"audience": draw(ROLE), "within": draw(SPANS),
                           "by": draw(ROLE)}],
        "continuity": {"fallback": "people", "recovery_target": draw(SPANS)},
        "post_mortem": [{"duty": draw(WORDS), "by": "counsel", "within": draw(SPANS)}],
        "first_steps": steps[:2],
        "waived": [{"rule": draw(among("TP404", "TP402", "TP999")),
                    "because": draw(WORDS)}],
    }  # fmt: skip
    kept = {name: value for name, value in fields.items() if draw(BOOLEANS)}
    kept["audiences"] = {"customers": {"where": draw(among("inside", "outside")),
                                       "approved_by": ["communications"]}}  # fmt: skip
    kept["variables"] = {"share": {"type": "decimal", "value": "0.25", "means": "one in four"}}
    kept["deadlines"] = {"gdpr-33": "the notice to the authority"}
    return kept
