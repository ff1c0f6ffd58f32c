"""The lines of a notice: each says what the record says, with the entries that it rests on. Pure.

Nothing here is made up, weighed or summed. Claims are called known or suspected; an act is told by
what was seen of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from tocsin.dossier.account import Action
from tocsin.dossier.escaped import line
from tocsin.dossier.intervals import said_span
from tocsin.dossier.notice_material import Material
from tocsin.duties.notice import Said
from tocsin.facts.affected import AffectedListed, Remedy
from tocsin.facts.analysis import Conclusion, Replayed
from tocsin.facts.gates import EvidenceSealed
from tocsin.facts.incidents import Grade
from tocsin.facts.lessons import Section
from tocsin.facts.runs import Effect, Outcome
from tocsin.incident.analysis import analysis_of
from tocsin.incident.model import earliest_awareness
from tocsin.incident.words_finding import finding_words

KNOWN, SUSPECTED = "known", "suspected"
CLAIM = "claim:"
_WORDS = {KNOWN: "Known", SUSPECTED: "Suspected"}
_DONE = frozenset({Outcome.DONE.value, Outcome.ALREADY.value})
_REMEDY = {
    Remedy.RE_DECIDED: "decided anew",
    Remedy.CORRECTED: "corrected",
    Remedy.NOTIFIED: "told to whom it was about",
    Remedy.DONE: "put right",
    Remedy.NOT_NEEDED: "judged to need nothing",
}


def instant(at: datetime | None, entries: tuple[int, ...], key: str) -> list[Said]:
    """An instant of the record."""
    if at is None:
        return []
    return [Said(text=at_words(at), entries=entries, key=key, value=at_words(at))]


def at_words(at: datetime) -> str:
    """An instant as a notice says it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def claims(material: Material, *, known_only: bool) -> list[Said]:
    """What is known and what is suspected, each called so; what was refuted is not told."""
    found: list[Said] = []
    for sure, grade in ((KNOWN, Grade.CONFIRMED), (SUSPECTED, Grade.SUSPECTED)):
        if known_only and sure != KNOWN:
            break
        for one in material.incident.claims:
            if material.holds(one) is grade:
                found.append(
                    Said(
                        text=f"{_WORDS[sure]}: {line(one.statement)}",
                        entries=_each(one.seq, one.gradings[-1].seq),
                        key=f"{CLAIM}{one.id}",
                        value=sure,
                        sure=sure,
                    )
                )
    return found


def questions(material: Material) -> list[Said]:
    """What must be known and is not."""
    return [
        Said(text=f"Not known yet: {line(one.text)}", entries=(one.seq,))
        for one in material.incident.open_questions
    ]


def findings(material: Material) -> list[Said]:
    """What detectors measured and still claim, with the interval of each."""
    return [
        Said(
            text=f"{line(finding_words(found))}; {_interval(found.low, found.high)}"
            f"{found.requests} requests since {at_words(found.since)}",
            entries=(entry.seq,),
        )
        for entry, found in material.account.standing
    ]


def _interval(low: str, high: str) -> str:
    return f"interval {low} to {high}, " if low and high else ""


def actions(material: Material, *, done_only: bool) -> list[Said]:
    """What was done, and what was seen of it; what was only asked for is called so."""
    found = [one for one in material.account.acts if one.order.effect is not Effect.TELL]
    told = [_action(one) for one in found if _is_seen(one) or not done_only]
    return [one for one in told if one is not None]


def _is_seen(action: Action) -> bool:
    return action.said in _DONE and action.shown is not None


def _action(action: Action) -> Said | None:
    target, wanted = line(action.order.target), line(action.order.wanted)
    entries = [action.seq]
    look = action.shown
    if action.ended_at is None:
        text = f"{at_words(action.at)}: ordered that {target} be {wanted}; not done yet"
    elif action.said in _DONE and look is not None:
        entries.append(look.seq)
        text = (
            f"{at_words(action.ended_at)}: {target} was made {wanted}; an independent look at "
            f"{at_words(look.at)} showed that it is so"
        )
    elif action.said in _DONE:
        text = (
            f"{at_words(action.ended_at)}: {target} was made {wanted}; no independent look has "
            "shown it yet"
        )
    elif action.said == "declined":
        return None
    else:
        text = (
            f"{at_words(action.ended_at)}: it was tried that {target} be {wanted}; it is not "
            f"known to have succeeded"
        )
    return Said(text=text, entries=tuple(entries))


def affected(material: Material) -> list[Said]:
    """Whom it touched, and how far that is put right."""
    found: list[Said] = []
    for one in material.account.affected:
        fact = one.fact
        whom = "" if fact.subjects is None else f" about {fact.subjects} people or things"
        righted = [
            f"{count} {_REMEDY[state]}"
            for state, count in one.counts.items()
            if count and state in _REMEDY
        ]
        text = f"{fact.decisions} decisions{whom}, {at_words(fact.since)} to {at_words(fact.until)}"
        text += f"; of these {', '.join(righted)}" if righted else ""
        text += f"; the list does not hold all: {line(fact.untold)}" if fact.untold else ""
        found.append(Said(text=text, entries=(one.seq,)))
    return found


def affected_count(material: Material, *, people: bool) -> list[Said]:
    """How many are affected, by the newest list."""
    lists = [one for one in material.account.affected if isinstance(one.fact, AffectedListed)]
    if not lists:
        return []
    count = lists[-1].fact.subjects if people else lists[-1].fact.decisions
    if count is None:
        return []
    key = "affected.people" if people else "affected.decisions"
    return [Said(text=str(count), entries=(lists[-1].seq,), key=key, value=str(count))]


