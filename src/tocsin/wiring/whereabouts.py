"""Where the record of a home lies, remembered in the home without any secret.

A record that is gone, or an address that was forgotten, must not look like a home without a record:
a second record under the same key would contradict the first wherever somebody kept a part of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from tocsin.facts import Refused
from tocsin.journal.sqlite import FILE
from tocsin.register.files import write_atomically
from tocsin.wiring.places import KEY_FILE

DATABASE_VARIABLE = "TOCSIN_DATABASE_URL"
MARK = "record.toml"
"""Says where the record of this home lies."""
BEGUN = Path("keys", "log.key.founding")
"""Stands from before the key is made until the record is founded: a founding may be finished."""


def here() -> str:
    """Where the record is sought at present, in words; no password, no account."""
    url = os.environ.get(DATABASE_VARIABLE)
    if not url:
        return f"the file {FILE} in this home"
    try:
        seen = make_url(url)
    except (ArgumentError, ValueError):
        return f"the database that {DATABASE_VARIABLE} names"
    port = f":{seen.port}" if seen.port else ""
    return f"the PostgreSQL database {seen.database} on {seen.host or 'this machine'}{port}"


def remembered(home: Path) -> str | None:
    """Where the record of this home was when it was last seen; None where nobody noted it."""
    try:
        value = tomllib.loads((home / MARK).read_text(encoding="utf-8")).get("lies_in")
    except (OSError, ValueError):
        return None
    return value if isinstance(value, str) else None


def remember(home: Path) -> None:
    """Note where the record lies now; a folder that cannot be written is no obstacle to reading."""
    place = here()
    if remembered(home) == place:
        return
    told = "# Where the record of this home lies; no secret stands here."
    text = f"{told}\nlies_in = {_quoted(place)}\n"
    with contextlib.suppress(Refused):
        write_atomically(home / MARK, text.encode())


def _quoted(text: str) -> str:
    """A basic string of TOML. It is that of JSON, but for one sign that TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def lost(home: Path) -> Refused:
    """What is told when no record is where it is looked for, although this home had one."""
    there, now = remembered(home), here()
    if there is not None and there != now:
        told = (
            f"this home's record is in {there}, but there is none in {now}; {_set_or_unset(there)}"
        )
    else:
        told = (
            f"this home's record is gone: there is none in {now}; put it back from a copy, or set "
            f"{DATABASE_VARIABLE} if it lies on a server"
        )
    key = "the same key" if (home / KEY_FILE).exists() else "a new key, as the old one is gone too"
    return Refused(
        f"{told}. Nothing was written. Only if it is lost for good, a new one can be begun under "
        f'{key}, which is recorded: tocsin init --found-anew "REASON"'
    )


def _set_or_unset(there: str) -> str:
    if FILE in there:
        return f"unset {DATABASE_VARIABLE}"
    return f"set {DATABASE_VARIABLE} to its address"


def database_url() -> str | None:
    """The address of the server on which the record lies; None where it lies in the home."""
    return os.environ.get(DATABASE_VARIABLE) or None
