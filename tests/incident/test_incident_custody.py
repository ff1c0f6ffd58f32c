"""What was done to evidence, what must not be deleted, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident_log import LOG, Written, at, entry, sample
from tocsin.facts import KINDS, Access, Asserter, BrokenLog, Gone, NewerVersion, Refused, Unreadable
from tocsin.facts.custody import (
    EvidenceAcquired,
    EvidenceDeleted,
    EvidenceViewed,
    Fixity,
    FixityChecked,
    HoldPlaced,
    HoldReleased,
)
from tocsin.facts.incidents import (
    BecameAware,
    Claimed,
    Closed,
    Grade,
    Linked,
    Opened,
    PersonClass,
    Relation,
    Reopened,
)
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import RunStarted
from tocsin.incident import Actor
from tocsin.incident.custody import (
    Custody,
    custody,
    may_delete,
    overdue_checks,
)
from tocsin.incident.decide_custody import delete_evidence, hold, release

A, B, C = "a" * 64, "b" * 64, "c" * 64
OTHER = "incident/9Z"
ANA = Actor(who="ana")


def opened(*systems: str) -> Opened:
    return Opened(
        title="t", systems=systems, unregistered=(), discovered_at=at(0), occurred_at=None
    )


def acquired(digest: str) -> EvidenceAcquired:
    return EvidenceAcquired(digest=digest, size=3, name="log", source="disk", because="seal")


def placed(hold: str, **what: tuple[str, ...]) -> HoldPlaced:
    return HoldPlaced(
        **{"hold": hold, "systems": (), "people": (), "digests": (), "because": "x", **what}
    )


def told(*facts: object, log: str = LOG, who: str = "ana") -> list:
    return [entry(seq, fact, log=log, who=who) for seq, fact in enumerate(facts, start=1)]  # type: ignore[arg-type]


def names(known: Custody, digest: str) -> list[str]:
    return [one.name.split("/")[1] for one in known.holds_on(digest)]


def test_the_chain_says_who_when_why_and_which() -> None:
    log = [
        entry(1, opened()),
        entry(2, acquired(A), who="ana", happened=at(-5)),
        entry(3, EvidenceViewed(digest=A, because="triage"), who="bo"),
        entry(4, FixityChecked(digest=A, fixity=Fixity.ALTERED), kind=Asserter.WORKER),
    ]
    known = custody([log])
    chain = known.chain(A)
    assert [(h.by, h.seq, h.at) for h in chain] == [
        ("ana", 2, at(-5)),
        ("bo", 3, at(3)),
        ("ana", 4, at(4)),
    ]
    assert chain[0].recorded_at == at(2)
    assert known.pieces[A].fixity is Fixity.ALTERED
    assert known.chain(B) == ()


def test_a_declaration_is_a_hold_until_a_person_releases_it_after_the_end() -> None:
    log = told(opened(), acquired(A))
    known = custody([log])
    with pytest.raises(Refused, match="incident declared: t"):
        may_delete(known, A)
    said = {"log": LOG, "hold": "declaration", "because": "over"}
    with pytest.raises(Refused, match="is not over"):
        release(known, ANA, at(9), **said)
    log = [*log, entry(3, Closed(because="over"))]
    known = custody([log])
    assert names(known, A) == ["declaration"], "closing alone frees nothing"
    with pytest.raises(Refused, match="only a person"):
        release(known, ANA, at(9), **said, kind=Asserter.WORKER)
    free = release(known, ANA, at(9), **said)
    log = [*log, entry(4, free[0].fact)]
    may_delete(custody([log]), A)
    again = custody([[*log, entry(5, Reopened(because="again"))]])
    assert names(again, A) == ["declaration"]
    with pytest.raises(Refused, match="is not over"):
        release(again, ANA, at(9), **said)


def test_a_merged_incident_is_over_when_its_heir_is() -> None:
    merged = Linked(other="9Z", relation=Relation.MERGED_INTO, because="same")
    here, there = told(opened(), acquired(A), merged), told(opened(), log=OTHER)
    said = {"log": LOG, "hold": "declaration", "because": "over"}
    with pytest.raises(Refused, match="incident 9Z is not over"):
        release(custody([here, there]), ANA, at(9), **said)
    there = [*there, entry(2, Closed(because="over"), log=OTHER)]
    assert release(custody([here, there]), ANA, at(9), **said)


def test_holds_cover_by_incident_system_person_and_digest() -> None:
    aware = BecameAware(person="dee", standing=PersonClass.STAFF, basis="x")
    elsewhere = told(opened("assistant"), acquired(A), aware, log=OTHER, who="cy")

    def covering(**what: tuple[str, ...]) -> list[str]:
        here = told(opened("search"), acquired(B), placed("H1", **what))
        known = custody([here, elsewhere])
        return [digest for digest in (A, B) if "H1" in names(known, digest)]

    assert covering() == [B]
    assert covering(digests=(A,)) == [A]
    assert covering(systems=("assistant",), digests=(C,)) == [A]
    assert covering(people=("dee",), digests=(C,)) == [A]
    assert covering(people=("cy",), digests=(C,)) == [A]
    assert covering(people=("nobody",), digests=(C,)) == []


def test_evidence_that_a_claim_rests_on_is_the_incidents_own() -> None:
    claim = Claimed(claim="C1", statement="s", grade=Grade.CONFIRMED, evidence=(A,))
    assert names(custody([told(opened(), claim)]), A) == ["declaration"]


def test_one_release_frees_nothing_where_two_holds_stand() -> None:
    log = told(opened(), acquired(A), placed("H1"), placed("H2", digests=(A,)))
    log.append(entry(5, HoldReleased(hold="H1", because="x")))
    assert names(custody([log]), A) == ["declaration", "H2"]
    log.append(entry(6, HoldReleased(hold="H2", because="x"), kind=Asserter.WORKER))
    assert "H2" in names(custody([log]), A), "only a person releases"


def test_a_hold_that_cannot_be_read_covers_everything() -> None:
    hidden = Unreadable(kind="hold-placed", why=Gone.ERASED)
    elsewhere = told(opened(), acquired(A), log=OTHER)
    known = custody([told(opened(), hidden), elsewhere])
    assert "H1" in names(known, A)
    assert hold(known, ANA, at(3), log=LOG, because="x")[0].fact.hold == "H2"  # type: ignore[union-attr]
    freed = told(opened(), hidden, HoldReleased(hold="H1", because="x"))
    assert "H1" not in names(custody([freed, elsewhere]), A)


def test_what_the_record_rests_on_is_never_deleted() -> None:
    home = told(RegisterAdopted(digest=A, systems=1, people=1), log="home")
    run = told(RunStarted(run="R1", plan="p", plan_digest=B))
    for digest in (A, B):
        with pytest.raises(Refused, match="cannot be read without"):
            may_delete(custody([home, run]), digest)


def test_placing_the_same_hold_twice_is_refused_and_ids_go_on() -> None:
    written = Written()
    written.add(told_drafts(opened()))
    first = hold(custody([written.entries]), ANA, at(2), log=LOG, because="suit")
    written.add(first)
    known = custody([written.entries])
    with pytest.raises(Refused, match="covers just that already"):
        hold(known, ANA, at(3), log=LOG, because="suit")
    written.add(hold(known, ANA, at(3), log=LOG, because="suit", people=["bo"]))
    ids = [one.id for one in custody([written.entries]).holds]
    assert ids == ["declaration", "H1", "H2"]
    with pytest.raises(Refused, match="those that stand are: declaration, H1, H2"):
        release(custody([written.entries]), ANA, at(4), log=LOG, hold="H9", because="x")


def told_drafts(fact: Opened) -> list:
    from tocsin.facts import Draft

    return [Draft(fact=fact, happened_at=at(0), access=Access.OPS)]


def test_destroying_needs_the_piece_no_hold_and_its_time() -> None:
    log = told(acquired(A))
    known = custody([log])
    with pytest.raises(Refused, match="not in the vault"):
        delete_evidence(known, ANA, at(9), digest=B, because="x")
    with pytest.raises(Refused, match="must be kept until"):
        delete_evidence(known, ANA, at(9), digest=A, because="x", kept_until=at(10))
    gone = delete_evidence(known, ANA, at(9), digest=A, because="x", kept_until=at(8))
    assert isinstance(gone[0].fact, EvidenceDeleted)
    known = custody([[*log, entry(2, gone[0].fact)]])
    assert not known.pieces[A].in_vault
    held = custody([told(opened(), acquired(A))])
    with pytest.raises(Refused, match="on hold"):
        delete_evidence(held, ANA, at(9), digest=A, because="x")


def test_pieces_are_looked_at_again_in_time_the_longest_unseen_first() -> None:
    log = told(acquired(A), acquired(B), acquired(C))
    log.append(entry(4, FixityChecked(digest=A, fixity=Fixity.INTACT), happened=at(60)))
    log.append(entry(5, EvidenceDeleted(digest=C, because="x", kept_until=None)))
    known = custody([log])
    every = timedelta(minutes=30)
    assert overdue_checks(known, at(31), every) == []
    assert overdue_checks(known, at(32), every) == [B]
    assert overdue_checks(known, at(90), every) == [B, A]


def test_every_kind_is_taken_gaps_and_newer_kinds_are_not() -> None:
    custody([told(*(sample(kind) for kind in KINDS.values()))])
    with pytest.raises(BrokenLog, match="stands at place 2"):
        custody([[entry(1, opened()), entry(3, opened())]])
    with pytest.raises(NewerVersion, match="nothing is deleted"):
        custody([told(Unreadable(kind="super-hold", why=Gone.NEWER))])
