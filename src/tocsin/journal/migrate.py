"""Brings the tables of a record to the form that this version needs, or refuses to touch them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, inspect, text

from tocsin.facts import BrokenLog, NewerVersion, Refused
from tocsin.journal.database import Database

NEWEST = "0002"
"""The last step this version knows; a test holds it against the steps in `migrations`."""

VERSION_TABLE = "alembic_version"


def tables_step(database: Database) -> str | None:
    """The step at which the tables of this record are; None where there are none yet.

    Raises:
        NewerVersion: a newer Tocsin made them.
        BrokenLog: the database holds something else.
    """
    return _version(database.reading, database.where)


def migrate(database: Database, *, forward: bool = False) -> None:
    """The tables are as this version needs them.

    Args:
        forward: bring an older record forward. Without it none is touched: there would be no way
            back, since the older version could not read it any more.

    Raises:
        Refused: they are of an older version, and are not to be brought forward.
        NewerVersion: a newer Tocsin made them.
        BrokenLog: the database holds something else.
    """
    if _version(database.reading, database.where) == NEWEST:
        return
    with database.writing() as connection:
        database.lock(connection, [VERSION_TABLE])
        found = _found_version(connection, database.where)
        if found is None:
            database.check_may_found()
        if found is not None and found != NEWEST and not forward:
            raise Refused(
                f"{database.where} was made by an older version of Tocsin (its tables are at step "
                f"{found}, this version needs {NEWEST}); nothing was changed. Make a copy and "
                "bring it forward: tocsin upgrade"
            )
        if found != NEWEST:
            _upgrade(connection)


def _version(reading: Callable[[], AbstractContextManager[Connection]], where: str) -> str | None:
    with reading() as connection:
        return _found_version(connection, where)


def _found_version(connection: Connection, where: str) -> str | None:
    there = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in there:
        foreign = there & {"entry", "node", "checkpoint"}
        if foreign or (there and connection.dialect.name == "sqlite"):
            raise BrokenLog(
                f"{where}: this database holds {', '.join(sorted(there))}, but is not a record of "
                "Tocsin; choose another place"
            )
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    if found is None:
        raise BrokenLog(
            f"{where} does not say of which version its tables are: its table {VERSION_TABLE} was "
            "emptied. Keep everything, and put back a backup: tocsin restore"
        )
    if str(found) > NEWEST:
        raise NewerVersion(
            f"{where} was made by a newer version of Tocsin (its tables are at step {found}, this "
            f"version knows {NEWEST}); use that version"
        )
    return str(found)


def _upgrade(connection: Connection) -> None:
    # Imported here: a record that is up to date, which is nearly always so, must open quickly.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "tocsin.journal:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
