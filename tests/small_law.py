"""A law pack of one article, as texts, for tests that spoil it in one place."""

from __future__ import annotations

from collections.abc import Mapping

FORM = """\
title = "A notice"
instrument = "The Act"
version = "v1"
compared_on = 2026-11-01
grade = "P"
[[section]]
title = "All"
[[section.field]]
id = "1"
label = "What happened"
give = "Say it."
needed = "yes"
shape = "text"
from = ["person"]
"""
PACK = """\
version = "1"
[contentions]
C1 = "Whether it moves."
"""
FACTS = """\
[jurisdictions]
type = "choices"
question = "Where?"
answered_by = "register"
set_once = true
[sector]
type = "choices"
question = "In which sectors?"
answered_by = "register"
[sector.choices]
finance = "money"
[entity]
type = "choice"
question = "Which class?"
answered_by = "register"
[entity.choices]
bank = "a bank"
insurer = "an insurer"
[aware]
type = "awareness"
question = "When did who become aware?"
answered_by = "became-aware"
spelt_also = ["awareness"]
[aware.choices]
manager = "somebody who manages"
[harms]
type = "harms"
question = "Which harms?"
answered_by = "legal-fact-stated"
[harms.choices]
death = "a person died"
[classified]
type = "instant"
question = "When was it classified?"
answered_by = "legal-fact-stated"
[people]
type = "count"
question = "How many?"
answered_by = "legal-fact-stated"
[personal_data]
type = "yes-no"
question = "Are personal data concerned?"
answered_by = "legal-fact-stated"
["submitted.*"]
type = "instant"
question = "When was it submitted?"
answered_by = "notice-submitted"
"""
PLACES = """\
[DE]
zone = "Europe/Berlin"
calendar = "DE"
groups = ["EU"]
"""
COUNTING = """\
[hours]
title = "Hours as the Union counts them"
readings = [{ shift = "next-full-hour", paragraph = "3(1)" }]
"""
ARTICLE = """\
title = "An article"
instrument = "An act"
version = "1"
compared_on = 2026-11-01
grade = "P"
sources = ["where it stands"]
where = ["EU"]
enforcement = "live"
from = 2025-01-17
summary = \"\"\"
What it is
about.\"\"\"

[[rule]]
id = "eu/act/1/initial"
says = "Tell the authority."
paragraphs = ["1(1)"]
who = "Banks"
applies = [{ fact = "entity", is = "bank" }]
when = [{ fact = "classified", happened = true }]
stage = "initial"
to = [{ name = "the authority in {places}" }]
[[rule.clock]]
paragraph = "1(1)(a)"
start = "aware"
within = { hours = 72 }
counting = "hours"
contention = "C1"

[[rule]]
id = "eu/act/1/final"
says = "Tell the rest."
paragraphs = ["1(2)"]
who = "Banks"
applies = [{ fact = "entity", is = "bank" }]
when = [{ fact = "submitted.initial", happened = true }]
stage = "final"
after = ["eu/act/1/initial"]
to = [{ name = "the authority in {places}" }]
[[rule.clock]]
paragraph = "1(2)"
start = "submitted.initial"
within = { months = 1 }

[[vector]]
id = "one"
rule = "eu/act/1/initial"
zone = "Europe/Berlin"
calendar = "DE-BE"
status = "due"
due = 2026-11-04T10:00:00+01:00
latest_arguable = 2026-11-04T11:00:00+01:00
why = "three days"
[vector.facts]
entity = "bank"
aware = 2026-11-01T10:00:00+01:00
"""
SMALL: Mapping[str, str] = {
    "pack.toml": PACK,
    "facts.toml": FACTS,
    "places.toml": PLACES,
    "counting.toml": COUNTING,
    "eu/act/1.toml": ARTICLE,
}


def spoilt(old: str, new: str, file: str = "eu/act/1.toml") -> dict[str, str]:
    """The small pack with one text in one file replaced."""
    assert SMALL[file].count(old) >= 1, f"{old!r} does not stand in {file}"
    return {**SMALL, file: SMALL[file].replace(old, new, 1)}
