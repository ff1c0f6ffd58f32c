"""Which paths take alarms in, in the shapes that their senders expect; pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote

import msgspec

from tocsin.signals.formats import FORMATS
from tocsin.signals.opsgenie import ACTION, ALIAS, IDENTIFIER_TYPE

PREFIX = "/in"
"""Every path is also taken under this one, for whoever wants them behind one door."""

ALERTS, ENQUEUE, LOGS, REPORT, SIGNALS = (
    "/v2/alerts", "/v2/enqueue", "/v1/logs", "/report", "/signals/",
)  # fmt: skip


REQUESTS = "requests"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes.

    Args:
        integration: named by the path; its secret must have signed.
        said: what the path tells a reader.
        asks: the id of a request of which is asked what became of it.
    """

    format: str
    integration: str = ""
    said: Mapping[str, str] = {}
    asks: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """How it may be asked."""
        if self.asks:
            return ("GET",)
        if self.format == "form":
            return ("GET", "HEAD", "POST")
        return ("POST", "PUT") if self.said else ("POST",)


_FIXED = {
    ENQUEUE: Route(format="pagerduty"),
    ALERTS: Route(format="opsgenie"),
    LOGS: Route(format="otlp"),
    REPORT: Route(format="form"),
    **{f"{SIGNALS}{name}": Route(format=name) for name in FORMATS if name != "form"},
}


def route_of(path: str, query: bytes) -> Route | None:
    """The route of a path; None when it is no door for alarms.

    Args:
        path: as it was sent, so that a slash within an alias is one.
    """
    if path.startswith(f"{PREFIX}/"):
        path = path[len(PREFIX) :]
    found = _FIXED.get(path) or _FIXED.get(path.rstrip("/"))
    if found is not None:
        return found
    if path.startswith(f"{ALERTS}/"):
        return _about_an_alert(path[len(ALERTS) + 1 :], query)
    if path.startswith(SIGNALS):
        format_, _, integration = path[len(SIGNALS) :].partition("/")
        if format_ in FORMATS and format_ != "form" and integration and "/" not in integration:
            return Route(format=format_, integration=unquote(integration))
    return None


def _about_an_alert(rest: str, query: bytes) -> Route | None:
    alias, _, action = rest.rstrip("/").partition("/")
    if not alias or "/" in action:
        return None
    if alias == REQUESTS and action:
        return Route(format="opsgenie", asks=unquote(action))
    try:
        asked = parse_qs(query.decode("ascii"), max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        asked = {}
    kind = (asked.get(IDENTIFIER_TYPE) or ["id"])[0]
    said = {ALIAS: unquote(alias, errors="replace"), ACTION: action, IDENTIFIER_TYPE: kind}
    return Route(format="opsgenie", said=said)
