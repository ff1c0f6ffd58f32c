"""A plan becomes a network: who is asked, what contains, which limits run, what it rests on."""

from __future__ import annotations

import pytest
from played_plans import (
    CERTAIN,
    CERTAIN_CONTAINED_MS,
    MONDAY,
    OFFICE_PEOPLE,
    OFFICE_STOP,
    network_of,
    register_of,
    times_of,
)

from tocsin.playbook import plan_of
from tocsin.playbook.simulation.calendar import HOUR_MS, WEEK_MS
from tocsin.playbook.simulation.compiling import Compiled, compiled
from tocsin.playbook.simulation.draws import DRAW_MAX
from tocsin.playbook.simulation.engine import NEVER, Engine, Outcome
from tocsin.playbook.simulation.network import LOST, Kind
from tocsin.playbook.simulation.study import is_missed
from tocsin.playbook.simulation.times import Basis, Times

HEAD = 'plan: p\nversion: "1"\ntitle: T\nsteps:\n'


def played(made: Compiled, hour: int, replication: int = 0) -> Outcome:
    return Engine(made.network, 1).run(replication, hour)


def missed(made: Compiled, outcome: Outcome) -> list[str]:
    return [one.id for one in made.network.limits if is_missed(one, outcome.moments)]


def test_what_starts_on_friday_evening_waits_until_monday() -> None:
    made = network_of(OFFICE_STOP, OFFICE_PEOPLE, CERTAIN)
    tuesday_10, friday_17 = (24 + 10) * HOUR_MS, (4 * 24 + 17) * HOUR_MS
    assert played(made, tuesday_10).contained == CERTAIN_CONTAINED_MS
    late = played(made, friday_17)
    start = late.contained - CERTAIN_CONTAINED_MS
    # Berlin is an hour ahead: Monday's work begins at 08:00 UTC, wherever in the hour it started.
    assert WEEK_MS + 8 * HOUR_MS - friday_17 - HOUR_MS < start <= WEEK_MS + 8 * HOUR_MS - friday_17
    assert missed(made, late) == ["support hears of it"]
    assert missed(made, played(made, tuesday_10)) == []


def test_a_deputy_who_is_there_is_asked_instead() -> None:
    people = OFFICE_PEOPLE + 'deputies = ["ben"]\n[people.ben]\nname = "Ben"\nroles = ["on-call"]\n'
    made = network_of(OFFICE_STOP, people, CERTAIN)
    assert [one.id for one in made.network.workers] == ["cleo", "ben"]
    assert made.own["data-science"] == (0,), "the deputy is not one of the role's own"
    assert played(made, (5 * 24 + 3) * HOUR_MS).contained == CERTAIN_CONTAINED_MS


def test_a_role_that_nobody_has_is_told_with_its_line() -> None:
    plan = plan_of(OFFICE_STOP.encode())
    register = register_of('[people.ana]\nname = "Ana"\nroles = ["support"]\nemail = "a@b.org"\n')
    made, told = compiled(plan, "p.yaml", register, Times(), MONDAY)
    assert made is None
    assert [str(one) for one in told] == [
        "p.yaml:10: mistake: steps.confirm.role: nobody is data-science; give the role to somebody "
        "in register/, or write `[roles.data-science] staff = { people = 1, basis = "
        '"assumed" }` in the file of times'
    ]


def test_staff_that_is_supposed_stands_instead_of_the_register() -> None:
    text = '[roles.data-science]\nstaff = {people = 3, hours = ["daily 08:00-20:00"], basis = '
    made = network_of(OFFICE_STOP, OFFICE_PEOPLE, text + '"measured", source = "the rota"}\n')
    assert [one.id for one in made.network.workers] == [f"data-science {n}" for n in (1, 2, 3)]
    (staff,) = [one for one in made.supposed if one.name == "roles.data-science.staff"]
    assert (staff.basis, staff.source) == (Basis.MEASURED, "the rota")


def test_without_a_register_people_are_supposed_and_it_says_so() -> None:
    made = network_of(OFFICE_STOP)
    names = {one.name for one in made.supposed}
    assert "default for the people of data-science" in names
    assert all(one.basis is Basis.ASSUMED for one in made.supposed)
    assert "default for overtime" in names


ACT = HEAD + (
    "  stop: {act: s, target: bot, wanted: off, effect: stop, undo: on, next: look}\n"
    "  look: {probe: e, target: LOOK, wanted: WANTED, next: over, on_not_shown: gone}\n"
    "  over: {end: completed}\n  gone: {end: failed}\n"
)


