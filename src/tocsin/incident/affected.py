"""Folds a log into its lists of affected decisions, and how far each decision has been put right.

Each list is an array of one byte a decision, so that a list of millions folds in the time of its
facts. Facts about a list that this log does not have, or about places beyond its end, change
nothing. A list is complete when nothing of it is open: only then may that be said, and of whom.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.affected import AffectedListed, AffectedRemedied, Remedy
from tocsin.facts.places import Span, places, spans_of, written, written_in_parts
from tocsin.incident.refusals import words

STATES = tuple(Remedy)
CODES = {state: code for code, state in enumerate(STATES)}
ITEMS_LETTERS_MAX = 30_000
"""What more of is written in a further fact: an entry has room for 64 KiB."""

_UNFINISHED = re.compile(b"[^%c%c]+" % tuple(CODES[s] for s in STATES if s.is_final), re.DOTALL)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry by which decisions came into a state."""

    seq: int
    at: datetime
    who: str
    fact: AffectedRemedied


class AffectedList(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed list and where its decisions stand. Sealed again, it is still this one list.

    Args:
        seq: the entry that says the list was made first.
        findings: all whose decisions it was sealed as.
        states: of each decision the code of its state, in the order of the list.
        said_by: of each decision the place in `steps` of what put it there, from 1; 0 for none.
    """

    seq: int
    at: datetime
    fact: AffectedListed
    states: bytearray
    said_by: array[int]
    steps: list[Step]
    findings: list[str]

    @property
    def counts(self) -> Mapping[Remedy, int]:
        """How many decisions are in each state."""
        return {state: self.states.count(code) for state, code in CODES.items()}

    @property
    def left(self) -> int:
        """How many have no final state yet."""
        return sum(count for state, count in self.counts.items() if not state.is_final)

    def unfinished(self) -> Iterator[Span]:
        """The places of those that have no final state."""
        for match in _UNFINISHED.finditer(self.states):
            yield match.start() + 1, match.end()

    def standing(self) -> Sequence[tuple[Step, list[Span]]]:
        """What each entry still holds of the list: the places that no later one changed."""
        held: dict[int, list[Span]] = {}
        begin = 0
        while begin < len(self.said_by):
            said, end = self.said_by[begin], begin + 1
            while end < len(self.said_by) and self.said_by[end] == said:
                end += 1
            held.setdefault(said, []).append((begin + 1, end))
            begin = end
        return [(self.steps[said - 1], held[said]) for said in sorted(held) if said]


def affected_lists(entries: Iterable[Entry]) -> dict[str, AffectedList]:
    """The lists of one log by their digests, in the order in which they were sealed last."""
    found = dict[str, AffectedList]()
    for entry in entries:
        match entry.fact:
            case AffectedListed() as made if made.list not in found:
                found[made.list] = AffectedList(
                    seq=entry.seq,
                    at=entry.happened_at,
                    fact=made,
                    states=bytearray(made.decisions),
                    said_by=array("L", bytes(made.decisions * array("L").itemsize)),
                    steps=[],
                    findings=[made.finding],
                )
            case AffectedListed() as made:
                again = found[made.list] = found.pop(made.list)
                if made.finding not in again.findings:
                    again.findings.append(made.finding)
            case AffectedRemedied() as done if done.list in found:
                _take(found[done.list], entry, done)
            case _:
                pass
    return found


def _take(into: AffectedList, entry: Entry, done: AffectedRemedied) -> None:
    try:
        spans = spans_of(done.items)
    except ValueError:
        return
    into.steps.append(Step(seq=entry.seq, at=entry.happened_at, who=entry.author.who, fact=done))
    code, number = bytes([CODES[done.state]]), array("L", [len(into.steps)])
    for first, last in spans:
        last = min(last, len(into.states))
        if first <= last:
            into.states[first - 1 : last] = code * (last - first + 1)
            into.said_by[first - 1 : last] = number * (last - first + 1)


class Wished(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said about decisions of a list; `line` is where a file says it, else 0."""

    spans: Sequence[Span]
    state: Remedy
    proof: str | None = None
    reference: str = ""
    done_by: str = ""
    because: str = ""
    line: int = 0


def remedied(known: AffectedList, wishes: Sequence[Wished], at: datetime) -> list[Draft]:
    """The facts that these decisions came into these states, in this order.

    Raises:
        Refused: everything that is wrong with any of them, all at once; then none is recorded.
    """
    wrong = list[str]()
    drafts = list[Draft]()
    states = bytearray(known.states)
    for wish in wishes:
        wrong += [_told(wish, one) for one in _wrong(states, wish)]
        if wrong:
            continue
        for first, last in wish.spans:
            states[first - 1 : last] = bytes([CODES[wish.state]]) * (last - first + 1)
        drafts += _drafts(known, wish, at)
    if wrong:
        raise Refused("\n".join(wrong))
    return drafts


def _drafts(known: AffectedList, wish: Wished, at: datetime) -> Iterator[Draft]:
    for part in written_in_parts(wish.spans, ITEMS_LETTERS_MAX):
        fact = AffectedRemedied(
            list=known.fact.list,
            items=written(part),
            count=places(part),
            state=wish.state,
            proof=wish.proof,
            reference=" ".join(wish.reference.split()),
            done_by=" ".join(wish.done_by.split()),
            because=" ".join(wish.because.split()),
        )
        yield Draft(fact=fact, happened_at=at)


def _wrong(states: bytearray, wish: Wished) -> Iterator[str]:
    if not wish.spans:
        yield "no items; name them: 1-200,205"
        return
    if wish.spans[-1][1] > len(states):
        yield f"item {wish.spans[-1][1]} is beyond the list, which has {len(states)}"
        return
    back = [
        (first, STATES[most])
        for first, last in wish.spans
        if (most := max(states[first - 1 : last])) > CODES[wish.state]
    ]
    if back and not wish.because.strip():
        yield (
            f"from item {back[0][0]} on some are {back[0][1].value} already; to take that back to "
            f"{wish.state.value}, say why (because)"
        )
    if wish.state is Remedy.NOT_NEEDED and not wish.because.strip():
        yield "not-needed: say why (because)"
    shown = wish.proof is not None or wish.reference.strip()
    if wish.state not in (Remedy.NOT_NEEDED, Remedy.OPEN) and not shown:
        yield f"{wish.state.value}: show it: name a file (proof), or a place (reference)"


def _told(wish: Wished, wrong: str) -> str:
    return f"line {wish.line}: {wrong}" if wish.line else wrong


def list_meant(lists: Mapping[str, AffectedList], typed: str | None) -> AffectedList:
    """The list that a person means by the start of its digest, or by nothing where there is one.

    Raises:
        Refused: none, or several, are meant.
    """
    wanted = words(typed, "the list").lower() if typed is not None else ""
    meant = [one for digest, one in lists.items() if digest.startswith(wanted)]
    if len(meant) == 1:
        return meant[0]
    known = ", ".join(digest[:12] for digest in lists)
    if not lists:
        raise Refused(
            "this incident has no list of affected decisions yet; make one: "
            "tocsin incident reach INCIDENT --to FILE"
        )
    raise Refused(
        f"{len(meant)} lists are meant by {typed!r}; name one by --list, of these: {known}"
        if typed is not None
        else f"there are several lists; name one by --list: {known}"
    )
