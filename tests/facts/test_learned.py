"""Any number of threads may read at once, from the first entry on."""

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
FORKS = 20
# Each child has read nothing yet, and lets four threads read one of every kind at the same time.
READERS = textwrap.dedent(
    """
    import os, sys, threading
    import msgspec
    import tocsin.facts.record
    from tocsin.facts.union import KINDS

    def read(go):
        go.wait()
        for tag, kind in KINDS.items():
            fields = {"kind": tag, **dict.fromkeys(kind.__struct_fields__, "x")}
            try:
                msgspec.convert(fields, type=kind)
            except msgspec.ValidationError:
                pass

    sys.setswitchinterval(1e-6)
    for _ in range(int(sys.argv[1])):
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            continue
        go = threading.Barrier(4)
        threads = [threading.Thread(target=read, args=(go,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os._exit(0)
    """
)


def test_threads_that_all_begin_to_read_at_once_do_not_end_the_process() -> None:
    """Without `learned` three of four such processes end by a fault of the machine's code."""
    ran = subprocess.run(
        [sys.executable, "-c", READERS, str(FORKS)],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )  # fmt: skip
    assert ran.stdout.split() == ["0"] * FORKS


def test_whatever_is_read_from_outside_is_learned_where_it_is_written_down() -> None:
    trees = {path: ast.parse(path.read_text()) for path in SRC.rglob("*.py")}
    ours = {node.name for tree in trees.values() for node in tree.body
            if isinstance(node, ast.ClassDef)}  # fmt: skip
    known = {name for tree in trees.values() for node in tree.body for name in _learned_by(node)}
    read = {name: path.name for path, tree in trees.items() for node in ast.walk(tree)
            if isinstance(node, ast.Call) for name in _read_by(node)}  # fmt: skip
    assert len(read) > 20
    unlearned = {name: where for name, where in read.items() if name in ours - known}
    assert not unlearned, "write @learned (facts/learned.py) above them"


def _learned_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.ClassDef(name=name, decorator_list=above):
            return [name] if "learned" in map(ast.unparse, above) else []
        case ast.Expr(value=ast.Call(func=ast.Name(id="learned"), args=[ast.Name(id=name)])):
            return [name]
    return []


def _read_by(call: ast.Call) -> list[str]:
    """The names of types that this call reads, if it reads."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in ("decode", "convert"):
        return []
    if ast.unparse(call.func) not in ("msgspec.json.decode", "msgspec.convert"):
        return []
    given = [one.value for one in call.keywords if one.arg == "type"] + call.args[1:2]
    return [one.attr if isinstance(one, ast.Attribute) else one.id
            for kind in given for one in ast.walk(kind)
            if isinstance(one, ast.Name | ast.Attribute)]  # fmt: skip
