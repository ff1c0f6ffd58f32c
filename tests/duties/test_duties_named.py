"""A condition that has a name is what the name stands for, and every slip in a name is told."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from small_law import ARTICLE, SMALL
from tocsin.cli.law.rule_sheet import rule_lines
from tocsin.duties.changes import changes
from tocsin.duties.conditions import Seen, deciding, missing, truth
from tocsin.duties.known import LegalFacts
from tocsin.duties.law import ALWAYS, AllOf, AnyOf, Condition, Law, Named, NotSo, Op
from tocsin.duties.law import Test as Compared
from tocsin.duties.named import in_full, names_in
from tocsin.duties.raised import duties_raised
from tocsin.duties.read import read_law

BANK = """\
[bank]
says  = "a bank"
holds = [{ fact = "entity", is = "bank" }]
"""
BY_NAME = ARTICLE.replace('{ fact = "entity", is = "bank" }', '{ condition = "bank" }')
FINANCIAL = """\
[financial]
says  = "a bank or an insurer, of the sector of finance"
holds = [{ fact = "sector", has = ["finance"] }, { any = [
  { condition = "bank" }, { fact = "entity", is = "insurer" },
] }]
"""


def pack(conditions: str, article: str = BY_NAME) -> dict[str, str]:
    return {**SMALL, "eu/act/1.toml": article, "conditions.toml": conditions}


def law(files: dict[str, str], own: dict[str, str] | None = None) -> Law:
    read, told = read_law(files, own or {})
    assert read is not None, "\n".join(map(str, told))
    return read


def told(files: dict[str, str], own: dict[str, str] | None = None) -> list[str]:
    """The mistakes of a pack that must not be law."""
    read, mistakes = read_law(files, own or {})
    assert read is None, "a pack with a mistake became law"
    return [f"{one.file}:{one.line}: {one.path}: {one.found}; {one.remedy}" for one in mistakes]


def test_a_rule_by_a_name_is_the_rule_written_out() -> None:
    named, plain = law(pack(BANK)).rules[0], law(dict(SMALL)).rules[0]
    assert isinstance(named.applies, Named) and named.applies.says == "a bank"
    assert named != plain and in_full(named) == plain
    assert changes(law(dict(SMALL)), law(pack(BANK))) == ()


def test_a_list_by_a_name_joins_the_list_in_which_it_stands() -> None:
    of = '[{ condition = "financial" }, { fact = "people", at_least = 5 }]'
    article = ARTICLE.replace('[{ fact = "entity", is = "bank" }]', of)
    flat = (
        '[{ fact = "sector", has = ["finance"] }, { any = [{ fact = "entity", is = "bank" },'
        '{ fact = "entity", is = "insurer" }] }, { fact = "people", at_least = 5 }]'
    )
    written = ARTICLE.replace('[{ fact = "entity", is = "bank" }]', flat)
    rule = law(pack(FINANCIAL + BANK, article)).rules[0]
    assert in_full(rule) == law({**SMALL, "eu/act/1.toml": written}).rules[0]
    assert [one.name for one in names_in(rule)] == ["financial", "bank"]


def test_readings_clocks_recipients_and_gates_may_name_a_condition() -> None:
    when = 'when = [{ condition = "bank" }]'
    article = (
        BY_NAME.replace('name = "the authority in {places}"', f'name = "them", {when}')
        .replace('contention = "C1"', f'contention = "C1"\n{when}', 1)
        .replace(
            'stage = "initial"',
            'stage = "initial"\nclassification = [{ from = 2026-01-01, paragraph = "2", '
            + when
            + " }]",
            1,
        )
    )
    counting = SMALL["counting.toml"].replace('paragraph = "3(1)"', f'paragraph = "3(1)", {when}')
    rule = law({**pack(BANK, article), "counting.toml": counting}).rules[0]
    whole = in_full(rule)
    (clock,) = whole.clocks
    places = (
        whole.applies,
        whole.recipients[0].when,
        whole.classification[0].when,
        clock.when,
        clock.readings[0].when,
    )
    assert set(places) == {Compared(fact="entity", op=Op.IS, values=("bank",))}
    assert names_in(whole) == () and [one.name for one in names_in(rule)] == ["bank"]


SLIPS = [
    (
        BANK,
        BY_NAME.replace('condition = "bank"', 'condition = "bnk"'),
        'eu/act/1.toml:19: rule[1].applies[1].condition: "bnk", which conditions.toml does not '
        'define; did you mean "bank"?',
    ),
    (
        BANK + '\n[insurer]\nsays = "an insurer"\nholds = [{ fact = "entity", is = "insurer" }]\n',
        BY_NAME,
        'conditions.toml:5: insurer: "insurer", which nothing names; name it where it was meant '
        "to stand, or remove it",
    ),
    (
        BANK.replace('fact = "entity", is = "bank"', 'condition = "bank"'),
        BY_NAME,
        'conditions.toml:3: bank.holds[1].condition: "bank", which leads back to itself; '
        "bank -> bank is a circle: write out what one of them means",
    ),
    (
        '[bank]\nsays = "a bank"\nholds = [{ not = { condition = "shop" } }]\n'
        '[shop]\nsays = "a shop"\nholds = [{ condition = "bank" }]\n',
        BY_NAME,
        'conditions.toml:6: shop.holds[1].condition: "bank", which leads back to itself; '
        "bank -> shop -> bank is a circle: write out what one of them means",
    ),
    (
        BANK.replace("says  =", "sayz ="),
        BY_NAME,
        'conditions.toml:2: bank.sayz: a key that is not known here; did you mean "says"?',
    ),
    (BANK.replace('says  = "a bank"\n', ""), BY_NAME, "say in a few words what it means"),
    (
        BANK.replace('holds = [{ fact = "entity", is = "bank" }]', ""),
        BY_NAME,
        'conditions.toml:1: bank: no "holds"; write the conditions that must hold',
    ),
    (
        BANK.replace('is = "bank"', 'is = "bnk"'),
        BY_NAME,
        "conditions.toml:3: bank.holds[1].is: 'bnk'; did you mean \"bank\"?",
    ),
    (
        BANK,
        BY_NAME.replace('condition = "bank"', 'condition = "bank", is = true'),
        "eu/act/1.toml:19: rule[1].applies[1].is: a key that is not known here",
    ),
    (BANK.replace("[bank]", '["a bank"]'), BY_NAME, "an id is 1 to 64 letters, digits"),
]


@pytest.mark.parametrize(("conditions", "article", "words"), SLIPS)
def test_each_slip_is_told_with_its_place_and_remedy(
    conditions: str, article: str, words: str
) -> None:
    found = told(pack(conditions, article))
    assert any(words in one for one in found), "\n".join(found)


def test_what_is_wrong_in_a_condition_is_told_once_however_many_name_it() -> None:
    wrong = BANK.replace('is = "bank"', 'is = "bnk"')
    article = BY_NAME.replace(
        "when = [", 'when = [{ condition = "bank" }, { condition = "bank" }, ', 1
    )
    assert len(told(pack(wrong, article))) == 1


def test_an_organisation_names_its_own_and_the_shipped_ones() -> None:
    order = BY_NAME.replace("eu/act/1", "own/order").replace('"bank" }', '"ours" }', 1)
    ours = '[ours]\nsays = "our banks"\nholds = [{ condition = "bank" }]\n'
    own = {"own/order.toml": order.replace('id = "one"', 'id = "two"'), "conditions.toml": ours}
    read = law(pack(BANK), own)
    assert [one.name for one in names_in(read.rules[-2])] == ["ours", "bank"]
    own["own/order.toml"] = own["own/order.toml"].replace('"ours" }', '"bank" }')
    (unused,) = told(pack(BANK), own)
    assert unused.startswith('(own) conditions.toml:1: ours: "ours", which nothing names')


def test_a_shipped_condition_cannot_be_defined_anew() -> None:
    (said, *_) = told(pack(BANK), {"conditions.toml": BANK})
    assert said.startswith('(own) conditions.toml:1: bank: "bank" a second time')


def test_another_meaning_of_a_name_changes_the_digest_and_is_told_for_each_rule_by_it() -> None:
    old, new = law(pack(BANK)), law(pack(BANK.replace('is = "bank"', 'is = "insurer"')))
    assert old.digest != new.digest
    words = ("no more condition: entity is bank", "new condition: entity is insurer")
    found = {one.what: one.words for one in changes(old, new)}
    assert found == {"eu/act/1/initial": words, "eu/act/1/final": words}


def test_counsel_reads_the_name_and_below_it_in_full_words() -> None:
    article = BY_NAME.replace('condition = "bank"', 'condition = "financial"')
    read = law(pack(FINANCIAL + BANK, article))
    lines = list(rule_lines(read.rules[0], read, ()))
    applies = next(line for line in lines if "Applies where" in line)
    assert applies.endswith('a bank or an insurer, of the sector of finance ["financial"]')
    at = next(i for i, line in enumerate(lines) if "In full" in line)
    assert lines[at].strip().startswith("In full") and '"financial": ' in lines[at]
    below = " ".join(line.strip() for line in lines[at : at + 4])
    assert 'sector has finance and (a bank ["bank"] or entity is insurer)' in below
    assert '- "bank": entity is bank' in below


KEYS = ("a", "b", "c")
Facts = dict[str, bool]


def trees(names: bool) -> st.SearchStrategy[Condition]:
    tests = st.sampled_from(
        [Compared(fact=key, op=op, values=(True,)) for key in KEYS for op in (Op.IS, Op.KNOWN)]
    )

    def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        many = st.lists(inner, max_size=3).map(tuple)
        joins = st.one_of(
            many.map(lambda of: AllOf(of=of)),
            many.map(lambda of: AnyOf(of=of)),
            inner.map(lambda of: NotSo(of=of)),
        )
        named = inner.map(lambda of: Named(name="n", says="s", of=of))
        return st.one_of(joins, named) if names else joins

    return st.recursive(tests, joined, max_leaves=8)


@given(trees(names=True), st.dictionaries(st.sampled_from(KEYS), st.booleans()))
def test_a_condition_comes_to_the_same_by_its_names_and_written_out(
    condition: Condition, facts: Facts
) -> None:
    read = law(dict(SMALL))
    rule = msgspec.structs.replace(read.rules[0], applies=condition)
    whole = in_full(rule).applies
    seen = Seen(facts=LegalFacts(values=facts), zone=ZoneInfo("UTC"))
    assert not list(names_in(in_full(rule)))
    assert truth(condition, seen) is truth(whole, seen)
    assert missing(condition, seen) == missing(whole, seen)
    assert deciding(condition, seen) == deciding(whole, seen)


@given(trees(names=False))
def test_a_rule_without_names_is_itself_in_full(condition: Condition) -> None:
    rule = msgspec.structs.replace(law(dict(SMALL)).rules[0], applies=condition, when=ALWAYS)
    assert in_full(rule) == rule


def test_duties_by_a_name_are_those_of_the_rule_written_out() -> None:
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    facts = LegalFacts(values={"jurisdictions": ("DE",), "classified": at, "aware": at})
    for known in ("bank", "insurer", None):
        told_ = [
            (one.standing, one.why, one.missing, one.deadline)
            for read in (law(dict(SMALL)), law(pack(BANK)))
            for one in duties_raised(read, facts.with_("entity", known), at=at)
        ]
        assert told_[:2] == told_[2:]
