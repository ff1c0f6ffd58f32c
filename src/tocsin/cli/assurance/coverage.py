"""`tocsin coverage`: which failure modes and techniques have a playbook, a detector, a drill.

It reads files and changes nothing. A home and a release of ATLAS are optional; what was not looked
at is said.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from tocsin.cli.assurance.coverage_sheet import Looked, sheet
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.shipped import library
from tocsin.desk.loaded.home_files import HomePlan, detectors_of, plans_of
from tocsin.facts import Refused
from tocsin.playbook.knowledge import Atlas, coverage_of, not_in_release
from tocsin.register.mistakes import Mistake
from tocsin.wiring.knowledge import (
    RELEASE,
    drills_in,
    has_files,
    named_by_detectors,
    named_by_plans,
    playbook_of,
    release_in,
    watchers_in,
)


def add(places: Commands) -> None:
    made = command(
        places,
        "coverage",
        run_coverage,
        "say which failure modes and ATLAS techniques have a playbook, a detector, a drill",
        examples="  tocsin coverage\n  tocsin coverage --require\n"
        "  tocsin coverage --atlas ATLAS.yaml --all",
    )
    made.add_argument("--atlas", type=Path, metavar="FILE",
                      help="the file of the official release, of any version; "
                      "else HOME/knowledge/ATLAS.yaml")  # fmt: skip
    made.add_argument("--all", action="store_true", help="show every technique")
    made.add_argument("--require", action="store_true",
                      help="end with 1 when a failure mode has no playbook at all")  # fmt: skip


def run_coverage(args: argparse.Namespace, screen: Screen) -> Answer:
    plans, told = plans_of(args.home)
    detectors, unread = detectors_of(args.home)
    broken = {mistake.file for mistake in told}
    ours = [one for one in plans if one.file not in broken]
    shipped, of_library = _only_shipped({one.plan.id for one in ours})
    file, atlas, advice = _release(args)
    if atlas is not None:
        told += not_in_release([*named_by_plans(ours), *named_by_detectors(detectors)], atlas)
        of_library += not_in_release(named_by_plans(shipped), atlas)
    advice += [_of_library(one) for one in of_library]
    coverage = coverage_of(
        [
            *(playbook_of(one, shipped=False) for one in ours),
            *(playbook_of(one, shipped=True) for one in shipped),
        ],
        watchers_in(detectors),
        drills_in(args.home),
        atlas,
    )
    looked = Looked(
        home=str(args.home) if has_files(args.home) else None,
        atlas_file=str(file) if file is not None else None,
        atlas=atlas,
        mistakes=(*advice, *sorted(told)),
        unread=tuple(unread),
        silent=tuple(sorted(one.plan.id for one in ours if one.plan.failure_mode is None)),
    )
    return sheet(coverage, looked, every=args.all, require=args.require)


def _only_shipped(ours: set[str]) -> tuple[list[HomePlan], list[Mistake]]:
    """The playbooks of the library that are not in the home, and what is wrong with them."""
    plans, told = plans_of(library())
    broken = {mistake.file for mistake in told}
    return [one for one in plans if one.file not in broken and one.plan.id not in ours], told


def _of_library(one: Mistake) -> Mistake:
    """As advice: whoever runs this can mend only their own files."""
    return msgspec.structs.replace(one, file=f"(shipped) {one.file}", advice=True)


def _release(args: argparse.Namespace) -> tuple[Path | None, Atlas | None, list[Mistake]]:
    """The release that was given, or that the home keeps; none when there is none."""
    file: Path = args.atlas or args.home / RELEASE
    if args.atlas is None and not file.exists():
        return None, None, []
    atlas, told = release_in(file, str(file))
    if atlas is None:
        raise Refused("\n".join(str(mistake) for mistake in told))
    return file, atlas, told
