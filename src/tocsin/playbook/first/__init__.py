"""A first plan from a few answers: whole, commented, and without a mistake; people then better it.

What a failure mode asks of every plan against it (evidence kept, people listed, fairness shown,
decisions taken anew, counsel asked) is in it from the beginning. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.facts.failure_modes import FailureMode, Trait
from tocsin.playbook.write_yaml import quoted

_TEXTS = Environment(
    loader=PackageLoader("tocsin.playbook.first"),
    autoescape=False,  # YAML, and every word that is put in is a name or quoted
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEXTS.filters["quoted"] = quoted


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What must be known for a first plan; all but title and vendors are names.

    Args:
        switch: the hand that turns the system off; empty where people do it by hand.
        target: what it switches.
        eye: the probe that sees whether the system is off, and whether it is well.
        registry: the hand that puts an older version back; empty where nothing is gone back to.
        model: what the registry changes, such as "intents@production".
        finder: the probe that finds a version that is known to be whole.
        mail: the hand that sends words.
        outside: audiences outside the organisation; a role of the response is none.
        evidence: the items that are kept.
        recovery_target: as a duration.
        review_by: a day, as "2027-05-31".
    """

    id: str
    title: str
    mode: FailureMode
    system: str
    on_call: str
    commander: str
    owner: str
    review_by: str
    counsel: str = "counsel"
    fallback: str = "people"
    switch: str = ""
    target: str = ""
    eye: str = "system-seen"
    registry: str = ""
    model: str = "model@production"
    finder: str = "rollback-target"
    mail: str = "mail"
    triggers: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ("model", "configuration", "requests")
    recovery_target: str = "45d"


def first_plan(answers: Answers) -> str:
    """The plan as YAML that reads without a mistake and passes the linter.

    A house that lacks what it names (a hand, an eye, a role) is told by the linter, with a home.
    """
    own = (answers.owner, answers.counsel, answers.commander, answers.on_call)
    outside = tuple(one for one in dict.fromkeys(answers.outside) if one not in own)
    answers = msgspec.structs.replace(answers, outside=outside)
    stages = tuple(_stages(answers))
    following = dict(zip(stages, [*stages[1:], "over"], strict=True))
    inside = tuple(dict.fromkeys(own[:3]))
    return _TEXTS.get_template("plan.yaml.j2").render(
        a=answers,
        mode=answers.mode,
        traits={trait.value for trait in answers.mode.traits},
        stages=stages,
        begin=stages[0],
        following=following,
        inside=inside,
        kept=_kept(answers),
        stops=_stops(answers),
        aside="cure" if "cure" in stages else "tell-still-stopped",
    )


def _stops(answers: Answers) -> bool:
    """An authority's letter alone is no reason to stop a system."""
    return answers.mode is not FailureMode.REGULATORY_INQUIRY


def _kept(answers: Answers) -> tuple[str, ...]:
    """The items of evidence, with the training data where the cause may lie in them."""
    more = ("training-data",) if Trait.NEEDS_TRAINING_DATA in answers.mode.traits else ()
    return tuple(dict.fromkeys((*answers.evidence, *more)))


def _stages(answers: Answers) -> Iterator[str]:
    """What comes after the first minutes, one after another."""
    traits, stops = answers.mode.traits, _stops(answers)
    wanted: Mapping[str, bool] = {
        "pin": stops,
        "list-affected": Trait.HARMS_PEOPLE in traits,
        "call-vendor": Trait.NEEDS_VENDOR in traits,
        "ask-partners": Trait.NEEDS_VENDOR in traits,
        "cause-form": Trait.NEEDS_COUNSEL in traits,
        "reply": not stops,
        "approve-words": bool(answers.outside),
        "tell-outside": bool(answers.outside),
        "notify-affected": Trait.HARMS_PEOPLE in traits,
        "find-target": stops and bool(answers.registry),
        "roll-back": stops and bool(answers.registry),
        "cure": stops and Trait.NEEDS_RETRAINING_BRANCH in traits,
        "well-again": stops,
        "lift": stops,
        "lift-seen": stops and bool(answers.switch),
        "redecide": Trait.NEEDS_REDECISION in traits,
        "tell-over": True,
    }
    yield from (stage for stage, is_wanted in wanted.items() if is_wanted)
