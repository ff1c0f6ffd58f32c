"""An inbox on a disk that fails once: `failing_inbox.py FOLDER WHEN ERROR`.

Each call to the disk fails in turn. Prints the name of each call that failed.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from failing_disk import When, failed, failing
from tocsin.facts import Unreachable
from tocsin.facts.deliveries import Arrival
from tocsin.inbox.store import Inbox

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
BATCHES = 3


def batch(number: int) -> list[Arrival]:
    return [
        Arrival(format="pagerduty", source="prom", proven=True, delivery=delivery, said={},
                body=b"%d/%s" % (number, delivery.encode()), received_at=NOON)
        for delivery in ("", f"d{number}", "")
    ]  # fmt: skip


def live(home: Path, acknowledged: dict[int, bytes]) -> None:
    """Keep some batches; what is refused is sent again, as any sender would."""
    inbox = Inbox(home)
    try:
        for number in range(BATCHES):
            arrivals = batch(number)
            try:
                kept = inbox.keep(arrivals)
            except Unreachable:
                kept = inbox.keep(arrivals)
            acknowledged.update(
                {one.place: sent.body for one, sent in zip(kept, arrivals, strict=True)}
            )
            inbox.tidy()
    finally:
        with contextlib.suppress(Unreachable):  # all that was acknowledged is on disk already
            inbox.close()


def main(folder: Path, when: When, error: int) -> None:
    for call in itertools.count(1):
        home = folder / str(call)
        home.mkdir(parents=True)
        acknowledged: dict[int, bytes] = {}
        with failing(home, call, when, error):
            live(home, acknowledged)
        assert len(acknowledged) == 3 * BATCHES
        there = {one.place: one.body for one in Inbox(home).after(0, 1000)}
        for place, body in acknowledged.items():
            assert there.get(place) == body, f"{failed()} lost place {place}"
        shutil.rmtree(home)
        if not failed():
            return
        print(failed(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), When(int(sys.argv[2])), int(sys.argv[3]))
