"""The formats that are understood, by name: one reader for each, and how a body is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.signals.alertmanager import read_alertmanager, read_grafana
from tocsin.signals.cloudevents import read_cloudevents
from tocsin.signals.form import read_form
from tocsin.signals.mlflow import read_mlflow
from tocsin.signals.model import BodyMistake, Reading
from tocsin.signals.opsgenie import read_opsgenie
from tocsin.signals.pagerduty import read_pagerduty


def read_otlp(body: bytes, said: Mapping[str, str]) -> Reading:
    """As `otlp.read_otlp`, whose library is loaded only when logs arrive."""
    from tocsin.signals.otlp import read_otlp as read

    return read(body, said)


Reader = Callable[[bytes, Mapping[str, str]], Reading]
BODY_BYTES_MAX = 1024 * 1024

FORMATS: Mapping[str, Reader] = {
    "alertmanager": read_alertmanager,
    "grafana": read_grafana,
    "pagerduty": read_pagerduty,
    "opsgenie": read_opsgenie,
    "cloudevents": read_cloudevents,
    "otlp": read_otlp,
    "mlflow": read_mlflow,
    "form": read_form,
}


def read_body(format_: str, body: bytes, said: Mapping[str, str]) -> Reading:
    """What a body carries, or every mistake in it."""
    if len(body) > BODY_BYTES_MAX:
        remedy = f"send at most {BODY_BYTES_MAX:,} at once"
        wrong = BodyMistake(field="", found=f"{len(body):,} bytes", remedy=remedy)
        return Reading(mistakes=(wrong,))
    reader = FORMATS.get(format_)
    if reader is None:
        remedy = f"write one of: {', '.join(FORMATS)}"
        return Reading(mistakes=(BodyMistake(field="format", found=format_[:40], remedy=remedy),))
    return reader(body, said)
