"""Small valid plans at random: every kind of step, every word a step may say, awkward texts."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from tocsin.facts.incidents import Phase, Severity
from tocsin.facts.runs import Effect, Ending
from tocsin.playbook.plan import (
    Audience,
    Continuity,
    Informing,
    Plan,
    PostMortemDuty,
    SeverityRule,
    Variable,
    VariableType,
)
from tocsin.playbook.steps import (
    JOIN,
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
    Hours,
    Look,
    NamedMoment,
    Page,
    Parallel,
    Purpose,
    Raci,
    Seal,
    Step,
    Tell,
    Wait,
)

Draw = Callable[[st.SearchStrategy[Any]], Any]

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
AWKWARD = [
    "off", "~", "1.10", "a: b", "# no", "- x", "'", '"', "{}", "a\n b\n", "e\u2028",
    "x\n\ny", "\ufeff", "\x85", "null", "2027-01-01", "=", "<<", "a  b", "?", "\U0001f514",
]  # fmt: skip
CONDITIONS = ["severity == 'sev1'", "finding.observed > 0.25 && minutes_open < 30",
              "finding.version == \"a: b\"", "!finding.subsided"]  # fmt: skip


@lru_cache(maxsize=1024, typed=True)
def among(*values: Hashable) -> st.SearchStrategy[Any]:
    """One of these. Made once: making it again for each plan took longer than to draw from it."""
    return st.sampled_from(values)


@cache
def perhaps(made: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | made


@lru_cache(maxsize=1024)
def several(made: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[Any]:
    """A tuple of different ones."""
    return st.lists(made, min_size=least, max_size=most, unique=True).map(tuple)


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text that a file may hold, and often one that is hard to write down."""
    anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    words = st.lists(st.sampled_from(["stop", "the", "model", "(now)", "it's", "a:b"]), min_size=1)
    lines = words.map(" ".join) | st.lists(anything, min_size=1, max_size=3).map("\n".join)
    return (st.sampled_from(AWKWARD) | lines | anything).filter(lambda text: text.strip() != "")


@cache
def messages() -> st.SearchStrategy[str]:
    """Words with gaps that can be filled, and doubled braces."""
    plain = texts().map(lambda text: text.replace("{", "{{").replace("}", "}}"))
    return st.tuples(plain, st.sampled_from(["", "{finding.metric}", "{incident.id}: x"])).map(
        "".join
    )


SECONDS = st.one_of(
    st.integers(1, 999999),
    st.integers(1, 100).map(lambda n: n * 60),
    st.integers(1, 100).map(lambda n: n * 86400),
)


@st.composite
def plans(draw: Draw) -> Plan:
    """A plan that is read without a mistake."""
    making = _Making(draw)
    start = making.chain("over", 3)
    making.steps["over"] = End(id="over", ending=draw(among(*ENDINGS)))
    ids = list(making.steps)
    order = draw(st.permutations(ids))
    steps = {name: making.attributed(making.steps[name]) for name in order}
    return Plan(
        id=draw(NAMES),
        version=draw(texts()),
        title=draw(texts()),
        digest="",
        start=start,
        steps=steps,
        first_steps=draw(several(among(*ids), 0, 3)),
        **making.frame(),
    )


BOOLEANS = st.booleans()
WHENS = st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3)
DEADLINES = st.dictionaries(NAMES, texts(), max_size=2)
TECHNIQUES = st.from_regex(r"AML\.T[0-9]{4}", fullmatch=True)
ENDINGS = (Ending.COMPLETED, Ending.FAILED)
VALUES = {
    VariableType.TEXT: texts(),
    VariableType.DECIMAL: st.decimals(-99, 99, places=3).map("{:f}".format),
    VariableType.WHOLE: st.integers(-999, 10**12).map(str),
    VariableType.YES_NO: st.sampled_from(["yes", "no"]),
}


