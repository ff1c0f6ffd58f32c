"""The forms of notices as the command line reads them: those of the law pack, and of the home.

A form of the home takes the place of the shipped one of the same id. A mistake in any of them is
one in the law: the last law that was whole is asked then, with its own forms.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.cli.law.pack import whole
from tocsin.desk.law.notice_forms import Pack
from tocsin.desk.record import Writer
from tocsin.duties.read import read_whole
from tocsin.wiring.law import HomeLaw


def pack_of(home: Path) -> Pack:
    """The law and the forms that the files of a home write now.

    Raises:
        Refused: there is a mistake; the message tells them.
    """
    law, forms, told = read_whole(*HomeLaw(home.absolute()).texts())
    return Pack(law=whole(law, told, "the law")[0], forms=forms)


def pack_in_force(desk: Writer) -> Pack:
    """The law in force with the forms that belong to it.

    Raises:
        Refused: no law can be asked.
    """
    read = desk.law.must_read()
    return Pack(law=read.law, forms=read.forms)
