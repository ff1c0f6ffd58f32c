"""One file of a law pack, parsed: its path, its values, and the mistakes told in it so far."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.register.read import toml_parsed
from tocsin.register.table import Source, Table

SHARED = ("pack", "facts", "places", "counting", "closures", "conditions", "files")
"""The files that are no article, as they are called at the top of a pack."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One file.

    Args:
        path: within the pack, without its ending: "eu/dora/19".
        own: True where the organisation laid it over the pack.
        broken: True where it could not be read at all; its mistake is told already.
    """

    path: str
    own: bool
    source: Source
    values: Mapping[str, object]
    broken: bool = False

    @property
    def is_article(self) -> bool:
        """Whether it holds rules, and can be read."""
        return self.path not in SHARED and not self.broken

    @property
    def table(self) -> Table:
        """All of it."""
        return Table(self.source, (), self.values)


def sheet_of(name: str, text: str, *, own: bool) -> Sheet:
    """The file of this name; what cannot be read is told."""
    source, values = toml_parsed(
        f"(own) {name}" if own else name, text.encode("utf-8", "surrogatepass")
    )
    path = name.removesuffix(".toml")
    if not values and not source.told and path not in SHARED:
        source.tell((), "a file that says nothing", "write the article, or remove the file")
    source.told[:] = [msgspec.structs.replace(one, advice=False) for one in source.told]
    return Sheet(path=path, own=own, source=source, values=values, broken=bool(source.told))
