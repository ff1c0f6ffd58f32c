"""Labels that come apart from the log, later and in files of their own, joined by a column.

Each row of the log has one label or none: where a key is labelled twice the later one counts, by
the names of the files and then by their order, and it is told. Of the files' columns only those are
taken from which rates are made and which the log itself does not fill. What a partition holds is
known by its bytes and those of all labels, so that late labels make its summary anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from tocsin.facts.confusion import every_rate
from tocsin.facts.logs import Labels, LogMapping
from tocsin.sources.columns import CannotRead, Columns, quoted
from tocsin.sources.engine import Engine
from tocsin.sources.partitions import Found, digest_of, partitions

_KEY, _AT = "label_key_", "label_at_"
_ROWS_MOST = 2**40


class TableOf(Protocol):
    """Gives a file as an SQL table, its columns, and whether it is text. Raises CannotRead."""

    def __call__(
        self, engine: Engine, found: Found, path: Path, aside: Path
    ) -> tuple[str, Mapping[str, str], bool]: ...


class Labelling:
    """The labels of one log, as they lie there.

    Args:
        aside: a folder for what must be copied before DuckDB can read it.
    """

    def __init__(self, engine: Engine, labels: Labels, aside: Path, table_of: TableOf) -> None:
        self._engine, self._labels, self._aside, self._table_of = engine, labels, aside, table_of
        self._known: tuple[str | None, str] = (None, "")
        self._made: tuple[object, Mapping[str, str]] = (None, {})
        self.remarks: tuple[str, ...] = ()

    def stamped(self, found: Iterable[Found]) -> Iterator[Found]:
        """The partitions, each another whenever the labels are others. Raises Unreachable."""
        stamp = sha256(self._stamp().encode()).hexdigest()[:16]
        for one in found:
            yield msgspec.structs.replace(one, identity=f"{one.identity} {stamp}")

    def digest(self) -> str:
        """Of the bytes of all labels; read again only where a file is another."""
        stamp = self._stamp()
        if self._known[0] != stamp:
            each = "".join(f"{one.file} {digest_of(one.path)}\n" for one in self._files())
            self._known = stamp, sha256(each.encode()).hexdigest()
        return self._known[1]

    def joined(
        self, table: str, known: Mapping[str, str], mapping: LogMapping
    ) -> tuple[str, Mapping[str, str]]:
        """A table of the log with its labels, and its columns.

        Raises:
            CannotRead: there are no labels, or a file of them is not what it should be, or the log
                has no column of that key.
        """
        types = self._table(_asked(mapping))
        key = Columns(known).text(self._labels.key)
        named = list[str]()
        for name, type_ in types.items():
            there = f"label_.{quoted(name)}"
            both = known.get(name) == type_
            value = f"coalesce({there}, log_.{quoted(name)})" if both else there
            named.append(f"{value} AS {quoted(name)}")
        without = ", ".join([_KEY, *(quoted(name) for name in types if name in known)])
        return (
            f"(SELECT log_.* EXCLUDE ({without}), {', '.join(named)} FROM "
            f"(SELECT *, {key} AS {_KEY} FROM {table}) AS log_ "
            f"LEFT JOIN labels_ AS label_ ON log_.{_KEY} = label_.{_KEY})",
            {**known, **types},
        )

    def _stamp(self) -> str:
        return "\n".join(f"{one.file} {one.identity}" for one in self._files())

    def _files(self) -> list[Found]:
        return list(partitions(Path(self._labels.place)))

    def _table(self, asked: tuple[str, ...]) -> Mapping[str, str]:
        """Makes the table of labels where it is not there yet; gives its columns but the key."""
        made = (self.digest(), asked)
        if self._made[0] == made:
            return self._made[1]
        files = self._files()
        if not files:
            raise CannotRead(f"no labels at {self._labels.place}",
                             "write them there, or take `labels:` away")  # fmt: skip
        every = " UNION ALL BY NAME ".join(self._read(i, one, asked) for i, one in enumerate(files))
        found = self._engine.columns(f"({every})").types
        types = {name: type_ for name, type_ in found.items() if name not in (_KEY, _AT)}
        if not types:
            raise CannotRead(f"no file of labels has any of: {', '.join(asked) or 'nothing asked'}",
                             "write `truth:` under `log:` by a column of the labels")  # fmt: skip
        self._engine.rows(f"CREATE OR REPLACE TEMP TABLE labels_ AS {_last(every, list(types))}")
        [(twice,)] = self._engine.rows("SELECT count_if(twice_) FROM labels_")
        self.remarks = (
            (f"labels: {twice} keys are labelled more than once and otherwise; the last counts",)
            if twice
            else ()
        )
        self._made = (made, types)
        return types

    def _read(self, place: int, found: Found, asked: tuple[str, ...]) -> str:
        try:
            table, types, _ = self._table_of(self._engine, found, found.path, self._aside)
            columns = Columns(types)
            there = [name for name in asked if columns.has(name) and name in types]
            named = "".join(f", {quoted(name)}" for name in there)
            key = columns.text(self._labels.key)
        except CannotRead as bad:
            raise CannotRead(f"labels {found.file}: {bad.reason}", bad.remedy) from bad
        return (
            f"SELECT {key} AS {_KEY}{named}, {place * _ROWS_MOST} + row_number() OVER () AS {_AT} "
            f"FROM {table}"
        )


def _asked(mapping: LogMapping) -> tuple[str, ...]:
    """The columns from which rates are made, the truth first."""
    truth = mapping.decisions.truth
    asked = [*(truth.columns() if truth is not None else ())]
    asked += [name for share in every_rate(mapping).values() for name in share.columns()]
    return tuple(dict.fromkeys(asked))


def _last(every: str, names: list[str]) -> str:
    """Of each key the last label, and whether there are others that say otherwise."""
    packed = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in names)
    taken = ", ".join(f"kept_.{quoted(name)} AS {quoted(name)}" for name in names)
    return (
        f"SELECT {_KEY}, twice_, {taken} FROM (SELECT {_KEY}, "
        f"arg_max(struct_pack({packed}), {_AT}) AS kept_, "
        f"count(DISTINCT struct_pack({packed})) > 1 AS twice_ "
        f"FROM ({every}) WHERE {_KEY} IS NOT NULL GROUP BY {_KEY})"
    )


def stamped(found: Iterable[Found], labelling: Labelling | None) -> Iterator[Found]:
    """The partitions, each another whenever the labels are others. Raises Unreachable."""
    return iter(found) if labelling is None else labelling.stamped(found)


def told_once(labelling: Labelling | None) -> tuple[str, ...]:
    """What someone should know of labels that were read since this was asked before."""
    if labelling is None:
        return ()
    told, labelling.remarks = labelling.remarks, ()
    return told


def key_of(labelling: Labelling | None) -> list[tuple[str, str]]:
    """What labels add to what a partition is known by."""
    return [] if labelling is None else [("labels", labelling.digest())]


def labels_at(mapping: LogMapping, home: Path) -> LogMapping:
    """The mapping with the labels' place made whole."""
    if mapping.labels is None:
        return mapping
    place = str(home / mapping.labels.place)
    return msgspec.structs.replace(
        mapping, labels=msgspec.structs.replace(mapping.labels, place=place)
    )
