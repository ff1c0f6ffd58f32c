"""The decision tree and the matrix: every step and way is there, and nothing lies on another."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from random_plans import plans
from written_plans import plans as awkward_plans

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.show.flow import begun_by, flow_of
from tocsin.playbook.show.layers import BOXES_MAX, rows_of
from tocsin.playbook.show.matrix import ROWS_MAX, carried, raci_pieces, raci_svg
from tocsin.playbook.show.measure import lines, width
from tocsin.playbook.show.palette import DARK, FAMILIES, LIGHT
from tocsin.playbook.show.places import WIDE_MAX, Picture, picture_of
from tocsin.playbook.show.tree import MARGIN, PAGE_HIGH, tree_pieces, tree_svg
from tocsin.playbook.show.words import outcomes

ROOT = Path(__file__).parents[2]
SHIPPED = [*sorted((ROOT / "playbooks").glob("*.yaml")), ROOT / "examples/first-response/plan.yaml"]
SVG = "{http://www.w3.org/2000/svg}"
PAPER_WIDE_POINTS = 190 / 25.4 * 72
"""Of A4 within the margins of the page."""

often = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.explicit, Phase.generate])  # fmt: skip


def many(count: int) -> Plan:
    """A plan of so many steps, each of which may go wrong and lead far away."""
    body = "".join(
        f"  s{n}: {{probe: eye, target: t, wanted: off, next: s{n + 1}, "
        f"on_not_shown: s{n + 1 + n % 3}, on_undetermined: s{count}, "
        f"raci: {{accountable: role-{n % 9}, responsible: [on-call]}}}}\n"
        for n in range(count)
    )
    tail = "".join(f"  s{count + n}: {{wait: 1m, next: s{count + n + 1}}}\n" for n in range(2))
    head = "plan: p\nversion: '1'\ntitle: T\nsteps:\n"
    return plan_of(f"{head}{body}{tail}  s{count + 2}: {{end: completed}}\n".encode())


def drawn(plan: Plan) -> Picture:
    flow = flow_of(plan)
    return picture_of(plan, flow, rows_of(flow))


def nothing_lies_on_another(picture: Picture) -> None:
    boxes = [(p.x, p.y, p.x + p.box.wide, p.y + p.box.high, p.box.key) for p in picture.boxes]
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    for route in picture.routes:
        for (x1, y1), (x2, y2) in itertools.pairwise(route.corners):
            assert x1 == x2 or y1 == y2, route
            for left, top, right, bottom, key in boxes:
                beside = max(x1, x2) < left or min(x1, x2) > right
                over = max(y1, y2) <= top + 0.01 or min(y1, y2) >= bottom - 0.01
                assert beside or over, (route.line, key)
    for placed in picture.boxes:
        for word in placed.box.words:
            size = 12.5 if word.kind == "name" else 11
            wide = width(word.text, size, bold=word.kind in ("name", "kind"))
            begin = {"start": 0.0, "middle": wide / 2, "end": wide}[word.anchor]
            assert word.x - begin >= -1 and word.x - begin + wide <= placed.box.wide + 1, word
            assert 0 < word.y < placed.box.high, word


def every_way_is_told(plan: Plan, picture: Picture) -> None:
    boxes = {placed.box.key: placed.box for placed in picture.boxes}
    flow, routes = flow_of(plan), {route.line for route in picture.routes}
    numbers = {name: number for number, name in enumerate(plan.steps, start=1)}
    assert {key for key in boxes if begun_by(key) is None} == set(plan.steps)
    assert len(picture.boxes) == len(boxes) and len(picture.routes) == len(routes)
    for line in flow.lines:
        words = [word for word in boxes[line.source].words]
        said = " ".join(w.text for w in words if w.kind == ("way" if line in routes else "chip"))
        for way in line.results:
            begin = re.sub(r"[\s…]", "", way.short)[:6]
            assert begin in re.sub(r"\s", "", said), (line, said)
        if line not in routes and line.to in numbers:
            assert str(numbers[line.to]) in said, (line, said)
        assert line.source not in numbers or line.results or line.to in plan.steps
    told = {(line.source, way) for line in flow.lines for way in line.results}
    for step in plan.steps.values():
        for way in outcomes(step):
            assert (step.id, way) in told or (f"{step.id} join", way) in told


@often
@given(plans())
def test_nothing_lies_on_another_and_no_way_is_lost(plan: Plan) -> None:
    picture = drawn(plan)
    nothing_lies_on_another(picture)
    every_way_is_told(plan, picture)
    assert picture.wide <= WIDE_MAX + 1


@often
@given(plans())
def test_every_drawn_line_leads_downwards_and_no_row_is_too_full(plan: Plan) -> None:
    flow = flow_of(plan)
    rows = rows_of(flow)
    assert set(rows.row_of) == set(flow.boxes)
    assert all(rows.row_of[li.source] < rows.row_of[li.to or ""] for li in rows.drawn)
    for row in rows.rows:
        assert 0 < sum(isinstance(item, str) for item in row) <= BOXES_MAX
    back = [line for line in flow.lines if line.back]
    assert not set(back) & set(rows.drawn)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_plans_are_drawn_so_that_each_step_has_a_line_to_it(path: Path) -> None:
    plan = plan_of(path.read_bytes())
    picture = drawn(plan)
    nothing_lies_on_another(picture)
    every_way_is_told(plan, picture)
    come_to = {route.line.to for route in picture.routes}
    assert set(plan.steps) - {plan.start} <= come_to


@pytest.mark.parametrize("count", [1, 12, 40, 997])
def test_words_are_seven_points_high_on_paper_however_many_steps(count: int) -> None:
    plan = many(count)
    picture = drawn(plan)
    nothing_lies_on_another(picture)
    assert 11 * min(1.0, PAPER_WIDE_POINTS / (picture.wide + 2 * MARGIN) / 0.75) * 0.75 >= 7
    pieces = tree_pieces(plan)
    assert {s for piece in pieces for s in piece.steps} == set(plan.steps)
    assert sum(len(piece.steps) for piece in pieces) == len(plan.steps)
    for piece in pieces:
        root = ET.fromstring(piece.svg)
        assert float(root.attrib["height"]) <= PAGE_HIGH + 2 * MARGIN + 1
        assert float(root.attrib["width"]) == round(picture.wide + 2 * MARGIN)


@often
@given(awkward_plans())
def test_pictures_of_plans_with_awkward_words_are_well_formed_and_say_what_they_show(
    plan: Plan,
) -> None:
    for svg in (tree_svg(plan), raci_svg(plan)):
        root = ET.fromstring(svg.encode())
        named = root.attrib["aria-labelledby"].split()
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert root.attrib["role"] == "img" and named == ids and len(set(ids)) == 2
        title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and told is not None and title.text and told.text
    told = ET.fromstring(tree_svg(plan).encode()).find(f"{SVG}desc")
    assert told is not None and len((told.text or "").splitlines()) == len(plan.steps)


def test_each_of_many_answers_has_a_field_in_which_its_words_are_whole() -> None:
    answers = ["one", "two", "three", "four", "five-is-rather-long"]
    choices = ", ".join(f"{answer}: w{n}" for n, answer in enumerate(answers))
    steps = "".join(f"  w{n}: {{wait: 1m, next: over}}\n" for n in range(5))
    plan = plan_of(
        f"plan: p\nversion: '1'\ntitle: T\nsteps:\n  ask: {{ask: q, role: r, "
        f"choices: {{{choices}}}}}\n{steps}  over: {{end: completed}}".encode()
    )
    box = next(placed.box for placed in drawn(plan).boxes if placed.box.key == "ask")
    assert {word.text for word in box.words if word.kind == "way"} == set(answers)
    assert len(box.ports) == len(set(box.ports.values())) == 5


def test_what_a_plan_says_is_never_read_as_a_tag() -> None:
    text = """plan: p
