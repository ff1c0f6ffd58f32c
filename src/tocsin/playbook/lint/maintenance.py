"""Maintenance: somebody looks after the plan, looks at it again, and drills it as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tocsin.facts.failure_modes import FailureMode
from tocsin.playbook.lint.rule import Family, Needs, Severity, Told
from tocsin.playbook.lint.subject import Subject
from tocsin.register.mistakes import did_you_mean

MAINTENANCE = Family(7, "Maintenance")
MODES = [mode.value for mode in FailureMode]


@MAINTENANCE.advice(
    "TP701",
    "no-day-of-review",
    "A plan that nobody must look at again describes a system of long ago.",
    bad="""
      owner: data-science-lead
      triggers: [selection-rate]
    """,
    good="""
      owner: data-science-lead
      review_by: 2027-05-31
      triggers: [selection-rate]
    """,
)
def no_day_of_review(subject: Subject) -> Iterator[Told]:
    if subject.plan.review_by is None:
        yield Told("review_by", "no day by which it is looked at again", "write `review_by:`")


@MAINTENANCE.advice(
    "TP702",
    "review-overdue",
    "The day by which its owner must have looked at it again is over.",
    bad="""
      owner: data-science-lead
      review_by: 2026-05-31   # <-
    """,
    good="""
      owner: data-science-lead
      review_by: 2027-05-31
    """,
)
def review_overdue(subject: Subject) -> Iterator[Told]:
    day = subject.plan.review_by
    if day is not None and date.fromisoformat(day) < subject.today:
        remedy = "let its owner look at it, and write the next day"
        yield Told("review_by", f"its review was due on {day}", remedy)


@MAINTENANCE.advice(
    "TP703",
    "no-owner",
    "A plan that nobody owns is nobody's to mend.",
    bad="""
      systems: [hiring]
      review_by: 2027-05-31
    """,
    good="""
      systems: [hiring]
      owner: data-science-lead
      review_by: 2027-05-31
    """,
)
def no_owner(subject: Subject) -> Iterator[Told]:
    if subject.plan.owner is None:
        yield Told("owner", "nobody owns this plan", "write `owner:` and a role")


@MAINTENANCE.advice(
    "TP704",
    "no-failure-mode",
    "What a failure asks of its plan can be checked only where the plan says which one it is.",
    bad="""
      title: Applicants of one group are refused more often
      techniques: [AML.T0020]
    """,
    good="""
      title: Applicants of one group are refused more often
      failure_mode: unfair-outcome
      techniques: [AML.T0020]
    """,
)
def no_failure_mode(subject: Subject) -> Iterator[Told]:
    if subject.plan.failure_mode is None:
        among = f"write `failure_mode:` and one of {', '.join(MODES)}"
        yield Told("failure_mode", "no failure mode is named", among)


@MAINTENANCE.error(
    "TP705",
    "unknown-failure-mode",
    "Of a failure mode that nobody knows, nothing that it asks of a plan can be checked.",
    bad="""
      failure_mode: unfair-outcomes   # <-
    """,
    good="""
      failure_mode: unfair-outcome
    """,
)
def unknown_failure_mode(subject: Subject) -> Iterator[Told]:
    word = subject.plan.failure_mode
    if word is not None and subject.mode is None:
        remedy = did_you_mean(word, MODES, f"write one of {', '.join(MODES)}")
        yield Told("failure_mode", f"there is no failure mode {word}", remedy)


MAINTENANCE.told_elsewhere(
    "TP706",
    "no-technique-of-atlas",
    "A technique that ATLAS does not know covers nothing.",
    bad="""
      techniques: [AML.20]   # <-
    """,
    good="""
      techniques: [AML.T0020]
    """,
)


@MAINTENANCE.asking(
    Severity.ADVICE,
    (Needs.DRILLS,),
    "TP707",
    "never-drilled",
    "A plan that nobody has rehearsed is a guess.",
    of="drills",
    bad="""
      feed-compromised: the version that stands here
    """,
    good="""
      hiring-unfair: the version that stands here
      feed-compromised: the version that stands here
    """,
)
def never_drilled(subject: Subject) -> Iterator[Told]:
    if subject.rehearsed is not None and subject.plan.id not in subject.rehearsed:
        yield Told("plan", "it was never drilled", "rehearse it before it is needed")


@MAINTENANCE.asking(
    Severity.ADVICE,
    (Needs.DRILLS,),
    "TP708",
    "changed-since-its-drill",
    "What was rehearsed is another plan than the one that will run.",
    of="drills",
    bad="""
      hiring-unfair: another version
    """,
    good="""
      hiring-unfair: the version that stands here
    """,
)
def changed_since_its_drill(subject: Subject) -> Iterator[Told]:
    last = (subject.rehearsed or {}).get(subject.plan.id)
    if last is not None and last.digest != subject.plan.digest:
        found = f"it was changed since its drill on {last.on}"
        yield Told("plan", found, "rehearse it as it stands now")


MAINTENANCE.told_elsewhere(
    "TP709",
    "waives-an-error",
    "An error is a real danger: it is mended, not argued away.",
    bad="""
      systems: [hiring]
      waived:
        - {rule: TP402, because: the switch has never failed}   # <-
      owner: data-science-lead
    """,
    good="""
      systems: [hiring]
      owner: data-science-lead
    """,
)
MAINTENANCE.told_elsewhere(
    "TP710",
    "waives-nothing",
    "A waiver that no longer waives anything hides the day on which it would.",
    severity="advice",
    bad="""
      systems: [hiring]
      waived:
        - {rule: TP703, because: the owner is on leave}   # <-
      owner: data-science-lead
    """,
    good="""
      systems: [hiring]
      owner: data-science-lead
    """,
)
