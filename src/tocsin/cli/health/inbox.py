"""What `tocsin doctor` says of alarms from outside: what lies undecided, who has not looked."""

from __future__ import annotations

import os
from datetime import timedelta

from tocsin import wiring
from tocsin.cli.health.finding import Finding, told
from tocsin.desk.inbound.triage import taken_of
from tocsin.facts import Refused, Unreachable
from tocsin.inbox.store import Inbox

DATABASE_VARIABLE = "TOCSIN_DATABASE_URL"
PAGE = 100
UNDECIDED_FOR_LONG = timedelta(minutes=1)


def inbox(opened: wiring.Opened) -> list[Finding]:
    """Whether what came in is decided, and looked at; nothing where nothing ever came."""
    there = Inbox(opened.home)
    if not there.is_there:
        return []
    try:
        taken, now = taken_of(opened.desk), opened.world.clock.now()
        some = there.after(taken.cursor, PAGE)
        left = [one for one in some if not taken.has_decided(one.place, proven=one.proven)]
        count = there.last() - taken.cursor if left else 0
    except (Unreachable, Refused) as bad:
        return [told("alarms from outside", bad)]
    finally:
        there.close()
    old = bool(left) and now - left[0].received_at > UNDECIDED_FOR_LONG
    late = [one.fact.item for one in taken.waiting if one.fact.due_at < now]
    found = [
        Finding(
            what="alarms from outside",
            ok=not old,
            seen=f"{count} came in and are not decided" if count else "all decided",
            remedy="nobody takes them in: keep `tocsin work` running" if old else "",
        ),
        Finding(
            what="triage",
            ok=not late,
            seen=f"nobody has looked in time at {', '.join(late[:5])}"
            + (f" and {len(late) - 5} more" if len(late) > 5 else "")
            if late
            else f"{len(taken.waiting)} wait, none too long",
            remedy="look: tocsin triage list" if late else "",
        ),
    ]
    if os.environ.get(DATABASE_VARIABLE):
        found.append(
            Finding(
                what="the inbox beside PostgreSQL",
                ok=True,
                seen="it is a file of this home all the same: `tocsin web` and `tocsin work` must "
                "run on the machine where it lies, and a copy of the database does not hold it",
            )
        )
    return found
