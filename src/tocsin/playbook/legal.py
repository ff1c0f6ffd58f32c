"""What the legal facts of an incident stand for in conditions and texts. Pure.

What the incident's record says goes before what the register says of the organisation. A fact that
nobody knows, that was taken back, or that did not happen has no value: it is undetermined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tocsin.incident.legal_values import value_of
from tocsin.playbook.conditions import Wrong
from tocsin.playbook.legal_names import LEGAL_KEYS
from tocsin.playbook.names import LEGAL, Value, legal_name
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Approve, Ask, Decide, Page, Step, Tell
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import ProfileAnswer

FEW = 8
"""So many choices are told at once."""


def _choices(words: str) -> Mapping[str, str]:
    """Each word with the choice that it means."""
    parts = (word.partition("=") for word in words.split())
    return {word: means or word for word, _, means in parts}


_NAMES = {
    spelt: legal_name(key)
    for key, (_, also, _) in LEGAL_KEYS.items()
    for spelt in (*also.split(), key)
}
"""The name for each key, as the record and the register may spell it."""
_TYPES = {legal_name(key): type_ for key, (type_, _, _) in LEGAL_KEYS.items()}
_MEANT = {legal_name(key): _choices(words) for key, (_, _, words) in LEGAL_KEYS.items() if words}
_WORD = r"""(?:"[^"]*"|'[^']*')"""
_COMPARED = re.compile(
    rf"\b({LEGAL}\.\w+)\s*(?:[=!]=\s*({_WORD})|in\s*\[([^\]]*)\])"
    rf"|({_WORD})\s*[=!]=\s*({LEGAL}\.\w+)"
)


def legal_known(
    stated: Mapping[str, str | None], profile: Mapping[str, ProfileAnswer]
) -> dict[str, Value]:
    """What each name stands for; those not known are not there.

    Args:
        stated: by key, the canonical text of what the record says; None where nobody knows it.
        profile: what the register says of the organisation.
    """
    texts = {_NAMES[key]: _text(answer) for key, answer in profile.items() if key in _NAMES}
    texts |= {_NAMES[key]: text for key, text in stated.items() if key in _NAMES}
    found = {name: _value(name, text) for name, text in texts.items() if text is not None}
    return {name: value for name, value in found.items() if value is not None}


def asks_law(plan: Plan) -> bool:
    """Whether a condition or text of a plan may ask for a legal fact."""
    texts = [rule.when for rule in plan.severity]
    texts += [text for step in plan.steps.values() for text in _texts(step)]
    return any(f"{LEGAL}." in (text or "") for text in texts)


def choice_mistake(expression: str) -> Wrong | None:
    """A word that a legal fact never is, so that comparing them tells nothing."""
    for match in _COMPARED.finditer(expression):
        name = match[1] or match[5]
        choices = sorted(set(_MEANT.get(name, {}).values()))
        said = re.findall(_WORD, match[2] or match[3] or match[4] or "")
        for word in (one[1:-1] for one in said if choices):
            if word not in choices:
                return Wrong(found=f'{name} is never "{word}"', remedy=_right(name, word, choices))
    return None


def _right(name: str, word: str, choices: Sequence[str]) -> str:
    meant = _MEANT[name].get(word)
    if meant is not None:
        return f'write "{meant}"'
    if len(choices) <= FEW:
        return f"it may be: {', '.join(choices)}"
    return did_you_mean(word, choices, f"it may be: {', '.join(choices[:FEW])}, ...")


def _texts(step: Step) -> Iterator[str]:
    match step:
        case Decide():
            yield from (branch.when for branch in step.branches)
        case Ask():
            yield step.question
        case Approve():
            yield step.subject
        case Page():
            yield step.text
        case Tell():
            yield from (step.subject, step.text)
        case _:
            return


def _text(answer: ProfileAnswer) -> str | None:
    """The canonical text of an answer in the register; of a list there is none."""
    match answer:
        case bool():
            return "yes" if answer else "no"
        case tuple():
            return None
        case _:
            return str(answer)


def _value(name: str, text: str) -> Value | None:
    try:
        value = value_of(_TYPES[name], text)
    except ValueError:  # said by another law pack, which has another type for it
        return None
    match value:
        case datetime():
            return value if value.tzinfo is not None else None
        case str():
            return _MEANT.get(name, {}).get(value, value)
        case bool() | int():
            return value
        case _:
            return None