class _Making:
    """One plan in the making: chains of steps, each of which leads to what comes after it."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.steps: dict[str, Step] = {}
        self.deadlines = draw(DEADLINES)

    def name(self) -> str:
        name = f"{self.draw(NAMES)}-{len(self.steps)}"
        self.steps[name] = End(id=name, ending=Ending.FAILED)  # taken; what it is comes later
        return name

    def chain(self, after: str, depth: int) -> str:
        """A chain of one to four steps that ends with `after`; the first of them."""
        for _ in range(self.draw(st.integers(1, 4 if depth > 1 else 2))):
            after = self.step(after, depth)
        return after

    def side(self, after: str, depth: int) -> str:
        """Where a second result leads: where the first does, or by a detour."""
        if depth <= 0 or not self.draw(BOOLEANS):
            return after
        return self.chain(after, depth - 1)

    def maybe(self, made: st.SearchStrategy[Any]) -> Any:
        return self.draw(perhaps(made))

    def step(self, after: str, depth: int) -> str:
        kinds = [self.act, self.ask, self.approve, self.look, self.gate, self.decide, self.seal,
                 self.page, self.tell, self.call, self.wait, self.circle]  # fmt: skip
        if depth > 0:
            kinds.append(self.parallel)
        name = self.name()
        self.steps[name] = self.draw(st.sampled_from(kinds))(name, after, depth)
        return name

    def limited(self, to: Callable[[], str]) -> dict[str, Any]:
        if not self.draw(BOOLEANS):
            return {}
        return {"limit_seconds": self.draw(SECONDS), "on_limit": to()}

    def act(self, name: str, after: str, depth: int) -> Step:
        effect = self.draw(among(Effect.STOP, Effect.CHANGE, Effect.DESTROY))
        approvals, evidence = self.draw(st.integers(0, 2)), ()
        first = None
        if effect is Effect.DESTROY:
            approvals, evidence = 2, ("logs", "model.bin")
            first = f"{name}.act"
        limit = self.limited(lambda: self.side(after, depth - 1)) if approvals else {}
        undo = self.draw(st.sampled_from([{}, {"undo": "before"}, {"no_undo": self.draw(texts())}]))
        made = Act(
            id=first or name,
            connector=self.draw(NAMES),
            target=self.draw(texts()),
            wanted=self.draw(texts()),
            effect=effect,
            evidence=evidence,
            approvals=approvals,
            attempts_max=self.draw(among(1, 5, 100)),
            on_failure=self.draw(among(None, after)),
            on_declined=self.draw(among(None, after)),
            next=after,
            **limit,
            **undo,
        )
        if first is None:
            return made
        self.steps[first] = made
        return Seal(id=name, items=evidence, seconds=60, next=first, on_insufficient=first)

    def ask(self, name: str, after: str, depth: int) -> Step:
        words = self.draw(several(texts(), 1, 3))
        choices = {word: self.side(after, depth) for word in words}
        question = self.draw(texts())
        return Ask(id=name, question=question, role=self.draw(NAMES), choices=choices,
                   **self.limited(lambda: words[0]))  # fmt: skip

    def approve(self, name: str, after: str, depth: int) -> Step:
        role, declined = self.draw(NAMES), self.side(after, depth)
        return Approve(id=name, subject=self.draw(texts()), role=role, next=after,
                       on_declined=declined, **self.limited(lambda: after))  # fmt: skip

    def look(self, name: str, after: str, depth: int) -> Step:
        return Look(id=name, probe=self.draw(NAMES), target=self.draw(texts()),
                    wanted=self.draw(texts()), next=after,
                    on_not_shown=self.draw(among(None, self.side(after, 0))),
                    on_undetermined=self.side(after, depth))  # fmt: skip

    def gate(self, name: str, after: str, depth: int) -> Step:
        def check() -> Check:
            criterion = self.draw(among(*Criterion))
            return Check(probe=self.draw(NAMES), target=self.draw(texts()),
                         wanted=self.draw(texts()), criterion=criterion)  # fmt: skip

        checks = tuple(check() for _ in range(self.draw(st.integers(1, 3))))
        return Gate(id=name, checks=checks, next=after, on_not_shown=self.side(after, depth),
                    on_undetermined=after)  # fmt: skip

    def decide(self, name: str, after: str, depth: int) -> Step:
        whens = self.draw(WHENS)
        branches = tuple(Branch(when=when, next=self.side(after, depth)) for when in whens)
        return Decide(id=name, branches=branches, otherwise=after, undetermined=after)

    def seal(self, name: str, after: str, depth: int) -> Step:
        items = self.draw(several(NAMES, 1, 3))
        return Seal(id=name, items=items, seconds=self.draw(SECONDS), next=after,
                    on_insufficient=self.side(after, depth))  # fmt: skip

    def page(self, name: str, after: str, depth: int) -> Step:
        return Page(id=name, role=self.draw(NAMES), text=self.draw(messages()),
                    within_seconds=self.draw(SECONDS), next=after,
                    on_unanswered=self.side(after, depth))  # fmt: skip

    def tell(self, name: str, after: str, depth: int) -> Step:
        audiences = self.draw(several(NAMES, 1, 3))
        claims = self.draw(several(NAMES, 0, 2))
        return Tell(id=name, audiences=audiences, subject=self.draw(messages()),
                    text=self.draw(messages()), through=self.draw(NAMES), next=after,
                    claims=claims, next_update_seconds=self.maybe(SECONDS),
                    on_failure=self.draw(among(None, after)))  # fmt: skip

    def call(self, name: str, after: str, depth: int) -> Step:
        return Call(id=name, plan=self.draw(NAMES), next=after, on_failure=self.side(after, depth),
                    **self.limited(lambda: after))  # fmt: skip

    def wait(self, name: str, after: str, depth: int) -> Step:
        return Wait(id=name, seconds=self.draw(SECONDS), next=after)

    def circle(self, name: str, after: str, depth: int) -> Step:
        pause = f"{name}.again"
        self.steps[pause] = Wait(
            id=pause, seconds=self.draw(SECONDS), next=name, on_rounds_max=after,
            rounds_max=self.draw(st.integers(1, 1000)),
        )  # fmt: skip
        return Look(id=name, probe="eye", target="x", wanted="y", next=after, on_not_shown=pause)

    def parallel(self, name: str, after: str, depth: int) -> Step:
        branches = tuple(self.chain(JOIN, depth - 1) for _ in range(self.draw(st.integers(2, 3))))
        return Parallel(id=name, branches=branches, next=after,
                        on_failure=self.draw(among(None, after)))  # fmt: skip

    def attributed(self, step: Step) -> Step:
        """The step with some of what every step may say."""
        hard = getattr(step, "limit_seconds", None)
        soft = self.maybe(st.integers(1, 59)) if hard is None or hard > 59 else None
        counted: dict[str, str] = {}
        if soft is not None or hard is not None:
            moments = [*(m.value for m in NamedMoment), *self.steps]
            ways = [{}, {"counted_from": self.draw(among(*moments))}]
            ways += [{"before": name} for name in self.deadlines]
            counted = self.draw(st.sampled_from(ways))
        return msgspec.structs.replace(
            step,
            phase=self.maybe(among(*Phase)),
            raci=self.maybe(RACI),
            soft_seconds=soft,
            pre_authorised=self.maybe(NAMES),
            hours=self.maybe(among(*Hours)),
            purpose=self.draw(several(among(*Purpose), 0, 2)),
            **counted,
        )

    def frame(self) -> dict[str, Any]:
        named = several(NAMES, 0, 2)
        return {
            "failure_mode": self.maybe(NAMES),
            "systems": self.draw(named),
            "owner": self.maybe(NAMES),
            "review_by": self.maybe(DAYS),
            "triggers": self.draw(named),
            "severity": self.draw(RULES),
            "communication": self.draw(INFORMING),
            "techniques": self.draw(several(TECHNIQUES, 0, 2)),
            "vendors": self.draw(several(texts(), 0, 2)),
            "audiences": self.draw(AUDIENCES),
            "continuity": self.maybe(CONTINUITY),
            "variables": self.draw(VARIABLES),
            "deadlines": self.deadlines,
            "post_mortem": self.draw(DUTIES),
        }


ROLES = st.lists(NAMES, min_size=1, max_size=2, unique=True).map(tuple)
RACI = st.builds(Raci, accountable=NAMES, responsible=ROLES, consulted=ROLES | st.just(()),
                 informed=ROLES | st.just(()))  # fmt: skip
RULE = st.builds(SeverityRule, when=st.sampled_from(CONDITIONS), reason=texts(),
                 severity=st.sampled_from(list(Severity)), line=st.just(0))  # fmt: skip
INFORM = st.builds(Informing, audience=NAMES, within_seconds=SECONDS, by=NAMES)
DUTY = st.builds(PostMortemDuty, duty=texts(), by=NAMES, within_seconds=SECONDS)
AUDIENCE = st.builds(Audience, outside=st.booleans(), approved_by=ROLES | st.just(()))
CONTINUITY = st.builds(Continuity, fallback=NAMES, recovery_target_seconds=SECONDS)
VARIABLE = st.sampled_from(list(VariableType)).flatmap(
    lambda kind: st.builds(Variable, type=st.just(kind), value=VALUES[kind], means=texts())
)
RULES, INFORMING, DUTIES = (st.lists(one, max_size=2).map(tuple) for one in (RULE, INFORM, DUTY))
AUDIENCES = st.dictionaries(NAMES, AUDIENCE, max_size=2)
VARIABLES = st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True), VARIABLE, max_size=2
)
DAYS = st.dates().map(str)
