"""`tocsin law diff`: what another law pack changes, in words, and for which incidents it counts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.incident.sheet import flat
from tocsin.cli.law.diff_incidents import Compared, compared
from tocsin.cli.law.pack import law_in, law_of, shipped_law
from tocsin.duties.changes import Change, Kind, changes
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.law import Law

SHIPPED, HOME = "shipped", "home"
_MARKS = {Kind.APPEARS: "+", Kind.VANISHES: "-", Kind.CHANGES: "~"}


def add(inner: Commands) -> None:
    made = command(
        inner, "diff", run_diff, "what another law pack changes, in words: rules, periods, dates",
        examples="  tocsin law diff shipped new-law\n  tocsin law diff old-law new-law",
    )  # fmt: skip
    for name in ("old", "new"):
        made.add_argument(
            name, metavar=name.upper(),
            help=f'the folder of a pack; "{SHIPPED}"; or "{HOME}", with your own articles',
        )  # fmt: skip


def run_diff(args: argparse.Namespace, screen: Screen) -> Answer:
    old, new = _law(args.old, args.home), _law(args.new, args.home)
    found, incidents = changes(old, new), compared(args, screen, old, new)
    return Answer(
        data={
            "same": old.digest == new.digest,
            "old": {"version": old.version, "digest": old.digest},
            "new": {"version": new.version, "digest": new.digest},
            "changes": found,
            "incidents": incidents,
            "note": NOT_ADVICE,
        },
        text="\n".join([*_lines(old, new, found), *_incidents(incidents), NOT_ADVICE]),
    )


def _law(name: str, home: Path) -> Law:
    if name == SHIPPED:
        return shipped_law()
    return law_of(home) if name == HOME else law_in(Path(name))


def _lines(old: Law, new: Law, found: Sequence[Change]) -> Iterator[str]:
    yield f"from {old.version} ({old.digest[:12]}) to {new.version} ({new.digest[:12]})"
    for change in found:
        yield f"{_MARKS[change.kind]} {change.what} {change.kind.value}"
        yield from (f"    {words}" for words in change.words)
    if not found:
        same = old.digest == new.digest
        yield "the same pack" if same else "no rule differs: only cases, notes or sources do"


def _incidents(found: Sequence[Compared] | None) -> Iterator[str]:
    if found is None:
        yield "there is no home here, so no incidents were asked"
        return
    moved = [one for one in found if one.changes]
    for one in moved:
        yield f"incident {one.short}: {flat(one.title)}"
        for change in one.changes:
            yield f"  {'!' if change.earlier else ' '} {change.rule}: {change.words}"
    asked = "1 incident" if len(found) == 1 else f"{len(found)} incidents"
    yield f"{asked} asked, for {len(moved) or 'none'} of them something changes"
    if any(change.earlier for one in moved for change in one.changes):
        yield "! is due earlier, or newly"
