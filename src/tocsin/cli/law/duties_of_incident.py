"""What the law says of incidents on the record: `law duties INCIDENT`, and of all that are open.

Nothing is written, whatever is supposed by `--assume`. Each answer says by which law, at which
instant, and that it is decision support and not legal advice.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.desk.law.duties import Asked, asked_of, profile_in_force
from tocsin.desk.loaded.law_in_force import LawRead
from tocsin.desk.reading import EVERYDAY
from tocsin.dossier.calendar import calendar_of
from tocsin.dossier.duties import UNVERIFIED, DutyRow, duty_rows, stamp
from tocsin.duties.document import as_document
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.questions import Question, questions
from tocsin.facts import Entry, Refused, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.facts.legal import Answered, Standing
from tocsin.incident.fold import replay
from tocsin.incident.legal import Legal, legal_of
from tocsin.incident.legal_values import spoken, value_of
from tocsin.incident.model import Status
from tocsin.register.legal_keys import Dictionary
from tocsin.register.mistakes import did_you_mean
from tocsin.wiring import Opened

SHOWN = (Standing.RAISED, Standing.OPEN, Standing.ANTICIPATORY)
QUESTIONS_MOST = 5
TURNS_MOST = 3
WIDTH = 100
OF_ORGANISATION = "write it under [profile] in HOME/register/, then: tocsin register adopt"
ANSWER = "tocsin law state {incident} {key} VALUE --because '...'"
ANSWERS = {
    "became-aware": "tocsin incident aware {incident} PERSON --standing management --basis '...'",
    "register": f"{OF_ORGANISATION}; or {ANSWER}",
}
"""How what a question asks is answered, by the kind of fact that answers it."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The law's answer about one incident.

    Args:
        asked: on what this reader may read.
    """

    id: str
    name: str
    title: str
    at: datetime
    asked: Asked
    legal: Legal
    rows: list[DutyRow]


def duties_of(args: argparse.Namespace, screen: Screen) -> Answer:
    """The duties of the incident that is named, or of all that are open."""
    with reading.looking(args, screen) as opened:
        read = opened.desk.law.must_read()
        wrong = opened.desk.law.warnings()
        for one in wrong:
            screen.say(f"warning: {one}")
        whole = _organisation(args, opened, read)
        found = [_incident(args, opened, read, one) for one in _meant(args, opened)]
    if args.incident == ORGANISATION_LOG:
        found = [whole]
    plain = [_plain(one) for one in found]
    note = f"by law {read.law.version} ({read.law.digest[:12]}); {NOT_ADVICE}"
    lines = [line for one in found for line in _lines(one, all_=args.all)]
    if args.incident is None and any(_presses(row) for row in whole.rows):
        lines = [*(lines or ["no incident is open"]), *_lines(whole, all_=args.all)]
    data: dict[str, object] = (
        plain[0] if args.incident is not None
        else {"incidents": plain, "organisation": _plain(whole), "note": NOT_ADVICE}
    )  # fmt: skip
    data["warnings"] = wrong
    return Answer(data=data, text="\n".join([*(lines or ["no incident is open"]), note]))


class CalendarFile(msgspec.Struct, frozen=True, kw_only=True):
    """An iCalendar file of one incident's duties, or of the organisation's.

    Args:
        events: how many instants stand in it.
    """

    incident: str
    name: str
    text: str
    events: int
    note: str = NOT_ADVICE


def calendar_file(args: argparse.Namespace, screen: Screen) -> CalendarFile:
    """The duties of the incident that is named, or of the organisation, as an iCalendar file."""
    with reading.looking(args, screen) as opened:
        read = opened.desk.law.must_read()
        log = short.log_meant(opened.store, args.incident)
        if log == ORGANISATION_LOG:
            found = _organisation(args, opened, read)
        else:
            found = _incident(args, opened, read, log.removeprefix(INCIDENT_PREFIX))
        text = calendar_of(
            found.rows, incident=found.name, title=" ".join(found.title.split()),
            origin=opened.store.origin, made_at=found.at,
            seq=opened.store.head(log),
        )  # fmt: skip
    return CalendarFile(
        incident=found.id, name=found.name, text=text, events=text.count("BEGIN:VEVENT")
    )


def _meant(args: argparse.Namespace, opened: Opened) -> list[str]:
    if args.incident == ORGANISATION_LOG:
        return []
    if args.incident is not None:
        return [short.find(opened.store, args.incident)]
    return [
        log.removeprefix(INCIDENT_PREFIX)
        for log in opened.store.logs(INCIDENT_PREFIX)
        if replay(reading.shown(opened, log)).status is Status.OPEN
    ]


def _incident(args: argparse.Namespace, opened: Opened, read: LawRead, incident: str) -> Incident:
    log = incident_log(incident)
    labels = reading.labels(args, opened, log) | EVERYDAY  # a law is asked on all one may read
    entries = reading.entries(args, opened, log, labels)
    known = opened.desk.known(log)
    at = args.at or opened.world.clock.now()
    assumed = assumed_of(args.assume, read.law.dictionary, legal_of(entries))
    asked = asked_on(opened, entries, read, at, assumed)
    legal = legal_of(entries)
    if not known.entries:
        raise Refused(f"there is no incident {incident}; see: tocsin incident list")
    return Incident(
        id=incident,
        name=short.shortest(incident, short.incidents(opened.store)),
        title=replay(entries).title,
        at=at,
        asked=asked,
        legal=legal,
        rows=duty_rows(asked.duties, legal, [] if assumed else entries),
    )


def _organisation(args: argparse.Namespace, opened: Opened, read: LawRead) -> Incident:
    """What is asked of the organisation as a whole, again and again, whatever happens."""
    known = opened.desk.known(ORGANISATION_LOG)
    at = args.at or opened.world.clock.now()
    asked = asked_of(
        read.law, replay(known.entries), known.legal, profile_in_force(opened.desk, known), at,
        assumed_of(args.assume, read.law.dictionary, known.legal) if _alone(args) else None,
        organisation=True,
    )  # fmt: skip
    return Incident(
        id=ORGANISATION_LOG,
        name=ORGANISATION_LOG,
        title="what is asked of it again and again, and of no incident",
        at=at,
        asked=asked,
        legal=known.legal,
        rows=duty_rows(asked.duties, known.legal, known.entries),
    )


def _alone(args: argparse.Namespace) -> bool:
    return bool(args.incident == ORGANISATION_LOG)


def asked_on(
    opened: Opened,
    entries: Sequence[Entry],
    read: LawRead,
    at: datetime,
    assumed: Mapping[str, object],
) -> Asked:
    """Ask the law about an incident, on what these entries say."""
    known = opened.desk.known(entries[0].log)
    profile = profile_in_force(opened.desk, known)
    return asked_of(read.law, replay(entries), legal_of(entries), profile, at, assumed)


def assumed_of(
    said: Sequence[str] | None, dictionary: Dictionary, legal: Legal
) -> dict[str, object]:
    """The answers that are only supposed: KEY=VALUE, as `law state` takes them. Raises Refused."""
    found: dict[str, object] = {}
    for one in said or ():
        name, equals, text = one.partition("=")
        key = dictionary.find(name)
        if key is None or not equals:
            remedy = did_you_mean(name, dictionary.keys, "write --assume KEY=VALUE")
            raise Refused(f"--assume {one!r}: the law asks for no fact {name!r}; {remedy}")
        if name in found:
            raise Refused(f"--assume {one!r}: {name} is assumed twice; keep one of them")
        before = legal.stated.get(name)
        answer, value = spoken(key, text, before.value if before else "")
        if answer is Answered.KNOWN:
            found[name] = value_of(key.type, value)
        else:
            found[name] = False if answer is Answered.DENIED else None
    return found


def asks(one: Incident, most: int = QUESTIONS_MOST) -> list[dict[str, object]]:
    """The questions on which most hangs, what is due soonest first; at most so many."""
    decided = {row.rule for row in one.rows if row.decided.startswith("not required")}
    left = [duty for duty in one.asked.duties if duty.rule.id not in decided]
    found = questions(one.asked.law, left, one.asked.facts, at=one.at, most=None)
    told: list[dict[str, object]] = [
        {
            "key": asked.key,
            "question": asked.asks,
            "choices": sorted(asked.choices),
            "settles": [*asked.settles, *asked.moves],
            "answer": _answer(one, asked),
        }
        for asked in found
        if asked.answered_by != "notice-submitted"  # a later stage waits for an act
    ]
    return told[:most]


def _answer(one: Incident, asked: Question) -> str:
    if one.id == ORGANISATION_LOG:
        return OF_ORGANISATION
    return ANSWERS.get(asked.answered_by, ANSWER).format(incident=one.name, key=asked.key)


def _plain(one: Incident) -> dict[str, object]:
    def of(standing: Standing) -> list[DutyRow]:
        return [row for row in one.rows if row.standing == standing.value]

    return {
        "id": one.id,
        "incident": one.id,
        "short": one.name,
        "facts": as_document(one.asked.facts),
        "entity_profile": {},  # what the register says stands among the facts
        "at": one.at,
        "law": {"version": one.asked.law.version, "digest": one.asked.law.digest},
        "note": NOT_ADVICE,
        "raised": {
            row.rule: {"due": row.due, "latest_arguable": row.latest_arguable}
            for row in of(Standing.RAISED)
        },
        "open": {row.rule: list(row.missing) for row in of(Standing.OPEN)},
        "not_raised": [
            row.rule
            for row in one.rows
            if row.standing not in (Standing.RAISED.value, Standing.OPEN.value)
        ],
        "anticipatory": [row.rule for row in of(Standing.ANTICIPATORY)],
        "duties": one.rows,
        "questions": asks(one),
        "told": list(_told(one)),
    }


def _lines(one: Incident, *, all_: bool) -> Iterator[str]:
    yield f"{one.name}  {' '.join(one.title.split())}, at {stamp(one.at)}"
    for said in _told(one):
        yield from _wrapped(f"CHECK FIRST  {said}", 2)
    for standing in Standing:
        rows = [row for row in one.rows if row.standing == standing.value]
        told = [row for row in rows if all_ or row.late or row.withdrawn or
                (standing in SHOWN and _presses(row))]  # fmt: skip
        if told:
            yield f"{standing.value.upper()}"
        for row in told:
            told_of = bool(row.accepted or row.late or row.withdrawn)
            whole = all_ or told_of or standing is not Standing.OPEN
            yield from row_lines(row, one.at) if whole else _asked_lines(row, one.at)
        if standing in SHOWN and len(told) < len(rows):
            more = "more " if told else ""
            yield f"{len(rows) - len(told)} {more}{standing.value}, and nothing of it runs yet"
    yield from _questions(one)
    if not all_:
        yield "every rule, with each step: --all"


def _presses(row: DutyRow) -> bool:
    """Whether a person at night must see it: it is asked for sure, or something runs or bars."""
    if row.standing == Standing.RAISED.value:
        return True
    runs = row.due is not None or row.immediately_from is not None or bool(row.bars)
    return row.standing == Standing.OPEN.value and runs


def _asked_lines(row: DutyRow, at: datetime) -> Iterator[str]:
    """An open duty in short: by when it would be due, and what it asks."""
    doubt = f"  [{UNVERIFIED}]" if row.unverified else ""
    yield f"  {row.rule}  {_when(row, at)}{doubt}"
    yield from _wrapped(f"{row.says} Asks: {', '.join(row.missing)}", 6)


def _questions(one: Incident) -> Iterator[str]:
    asked = asks(one)
    if asked:
        yield "questions that would settle them:"
    for question in asked:
        yield from _wrapped(f"{question['key']}: {question['question']}", 2)
        yield f"      {question['answer']}"


def _told(one: Incident) -> Iterator[str]:
    """What in the facts contradicts, or is not understood."""
    yield from (f"{told.path}: {told.found}; {told.remedy}" for told in one.asked.told)


def _wrapped(text: str, by: int) -> list[str]:
    after = " " * max(by, 6)
    return textwrap.wrap(text, WIDTH, initial_indent=" " * by, subsequent_indent=after)


def row_lines(row: DutyRow, at: datetime) -> Iterator[str]:
    """One duty with all that is told of it."""
    doubt = f"  [{UNVERIFIED}]" if row.unverified else ""
    yield f"  {row.rule}  {_when(row, at)}{doubt}"
    yield from _wrapped(f"{row.says} ({', '.join(row.paragraphs)}); {row.why}", 6)
    for said in (row.late, row.withdrawn, row.decided, row.accepted):
        if said:
            yield from _wrapped(said, 6)
    if row.recipients:
        yield from _wrapped(f"to: {'; '.join(row.recipients)}", 6)
    for step in row.steps:
        which = "latest only: " if step.latest_only else ""
        instant = f" -> {stamp(step.at)}" if step.at else ""
        yield from _wrapped(f"{which}{step.paragraph}: {step.says}{instant}", 6)
    for other in row.also:
        instant = f" -> {stamp(other.at)}" if other.at else ""
        yield from _wrapped(f"also {other.paragraph}: {other.says}{instant}", 6)
    if row.missing and row.standing == Standing.RAISED.value:
        yield from _wrapped(f"may move with: {', '.join(row.missing)}", 6)
    if len(row.history) > 1:
        if len(row.history) > TURNS_MOST:
            yield f"      it turned {len(row.history)} times; the last {TURNS_MOST} (all: --json):"
        for turn in row.history[-TURNS_MOST:]:
            by = f"by {stamp(turn.due)}" if turn.due else "without an instant"
            yield f"      since {stamp(turn.at)}: {turn.standing}, {by}: {turn.why}"


def _when(row: DutyRow, at: datetime) -> str:
    if row.submitted_at is not None:
        again = row.last_submitted_at
        more = f", and again {stamp(again)}" if again else ""
        return f"submitted {stamp(row.submitted_at)}{more}"
    if row.decided.startswith("not required"):
        return "NOT REQUIRED, as counsel decided" + (f"; else {_by(row)}" if row.due else "")
    if row.bars and row.standing in (Standing.RAISED.value, Standing.OPEN.value):
        return f"bars what would {' or '.join(row.bars)}"
    if row.late and row.standing not in (Standing.RAISED.value, Standing.OPEN.value):
        return "LATE, and not asked any more"
    if row.due is None:
        since = row.immediately_from
        return f"at once, since {stamp(since)}" if since else "no instant runs"
    sent = row.last_submitted_at
    last = f"; last submitted {stamp(sent)}" if sent else ""
    return f"{'OVERDUE, ' if row.due <= at else ''}{_by(row)}{last}"


def _by(row: DutyRow) -> str:
    if row.due is None:
        return ""
    latest = row.latest_arguable
    argued = f", latest arguable {stamp(latest)}" if latest else ""
    codes = f" ({', '.join(row.contentions)})" if row.contentions else ""
    return f"by {stamp(row.due)}{argued}{codes}"
