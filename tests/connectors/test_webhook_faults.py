"""What a webhook does when the other end, or the way there, behaves badly."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates import Certificate
from far_side import FarSide, Standing, standing
from tocsin.connectors.kinds import build
from tocsin.connectors.references import secret_at
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Order, RealClock

ORDER = Order(key="incident/7K3/17", target="assistant", wanted="off")


@pytest.fixture
def place() -> Iterator[Standing]:
    with standing() as found:
        yield found


def failure(place: Standing, **how: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        place.webhook(**how).act(ORDER)  # type: ignore[arg-type]
    return failed.value


def test_the_far_side_can_prove_the_call_and_drop_the_repeat(place: Standing) -> None:
    place.webhook(sees=False).act(ORDER)
    _, path, headers, body = place.far.calls[0]
    assert path == "/orders"
    assert body == b'{"key":"incident/7K3/17","target":"assistant","version":1,"wanted":"off"}'
    assert headers["idempotency-key"] == headers["webhook-id"] == ORDER.key
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["tocsin-hops"] == "1" and "tocsin-mark" not in headers
    marked = msgspec.structs.replace(ORDER, origin="tocsin.example/record", hops=3)
    place.webhook(sees=False).act(marked)
    _, _, headers, _ = place.far.calls[1]
    assert headers["tocsin-mark"] == f"tocsin.example/record/{ORDER.key}"
    assert headers["tocsin-hops"] == "3"
    assert place.far.last_refusal == ""


@pytest.mark.parametrize(
    ("status", "may_have_acted", "retry"),
    [(400, False, False), (401, False, False), (403, False, False), (404, False, False),
     (408, True, True), (409, True, True), (410, False, False), (422, False, False),
     (425, False, True), (429, False, True), (500, True, True), (501, False, False),
     (502, True, True), (503, True, True), (504, True, True)],
)  # fmt: skip
def test_each_refusal_says_whether_to_look_and_whether_to_try_again(
    place: Standing, status: int, may_have_acted: bool, retry: bool
) -> None:
    place.far.answers = (status, {}, b"words\nof the far side")
    failed = failure(place)
    assert (failed.may_have_acted, failed.retry) == (may_have_acted, retry)
    assert f"{status}: words of the far side" in str(failed)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30.0), ("0", 0.0), ("999999999999", 3600.0), ("-5", None), ("soon", None),
     ("Sun, 01 Mar 2026 03:02:00 GMT", 120.0), ("Sun, 01 Mar 2026 02:00:00 GMT", 0.0)],
)  # fmt: skip
def test_the_far_sides_wish_to_be_left_alone_is_passed_on(
    place: Standing, text: str, seconds: float | None
) -> None:
    place.far.answers = (429, {"Retry-After": text}, b"")
    clock = VirtualClock(dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC))
    assert failure(place, clock=clock).retry_after_seconds == seconds


@pytest.mark.parametrize("goal", ["http://169.254.169.254/latest", "http://127.0.0.2/", "/else"])
def test_a_redirect_is_not_followed(place: Standing, goal: str) -> None:
    place.far.answers = (307, {"Location": goal}, b"")
    failed = failure(place, sees=False)
    assert not failed.may_have_acted and not failed.retry
    assert "redirects are not followed" in str(failed)
    assert len(place.far.calls) == 1


def test_a_hanging_far_side_is_left_in_time(place: Standing) -> None:
    place.far.hangs.clear()
    began = time.monotonic()
    failed = failure(place, sees=False, seconds=0.3)
    assert time.monotonic() - began < 3
    assert failed.may_have_acted and "no whole answer within 0.3 s" in str(failed)


def test_a_far_side_that_drips_is_left_in_time(place: Standing) -> None:
    place.far.drips = True
    place.far.hangs.clear()
    began = time.monotonic()
    failed = failure(place, sees=False, seconds=0.5)
    assert time.monotonic() - began < 3
    assert failed.may_have_acted and "no whole answer within 0.5 s" in str(failed)


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 2", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le",
     b"HTTP/1.1 200 OK\r\nServer: x\r\n", b"HTTP/1.1 200 OK", b"HTTP/1.1 204 None\r\nA: b\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
     b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 70000],
)  # fmt: skip
def test_an_answer_cut_or_spoilt_may_have_acted(place: Standing, raw: bytes) -> None:
    place.far.raw = raw
    failed = failure(place, sees=False)
    assert failed.may_have_acted and failed.retry


@pytest.mark.parametrize(
    "shows",
    [b"", b"null", b"{}", b'{"state": 3}', b'{"state": ""}', b'{"state": "a\\nb"}', b"\xff",
     b'{"state": "' + b"x" * 300 + b'"}', b"[" * 5000],
)  # fmt: skip
def test_what_cannot_be_read_is_not_seen(place: Standing, shows: bytes) -> None:
    place.far.shows = shows
    with pytest.raises(ConnectorError) as unread:
        place.webhook().look("assistant")
    assert not unread.value.may_have_acted
    assert failure(place).may_have_acted  # the hand went ahead, and its effect was not seen
    assert place.far.effects == [ORDER.key]


def test_a_blind_eye_holds_back_only_a_hand_that_must_not_repeat(place: Standing) -> None:
    place.far.shows = b"?"
    assert not failure(place, repeatable=Repeatable.NEITHER).may_have_acted
    assert place.far.effects == []
    assert failure(place, repeatable=Repeatable.IDEMPOTENT).may_have_acted
    assert place.far.effects == [ORDER.key]


def test_a_slow_effect_is_waited_for(place: Standing) -> None:
    far = place.far
    far.shows = b'{"state": "on"}'

    def show() -> None:
        far.shows = None

    later = threading.Timer(0.3, show)
    later.start()
    receipt = place.webhook(settle=3.0).act(ORDER)
    later.join()
    assert (receipt.outcome, receipt.before, receipt.after) == (Outcome.DONE, "on", "off")


def test_what_the_answer_claims_is_kept_as_a_claim_and_a_contrary_one_is_an_error(
    place: Standing,
) -> None:
    place.far.says = b'{"state": "off"}'
    assert place.webhook(sees=False).act(ORDER).after.startswith("off (as the far side says")
    place.far.says = b'{"state": "on"}'
    failed = failure(place, sees=False)
    assert failed.may_have_acted and "obeyed in word only" in str(failed)


def test_only_the_order_that_was_asked_for_is_found(place: Standing) -> None:
    hook = place.webhook()
    place.far.obeyed[ORDER.key] = {"key": "another", "before": "on", "after": "off"}
    with pytest.raises(ConnectorError, match="is about 'another'"):
        hook.find(ORDER)
    place.far.obeyed[ORDER.key] = {"key": ORDER.key, "before": "on", "after": "on"}
    found = hook.find(ORDER)
    assert found is not None and found.outcome is Outcome.NOT_DONE
    with pytest.raises(ConnectorError, match="only a person can tell"):
        place.webhook(finds=False).find(ORDER)


def test_an_order_still_under_way_is_not_taken_for_one_that_never_arrived(place: Standing) -> None:
    class Arriving(VirtualClock):
        """While it sleeps, the order arrives at last."""

        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.now() - start >= dt.timedelta(seconds=4) and not place.far.effects:
                place.far.obey({"key": ORDER.key, "target": "assistant", "wanted": "off"})

    start = dt.datetime(2026, 3, 1, 3, 0, tzinfo=dt.UTC)
    twice = place.webhook(Repeatable.NEITHER, patience=10, clock=Arriving(start))
    found = twice.find(ORDER)
    assert found is not None and found.after == "off"
    clock = VirtualClock(start)
    other = Order(key="k/2", target="assistant", wanted="off")
    assert place.webhook(Repeatable.NEITHER, patience=10, clock=clock).find(other) is None
    assert clock.now() - start == dt.timedelta(seconds=10)
    assert place.webhook(Repeatable.KEYED, patience=10, clock=clock).find(other) is None
    assert clock.now() - start == dt.timedelta(seconds=10)


def test_a_404_that_does_not_name_the_order_proves_nothing(place: Standing) -> None:
    hook = build(
        "webhook",
        {
            "place": place.url("/orders"), "secret": "env:S", "repeatable": "neither",
            "lookup_url": place.url("/a-wrong-path/{key}"), "networks": "127.0.0.1/32",
            "ports": str(place.port),
        },
        lambda _: "a secret of sufficient length",
        RealClock(),
    )  # fmt: skip
    with pytest.raises(ConnectorError, match="404"):
        hook.find(ORDER)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    status=st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 C\r\n", b""]),
    rest=st.lists(
        st.sampled_from(
            [b"\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"5", b"-1",
             b"\xff", b"9" * 30, b"\x00", b":", b" ", b"HTTP/1.1 200 OK\r\n", b"0\r\n\r\n", b"{}"]
        ),
        max_size=8,
    ),
)  # fmt: skip
def test_no_answer_whatever_breaks_more_than_the_call(
    place: Standing, status: bytes, rest: list[bytes]
) -> None:
    place.far.raw = status + b"".join(rest)
    try:
        assert place.webhook(sees=False).act(ORDER).outcome is Outcome.DONE
    except ConnectorError as failed:
        assert failed.may_have_acted or "answered" in str(failed)


def test_a_name_is_resolved_once_and_the_checked_address_is_called(place: Standing) -> None:
    asked: list[str] = []

    def changing(host: str, port: int) -> list[str]:
        """Answers rightly the first time, and with somebody else's address ever after."""
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.99"]

    hook = place.webhook(sees=False, host="far.example", resolve=changing)
    assert hook.act(ORDER).outcome is Outcome.DONE
    assert asked == ["far.example"]
    assert place.far.calls[0][2]["host"] == f"far.example:{place.port}"
    with pytest.raises(ConnectorError, match=r"leads to 127\.0\.0\.99"):
        hook.act(ORDER)
    assert len(place.far.calls) == 1