@pytest.mark.parametrize(
    ("target", "wanted", "contains"),
    [("bot", "off", "look"), ("bot.model", "off", "look"), ("else", "quiet", "look")],
)
def test_containment_is_what_a_probe_has_shown(target: str, wanted: str, contains: str) -> None:
    made = network_of(ACT.replace("LOOK", target).replace("WANTED", wanted))
    ways = [
        (one.id, way.result) for one in made.network.activities for way in one.ways if way.stops
    ]
    assert ways == [(contains, "shown")]


def test_a_stop_at_which_no_probe_looks_contains_when_it_is_done() -> None:
    plan = HEAD + (
        "  stop: {act: s, target: bot, wanted: off, effect: stop, undo: on, next: over}\n"
        "  over: {end: completed}\n"
    )
    made = network_of(plan, times='[kinds.act]\ntakes = {median = "7s", basis = "assumed"}\n'
                      'shares = {per_cent = {done = 100}, basis = "assumed"}\n')  # fmt: skip
    assert played(made, 0).contained == 7000


def test_a_probe_that_shows_it_without_the_act_contains_nothing() -> None:
    plan = HEAD + (
        "  ask: {ask: Off already, role: r, choices: {yes: look, no: stop}}\n"
        "  stop: {act: s, target: bot, wanted: off, effect: stop, undo: on, next: look}\n"
        "  look: {probe: e, target: bot, wanted: off, next: over, on_not_shown: gone}\n"
        "  over: {end: completed}\n  gone: {end: failed}\n"
    )
    sure = '[steps.ask]\nshares = {per_cent = {yes = 100, no = 0}, basis = "assumed"}\n'
    assert played(network_of(plan, times=sure), 0).contained == NEVER


TWO = HEAD + (
    "  back: {act: s, target: bot, wanted: v1, approvals: 2, limit: 1h, next: over,\n"
    "         on_failure: gone, on_limit: late, on_declined: gone, undo: before,\n"
    "         raci: {accountable: lead, responsible: [doer]}}\n"
    "  over: {end: completed}\n  gone: {end: failed}\n  late: {end: failed}\n"
)


def test_two_approvals_are_two_people() -> None:
    made = network_of(TWO)
    (asked,) = [one for one in made.network.activities if one.kind is Kind.PEOPLE]
    assert (asked.id, asked.people, len(asked.workers)) == ("back: approval", 2, 2)
    plan = plan_of(TWO.encode())
    alone = times_of('[roles.lead]\nstaff = {people = 1, basis = "assumed"}\n', plan)
    nothing, told = compiled(plan, "p.yaml", None, alone, MONDAY)
    assert nothing is None
    assert "steps.back.approvals: 2 must say yes, and 1 can" in str(told[0])


def test_who_must_help_to_approve_comes_from_the_plan_and_then_from_the_register() -> None:
    people = "".join(
        f'[people.{name}]\nname = "{name}"\nroles = ["{role}"]\n'
        for name, role in (("ana", "lead"), ("ben", "other"), ("cleo", "doer"))
    )
    made = network_of(TWO, people)
    (asked,) = [one for one in made.network.activities if one.kind is Kind.PEOPLE]
    assert [made.network.workers[who].id for who in asked.workers] == ["ana", "cleo", "ben"]


def test_the_register_may_ask_for_two_where_the_plan_asks_for_one() -> None:
    plan = HEAD + (
        "  yes: {approve: Go on, role: lead, next: over, on_declined: gone}\n"
        "  over: {end: completed}\n  gone: {end: failed}\n"
    )
    rule = (
        '[entity]\nlegal_name = "E"\n'
        '[[entity.proofs]]\ndecision = "approval"\nproof = "link"\npeople = 2\n'
    )
    people = "".join(f'[people.{n}]\nname = "{n}"\nroles = ["lead"]\n' for n in ("ana", "ben"))
    (one, _, _) = network_of(plan, people).network.activities
    (two, _, _) = network_of(plan, rule + people).network.activities
    assert (one.people, two.people) == (1, 2)


def test_an_approval_that_comes_too_late_leads_to_the_limit() -> None:
    slow = '[roles.lead]\nwork = {median = "2h", basis = "assumed"}\n' + (
        '[steps.back]\nreaction = {median = "1m", basis = "assumed"}\n'
    )
    made = network_of(TWO, times=slow)
    outcome = played(made, 34 * HOUR_MS)
    assert made.network.activities[outcome.last].id == "late" and outcome.ended == HOUR_MS
    assert missed(made, outcome) == ["back: limit"]


