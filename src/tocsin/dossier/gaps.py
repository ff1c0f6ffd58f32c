"""What is missing: each thing that a reader would otherwise have to find out for themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.dossier.account import Account, Action
from tocsin.dossier.duties import late_words
from tocsin.facts.incidents import Grade
from tocsin.facts.legal import Standing
from tocsin.facts.reach import PageAnswered, PageUnanswered
from tocsin.facts.runs import Effect


def gaps(account: Account) -> list[str]:
    """Every gap, the gravest kinds first. Empty means that none was found by these rules."""
    return [
        *_actions(account),
        *_evidence(account),
        *_affected(account),
        *_lateness(account),
        *_calls(account),
        *_people(account),
        *_knowledge(account),
        *_reading(account),
    ]


def _actions(account: Account) -> Iterator[str]:
    for action in account.actions:
        name = _name(action)
        if action.said.startswith("outcome unknown"):
            yield f"{name}: nobody knows whether it happened"
        elif action.said.startswith("failed"):
            yield f"{name} {action.said}"
        elif action.ended_at is not None and action.said != "declined" and _must_show(action):
            if not action.looks:
                yield f"{name}: done, but nobody looked whether it took effect"
            elif action.shown is None:
                yield f"{name}: done, but not yet shown to have taken effect"
        if action.overridden:
            items = ", ".join(action.overridden)
            yield f"{name}: went ahead without sufficient evidence of {items}"
        if action.countersign_by is not None:
            late = "and the time for it is over" if action.seq in account.missed else "yet"
            yield f"{name}: let go by one person, not countersigned {late}"


def _must_show(action: Action) -> bool:
    """A page or a message is shown by its receipt; what changes a system must be looked at."""
    return action.order.effect is not Effect.TELL


def _evidence(account: Account) -> Iterator[str]:
    newest = {seal.item: seal for _, seal in account.seals}
    for seal in newest.values():
        if not seal.sufficient:
            yield f"evidence {seal.item} is not sufficient: {seal.why}"
    if account.findings and not account.seals:
        yield "no evidence was sealed"


def _affected(account: Account) -> Iterator[str]:
    found = {fact.finding: fact for _, fact in account.findings if fact.caused_by is None}
    listed = {finding for one in account.affected for finding in one.findings}
    if any(fact.bad for fact in found.values()) and not listed & set(found):
        yield "whom it touched is not listed: tocsin incident reach"
    for one in account.affected:
        if one.left:
            yield (
                f"{one.left} of {one.fact.decisions} affected decisions of list "
                f"{one.fact.list[:12]} are not dealt with"
            )
        if one.fact.untold:
            yield f"list {one.fact.list[:12]} does not hold all: {one.fact.untold}"


def _lateness(account: Account) -> Iterator[str]:
    for late in account.late:
        at = f"{late.soft_at:%Y-%m-%d %H:%M:%S} UTC"
        yield f"step {late.step} of {late.run} was late: it should have been over at {at}"


def _calls(account: Account) -> Iterator[str]:
    for one in account.uncalled:
        yield f"step {one.step} of {one.run}: plan {one.plan} could not begin: {one.why}"


def _people(account: Account) -> Iterator[str]:
    incident = account.incident
    if not incident.acknowledgements and not any(
        isinstance(page, PageAnswered) for _, page in account.pages
    ):
        yield "nobody has acknowledged it"
    for _, page in account.pages:
        if isinstance(page, PageUnanswered) and page.next is None:
            yield f"{page.person} was the last to be called, and nobody answered"
    if incident.holder("commander") is None:
        yield "nobody leads it: no commander is assigned"
    for handover in incident.handovers:
        yield f"{handover.role} was offered to {handover.to} and not accepted"
    weak = sum(row.weakly_proven for row in account.rows)
    if weak:
        yield f"{_entries(weak)} proven by no more than an account's name or a link"


def _knowledge(account: Account) -> Iterator[str]:
    incident = account.incident
    if incident.severity is None:
        yield "its severity was not judged"
    for question in incident.open_questions:
        yield f"not known yet: {question.text}"
    unsure = [claim for claim in incident.claims if claim.grade is Grade.SUSPECTED]
    for claim in unsure:
        yield f"only suspected: {claim.statement}"
    if not any(claim.grade is Grade.CONFIRMED for claim in incident.claims):
        yield "no cause is confirmed"
    yield from _law(account)


def _law(account: Account) -> Iterator[str]:
    """What the law may ask and nobody settled, and what was missed."""
    legal = account.legal
    if legal.reckoned is None:
        yield "legal duties and deadlines: not assessed"
    for rule in legal.outcomes:
        late, now = late_words(legal, rule), legal.outcome(rule)
        if late:
            yield f"{rule} was {late}"
        elif rule in legal.unsettled and now is not None and now.standing is Standing.OPEN:
            yield f"whether {rule} asks anything is not known: its questions are open"
        if now is not None and now.unverified and rule in legal.unsettled:
            yield f"nobody read the source of {rule}: unverified"


def _reading(account: Account) -> Iterator[str]:
    if account.incident.unreadable:
        left = account.incident.unreadable
        yield f"{_entries(left)} not to be read: erased or withheld"
    if account.hidden:
        yield f"{_entries(account.hidden)} for others' eyes and not part of this text"


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"


def _name(action: Action) -> str:
    return f"action {action.seq} ({action.order.target} to {action.order.wanted})"