def test_one_forbidden_address_among_good_ones_forbids_the_call(place: Standing) -> None:
    def mixed(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "10.0.0.5"]

    failed = failure(place, sees=False, host="far.example", resolve=mixed)
    assert not failed.may_have_acted and place.far.calls == []


def test_the_next_address_is_tried_when_one_is_dead(place: Standing) -> None:
    def two(host: str, port: int) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]  # nobody listens at the first

    assert place.webhook(host="far.example", resolve=two).act(ORDER).outcome is Outcome.DONE


def test_a_secret_stands_in_no_message_and_no_call(
    place: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = "T0K3N-of-the-address", "a secret of sufficient length"
    monkeypatch.setenv("HOOK_URL", place.url(f"/services/{token}?k={token}2"))
    path = tmp_path / "secret"
    path.write_text(secret + "\n")
    words = {
        "place": "env:HOOK_URL", "secret": f"file:{path}", "repeatable": "keyed",
        "networks": "127.0.0.1/32", "ports": str(place.port),
    }  # fmt: skip
    hook = build("webhook", words, secret_at, RealClock())
    place.far.answers = (404, {}, f"no page /services/{token}?k={token}2 here".encode())
    with pytest.raises(ConnectorError) as refused:
        hook.act(ORDER)
    assert "no page" in str(refused.value) and token not in str(refused.value)
    assert secret not in repr(place.far.calls) and secret not in repr(vars(hook))
    place.far.answers = None
    assert hook.act(ORDER).outcome is Outcome.DONE
    path.unlink()
    with pytest.raises(ConnectorError, match="cannot be read") as gone:
        hook.act(ORDER)
    assert not gone.value.may_have_acted


def test_a_wrong_secret_is_refused_by_the_far_side(
    place: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRONG", "quite another secret, as long")
    words = {
        "place": place.url("/orders"), "secret": "env:WRONG", "repeatable": "keyed",
        "networks": "127.0.0.1/32", "ports": str(place.port),
    }  # fmt: skip
    with pytest.raises(ConnectorError, match="401"):
        build("webhook", words, secret_at, RealClock()).act(ORDER)
    assert place.far.effects == [] and "does not match" in place.far.last_refusal
    monkeypatch.setenv("WRONG", "short")
    with pytest.raises(ConnectorError, match="at least 16 bytes"):
        build("webhook", words, secret_at, RealClock()).act(ORDER)


def test_a_certificate_must_hold_for_the_name_that_was_asked(certificate: Certificate) -> None:
    tls, trust = certificate.server, certificate.trust

    def home(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with standing(FarSide(), tls) as place:
        good = place.webhook(host="far.example", resolve=home, trust=trust)
        assert good.act(ORDER).outcome is Outcome.DONE
        for bad in (
            place.webhook(host="far.example", resolve=home),  # nobody vouches for it
            place.webhook(host="other.example", resolve=home, trust=trust),  # not its name
        ):
            with pytest.raises(ConnectorError, match="certificate") as refused:
                bad.act(Order(key="k/2", target="search", wanted="off"))
            assert not refused.value.may_have_acted
        assert place.far.effects == [ORDER.key]
        place.far.drips = True
        place.far.hangs.clear()
        slow = place.webhook(host="far.example", resolve=home, trust=trust, sees=False, seconds=0.5)
        with pytest.raises(ConnectorError, match=r"no whole answer within 0\.5 s"):
            slow.act(ORDER)


def test_a_line_that_never_speaks_tls_is_left_in_time(place: Standing) -> None:
    place.far.hangs.clear()
    url = f"https://127.0.0.1:{place.port}/orders"
    failed = failure(place, sees=False, seconds=0.5, orders_url=url)
    assert not failed.may_have_acted


def test_an_address_without_the_place_for_a_name_is_refused_at_once() -> None:
    words = {
        "place": "https://far.example/", "secret": "env:S", "repeatable": "keyed",
        "state_url": "https://far.example/state",
    }  # fmt: skip
    with pytest.raises(Refused, match="must hold"):
        build("webhook", words, secret_at, RealClock())
