"""Builds each kind of integration into hands, eyes and producers. Kinds are listed here alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from tocsin.connectors import http_evidence, kinds, mlflow_registry
from tocsin.connectors.calls import Caller
from tocsin.connectors.dead_man import DeadMan, DeadManSettings
from tocsin.connectors.http_evidence import HttpEvidence, HttpEvidenceSettings
from tocsin.connectors.http_model import HttpModel, HttpModelSettings
from tocsin.connectors.jira import Jira, JiraSettings
from tocsin.connectors.judge import HttpJudge, JudgeSettings
from tocsin.connectors.message import Open
from tocsin.connectors.mlflow import MlflowAlias, MlflowSettings
from tocsin.connectors.mlflow_registry import MlflowRegistry
from tocsin.connectors.mlflow_target import MlflowTarget, TargetSettings
from tocsin.connectors.pagerduty import PagerDuty, PagerDutySettings
from tocsin.connectors.references import proving, secret_at
from tocsin.connectors.smtp import SmtpMail, SmtpSettings
from tocsin.facts import ConnectorError, Refused, Unreachable
from tocsin.facts.summaries import Served
from tocsin.probes import kinds as probes
from tocsin.probes.canary import Canary, CanarySettings
from tocsin.probes.log_rate import LogRate, LogRateSettings
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.model import Integration
from tocsin.wiring.places import origin_of
from tocsin.wiring.switches import KIND as SWITCH
from tocsin.wiring.switches import switch_hand
from tocsin.world import (
    Beat,
    Clock,
    Connector,
    Courier,
    Judge,
    Probe,
    Producer,
    RandomIds,
    Reference,
    Source,
)

Settings = Mapping[str, str]
LOOKS = ("looks", "pause_seconds", "share")
TICKETS_BYTES_MAX = 1024 * 1024
JUDGE_SECONDS = "60"
"""What a model may take for a verdict, unless the register says otherwise."""


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """Hands, eyes, producers of evidence and signs of life, by integration id; logs by system."""

    hands: dict[str, Connector] = {}
    eyes: dict[str, Probe] = {}
    producers: dict[str, Producer] = {}
    sources: dict[str, Source] = {}
    references: dict[str, Reference] = {}
    beats: dict[str, Beat] = {}
    couriers: dict[str, Courier] = {}
    judges: dict[str, Judge] = {}
    models: dict[str, HttpModel] = {}
    unusable: list[Mistake] = []


class Building(msgspec.Struct, frozen=True, kw_only=True):
    """One integration being built, with what any kind may need.

    Args:
        open: opens what the vault keeps under a digest.
    """

    made: Equipment
    one: Integration
    home: Path
    clock: Clock
    open: Open

    @property
    def settings(self) -> Settings:
        """All that the register says, as text."""
        plain = {"place": self.one.place, **self.one.settings}
        return plain if self.one.secret is None else {**plain, "secret": self.one.secret}

    @property
    def own(self) -> Settings:
        """The same without the limits of calls."""
        return {k: v for k, v in self.settings.items() if k not in kinds.CALL_LIMITS}


def build(building: Building) -> None:
    """Add what this integration gives. Raises Refused, naming the kind or the setting."""
    kind = building.one.kind
    if kind in OTHER_KINDS:
        return
    if kind not in _BUILT:
        known = sorted([*_BUILT, *OTHER_KINDS])
        among = f"write one of {', '.join(known)}"
        raise Refused(f"no integration is of kind {kind!r}; {did_you_mean(kind, known, among)}")
    _BUILT[kind](building)


def _hand(b: Building) -> None:
    b.made.hands[b.one.id] = kinds.build(b.one.kind, b.settings, secret_at, b.clock)


def _file_switch(b: Building) -> None:
    settings = {**b.settings, "place": _in_home(b)}
    b.made.hands[b.one.id] = kinds.build(b.one.kind, settings, secret_at, b.clock)


def _switch(b: Building) -> None:
    hand = switch_hand(b.one, b.home, b.clock)
    b.made.hands[b.one.id], b.made.producers[b.one.id] = hand, hand


def _registry(b: Building) -> None:
    settings = kinds.settings_from(b.own, MlflowSettings, b.one.kind)
    headers = proving(settings.secret, secret_at)
    registry = MlflowRegistry(settings.place, _reader(b, mlflow_registry.ANSWER_BYTES_MAX), headers)
    hand = MlflowAlias(registry, settings.target, b.clock)
    b.made.hands[b.one.id], b.made.producers[b.one.id] = hand, hand


def _registry_target(b: Building) -> None:
    settings = kinds.settings_from(b.own, TargetSettings, b.one.kind)
    caller = _reader(b, mlflow_registry.ANSWER_BYTES_MAX)
    registry = MlflowRegistry(settings.place, caller, proving(settings.secret, secret_at))
    b.made.eyes[b.one.id] = MlflowTarget(
        registry, caller, settings.smoke, allow_unmanifested=settings.allow_unmanifested
    )


def _mail(b: Building) -> None:
    settings = kinds.settings_from(b.own, SmtpSettings, b.one.kind)
    limits, origin = kinds.limits_from(b.settings), origin_of(b.home)
    mail = SmtpMail(settings, limits, origin, b.open, secret_at, b.clock)
    b.made.hands[b.one.id], b.made.couriers[b.one.id] = mail, mail


def _pager(b: Building) -> None:
    settings = kinds.settings_from(b.own, PagerDutySettings, b.one.kind)
    caller, origin = kinds.caller_of(b.settings), origin_of(b.home)
    b.made.hands[b.one.id] = PagerDuty(settings, caller, origin, b.open, secret_at, b.clock)


def _tickets(b: Building) -> None:
    settings = kinds.settings_from(b.own, JiraSettings, b.one.kind)
    caller, origin = _reader(b, TICKETS_BYTES_MAX), origin_of(b.home)
    b.made.hands[b.one.id] = Jira(settings, caller, origin, b.open, secret_at, b.clock)


def _beat(b: Building) -> None:
    settings = kinds.settings_from(b.own, DeadManSettings, b.one.kind)
    caller = kinds.caller_of(b.settings)
    b.made.beats[b.one.id] = DeadMan(settings, caller, secret_at, b.clock)


def _judge(b: Building) -> None:
    settings = kinds.settings_from(b.own, JudgeSettings, b.one.kind)
    caller = kinds.caller_of({"timeout_seconds": JUDGE_SECONDS, **b.settings})
    headers = proving(settings.secret, secret_at)
    b.made.judges[b.one.id] = HttpJudge(settings, caller, headers, b.clock, RandomIds())


def _model(b: Building) -> None:
    settings = kinds.settings_from(b.own, HttpModelSettings, b.one.kind)
    caller = kinds.caller_of({"timeout_seconds": JUDGE_SECONDS, **b.settings})
    headers = proving(settings.secret, secret_at)
    b.made.models[b.one.id] = HttpModel(settings, caller, headers, b.clock)


def _evidence(b: Building) -> None:
    settings = kinds.settings_from(b.own, HttpEvidenceSettings, b.one.kind)
    caller, headers = (
        _reader(b, http_evidence.ANSWER_BYTES_MAX),
        proving(settings.secret, secret_at),
    )
    b.made.producers[b.one.id] = HttpEvidence(settings, caller, headers, b.clock)


def _eye(b: Building) -> None:
    own = dict(b.own)
    if b.one.kind == "file-state":
        own["place"] = _in_home(b)
    fetch = kinds.fetcher(b.settings)
    b.made.eyes[b.one.id] = probes.build(b.one.kind, own, fetch, b.clock)


def _canary(b: Building) -> None:
    plan = probes.plan_from({k: v for k, v in b.own.items() if k in LOOKS})
    own = {k: v for k, v in b.own.items() if k not in LOOKS}
    settings = kinds.settings_from(own, CanarySettings, b.one.kind)
    b.made.eyes[b.one.id] = Canary(
        settings, plan, kinds.poster(b.settings), kinds.fetcher(b.settings), b.clock
    )


def _log_rate(b: Building) -> None:
    """Its log is named by the system; where it lies, the system says."""
    own = {k: v for k, v in b.own.items() if k != "place"}
    settings = kinds.settings_from({"system": b.one.place, **own}, LogRateSettings, b.one.kind)
    sources = b.made.sources

    def served(rate: str, since: datetime) -> Served:
        source = sources.get(settings.system)
        if source is None:
            known = ", ".join(sorted(sources)) or "none"
            raise _unread(f"no log of {settings.system} is watched; watched are: {known}")
        try:
            return source.served(rate, since)
        except (Refused, Unreachable) as bad:
            raise _unread(str(bad)) from None

    b.made.eyes[b.one.id] = LogRate(settings, served)


def _unread(why: str) -> ConnectorError:
    return ConnectorError(why, may_have_acted=False)


def _reader(b: Building, answer_bytes_max: int) -> Caller:
    """What makes calls whose answers may be this long, unless the register says otherwise."""
    return kinds.caller_of({"answer_bytes_max": str(answer_bytes_max), **b.settings})


def _in_home(b: Building) -> str:
    return str(b.home.absolute() / b.one.place)


OTHER_KINDS = ("witness", "timestamp", "signals-in")
"""Integrations that are neither hand nor eye: whom an export asks to vouch for size and time, and
by whose secret alarms that come in are signed."""

_BUILT: Mapping[str, Callable[[Building], None]] = {
    "webhook": _hand,
    "file-switch": _file_switch,
    SWITCH: _switch,
    "mlflow": _registry,
    "mlflow-target": _registry_target,
    "smtp": _mail,
    "pagerduty": _pager,
    "jira": _tickets,
    "dead-man": _beat,
    "http-evidence": _evidence,
    "judge": _judge,
    "http-model": _model,
    "http-state": _eye,
    "file-state": _eye,
    "canary": _canary,
    "log-rate": _log_rate,
}

_ACTING = (_hand, _file_switch, _switch, _registry, _mail, _pager, _tickets)
_LOOKING = (_registry_target, _eye, _canary, _log_rate)


def acts(kind: str) -> bool:
    """Whether integrations of this kind act; True for an unknown kind, which is told elsewhere."""
    return (kind not in _BUILT or _BUILT[kind] in _ACTING) and kind not in OTHER_KINDS


def looks(kind: str) -> bool:
    """Whether integrations of this kind look; True for an unknown kind, as in `acts`."""
    return (kind not in _BUILT or _BUILT[kind] in _LOOKING) and kind not in OTHER_KINDS
