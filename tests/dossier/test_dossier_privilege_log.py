"""The privilege log says that something is withheld, on what ground, and never what it says."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

from tocsin.dossier.privilege_log import (
    NOT_YET,
    Category,
    Withheld,
    as_csv,
    by_category,
    privilege_log,
)
from tocsin.facts import Access, Asserter, Author, Entry, Fact, Gone, Proof, Unreadable
from tocsin.facts.incidents import Assigned, Noted
from tocsin.facts.privilege import (
    CounselAdmitted,
    CounselSpaceOpened,
    OpinionGiven,
    Privilege,
    PrivilegeAsserted,
)
from tocsin.incident.privilege import space_of

NAMED = frozenset({"cleo"})


def entry(
    seq: int, fact: Fact | Unreadable, *, who: str = "ana", access: Access = Access.OPS
) -> Entry:
    at = datetime(2026, 9, 3, 9, 0, tzinfo=UTC) + timedelta(minutes=seq)
    return Entry(
        log="incident/7K3AAAAAAA", seq=seq, happened_at=at, recorded_at=at, access=access,
        fact=fact,
        author=Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE),
    )  # fmt: skip


def lines(*entries: Entry) -> list[Withheld]:
    return privilege_log(entries, space_of(entries), NAMED, "7K3")


def secret(seq: int) -> Entry:
    return entry(seq, Noted(text="SECRET"), who="cleo", access=Access.COUNSEL)


def test_only_what_is_for_counsel_stands_in_it_with_who_could_read_it_then() -> None:
    log = (
        entry(1, Noted(text="for all")),
        secret(2),
        entry(3, Assigned(role="counsel", person="cleo")),
        entry(4, CounselSpaceOpened(members=("cleo",), because="b"), who="cleo"),
        secret(5),
        entry(6, CounselAdmitted(person="ana", because="b"), who="cleo"),
        entry(7, OpinionGiven(about="", opinion="SECRET"), access=Access.COUNSEL),
        entry(8, CounselAdmitted(person="ben", because="b"), who="cleo", access=Access.COUNSEL),
        entry(9, Noted(text="SECRET"), access=Access.BOARD),
    )
    found = lines(*log)
    assert [(one.control, one.entry, one.recipients) for one in found] == [
        ("7K3-PRIV0001", 2, ("cleo*",)),
        ("7K3-PRIV0002", 5, ("cleo*",)),
        ("7K3-PRIV0003", 7, ("ana", "cleo*")),
    ]
    assert [one.author for one in found] == ["cleo*", "cleo*", "ana"]
    assert all(one.description == one.basis == NOT_YET for one in found)


def test_what_counsel_asserted_is_told_and_counted_by_category() -> None:
    asserted = PrivilegeAsserted(
        entry=2, privilege=Privilege.WORK_PRODUCT, category="", description="a note", basis="suit"
    )
    log = (
        entry(1, Assigned(role="counsel", person="cleo")),
        secret(2),
        secret(3),
        entry(4, asserted, who="cleo"),
        secret(5),
    )
    found = lines(*log)
    assert (found[0].description, found[0].basis, found[0].category) == (
        "a note", "suit", "work product",
    )  # fmt: skip
    counted = by_category(found)
    assert [(one.category, one.documents) for one in counted] == [
        ("work product", 1), ("to be asserted", 2),
    ]  # fmt: skip
    assert (counted[1].since, counted[1].until) == (log[2].happened_at, log[4].happened_at)
    rows = list(csv.DictReader(io.StringIO(as_csv(counted, Category))))
    assert rows[1]["documents"] == "2"
    assert rows[1]["authors"] == "cleo*"


def test_erased_words_are_told_as_that() -> None:
    gone = Unreadable(kind="noted", why=Gone.ERASED)
    (one,) = lines(entry(1, gone, access=Access.COUNSEL))
    assert (one.kind, one.erased) == ("noted", True)
    rows = list(csv.DictReader(io.StringIO(as_csv([one], Withheld))))
    assert rows[0]["erased"] == "yes"
