"""What `/metrics` tells of a home: counts and ages, never a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tocsin import __version__, wiring
from tocsin.cli.health.alive import ages
from tocsin.cli.health.clock import TIME_ERROR, kernel_says
from tocsin.cli.over_http.readiness import checks
from tocsin.desk.acting import outbox
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.playbook.outbox import WriteState
from tocsin.register.keyring import Keyring
from tocsin.web.metrics import Metric, by, gauge

DUE_MOST = 10_000


def gauges(opened: wiring.Opened) -> list[Metric]:
    """What there is to tell now; where the record cannot be read, what can be told without it."""
    found = list(_of_the_process(opened))
    try:
        found += _of_the_record(opened)
        found += _of_keys(opened.desk.knowledge.keyring(), opened.world.clock.now())
    except (Unreachable, BrokenLog, Refused):
        found.append(gauge("tocsin_record_readable", "1 if the record can be read", 0))
    return found


def _of_the_process(opened: wiring.Opened) -> Iterator[Metric]:
    yield Metric(name="tocsin_build_info", kind="gauge", about="the version that runs",
                 samples={(("version", __version__),): 1})  # fmt: skip
    seen = {one.name: float(one.ok) for one in checks(opened) if not one.name.startswith("process")}
    yield by("tocsin_ready", "1 if it is as it should be", "check", seen)
    in_step = kernel_says() != TIME_ERROR
    yield gauge("tocsin_clock_in_step", "1 unless the kernel says that the clock is alone", in_step)
    silent = ages(opened.home, opened.world.clock.now())
    if silent:
        yield by("tocsin_process_silent_seconds", "since the last sign of life", "process", silent)


def _of_the_record(opened: wiring.Opened) -> Iterator[Metric]:
    now, store = opened.world.clock.now(), opened.store
    yield gauge("tocsin_record_readable", "1 if the record can be read", 1)
    yield gauge("tocsin_record_entries", "entries under the newest checkpoint", store.size())
    yield gauge("tocsin_record_unproven", "entries not yet in the tree", store.unintegrated())
    incidents = len(store.logs(INCIDENT_PREFIX))
    yield gauge("tocsin_incidents", "incidents ever opened", incidents)
    due = store.due(now, DUE_MOST)
    oldest = max(((now - one.at).total_seconds() for one in due), default=0.0)
    yield gauge("tocsin_work_due", "pieces of work that are due and held by nobody", len(due))
    yield gauge("tocsin_work_due_oldest_seconds", "how long the oldest of them is due", oldest)
    writes = Counter(one.state.value for one in outbox.outbox(opened.desk))
    states = {state.value: float(writes[state.value]) for state in WriteState}
    yield by("tocsin_outbox_writes", "writes to the outside by state", "state", states)
    unanswering = len(outbox.breakers(opened.desk))
    yield gauge("tocsin_outbox_unanswering", "integrations that do not answer", unanswering)


def _of_keys(keyring: Keyring, now: datetime) -> Iterator[Metric]:
    standing = [one for one in keyring.keys if keyring.standing(one, now)]
    yield gauge("tocsin_keys_standing", "people's keys that prove somebody", len(standing))
    keys = [keyring.keys[one].valid_until for one in standing]
    tokens = [
        one.expires_at
        for one in keyring.tokens.values()
        if one.revoked_at is None and one.expires_at is not None and one.expires_at > now
    ]
    for name, ends in (("key", keys), ("token", tokens)):
        ahead = [(end - now).total_seconds() for end in ends if end is not None]
        if ahead:
            yield gauge(f"tocsin_next_{name}_end_seconds",
                        f"until the next {name} is worth nothing", min(ahead))  # fmt: skip
