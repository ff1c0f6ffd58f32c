"""What changed between two declarations of detectors, in words: one line a detector and field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from tocsin.detection.declared.declaration import Declaration

_SHOWN_LETTERS = 80
_NOT_SAID = ("digest", "detectors")


def changed(old: Declaration, new: Declaration) -> list[str]:
    """Every difference but comments and layout; empty where there is none."""
    before = {one.id: _plain(one) for one in old.detectors}
    after = {one.id: _plain(one) for one in new.detectors}
    lines = list[str]()
    for name, fields in after.items():
        if name in before:
            lines += [f"{name}: {words}" for words in _fields(before[name], fields)]
        else:
            lines.append(f"{name} is new: it watches {fields.get('type', 'something')}")
    lines += [
        f"{name} is gone: what it watched is not watched" for name in before if name not in after
    ]
    around, then = _plain(new), _plain(old)
    lines += _fields(_without(then), _without(around))
    return lines


def _fields(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from (f"{name}.{words}" for words in _fields(was, now))
        else:
            yield f"{name} is {_shown(now)} instead of {_shown(was)}"


def _plain(what: object) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(what, order="sorted")
    return plain


def _without(plain: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in plain.items() if name not in _NOT_SAID}


def _shown(value: object) -> str:
    if value is None or value == []:
        return "nothing"
    text = msgspec.json.encode(value).decode() if isinstance(value, list | dict) else str(value)
    return text if len(text) <= _SHOWN_LETTERS else f"{text[: _SHOWN_LETTERS - 3]}..."
