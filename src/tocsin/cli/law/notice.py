"""`tocsin notice`: notices to authorities from the record, from the draft to the correction."""

from __future__ import annotations

import argparse

from tocsin.cli.frame import short
from tocsin.cli.frame.arguments import Commands, Parser
from tocsin.cli.frame.deciding import law_asked
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.law.notice_pack import pack_in_force
from tocsin.cli.law.notice_sheet import (
    field_lines,
    next_command,
    people_lines,
    proposed_data,
    summary_lines,
    warnings,
)
from tocsin.cli.law.notice_show import add_export, add_forms, add_list, add_show, after
from tocsin.cli.law.notice_submitted import about_notice, add_confirmed, add_submitted, by
from tocsin.desk.law import notice_words, notices, withdrawing
from tocsin.desk.law.duties import adopt
from tocsin.desk.law.notice_forms import Answer as FieldAnswer
from tocsin.desk.law.notice_forms import Request
from tocsin.desk.plans.runs import By
from tocsin.duties.notice import NOT_ADVICE
from tocsin.facts import Refused
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.notices import Answered, NoticeWithdrawn
from tocsin.incident.words_legal import legal_words
from tocsin.incident.words_notice import notice_words as words_of
from tocsin.register.statements import WORDS_NAMESPACE

EXAMPLES = """\
  tocsin notice draft 7K3 eu/dora/19/initial --set 1.15=EUR --unknown 2.9
  tocsin notice show 7K3 N1
  tocsin notice approve 7K3 N1 --as cleo --key ~/.ssh/id_ed25519
  tocsin notice export 7K3 N1 --format docx --to n1.docx
  tocsin notice submitted 7K3 N1 --channel 'the portal of BaFin'
  tocsin notice confirmed 7K3 N1 --reference INC-2026-77
  tocsin notice correct 7K3 N1 --because 'fewer people'"""


def add(places: Commands) -> None:
    top = places.add_parser(
        "notice", help="notices to authorities: drafted from the record, approved, submitted",
        description=__doc__, epilog=f"examples:\n{EXAMPLES}",
    )  # fmt: skip
    made = top.add_subparsers(title="commands", metavar="COMMAND", required=True,
                              parser_class=Parser)  # fmt: skip
    draft = about_notice(made, "draft", run_draft,
                         "draft a notice from the record, field by field",
                         " eu/dora/19/initial --set 1.15=EUR --unknown 2.9")  # fmt: skip
    draft.add_argument("rule", metavar="RULE", help="as in tocsin law list: eu/dora/19/initial")
    _filling(draft)
    draft.add_argument("--look", action="store_true", help="show it, and record nothing")
    add_show(made)
    _add_people(made)
    add_submitted(made)
    add_confirmed(made)
    correct = about_notice(made, "correct", run_correct, "draft the correction of what went",
                           " N1 --because 'fewer people'")  # fmt: skip
    correct.add_argument("notice", metavar="NOTICE", help="N1, N2, ...")
    correct.add_argument("--because", required=True, help="what was wrong")
    _filling(correct)
    add_list(made)
    add_export(made)
    add_forms(made)


def _filling(made: Parser) -> None:
    made.add_argument("--fields", metavar="FORM", help="another form than the rule's: gdpr-33")
    made.add_argument("--set", action="append", default=[], type=_pair, metavar="FIELD=TEXT",
                      help="what a field says; several choices with ;")  # fmt: skip
    made.add_argument("--unknown", action="append", default=[], type=_maybe,
                      metavar="FIELD[=WHY]", help="it was asked, and nobody knows yet")  # fmt: skip
    made.add_argument("--not-applicable", action="append", default=[], type=_pair,
                      metavar="FIELD=WHY", help="it asks for what is not so here")  # fmt: skip
    made.add_argument("--clear", action="append", default=[], metavar="FIELD",
                      help="take back what was said of it")  # fmt: skip
    made.add_argument("--authority", action="append", default=[], metavar="AUTHORITY",
                      help="who gets it, if not as the rule says")  # fmt: skip


def _pair(text: str) -> tuple[str, str]:
    field, equals, said = text.partition("=")
    if not equals or not field.strip() or not said.strip():
        raise argparse.ArgumentTypeError(f"{text!r}; write FIELD=TEXT, such as 2.9=yes")
    return field.strip(), said


def _maybe(text: str) -> tuple[str, str]:
    field, _, said = text.partition("=")
    return field.strip(), said


def _add_people(made: Commands) -> None:
    approve = about_notice(made, "approve", run_approve, "approve this document, signed", " N1")
    approve.add_argument("notice", metavar="NOTICE")
    approve.add_argument("--shown", metavar="DIGEST", help="only if this is still the document")
    approve.add_argument("--because", default="", help="why, with fields missing or at odds")
    decline = about_notice(made, "decline", run_decline, "refuse this document; it does not go",
                     " N1 --because 'too early'")  # fmt: skip
    decline.add_argument("notice", metavar="NOTICE")
    decline.add_argument("--because", required=True)
    for one in (approve, decline):
        one.add_argument("--role", help="in which of your roles, if more than one is asked")
    withdraw = about_notice(made, "withdraw", run_withdraw,
                      "a notice never goes; or what is said to have gone counts no more, and its "
                      "stage is asked again",
                      " N1 --because 'it went a day later'\n"
                      "  tocsin notice withdraw organisation 12 --because 'the portal lost it'",
)  # fmt: skip
    withdraw.add_argument("notice", metavar="NOTICE|ENTRY",
                          help="N1, or the entry of a submission")  # fmt: skip
    withdraw.add_argument("--because", required=True, help="why; it stands on every screen")


