"""Reads a law pack from TOML texts: the whole law, or every mistake of every file at once.

Pure. One mistake anywhere and there is no law at all: no rule is ever dropped by itself, and no
rule file that is wrong can silence a duty. Advice alone does not stop a pack.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from tocsin.duties.law import Article, Law
from tocsin.duties.read_article import article_read
from tocsin.duties.read_clock import countings_read
from tocsin.duties.read_pack import Pack, pack_read
from tocsin.duties.read_references import Found, references_told
from tocsin.duties.read_sheet import Sheet, sheet_of
from tocsin.register.mistakes import Mistake, mistakes_only

FIELD_SETS = "fields/"
NOTHING: Mapping[str, str] = MappingProxyType({})


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
    sheets = [*_sheets(files, own=False), *_sheets(own, own=True)]
    pack = pack_read(sheets, _field_sets((*files, *own)))
    countings_read(sheets, pack)
    found = [article_read(sheet, pack) for sheet in sheets if sheet.is_article]
    references_told(found)
    told = tuple(sorted(mistake for sheet in sheets for mistake in sheet.source.told))
    told += pack.told
    if not any(one.rules for one in found):
        remedy = "name a law pack that is whole: without a rule nothing would ever be due"
        told += (Mistake(file="law.toml", line=1, path="", found="no rule at all", remedy=remedy),)
    if mistakes_only(told):
        return None, told
    return _law(sheets, pack, found), told


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


def _law(sheets: Iterable[Sheet], pack: Pack, found: Iterable[Found]) -> Law:
    articles: list[Article] = [one.article for one in found]
    return Law(
        version=pack.version,
        digest=_digest(sheets),
        articles=tuple(articles),
        dictionary=pack.dictionary,
        places=pack.places,
        closures=tuple(pack.closures),
        contentions=pack.contentions,
    )


def _digest(sheets: Iterable[Sheet]) -> str:
    """Over what the files say, whatever their order, comments and layout."""
    said = sorted((sheet.own, sheet.path, sheet.values) for sheet in sheets)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
