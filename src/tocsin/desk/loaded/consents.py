"""What steps ask people to approve: whose word counts, and whether what is on record still does.

The plan names the role; the register says how strong the proof must be and how many people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from tocsin.facts import Author, Refused
from tocsin.playbook import ApprovalRecord, Run
from tocsin.playbook.consent import filled_before
from tocsin.register.proofs import Question, approval_standing, approvals_needed, tier_of
from tocsin.register.statements import Verdict

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Knowledge, Known
    from tocsin.world import World


def question_asked(
    origin: str, knowledge: Knowledge, known: Known, record: ApprovalRecord
) -> Question:
    """What a step asks, as people decide about it under the register in force."""
    register = knowledge.register()
    needed = approvals_needed(
        register.entity, tier_of(register, known.systems), record.fact.approvals
    )
    return Question(
        origin=origin,
        log=known.log,
        seq=record.seq,
        order=record.fact,
        needed=msgspec.structs.replace(needed, role=record.fact.role),
        requested_by=(known.run(record.fact.run).started_by,),
    )


def check_one_role(run: Run, record: ApprovalRecord, author: Author) -> None:
    """Passes when this person, and their key, have not answered the same in another role.

    Raises:
        Refused: one person fills one role in one decision.
    """
    other = filled_before(record, author, run.approvals.values())
    if other is not None:
        who = next(a.who for a in other.answered_by if author.who == a.who or author.key == a.key)
        raise Refused(
            f"{who} answered the same as {other.fact.role} (entry {other.seq}); one person and one "
            f"key fill one role in one decision, so another {record.fact.role} must answer"
        )


def doubts(world: World, knowledge: Knowledge, known: Known, run: Run) -> Mapping[int, str]:
    """By the entry that asks, why approvals on record do not count, of those not acted on yet."""
    return dict(_doubts(world, knowledge, known, run))


def _doubts(
    world: World, knowledge: Knowledge, known: Known, run: Run
) -> Iterator[tuple[int, str]]:
    for record in run.approvals.values():
        ended = any(move.seq > record.seq and move.step == record.fact.step for move in run.moves)
        if ended or not record.answered_at:
            continue
        entries = known.entries
        if record.answered_at > len(entries):  # supposed, and perhaps recorded by now
            entries = world.journal.read(known.log)
        if record.answered_at > len(entries):
            continue
        question = question_asked(world.journal.origin, knowledge, known, record)
        standing = approval_standing(question, entries, knowledge.keyring(), knowledge.register())
        if standing.verdict is not Verdict.APPROVED:
            told = "; ".join(f"entry {d.seq}: {d.why}" for d in standing.disregarded)
            yield record.seq, f"the approvals on record do not suffice: {told or 'too few'}"
