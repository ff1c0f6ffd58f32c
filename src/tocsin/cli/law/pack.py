"""The law as the command line reads it: the shipped pack with the home's own articles over it, or
a folder that somebody names. Read again where a file changed; one with a mistake is refused whole.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from tocsin.cli.frame.arguments import Parser
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.duties.law import Law
from tocsin.duties.read import read_law
from tocsin.duties.read_files import NAMES
from tocsin.facts import Refused
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.wiring.law import ENDING, FILE_BYTES_MAX, FOLDER, HomeLaw, rule_files, shipped

SHOWN_MAX = 20
_READ = (ENDING, ".md", ".json")


@cache
def shipped_law() -> Law:
    """The law that travels with Tocsin.

    Raises:
        Refused: it has a mistake; the message tells them.
    """
    return law_in(shipped())


def law_of(home: Path) -> Law:
    """The shipped law with the articles of HOME/law laid over it.

    Raises:
        Refused: there is a mistake; the message tells them.
    """
    return _home_read(home.absolute())[0]


def law_in(folder: Path) -> Law:
    """The law of a folder that is a pack by itself.

    Raises:
        Refused: it is no pack, or there is a mistake; the message tells them.
    """
    return _folder_read(folder)[0]


def asked_law(args: argparse.Namespace) -> Law:
    """The law that a command is about: of `--pack`, else of the home."""
    return asked_with_advice(args)[0]


def asked_with_advice(args: argparse.Namespace) -> tuple[Law, tuple[Mistake, ...]]:
    """The same, with what could be better in its files."""
    if args.pack is not None:
        return _folder_read(args.pack)
    return _home_read(args.home.absolute())


def unread(args: argparse.Namespace) -> tuple[str, ...]:
    """Files beside the rules that nobody reads, though they may have been meant as rules."""
    folder = args.pack if args.pack is not None else args.home / FOLDER
    found = sorted(folder.rglob("*")) if folder.is_dir() else ()
    names = [path.relative_to(folder) for path in found if path.is_file()]
    return tuple(
        str(name)
        for name in names
        if name.suffix not in _READ and not any(part.startswith(".") for part in name.parts)
    )


def unread_lines(names: Iterable[str]) -> Iterator[str]:
    """What to do about such files."""
    for name in names:
        yield f"NOT READ: {name}; a rule file ends with {ENDING}: rename it, or take it away"


def pack_option(parser: Parser) -> None:
    """`--pack`: another law than that of the home."""
    parser.add_argument(
        "--pack", type=Path, metavar="DIR",
        help="a law pack in a folder, such as a new one; else the shipped one and HOME/law",
    )  # fmt: skip


def pack_texts(folder: Path) -> Mapping[str, str]:
    """The texts of a folder that is, or shall be, a law pack.

    Raises:
        Refused: it has none, or one that is no plain file.
    """
    files = _texts(folder)
    if not files:
        raise Refused(f"{folder}: no file that ends with {ENDING}; name the folder of a law pack")
    return files


def _folder_read(folder: Path) -> tuple[Law, tuple[Mistake, ...]]:
    files = pack_texts(folder)
    law, told = whole(*read_law(files), str(folder))
    return law, (*told, *_unnamed(files, folder))


def _unnamed(files: Mapping[str, str], folder: Path) -> Iterator[Mistake]:
    """Advice on a pack that does not name its files."""
    if NAMES not in files:
        remedy = f"nothing tells when a file of it is lost: tocsin law seal {folder}"
        yield Mistake(file=NAMES, line=1, path="", found="no such file", remedy=remedy,
                      advice=True)  # fmt: skip


def _home_read(home: Path) -> tuple[Law, tuple[Mistake, ...]]:
    """Of the files as they are now: whoever serves for days must not answer by those of Monday."""
    pack, own = HomeLaw(home).texts()
    return _texts_read(tuple(sorted(pack.items())), tuple(sorted(own.items())))


@lru_cache(maxsize=2)
def _texts_read(
    pack: tuple[tuple[str, str], ...], own: tuple[tuple[str, str], ...]
) -> tuple[Law, tuple[Mistake, ...]]:
    return whole(*read_law(dict(pack), dict(own)), "the law")


def whole(law: Law | None, told: tuple[Mistake, ...], of: str) -> tuple[Law, tuple[Mistake, ...]]:
    """A law that was read, with what was told of it. Raises Refused with all mistakes."""
    if law is not None:
        return law, told
    wrong = mistakes_only(told)
    lines = [f"  {one}" for one in wrong[:SHOWN_MAX]]
    if len(wrong) > SHOWN_MAX:
        lines.append(f"  and {len(wrong) - SHOWN_MAX} more")
    count = f"{len(wrong)} mistakes" if len(wrong) > 1 else "a mistake"
    head = f"{of} has {count}, and none of it is used until they are mended:"
    raise Refused("\n".join([head, *lines]))


def _texts(folder: Path) -> Mapping[str, str]:
    found: dict[str, str] = {}
    wrong: list[str] = []
    for name, path in rule_files(folder, wrong):
        data = plain_bytes(path, "a rule file", FILE_BYTES_MAX)
        if len(data) > FILE_BYTES_MAX:
            wrong.append(f"{name} has more than {FILE_BYTES_MAX:,} bytes")
        found[name] = data.decode("utf-8", "surrogateescape")
    if wrong:
        raise Refused(f"{folder}: {', '.join(sorted(wrong))}; nothing of it is read")
    return found
