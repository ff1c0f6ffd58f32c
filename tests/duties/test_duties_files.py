"""A pack that names its files: one that is missing, more or other is a mistake, never silence."""

from __future__ import annotations

import pytest

from small_law import FORM, SMALL
from tocsin.duties.read import read_law
from tocsin.duties.read_files import NAMES, names_of

CLOSED = """
[[closure]]
calendar = "DE"
day = 2026-12-24
works = false
because = "closed by decree"
"""
WHOLE = {**SMALL, "closures.toml": CLOSED, "fields/x.toml": FORM}
SEALED = {**WHOLE, NAMES: names_of(WHOLE)}


def told(files: dict[str, str], own: dict[str, str] | None = None) -> list[str]:
    read, mistakes = read_law(files, own or {})
    assert (read is None) == bool(mistakes)
    return [str(one) for one in mistakes]


def test_a_whole_pack_is_the_same_law_with_and_without_its_names() -> None:
    bare, sealed = read_law(WHOLE)[0], read_law(SEALED)[0]
    assert bare is not None and sealed is not None and bare.digest == sealed.digest


def test_of_a_pack_without_its_dictionary_that_alone_is_told() -> None:
    (found,) = told({one: text for one, text in SEALED.items() if one != "facts.toml"})
    assert found.startswith("facts.toml:1: mistake: no such file beside ")


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"facts.toml"}))
def test_a_file_that_is_lost_is_told_by_name(name: str) -> None:
    found = told({one: text for one, text in SEALED.items() if one != name})
    assert any(
        one.startswith(f"{NAMES}:") and f" {name}: named, and not there; put back" in one
        for one in found
    )


@pytest.mark.parametrize("name", ["closures.toml", "fields/x.toml"])
def test_without_its_names_the_loss_of_such_a_file_would_be_silent(name: str) -> None:
    assert told({one: text for one, text in WHOLE.items() if one != name}) == []


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_file_that_is_another_is_told_even_where_it_reads_well(name: str) -> None:
    found = told({**SEALED, name: f"# edited\n{SEALED[name]}"})
    assert found == [
        f"{name}:1: mistake: another text than files.toml names; put back what was there, or, if "
        "it is meant: tocsin law seal DIR"
    ]


@pytest.mark.parametrize("name", ["fields/y.toml", "closures2.toml"])
def test_a_file_more_is_told_and_where_own_rules_go(name: str) -> None:
    found = told({**SEALED, name: FORM})
    assert any(
        one.startswith(f"{name}:1: mistake: a file that files.toml does not name; own rules go")
        for one in found
    )


def test_ends_of_lines_are_no_change() -> None:
    assert told({**SEALED, "fields/x.toml": FORM.replace("\n", "\r\n")}) == []


def test_what_is_laid_over_is_free_unless_it_names_its_own_files() -> None:
    own = {"fields/y.toml": FORM}
    assert told(SEALED, own) == []
    sealed = {**own, NAMES: names_of(own)}
    assert told(SEALED, sealed) == []
    (lost,) = told(SEALED, {NAMES: sealed[NAMES]})
    assert lost.startswith("(own) files.toml:2") and "tocsin law seal HOME/law" in lost
    (more,) = told(SEALED, {**sealed, "fields/z.toml": FORM})
    assert more.startswith("(own) fields/z.toml:1: mistake: a file that (own) files.toml")


def test_a_digest_that_is_none_is_told() -> None:
    assert any(NAMES in one for one in told({**SEALED, NAMES: '"pack.toml" = 7'}))
