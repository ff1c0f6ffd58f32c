"""What people say for the law: `law state`, `law decide`, `law accept-later`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident, access, decided, law_asked
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.law.duties import add_calendar, add_duties
from tocsin.cli.law.submitted import add_submitted
from tocsin.desk.evidence.counsel import counsel_of
from tocsin.desk.law.duties import adopt, asked_of, profile_in_force, reckon_organisation
from tocsin.desk.loaded.law_in_force import LawRead
from tocsin.desk.reading import EVERYDAY
from tocsin.duties.duty import NOT_ADVICE, Duty
from tocsin.duties.values import facts_of
from tocsin.facts import Refused, incident_log
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.legal import Decided
from tocsin.facts.withheld import as_read_by
from tocsin.incident.decide_legal import accept_later, decide_duty, exception_named, state_fact
from tocsin.incident.fold import replay
from tocsin.incident.legal import HAS_OBJECT, legal_of
from tocsin.incident.words_legal import SEVERAL, together
from tocsin.register.legal_keys import KeyType, LegalKey
from tocsin.register.mistakes import did_you_mean, mistakes_only
from tocsin.register.model import Decision

_DIGITS_MAX = 12


def add_state(inner: Commands) -> None:
    made = about_incident(
        inner,
        "state",
        run_state,
        "answer what the law asks: yes, no, an instant, a choice; unknown takes it back",
        examples="  tocsin law state 7K3 personal_data yes --because 'prompts leaked'\n"
        "  tocsin law state 7K3 harms death=2026-11-24T08:00+01:00 --because 'the clinic called'\n"
        "  tocsin law state 7K3 classified no --because 'below every threshold'",
    )
    made.add_argument("fact", metavar="KEY", help="as `tocsin law duties INCIDENT` asks for it")
    made.add_argument("answer", metavar="VALUE")
    made.add_argument("--because", required=True, help="on what the answer rests")
    access(made)


def add_decide(inner: Commands) -> None:
    made = about_incident(
        inner,
        "decide",
        run_decide,
        "counsel: that a duty is not asked of us, or is after all; signed, once anybody has a key",
        examples="  tocsin law decide 7K3 eu/gdpr/33 not-required --because 'no risk: ...' "
        "--as cleo --key ~/.ssh/id_ed25519",
        dated=False,
        organisation=True,
    )
    made.add_argument("rule", metavar="RULE", help="as `tocsin law duties` names it")
    made.add_argument("decided", choices=[one.value for one in Decided])
    made.add_argument("--because", required=True, help="the rationale; counsel's own unless "
                      "--access says else")  # fmt: skip
    made.add_argument("--exception", default="", metavar="ID",
                      help="the exception that is taken; else its trigger is not met")  # fmt: skip
    access(made)


def add_accept(inner: Commands) -> None:
    made = about_incident(
        inner,
        "accept-later",
        run_accept,
        "counsel: rely on the latest arguable instant of a duty; both stay on every screen",
        examples="  tocsin law accept-later 7K3 eu/gdpr/33 --because 'the authority reads it so'",
        dated=False,
        organisation=True,
    )
    made.add_argument("rule", metavar="RULE", help="as `tocsin law duties` names it")
    made.add_argument("--because", required=True, help="the reason; counsel's own unless --access "
                      "says else")  # fmt: skip
    access(made)


def run_state(args: argparse.Namespace, screen: Screen) -> Answer:
    read = _law(args, screen)
    key = _key(args.fact, read)
    _must_fit(key, args.answer, read)
    before = _asked(args, screen, read)
    said = decided(
        args,
        screen,
        lambda said: state_fact(
            said.incident,
            said.legal,
            said.actor,
            said.at,
            key=key,
            name=args.fact if key.key.endswith(".*") else key.key,
            answer=args.answer,
            basis=args.because,
            now=said.now,
            access=args.access,
        ),
        f"{args.fact} is {args.answer}",
        registered=True,
        oneself=True,
    )
    return _with_gone(said, before, _asked(args, screen, read))


def _asked(args: argparse.Namespace, screen: Screen, read: LawRead) -> tuple[Duty, ...]:
    """What the law asks of the incident on what everybody may read."""
    with seated(args, screen, warns=False) as seat:
        known = seat.desk.known(incident_log(seat.incident(args.incident)))
        entries = as_read_by(known.entries, EVERYDAY)
        profile = profile_in_force(seat.desk, known)
        asked = asked_of(read.law, replay(entries), legal_of(entries), profile, seat.now())
    return asked.duties


def _with_gone(said: Answer, before: Sequence[Duty], after: Sequence[Duty]) -> Answer:
    """The answer, with each duty that is not asked any more; those told as moved once only."""
    data: dict[str, object] = said.data if isinstance(said.data, dict) else {}
    told = data.get("duties")
    moved = set(told) if isinstance(told, list) else set()
    left = {one.rule.id for one in before if one.standing in HAS_OBJECT}
    gone = [one for one in after if one.rule.id in left - moved and one.standing not in HAS_OBJECT]
    alike: dict[str, list[str]] = {}
    for one in gone:
        alike.setdefault(one.why, []).append(one.rule.id)
    lines = list[str]()
    for why, rules in alike.items():
        if len(rules) < SEVERAL:
            lines += [f"  {rule} is not asked of us any more: {why}" for rule in rules]
        else:
            lines.append(
                "  " + together(f"{len(rules)} are not asked of us any more: {why}", rules)
            )
    advice = [NOT_ADVICE] if moved or gone else []
    data = {**data, "gone": [one.rule.id for one in gone]}
    text = said.text.removesuffix(f"\n{NOT_ADVICE}")
    return Answer(data=data, text="\n".join([text, *lines, *advice]))


def run_decide(args: argparse.Namespace, screen: Screen) -> Answer:
    read = _law(args, screen)
    rules = [one for one in read.law.rules if one.id == args.rule]
    exceptions = tuple(one.id for rule in rules for one in rule.exceptions)
    taken = exception_named(exceptions, args.exception)
    counsel = _has_counsel(args, screen)
    return decided(
        args,
        screen,
        lambda said: decide_duty(
            said.incident,
            said.legal,
            said.actor,
            said.at,
            rule=args.rule,
            decided=Decided(args.decided),
            exception=taken,
            law=read.law.version,
            digest=read.law.digest,
            rationale=args.because,
            counsel=counsel,
            access=args.access,
        ),
        f"{args.rule} is {args.decided}, until something moves it",
        needs=Decision.DUTY,
        organisation=True,
    )


def run_accept(args: argparse.Namespace, screen: Screen) -> Answer:
    _law(args, screen)
    counsel = _has_counsel(args, screen)
    return decided(
        args,
        screen,
        lambda said: accept_later(
            said.incident,
            said.legal,
            said.actor,
            said.at,
            rule=args.rule,
            reason=args.because,
            counsel=counsel,
            access=args.access,
        ),
        f"the later reading of {args.rule} is accepted, until something moves it",
        needs=Decision.DUTY,
        organisation=True,
    )


def _law(args: argparse.Namespace, screen: Screen) -> LawRead:
    """The law in force, asked about this incident, or the organisation, where that is owed."""
    with seated(args, screen, warns=False) as seat:
        log, read = seat.log(args.incident), seat.desk.law.must_read()
        if log == ORGANISATION_LOG:
            reckon_organisation(seat.desk, adopt(seat.desk) or read)
        law_asked(seat.desk, log, 0, screen)
        return seat.desk.law.must_read()


def _has_counsel(args: argparse.Namespace, screen: Screen) -> bool:
    with seated(args, screen, warns=False) as seat:
        return bool(counsel_of(seat.desk))


def _key(typed: str, read: LawRead) -> LegalKey:
    """The legal fact that is meant. Raises Refused with the nearest."""
    known = read.law.dictionary.find(typed)
    if known is None:
        keys = read.law.dictionary.keys
        raise Refused(
            f"the law asks for no fact {typed!r}; "
            f"{did_you_mean(typed, keys, 'see what it asks: tocsin law duties INCIDENT')}"
        )
    return known


def _must_fit(key: LegalKey, answer: str, read: LawRead) -> None:
    """Raise Refused where the law cannot count by this number."""
    digits = answer.strip()
    if key.type is KeyType.COUNT and digits.isdecimal() and len(digits) <= _DIGITS_MAX:
        _, told = facts_of({key.key: int(digits)}, read.law)
        if wrong := mistakes_only(told):
            raise Refused(f"{key.key}: {wrong[0].found}; {wrong[0].remedy}")


ON_RECORD = (add_duties, add_state, add_decide, add_accept, add_calendar, add_submitted)
"""What can be done with the law about an incident, in the order in which help names it."""
