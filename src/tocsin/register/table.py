"""Reads the fields of one TOML table and tells every mistake in it, never only the first.

A field that is wrong is told and read as absent, so that reading goes on to the next.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import TypeVar

from tocsin.register.formats import (
    SECRET_REMEDY,
    id_wrong,
    looks_secret,
    names_a_secret,
    secret_reference_wrong,
    text_wrong,
)
from tocsin.register.lines import Path, line_of, lines_of
from tocsin.register.mistakes import Mistake, did_you_mean, shown

Wrong = Callable[[str], str | None]
"""Gives a remedy for a text that is wrong, else None."""

Choice = TypeVar("Choice", bound=enum.Enum)
Value = TypeVar("Value")
_TYPE_WORDS: dict[type[object], str] = {
    str: "text in quotes",
    int: "a whole number",
    list: "a list in brackets",
    dict: "a table",
    bool: "true or false",
    float: "a number with a point",
    date: "a date",
    datetime: "a date with a time",
    time: "a time of day",
}


class Source:
    """One file of the register, and the mistakes found in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self._text = file, text
        self.told: list[Mistake] = []
        self._lines: Mapping[Path, int] | None = None

    def tell(self, path: Path, found: str, remedy: str, *, advice: bool = False) -> None:
        """Note a mistake at this path."""
        self.told.append(self.mistake(path, found, remedy, advice=advice))

    def mistake(self, path: Path, found: str, remedy: str, *, advice: bool = False) -> Mistake:
        """A mistake at this path, with the line that it stands on."""
        if self._lines is None:
            self._lines = lines_of(self._text)
        return Mistake(
            file=self.file,
            line=line_of(self._lines, path),
            path=dotted(path),
            found=found,
            remedy=remedy,
            advice=advice,
        )


