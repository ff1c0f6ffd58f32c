"""Which conservative instants came without a submission, where no entry says so yet.

Late is judged each time that anything moved, by the due date that runs now; and once it shows that
what was taken for submitted was not, by those as well that passed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from tocsin.duties.duty import Duty
from tocsin.duties.law import Law, Rule, Sort
from tocsin.duties.scope import counts_last
from tocsin.facts.legal import LegalDeadlinePassed, Standing
from tocsin.incident.legal import Legal


def passed_unsaid(
    law: Law, duties: Sequence[Duty], done: Mapping[str, datetime], legal: Legal, now: datetime
) -> Iterator[LegalDeadlinePassed]:
    """That an instant passed, of each duty of which that is so and not on record.

    What goes out at the very instant is in time; where nothing did, it passes as it comes.

    Args:
        done: when a notice under a rule went out for good, by rule.
    """
    for duty in duties:
        rule = duty.rule
        if duty.standing is not Standing.RAISED or rule.sort is not Sort.NOTICE:
            continue
        if legal.not_required(rule.id):
            continue
        told = [one.fact for one in legal.missed.get(rule.id, ())]
        due = duty.deadline.conservative if duty.deadline else None
        before = [one for one in _uncovered(rule, legal, due) if one not in told]
        yield from before
        sent = done.get(rule.id)
        missed = legal.is_missed(rule.id) or (bool(before) and sent is None)
        in_time = due is None or (now < due if sent is None else sent <= due)
        if due is None or in_time or missed:
            continue
        passed = LegalDeadlinePassed(
            rule=rule.id, conservative_at=due, submitted_at=sent,
            counted_from=_counted_from(law, rule, legal),
        )  # fmt: skip
        if passed not in told:
            yield passed


def _uncovered(rule: Rule, legal: Legal, due: datetime | None) -> list[LegalDeadlinePassed]:
    """The due dates before this one that passed while what was taken back since met them."""
    found: dict[datetime, LegalDeadlinePassed] = {}
    taken = {one.submission.at for one in legal.went.under(rule.id)}
    for one, after in pairwise(legal.outcomes.get(rule.id, ()) if taken else ()):
        by, sent = one.fact.conservative_at, one.fact.submitted_at
        if one.fact.standing is not Standing.RAISED or by in (None, due) or sent not in taken:
            continue
        assert by is not None and sent is not None
        went = any(each.rule == rule.id and each.at <= by for each in legal.submissions)
        if sent <= by < after.recorded_at and not went:
            before = (s.seq for s in legal.went.sent if s.rule in rule.after and s.seq < one.seq)
            found[by] = LegalDeadlinePassed(
                rule=rule.id, conservative_at=by, submitted_at=None, counted_from=tuple(before)
            )
    return list(found.values())


def _counted_from(law: Law, rule: Rule, legal: Legal) -> tuple[int, ...]:
    """The submissions from which a later stage, or the next of what recurs, may count."""
    before = (*rule.after, *((rule.id,) if rule.again is not None else ()))
    last = counts_last(law) if before else frozenset[str]()
    found = (legal.submitted(one) if one in last else legal.first_submitted(one) for one in before)
    return tuple(sorted(one.seq for one in found if one is not None))
