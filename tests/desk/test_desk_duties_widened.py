"""An incident that comes to be about more systems is asked about again, and says what moved it."""

from __future__ import annotations

import msgspec
from test_desk_duties import BREACH_RULE, answer, aware, house, outcomes, says

from desk_register import adopted
from desk_world import LOG
from tocsin.desk.law.duties import reckon_all, reckon_owed
from tocsin.facts.incidents import Widened
from tocsin.facts.legal import Moved, Standing


def test_a_system_that_comes_to_it_brings_what_the_register_says_of_it() -> None:
    desk, _ = house()
    there = desk.knowledge.register()
    abroad = msgspec.structs.replace(there.systems["assistant"], jurisdictions=("US",))
    here = msgspec.structs.replace(there.systems["other"], jurisdictions=("DE",))
    systems = there.systems | {"assistant": abroad, "other": here}
    profile = {"roles": ("controller", "provider")}
    adopted(desk, msgspec.structs.replace(there, systems=systems, profile=profile))
    aware(desk)
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    assert not any(one.standing is Standing.RAISED for one in outcomes(desk, BREACH_RULE))
    says(desk, Widened(systems=("other",), unregistered=(), because="it fails too"))
    place = desk.known(LOG).last_seq
    assert reckon_owed(desk, LOG), "the law is owed an answer"
    last = outcomes(desk, BREACH_RULE)[-1]
    assert (last.standing, last.moved, last.entry) == (Standing.RAISED, Moved.ENTRY, place)
    assert last.why == f"entry {place}: the incident is about more systems"
    assert not reckon_owed(desk, LOG)
    assert reckon_all(desk) == 0
