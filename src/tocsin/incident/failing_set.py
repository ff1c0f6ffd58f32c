"""Cuts a set of requests for a replay out of a list of affected decisions and the log. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from tocsin.facts import Refused
from tocsin.facts.learned import learned
from tocsin.facts.replays import Expected

REQUESTS_MAX = 5_000


@learned
class _Listed(msgspec.Struct, frozen=True):
    request: str | None = None


@learned
class _Row(msgspec.Struct, frozen=True):
    id: str
    request: str | None = None


def requests_listed(data: bytes) -> tuple[list[str], int]:
    """The ids of the requests of a list, each once and in its order, and how many name none.

    Raises:
        Refused: it is not a list in JSON lines, or names no request.
    """
    found, nameless = dict[str, None](), 0
    for line in data.splitlines():
        try:
            one = msgspec.json.decode(line, type=_Listed)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused(
                "the list is not in JSON lines; make one: tocsin incident reach INCIDENT --to "
                "FILE.jsonl"
            ) from None
        if one.request:
            found[one.request] = None
        else:
            nameless += 1
    if not found:
        raise Refused("no decision of the list names its request, so none can be found in the log")
    return list(found), nameless


def question(requests: Sequence[str], request: str, ask: str) -> str:
    """The SELECT that finds what was asked in these requests.

    Args:
        request, ask: the columns that name a request, and that hold what was asked.
    """
    among = ", ".join("'" + one.replace("'", "''") + "'" for one in requests)
    return (
        f"SELECT CAST({_quoted(request)} AS VARCHAR) AS id, CAST({_quoted(ask)} AS VARCHAR) AS "
        f"request FROM log WHERE CAST({_quoted(request)} AS VARCHAR) IN ({among}) ORDER BY 1, 2"
    )


def set_of(answer: bytes, expected: Expected) -> tuple[bytes, int]:
    """The set as it is replayed, and how many requests of it were left out as empty or doubled."""
    lines, seen, left = list[bytes](), set[str](), 0
    for line in answer.splitlines():
        row = msgspec.json.decode(line, type=_Row)
        if not row.request or row.id in seen:
            left += 1
            continue
        seen.add(row.id)
        lines.append(
            msgspec.json.encode(
                {"id": row.id, "request": row.request, "expect": _said(expected)}, order="sorted"
            )
        )
    return b"".join(line + b"\n" for line in lines), left


def _said(expected: Expected) -> Mapping[str, object]:
    return {
        name: value
        for name in expected.__struct_fields__
        if (value := getattr(expected, name)) is not None
    }


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
