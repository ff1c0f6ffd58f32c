"""An incident whose lessons are kept, as a log that grows by decisions."""

from __future__ import annotations

from incident_log import Written, at, entry, sample
from tocsin.facts import Draft, Fact
from tocsin.facts.incidents import (
    Assigned,
    Opened,
)
from tocsin.facts.lessons import (
    ActionKind,
)
from tocsin.incident import decide_actions
from tocsin.incident.fold import replay
from tocsin.incident.lessons import Lessons, lessons_of
from tocsin.incident.model import Actor, Incident

ANA, BEN, EVE = (
    Actor(who="ana"), Actor(who="ben"), Actor(who="eve", roles=frozenset({"executive"})),
)  # fmt: skip

CLEO = Actor(who="cleo", roles=frozenset({"counsel"}))
PEOPLE = frozenset({"ana", "ben", "cleo", "eve"})
DUE = at(60 * 24)
PROOF = "a" * 64


class Case:
    """A log that grows by decisions, and what is known after each."""

    def __init__(self) -> None:
        self.log = Written()
        opened = sample(Opened, title="t", systems=("assistant",))
        self.log.add([Draft(fact=opened, happened_at=at(0))])
        self.log.add([Draft(fact=Assigned(role="commander", person="ana"), happened_at=at(1))])

    @property
    def known(self) -> Lessons:
        return lessons_of(self.log.entries)

    @property
    def incident(self) -> Incident:
        return replay(self.log.entries)

    def add(self, drafts: list[Draft], who: str = "ana") -> int:
        self.log.add(drafts, who)
        return len(self.log.entries)

    def write(self, fact: Fact, who: str = "mallory") -> None:
        """What somebody put into the log without asking."""
        self.log.entries.append(entry(len(self.log.entries) + 1, fact, who=who))

    def opened(self, kind: ActionKind = ActionKind.CODE, actor: Actor = ANA) -> int:
        return self.add(
            decide_actions.open_action(
                self.known, self.incident, actor, at(2), changes=kind, what="limit the release",
                owner="ben", due=DUE, drill="drill/bad-release", factor=None, people=PEOPLE,
            )
        )  # fmt: skip

    def shown(self, drill: str | None = None) -> int:
        return self.add(
            decide_actions.attach_proof(
                self.known, at(3), action="action-1", proof=PROOF, drill=drill, says="it held"
            )
        )
