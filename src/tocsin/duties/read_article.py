"""Reads one article: where it comes from, who compared it when, its rules and its vectors."""

from __future__ import annotations

from datetime import date

from tocsin.duties.law import Article, Grade, Sort
from tocsin.duties.read_pack import Pack
from tocsin.duties.read_references import Found
from tocsin.duties.read_rule import rule_read, usual_read
from tocsin.duties.read_sheet import Sheet
from tocsin.duties.read_vector import vector_read
from tocsin.register.table import Table


def article_read(sheet: Sheet, pack: Pack) -> Found:
    """The article of a file, and where its rules and vectors stand in it."""
    top = sheet.table
    usual = usual_read(top, pack)
    rules = [(rule_read(one, sheet.path, usual, pack), one) for one in top.tables("rule")]
    vectors = [(vector_read(one, pack), one) for one in top.tables("vector")]
    _needed(top, any(rule.sort is Sort.NOTICE for rule, _ in rules))
    if usual.grade is None and not top.has("grade"):
        top.source.tell((), 'no "grade"', 'how well was the source read? "P", "S", "M" or "?"')
    if usual.enforcement is None and not top.has("enforcement"):
        top.source.tell((), 'no "enforcement"', "write live, suspended, grace or pending")
    article = Article(
        path=sheet.path,
        title=top.prose("title") or "",
        instrument=top.prose("instrument") or "",
        version=top.text("version") or "",
        compared_on=top.day("compared_on") or date.min,
        grade=usual.grade or Grade.DOUBTFUL,
        sources=top.texts("sources"),
        summary=top.prose("summary") or "",
        rules=tuple(rule for rule, _ in rules),
        not_modelled=top.proses("not_modelled"),
        notes=top.proses("notes"),
        vectors=tuple(vector for vector, _ in vectors),
        own=sheet.own,
    )
    top.done()
    return Found(sheet=sheet, article=article, rules=rules, vectors=vectors)


def _needed(top: Table, notices: bool) -> None:
    needed = {
        "title": "name the article as counsel would",
        "instrument": "name the act, such as its number",
        "version": "which version of the text was compared?",
        "compared_on": "on which day did a person compare it with its source?",
        "sources": "where does the text stand?",
        "summary": "say in your own words what it is about",
        "rule": "an article has at least one [[rule]]",
    }
    for name, remedy in needed.items():
        if not top.value(name) and type(top.value(name)) in (type(None), str, list):
            top.source.tell((name,), f'no "{name}"', remedy)
    if not top.has("vector") and notices:
        remedy = "work one by hand, so that a check can hold the rule to it"
        top.source.tell((), "no vector", remedy, advice=True)
