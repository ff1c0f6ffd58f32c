"""Reading a plan: all mistakes at once, by line, with a remedy; nothing is guessed."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Refused
from tocsin.playbook import plan_of, read_plan
from tocsin.playbook.steps import Act, Ask, Wait

HEAD = "plan: p\nversion: 1.10\ntitle: T\nsteps:\n"
GOOD = (
    HEAD
    + """\
  off: {act: switch, target: t, wanted: off, undo: on, next: ask}
  ask: {ask: Sure, role: lead, choices: {yes: rest, no: done}, limit: 2h, on_limit: no}
  rest: {wait: 3d, next: done}
  done: {end: completed}
"""
)


def told(text: str) -> list[str]:
    plan, mistakes = read_plan(text.encode(), "p.yaml")
    assert (plan is None) == bool(mistakes)
    return [str(mistake) for mistake in mistakes]


def test_words_stay_the_words_that_stand_there() -> None:
    plan = plan_of(GOOD.encode())
    off, ask, rest = plan.steps["off"], plan.steps["ask"], plan.steps["rest"]
    assert isinstance(off, Act) and isinstance(ask, Ask) and isinstance(rest, Wait)
    assert (off.wanted, off.undo, plan.version) == ("off", "on", "1.10")
    assert dict(ask.choices) == {"yes": "rest", "no": "done"}
    assert (ask.limit_seconds, rest.seconds) == (7200, 3 * 86400)
    assert plan.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    assert plan.start == "off"


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    found = told(
        "plan: p\nversion: 1\ntitel: T\nsteps:\n"
        "  off: {act: switch, target: t, wanted: off, aprovals: 3, next: done}\n"
        "  rest: {wait: soon, next: done}\n"
        "  both: {wait: 1m, end: completed}\n"
        "  done: {end: complete}\n"
    )
    text = "\n".join(found)
    for wanted in (
        'p.yaml:3: mistake: titel: an unknown field; did you mean "title"?',
        "p.yaml:5: mistake: steps.off.aprovals",
        "p.yaml:6: mistake: steps.rest.wait: 'soon'; write a duration",
        "p.yaml:7: mistake: steps.both: says wait and end",
        "p.yaml:8: mistake: steps.done.end: 'complete'; did you mean \"completed\"?",
        "mistake: title: missing",
    ):
        assert wanted in text, text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "an empty file"),
        ("- a\n", "not a mapping"),
        ("a: [\n", "not YAML"),
        (HEAD + "  a: &x {end: completed}\n", "anchor"),
        (HEAD + "  a: {end: completed}\n---\nplan: y\n", "a second document"),
        (HEAD + '  a: {end: "\\ud800"}\n', "not YAML: found invalid Unicode character"),
        ("a: " + "[" * 9_000 + "]" * 9_000, "nested too deeply"),
        ("{a: " * 9_000 + "1" + "}" * 9_000, "nested too deeply"),
        (HEAD + "  a: !!str {end: completed}\n", "a tag"),
        (HEAD + "  a: {end: completed}\n  a: {end: failed}\n", "a second time"),
        (HEAD + "  a: {end: completed, end: failed}\n", "a second time"),
        ("plan: p\nversion: 1\ntitle: T\nsteps: {}\n", "no steps"),
        (HEAD + "  join: {end: completed}\n", "name it in letters"),
        (HEAD + '  a: {parallel: ["", b], next: b}\n  b: {end: failed}\n', "not a list of texts"),
        (HEAD + "  a: {end: cancelled}\n", "cancelled"),
        (HEAD + "  a: {wait: 0s, next: b}\n  b: {end: completed}\n", "duration"),
        (HEAD + "  a: {wait: 1m, next: bb}\n  bbb: {end: completed}\n", 'did you mean "bbb"'),
        (HEAD + "  a: {wait: 1m, next: a}\n", "for ever"),
        (HEAD + "  a: {end: completed}\n  b: {end: completed}\n", "no way leads"),
        (HEAD + "  a: {wait: 1m, next: join}\n", "outside of any branch"),
        (HEAD + "  a: {act: c, target: t, wanted: w, limit: 1h, next: b}\n  b: {end: failed}\n",
         "without approvals"),
        (HEAD + "  a: {act: c, target: t, wanted: w, approvals: 3, next: b}\n  b: {end: failed}\n",
         "from 0 to 2"),
        (HEAD + "  a: {ask: Q, role: r, choices: {y: b}, limit: 1h}\n  b: {end: failed}\n",
         "belong together"),
        (HEAD + "  a: {ask: Q, role: r, choices: {yes: b}, limit: 1h, on_limit: yess}\n"
         "  b: {end: failed}\n", 'did you mean "yes"'),
    ],
)  # fmt: skip
def test_each_mistake_is_refused_in_plain_words(text: str, why: str) -> None:
    assert any(why in mistake for mistake in told(text)), told(text)


def branches(inner: str, after: str = "") -> str:
    return (
        HEAD
        + f"  both: {{parallel: [a, b], next: done}}\n{inner}  done: {{end: completed}}\n{after}"
    )


def test_branches_end_with_join_and_keep_apart() -> None:
    fine = "  a: {wait: 1m, next: join}\n  b: {wait: 2m, next: join}\n"
    assert told(branches(fine)) == []
    crossing = "  a: {wait: 1m, next: c}\n  b: {wait: 2m, next: c}\n  c: {wait: 1m, next: join}\n"
    assert any("two different branches" in m for m in told(branches(crossing)))
    leaving = "  a: {wait: 1m, next: done}\n  b: {wait: 2m, next: join}\n"
    assert any("two different branches" in m for m in told(branches(leaving)))
    ending = "  a: {wait: 1m, next: out}\n  b: {wait: 2m, next: join}\n"
    assert any("cut off" in m for m in told(branches(ending, "  out: {end: failed}\n")))


def test_a_circle_needs_a_wait_that_counts() -> None:
    step = "  a: {act: c, target: t, wanted: w, on_failure: done, next: rest}\n"
    step += "  done: {end: completed}\n"
    assert (
        told(HEAD + step + "  rest: {wait: 1m, next: a, rounds_max: 3, on_rounds_max: done}\n")
        == []
    )
    assert any("for ever" in m for m in told(HEAD + step + "  rest: {wait: 1m, next: a}\n"))


def test_bytes_that_are_not_text_and_too_much_text_are_told() -> None:
    assert "UTF-8" in str(read_plan(b"plan: p\n\xff\n")[1][0])
    assert "at most" in str(read_plan(b"x" * 2_000_000)[1][0])
    assert read_plan(b"[" * 5000)[0] is None
    with pytest.raises(Refused, match="steps"):
        plan_of(b"plan: p\n")


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    plan, mistakes = read_plan(text.encode("utf-8", "replace"))
    assert plan is None and mistakes
