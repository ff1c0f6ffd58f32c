"""An incident with counsel's space, told step by step."""

from __future__ import annotations

from incident_log import Written, at
from tocsin.facts import Access, Draft
from tocsin.facts.incidents import Assigned, Opened
from tocsin.incident import decide_privilege
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Incident
from tocsin.incident.privilege import Space, space_of

CLEO = Actor(who="cleo", roles=frozenset({"counsel"}))
CARL = Actor(who="carl", roles=frozenset({"counsel"}))
ANA = Actor(who="ana", roles=frozenset({"commander"}))
COUNSEL_OF_REGISTER = ("carl", "cleo")


class Story(Written):
    """An incident that was opened by ana, who commands it."""

    def __init__(self) -> None:
        super().__init__()
        opened = Opened(
            title="x", systems=("assistant",), unregistered=(), discovered_at=at(0),
            occurred_at=None,
        )  # fmt: skip
        self.say(opened, Assigned(role="commander", person="ana"))

    def say(self, *facts: object, who: str = "ana", access: Access = Access.OPS) -> None:
        self.add([Draft(fact=f, happened_at=at(1), access=access) for f in facts], who)  # type: ignore[arg-type]

    @property
    def incident(self) -> Incident:
        return replay(self.entries)

    @property
    def space(self) -> Space:
        return space_of(self.entries)

    def open_space(self, who: Actor = CLEO) -> None:
        self.add(
            decide_privilege.open_space(
                self.incident, self.space, who, at(2), counsel=COUNSEL_OF_REGISTER, because="b"
            ),
            who.who,
        )

    def admit(self, person: str, by: Actor = CLEO) -> None:
        drafts = decide_privilege.admit(
            self.incident, self.space, by, at(3), person=person, because="b"
        )
        self.add(drafts, by.who)

    def remove(self, person: str, by: Actor = CLEO) -> None:
        drafts = decide_privilege.remove(
            self.incident, self.space, by, at(3), person=person, because="b"
        )
        self.add(drafts, by.who)

    def choose(self, person: str, by: Actor, **given: object) -> None:
        wanted: dict[str, object] = {
            "from_at": at(5), "privileged": False, "because": "b", "counsel": COUNSEL_OF_REGISTER,
        }  # fmt: skip
        drafts = decide_privilege.choose_cause(
            self.incident,
            self.space,
            by,
            at(4),
            person=person,
            **(wanted | given),  # type: ignore[arg-type]
        )
        self.add(drafts, by.who)
