"""`tocsin law seal`: name the files of a law pack, so that a missing or other one is told."""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.law.pack import pack_texts, whole
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.read import read_law
from tocsin.duties.read_files import NAMES, names_of
from tocsin.facts import Unreachable
from tocsin.wiring.law import FOLDER, shipped, texts_in


def add(inner: Commands) -> None:
    made = command(
        inner, "seal", run_seal,
        f"name the files of a whole law pack in its {NAMES}: one that is lost is told from then on",
        examples="  tocsin law seal new-law\n  tocsin law seal home/law   # your own articles",
    )  # fmt: skip
    made.add_argument("folder", type=Path, metavar="DIR", help="of a pack; or HOME/law")


def run_seal(args: argparse.Namespace, screen: Screen) -> Answer:
    folder: Path = args.folder
    files = pack_texts(folder)
    before, texts = files.get(NAMES, ""), {n: text for n, text in files.items() if n != NAMES}
    own = folder.resolve() == (args.home / FOLDER).resolve()
    read = read_law(texts_in(shipped()), texts) if own else read_law(texts)
    law, _ = whole(*read, str(folder))
    named = names_of(texts)
    changed = list(_changed(before, named)) if before else []
    if named != before:
        _write(folder / NAMES, named)
    return Answer(
        data={
            "file": str((folder / NAMES).resolve()),
            "files": len(texts),
            "changed": changed,
            "version": law.version,
            "digest": law.digest,
            "note": NOT_ADVICE,
        },
        text="\n".join(
            [
                *changed,
                f"{folder / NAMES} names {len(texts)} files; {law.version} ({law.digest[:12]}); "
                f"{NOT_ADVICE}",
            ]
        ),
    )


def _changed(before: str, named: str) -> Iterator[str]:
    """What another files.toml names, in words."""
    was, now = _names(before), _names(named)
    for name in sorted({*was, *now}):
        if name not in now:
            yield f"- {name} is no more"
        elif name not in was:
            yield f"+ {name}"
        elif was[name] != now[name]:
            yield f"~ {name} is another"


def _names(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as bad:
        raise Unreachable(f"{path} cannot be written: {bad.strerror or bad}") from None
