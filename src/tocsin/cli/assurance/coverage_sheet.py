"""Coverage on one screen, gaps named, and as one document for scripts."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import msgspec

from tocsin.cli.frame.screen import DONE, PROBLEM, Answer
from tocsin.playbook.knowledge import Atlas, Coverage, Covered, TechniqueCovered
from tocsin.register.mistakes import Mistake, mistakes_only

NONE = "-"
WIDTH, NAME_WIDTH, CELL_WIDTH = 100, 44, 32
ROWS = 12
"""So many techniques are shown; the rest is counted, and shown with --all."""

WHERE = (
    "Techniques of ATLAS were not counted. Give the file ATLAS.yaml of the official release, of any"
    "\nversion (mitre-atlas/atlas-data on GitHub, Apache-2.0): --atlas FILE, or keep it as"
    "\nHOME/knowledge/ATLAS.yaml."
)


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what could not be read.

    Args:
        home: None where there is none, so that only shipped playbooks were counted.
        unread: what is wrong with files of detectors, in words.
        silent: plans of the home that name no failure mode.
    """

    home: str | None
    atlas_file: str | None
    atlas: Atlas | None
    mistakes: tuple[Mistake, ...]
    unread: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def wrong(self) -> bool:
        """Whether anything must be mended before the numbers can be relied on."""
        return bool(self.unread or mistakes_only(self.mistakes))


def sheet(coverage: Coverage, looked: Looked, *, every: bool, require: bool) -> Answer:
    """The coverage for people and for scripts.

    Args:
        every: show all techniques.
        require: a failure mode without any playbook is a problem.
    """
    lacking = [one.mode.value for one in coverage.modes if not one.covered.planned]
    ok = not looked.wrong and not (require and lacking)
    lines = [str(mistake) for mistake in looked.mistakes]
    lines += looked.unread
    lines += [""] if lines else []
    lines += [*_modes(coverage, looked, lacking), ""]
    if looked.atlas is None:
        lines.append(WHERE)
    else:
        lines += _techniques(coverage, looked.atlas, looked, every)
    if require and lacking:
        lines.append(f"\nrequired, and missing: a playbook against {', '.join(lacking)}")
    return Answer(
        data=_plain(coverage, looked, lacking, ok),
        text="\n".join(lines),
        status=DONE if ok else PROBLEM,
    )


def _modes(coverage: Coverage, looked: Looked, lacking: Sequence[str]) -> list[str]:
    rows = [(one.mode.value, *_cells(one.covered, looked)) for one in coverage.modes]
    all_of = [one.covered for one in coverage.modes]
    lines = _table(("FAILURE MODE", "PLAYBOOK", "DETECTOR", "DRILL"), rows)
    lines += ["", f"{len(rows)} failure modes: {_counted(all_of)}."]
    if lacking:
        lines += textwrap.wrap(f"No playbook: {', '.join(lacking)}.", WIDTH,
                               break_on_hyphens=False)  # fmt: skip
    if looked.silent:
        told = "Plans that name no failure mode, and so stand against none: "
        lines += textwrap.wrap(told + ", ".join(looked.silent) + ".", WIDTH,
                               break_on_hyphens=False)  # fmt: skip
    if looked.home is None:
        lines.append("There is no home here: only playbooks that travel with Tocsin were counted.")
    elif any(one.shipped for one in all_of):
        lines.append("(shipped): travels with Tocsin. No finding starts it before it is copied to "
                     "HOME/playbooks.")  # fmt: skip
    return lines


def _techniques(coverage: Coverage, atlas: Atlas, looked: Looked, every: bool) -> list[str]:
    all_of = [one.covered for one in coverage.techniques]
    lines = [
        f"ATLAS {atlas.version}, {len(all_of)} techniques: {_counted(all_of)}.",
        *_incidents(coverage),
        "",
    ]
    if every:
        rows = [(one.technique, _cut(one.name), *_cells(one.covered, looked))
                for one in coverage.techniques]  # fmt: skip
        return [*lines, *_table(("TECHNIQUE", "NAME", "PLAYBOOK", "DETECTOR", "DRILL"), rows)]
    return lines + _gaps(coverage, atlas)


