"""A sector that the register names silences a duty only where the law itself goes by sectors.

Whoever has no licence, no patients and no loans says so by the fact that decides; that it works in
telecoms says nothing of the kind.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from test_law import LAW, law, of
from tocsin.duties.duty import Standing
from tocsin.duties.known import LegalFacts
from tocsin.duties.raised import duties_raised
from tocsin.duties.values import facts_of
from tocsin.duties.worked import worked_of

BY_SECTOR = {
    "us/model-risk": "guidance of the bank supervisors, for banking organisations",
    "eu/nis2/23": "the annexes of NIS2 are lists of sectors",
    "eu/dora/19": "the classes of DORA 2(1) are all of the financial sector",
}
DAYS = (datetime(2026, 11, 26, tzinfo=UTC), datetime(2028, 11, 27, tzinfo=UTC))
SECTORS = tuple(law().dictionary.keys["sector"].choices)
PLACES = ("DE", "US-NY", "US-CA", "US-CO", "US-TX", "US-IL", "GB", "CA", "CN", "SG", "BR", "KR")
PROFILES = ({}, {"roles": ["deployer"]}, {"roles": ["provider", "manufacturer", "controller"]})


def silent(facts: LegalFacts, at: datetime) -> set[str]:
    found = duties_raised(law(), facts, at=at)
    return {one.rule.id for one in found if one.standing is Standing.NOT_RAISED}


def articles(rules: set[str]) -> set[str]:
    of_rule = {rule.id: rule.article for rule in law().rules}
    return {of_rule[id] for id in rules}


@pytest.mark.parametrize(("profile", "at"), list(itertools.product(PROFILES, DAYS)), ids=str)
def test_a_sector_that_is_all_that_is_told_settles_only_what_goes_by_sectors(
    profile: dict[str, object], at: datetime
) -> None:
    everywhere, _ = facts_of({"jurisdictions": list(PLACES), **profile}, law())
    before, quieted = silent(everywhere, at), set()
    for sector in SECTORS:
        quieted |= silent(everywhere.with_("sector", (sector,)), at) - before
    assert articles(quieted) <= BY_SECTOR.keys(), sorted(quieted)


CASES = sorted((LAW / "cases").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=of)
def test_no_incident_loses_a_duty_by_the_sector_of_who_has_it(path: Path) -> None:
    cases, _ = worked_of(json.loads(path.read_text()), law())
    for case, sector in itertools.product(cases, ("telecoms", "education", "health")):
        facts = case.facts.with_("sector", None)
        at = case.at or DAYS[0]
        quieted = silent(facts.with_("sector", (sector,)), at) - silent(facts, at)
        assert articles(quieted) <= BY_SECTOR.keys(), f"{case.id} in {sector}: {sorted(quieted)}"
