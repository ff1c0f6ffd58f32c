"""A fact goes into bytes and comes back, whole or with words erased; every misuse is refused."""

from __future__ import annotations

import base64
import enum
import hashlib
import itertools
import types
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.facts import (
    KINDS,
    Access,
    Asserter,
    Author,
    BrokenLog,
    Draft,
    Entry,
    Gone,
    Kind,
    Proof,
    Refused,
    Unreadable,
)
from tocsin.facts.canonical import canonical, parse
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.incidents import Claimed, Grade, Noted, Opened
from tocsin.facts.record import (
    BODY_BYTES_MAX,
    CLOCK_TOLERANCE,
    Prepared,
    decode,
    disclosure_digest,
    disclosure_field,
    hidden_fields,
    leaf_hash,
    prepare,
    statement,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADA = Author(who="ada", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
WORKER = Author(who="w1", kind=Asserter.WORKER, proof=Proof.PROCESS)
HOME = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
ALL = sorted(KINDS.values(), key=lambda kind: kind.__name__)
every_kind = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
instants = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)  # fmt: skip
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(0, 2**53 - 1),
    bool: st.booleans(),
    datetime: instants,
    types.NoneType: st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if hasattr(hint, "__metadata__"):
        meta = hint.__metadata__[0]
        if meta.pattern is not None:
            return st.binary(max_size=4).map(lambda seed: hashlib.sha256(seed).hexdigest())
        return values_of(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of(*map(values_of, get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(list(hint))
    return PLAIN[hint]


@cache
def facts_of(kind: type[Kind]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind, include_extras=True)
    fields = {name: values_of(hints[name]) for name in kind.__struct_fields__}
    return st.builds(kind, **fields)


def author_of(kind: type[Kind]) -> Author:
    return next(author for author in (ADA, WORKER, HOME) if author.kind in kind.asserted_by)


def salts() -> Any:
    counter = itertools.count()
    return lambda: f"salt-{next(counter)}"


def prepared(fact: Any, access: Access = Access.OPS, **more: Any) -> Prepared:
    draft = Draft(fact=fact, happened_at=more.pop("happened_at", NOON), access=access)
    author = more.pop("author", author_of(type(fact)))
    (one,) = prepare("incident/7K3", 16, [draft], author, now=NOON, salt=salts(), **more)
    return one


@every_kind
@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), access=st.sampled_from(Access))
def test_a_fact_comes_back_as_it_went(
    kind: type[Kind], data: st.DataObject, access: Access
) -> None:
    fact = data.draw(facts_of(kind))
    one = prepared(fact, access)
    entry = decode(one.body, one.disclosures)
    assert entry.fact == fact
    assert entry.missing == frozenset()
    assert (entry.log, entry.seq, entry.access) == ("incident/7K3", 17, access)
    assert (entry.happened_at, entry.recorded_at) == (NOON, NOON)
    assert entry.author == author_of(kind)
    assert entry.key == "incident/7K3/17"
    assert canonical(parse(one.body)) == one.body


@every_kind
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), absent=st.sampled_from([Gone.ERASED, Gone.WITHHELD]))
def test_each_word_can_go_alone_and_the_rest_stays(
    kind: type[Kind], data: st.DataObject, absent: Gone
) -> None:
    fact = data.draw(facts_of(kind))
    one = prepared(fact)
    for gone in one.disclosures:
        field = disclosure_field(gone)
        left = [d for d in one.disclosures if d != gone]
        entry = decode(one.body, left, absent=absent)
        assert entry.missing == {field}
        assert not isinstance(entry.fact, Unreadable)
        assert getattr(entry.fact, field) == f"[{absent.value}]"
        for other in set(kind.__struct_fields__) - {field}:
            assert getattr(entry.fact, other) == getattr(fact, other)


@every_kind
@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), access=st.sampled_from([Access.COUNSEL, Access.BOARD]))
def test_what_is_not_for_all_eyes_leaves_only_its_kind_in_the_body(
    kind: type[Kind], data: st.DataObject, access: Access
) -> None:
    fact = data.draw(facts_of(kind))
    one = prepared(fact, access)
    assert parse(one.body)["fact"] == {"kind": kind.__struct_config__.tag}  # type: ignore
    assert [disclosure_field(d) for d in one.disclosures] == list(kind.__struct_fields__)
    plain = set(kind.__struct_fields__) - set(hidden_fields(_tag(kind), Access.OPS))
    if plain:
        entry = decode(one.body, [], absent=Gone.WITHHELD)
        assert entry.fact == Unreadable(kind=_tag(kind), why=Gone.WITHHELD)
        assert entry.missing == set(kind.__struct_fields__)


