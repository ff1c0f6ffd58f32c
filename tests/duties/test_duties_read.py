"""A law pack is read whole or not at all, and every mistake says where it is and what is right."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_law import ARTICLE, FORM, SMALL, spoilt
from tocsin.duties.law import (
    Law,
    Op,
    Period,
    Reading,
    Shift,
    Unit,
)
from tocsin.duties.law import (
    Test as FactTest,
)
from tocsin.duties.read import read_law
from tocsin.duties.read_fields import read_fields
from tocsin.register.mistakes import Mistake


def law(files: dict[str, str] | None = None) -> Law:
    read, told = read_law(files or SMALL)
    assert read is not None, "\n".join(map(str, told))
    return read


def told(files: dict[str, str]) -> list[str]:
    """The mistakes of a pack that must not be law, without the files."""
    read, mistakes = read_law(files)
    assert read is None, "a pack with a mistake became law"
    return [f"{one.line}: {one.path}: {one.found}; {one.remedy}" for one in mistakes]


def test_the_small_pack_is_law() -> None:
    read = law()
    initial, final = read.rules
    assert [rule.id for rule in read.rules] == ["eu/act/1/initial", "eu/act/1/final"]
    assert initial.applies == FactTest(fact="entity", op=Op.IS, values=("bank",))
    assert initial.clocks[0].readings == (
        Reading(shift=Shift.NEXT_FULL_HOUR, paragraph="3(1)", contention="C1"),
    )
    assert initial.clocks[0].contention == "C1", "a later start would carry it too"
    assert final.clocks[0].within == Period(unit=Unit.MONTHS, count=1)
    assert (final.from_, final.until, final.where) == (date(2025, 1, 17), None, ("EU",))
    assert read.articles[0].summary == "What it is about."
    (vector,) = read.vectors
    assert vector.due == datetime(2026, 11, 4, 9, tzinfo=UTC)


def test_equal_packs_have_equal_digests_whatever_the_order_and_layout() -> None:
    turned = dict(reversed(list(SMALL.items())))
    turned["eu/act/1.toml"] = "# a comment\n" + ARTICLE.replace(" = ", "=")
    assert law(turned).digest == law().digest
    assert law(spoilt("72", "73")).digest != law().digest
    assert law(spoilt("three days", "four days")).digest != law().digest


MISTAKES = [
    ('title = "An article"\n', "", 'no "title"'),
    ("compared_on = 2026-11-01\n", "", 'no "compared_on"'),
    ('sources = ["where it stands"]\n', "", 'no "sources"'),
    ('grade = "P"\n', "", 'no "grade"'),
    ("from = 2025-01-17\n", "", 'no "from"'),
    ('where = ["EU"]\n', "", 'no "where"'),
    (
        "stage =",
        "stagee =",
        '21: rule[1].stagee: a key that is not known here; did you mean "stage"?',
    ),
    ('"entity", is = "bank"', '"entty", is = "bank"', 'did you mean "entity"?'),
    ('is = "bank"', 'is = "bnk"', "'bnk'; did you mean \"bank\"?"),
    ('is = "bank"', 'has = ["bank"]', "compare it by: is, in, unless, known"),
    ('is = "bank"', 'is = "bank", in = ["bank"]', '"is" and "in"; write exactly one of'),
    ("happened = true", "happened = false", "put it into { not = }"),
    ('[{ fact = "entity", is = "bank" }]', '"bank"', "write a list such as"),
    ('"entity", is = "bank"', '"sector", is = "finance"', "compare it by: has, unless, known"),
    ('"entity", is = "bank"', '"people", at_least = "x"', "write a whole number"),
    ('"entity", is = "bank"', '"personal_data", is = "yes"', "write true or false"),
    ('{ fact = "entity", is = "bank" }', '{ facts = "entity" }', 'no "fact"'),
    ('{ fact = "entity", is = "bank" }', "{ any = [] }", "write a list of conditions"),
    ('counting = "hours"', 'counting = "hour"', 'did you mean "hours"?'),
    ('contention = "C1"', 'contention = "C2"', "explain it in pack.toml"),
    ("{ hours = 72 }", "{ days = 3 }", "next-full-hour on a period in days"),
    ("{ hours = 72 }", "{ working_days = 3 }", "next-full-hour on a period in working_days"),
    ("{ hours = 72 }", "{ hours = 72, days = 3 }", '"hours" and "days"'),
    ("{ hours = 72 }", "{ hours = 0 }", "from 1 to"),
    ("{ hours = 72 }", "{ hours = 72, ends = 17:30:00 }", "only a period in days or longer"),
    ("{ hours = 72 }", '{ hours = "entity" }', "name a fact of type count"),
    ("{ hours = 72 }", "{ immediately = 1 }", "write true"),
    ('start = "aware"', 'start = "awar"', 'did you mean "aware"?'),
    ('start = "aware"', 'start = "entity"', "it is of type choice and has no instant"),
    ('start = "aware"', 'start = "harms"', "no kinds of harm"),
    ('start = "aware"', 'start = "harms"\nharms = ["deth"]', 'did you mean "death"?'),
    ('start = "aware"', 'start = "aware"\naware_by = ["manger"]', 'did you mean "manager"?'),
    ('start = "aware"', 'start = "aware"\nlater_aware_by = ["manager"]', "no later awareness"),
    ('start = "aware"', 'start = "aware"\nyields_to = "classifed"', 'did you mean "classified"?'),
    ('start = "submitted.initial"', 'start = "submitted.inital"', '"submitted.initial"?'),
    ('after = ["eu/act/1/initial"]\n', "", 'name the rule with this stage in "after"'),
    ('after = ["eu/act/1/initial"]', 'after = ["eu/act/1/intial"]', '"eu/act/1/initial"?'),
    ('stage = "initial"\n', "", "which has no stage"),
    ('stage = "final"', 'instead_of = ["eu/act/1/final"]', "the rule itself"),
    ('id = "eu/act/1/final"', 'id = "eu/act/11/final"', 'begins with its file: "eu/act/1/NAME"'),
    ('id = "eu/act/1/final"', 'id = "eu/act/1/initial"', "a day that it has already"),
    ("from = 2025-01-17", "from = 2025-01-17\nuntil = 2025-01-17", "comes after from"),
    ('to = [{ name = "the authority in {places}" }]\n', "", "who is to be told?"),
    ("{places}", "{place}", "only {places} is filled in"),
    ('where = ["EU"]', 'where = ["EUU"]', 'did you mean "EU"?'),
    ('rule = "eu/act/1/initial"\nzone', 'rule = "eu/act/1/intial"\nzone', "which is no rule"),
    ("aware = 2026-11-01T10:00:00+01:00", "aware = 2026-11-01T10:00:00", "without a zone"),
    ("due = 2026-11-04T10:00:00+01:00", "due = 2026-11-04T10:00:00", "without a zone"),
    ("due = 2026-11-04T10:00:00+01:00\n", "", "the last instant that is in time"),
    ('status = "due"', 'status = "not-applicable"', "has none"),
    ('status = "due"', 'status = "dew"', 'did you mean "due"?'),
    ('zone = "Europe/Berlin"', 'zone = "Europe/Berlinn"', '"Europe/Berlin"'),
    ('calendar = "DE-BE"', 'calendar = "DE-BX"', '"DE" has BB'),
    ('entity = "bank"\naware', 'entty = "bank"\naware', 'did you mean "entity"?'),
    ('stage = "initial"', 'stage = "initial"\nsort = "guard"', 'no "guard"'),
    ('stage = "initial"', 'place = { whose = "entity", zone = "UTC" }', "a place that is not one"),
    ('who = "Banks"\n', "", 'no "who"'),
    ("[[rule.clock]]\nparagraph", "[rule.clocks]\nparagraph", '"clock"?'),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), MISTAKES, ids=[f"{i}" for i in range(len(MISTAKES))]
)
def test_a_mistake_is_told_and_there_is_no_law(old: str, new: str, said: str) -> None:
    files = spoilt(old, new)
    assert any(said in one for one in told(files)), "\n".join(told(files))


def test_all_mistakes_of_all_files_are_told_at_once_with_their_lines() -> None:
    files = {**SMALL, "eu/act/2.toml": "x = 1\n", "pack.toml": "version = 1\n"}
    read, mistakes = read_law(files)
    assert read is None
    assert {one.file for one in mistakes} == {"eu/act/1.toml", "eu/act/2.toml", "pack.toml"}
    assert mistakes == tuple(sorted(mistakes))


def test_what_is_not_toml_is_told_with_its_line() -> None:
    read, (mistake,) = read_law({**SMALL, "eu/act/2.toml": "a = 1\nb = = 2\n"})
    assert read is None
    assert (mistake.file, mistake.line) == ("eu/act/2.toml", 2)


CLOSED = """
[[closure]]
calendar = "DE"
day = 2026-12-28
works = false
because = "closed by order"
"""


def test_two_closures_that_contradict_each_other_are_a_mistake() -> None:
    opened = CLOSED.replace("false", "true").replace("closed", "opened")
    (said,) = told({**SMALL, "closures.toml": CLOSED + opened})
    assert said.startswith("11: closure[2].works: DE on 2026-12-28, which does not work by another")
    assert "closed by order" in said
    read, (laid_over,) = read_law({**SMALL, "closures.toml": CLOSED}, {"closures.toml": opened})
    assert read is None and laid_over.file == "(own) closures.toml"
    another = opened.replace("2026-12-28", "2026-12-29")
    assert len(law({**SMALL, "closures.toml": CLOSED + CLOSED + another}).closures) == 3
    elsewhere = opened.replace('"DE"', '"FR"')
    assert len(law({**SMALL, "closures.toml": CLOSED + elsewhere}).closures) == 2


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_article_is_a_mistake_for_a_rule_may_be_missing(text: str) -> None:
    read, mistakes = read_law({**SMALL, "eu/act/2.toml": text})
    assert read is None and [one.file for one in mistakes] == ["eu/act/2.toml"]


def test_versions_follow_one_another_without_a_mistake() -> None:
    later = ARTICLE[ARTICLE.index("[[rule]]") : ARTICLE.index('[[rule]]\nid = "eu/act/1/final')]
    text = ARTICLE.replace(
        'id = "eu/act/1/initial"\nsays', 'id = "eu/act/1/initial"\nuntil = 2027-01-01\nsays'
    ).replace("[[vector]]", later.replace("says", "from = 2027-01-01\nsays", 1) + "[[vector]]")
    read = law({**SMALL, "eu/act/1.toml": text})
    days = [(rule.from_, rule.until) for rule in read.rules if rule.id == "eu/act/1/initial"]
    assert days == [(date(2025, 1, 17), date(2027, 1, 1)), (date(2027, 1, 1), None)]


def test_an_article_without_a_vector_is_law_with_advice() -> None:
    read, mistakes = read_law({**SMALL, "eu/act/1.toml": ARTICLE[: ARTICLE.index("[[vector]]")]})
    assert read is not None
    assert [one.advice for one in mistakes] == [True]


def test_a_vector_says_as_of_when_where_no_fact_starts_its_rule() -> None:
    read = law(spoilt('status = "due"', 'status = "due"\nat = 2026-12-01T00:00:00+01:00'))
    assert read.vectors[0].at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert law().vectors[0].at is None, "whenever it is checked"


def test_a_pack_without_its_dictionary_is_told_and_nothing_that_only_follows() -> None:
    files = {name: text for name, text in SMALL.items() if name != "facts.toml"}
    for pack in (files, {**files, "eu/act/1.toml": "x"}):
        read, (one,) = read_law(pack)
        assert read is None and one.file == "facts.toml" and "no such file" in one.found
        assert "put it back" in one.remedy and not one.advice
    assert "nor any other" in str(read_law({})[1][0])


def test_a_rule_names_forms_that_are_there() -> None:
    files = spoilt('stage = "initial"', 'stage = "initial"\ncontent = ["gdpr-33"]')
    assert law(files).rules[0].content == ("gdpr-33",), "without field sets any id will do"
    assert law({**files, "fields/gdpr-33.toml": FORM})
    assert any("'gdpr-33'" in one for one in told({**files, "fields/gdpr-34.toml": FORM}))


def test_a_form_with_a_mistake_is_one_of_the_law_and_all_are_told_at_once() -> None:
    spoilt_form = FORM.replace('shape = "text"', 'shape = "txt"')
    read, mistakes = read_law(
        {**SMALL, "fields/x.toml": spoilt_form}, {"fields/y.toml": FORM.replace("person", "persn")}
    )
    assert read is None
    assert [one.file for one in mistakes] == ["(own) fields/y.toml", "fields/x.toml"]
    asks = FORM.replace('["person"]', '["fact:submitted.initial"]')
    assert law({**SMALL, "fields/x.toml": asks}), "a key that stands for many holds each of them"


def test_the_forms_belong_to_the_law_and_to_its_digest() -> None:
    bare, formed = law(), law({**SMALL, "fields/x.toml": FORM})
    other = law({**SMALL, "fields/x.toml": FORM.replace("Say it.", "Write it.")})
    assert len({bare.digest, formed.digest, other.digest}) == 3
    assert formed.forms["x"] == read_fields({"fields/x.toml": FORM})[0].by_id["x"].digest
    ours, _ = read_law({**SMALL, "fields/x.toml": FORM}, {"fields/x.toml": FORM + "# ours\n"})
    assert ours is not None and ours.forms["x"] != formed.forms["x"], "a home's own stands instead"


def test_a_period_may_be_what_a_fact_says_and_end_at_a_time() -> None:
    read = law(spoilt("{ months = 1 }", '{ working_days = "people", ends = 17:30:00 }'))
    assert read.rules[1].clocks[0].within == Period(
        unit=Unit.WORKING_DAYS, count_from="people", ends=time(17, 30)
    )


def test_other_spellings_of_a_fact_are_the_same_fact() -> None:
    assert law(spoilt('start = "aware"', 'start = "awareness"')).rules[0].clocks[0].start == "aware"


OWN = ARTICLE.replace("eu/act/1", "own/decree").replace('id = "one"', 'id = "own-one"')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('lender = "bnk"', 'did you mean "bank"?'),
        ('bank = "insurer"', "which is a choice itself"),
    ],
)
def test_another_word_for_a_choice_means_one_that_there_is(line: str, said: str) -> None:
    choice = 'insurer = "an insurer"\n'
    files = spoilt(choice, f"{choice}[entity.same_as]\n{line}\n", "facts.toml")
    assert any(said in one for one in told(files))
    good = law(spoilt(choice, f'{choice}[entity.same_as]\nlender = "bank"\n', "facts.toml"))
    assert good.dictionary.keys["entity"].choice("lender") == "bank"


@pytest.mark.parametrize("line", ['insurer = ["bnk"]', 'bnk = ["insurer"]'])
def test_what_counts_as_another_choice_is_one_and_so_is_that(line: str) -> None:
    choice = 'insurer = "an insurer"\n'
    files = spoilt(choice, f"{choice}[entity.counts_as]\n{line}\n", "facts.toml")
    assert any('did you mean "bank"?' in one for one in told(files))


def test_a_condition_on_a_word_holds_for_what_counts_as_it() -> None:
    choice = 'insurer = "an insurer"\n'
    more = f'{choice}mutual = "one of its members"\n[entity.counts_as]\nmutual = ["bank"]\n'
    (applies, *_) = [rule.applies for rule in law(spoilt(choice, more, "facts.toml")).rules]
    assert applies == FactTest(fact="entity", op=Op.IN, values=("bank", "mutual"))


def test_a_condition_on_another_word_for_a_choice_is_told_which_to_write() -> None:
    choice = 'insurer = "an insurer"\n'
    files = spoilt(choice, f'{choice}[entity.same_as]\nmutual = "insurer"\n', "facts.toml")
    article = ARTICLE.replace('"bank"', '"mutual"', 1)
    assert any('write "insurer"' in one for one in told({**files, "eu/act/1.toml": article}))


def test_own_articles_are_laid_over_the_pack() -> None:
    read, mistakes = read_law(SMALL, {"own/decree.toml": OWN})
    assert read is not None, mistakes
    assert [(one.path, one.own) for one in read.articles] == [
        ("eu/act/1", False),
        ("own/decree", True),
    ]
    assert read.digest != law().digest


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("eu/act/1.toml", ARTICLE, "a second time"),
        ("places.toml", SMALL["places.toml"], '"DE" a second time'),
        ("pack.toml", 'version = "2"', "only the pack below has one"),
    ],
)
def test_what_is_laid_over_replaces_nothing(name: str, text: str, said: str) -> None:
    read, mistakes = read_law(SMALL, {name: text})
    assert read is None
    assert any(said in one.found + one.remedy for one in mistakes)
    assert {one.file for one in mistakes} == {f"(own) {name}"}


def _read(files: dict[str, str]) -> tuple[Law | None, tuple[Mistake, ...]]:
    read, mistakes = read_law(files)
    assert read is not None or any(not one.advice for one in mistakes)
    return read, mistakes


@given(st.text(max_size=200), st.sampled_from([*SMALL, "x.toml"]))
def test_any_text_gives_law_or_mistakes(text: str, name: str) -> None:
    _read({**SMALL, name: text})


HUGE = "0x" + "f" * 4000
SCALARS = """
1 -1 true 0.5 nan "" "aware" "x" 2026-01-01 07:30:00 [] {} 2026-01-01T00:00:00 2026-01-01T00:00:00Z
"""
VALUES = st.recursive(
    st.sampled_from([*SCALARS.split(), HUGE]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{', '.join(some)}]")
        | st.dictionaries(
            st.sampled_from(["fact", "is", "any", "not", "unless", "name", "when", "hours", "x"]),
            inner,
            max_size=3,
        ).map(lambda some: "{" + ", ".join(f"{k} = {v}" for k, v in some.items()) + "}")
    ),
    max_leaves=8,
)


@given(st.data())
def test_any_value_anywhere_gives_law_or_mistakes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(SMALL)))
    lines = SMALL[name].splitlines()
    at = data.draw(st.sampled_from([i for i, line in enumerate(lines) if " = " in line]))
    lines[at] = f"{lines[at].split(' = ')[0]} = {data.draw(VALUES)}"
    _read({**SMALL, name: "\n".join(lines)})


@given(st.data())
def test_a_line_that_is_gone_gives_law_or_mistakes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(SMALL)))
    lines = SMALL[name].splitlines()
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    _read({**SMALL, name: "\n".join(lines)})


def test_the_same_texts_are_the_same_law_and_a_changed_one_is_read_anew() -> None:
    first = law(dict(SMALL))
    assert law(dict(SMALL)) is first
    changed = {**SMALL, "pack.toml": SMALL["pack.toml"] + "\nno_such_key = 1\n"}
    assert any("no_such_key" in one for one in told(changed))
    assert law(dict(SMALL)) is first
