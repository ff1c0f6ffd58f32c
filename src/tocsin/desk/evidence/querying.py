"""Seals what a log answered to a person's question: the text, the rows, and the files it read.

A text that was asked of the same system before is that question again: its answer is compared with
the first one. The file that was asked for is in its place last of all, and what it holds is in the
vault before any fact names it.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tocsin.desk.evidence.private_file import put_when_whole
from tocsin.desk.people import actor
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Access, Draft, Entry, Fact, Refused
from tocsin.facts.analysis import QueryAsked
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.custody import EvidenceAcquired, EvidenceCopied
from tocsin.facts.learned import learned
from tocsin.facts.queries import FileRead, QueryFound, QueryWanted
from tocsin.incident.analysis import Analysis, Query, analysis_of
from tocsin.incident.refusals import access_for

Ask = Callable[[QueryWanted, Path], QueryFound]
"""Puts a question to one system's log and writes the answer to a file."""

TEXT_BYTES_MAX = 4 * 1024 * 1024


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was asked and sealed.

    Args:
        same: whether it was answered as the first time; None the first time.
    """

    fact: QueryAsked
    seq: int
    found: QueryFound
    same: bool | None


def ask_log(
    desk: Writer, log: str, system: str, wanted: QueryWanted, ask: Ask, to: Path, by: By,
    access: Access | None = None,
) -> Asked:  # fmt: skip
    """Ask, seal, and leave a copy of the answer at `to`.

    Raises:
        Refused: the text is not one SELECT, or takes more than allowed.
        Unreachable: the log cannot be read, or the file cannot be written.
    """
    with put_when_whole(to) as fresh:
        earlier = _sealed_before(desk, log, system, wanted, by)
        if earlier is not None:
            with desk.world.vault.open(earlier.fact.result) as kept, fresh.open("wb") as file:
                shutil.copyfileobj(kept, file)
            return earlier
        return _sealed(desk, log, system, wanted, ask(wanted, fresh), fresh, to, by, access)


def _sealed_before(
    desk: Writer, log: str, system: str, wanted: QueryWanted, by: By
) -> Asked | None:
    """What was sealed of this question under this client key, whatever the log says now."""
    appended = desk.answered(log, by.author, by.client_key)
    if appended is None:
        return None
    entries = desk.world.journal.read(log)
    fact = entries[appended.first_seq - 1].fact
    text = sha256_hex(wanted.sql.encode())
    if not isinstance(fact, QueryAsked) or (fact.system, fact.text) != (system, text):
        raise Refused(f"client key {by.client_key} was used for something else; choose another")
    with desk.world.vault.open(fact.read) as kept:
        sealed = msgspec.json.decode(kept.read(), type=_Sealed)
    found = QueryFound(
        rows=fact.rows, cut=fact.cut, columns=sealed.columns, content=fact.content,
        engine=fact.engine, read=sealed.files, untold=sealed.untold, varies=sealed.varies,
    )  # fmt: skip
    return _told(entries, appended.first_seq, found)


@learned
class _Sealed(msgspec.Struct, frozen=True):
    """What is sealed beside an answer."""

    engine: str
    columns: tuple[tuple[str, str], ...]
    files: tuple[FileRead, ...]
    untold: tuple[str, ...]
    varies: tuple[str, ...]


def text_of(desk: Writer, known: Analysis, typed: str) -> tuple[str, str]:
    """The system and the text of a question that was asked before.

    Raises:
        Refused: there is none of that name, or its text is not in the vault as it was sealed.
    """
    query = known.queries.get(typed.strip().upper())
    if query is None:
        there = ", ".join(known.queries) or "none yet"
        raise Refused(f"there is no question {typed[:40]!r}; there are: {there}")
    fact = query.askings[0].fact
    with desk.world.vault.open(fact.text) as kept:
        data = kept.read(TEXT_BYTES_MAX)
    if sha256_hex(data) != fact.text:
        raise Refused(f"the text of {query.id} is not in the vault as it was sealed")
    return fact.system, data.decode()


def _sealed(
    desk: Writer, log: str, system: str, wanted: QueryWanted, found: QueryFound, fresh: Path,
    to: Path, by: By, access: Access | None,
) -> Asked:  # fmt: skip
    vault = desk.world.vault
    text = vault.put(io.BytesIO(wanted.sql.encode()))
    files = vault.put(io.BytesIO(_list_of(found)))
    with fresh.open("rb") as file:
        result = vault.put(file)

    def facts(entries: Sequence[Entry], allowed: Access) -> list[Fact]:
        query = _query(analysis_of(entries), system, text.digest, allowed)
        source = f"the log of {system}, asked by {query}"
        return [
            QueryAsked(
                query=query, system=system, text=text.digest, result=result.digest,
                content=found.content, rows=found.rows, cut=found.cut, engine=found.engine,
                read=files.digest, files=len(found.read), reproducible=not found.varies,
            ),
            *(
                EvidenceAcquired(
                    digest=one.digest, size=one.size, name=f"{query}-{name}", source=source,
                    because=f"question {query} and what it was answered",
                )
                for one, name in (
                    (text, "question.sql"),
                    (files, "files.json"),
                    (result, f"answer.{wanted.kept.value}"),
                )
            ),
            EvidenceCopied(digest=result.digest, to=str(to), because=f"the answer to {query}"),
        ]  # fmt: skip

    def drafts(entries: list[Entry]) -> list[Draft]:
        now, who = desk.world.clock.now(), actor(desk, by.author.who)
        allowed = access_for(who, access)
        return [Draft(fact=one, happened_at=now, access=allowed) for one in facts(entries, allowed)]

    appended = desk.decide(log, drafts, by.author, client_key=by.client_key, sign=by.sign)
    return _told(desk.world.journal.read(log), appended.first_seq, found)


def _told(entries: Sequence[Entry], seq: int, found: QueryFound) -> Asked:
    fact = entries[seq - 1].fact
    assert isinstance(fact, QueryAsked)
    query = analysis_of(entries).queries[fact.query]
    asking = next(one for one in query.askings if one.seq == seq)
    return Asked(fact=fact, seq=seq, found=found, same=query.same(asking))


def _query(known: Analysis, system: str, text: str, access: Access) -> str:
    """The name of a question: its own where it was asked before, for the same eyes, or the next."""

    def is_it(query: Query) -> bool:
        first = query.askings[0]
        return (first.fact.system, first.fact.text, first.access) == (system, text, access)

    again = next((one.id for one in known.queries.values() if is_it(one)), None)
    return again or f"Q{len(known.queries) + 1}"


def _list_of(found: QueryFound) -> bytes:
    """Every file that was asked, with what could not be, as it is sealed."""
    document = _Sealed(
        engine=found.engine,
        columns=found.columns,
        files=found.read,
        untold=found.untold,
        varies=found.varies,
    )
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"
