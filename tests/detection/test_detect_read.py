"""Reading detectors: all mistakes at once, by line; conditions mean what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection import declaration_of, read_declaration, system_named
from tocsin.detection.declared.condition import NotUnderstood, condition_of
from tocsin.detection.declared.declaration import (
    Basis,
    Counts,
    Direction,
    Drift,
    First,
    Rate,
    Silence,
    Slice,
    Span,
)  # fmt: skip
from tocsin.facts import Refused
from tocsin.facts.logs import Compare, Share, TimeUnit, holds

GOOD = """\
system: assistant
window: 10s
drift_window: 1m
log:
  at: {column: ts, unit: milliseconds}
  version: release
  by_fallback: handled_by == "human"
  rates:
    fallback: answer_type == "fallback"
    unsure: score < 0.4 and not cached
  numbers: [score, latency]
detectors:
  a: {rate: fallback, direction: up, tolerance: 15%, basis: relative, baseline: {first: 2000},
      run_length: 30d, slices: [version]}
  b: {rate: error, tolerance: 0.02, basis: points, direction: down, minimum: 50,
      baseline: {requests: 1000, counted: 7}, run_length: 5000}
  c: {drift: intent, tolerance: 5%,
      baseline: {since: 2026-11-01T00:00Z, until: 2026-11-02T00:00+01:00}}
  d: {no-data: 2m}
