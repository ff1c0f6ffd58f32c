"""What people say about words before they go: approve, refuse, override a flag, withdraw them.

Each word is signed over the digest of the very bytes, and is held against the record when it is
written and again when the words go.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.desk.known import Known
from tocsin.desk.people import check_person
from tocsin.desk.record import Writer
from tocsin.desk.runs import By
from tocsin.desk.saying import asked_of, look_at, spoken_of, statement_named
from tocsin.facts import Draft, Proof, Refused
from tocsin.facts.statements import (
    Flag,
    FlagOverridden,
    StatementApproved,
    StatementDeclined,
    StatementWithdrawn,
)
from tocsin.incident.statements import Statement
from tocsin.register.agreed import Asked, Spoken, agreed, check_spoken, roles_of
from tocsin.register.statements import StatementWord, spoken_word
from tocsin.statement.checks import NEVER_OVERRIDDEN
from tocsin.world import Appended


def approve(
    desk: Writer, log: str, statement: str, by: By, *, role: str | None = None,
    because: str = "", shown: str | None = None,
) -> Appended:  # fmt: skip
    """A person approves these very words in a role that is asked.

    Args:
        role: None is the first of their roles that has not said yes.
        shown: the digest, or its beginning, of the text that they saw.

    Raises:
        Refused: other words by now, not their role, too weak a proof, a person who filled a role.
    """
    one = _open(desk, log, statement)
    asked = asked_of(desk, desk.known(log), one)
    fact = StatementApproved(
        statement=one.id,
        text=_seen(one, shown),
        role=role or _role(asked, one, by),
        because=because,
    )
    return _say(desk, log, fact, by)


def decline(
    desk: Writer, log: str, statement: str, by: By, *, role: str | None = None, because: str
) -> Appended:
    """A person refuses these words in a role that is asked; drafted anew they may be approved."""
    one = _open(desk, log, statement)
    asked = asked_of(desk, desk.known(log), one)
    fact = StatementDeclined(
        statement=one.id, text=one.draft.text, role=role or _role(asked, one, by),
        because=_reason(because),
    )  # fmt: skip
    return _say(desk, log, fact, by)


def override(
    desk: Writer, log: str, statement: str, flag: Flag, about: str, because: str, by: By
) -> Appended:
    """Counsel lets these very words go although this speaks against them.

    Raises:
        Refused: not counsel, no such flag, or one that nobody overrides.
    """
    looked = look_at(desk, desk.known(log), statement)
    one = looked.statement
    found = [each for each in looked.flags if each.flag is flag and about in ("", each.about)]
    if flag in NEVER_OVERRIDDEN:
        raise Refused("words under counsel's label are let out by saying them openly, not by this")
    if len(found) != 1:
        there = "; ".join(f"{each.flag.value} {each.about}" for each in looked.flags)
        which = "more than one flag is" if found else "no flag is"
        raise Refused(f"{which} {flag.value} {about}; there are: {there or 'none'}")
    fact = FlagOverridden(
        statement=one.id, text=one.draft.text, flag=flag, about=found[0].about,
        because=_reason(because),
    )  # fmt: skip
    return _say(desk, log, fact, by)


def withdraw(desk: Writer, log: str, statement: str, because: str, by: By) -> Appended:
    """Words that have not gone will never go."""
    check_person(desk, by.author)

    def judge(known: Known) -> Sequence[Draft]:
        one = _still_open(statement_named(known.statements, statement))
        fact = StatementWithdrawn(statement=one.id, because=_reason(because))
        return [Draft(fact=fact, happened_at=desk.world.clock.now(), access=one.access)]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def _say(desk: Writer, log: str, fact: StatementWord, by: By) -> Appended:
    """Record a signed word about words. `by.sign` signs in the namespace of words."""
    author = by.author
    if by.sign is not None:
        signature = by.sign(spoken_word(desk.world.journal.origin, log, fact))
        author = msgspec.structs.replace(author, signature=signature, proof=Proof.SIGNATURE)

    def judge(known: Known) -> Sequence[Draft]:
        one = _still_open(statement_named(known.statements, fact.statement))
        asked, now = asked_of(desk, known, one), desk.world.clock.now()
        before = agreed(asked, spoken_of(one))
        spoken = Spoken(seq=known.last_seq + 1, fact=fact, author=author, at=now)
        check_spoken(asked, spoken, before.by)
        if isinstance(fact, StatementApproved) and fact.role in before.by:
            raise Refused(f"{before.by[fact.role].who} approved {one.id} as {fact.role} already")
        if isinstance(fact, StatementApproved) and before.declined_by is not None:
            who, role = before.declined_by
            raise Refused(f"{who} refused {one.id} as {role}; draft it anew, and ask again")
        return [Draft(fact=fact, happened_at=now, access=one.access)]

    return desk.decide_known(log, judge, author, client_key=by.client_key)


def _open(desk: Writer, log: str, statement: str) -> Statement:
    return _still_open(statement_named(desk.known(log).statements, statement))


def _still_open(one: Statement) -> Statement:
    if not one.is_open:
        then = "correct it: --moment correction" if one.run is not None else "draft other words"
        then = "see: tocsin outbox list" if one.nobody_got_it else then
        raise Refused(f"{one.id} is {one.state.value}, so nothing is to be decided; {then}")
    return one


def _seen(one: Statement, shown: str | None) -> str:
    if shown and not one.draft.text.startswith(shown.lower()):
        raise Refused(
            f"{one.id} is another text by now than the one you saw; look again: tocsin statements"
        )
    return one.draft.text


def _role(asked: Asked, one: Statement, by: By) -> str:
    """The role in which this person is asked."""
    before = agreed(asked, spoken_of(one))
    mine = [role for role in asked.approved_by if role in roles_of(asked, by.author.who)]
    missing = [role for role in mine if role in before.missing]
    if not mine:
        raise Refused(
            f"{by.author.who} is not asked about {one.id}; asked are: "
            f"{', '.join(asked.approved_by) or 'nobody, it can be sent'}"
        )
    return (missing or mine)[0]


def _reason(because: str) -> str:
    if not because.strip():
        raise Refused("say why: --because ...")
    return because.strip()
