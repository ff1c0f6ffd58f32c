"""What people say about a notice before it goes: approve, or refuse it.

Each word is signed over the digest of the very document, and is held against the record when it is
written and again when the notice is submitted.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.desk.approving.agreeing import check_open_to, held, reason, role_asked, signed, spoken
from tocsin.desk.law.notice_forms import notices_in
from tocsin.desk.law.notices import asked_of, notice_named
from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.desk.words.saying import kept_text
from tocsin.facts import Draft, Refused
from tocsin.facts.notices import NoticeApproved, NoticeDeclined
from tocsin.incident.notices import Notice
from tocsin.register.agreed import Spoken
from tocsin.register.statements import NoticeWord
from tocsin.world import Appended

PLACES = b"{places}"
"""What stands for a place in the name of an authority, and goes out in no notice."""


def approve_notice(
    desk: Writer, log: str, notice: str, by: By, *, role: str | None = None,
    because: str = "", shown: str | None = None,
) -> Appended:  # fmt: skip
    """A person approves this very document in a role that is asked.

    Args:
        role: None is the first of their roles that has not said yes.
        because: needed where mandatory fields are empty, or it says other than was told before.
        shown: the digest, or its beginning, of the document that they saw.

    Raises:
        Refused: another document by now, not their role, too weak a proof, no reason.
    """
    one = _open(desk.known(log), notice)
    asked = asked_of(desk, desk.known(log), one)
    if shown and not one.draft.document.startswith(shown.lower()):
        raise Refused(
            f"{one.id} is another document by now than the one you saw; look again: tocsin notice "
            "show"
        )
    mine = role or role_asked(asked, spoken(one.valid), by.author.who, one.id)
    fact = NoticeApproved(
        notice=one.id, document=one.draft.document, role=mine, because=because.strip()
    )
    return _say(desk, log, fact, by)


def decline_notice(
    desk: Writer, log: str, notice: str, by: By, *, role: str | None = None, because: str
) -> Appended:
    """A person refuses this document; drafted anew it may be approved."""
    one = _open(desk.known(log), notice)
    asked = asked_of(desk, desk.known(log), one)
    mine = role or role_asked(asked, spoken(one.valid), by.author.who, one.id)
    fact = NoticeDeclined(
        notice=one.id, document=one.draft.document, role=mine, because=reason(because)
    )
    return _say(desk, log, fact, by)


def _say(desk: Writer, log: str, fact: NoticeWord, by: By) -> Appended:
    """Record a signed word about a notice. `by.sign` signs in the namespace of words."""
    author = signed(desk, log, fact, by)

    def judge(known: Known) -> Sequence[Draft]:
        one = _open(known, fact.notice)
        asked, now = asked_of(desk, known, one), desk.world.clock.now()
        word = Spoken(seq=known.last_seq + 1, fact=fact, author=author, at=now)
        stood = held(asked, spoken(one.valid), word)
        if isinstance(fact, NoticeApproved):
            _check_reason(one, fact)
            _check_whole(desk, one)
            check_open_to(stood, one.id, fact.role)
        return [Draft(fact=fact, happened_at=now)]

    return desk.decide_known(log, judge, author, client_key=by.client_key)


def _check_reason(one: Notice, fact: NoticeApproved) -> None:
    draft = one.draft
    if fact.because or not (draft.missing or draft.contradicts):
        return
    lacks = [f"mandatory fields are empty: {', '.join(draft.missing)}"] if draft.missing else []
    if draft.contradicts:
        lacks.append(f"fields say other than was told before: {', '.join(draft.contradicts)}")
    raise Refused(f"{one.id}: {'; '.join(lacks)}. Fill or mend them, or say why it may go so: "
                  "--because ...")  # fmt: skip


def _check_whole(desk: Writer, one: Notice) -> None:
    if PLACES in kept_text(desk, one.draft.document):
        raise Refused(
            f"{one.id} still says {PLACES.decode()} where a place belongs; draft it anew and name "
            f"the authority: tocsin notice draft INCIDENT {one.draft.rule} --authority '...'"
        )


def _open(known: Known, notice: str) -> Notice:
    one = notice_named(notices_in(known), notice)
    if not one.is_open:
        raise Refused(
            f"{one.id} is {one.state.value}, so nothing is to be decided; what went is corrected "
            "by another notice: tocsin notice correct"
        )
    return one
