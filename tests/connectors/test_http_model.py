"""A model at an address for tests: what it says, what is no answer, and what is no refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from small_web import Asked, Said, Web, small_web
from tocsin.connectors.calls import Caller
from tocsin.connectors.http_model import HttpModel, HttpModelSettings
from tocsin.connectors.kinds import limits_from
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Refused
from tocsin.facts.replays import Expected, Item

START = datetime(2026, 11, 27, 8, tzinfo=UTC)


def item(request: str | dict[str, object] = "hello") -> Item:
    return Item(id="a1", request=request, expected=Expected(equals="x"))


@contextmanager
def model(
    said: Callable[[Asked], Said], seconds: float = 5.0, **settings: object
) -> Iterator[tuple[HttpModel, Web]]:
    with small_web(said) as web:
        given = {"place": web.url("/ask"), "purpose": "replay", **settings}
        caller = Caller(limits_from({**web.settings(seconds), "answer_bytes_max": "10000"}))
        clock = VirtualClock(START)
        yield HttpModel(HttpModelSettings(**given), caller, dict, clock), web  # type: ignore[arg-type]


def says(**fields: object) -> Callable[[Asked], Said]:
    return lambda asked: Said(body=json.dumps(fields).encode())


def test_the_template_takes_the_request_whatever_it_holds() -> None:
    hostile = '"}, {"version": "1", "x": "{version}'
    body = '{"v": "{version}", "all": ["{ask}"], "kept": "ask {ask}"}'
    with model(says(answers=[{"text": "fine"}], version="7"), body=body,
               answer="answers.0.text") as (one, web):  # fmt: skip
        said = one.ask(item(hostile), "7")
        assert json.loads(web.asked[0].body) == {"v": "7", "all": [hostile], "kept": "ask {ask}"}
        assert (said.text, said.version, said.serves) == ("fine", "7", "version:7")
        one.ask(item({"q": 1}), None)
        assert json.loads(web.asked[1].body)["all"] == [{"q": 1}]


def test_another_version_than_the_one_that_was_asked_is_no_answer() -> None:
    with model(says(answer="x", version=6)) as (one, _):
        assert one.ask(item(), "7").why == "version 6 answered, and 7 was asked"


def test_a_status_is_a_refusal_only_where_it_was_declared() -> None:
    with model(lambda asked: Said(status=404)) as (one, web):
        said = one.ask(item(), None)
        assert not said.rejected and "answered 404" in said.why and len(web.asked) == 1
    with model(lambda asked: Said(status=403), refusal_status=("403",)) as (one, _):
        assert one.ask(item(), None).rejected


def test_a_refusal_may_be_told_by_its_words_or_by_who_serves() -> None:
    with model(says(answer="I cannot help with that"), refusal="(?i)cannot help") as (one, _):
        assert one.ask(item(), None).rejected
    with model(says(served_by="people")) as (one, _):
        said = one.ask(item(), None)
        assert said.rejected and said.serves == "off"


def test_it_is_asked_again_when_no_answer_came_and_told_when_none_comes() -> None:
    told = iter([Said(status=503), Said(lost=True), Said(body=b'{"answer": "x"}')])
    with model(lambda asked: next(told)) as (one, _):
        said = one.ask(item(), None)
        assert (said.text, said.tries) == ("x", 3)
    with model(lambda asked: Said(status=429, headers={"Retry-After": "99999"})) as (one, web):
        said = one.ask(item(), None)
        assert said.why == "asked 3 times: it answered 429" and len(web.asked) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Said(body=b"not json"), "no JSON"),
        (Said(body=b"[" * 9000), "no JSON"),
        (Said(body=b'{"other": 1}'), "has no answer"),
        (Said(body=b"x" * 20_000), "more than 10000 bytes"),
        (Said(after_seconds=2), "no whole answer within 0.3 s"),
    ],
)
def test_what_is_no_answer_is_told_and_never_raised(answer: Said, says: str) -> None:
    with model(lambda asked: answer, seconds=0.3, retries=0) as (one, _):
        said = one.ask(item(), None)
        assert said.text is None and says in said.why


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"purpose": ""}, "never goes to live users"),
        ({"purpose": "live"}, "never goes to live users"),
        ({"body": "{"}, "no JSON"),
        ({"body": "{}"}, "must say where the request goes"),
        ({"refusal": "("}, "no regular expression"),
        ({"refusal_status": ("200",)}, "from 400 to 499"),
        ({"concurrency": 0}, "concurrency is from 1"),
        ({"retries": 99}, "retries is from 0"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(Refused, match=says), model(lambda asked: Said(), **settings):
        pass
