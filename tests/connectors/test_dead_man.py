"""A sign of life is given when it is due, and one that was not heard is due again at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from small_web import Asked, Said, Web, small_web
from tocsin.connectors.dead_man import DeadMan, DeadManSettings
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def beating(web: Web, clock: VirtualClock, **settings: object) -> DeadMan:
    chosen = DeadManSettings(**{"place": "env:SIGN", **settings})  # type: ignore[arg-type]
    return DeadMan(chosen, web.caller(1.0), lambda _: web.url("/ping/T0K3N"), clock)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_loop_may_call_as_often_as_it_likes(method: str) -> None:
    clock = VirtualClock(NIGHT)
    with small_web(lambda asked: Said()) as web:
        beat = beating(web, clock, method=method)
        given = []
        for _ in range(13):
            beat()
            given.append(len(web.asked))
            clock.sleep(10)
        assert given == [1] * 6 + [2] * 6 + [3]
        assert [(a.method, a.path) for a in web.asked] == [(method, "/ping/T0K3N")] * 3


@pytest.mark.parametrize("said", [Said(status=404), Said(status=503), Said(lost=True)])
def test_a_sign_that_was_not_heard_is_due_again(said: Said) -> None:
    clock, answers = VirtualClock(NIGHT), [said, Said(status=204)]

    def answer(asked: Asked) -> Said:
        return answers.pop(0)

    with small_web(answer) as web:
        beat = beating(web, clock)
        with pytest.raises(ConnectorError) as unheard:
            beat()
        assert "T0K3N" not in str(unheard.value)
        beat()
        beat()
        assert len(web.asked) == 2


@pytest.mark.parametrize("wrong", [{"method": "PUT"}, {"every_seconds": -1.0}])
def test_settings_that_would_fail_later_are_refused_now(wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        beating(Web(lambda asked: Said()), VirtualClock(NIGHT), **wrong)
