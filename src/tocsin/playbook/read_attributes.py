"""Reads what every step may say beside its kind: phase, people, limits, hours, purposes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.incidents import Phase
from tocsin.playbook.read_lists import names_listed, one_of, raci_of
from tocsin.playbook.steps import Hours, Purpose, Step
from tocsin.register.mistakes import did_you_mean
from tocsin.register.strict_yaml import Fields

ANY_STEP = ("phase", "raci", "soft", "from", "before", "pre_authorised", "hours", "purpose")
"""What every step may say."""

PHASES = {phase.value: phase for phase in Phase}
HOURS = {hours.value: hours for hours in Hours}
PURPOSES = {purpose.value: purpose for purpose in Purpose}


def attributed(step: Step, f: Fields) -> Step:
    """The step with what its fields say that every step may say."""
    phase, hours = one_of(f, "phase", PHASES), one_of(f, "hours", HOURS)
    soft, counted_from, before = f.seconds("soft"), _named(f, "from"), _named(f, "before")
    if counted_from and before:
        f.wrong("before", "counts from one moment and towards another", "remove one of the two")
    for field in ("from", "before"):
        if field in f.fields and "soft" not in f.fields and "limit" not in f.fields:
            f.wrong(field, "no limit to count", "write `limit:` or `soft:` too")
    hard = getattr(step, "limit_seconds", None)
    if soft is not None and hard is not None and not before and soft >= hard:
        right = "let the soft limit come before the hard one"
        f.wrong("soft", "not shorter than the limit", right, rule="TP303")
    return msgspec.structs.replace(
        step,
        line=f.line,
        phase=PHASES[phase] if phase else None,
        raci=raci_of(f),
        soft_seconds=soft,
        counted_from=counted_from,
        before=before,
        pre_authorised=_named(f, "pre_authorised") or None,
        hours=HOURS[hours] if hours else None,
        purpose=_purposes(f, PURPOSES),
    )


def _named(f: Fields, field: str) -> str:
    return f.name(field) if field in f.fields else ""


def _purposes(f: Fields, known: Mapping[str, Purpose]) -> tuple[Purpose, ...]:
    found: list[Purpose] = []
    for word in names_listed(f, "purpose", "purpose"):
        if word in known:
            found.append(known[word])
        else:
            among = f"write one of {', '.join(known)}"
            f.wrong("purpose", f"{word} is no purpose", did_you_mean(word, known, among))
    return tuple(found)
