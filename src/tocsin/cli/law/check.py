"""`tocsin law check`: cases worked by hand against the law, each miss with how it came about."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import DONE, PROBLEM, WRONG_USE, Answer, Screen
from tocsin.cli.law.case_file import CaseFile, case_file
from tocsin.cli.law.pack import asked_law, pack_option
from tocsin.duties.checked import Miss, checked
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.worked import worked_in
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.world import RealClock


def add(inner: Commands) -> None:
    made = command(
        inner, "check", run_check, "vectors and whole incidents, worked by hand, against the law",
        examples="  tocsin law check                    the vectors of the law pack itself\n"
        "  tocsin law check vectors.json cases.toml --json",
    )  # fmt: skip
    made.add_argument(
        "files", type=Path, nargs="*", metavar="FILE",
        help='{"vectors": [...]}, {"cases": [...]} or one case, in JSON or TOML',
    )  # fmt: skip
    pack_option(made)


def run_check(args: argparse.Namespace, screen: Screen) -> Answer:
    law, now = asked_law(args), RealClock().now()
    files = [case_file(path, law) for path in args.files]
    own = () if files else worked_in(law)
    told = [one for file in files for one in (*file.told, *_nothing_in(file))]
    wrong = mistakes_only(told)
    missed = [(file.name, miss) for file in files for miss in checked(law, file.cases, at=now)]
    missed += [("the law pack", miss) for miss in checked(law, own, at=now)]
    count = len(own) + sum(len(file.cases) for file in files)
    expected = sum(len(one.expected) for file in files for one in file.cases) + len(own)
    for one in told:
        screen.say(str(one))
    status = WRONG_USE if wrong else PROBLEM if missed else DONE
    return Answer(
        data={
            "ok": status == DONE,
            "cases": count,
            "expectations": expected,
            "misses": [_data(name, miss) for name, miss in missed],
            "mistakes": told,
            "law": {"version": law.version, "digest": law.digest},
            "note": NOT_ADVICE,
        },
        text="\n".join(
            [*_lines(missed), _summary(files, count, expected, len(missed), len(wrong))]
        ),
        status=status,
    )


def _nothing_in(file: CaseFile) -> Iterator[Mistake]:
    """A file that expects nothing was not checked, and nobody may think that it was."""
    if not mistakes_only(file.told) and not any(one.expected for one in file.cases):
        remedy = "write vectors, or cases with raised, not_raised or open"
        yield Mistake(file=file.name, line=1, path="", found="nothing to check", remedy=remedy)


def _data(file: str, miss: Miss) -> dict[str, object]:
    return {
        "file": file,
        "case": miss.case,
        "rule": miss.rule,
        "what": miss.what,
        "expected": miss.expected,
        "found": miss.found,
        "trace": list(miss.trace),
    }


def _lines(missed: Sequence[tuple[str, Miss]]) -> Iterator[str]:
    for name, miss in missed:
        case = f" {miss.case}" if miss.case else ""
        yield f"{name}{case}: {miss.rule}: {miss.what}"
        yield f"  expected {miss.expected}"
        yield f"  found    {miss.found}"
        yield from (f"    {line}" for line in miss.trace)


def _summary(files: Sequence[CaseFile], count: int, expected: int, missed: int, wrong: int) -> str:
    of = f"{len(files)} files" if len(files) > 1 else files[0].name if files else "the law pack"
    slips = "1 mistake" if wrong == 1 else f"{wrong} mistakes"
    unread = f"; {slips}, and nothing around that was checked" if wrong else ""
    return f"{of}: {count} cases, {expected} expectations, {missed} missed{unread}; {NOT_ADVICE}"
