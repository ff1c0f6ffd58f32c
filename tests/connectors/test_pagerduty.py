"""A page calls a person once, however often it is sent, and tells a refusal from a lost answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from far_side import standing
from pager_side import ROUTE, PagerStanding, pager_standing
from small_web import Said
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Order


@pytest.fixture
def place() -> Iterator[PagerStanding]:
    with pager_standing() as found:
        yield found


def ordered(place: PagerStanding, key: str = "incident/7K3/17", body: str = "Come.") -> Order:
    text = place.drawer.put("The assistant is failing", body)
    return Order(key=key, target="ana", wanted=f"paged:{text}")


def failure(place: PagerStanding, **how: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        place.hand(**how).act(ordered(place))  # type: ignore[arg-type]
    return failed.value


def test_the_words_reach_the_pager_and_the_receipt_claims_no_more_than_that(
    place: PagerStanding,
) -> None:
    receipt = place.hand().act(ordered(place))
    ((key, event),) = place.pager.alerts.items()
    assert key == "tocsin.example/record/incident/7K3/17"
    payload = event["payload"]
    assert isinstance(payload, dict)
    assert payload["summary"] == "The assistant is failing: Come."
    assert (payload["severity"], payload["component"]) == ("critical", "ana")
    assert payload["custom_details"] == {
        "person": "ana", "subject": "The assistant is failing", "text": "Come.\n",
        "order": "incident/7K3/17", "tocsin_mark": key, "tocsin_hops": 1,
    }  # fmt: skip
    assert receipt.outcome is Outcome.DONE and receipt.before.startswith("not looked at")
    assert receipt.after.startswith(f"the call to ana was taken as {key}: 202 ")


def test_a_repetition_joins_the_open_alert_and_another_order_opens_one(
    place: PagerStanding,
) -> None:
    place.pager.loses_answers = 1
    lost = failure(place)
    assert lost.may_have_acted and lost.retry
    place.hand().act(ordered(place))
    assert place.pager.events == 2 and len(place.pager.alerts) == 1
    assert place.hand().repeatable is Repeatable.KEYED
    place.hand().act(ordered(place, key="incident/7K3/18"))
    place.hand(origin="other.example/record").act(ordered(place))
    assert len(place.pager.alerts) == 3


def test_long_words_and_keys_are_cut_to_what_a_pager_takes(place: PagerStanding) -> None:
    order = ordered(place, body="very " * 500)
    place.hand(origin="o" * 250).act(order)
    ((key, event),) = place.pager.alerts.items()
    payload = event["payload"]
    assert isinstance(payload, dict)
    assert len(key) <= 255 and len(payload["summary"]) == 1024
    assert payload["summary"].endswith("...")


@pytest.mark.parametrize(
    ("said", "may_have_acted", "retry", "wait"),
    [(Said(status=400, body=b'{"status":"invalid event"}'), False, False, None),
     (Said(status=403), False, False, None),
     (Said(status=429, headers={"Retry-After": "7"}), False, True, 7.0),
     (Said(status=500), True, True, None), (Said(status=503), True, True, None),
     (Said(status=307, headers={"Location": "https://else.example"}), False, False, None),
     (Said(status=200, body=b"<html>welcome</html>"), True, True, None),
     (Said(status=200, body=b'{"status":"success"}'), True, True, None),
     (Said(status=202, body=b""), True, True, None),
     (Said(status=202, body=b'{"status":"throttled"}'), True, True, None),
     (Said(status=202, body=b'{"status":"success","dedup_key":"x"}'), True, True, None),
     (Said(lost=True), True, True, None), (Said(after_seconds=2), True, True, None)],
)  # fmt: skip
def test_only_202_and_success_for_this_very_call_is_a_call(
    place: PagerStanding, said: Said, may_have_acted: bool, retry: bool, wait: float | None
) -> None:
    place.pager.says = said
    failed = failure(place, seconds=1.0)
    assert (failed.may_have_acted, failed.retry) == (may_have_acted, retry)
    assert failed.retry_after_seconds == wait


def test_a_wrong_routing_key_is_final_and_stands_in_no_message(place: PagerStanding) -> None:
    failed = failure(place, route="WR0NG-KEY-0123456789")
    assert not failed.retry and "unknown routing_key" in str(failed)
    assert "WR0NG" not in str(failed)
    place.pager.says = Said(status=202, body=f'{{"status":"success","k":"{ROUTE}"}}'.encode())
    assert ROUTE not in place.hand().act(ordered(place)).after
    assert ROUTE not in repr(vars(place.hand()))


def test_nobody_there_calls_nobody(place: PagerStanding) -> None:
    away = failure(place, url="http://127.0.0.1:1/v2/enqueue")
    assert not away.may_have_acted and away.retry


@pytest.mark.parametrize(
    ("how", "says"), [({"secret": ROUTE}, "env:NAME"), ({"severity": "sev1"}, "critical")]
)
def test_settings_that_would_fail_later_are_refused_now(
    place: PagerStanding, how: dict[str, str], says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        place.hand(**how)  # type: ignore[arg-type]
    assert ROUTE not in str(refused.value)


def test_a_webhook_can_page_too() -> None:
    order = Order(key="incident/7K3/17", target="ana", wanted="paged:" + "a" * 64)
    with standing() as far:
        far.far.state["ana"] = "not paged"
        receipt = far.webhook(Repeatable.KEYED).act(order)
        assert (receipt.outcome, receipt.after) == (Outcome.DONE, order.wanted)
        far.webhook(Repeatable.KEYED, sees=False).act(order)
        assert far.far.effects == [order.key]  # the second call carried the same key
