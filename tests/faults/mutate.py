"""Are the tests worth anything? `mutate.py [--most N] [ROOM/FILE.py ...]` breaks the source in
small ways, one at a time, in memory, and tells which breakages no test noticed.

Each mutant lives in a forked process whose import of the module gives the broken code; no file is
changed. A survivor is either a hole in the tests or a change that makes no difference: a person has
to look, and writes those into `no_change.py`. Exit code 1 when there are survivors.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from no_change import NO_CHANGE

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60
# What tests need and no mutant changes is imported once, before the forks.
WARM = ("cryptography.hazmat.primitives.asymmetric.ed25519", "holidays", "hypothesis",
        "msgspec", "sqlalchemy", "yaml")  # fmt: skip
RUNS = ("tests/desk/test_desk_runs.py", "tests/desk/test_desk_attempts.py",
        "tests/desk/test_desk_repeating.py", "tests/desk/test_desk_waiting.py",
        "tests/desk/test_desk_lost_acts.py", "tests/desk/test_desk_paused.py")  # fmt: skip
DESK = (*RUNS, "tests/desk/test_desk_approvals.py", "tests/faults/test_crash_points.py")
PLAYBOOK = (*RUNS, "tests/desk/test_desk_approvals.py", "tests/playbook")
LEGAL_TIME = ("tests/duties/test_duties_period.py", "tests/duties/test_duties_period_contested.py",
              "tests/duties/test_duties_local_time.py", "tests/duties/test_duties_calendars.py",
              "tests/duties/test_duties_period_properties.py")  # fmt: skip
LEGAL_DUTIES = ("tests/duties/test_duties_raised_edges.py", "tests/duties/test_duties_clocks.py",
                "tests/duties/test_duties_raised.py",
                "tests/duties/test_duties_boundaries.py")  # fmt: skip
INCIDENT = ("tests/incident", "tests/desk/test_desk_custody.py")
TESTS: dict[str, Sequence[str]] = {
    "playbook/run.py": PLAYBOOK,
    "playbook/planner.py": PLAYBOOK,
    "playbook/consent.py": ("tests/playbook/test_playbook_consent.py",),
    "playbook/limits.py": ("tests/playbook/test_playbook_limits.py",),
    "playbook/calling.py": ("tests/playbook/test_playbook_calling.py",),
    "playbook/migration.py": ("tests/playbook/test_playbook_migration.py",),
    "playbook/course.py": ("tests/playbook/test_playbook_course.py",),
    "playbook/waiting.py": ("tests/playbook/test_playbook_course.py",),
    "desk/loaded/consents.py": ("tests/desk/test_desk_consents.py",),
    "desk/loaded/calling.py": ("tests/desk/test_desk_calling.py",),
    "desk/plans/migrating.py": ("tests/desk/test_desk_migrating.py",),
    "desk/acting/attempt.py": DESK,
    "desk/acting/serving.py": DESK,
    "desk/approving/approvals.py": DESK,
    "incident/fold.py": INCIDENT,
    "incident/custody.py": INCIDENT,
    "duties/calendars.py": LEGAL_TIME,
    "duties/clocks.py": LEGAL_DUTIES,
    "duties/local_time.py": LEGAL_TIME,
    "duties/period.py": LEGAL_TIME,
    "duties/raised.py": LEGAL_DUTIES,
    "duties/reasons.py": LEGAL_DUTIES,
    "duties/shifts.py": LEGAL_TIME,
}
_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What could be written instead of this node."""
    yield from _other_values(node)
    yield from _other_ways(node)


