"""The part of the story in which the law is asked: what runs until when, what an answer moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tocsin.cli.demo.stage import Stage
from tocsin.facts import Unreachable

ANSWERED = "personal_data"
MOVES = "eu/gdpr/33"


def law_asked(stage: Stage, name: str, keys: dict[str, Path]) -> None:
    """Somebody is aware, the law is asked, and one question is answered: a duty moves."""
    stage.stage("5. What the law asks, until when, under which reading; and what an answer moves")
    ana = ("--as", "ana", "--key", str(keys["ana"]))
    stage.tocsin("incident", "aware", name, "ana", "--standing", "management", "--basis",
                 "saw the fallback rate", *ana)  # fmt: skip
    asked = _told(stage, name)
    if MOVES not in asked["open"]:
        raise Unreachable(f"the story does not hold: {MOVES} waits for an answer")
    for question in asked["questions"]:
        stage.say(f"  asks {question['key']}: {question['question']}")
    moved = stage.tocsin("law", "state", name, ANSWERED, "yes", "--because",
                         "customers' questions stand in the log that was sealed", *ana)  # fmt: skip
    if MOVES not in moved["duties"] or MOVES not in _told(stage, name)["raised"]:
        raise Unreachable(f"the story does not hold: {MOVES} is raised by the answer")


def _told(stage: Stage, name: str) -> dict[str, Any]:
    """Tell each duty that runs with both instants and why."""
    asked = stage.tocsin("law", "duties", name)
    for row in asked["duties"]:
        if row["standing"] in ("raised", "open", "anticipatory") and row["sort"] != "control":
            latest = f", latest arguable {row['latest_arguable']}" if row["latest_arguable"] else ""
            by = f"by {row['due']}{latest}" if row["due"] else "no instant runs"
            doubt = " [unverified]" if row["unverified"] else ""
            stage.say(f"  {row['standing']:12} {row['rule']}{doubt} {by}: {row['why']}")
    stage.say(f"  law {asked['law']['version']}; {asked['note']}")
    return asked
