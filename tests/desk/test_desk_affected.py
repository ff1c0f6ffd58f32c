"""Two people at once lose nothing, a repetition says nothing twice, and a refusal keeps no file."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import msgspec
import pytest

from desk_world import ANA, BY_ANA, LOG, NOON, opened, world_of
from tocsin.desk import Writer
from tocsin.desk.evidence import affected
from tocsin.desk.plans.runs import By
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.affected import AffectedAsked, AffectedFound, AffectedListed, Remedy
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.findings import Found, Sign
from tocsin.facts.places import Span
from tocsin.incident.affected import Wished

DECISIONS = 400
FOUND = Found(
    finding="f1", detector="d", system="assistant", sign=Sign.RATE, metric="fallback",
    version="2", segment=None, baseline="0.05", observed="0.3", low="0.2", high="0.4",
    confidence="0.95", tolerated="0.1", since=NOON, seen_until=NOON, requests=1000, bad=300,
    promise="", summaries=(), declared="0" * 64, caused_by=None,
)  # fmt: skip


class Log:
    """A log that answers with so many decisions, and remembers what it was asked."""

    def __init__(self, decisions: int = DECISIONS) -> None:
        self.decisions = decisions
        self.asked: list[AffectedAsked] = []

    def affected(self, question: AffectedAsked, into: Path) -> AffectedFound:
        self.asked.append(question)
        into.write_text("".join(f'{{"item":{n}}}\n' for n in range(1, self.decisions + 1)))
        return AffectedFound(decisions=self.decisions, subjects=7, untold=("x is gone",))


def desk_of(log: Log) -> Writer:
    world = msgspec.structs.replace(world_of({}), sources={"assistant": log})
    return opened(world)


def listed(desk: Writer, to: Path) -> str:
    wanted = affected.Wanted()
    return affected.list_affected(desk, LOG, FOUND, wanted, to, BY_ANA).fact.list


def wished(span: Span, state: Remedy = Remedy.DONE, reference: str = "T-1") -> list[Wished]:
    return [Wished(spans=[span], state=state, reference=reference)]


def by(who: str, key: str | None = None) -> By:
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account=who)
    return By(author=author, client_key=key)


def test_the_list_is_in_the_vault_and_only_this_account_reads_the_copy(tmp_path: Path) -> None:
    log = Log()
    desk = desk_of(log)
    digest = listed(desk, tmp_path / "list")
    with desk.world.vault.open(digest) as piece:
        assert piece.read() == (tmp_path / "list").read_bytes()
    assert (tmp_path / "list").stat().st_mode & 0o777 == 0o600
    (asked,) = log.asked
    assert (asked.version, asked.rate, asked.counts) == ("2", "fallback", True)
    (fact,) = [e.fact for e in desk.world.journal.read(LOG) if isinstance(e.fact, AffectedListed)]
    assert (fact.decisions, fact.subjects, fact.untold) == (DECISIONS, 7, "x is gone")


def test_no_decision_is_no_list(tmp_path: Path) -> None:
    desk = desk_of(Log(0))
    with pytest.raises(Refused, match="x is gone"):
        listed(desk, tmp_path / "list")
    assert not list(tmp_path.iterdir()) and len(desk.world.journal.read(LOG)) == 1


def test_people_who_speak_at_once_lose_nothing(tmp_path: Path) -> None:
    desk = desk_of(Log())
    digest = listed(desk, tmp_path / "list")

    def say(person: int) -> None:
        for place in range(person + 1, DECISIONS + 1, 40):
            affected.remedy(desk, LOG, digest, wished((place, place)), NOON, by(f"p{person}"))

    people = [threading.Thread(target=say, args=(person,)) for person in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    known = affected.lists_on(desk, LOG)[digest]
    assert known.counts[Remedy.DONE] == 80 and known.left == DECISIONS - 80
    assert {step.who for step, _ in known.standing()} == {f"p{n}" for n in range(8)}


def test_a_repetition_under_its_key_says_nothing_twice(tmp_path: Path) -> None:
    desk = desk_of(Log())
    digest = listed(desk, tmp_path / "list")
    for _ in range(2):
        _, appended = affected.remedy(
            desk, LOG, digest, wished((1, 9)), NOON, by("ana", "k1"), ("p", io.BytesIO(b"shown"))
        )
    assert appended.repeated and affected.lists_on(desk, LOG)[digest].counts[Remedy.DONE] == 9
    with pytest.raises(Refused, match="used for something else"):
        affected.remedy(desk, LOG, digest, wished((1, 10)), NOON, by("ana", "k1"))


def test_what_is_refused_keeps_no_file(tmp_path: Path) -> None:
    desk = desk_of(Log())
    digest = listed(desk, tmp_path / "list")
    before = set(desk.world.vault.digests())
    with pytest.raises(Refused, match="beyond the list"):
        affected.remedy(
            desk, LOG, digest, wished((1, 401)), NOON, BY_ANA, ("p", io.BytesIO(b"shown"))
        )
    assert set(desk.world.vault.digests()) == before
    acquired = [e for e in desk.world.journal.read(LOG) if isinstance(e.fact, EvidenceAcquired)]
    assert len(acquired) == 1 and acquired[0].author == ANA
