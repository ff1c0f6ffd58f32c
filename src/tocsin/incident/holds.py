"""Who was told of a hold, who acknowledged it, and who must be told yet. Folded from one log.

Whether a hold stands, and what it forbids, is `custody`'s; nothing here lets anything be deleted.
Nobody acknowledges for another, and who is left out on purpose was left out by counsel.

Source: Zubulake v. UBS Warburg, 229 F.R.D. 422 (notice, repeated notice, seeing that it is kept).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.facts import Access, Asserter, Author, Draft, Entry, Proof, Refused
from tocsin.facts.custody import HoldReleased
from tocsin.facts.holds import (
    HoldAcknowledged,
    HoldChecked,
    HoldNotified,
    HoldReleaseAsked,
    HoldSilenced,
)
from tocsin.facts.incidents import Assigned, Reopened
from tocsin.incident.custody import DECLARATION
from tocsin.incident.model import COUNSEL, Actor
from tocsin.incident.refusals import shown, words

ANSWER_WITHIN = timedelta(days=2)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody acknowledged a notice, and how that is proven."""

    at: datetime
    proof: Proof


class Notices(msgspec.Struct, kw_only=True):
    """What was told of one hold.

    Args:
        told: by person, when they were told last.
        answered: by person, when they acknowledged it.
        silent: people who are not told, as counsel decided.
        checked: by place and target, what the last look showed.
        release_asked: who wants it to end.
    """

    hold: str
    told: dict[str, datetime] = {}
    answered: dict[str, Answer] = {}
    silent: set[str] = set()
    checked: dict[tuple[str, str], HoldChecked] = {}
    release_asked: dict[str, Author] = {}
    turns: int = 0
    released: bool = False

    @property
    def open(self) -> list[str]:
        """Who was told and has not answered."""
        return sorted(person for person in self.told if person not in self.answered)

    @property
    def share(self) -> int | None:
        """How many of a hundred of those who were told have acknowledged it; None before any."""
        known = [person for person in self.told if person in self.answered]
        return 100 * len(known) // len(self.told) if self.told else None


def notices_of(entries: Iterable[Entry]) -> dict[str, Notices]:
    """What was told of each hold of a log, by its id."""
    found: dict[str, Notices] = {}
    counsel: str | None = None
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, Assigned) and fact.role == COUNSEL:
            counsel = fact.person
        if isinstance(fact, Reopened) and DECLARATION in found:
            found[DECLARATION].release_asked.clear()  # it was asked of what was over then
        if not isinstance(fact, _Told):
            continue
        one = found.setdefault(fact.hold, Notices(hold=fact.hold))
        match fact:
            case HoldNotified():
                one.turns = max(one.turns, fact.turn)
                one.told |= dict.fromkeys(fact.people, entry.happened_at)
            case HoldAcknowledged():
                if entry.author.kind is Asserter.PERSON and entry.author.who == fact.person:
                    answer = Answer(at=entry.happened_at, proof=entry.author.proof)
                    one.answered.setdefault(fact.person, answer)
            case HoldSilenced():
                if entry.author.who == counsel:
                    one.silent |= set(fact.people)
            case HoldReleaseAsked():
                one.release_asked[entry.author.who] = entry.author
            case HoldChecked():
                one.checked[fact.place, fact.target] = fact
            case HoldReleased():
                one.released = entry.author.kind is Asserter.PERSON
                one.release_asked.clear()
    return found


def to_be_told(notices: Notices, custodians: Collection[str], *, again: bool) -> tuple[str, ...]:
    """Whom a notice goes to: custodians who were not told, or, again, all who have not answered.

    Raises:
        Refused: nobody is left to tell.
    """
    left = [one for one in sorted(custodians) if one not in notices.silent]
    known = notices.answered if again else notices.told
    wanted = tuple(one for one in left if one not in known)
    if wanted:
        return wanted
    if not left:
        raise Refused(
            f"hold {notices.hold} covers nobody who can be told; name people: tocsin hold place "
            "INCIDENT --person WHO --because ..."
        )
    if again:
        raise Refused(f"everybody who was told of hold {notices.hold} has acknowledged it")
    raise Refused(
        f"everybody whom hold {notices.hold} covers was told; to repeat it to those who have not "
        "answered: tocsin hold remind"
    )


def acknowledge(
    notices: Notices, custodians: Collection[str], actor: Actor, at: datetime
) -> list[Draft]:
    """The fact that this person knows of the hold and keeps to it."""
    answer = notices.answered.get(actor.who)
    if answer is not None:
        raise Refused(f"{actor.who} acknowledged it at {shown(answer.at)}; nothing more is needed")
    if actor.who not in notices.told and actor.who not in custodians:
        raise Refused(
            f"hold {notices.hold} was not put to {actor.who}; nothing has to be acknowledged"
        )
    fact = HoldAcknowledged(hold=notices.hold, person=actor.who)
    return [Draft(fact=fact, happened_at=at)]


def silence(
    notices: Notices, actor: Actor, at: datetime, *, people: Sequence[str], because: str,
    holder: str | None,
) -> list[Draft]:  # fmt: skip
    """The fact that these people are not told of a hold that covers them; for counsel's eyes.

    Args:
        holder: who is counsel of this incident so far.
    """
    if not actor.is_counsel:
        raise Refused("only counsel decides that somebody is not told of a hold")
    wanted = tuple(sorted(set(people) - notices.silent))
    if not wanted:
        raise Refused("they are not told as it is; nothing more is needed")
    told = [one for one in wanted if one in notices.told]
    if told:
        raise Refused(f"{', '.join(told)} was told already; that cannot be taken back")
    fact = HoldSilenced(hold=notices.hold, people=wanted, because=words(because, "the reason"))
    before = [] if holder == actor.who else [
        Draft(fact=Assigned(role=COUNSEL, person=actor.who), happened_at=at)
    ]  # fmt: skip
    return [*before, Draft(fact=fact, happened_at=at, access=Access.COUNSEL)]


def ask_release(notices: Notices, actor: Actor, at: datetime, *, because: str) -> list[Draft]:
    """The fact that one of two wants the hold to end."""
    if actor.who in notices.release_asked:
        raise Refused(f"{actor.who} asked for that already; a second person has to release it, too")
    fact = HoldReleaseAsked(hold=notices.hold, because=words(because, "the reason"))
    return [Draft(fact=fact, happened_at=at)]


_Told = (
    HoldNotified | HoldAcknowledged | HoldSilenced | HoldReleaseAsked | HoldChecked | HoldReleased
)
