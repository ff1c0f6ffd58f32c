"""Who is to be told, where the law does not say it for sure: only where the rule holds."""

from __future__ import annotations

import msgspec

from desk_register import REGISTER, adopted
from desk_world import LOG, opened, world_of
from law_sheets import BREACH, HEAD, Sheets, law_sheets
from tocsin.desk.law.notice_forms import recipients_of
from tocsin.desk.record import Writer
from tocsin.duties.read import read_law

ONE = 'to = [{ name = "the authority in {places}" }]'


def test_only_places_where_the_rule_holds_stand_behind_an_authority() -> None:
    desk = Writer(msgspec.structs.replace(world_of({}), law=Sheets()))
    profile = {"jurisdictions": ("DE", "US"), "roles": ("provider",)}
    adopted(desk, msgspec.structs.replace(REGISTER, profile=profile))
    opened(desk.world)
    breach = BREACH.replace('to = [{ name = "the authority" }]', ONE)
    law, told = read_law(law_sheets(breach=HEAD.format(title="Breach", grade="P") + breach))
    assert law is not None, told
    rule = next(one for one in law.rules if one.id == "eu/breach/notice")
    found = recipients_of(desk, desk.known(LOG), law, rule)
    assert found and all("DE" in one and "US" not in one for one in found)
