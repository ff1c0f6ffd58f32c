"""Words for audiences on a screen: the text to the byte, what speaks against it, who must agree,
and the next command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tocsin.desk.words.saying import Looked, Proposed
from tocsin.facts.statements import StatementDrafted
from tocsin.incident.statements import Promise, Statement, Told
from tocsin.register.audiences import COUNSEL
from tocsin.register.model import Register
from tocsin.statement.checks import Found
from tocsin.statement.plain import at_words

RULE = "-" * 72


def text_shown(data: bytes) -> list[str]:
    """The text to the byte, between two lines."""
    return [RULE, data.decode().rstrip("\n"), RULE]


def proposed_lines(made: Proposed, name: str, again: str) -> Iterator[str]:
    """What would be drafted; nothing is on record.

    Args:
        again: the command as it was given.
    """
    yield _head(made.draft, made.addresses)
    yield from text_shown(made.data)
    yield from _flag_lines(made.flags, made.flags if made.reach.outside else ())
    asked = " and ".join(made.reach.approved_by)
    yield f"must approve: {asked or 'nobody'}"
    if made.is_recorded:
        yield f"on record as {made.draft.statement}"
        yield f"next: tocsin statements {name} --text {made.draft.statement}"
    else:
        yield "NOTHING IS ON RECORD YET"
        yield f"next: {again} --draft"


def looked_lines(looked: Looked, name: str, register: Register) -> Iterator[str]:
    """Words on record as they stand, and the next command."""
    one = looked.statement
    yield f"{one.id} ({one.state.value})  {_head(one.draft, looked.addresses)}"
    yield from text_shown(looked.text)
    yield from _flag_lines(looked.flags, looked.open_flags)
    for role in looked.reach.approved_by:
        author = looked.agreed.by.get(role)
        yield f"{role}: {'approved by ' + author.who if author else 'has not approved yet'}"
    for void in one.void:
        yield f"entry {void.seq} of {void.author.who} is about an older text, and void"
    for bad in looked.agreed.disregarded:
        yield f"entry {bad.seq} does not count: {bad.why}"
    if looked.agreed.declined_by is not None:
        yield "refused by {} as {}".format(*looked.agreed.declined_by)
    yield from doubt_lines(one)
    yield f"digest: {one.draft.text}"
    yield f"next: {next_command(looked, name, register)}"


def doubt_lines(one: Statement) -> Iterator[str]:
    """Where nobody knows whether they arrived, and what a person does about it; else nothing."""
    if one.in_doubt:
        there = ", ".join(one.in_doubt)
        yield (
            f"IN DOUBT at {there}: the answer was lost, so {one.id} may be there or not, and it is "
            "not sent again by itself. Ask there, then say which it is: the outbox names both "
            "commands (done, retry)"
        )


def next_command(looked: Looked, name: str, register: Register) -> str:
    """The one command that brings these words on."""
    one = looked.statement
    if one.is_in_the_outbox:
        return f"tocsin outbox list --incident {name}"
    if not one.is_open:
        return f"tocsin statements {name}"
    if looked.agreed.declined_by is not None:
        return f"tocsin say {name} {one.draft.audience.value} --draft"
    if looked.open_flags:
        flag = looked.open_flags[0]
        who = _who(register, COUNSEL)
        return (
            f"settle what is flagged, or counsel lets it pass: tocsin say override {name} {one.id} "
            f'{flag.flag.value} "{flag.about}" --because ... --as {who} --key KEY'
        )
    if looked.agreed.missing:
        role = looked.agreed.missing[0]
        return f"tocsin say approve {name} {one.id} --as {_who(register, role)} --key KEY"
    return f"tocsin say send {name} {one.id}"


def proposed_data(made: Proposed, incident: str) -> dict[str, object]:
    """The same for scripts."""
    return {
        **_plain(made.draft, made.data),
        "incident": incident,
        "recorded": made.is_recorded,
        "addresses": made.addresses,
        "flags": [_flag(one, made.reach.outside) for one in made.flags],
        "must_approve": made.reach.approved_by,
    }


def looked_data(looked: Looked, incident: str, next: str) -> dict[str, object]:
    """The same for scripts."""
    one, agreed = looked.statement, looked.agreed
    return {
        **_plain(one.draft, looked.text),
        "incident": incident,
        "recorded": True,
        "state": one.state.value,
        "addresses": looked.addresses,
        "flags": [_flag(each, each in looked.open_flags) for each in looked.flags],
        "must_approve": looked.reach.approved_by,
        "approved_by": {role: author.who for role, author in agreed.by.items()},
        "missing": agreed.missing,
        "declined_by": agreed.declined_by,
        "void": [each.seq for each in one.void],
        "run": one.run,
        "corrected_by": one.corrected_by,
        "deliveries": one.deliveries,
        "in_doubt": one.in_doubt,
        "next": next,
    }


def row_data(one: Statement) -> dict[str, object]:
    """One line of the list for scripts."""
    return {
        "statement": one.id,
        "audience": one.draft.audience,
        "moment": one.draft.moment,
        "state": one.state.value,
        "drafted_at": one.at,
        "drafted_by": one.by,
        "written_at": one.written_at,
        "text": one.draft.text,
        "corrects": one.draft.corrects,
        "corrected_by": one.corrected_by,
        "next_update_at": one.draft.next_update_at,
        "deliveries": one.deliveries,
    }


def row_line(one: Statement) -> str:
    """One line of the list for people."""
    draft, when = one.draft, one.written_at or one.at
    more = f", corrects {draft.corrects}" if draft.corrects else ""
    more += f", corrected by {one.corrected_by}" if one.corrected_by else ""
    failed = [each.address for each in one.deliveries if each.how not in ("reached", "unknown")]
    more += f"; not known to have reached {', '.join(failed)}" if failed else ""
    more += f"; in doubt at {', '.join(one.in_doubt)}" if one.in_doubt else ""
    return (
        f"{one.id:4} {draft.audience.value:17} {draft.moment.value:10} {one.state.value:11} "
        f"{at_words(when)}{more}"
    )


def told_line(told: Told) -> str:
    """A text that a plan or `tocsin tell` wrote."""
    return f"     {told.audience:17} {'':10} {'sent':11} {at_words(told.at)}, {told.subject}"


def promise_line(promise: Promise, now: datetime) -> str:
    """What is promised to whom."""
    late = "  OVERDUE" if promise.is_late(now) else ""
    return f"{promise.audience} hears more by {at_words(promise.due_at)}{late}"


def _head(draft: StatementDrafted, addresses: Sequence[str]) -> str:
    corrects = f", corrects {draft.corrects}" if draft.corrects else ""
    to = ", ".join(addresses) or "NOBODY: no one in the register is of this audience with an email"
    return f"{draft.audience.value}, {draft.moment.value}{corrects}, to {to}"


def _flag_lines(found: Iterable[Found], holding: Sequence[Found]) -> Iterator[str]:
    for one in found:
        word = "FLAG" if one in holding else "note"
        about = f" ({one.about})" if one.about else ""
        yield f"{word} {one.flag.value}{about}: {one.why}"


def _flag(one: Found, holds: bool) -> dict[str, object]:
    return {"flag": one.flag, "about": one.about, "why": one.why, "blocks": holds}


def _plain(draft: StatementDrafted, data: bytes) -> dict[str, object]:
    subject, _, body = data.decode().partition("\n\n")
    return {
        "statement": draft.statement,
        "audience": draft.audience,
        "moment": draft.moment,
        "language": draft.language,
        "template": draft.template,
        "subject": subject,
        "body": body,
        "digest": draft.text,
        "known": draft.known,
        "suspected": draft.suspected,
        "refuted": draft.refuted,
        "figures": draft.figures,
        "next_update_at": draft.next_update_at,
        "corrects": draft.corrects,
    }


def _who(register: Register, role: str) -> str:
    return next((one.id for one in register.people.values() if role in one.roles), role.upper())
