"""What is wrong with a CACAO playbook, as the answer of a command; advice alone is no problem."""

from __future__ import annotations

from tocsin.cli.frame.screen import DONE, PROBLEM, Answer
from tocsin.playbook.cacao.check import mistakes_of_cacao
from tocsin.register.mistakes import mistakes_only


def checked(data: bytes, file: str, *, strict: bool) -> Answer:
    """Every mistake of the playbook in these bytes.

    Args:
        strict: advice counts as a problem too.
    """
    told = mistakes_of_cacao(data, file)
    wrong = mistakes_only(told)
    lines = [*map(str, told), f"{file}: {len(wrong)} mistakes, {len(told) - len(wrong)} advice"]
    bad = told if strict else wrong
    return Answer(
        data={"file": file, "ok": not bad, "mistakes": told},
        text="\n".join(lines),
        status=PROBLEM if bad else DONE,
    )
