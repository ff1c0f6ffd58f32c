"""A record opened again goes on; a closed, older or newer one is refused and left as it is."""

import pytest
from sqlalchemy import text

from journal_checks import ANNA, check_journal, notes, texts_of
from tocsin.facts import BrokenLog, NewerVersion, Refused, Unreachable
from tocsin.journal import migrate, schema
from tocsin.journal.sqlite import sqlite_risk


def test_a_record_opened_again_goes_on(opener):
    opener().append("a", 0, notes("one"), ANNA)
    again = opener()
    again.append("a", 1, notes("two"), ANNA)
    assert texts_of(again, "a") == ["one", "two"]
    check_journal(again)


def test_two_open_records_see_each_other(opener):
    one, two = opener(), opener()
    for n in range(6):
        (one, two)[n % 2].append("a", n, notes(str(n)), ANNA)
    check_journal(one)
    check_journal(two)


def test_a_closed_record_says_so(opener):
    store = opener()
    store.append("a", 0, notes("x"), ANNA)
    store.close()
    with pytest.raises(Unreachable, match="closed"):
        store.append("a", 1, notes("y"), ANNA)


def test_a_newer_record_is_not_touched(opener):
    store = opener()
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerVersion, match="newer version"):
        opener()


def test_a_record_whose_step_was_taken_out_is_broken_and_not_newer(opener):
    store = opener()
    with store.database.writing() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(BrokenLog, match="emptied") as told:
        opener()
    assert not isinstance(told.value, NewerVersion)


def test_the_migrations_give_the_tables_that_the_statements_use(store):
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "tocsin.journal:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.NEWEST
    with store.database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), schema.metadata)
    assert [d for d in found if d[0] != "remove_index"] == []


def test_a_record_of_the_first_form_is_brought_to_the_newest(opener):
    store = opener()
    store.append("a", 0, notes("x"), ANNA)
    with store.database.writing() as connection:
        if store.is_postgres:
            connection.execute(text("DROP FUNCTION tocsin_append"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(Refused, match="tocsin upgrade"):
        opener()
    migrate.migrate(store.database, forward=True)
    store.close()
    again = opener()
    again.append("a", 1, notes("y"), ANNA)
    check_journal(again)
    with again.database.reading() as connection:
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert version == migrate.NEWEST


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 6, 23), True), ((3, 7, 0), False), ((3, 40, 1), False), ((3, 44, 5), False),
        ((3, 44, 6), True), ((3, 45, 9), False), ((3, 50, 6), False), ((3, 50, 7), True),
        ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), False), ((3, 53, 0), True),
    ],
)  # fmt: skip
def test_which_versions_of_sqlite_have_the_wal_bug(version, safe):
    assert (sqlite_risk(version) is None) is safe
