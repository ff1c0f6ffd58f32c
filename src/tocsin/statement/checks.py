"""What speaks against words before they go, each with its reason and what would settle it.

Asked of the record as it is at that moment: when they are drafted, when they are approved, and once
more when they go. A flag is found by looking, never remembered: what was settled is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.facts.entry import Entry
from tocsin.facts.incidents import Grade
from tocsin.facts.statements import Flag, StatementDrafted
from tocsin.incident.fold import replay
from tocsin.incident.model import Incident
from tocsin.incident.statements import (
    Promise,
    State,
    Statements,
    Told,
    figures_of,
    promised,
    statements_of,
)
from tocsin.register.audiences import Reach
from tocsin.statement.context import readable
from tocsin.statement.figures import not_in_record
from tocsin.statement.hidden import hidden_words
from tocsin.statement.plain import at_words, compared

NEVER_OVERRIDDEN = frozenset({Flag.COUNSELS_WORDS})
"""What counsel lets out by saying it openly, and not by letting a text pass."""

ADDED = "added-words"
"""What the flag about words beside the record is about."""

_LATE = "We promised to write by {}. This is late."
_AS = {
    Grade.CONFIRMED: "as known",
    Grade.SUSPECTED: "as suspected",
    Grade.REFUTED: "as wrong",
}


Keys = Callable[[Told], Mapping[str, object]]
"""What of a text is looked at: its claims, or its figures."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What speaks against words. With `flag` and `about` it is the same flag, whenever found.

    Args:
        why: what was found, and what would settle it.
    """

    flag: Flag
    about: str
    why: str


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Words as they would go.

    Args:
        text: the very text: subject, empty line, words.
        forbids: what the template does not allow.
        reach: how they reach their audience.
    """

    draft: StatementDrafted
    text: str
    forbids: Sequence[str]
    reach: Reach


def flags(words: Words, entries: Sequence[Entry], now: datetime) -> list[Found]:
    """All that speaks against these words now."""
    statements, incident = statements_of(entries), replay(readable(entries, words.reach.reads))
    late = _late(words, statements, now)
    return [
        *_unsure(words, incident, replay(entries)),
        *_contradicting(words, statements, incident),
        *_other_figures(words, statements),
        *_missed(words, statements, now),
        *_unrecorded(words, incident, late),
        *_unbound(words, incident, late),
        *_counsels(words, entries),
        *_forbidden(words),
    ]


def blocks(found: Found, words: Words) -> bool:
    """Whether words do not go while this is found: outside every flag, inside counsel's words."""
    return words.reach.outside or found.flag in NEVER_OVERRIDDEN


def _unsure(words: Words, incident: Incident, whole: Incident) -> Iterator[Found]:
    """By what the audience may read, and by the whole record: of that it is not told what it is."""
    draft = words.draft
    for one in draft.known:
        claim, really = incident.claim(one), whole.claim(one)
        grade = claim.grade if claim is not None else None
        if grade is Grade.CONFIRMED and (really is None or really.grade is not grade):
            yield Found(
                flag=Flag.NOT_CONFIRMED,
                about=one,
                why=f"{one} stands otherwise in an entry that this audience may not read; ask "
                "counsel before it is told as known",
            )
        elif claim is None or grade is not Grade.CONFIRMED:
            stands = grade.value if grade is not None else "not on record"
            yield Found(
                flag=Flag.NOT_CONFIRMED,
                about=one,
                why=f"{one} is told as known and is {stands}; leave it out, or confirm it: "
                f"tocsin incident grade ... {one} confirmed",
            )
        elif not claim.evidence:
            yield Found(
                flag=Flag.NO_EVIDENCE,
                about=one,
                why=f"{one} is told as known and rests on no evidence; name it: "
                f"tocsin incident grade ... {one} confirmed --evidence SHA256",
            )
    told = {**dict.fromkeys(draft.suspected, Grade.SUSPECTED),
            **dict.fromkeys(draft.refuted, Grade.REFUTED)}  # fmt: skip
    for one, grade in told.items():
        claim = incident.claim(one)
        if claim is not None and claim.grade is not grade:
            yield Found(
                flag=Flag.CHANGED,
                about=one,
                why=f"{one} was {grade.value} when this was drafted and is {claim.grade.value} "
                "now; draft it anew",
            )


def _contradicting(words: Words, statements: Statements, incident: Incident) -> Iterator[Found]:
    mine = {
        **dict.fromkeys(words.draft.known, Grade.CONFIRMED),
        **dict.fromkeys(words.draft.suspected, Grade.SUSPECTED),
        **dict.fromkeys(words.draft.refuted, Grade.REFUTED),
    }
    for claim, told in _newest(statements, words.draft, lambda one: one.grades):
        was, stands = told.grades[claim], incident.claim(claim)
        whose = f"{told.audience} were told {claim} {_AS[was]}, {at_words(told.at)}"
        if claim in mine and mine[claim] is not was and told.audience != _mine(words):
            why = f"{whose}, and this text tells it {_AS[mine[claim]]}"
        elif was is Grade.CONFIRMED and stands is not None and stands.grade is not was:
            why = f"{whose}, and it is {stands.grade.value} now"
        else:
            continue
        yield Found(
            flag=Flag.CONTRADICTS,
            about=f"{claim} {told.audience}",
            why=f"{why}; {_settled_by(told)}",
        )


