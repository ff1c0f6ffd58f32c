"""Folds the log of models into who signed off which version, for what, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.facts import Draft, Entry, Refused
from tocsin.facts.recovery import ModelSignedOff, ModelSignOffWithdrawn

TIERS = (1, 2, 3, 4)


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-off of a version; `withdrawn` says why it is none any more."""

    seq: int
    at: datetime
    fact: ModelSignedOff
    withdrawn: str | None = None

    def why_not(self, now: datetime) -> str | None:
        """Why it lets nothing pass at this instant; None when it does."""
        if self.withdrawn is not None:
            return f"its sign-off was withdrawn: {self.withdrawn}"
        if now >= self.fact.expires_at:
            return f"its sign-off ended at {self.fact.expires_at:%Y-%m-%d %H:%M} UTC"
        return None


def sign_offs(entries: Iterable[Entry]) -> dict[tuple[str, str], SignOff]:
    """The newest sign-off of each version, by model and version."""
    found: dict[tuple[str, str], SignOff] = {}
    for entry in entries:
        match entry.fact:
            case ModelSignedOff() as fact:
                found[fact.model, fact.version] = SignOff(
                    seq=entry.seq, at=entry.recorded_at, fact=fact
                )
            case ModelSignOffWithdrawn() as fact:
                known = found.get((fact.model, fact.version))
                if known is not None:
                    found[fact.model, fact.version] = msgspec.structs.replace(
                        known, withdrawn=fact.because
                    )
            case _:
                pass
    return found


def signed_off(fact: ModelSignedOff, at: datetime) -> Draft:
    """The fact that a version is signed off.

    Raises:
        Refused: the validator built or owns it, the tier is none, or it would end before now.
    """
    if fact.validator == fact.owner or fact.validator in fact.developers:
        raise Refused(
            f"{fact.validator} {'owns' if fact.validator == fact.owner else 'built'} {fact.model}; "
            "a validator is independent: ask someone who neither owns nor built it"
        )
    if fact.tier not in TIERS:
        raise Refused(f"tier {fact.tier}: from 1 (its failure harms at once) to 4")
    if fact.expires_at <= at:
        raise Refused(
            f"it would have ended before now ({fact.expires_at:%Y-%m-%d %H:%M} UTC); name a later "
            "day (--expires)"
        )
    return Draft(fact=fact, happened_at=at)


def withdrawn(
    known: dict[tuple[str, str], SignOff], model: str, version: str, because: str, at: datetime
) -> Draft:
    """The fact that a sign-off is taken back. Raises Refused."""
    one = known.get((model, version))
    if one is None or one.withdrawn is not None:
        raise Refused(f"no sign-off of {model} version {version} stands; see: tocsin model list")
    if not because.strip():
        raise Refused("say why (--because)")
    fact = ModelSignOffWithdrawn(model=model, version=version, because=because)
    return Draft(fact=fact, happened_at=at)
