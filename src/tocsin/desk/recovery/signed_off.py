"""Whether the validators let a version be used, where the register asks for their word."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.desk.people import check_oneself, check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.recovery import MODELS_LOG, ModelSignedOff
from tocsin.incident.models import SignOff, sign_offs, signed_off, withdrawn
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Register
from tocsin.world import Appended

TIER_MOST = 2
"""Of systems of this tier or a more critical one a sign-off can be asked."""


def sign_offs_known(desk: Writer) -> dict[tuple[str, str], SignOff]:
    """The newest sign-off of each version, by model and version."""
    return sign_offs(desk.known(MODELS_LOG).entries)


def why_not_signed_off(desk: Writer, system: str, version: str) -> str | None:
    """Why this version may not serve for want of a sign-off; None when it may."""
    known = desk.knowledge.register().systems.get(system)
    if known is None or known.sign_off is None or known.tier > TIER_MOST:
        return None
    one = sign_offs_known(desk).get((known.sign_off, version))
    why = "nobody signed it off" if one is None else one.why_not(desk.world.clock.now())
    if why is None:
        return None
    return f"{known.sign_off} version {version}: {why}; a validator can: tocsin model signoff"


def lacking(desk: Writer) -> Iterator[tuple[str, str]]:
    """The systems whose register asks for a sign-off where none stands at all, and why."""
    now, known = desk.world.clock.now(), sign_offs_known(desk)
    for system in desk.knowledge.register().systems.values():
        if system.sign_off is None or system.tier > TIER_MOST:
            continue
        of = [one for (model, _), one in known.items() if model == system.sign_off]
        if not any(one.why_not(now) is None for one in of):
            reasons = [one.why_not(now) for one in of]
            why = reasons[-1] if reasons else "no version was ever signed off"
            yield system.id, f"{system.sign_off}: {why}"


def sign_off(desk: Writer, fact: ModelSignedOff, by: By) -> Appended:
    """Record that a validator signs a version off; it is the validator's own word.

    Raises:
        Refused: as `signed_off`, not said by a person of the register who proves it, or by somebody
            who by the register owns or built a system that rests on this model.
    """
    check_person(desk, by.author)
    check_oneself(desk, by.author)
    if fact.validator != by.author.who:
        raise Refused(
            f"{by.author.who} cannot sign off for {fact.validator}; they say so themselves: "
            f"--as {fact.validator} --key FILE"
        )

    def judge(entries: list[Entry]) -> list[Draft]:
        draft = signed_off(fact, desk.world.clock.now())
        _check_independent(desk.knowledge.register(), fact)
        return [draft]

    return desk.decide(MODELS_LOG, judge, by.author, client_key=by.client_key, sign=by.sign)


def _check_independent(register: Register, fact: ModelSignedOff) -> None:
    """Passes where the register knows the owner, and nothing that ties the validator to the model.

    Who built it may be of another house; the owner answers for it, and so is a person of this one.
    """
    people = register.people
    if people and fact.owner not in people:
        among = "name a person of the register"
        told = did_you_mean(fact.owner, people, among)
        raise Refused(f"the owner {fact.owner} is not known; {told}")
    for system in register.systems.values():
        if system.sign_off != fact.model:
            continue
        did = "owns" if fact.validator == system.owner else "built"
        if fact.validator in {system.owner, *system.built_by}:
            raise Refused(
                f"{fact.validator} {did} {system.id}, which rests on {fact.model}; a validator is "
                "independent: ask someone who neither owns nor built it"
            )


def withdraw(desk: Writer, model: str, version: str, because: str, by: By) -> Appended:
    """Take a sign-off back. Raises Refused."""
    check_person(desk, by.author)
    check_oneself(desk, by.author)

    def judge(entries: list[Entry]) -> list[Draft]:
        now = desk.world.clock.now()
        return [withdrawn(sign_offs(entries), model, version, because, now)]

    return desk.decide(MODELS_LOG, judge, by.author, client_key=by.client_key, sign=by.sign)
