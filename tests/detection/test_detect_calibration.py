"""Calibration: chances that do not come true are found, of all people and of each group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from people_seen import SECONDS, START

from tocsin.detection import Declaration, State, declaration_of, scan, standing
from tocsin.detection.engine.scan import without_baseline
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import NO_CHANCE, ScoreCell, WindowSummary

LATE = START + timedelta(days=900)
YAML = """\
system: lending
window: 1d
drift_window: 1d
log:
  truth: repaid
  score: chance
  decided: granted
  groups: [sex]
detectors:
  chances:
    calibration: chance
    tolerance: 5%
    minimum: 200
    run_length: 10000
"""
BY_GROUP = YAML.replace("calibration: chance", "fairness: calibration\n    basis: points")


def declared(text: str = YAML) -> Declaration:
    return declaration_of(text.encode())


def day(number: int, draw: np.random.Generator, lift: dict[str, float], people: int = 400,
        odd: int = 0) -> WindowSummary:  # fmt: skip
    """A window in which the truth of each group lies off its scores by so much."""
    at, cells = START + timedelta(seconds=number * SECONDS), []
    for group, off in lift.items():
        scores = draw.uniform(0, 1, people)
        truth = draw.uniform(0, 1, people) < np.clip(scores + off, 0, 1)
        tenth = np.minimum((scores * 10).astype(int), 9)
        cells += [
            ScoreCell(
                version="1",
                group=(group,),
                tenth=t,
                labelled=int((tenth == t).sum()),
                true=int(truth[tenth == t].sum()),
                expected=float(scores[tenth == t].sum()),
            )
            for t in range(10)
        ]
        if odd:
            cells.append(ScoreCell(version="1", group=(group,), tenth=NO_CHANCE, labelled=odd,
                                   true=0, expected=0.0))  # fmt: skip
    return WindowSummary(at=at, seconds=SECONDS, last=at, cells=(), scores=tuple(cells))


def days(seed: int, lifts: Sequence[dict[str, float]], **more: int) -> list[WindowSummary]:
    draw = np.random.default_rng(seed)
    return [day(i, draw, lift, **more) for i, lift in enumerate(lifts)]


def judged(
    windows: Sequence[WindowSummary], text: str = YAML
) -> tuple[list[Found], list[Subsided], State]:
    return scan(declared(text), windows, State(), LATE)


WELL, OFF = {"f": 0.0, "m": 0.02}, {"f": 0.2, "m": 0.2}


def test_chances_that_come_true_raise_nothing() -> None:
    for seed in range(3):
        assert judged(days(seed, [WELL] * 100))[0] == []
        assert judged(days(seed, [WELL] * 100), BY_GROUP)[0] == []


def test_chances_that_do_not_are_found_and_are_over_when_they_do() -> None:
    windows = days(1, [WELL] * 20 + [OFF] * 10 + [WELL] * 20)
    [found], [over], state = judged(windows)
    assert (found.sign, found.metric, found.group) == (
        Sign.CALIBRATION, "expected calibration error", None,
    )  # fmt: skip
    assert found.since == windows[20].at and found.tolerated == "0.05"
    assert 0.05 < float(found.low) < float(found.observed) < float(found.high)
    assert over.finding == found.finding and over.seen_until > windows[29].until
    assert standing(declared(), state) == []


def test_a_group_whose_chances_do_not_come_true_is_found_alone() -> None:
    windows = days(2, [{"f": 0.15, "m": 0.0}] * 15)
    [found], _, state = judged(windows, BY_GROUP)
    assert (found.sign, found.group) == (Sign.UNFAIR, "sex=f")
    [now] = standing(declared(BY_GROUP), state)
    assert now.requests == 15 * 400 and float(now.observed) > 0.1
    assert "of each group" in found.promise


def test_scores_that_are_no_chance_are_told_by_number() -> None:
    windows = days(3, [OFF] * 3, odd=500)
    found, _, state = judged(windows)
    assert found == []
    [line] = without_baseline(declared(), state)
    assert "1000 of 1800 scores are no chance from 0 to 1: map a column of chances" in line
    assert judged(days(3, [OFF] * 8, odd=50))[0] != []  # a few are left out


@pytest.mark.parametrize(("people", "says"), [(90, "not enough data"), (200, None)])
def test_too_few_say_so(people: int, says: str | None) -> None:
    _, _, state = judged(days(4, [{"f": 0.0}], people=people))
    lines = without_baseline(declared(), state)
    assert (lines == []) is (says is None) and (says is None or says in lines[0])
    none = START + timedelta(days=1)
    empty = WindowSummary(at=START, seconds=SECONDS, last=START, cells=())
    [line] = without_baseline(declared(), scan(declared(), [empty], State(), none)[2])
    assert "no window has a score together with what came true" in line


def test_a_window_of_which_only_the_true_have_come_waits_for_the_others() -> None:
    text = YAML + "    complete_after: 3d\n"
    draw = np.random.default_rng(5)
    whole = [day(i, draw, WELL) for i in range(10)]
    early = [_only_true(one) for one in whole]
    assert judged(early)[0] != []  # as they are, they look wrong
    now = START + timedelta(days=13)
    for count in range(10):
        seen = [*whole[:count], *early[count:]]
        at = START + timedelta(seconds=(count + 4) * SECONDS - 1)
        assert scan(declared(text), seen, State(), min(at, now))[0] == []


def _only_true(one: WindowSummary) -> WindowSummary:
    return WindowSummary(
        at=one.at, seconds=one.seconds, last=one.last, cells=(),
        scores=tuple(
            ScoreCell(version=c.version, group=c.group, tenth=c.tenth, labelled=c.true,
                      true=c.true, expected=c.expected / max(c.labelled, 1) * c.true)
            for c in one.scores
        ),
    )  # fmt: skip
