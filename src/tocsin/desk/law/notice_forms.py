"""The forms of notices at the desk: which rule asks for which, and what people say of their fields.

What a person writes fits its field, and quotes nothing that only counsel or the board may read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.duties.field_answers import fitting
from tocsin.duties.fields import FieldSet, FieldSets
from tocsin.duties.law import Law, Rule, Sort
from tocsin.duties.places import Atlas, Ground
from tocsin.duties.raised import duty_of
from tocsin.duties.reasons import SOMEWHERE
from tocsin.duties.scope import counts_last, of_organisation
from tocsin.duties.values import facts_of
from tocsin.facts import Access, Draft, Entry, Refused
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.notices import Answered, NoticeFieldAnswered
from tocsin.facts.withheld import as_read_by
from tocsin.incident.fold import replay
from tocsin.incident.legal import document, legal_of
from tocsin.incident.notices import FieldAnswer, Notices, notices_of
from tocsin.register.mistakes import did_you_mean
from tocsin.register.profile import profile_of
from tocsin.statement.hidden import hidden_words

PERHAPS = "(perhaps)"
"""Behind an authority of which it is not known whether it is to be told."""

READS = frozenset({Access.OPS})
"""The labels of what may flow into a notice."""


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """The law with the forms of its notices."""

    law: Law
    forms: FieldSets


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one field."""

    field: str
    answer: Answered
    text: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks to tell an authority.

    Args:
        fields: the id of the form; None is the one that the rule names.
        answers: of fields, recorded before the draft.
        to: the authorities; empty is what the rule says.
        corrects: the notice that went and that this one corrects; `wrong` what was wrong in it.
    """

    rule: str
    fields: str | None = None
    answers: tuple[Answer, ...] = ()
    to: tuple[str, ...] = ()
    corrects: str | None = None
    wrong: str = ""


def answer_fields(desk: Writer, log: str, request: Request, pack: Pack, by: By) -> None:
    """Record what a person says of fields, where that is not on record already."""
    rule = rule_of(pack.law, request.rule, organisation=log == ORGANISATION_LOG)
    form = form_of(request, rule, pack.forms)
    facts = _answers(form, request.answers)

    def judge(known: Known) -> Sequence[Draft]:
        there = notices_in(known).answers
        now = desk.world.clock.now()
        new = [one for one in facts if _differs(there, one)]
        check_quotes(known.entries, *(one.text for one in new))
        return [Draft(fact=one, happened_at=now) for one in new]

    key = f"{by.client_key}/answers" if by.client_key else None
    desk.decide_known(log, judge, by.author, client_key=key, sign=by.sign)


def _whole(named: Sequence[str], forms: FieldSets) -> list[str]:
    """Those of the forms that no other of them holds already."""
    held = {
        field.of
        for id in named
        if id in forms.by_id
        for field in forms.by_id[id].fields
        if field.of != id
    }
    return [id for id in named if id not in held]


def notices_in(known: Known) -> Notices:
    """The notices of a log, as everybody in the response may read them."""
    return notices_of(as_read_by(known.entries, READS))


def next_id(known: Known) -> str:
    """The id of the next notice."""
    return f"N{len(notices_of(known.entries).by_id) + 1}"


def rule_of(law: Law, id: str, *, organisation: bool = False) -> Rule:
    """The newest version of a rule that asks for a notice. Raises Refused, naming what is near.

    Args:
        organisation: whether it is to be one that no incident has a part in.
    """
    found = [one for one in law.rules if one.id == id and one.sort is Sort.NOTICE]
    if found:
        rule = max(found, key=lambda one: one.from_)
        if not organisation and of_organisation(rule, law.dictionary):
            raise Refused(
                f"{id} is asked of the organisation, and of no incident; what went is recorded by: "
                f"tocsin law submitted {id}"
            )
        if organisation and not of_organisation(rule, law.dictionary):
            raise Refused(
                f"{id} is asked of an incident; name it: tocsin notice submitted INCIDENT "
                f"--outside {id}"
            )
        return rule
    names = [one.id for one in law.rules if one.sort is Sort.NOTICE]
    raise Refused(
        f"no rule that asks for a notice is called {id}; "
        f"{did_you_mean(id, names, 'see: tocsin law list')}"
    )


def recipients_of(desk: Writer, known: Known, law: Law, rule: Rule) -> tuple[str, ...]:
    """Who is to be told under a rule, on what everybody in the response may read."""
    seen = as_read_by(known.entries, READS)
    profile = profile_of(desk.knowledge.nearest_register(), known.systems)
    found = document(replay(seen), legal_of(seen), law.dictionary, profile, counts_last(law))
    told, _ = facts_of(found, law)
    duty = duty_of(law, rule.id, told, at=desk.world.clock.now())
    if duty is not None and duty.recipients:
        return duty.recipients
    places = Ground(Atlas(law), told).concerned_of(rule.where) or rule.where
    where = ", ".join(places) or SOMEWHERE
    return tuple(f"{one.name.replace('{places}', where)} {PERHAPS}" for one in rule.recipients)


def check_filled(to: Sequence[str]) -> None:
    """Passes when the names of these authorities are whole.

    Raises:
        Refused: one still holds a place to be filled in, such as "{places}".
    """
    for one in to:
        if "{" in one or "}" in one:
            raise Refused(
                f"{one!r} still has a place to be filled in; name the authority as it is called: "
                "--authority 'the data protection authority of ...'"
            )


def form_of(request: Request, rule: Rule, forms: FieldSets) -> FieldSet:
    """The form that a notice fills.

    Raises:
        Refused: the rule names none or several, there is none of this id, or it has a mistake.
    """
    wanted = request.fields
    if wanted is None:
        named = _whole(rule.content, forms)
        if len(named) != 1:
            several = "several forms" if named else "no form"
            listed = ", ".join(named or forms.by_id)
            raise Refused(f"{rule.id} names {several}; choose one: --fields ID, of: {listed}")
        wanted = named[0]
    if wanted not in forms.by_id:
        among = f"there are: {', '.join(forms.by_id)}"
        raise Refused(f"no form is called {wanted}; {did_you_mean(wanted, forms.by_id, among)}")
    return forms.by_id[wanted]


def check_quotes(entries: Sequence[Entry], *texts: str) -> None:
    """Passes when these words quote nothing that only counsel or the board may read.

    Raises:
        Refused: they do; says which entry, and quotes nothing.
    """
    for text in texts:
        found = hidden_words(text, entries, READS)
        if found:
            listed = ", ".join(str(one.seq) for one in found)
            raise Refused(
                f"these words quote entry {listed}, which is for counsel or the board alone; say "
                "it in other words, or have whoever may read it say it openly first"
            )


def _answers(form: FieldSet, answers: Sequence[Answer]) -> list[NoticeFieldAnswered]:
    """What is recorded of all answers. Raises Refused with each that does not fit."""
    facts: list[NoticeFieldAnswered] = []
    wrong: list[str] = []
    for one in answers:
        try:
            facts.append(_answer(form, one))
        except Refused as bad:
            wrong.append(str(bad))
    if len(wrong) > 1:
        raise Refused("\n  ".join([f"{len(wrong)} answers do not fit, and none is taken:", *wrong]))
    if wrong:
        raise Refused(wrong[0])
    return facts


def _answer(form: FieldSet, answer: Answer) -> NoticeFieldAnswered:
    field = form.field(answer.field)
    if field is None:
        ids = [one.id for one in form.fields]
        among = f"there are: {', '.join(ids)}"
        raise Refused(
            f"{form.id} has no field {answer.field}; {did_you_mean(answer.field, ids, among)}"
        )
    text = answer.text.strip()
    if answer.answer is Answered.WRITTEN:
        text = fitting(field, text)
    return NoticeFieldAnswered(fields=field.of, field=field.id, answer=answer.answer, text=text)


def _differs(there: Mapping[tuple[str, str], FieldAnswer], fact: NoticeFieldAnswered) -> bool:
    before = there.get((fact.fields, fact.field))
    if before is None:
        return fact.answer is not Answered.TAKEN_BACK
    return before.fact != fact
