"""Page, Markdown and card: everything a plan says stands there, in words, and harms no reader."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from random_plans import plans
from written_plans import plans as awkward_plans

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.show.card import HIGH, SIZE_MIN, card_of, high
from tocsin.playbook.show.pages import as_card, as_html, as_markdown
from tocsin.playbook.show.sheet import FIRST_STEPS, first_steps, sheet_of
from tocsin.playbook.show.words import outcomes, span
from tocsin.playbook.steps import JOIN, Act, Page, Tell

ROOT = Path(__file__).parents[2]
SHIPPED = [*sorted((ROOT / "playbooks").glob("*.yaml")), ROOT / "examples/first-response/plan.yaml"]
FALLBACK = plan_of((ROOT / "playbooks" / "assistant-fallback.yaml").read_bytes())
MAKER = "Tocsin test"
often = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.explicit, Phase.generate])  # fmt: skip
VOID = {"meta", "br", "img", "hr", "link", "input"}
HOSTILE = """plan: p
version: "1"
title: "</title></style><script>alert(1)</script>"
owner: a
systems: [s]
steps:
  "call": {page: on-call, text: "```\\n# not a heading\\n| a | <b> |", within: 5m, next: stop,
           on_unanswered: stop}
  stop: {act: hand, target: "<img src=x>", wanted: "](javascript:1)", effect: stop, next: over,
         no_undo: "\\u202e<i>"}
  over: {end: completed}
"""


class Told(HTMLParser):
    """What a page holds: ids, links, words, and every tag closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids, self.links, self.words = list[str](), list[str](), list[str]()
        self.tags, self._open = set[str](), list[str]()
        self.feed(page)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        assert not any(name.startswith("on") or name in ("style", "src") for name in found), found
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_step_way_and_number_of_a_shipped_plan_stands_on_its_page(path: Path) -> None:
    plan = plan_of(path.read_bytes())
    page = Told(as_html(plan, MAKER))
    assert plan.digest in page.text and f"version {plan.version}" in page.text
    for number, step in enumerate(plan.steps.values(), start=1):
        assert f"step-{step.id}" in page.ids and f"{number} {step.id}" in page.text
        for way in outcomes(step):
            assert way.to is None or way.to == JOIN or f"#step-{way.to}" in page.links
            assert way.words in page.text
        if isinstance(step, Act):
            assert f"{step.target} to {step.wanted} through {step.connector}" in page.text
            assert all(item in page.text for item in step.evidence)
        if isinstance(step, Page | Tell):
            assert " ".join(step.text.split()) in page.text
        if step.raci is not None:
            assert step.raci.accountable in page.text
    for link in plan.communication:
        assert f"{link.audience} within {span(link.within_seconds)}".split()[0] in page.text
    for rule in plan.severity:
        assert rule.when in page.text and rule.reason in page.text


@often
@given(awkward_plans())
def test_pages_of_plans_with_awkward_words_are_whole_and_hold_nothing_that_acts(plan: Plan) -> None:
    for page in (as_html(plan, MAKER), as_card(plan, MAKER)):
        page.encode()
        told = Told(page)
        assert len(told.ids) == len(set(told.ids))
        assert {link.removeprefix("#") for link in told.links} <= set(told.ids)
        assert not told.tags & {"script", "img", "link", "iframe", "object", "form"}
        assert "default-src 'none'" in page and "url(" not in page and "@import" not in page
    as_markdown(plan, MAKER).encode()
    msgspec.json.encode(sheet_of(plan))


@often
@given(plans())
def test_the_steps_of_the_sheet_are_those_of_the_plan(plan: Plan) -> None:
    sheet = sheet_of(plan)
    assert [step.id for step in sheet.steps] == list(plan.steps)
    assert [step.number for step in sheet.steps] == list(range(1, len(plan.steps) + 1))
    for told, step in zip(sheet.steps, plan.steps.values(), strict=True):
        leads = [way.to for way in told.ways]
        expected = [None if way.to == JOIN else way.to for way in outcomes(step)]
        assert leads[len(leads) - len(expected) :] == expected
    reached = {step.id for step in sheet.steps if step.come_from}
    assert set(plan.steps) - {plan.start} <= reached
    assert 0 < len(sheet.first_steps) <= FIRST_STEPS or not first_steps(plan)
    markdown = as_markdown(plan, MAKER)
    for number, name in enumerate(plan.steps, start=1):
        assert f"\n### {number} {name}\n" in markdown


