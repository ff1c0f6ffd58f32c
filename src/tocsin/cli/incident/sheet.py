"""What is known about an incident, on one screen: for a person at 03:00, and for scripts.

Nothing stands on it that only counsel, or only the board, may read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.cli.frame.screen import Answer
from tocsin.desk.reading import EVERYDAY
from tocsin.dossier.duties import duty_lines, told_duties
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts import Entry
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.incidents import Relation
from tocsin.facts.runs import Effect
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.legal import Legal, legal_of
from tocsin.incident.model import Awareness, Incident, Link, earliest_awareness
from tocsin.incident.phase import functions
from tocsin.incident.timeline import is_weak
from tocsin.playbook import OrderRecord, OrderStanding, Run, RunStanding, replay_runs

NEVER = "not carried out: the run is over"


def sheet(
    entries: Sequence[Entry], name: str, at: datetime, law_wrong: Sequence[str] = ()
) -> Answer:
    """The incident that these entries tell of, under its short id, as it stands at this instant.

    Args:
        law_wrong: what is wrong with the law by which its duties are reckoned.
    """
    entries = as_read_by(entries, EVERYDAY)
    incident, runs = replay(entries), replay_runs(entries)
    mark = _Mark(entries)
    lines = [
        *_head(incident, name, mark),
        *_people(incident, mark),
        *_deadlines(entries, name, at),
        *(f"  law         {one}" for one in law_wrong),
        *_known(incident, mark),
        *_plans(runs, name),
    ]
    plain = plain_of(incident, runs, legal_of(entries), name)
    return Answer(data={**plain, "warnings": list(law_wrong)}, text="\n".join(lines))


def plain_of(
    incident: Incident, runs: Mapping[str, Run], legal: Legal, name: str
) -> dict[str, object]:
    """The incident, its runs and duties for scripts; of entries that everybody may read."""
    plain: dict[str, object] = msgspec.to_builtins(incident)
    aware = earliest_awareness(incident)
    plain |= {
        "incident": incident.id,
        "short": name,
        "severity": incident.severity.severity.value if incident.severity else None,
        "functions": [one.value for one in functions(incident.phase)],
        "aware_since": aware.at if aware else None,
        "duties": told_duties(legal),
        "runs": [
            {
                "run": run.id,
                "plan": run.plan,
                "plan_digest": run.plan_digest,
                "called_by": run.caller[0] if run.caller else None,
                "standing": run.standing.value,
                "ending": run.ending.value if run.ending else None,
                "actions": [
                    {
                        "action": order.seq,
                        "step": order.fact.step,
                        "target": order.fact.target,
                        "wanted": order.fact.wanted,
                        "standing": _standing(run, order),
                        "attempts": order.attempts,
                        "stands_since": order.stands_since,
                    }
                    for order in run.orders.values()
                ],
                "asks": [
                    {"step": one.fact.step, "choices": one.fact.choices, "role": one.fact.role}
                    for one in run.questions.values()
                    if one.choice is None and not _is_over(run)
                ],
                "asks_approval": [
                    {"question": one.seq, "step": one.fact.step, "role": one.fact.role}
                    for one in run.approvals.values()
                    if one.result is None and not _is_over(run)
                ],
            }
            for run in runs.values()
        ],
    }
    return plain


class _Mark:
    """What is put behind words whose author nothing proves."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._weak = {one.seq for one in entries if is_weak(one.author)}

    def __call__(self, seq: int) -> str:
        return " [not proven]" if seq in self._weak else ""


def _head(incident: Incident, name: str, mark: _Mark) -> list[str]:
    judged = incident.severity
    severity = judged.severity.value if judged else "severity not judged"
    lines = [
        f"{name}  {flat(incident.title)}",
        f"  {incident.status.value}, {severity}, {incident.phase.value} "
        f"({', '.join(one.value for one in functions(incident.phase))})",
        f"  systems     {', '.join(map(flat, incident.systems)) or 'none named'}",
        f"  discovered  {_at(incident.discovered_at)}",
        f"  harm began  {_at(incident.occurred_at)}",
    ]
    if incident.unregistered:
        lines.append(f"  NOT IN THE REGISTER: {', '.join(map(flat, incident.unregistered))}")
    if judged:
        lines.append(
            f"  because     {'; '.join(map(flat, judged.reasons))} (judged by {judged.by}"
            f"{mark(judged.seq)})"
        )
    return lines


def _people(incident: Incident, mark: _Mark) -> list[str]:
    lines = [
        f"  {held.role:11} {flat(held.person)} since {_at(held.at)}{mark(held.seq)}"
        for held in incident.roles
    ]
    lines += [
        f"  {one.role} is offered to {flat(one.to)}{mark(one.seq)}" for one in incident.handovers
    ]
    seen = [f"{flat(one.by)}{mark(one.seq)}" for one in incident.acknowledgements]
    lines.append(f"  looking     {', '.join(seen) or 'NOBODY YET: tocsin incident ack'}")
    lines += [_aware(one, mark) for one in sorted(incident.awareness, key=lambda a: (a.at, a.seq))]
    return lines


