"""Where the parts of a home lie, and what is said when one cannot be read or written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.facts import Asserter, Author, Proof, Refused, Unreachable

CONFIG = "tocsin.toml"
KEY_FILE, NEXT_KEY_FILE = Path("keys", "log.key"), Path("keys", "log.key.next")
HOME_AUTHOR = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
Warn = Callable[[str], None]


def origin_of(home: Path) -> str:
    """The name under which the record of this home signs. Raises Refused when there is no home."""
    config = home / CONFIG
    try:
        value = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(
            f"{home} is no home of a record; make one: tocsin --home {home} init"
        ) from None
    except OSError as bad:
        raise unusable(home, bad) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise Refused(f'{config}: {bad}; it should hold one line: origin = "NAME"') from None
    origin = value.get("origin")
    if not isinstance(origin, str) or not origin or value.keys() != {"origin"}:
        raise Refused(f'{config}: it should hold one line: origin = "NAME"')
    return origin


def config_text(origin: str) -> str:
    """The whole text of `tocsin.toml`."""
    return f'# The name under which this record signs. Never change it.\norigin = "{origin}"\n'


@contextmanager
def written(home: Path) -> Iterator[None]:
    """Within it, a file that could not be written is the world's fault, not the person's."""
    try:
        yield
    except OSError as bad:
        raise unusable(home, bad) from None
    except Refused as bad:
        if isinstance(bad.__context__, OSError):
            raise Unreachable(str(bad)) from None
        raise


def unusable(home: Path, bad: OSError) -> Unreachable:
    """What is told when the folder of a home cannot be used."""
    return Unreachable(f"home {home}: {bad.strerror or bad}; check the folder's owner and space")