def _tag(kind: type[Kind]) -> str:
    return str(kind.__struct_config__.tag)


NOTE = Noted(text="the gate is open")


def test_the_body_shows_no_words_and_the_salt_hides_equal_words() -> None:
    drafts = [Draft(fact=NOTE, happened_at=NOON)] * 2
    one, two = prepare("home", 0, drafts, ADA, now=NOON, salt=salts())
    assert b"gate" not in one.body
    assert parse(one.body)["sd"] != parse(two.body)["sd"]  # type: ignore[call-overload,index]
    assert (one.seq, two.seq) == (1, 2)


def test_the_leaf_is_the_rfc_6962_hash_of_the_body() -> None:
    one = prepared(NOTE)
    assert one.leaf == hashlib.sha256(b"\x00" + one.body).digest() == leaf_hash(one.body)


def test_times_are_kept_in_utc() -> None:
    local = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=2)))
    entry = decode(prepared(NOTE, happened_at=local).body)
    assert entry.happened_at == datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert entry.happened_at.tzinfo == UTC


def test_an_account_stands_in_the_body_only_where_it_was_noted() -> None:
    """Entries from before it was noted keep their bytes and come back as they were."""
    draft = Draft(fact=Noted(text="x"), happened_at=NOON)
    typed = msgspec.structs.replace(ADA, account="root")
    for author, noted in ((ADA, False), (typed, True)):
        (one,) = prepare("l", 0, [draft], author, now=NOON, salt=lambda: "s")
        assert (b'account":"root"' in one.body) is noted
        assert decode(one.body, one.disclosures).author == author
    null = one.body.replace(b'"account":"root"', b'"account":null')
    with pytest.raises(BrokenLog):
        decode(null, one.disclosures)


def test_the_signature_covers_everything_but_itself() -> None:
    covered: list[bytes] = []

    def sign(message: bytes) -> str:
        covered.append(message)
        return "armoured"

    one = prepared(NOTE, origin="acme.example/record", sign=sign)
    assert decode(one.body).author.signature == "armoured"
    assert covered == [statement(one.body, "acme.example/record")]
    assert b'"signature":null' in covered[0]
    assert one.body.replace(b'"signature":"armoured"', b'"signature":null') == covered[
        0
    ].removeprefix(b"acme.example/record\n")


def rebuilt(one: Prepared, **changes: Any) -> bytes:
    body = parse(one.body)
    assert isinstance(body, dict)
    for name, value in changes.items():
        if isinstance(value, dict):
            inner = body[name]
            assert isinstance(inner, dict)
            inner.update(value)
        else:
            body[name] = value
    return canonical(body)


@pytest.mark.parametrize(
    "changes",
    [{"fact": {"kind": "regulator-called"}}, {"fact": {"mood": "bad"}}, {"v": 2}],
)
def test_a_newer_kind_field_or_form_is_told_as_newer(changes: dict[str, Any]) -> None:
    one = prepared(NOTE)
    entry = decode(rebuilt(one, **changes), one.disclosures)
    assert isinstance(entry.fact, Unreadable)
    assert entry.fact.why is Gone.NEWER


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[1]",
        rebuilt(prepared(NOTE), seq="x"),
        rebuilt(prepared(NOTE), more=1),
        rebuilt(prepared(NOTE), access="public"),
        rebuilt(prepared(NOTE), happened_at="yesterday"),
        rebuilt(prepared(NOTE), author={"kind": "ghost"}),
    ],
)
def test_what_is_not_an_entry_breaks_loudly(body: bytes) -> None:
    with pytest.raises(BrokenLog):
        decode(body)


def test_a_wrong_value_in_a_known_kind_breaks_loudly() -> None:
    opened = Opened(
        title="t", systems=("a",), unregistered=(), discovered_at=NOON, occurred_at=None
    )
    one = prepared(opened)
    with pytest.raises(BrokenLog, match="incident/7K3/17"):
        decode(rebuilt(one, fact={"systems": "not-a-list"}), one.disclosures)


