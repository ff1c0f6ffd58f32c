"""A plan on paper, on a screen, in a wiki and on the wall: each whole, none needs anything else.

The HTML holds no script and asks for nothing from elsewhere, and its own policy forbids both. What
a plan says is shown as words, never read as a tag. Pure.
"""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.card import card_of
from tocsin.playbook.show.matrix import MEANS, carried, raci_pieces, roles_of
from tocsin.playbook.show.palette import DARK, LIGHT, style
from tocsin.playbook.show.sheet import sheet_of
from tocsin.playbook.show.tree import tree_pieces
from tocsin.playbook.show.words import one_line, plain

_PAGES = Environment(
    loader=PackageLoader("tocsin.playbook.show"),
    autoescape=lambda name: bool(name and name.endswith(".html.j2")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def as_html(plan: Plan, maker: str) -> str:
    """The plan as one page for screen and print.

    Args:
        maker: what made the page, and in which version.
    """
    pieces = tree_pieces(plan)
    return _PAGES.get_template("page.html.j2").render(
        sheet=sheet_of(plan),
        tree=[(Markup(piece.svg), piece.steps) for piece in pieces],
        matrix=[Markup(svg) for svg in raci_pieces(plan)],
        look=Markup(_colours() + style()),
        maker=maker,
    )


def as_card(plan: Plan, maker: str) -> str:
    """One sheet for the wall: the first steps, who is called, how to stop, whom to tell."""
    card = card_of(sheet_of(plan), maker)
    return _PAGES.get_template("card.html.j2").render(card=card, look=Markup(_colours()))


def as_markdown(plan: Plan, maker: str) -> str:
    """The same for a wiki, with tables and without pictures."""
    rows = carried(plan)
    return _PAGES.get_template("page.md.j2").render(
        sheet=sheet_of(plan), maker=maker, cell=_cell, place=_place,
        rows=rows, roles=roles_of(rows), means=MEANS, fenced=_fenced,
    )  # fmt: skip


def _colours() -> str:
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )


def _cell(text: object) -> str:
    """Words inside Markdown: one line, no bar, no tag, no link."""
    line = one_line(str(text))
    for sign in "\\|<>[]*_`~#":
        line = line.replace(sign, f"\\{sign}")
    return line


def _place(number: int, step: str) -> str:
    """The place of a step's heading, as wikis make it from the heading's words."""
    return re.sub(r"[^a-z0-9_ -]", "", f"{number} {step}".lower()).replace(" ", "-")


def _fenced(text: str) -> str:
    """Words as they stand, between fences longer than any in them."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{plain(text).strip()}\n{fence}"
