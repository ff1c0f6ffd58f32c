"""Builds a probe from the plain words of a register: its kind and its settings as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from tocsin.facts import Refused
from tocsin.probes.agreement import Plan
from tocsin.probes.file_state import FileStateProbe
from tocsin.probes.http_state import Fetch, HttpStateProbe
from tocsin.world import Clock, Probe

KINDS = ("http-state", "file-state")
_PLAN = {"looks", "pause_seconds", "share"}
_SETTINGS = {"http-state": {"place", "field"} | _PLAN, "file-state": {"place"} | _PLAN}


def build(kind: str, settings: Mapping[str, str], fetch: Fetch, clock: Clock) -> Probe:
    """The probe of this kind with these settings.

    Args:
        settings: `place`, and if wanted `looks`, `pause_seconds`, `share`; `http-state` also takes
            `field`.
        fetch: makes one guarded call; only `http-state` uses it.

    Raises:
        Refused: an unknown kind or setting, or one that is missing or out of range.
    """
    if kind not in KINDS:
        raise Refused(f"no probe is of kind {kind!r}; known are {', '.join(KINDS)}")
    unknown = sorted(set(settings) - _SETTINGS[kind])
    if unknown:
        known = ", ".join(sorted(_SETTINGS[kind]))
        raise Refused(f"{kind} has no setting {unknown[0]!r}; known are {known}")
    plan = plan_from(settings)
    place = settings.get("place", "")
    if kind == "file-state":
        return FileStateProbe(place, plan, clock)
    return HttpStateProbe(place, settings.get("field", "state"), plan, fetch, clock)


def plan_from(settings: Mapping[str, str]) -> Plan:
    """How often to look, as these settings say. Raises Refused."""
    usual = Plan()
    try:
        plan = Plan(
            looks=int(settings.get("looks", usual.looks)),
            pause_seconds=float(settings.get("pause_seconds", usual.pause_seconds)),
            share=settings.get("share", usual.share),
        )
        share = Decimal(plan.share)
    except (ValueError, InvalidOperation) as bad:
        raise Refused(f"looks, pause_seconds and share are numbers: {bad}") from None
    if not 2 <= plan.looks <= 1000 or not 0 <= plan.pause_seconds <= 3600:
        raise Refused("looks is 2 to 1000, pause_seconds 0 to 3600")
    if not (share.is_finite() and 0 < share <= 1):
        raise Refused("share is above 0 and at most 1, such as 0.5")
    return plan