def _incidents(coverage: Coverage) -> list[str]:
    if not coverage.incidents:
        return ["No case study of this release is marked as a real incident."]
    seen = coverage.seen_in_incidents
    known = sum(one.covered.planned for one in seen)
    some = sum(one.unplanned != one.techniques for one in coverage.incidents)
    whole = sum(not one.unplanned for one in coverage.incidents)
    return [
        f"{len(coverage.incidents)} real incidents show {len(seen)} techniques: playbooks name "
        f"{known} of these ({100 * known // max(len(seen), 1)} %).",
        f"In {some} of the incidents they name a technique at least, in {whole} every one.",
    ]


def _gaps(coverage: Coverage, atlas: Atlas) -> list[str]:
    gaps = [one for one in coverage.seen_in_incidents if not one.covered.planned]
    if not gaps:
        return []
    rows = [
        (one.technique, str(len(one.incidents)), _cut(one.name), _tactic(one, atlas),
         ", ".join(mode.value for mode in one.near))
        for one in gaps[:ROWS]
    ]  # fmt: skip
    near = "PLAN NEAR BY" if any(row[-1] for row in rows) else ""
    head = ("TECHNIQUE", "SEEN", "NAME", "TACTIC", near)
    lines = ["Seen in real incidents, and no playbook names it:", *_table(head, rows)]
    if len(gaps) > ROWS:
        lines.append(f"{len(gaps) - ROWS} more; every technique: --all")
    return lines


def _tactic(one: TechniqueCovered, atlas: Atlas) -> str:
    """The first tactic that it serves; what an adversary prepares at home is no incident yet."""
    tactics = atlas.techniques[one.technique].tactics
    return atlas.tactics[tactics[0]].name if tactics else NONE


def _counted(all_of: Sequence[Covered]) -> str:
    planned = sum(one.planned for one in all_of)
    watched = sum(bool(one.detectors) for one in all_of)
    drilled = sum(bool(one.drills) for one in all_of)
    drills = f"{drilled} with a drill" if drilled else "no drills yet"
    return f"{planned} with a playbook, {watched} with a detector, {drills}"


def _cells(covered: Covered, looked: Looked) -> tuple[str, str, str]:
    mark = " (shipped)" if looked.home is not None else ""
    playbooks = [*covered.playbooks, *(f"{one}{mark}" for one in covered.shipped)]
    return _list(playbooks), _list(covered.detectors), _list(covered.drills)


def _list(words: Sequence[str]) -> str:
    """The first of these that fit into a cell, and how many more there are."""
    shown = list(words)
    while len(shown) > 1 and len(", ".join(shown)) > CELL_WIDTH:
        shown.pop()
    more = f" and {len(words) - len(shown)} more" if len(shown) < len(words) else ""
    return ", ".join(shown) + more or NONE


def _cut(name: str) -> str:
    return name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 3] + "..."


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]


def _plain(coverage: Coverage, looked: Looked, lacking: list[str], ok: bool) -> dict[str, object]:
    return {
        "ok": ok,
        "home": looked.home,
        "failure_modes": [
            {"mode": one.mode.value, "meaning": one.mode.meaning, **_fields(one.covered)}
            for one in coverage.modes
        ],
        "without_playbook": lacking,
        "drills_held": any(one.covered.drills for one in coverage.modes),
        "atlas": _plain_atlas(coverage, looked),
        "mistakes": looked.mistakes,
        "unread": looked.unread,
        "without_failure_mode": looked.silent,
    }


def _plain_atlas(coverage: Coverage, looked: Looked) -> dict[str, object] | None:
    if looked.atlas is None:
        return None
    seen = coverage.seen_in_incidents
    return {
        "file": looked.atlas_file,
        "version": looked.atlas.version,
        "counts": {
            "techniques": len(coverage.techniques),
            "with_playbook": sum(one.covered.planned for one in coverage.techniques),
            "seen_in_incidents": len(seen),
            "seen_in_incidents_with_playbook": sum(one.covered.planned for one in seen),
        },
        "techniques": [
            {
                "technique": one.technique,
                "name": one.name,
                "tactics": looked.atlas.techniques[one.technique].tactics,
                "incidents": one.incidents,
                "near": [mode.value for mode in one.near],
                **_fields(one.covered),
            }
            for one in coverage.techniques
        ],
        "incidents": coverage.incidents,
    }


def _fields(covered: Covered) -> dict[str, object]:
    return msgspec.structs.asdict(covered)
