"""The shipped law: every vector and every whole incident, and each day exactly one version."""

from __future__ import annotations

import itertools
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from tocsin.duties.checked import checked
from tocsin.duties.law import Law, Rule, Sort
from tocsin.duties.read import read_law
from tocsin.duties.worked import worked_of
from tocsin.register.mistakes import mistakes_only

ROOT = Path(__file__).parent.parent
LAW, OWN = ROOT / "law", ROOT / "examples" / "house" / "law"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""As of when, for vectors that say not when; those that do are the same on every day."""
FIRST, MONTHS = (2024, 1), 60


def texts(folder: Path) -> Mapping[str, str]:
    found = sorted(folder.rglob("*.toml"))
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


@cache
def law() -> Law:
    """The shipped law with the made-up organisation's own order over it."""
    read, told = read_law(texts(LAW), texts(OWN))
    assert read is not None, "\n".join(map(str, mistakes_only(told)))
    return read


def missed(document: Mapping[str, object]) -> list[str]:
    """What a document of vectors or cases asserts in vain, or says wrongly."""
    cases, told = worked_of(document, law())
    assert cases or told, "a document without a case asserts nothing"
    wrong = [f"{one.path}: {one.found}; {one.remedy}" for one in mistakes_only(told)]
    misses = [
        f"{one.case}: {one.rule} {one.what}: expected {one.expected}, found {one.found}\n"
        + "\n".join(f"    {line}" for line in one.trace)
        for one in checked(law(), cases, at=NOW)
    ]
    return wrong + misses


ARTICLES = [
    path
    for folder in (LAW, OWN)
    for path in sorted(folder.rglob("*.toml"))
    if path.parent != folder and path.parent.name != "fields"
]


def of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", ARTICLES, ids=of)
def test_each_vector_of_an_article_holds(path: Path) -> None:
    vectors = tomllib.loads(path.read_text()).get("vector")
    if vectors is None:
        rules = [rule for rule in law().rules if f"{rule.article}.toml" in of(path)]
        assert all(rule.sort is not Sort.NOTICE for rule in rules), "a clock needs a vector"
        return
    assert not missed({"vectors": vectors})


@pytest.mark.parametrize("path", sorted((LAW / "cases").glob("*.json")), ids=of)
def test_each_whole_incident_comes_out_as_worked_by_hand(path: Path) -> None:
    assert not missed(json.loads(path.read_text()))


def test_vectors_of_others_hold() -> None:
    shared = os.environ.get("TOCSIN_SHARED")
    if not shared:
        pytest.skip("TOCSIN_SHARED names no folder: vectors of others are NOT checked")
    path = Path(shared) / "data" / "law" / "vectors.json"
    assert not missed(json.loads(path.read_text()))


def firsts() -> Iterator[date]:
    year, month = FIRST
    for number in range(month - 1, month - 1 + MONTHS):
        yield date(year + number // 12, number % 12 + 1, 1)


def test_on_each_first_of_a_month_one_version_of_a_rule_is_law() -> None:
    versions: dict[str, list[Rule]] = {}
    for rule in law().rules:
        versions.setdefault(rule.id, []).append(rule)
    for (id, of_rule), day in itertools.product(versions.items(), firsts()):
        in_force = [one for one in of_rule if one.from_ <= day < (one.until or date.max)]
        born = min(one.from_ for one in of_rule)
        dead = max(one.until or date.max for one in of_rule)
        assert len(in_force) == (born <= day < dead), f"{id} on {day}: {len(in_force)} versions"


def test_a_repeal_leaves_explicitly_nothing() -> None:
    gone = {rule.id: rule.until for rule in law().rules if rule.article == "us-co/sb-24-205"}
    assert set(gone.values()) == {date(2027, 1, 1)}


def test_model_risk_has_one_guidance_before_and_after_its_change() -> None:
    found = [rule for rule in law().rules if rule.article == "us/model-risk"]
    before = [rule.id for rule in found if rule.until == date(2026, 4, 17)]
    after = [rule.id for rule in found if rule.from_ == date(2026, 4, 17)]
    assert before == after
    assert len(found) == len(before) + len(after)


def test_what_nobody_read_is_graded_so() -> None:
    unread = {rule.id for rule in law().rules if not rule.grade.verified}
    assert {"ca/osfi/incident-advisory", "us-il/sb-315/notice", "us/6-usc/681b-incident"} <= unread
    assert "us-ny/23-nycrr/500.17-a" not in unread


def test_each_article_is_told_on_a_page() -> None:
    for article in law().articles:
        assert 100 < len(article.summary) < 1000, f"{article.path}: {len(article.summary)}"
        assert article.not_modelled, f"{article.path}: say what is not modelled"
