"""An answer by a link counts for its person, its order, its time, and once."""

from __future__ import annotations

import msgspec
import pytest
from test_register_proofs import LOG, WITH_LINKS, link_issued, only_doubt, question, standing

from register_people import entry
from tocsin.facts import Asserter, Author, Entry, Proof
from tocsin.facts.runs import Approved
from tocsin.register.proofs import (
    Needed,
)
from tocsin.register.statements import Verdict


def by_link(seq: int, who: str, link: str, minutes: int = 0) -> Entry:
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.LINK, key=link)
    fact = Approved(run="r1", order=17, order_digest=question().digest, because="seen")
    return entry(fact, seq, log=LOG, author=author, minutes=minutes)


def test_two_people_with_two_links_are_two_where_the_register_lets_links_count() -> None:
    issued = [link_issued(18, "L1", "ada"), link_issued(19, "L2", "ben")]
    votes = [by_link(20, "ada", "L1"), by_link(21, "ben", "L2")]
    found = standing([*issued, *votes], question(WITH_LINKS))
    assert found.verdict is Verdict.APPROVED and found.people == ("ada", "ben")


@pytest.mark.parametrize(
    ("issued", "vote", "why"),
    [
        ([], by_link(20, "ada", "L1"), "no link L1 was issued"),
        ([link_issued(18, "L1", "ben")], by_link(20, "ada", "L1"), "ben's alone"),
        ([link_issued(18, "L1", "ada", order=16)], by_link(20, "ada", "L1"), "for action 16"),
        (
            [link_issued(18, "L1", "ada", order_digest="b" * 64)],
            by_link(20, "ada", "L1"),
            "answers nothing else",
        ),
        ([link_issued(18, "L1", "ada")], by_link(20, "ada", "L1", minutes=30), "was good until"),
        (
            [link_issued(18, "L1", "ada"), by_link(19, "zoe", "L1")],
            by_link(20, "ada", "L1"),
            "good only once",
        ),
        ([link_issued(21, "L1", "ada")], by_link(20, "ada", "L1"), "no link L1 was issued"),
    ],
)
def test_a_link_counts_for_its_person_its_order_its_time_and_once(
    issued: list[Entry], vote: Entry, why: str
) -> None:
    entries = sorted([*issued, vote], key=lambda one: one.seq)
    found = standing(entries, question(Needed(people=1, proof=Proof.LINK)))
    assert found.verdict is Verdict.WAITING
    assert why in found.disregarded[-1].why


def test_a_link_that_a_person_wrote_into_the_record_proves_nobody() -> None:
    """Whoever writes a link for another, with an address of their own, could answer as them."""
    forged = msgspec.structs.replace(
        link_issued(18, "L1", "ben"),
        author=Author(who="ada", kind=Asserter.PERSON, proof=Proof.ACCOUNT),
    )
    found = standing([forged, by_link(19, "ben", "L1")], question(WITH_LINKS))
    assert "no link L1 was issued" in only_doubt(found)
