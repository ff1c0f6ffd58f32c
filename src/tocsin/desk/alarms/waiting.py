"""Tells who is called already of all that waits, in one line and once for each set of findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.incidents import Noted
from tocsin.incident.alarms import Alarms, Deed, deed_of

NAMED_MOST = 3


def tell_of_waiting(desk: Writer, author: Author) -> list[str]:
    """Write into the room of the last page what has no page left; the words, empty for nothing.

    Repeating it changes nothing, whoever did it before.
    """
    alarms, now = alarms_of(desk), desk.world.clock.now()
    waiting = alarms.waiting()
    if not waiting:
        return []
    _, end = alarms.shift(now)
    words = waiting_words(alarms, f"until {end:%H:%M} UTC")
    paged = [one.log for one in alarms.pages_in(now) if one.log is not None]
    if paged:
        names = " ".join(sorted(one.ranked.finding for one in waiting))

        def judge(_: Known) -> Sequence[Draft]:
            return [draft(Noted(text=words), now)]

        key = f"waiting/{sha256_hex(names.encode())}"
        desk.decide_known(paged[-1], judge, author, client_key=key)
    return [words]


def shift_words(desk: Writer) -> list[str]:
    """What the shift before this one found without calling anybody, in one line; empty for none."""
    alarms = alarms_of(desk)
    until, _ = alarms.shift(desk.world.clock.now())
    since = until - timedelta(hours=alarms.shift_hours)
    quiet = [
        one
        for one in alarms.ranked.values()
        if since <= one.at < until and deed_of(one.ranked) is not Deed.CALLS
    ]
    if not quiet:
        return []
    findings = "1 finding" if len(quiet) == 1 else f"{len(quiet)} findings"
    return [
        f"digest: from {since:%d %b %H:%M} to {until:%H:%M} UTC {findings} called nobody; see: "
        "tocsin digest"
    ]


def waiting_words(alarms: Alarms, until: str) -> str:
    """How many findings wait, which, why, and what a person can do."""
    waiting = alarms.waiting()
    named = [f"{one.ranked.system}: {one.ranked.detector}" for one in waiting[:NAMED_MOST]]
    more = f" and {len(waiting) - NAMED_MOST} others" if len(waiting) > NAMED_MOST else ""
    wait = "1 more finding waits" if len(waiting) == 1 else f"{len(waiting)} more findings wait"
    return (
        f"{wait}, and NOBODY IS CALLED for it: {'; '.join(named)}{more}. A shift brings "
        f"{alarms.pages_most} pages, and they have been, {until}; what stands then is told anew. "
        "See all: tocsin digest. To be called for more: tocsin paging --pages N --because ..."
    )
