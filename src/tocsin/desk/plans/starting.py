"""Starts the plans that a finding triggers, each once for one change; and says why when none is.

A run that goes on, or that ended after the change began, deals with it already.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.home_files import HomePlan, triggered_by
from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft, Fact, Refused
from tocsin.facts.alarms import Ranked
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.findings import Found
from tocsin.facts.incidents import Noted
from tocsin.facts.runs import RunEnded, RunStarted
from tocsin.incident.fold import replay
from tocsin.incident.model import Status


def starts(
    desk: Writer,
    known: Known,
    found: Found,
    plans: Sequence[HomePlan],
    problems: Sequence[str],
) -> list[Fact]:
    """The runs that this finding starts; where a plan cannot be started, that and the reason."""
    return starts_of(desk, known, found.detector, found.since, plans, problems)


def starts_of(
    desk: Writer,
    known: Known,
    trigger: str,
    since: datetime,
    plans: Sequence[HomePlan],
    problems: Sequence[str],
) -> list[Fact]:
    """The runs that this trigger starts for what began then, as `starts` gives them."""
    facts: list[Fact] = []
    number = len(known.runs.by_id)
    for one in plans:
        if not _is_needed(known, one, since):
            continue
        try:
            check_equipment(desk.world, one.plan)
        except Refused as why:  # it calls people all the same; what is missing fails by itself
            facts.append(Noted(text=f"{one.file} is started, but NOT ALL of it can work: {why}"))
        number += 1
        facts.append(RunStarted(run=f"run-{number}", plan=one.plan.id, plan_digest=one.plan.digest))
    facts += [Noted(text=f"A plan cannot be read, and may be missing here: {p}") for p in problems]
    if not plans and not known.runs.by_id:
        facts.append(
            Noted(
                text=f"No plan in HOME/playbooks is started by {trigger}, so that NOBODY IS "
                "CALLED; name it under `triggers:` of a plan, or run one by hand"
            )
        )
    return facts


def call_for(
    desk: Writer, found: Found, ranked: Ranked, log: str, author: Author, key: str
) -> tuple[str, ...]:
    """Start the plans of a finding that an open incident tells of; the runs that were started.

    Args:
        ranked: the decision that it calls people now.
        key: under the same key it is done once.
    """
    plans, problems = triggered_by(desk.world.home, found.detector, found.system)
    for one in plans:
        desk.world.vault.put(io.BytesIO(one.data))  # before any fact names it

    def judge(known: Known) -> Sequence[Draft]:
        if replay(known.entries).status is not Status.OPEN:
            return []
        now = desk.world.clock.now()
        facts = [ranked, *starts(desk, known, found, plans, problems)]
        return [draft(fact, now) for fact in facts]

    appended = desk.decide_known(log, judge, author, client_key=key)
    if appended.repeated:
        return ()
    mine = desk.world.journal.read(log, appended.first_seq - 1)
    mine = mine[: appended.last_seq - appended.first_seq + 1]
    return tuple(entry.fact.run for entry in mine if isinstance(entry.fact, RunStarted))


def nobody_words(log: str, found: Found, plans: Sequence[HomePlan]) -> str:
    """That a finding calls nobody, and what a person can do about it."""
    incident = log.removeprefix(INCIDENT_PREFIX)
    how = "; ".join(f"tocsin incident run {incident} HOME/{one.file}" for one in plans)
    by_hand = f" To call people, begin its plan: {how}" if how else ""
    return f"NOBODY IS CALLED for what {found.detector} found.{by_hand}"


def _is_needed(known: Known, one: HomePlan, since: datetime) -> bool:
    """Whether no run of this plan is going on here, and none that ended dealt with this change."""
    mine = {run.id for run in known.runs.by_id.values() if run.plan == one.plan.id}
    if any(known.runs.by_id[run].is_open for run in mine):
        return False
    ends = [
        entry.happened_at
        for entry in known.entries
        if isinstance(entry.fact, RunEnded) and entry.fact.run in mine
    ]
    return not ends or since > max(ends)
