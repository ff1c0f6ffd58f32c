"""What is known of an incident, as the words that a template may be filled with.

Only what an audience may hear is in it: entries under another label are not read, and outside the
organisation nothing is suspected. Every value is text that cannot act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.facts.affected import AffectedListed
from tocsin.facts.entry import Entry, Gone, Unreadable
from tocsin.facts.incidents import Grade
from tocsin.facts.kinds import Access
from tocsin.facts.runs import Effect, Ordered, Outcome, Probed, Receipted, Verdict
from tocsin.facts.statements import Moment
from tocsin.incident.fold import replay
from tocsin.incident.model import Claim, Incident
from tocsin.incident.statements import Promise, Statement
from tocsin.register.audiences import Reach
from tocsin.register.model import Register
from tocsin.statement.plain import at_words, plain_line, plain_lines

SINCE, NOTICED = "since", "noticed"
_SEEN = frozenset({Outcome.DONE, Outcome.ALREADY})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a template may name, for every audience.

    Args:
        known: confirmed claims; `not_known`, open questions; `done`, acts that were seen.
        since: when it began, `noticed` when it was seen; `affected`, whom it touched.
        late: by when this was promised, where that is over.
        earlier: of a correction, when the wrong words went; `wrong`, what of them does not hold.
        added: what a person wrote beside the record, in lines.
    """

    incident: str
    systems: str
    known: tuple[str, ...]
    not_known: tuple[str, ...]
    done: tuple[str, ...]
    since: str
    noticed: str
    affected: str
    next_update: str
    late: str
    earlier: str
    wrong: tuple[str, ...]
    added: str


