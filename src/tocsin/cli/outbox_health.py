"""What the doctor says of what is written outside."""

from __future__ import annotations

from collections import Counter

from tocsin import wiring
from tocsin.cli.health import Finding
from tocsin.desk import outbox


def outside(opened: wiring.Opened) -> list[Finding]:
    """Whether all that was to be written outside went out, and whether everybody there answers."""
    unsettled = outbox.unsettled(opened.desk)
    counts = Counter(one.state.value for one in unsettled)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    left_alone = [one.connector for one in outbox.breakers(opened.desk)]
    return [
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
