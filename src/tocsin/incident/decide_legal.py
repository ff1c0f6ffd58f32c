"""What a person may say about what the law asks: an answer, "not required", the later reading.

No duty ends by itself: an unknown fact leaves it open, and only a named person who may judge the
law says that it is not asked of us, or that its later reading is relied on, and why.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tocsin.facts import Access, Draft, Refused
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.incidents import Noted
from tocsin.facts.legal import (
    Answered,
    Decided,
    DutyDecided,
    LaterReadingAccepted,
    LegalFactStated,
)
from tocsin.facts.record import CLOCK_TOLERANCE
from tocsin.incident.legal import HAS_OBJECT, Legal
from tocsin.incident.legal_values import harms_of, spoken
from tocsin.incident.model import COMMANDER, COUNSEL, Actor, Incident, Status
from tocsin.incident.refusals import access_for, one_line, require_known, shown, words
from tocsin.register.legal_keys import KeyType, LegalKey

_SAID_ELSEWHERE = {
    "became-aware": "tocsin incident aware INCIDENT PERSON --standing management --basis WHY",
    "notice-submitted": "tocsin notice submitted INCIDENT N1, or --outside RULE",
    "duty-decided": "tocsin law decide INCIDENT RULE not-required --because '...', by counsel",
}
"""How what other kinds of fact answer is said."""


def state_fact(
    incident: Incident,
    legal: Legal,
    actor: Actor,
    at: datetime,
    *,
    key: LegalKey,
    name: str,
    answer: str,
    basis: str,
    now: datetime,
    access: Access | None = None,
) -> list[Draft]:
    """The fact that somebody answered what the law asks. Allowed in every status.

    Args:
        now: when it is said; what is asked for are instants of what happened, never later ones.
        name: the key itself, where `key` stands for many: "submitted.initial".
        access: everybody on the incident when not given, whoever says it: deadlines hang on it.
    """
    require_known(incident)
    if key.answered_by in _SAID_ELSEWHERE:
        raise Refused(f"{name} is said by: {_SAID_ELSEWHERE[key.answered_by]}")
    before = legal.stated.get(name)
    answered, value = spoken(key, answer, before.value if before else "")
    if answered is Answered.KNOWN:
        _require_past(name, key.type, value, before.value if before else "", now)
    if before is not None and (before.answer, before.value) == (answered, value):
        raise Refused(
            f"{before.by} said just that at {shown(before.recorded_at)} (entry {before.seq}); "
            "nothing more is needed"
        )
    if before is None and answered is Answered.UNKNOWN:
        raise Refused(f"nobody said anything of {name} yet, so it is unknown as it is")
    fact = LegalFactStated(key=name, answer=answered, value=value, basis=words(basis, "the basis"))
    return [Draft(fact=fact, happened_at=at, access=access or Access.OPS)]


def _require_past(name: str, type_: KeyType, value: str, before: str, now: datetime) -> None:
    """Raise Refused where something is said to have happened that cannot have happened yet."""
    said = dict(_instants(type_, value))
    known = dict(_instants(type_, before)) if before else {}
    for what, at in said.items():
        if at > now + CLOCK_TOLERANCE and known.get(what) != at:
            which = f"{name}, {what}" if what else name
            raise Refused(
                f"{which}: {at.isoformat()} lies in the future (it is {shown(now)}), and what has "
                "not happened yet is no fact; say so once it has"
            )


def _instants(type_: KeyType, text: str) -> Iterator[tuple[str, datetime]]:
    try:
        if type_ is KeyType.INSTANT:
            yield "", datetime.fromisoformat(text)
        elif type_ is KeyType.HARMS:
            for one in harms_of(text):
                yield one.kind, datetime.fromisoformat(one.aware)
    except ValueError:  # an older answer, under another type of this key
        return


def decide_duty(
    incident: Incident,
    legal: Legal,
    actor: Actor,
    at: datetime,
    *,
    rule: str,
    decided: Decided,
    exception: str,
    law: str,
    digest: str,
    rationale: str,
    counsel: bool,
    access: Access | None = None,
) -> list[Draft]:
    """The decision whether a duty is asked of us: for everybody, its reason as `access` says.

    Args:
        exception: the id of the exception that is taken; empty where the trigger is not met.
        law, digest: by which law it is decided.
        counsel: whether the register names anybody as counsel; else the commander decides.
    """
    _require_asked(incident, legal)
    require_judge(incident, actor, counsel=counsel)
    known = legal.outcome(rule)
    if known is None or known.standing not in HAS_OBJECT:
        raise Refused(
            f"{rule} is not asked of us on what is known, so nothing is to be decided; "
            f"see: tocsin law duties {incident.id or ORGANISATION_LOG} --all"
        )
    stands = legal.not_required(rule)
    if decided is Decided.NOT_REQUIRED and stands is not None:
        raise Refused(f"{stands.by} decided so at {shown(stands.at)}; nothing more is needed")
    if decided is Decided.REQUIRED and stands is None:
        raise Refused(f"nobody decided that {rule} is not required; it is asked of us as it is")
    told, kept = _reason(incident, actor, at, rule, words(rationale, "the rationale"), access)
    fact = DutyDecided(
        rule=rule, decided=decided, exception=exception, law=law, digest=digest, rationale=told
    )
    return [*kept, Draft(fact=fact, happened_at=at)]


def accept_later(
    incident: Incident,
    legal: Legal,
    actor: Actor,
    at: datetime,
    *,
    rule: str,
    reason: str,
    counsel: bool,
    access: Access | None = None,
) -> list[Draft]:
    """The decision to rely on the latest arguable instant. Both instants stay on every screen."""
    _require_asked(incident, legal)
    require_judge(incident, actor, counsel=counsel)
    known = legal.outcome(rule)
    if known is None or known.standing not in HAS_OBJECT or known.conservative_at is None:
        raise Refused(f"{rule} has no instant that could be later; see: tocsin law duties")
    if known.submitted_at is not None:
        raise Refused(
            f"{rule} was submitted at {shown(known.submitted_at)}, so nobody waits for either "
            "instant; nothing is to be accepted"
        )
    if known.latest_at is None:
        raise Refused(
            f"no later reading of {rule} is argued; it is due by {shown(known.conservative_at)}"
        )
    stands = legal.accepted(rule)
    if stands is not None:
        raise Refused(f"{stands.by} accepted it at {shown(stands.at)}; nothing more is needed")
    told, kept = _reason(incident, actor, at, rule, words(reason, "the reason"), access)
    fact = LaterReadingAccepted(
        rule=rule, conservative_at=known.conservative_at, accepted_at=known.latest_at, reason=told
    )
    return [*kept, Draft(fact=fact, happened_at=at)]


def _require_asked(incident: Incident, legal: Legal) -> None:
    """Passes where the law was asked: about an incident, or the organisation, which never opens."""
    if not legal.outcomes:
        require_known(incident)


def _reason(
    incident: Incident, actor: Actor, at: datetime, rule: str, text: str, wanted: Access | None
) -> tuple[str, list[Draft]]:
    """What everybody reads as the reason, and the note that keeps it where it is not for all.

    Counsel's own reasons are counsel's unless they say else; that they decided is for everybody.
    """
    access = access_for(actor, wanted)
    if access is Access.OPS:
        return text, []
    note = Draft(fact=Noted(text=f"Why, of {rule}: {text}"), happened_at=at, access=access)
    return f"the reasons are for {access.value}, entry {incident.seq + 1}", [note]


def require_judge(incident: Incident, actor: Actor, *, counsel: bool) -> None:
    """Passes when this person may judge what the law asks: counsel, or without one the commander.

    Raises:
        Refused: says who may.
    """
    if actor.is_counsel:
        return
    if counsel:
        held = incident.holder(COUNSEL)
        whom = f"ask {held}" if held else "ask one of those whom the register names as counsel"
        raise Refused(f"only counsel can judge what the law asks of us; {whom}")
    if incident.status is Status.UNOPENED:
        raise Refused(
            "the register names no counsel, and nobody commands the organisation; name counsel in "
            "HOME/register/, then: tocsin register adopt"
        )
    commander = incident.holder(COMMANDER)
    if commander != actor.who:
        raise Refused(
            "the register names no counsel, so the commander of the incident decides: "
            + (f"ask {commander}" if commander else "assign one: tocsin incident assign")
        )


def exception_named(ids: tuple[str, ...], typed: str) -> str:
    """The exception of a rule that was meant; empty means that its trigger is not met.

    Raises:
        Refused: the rule has none of that name.
    """
    name = one_line(typed, "the exception") if typed else ""
    if name and name not in ids:
        there = ", ".join(ids) or "none"
        raise Refused(f"there is no exception {name!r}; those of this rule: {there}")
    return name
