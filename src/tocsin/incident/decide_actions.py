"""What may be said of items of work that follow from an incident, and by what they are closed.

There is no way to close one but by a proof, in whatever door it is asked for: the fold asks again.
Giving one up is another thing, is not the owner's to decide alone, and is never counted as closed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from tocsin.facts import Access, Draft, Refused
from tocsin.facts.lessons import (
    ActionChanged,
    ActionClosed,
    ActionGivenUp,
    ActionKind,
    ActionOpened,
    ActionProofAttached,
    ActionReopened,
    ChangeKind,
    ChangeProposed,
)
from tocsin.incident.decide_lessons import require_person
from tocsin.incident.lessons import Item, Lessons, Standing
from tocsin.incident.model import COMMANDER, Actor, Incident
from tocsin.incident.refusals import access_for, one_line, require_known, shown, words
from tocsin.register.mistakes import did_you_mean

EXECUTIVE = "executive"
NOT_BY_A_DRILL = "not proven by a drill"

FITS = {
    ChangeKind.PLAYBOOK: ActionKind.PLAYBOOK,
    ChangeKind.DETECTORS: ActionKind.MONITOR,
    ChangeKind.CLAUSE: ActionKind.VENDOR_CLAUSE,
}
"""Which kind of item carries out which kind of change."""


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text that is to read differently: both versions lie in the vault, and it was read.

    Args:
        told: what changes, a line each.
        errors: of the linter; None where no linter reads such a text.
    """

    of: ChangeKind
    name: str
    before: str | None
    after: str
    told: str
    errors: int | None
    lint: str


