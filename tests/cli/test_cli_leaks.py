"""No door lets out a word that is for counsel: every command, on incidents with every kind of fact.

An incident is full of entries for counsel, one of each kind, whose every word is a canary, and
counsel took in a file for counsel alone, copied it out, held it and rests a claim on it. Then each
command of the parser is given, as somebody who is not in counsel's space, and what it prints,
writes into files and leaves in the vault is searched for canaries, also as they look in base64. A
new command and a new kind of fact take part by themselves.
"""

from __future__ import annotations

import argparse
import base64
import enum
import hashlib
import io
import signal
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest

from cli_seat import Keyboard, copied
from tocsin import wiring
from tocsin.cli.commands import parser
from tocsin.cli.frame.arguments import instant
from tocsin.facts import KINDS, Access, Asserter, Author, Draft, Fact, Proof, incident_log
from tocsin.facts.incidents import Closed, Dismissed, Noted, Opened, Reopened, Widened
from tocsin.facts.kinds import Kind

PREFIX = "zqkanarienvogel"
DIGEST = "ca9a71e5"
FILE = f"{PREFIX} of a file"
PIECE = hashlib.sha256(FILE.encode()).hexdigest()[:8]
YEAR = 2077
SECONDS_MAX = 60
SAID = "what everybody may read"
RUNS = frozenset(kind for kind in KINDS.values() if "run" in kind.__struct_fields__)
TURNS = frozenset({Closed, Dismissed, Reopened})
EVERYBODYS = {Opened: ("incident", "open"), Widened: ("incident", "widen")}
"""Which systems an incident is about, and who says so: an incident for counsel alone is none."""
ORDERED = sorted(set(KINDS.values()) - EVERYBODYS.keys(), key=lambda kind: kind.__name__)

INCIDENTS = {
    "quiet": [kind for kind in ORDERED if kind not in RUNS | TURNS],
    "turned": [kind for kind in ORDERED if kind not in RUNS],
    "all": ORDERED,
}
"""Which kinds for counsel stand in which incident: some make others unreachable, and a log that
tells of runs which never began is broken for the desk, whose message must not tell more."""

PLACES = frozenset({"run", "step", "claim", "question", "hypothesis", "statement", "hold", "work"})
"""Fields in which Tocsin itself numbers things: C1, Q1, run-1. They are no words."""

FINITE = {
    ("work",): ("--until-idle",),
    ("watch",): ("--once",),
}
"""What makes a command end that would go on."""

SERVES = {
    ("web",), ("switch", "serve"), ("witness", "serve"), ("demo",), ("api", "serve"),
}  # fmt: skip
"""Commands that serve until they are stopped, or make a home of their own; see `tests/web`."""

WHOLE = {("backup",)}
"""Commands that copy the whole record, for who can read its files anyway; what they print is."""


def canary(kind: type[Kind], field: str) -> str:
    return f"{PREFIX}{ORDERED.index(kind):03d}{field.replace('_', '')}"


def cursed(kind: type[Kind]) -> Fact:
    """A fact of a kind, every word of it a canary."""
    hints = get_type_hints(kind, include_extras=True)
    values = {f: _value(hints[f], kind, f) for f in kind.__struct_fields__}
    return kind(**values)  # type: ignore[return-value]


def _value(hint: Any, kind: type[Kind], field: str) -> object:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *metas = get_args(hint)
        if any(getattr(meta, "pattern", None) for meta in metas):
            return f"{DIGEST}{ORDERED.index(kind):04d}".ljust(64, "0")
        return _value(inner, kind, field)
    if origin is tuple:
        return (_value(get_args(hint)[0], kind, field),)
    if origin in (types.UnionType, Union):
        return _value(get_args(hint)[0], kind, field)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint))
    plain: dict[object, object] = {
        datetime: datetime(YEAR, 7, 7, tzinfo=UTC), bool: True, int: 1,
    }  # fmt: skip
    return plain.get(hint, f"{field}-1" if field in PLACES else canary(kind, field))


