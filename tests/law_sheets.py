"""A small law pack, written in a test: its numbers are made up, so that no test knows a statute."""

from __future__ import annotations

from collections.abc import Mapping

PACK = """
version = "1"
[contentions]
X1 = "Whether the hour of the event counts."
"""

FACTS = """
[jurisdictions]
type = "choices"
question = "Where?"
answered_by = "register"
set_once = true
[roles]
type = "choices"
question = "In which roles?"
answered_by = "register"
set_once = true
[roles.choices]
controller = "decides"
provider = "develops"
[aware]
type = "awareness"
question = "Who became aware, and when?"
answered_by = "became-aware"
[harms]
type = "harms"
question = "Which harms?"
answered_by = "legal-fact-stated"
[harms.choices]
death = "a person died"
health = "a person was hurt"
[personal_data]
type = "yes-no"
question = "Were personal data affected?"
answered_by = "legal-fact-stated"
[informed]
type = "instant"
question = "When was the authority informed of the change?"
answered_by = "legal-fact-stated"
["submitted.*"]
type = "instant"
question = "When was this submitted?"
answered_by = "notice-submitted"
"""

PLACES = """
[DE]
zone = "Europe/Berlin"
calendar = "DE"
groups = ["EU"]
"""

COUNTING = """
[full-hours]
title = "From the next full hour"
readings = [{ shift = "next-full-hour", paragraph = "H 3" }]
"""

HEAD = """
title = "{title}"
instrument = "{title} Act"
version = "v1"
compared_on = 2026-11-20
grade = "{grade}"
sources = ["a page"]
where = ["EU"]
enforcement = "live"
from = 2025-01-01
summary = "What it asks."
"""

BREACH = """
[[rule]]
id = "eu/breach/notice"
says = "Tell the authority."
to = [{ name = "the authority" }]
paragraphs = ["B 1"]
who = "controllers"
applies = [{ fact = "roles", has = ["controller"] }]
when = [{ fact = "personal_data", is = true }]
stage = "notice"

[[rule.clock]]
paragraph = "B 1(1)"
start = "aware"
within = { hours = 72 }
counting = "full-hours"
contention = "X1"
"""

HARM = """
[[rule]]
id = "eu/harm/first"
says = "Report the harm."
to = [{ name = "the authority" }]
paragraphs = ["H 1"]
who = "providers"
applies = [{ fact = "roles", has = ["provider"] }]
when = [{ fact = "harms", has = ["death", "health"] }]
stage = "first"

[[rule.clock]]
paragraph = "H 1(1)"
start = "harms"
harms = ["death", "health"]
within = { days = 15 }

[[rule.clock]]
paragraph = "H 1(2)"
start = "harms"
harms = ["death"]
within = { days = 2 }

[[rule]]
id = "eu/harm/second"
says = "Report it whole."
to = [{ name = "the authority" }]
paragraphs = ["H 2"]
who = "providers"
applies = [{ fact = "roles", has = ["provider"] }]
when = [{ fact = "submitted.first", happened = true }]
stage = "second"
after = ["eu/harm/first"]

[[rule.clock]]
paragraph = "H 2(1)"
start = "submitted.first"
within = { days = 30 }

[[rule]]
id = "eu/harm/freeze"
sort = "guard"
says = "Do not alter the system before the authority is informed."
paragraphs = ["H 3"]
who = "providers"
applies = [{ fact = "roles", has = ["provider"] }]
when = [{ fact = "harms", has = ["death", "health"] }]
guard = { bars = ["alter", "destroy"], until = "informed" }
"""

PROFILE = """
[entity]
legal_name = "House"
countries = ["DE"]
[profile]
roles = ["controller", "provider"]
"""


def law_sheets(**changed: str) -> dict[str, str]:
    """The files of the pack by path, some of them with other text: breach="..."."""
    texts = {
        "breach": HEAD.format(title="Breach", grade="P") + BREACH,
        "harm": HEAD.format(title="Harm", grade="M") + HARM,
        "pack": PACK, "facts": FACTS, "places": PLACES, "counting": COUNTING, "closures": "",
    }  # fmt: skip
    texts |= changed
    articles = {"eu/breach.toml": texts.pop("breach"), "eu/harm.toml": texts.pop("harm")}
    return {**{f"{name}.toml": text for name, text in texts.items() if text}, **articles}


class Sheets:
    """The port to a law pack whose files a test writes."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self.pack = dict(texts if texts is not None else law_sheets())

    def write(self, texts: Mapping[str, str]) -> None:
        """Let these be the files from now on."""
        self.pack = dict(texts)

    def __call__(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The files, and none of a home's own."""
        return self.pack, {}
