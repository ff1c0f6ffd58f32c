"""What is in time to the instant, and what is said of the law's files without reading them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from test_desk_duties import (
    BREACH_RULE,
    DUE,
    HOUR,
    answer,
    aware,
    house,
    submitted,
    until,
)

from desk_world import LOG, NOON, facts
from law_sheets import PACK, law_sheets
from small_law import FORM
from tocsin.desk.law.duties import reckon_owed
from tocsin.desk.record import Writer
from tocsin.duties.read import read_whole
from tocsin.facts import HOME_LOG
from tocsin.facts.legal import LawAdopted, LegalDeadlinePassed

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("after", "passed"), [(timedelta(0), [None]), (MOMENT, [None, MOMENT])])
def test_what_went_at_the_very_instant_is_in_time_whenever_it_is_recorded(
    after: timedelta, passed: list[timedelta | None]
) -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    until(desk, DUE + HOUR)
    submitted(desk, BREACH_RULE, "notice", DUE + after)
    reckon_owed(desk, LOG)
    told = [one.submitted_at for one in facts(desk.world, LegalDeadlinePassed)]
    assert told == [DUE + one if one else None for one in passed]
    assert (desk.known(LOG).legal.late(BREACH_RULE) is not None) == bool(after)


@pytest.mark.parametrize("after", [timedelta(0), MOMENT])
def test_no_entry_says_that_an_instant_passed_at_which_it_went(after: timedelta) -> None:
    desk, _ = house()
    aware(desk, NOON - 72 * HOUR)
    submitted(desk, BREACH_RULE, "notice", NOON + after)
    answer(desk, "personal_data", "yes")
    reckon_owed(desk, LOG)
    told = [one.submitted_at for one in facts(desk.world, LegalDeadlinePassed)]
    assert told == ([NOON + after] if after else [])
    assert (desk.known(LOG).legal.late(BREACH_RULE) is not None) == bool(after)


def test_files_that_were_adopted_were_whole_and_are_not_read_to_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, sheets = house()
    aware(desk)
    reckon_owed(desk, LOG)
    read: list[int] = []

    def counted(pack: Mapping[str, str], own: Mapping[str, str]) -> object:
        read.append(1)
        return read_whole(pack, own)

    monkeypatch.setattr("tocsin.desk.loaded.law_in_force.read_whole", counted)
    again = Writer(desk.world)
    assert again.law.warnings() == [] and again.law.told() == () and not read
    assert again.law.must_read().law.version == "1" and read
    sheets.write({**law_sheets(), "closures.toml": "nonsense = 1"})
    (said,) = Writer(desk.world).law.warnings()
    assert said.startswith("the law's files are wrong, and an older law is asked: closures.toml:1")
    sheets.write(law_sheets(pack=PACK.replace('"1"', '"2"')))  # whole, and adopted by nobody yet
    assert Writer(desk.world).law.warnings() == []


def test_the_older_law_comes_with_its_own_forms() -> None:
    desk, sheets = house()
    sheets.write({**law_sheets(), "fields/x.toml": FORM})
    aware(desk)
    reckon_owed(desk, LOG)
    sheets.write({**law_sheets(), "fields/x.toml": FORM.replace("person", "persn")})
    again = Writer(desk.world)
    assert "fields/x.toml" in again.law.warnings()[0]
    read = again.law.must_read()
    assert read.forms.by_id["x"].digest == read.law.forms["x"]
    (adopted,) = facts(desk.world, LawAdopted, HOME_LOG)
    assert adopted.digest == read.law.digest
