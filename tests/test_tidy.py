"""House rules that a program can check. Each failure says what to do instead."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tocsin.duties.read_files import NAMES, names_of

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "tocsin"
FILE_LINES, FUNCTION_LINES, LINE_LENGTH = 400, 60, 100

PURE_ROOMS = {
    "facts", "register", "incident", "playbook", "detection", "statement", "dossier", "duties",
    "signals",
}  # fmt: skip
PURE_BELOW = {"facts", "register"}
IO_BELOW = {"facts", "world"}
# Who may know whom. A room that is missing here may know nobody but itself.
ARROWS: dict[str, set[str]] = {
    "facts": set(),
    "world": {"facts"},
    "register": {"facts"},
    "incident": PURE_BELOW,
    "playbook": PURE_BELOW | {"incident"},
    "journal": IO_BELOW,
    "vault": IO_BELOW,
    "connectors": IO_BELOW,
    "probes": IO_BELOW,
    "sources": IO_BELOW,
    "switch": IO_BELOW,
    "inbox": IO_BELOW,
    "detection": PURE_BELOW,
    "statement": PURE_BELOW | {"incident"},
    "signals": PURE_BELOW,
    "duties": PURE_BELOW,
    "dossier": PURE_BELOW | {"incident", "playbook", "duties"},
    "desk": PURE_ROOMS - {"dossier"} | {"world"},
    "exercise": {"facts", "world", "desk"},
    # Doors may also call pure rooms and the journal's verifier, so that checks need no home.
    "cli": PURE_ROOMS | {"world", "desk", "journal", "inbox", "switch", "web", "wiring"},
    "web": PURE_ROOMS | {"world", "desk"},
    "__main__": {"cli"},
}
KNOWS_EVERYONE = {"wiring"}
PURE = PURE_ROOMS
READS_FILES = {"register/files.py"}
# Rooms with parts: no part of them knows another that knows it in turn. The files beside the parts
# are one part more; what the room shows to others stands above all.
PARTED = {"desk", "detection", "cli"}
OUTERMOST_LOOPS = {"desk/acting/worker.py", "desk/alarms/watching.py", "desk/inbound/taking_in.py"}
OUTSIDE = {
    "asyncio", "glob", "http", "io", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlalchemy", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
HIDDEN_CLOCKS = {"now", "utcnow", "today", "monotonic", "perf_counter"}
CLOCK_MODULES = {"datetime", "date", "time"}
RANDOM_MODULES = {"random", "secrets", "uuid"}
VAGUE = {
    "manager", "service", "helper", "helpers", "util", "utils", "common", "misc", "base",
    "processor", "handler", "wrapper",
}  # fmt: skip
# Packed into every evidence package as one file that needs nothing but Python.
# What the defended application imports: it has the flag client's two packages and nothing else.
IN_THE_APPLICATION = {"switch/__init__.py", "switch/provider.py", "switch/state.py"}
STANDS_ALONE = {
    "journal/verify.py", "journal/verify_bag.py", "journal/verify_note.py",
    "journal/verify_words.py",
}  # fmt: skip
REGISTRY_HOST = re.compile(r"(py[p]i|python[h]osted|np[m]js|deb[i]an)\.(org|com|net)")
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.])/(work|root|farm)/[A-Za-z]")


@cache
def sources() -> list[tuple[Path, str, ast.Module]]:
    return [
        (path, path.relative_to(SRC).parts[0].removesuffix(".py"), ast.parse(path.read_text()))
        for path in sorted(SRC.rglob("*.py"))
    ]


@cache
def inside(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All that stands in it: going through the whole source once for each rule took longest."""
    return tuple(ast.walk(tree))


@cache
def imports(tree: ast.Module) -> tuple[str, ...]:
    return tuple(_imports(tree))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@cache
