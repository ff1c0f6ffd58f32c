"""Reads bodies of other tools for tests, and gives the one signal or the mistakes they hold."""

from __future__ import annotations

import json

from tocsin.signals.formats import read_body
from tocsin.signals.model import Reading, Signal


def read(name: str, value: object, **said: str) -> Reading:
    return read_body(name, json.dumps(value).encode(), said)


def one(reading: Reading) -> Signal:
    assert reading.mistakes == ()
    (signal,) = reading.signals
    return signal


def told(reading: Reading) -> list[str]:
    assert reading.signals == ()
    return [str(mistake) for mistake in reading.mistakes]
