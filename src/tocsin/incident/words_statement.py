"""Words for every fact about words for an audience."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.statements import (
    FlagOverridden,
    StatementApproved,
    StatementDeclined,
    StatementDrafted,
    StatementFact,
    StatementFlagged,
    StatementReleased,
    StatementWithdrawn,
)


def statement_words(fact: StatementFact) -> str:
    """What a fact about words for an audience says."""
    match fact:
        case StatementDrafted():
            corrects = f", correcting {fact.corrects}" if fact.corrects else ""
            update = fact.next_update_at
            more = f"; promises more by {update:%Y-%m-%d %H:%M} UTC" if update else ""
            return f"Words {fact.statement} for {fact.audience.value} drafted{corrects}{more}"
        case StatementFlagged():
            return f"Words {fact.statement} doubted ({fact.flag.value}): {fact.why}"
        case FlagOverridden():
            what = f"{fact.flag.value} {fact.about}".strip()
            return f"Words {fact.statement} may go DESPITE {what}: {fact.because}"
        case StatementApproved():
            return f"Words {fact.statement} approved as {fact.role}{_because(fact.because)}"
        case StatementDeclined():
            return f"Words {fact.statement} refused as {fact.role}{_because(fact.because)}"
        case StatementReleased():
            return f"Words {fact.statement} let go; {fact.run} sends them"
        case StatementWithdrawn():
            return f"Words {fact.statement} withdrawn before they went{_because(fact.because)}"
        case _:
            assert_never(fact)


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
