"""What of an incident waits for people or for evidence: roles, actions, approvals, questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.dossier.account import Account
from tocsin.dossier.unsent import Waiting
from tocsin.incident.model import Status
from tocsin.playbook import ApprovalRecord, OrderRecord, OrderStanding, Run

_OPEN = (OrderStanding.AWAITING, OrderStanding.UNSEALED, OrderStanding.UNKNOWN)


def awaited(account: Account, runs: Mapping[str, Run], name: str) -> Iterator[Waiting]:
    """Whatever waits, each with the command that helps."""
    yield from _offers(account, name)
    yield from _drafts(account, name)
    for run in runs.values():
        if not run.is_open:
            continue
        for order in run.orders.values():
            if order.standing in _OPEN:
                yield _held_up(account, order, name)
        for approval in run.approvals.values():
            if approval.result is None:
                yield Waiting(
                    what=f"approval: {approval.fact.subject}",
                    whom=_asked_whom(approval),
                    since=approval.at,
                    command=f"tocsin decide {name} {approval.seq} approve --because '...'",
                )
        for question in run.questions.values():
            if question.choice is None:
                choices = "|".join(question.fact.choices)
                yield Waiting(
                    what=question.fact.question,
                    whom=question.fact.role,
                    since=question.at,
                    command=f"tocsin decide {name} {question.fact.step} {choices}",
                )


def _held_up(account: Account, order: OrderRecord, name: str) -> Waiting:
    action = f"{order.fact.target} to {order.fact.wanted}"
    if order.standing is OrderStanding.UNKNOWN:
        return Waiting(
            what=f"whether {action} happened",
            whom="anyone who can look",
            since=order.stands_since,
            command=f"tocsin incident outcome {name} {order.seq} done --basis '...'",
        )
    if order.standing is OrderStanding.UNSEALED:
        return Waiting(
            what=action,
            whom=f"evidence: {_missing(account, order)}",
            since=order.stands_since,
            command=f"tocsin report {name}",
            asks=False,
        )
    return Waiting(
        what=f"approval of {action}",
        whom=_still(order),
        since=order.stands_since,
        command=f"tocsin decide {name} {order.seq} approve --because '...'",
    )


def _missing(account: Account, order: OrderRecord) -> str:
    """Each item that is waited for, and why what was taken of it is not enough."""
    why = {seal.item: seal.why for _, seal in account.seals if not seal.sufficient}
    named = [f"{one} ({why[one]})" if one in why else one for one in order.missing_evidence]
    return ", ".join(named)


def _still(order: OrderRecord) -> str:
    """How many are missing, and who has approved already."""
    wanted, by = order.fact.approvals, [author.who for author in order.approved_by]
    missing = wanted - len(by)
    if not by:
        return "one person" if wanted == 1 else f"{wanted} people"
    people = "1 more person" if missing == 1 else f"{missing} more people"
    return f"{people} of {wanted} ({', '.join(by)} approved)"


def _asked_whom(approval: ApprovalRecord) -> str:
    """The role that is asked, and how many of its people are missing."""
    by = ", ".join(author.who for author in approval.answered_by)
    if not by:
        return approval.fact.role
    return f"{approval.missing} more of {approval.fact.role} ({by} approved)"


def _offers(account: Account, name: str) -> Iterator[Waiting]:
    """Roles that their holders offered, and that nobody has accepted yet."""
    if account.incident.status is not Status.OPEN:
        return
    for one in account.incident.handovers:
        yield Waiting(
            what=f"{one.role}, offered by {one.by}",
            whom=one.to,
            since=one.at,
            command=f"tocsin handover {name} --role {one.role} --accept --as {one.to}",
        )


def _drafts(account: Account, name: str) -> Iterator[Waiting]:
    """Words that somebody drafted and nobody has let go; the command shows what they still need."""
    if account.incident.status is not Status.OPEN:
        return
    for one in account.drafts:
        yield Waiting(
            what=f"{one.id}, words for {one.draft.audience.value} that {one.by} drafted",
            whom="who approves or sends them",
            since=one.at,
            command=f"tocsin statements {name} --text {one.id}",
        )
