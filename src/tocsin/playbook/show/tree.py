"""The decision tree of a plan as SVG of our own: readable on screen and on paper, by day and night.

No script, no font, no marker from elsewhere; each picture has a title and a description in words.
Colours follow the reader's wish for light or dark, and are white on paper; no kind of step is told
by its colour alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.flow import flow_of
from tocsin.playbook.show.layers import rows_of
from tocsin.playbook.show.palette import style
from tocsin.playbook.show.places import Picture, Placed, Route, picture_of
from tocsin.playbook.show.words import one_line, outcomes, plain, sentence
from tocsin.playbook.steps import JOIN

MARGIN = 6.0
PAGE_HIGH = 1110.0
"""How high one piece is at most, so that it fits on A4 beneath a line of heading."""

HEADING_HIGH = 110.0
"""How much less high the first piece is, which stands beneath the heading."""

ROUND = 5.0


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the tree that fits on one page: a picture of its own, and what it shows."""

    svg: str
    steps: tuple[str, ...]


def tree_svg(plan: Plan) -> str:
    """The whole tree as one file that needs nothing else."""
    picture = _picture(plan)
    numbers = {name: n for n, name in enumerate(plan.steps, start=1)}
    told = "\n".join(_told(plan, name, numbers) for name in plan.steps)
    title = f"Decision tree: {one_line(plan.title)}"
    return _svg(picture, 0.0, picture.high, "tree", title, told, alone=True) + "\n"


def tree_pieces(plan: Plan) -> tuple[Piece, ...]:
    """The tree in pieces that fit on a page each; set beneath each other they are one picture."""
    picture = _picture(plan)
    found: list[Piece] = []
    for number, (top, bottom) in enumerate(_pages(picture), start=1):
        steps = tuple(p.box.key for p in picture.boxes
                      if top <= p.y < bottom and p.box.key in plan.steps)  # fmt: skip
        title = f"Decision tree, part {number}"
        told = f"The steps {', '.join(steps)}. The list of steps says the same in words."
        svg = _svg(picture, top, bottom, f"tree-{number}", title, told, alone=False)
        found.append(Piece(svg=svg, steps=steps))
    return tuple(found)


def _picture(plan: Plan) -> Picture:
    flow = flow_of(plan)
    return picture_of(plan, flow, rows_of(flow))


def _told(plan: Plan, name: str, numbers: dict[str, int]) -> str:
    step = plan.steps[name]
    ways = []
    for way in outcomes(step):
        to = "this branch has ended" if way.to == JOIN else "it ends as failed"
        to = f"{numbers[way.to]} {way.to}" if way.to in numbers else to
        ways.append(f"{way.words}: {to}")
    return f"{numbers[name]} {name}: {one_line(sentence(step))}. {'; '.join(ways)}".rstrip()


def _pages(picture: Picture) -> Iterator[tuple[float, float]]:
    top, last = 0.0, 0.0
    for cut in (*picture.cuts, picture.high):
        room = PAGE_HIGH if top else PAGE_HIGH - HEADING_HIGH
        if cut - top > room and last > top:
            yield top, last
            top = last
        last = cut
    yield top, picture.high


def _svg(
    picture: Picture, top: float, bottom: float, id: str, title: str, told: str, *, alone: bool
) -> str:
    edge = MARGIN if top == 0.0 else 0.0
    foot = MARGIN if bottom == picture.high else 0.0
    wide, high = picture.wide + 2 * MARGIN, bottom - top + edge + foot
    box = f"{-MARGIN:g} {top - edge:.1f} {wide:.1f} {high:.1f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plan-picture" role="img" '
        f'aria-labelledby="{id}-title {id}-told" viewBox="{box}" '
        f'width="{wide:.0f}" height="{high:.0f}">',
        f'<title id="{id}-title">{escape(plain(title))}</title>',
        f'<desc id="{id}-told">{escape(plain(told))}</desc>',
    ]
    if alone:
        parts.append(f"<style>{style()}</style>")
        parts.append(f'<rect class="ground" x="{-MARGIN:g}" y="{top - edge:.1f}" '
                     f'width="{wide:.1f}" height="{high:.1f}"/>')  # fmt: skip
    parts += [_route(r) for r in picture.routes if _spans(r, top, bottom)]
    parts += [_box(p) for p in picture.boxes if top <= p.y < bottom]
    return "\n".join([*parts, "</svg>"])


def _spans(route: Route, top: float, bottom: float) -> bool:
    return route.corners[0][1] < bottom and route.corners[-1][1] > top


def _route(route: Route) -> str:
    corners = route.corners
    path = [f"M{corners[0][0]:.1f} {corners[0][1]:.1f}"]
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        near, far = _towards(here, before), _towards(here, after)
        path.append(f"L{near[0]:.1f} {near[1]:.1f}")
        path.append(f"Q{here[0]:.1f} {here[1]:.1f} {far[0]:.1f} {far[1]:.1f}")
    x, y = corners[-1]
    path.append(f"L{x:.1f} {y - 6:.1f}")
    head = f"M{x:.1f} {y - 1:.1f}l-4 -7h8z"
    return f'<path class="line" d="{"".join(path)}"/><path class="head" d="{head}"/>'


def _towards(here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    """A little way from a corner towards another, at most half of the way."""
    dx, dy = there[0] - here[0], there[1] - here[1]
    far = max(abs(dx), abs(dy)) or 1.0
    share = min(ROUND, far / 2) / far
    return here[0] + dx * share, here[1] + dy * share


def _box(placed: Placed) -> str:
    box, x, y = placed.box, placed.x, placed.y
    parts = [
        f'<g class="box {box.family.value}" transform="translate({x:.1f} {y:.1f})">',
        f'<rect class="body" width="{box.wide:.1f}" height="{box.high:.1f}" rx="4"/>',
    ]
    for field in box.fields:
        parts.append(
            f'<rect class="chip" x="{field.x:.1f}" y="{field.y:.1f}" '
            f'width="{field.wide:.1f}" height="{field.high:.1f}" rx="3"/>'
        )
        if field.kind == "exit":
            side = f"M{field.x:.1f} {field.y:.1f}v{field.high:.1f}" if field.x else ""
            top = f"M{field.x:.1f} {field.y:.1f}h{field.wide:.1f}"
            parts.append(f'<path class="grid" d="{top}{side}"/>')
    parts.append(f'<rect class="outline" width="{box.wide:.1f}" height="{box.high:.1f}" rx="4"/>')
    parts.append(f'<rect class="stripe" width="4" height="{box.high:.1f}" rx="2"/>')
    for word in box.words:
        anchor = f' text-anchor="{word.anchor}"' if word.anchor != "start" else ""
        parts.append(
            f'<text class="{word.kind}" x="{word.x:.1f}" y="{word.y:.1f}"{anchor}>'
            f"{escape(word.text)}</text>"
        )
    return "".join([*parts, "</g>"])
