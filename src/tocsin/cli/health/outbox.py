"""What the doctor says of what is written outside."""

from __future__ import annotations

from collections import Counter

from tocsin import wiring
from tocsin.cli.health.finding import Finding
from tocsin.desk.acting import outbox
from tocsin.desk.acting.signs import PROCESSES, waited_for


def outside(opened: wiring.Opened) -> list[Finding]:
    """Whether all that was to be written outside went out, and whether everybody there answers."""
    unsettled = outbox.unsettled(opened.desk)
    counts = Counter(one.state.value for one in unsettled)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    waited = waited_for(opened.world.beats)
    alone = [process for process in PROCESSES if not waited[process]]
    left_alone = [one.connector for one in outbox.breakers(opened.desk)]
    return [
        Finding(
            what="signs of life",
            ok=True,
            seen=", ".join(
                f"{process}: {', '.join(names)}" for process, names in waited.items() if names
            )
            or "nobody outside waits for one",
            remedy=f"nobody outside notices if these fall silent: {', '.join(alone)}; name a "
            'watch for each by an integration of kind "dead-man" with of = "work"'
            if alone
            else "",
        ),
        Finding(
            what="outbox",
            ok=not unsettled,
            seen=told or "nothing waits for a person",
            remedy="" if not unsettled else "say what shall become of each: tocsin outbox list",
        ),
        Finding(
            what="integrations that do not answer",
            ok=not left_alone,
            seen=", ".join(left_alone) or "none",
            remedy="" if not left_alone else "see why, and until when: tocsin outbox list",
        ),
    ]