def _aware(one: Awareness, mark: _Mark) -> str:
    """An awareness, also one that counsel ruled out: it stays, and is told as what it is."""
    ruled = "" if one.counts or one.ruling is None else "; RULED OUT by counsel"
    if one.ruling is not None and one.counts:
        ruled = "; counsel ruled that it counts"
    if one.ruling is not None:
        ruled += mark(one.ruling.seq)
    return (
        f"  aware       {flat(one.person)} ({one.standing.value}) since {_at(one.at)}"
        f"{mark(one.seq)}{ruled}"
    )


def _deadlines(entries: Sequence[Entry], name: str, at: datetime) -> list[str]:
    """What was set as due by when, each as it was set last, the next one first."""
    newest = {
        entry.fact.deadline: entry.fact for entry in entries if isinstance(entry.fact, DeadlineSet)
    }
    by = sorted(newest.values(), key=lambda one: one.conservative_at)
    lines = [f"  due         {flat(one.deadline)} by {_at(one.conservative_at)}" for one in by]
    asked = duty_lines(legal_of(entries), at, name)
    advice = [NOT_ADVICE] if asked else []
    return lines + [f"  law         {one}" for one in [*asked, *advice]]


def _known(incident: Incident, mark: _Mark) -> list[str]:
    lines = [
        f"  {one.id} {one.grade.value:10} {flat(one.statement)}{mark(one.gradings[-1].seq)}"
        for one in incident.claims
    ]
    lines += [
        f"  {one.id} OPEN        {flat(one.text)}{mark(one.seq)}" for one in incident.open_questions
    ]
    lines += [
        f"  {_link_words(one, incident)} {one.other}{mark(one.seq)}" for one in incident.links
    ]
    return lines


def _link_words(one: Link, incident: Incident) -> str:
    """How another incident stands to this one; a merger that was taken back is told as that."""
    over = one.relation is Relation.MERGED_INTO and incident.merged_into is None
    return "was merged into (reopened since; goes on here)" if over else one.relation.value


def flat(text: str) -> str:
    """Words on one line: what someone wrote over several must not look like lines of ours."""
    return " ".join(text.split())


def _plans(runs: Mapping[str, Run], name: str) -> list[str]:
    lines: list[str] = []
    for run in runs.values():
        ended = f", {run.ending.value}" if run.ending else ""
        called = f", called by {run.caller[0]}" if run.caller else ""
        lines.append(f"  {run.id}  plan {run.plan}: {run.standing.value}{ended}{called}")
        for order in run.orders.values():
            lines.append(
                f"    {order.seq:>4} {_wish(order)}: "
                f"{_standing(run, order)} since {_at(order.stands_since)}"
                + _next_step(run, order, name)
            )
        lines += [
            f"    asks {one.fact.role}: {one.fact.question} ({' or '.join(one.fact.choices)}): "
            f"tocsin incident answer {name} {one.fact.step} CHOICE"
            for one in run.questions.values()
            if one.choice is None and not _is_over(run)
        ]
        lines += [
            f"    {one.seq:>4} asks {one.fact.role} to approve: {flat(one.fact.subject)}: "
            f"tocsin incident approve {name} {one.seq} --as YOU --key FILE"
            for one in run.approvals.values()
            if one.result is None and not _is_over(run)
        ]
    return lines


def _wish(order: OrderRecord) -> str:
    """What an order wants; words are named by whom they are for, not by their digest."""
    fact = order.fact
    if fact.effect is Effect.TELL:
        return f"{fact.connector}: words for {fact.target}"
    return f"{fact.target} -> {fact.wanted}"


def _is_over(run: Run) -> bool:
    return run.standing in (RunStanding.CANCELLED, RunStanding.ENDED)


def _standing(run: Run, order: OrderRecord) -> str:
    """How an order stands; one that its run will never carry out does not look as if it would."""
    if _is_over(run) and order.standing in (OrderStanding.AWAITING, OrderStanding.READY):
        return NEVER
    return order.standing.value


def _next_step(run: Run, order: OrderRecord, name: str) -> str:
    standing, seq = order.standing, order.seq
    if _is_over(run) and standing is not OrderStanding.UNKNOWN:
        return ""
    if standing is OrderStanding.AWAITING:
        return f"; next: tocsin incident approve {name} {seq} --as YOU --key FILE"
    if standing is OrderStanding.UNKNOWN:
        return f"; look, then: tocsin incident outcome {name} {seq} done|not-done --basis ..."
    return ""


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if instant else "not known"
