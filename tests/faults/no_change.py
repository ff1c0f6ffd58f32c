"""Mutants that a person looked at and that make no difference, each with the reason.

Where code changes, its line here does not fit any more: a test tells, and somebody looks again.
"""

from __future__ import annotations

from collections.abc import Mapping

FALSY = "None is as good as what stands there: the one who asks only looks whether it is so"
UNNAMED = "no fact is called None, so that what is known of it is None as well"
FASTER = "a shorter way to the same: without it more is worked out, and nothing else comes out"

NO_CHANGE: Mapping[str, Mapping[tuple[str, str], str]] = {
    "duties/clocks.py": {
        ("returns None", "return []"): FALSY,
        ("returns None", "return False"): FALSY,
        ("if True", "if len(places) < 2 or by_day:"): FASTER,
        ("without the first", "if len(places) < 2 or by_day:"): FASTER,
        ("comparison", "if len(places) < 2 or by_day:"): FASTER,
        ("3", "if len(places) < 2 or by_day:"): FASTER,
        ("if False", "if len(dated) < 2:"): FASTER,
        (
            "2",
            "return places[:1] if within.unit is Unit.HOURS "
            "else {one.zone: one for one in places}.values()",
        ): FASTER,
        (
            "without the first",
            "if at is not None and _of_harms(clock, clock.harms, seen) is not None:",
        ): "the first of all harms is known wherever one of the clock's own is",
        (
            "never",
            "return places[:1] if within.unit is Unit.HOURS "
            "else {one.zone: one for one in places}.values()",
        ): FASTER,
    },
    "duties/raised.py": {
        ("5", "_KEPT = 4"): FASTER,
        ("left out", "_kept.insert(0, made)"): FASTER,
        ("1", "_kept.insert(0, made)"): FASTER,
        ("left out", "del _kept[_KEPT:]"): "more is kept than anybody asks for again",
        ("if False", "if one.law is law:"): FASTER,
        ("returns None", "return False"): FALSY,
        (
            "never",
            "immediately = None if not rule.immediately_from else "
            "seen.instant(rule.immediately_from)",
        ): UNNAMED,
        (
            "comparison",
            "if told is None or day >= rule.from_:",
        ): "a version that begins on this very day is in force, and is not told here",
    },
    "duties/reasons.py": {
        (
            "only the first",
            'known = ", ".join(seen.facts.words("jurisdictions") or ())',
        ): "a rule is of other places only where some place is known",
        (
            "comparison",
            "if day < rule.from_:",
        ): "on its first day a version is in force, and nobody asks on which side it lies",
        ("without the first", "if rule.until_fact is None or done is not None:"): UNNAMED,
    },
}
"""By file: the kind of change and the line as it stands in the source, and why it is none."""
