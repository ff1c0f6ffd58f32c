"""Words for every fact about counsel's space and about the notices of holds.

What somebody thinks is told as having been said, and never repeated: words go into reports.
"""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.holds import (
    HoldAcknowledged,
    HoldChecked,
    HoldFact,
    HoldNotified,
    HoldReleaseAsked,
    HoldSilenced,
    Kept,
)
from tocsin.facts.privilege import (
    CounselAdmitted,
    CounselRemoved,
    CounselSpaceOpened,
    OpinionGiven,
    Privilege,
    PrivilegeAsserted,
    PrivilegeFact,
    RootCauseAssigned,
)

GROUNDS = {
    Privilege.ATTORNEY_CLIENT: "attorney-client privilege",
    Privilege.WORK_PRODUCT: "work product",
    Privilege.LEGAL_ADVICE: "legal advice privilege",
    Privilege.COMMON_INTEREST: "common interest",
    Privilege.OTHER: "another ground",
}
_KEPT = {
    Kept.KEPT: "is still there and unchanged",
    Kept.BROKEN: "is NOT as it was",
    Kept.UNKNOWN: "could not be looked at",
}


def privilege_words(fact: PrivilegeFact) -> str:
    """What a fact about counsel's space says."""
    match fact:
        case CounselSpaceOpened():
            return f"Counsel's space opened for {_people(fact.members)}: {fact.because}"
        case CounselAdmitted():
            return f"{fact.person} may read and write in counsel's space: {fact.because}"
        case CounselRemoved():
            return f"{fact.person} reads nothing more of counsel's space: {fact.because}"
        case RootCauseAssigned():
            how = "under privilege" if fact.privileged else "not under privilege"
            return (
                f"The root cause is written by {fact.person}, {how}, from "
                f"{fact.from_at:%Y-%m-%d %H:%M %Z}: {fact.because}"
            )
        case OpinionGiven():
            return f"An opinion{_about(fact.about)}, which stands apart from what is known"
        case PrivilegeAsserted():
            return (
                f"Entry {fact.entry} is withheld as {GROUNDS[fact.privilege]}: "
                f"{fact.description} ({fact.basis})"
            )
        case _:
            assert_never(fact)


def hold_words(fact: HoldFact) -> str:
    """What a fact about a hold says."""
    match fact:
        case HoldNotified():
            what = "Notice" if fact.turn == 1 else f"Reminder {fact.turn - 1}"
            return (
                f"{what} of hold {fact.hold} goes to {_people(fact.people)}; an answer is awaited "
                f"by {fact.answer_by:%Y-%m-%d %H:%M %Z}"
            )
        case HoldAcknowledged():
            return f"{fact.person} knows of hold {fact.hold} and keeps to it"
        case HoldSilenced():
            return f"Of hold {fact.hold}, these are not told: {_people(fact.people)}"
        case HoldReleaseAsked():
            return f"Wants hold {fact.hold} to end; a second person has to agree: {fact.because}"
        case HoldChecked():
            return (
                f"Hold {fact.hold}: {fact.target} in {fact.place} {_KEPT[fact.kept]}. {fact.seen}"
            )
        case _:
            assert_never(fact)


def _people(people: tuple[str, ...]) -> str:
    return ", ".join(people) or "nobody"


def _about(about: str) -> str:
    return f" on {about}" if about else ""
