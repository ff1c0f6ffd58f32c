"""One incident as entries, from the alarm to the close; each test leaves out what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.affected import AffectedListed, AffectedRemedied, Remedy
from tocsin.facts.findings import Found, Sign
from tocsin.facts.gates import Decided, EvidenceSealed, SealBegan
from tocsin.facts.incidents import (
    Acknowledged,
    Assigned,
    Claimed,
    Closed,
    Grade,
    Noted,
    Opened,
    Severity,
    SeverityJudged,
)
from tocsin.facts.reach import MessageWritten, PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    Attempted,
    Effect,
    Ordered,
    Outcome,
    Probed,
    Receipted,
    Repeatable,
    RunStarted,
    Verdict,
)

BEGAN = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
LOG = "incident/7K3AAAAAAA"
OPS = frozenset({Access.OPS})
RUN = "run-1"
LIST = "c" * 64


class Story:
    """Entries in order; a second passes with each."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def say(
        self, fact: Fact, who: str = "worker-1", proof: Proof | None = None,
        access: Access = Access.OPS,
    ) -> int:  # fmt: skip
        """Add a fact; its number."""
        seq = len(self.entries) + 1
        person = not who.startswith("worker")
        kind = Asserter.PERSON if person else Asserter.WORKER
        usual = Proof.SIGNATURE if person else Proof.PROCESS
        at = BEGAN + timedelta(seconds=60 + seq)
        self.entries.append(
            Entry(
                log=LOG, seq=seq, happened_at=at, recorded_at=at, access=access, fact=fact,
                author=Author(who=who, kind=kind, proof=proof or usual, key=f"SHA256:{who}"),
            )
        )  # fmt: skip
        return seq

    def act(
        self, step: str, target: str, wanted: str, *, effect: Effect = Effect.CHANGE,
        approvals: int = 0, undo: str | None = "on", before: str = "on", ended: bool = True,
    ) -> int:  # fmt: skip
        """An order and, when it ended, its receipt; the order's number."""
        order = self.say(
            Ordered(
                run=RUN, step=step, connector="c", target=target, wanted=wanted,
                repeatable=Repeatable.IDEMPOTENT, approvals=approvals, attempts_max=5, undo=undo,
                effect=effect, evidence=(),
            )
        )  # fmt: skip
        if ended:
            self.say(Attempted(run=RUN, order=order, attempt=1, worker="worker-1", fence=1))
            self.receipt(order, before, wanted)
        return order

    def receipt(self, order: int, before: str, after: str) -> None:
        """The receipt of an order."""
        self.say(
            Receipted(
                run=RUN, order=order, attempt=1, outcome=Outcome.DONE, before=before, after=after
            )
        )

    def listed(self, untold: str = "") -> None:
        """The list of the 312 decisions that the finding touched."""
        self.say(
            AffectedListed(
                list=LIST, finding="F1", since=BEGAN, until=BEGAN + timedelta(hours=1),
                decisions=312, subjects=290, asked="those with fallback", untold=untold,
            ),
            who="ben",
        )  # fmt: skip

    def look(self, target: str, verdict: Verdict, seen: str = "20 of 20 answers by people") -> int:
        """A probe's look."""
        return self.say(
            Probed(
                run=RUN, step="shown", probe="p", target=target, hypothesis=f"{target} is off",
                sample=20, error="0.01", verdict=verdict, seen=seen, value="",
            )
        )  # fmt: skip


FOUND = Found(
    finding="F1", detector="assistant-fallback-rate", system="assistant", sign=Sign.RATE,
    metric="fallback", version="2", segment="de", baseline="0.04", observed="0.231",
    low="0.208", high="0.256", confidence="0.95", tolerated="0.046", since=BEGAN,
    seen_until=BEGAN + timedelta(seconds=50), requests=1350, bad=312,
    promise="at most one false alarm in 10,000 healthy windows", summaries=(), declared="0" * 64,
    caused_by=None,
)  # fmt: skip


def opened() -> Story:
    """The alarm, and the plan at work."""
    story = Story()
    story.say(
        Opened(
            title="assistant: fallback too high", systems=("assistant",), unregistered=(),
            discovered_at=BEGAN + timedelta(seconds=55), occurred_at=BEGAN,
        )
    )  # fmt: skip
    story.say(FOUND)
    story.say(RunStarted(run=RUN, plan="assistant-fallback", plan_digest="0" * 64))
    return story


def whole() -> Story:
    """The whole incident, with nothing missing but what law will ask."""
    story = opened()
    page = story.say(
        PageBegan(run=RUN, step="page", role="on-call", people=("ana", "ben"), ways=("p", "p"),
                  text="0" * 64, within_seconds=120)
    )  # fmt: skip
    story.say(PageUnanswered(run=RUN, step="page", page=page, person="ana", next="ben"))
    story.say(PageAnswered(run=RUN, step="page", page=page), who="ben")
    story.say(Acknowledged(note="looking"), who="ben")
    story.say(Assigned(role="commander", person="ben"), who="ben")
    story.say(
        SeverityJudged(severity=Severity.SEV2, reasons=("customers",), basis="plan"), who="ben"
    )
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.look("assistant.model", Verdict.SHOWN)
    story.say(SealBegan(run=RUN, step="seal", items=("requests",), until=BEGAN))
    story.say(
        EvidenceSealed(run=RUN, step="seal", item="requests", producer="log", digest="a" * 64,
                       size=1000, count=1000, wanted=1000, sufficient=True, why="read twice")
    )  # fmt: skip
    story.say(
        Decided(run=RUN, step="choose", condition="finding.version == '2'",
                bindings=("finding.version = 2",), result="1")
    )  # fmt: skip
    asked = story.say(
        Asked(run=RUN, step="ask", question="Roll back?", choices=("yes", "no"), role="commander",
              limit_at=None, on_limit=None)
    )  # fmt: skip
    story.say(
        Answered(run=RUN, step="ask", asked=asked, choice="yes", because="worse than v1"),
        who="ben",
    )
    order = story.act("rollback", "intents@production", "version:1", approvals=2,
                      undo="before", ended=False)  # fmt: skip
    for who in ("ben", "cleo"):
        story.say(
            Approved(run=RUN, order=order, order_digest="0" * 64, because=f"{who} read it"),
            who=who,
        )
    story.receipt(order, "version:2", "version:1")
    story.look("intents@production", Verdict.SHOWN, "400 requests by version 1, 15 bad")
    story.say(
        MessageWritten(audience="support", subject="The assistant is back", text="b" * 64,
                       claims=(), next_update_at=BEGAN + timedelta(hours=1)), who="ben",
    )  # fmt: skip
    story.say(
        Claimed(claim="C1", statement="release 2 dropped intents", grade=Grade.CONFIRMED,
                evidence=("a" * 64,)), who="ben",
    )  # fmt: skip
    story.listed()
    story.say(
        AffectedRemedied(list=LIST, items="1-312", count=312, state=Remedy.DONE, proof=None,
                         reference="CASE-9", done_by="billing", because=""), who="ben",
    )  # fmt: skip
    story.say(Noted(text="exposure under consumer law"), who="cleo", access=Access.COUNSEL)
    story.say(Closed(because="version 1 serves"), who="ben")
    return story
