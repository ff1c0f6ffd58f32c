"""Evidence and findings must lie behind whoever names them, on every way there is."""

from __future__ import annotations

import pytest

from tocsin.playbook import read_plan

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n"
GO = "  go: {act: c, target: t, wanted: w, evidence: [a], next: over}\n"
KEEP = "  keep: {seal: [a], budget: 1m, next: go, on_insufficient: go}\n"


def told(steps: str) -> list[str]:
    return [str(mistake) for mistake in read_plan((HEAD + steps + ENDS).encode(), "p.yaml")[1]]


def test_a_seal_before_the_act_on_every_way_is_enough() -> None:
    assert told(KEEP + GO) == []
    asked = "  which: {ask: Q, role: r, choices: {x: keep, y: keep-too}}\n"
    other = "  keep-too: {seal: [a, b], budget: 1m, next: go, on_insufficient: go}\n"
    assert told(asked + KEEP + other + GO) == []


def test_one_way_around_the_seal_is_a_mistake() -> None:
    asked = "  which: {ask: Q, role: r, choices: {x: keep, y: go}}\n"
    assert told(asked + KEEP + GO) == [
        "p.yaml:7: mistake: steps.go.evidence: a way leads here on which a is not sealed before; "
        "seal it in a step that comes before this one on every way [TP401]"
    ]


def test_an_item_that_nobody_seals_is_told_with_the_likeliest_name() -> None:
    wrong = told(KEEP.replace("[a]", "[model]") + GO.replace("[a]", "[modle]"))
    assert wrong == [
        'p.yaml:6: mistake: steps.go.evidence: no step seals modle; did you mean "model"? [TP401]'
    ]


def both(a: str, b: str, go: str, more: str = "") -> str:
    return f"  both: {{parallel: [x, y], next: go{more}}}\n" + a + b + go


SEALED = "  x: {seal: [a], budget: 1m, next: join, on_insufficient: join}\n"
RESTED = "  y: {wait: 1m, next: join}\n"


def test_what_one_branch_seals_lies_behind_all_that_follows_them() -> None:
    assert told(both(SEALED, RESTED, GO)) == []
    assert told(both(SEALED.replace("x:", "y:"), RESTED.replace("y:", "x:"), GO)) == []
    nested = "  x: {parallel: [x1, x2], next: join}\n" + SEALED.replace("x:", "x1:")
    assert told(both(nested + RESTED.replace("y:", "x2:"), RESTED, GO)) == []


def test_a_branch_that_may_go_around_its_seal_assures_nothing() -> None:
    around = "  x: {ask: Q, role: r, choices: {v: xs, w: join}}\n" + SEALED.replace("x:", "xs:")
    assert any("a is not sealed before" in m for m in told(both(around, RESTED, GO)))


def test_what_a_sibling_seals_is_not_behind_a_branch() -> None:
    inside = "  y: {act: c, target: t, wanted: w, evidence: [a], next: join}\n"
    found = told(both(SEALED, inside, "  go: {wait: 1m, next: over}\n"))
    assert [m for m in found if "steps.y.evidence" in m] and len(found) == 1


def test_after_branches_that_failed_nothing_is_assured() -> None:
    late = "  late: {act: c, target: t, wanted: w, evidence: [a], next: over}\n"
    found = told(both(SEALED, RESTED, GO, ", on_failure: late") + late)
    assert len(found) == 1 and "steps.late.evidence" in found[0]


def test_what_lay_behind_the_branches_lies_behind_their_failure() -> None:
    late = "  late: {act: c, target: t, wanted: w, evidence: [b], next: over}\n"
    first = "  first: {seal: [b], budget: 1m, next: both, on_insufficient: both}\n"
    assert told(first + both(SEALED, RESTED, GO, ", on_failure: late") + late) == []


def test_a_circle_does_not_assure_on_its_first_round() -> None:
    circle = (
        "  go: {act: c, target: t, wanted: w, evidence: [a], next: keep}\n"
        "  keep: {seal: [a], budget: 1m, next: rest, on_insufficient: rest}\n"
        "  rest: {wait: 1m, rounds_max: 2, next: go, on_rounds_max: over}\n"
    )
    assert any("a is not sealed before" in m for m in told(circle))


FIND = "  find: {probe: p, target: t, wanted: w, next: use, on_not_shown: over}\n"


@pytest.mark.parametrize(
    "use",
    [
        '  use: {act: c, target: t, wanted: "v:{find.value}", next: over}\n',
        '  use: {act: c, target: "{find.value}", wanted: v, next: over}\n',
        '  use: {probe: c, target: t, wanted: "v:{find.value}", next: over}\n',
    ],
)
def test_what_a_probe_found_is_there_only_after_it_was_shown(use: str) -> None:
    assert told(FIND + use) == []
    wrong = told(FIND.replace("on_not_shown: over", "on_not_shown: use") + use)
    assert len(wrong) == 1 and "a way leads here on which find has found nothing" in wrong[0]
    assert "let every way here come through the `next` of find" in wrong[0]


def test_a_later_look_that_shows_nothing_takes_back_what_was_found() -> None:
    again = (
        "  find: {probe: p, target: t, wanted: w, next: rest, on_not_shown: use}\n"
        "  rest: {wait: 1m, rounds_max: 2, next: find, on_rounds_max: over}\n"
        '  use: {act: c, target: t, wanted: "{find.value}", next: over}\n'
    )
    assert any("has found nothing" in m for m in told(again))


def test_a_thousand_steps_with_evidence_are_read_in_a_moment() -> None:
    items = "[" + ", ".join(f"i{n}" for n in range(20)) + "]"
    rows = [f"  s{n}: {{seal: {items}, budget: 1m, next: s{n + 1}, on_insufficient: s{n + 1}}}\n"
            for n in range(0, 996)]  # fmt: skip
    last = f"  s996: {{act: c, target: t, wanted: w, evidence: {items}, next: over}}\n"
    assert told("".join(rows) + last) == []
