"""The templates of words that travel with Tocsin, and those of the home, which come before them.

A template of the home takes the place of the shipped one of the same name. One with a mistake takes
no place: the shipped one stands, and the mistake is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tocsin.facts import Refused
from tocsin.facts.statements import Audience, Moment
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.statement.lint import read_templates
from tocsin.statement.template import ENDING, TEMPLATE_BYTES_MAX, USUAL_LANGUAGE, Template

STATEMENTS = "statements"


def shipped_statements() -> Path:
    """The folder of the templates that travel with Tocsin."""
    package = Path(__file__).resolve().parents[2]
    beside = package / STATEMENTS
    return beside if beside.is_dir() else package.parents[1] / STATEMENTS


def templates_of(home: Path) -> tuple[dict[str, Template], list[Mistake]]:
    """The templates in force by name, and what is wrong in those of the home."""
    found, _ = templates_in(shipped_statements())
    own, told = templates_in(home / STATEMENTS)
    return found | own, told


def templates_in(folder: Path, only: str = "") -> tuple[dict[str, Template], list[Mistake]]:
    """The templates in one folder by name, and every mistake in them.

    Args:
        only: the name of the one that is wanted; empty for all.
    """
    told: list[Mistake] = []
    found, mistakes = read_templates(dict(_files(folder, only, told)))
    return found, [*told, *mistakes]


def template_for(
    home: Path, audience: Audience, moment: Moment, language: str = USUAL_LANGUAGE
) -> Template:
    """The template in force for an audience at a moment.

    Raises:
        Refused: there is none in that language, or the home's own has a mistake.
    """
    name = f"{audience.value}/{moment.value}"
    name += "" if language == USUAL_LANGUAGE else f".{language}"
    own, told = templates_in(home / STATEMENTS, name)
    wrong = mistakes_only(told)
    if wrong:
        raise Refused(f"HOME/{STATEMENTS}/{wrong[0]}")
    found = own or templates_in(shipped_statements(), name)[0]
    if name not in found:
        all_, _ = templates_of(home)
        there = sorted({one.language for one in all_.values() if one.audience is audience})
        raise Refused(
            f"there is no template {name}{ENDING}; there are languages: {', '.join(there)}; write "
            f"HOME/{STATEMENTS}/{name}{ENDING}, then: tocsin statements lint"
        )
    return found[name]


def _files(folder: Path, only: str, told: list[Mistake]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*/*")):
        name = path.relative_to(folder).as_posix()
        if only and name != only + ENDING:
            continue
        if not path.is_file() or path.suffix != ENDING:
            continue
        try:
            with path.open("rb") as file:
                yield name, file.read(TEMPLATE_BYTES_MAX + 1)
        except OSError as bad:
            told.append(
                Mistake(file=name, line=1, path="", found=f"cannot be read: {bad.strerror}",
                        remedy="check its owner and rights")
            )  # fmt: skip
