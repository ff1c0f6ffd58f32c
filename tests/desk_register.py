"""A register in force for the desk's tests: one assistant with a switch and an eye, four people."""

from __future__ import annotations

import io
from collections.abc import Callable

from desk_world import Eye, Hand
from register_people import Signing
from tocsin.desk import DESK_AUTHOR, Writer
from tocsin.facts import HOME_LOG, Asserter, Author, Proof
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import Verdict
from tocsin.register.model import Entity, Integration, Person, Register, System
from tocsin.register.statements import ORDER_NAMESPACE

FLAGS = {"flags": "assistant.model, assistant.knowledge"}
PEOPLE = {
    "ana": Person(id="ana", name="Ana", email="ana@example.org", roles=("on-call",),
                  deputies=("bo",), reach=("pager",)),
    "bo": Person(id="bo", name="Bo", email="bo@example.org", roles=("on-call",)),
    "cy": Person(id="cy", name="Cy", email="cy@example.org", roles=("commander", "support")),
    "di": Person(id="di", name="Di", email="di@example.org", roles=("support",)),
}  # fmt: skip
ASSISTANT = System(
    id="assistant",
    name="assistant",
    owner="ana",
    deputy="bo",
    tier=1,
    log="logs/assistant",
    switch="kill-switch",
    seen_by="seen",
    evidence={"model": "registry", "requests": "log"},
)
OTHER = System(id="other", name="other", owner="ana", tier=4)
REGISTER = Register(
    systems={
        "assistant": ASSISTANT,
        "other": System(id="other", name="other", owner="ana", tier=4),
    },
    integrations={
        "kill-switch": Integration(id="kill-switch", kind="switch", place="switch", settings=FLAGS),
        "seen": Integration(id="seen", kind="canary", place="http://127.0.0.1:1/chat"),
        "mail": Integration(id="mail", kind="smtp", place="smtp://127.0.0.1:1"),
        "pager": Integration(id="pager", kind="pagerduty", place="http://127.0.0.1:1"),
    },
    people=PEOPLE,
    entity=Entity(),
)


def adopted(desk: Writer, register: Register = REGISTER) -> Writer:
    """The desk, with this register in force."""
    digest = desk.world.vault.put(io.BytesIO(register.canonical())).digest
    fact = RegisterAdopted(
        digest=digest, systems=len(register.systems), people=len(register.people)
    )
    desk.record(HOME_LOG, lambda _: [fact], DESK_AUTHOR)
    return desk


def assistant_eye(hand: Hand, verdict: Verdict | None = None) -> Eye:
    """Asked about the assistant it sees whether the model path serves."""
    return Eye(hand, verdict, of={"assistant": "assistant.model"})


KEYS = {name: Signing(seed) for seed, name in enumerate(PEOPLE, start=1)}
Sign = Callable[[bytes], str]


def enrolled(desk: Writer) -> Writer:
    """The desk, with a key enrolled for each person."""
    keys = [one.enrolled_for(name) for name, one in KEYS.items()]
    desk.record(HOME_LOG, lambda _: keys, DESK_AUTHOR)
    return desk


def signing(who: str, key: str | None = None) -> tuple[Author, Sign]:
    """A person, and what signs words about orders with their key, or with another's."""
    one = KEYS[key or who]
    author = Author(who=who, kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=one.fingerprint)
    return author, lambda message: one.sign(message, ORDER_NAMESPACE)
