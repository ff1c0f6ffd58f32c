"""Facts that cannot be true together; only what is sure is a mistake, the rest is advice. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tocsin.duties.known import SUBMITTED, LegalFacts, earliest
from tocsin.duties.law import Law
from tocsin.register.mistakes import Mistake

_BOTH = "both count as they stand; mend one of the two"
_AFTER_AWARENESS = ("classified", "determined", "material", "assessed", "resolved")


def contradictions(facts: LegalFacts, law: Law) -> list[Mistake]:
    """What contradicts, in the order of keys."""
    return [
        *_before_awareness(facts),
        *_out_of_order(facts, law),
        *_both_ways(facts),
        *_unaware(facts),
    ]


def not_yet(facts: LegalFacts, at: datetime) -> list[Mistake]:
    """What is told as having happened after the instant as of which it is looked at: a slip of the
    day would move a deadline. Advice, for somebody may be asking of what is to come.
    """
    keys = sorted(facts.values)
    told = [(key, facts.awareness() if key == "aware" else facts.instant(key)) for key in keys]
    told += [(f"harms.{one.kind}", one.aware) for one in facts.harms]
    return [
        _told(key, f"{when.isoformat()} is after {at.isoformat()}, as of which it is asked",
              "check the day; it counts as it stands", advice=True)
        for key, when in told
        if when is not None and when > at
    ]  # fmt: skip


def first_awareness(facts: LegalFacts) -> datetime | None:
    """The earliest instant at which anybody was aware of anything of it."""
    return earliest([facts.awareness(), *(harm.aware for harm in facts.harms)])


def _before_awareness(facts: LegalFacts) -> Iterator[Mistake]:
    aware = first_awareness(facts)
    if aware is None:
        return
    for key in sorted(facts.values):
        instant = facts.instant(key)
        if instant is None or instant >= aware:
            continue
        said = f"{instant.isoformat()} is before anybody was aware ({aware.isoformat()})"
        if key.startswith(SUBMITTED):
            yield _told(key, said, "a notice is submitted after that; mend one of the two")
        elif key in _AFTER_AWARENESS:
            yield _told(key, said, "check both; each counts as it stands", advice=True)


def _both_ways(facts: LegalFacts) -> Iterator[Mistake]:
    """A part that is so, of a whole that is not."""
    parts = [(key, key.rpartition(".")[0]) for key in facts.values]
    for part, of in sorted([*parts, ("frontier.large", "frontier_developer")]):
        if facts.get(part) is True and facts.get(of) is False:
            yield _told(part, f"yes, and {of} is no", _BOTH, advice=True)
    roles = facts.words("roles") or ()
    for role, key in (("gpai-systemic-risk-provider", "gpai.systemic_risk"),
                      ("frontier-developer", "frontier_developer")):  # fmt: skip
        if role in roles and facts.get(key) is False:
            yield _told(key, f"no, and a role is {role}", _BOTH, advice=True)
    part, of = "individuals_in_one_state", "individuals"
    some, all_ = facts.get(part), facts.get(of)
    if isinstance(some, int) and isinstance(all_, int) and some > all_:
        yield _told(part, f"{some:,}, and {of} are {all_:,}", _BOTH, advice=True)


def _unaware(facts: LegalFacts) -> Iterator[Mistake]:
    """Something is known of an incident of which nobody is aware."""
    if facts.get("aware") is not False:
        return
    happened = facts.get("personal_data") is True or facts.harms
    if happened or any(facts.instant(key) for key in facts.values):
        said = "no, and yet something of it is known"
        yield _told("aware", said, "no clock runs from it; give the instant", advice=True)


def _out_of_order(facts: LegalFacts, law: Law) -> Iterator[Mistake]:
    stages = {rule.id: rule.stage for rule in law.rules}
    told = set()
    for rule in law.rules:
        if rule.stage is None or rule.again is not None:
            continue
        own = submission(facts, rule.id, rule.stage)
        for before in rule.after:
            stage = stages.get(before)
            first = submission(facts, before, stage) if stage else None
            if own and first and own < first and (rule.stage, stage) not in told:
                told.add((rule.stage, stage))
                said = f"{own.isoformat()} is before {SUBMITTED}{stage} ({first.isoformat()})"
                yield _told(f"{SUBMITTED}{rule.stage}", said, "give each stage its own instant")


def submission(facts: LegalFacts, rule: str, stage: str) -> datetime | None:
    """When a stage was submitted: by the rule's own name, else by the stage's."""
    by_rule = facts.instant(f"{SUBMITTED}{rule}")
    return by_rule if by_rule is not None else facts.instant(f"{SUBMITTED}{stage}")


def _told(path: str, found: str, remedy: str, *, advice: bool = False) -> Mistake:
    return Mistake(file="facts", line=1, path=path, found=found, remedy=remedy, advice=advice)
