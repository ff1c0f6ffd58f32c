"""An incident that has everything a notice may ask for, and the forms that travel with Tocsin."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from incident_log import LOG, at, entry
from tocsin.duties.fields import FieldSet, FieldSets
from tocsin.duties.law import Enforcement, Grade, Rule, Sort
from tocsin.duties.notice import Asked
from tocsin.duties.read_fields import read_fields
from tocsin.facts import Access, Asserter, Entry, Fact
from tocsin.facts import incidents as said
from tocsin.facts.affected import AffectedListed
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.legal import Answered, LegalFactStated
from tocsin.facts.notices import Answered as FieldAnswered
from tocsin.facts.notices import NoticeFieldAnswered
from tocsin.register.model import Entity, Person, Register, System, Vendor

LAW = Path(__file__).parents[1] / "law"
SECRET = "the bank feared a fine of nine million under seal"
D = "d" * 64


@cache
def forms() -> FieldSets:
    files = {one.relative_to(LAW).as_posix(): one.read_text() for one in LAW.rglob("*.toml")}
    sets, told = read_fields(files)
    assert told == ()
    return sets


def form(id: str) -> FieldSet:
    return forms().by_id[id]


def rule(id: str = "eu/dora/19/initial", stage: str | None = "initial") -> Rule:
    return Rule(
        id=id, article="eu/dora/19", sort=Sort.NOTICE, says="Tell the authority.",
        paragraphs=("19(4)(a)",), grade=Grade.PRIMARY, from_=date(2025, 1, 17), until=None,
        enforcement=Enforcement.LIVE, where=("EU",), who="Banks", stage=stage,
    )  # fmt: skip


def asked(fields: FieldSet, **more: object) -> Asked:
    return Asked(notice="N1", rule=rule(), fields=fields, law="2026-11-26", **more)  # type: ignore[arg-type]


REGISTER = Register(
    systems={
        "assistant": System(
            id="assistant", name="Credit assistant", owner="ana", tier=1, versions=("7", "8"),
            jurisdictions=("DE", "FR"), vendors=(Vendor(name="Modelworks", contact="x@y.example"),),
        )
    },
    people={
        "cleo": Person(id="cleo", name="Cleo Baker", email="cleo@bank.example", phone="+49 30 1",
                       roles=("counsel",)),
        "dana": Person(id="dana", name="Dana Poe", email="dana@bank.example",
                       roles=("executive", "dpo")),
    },
    entity=Entity(legal_name="Exempla Bank AG", sectors=("finance",), countries=("DE",)),
)  # fmt: skip

OPENED = said.Opened(
    title="Refuses every applicant <b>from</b> the north", systems=("assistant",), unregistered=(),
    discovered_at=at(-20), occurred_at=at(-60),
)  # fmt: skip


def claimed(id: str, text: str, grade: said.Grade) -> said.Claimed:
    return said.Claimed(claim=id, statement=text, grade=grade, evidence=(D,))


def empty() -> list[Entry]:
    return [entry(1, OPENED)]


def rich() -> list[Entry]:
    """Claims of each grade, awareness, affected people, evidence, a privileged severity."""
    facts: list[tuple[Fact, Access]] = [
        (OPENED, Access.OPS),
        (said.BecameAware(person="ana", standing=said.PersonClass.STAFF, basis="the alarm"),
         Access.OPS),
        (claimed("C1", "every applicant of the north was refused", said.Grade.CONFIRMED),
         Access.OPS),
        (claimed("C2", "a reference table was empty", said.Grade.SUSPECTED), Access.OPS),
        (claimed("C3", "the model was stolen", said.Grade.REFUTED), Access.OPS),
        (said.SeverityJudged(severity=said.Severity.SEV1, reasons=(SECRET,), basis=SECRET),
         Access.COUNSEL),
        (claimed("C4", SECRET, said.Grade.CONFIRMED), Access.COUNSEL),
        (said.QuestionRaised(question="Q1", text="since when was it empty?"), Access.OPS),
        (AffectedListed(list=D, finding="F1", since=at(-60), until=at(0), decisions=212,
                        subjects=198, asked="refused", untold=""), Access.OPS),
        (EvidenceAcquired(digest=D, size=90, name="log.csv", source="s", because="b"), Access.OPS),
        (LegalFactStated(key="classified", answer=Answered.KNOWN,
                         value=datetime(2026, 9, 3, 10, tzinfo=UTC).isoformat(), basis="b"),
         Access.OPS),
        (LegalFactStated(key="entity", answer=Answered.UNKNOWN, value="", basis="not asked yet"),
         Access.OPS),
        (NoticeFieldAnswered(fields="dora-general", field="1.15", answer=FieldAnswered.WRITTEN,
                             text="EUR"), Access.OPS),
        (NoticeFieldAnswered(fields="dora-initial", field="2.9", answer=FieldAnswered.UNKNOWN,
                             text="the plan's owner is asleep"), Access.OPS),
        (NoticeFieldAnswered(fields="dora-initial", field="2.8",
                             answer=FieldAnswered.NOT_APPLICABLE, text="no provider"), Access.OPS),
    ]  # fmt: skip
    return [entry(place, fact, access=label) for place, (fact, label) in enumerate(facts, 1)]


def more(entries: list[Entry], *facts: Fact, who: str = "ana") -> list[Entry]:
    kind = Asserter.PERSON
    begin = len(entries) + 1
    return [
        *entries,
        *(entry(begin + n, fact, who=who, kind=kind, log=LOG) for n, fact in enumerate(facts)),
    ]