def test_hostile_words_stay_words_in_page_card_and_wiki() -> None:
    plan = plan_of(HOSTILE.encode())
    for page in (as_html(plan, MAKER), as_card(plan, MAKER)):
        told = Told(page)
        assert not told.tags & {"script", "img", "i"}
        assert "<script>alert(1)</script>" in told.text and "<img src=x>" in told.text
        assert "‮" not in page and "\\u202e" in page
    markdown = as_markdown(plan, MAKER)
    outside = re.sub(r"(?s)(`{3,})text\n.*?\n *\1", "", markdown)
    assert "not a heading" not in outside and not re.search(r"(?<!\\)<(script|img|b|i)", outside)
    assert "](javascript" not in outside.replace("\\](javascript", "")


def test_links_of_the_wiki_page_name_headings_that_are_there() -> None:
    markdown = as_markdown(FALLBACK, MAKER)
    places = {
        re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.*)$", markdown)
    }
    links = re.findall(r"\]\(#([^)]*)\)", markdown)
    assert links and set(links) <= places


def test_the_card_says_the_first_steps_the_stop_and_whom_to_call_and_tell() -> None:
    text = Told(as_card(FALLBACK, MAKER)).text
    assert first_steps(FALLBACK) == ("call", "stop", "keep", "tell-leads", "find-target")
    assert "assistant.model to off through kill-switch" in text
    assert "tocsin stop assistant" in text and "tocsin undo assistant" in text
    assert text.count("telephone") == 2 and "incident-commander" in text
    assert "ethics-board" in text and FALLBACK.digest[:16] in text


def longest() -> Plan:
    """A plan whose every word is as long as it may be."""
    name = "a-role-with-a-very-long-name-that-goes-on-and-on-for-ever-and"
    chain = "".join(f"  - {{audience: {name}{n}, within: 30m, by: r}}\n" for n in range(14))
    steps = "".join(
        f"  p{n}: {{page: {name}{n}, text: x, within: 5m, next: s{n}, on_unanswered: s{n}}}\n"
        f"  s{n}: {{act: {name}, target: {name}{n}, wanted: {'w' * 90}, effect: stop, "
        f"undo: {'u' * 90}, next: {f'p{n + 1}' if n < 5 else 'over'}}}\n"
        for n in range(6)
    )
    return plan_of(
        f"plan: p\nversion: {'v' * 50}\ntitle: {'long ' * 60}\nsystems: [{name}1, {name}2]\n"
        f"failure_mode: drift\ncommunication:\n{chain}"
        f"continuity: {{fallback: {name}, recovery_target: 72h}}\n"
        f"steps:\n{steps}  over: {{end: completed}}\n".encode()
    )


def test_the_card_is_one_page_even_of_the_longest_words_and_says_what_it_leaves_out() -> None:
    for plan in (longest(), FALLBACK):
        card = card_of(sheet_of(plan), MAKER)
        assert high(card, card.size) <= HIGH and card.size > SIZE_MIN
    text = Told(as_card(longest(), MAKER)).text
    assert text.count("and 3 more: see the plan") == 2 and "and 4 more: see the plan" in text
    assert card_of(sheet_of(FALLBACK), MAKER).size == 12


@often
@given(awkward_plans())
def test_the_card_of_any_plan_is_one_page(plan: Plan) -> None:
    card = card_of(sheet_of(plan), MAKER)
    assert high(card, card.size) <= HIGH


def test_first_steps_that_the_plan_names_stand_first() -> None:
    text = HOSTILE.replace("steps:", "first_steps: [stop, call]\nsteps:", 1)
    assert first_steps(plan_of(text.encode())) == ("stop", "call")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 s"), (90, "90 s"), (60, "1 min"), (7200, "2 h"), (86400, "1 day"), (864000, "10 days"),
     (129600, "36 h")],
)  # fmt: skip
def test_times_are_said_in_the_unit_in_which_they_are_whole(seconds: int, said: str) -> None:
    assert span(seconds) == said
