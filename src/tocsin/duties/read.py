"""Reads a law pack from TOML texts: the whole law, or every mistake of every file at once.

Pure. One mistake anywhere and there is no law at all: no rule is ever dropped by itself, and no
rule file that is wrong can silence a duty. Advice alone does not stop a pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec

from tocsin.duties.fields import FieldSets
from tocsin.duties.law import Article, Law
from tocsin.duties.read_article import article_read
from tocsin.duties.read_clock import countings_read
from tocsin.duties.read_condition import conditions_read, unused_told
from tocsin.duties.read_fields import read_fields
from tocsin.duties.read_files import NAMES, files_told
from tocsin.duties.read_pack import Pack, pack_read
from tocsin.duties.read_references import Found, references_told
from tocsin.duties.read_sheet import Sheet, sheet_of
from tocsin.register.legal_keys import Dictionary
from tocsin.register.mistakes import Mistake, mistakes_only

FIELD_SETS = "fields/"
FACTS = "facts.toml"
FILES = NAMES.removesuffix(".toml")
NOTHING: Mapping[str, str] = MappingProxyType({})

_Texts = tuple[tuple[str, str], ...]


def read_law(
    files: Mapping[str, str], own: Mapping[str, str] = NOTHING
) -> tuple[Law | None, tuple[Mistake, ...]]:
    """The law that these files write, and all that is wrong or could be better in them.

    Args:
        files: the texts of a pack by their path in it: "eu/dora/19.toml".
        own: what an organisation lays over it. It adds articles and shared entries, and may not
            say anything a second time that stands in the pack. Its mistakes say "(own)".

    Returns:
        None where there is a mistake; then the mistakes, in order of file and line.
    """
    law, _, told = read_whole(files, own)
    return law, told


def read_whole(
    files: Mapping[str, str], own: Mapping[str, str] = NOTHING
) -> tuple[Law | None, FieldSets, tuple[Mistake, ...]]:
    """As `read_law`, with the forms of notices, which belong to the law that they serve.

    A form of the organisation takes the place of the one of the pack that has its id.
    """
    return _read_once(tuple(files.items()), tuple(own.items()))


@lru_cache(maxsize=4)
def _read_once(
    shipped: _Texts, laid_over: _Texts
) -> tuple[Law | None, FieldSets, tuple[Mistake, ...]]:
    """Reading takes a fifth of a second, and the same files say the same."""
    files, own = dict(shipped), dict(laid_over)
    if FACTS not in files:
        return None, FieldSets(by_id={}), (_no_facts(files),)
    sheets = [*_sheets(files, own=False), *_sheets(own, own=True)]
    pack = pack_read(sheets, _field_sets((*files, *own)))
    conditions_read(sheets, pack)
    countings_read(sheets, pack)
    found = [article_read(sheet, pack) for sheet in sheets if sheet.is_article]
    references_told(found)
    unused_told(pack)
    forms, of_forms = read_fields({**files, **own}, keys=_Keys(pack.dictionary), own=own.keys())
    told = tuple(sorted(
        (*_of_sheets(sheets), *_of_files(sheets, files, own), *of_forms)
    )) + pack.told  # fmt: skip
    if not any(one.rules for one in found):
        remedy = "name a law pack that is whole: without a rule nothing would ever be due"
        told += (Mistake(file="law.toml", line=1, path="", found="no rule at all", remedy=remedy),)
    if mistakes_only(told):
        return None, forms, told
    return _law(sheets, pack, found, forms), forms, told


def _no_facts(files: Mapping[str, str]) -> Mistake:
    """What is told of a pack without its dictionary: all else would only follow from that."""
    others = f"{len(files)} other{'s' if len(files) > 1 else ''}"
    found = f"no such file beside {others}" if files else "no such file, nor any other"
    remedy = "put it back: each fact that rules ask for, its type and its question stand there; "
    return Mistake(file=FACTS, line=1, path="", found=found,
                   remedy=f"{remedy}nothing else was looked at")  # fmt: skip


def _of_sheets(sheets: Iterable[Sheet]) -> Iterator[Mistake]:
    for sheet in sheets:
        yield from sheet.source.told


def _of_files(
    sheets: Iterable[Sheet], files: Mapping[str, str], own: Mapping[str, str]
) -> Iterator[Mistake]:
    """What is missing, surplus or other than a files.toml names, of the folder it stands in."""
    for sheet in sheets:
        if sheet.path == FILES and not sheet.broken:
            yield from files_told(sheet, own if sheet.own else files)


class _Keys(tuple[str, ...]):
    """The keys of a dictionary; those that stand for many, "submitted.*", hold each of them."""

    def __new__(cls, dictionary: Dictionary) -> _Keys:
        made = super().__new__(cls, dictionary.keys)
        made.dictionary = dictionary
        return made

    dictionary: Dictionary

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.dictionary.find(key) is not None


def _sheets(files: Mapping[str, str], *, own: bool) -> list[Sheet]:
    return [
        sheet_of(name, files[name], own=own)
        for name in sorted(files)
        if name.endswith(".toml") and not name.startswith(FIELD_SETS)
    ]


def _field_sets(names: Iterable[str]) -> frozenset[str] | None:
    """The ids of field sets, each the name of its file; None where the pack has none at all."""
    found = [
        name.removeprefix(FIELD_SETS).removesuffix(".toml")
        for name in names
        if name.startswith(FIELD_SETS) and name.endswith(".toml")
    ]
    return frozenset(found) if found else None


def _law(sheets: Iterable[Sheet], pack: Pack, found: Iterable[Found], forms: FieldSets) -> Law:
    articles: list[Article] = [one.article for one in found]
    return Law(
        version=pack.version,
        digest=_digest(sheets, forms),
        articles=tuple(articles),
        dictionary=pack.dictionary,
        places=pack.places,
        closures=tuple(pack.closures),
        contentions=pack.contentions,
        forms={one.id: one.digest for one in forms.by_id.values()},
    )


def _digest(sheets: Iterable[Sheet], forms: FieldSets) -> str:
    """Over what the files say, whatever their order, comments and layout; of forms, their digests.

    So whoever holds a notice, which names its law and its form by their digests, can show that
    this form was one of that law.
    """
    said = sorted((sheet.own, sheet.path, sheet.values) for sheet in sheets if sheet.path != FILES)
    each = sorted((one.id, one.digest) for one in forms.by_id.values())
    encoded = msgspec.json.encode((said, each), order="deterministic")
    return hashlib.sha256(encoded).hexdigest()
