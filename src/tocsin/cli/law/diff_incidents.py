"""What another law means for the incidents of a home, as everybody may read them."""

from __future__ import annotations

import argparse

import msgspec

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.screen import Screen
from tocsin.desk.law.duties import asked_of
from tocsin.duties.changes import DutyChange, changes_for
from tocsin.duties.law import Law
from tocsin.facts import incident_log
from tocsin.incident.fold import replay
from tocsin.incident.legal import legal_of
from tocsin.incident.model import Status
from tocsin.register.profile import profile_of
from tocsin.wiring.knowledge import has_files


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, and what becomes of its duties."""

    incident: str
    short: str
    title: str
    changes: tuple[DutyChange, ...]


def compared(
    args: argparse.Namespace, screen: Screen, old: Law, new: Law
) -> tuple[Compared, ...] | None:
    """Each incident that is open, or of which a duty outlived its end, asked by both laws as things
    stand now; None where there is no home.
    """
    if not has_files(args.home):
        return None
    with reading.looking(args, screen) as opened:
        now = opened.world.clock.now()
        register = opened.desk.knowledge.nearest_register()
        known = short.incidents(opened.store)
        found: list[Compared] = []
        for one in known:
            entries = reading.shown(opened, incident_log(one))
            legal = legal_of(entries)
            if legal.is_done:
                continue
            incident = replay(entries)
            if incident.status is Status.UNOPENED:
                continue
            profile = profile_of(register, incident.systems)
            before, after = (asked_of(law, incident, legal, profile, now) for law in (old, new))
            found.append(
                Compared(
                    incident=one,
                    short=short.shortest(one, known),
                    title=incident.title,
                    changes=changes_for(before.duties, after.duties),
                )
            )
    return tuple(found)
