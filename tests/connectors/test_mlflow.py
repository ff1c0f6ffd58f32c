"""An alias is moved once, read back twice, and every doubt about it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry_side import NIGHT, OOPS, RegistryStanding, failing, registry_standing
from small_web import Said
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Order

BACK = Order(key="incident/7K3/17", target="intents@production", wanted="version:1")


@pytest.fixture
def place() -> Iterator[RegistryStanding]:
    with registry_standing() as found:
        yield found


def failure(place: RegistryStanding, order: Order = BACK, **how: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        place.hand(**how).act(order)  # type: ignore[arg-type]
    return failed.value


def test_the_alias_goes_back_and_the_receipt_says_from_where(place: RegistryStanding) -> None:
    receipt = place.hand().act(BACK)
    assert (receipt.outcome, receipt.before, receipt.after) == (
        Outcome.DONE, "version:2", "version:1",
    )  # fmt: skip
    assert place.registry.aliases == {"production": 1, "shadow": 2}
    again = place.hand().act(BACK)
    assert (again.outcome, again.before) == (Outcome.ALREADY, "version:1")
    assert place.registry.moves == [("production", 1)]
    assert place.hand().repeatable is Repeatable.IDEMPOTENT


@pytest.mark.parametrize(
    ("what", "how", "may_have_acted", "retry"),
    [("model-versions/get", OOPS, False, True), ("registered-models/alias", OOPS, False, True),
     ("registered-models/alias", Said(lost=True), False, True),
     ("registered-models/alias", Said(body=b"<html>"), False, False),
     ("model-versions/get", Said(body=b'{"model_version": {"name": "intents", "version": "x"}}'),
      False, False),
     ("POST registered-models/alias", OOPS, True, True),
     ("POST registered-models/alias", Said(lost=True), True, True),
     ("POST registered-models/alias", Said(after_seconds=2), True, True),
     ("POST registered-models/alias", Said(status=403), False, False),
     ("POST registered-models/alias", Said(status=429, headers={"Retry-After": "7"}), True, True)],
)  # fmt: skip
def test_each_failure_says_whether_to_look_and_whether_to_try_again(
    place: RegistryStanding, what: str, how: Said, may_have_acted: bool, retry: bool
) -> None:
    place.registry.fault = failing(what, how)
    failed = failure(place, seconds=1.0)
    assert (failed.may_have_acted, failed.retry) == (may_have_acted, retry)
    assert place.registry.moves == []
    if how.status == 429:
        assert failed.retry_after_seconds == 7.0


def test_a_lost_answer_keeps_on_record_what_the_alias_named_before(
    place: RegistryStanding,
) -> None:
    place.registry.loses_answers = 1
    lost = failure(place)
    assert lost.may_have_acted and "before, intents@production named version:2" in str(lost)
    found = place.hand().find(BACK)
    assert found is not None and found.outcome is Outcome.ALREADY
    assert place.registry.moves == [("production", 1)]


@pytest.mark.parametrize("after", [1, 2])
def test_what_was_set_and_not_read_back_may_have_acted(place: RegistryStanding, after: int) -> None:
    place.registry.fault = failing("registered-models/alias", OOPS, after=after)
    failed = failure(place)
    assert failed.may_have_acted and "not read back" in str(failed)
    assert place.registry.aliases["production"] == 1


def test_a_yes_that_moves_nothing_is_an_error(place: RegistryStanding) -> None:
    place.registry.obeys_in_word_only = True
    failed = failure(place)
    assert failed.may_have_acted and "yet names version:2" in str(failed)


def test_whoever_moves_it_just_after_is_told(place: RegistryStanding) -> None:
    def another() -> None:
        place.registry.aliases["production"] = 3

    place.registry.after_moving = another
    failed = failure(place)
    assert failed.may_have_acted and "yet names version:3" in str(failed)
    assert "somebody else" in str(failed)


def test_whoever_moves_it_between_the_two_readings_is_told(place: RegistryStanding) -> None:
    class Meanwhile(VirtualClock):
        def sleep(self, seconds: float) -> None:
            if seconds:
                place.registry.aliases["production"] = 3

    assert "yet names version:3" in str(failure(place, clock=Meanwhile(NIGHT)))


def test_whoever_moves_it_between_look_and_act_is_overwritten_and_cannot_be_told(
    place: RegistryStanding,
) -> None:
    """The limit of a registry without compare-and-set, on record as decision 0014 says."""

    def another() -> None:
        place.registry.aliases["production"] = 3

    place.registry.before_moving = another
    receipt = place.hand().act(BACK)
    assert (receipt.before, receipt.after) == ("version:2", "version:1")


@pytest.mark.parametrize(
    ("order", "says"),
    [({"wanted": "version:9"}, "not there"), ({"wanted": "version:0"}, "not there"),
     ({"wanted": "off"}, "version:N"), ({"wanted": "version:-1"}, "version:N"),
     ({"wanted": "version:1 "}, "version:N"), ({"wanted": "version:²"}, "version:N"),
     ({"target": "intents"}, "MODEL@ALIAS"), ({"target": "intents@"}, "MODEL@ALIAS"),
     ({"target": "intents@prodution"}, "did you mean production"),
     ({"target": "intends@production"}, "not there")],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused_and_moves_nothing(
    place: RegistryStanding, order: dict[str, str], says: str
) -> None:
    wrong = Order(**{"key": "k/1", "target": "intents@production", "wanted": "version:1", **order})
    refused = failure(place, wrong)
    assert not refused.may_have_acted and not refused.retry and says in str(refused)
    assert place.registry.moves == []


def test_a_version_that_is_not_ready_is_not_put_to_work(place: RegistryStanding) -> None:
    place.registry.models[1].status = "FAILED_REGISTRATION"
    refused = failure(place)
    assert not refused.retry and "FAILED_REGISTRATION" in str(refused)
