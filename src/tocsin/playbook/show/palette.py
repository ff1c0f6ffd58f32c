"""The colours of all pictures and pages of a plan: one table for light, dark and paper.

Each pair of words and ground has a contrast of at least 4.5 to 1, each line on its ground one of at
least 3 to 1; a test reckons it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "ground": "#ffffff", "panel": "#f3f5f8", "body": "#ffffff", "edge": "#7d8798",
    "ink": "#1b1d22", "soft": "#4b5361", "line": "#5a6475",
    "stop": "#a61b1b", "change": "#8a4b00", "destroy": "#7a1f8a", "people": "#1f4fa3",
    "look": "#17663a", "keep": "#5b3a9e", "flow": "#4b5361",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "ground": "#16181d", "panel": "#2a2e37", "body": "#1f2229", "edge": "#7f899a",
    "ink": "#e8eaee", "soft": "#b3bac6", "line": "#98a2b3",
    "stop": "#ff8f8f", "change": "#ffb86b", "destroy": "#f2a2ff", "people": "#8fb4ff",
    "look": "#7fd6a4", "keep": "#c3a6ff", "flow": "#b3bac6",
}  # fmt: skip
FAMILIES = ("stop", "change", "destroy", "people", "look", "keep", "flow")
FONT = "system-ui, sans-serif"


def style() -> str:
    """The style of the pictures: light, dark where the reader wishes it, and white on paper."""
    dark = _colours(DARK)
    return (
        f".plan-picture{{font:11px {FONT}}}"
        ".plan-picture .line{fill:none;stroke-width:1.4}"
        ".plan-picture .name{font-size:12.5px;font-weight:600}"
        ".plan-picture .kind,.plan-picture .letter{font-weight:600}"
        ".plan-picture .outline,.plan-picture .grid{fill:none}"
        f"{_colours(LIGHT)}"
        f"@media screen and (prefers-color-scheme:dark){{{dark}}}"
    )


def _colours(table: Mapping[str, str]) -> str:
    of = ".plan-picture"
    rules = [
        f"{of} text{{fill:{table['ink']}}}{of} .soft{{fill:{table['soft']}}}",
        f"{of} .ground{{fill:{table['ground']}}}",
        f"{of} .body{{fill:{table['body']}}}{of} .outline{{stroke:{table['edge']}}}",
        f"{of} .chip{{fill:{table['panel']}}}",
        f"{of} text.chip,{of} text.way{{fill:{table['ink']}}}",
        f"{of} .line{{stroke:{table['line']}}}{of} .head{{fill:{table['line']}}}",
        f"{of} text.on{{fill:{table['ground']}}}",
        f"{of} .grid{{stroke:{table['edge']}}}{of} .band{{fill:{table['panel']}}}",
    ]
    for family in FAMILIES:
        colour = table[family]
        rules.append(f"{of} .{family} .stripe,{of} .{family} .kind{{fill:{colour}}}")
    return "".join(rules)
