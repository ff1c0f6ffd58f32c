"""That a notice never goes, or that what is said to have gone counts no more: one way for both.

Whether a submission was recorded wrongly or withdrawn at the authority, its stage is asked again
from what remains. Nothing is rewritten: what was said stays, and beside it who took it back and
why.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.desk.approving.agreeing import reason
from tocsin.desk.law.notice_forms import check_quotes, notices_in
from tocsin.desk.law.notices import notice_named
from tocsin.desk.law.submitting import submission_named
from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import holders
from tocsin.desk.people import check_decision_about, check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Draft, Refused
from tocsin.facts.notices import NoticeWithdrawn
from tocsin.incident.model import COMMANDER
from tocsin.incident.notices import Notices, NoticeSent, NoticeState
from tocsin.register.audiences import approvers_of_notices
from tocsin.register.model import Decision
from tocsin.world import Appended


def withdraw_notice(desk: Writer, log: str, which: str, because: str, by: By) -> Appended:
    """A notice that has not gone never will; what is said to have gone counts no more.

    Args:
        which: the notice, "N1", or the number of the entry by which it was submitted.

    Raises:
        Refused: no reason, withdrawn already, or it went and this person may not take it back.
    """
    check_person(desk, by.author)

    def judge(known: Known) -> Sequence[Draft]:
        notices = notices_in(known)
        sent = _went(notices, which)
        if sent is not None:
            _check_takes_back(desk, known, which, by)
        fact = NoticeWithdrawn(
            notice=notice_named(notices, which).id if sent is None else sent.fact.notice or "",
            because=reason(because),
            submission=0 if sent is None else sent.seq,
        )
        check_quotes(known.entries, fact.because)
        return [Draft(fact=fact, happened_at=desk.world.clock.now())]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def _went(notices: Notices, which: str) -> NoticeSent | None:
    """What is said to have gone; None of a notice that has not. Raises Refused."""
    if which.isdecimal():
        return submission_named(notices, which)
    one = notice_named(notices, which)
    if one.state is NoticeState.WITHDRAWN:
        raise Refused(f"{one.id} is withdrawn already")
    return one.sent


def _check_takes_back(desk: Writer, known: Known, which: str, by: By) -> None:
    """Passes when this person may say that a stage is asked again: who may approve its notices.

    Where nobody may, the incident's commander; where there is none either, anybody of the register.

    Raises:
        Refused: not theirs, or too weak a proof.
    """
    for roles in (approvers_of_notices(desk.knowledge.register()), (COMMANDER,)):
        may = _having(desk, known, roles)
        if by.author.who in may:
            break
        if may:
            raise Refused(
                f"{which} went out, so only who may approve it says that it counts no more: "
                f"{', '.join(roles)}"
            )
    check_decision_about(desk, Decision.DUTY, known.systems, by.author)


def _having(desk: Writer, known: Known, roles: tuple[str, ...]) -> set[str]:
    """Who has one of these roles: in the register, or in this incident."""
    people = desk.knowledge.register().people.values()
    held = holders(known.entries)
    return {one.id for one in people if set(roles) & set(one.roles)} | {
        held[role] for role in roles if role in held
    }
