"""Wires what pagers say back: the secrets with which those in force sign."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from tocsin.connectors.references import secret_at
from tocsin.web.pager_answers import add_pager_answers
from tocsin.wiring.live import Opened

SETTING = "answers_secret"


def pager_answers(opened: Opened) -> Callable[[FastAPI], None]:
    """What adds the door for pagers to an application."""

    def secrets() -> list[str]:
        named = [one.settings.get(SETTING, "") for one in opened.in_force.integrations.values()
                 if one.kind == "pagerduty"]  # fmt: skip
        return [secret_at(reference) for reference in named if reference]

    return lambda made: add_pager_answers(made, opened.desk, secrets)
