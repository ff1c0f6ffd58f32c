"""Every key of a TOML text is found on the line where it stands."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from tocsin.register.lines import line_of, lines_of

TEXT = '''\
# a comment with [brackets] and "quotes
title = "x # no comment"  # [not a table]

[systems.a]
notes = """
[people.fake]
owner = "nobody"
"""  # still here
roles = [  # a list
  "one",   # ] not the end
  "two",

  [ "three" ],
]
literal = \'\'\'
it\'s = [ {
\'\'\'
"quoted.key" = 1
dotted.inner = { a = 1, b = "}" }

[[systems.a.vendors]]
name = "first"
[[systems.a.vendors]]
name = "second"
[systems.a.vendors.address]
street = "x"

[ people . "a.b" ]
name = "\\"q\\" = ["
ending = """a""""
last = \'x\'
'''


def test_each_key_stands_where_it_is_found() -> None:
    tomllib.loads(TEXT)
    lines = lines_of(TEXT)
    a = ("systems", "a")
    expected = {
        ("title",): 2,
        a: 4,
        (*a, "notes"): 5,
        (*a, "roles"): 9,
        (*a, "roles", 0): 10,
        (*a, "roles", 1): 11,
        (*a, "roles", 2): 13,
        (*a, "literal"): 15,
        (*a, "quoted.key"): 18,
        (*a, "dotted", "inner"): 19,
        (*a, "vendors", 0): 21,
        (*a, "vendors", 0, "name"): 22,
        (*a, "vendors", 1): 23,
        (*a, "vendors", 1, "name"): 24,
        (*a, "vendors", 1, "address"): 25,
        (*a, "vendors", 1, "address", "street"): 26,
        ("people", "a.b"): 28,
        ("people", "a.b", "name"): 29,
        ("people", "a.b", "ending"): 30,
        ("people", "a.b", "last"): 31,
    }
    assert {path: lines.get(path) for path in expected} == expected
    assert ("people", "fake") not in lines


def test_the_nearest_line_above_stands_for_what_has_none() -> None:
    lines = lines_of("[a]\nb = { c = 1 }\n")
    assert line_of(lines, ("a", "b", "c")) == 2
    assert line_of(lines, ("a", "z")) == 1
    assert line_of(lines, ("nothing",)) == 1
    assert line_of({}, ()) == 1


def test_windows_line_ends_count_once() -> None:
    assert lines_of("a = 1\r\nb = [\r\n1,\r\n2]\r\nc = 3\r\n")[("c",)] == 5


NESTED = """\
when = [
  { any = [   # one of ] these
    { fact = "a", is = "]" },
    { all = [
      { fact = "b",
        in = ["x",
              "y"] },
    ] },
  ] },
  { fact = "c" },
]
after = { a.b = [1, 2], c = {} }
last = 1
"""


def test_what_stands_within_lists_and_braces_has_lines_of_its_own() -> None:
    tomllib.loads(NESTED.replace("\n        in", " in"))
    lines = lines_of(NESTED)
    inner = ("when", 0, "any", 1, "all", 0)
    expected = {
        ("when", 0): 2,
        ("when", 0, "any", 0, "fact"): 3,
        (*inner, "fact"): 5,
        (*inner, "in"): 6,
        (*inner, "in", 1): 7,
        ("when", 1): 10,
        ("after", "a", "b", 1): 12,
        ("after", "c"): 12,
        ("last",): 13,
    }
    assert {path: lines.get(path) for path in expected} == expected


def test_what_is_nested_very_deep_hides_nothing_after_it() -> None:
    deep = "a = " + "[" * 90 + '"]"' + ", 1]" + "]" * 89 + "\nb = 1\n"
    tomllib.loads(deep)
    assert lines_of(deep)[("b",)] == 2


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n#[]{}\"'=,"), max_size=12
)


@given(st.lists(st.tuples(words, st.sampled_from(['"""', "'''"])), max_size=6))
def test_no_text_hides_the_keys_after_it(values: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for place, (value, fence) in enumerate(values):
        safe = value.replace("\\", "").replace(fence[0], "")
        expected[(f"k{place}",)] = text.count("\n") + 1
        text += f"k{place} = {fence}{safe}{fence}\n"
    tomllib.loads(text)
    assert lines_of(text) == expected
