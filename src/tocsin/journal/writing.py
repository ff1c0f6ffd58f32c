"""How what was gathered is written, on either engine: durable when it returns, an answer each.

On a file: one transaction, tree and checkpoint included. On a server: all appends in one statement,
which commits by itself; then the few small writes beside the entries, each for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.journal import schema
from tocsin.journal.batch import Aside, Batch, Change, settled
from tocsin.journal.database import Database
from tocsin.journal.faults import Disconnected
from tocsin.journal.postgres import Postgres
from tocsin.journal.question import Question
from tocsin.journal.sqlite import Sqlite
from tocsin.journal.tree import Trunk
from tocsin.world import Appended, State

Write = Callable[[Sequence[Change | Aside]], Sequence[object]]
"""Writes all of these, and gives an answer, or the reason why not, for each."""


def writes_to(database: Database, trunk: Trunk, on_durable: Callable[[], None]) -> Write:
    """What writes to this engine.

    Args:
        on_durable: told that there are entries which are not in the tree yet.
    """
    if isinstance(database, Sqlite):
        return _OnFile(database, trunk).write
    assert isinstance(database, Postgres)
    return _OnServer(database, on_durable).write


class _OnFile:
    def __init__(self, database: Sqlite, trunk: Trunk) -> None:
        self._database, self._trunk = database, trunk

    def write(self, changes: Sequence[Change | Aside]) -> Sequence[object]:
        logs = {log for change in changes for log in change.touches}
        count = sum(len(change.entries) for change in changes if isinstance(change, Change))
        try:
            with self._database.writing() as connection:
                batch = Batch(self._database, connection, logs, count)
                answers = settled(batch, changes)
                batch.flush()
                if batch.leaves:
                    self._trunk.grow(connection, batch.ids, batch.leaves)
            self._trunk.committed()
        finally:
            self._trunk.dropped()
        self._database.after_commit()
        return answers


class _OnServer:
    def __init__(self, database: Postgres, on_durable: Callable[[], None]) -> None:
        self._database, self._on_durable = database, on_durable

    def write(self, changes: Sequence[Change | Aside]) -> Sequence[object]:
        appends = [change for change in changes if isinstance(change, Change)]
        told = iter(self._appended(appends) if appends else ())
        return [
            next(told) if isinstance(change, Change) else self._beside(change) for change in changes
        ]

    def _appended(self, appends: Sequence[Change]) -> Sequence[object]:
        answers = self._asked(Question(appends))
        done = [one for one in answers if isinstance(one, Appended)]
        if any(one.last_seq >= one.first_seq and not one.repeated for one in done):
            self._on_durable()
        if any(one.repeated for one in done):
            return [self._as_it_is_now(one) for one in answers]
        return answers

    def _asked(self, question: Question) -> Sequence[Appended | Refused]:
        try:
            return self._database.append(question)
        except Disconnected:
            if not all(change.client_key for change in question.changes):
                raise
            return self._database.append(question)  # under its key, nothing is written twice

    def _as_it_is_now(self, answer: Appended | Refused) -> Appended | Refused:
        if not isinstance(answer, Appended) or not answer.repeated:
            return answer
        with self._database.reading() as connection:
            place = {"log": answer.log, "seq": answer.last_seq}
            at = connection.scalar(schema.POSITION, place)
        return answer if at is None else msgspec.structs.replace(answer, state=State.INTEGRATED)

    def _beside(self, aside: Aside, *, again: bool = True) -> object:
        begun = False
        try:
            with self._database.writing() as connection:
                self._database.lock(connection, aside.logs)
                begun = True
                return aside.run(connection)
        except Disconnected as bad:
            # Before the lock nothing was asked of the server: only the connection was an old one.
            return self._beside(aside, again=False) if again and not begun else bad
        except (Refused, BrokenLog, Unreachable) as bad:
            return bad
