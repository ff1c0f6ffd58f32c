"""What the register in force and the hands that are set up add to a plan, for one run now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tocsin.desk.loaded.calling import PlansInForce
from tocsin.desk.loaded.consents import doubts
from tocsin.desk.loaded.hands import Telling
from tocsin.desk.loaded.own_acts import why_not_alone
from tocsin.facts import OUTBOX_LOG, Asserter, Entry
from tocsin.facts.incidents import Assigned, HandoverAccepted
from tocsin.facts.statements import StatementDrafted
from tocsin.incident.statements import Statement, Statements
from tocsin.playbook import Plan, Rules, Run
from tocsin.playbook.legal import asks_law
from tocsin.playbook.outbox import breakers_of
from tocsin.playbook.rules import WordsLetGo
from tocsin.playbook.steps import Act, Approve, Call
from tocsin.register.audiences import people_of
from tocsin.register.model import Person, Register
from tocsin.register.profile import profile_of
from tocsin.register.proofs import approvals_needed, tier_of
from tocsin.register.staffing import answering

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Knowledge, Known
    from tocsin.world import Connector, World

SAY_PLAN = "say"
"""The plan of one step that sends approved words."""

PAGER_KINDS = ("pagerduty",)
"""Integrations that call a person by their id, where the person names no way of their own."""

MAIL_KINDS = ("smtp",)
"""Integrations that call a person at their address."""


def rules_for(world: World, knowledge: Knowledge, known: Known, plan: Plan, run: Run) -> Rules:
    """What is added to this plan for this run, as the record stands."""
    hands = dict(world.connectors.items())  # each look at them reads the record
    repeatable = {name: hand.repeatable for name, hand in hands.items()}
    telling = frozenset(name for name, hand in hands.items() if _only_tells(hand))
    acts = [step for step in plan.steps.values() if isinstance(step, Act)]
    asks = any(step.approvals for step in acts)
    approves = any(isinstance(step, Approve) for step in plan.steps.values())
    by_itself = bool(acts) and run.started_by.kind is not Asserter.PERSON
    calls = any(isinstance(step, Call) for step in plan.steps.values())
    plans = PlansInForce(world) if calls else {}
    law = asks_law(plan)
    profile = profile_of(knowledge.nearest_register(), known.systems) if law else {}
    if not (asks or approves or by_itself or plan.roles or plan.audiences_told):
        return Rules(repeatable=repeatable, telling=telling, plans=plans, profile=profile)
    now, register = world.clock.now(), knowledge.register()
    addresses = {name: addresses_of(register, name) for name in plan.audiences_told}
    words = words_let_go(known, run.id) if plan.id == SAY_PLAN else None
    if words is not None:
        audience = words.draft.audience.value
        addresses[audience] = addresses_for(register, known.statements, words.draft)
    tier = tier_of(register, known.systems)
    people = [approvals_needed(register.entity, tier, asked).people for asked in range(3)]
    called = {role: people_to_call(register, role, known, now) for role in plan.roles}
    down = left_alone(knowledge, now) if called else frozenset[str]()
    reach = {role: ways_to(people, register, hands, down) for role, people in called.items()}
    mailers = frozenset(_of_kinds(MAIL_KINDS, register, hands))
    by_mail = {
        person: addresses_of(register, person) for ways in reach.values() for person, _ in ways
    }
    return Rules(
        repeatable=repeatable,
        telling=telling,
        approvals=(people[0], people[1], people[2]),
        reach=reach,
        mailers=mailers,
        addresses=by_mail | addresses,
        plans=plans,
        profile=profile,
        doubted=doubts(world, knowledge, known, run) if approves else {},
        words=None
        if words is None
        else WordsLetGo(statement=words.id, next_update_at=words.draft.next_update_at),
        automatic=not by_itself or why_not_alone(knowledge, known, now, run=run) is None,
    )


def _only_tells(hand: Connector) -> bool:
    return isinstance(hand, Telling) and hand.only_tells


def words_let_go(known: Known, run: str) -> Statement | None:
    """The approved words that this run was begun to send; None where it sends none."""
    found = known.statements.by_id.values()
    return next((one for one in found if one.run == run), None)


def addresses_for(
    register: Register, statements: Statements, draft: StatementDrafted
) -> tuple[str, ...]:
    """To whom words go: all of the audience, and of a correction whoever got the wrong ones."""
    found = [one.email for one in people_of(register, draft.audience) if one.email]
    wrong = statements.by_id.get(draft.corrects or "")
    if wrong is not None:
        found += wrong.reached
    return tuple(dict.fromkeys(found))


def people_to_call(register: Register, role: str, known: Known, at: datetime) -> tuple[Person, ...]:
    """Whom to call for a role, the best to reach first.

    Who holds the role in this incident comes first, then whom the register gives it, each with
    their deputies. Where nobody has it, those who answer for the system are called: a call that
    reaches nobody helps nobody.
    """
    holder = holders(known.entries).get(role)
    chain = answering(register, role, known.systems, at, holder)
    return tuple(one.person for one in chain)


def addresses_of(register: Register, audience: str) -> tuple[str, ...]:
    """Where words to an audience are sent: the addresses of all who have the role of that name."""
    people = [one for one in register.people.values() if audience in (*one.roles, one.id)]
    return tuple(dict.fromkeys(one.email for one in people if one.email))


def holders(entries: Iterable[Entry]) -> dict[str, str]:
    """Who holds which role in an incident now."""
    found: dict[str, str] = {}
    for entry in entries:
        match entry.fact:
            case Assigned(role=role, person=person):
                found[role] = person
            case HandoverAccepted(role=role):
                found[role] = entry.author.who
            case _:
                pass
    return found


def ways_to(
    people: Iterable[Person],
    register: Register,
    there: Collection[str],
    down: Collection[str] = (),
) -> tuple[tuple[str, str], ...]:
    """Each person with the integration that reaches them; who has none cannot be called.

    Args:
        there: the integrations that are set up.
        down: those that do not answer now; another way is taken, in the last resort mail.
    """
    found = []
    for person in people:
        ways = ways_of(person, register, there)
        if ways:
            up = [way for way in all_ways_of(person, register, there) if way not in down]
            found.append((person.id, (up or ways)[0]))
    return tuple(found)


def ways_of(person: Person, register: Register, there: Collection[str]) -> list[str]:
    """The integrations that reach a person, the best first."""
    own = [way for way in person.reach if way in there]
    return [*own, *_of_kinds(PAGER_KINDS, register, there)]


def all_ways_of(person: Person, register: Register, there: Collection[str]) -> list[str]:
    """The integrations that reach a person, the best first, in the last resort mail."""
    mail = _of_kinds(MAIL_KINDS, register, there) if person.email else []
    return list(dict.fromkeys([*ways_of(person, register, there), *mail]))


def left_alone(knowledge: Knowledge, at: datetime) -> frozenset[str]:
    """The integrations of which nothing is asked at this instant."""
    known = knowledge.load(OUTBOX_LOG)
    knowledge.keep(known)
    found = breakers_of(known.entries)
    return frozenset(name for name, one in found.items() if one.until > at)


def _of_kinds(kinds: Iterable[str], register: Register, there: Collection[str]) -> list[str]:
    of = {name: one.kind for name, one in register.integrations.items()}
    named = [name for name in sorted(of) if name in there]
    return [name for kind in kinds for name in named if of[name] == kind]
