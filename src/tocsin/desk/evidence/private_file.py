"""A file that names people: private from its first byte, and there only once it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.facts import Unreachable


@contextmanager
def put_when_whole(to: Path) -> Iterator[Path]:
    """An empty file beside `to` that only this account reads; it takes the place of `to` at the
    end, and is gone when anything goes wrong.

    Raises:
        Unreachable: it cannot be written there.
    """
    fresh = to.with_name(f".{to.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield fresh
        os.replace(fresh, to)
    except OSError as bad:
        raise Unreachable(f"{to}: {bad.strerror}; name another file: --to FILE") from None
    finally:
        fresh.unlink(missing_ok=True)
