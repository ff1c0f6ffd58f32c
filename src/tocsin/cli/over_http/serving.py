"""The application that `tocsin web` serves: the pages, and the API with every command offered."""

from __future__ import annotations

from fastapi import FastAPI

from tocsin.cli.frame.arguments import Parser
from tocsin.cli.over_http.gauges import gauges
from tocsin.cli.over_http.operations import operations
from tocsin.cli.over_http.readiness import checks
from tocsin.cli.over_http.resources import Resources, described
from tocsin.cli.over_http.running import Runner
from tocsin.facts import Refused
from tocsin.web.api.openapi import Doc, document
from tocsin.web.api.operation import Call, Operation, Outcome
from tocsin.web.api.routes import Api
from tocsin.web.application import application
from tocsin.web.health import Health
from tocsin.web.metrics import Metrics
from tocsin.wiring import Opened
from tocsin.wiring.pager import pager_answers


def served(opened: Opened) -> FastAPI:
    """The application for a home that is open."""
    clock = opened.world.clock
    api = Api(opened.desk, operations(Runner(opened)), described())
    health = Health(lambda: checks(opened), clock)
    metrics = Metrics(api, lambda: gauges(opened), clock)
    own = [api.add, Resources(api, opened).add, health.add, metrics.add]
    return application(opened.desk, [*own, pager_answers(opened)])


def offered_operations() -> list[Operation]:
    """What is offered, without a home to carry it out in."""
    return operations(_nowhere)


def described_api() -> Doc:
    """The description of the API, without a home."""
    return document(offered_operations(), described())


def _nowhere(parser: Parser, words: str, call: Call) -> Outcome:
    raise Refused(f"{words} is carried out by `tocsin web`, in a home")