def _other_values(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(ops=[op]):
            other = copy.deepcopy(node)
            other.ops = [_OTHER[type(op)]()]
            yield "comparison", other
        case ast.BoolOp(values=[first, *rest]):
            yield "without the first", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield "only the first", first
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "without not", operand
        case ast.IfExp(body=body, orelse=orelse):
            yield "always", body
            yield "never", orelse
        case ast.Constant(value=bool() as value):
            yield f"{not value}", ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield f"{value + 1}", ast.Constant(value + 1)
        case ast.BinOp(op=ast.Add() | ast.Sub() as op):
            swapped = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield "sign", ast.BinOp(node.left, swapped, node.right)
        case ast.Call(func=ast.Name(id="min" | "max" as name)):
            other = copy.deepcopy(node)
            other.func = ast.Name("max" if name == "min" else "min", ast.Load())
            yield "the other extreme", other
        case ast.Set(elts=elements):
            for number in range(len(elements)):
                rest = [one for at, one in enumerate(elements) if at != number]
                yield (
                    f"without element {number}",
                    ast.Set(rest or [ast.Starred(ast.Tuple([], ast.Load()))]),
                )


def _other_ways(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.If():
            for word in (True, False):
                other = copy.deepcopy(node)
                other.test = ast.Constant(word)
                yield f"if {word}", other
        case ast.match_case(guard=ast.expr()):
            other = copy.deepcopy(node)
            other.guard = None
            yield "without its guard", other
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "returns None", ast.Return(ast.Constant(None))
        case ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Delete():
            yield "left out", ast.Pass()
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "left out", ast.Expr(ast.Constant(None))
        case ast.Call(keywords=[*keywords]) if any(_is_field(k) for k in keywords):
            for number, keyword in enumerate(keywords):
                if _is_field(keyword):
                    other = copy.deepcopy(node)
                    del other.keywords[number]
                    yield f"without {keyword.arg}", other


def _is_field(keyword: ast.keyword) -> bool:
    return keyword.arg is not None and not isinstance(keyword.value, ast.Constant)


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """The module with one change each, with line and kind of the change."""
    spared = _spared(tree)
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in spared:
            continue
        for kind, _ in changes(node):
            whole = copy.deepcopy(tree)
            target = next(n for at, n in enumerate(ast.walk(whole)) if at == number)
            new = next(n for name, n in changes(target) if name == kind)
            _put(whole, target, new)
            place = node.pattern if isinstance(node, ast.match_case) else node
            yield place.lineno, kind, ast.fix_missing_locations(whole)


def kinds(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The kind and the line of each mutant, without making it."""
    spared = _spared(tree)
    for node in ast.walk(tree):
        place = node.pattern if isinstance(node, ast.match_case) else node
        if id(node) not in spared:
            yield from ((kind, place.lineno) for kind, _ in changes(node))


def _spared(tree: ast.Module) -> set[int]:
    """Annotations, options of classes, the words of errors: no test should hold them."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            parts.append(node.annotation)
        if isinstance(node, ast.FunctionDef) and node.returns:
            parts.append(node.returns)
        if isinstance(node, ast.ClassDef):
            parts += node.keywords
        if isinstance(node, ast.JoinedStr):
            parts.append(node)
        found |= {id(inner) for part in parts for inner in ast.walk(part)}
    return found


def _put(whole: ast.Module, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(whole):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
                return
            if isinstance(value, list) and any(one is old for one in value):
                setattr(parent, field, [new if one is old else one for one in value])
                return


class Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module another body."""

    def __init__(self, name: str, file: Path, tree: ast.Module) -> None:
        self._name, self._file, self._tree = name, file, tree

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module) -> None:
        module.__file__ = str(self._file)
        code = compile(self._tree, str(self._file), "exec")
        exec(code, module.__dict__)  # noqa: S102 - this is what a loader does


def is_noticed(file: str, tree: ast.Module, tests: Sequence[str]) -> bool:
    """Whether a test fails, or never ends, over this body of the module."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        signal.alarm(SECONDS_MAX)
        name = "tocsin." + file.removesuffix(".py").replace("/", ".")
        sys.meta_path.insert(0, Broken(name, ROOT / "src" / "tocsin" / file, tree))
        options = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
        os._exit(int(pytest.main([*options, *tests])))
    return os.waitpid(pid, 0)[1] != 0


def main() -> int:
    """Mutate the files that are named, or all in `TESTS`; the number of survivors decides."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--most", type=int, help="of each file, so many mutants drawn at random")
    reader.add_argument("files", nargs="*", default=list(TESTS))
    given = reader.parse_args()
    os.chdir(ROOT)
    for name in WARM:
        importlib.import_module(name)
    survivors = 0
    for file in given.files:
        source = (ROOT / "src" / "tocsin" / file).read_text()
        tree = ast.parse(source)
        if not _passes(file, tree):
            print(f"{file}: its tests fail without any change; mend them first")
            return 2
        lines = source.splitlines()
        same = NO_CHANGE.get(file, {})
        found = [one for one in mutants(tree) if (one[1], lines[one[0] - 1].strip()) not in same]
        if given.most is not None and len(found) > given.most:
            found = sorted(random.sample(found, given.most), key=lambda one: one[0])
        begun, alive = time.monotonic(), 0
        for line, kind, whole in found:
            if not is_noticed(file, whole, TESTS[file]):
                alive += 1
                print(f"{file}:{line}: {kind}: {lines[line - 1].strip()}", flush=True)
        spent = time.monotonic() - begun
        told = f"{alive} of {len(found)} survived, {len(same)} make no difference, {spent:.0f} s"
        print(f"{file}: {told}", flush=True)
        survivors += alive
    return 1 if survivors else 0


def _passes(file: str, tree: ast.Module) -> bool:
    return not is_noticed(file, ast.fix_missing_locations(copy.deepcopy(tree)), TESTS[file])


if __name__ == "__main__":
    sys.exit(main())