"""


def told(text: str) -> str:
    declared, mistakes = read_declaration(text.encode(), "d.yaml")
    assert (declared is None) == bool(mistakes)
    return "\n".join(map(str, mistakes))


def test_a_declaration_says_what_stands_there() -> None:
    found = declaration_of(GOOD.encode())
    a, b, c, d = found.detectors
    assert isinstance(a, Rate) and isinstance(b, Rate) and isinstance(c, Drift)
    assert (a.tolerance, a.basis, a.baseline) == (0.15, Basis.RELATIVE, First(2000))
    assert (a.run_length, a.slices, a.direction) == (259_200, (Slice.VERSION,), Direction.UP)
    assert (b.tolerance, b.basis, b.direction) == (0.02, Basis.POINTS, Direction.DOWN)
    assert (b.baseline, b.minimum, b.run_length) == (Counts(1000, 7), 50, 5000)
    assert isinstance(c.baseline, Span) and c.window_seconds == 60
    assert isinstance(d, Silence) and d.after_seconds == 120
    log = found.log
    assert (log.at, log.unit, log.version) == ("ts", TimeUnit.MILLISECONDS, "release")
    assert (log.window_seconds, log.profile_seconds) == (10, 60)
    assert log.numbers == ("score", "latency") and log.watched == {"intent"}
    assert "intent" in log.categories and log.rates["error"] == Share(counts=holds("error"))
    # what was named must be there; what is only usual may be missing
    assert not log.assumed & {"release", "answer_type", "intent", "error"}
    assert "segment" in log.assumed


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    text = told(
        "system: assistant\nwindow: soon\nlog:\n  rates: {slow: 'latency >'}\n  att: x\n"
        "detectors:\n"
        "  a: {rate: falback, tolerance: 150, basis: relativ, baseline: {first: many}}\n"
        "  b: {drift: x, rate: error}\n"
        "  c: {rate: error, tolerance: 1%, baseline: {since: 2026-01-01, until: 2026-01-02T00Z}}\n"
        "  d: {no-data: never}\n"
        "  e: {rate: error, tolerance: 1%, basis: points, baseline: {first: 9}, run_length: 3,\n"
        "      slices: [version, hour]}\n"
    )
    for wanted in (
        "d.yaml:2: mistake: window: 'soon'; write a duration",
        "d.yaml:4: mistake: log.rates.slow: the end; write a text in quotes",
        'd.yaml:5: mistake: log.att: an unknown field; did you mean "at"?',
        "d.yaml:7: mistake: detectors.a.rate: 'falback'; did you mean \"fallback\"?",
        "d.yaml:7: mistake: detectors.a.tolerance: '150'; write a share such as 15% or 0.15",
        "detectors.a.basis: 'relativ'; did you mean \"relative\"?",
        "detectors.a.baseline.first: 'many'; write a whole number from 1",
        "d.yaml:8: mistake: detectors.b: says rate and drift",
        "d.yaml:9: mistake: detectors.c.basis: not said; write relative",
        "d.yaml:9: mistake: detectors.c.direction: not said; write up or down, whichever is worse",
        "d.yaml:9: mistake: detectors.c.baseline.since: '2026-01-01'; write an instant with",
        "d.yaml:10: mistake: detectors.d.no-data: 'never'; write a duration",
        "detectors.e.run_length: '3'; write at least 100 windows",
        "detectors.e.slices: 'hour'; write version, segment, or both",
    ):
        assert wanted in text, f"{wanted}\n---\n{text}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", "empty"), ("- a\n", "not a mapping"), ("system: a\n", "no detectors"),
     ("system: a\ndetectors: {a: {no-data: 1m}}\nsystem: b\n", "a second time"),
     (GOOD.replace("drift_window: 1m", "drift_window: 15s"), "a multiple of 10s"),
     (GOOD.replace("{first: 2000}", "{}"), "write {first: 2000}"),
     (GOOD.replace("counted: 7", "counted: 7000"), "more than there were requests"),
     (GOOD.replace("until: 2026-11-02T00:00+01:00", "until: 2026-10-02T00:00Z"), "not after"),
     (GOOD.replace("5%,\n", "5%, window: 3s,\n"), "an unknown field")],
)  # fmt: skip
def test_a_mistake_is_told_with_what_would_be_right(text: str, wanted: str) -> None:
    assert wanted in told(text)


def test_a_refusal_holds_every_mistake() -> None:
    with pytest.raises(Refused, match="no detectors"):
        declaration_of(b"system: a\n")


@pytest.mark.parametrize(
    ("text", "compare", "values"),
    [('a == "x y"', Compare.IS, ("x y",)), ("a != 'x'", Compare.IS_NOT, ("x",)),
     ("a <= -1.5", Compare.AT_MOST, (-1.5,)), ("a == true", Compare.IS, (True,)),
     ('a in ["x", 2]', Compare.AMONG, ("x", 2.0)), ("a is missing", Compare.MISSING, ()),
     ("a", Compare.HOLDS, ())],
)  # fmt: skip
def test_a_term_means_what_it_says(text: str, compare: Compare, values: tuple[object, ...]) -> None:
    [[term]] = condition_of(text).either
    assert (term.column, term.compare, term.values, term.negated) == ("a", compare, values, False)


def test_and_binds_tighter_than_or_and_not_turns_one_term_round() -> None:
    found = condition_of('not a and `odd name` is not missing or gen_ai.kind == "x"').either
    assert [[(t.column, t.negated) for t in terms] for terms in found] == [
        [("a", True), ("odd name", True)], [("gen_ai.kind", False)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "a ==", "== 1", "a = 1", "a == b", "a in []", "a and", "a b", "a < true", "(a)", "or"],
)
def test_what_is_no_condition_is_told(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r": |compared|nothing"):
        condition_of(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        assert condition_of(text).columns()
    except NotUnderstood as bad:
        assert str(bad)


@pytest.mark.parametrize(
    ("good", "bad", "path"),
    [
        ("[score, latency]", "[[score]]", "11: mistake: log.numbers"),
        ("[score, latency]", "[score, '']", "11: mistake: log.numbers"),
        ("  by_", "  categories: [{a: b}, topic]\n  by_", "7: mistake: log.categories"),
        ("slices: [version]", "slices: [[version]]", "14: mistake: detectors.a.slices"),
    ],
)
def test_a_list_that_holds_no_word_is_a_mistake(good: str, bad: str, path: str) -> None:
    assert GOOD.count(good) == 1
    found = told(GOOD.replace(good, bad)).splitlines()
    where = f"d.yaml:{path}: not a list of words; write "
    assert any(one.startswith(where) for one in found), found


def test_the_system_is_known_whatever_else_is_wrong() -> None:
    assert system_named(b"\nsystem: a\nwindow: x\n") == ("a", 2)
    for unknown in (b"", b"- a\n", b"window: 1s\n", b"system: [a]\n", b"system: a b\n", b"{"):
        assert system_named(unknown) is None
