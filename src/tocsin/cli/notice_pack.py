"""The forms of notices as the command line reads them: those of the law pack, and of the home.

A form of the home takes the place of the shipped one of the same id. One mistake in any of them is
told, and none is used: no notice is drafted from half a form.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.cli.law_pack import law_of
from tocsin.desk.notice_forms import Pack
from tocsin.duties.law import Law
from tocsin.duties.read_fields import read_fields
from tocsin.facts import Refused
from tocsin.register.mistakes import mistakes_only
from tocsin.wiring.law import HomeLaw

SHOWN_MAX = 20


def pack_of(home: Path) -> Pack:
    """The law of a home with its forms.

    Raises:
        Refused: there is a mistake; the message tells them.
    """
    law = law_of(home)
    shipped, own = HomeLaw(home.absolute()).texts()
    forms, told = read_fields({**shipped, **own}, keys=_Keys(law))
    wrong = mistakes_only(told)
    if wrong:
        listed = "\n".join(f"  {one}" for one in wrong[:SHOWN_MAX])
        raise Refused(f"forms of notices have mistakes:\n{listed}")
    return Pack(law=law, forms=forms)


class _Keys(tuple[str, ...]):
    """The keys of a law's dictionary, with those that stand for many: "submitted.*"."""

    def __new__(cls, law: Law) -> _Keys:
        made = super().__new__(cls, law.dictionary.keys)
        made.law = law
        return made

    law: Law

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.law.dictionary.find(key) is not None
