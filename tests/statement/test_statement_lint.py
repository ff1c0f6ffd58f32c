"""A template that could act, or that names what is not there, is no template; each line is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.desk.words.statement_files import template_for, templates_of
from tocsin.facts import Refused
from tocsin.facts.statements import Audience, Moment
from tocsin.statement.lint import read_template, read_templates
from tocsin.statement.template import TEMPLATE_BYTES_MAX

PLACE = "customers/first.j2"
GOOD = "Subject: {{ systems }}\n\nWe found a problem.\n"

WRONG = [
    ("{{ known.append(1) }}", "a call"),
    ("{{ systems.upper }}", "a part of a value"),
    ("{{ systems['x'] }}", "a part of a value"),
    ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "a call"),
    ("{{ self }}", "nothing is called 'self'"),
    ("{{ loop.index }}", "a part of a value"),
    ("{% for one in known %}{{ loop }}{% endfor %}", "nothing is called 'loop'"),
    ("{{ range(1000000000) }}", "a call"),
    ("{{ 'a' * 1000000000 }}", "mul"),
    ("{{ 9 ** 9 ** 9 }}", "pow"),
    ("{{ systems ~ since }}", "concat"),
    ("{{ 99999999999999999999 }}", "no short text"),
    ("{{ 1.5 }}", "no short text"),
    ("{{ [1, 2] }}", "list"),
    ("{{ {'a': 1} }}", "dict"),
    ("{% include 'x' %}", "include"),
    ("{% import 'x' as y %}", "import"),
    ("{% from 'x' import y %}", "import"),
    ("{% extends 'x' %}", "extends"),
    ("{% macro x() %}{% endmacro %}", "a macro"),
    ("{% set x = 1 %}", "set"),
    ("{% block x %}{% endblock %}", "a block"),
    ("{% for one in known recursive %}{% endfor %}", "a loop with a condition"),
    ("{% for one in known if one %}{% endfor %}", "a loop with a condition"),
    ("{% for one in systems %}{{ one }}{% endfor %}", "no list"),
    ("{% for one in known %}{% for two in done %}{% endfor %}{% endfor %}", "within a loop"),
    ("{% for known in done %}{% endfor %}", "a name that is taken"),
    ("{% for a, b in known %}{% endfor %}", "a name that is taken"),
    ("{{ known }}", "known is a list"),
    ("{{ known|map('upper') }}", "no filter is called 'map'"),
    ("{{ systems|safe }}", "no filter is called 'safe'"),
    ("{{ systems is defined }}", "test"),
    ("{{ since < noticed }}", "a comparison by lt"),
    ("{{ suspected|join(', ') }}", "nothing is called 'suspected'"),
    ("{{ knwon|join(', ') }}", "did you mean \"known\""),
    ("{{ cycler }}", "nothing is called 'cycler'"),
    ("{% if known %}", "not a template"),
    ("{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "nested too deeply"),
    ("{{ " + "9" * 9000 + " }}", "nested too deeply, or a number"),
    ("{% if systems %}x", "not a template"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_what_a_template_does_not_need_it_may_not(text: str, said: str) -> None:
    template, told = read_template(PLACE, (GOOD + text + "\n").encode())
    assert template is None
    assert said in "\n".join(f"{one.found}; {one.remedy}" for one in told), told
    if "nested" not in said:
        assert any(one.line == 4 for one in told), told


def test_what_is_only_known_inside_may_be_named_inside() -> None:
    text = (GOOD + "{{ suspected|join(', ') }} {{ title }}\n").encode()
    assert read_template("support/first.j2", text)[1] == []
    assert len(read_template(PLACE, text)[1]) == 2, "each is told, not only the first"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no subject"),
        ("Hello\n\nyou", "no subject"),
        ("Subject:\n\nx", "no subject"),
        ("Subject: {{ added }}\n\nx", "added words in the subject"),
        ("Subject: x\n\n{% if known %}x{% endif %}", "nothing is said when little is known"),
        ("{# forbids: sorry #}\nSubject: x\n\nWe are Sorry.", "which it forbids"),
        ("Subject: x\n\n{{ 'a' if known }}", "nothing is said when little is known"),
    ],
)  # fmt: skip
def test_a_template_has_a_subject_and_says_something(text: str, said: str) -> None:
    template, told = read_template(PLACE, text.encode())
    assert template is None and said in str(told[0])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("custmers/first.j2", 'did you mean "customers"'),
        ("customers/frist.j2", 'did you mean "first"'),
        ("customers/first.german.j2", "two letters"),
        ("customers/first.txt", "call it MOMENT.j2"),
        ("first.j2", "no audience is called ''"),
    ],
)
def test_a_file_in_the_wrong_place_is_told(path: str, said: str) -> None:
    template, told = read_template(path, GOOD.encode())
    assert template is None and said in str(told[0])


def test_bytes_that_are_no_text_or_too_many_are_told() -> None:
    for data, said in (
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * (TEMPLATE_BYTES_MAX + 1), "16,385 bytes"),
    ):
        template, told = read_template(PLACE, data)
        assert template is None and said in told[0].found


def test_all_files_are_told_at_once() -> None:
    found, told = read_templates(
        {PLACE: GOOD.encode(), "press/first.j2": b"x", "press/final.j2": b"{{ x }}"}
    )
    assert list(found) == ["customers/first"]
    assert {one.file for one in told} == {"press/first.j2", "press/final.j2"}


def own(home: Path, name: str, text: str) -> None:
    path = home / "statements" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_template_of_the_home_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    own(tmp_path, PLACE, GOOD)
    own(tmp_path, "customers/first.de.j2", "Subject: {{ systems }}\n\nWir haben ein Problem.\n")
    assert template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST).source == GOOD
    german = template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST, "de")
    assert "Wir haben" in german.source and german.language == "de"
    assert template_for(tmp_path, Audience.PRESS, Moment.FIRST).audience is Audience.PRESS


def test_a_home_template_with_a_mistake_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    own(tmp_path, PLACE, GOOD + "{{ x }}")
    with pytest.raises(Refused, match=r"customers/first.j2:4: mistake: nothing is called 'x'"):
        template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST)
    assert templates_of(tmp_path)[1]
    assert template_for(tmp_path, Audience.CUSTOMERS, Moment.UPDATE), "the others stand"


def test_what_is_written_anew_is_read_anew_and_what_is_not_there_names_the_languages(
    tmp_path: Path,
) -> None:
    own(tmp_path, PLACE, GOOD)
    assert template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST).source == GOOD
    own(tmp_path, PLACE, GOOD + "More.\n")
    assert template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST).source.endswith("More.\n")
    own(tmp_path, "customers/final.de.j2", "Subject: {{ systems }}\n\nEs ist vorbei.\n")
    with pytest.raises(Refused, match=r"no template customers/first\.de\.j2; .*: de, en; write"):
        template_for(tmp_path, Audience.CUSTOMERS, Moment.FIRST, "de")


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("{}%#|()[].'\"*~ \nabknowsy019_-if for in end"), max_size=120))
def test_no_text_breaks_the_reader_and_what_it_accepts_can_be_filled(text: str) -> None:
    template, told = read_template(PLACE, (GOOD + text).encode())
    assert (template is None) == bool(told)
