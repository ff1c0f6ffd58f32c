"""What a hold covers in a registry is looked at again, and a clean-up there is an alarm here."""

from __future__ import annotations

from pathlib import Path

from test_cli_analysis_lineage import standing as standing
from test_cli_analysis_lineage import tocsin as tocsin

from cli_seat import Keyboard
from registry_side import RegistryStanding

ROUND = ("work", "--until-idle", "--patience-seconds", "0", "--evidence-hours", "0")


def checked(tocsin: Keyboard, incident: str) -> list[str]:
    log = tocsin("log", incident).out
    return [line for line in log.splitlines() if "Hold declaration:" in line]


def test_a_clean_up_of_the_registry_is_told_as_a_broken_hold(
    tocsin: Keyboard, standing: RegistryStanding, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    assert tocsin(*ROUND).status == 0 and checked(tocsin, incident) == [], "nothing was sealed yet"
    tocsin("analysis", "lineage", incident)
    assert tocsin(*ROUND).status == 0
    (kept,) = checked(tocsin, incident)
    assert "as they were sealed" in kept and "intents 2 in models" in kept
    tocsin("work", "--until-idle", "--patience-seconds", "0")
    assert len(checked(tocsin, incident)) == 1, "once a day"
    standing.registry.models[2].run_state = "deleted"
    ran = tocsin(*ROUND)
    assert ran.status == 1 and "ALARM: intents 2 in models" in ran.err
    assert "its run run2 is deleted" in ran.err
    assert tocsin("hold", "show", incident, "declaration").status == 1
    del standing.registry.models[2]
    assert "the version is gone" in tocsin(*ROUND).err


def test_a_registry_that_is_away_is_told_and_nothing_is_called_broken(
    tocsin: Keyboard, standing: RegistryStanding
) -> None:
    incident = tocsin.opened()
    tocsin("analysis", "lineage", incident)
    standing.registry.fault = lambda name, asked: (503, b"away", {})
    ran = tocsin(*ROUND)
    assert ran.status == 1 and "could not be looked at" in ran.err and "ALARM" not in ran.err
