"""The vocabulary is closed: every kind is frozen, named once, and made of recordable types."""

from __future__ import annotations

import enum
import types
from datetime import datetime
from pathlib import Path
from typing import Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from tocsin.facts import (
    KINDS,
    Asserter,
    Fact,
    affected,
    alarms,
    analysis,
    courses,
    custody,
    dues,
    duties,
    findings,
    gates,
    holds,
    incidents,
    legal,
    lessons,
    notices,
    outbox,
    privilege,
    reach,
    records,
    recovery,
    registers,
    runs,
    signals,
    statements,
)
from tocsin.facts.kinds import Kind

FAMILIES = (
    holds,
    privilege,
    incidents,
    findings,
    alarms,
    runs,
    courses,
    gates,
    reach,
    outbox,
    statements,
    duties,
    legal,
    notices,
    custody,
    affected,
    recovery,
    analysis,
    registers,
    lessons,
    records,
    signals,
    dues,
)
ALL = sorted(KINDS.values(), key=lambda kind: kind.__name__)
every_kind = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)


def leaves(hint: object) -> set[object]:
    """The plain types of which a hint is made; Annotated, Optional and tuple are looked through."""
    if hasattr(hint, "__metadata__"):
        return leaves(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType, tuple):
        return set().union(*(leaves(inner) for inner in get_args(hint)))
    return {hint}


@every_kind
def test_fields_are_of_types_that_can_be_recorded(kind: type[Kind]) -> None:
    for field, hint in get_type_hints(kind, include_extras=True).items():
        if field not in kind.__struct_fields__:
            continue
        for leaf in leaves(hint):
            plain = leaf in {str, int, bool, datetime, types.NoneType, Ellipsis}
            listed = isinstance(leaf, type) and issubclass(leaf, enum.Enum)
            assert plain or listed, f"{kind.__name__}.{field}: {leaf} cannot be recorded"


@every_kind
def test_no_instant_may_be_naive(kind: type[Kind]) -> None:
    for field, hint in get_type_hints(kind, include_extras=True).items():
        if field in kind.__struct_fields__ and datetime in leaves(hint):
            assert "tz=True" in repr(hint), f"{kind.__name__}.{field}: write Instant"


ADDED_LATER = {
    "ordered": {"object"},
    "receipted": {"reference", "written"},
    "outcome-judged": {"reference"},
    "page-answered": {"person"},
    "page-unanswered": {"way", "lost", "refused"},
    "signal-taken": {"also", "left_out", "hops"},
    "signals-taken": {"upto"},
    "found": {
        "group",
        "measure",
        "since_from",
        "since_until",
        "evidence",
        "compared_with",
        "by_rows",
    },
    "message-written": {"statement"},
    "legal-deadline-passed": {"counted_from"},
    "notice-submitted": {"period"},
    "notice-withdrawn": {"submission"},
    "signals-joined": {"hops"},
}
"""Fields that older records lack: their default means that the older version did not say it."""


@every_kind
def test_a_kind_is_frozen_has_no_defaults_and_refuses_unknown_fields(kind: type[Kind]) -> None:
    config = kind.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    assert config.tag_field == "kind"
    for field in msgspec.structs.fields(kind):
        added = field.name in ADDED_LATER.get(str(config.tag), ())
        assert added == (field.default is not msgspec.NODEFAULT), (
            f"{kind.__name__}.{field.name}: always written; what older records lack has a default "
            "that says so, and stands in ADDED_LATER"
        )
        assert field.default_factory is msgspec.NODEFAULT
        assert field.name.isascii()
        assert field.name not in {"kind", "v", "sd"}


@every_kind
def test_a_kind_says_what_it_is_and_who_may_assert_it(kind: type[Kind]) -> None:
    assert kind.__doc__
    assert kind.asserted_by
    assert kind.asserted_by <= frozenset(Asserter)


def test_the_union_holds_every_kind_that_is_written_down() -> None:
    written = {
        thing
        for family in FAMILIES
        for thing in vars(family).values()
        if isinstance(thing, type) and issubclass(thing, Kind) and thing is not Kind
    }
    assert written == set(KINDS.values()) == set(get_args(Fact))


def test_tags_are_unique_and_lower_case() -> None:
    tags = [kind.__struct_config__.tag for kind in ALL]
    assert len(set(tags)) == len(tags)
    assert all(isinstance(tag, str) and tag.replace("-", "").islower() for tag in tags)


def test_the_vocabulary_only_grows() -> None:
    """A name that stands in records must be readable for ever: add to this list, never remove."""
    ever = set((Path(__file__).parent / "kinds_ever.txt").read_text().split())
    assert ever == set(KINDS), "a new kind is added to kinds_ever.txt; an old one never leaves"
