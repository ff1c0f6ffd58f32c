"""`tocsin law submitted`: that what the organisation is asked again and again went, and when."""

from __future__ import annotations

import argparse

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.deciding import law_asked, saying
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.law.notice_sheet import sent_data
from tocsin.cli.law.notice_submitted import by, how_of, how_options
from tocsin.desk.law import submitting
from tocsin.desk.law.duties import adopt, reckon_organisation
from tocsin.desk.law.notice_forms import notices_in, rule_of
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.law import Rule
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.incident.words_legal import moved_lines
from tocsin.incident.words_notice import notice_words


def add_submitted(inner: Commands) -> None:
    made = command(
        inner, "submitted", run_submitted,
        "say that what is asked of the organisation again and again went: a report, an assessment",
        examples="  tocsin law submitted own/fairness-order/quarterly-report --channel 'the portal'"
        " --at 2026-04-14T15:00-04:00",
    )  # fmt: skip
    made.add_argument("rule", metavar="RULE", help="as `tocsin law duties organisation` names it")
    how_options(made)
    made.add_argument("--because", default="", help="what is to be known of it")
    saying(made)


def run_submitted(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        desk = seat.desk
        read = adopt(desk) or desk.law.must_read()
        rule = rule_of(read.law, args.rule, organisation=True)
        reckon_organisation(desk, read)  # so that it is on record which period it serves
        appended = submitting.submitted_by_organisation(
            desk, read.law, rule, how_of(args, seat, tuple(args.authority) or _named(rule)),
            args.because, by(args, seat),
        )  # fmt: skip
        moved = law_asked(desk, ORGANISATION_LOG, appended.last_seq, screen)
        sent = submitting.submission_named(
            notices_in(desk.known(ORGANISATION_LOG)), str(appended.first_seq)
        )
    return Answer(
        data={
            **sent_data(sent),
            "period": sent.fact.period,
            "duties": [one.rule for one in moved],
            "not_advice": NOT_ADVICE,
        },
        text="\n".join(
            [
                f"{notice_words(sent.fact)}, at {sent.at:%Y-%m-%d %H:%M} UTC",
                *(f"  {one}" for one in moved_lines(moved)),
                "what is due next: tocsin law duties organisation",
                NOT_ADVICE,
            ]
        ),
    )


def _named(rule: Rule) -> tuple[str, ...]:
    """Whom the rule names, where nothing is left to be filled in."""
    return tuple(one.name for one in rule.recipients if "{" not in one.name)
