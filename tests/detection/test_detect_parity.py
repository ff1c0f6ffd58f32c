"""How groups fare: by each column and by all together, and never a number of too few people."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_seen import fairness, window

from tocsin.detection.compared.parity import Standing, effect, left_out, said, standings
from tocsin.detection.compared.people import column_sets, compared_with, named, seen
from tocsin.detection.compared.two_shares import Seen
from tocsin.detection.declared.declaration import Basis, Parity
from tocsin.facts.summaries import OTHER_GROUPS

BOTH = ("sex", "race")
PEOPLE = {
    ("f", "a"): {"selected": (400, 120)}, ("f", "b"): {"selected": (100, 10)},
    ("m", "a"): {"selected": (500, 300)}, ("m", "b"): {"selected": (20, 1)},
    ("f", None): {"selected": (7, 7)}, ("f", OTHER_GROUPS): {"selected": (5, 5)},
}  # fmt: skip


def by_name(found: tuple[Standing, ...]) -> dict[str, Standing]:
    return {one.group: one for one in found}


def test_each_column_alone_and_all_together() -> None:
    found = by_name(standings(fairness(groups=BOTH), BOTH, [window(0, PEOPLE)]))
    assert list(found) == ["sex=m", "sex=f", "race=a", "race=b", "sex=m, race=a", "sex=f, race=a",
                           "sex=f, race=b", "sex=m, race=b"]  # fmt: skip
    assert (found["sex=f"].people, found["sex=f"].share) == (512, 142 / 512)
    assert found["sex=f"].compared_with == "sex=m" and found["sex=m"].effect is None
    far = found["sex=f, race=a"].effect
    assert far is not None and far.value == pytest.approx(0.5)
    assert far.low < 0.5 < (far.high or 0) < 0.8 == far.least and not far.seen_within
    assert column_sets(("sex",)) == (("sex",),)


def test_too_few_people_have_no_number_but_theirs() -> None:
    small = by_name(standings(fairness(groups=BOTH), BOTH, [window(0, PEOPLE)]))["sex=m, race=b"]
    assert msgspec.to_builtins(small) == {
        "rate": "selected", "group": "sex=m, race=b", "people": 20, "enough": False,
        "compared_with": "sex=m, race=a",
    }  # fmt: skip
    assert said(small, 30) == (
        "sex=m, race=b: not enough data: 20 people, and 30 are needed"
    )  # fmt: skip


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40))
def test_no_share_is_told_of_fewer_than_the_minimum(few: int, many: int, minimum: int) -> None:
    people = {("f",): {"selected": (few, few // 2)}, ("m",): {"selected": (many, many // 3)}}
    people = {group: counts for group, counts in people.items() if counts["selected"][0]}
    for one in standings(fairness(minimum=minimum), ("sex",), [window(0, people)]):
        numbers = one.share is not None or one.effect is not None
        assert numbers <= (one.people >= minimum) and one.enough == (one.share is not None)
        if one.group != one.compared_with:
            assert (one.effect is not None) == (min(few, many) >= minimum)
        assert ("not enough data" in said(one, minimum)) is not one.enough


def test_too_few_of_the_group_compared_with_say_so() -> None:
    people = {("f",): {"selected": (400, 120)}, ("m",): {"selected": (20, 12)}}
    detector = fairness(compared_with="m")
    found = by_name(standings(detector, ("sex",), [window(0, people)]))
    assert found["sex=f"].share is None and "not enough data of sex=m" in said(found["sex=f"], 30)


def test_who_is_in_no_group_is_counted() -> None:
    assert left_out(fairness(groups=BOTH), BOTH, [window(0, PEOPLE)]) == [
        "12 people are in no group by race: the value is missing, or too rare to be kept apart",
        "12 people are in no group by sex, race: the value is missing, or too rare to be kept "
        "apart",
    ]  # fmt: skip


def test_labels_that_have_not_come_make_a_group_smaller() -> None:
    people = {("f",): {"selected": (400, 120), "recall": (25, 9)},
              ("m",): {"selected": (500, 300), "recall": (90, 60)}}  # fmt: skip
    detector = fairness(Parity.EQUAL_OPPORTUNITY)
    found = by_name(standings(detector, ("sex",), [window(0, people)]))
    assert said(found["sex=f"], 30) == (
        "sex=f: not enough data: 25 people whose truth is positive, and 30 are needed"
    )
    assert found["sex=m"].share == pytest.approx(2 / 3)


def test_whom_the_others_are_compared_with() -> None:
    sizes = {"sex=f": 400, "sex=m": 400, "sex=x": 3}
    assert compared_with(sizes, ("sex",), None) == "sex=f"  # of two as large, by the alphabet
    assert compared_with(sizes, ("sex",), "x") == "sex=x" == compared_with(
        sizes, ("sex",), "sex=x, race=b"
    )  # fmt: skip
    assert compared_with(sizes, ("sex",), "race=b") == "sex=f"
    assert compared_with({"race=b, c": 1}, ("race",), "race=b, c") == "race=b, c"
    assert compared_with({}, ("sex",), None) is None


def test_the_effect_in_points_and_where_nobody_counts() -> None:
    far = effect(Seen(judged=100, counted=30), Seen(judged=100, counted=50), Basis.POINTS, 0.1)
    assert far.value == pytest.approx(-0.2) and (far.least, far.most) == (-0.1, 0.1)
    none = effect(Seen(judged=100, counted=3), Seen(judged=100, counted=0), Basis.RELATIVE, 0.2)
    assert none.value is None and none.high is None and none.low > 0 and not none.seen_within


def test_windows_add_up_and_groups_are_found_in_them() -> None:
    two = [window(0, PEOPLE), window(1, PEOPLE)]
    assert seen([c for w in two for c in w.groups], "selected", ("race",), BOTH) == {
        "race=a": Seen(judged=1800, counted=840), "race=b": Seen(judged=240, counted=22),
    }  # fmt: skip
    assert named(BOTH, ("f", None)) == "sex=f, race=(missing)"
