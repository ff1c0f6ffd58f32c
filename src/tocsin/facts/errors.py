"""Errors, named by whose move it is. Each message says what was found and what would be right."""

from __future__ import annotations


class Refused(Exception):
    """The person's move: what was asked is not allowed; the message says what would make it so."""


class Conflict(Refused):
    """Someone else wrote to the same log first. Load again and decide again.

    Args:
        log: the log that moved.
        expected: the sequence number the caller had seen.
        found: the sequence number that is there.
    """

    def __init__(self, log: str, expected: int, found: int) -> None:
        super().__init__(
            f"log {log}: expected to write after entry {expected}, but entry {found} is the last; "
            "load the log again and decide again"
        )
        self.log, self.expected, self.found = log, expected, found


class Missing(Refused):
    """What was named is not there; the message says where to see what is."""


class Outdated(Refused):
    """Others have written since what was looked at, and whoever decides asked to be told so."""


class LeaseLost(Refused):
    """Another worker holds this piece of work now; what this one did must not be recorded by it."""


class ConnectorError(Exception):
    """The world's move: an outside system refused, was silent, or obeyed in word only.

    Args:
        may_have_acted: True when the order may have taken effect; look before trying again.
        retry: False when the far side has said that no repetition will change its answer.
        retry_after_seconds: how long the far side asked us to wait; None when it did not.
        answered: True when it is there and refused this one, so that others may be asked of it.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_acted: bool,
        retry: bool = True,
        retry_after_seconds: float | None = None,
        answered: bool = False,
    ) -> None:
        super().__init__(message)
        self.may_have_acted, self.retry = may_have_acted, retry
        self.retry_after_seconds, self.answered = retry_after_seconds, answered


class Unreachable(Exception):
    """The world's move: the database, disk or server did not answer. Nothing was acknowledged."""


class BrokenLog(Exception):
    """Nobody's move: the record cannot be read as written. Stop, and say where."""


class NewerVersion(BrokenLog):
    """The record holds a kind of fact this version does not know. Use the version that wrote it."""


class Tampered(BrokenLog):
    """Nobody's move: the record does not match its own proofs. Stop, keep everything, and tell."""
