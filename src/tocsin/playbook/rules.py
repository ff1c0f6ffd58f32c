"""What the organisation and its hands add to a plan, gathered by whoever knows the register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from tocsin.facts.runs import Repeatable
from tocsin.register.model import ProfileAnswer


class PlanInForce(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that a step may call, as it is in force now.

    Args:
        why_not: why it cannot begin; empty where it can.
    """

    digest: str = ""
    data: bytes = b""
    why_not: str = ""


class WordsLetGo(msgspec.Struct, frozen=True, kw_only=True):
    """The approved words that a run sends: their id, and what they promise."""

    statement: str
    next_update_at: datetime | None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the organisation and its hands add to a plan.

    Args:
        repeatable: what each connector says of repetition; one that is not there counts as NEITHER.
        telling: the connectors that only write words for people, and change no system.
        approvals: how many people must approve where the plan asks for none, one, two.
        reach: for each role the people to call, the best to reach first, each with the integration
            that reaches them now: another than the first where that one does not answer.
        mailers: the integrations that call a person by mail, at the address named under their id.
        addresses: for each audience or role, where words to it are sent.
        doubted: by the entry that asks for approval, why the answers on record do not count.
        plans: those that a step may call, by their ids.
        words: the approved words that the run sends; None where it writes its own.
        profile: what the register says of the organisation, by key of a legal fact; empty where the
            plan asks for none.
        automatic: whether an act for which the plan asks nobody may go ahead without a person.
    """

    repeatable: Mapping[str, Repeatable] = {}
    telling: frozenset[str] = frozenset()
    approvals: tuple[int, int, int] = (0, 1, 2)
    reach: Mapping[str, tuple[tuple[str, str], ...]] = {}
    mailers: frozenset[str] = frozenset()
    addresses: Mapping[str, tuple[str, ...]] = {}
    doubted: Mapping[int, str] = {}
    plans: Mapping[str, PlanInForce] = {}
    words: WordsLetGo | None = None
    profile: Mapping[str, ProfileAnswer] = {}
    automatic: bool = True

    def approvals_for(self, asked: int) -> int:
        """How many people must approve an act for which the plan asks so many."""
        return max(self.approvals[asked], 0 if self.automatic else 1)
