"""Reads one step of a plan, each kind by what it may say; mistakes are gathered, never raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.facts.runs import Effect, Ending
from tocsin.playbook.read_attributes import ANY_STEP, attributed
from tocsin.playbook.read_lists import names_listed, one_of, rows
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Branch,
    Call,
    Check,
    Criterion,
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
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import Fields

CRITERIA = {criterion.value: criterion for criterion in Criterion}
ENDINGS = {ending.value: ending for ending in Ending if ending is not Ending.CANCELLED}
EFFECTS = {effect.value: effect for effect in Effect if effect is not Effect.TELL}

_ACT = ("target", "wanted", "effect", "evidence", "undo", "no_undo", "approvals", "limit",
        "on_limit", "attempts_max", "on_failure", "on_declined", "next")  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "act": _ACT,
    "ask": ("role", "choices", "limit", "on_limit"),
    "approve": ("role", "limit", "on_limit", "on_declined", "next"),
    "wait": ("next", "rounds_max", "on_rounds_max"),
    "probe": ("target", "wanted", "next", "on_not_shown", "on_undetermined"),
    "gate": ("next", "on_not_shown", "on_undetermined"),
    "call": ("limit", "on_limit", "next", "on_failure"),
    "decide": ("otherwise", "undetermined"),
    "seal": ("budget", "next", "on_insufficient"),
    "page": ("text", "within", "next", "on_unanswered"),
    "tell": ("subject", "text", "through", "claims", "next_update", "next", "on_failure"),
    "parallel": ("next", "on_failure"),
    "end": (),
}
"""What a step of each kind may say beside its kind."""


def step_of(name: str, f: Fields) -> Step | None:
    """The step that these fields describe, or None where they do not say what it does."""
    kinds = [kind for kind in FIELDS if kind in f.fields]
    if len(kinds) != 1:
        told = f"says {' and '.join(kinds)}" if kinds else "does not say what it does"
        f.reading.wrong(f.line, f.path, told, f"say exactly one of {', '.join(FIELDS)}")
        every = {field for fields in FIELDS.values() for field in fields}
        f.only((*FIELDS, *ANY_STEP, *sorted(every)))
        return None
    kind = kinds[0]
    f.only((kind, *FIELDS[kind], *ANY_STEP))
    step = _READERS[kind](name, f)
    return attributed(step, f)


def _act(name: str, f: Fields) -> Act:
    limit = f.seconds("limit")
    approvals = f.number("approvals", 0, 2) or 0
    evidence = names_listed(f, "evidence", "item")
    effect = EFFECTS[one_of(f, "effect", EFFECTS) or Effect.CHANGE.value]
    if limit is not None and not approvals and not evidence:
        f.wrong("limit", "a limit without approvals", "remove it, or ask for approvals")
    if limit is None and "on_limit" in f.fields:
        f.wrong("on_limit", "no limit", "write `limit:` too")
    if effect is Effect.DESTROY and approvals != 2:
        right = "write `approvals: 2`"
        f.wrong("approvals", "an act that may destroy evidence", right, rule="TP401")
    if effect is Effect.DESTROY and not evidence:
        f.wrong("evidence", "an act that may destroy evidence, and names none",
                "name what must be sealed first: `evidence: [item]`", rule="TP401")  # fmt: skip
    if "undo" in f.fields and "no_undo" in f.fields:
        f.wrong("no_undo", "an undo, and why there is none", "remove one of the two")
    if effect is Effect.STOP and evidence:
        f.wrong("evidence", "a stop waits for no evidence", "seal it beside the stop, in parallel")
    return Act(
        id=name,
        connector=f.name("act"),
        target=f.text("target"),
        wanted=f.text("wanted"),
        effect=effect,
        evidence=evidence,
        undo=f.optional("undo"),
        no_undo=f.optional("no_undo"),
        approvals=approvals,
        limit_seconds=limit,
        on_limit=f.optional("on_limit"),
        attempts_max=f.number("attempts_max", 1, 100) or 5,
        on_failure=f.optional("on_failure"),
        on_declined=f.optional("on_declined"),
        next=f.text("next"),
    )


def _ask(name: str, f: Fields) -> Ask:
    choices: dict[str, str] = {}
    node = f.fields.get("choices")
    if node is None or not isinstance(node.value, dict) or not node.value:
        f.wrong("choices", "missing or empty", "write `choices: {yes: step, no: other-step}`")
    else:
        inner = Fields(f.reading, f"{f.path}.choices", node.line, node.value)
        choices = {choice: inner.text(choice) for choice in node.value}
    limit, on_limit = _limited(f)
    if on_limit is not None and choices and on_limit not in choices:
        among = f"name one of {', '.join(choices)}"
        found = f"{shown(on_limit)} is not one of the choices"
        f.wrong("on_limit", found, did_you_mean(on_limit, choices, among))
    return Ask(
        id=name,
        question=f.text("ask"),
        role=f.name("role"),
        choices=choices,
        limit_seconds=limit,
        on_limit=on_limit,
    )


def _approve(name: str, f: Fields) -> Approve:
    limit, on_limit = _limited(f)
    return Approve(
        id=name,
        subject=f.text("approve"),
        role=f.name("role"),
        next=f.text("next"),
        on_declined=_led_to(f, "on_declined", "the person says no"),
        limit_seconds=limit,
        on_limit=on_limit,
    )


def _limited(f: Fields) -> tuple[int | None, str | None]:
    """A limit and where it leads; either both or none."""
    limit, on_limit = f.seconds("limit"), f.optional("on_limit")
    if ("limit" in f.fields) != ("on_limit" in f.fields):
        f.wrong("limit", "limit and on_limit belong together", "write both, or neither")
    return limit, on_limit


def _gate(name: str, f: Fields) -> Gate:
    shape = "{probe: eye, target: system, wanted: state, criterion: fairness}"
    checks: list[Check] = []
    if isinstance(f.fields["gate"].value, str):
        f.wrong("gate", "not a list", f"write `gate:` and beneath it `- {shape}`")
    for row in rows(f, "gate", shape, ("probe", "target", "wanted", "criterion")):
        if "criterion" not in row.fields:
            row.wrong("criterion", "missing", f"write one of {', '.join(CRITERIA)}")
        word = one_of(row, "criterion", CRITERIA)
        checks.append(
            Check(
                probe=row.name("probe"),
                target=row.text("target"),
                wanted=row.text("wanted"),
                criterion=CRITERIA[word] if word else Criterion.PERFORMANCE,
            )
        )
    return Gate(
        id=name,
        checks=tuple(checks),
        next=f.text("next"),
        on_not_shown=_led_to(f, "on_not_shown", "one check shows that it is not so"),
        on_undetermined=_led_to(f, "on_undetermined", "a check cannot tell"),
    )


def _call(name: str, f: Fields) -> Call:
    limit, on_limit = _limited(f)
    return Call(
        id=name,
        plan=f.name("call"),
        next=f.text("next"),
        on_failure=_led_to(f, "on_failure", "the plan that was called fails"),
        limit_seconds=limit,
        on_limit=on_limit,
    )


def _wait(name: str, f: Fields) -> Wait:
    rounds, after = f.number("rounds_max", 1, 1000), f.optional("on_rounds_max")
    if ("rounds_max" in f.fields) != ("on_rounds_max" in f.fields):
        f.wrong("rounds_max", "rounds_max and on_rounds_max belong together", "write both")
    return Wait(
        id=name,
        seconds=f.seconds("wait") or 0,
        next=f.text("next"),
        rounds_max=rounds,
        on_rounds_max=after,
    )


def _look(name: str, f: Fields) -> Look:
    return Look(
        id=name,
        probe=f.name("probe"),
        target=f.text("target"),
        wanted=f.text("wanted"),
        next=f.text("next"),
        on_not_shown=f.optional("on_not_shown"),
        on_undetermined=f.optional("on_undetermined"),
    )


def _decide(name: str, f: Fields) -> Decide:
    shape = "{when: severity == 'sev1', next: step}"
    branches = tuple(
        Branch(when=row.text("when"), next=row.text("next"))
        for row in rows(f, "decide", shape, ("when", "next"))
    )
    return Decide(
        id=name,
        branches=branches,
        otherwise=_led_to(f, "otherwise", "no condition holds"),
        undetermined=_led_to(f, "undetermined", "what a condition asks for is not known"),
    )


def _seal(name: str, f: Fields) -> Seal:
    return Seal(
        id=name,
        items=names_listed(f, "seal", "item"),
        seconds=_required_seconds(f, "budget", "how long it may take"),
        next=f.text("next"),
        on_insufficient=_led_to(f, "on_insufficient", "an item is missing or too small"),
    )


def _page(name: str, f: Fields) -> Page:
    return Page(
        id=name,
        role=f.name("page"),
        text=f.text("text"),
        within_seconds=_required_seconds(f, "within", "how long each person has to answer"),
        next=f.text("next"),
        on_unanswered=_led_to(f, "on_unanswered", "nobody answers"),
    )


def _tell(name: str, f: Fields) -> Tell:
    return Tell(
        id=name,
        audiences=names_listed(f, "tell", "audience"),
        subject=f.text("subject"),
        text=f.text("text"),
        through=f.name("through"),
        next=f.text("next"),
        claims=names_listed(f, "claims", "claim"),
        next_update_seconds=f.seconds("next_update"),
        on_failure=f.optional("on_failure"),
    )


def _parallel(name: str, f: Fields) -> Parallel:
    return Parallel(
        id=name,
        branches=f.texts("parallel"),
        next=f.text("next"),
        on_failure=f.optional("on_failure"),
    )


def _end(name: str, f: Fields) -> End:
    text = f.text("end")
    if text and text not in ENDINGS:
        among = f"write one of {', '.join(ENDINGS)}"
        f.wrong("end", shown(text), did_you_mean(text, ENDINGS, among))
    return End(id=name, ending=ENDINGS.get(text, Ending.FAILED))


def _led_to(f: Fields, field: str, when: str) -> str:
    """The step that follows when something does not go as hoped; it must stand there."""
    if field not in f.fields:
        right = f"write `{field}:` and the step that follows when {when}"
        f.wrong(field, "missing", right, rule=_NO_ANSWER.get(field, ""))
        return ""
    return f.optional(field) or ""


_NO_ANSWER = {"undetermined": "TP108", "on_undetermined": "TP108"}


def _required_seconds(f: Fields, field: str, what: str) -> int:
    if field not in f.fields:
        f.wrong(field, "missing", f"write `{field}:` and {what}, such as 60s or 5m")
    return f.seconds(field) or 0


_READERS: Mapping[str, Callable[[str, Fields], Step]] = {
    "act": _act,
    "ask": _ask,
    "approve": _approve,
    "wait": _wait,
    "probe": _look,
    "gate": _gate,
    "call": _call,
    "decide": _decide,
    "seal": _seal,
    "page": _page,
    "tell": _tell,
    "parallel": _parallel,
    "end": _end,
}
