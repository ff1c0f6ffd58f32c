"""Words for what fell due: for the timeline, and for those who are told of it.

Only ids stand in what is sent, never words of the record: those may be for few.
"""

from __future__ import annotations

from tocsin.facts.dues import Awaited, DueFact
from tocsin.facts.entry import ORGANISATION_LOG

QUESTIONS = "questions"
"""What the reminder of legal duties that are still open is about."""


def due_words(fact: DueFact) -> str:
    """What a fact about something that fell due says."""
    again = f", {fact.turn + 1} times by now" if fact.turn else ""
    told = (
        f"{fact.role} is told ({fact.told_by})"
        if fact.told_by
        else f"NOBODY IS TOLD: {fact.untold}"
    )
    said = due_subject(fact.what, fact.about, fact.turn)
    return f"{said} (due {fact.due_at:%Y-%m-%d %H:%M %Z}{again}); {told}"


def due_subject(what: Awaited, about: str, turn: int = 0) -> str:
    """What fell due, in a line."""
    match what:
        case Awaited.TRIAGE:
            return f"Nobody has looked at {about}, which came in from outside and waits in triage"
        case Awaited.NEXT_UPDATE:
            return f"The update that {about} were promised is due and was not sent"
        case Awaited.PAGE_ANSWER:
            return f"Nobody answered the call for the {about}"
        case Awaited.WATCH_PERIOD:
            return f"The watch over {about} on its way back is over, and nobody has judged it"
        case Awaited.CANARY_OFF:
            return f"{about} failed on its way back and STILL SERVES: turn it off"
        case Awaited.SHORTCUT:
            return f"The shortcut around {about} is over, and it was not done properly"
        case Awaited.REPAIR:
            return f"{about} is due and not done"
        case Awaited.SIGN_OFF:
            return f"The sign-off of {about} has ended"
        case Awaited.REVIEW:
            return "People have not looked back on this incident, and that is due"
        case Awaited.ACTION_ITEM:
            return f"What follows from this incident is overdue: {about}"
        case Awaited.LEGAL_DEADLINE:
            return _legal_subject(about, turn)
        case Awaited.HOLD_ANSWER:
            hold, _, person = about.partition("/")
            return f"{person} has not acknowledged hold {hold}"


def _legal_subject(about: str, turn: int) -> str:
    if about == QUESTIONS:
        return "Legal duties may be due: the questions that would settle them are not answered"
    left = {0: "is due within 24 hours", 1: "is due within 2 hours"}.get(turn, "is due NOW")
    return f"The legal duty {about} {left}, and nothing was submitted"


def due_remedy(what: Awaited, about: str, incident: str) -> str:
    """What to do about it now: a sentence with the command."""
    match what:
        case Awaited.TRIAGE:
            return f"Look at it: tocsin triage show {about}"
        case Awaited.NEXT_UPDATE:
            return f"Tell them what is known: tocsin tell {incident} {about}"
        case Awaited.PAGE_ANSWER:
            return f"Say that you are looking; it ends the calling: tocsin ack {incident}"
        case Awaited.WATCH_PERIOD:
            return "Keep the watch running: tocsin watch"
        case Awaited.CANARY_OFF:
            return f"Now: tocsin stop {about}"
        case Awaited.SHORTCUT:
            return f"See what is owed: tocsin recovery status {incident}"
        case Awaited.REPAIR:
            return f"Show what was done: tocsin recovery work list {incident}"
        case Awaited.SIGN_OFF:
            return "See what stands: tocsin model list"
        case Awaited.REVIEW:
            return (
                f"Read the draft (tocsin postmortem {incident}), look back on it together, and say "
                f"so: tocsin postmortem review {incident} --facilitator WHO --outcome '...'"
            )
        case Awaited.ACTION_ITEM:
            return (
                f"Show that it is done: tocsin actions done {incident} {about} --proof FILE --says "
                f"'...'; or say until when: tocsin actions change {incident} {about} --due INSTANT"
            )
        case Awaited.LEGAL_DEADLINE if incident == ORGANISATION_LOG:
            return (
                f"See what runs, and why: tocsin law duties {incident}; once it went: tocsin law "
                f"submitted {'RULE' if about == QUESTIONS else about}"
            )
        case Awaited.LEGAL_DEADLINE:
            return (
                f"See what runs, and why: tocsin law duties {incident}; draft the notice: tocsin "
                f"notice draft {incident} {'RULE' if about == QUESTIONS else about}; or, counsel, "
                f"decide: tocsin law decide {incident} RULE not-required --because '...'"
            )
        case Awaited.HOLD_ANSWER:
            hold, _, person = about.partition("/")
            return (
                f"Nothing it covers may be deleted, altered or overwritten. {person} acknowledges "
                f"it: tocsin hold ack {incident} {hold} --as {person}"
            )