def open_action(
    known: Lessons,
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    changes: ActionKind,
    what: str,
    owner: str,
    due: datetime,
    drill: str,
    factor: str | None,
    people: Collection[str],
    access: Access | None = None,
) -> list[Draft]:
    """The fact that something must be done. Without the drill that will prove it there is none."""
    require_known(incident)
    require_person(owner, people, "owner")
    _require_after(due, at)
    if factor is not None and (
        factor not in known.factors or known.factors[factor].withdrawn is not None
    ):
        standing = [one.id for one in known.factors.values() if one.withdrawn is None]
        among = (
            f"factors: {', '.join(standing) or 'none; name one first: tocsin postmortem factor'}"
        )
        raise Refused(f"no factor {factor!r} stands here; {did_you_mean(factor, standing, among)}")
    fact = ActionOpened(
        action=known.next_id("action"),
        changes=changes,
        what=one_line(what, "what is to be done"),
        owner=owner,
        due=due,
        drill=one_line(drill, "the drill that will prove that it works"),
        factor=factor,
    )
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def change_action(
    known: Lessons,
    at: datetime,
    *,
    action: str,
    owner: str | None,
    due: datetime | None,
    drill: str | None,
    because: str,
    people: Collection[str],
) -> list[Draft]:
    """The fact that an item has another owner, due instant or drill."""
    item = open_item(known, action)
    fact = ActionChanged(
        action=item.id,
        owner=owner or item.owner,
        due=due or item.due,
        drill=one_line(drill, "the drill") if drill is not None else item.drill,
        because=words(because, "the reason"),
    )
    same = (fact.owner, fact.due, fact.drill) == (item.owner, item.due, item.drill)
    if same:
        raise Refused(f"{item.id} stands just so; name another --owner, --due or --drill")
    if owner is not None:
        require_person(owner, people, "owner")
    if due is not None:
        _require_after(due, at)
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def attach_proof(
    known: Lessons, at: datetime, *, action: str, proof: str, drill: str | None, says: str
) -> list[Draft]:
    """The fact that a piece in the vault shows what an item is for.

    Args:
        drill: the log of the exercise whose record it is; whoever asks has seen that log.
    """
    item = open_item(known, action)
    fact = ActionProofAttached(
        action=item.id, proof=proof, drill=drill, says=words(says, "what it shows")
    )
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def close_action(
    known: Lessons, at: datetime, *, action: str, because: str, by: int | None = None
) -> list[Draft]:
    """The fact that an item is done, by the proof that was attached to it last, or by that one.

    Args:
        by: the entry that attached the proof.
    """
    item = open_item(known, action)
    if not item.proofs:
        raise Refused(
            f"{item.id} has no proof, and is closed by nothing else; show it: "
            f"tocsin actions done INCIDENT {item.id} --proof FILE (to be proven by: {item.drill})"
        )
    chosen = by if by is not None else item.proofs[-1].seq
    if chosen not in {one.seq for one in item.proofs}:
        proofs = ", ".join(str(one.seq) for one in item.proofs)
        raise Refused(f"entry {chosen} is no proof of {item.id}; its proofs are entries {proofs}")
    fact = ActionClosed(action=item.id, by=chosen, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def finish_action(
    known: Lessons,
    at: datetime,
    *,
    action: str,
    proof: str,
    drill: str | None,
    says: str,
    because: str,
    seq: int,
) -> list[Draft]:
    """The facts that something shows an item to be done, and that this closes it.

    Args:
        seq: the place in the log at which the first of them will stand.
    """
    shown = attach_proof(known, at, action=action, proof=proof, drill=drill, says=says)
    item = open_item(known, action)
    fact = ActionClosed(action=item.id, by=seq, because=words(because, "the reason"))
    return [*shown, Draft(fact=fact, happened_at=at, access=item.access)]


def reopen_action(known: Lessons, at: datetime, *, action: str, because: str) -> list[Draft]:
    """The fact that an item is not done after all; what closed it before closes it no more."""
    item = _item(known, action)
    if item.standing is Standing.OPEN:
        raise Refused(f"{item.id} is open; nothing more is needed")
    fact = ActionReopened(action=item.id, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def give_up(
    known: Lessons, incident: Incident, actor: Actor, at: datetime, *, action: str, because: str
) -> list[Draft]:
    """The fact that an item will not be done. Commander or executive decide, not its owner."""
    item = open_item(known, action)
    leads = actor.who == incident.holder(COMMANDER) or EXECUTIVE in actor.roles
    if not leads or actor.who == item.owner:
        raise Refused(
            f"{actor.who} cannot let {item.id} go: the commander of this incident or somebody with "
            f"the role {EXECUTIVE} decides that, and not the owner ({item.owner})"
        )
    fact = ActionGivenUp(action=item.id, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def propose(known: Lessons, at: datetime, *, action: str, text: Text) -> list[Draft]:
    """The fact that a text is to read differently, as an open item of the kind that fits it."""
    item = open_item(known, action)
    if item.changes is not FITS[text.of]:
        raise Refused(
            f"{item.id} is about {item.changes.value}, and a change of {text.of.value} is carried "
            f"out by an item of kind {FITS[text.of].value}"
        )
    if text.before == text.after:
        raise Refused(f"{text.name} reads as it did; there is no change to propose")
    fact = ChangeProposed(
        change=known.next_id("change"),
        action=item.id,
        of=text.of,
        name=one_line(text.name, "the name"),
        before=text.before,
        after=text.after,
        told=text.told,
        errors=text.errors,
        lint=text.lint,
    )
    return [Draft(fact=fact, happened_at=at, access=item.access)]


def open_item(known: Lessons, action: str) -> Item:
    """The item of this id, which is open. Raises Refused, with what would make it so."""
    item = _item(known, action)
    if item.standing is not Standing.OPEN:
        raise Refused(
            f"{item.id} is {item.standing.value}; open it again first: "
            f"tocsin actions reopen INCIDENT {item.id}"
        )
    return item


def _item(known: Lessons, action: str) -> Item:
    name = f"action-{action}" if action.isdecimal() else action
    item = known.items.get(name)
    if item is None:
        among = f"action items: {', '.join(known.items) or 'none'}"
        raise Refused(f"there is no {action!r} here; {did_you_mean(name, known.items, among)}")
    return item


def _require_after(due: datetime, at: datetime) -> None:
    if due <= at:
        raise Refused(f"it cannot be due at {shown(due)}, which is not after {shown(at)}")