def dotted(path: Path) -> str:
    """A path as people write it: systems.assistant.roles[2]."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Table:
    """One table of a file: each field is read once, and what was not read is unknown."""

    def __init__(self, source: Source, path: Path, values: Mapping[str, object]) -> None:
        self.source, self.path, self._values = source, path, values
        self._read: set[str] = set()

    def tell(self, name: str, found: str, remedy: str, *, advice: bool = False) -> None:
        """Note a mistake in a field of this table."""
        self.source.tell((*self.path, name), found, remedy, advice=advice)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that stand in it, known or not."""
        return tuple(self._values)

    def has(self, name: str) -> bool:
        """Whether the field stands in the file, right or wrong."""
        return name in self._values

    def text(self, name: str, wrong: Wrong = text_wrong) -> str | None:
        """A text, or None when it is absent or wrong."""
        value = self._typed(name, str)
        return self._text((*self.path, name), value, wrong) if value is not None else None

    def needed_text(self, name: str, remedy: str, wrong: Wrong = text_wrong) -> str | None:
        """A text that must be there."""
        if not self.has(name):
            self._read.add(name)
            self.source.tell(self.path, f'no "{name}"', remedy)
            return None
        return self.text(name, wrong)

    def texts(self, name: str, wrong: Wrong = text_wrong) -> tuple[str, ...]:
        """The good texts of a list; a single text is told, and read as a list of one."""
        if isinstance(self._values.get(name), str):
            self.tell(name, "a single text", "write a list: put it in brackets")
            only = self.text(name, wrong)
            return (only,) if only is not None else ()
        values = self._typed(name, list) or []
        found: list[str] = []
        for place, value in enumerate(values):
            path = (*self.path, name, place)
            if not isinstance(value, str):
                self.source.tell(path, _kind_of(value), "write text in quotes")
                continue
            good = self._text(path, value, wrong)
            if good is not None and good in found:
                self.source.tell(path, f"{shown(good)} a second time", "name it once")
            elif good is not None:
                found.append(good)
        return tuple(found)

    def prose(self, name: str) -> str | None:
        """A text that may stand over several lines, as one line."""
        value = self._typed(name, str)
        return self._text((*self.path, name), one_line(value), text_wrong) if value else None

    def proses(self, name: str) -> tuple[str, ...]:
        """The texts of a list, each as one line."""
        found: list[str] = []
        for place, value in enumerate(self._typed(name, list) or []):
            path = (*self.path, name, place)
            if not isinstance(value, str):
                self.source.tell(path, _kind_of(value), "write text in quotes")
                continue
            good = self._text(path, one_line(value), text_wrong)
            found += [good] if good is not None else []
        return tuple(found)

    def time_of_day(self, name: str) -> time | None:
        """A time of day, without a zone."""
        return self._typed(name, time)

    def instant(self, name: str) -> datetime | None:
        """A date with a time and a zone."""
        value = self._typed(name, datetime)
        if value is not None and value.utcoffset() is None:
            self.tell(name, f"{value}, a time without a zone", "write its offset, such as +01:00")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """True or false."""
        return self._typed(name, bool)

    def value(self, name: str) -> object:
        """Whatever stands there; whoever asks judges it."""
        self._read.add(name)
        return self._values.get(name)

    def whole(self, name: str, lowest: int, highest: int) -> int | None:
        """A whole number between two bounds, both inclusive."""
        value = self._typed(name, int)
        if value is not None and not lowest <= value <= highest:
            self.tell(name, shown(value), f"write a whole number from {lowest} to {highest}")
            return None
        return value

    def day(self, name: str) -> date | None:
        """A date without a time."""
        return self._typed(name, date)

    def wholes(self, name: str, lowest: int, highest: int) -> tuple[int, ...]:
        """The good numbers of a list."""
        found: list[int] = []
        values = self._typed(name, list) or []
        for place, value in enumerate(values):
            if type(value) is int and lowest <= value <= highest:
                found.append(value)
            else:
                remedy = f"write a whole number from {lowest} to {highest}"
                self.source.tell((*self.path, name, place), shown(value), remedy)
        return tuple(sorted(set(found)))

    def one_of(self, name: str, choices: type[Choice]) -> Choice | None:
        """The member of an enumeration that the text names."""
        value = self.text(name, _choice_wrong(choices))
        return choices(value) if value is not None else None

    def some_of(self, name: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """The members of an enumeration that a list names."""
        return tuple(choices(value) for value in self.texts(name, _choice_wrong(choices)))

    def table(self, name: str) -> Table | None:
        """A table within this one."""
        value = self._typed(name, dict)
        return Table(self.source, (*self.path, name), value) if value is not None else None

    def tables(self, name: str) -> list[Table]:
        """The tables of a list of tables."""
        found: list[Table] = []
        values = self._typed(name, list) or []
        for place, value in enumerate(values):
            path = (*self.path, name, place)
            if isinstance(value, dict):
                found.append(Table(self.source, path, value))
            else:
                self.source.tell(path, _kind_of(value), "write a table in braces")
        return found

    def named_tables(self) -> list[tuple[str, Table]]:
        """Every entry of this table as a table of its own, by name."""
        inner = [(name, self.table(name)) for name in self._values]
        return [(name, table) for name, table in inner if table is not None]

    def values(self) -> list[tuple[str, object]]:
        """Every field with its value as TOML gives it, whatever it is."""
        self._read |= self._values.keys()
        return list(self._values.items())

    def settings(self, name: str) -> dict[str, str]:
        """A table of texts under any names; values that name a secret must be references."""
        inner = self.table(name)
        if inner is None:
            return {}
        found: dict[str, str] = {}
        for key, value in inner._values.items():
            wrong = id_wrong(key)
            if wrong is not None:
                inner.tell(key, f"the key {key!r}", wrong)
            elif isinstance(value, bool | int):
                found[key] = str(value).lower()
            elif isinstance(value, str):
                inner._read.add(key)
                good = inner._text((*inner.path, key), value, text_wrong)
                if good is not None:
                    found[key] = good
            else:
                inner.tell(key, _kind_of(value), "write text, a whole number, true or false")
        return found

    def done(self) -> None:
        """Tell of every key that nobody asked for."""
        for name in self._values:
            if name not in self._read:
                known = ", ".join(sorted(self._read))
                remedy = did_you_mean(name, self._read, f"known here: {known}")
                if names_a_secret(name):
                    remedy = f'no secret stands in the register; {SECRET_REMEDY} in "secret"'
                self.tell(name, "a key that is not known here", remedy)

    def _typed(self, name: str, kind: type[Value]) -> Value | None:
        self._read.add(name)
        value = self._values.get(name)
        if value is None or type(value) is kind:
            return value
        found = f"{_kind_of(value)} ({shown(value)})"
        if names_a_secret(name) or (isinstance(value, str) and looks_secret(value)):
            found = _kind_of(value)
        self.tell(name, found, f"write {_TYPE_WORDS[kind]}")
        return None

    def _text(self, path: Path, value: str, wrong: Wrong) -> str | None:
        reference = wrong is secret_reference_wrong or names_a_secret(str(path[-1]))
        if reference and secret_reference_wrong(value):
            self.source.tell(path, "something that is not a reference", SECRET_REMEDY)
            return None
        if looks_secret(value):
            self.source.tell(path, "what looks like a secret itself", SECRET_REMEDY)
            return None
        remedy = text_wrong(value) or wrong(value)
        if remedy is not None:
            self.source.tell(path, shown(value), remedy)
            return None
        return value.strip()


def one_line(text: str) -> str:
    """A text over several lines, on one."""
    return " ".join(text.split())


def _choice_wrong(choices: type[Choice]) -> Wrong:
    names = [str(choice.value) for choice in choices]

    def wrong(value: str) -> str | None:
        if value in names:
            return None
        return did_you_mean(value, names, f"one of: {', '.join(names)}")

    return wrong


def _kind_of(value: object) -> str:
    return _TYPE_WORDS.get(type(value), f"a {type(value).__name__}")
