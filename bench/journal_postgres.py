"""Eight writers on PostgreSQL, each waiting for durability, against bare inserts."""

from __future__ import annotations

import secrets
from threading import local
from time import perf_counter

from sqlalchemy import Connection, create_engine, text

from bench.journal_group_commit import encoded_for, together
from bench.records import change, store_at
from bench.server import URL_VARIABLE, server
from bench.table import Table, paired

EACH, ROUNDS, LIMIT = 100, 5, 0.9
_INSERT = text("INSERT INTO entry (id, log, seq, body) VALUES (:id, :log, :seq, :body)")


def run() -> Table:
    """Wall-clock seconds, until durable; ours also counts the time until all are in the tree."""
    with server() as address:
        if address is None:
            return Table(
                title="PostgreSQL: not measured",
                columns=["why"],
                rows=[["PostgreSQL is not installed"]],
                note=f"Install it, or set {URL_VARIABLE} to a server whose account may create "
                "databases.",
            )
        return _measured(address)


def _measured(address: str) -> Table:
    rows, met = [], True
    for writers in (1, 8, 32):
        ours, raw, ratio = paired(
            lambda w=writers: _ours(address, w),  # type: ignore[misc]
            lambda w=writers: _raw(address, w),  # type: ignore[misc]
            ROUNDS,
        )
        if writers == 8:
            met = 1 / ratio >= LIMIT
        total = writers * EACH
        rows.append([str(writers), f"{total / raw:,.0f}", f"{total / ours:,.0f}",
                     f"{1 / ratio:.2f}"])  # fmt: skip
    return Table(
        title="PostgreSQL: entries a second, each writer waiting for its own",
        columns=["writers", "bare", "append, and in the tree", "append/bare"],
        rows=rows,
        note="Both sides: synchronous_commit=on, 659-byte bodies, the same driver and table. Bare: "
        "one connection a writer, one INSERT and COMMIT an entry. Ours: one record in one process; "
        "the clock stops when the last entry is in the tree under a signed checkpoint. "
        f"Limit: {LIMIT} at 8 writers. Medians of {ROUNDS}.",
        met=met,
    )


def _database(server: str) -> str:
    name = f"bench_{secrets.token_hex(5)}"
    admin = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"{server.rpartition('/')[0]}/{name}"


def _ours(address: str, writers: int) -> float:
    encoded = encoded_for(writers, EACH)
    store = store_at(_database(address))

    def write(number: int, n: int) -> None:
        store.append_prepared(change(f"log/{number}", n, [encoded[number][n]]))

    spent = together(writers, write, EACH)
    begun = perf_counter()
    store.integrate()
    spent += perf_counter() - begun
    assert store.size() == writers * EACH
    store.close()
    return spent


def _raw(address: str, writers: int) -> float:
    encoded = encoded_for(writers, EACH)
    url = _database(address)
    store_at(url).close()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), pool_size=writers, max_overflow=0
    )
    own = local()

    def write(number: int, n: int) -> None:
        if n == 0:
            own.connection = engine.connect()
        connection: Connection = own.connection
        connection.execute(
            _INSERT,
            {"id": number * EACH + n + 1, "log": f"log/{number}", "seq": n + 1,
             "body": encoded[number][n]},
        )  # fmt: skip
        connection.commit()
        if n == EACH - 1:
            connection.close()

    spent = together(writers, write, EACH)
    engine.dispose()
    return spent