def rooms_known(tree: ast.Module) -> frozenset[str]:
    named = (
        alias.name
        for node in nodes(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tocsin"
        for alias in node.names
    )
    below = (name.split(".")[1] for name in imports(tree) if name.startswith("tocsin."))
    return frozenset({name for name in named if not name.startswith("_")} | {*below})


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout: the rules about tracked files were not checked")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_arrows_point_inward() -> None:
    for path, room, tree in sources():
        for target in sorted(rooms_known(tree)):
            allowed = room in KNOWS_EVERYONE or target == room or target in ARROWS.get(room, ())
            assert allowed, (
                f"{inside(path)}: {room} must not know {target}; hand it in as a fact or a port, "
                "or move the shared type to facts or register"
            )


def parts_known(room: str) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for path, where, tree in sources():
        if where == room and path != SRC / room / "__init__.py":
            own = known.setdefault(part_of(path), set())
            for name in imports(tree):
                if name.startswith(f"tocsin.{room}"):
                    own.add(part_of(file_of(name)))
    return {part: others - {part} for part, others in known.items()}


def file_of(module: str) -> Path:
    stem = SRC.parent / module.replace(".", "/")
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


def part_of(path: Path) -> str:
    """The folder in which a file lies: a part of its room, or the room for one beside the parts."""
    return path.parent.relative_to(SRC).as_posix()


@pytest.mark.parametrize("room", sorted(PARTED))
def test_parts_of_a_room_know_each_other_one_way(room: str) -> None:
    left = parts_known(room)
    assert len(left) > 1, f"{room} has no parts; take it out of PARTED"
    while left:
        free = {part for part, others in left.items() if not others & left.keys()}
        assert free, f"{ {p: sorted(o & left.keys()) for p, o in left.items()} } know each other"
        left = {part: others for part, others in left.items() if part not in free}


def test_nobody_knows_wiring_but_the_doors() -> None:
    for path, room, tree in sources():
        if room not in {"cli", "web", "wiring"}:
            assert "wiring" not in rooms_known(tree), (
                f"{inside(path)}: take the World as an argument; only a door wires one"
            )


def test_pure_rooms_touch_nothing() -> None:
    for path, room, tree in sources():
        if room in PURE and inside(path) not in READS_FILES:
            touched = OUTSIDE & {name.split(".")[0] for name in imports(tree)}
            assert not touched, (
                f"{inside(path)}: a pure room must be replayable, yet imports {touched}; "
                "take the value as an argument"
            )


def test_nobody_reads_the_clock_but_world() -> None:
    for path, room, tree in sources():
        if room == "world":
            continue
        for node in nodes(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in HIDDEN_CLOCKS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in CLOCK_MODULES
            ):
                raise AssertionError(
                    f"{inside(path)}:{node.lineno}: take a Clock, or the instant, as an argument"
                )


def test_nobody_draws_random_numbers_but_world() -> None:
    for path, room, tree in sources():
        if room != "world":
            drawn = RANDOM_MODULES & {name.split(".")[0] for name in imports(tree)}
            assert not drawn, f"{inside(path)}: imports {drawn}; take Ids as an argument"


def test_sizes_fit_a_screen() -> None:
    for path, _, tree in sources():
        lines = path.read_text().splitlines()
        assert len(lines) <= FILE_LINES, (
            f"{inside(path)}: {len(lines)} lines; find the noun that is hiding in it"
        )
        for number, line in enumerate(lines, start=1):
            assert len(line) <= LINE_LENGTH, f"{inside(path)}:{number}: break the line"
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= FUNCTION_LINES, (
                    f"{inside(path)}:{node.lineno}: {node.name} has {length} lines; split it by "
                    "what it decides"
                )


def test_names_say_what() -> None:
    for path, _, tree in sources():
        names = [n.name for n in nodes(tree) if isinstance(n, ast.ClassDef)] + [path.stem]
        for name in names:
            words = re.findall(r"[A-Z]?[a-z]+", name) or [name]
            assert words[-1].lower() not in VAGUE, (
                f"{inside(path)}: {name} does not say what it is; use the field's word for it"
            )


def test_every_module_says_what_it_guarantees() -> None:
    for path, _, tree in sources():
        assert ast.get_docstring(tree), f"{inside(path)}: begin with what this module guarantees"


def test_broad_excepts_stand_only_in_the_desks_outermost_loops() -> None:
    for path, _, tree in sources():
        for node in nodes(tree):
            if isinstance(node, ast.ExceptHandler) and inside(path) not in OUTERMOST_LOOPS:
                names = (
                    {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                    if (node.type)
                    else {"Exception"}
                )
                assert not names & {"Exception", "BaseException"}, (
                    f"{inside(path)}:{node.lineno}: name the errors that you can do something about"
                )


def test_no_branch_asks_whether_this_is_a_drill() -> None:
    for path, _, tree in sources():
        for node in nodes(tree):
            if isinstance(node, ast.If):
                asked = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
                asked |= {n.attr for n in ast.walk(node.test) if isinstance(n, ast.Attribute)}
                assert not {a for a in asked if "drill" in a.lower()}, (
                    f"{inside(path)}:{node.lineno}: a drill is another world; wire other hands"
                )


def test_no_file_names_a_registry_or_a_machine() -> None:
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for pattern, what in ((REGISTRY_HOST, "names a package registry's host"),
                              (MACHINE_PATH, "holds a path of somebody's machine")):  # fmt: skip
            found = pattern.search(text)
            where = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found and found.end()) + 1}"
            assert found is None, f"{where}: {what}"


