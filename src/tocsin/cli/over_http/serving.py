"""The application that `tocsin web` serves: the pages, and the API with every command offered."""

from __future__ import annotations

from fastapi import FastAPI

from tocsin.cli.over_http.operations import operations
from tocsin.cli.over_http.running import Runner
from tocsin.web.api.routes import Api
from tocsin.web.application import application
from tocsin.wiring import Opened


def served(opened: Opened) -> FastAPI:
    """The application for a home that is open."""
    api = Api(opened.desk, operations(Runner(opened)))
    return application(opened.desk, [api.add])