def test_the_shares_of_a_step_are_those_that_were_said() -> None:
    text = '[steps.confirm]\nshares = {per_cent = {yes = 75, no = 25}, basis = "assumed"}\n'
    ways = network_of(OFFICE_STOP, times=text).network.activities[0].ways
    assert [(w.result, w.share) for w in ways] == [
        ("yes", DRAW_MAX * 3 // 4), ("no", DRAW_MAX // 4), ("limit", 0)
    ]  # fmt: skip


def test_every_kind_of_step_becomes_an_activity_and_every_share_is_whole() -> None:
    made = network_of(EVERYTHING, EVERYBODY)
    by_id = {one.id: one for one in made.network.activities}
    assert {one.kind for one in by_id.values()} == set(Kind)
    for one in by_id.values():
        assert sum(way.share for way in one.ways) == DRAW_MAX, one.id
        assert all(way.to >= LOST for way in one.ways)
    assert by_id["ask"].within == by_id["wait"].within == made.network.start
    ended = {by_id_name(made, played(made, 0, n)) for n in range(200)}
    assert ended == {"over", "gone", "tell"}, "words that are not sent, and nothing follows"


def by_id_name(made: Compiled, outcome: Outcome) -> str:
    return made.network.activities[outcome.last].id


EVERYBODY = '[people.a]\nname = "A"\nemail = "a@b.org"\nroles = ["r"]\n'
EVERYTHING = HEAD + (
    "  start: {parallel: [ask, wait, page], next: seal, on_failure: gone}\n"
    "  ask: {ask: Q, role: r, choices: {yes: join, no: join}, limit: 1h, on_limit: no}\n"
    "  wait: {wait: 5m, rounds_max: 2, next: look, on_rounds_max: join}\n"
    "  look: {probe: e, target: t, wanted: w, next: join, on_not_shown: wait}\n"
    "  page: {page: r, text: T, within: 5m, next: join, on_unanswered: join}\n"
    "  seal: {seal: [log], budget: 30s, next: yes, on_insufficient: yes}\n"
    "  yes: {approve: Go on, role: r, next: act, on_declined: gone, limit: 1h, on_limit: gone}\n"
    "  act: {act: s, target: t, wanted: w, approvals: 1, limit: 2h, soft: 1h, from: yes,\n"
    "        undo: before, next: decide, on_failure: gone}\n"
    "  decide:\n"
    "    decide: [{when: results.seal == 'sealed', next: gate}]\n"
    "    otherwise: tell\n"
    "    undetermined: tell\n"
    "  gate:\n"
    "    gate: [{probe: e, target: t, wanted: w, criterion: safety}]\n"
    "    next: call\n    on_not_shown: gone\n    on_undetermined: gone\n"
    "  call: {call: other, next: tell, on_failure: gone, limit: 3h, on_limit: gone}\n"
    "  tell: {tell: r, subject: S, text: T, through: mail, next: over}\n"
    "  over: {end: completed}\n  gone: {end: failed}\n"
)


NIGHT_CALL = HEAD + (
    "  call: {page: data-science, text: Come, within: 5m, next: over, on_unanswered: gone}\n"
    "  over: {end: completed}\n  gone: {end: failed}\n"
)
QUICK_ANSWER = '[kinds.page]\nreaction = {median = "1m", basis = "assumed"}\n'


@pytest.mark.parametrize(("heard", "low", "high"), [(0, 0, 0), (30, 220, 300), (100, 400, 400)])
def test_a_call_at_night_is_heard_as_often_as_was_said(heard: int, low: int, high: int) -> None:
    said = f'off_hours = {{per_cent = {heard}, basis = "measured", source = "pager log"}}\n'
    made = network_of(NIGHT_CALL, OFFICE_PEOPLE, QUICK_ANSWER + said)
    engine, night = Engine(made.network, 1), 2 * HOUR_MS
    ended = [by_id_name(made, engine.run(number, night)) for number in range(400)]
    # One of three calls in a row is heard in 66 of 100 runs when each is in 30 of 100.
    assert low <= ended.count("over") <= high
    assert [one.source for one in made.supposed if one.name == "kinds.page.off_hours"] == [
        "pager log"
    ]
    assert by_id_name(made, engine.run(0, 34 * HOUR_MS)) == "over", "by day they hear it anyway"