def test_a_foreign_disclosure_breaks_loudly() -> None:
    one, other = prepared(NOTE), prepared(Noted(text="another"))
    with pytest.raises(BrokenLog, match="not one of its own"):
        decode(one.body, other.disclosures)
    changed = one.disclosures[0][:-1] + (b"A" if one.disclosures[0][-1:] != b"A" else b"B")
    with pytest.raises(BrokenLog):
        decode(one.body, [changed])
    with pytest.raises(BrokenLog, match="not a disclosure"):
        disclosure_field(b"!!!")


def test_each_listed_digest_is_that_of_a_disclosure() -> None:
    one = prepared(Claimed(claim="c", statement="s", grade=Grade.SUSPECTED, evidence=()))
    body = parse(one.body)
    assert isinstance(body, dict)
    assert body["sd"] == sorted(disclosure_digest(d) for d in one.disclosures)


@every_kind
@settings(max_examples=1, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_only_those_may_assert_a_kind_whom_it_names(kind: type[Kind], data: st.DataObject) -> None:
    fact = data.draw(facts_of(kind))
    for asserter in Asserter:
        author = Author(who="x", kind=asserter, proof=Proof.ACCOUNT)
        if asserter in kind.asserted_by:
            prepared(fact, author=author)
        else:
            with pytest.raises(Refused, match="may be asserted by"):
                prepared(fact, author=author)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(Refused, match="no time zone"):
        prepared(NOTE, happened_at=datetime(2026, 11, 23, 12, 0))
    naive = Opened(
        title="t",
        systems=(),
        unregistered=(),
        discovered_at=datetime(2026, 11, 23, 12, 0),
        occurred_at=None,
    )
    with pytest.raises(Refused):
        prepared(naive)


def test_the_future_is_refused_beyond_the_tolerance() -> None:
    prepared(NOTE, happened_at=NOON + CLOCK_TOLERANCE)
    with pytest.raises(Refused, match="lies in the future"):
        prepared(NOTE, happened_at=NOON + CLOCK_TOLERANCE + timedelta(microseconds=1))


def test_a_fact_too_large_is_refused_and_sent_to_the_vault() -> None:
    with pytest.raises(Refused, match="put large things into the vault"):
        prepared(Noted(text="x" * BODY_BYTES_MAX))


@pytest.mark.parametrize(
    "fact",
    [
        Noted(text=3),  # type: ignore[arg-type]
        Noted(text=None),  # type: ignore[arg-type]
        Noted(text="half \ud800"),
        Claimed(claim="c", statement="s", grade="sure", evidence=()),  # type: ignore[arg-type]
        Claimed(claim="c", statement="s", grade=Grade.SUSPECTED, evidence=("not-a-digest",)),
        Claimed(claim=1.5, statement="s", grade=Grade.SUSPECTED, evidence=()),  # type: ignore
    ],
)
def test_wrong_types_are_refused_in_plain_words(fact: Kind) -> None:
    with pytest.raises(Refused):
        prepared(fact)


def test_a_number_that_json_cannot_hold_exactly_is_refused() -> None:
    piece = EvidenceAcquired(digest="a" * 64, size=2**53, name="n", source="s", because="b")
    with pytest.raises(Refused, match="size is beyond"):
        prepared(piece)
    prepared(msgspec.structs.replace(piece, size=2**53 - 1))


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"fact":{"a":' + b"[" * 200_000])
def test_hostile_nesting_breaks_loudly(deep: bytes) -> None:
    with pytest.raises(BrokenLog):
        decode(deep)
    with pytest.raises(BrokenLog):
        disclosure_field(base64.urlsafe_b64encode(deep))


def test_a_kind_outside_the_union_is_refused() -> None:
    class Whispered(Kind, frozen=True, tag="whispered"):
        asserted_by = frozenset(Asserter)

    class Impostor(Kind, frozen=True, tag="noted"):
        asserted_by = frozenset(Asserter)

    for fact in (Whispered(), Impostor()):
        with pytest.raises(Refused, match="not a kind of fact"):
            prepared(fact, author=ADA)


def test_one_wrong_draft_refuses_all() -> None:
    good, bad = Draft(fact=NOTE, happened_at=NOON), Draft(fact=Noted(text=1), happened_at=NOON)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        prepare("home", 0, [good, bad], ADA, now=NOON, salt=salts())


def test_entries_are_values() -> None:
    one = prepared(NOTE)
    entry = decode(one.body, one.disclosures)
    assert entry == decode(one.body, one.disclosures)
    assert isinstance(entry, Entry)
    with pytest.raises(AttributeError):
        entry.seq = 1  # type: ignore[misc]
    assert msgspec.structs.replace(entry, seq=18).key == "incident/7K3/18"
