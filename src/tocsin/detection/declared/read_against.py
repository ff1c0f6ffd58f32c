"""Reads against what a detector watches: failure modes and techniques of ATLAS, one or several."""

from __future__ import annotations

from tocsin.facts.failure_modes import TECHNIQUE, FailureMode, mode_named
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import Fields, Node

AGAINST = ("failure_mode", "techniques")
"""What a detector of any kind may say."""

MODES = tuple(mode.value for mode in FailureMode)


def modes_of(f: Fields) -> tuple[FailureMode, ...]:
    """The failure modes that a finding of this detector points to."""
    found: list[FailureMode] = []
    for node, word in _words(f, "failure_mode"):
        mode = mode_named(word)
        if mode is None:
            remedy = did_you_mean(word, MODES, f"write one of {', '.join(MODES)}")
            f.reading.wrong(node.line, f"{f.path}.failure_mode", shown(word), remedy)
        else:
            found.append(mode)
    return tuple(dict.fromkeys(found))


def techniques_of(f: Fields) -> tuple[str, ...]:
    """The techniques of MITRE ATLAS that a finding of this detector points to."""
    found = list(_words(f, "techniques"))
    for node, word in found:
        if not TECHNIQUE.fullmatch(word):
            remedy = "write an id of ATLAS such as AML.T0020"
            f.reading.wrong(node.line, f"{f.path}.techniques", shown(word), remedy)
    return tuple(dict.fromkeys(word for _, word in found))


def _words(f: Fields, field: str) -> list[tuple[Node, str]]:
    """The words of a list; one alone may stand without brackets."""
    node = f.fields.get(field)
    if node is None:
        return []
    nodes = node.value if isinstance(node.value, tuple) else (node,)
    words = [(n, n.value) for n in nodes if isinstance(n.value, str) and n.value.strip()]
    if not nodes or len(words) != len(nodes):
        f.wrong(field, "not a word or a list of words", f"write `{field}: [one, other]`")
    return words