def run_draft(args: argparse.Namespace, screen: Screen) -> Answer:
    return _drafted(args, screen, rule=args.rule, look=args.look)


def run_correct(args: argparse.Namespace, screen: Screen) -> Answer:
    return _drafted(args, screen, corrects=args.notice, wrong=args.because)


def _drafted(
    args: argparse.Namespace, screen: Screen, *, rule: str = "", corrects: str | None = None,
    wrong: str = "", look: bool = False,
) -> Answer:  # fmt: skip
    from tocsin.dossier.notice import notice_of  # only who drafts waits for the templates

    with seated(args, screen) as seat:
        log = seat.log(args.incident)
        incident, name = log.removeprefix(INCIDENT_PREFIX), short.log_name(seat.store, log)
        if not look:
            adopt(seat.desk)  # so that the record keeps the law and the forms that it was made from
        pack = pack_in_force(seat.desk)
        fields = args.fields
        if corrects is not None:
            before = notices.look(seat.desk, log, corrects).notice.draft
            rule, fields = before.rule, fields or before.fields
        request = Request(
            rule=rule, fields=fields, answers=_answers(args), to=tuple(args.authority),
            corrects=corrects, wrong=wrong,
        )  # fmt: skip
        if look:
            if request.answers:
                raise Refused("--look records nothing, so no field is answered; leave one out")
            made = notices.propose(seat.desk, log, request, pack, notice_of)
        else:
            made = notices.draft_notice(seat.desk, log, request, pack, notice_of, by(args, seat))
        then = f"tocsin notice draft {name} {rule}"
        lines = [f"{made.draft.notice}  {made.asked.rule.says}  ({made.asked.fields.title})",
                 *field_lines(made.made.fields), *summary_lines(made.made.fields)]  # fmt: skip
        told = seat.desk.law.warnings()
        told += warnings(made.asked.fields, seat.now().date(), made.asked.rule)
        if not look:
            looked = notices.look(seat.desk, log, made.draft.notice)
            lines += people_lines(looked)
            then = next_command(looked, name, seat.register)
    lines += ["NOTHING IS ON RECORD YET"] if look else []
    return Answer(
        data=proposed_data(made, incident)
        | {"short": name, "on_record": not look, "warnings": told, "next": then},
        text="\n".join([*lines, *told, f"next: {then}", NOT_ADVICE]),
    )


def _answers(args: argparse.Namespace) -> tuple[FieldAnswer, ...]:
    said = (
        *((field, Answered.WRITTEN, text) for field, text in args.set),
        *((field, Answered.UNKNOWN, why) for field, why in args.unknown),
        *((field, Answered.NOT_APPLICABLE, why) for field, why in args.not_applicable),
        *((field, Answered.TAKEN_BACK, "") for field in args.clear),
    )
    ids = [field for field, _, _ in said]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise Refused(f"field {twice} is answered twice; say it once")
    return tuple(FieldAnswer(field=one, answer=how, text=text) for one, how, text in said)


def run_approve(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = seat.log(args.incident)
        notice_words.approve_notice(
            seat.desk, log, args.notice, _spoken(args, seat), role=args.role,
            because=args.because, shown=args.shown,
        )  # fmt: skip
        return after(seat.opened, args.incident, args.notice)


def run_decline(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = seat.log(args.incident)
        notice_words.decline_notice(
            seat.desk, log, args.notice, _spoken(args, seat), role=args.role, because=args.because
        )
        return after(seat.opened, args.incident, args.notice)


def run_withdraw(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log, desk = seat.log(args.incident), seat.desk
        appended = withdrawing.withdraw_notice(
            desk, log, args.notice, args.because, by(args, seat)
        )  # fmt: skip
        moved = law_asked(desk, log, appended.last_seq, screen)
        fact = desk.known(log).entries[appended.first_seq - 1].fact
        assert isinstance(fact, NoticeWithdrawn)
        data: dict[str, object] = {}
        lines = [words_of(fact)]
        if fact.notice:
            answer = after(seat.opened, args.incident, fact.notice)
            assert isinstance(answer.data, dict)
            data, lines = answer.data, [answer.text]
        name = short.log_name(seat.store, log)
    lines += [f"  {legal_words(one)}" for one in moved]
    data |= {"notice": fact.notice, "submission": fact.submission, "entry": appended.first_seq,
             "duties": [one.rule for one in moved], "not_advice": NOT_ADVICE}  # fmt: skip
    if fact.submission:
        lines += [f"what is asked of us now: tocsin law duties {name}", NOT_ADVICE]
    return Answer(data=data, text="\n".join(lines))


def _spoken(args: argparse.Namespace, seat: Seat) -> By:
    """As `by`, signing what is said about words."""
    sign = seat.person.signer(WORDS_NAMESPACE)
    return By(author=seat.author, sign=sign, client_key=args.client_key)
