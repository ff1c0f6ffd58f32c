"""A whole incident and what people made of it, as a draft of its post-mortem."""

from __future__ import annotations

from datetime import timedelta

from dossier_story import BEGAN, OPS, Story, whole

from tocsin.dossier.postmortem import Postmortem, postmortem_of
from tocsin.facts import Access
from tocsin.facts.lessons import (
    ActionClosed,
    ActionKind,
    ActionOpened,
    ActionProofAttached,
    ChangeKind,
    ChangeProposed,
    CostBasis,
    CostKind,
    CostRecorded,
    FactorKind,
    FactorNamed,
    LessonNoted,
    LessonWithdrawn,
    NarrativeWritten,
    ReviewHeld,
    ReviewScheduled,
    Section,
    Went,
)

UNDECIDED = "root cause is not written: counsel decides who writes it"


def looked_back() -> Story:
    """The whole incident, and what people made of it."""
    story = whole()
    ben, cleo = "ben", "cleo"
    story.say(FactorNamed(factor="factor-1", where=FactorKind.PROCESS,
                          statement="no release was tried on the German segment",
                          evidence=("a" * 64,)), who=ben)  # fmt: skip
    story.say(LessonNoted(lesson="lesson-1", went=Went.WELL, what="the stop needed nobody awake",
                          entries=(10,)), who=ben)  # fmt: skip
    story.say(LessonNoted(lesson="lesson-2", went=Went.BY_LUCK, entries=(),
                          what="the old release was still there"), who=cleo)  # fmt: skip
    story.say(LessonNoted(lesson="lesson-3", went=Went.BADLY, entries=(), what="too early"),
              who=cleo)  # fmt: skip
    story.say(LessonWithdrawn(lesson="lesson-3", because="it was not"), who=cleo)
    for name, what, amount, unit, basis in (
        ("cost-1", CostKind.LABOUR, "14.5", "person-hours", CostBasis.ESTIMATED),
        ("cost-2", CostKind.COMPENSATION, "1250.00", "EUR", CostBasis.INVOICED),
        ("cost-3", CostKind.REVENUE, "99.99", "EUR", CostBasis.ESTIMATED),
    ):
        story.say(CostRecorded(cost=name, what=what, amount=amount, unit=unit, basis=basis,
                               because="as counted"), who=ben)  # fmt: skip
    story.say(ActionOpened(action="action-1", changes=ActionKind.PLAYBOOK, owner=ben,
                           what="try each release on each segment", factor="factor-1",
                           due=BEGAN + timedelta(days=20),
                           drill="a bad release in one language is caught"), who=ben)  # fmt: skip
    story.say(ChangeProposed(change="change-1", action="action-1", of=ChangeKind.PLAYBOOK,
                             name="assistant.yaml", before="a" * 64, after="b" * 64,
                             told="try is new (act)\nsteps stand in another order", errors=0,
                             lint="advice: name a deputy"), who=ben)  # fmt: skip
    story.say(ActionOpened(action="action-2", changes=ActionKind.MONITOR, owner=cleo, factor=None,
                           what="watch each language", due=BEGAN + timedelta(days=10),
                           drill="a burst in one language pages"), who=ben)  # fmt: skip
    by = story.say(
        ActionProofAttached(
            action="action-2",
            proof="d" * 64,
            drill=None,
            says="the detector found the burst of March",
        ),
        who=cleo,
    )
    story.say(ActionClosed(action="action-2", by=by, because="it works"), who=cleo)
    for text in ("A first try.", "Release 2 lost intents.\n\nFour minutes, 312 people."):
        story.say(NarrativeWritten(section=Section.SUMMARY, text=text), who=ben)
    story.say(NarrativeWritten(section=Section.ROOT_CAUSE, text="PRIVILEGED-CAUSE"), who=cleo,
              access=Access.COUNSEL)  # fmt: skip
    story.say(ReviewScheduled(due=BEGAN + timedelta(days=14), because="within 14 days"))
    story.say(ReviewHeld(facilitator="dora", attendees=("ben", "cleo"), outcome="two items"),
              who="dora")  # fmt: skip
    return story


def draft(
    story: Story, readers: frozenset[Access] = OPS, why: str | None = UNDECIDED
) -> Postmortem:
    return postmortem_of("7K3", story.entries, readers, why)
