"""Reads the fields of one object of a body and tells every mistake in it, never only the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from tocsin.facts.moments import instant_written
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.signals.json_text import Json
from tocsin.signals.model import BodyMistake, one_line, plain

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = {str: "text", dict: "an object", list: "a list", bool: "true or false", int: "a number"}
_Value = TypeVar("_Value")


class Fields:
    """One object of a body, at its place in it."""

    def __init__(self, values: Mapping[str, Json], told: list[BodyMistake], at: str = "") -> None:
        self._values, self.told, self.at = values, told, at

    def tell(self, name: str, found: str, remedy: str) -> None:
        """Note a mistake in a field."""
        field = plain(f"{self.at}.{name}" if self.at else name, 120)
        self.told.append(BodyMistake(field=field, found=found, remedy=remedy))

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def names(self) -> set[str]:
        """The fields that are there and not null."""
        return {name for name, value in self._values.items() if value is not None}

    def text(self, name: str, most: int, *, needed: str | None = None) -> str:
        """A text on one line, cut; a number is taken as text. Empty when it is not there.

        Args:
            needed: what to write, when it must be there.
        """
        value = self._values.get(name)
        if isinstance(value, str):
            found = plain(value, most)
        elif value is None:
            found = ""
        elif isinstance(value, int | float):
            found = plain(str(value), most)
        else:
            self.tell(name, _kind(value), "write text")
            return ""
        if not found and needed is not None:
            self.tell(name, "nothing", needed)
        return found

    def exact(self, name: str, most: int, *, needed: str | None = None) -> str:
        """A key, which is never cut; one that is too long is told."""
        value = self._values.get(name)
        if isinstance(value, str) and len(value) > most:
            self.tell(name, f"{len(value)} characters", f"write at most {most}")
            return ""
        return self.text(name, 2 * most, needed=needed)

    def one_of(self, name: str, known: Sequence[str], otherwise: str | None = None) -> str:
        """One of these words; told when it is another, or not there and nothing stands for it."""
        value = self._values.get(name)
        if value is None and otherwise is not None:
            return otherwise
        if isinstance(value, str) and value in known:
            return value
        choice = f"write one of: {', '.join(known)}"
        if isinstance(value, str) and value:
            self.tell(name, plain(shown(value), 80), did_you_mean(value[:80], known, choice))
        else:
            self.tell(name, "nothing" if not value else _kind(value), choice)
        return ""

    def instant(self, name: str) -> datetime | None:
        """When it says it was; None when it does not, or says the year 1, as Go does for never."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        found = instant_of(value)
        if found is None:
            remedy = "write it as 2026-11-26T12:00:00Z"
            self.tell(name, plain(shown(value), 80), remedy)
            return None
        return found if found.year > 1 else None

    def count(self, name: str) -> int:
        """How many; 0 when it does not say."""
        value = self._values.get(name)
        if value is None:
            return 0
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return min(value, 10**9)
        self.tell(name, _kind(value) if not isinstance(value, int) else plain(str(value), 40),
                  "write how many, as 0 or 57")  # fmt: skip
        return 0

    def labels(self, name: str) -> dict[str, str]:
        """An object of texts; numbers, true and false are taken as text, what is deeper is not."""
        value = self._typed(name, dict)
        return labels_of(value) if value is not None else {}

    def inner(self, name: str) -> Fields | None:
        """An object within this one."""
        value = self._typed(name, dict)
        return Fields(value, self.told, self._path(name)) if value is not None else None

    def rows(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        for place, value in enumerate(self._typed(name, list) or []):
            at = f"{self._path(name)}[{place + 1}]"
            if isinstance(value, dict):
                yield Fields(value, self.told, at)
            else:
                self.told.append(
                    BodyMistake(field=at, found=_kind(value), remedy="write an object in braces")
                )

    def value(self, name: str) -> Json:
        """The field as it is."""
        return self._values.get(name)

    def _path(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def _typed(self, name: str, kind: type[_Value]) -> _Value | None:
        value = self._values.get(name)
        if value is None or isinstance(value, kind):
            return value
        self.tell(name, _kind(value), f"write {_WORDS[kind]}")
        return None


def object_of(value: Json, told: list[BodyMistake]) -> Fields:
    """The object that a body must be; another kind of value is told and read as an empty one."""
    if isinstance(value, dict):
        return Fields(value, told)
    if not told:
        told.append(BodyMistake(field="", found=_kind(value), remedy="send an object in braces"))
    return Fields({}, [])


def labels_of(values: Mapping[str, Json]) -> dict[str, str]:
    """What an object says in plain values, each whole: the last of them may be what matters."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            found[one_line(name)] = one_line(value)
        elif isinstance(value, bool):
            found[one_line(name)] = str(value).lower()
        elif isinstance(value, int | float):
            found[one_line(name)] = str(value)
    return found


def instant_of(value: Json) -> datetime | None:
    """An instant as RFC 3339 or seconds since 1970; None when it is neither."""
    try:
        if isinstance(value, str):
            found = instant_written(value.strip()[:64])
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > 10**11 else value  # milliseconds, as some write
            return EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        pass
    return None


def _kind(value: Json) -> str:
    return "null" if value is None else _WORDS.get(type(value), "a number")
