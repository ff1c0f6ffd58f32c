"""A canary asks as a customer would, and says shown only when every answer came as it should."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime

import pytest

from small_web import Asked, Said, Web, small_web
from tocsin.connectors.kinds import fetcher, poster
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Refused
from tocsin.facts.runs import Verdict
from tocsin.probes.agreement import Plan
from tocsin.probes.canary import Canary, CanarySettings
from tocsin.world import Reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def by_model(version: str = "2") -> Said:
    answer = {"served_by": "assistant", "version": version, "answer": "on its way"}
    return Said(body=json.dumps(answer).encode())


PEOPLE = Said(body=b'{"served_by": "people", "version": "2", "answer": "somebody will write"}')
OTHERS = {"/search": Said(body=b"ok"), "/queue": Said(body=b"ok")}


def canary(web: Web, **settings: object) -> Canary:
    chosen = {"place": web.url("/chat"), "questions": "hello | where is it", **settings}
    return Canary(
        CanarySettings(**chosen),  # type: ignore[arg-type]
        Plan(looks=4),
        poster(web.settings(1.0)),
        fetcher(web.settings(1.0)),
        VirtualClock(NOON),
    )


def sampled(
    *answers: Said, wanted: str = "off", others: dict[str, Said] | None = None
) -> tuple[Reading, Web]:
    turns = itertools.cycle(answers)
    beside = {**OTHERS, **(others or {})}

    def answer(asked: Asked) -> Said:
        return next(turns) if asked.path == "/chat" else beside[asked.path]

    with small_web(answer) as web:
        probe = canary(web, others=tuple(web.url(path) for path in beside))
        return probe.sample("assistant", wanted, NOON), web


@pytest.mark.parametrize(
    ("answers", "wanted", "verdict"),
    [
        ((PEOPLE,), "off", Verdict.SHOWN),
        ((PEOPLE,), "on", Verdict.NOT_SHOWN),
        ((PEOPLE,), "version:2", Verdict.NOT_SHOWN),  # whoever routes there, the model is off
        ((by_model(),), "on", Verdict.SHOWN),
        ((by_model(),), "off", Verdict.NOT_SHOWN),
        ((by_model("1"),), "version:1", Verdict.SHOWN),
        ((by_model("2"),), "version:1", Verdict.NOT_SHOWN),
        ((by_model("1"), by_model("2")), "version:1", Verdict.UNDETERMINED),
        ((PEOPLE, by_model()), "off", Verdict.UNDETERMINED),
        ((PEOPLE, by_model("1")), "version:1", Verdict.UNDETERMINED),
        ((PEOPLE, PEOPLE, PEOPLE, Said(lost=True)), "off", Verdict.UNDETERMINED),
        ((PEOPLE, Said(status=503)), "off", Verdict.UNDETERMINED),
        ((Said(after_seconds=1.5),), "off", Verdict.UNDETERMINED),
        ((Said(body=b"<html>"),), "off", Verdict.UNDETERMINED),
        ((Said(body=b"[]"),), "off", Verdict.UNDETERMINED),
        ((Said(body=b"{}"),), "on", Verdict.UNDETERMINED),
        ((Said(body=b'{"served_by": 1}'),), "on", Verdict.UNDETERMINED),
        ((Said(body=b'{"served_by": ""}'),), "on", Verdict.UNDETERMINED),
        ((Said(body=b'{"served_by": "assistant"}'),), "version:1", Verdict.NOT_SHOWN),
    ],
)
def test_only_what_every_answer_says_is_shown(
    answers: tuple[Said, ...], wanted: str, verdict: Verdict
) -> None:
    assert sampled(*answers, wanted=wanted)[0].verdict is verdict


def test_questions_are_asked_in_turn_and_what_else_must_go_on_is_asked_too() -> None:
    reading, web = sampled(PEOPLE)
    asked = [json.loads(a.body)["question"] for a in web.asked if a.path == "/chat"]
    assert asked == ["hello", "where is it"] * 2 and reading.sample == 4
    assert "4 of 4 looks: off" in reading.seen
    assert f"{web.url('/search')} answers" in reading.seen and "NOT untouched" not in reading.seen


@pytest.mark.parametrize("broken", [Said(status=500), Said(lost=True), Said(status=404)])
def test_a_neighbour_that_stopped_answering_is_part_of_what_was_seen(broken: Said) -> None:
    reading, web = sampled(PEOPLE, others={"/search": broken})
    assert reading.verdict is Verdict.SHOWN  # the hypothesis is about the target
    assert f"{web.url('/search')} is NOT untouched" in reading.seen
    assert f"{web.url('/queue')} answers" in reading.seen


def test_another_systems_fields_are_named_in_the_settings() -> None:
    said = Said(body=b'{"by": "humans", "release": "7"}')
    with small_web(lambda asked: said) as web:
        probe = canary(
            web, ask="text", request='{"segment": "en"}', served_by="by", version="release",
            fallback="humans",
        )  # fmt: skip
        assert probe.sample("bot", "off", NOON).verdict is Verdict.SHOWN
        assert json.loads(web.asked[0].body) == {"segment": "en", "text": "hello"}


@pytest.mark.parametrize(
    "wrong", [{"questions": " | "}, {"questions": ""}, {"request": "[]"}, {"request": "{"}]
)
def test_a_canary_that_could_not_ask_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused):
        canary(Web(lambda asked: Said()), **wrong)
