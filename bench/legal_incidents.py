"""Open incidents on a record, each with the legal facts of a case worked by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import cycle, islice
from pathlib import Path

import msgspec

from bench.records import folder
from tocsin import wiring
from tocsin.desk.record import Writer
from tocsin.duties.known import Awareness, Harm, LegalFacts, Value
from tocsin.facts import Asserter, Author, Draft, Fact, Proof
from tocsin.facts.canonical import canonical
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.incidents import BecameAware, Opened, PersonClass
from tocsin.facts.legal import Answered, LegalFactStated

Texts = Mapping[str, str]
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
REGISTER = """
[entity]
legal_name = "Bench"
[people.ana]
email = "ana@example.org"
[systems.model]
owner = "ana"
tier = 1
"""
_CLASSES = {"management": PersonClass.MANAGEMENT, "processor": PersonClass.PROCESSOR}


class Home(msgspec.Struct):
    """A home whose law can be changed."""

    desk: Writer
    law: Texts

    def change(self, law: Texts) -> None:
        """Let another process find this law."""
        self.law = law
        world = self.desk.world
        self.desk = Writer(msgspec.structs.replace(world, law=lambda: (law, {})))


@contextmanager
def home_with(cases: list[LegalFacts], many: int, law: Texts) -> Iterator[Home]:
    """A home on a disk of memory with so many open incidents, of which no law was asked yet."""
    with folder(in_memory=True) as place:
        path = place / "home"
        _quiet(path, "init")
        for file in (path / "register").glob("*.toml"):
            file.unlink()
        (path / "register" / "bench.toml").write_text(REGISTER)
        _quiet(path, "register", "adopt", "--as", "ana")
        with wiring.open_home(path, warn=lambda _: None) as opened:
            home = Home(desk=Writer(opened.world), law=law)
            home.change(law)
            now = opened.world.clock.now()
            for number, facts in enumerate(islice(cycle(cases), many)):
                drafts = [Draft(fact=fact, happened_at=at) for fact, at in _said(facts, now)]
                opened.world.journal.append(f"{INCIDENT_PREFIX}{number:06}", 0, drafts, ANA)
            yield home


def _quiet(home: Path, *words: str) -> None:
    command = [sys.executable, "-m", "tocsin", "--home", str(home), *words]
    subprocess.run(command, check=True, capture_output=True)


def _said(facts: LegalFacts, now: datetime) -> Iterator[tuple[Fact, datetime]]:
    """What people would have entered."""
    yield (
        Opened(
            title="A case", systems=("model",), unregistered=(), discovered_at=now, occurred_at=None
        ),
        now,
    )
    for key, value in facts.values.items():
        if key == "aware":
            entries = value if isinstance(value, tuple) else (value,)
            for one in entries:
                at = one.instant if isinstance(one, Awareness) else one
                if isinstance(at, datetime):
                    standing = one.standing if isinstance(one, Awareness) else None
                    said = _CLASSES.get(standing or "", PersonClass.STAFF)
                    yield BecameAware(person="ana", standing=said, basis="log"), min(at, now)
            continue
        text = _text(value, now)
        answer = Answered.DENIED if value is False and text is None else Answered.KNOWN
        if text is not None or answer is Answered.DENIED:
            yield LegalFactStated(key=key, answer=answer, value=text or "", basis="said"), now


def _text(value: Value, now: datetime) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        harms = [one for one in value if isinstance(one, Harm)]
        if harms:
            known = ({"kind": one.kind, "aware": (one.aware or now).isoformat()} for one in harms)
            return canonical([dict(one) for one in known]).decode()
        return ",".join(str(one) for one in value) or None
    return str(value)
