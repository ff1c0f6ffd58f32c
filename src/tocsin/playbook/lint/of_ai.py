"""What is peculiar to AI: versions, training data, people harmed, fairness, vendors.

What the failure mode asks of a plan is an error where the plan leaves it out: that is what a
generic plan forgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.facts.failure_modes import FailureMode, Trait
from tocsin.facts.runs import Effect
from tocsin.playbook.lint.rule import Family, Told
from tocsin.playbook.lint.subject import VERSION, Subject, purposes_of, served, shown
from tocsin.playbook.steps import Gate, Look, Purpose, Step
from tocsin.playbook.templates import steps_asked

OF_AI = Family(5, "What is peculiar to AI")
VERIFIED = "verified"
"""What a probe of a version to go back to shows."""


@OF_AI.advice(
    "TP501",
    "version-not-pinned",
    "While one version is stopped, a pipeline may put the next bad one into service.",
    bad="""
      stop-seen:
        probe: serving
        target: assistant
        wanted: off
        next: call-vendor
        on_not_shown: failed
        on_undetermined: failed
      call-vendor:
    """,
    good="""
      stop-seen:
        probe: serving
        target: assistant
        wanted: off
        next: pin
        on_not_shown: failed
        on_undetermined: failed
      pin:
        act: registry
        target: assistant@pipeline
        wanted: frozen
        undo: running
        next: call-vendor
        on_failure: call-vendor
        purpose: [pin-version]
        raci: {accountable: data-science-lead, responsible: [on-call]}
      call-vendor:
    """,
    at="steps",
)
def version_not_pinned(subject: Subject) -> Iterator[Told]:
    concerns = subject.mode is not None and subject.mode is not FailureMode.REGULATORY_INQUIRY
    versions = any(act.wanted.startswith(VERSION) for act in subject.acts)
    pinned = subject.for_(Purpose.PIN_VERSION)
    if concerns and (subject.stops or versions) and not pinned:
        yield missing("no step keeps other versions out meanwhile", Purpose.PIN_VERSION)


@OF_AI.error(
    "TP502",
    "rollback-to-unverified",
    "An older version that nobody checked may be broken, incomplete or poisoned as well.",
    bad="""
      find-target:
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: roll-back
        on_undetermined: retrain
      roll-back:
        act: registry
        target: hiring@production
        wanted: version:12   # <-
    """,
    good="""
      find-target:
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: retrain
        on_undetermined: retrain
      roll-back:
        act: registry
        target: hiring@production
        wanted: version:{find-target.value}
    """,
)
def rollback_to_unverified(subject: Subject) -> Iterator[Told]:
    yield from _unverified(subject, (VERSION,))


@OF_AI.advice(
    "TP503",
    "goes-back-unseen",
    "What was there before is not known to be good only because it was there before.",
    bad="""
      find-target:
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: roll-back
        on_undetermined: retrain
      roll-back:
        act: registry
        target: hiring@production
        wanted: previous   # <-
    """,
    good="""
      find-target:
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: retrain
        on_undetermined: retrain
      roll-back:
        act: registry
        target: hiring@production
        wanted: version:{find-target.value}
    """,
)
def goes_back_unseen(subject: Subject) -> Iterator[Told]:
    yield from _unverified(subject, ("previous", "last-good", "rollback", "roll-back"))


def _unverified(subject: Subject, beginnings: tuple[str, ...]) -> Iterator[Told]:
    looks = {s.id for s in subject.steps if isinstance(s, Look) and VERIFIED in s.wanted}
    for act in subject.acts:
        if not act.wanted.startswith(beginnings):
            continue
        behind = subject.behind.get(act.id, frozenset())
        verified = served(Purpose.VERIFY_TARGET) in behind or steps_asked(act.wanted)
        if not verified and not any(shown(look) in behind for look in looks):
            yield Told(
                f"steps.{act.id}.wanted",
                "a way leads here on which nobody has verified what is gone back to",
                "let a probe find it (`wanted: version:{step.value}`), or a step before it say "
                "`purpose: [verify-target]`",
            )


@OF_AI.error(
    "TP504",
    "training-data-not-kept",
    "Where the cause may lie in the training data, they are sealed before anybody changes them.",
    bad="""
      keep:
        seal: [model, decisions]
    """,
    good="""
      keep:
        seal: [model, training-data, decisions]
    """,
    at="steps",
)
def training_data_not_kept(subject: Subject) -> Iterator[Told]:
    if not subject.has(Trait.NEEDS_TRAINING_DATA):
        return
    kept = Purpose.PRESERVE_TRAINING_DATA
    if not subject.for_(kept):
        yield missing("no step keeps the training data", kept)
        return
    changing = [*subject.for_(Purpose.RETRAIN)]
    changing += [act for act in subject.acts if act.effect is Effect.DESTROY]
    yield from _not_before(subject, changing, kept, "the training data are not kept before")


@OF_AI.error(
    "TP505",
    "affected-not-listed",
    "People who were harmed can be told and helped only when somebody knows who they are.",
    bad="""
      affected:
        ask: Is the list of applicants who were ranked since {finding.since} complete?
        role: data-science-lead
        choices: {complete: which, incomplete: which}
        limit: 2d
        on_limit: incomplete
        raci: {accountable: data-science-lead, responsible: [data-science-lead]}
    """,
    good="""
      affected:
        ask: Is the list of applicants who were ranked since {finding.since} complete?
        role: data-science-lead
        choices: {complete: which, incomplete: which}
        limit: 2d
        on_limit: incomplete
        purpose: [list-affected]
        raci: {accountable: data-science-lead, responsible: [data-science-lead]}
    """,
    at="steps",
)
def affected_not_listed(subject: Subject) -> Iterator[Told]:
    if not subject.has(Trait.HARMS_PEOPLE):
        return
    listed = Purpose.LIST_AFFECTED
    if not subject.for_(listed):
        yield missing("no step lists the decisions and people that were touched", listed)
        return
    using = [*subject.for_(Purpose.REDECIDE), *subject.for_(Purpose.NOTIFY_AFFECTED)]
    yield from _not_before(subject, using, listed, "nobody has listed before whom it concerns")


@OF_AI.error(
    "TP506",
    "back-without-fairness",
    "A cure for unfairness is shown to be fair before the system serves again, not afterwards.",
    bad="""
      fair:
        gate:
          - {probe: validation, target: hiring, wanted: accurate, criterion: performance}
    """,
    good="""
      fair:
        gate:
          - {probe: validation, target: hiring, wanted: fair, criterion: fairness}
          - {probe: validation, target: hiring, wanted: accurate, criterion: performance}
    """,
    at="steps",
)
def back_without_fairness(subject: Subject) -> Iterator[Told]:
    if not subject.has(Trait.NEEDS_FAIRNESS_CHECK):
        return
    fair = Purpose.CHECK_FAIRNESS
    if not subject.for_(fair):
        yield missing("no step checks fairness", fair, "or a gate with `criterion: fairness`")
        return
    yield from _not_before(subject, subject.lifts, fair, "it serves again, and nobody saw it fair")


@OF_AI.error(
    "TP507",
    "no-retraining-or-mitigation",
    "An older version has the same flaw here: unless a branch retrains or mitigates, it returns.",
    bad="""
      retrain:
        ask: Retrain without the proxies of the group. Is the candidate ready?
        role: data-science-lead
        choices: {ready: fair, not-possible: redecide}
        limit: 5d
        on_limit: not-possible
    """,
    good="""
      retrain:
        ask: Retrain without the proxies of the group. Is the candidate ready?
        role: data-science-lead
        choices: {ready: fair, not-possible: redecide}
        limit: 5d
        on_limit: not-possible
        purpose: [retrain]
    """,
    at="steps",
)
def no_retraining_or_mitigation(subject: Subject) -> Iterator[Told]:
    if not subject.has(Trait.NEEDS_RETRAINING_BRANCH):
        return
    if not subject.for_(Purpose.RETRAIN) and not subject.for_(Purpose.MITIGATE_BIAS):
        found = "no branch retrains the model or mitigates what it does"
        yield missing(found, Purpose.RETRAIN, "or `purpose: [mitigate-bias]`")


@OF_AI.error(
    "TP508",
    "nobody-decided-anew",
    "Whoever was refused by a wrong decision is owed a right one, not only a better model.",
    bad="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: words, cannot: failed}
        limit: 10d
        on_limit: cannot
        raci: {accountable: hiring-lead, responsible: [hiring-lead], consulted: [counsel]}
    """,
    good="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: words, cannot: failed}
        limit: 10d
        on_limit: cannot
        purpose: [redecide]
        raci: {accountable: hiring-lead, responsible: [hiring-lead], consulted: [counsel]}
    """,
    at="steps",
)
def nobody_decided_anew(subject: Subject) -> Iterator[Told]:
    if subject.has(Trait.NEEDS_REDECISION) and not subject.for_(Purpose.REDECIDE):
        yield missing("no step decides anew about the people harmed", Purpose.REDECIDE)


@OF_AI.error(
    "TP509",
    "back-without-a-check",
    "What was stopped for harm serves again only after something showed that the harm is gone.",
    bad="""
      clean:
        gate:
          - {probe: validation, target: assistant, wanted: clean, criterion: replay}
        next: lift
        on_not_shown: failed
        on_undetermined: lift
      lift:   # <-
    """,
    good="""
      clean:
        gate:
          - {probe: validation, target: assistant, wanted: clean, criterion: replay}
        next: lift
        on_not_shown: failed
        on_undetermined: failed
      lift:
    """,
)
def back_without_a_check(subject: Subject) -> Iterator[Told]:
    stopped = {stop.wanted for stop in subject.stops}
    checks = [
        step.id
        for step in subject.steps
        if isinstance(step, Gate) or (isinstance(step, Look) and step.wanted not in stopped)
    ]
    for lift in subject.lifts:
        behind = subject.behind.get(lift.id, frozenset())
        signed = served(Purpose.VALIDATE) in behind or served(Purpose.CHECK_FAIRNESS) in behind
        if not signed and not any(shown(check) in behind for check in checks):
            yield Told(
                f"steps.{lift.id}",
                "a way leads back into service on which no gate or probe has shown that it is well",
                "put a `gate:` before it, whose `next` leads here",
            )


@OF_AI.error(
    "TP513",
    "affected-not-told",
    "People who were harmed have a right to hear of it from you, and not from a newspaper.",
    bad="""
      tell-applicants:
        tell: applicants
        subject: Your application
        text: Your application was ranked by a system that erred. People have decided anew.
        through: mail
        next: cause-form
        on_failure: failed
        raci: {accountable: hiring-lead, responsible: [communications]}
    """,
    good="""
      tell-applicants:
        tell: applicants
        subject: Your application
        text: Your application was ranked by a system that erred. People have decided anew.
        through: mail
        next: cause-form
        on_failure: failed
        purpose: [notify-affected]
        raci: {accountable: hiring-lead, responsible: [communications]}
    """,
    at="steps",
)
def affected_not_told(subject: Subject) -> Iterator[Told]:
    if subject.has(Trait.HARMS_PEOPLE) and not subject.for_(Purpose.NOTIFY_AFFECTED):
        yield missing("no step tells the people who were harmed", Purpose.NOTIFY_AFFECTED)


def missing(found: str, purpose: Purpose, other: str = "") -> Told:
    """That no step serves a purpose."""
    remedy = f"let the step that does it say `purpose: [{purpose.value}]`"
    return Told("steps", found, f"{remedy}, {other}" if other else remedy)


def _not_before(
    subject: Subject, steps: Iterable[Step], purpose: Purpose, found: str
) -> Iterator[Told]:
    """Each of these steps to which a way leads that has not served the purpose."""
    for step in steps:
        behind = subject.behind.get(step.id, frozenset())
        if served(purpose) not in behind and purpose not in purposes_of(step):
            remedy = f"let every way here come through a step for `{purpose.value}`"
            yield Told(f"steps.{step.id}", f"a way leads here on which {found}", remedy)
