"""Calls people for a role outside of any plan, as a run of one step like any other call."""

from __future__ import annotations

from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import people_to_call, ways_to
from tocsin.desk.plans.runs import By, start_run, started_under_key
from tocsin.desk.record import Writer, draft
from tocsin.desk.words.messages import plan_of_call
from tocsin.facts import Asserter, Author, Draft, Proof, Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.reach import PageAnswered
from tocsin.playbook import PageRecord
from tocsin.playbook.templates import one_line
from tocsin.register.mistakes import did_you_mean
from tocsin.register.pager_answers import PagerAnswer, person_meant
from tocsin.register.staffing import roles_of

WITHIN_SECONDS = 300
TITLE = "You are called"
PAGER = "pagerduty"
"""As whom a pager speaks, which signed what it says."""


def page(
    desk: Writer, log: str, role: str, text: str, by: By, within_seconds: int = WITHIN_SECONDS
) -> str:
    """Begin to call the people of a role, one after the other; the id of the run that does it.

    Args:
        text: what they are told; what is erased later is still on their pagers.
        within_seconds: how long each has to answer before the next is called.

    Raises:
        Refused: no such role, nobody who can be called, nothing to say.
    """
    earlier = started_under_key(desk, log, by)
    if earlier is not None:
        return earlier
    register, words = desk.knowledge.register(), text.strip()
    if not words:
        raise Refused("there is nothing to say; write what they are called for: --text WORDS")
    known = desk.known(log)
    roles = roles_of(register)
    if role not in roles:
        among = f"roles that people have: {', '.join(roles) or 'none; adopt a register first'}"
        raise Refused(f"nobody has the role {role}; {did_you_mean(role, roles, among)}")
    people = people_to_call(register, role, known, desk.world.clock.now())
    if not ways_to(people, register, frozenset(desk.world.connectors)):
        names = ", ".join(one.id for one in people) or "nobody"
        raise Refused(
            f"no integration calls those who are {role} ({names}); see: tocsin oncall --role {role}"
        )
    title = one_line(f"{TITLE}: {words}")[:80]
    plan = plan_of_call("page", role, words, title=title, within_seconds=within_seconds)
    return start_run(desk, log, plan, by, file="page")


def heard(desk: Writer, answer: PagerAnswer) -> str | None:
    """Record that somebody took a call at the pager; in which log, or None where no call waits.

    The news is proven by the pager's signature. That it comes twice changes nothing.
    """
    author = Author(who=PAGER, kind=Asserter.MACHINE, proof=Proof.TOKEN)
    who = person_meant(desk.knowledge.register(), answer.who)
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        if _waiting(desk.known(log), answer.key) is None:
            continue

        def judge(known: Known) -> list[Draft]:
            page = _waiting(known, answer.key)
            if page is None:
                raise Refused("somebody has answered this call already")
            fact = PageAnswered(run=page.fact.run, step=page.fact.step, page=page.seq, person=who)
            return [draft(fact, desk.world.clock.now())]

        try:
            desk.decide_known(log, judge, author)
        except Refused:
            return None
        return log
    return None


def _waiting(known: Known, key: str) -> PageRecord | None:
    """The page that still waits, one of whose calls went out under this key."""
    for run in known.runs.open:
        for page in run.pages.values():
            calls = run.orders_of(page.fact.step, page.seq)
            if page.answered_by is None and any(one.reference == key for one in calls):
                return page
    return None
