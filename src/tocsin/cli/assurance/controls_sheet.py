"""Controls on one screen, and as one document for scripts."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence

from tocsin.dossier.controls import ControlSeen, Framework, PieceSeen, State

WIDTH = 100
UNVERIFIED = {"M", "?"}
CAUTION = (
    "This shows what there is on record to look at. Whether a control is fulfilled is for an "
    "auditor to judge."
)
_MARKS = {
    State.EVIDENCED: "evidenced",
    State.PARTLY: "partly",
    State.GAP: "GAP",
    State.BEYOND: "elsewhere",
}


def overview(found: Mapping[str, tuple[Framework, Sequence[ControlSeen]]]) -> str:
    """One line for each framework."""
    lines = [f"{'FRAMEWORK':<18}{'CONTROLS':>9}{'EVIDENCED':>11}{'PARTLY':>8}{'GAPS':>6}"
             f"{'ELSEWHERE':>11}  TITLE"]  # fmt: skip
    for id, (framework, controls) in found.items():
        counts = Counter(one.state for one in controls)
        lines.append(
            f"{id:<18}{len(controls):>9}{counts[State.EVIDENCED]:>11}{counts[State.PARTLY]:>8}"
            f"{counts[State.GAP]:>6}{counts[State.BEYOND]:>11}  {framework.title}"
        )
    lines += ["", *textwrap.wrap(CAUTION, WIDTH)]
    return "\n".join([*lines, "Each control: tocsin controls FRAMEWORK; what is missing: --gaps"])


def page(framework: Framework, controls: Sequence[ControlSeen], warnings: Sequence[str]) -> str:
    """Each control of a framework, with what shows it and what is missing."""
    lines = [f"{framework.title} ({framework.version}), compared {framework.compared_on}"]
    for note in (*framework.notes, *warnings):
        lines += textwrap.wrap(note, WIDTH)
    for one in controls:
        doubt = " [unverified]" if one.control.grade in UNVERIFIED else ""
        lines += ["", f"{_MARKS[one.state]:<10} {one.control.id}{doubt}"]
        lines += _indented(one.control.says)
        if one.state is State.BEYOND:
            lines += _indented(f"shown elsewhere: {one.control.beyond}")
        for piece in one.pieces:
            lines += _piece(piece)
    if not controls:
        lines += ["", "Nothing to show here."]
    return "\n".join([*lines, "", *textwrap.wrap(CAUTION, WIDTH)])


def _piece(seen: PieceSeen) -> list[str]:
    lines = _indented(f"{'+' if seen.shown else '-'} {seen.piece.says}", 13)
    if seen.found:
        lines += _indented("; ".join(seen.found), 15)
    if seen.lacking:
        lines += _indented(f"missing: {', '.join(seen.lacking)}. Next: {seen.piece.next}", 15)
    return lines


def _indented(text: str, by: int = 11) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * by, subsequent_indent=" " * (by + 2))


def plain(framework: Framework, controls: Sequence[ControlSeen]) -> dict[str, object]:
    """A framework for scripts."""
    counts = Counter(one.state.value for one in controls)
    return {
        "framework": framework.id,
        "title": framework.title,
        "version": framework.version,
        "compared_on": framework.compared_on,
        "from": framework.from_,
        "until": framework.until,
        "notes": framework.notes,
        "counts": {state.value: counts[state.value] for state in State},
        "controls": [
            {
                "id": one.control.id,
                "says": one.control.says,
                "grade": one.control.grade,
                "unverified": one.control.grade in UNVERIFIED,
                "state": one.state.value,
                "beyond": one.control.beyond,
                "evidence": [
                    {"piece": p.piece.id, "says": p.piece.says, "shown": p.shown,
                     "found": p.found, "missing": p.lacking, "next": p.piece.next}
                    for p in one.pieces
                ],
            }
            for one in controls
        ],
    }  # fmt: skip