def leaks(data: bytes) -> list[bytes]:
    """The canaries in these bytes, as they are or as they look in base64."""
    low = data.lower()
    marks = [PREFIX.encode(), DIGEST.encode(), PIECE.encode(), f"{YEAR}-07".encode()]
    found = [mark for mark in marks if mark in low]
    for shift in range(3):
        coded = base64.b64encode(b" " * shift + PREFIX.encode())
        inner = coded[-(-8 * shift // 6) : (shift + len(PREFIX)) * 8 // 6]
        found += [inner] if inner in data or inner.translate(_URL) in data else []
    return found


_URL = bytes.maketrans(b"+/", b"-_")


@pytest.mark.parametrize("shift", range(3))
def test_the_search_sees_every_disguise(shift: int) -> None:
    word = canary(Noted, "text").encode()
    for data in (word, word.upper(), b"<b>" + word, base64.b64encode(b"x" * shift + word)):
        assert leaks(b"before " + data + b" after"), data
    assert not leaks(b"nothing of that kind: " + base64.b64encode(b"a few other words"))


def commands(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command of the line, with its own parser."""
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for action in inner:
        for name, made in action.choices.items():
            yield from commands(made, (*path, name))
    if not inner:
        yield path, parser
    for name, made in getattr(parser, "within", {}).items():
        yield from commands(made, (*path, name))


ALL = dict(commands(parser()))


@pytest.mark.parametrize("path", EVERYBODYS.values(), ids=" ".join)
def test_what_is_everybodys_cannot_be_said_for_counsel(path: tuple[str, ...]) -> None:
    assert "access" not in {action.dest for action in ALL[path]._actions}
    assert "access" in {action.dest for action in ALL["incident", "note"]._actions}


@pytest.fixture(scope="module")
def cursed_home(
    tmp_path_factory: pytest.TempPathFactory, staffed_home: Path, keys: dict[str, Path]
) -> tuple[Path, dict[str, str]]:
    """A home with an incident for each choice of kinds, and their ids."""
    home = copied(staffed_home, tmp_path_factory.mktemp("cursed") / "home")
    tocsin, found = Keyboard(home), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGNAME", "ana")
        patch.setattr("tocsin.cli.frame.person.account", lambda: "ana")
        for name, kinds in INCIDENTS.items():
            one = found[name] = tocsin.opened(f"{SAID}: {name}")
            tocsin.done("incident", "claim", one, SAID)
            signed = ("--as", "ana", "--key", keys["ana"])
            tocsin.done("incident", "assign", one, "counsel", "cleo", *signed)
            tocsin.done("incident", "ask", one, SAID)
            tocsin.done("incident", "note", one, SAID)
            _take_in(tocsin, one, tmp_path_factory.mktemp("file"), keys)
            _append(home, one, kinds)
    return home, found


def _take_in(tocsin: Keyboard, one: str, folder: Path, keys: dict[str, Path]) -> None:
    """A file of counsel's, with all that counsel does with it."""
    why = ("--because", f"{PREFIX}why", "--as", "cleo", "--key", keys["cleo"])
    (file := folder / f"{PREFIX}file").write_text(FILE)
    add = ("incident", "evidence", "add", one, file, "--source", f"{PREFIX}source")
    piece = tocsin.done(*add, *why)["digest"]
    tocsin.done("incident", "evidence", "get", one, piece, "--to", folder / f"{PREFIX}to", *why)
    tocsin.done("hold", "place", one, "--evidence", piece, *why)
    claim = ("incident", "claim", one, f"{PREFIX}claim", "--evidence", piece, *why[2:])
    tocsin.done(*claim, "--grade", "confirmed")
    tocsin("incident", "evidence", "check", "--older-than-hours", "0")  # the canaries have no bytes
    tocsin.done("export", one, "--to", folder / "out", "--reader", "counsel", *why[2:])


def _append(home: Path, one: str, kinds: list[type[Kind]]) -> None:
    log = incident_log(one)
    with wiring.open_home(home, warn=lambda _: None) as opened:
        for kind in kinds:
            if Asserter.PERSON in kind.asserted_by:
                author = Author(who="cleo", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
            else:
                author = Author(who="worker", kind=Asserter.WORKER, proof=Proof.PROCESS)
            draft = Draft(
                fact=cursed(kind), happened_at=opened.world.clock.now(), access=Access.COUNSEL
            )
            opened.store.append(log, opened.store.head(log), [draft], author)


def filled(
    parser: argparse.ArgumentParser, one: str, folder: Path, keys: dict[str, Path]
) -> list[str]:
    """Words for everything that the command asks for."""
    words: list[str] = []
    options = {name for action in parser._actions for name in action.option_strings}
    for action in parser._actions:
        wanted = action.required or action.dest in ("incident", "log")
        if not wanted or isinstance(action, argparse._HelpAction):
            continue
        words += [*action.option_strings[:1], _word(action, one, folder)]
    if "--key" in options:
        words += ["--as", "ana", "--key", str(keys["ana"])]
    return words


def _word(action: argparse.Action, one: str, folder: Path) -> str:
    known = {
        "incident": one, "log": one, "what": one, "into": one, "other": one, "entry": "5",
        "claim": "C1", "question": "Q1", "hypothesis": "H1", "system": "assistant", "hold": "H1",
        "weighed": "5", "awareness": "5", "field": "text", "digest": "abc",
        "old": "shipped", "new": "home",
    }  # fmt: skip
    if action.choices:
        first = next(iter(action.choices))
        return str(first.value if isinstance(first, enum.Enum) else first)
    if action.dest in known:
        return known[action.dest]
    if action.type is Path:
        return str(folder / f"{action.dest}.yaml")
    if action.type is instant:
        return "2030-01-01T00:00Z"
    return "1" if action.type is not None else "ana"


def given(path: tuple[str, ...], words: list[str]) -> list[str]:
    return [*path, *words, *FINITE.get(path, ())]


class TooLong(Exception):
    pass


def _too_long(*_: object) -> None:
    raise TooLong("it does not end: name it in FINITE or SERVES")


@pytest.mark.parametrize("path", sorted(set(ALL) - SERVES), ids=" ".join)
def test_no_command_lets_out_a_word_for_counsel(
    path: tuple[str, ...],
    cursed_home: tuple[Path, dict[str, str]],
    tmp_path: Path,
    keys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = copied(cursed_home[0], tmp_path / "home")
    before = {file for file in (home / "vault").rglob("*")}
    (folder := tmp_path / "here").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"y\n")))
    tocsin = Keyboard(home)
    signal.signal(signal.SIGALRM, _too_long)
    for one in cursed_home[1].values():
        words = given(path, filled(ALL[path], one, folder, keys))
        for form in ((), ("--json",)):
            signal.alarm(SECONDS_MAX)
            ran = tocsin(*words, *form)
            signal.alarm(0)
            assert not leaks((ran.out + ran.err).encode()), (words, ran)
            assert "Traceback" not in ran.err
    for file in folder.rglob("*") if path not in WHOLE else ():
        assert not file.is_file() or not leaks(file.read_bytes()), file
        assert not leaks(file.name.encode()), file
    for file in {file for file in (home / "vault").rglob("*") if file.is_file()} - before:
        assert not leaks(file.read_bytes()), f"{file}: what is sent, or sealed, lies there"


@pytest.mark.parametrize("label", ["counsel", "board"])
@pytest.mark.parametrize("path", [p for p, made in ALL.items() if any(
    "--reader" in action.option_strings for action in made._actions)], ids=" ".join)  # fmt: skip
def test_who_asks_for_counsels_words_and_is_not_counsel_gets_none(
    path: tuple[str, ...],
    label: str,
    cursed_home: tuple[Path, dict[str, str]],
    tmp_path: Path,
    keys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    tocsin = Keyboard(cursed_home[0])
    words = [*path, *filled(ALL[path], cursed_home[1]["quiet"], tmp_path, keys)]
    ran = tocsin(*words, "--reader", label, "--json")
    # Refused; or stopped at the log of all kinds about runs, which tells of runs that never began.
    assert ran.status == 2 or "which never started" in ran.err, ran
    assert not leaks((ran.out + ran.err).encode())
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
