"""What every connector promises, tried on each against a small real world that can fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from far_side import FarSide, standing
from outsides import (
    FileOutside,
    MailOutside,
    Outside,
    PagerOutside,
    RegistryOutside,
    SwitchOutside,
    WebOutside,
)
from pager_side import pager_standing
from post_office import post_office
from registry_side import registry_standing
from tocsin.exercise.paper import PaperConnector, Sheet
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Order

WEBHOOKS = {
    "webhook, idempotent": (Repeatable.IDEMPOTENT, True),
    "webhook, keyed": (Repeatable.KEYED, True),
    "webhook, keyed, blind": (Repeatable.KEYED, False),
    "webhook, neither": (Repeatable.NEITHER, True),
}
NO_NAME = r"not a usable name|no switch is called"
OTHERS = ("file switch", "switch", "registry", "mail", "pager")


@pytest.fixture(params=[*WEBHOOKS, *OTHERS])
def outside(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Outside]:
    match request.param:
        case "file switch":
            yield FileOutside(tmp_path, monkeypatch)
        case "switch":
            yield SwitchOutside(tmp_path)
        case "registry":
            with registry_standing() as registry:
                yield RegistryOutside(registry)
        case "mail":
            with post_office() as office:
                yield MailOutside(office)
        case "pager":
            with pager_standing() as pager:
                yield PagerOutside(pager)
        case _:
            with standing(FarSide()) as place:
                yield WebOutside(place, *WEBHOOKS[request.param])


def first(outside: Outside) -> Order:
    return Order(key="incident/7K3/17", target=outside.target, wanted=outside.wanted)


def second(outside: Outside) -> Order:
    return Order(key="incident/7K3/23", target=outside.target, wanted=outside.wanted)


def acted(outside: Outside) -> dict[str, str]:
    return {outside.target: outside.wanted, outside.other: outside.was}


def untouched(outside: Outside) -> dict[str, str]:
    return {outside.target: outside.was, outside.other: outside.was}


def test_what_is_done_is_seen(outside: Outside) -> None:
    receipt = outside.connector.act(first(outside))
    assert (receipt.key, receipt.outcome) == (first(outside).key, Outcome.DONE)
    assert outside.state() == acted(outside)
    if outside.sees:
        assert (receipt.before, receipt.after) == (outside.was, outside.wanted)
        assert outside.connector.look(outside.target) == outside.wanted
    else:
        assert "not looked at" in receipt.before and receipt.after != outside.wanted


def test_acting_twice_is_acting_once(outside: Outside) -> None:
    outside.connector.act(first(outside))
    again = outside.connector.act(first(outside))
    assert again.outcome is (Outcome.ALREADY if outside.sees else Outcome.DONE)
    assert outside.effects() == 1


def test_a_lost_answer_says_so_and_the_cure_acts_only_once(outside: Outside) -> None:
    outside.lose_next_answer()
    with pytest.raises(ConnectorError) as lost:
        outside.connector.act(first(outside))
    assert lost.value.may_have_acted and lost.value.retry
    assert outside.state()[outside.target] == outside.wanted
    if outside.connector.repeatable is Repeatable.NEITHER and not outside.finds:
        with pytest.raises(ConnectorError, match="only a person can tell"):
            outside.connector.find(first(outside))
    elif outside.connector.repeatable is Repeatable.NEITHER:
        found = outside.connector.find(first(outside))
        assert found is not None and (found.before, found.after) == (outside.was, outside.wanted)
    else:
        assert outside.connector.act(first(outside)).outcome is not Outcome.NOT_DONE
    assert outside.effects() == 1


def test_a_new_order_acts_again_after_someone_undid_the_first(outside: Outside) -> None:
    outside.connector.act(first(outside))
    outside.put(outside.target, outside.was)
    assert outside.connector.act(second(outside)).outcome is Outcome.DONE
    assert outside.state()[outside.target] == outside.wanted


def test_obeyed_in_word_and_not_in_deed_is_an_error(outside: Outside) -> None:
    outside.obey_in_word_only()
    if not outside.sees:
        assert "not looked at" in outside.connector.act(first(outside)).before
        return
    with pytest.raises(ConnectorError) as word_only:
        outside.connector.act(first(outside))
    assert word_only.value.may_have_acted
    assert outside.was in str(word_only.value)


def test_rehearsed_on_paper_sends_nothing_and_the_next_step_sees_it(outside: Outside) -> None:
    paper = PaperConnector("hand", outside.connector, Sheet())
    receipt = paper.act(first(outside))
    assert (receipt.outcome, receipt.after) == (Outcome.REHEARSED, outside.wanted)
    assert receipt.before == outside.was if outside.sees else "not seen" in receipt.before
    assert paper.look(outside.target) == outside.wanted
    assert paper.act(second(outside)).outcome is Outcome.ALREADY
    assert paper.find(first(outside)) == receipt
    assert outside.effects() == 0 and outside.state() == untouched(outside)


def test_nothing_was_done_where_nobody_was_reached(outside: Outside) -> None:
    outside.vanish()
    with pytest.raises(ConnectorError) as away:
        outside.connector.act(first(outside))
    assert not away.value.may_have_acted
    # A state that is not there is a person's move; a far side that is silent may come back.
    assert away.value.retry or isinstance(outside, SwitchOutside)
    assert outside.effects() == 0


def test_an_order_that_never_arrived_is_not_found(outside: Outside) -> None:
    if outside.finds:
        assert outside.connector.find(first(outside)) is None
    else:
        with pytest.raises(ConnectorError, match="only a person can tell"):
            outside.connector.find(first(outside))


def test_looking_changes_nothing(outside: Outside) -> None:
    before = outside.state()
    if outside.sees:
        assert outside.connector.look(outside.other) == outside.was
        with pytest.raises(ConnectorError):
            outside.connector.look(outside.other + "t")
    else:
        with pytest.raises(ConnectorError, match="only a person can tell"):
            outside.connector.look(outside.other)
    assert outside.state() == before and outside.effects() == 0


@pytest.mark.parametrize(
    "name",
    ["", "..", "a/../b", "a//b", "/etc/passwd", "a b", "a\nb", "x?y=1", "x#y", "é", "a" * 201],
)
def test_a_hostile_name_goes_nowhere(outside: Outside, name: str) -> None:
    for ask in (
        lambda: outside.connector.look(name),
        lambda: outside.connector.act(Order(key="k/1", target=name, wanted=outside.wanted)),
    ):
        with pytest.raises(ConnectorError, match=NO_NAME) as refused:
            ask()
        assert not refused.value.may_have_acted and not refused.value.retry
    assert outside.effects() == 0
    if isinstance(outside, WebOutside):
        assert outside.far.calls == []