version: "1"
title: "</title><script>alert(1)</script>]]>&amp;"
steps:
  ask:
    ask: "<img src=x onerror=alert(1)> \\u202e \\x07 & so?"
    role: on-call
    choices: {"<b>": over, '"': over}
  over: {end: completed}
"""
    svg = tree_svg(plan_of(text.encode()))
    root = ET.fromstring(svg.encode())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "g", "rect", "path", "text",
    }  # fmt: skip
    assert "‮" not in svg and "\x07" not in svg and "\\u202e" in svg
    said = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert "<img src=x" in said and '<b> or "' in said


def test_the_same_plan_is_the_same_picture_to_the_byte() -> None:
    data = SHIPPED[0].read_bytes()
    assert tree_svg(plan_of(data)) == tree_svg(plan_of(data))
    assert raci_svg(plan_of(data)) == raci_svg(plan_of(data))


def test_the_matrix_holds_each_letter_once_and_its_pieces_fit_on_pages() -> None:
    plan = many(60)
    rows = carried(plan)
    letters = re.findall(r'<text class="letter[^>]*>([ARCI]+)<', raci_svg(plan))
    assert len(letters) == sum(len(row.roles) for row in rows) == 120
    pieces = raci_pieces(plan)
    assert len(pieces) == -(-len(rows) // ROWS_MAX)
    for piece in pieces:
        assert float(ET.fromstring(piece).attrib["height"]) < PAGE_HIGH
        assert ">role-</text>" in piece or ">role-8</text>" in piece


def test_a_matrix_of_many_roles_sets_their_names_upright() -> None:
    steps = "".join(
        f"  s{n}: {{wait: 1m, next: s{n + 1}, raci: {{accountable: a-long-role-number-{n}, "
        f"responsible: [r]}}}}\n"
        for n in range(20)
    )
    plan = plan_of(
        f"plan: p\nversion: '1'\ntitle: T\nsteps:\n{steps}  s20: {{end: failed}}".encode()
    )
    assert raci_svg(plan).count("rotate(-90") == 21


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("table", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_lines_stand_out_from_their_ground(table: dict[str, str]) -> None:
    for ground in ("ground", "panel", "body"):
        for ink in ("ink", "soft", *FAMILIES):
            assert contrast(table[ink], table[ground]) >= 4.5, (ink, ground)
        for edge in ("edge", "line"):
            assert contrast(table[edge], table[ground]) >= 3, (edge, ground)
    for family in FAMILIES:  # letters on a coloured field
        assert contrast(table["ground"], table[family]) >= 4.5, family


@pytest.mark.parametrize("text", ["", "a", "one two three", "a-very-long-name-with-many-parts",
                                  "x" * 300, "日本語" * 40, "word " * 80])  # fmt: skip
def test_lines_of_words_fit_and_lose_nothing_but_what_dots_stand_for(text: str) -> None:
    for wide in (40.0, 180.0):
        rows = lines(text, wide, 11, 3)
        assert 1 <= len(rows) <= 3
        assert all(width(row, 11) <= wide for row in rows)
        whole = "".join(lines(text, wide, 11, 10_000)).replace(" ", "")
        assert whole == text.replace(" ", "")
