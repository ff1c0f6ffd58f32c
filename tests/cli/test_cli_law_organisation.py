"""What is asked of the organisation again and again: shown once, and recorded by its period."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli_law import written
from test_cli_law_record import House

from cli_seat import Keyboard
from law_sheets import HEAD

REPORT = "own/decree/report"
OWN = {
    "facts.toml": """
["decree.entered"]
type = "instant"
question = "When was it entered?"
answered_by = "register"
set_once = true
""",
    "own/decree.toml": HEAD.format(title="Decree", grade="P")
    + """
[[rule]]
id = "own/decree/report"
says = "Report to the monitor."
paragraphs = ["D 1"]
who = "we"
when = [{ fact = "decree.entered", happened = true }]
stage = "decree-report"
again = { months = 3 }
to = [{ name = "the monitor" }]
content = ["decree"]
[[rule.clock]]
paragraph = "D 1"
start = "decree.entered"
within = { months = 3 }
readings = [{ shift = "next-working-day", paragraph = "D 2" }]
contention = "X1"
""",
    "fields/decree.toml": """
title = "Report"
instrument = "Decree"
version = "1"
compared_on = 2026-11-20
grade = "P"
[[section]]
title = "S"
[[section.field]]
id = "a"
label = "What was done"
give = "write it"
needed = "yes"
from = ["person"]
shape = "text"
""",
}


@pytest.fixture
def house(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> House:
    law = tmp_path / "law"
    monkeypatch.setattr("tocsin.wiring.law.shipped", lambda: law)
    found = House(staffed, keys, law)
    written(staffed.home / "law", OWN)
    register = staffed.home / "register" / "register.toml"
    register.write_text(
        register.read_text()
        + 'jurisdictions = ["DE"]\n"decree.entered" = "2025-10-01T10:00:00+02:00"\n'
    )
    staffed.done("register", "adopt", *found.ana)
    return found


def test_it_is_shown_once_submitted_by_its_period_and_told_by_the_doctor(house: House) -> None:
    home = house.home
    assert REPORT not in home("law", "duties", house.one, "--all").out
    found = home.done("law", "duties")
    assert found["organisation"]["raised"][REPORT]["due"].startswith("2026-01-02T00:00:00")
    assert [REPORT in one["raised"] for one in found["incidents"]] == [False]
    page = home("law", "duties").out
    assert page.count(f"  {REPORT}  ") == 1 and "organisation  what is asked of it again" in page

    no = home.refused("notice", "submitted", house.one, "--outside", REPORT, "--channel", "mail",
                      "--because", "b", *house.ana)  # fmt: skip
    assert f"tocsin law submitted {REPORT}" in no
    went = home.done("law", "submitted", REPORT, "--channel", "the portal", "--at",
                     "2025-11-20T10:00:00+01:00", *house.ana)  # fmt: skip
    assert went["period"].startswith("2026-01-02T00:00:00+01:00") and went["to"] == ["the monitor"]
    alone = home.done("law", "duties", "organisation")
    (row,) = [one for one in alone["duties"] if one["rule"] == REPORT]
    assert row["due"].startswith("2026-02-21T00:00:00")
    assert row["last_submitted_at"].startswith("2025-11-20T")
    assert "last submitted 2025-11-20" in home("law", "duties", "organisation").out
    assert "for what was due by 2026-01-01 23:00 UTC" in home("log", "organisation").out
    findings = {one["what"]: one["seen"] for one in home("doctor", "--json").json["findings"]}
    assert ("organisation own/decree/report" in findings["legal duties"]) == (
        str(alone["at"]) > "2026-02-21"
    )
    home.sound()


def test_it_is_judged_filled_in_approved_and_taken_back_by_what_incidents_have(
    house: House, tmp_path: Path
) -> None:
    home, org = house.home, "organisation"
    assert "only counsel" in home.refused(
        "law", "decide", org, REPORT, "not-required", "--because", "x", *house.ana
    )
    words = ("law", "decide", org, REPORT)
    home.done(*words, "not-required", "--because", "it ended", "--access", "ops", *house.cleo)
    page = home("law", "duties", org).out
    assert "NOT REQUIRED" in page and "decided by cleo" in page and "it ended" in page
    ics = tmp_path / "org.ics"
    assert home.done("law", "calendar", org, "--to", ics)["events"] == 1
    assert "STATUS:CANCELLED" in ics.read_text()
    home.done(*words, "required", "--because", "it goes on", *house.cleo)
    home.done("law", "accept-later", org, REPORT, "--because", "read so", *house.cleo)
    assert "the later reading is accepted by cleo" in " ".join(
        home("law", "duties", org).out.split()
    )
    home.done("law", "calendar", org, "--to", ics)
    assert "STATUS:CONFIRMED" in ics.read_text() and "TRIGGER:-PT24H" in ics.read_text()

    drafted = home.done("notice", "draft", org, REPORT, "--set", "a=we did", *house.ana)
    assert (drafted["notice"], drafted["to"]) == ("N1", ["the monitor"])
    assert "we did" in home("notice", "show", org, "N1").out
    home.done("notice", "approve", org, "N1", *house.cleo)
    went = home.done("notice", "submitted", org, "N1", "--channel", "portal", *house.ana)
    assert went["incident"] == org and went["duties"] == [REPORT]
    home.done("notice", "confirmed", org, "N1", "--reference", "R-7", *house.ana)
    assert "confirmed as R-7" in home("notice", "list", org).out
    due = home.done("law", "duties", org)["raised"][REPORT]["due"]
    back = home.done("notice", "withdraw", org, "N1", "--because", "it never went", *house.cleo)
    assert back["duties"] == [REPORT] and back["state"] == "withdrawn"
    (row,) = [one for one in home.done("law", "duties", org)["duties"] if one["rule"] == REPORT]
    assert (
        row["due"] < due
        and row["due"].startswith("2026-01-02")
        and "it never went" in row["withdrawn"]
    )
    home.done("law", "submitted", REPORT, "--channel", "mail", "--at",
              "2025-11-20T10:00:00+01:00", *house.ana)  # fmt: skip
    entry = home.done("notice", "list", org)["outside"][0]["entry"]
    home.done("notice", "withdraw", org, entry, "--because", "lost", *house.cleo)
    assert "there is no incident" in home.refused(
        "law", "state", org, "personal_data", "yes", "--because", "b", *house.ana
    )
    home.sound()
