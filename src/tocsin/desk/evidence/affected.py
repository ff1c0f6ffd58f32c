"""Seals the list of decisions that a failure touched, and records what was done about them.

The list is in the vault before any fact names it, and in the place that was asked for last of all;
a crash between leaves nothing that is half there, and the same command makes the same list again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

import msgspec

from tocsin.desk.alarms.causes import Told, told_in
from tocsin.desk.evidence.custody import custody_known
from tocsin.desk.evidence.private_file import put_when_whole
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.facts import Draft, Entry, Fact, Refused
from tocsin.facts.affected import AffectedAsked, AffectedFound, AffectedListed, Written
from tocsin.facts.custody import EvidenceAcquired, EvidenceCopied, Fixity
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.logs import Condition
from tocsin.facts.spelt import spelt
from tocsin.incident.affected import AffectedList, Wished, affected_lists, list_meant, remedied
from tocsin.world import Appended


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A list that was sealed: the fact that says so, its entry, and what was found."""

    fact: AffectedListed
    seq: int
    untold: tuple[str, ...]


class TrainedOn(msgspec.Struct, frozen=True, kw_only=True):
    """The versions that were trained on a data set.

    Args:
        data_set: as NAME@DIGEST.
        untold: versions of which nobody can tell what they were trained on.
    """

    data_set: str
    versions: tuple[str, ...]
    untold: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for.

    Args:
        everything: all decisions of the slice, and not only those that went wrong.
        until: None ends when the finding subsided, or now where it stands.
        where: a further condition, and as it was typed.
        trained_on: instead of the slice of the finding, all decisions of the versions that were
            trained on a data set.
        since: None begins where the finding does.
    """

    everything: bool = False
    until: datetime | None = None
    where: Condition | None = None
    where_words: str = ""
    written: Written = Written.LINES
    trained_on: TrainedOn | None = None
    since: datetime | None = None


def finding_meant(entries: Sequence[Entry], typed: str | None) -> Found:
    """The finding that a person means by the start of its id, or by nothing where there is one.

    Raises:
        Refused: none, or several, are meant.
    """
    told = {name: one for name, one in told_in("", entries).items()}
    causes = {name: one for name, one in told.items() if one.found.caused_by is None}
    known = told if typed is not None else causes or told
    meant = [one.found for name, one in known.items() if name.startswith(typed or "")]
    if len(meant) == 1:
        return meant[0]
    if not told:
        raise Refused("no detector has found anything in this incident; there is no span to list")
    each = "\n".join(f"- {name}: {_in_short(one)}" for name, one in told.items())
    raise Refused(f"{len(meant)} findings are meant; name one by --finding:\n{each}")


def span_end(entries: Sequence[Entry], finding: str, now: datetime) -> datetime:
    """When what was found was over: when it subsided last, or now where it still stands."""
    end = now
    for entry in entries:
        if isinstance(entry.fact, Found) and entry.fact.finding == finding:
            end = now
        elif isinstance(entry.fact, Subsided) and entry.fact.finding == finding:
            end = entry.fact.seen_until
    return end


def list_affected(desk: Writer, log: str, found: Found, wanted: Wanted, to: Path, by: By) -> Listed:
    """Write the decisions that a finding touched to a file, and seal them as evidence.

    Raises:
        Refused: the system's log is not read here, or holds none of them.
        Unreachable: the log cannot be read, or the file cannot be written.
    """
    source = desk.world.sources.get(found.system)
    if source is None:
        raise Refused(
            f"no log is set up for {found.system} here; write `log = ...` under "
            f"[systems.{found.system}] in HOME/register/ and adopt it"
        )
    entries = desk.world.journal.read(log)
    until = wanted.until or span_end(entries, found.finding, desk.world.clock.now())
    question = _question(desk, entries, found, wanted, until)
    with put_when_whole(to) as fresh:
        answer = source.affected(question, fresh)
        if wanted.trained_on is not None and wanted.trained_on.untold:
            each = ", ".join(wanted.trained_on.untold)
            told = f"what versions {each} were trained on is not on record; they are not listed"
            answer = msgspec.structs.replace(answer, untold=(*answer.untold, told))
        if not answer.decisions:
            why = "; ".join(("", *answer.untold))
            asked = asked_words(found, question, wanted, answer)
            raise Refused(f"the log of {found.system} holds no such decision: {asked}{why}")
        return _sealed(desk, log, found, question, wanted, answer, fresh, to, by)


def _question(
    desk: Writer, entries: Sequence[Entry], found: Found, wanted: Wanted, until: datetime
) -> AffectedAsked:
    by_rate = found.sign is Sign.RATE and not wanted.everything and wanted.trained_on is None
    whole = wanted.trained_on is not None
    return AffectedAsked(
        since=wanted.since or found.since,
        until=until,
        version=None if whole else found.version,
        segment=None if whole else found.segment,
        group=None if whole else found.group,
        rate=found.metric if by_rate else None,
        counts=_rose(found),
        where=wanted.where,
        written=wanted.written,
        sealed=summaries_of(desk, entries, found),
        versions=wanted.trained_on.versions if wanted.trained_on is not None else (),
    )


def summaries_of(desk: Writer, entries: Sequence[Entry], found: Found) -> bytes:
    """The summaries that were sealed with a finding; nothing where there are none any more."""
    for entry in entries:
        fact = entry.fact
        if not isinstance(fact, EvidenceAcquired) or fact.digest not in found.summaries:
            continue
        if fact.name.endswith(".parquet"):
            try:
                with desk.world.vault.open(fact.digest) as piece:
                    return piece.read()
            except Refused:
                return b""
    return b""


def _rose(found: Found) -> bool:
    try:
        return Decimal(found.observed) >= Decimal(found.baseline)
    except InvalidOperation:
        return True


def asked_words(
    found: Found, question: AffectedAsked, wanted: Wanted, answer: AffectedFound
) -> str:
    """Which decisions were asked for, in words."""
    say = _row if answer.by_rows else _instant
    end = say(question.until)
    if answer.by_rows and wanted.until is None and question.until > found.seen_until:
        end = "the end"
    parts = [
        f"from {say(question.since)} to {end}",
        f"version {spelt(question.version)}" if question.version is not None else "",
        f"segment {spelt(question.segment)}" if question.segment is not None else "",
        f"group {spelt(question.group)}" if question.group is not None else "",
        f"where {wanted.where_words}" if wanted.where_words else "",
        _trained_words(wanted.trained_on),
    ]
    which = "all decisions"
    if question.rate is not None:
        which = f"those {'with' if question.counts else 'without'} {found.metric}"
    return ", ".join((which, *(part for part in parts if part)))


def _trained_words(one: TrainedOn | None) -> str:
    if one is None:
        return ""
    each = ", ".join(spelt(version) for version in one.versions)
    return f"versions {each}, which were trained on {spelt(one.data_set)}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _row(at: datetime) -> str:
    """Where a log tells no time, its rows stand at so many seconds."""
    return f"row {int(at.timestamp()) + 1}"


def _sealed(
    desk: Writer, log: str, found: Found, question: AffectedAsked, wanted: Wanted,
    answer: AffectedFound, fresh: Path, to: Path, by: By,
) -> Listed:  # fmt: skip
    with fresh.open("rb") as file:
        stored = desk.world.vault.put(file)
    because = f"the decisions that finding {found.finding} touched"
    fact = AffectedListed(
        list=stored.digest,
        finding=found.finding,
        since=question.since,
        until=question.until,
        decisions=answer.decisions,
        subjects=answer.subjects,
        asked=asked_words(found, question, wanted, answer),
        untold="; ".join(answer.untold),
    )
    name = f"affected-{found.finding}.{wanted.written.value}"
    facts: list[Fact] = [
        EvidenceAcquired(
            digest=stored.digest, size=stored.size, name=name,
            source=f"the log of {found.system}", because=because,
        ),
        fact,
        EvidenceCopied(digest=stored.digest, to=str(to), because=because),
    ]  # fmt: skip
    appended = desk.record(log, lambda _: facts, by.author, client_key=by.client_key, sign=by.sign)
    return Listed(fact=fact, seq=appended.first_seq + 1, untold=answer.untold)


def lists_on(desk: Writer, log: str) -> dict[str, AffectedList]:
    """All lists of an incident, as they stand."""
    return affected_lists(desk.world.journal.read(log))


def remedy(
    desk: Writer,
    log: str,
    digest: str,
    wishes: Sequence[Wished],
    at: datetime,
    by: By,
    proof: tuple[str, BinaryIO] | None = None,
) -> tuple[AffectedList, Appended]:
    """Record what was done about decisions of a list; the list as it stands afterwards.

    Args:
        proof: a file that shows it, with its name; it is kept as evidence.

    Raises:
        Refused: all that is wrong; nothing was recorded, and no file kept.
    """

    def judge(entries: list[Entry], shown: Sequence[Wished]) -> list[Draft]:
        return remedied(list_meant(affected_lists(entries), digest), shown, at)

    taken = list[Draft]()
    shown = wishes
    if proof is not None:
        _check_says_something(*proof)
        shown = [msgspec.structs.replace(one, proof=digest) for one in wishes]
        judge(desk.world.journal.read(log), shown)
        stored = desk.world.vault.put(proof[1])
        shown = [msgspec.structs.replace(one, proof=stored.digest) for one in wishes]
        fact = EvidenceAcquired(
            digest=stored.digest,
            size=stored.size,
            name=proof[0],
            source="whoever did it",
            because=f"it shows what was done about list {digest[:12]}",
        )
        taken = [draft(fact, desk.world.clock.now())]
    appended = desk.decide(
        log,
        lambda entries: [*taken, *judge(entries, shown)],
        by.author,
        client_key=by.client_key,
        sign=by.sign,
    )
    return lists_on(desk, log)[digest], appended


def _check_says_something(name: str, file: BinaryIO) -> None:
    holds_any = bool(file.read(1))
    file.seek(0)
    if not holds_any:
        raise Refused(f"{name} is empty and shows nothing; name the file that shows it")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what a statement about a list rests on is still there: the list, and each proof.

    Args:
        harmed: what is not in the vault as it was sealed, in words; nothing may rest on that.
        destroyed: what was destroyed on record, in words.
    """

    harmed: tuple[str, ...]
    destroyed: tuple[str, ...]


def kept(desk: Writer, known: AffectedList) -> Kept:
    """Read the list and every proof that counts again, byte for byte."""
    shown = {known.fact.list: "the list"}
    for step, _ in known.standing():
        if step.fact.proof is not None:
            shown.setdefault(step.fact.proof, f"the proof of entry {step.seq}")
    harmed, destroyed = list[str](), list[str]()
    for digest, what in shown.items():
        fixity = desk.world.vault.check(digest)
        if fixity is Fixity.INTACT:
            continue
        piece = custody_known(desk).pieces.get(digest)
        if fixity is Fixity.ABSENT and piece is not None and not piece.in_vault:
            destroyed.append(f"{what} ({digest[:12]}) was destroyed on record")
        else:
            harmed.append(f"{what} ({digest[:12]}) is {fixity.value} in the vault")
    return Kept(harmed=tuple(harmed), destroyed=tuple(destroyed))


def _in_short(told: Told) -> str:
    found = told.found
    over = "" if told.stands else ", over"
    return f"{found.detector}, since {found.since:%Y-%m-%d %H:%M:%S} UTC{over}"
