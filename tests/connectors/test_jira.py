"""Tickets in a system without a key: what is written, what is read, and what a lost answer does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_web import Said
from ticket_side import LAG_SECONDS, TOKEN, TicketsStanding, tickets_standing
from tocsin.connectors.jira import (
    SUMMARY_CHARACTERS_MAX,
    Call,
    JiraSettings,
    commenting,
    document,
    moving,
    opening,
    searching,
)
from tocsin.connectors.message import Message
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Order

SETTINGS = JiraSettings(place="https://x.atlassian.net", secret="env:J", project="OPS")
SHARED = os.environ.get("TOCSIN_SHARED")
needs_contract = pytest.mark.skipif(
    SHARED is None, reason="TOCSIN_SHARED is not set: Jira's own contract is NOT checked"
)


@pytest.fixture
def place() -> Iterator[TicketsStanding]:
    with tickets_standing() as standing:
        yield standing


def order(wanted: str, key: str = "incident/7K3/14", target: str = "7K3") -> Order:
    return Order(key=key, target=target, wanted=wanted)


def contract(*path: str) -> Any:
    return json.loads((Path(SHARED or "") / "data" / "vendor" / Path(*path)).read_text())


def check_body(spec: Any, route: str, method: str, call: Call) -> None:
    content = spec["paths"][route][method]["requestBody"]["content"]["application/json"]
    schema = content["schema"] | {"components": spec["components"]}
    jsonschema.Draft7Validator(schema).validate(json.loads(call.data))


WORDS = Message(subject="The assistant invents refunds", body="Since 12:00.\nOne in ten.\n\nMore.")


@needs_contract
def test_every_planned_call_keeps_the_vendors_contract() -> None:
    spec = contract("specs", "jira-trimmed.json")
    routes = (
        (opening(SETTINGS, "o", order("opened: x"), WORDS), "/rest/api/3/issue", "post"),
        (commenting("OPS-1", order("commented: x"), WORDS),
         "/rest/api/3/issue/{issueIdOrKey}/comment", "post"),
        (moving("OPS-1", "2"), "/rest/api/3/issue/{issueIdOrKey}/transitions", "post"),
    )  # fmt: skip
    for call, route, method in routes:
        assert call.method.lower() == method
        assert call.path == route.replace("{issueIdOrKey}", "OPS-1")
        check_body(spec, route, method, call)
    asked = spec["paths"]["/rest/api/3/search/jql"]["get"]["parameters"]
    assert {"jql", "fields", "maxResults"} <= {one["name"] for one in asked}
    assert searching(SETTINGS, "tocsin-1").path.startswith("/rest/api/3/search/jql?jql=")


@needs_contract
def test_the_contract_has_teeth() -> None:
    spec = contract("specs", "jira-trimmed.json")
    wrong = Call(method="POST", path="/rest/api/3/issue", body={"properties": [{"keys": "x"}]})
    with pytest.raises(jsonschema.ValidationError):
        check_body(spec, "/rest/api/3/issue", "post", wrong)


@needs_contract
@given(st.text(max_size=300))
def test_any_text_becomes_a_document_of_the_vendors_own_format(text: str) -> None:
    schema = contract("schemas", "adf-full.json")
    jsonschema.Draft4Validator(schema).validate(document(text))


@given(st.text(max_size=600))
def test_a_summary_is_one_line_that_fits(text: str) -> None:
    call = opening(SETTINGS, "o", order("opened: x"), Message(subject=text or "x", body=""))
    fields: Any = (call.body or {})["fields"]
    assert "\n" not in fields["summary"] and len(fields["summary"]) <= SUMMARY_CHARACTERS_MAX


def test_a_ticket_is_opened_commented_on_and_moved(place: TicketsStanding) -> None:
    hand = place.hand()
    opened = hand.act(order("opened: It invents refunds"))
    assert (opened.outcome, opened.reference) == (Outcome.DONE, "OPS-1") and opened.written
    place.clock.sleep(LAG_SECONDS)
    assert hand.look("7K3") == "OPS-1 is To Do" and hand.look("9X1") == "absent"
    digest = place.drawer.put("Update", "People answer now.")
    commented = hand.act(order(f"commented:{digest}", key="incident/7K3/15"))
    assert commented.reference == "OPS-1#comment-1"
    moved = hand.act(order("status: done", key="incident/7K3/16"))
    assert moved.outcome is Outcome.DONE and hand.look("7K3") == "OPS-1 is Done"
    again = hand.act(order("status: done", key="incident/7K3/17"))
    assert again.outcome is Outcome.ALREADY
    issue = place.tickets.issues[0]
    assert issue["fields"]["summary"] == "It invents refunds" and len(issue["comments"]) == 1
    assert (hand.repeatable, hand.lag_seconds, hand.only_tells) == (
        Repeatable.NEITHER, LAG_SECONDS, True,
    )  # fmt: skip


def test_a_second_opening_of_one_ticket_finds_the_first(place: TicketsStanding) -> None:
    place.hand().act(order("opened: one"))
    place.clock.sleep(LAG_SECONDS)
    again = place.hand().act(order("opened: one", key="incident/7K3/99"))
    assert (again.outcome, again.reference) == (Outcome.ALREADY, "OPS-1")
    assert len(place.tickets.issues) == 1


def test_what_was_taken_is_found_by_our_key_once_it_is_shown(place: TicketsStanding) -> None:
    place.tickets.loses_answers = 1
    wish = order("opened: one")
    with pytest.raises(ConnectorError) as lost:
        place.hand().act(wish)
    assert lost.value.may_have_acted
    assert place.hand().find(wish) is None, "the index does not show it yet"
    place.clock.sleep(LAG_SECONDS)
    found = place.hand().find(wish)
    assert found is not None and found.reference == "OPS-1" and found.written
    comment = order("commented: two", key="incident/7K3/15")
    assert place.hand().find(comment) is None
    place.tickets.loses_answers = 1
    with pytest.raises(ConnectorError):
        place.hand().act(comment)
    found = place.hand().find(comment)
    assert found is not None and found.reference == "OPS-1#comment-1"


def test_a_comment_is_found_behind_a_hundred_others(place: TicketsStanding) -> None:
    place.hand().act(order("opened: one"))
    place.clock.sleep(LAG_SECONDS)
    mine = order("commented: mine", key="incident/7K3/15")
    place.hand().act(mine)
    place.tickets.issues[0]["comments"] += [{"id": str(n), "body": {}} for n in range(150)]
    found = place.hand().find(mine)
    assert found is not None and found.reference == "OPS-1#comment-1"


def test_a_comment_waits_for_the_ticket_to_be_shown(place: TicketsStanding) -> None:
    place.hand().act(order("opened: one"))
    with pytest.raises(ConnectorError, match="not yet") as early:
        place.hand().act(order("commented: two", key="incident/7K3/15"))
    assert early.value.retry and not early.value.may_have_acted


@pytest.mark.parametrize(
    ("said", "may_have_acted", "retry", "wait"),
    [
        (Said(status=429, headers={"Retry-After": "7"}), False, True, 7.0),
        (Said(status=429, headers={"RateLimit-Reason": "jira-per-issue-on-write",
                                   "X-RateLimit-Reset": "2026-11-26T12:01:00Z"}),
         False, True, 60.0),
        (Said(status=400, body=b'{"errors":{"x":"Field x is required"}}'), False, False, None),
        (Said(status=401), False, False, None),
        (Said(status=500), True, True, None),
        (Said(status=201, body=b"<html>"), True, True, None),
        (Said(status=201, body=b'{"key":"../x"}'), True, True, None),
        (Said(lost=True), True, True, None),
    ],
)  # fmt: skip
def test_what_the_answer_to_a_write_means(
    place: TicketsStanding, said: Said, may_have_acted: bool, retry: bool, wait: float | None
) -> None:
    place.tickets.says = said
    with pytest.raises(ConnectorError) as bad:
        place.hand().act(order("opened: one"))
    failed = bad.value
    assert (failed.may_have_acted, failed.retry) == (may_have_acted, retry)
    assert failed.retry_after_seconds == wait
    if "RateLimit-Reason" in said.headers:
        assert "jira-per-issue-on-write" in str(failed)
    assert TOKEN.partition(":")[2] not in str(failed)


@pytest.mark.parametrize("wanted", ["off", "opened:", "closed: x", "opened"])
def test_what_is_no_ticket_work_is_refused_with_what_is(
    place: TicketsStanding, wanted: str
) -> None:
    with pytest.raises(ConnectorError, match="commented: WORDS") as bad:
        place.hand().act(order(wanted))
    assert not bad.value.retry and place.web.asked == []


def test_a_status_that_cannot_be_reached_names_those_that_can(place: TicketsStanding) -> None:
    place.hand().act(order("opened: one"))
    place.clock.sleep(LAG_SECONDS)
    with pytest.raises(ConnectorError, match="To Do, In Progress, Done"):
        place.hand().act(order("status: Vanished", key="incident/7K3/15"))


@pytest.mark.parametrize(
    ("how", "says"),
    [({"project": "ops x"}, "a key such as OPS"), ({"secret": "plain"}, "env:NAME"),
     ({"lag_seconds": 0.0}, "above 0")],
)  # fmt: skip
def test_settings_that_would_fail_later_are_refused_now(
    place: TicketsStanding, how: dict[str, Any], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        place.hand(**how)
