"""A proven person lets a system come back without something its gate asks, and says why."""

from __future__ import annotations

import io
from datetime import datetime

from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.desk.recovery.recovery import gate_in_force, say
from tocsin.desk.recovery.told import telling_of
from tocsin.facts import Draft, Fact, Proof, Refused
from tocsin.facts.recovery import (
    ShortcutMadeGood,
    ShortcutTaken,
)
from tocsin.facts.runs import RunStarted
from tocsin.incident.obstacles import skippable
from tocsin.playbook import plan_of
from tocsin.register.mistakes import did_you_mean
from tocsin.world import Appended


def take_shortcut(
    desk: Writer,
    log: str,
    by: By,
    *,
    skipped: str,
    until: datetime,
    because: str,
    system: str | None = None,
    candidate: str | None = None,
) -> tuple[Appended, str]:
    """Let a candidate come back without something, for a while; counsel and commander are told.

    Returns:
        what was recorded, and why nobody is told, empty when they are.

    Raises:
        Refused: not signed by a person of the register, nothing such is asked, no reason, no end.
    """
    check_person(desk, by.author)
    if by.author.proof is not Proof.SIGNATURE:
        raise Refused(
            "a shortcut is signed by the person who answers for it: --as PERSON --key FILE"
        )
    gated, gate = gate_in_force(desk, log, system)
    known_names = skippable(gated.gate)
    if skipped not in known_names:
        among = f"it asks for {', '.join(known_names)}"
        raise Refused(
            f"the gate does not ask for {skipped}; {did_you_mean(skipped, known_names, among)}"
        )
    if not because.strip():
        raise Refused("say why it cannot wait (--because)")
    now = desk.world.clock.now()
    if until <= now:
        raise Refused(
            f"{until:%Y-%m-%d %H:%M} UTC is over; name the day by which it is done (--until)"
        )
    named = candidate or (gated.held.candidates or ("",))[-1]
    if not named:
        raise Refused("no candidate was measured yet; name it: --candidate VERSION")
    fact = ShortcutTaken(
        gate=gated.gate.place, system=gate.system, skipped=skipped, candidate=named,
        expires_at=until, because=because,
    )  # fmt: skip
    plan, untold = telling_of(desk, log, fact)

    def judge(known: Known) -> list[Draft]:
        at = desk.world.clock.now()
        facts: list[Fact] = [fact]
        if plan is not None:
            digest = desk.world.vault.put(io.BytesIO(plan)).digest
            run = f"run-{len(known.runs.by_id) + 1}"
            facts.append(RunStarted(run=run, plan=plan_of(plan, "shortcut").id, plan_digest=digest))
        return [draft(one, at) for one in facts]

    appended = desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    return appended, untold


def make_good(desk: Writer, log: str, by: By, *, skipped: str, because: str,
              system: str | None = None) -> Appended:  # fmt: skip
    """Say that what a shortcut had skipped was done after all. Raises Refused."""
    check_person(desk, by.author)
    gated, gate = gate_in_force(desk, log, system)
    standing = [key[1] for key, one in gated.held.shortcuts.items() if not one.made_good]
    if skipped not in standing:
        raise Refused(
            f"no shortcut around {skipped} stands; there are: {', '.join(standing) or 'none'}"
        )
    if not because.strip():
        raise Refused("say how it was done after all (--because)")
    fact = ShortcutMadeGood(
        gate=gated.gate.place, system=gate.system, skipped=skipped, because=because
    )
    return say(desk, log, [fact], by)
