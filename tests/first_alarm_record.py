"""What the record of the first alarm's one incident says, and what every end of it must fulfil."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli_seat import Keyboard
from first_alarm_far import SmallAssistant, SmallRegistry
from post_office import Mailboxes
from tocsin import wiring
from tocsin.facts import Entry, Fact
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.findings import Found
from tocsin.facts.incidents import Opened
from tocsin.facts.runs import Ordered, Probed, Receipted, RunEnded, RunStarted, StepEnded, Verdict

if TYPE_CHECKING:
    from first_alarm import Stand


class OnRecord:
    """A scene as its record tells it.

    Args:
        opened: the home whose record is read.
        lost_answers: how many letters may have come twice, for the first answer was lost.
    """

    stand: Stand
    opened: wiring.Opened
    tocsin: Keyboard
    registry: SmallRegistry
    assistant: SmallAssistant
    boxes: Mailboxes
    lost_answers: int

    @property
    def incidents(self) -> list[str]:
        """All but the rehearsal's."""
        ids = [log.removeprefix(INCIDENT_PREFIX)
               for log in self.opened.world.journal.logs(INCIDENT_PREFIX)]  # fmt: skip
        return [one for one in ids if one != self.stand.rehearsal]

    @property
    def incident(self) -> str:
        (one,) = self.incidents
        return one

    def entries(self, incident: str | None = None) -> list[Entry]:
        journal = self.opened.world.journal
        return journal.read(f"{INCIDENT_PREFIX}{incident or self.incident}")

    def facts(self, kind: type[Fact], incident: str | None = None) -> list[Fact]:
        return [e.fact for e in self.entries(incident) if isinstance(e.fact, kind)]

    def actions(self) -> list[dict[str, object]]:
        """What the plans ordered, and how it stands."""
        return [one for run in self._runs() for one in run["actions"]]

    def asks(self, step: str) -> bool:
        """Whether somebody is to answer this step now."""
        return any(one["step"] == step for run in self._runs() for one in run["asks"])

    def _runs(self) -> list[dict[str, list[dict[str, object]]]]:
        runs = self.tocsin.done("incident", "show", self.incident)["runs"]
        assert isinstance(runs, list)
        return runs

    def waiting(self) -> int:
        """The order that waits for people."""
        waits = [one for one in self.actions() if one["standing"] == "awaiting approval"]
        assert len(waits) == 1, (self.steps(), self.actions())
        return int(str(waits[0]["action"]))

    def waits_for(self, step: str) -> bool:
        """Whether people are asked to approve this step now."""
        waits = [one for one in self.actions() if one["standing"] == "awaiting approval"]
        return any(one["step"] == step for one in waits)

    def steps(self) -> list[tuple[str, str]]:
        return [(f.step, f.result) for f in self.facts(StepEnded)]

    def ending(self) -> str | None:
        ended = self.facts(RunEnded)
        assert len(ended) <= 1
        return ended[0].ending.value if ended else None

    def shown(self, step: str) -> bool:
        """Whether the last look of a step was convinced."""
        looks = [f for f in self.facts(Probed) if f.step == step]
        return bool(looks) and looks[-1].verdict is Verdict.SHOWN

    def check(self) -> None:
        """Whatever happened: one incident, one run, nothing done or told twice, a sound record."""
        assert len(self.facts(RunStarted)) == 1
        self.check_opened_only()

    def check_opened_only(self) -> None:
        """The same, where no plan was started."""
        assert len(self.incidents) == 1, self.incidents
        assert len(self.facts(Opened)) == 1
        receipts = [f.order for f in self.facts(Receipted)]
        assert len(receipts) == len(set(receipts)), receipts
        orders = [(f.step, f.target) for f in self.facts(Ordered)]
        assert len(orders) == len(set(orders)), orders
        assert len(self.registry.moves) == len(set(self.registry.moves)) <= 1, self.registry.moves
        numbers = [
            (who, n) for (who, _), n in zip(self.boxes.arrived, self.boxes.numbers, strict=True)
        ]
        assert len(numbers) - len(set(numbers)) <= self.lost_answers, numbers
        found = [f.finding for f in self.facts(Found)]
        assert len(found) == len(set(found)), found
        sound = self.tocsin("verify", "--json")
        assert sound.status == 0, sound

    def check_happy_end(self) -> None:
        """The end that every run of the plan must have."""
        self.check()
        assert self.ending() == "completed", self.steps()
        assert self.registry.alias == 1 and self.assistant.is_on()
        assert self.shown("stop-seen") and self.shown("version-seen") and self.shown("healthy")
