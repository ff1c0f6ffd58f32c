"""Up to which id, on a server, no entry can appear any more: numbers are drawn before commits.

A transaction takes its own id before it draws numbers for entries. Once all that are as old as the
one that read how far numbers were drawn have ended, whatever drew one of those is there or dead.
"""

from __future__ import annotations

from collections.abc import Callable

_DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM entry_id"
_OWN_XID = "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
OLDEST_XID = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
_OLDEST = f"SELECT {OLDEST_XID}"

Ask = Callable[[str], int]
"""The one number that a statement of these gives; each looks at the server anew."""


class Settled:
    """What this process knows of it. `upto` is that id; a new process knows nothing: 0.

    A saving and no record: threads that learn at one time may lose a step, and never gain one.
    """

    def __init__(self) -> None:
        self.upto = 0
        self._drawn: tuple[int, int] | None = None  # how far ids were drawn, and who read it

    def learn(self, ask: Ask) -> int:
        """`upto`, as far as it is known now; whoever looks afterwards sees all up to there.

        It also reads how far ids are drawn now, for a later one to learn from.
        """
        self.learn_from(ask(_OLDEST))
        self.begin(ask)
        return self.upto

    def begin(self, ask: Ask) -> None:
        """Read how far ids are drawn, for a later look to learn from, if none is waited for."""
        if self._drawn is None:
            last = ask(_DRAWN)
            self._drawn = (last, ask(_OWN_XID))

    def learn_from(self, oldest: int) -> int:
        """Up to which id a look saw everything, as far as this alone tells; else 0.

        Args:
            oldest: at that look, the oldest transaction that had not ended.
        """
        drawn = self._drawn
        if drawn is None or oldest <= drawn[1]:
            return 0
        self.upto, self._drawn = max(self.upto, drawn[0]), None
        return drawn[0]

    def trust_nothing(self) -> None:
        """After a crash the server may give out once more what was drawn and is not on its disk."""
        self.upto, self._drawn = 0, None