def severity(material: Material) -> list[Said]:
    """How bad it is, by whose judgement."""
    judged = material.incident.severity
    if judged is None:
        return []
    reasons = "; ".join(line(one) for one in judged.reasons)
    text = f"{judged.severity.value}: {reasons or line(judged.basis)}"
    return [Said(text=text, entries=(judged.seq,))]


def evidence(material: Material) -> list[Said]:
    """What was secured, by its digest."""
    sealed = [_sealed(entry.seq, one) for entry, one in material.account.seals]
    acquired = [
        Said(
            text=f"{line(one.name)} ({one.size} bytes), SHA-256 {one.digest}",
            entries=(entry.seq,),
        )
        for entry, one in material.account.evidence
    ]
    return [one for one in sealed if one is not None] + acquired


def _sealed(seq: int, one: EvidenceSealed) -> Said | None:
    if one.digest is None:
        return None
    enough = "" if one.sufficient else "; not all that was asked for"
    return Said(text=f"{line(one.item)}, SHA-256 {one.digest}{enough}", entries=(seq,))


def replays(material: Material) -> list[Said]:
    """How requests that failed can be put again, and what came of it."""
    return [
        Said(
            text=f"{fact.items} requests (set SHA-256 {fact.set}) put to {line(fact.against)}: "
            f"{fact.held} held, {fact.failed} failed, {fact.unanswered} unanswered",
            entries=(entry.seq,),
        )
        for entry in material.seen
        if isinstance(fact := entry.fact, Replayed)
    ]


def cause(material: Material) -> list[Said]:
    """The root cause as its writer wrote it; nothing before counsel chose, or under privilege."""
    choice = material.space.cause
    if choice is None or choice.privileged:
        return []
    written = material.lessons.narrative.get(Section.ROOT_CAUSE, [])
    if written and written[-1].text:
        last = written[-1]
        return [
            Said(text=line(text), entries=(last.seq,), key="cause" if first else "",
                 value=line(last.text) if first else "")
            for first, text in _lines(last.text)
        ]  # fmt: skip
    return [
        Said(
            text=f"Suspected: {line(one.fact.statement)}",
            entries=_each(one.seq, one.conclusions[-1].seq),
            sure=SUSPECTED,
        )
        for one in analysis_of(material.seen).hypotheses.values()
        if one.standing is Conclusion.SUPPORTED
    ]


def work(material: Material) -> list[Said]:
    """What is decided and not done yet, with the day on which it is due."""
    return [
        Said(text=f"{line(one.what)}, due {one.due:%Y-%m-%d}", entries=(one.seq,))
        for one in material.lessons.open_items
    ]


def course(material: Material) -> list[Said]:
    """The main steps, in order of time."""
    return [
        Said(text=f"{at_words(at)}: {text}", entries=entries)
        for at, text, entries in sorted(_steps(material), key=lambda one: (one[0], one[2]))
    ]


def _steps(material: Material) -> Iterator[tuple[datetime, str, tuple[int, ...]]]:
    incident, opening = material.incident, material.opening
    if incident.occurred_at is not None:
        yield incident.occurred_at, "it began", opening
    if incident.discovered_at is not None:
        yield incident.discovered_at, "it was noticed", opening
    aware = earliest_awareness(incident)
    if aware is not None:
        yield aware.at, f"the organisation became aware ({aware.standing.value})", (aware.seq,)
    for action in material.account.acts:
        said = _action(action)
        if said is not None and action.ended_at is not None:
            yield action.ended_at, said.text.partition(": ")[2], said.entries
    for turn in incident.turns:
        yield turn.at, f"its state became {turn.to.value}", (turn.seq,)


def span(material: Material) -> list[Said]:
    """From when to when it lasted."""
    incident = material.incident
    begun, entries = incident.occurred_at, material.opening
    if begun is None:
        return []
    over, closing = ended(material)
    until = f"until {at_words(over)}" if over is not None else "and it has not ended yet"
    value = f"{at_words(begun)} {until}"
    return [Said(text=f"From {value}", entries=_each(*entries, *closing))]


def duration(material: Material) -> list[Said]:
    """How long it lasted, as DD:HH:MM."""
    begun = material.incident.occurred_at
    over, closing = ended(material)
    if begun is None or over is None or over < begun:
        return []
    minutes = int((over - begun).total_seconds() // 60)
    text = f"{minutes // 1440:02}:{minutes // 60 % 24:02}:{minutes % 60:02}"
    words = f"{text} ({said_span(over - begun)})"
    return [Said(text=words, entries=_each(*material.opening, *closing), key="incident.duration",
                 value=text)]  # fmt: skip


def ended(material: Material) -> tuple[datetime | None, tuple[int, ...]]:
    """When it was closed, and by which entry."""
    closed = [one for one in material.incident.turns if one.to.value == "closed"]
    if not closed or material.incident.status.value != "closed":
        return None, ()
    return closed[-1].at, (closed[-1].seq,)


def _lines(text: str) -> list[tuple[bool, str]]:
    lines = [one for one in text.splitlines() if one.strip()]
    return [(place == 0, one) for place, one in enumerate(lines)]


def _each(*entries: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(entries))


def joined(parts: Iterable[str]) -> str:
    """The parts that say something, with commas."""
    return ", ".join(line(one) for one in parts if one)
