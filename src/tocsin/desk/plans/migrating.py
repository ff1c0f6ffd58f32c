"""A run goes on by another version of its plan: a person's explicit word, with the reason.

Without it a run keeps the version that it began with, whatever becomes of the file.
"""

from __future__ import annotations

import io

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_oneself, check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.facts import Draft, Refused
from tocsin.facts.courses import RunMigrated
from tocsin.playbook import RunStanding, plan_of
from tocsin.playbook.migration import unmigratable
from tocsin.world import Appended


def migrate(
    desk: Writer, log: str, run: str, plan: bytes, because: str, by: By, *, file: str = "plan"
) -> Appended:
    """Let a run go on by these bytes from where it stands.

    Raises:
        Refused: not a person who proves themselves as well as they can, a plan with mistakes or
            without its hands, a run that is over, or a version in which what has begun would mean
            something else; all reasons at once.
    """
    check_person(desk, by.author)
    check_oneself(desk, by.author)
    if not because.strip():
        raise Refused("say why the plan changes under a run: --because")
    new = plan_of(plan, file)
    check_equipment(desk.world, new)
    digest = desk.world.vault.put(io.BytesIO(plan)).digest

    def judge(known: Known) -> list[Draft]:
        found, knowledge = known.run(run), desk.knowledge
        if found.standing not in (RunStanding.ACTIVE, RunStanding.PAUSED):
            raise Refused(f"run {run} is {found.standing.value}; there is nothing to migrate")
        spots = knowledge.spots(known, found).now()
        against = unmigratable(found, spots, knowledge.plan(found), new)
        if against:
            listed = "\n".join(f"  {one}" for one in against)
            raise Refused(
                f"{run} cannot go on by {file}:\n{listed}\n"
                "let it come past these steps first, or cancel it and start the plan anew"
            )
        fact = RunMigrated(
            run=run, from_digest=found.plan_digest, to_digest=digest, because=because.strip()
        )
        return [draft(fact, desk.world.clock.now())]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
