"""Silences and the limit of pages: set by a person who answers for it, and over by themselves.

A silence has an end from the first, of at most 30 days. It holds neither for critical harm nor for
a detector that notices that no data arrives: what can hurt people, and a blind watch, are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.loaded.home_files import Detectors, detectors_of
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_decision_about, check_oneself
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.detection.declared.declaration import Detector, Harm, Silence
from tocsin.facts import ALARMS_LOG, Author, Draft, Refused
from tocsin.facts.alarms import PagingLimited, Silenced, SilenceEnded
from tocsin.incident.alarms import Alarms, Quiet
from tocsin.incident.words_alarm import silenced_words
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Decision
from tocsin.world import Appended

SILENCE_LONGEST = timedelta(days=30)
PAGES_MOST = 1000


def silence(
    desk: Writer, target: str, system: str | None, until: datetime, because: str, by: By
) -> Silenced:
    """Let a detector or a system wake nobody until an instant; whoever asks answers for it.

    It is like dismissing what is not yet found, so that the organisation's rule for that holds.

    Args:
        target: the id of a detector, or the name of a system.
        system: of a detector, the only system for which it is meant.

    Raises:
        Refused: no such thing, no end or too late an end, what nobody may silence, or not theirs.
    """
    now = desk.world.clock.now()
    _check_end(now, until)
    _check_reason(because)
    detector, systems = _meant(desk, target, system)
    check_decision_about(desk, Decision.DISMISSAL, systems, by.author)
    check_oneself(desk, by.author)
    only = system if detector is not None else target

    def judge(known: Known) -> Sequence[Draft]:
        name = f"silence-{len(desk.alarms.of(known).silences) + 1}"
        fact = Silenced(
            silence=name, detector=detector, system=only, owner=by.author.who, until=until,
            because=because,
        )  # fmt: skip
        return [draft(fact, now)]

    appended = desk.decide_known(
        ALARMS_LOG, judge, by.author, client_key=by.client_key, sign=by.sign
    )
    made = desk.world.journal.read(ALARMS_LOG, appended.first_seq - 1)[0].fact
    assert isinstance(made, Silenced)  # nothing else stands under this key
    return made


def end_silence(desk: Writer, name: str, because: str, by: By) -> Appended:
    """End a silence before its time. Raises Refused when it does not hold now."""
    _check_reason(because)
    check_oneself(desk, by.author)

    def judge(known: Known) -> Sequence[Draft]:
        now = desk.world.clock.now()
        holding = [one.fact.silence for one in _in_force(desk.alarms.of(known), now)]
        if name not in holding:
            among = f"silences in force: {', '.join(holding) or 'none'}"
            raise Refused(f"no silence {name} is in force; {did_you_mean(name, holding, among)}")
        return [draft(SilenceEnded(silence=name, expired=False, because=because), now)]

    return desk.decide_known(ALARMS_LOG, judge, by.author, client_key=by.client_key, sign=by.sign)


def expire(desk: Writer, author: Author) -> list[str]:
    """Record the silences whose time is over; what to tell their owners, from whoever did it."""
    ended = list[Quiet]()

    def judge(known: Known) -> Sequence[Draft]:
        now = desk.world.clock.now()
        ended[:] = [
            one
            for one in desk.alarms.of(known).silences.values()
            if one.ended is None and one.fact.until <= now
        ]
        return [
            draft(SilenceEnded(silence=one.fact.silence, expired=True,
                               because="its time is over"), one.fact.until)
            for one in ended
        ]  # fmt: skip

    appended = desk.decide_known(ALARMS_LOG, judge, author)
    if appended.last_seq < appended.first_seq:
        return []
    return [_over_words(one.fact) for one in ended]


def limit_pages(desk: Writer, pages: int, shift_hours: int, because: str, by: By) -> Appended:
    """Let a shift bring at most so many pages from now on.

    A low limit is a silence of all systems, and asks of a person what a silence does.
    """
    if not 1 <= pages <= PAGES_MOST:
        raise Refused(f"{pages} pages a shift: give a number from 1 to {PAGES_MOST}")
    if shift_hours < 1 or 24 % shift_hours:
        raise Refused(f"shifts of {shift_hours} hours: give 1, 2, 3, 4, 6, 8, 12 or 24")
    _check_reason(because)
    check_decision_about(desk, Decision.DISMISSAL, desk.knowledge.register().systems, by.author)
    check_oneself(desk, by.author)
    fact = PagingLimited(pages=pages, shift_hours=shift_hours, because=because)
    return desk.decide_known(
        ALARMS_LOG,
        lambda _: [draft(fact, desk.world.clock.now())],
        by.author,
        client_key=by.client_key,
        sign=by.sign,
    )


def in_force(desk: Writer) -> list[Quiet]:
    """The silences that hold now, in the order in which they were made."""
    return _in_force(alarms_of(desk), desk.world.clock.now())


def _in_force(alarms: Alarms, now: datetime) -> list[Quiet]:
    return [one for one in alarms.silences.values() if one.holds(now)]


def _check_end(now: datetime, until: datetime) -> None:
    latest = now + SILENCE_LONGEST
    if until <= now:
        raise Refused(f"{until:%Y-%m-%d %H:%M} UTC is over; name an instant to come")
    if until > latest:
        raise Refused(
            f"a silence ends after {SILENCE_LONGEST.days} days at the latest: name an instant up "
            f"to {latest:%Y-%m-%dT%H:%MZ}; what shall be silent for good is put into shadow, or "
            "removed, in HOME/detectors/"
        )


def _check_reason(because: str) -> None:
    if not because.strip():
        raise Refused("say why in words that somebody else can judge: --because")


def _meant(desk: Writer, target: str, system: str | None) -> tuple[str | None, list[str]]:
    """The detector that is meant, or None when a system is; and the systems that it touches."""
    declared, _ = detectors_of(desk.world.home)
    known = {one: _of(each, one) for each in declared.values() for one in _ids(each)}
    watched = [
        name for name, each in declared.items() if target in _ids(each) and system in (None, name)
    ]
    if watched:
        for name in watched:
            _check_may_be_silent(name, _of(declared[name], target))
        return target, watched
    systems = sorted({*declared, *desk.knowledge.register().systems})
    if target in systems and system is None:
        return None, [target]
    names = [*known, *systems]
    among = f"detectors and systems: {', '.join(names) or 'none'}"
    of = f" of {system}" if system else ""
    raise Refused(f"no detector or system is called {target}{of}; "
                  + did_you_mean(target, names, among))  # fmt: skip


def _check_may_be_silent(system: str, detector: Detector) -> None:
    if isinstance(detector, Silence):
        raise Refused(
            f"{detector.id} notices that no data arrives from {system}; silent, it would leave "
            "everything else there unwatched and untold. If the system is to be off for a while, "
            f"turn it off through Tocsin, which explains the silence: tocsin stop {system}"
        )
    if detector.harm is Harm.CRITICAL:
        raise Refused(
            f"{detector.id} of {system} watches for critical harm, which nothing silences; if it "
            "is not critical, say so under `harm:` in HOME/detectors/, where others see it"
        )


def _ids(detectors: Detectors) -> list[str]:
    return [one.id for one in detectors.declared.detectors]


def _of(detectors: Detectors, name: str) -> Detector:
    return next(one for one in detectors.declared.detectors if one.id == name)


def _over_words(fact: Silenced) -> str:
    return (
        f"{fact.owner}: {fact.silence} is over; {silenced_words(fact)} wakes people again. If it "
        "must stay silent: tocsin silence add"
    )