def test_nothing_is_left_unfinished_by_its_own_words() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|placeholder|for now)\b")
    for path, _, _ in sources():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            assert not unfinished.search(line), f"{inside(path)}:{number}: finish it or remove it"


def test_the_verifier_in_an_evidence_package_needs_nothing_but_python() -> None:
    allowed = set(sys.stdlib_module_names)
    alone = [(path, tree) for path, _, tree in sources() if inside(path) in STANDS_ALONE]
    assert len(alone) == len(STANDS_ALONE), "the stand-alone verifier is gone; name its files here"
    for path, tree in alone:
        for name in imports(tree):
            fine = name.split(".")[0] in allowed or name.startswith("tocsin.journal.verify")
            assert fine, f"{inside(path)}: imports {name}, which a stranger does not have"


def test_the_flag_client_needs_two_packages_and_no_other_room() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography", "openfeature"}
    inside_application = [(p, t) for p, _, t in sources() if inside(p) in IN_THE_APPLICATION]
    assert len(inside_application) == len(IN_THE_APPLICATION)
    for path, tree in inside_application:
        for name in imports(tree):
            fine = name.split(".")[0] in allowed or name == "tocsin.switch.state"
            assert fine, f"{inside(path)}: imports {name}, which a defended application lacks"


def test_tests_mirror_the_rooms() -> None:
    rooms = {p.name for p in SRC.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    tested = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()}
    assert rooms <= tested, f"no tests for {sorted(rooms - tested)}; make tests/<room>/"


def test_what_tests_share_is_found_by_every_way_to_run_them() -> None:
    # `python -m pytest` finds `tests.x` and `pytest` does not; a name in another room's folder is
    # found only after a test of that room was read. Both passed here and failed elsewhere.
    tests = ROOT / "tests"
    lent = {p.stem: p.parent for p in tests.rglob("*.py") if not p.stem.startswith("test_")}
    for path in tests.rglob("*.py"):
        for name in imports(ast.parse(path.read_text())):
            top = name.split(".")[0]
            where = f"{path.relative_to(ROOT)}: imports {name}"
            assert top != "tests", f"{where}; name the module without its folder"
            near = lent.get(top, tests) in (tests, path.parent)
            assert near, f"{where} from another room; move it to tests/, where what is shared lies"


def test_the_shipped_law_names_its_files_as_they_are() -> None:
    law = ROOT / "law"
    files = {p.relative_to(law).as_posix(): p.read_text() for p in law.rglob("*.toml")}
    assert files[NAMES] == names_of(files), "the law was changed; run: tocsin law seal law"