class ToldInside(Told, frozen=True, kw_only=True):
    """What a template for people inside may name besides.

    Args:
        suspected: claims that are not confirmed; `refuted`, those that turned out wrong.
    """

    title: str
    severity: str
    suspected: tuple[str, ...]
    refuted: tuple[str, ...]


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """The same by its ids, for the record. `label` is the strictest of what was used."""

    known: tuple[str, ...]
    suspected: tuple[str, ...]
    refuted: tuple[str, ...]
    questions: tuple[str, ...]
    figures: tuple[str, ...]
    evidence: tuple[str, ...]
    label: Access


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks to say.

    Args:
        claims: ids of the claims to be told as known; None is all that are confirmed.
        corrects: the words that these correct.
        late: the promise that was missed.
    """

    moment: Moment
    added: str = ""
    next_update_at: datetime | None = None
    claims: tuple[str, ...] | None = None
    corrects: Statement | None = None
    late: Promise | None = None


def context_of(
    entries: Sequence[Entry], register: Register, reach: Reach, wish: Wish
) -> tuple[Told, Stated]:
    """What fills a template for this audience, and what of the record that states."""
    seen = readable(entries, reach.reads)
    incident, whole = replay(seen), replay(entries)
    known, suspected, refuted = _claims(incident, whole, reach, wish)
    figures = dict(_figures(incident, seen))
    told = Told(
        incident=incident.id,
        systems=_named(register, incident.systems),
        known=_lines(known),
        not_known=tuple(plain_line(one.text) for one in incident.open_questions),
        done=tuple(_done(seen, register, incident, reach)),
        since=figures.get(SINCE, ""),
        noticed=figures.get(NOTICED, ""),
        affected=_affected(figures),
        next_update=at_words(wish.next_update_at) if wish.next_update_at else "",
        late=at_words(wish.late.due_at) if wish.late else "",
        earlier=at_words(wish.corrects.at) if wish.corrects else "",
        wrong=_wrong(incident, wish.corrects),
        added=plain_lines(wish.added),
    )
    if not reach.outside:
        told = _inside(told, incident, suspected, refuted)
    labels = {one.access for one in (*known, *suspected, *refuted)}
    labels |= {one.access for one in incident.open_questions}
    stated = Stated(
        known=_ids(known),
        suspected=_ids(suspected),
        refuted=_ids(refuted),
        questions=tuple(one.id for one in incident.open_questions),
        figures=tuple(f"{name} = {value}" for name, value in figures.items()),
        evidence=tuple(dict.fromkeys(digest for one in known for digest in one.evidence)),
        label=Access.BOARD if Access.BOARD in labels else Access.OPS,
    )
    return told, stated


def readable(entries: Iterable[Entry], reads: frozenset[Access]) -> list[Entry]:
    """The entries, with those withheld that may not flow into these words."""
    return [
        entry
        if entry.access in reads
        else msgspec.structs.replace(entry, fact=Unreadable(kind=_kind(entry), why=Gone.WITHHELD))
        for entry in entries
    ]


def _kind(entry: Entry) -> str:
    if isinstance(entry.fact, Unreadable):
        return entry.fact.kind
    return str(type(entry.fact).__struct_config__.tag)


def _inside(
    told: Told, incident: Incident, suspected: Sequence[Claim], refuted: Sequence[Claim]
) -> ToldInside:
    return ToldInside(
        **msgspec.structs.asdict(told),
        title=plain_line(incident.title),
        severity=incident.severity.severity.value if incident.severity else "",
        suspected=_lines(suspected),
        refuted=_lines(refuted),
    )


def _claims(
    incident: Incident, whole: Incident, reach: Reach, wish: Wish
) -> tuple[list[Claim], list[Claim], list[Claim]]:
    """Known, suspected, refuted. What counts as known must be so also by what may not be read."""
    confirmed = [
        one
        for one in incident.claims
        if one.grade is Grade.CONFIRMED and _stands(whole, one.id) is Grade.CONFIRMED
    ]
    if wish.claims is not None:
        confirmed = [one for one in incident.claims if one.id in wish.claims]
    if reach.outside:
        return confirmed, [], []
    others = [one for one in incident.claims if one not in confirmed]
    suspected = [one for one in others if one.grade is Grade.SUSPECTED]
    return confirmed, suspected, [one for one in others if one.grade is Grade.REFUTED]


def _stands(incident: Incident, claim: str) -> Grade | None:
    found = incident.claim(claim)
    return found.grade if found is not None else None


def _wrong(incident: Incident, corrects: Statement | None) -> tuple[str, ...]:
    """What the earlier words told as known and what does not stand so any more."""
    if corrects is None:
        return ()
    claims = [incident.claim(one) for one in corrects.draft.known]
    return _lines([one for one in claims if one is not None and one.grade is not Grade.CONFIRMED])


def _figures(incident: Incident, seen: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    if incident.occurred_at is not None:
        yield SINCE, at_words(incident.occurred_at)
    if incident.discovered_at is not None:
        yield NOTICED, at_words(incident.discovered_at)
    lists = [entry.fact for entry in seen if isinstance(entry.fact, AffectedListed)]
    if lists:
        newest = lists[-1]
        yield "affected decisions", str(newest.decisions)
        if newest.subjects is not None:
            yield "affected people", str(newest.subjects)


def _affected(figures: Mapping[str, str]) -> str:
    people, decisions = figures.get("affected people"), figures.get("affected decisions")
    if people is not None:
        return "1 person" if people == "1" else f"{people} people"
    if decisions is not None:
        return "1 decision" if decisions == "1" else f"{decisions} decisions"
    return ""


def _done(
    seen: Sequence[Entry], register: Register, incident: Incident, reach: Reach
) -> Iterator[str]:
    """The acts that a look showed, in order: what was only asked for is not told."""
    acts: dict[int, Ordered] = {}
    ended: dict[int, datetime] = {}
    shown: set[int] = set()
    stopped: dict[str, str | None] = {}
    for entry in seen:
        match entry.fact:
            case Ordered(effect=Effect.STOP | Effect.CHANGE) as order:
                acts[entry.seq] = order
            case Receipted(order=seq, outcome=outcome) if seq in acts and outcome in _SEEN:
                ended[seq] = entry.happened_at
            case Probed(run=run, verdict=Verdict.SHOWN):
                shown |= {seq for seq in ended if acts[seq].run == run}
            case _:
                pass
    for seq, at in ended.items():
        if seq not in shown:
            continue
        order, name = acts[seq], _system(register, incident, acts[seq].target)
        if order.effect is Effect.STOP:
            stopped[order.target] = order.undo
            yield f"{name} was switched off at {at_words(at)}, and we saw that it is off."
        elif order.target in stopped and order.wanted == stopped.pop(order.target):
            yield f"{name} was switched on again at {at_words(at)}, and we saw that it is on."
        elif reach.outside:
            yield f"{name} was changed at {at_words(at)}, and we saw that the change took effect."
        else:
            target, wanted = plain_line(order.target), plain_line(order.wanted)
            yield f"{target} was set to {wanted} at {at_words(at)}, and we saw that it is so."


def _system(register: Register, incident: Incident, target: str) -> str:
    """The system that a target is part of, as people call it."""
    for name in incident.systems:
        if target == name or target.startswith(f"{name}."):
            return _named(register, (name,))
    return _named(register, incident.systems)


def _named(register: Register, systems: Sequence[str]) -> str:
    names = [
        plain_line(register.systems[one].name if one in register.systems else one)
        for one in systems
    ]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _lines(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(plain_line(one.statement) for one in claims)


def _ids(claims: Iterable[Claim]) -> tuple[str, ...]:
    return tuple(one.id for one in claims)
