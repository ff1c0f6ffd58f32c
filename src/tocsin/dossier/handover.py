"""What whoever takes over an incident has to know, on one page: the same for screen, paper, script.

What is known and how surely, what runs, what waits for whom, what was promised to whom by when,
what is not known, and what happened last. Nothing in it is written by hand. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from markupsafe import Markup

from tocsin.dossier.account import Account
from tocsin.dossier.now import Now
from tocsin.dossier.pages import PAGES
from tocsin.facts import Access
from tocsin.facts.incidents import Grade
from tocsin.incident.dues import DueMoment
from tocsin.incident.timeline import TimelineRow
from tocsin.incident.words_due import due_subject
from tocsin.playbook import Run, RunStanding
from tocsin.playbook.show.palette import DARK, LIGHT

LAST_FACTS = 10
_GRADES = ((Grade.CONFIRMED, "known"), (Grade.SUSPECTED, "suspected"), (Grade.REFUTED, "wrong"))


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """The page.

    Args:
        role, holder, offered_to: what is handed over, who has it now, who is offered it.
        sections: each with its title and its lines, in the order in which they are read.
        hidden: how many entries this reader may not see.
    """

    incident: str
    name: str
    title: str
    status: str
    severity: str | None
    at: datetime
    role: str
    holder: str | None
    offered_to: str | None
    sections: Mapping[str, Sequence[str]]
    hidden: int


def handover_of(
    account: Account,
    now: Now,
    runs: Mapping[str, Run],
    dues: Iterable[DueMoment],
    rows: Sequence[TimelineRow],
    *,
    name: str,
    role: str,
    at: datetime,
) -> Handover:
    """The page for one role of one incident, as it stands at this instant.

    Args:
        now: the screen of the same incident at the same instant.
        rows: its timeline as this reader sees it.
    """
    incident = account.incident
    offered = incident.handover(role)
    return Handover(
        incident=incident.id,
        name=name,
        title=incident.title,
        status=now.status,
        severity=now.severity,
        at=at,
        role=role,
        holder=incident.holder(role),
        offered_to=offered.to if offered is not None else None,
        sections={
            "Harm": now.harm or ["nothing measured"],
            "Stopped": [now.stopped],
            "Known": list(_known(account)) or ["nothing is claimed yet"],
            "Not known": [
                f"{one.id}: {one.text}"
                for one in incident.open_questions
                if one.access is Access.OPS
            ]
            or ["no open question is on record"],
            "Running": list(_running(runs)) or ["no plan is at work"],
            "Waiting": [
                f"{one.what}: waits for {one.whom} since {_clock(one.since)}"
                + (f"; {one.command}" if one.command else "")
                for one in now.waiting
            ]
            or ["for nobody"],
            "Promised": [*now.promised, *_awaited(dues)] or ["nothing"],
            "Deadlines": list(now.clock),
            "Who does what": [f"{one.role}: {one.person}" for one in incident.roles]
            or ["no role is given"],
            "Last": [_row(row) for row in rows[-LAST_FACTS:]],
        },
        hidden=sum(row.hidden for row in rows),
    )


def as_text(page: Handover) -> str:
    """The page for a screen."""
    whose = f"{page.role}: {page.holder or 'nobody'}"
    offered = f", offered to {page.offered_to}" if page.offered_to else ""
    severity = page.severity or "severity not judged"
    lines = [
        f"{page.name}  {page.title}  [{severity}]  {page.status}",
        f"{whose}{offered}, {page.at:%d %b %Y %H:%M} UTC",
    ]
    for title, told in page.sections.items():
        lines += ["", title, *(f"  {line}" for line in told)]
    if page.hidden:
        lines += ["", f"{_hidden(page)} not for this reader"]
    return "\n".join(lines)


def as_html(page: Handover) -> str:
    """The page on one sheet for screen and print; it needs nothing else."""
    return PAGES.get_template("handover.html.j2").render(
        page=page, hidden=_hidden(page), look=Markup(_colours())
    )


def _hidden(page: Handover) -> str:
    return "1 entry is" if page.hidden == 1 else f"{page.hidden} entries are"


def _known(account: Account) -> Iterator[str]:
    claims = [one for one in account.incident.claims if one.access is Access.OPS]
    for grade, word in _GRADES:
        yield from (f"{word}: {one.statement}" for one in claims if one.grade is grade)


def _running(runs: Mapping[str, Run]) -> Iterator[str]:
    for run in runs.values():
        if run.is_open:
            paused = f" ({run.standing.value})" if run.standing is not RunStanding.ACTIVE else ""
            last = run.moves[-1] if run.moves else None
            where = f", at {last.next}" if last is not None and last.next else ""
            yield f"{run.id}: {run.plan}{paused}{where}, since {_clock(run.at)}"


def _awaited(dues: Iterable[DueMoment]) -> Iterator[str]:
    for one in sorted(dues, key=lambda due: due.at):
        yield f"at {_clock(one.at)} {one.role} is told: {due_subject(one.what, one.about)}"


def _row(row: TimelineRow) -> str:
    return f"{row.recorded_at:%d %b %H:%M:%S} {row.who}: {row.text}" if row.who else row.text


def _clock(at: datetime) -> str:
    return f"{at:%d %b %H:%M} UTC"


def _colours() -> str:
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
