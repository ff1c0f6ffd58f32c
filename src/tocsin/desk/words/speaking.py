"""What people say about words before they go: approve, refuse, override a flag, withdraw them.

Each word is signed over the digest of the very bytes, and is held against the record when it is
written and again when the words go.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.desk.approving.agreeing import check_open_to, held, reason, role_asked, signed, spoken
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.desk.words.saying import asked_of, look_at, statement_named
from tocsin.facts import Draft, Refused
from tocsin.facts.statements import (
    Flag,
    FlagOverridden,
    StatementApproved,
    StatementDeclined,
    StatementWithdrawn,
)
from tocsin.incident.statements import Statement
from tocsin.register.agreed import Spoken
from tocsin.register.statements import StatementWord
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
    text = _seen(one, shown)
    mine = role or role_asked(asked, spoken(one.valid), by.author.who, one.id)
    fact = StatementApproved(
        statement=one.id,
        text=text,
        role=mine,
        because=because,
    )
    return _say(desk, log, fact, by)


def decline(
    desk: Writer, log: str, statement: str, by: By, *, role: str | None = None, because: str
) -> Appended:
    """A person refuses these words in a role that is asked; drafted anew they may be approved."""
    one = _open(desk, log, statement)
    asked = asked_of(desk, desk.known(log), one)
    mine = role or role_asked(asked, spoken(one.valid), by.author.who, one.id)
    fact = StatementDeclined(
        statement=one.id, text=one.draft.text, role=mine,
        because=reason(because),
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
        because=reason(because),
    )  # fmt: skip
    return _say(desk, log, fact, by)


def withdraw(desk: Writer, log: str, statement: str, because: str, by: By) -> Appended:
    """Words that have not gone will never go."""
    check_person(desk, by.author)

    def judge(known: Known) -> Sequence[Draft]:
        one = _still_open(statement_named(known.statements, statement))
        fact = StatementWithdrawn(statement=one.id, because=reason(because))
        return [Draft(fact=fact, happened_at=desk.world.clock.now(), access=one.access)]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def _say(desk: Writer, log: str, fact: StatementWord, by: By) -> Appended:
    """Record a signed word about words. `by.sign` signs in the namespace of words."""
    author = signed(desk, log, fact, by)

    def judge(known: Known) -> Sequence[Draft]:
        one = _still_open(statement_named(known.statements, fact.statement))
        asked, now = asked_of(desk, known, one), desk.world.clock.now()
        word = Spoken(seq=known.last_seq + 1, fact=fact, author=author, at=now)
        stood = held(asked, spoken(one.valid), word)
        if isinstance(fact, StatementApproved):
            check_open_to(stood, one.id, fact.role)
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
