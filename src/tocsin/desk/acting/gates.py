"""Whether an order may be carried out, asked of the record once more just before the act.

The plan let it through; whoever can write into the record still cannot make a worker act: every
approval, every broken glass, every override and seal is looked at again here, entry by entry, and
so is the gate through which a system comes back.
"""

from __future__ import annotations

from tocsin.desk.approving.approvals import question_of, standing_of
from tocsin.desk.law.guards import why_barred
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.own_acts import is_own, why_not_alone
from tocsin.desk.loaded.superseded import newest_stop_after
from tocsin.desk.record import Writer
from tocsin.desk.recovery.comeback import why_not_back
from tocsin.desk.words.outside_words import SENT, why_unsaid
from tocsin.facts.custody import Fixity
from tocsin.facts.gates import EvidenceSealed
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord, OrderStanding, Run
from tocsin.register.gates import (
    glass_broken,
    items_overridden,
    override_needed,
    seals,
    unsealed,
)
from tocsin.register.proofs import tier_of
from tocsin.register.statements import Verdict


def why_forbidden(desk: Writer, known: Known, run: Run, order: OrderRecord) -> str | None:
    """Why this order may not be carried out now; None when it may.

    What was begun is always brought to its end. Words to people inside pass every gate.
    """
    fact = order.fact
    if order.standing is OrderStanding.OPEN:
        return None
    if fact.effect is Effect.TELL or fact.wanted.startswith(SENT):
        why = why_unsaid(desk, known, run, order)
        if why is not None or fact.effect is Effect.TELL:
            return why
    if fact.approvals or fact.effect is Effect.DESTROY:
        known.require_fresh()  # the approvals are checked entry by entry
        why = _unapproved(desk, known, order)
        if why is not None:
            return why
    if fact.evidence and fact.effect is not Effect.STOP:
        known.require_fresh()
        why = _unsealed(desk, known, order)
        if why is not None:
            return why
    why = why_barred(desk, known, fact)
    if why is not None:
        return why
    why = why_not_back(desk, known, run, order)
    if why is not None:
        return why
    if is_own(run, order):
        now, place = desk.world.clock.now(), f"{known.log}/{order.seq}"
        why = why_not_alone(desk.knowledge, known, now, run=run, acting=place)
        return None if why is None else f"{why}; a person can do it at once: tocsin stop SYSTEM"
    return None


def why_superseded(
    desk: Writer, log: str, order: OrderRecord, here: Known | None = None, *, anew: bool = True
) -> str | None:
    """The words of a stop, of whatever incident, that takes this order's place; None when none.

    Unlike the gates this holds for what was begun as well: it may still be on its way.

    Args:
        here: the order's log, while it is being decided about.
        anew: False goes by what was last seen of other incidents, and costs no look.
    """
    stop = newest_stop_after(desk.knowledge.stops, log, order, here, anew=anew)
    return None if stop is None else stop.words


def _unapproved(desk: Writer, known: Known, order: OrderRecord) -> str | None:
    standing = standing_of(desk, known, order)
    if standing.verdict is Verdict.APPROVED:
        return None
    question = question_of(desk, known, order)
    keyring, register = desk.knowledge.keyring(), desk.knowledge.register()
    broken, of_glass = glass_broken(question, known.entries, keyring, register)
    if broken is not None and standing.verdict is not Verdict.DECLINED:
        return None
    doubts = (*standing.disregarded, *of_glass) if order.glass else standing.disregarded
    told = "; ".join(f"entry {d.seq}: {d.why}" for d in doubts)
    return f"the approvals on record do not suffice; {told or 'more people must approve'}"


def _unsealed(desk: Writer, known: Known, order: OrderRecord) -> str | None:
    """What is missing of the evidence that the order names, on record or in the vault."""
    register = desk.knowledge.register()
    sealed = seals(known.entries)
    missing = unsealed(order.fact.evidence, sealed)
    for item in order.fact.evidence:
        altered = [one for one in sealed.get(item, []) if not _is_intact(desk, one)]
        if item not in missing and altered:
            missing[item] = "what was sealed is not in the vault any more as it was"
    if not missing:
        return None
    needed = override_needed(register.entity, tier_of(register, known.systems))
    question, keyring = question_of(desk, known, order), desk.knowledge.keyring()
    let_go = items_overridden(question, needed, known.entries, keyring, register)
    left = {item: why for item, why in missing.items() if item not in let_go}
    if not left:
        return None
    told = "; ".join(f"{item}: {why}" for item, why in left.items())
    return (
        f"evidence that it would destroy is not sealed ({told}); seal it, or let it go without: "
        f"tocsin incident override INCIDENT {order.seq} --because WHY"
    )


def _is_intact(desk: Writer, sealed: EvidenceSealed) -> bool:
    return sealed.digest is not None and desk.world.vault.check(sealed.digest) is Fixity.INTACT