def _other_figures(words: Words, statements: Statements) -> Iterator[Found]:
    mine = figures_of(words.draft)
    for name, told in _newest(statements, words.draft, lambda one: one.figures):
        was = told.figures[name]
        if name in mine and mine[name] != was:
            yield Found(
                flag=Flag.OTHER_FIGURE,
                about=f"{name} {told.audience}",
                why=f"{name}: {told.audience} were told {was}, {at_words(told.at)}, and this text "
                f"says {mine[name]}; {_settled_by(told)}",
            )


def _missed(words: Words, statements: Statements, now: datetime) -> Iterator[Found]:
    for promise in _late(words, statements, now):
        due = at_words(promise.due_at)
        if due not in words.text:
            yield Found(
                flag=Flag.PROMISE_MISSED,
                about=promise.statement or str(promise.seq),
                why=f"{promise.audience} were promised more by {due} and heard nothing; draft it "
                f"anew, and every shipped template says so; one of your own must name `late`, or "
                f"you write it: --text '{_LATE.format(due)}'",
            )


def _late(words: Words, statements: Statements, now: datetime) -> list[Promise]:
    """What this audience was promised by a time that is over."""
    mine = [one for one in promised(statements) if one.audience == _mine(words)]
    return [one for one in mine if one.is_late(now)]


def _unrecorded(words: Words, incident: Incident, late: Sequence[Promise]) -> Iterator[Found]:
    draft = words.draft
    stated = [claim.statement for claim in incident.claims
              if claim.id in (*draft.known, *draft.suspected, *draft.refuted)]  # fmt: skip
    stated += [*draft.figures, incident.id, *(at_words(one.due_at) for one in late)]
    if draft.next_update_at is not None:
        stated.append(at_words(draft.next_update_at))
    for number in not_in_record(draft.added, stated):
        yield Found(
            flag=Flag.NOT_IN_RECORD,
            about=number,
            why=f"{number} stands in no claim that this text states (not in the record); state it "
            "as a claim with its evidence, or leave it out",
        )


def _unbound(words: Words, incident: Incident, late: Sequence[Promise]) -> Iterator[Found]:
    """Outside, whatever a person adds is the word of one: what it denies, no machine can tell."""
    if not words.reach.outside:
        return
    draft = words.draft
    stated = {compared(claim.statement) for claim in incident.claims if claim.id in draft.known}
    stated |= {compared(_LATE.format(at_words(one.due_at))) for one in late}
    own = [line for line in draft.added.splitlines() if compared(line) not in {*stated, ""}]
    if own:
        yield Found(
            flag=Flag.NO_EVIDENCE,
            about=ADDED,
            why=f'"{own[0][:60]}" was added and rests on no claim that this text states; state it '
            "as a claim with its evidence, leave it out, or let counsel say that it may go",
        )


def _counsels(words: Words, entries: Sequence[Entry]) -> Iterator[Found]:
    for entry in hidden_words(words.text, entries, words.reach.reads):
        yield Found(
            flag=Flag.COUNSELS_WORDS,
            about=str(entry.seq),
            why=f"the text quotes entry {entry.seq}, which is for {entry.access.value} only; say "
            "it in other words, or let them say it openly",
        )


def _forbidden(words: Words) -> Iterator[Found]:
    text = f" {compared(words.text)} "
    for one in words.forbids:
        if f" {compared(one)} " in text:
            yield Found(
                flag=Flag.FORBIDDEN,
                about=one,
                why=f'the template {words.draft.template} does not allow "{one}"; say only what '
                "is known",
            )


def _newest(
    statements: Statements, draft: StatementDrafted, of: Keys
) -> Iterator[tuple[str, Told]]:
    """For each claim or figure and audience the last text that told it, unless that is corrected.

    A text counts as corrected once a correction of it is drafted, or is this very text.
    """
    newest: dict[tuple[str, str], Told] = {}
    for told in statements.told:
        for name in of(told):
            newest[name, told.audience] = told
    for (name, _), told in newest.items():
        if told.statement and (
            told.statement == draft.corrects or _is_corrected(statements, told.statement, draft)
        ):
            continue
        yield name, told


def _is_corrected(statements: Statements, statement: str, draft: StatementDrafted) -> bool:
    return any(
        one.id != draft.statement and one.state not in (State.NOT_SENT, State.IN_DOUBT)
        for one in statements.correcting(statement)
    )


def _settled_by(told: Told) -> str:
    if told.statement:
        return f"correct it: tocsin say ... {told.audience} --moment correction"
    return f"tell them first: tocsin tell ... {told.audience}"


def _mine(words: Words) -> str:
    return words.draft.audience.value
