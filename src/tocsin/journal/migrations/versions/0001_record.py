"""The record: entries, the tree above them, disclosures, client keys, pieces of work."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()
APPEND_ONLY = ("entry", "checkpoint", "node", "cosignature", "client_key")
MAY_BE_DELETED = ("disclosure",)


def _whole(name: str, *, key: bool = False, empty: bool = False) -> "sa.Column[int]":
    return sa.Column(name, WHOLE, primary_key=key, autoincrement=False, nullable=empty)


def _name(name: str, *, key: bool = False, empty: bool = False) -> "sa.Column[str]":
    return sa.Column(name, NAME, primary_key=key, nullable=empty)


def _bytes(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, BYTES, nullable=False)


def upgrade() -> None:
    op.create_table(
        "entry",
        _whole("id", key=True),
        _name("log"),
        _whole("seq"),
        _bytes("body"),
        sa.UniqueConstraint("log", "seq", name="entry_place"),
    )
    op.create_table("node", _whole("level", key=True), _whole("idx", key=True), _bytes("hash"))
    op.create_table(
        "checkpoint",
        _whole("size", key=True),
        _whole("first_entry"),
        _whole("entries"),
        _bytes("root"),
        _bytes("note"),
        _bytes("hashes"),
        sa.UniqueConstraint("first_entry", name="checkpoint_first_entry"),
    )
    op.create_table("cosignature", _whole("size", key=True), _name("line", key=True))
    op.create_table(
        "disclosure", _whole("entry", key=True), _name("digest", key=True), _bytes("body")
    )
    op.create_table(
        "client_key",
        _name("log", key=True),
        _name("key", key=True),
        _whole("first_seq"),
        _whole("last_seq"),
    )
    op.create_table(
        "due",
        _name("log", key=True),
        _name("key", key=True),
        _whole("at", empty=True),
        _name("holder", empty=True),
        _whole("until", empty=True),
        _whole("fence"),
        sa.CheckConstraint("(holder IS NULL) = (until IS NULL)", name="due_lease"),
    )
    op.create_index("due_at", "due", ["at"])
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        op.execute("CREATE SEQUENCE entry_id")
        _postgres_triggers()


def _sqlite_triggers() -> None:
    for table, what in _forbidden():
        op.execute(
            f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the record is append-only: {what} on {table}'); END"
        )


def _postgres_triggers() -> None:
    op.execute(
        "CREATE FUNCTION tocsin_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the record is append-only: % on %', TG_OP, TG_TABLE_NAME; END $$"
    )
    for table, what in _forbidden():
        op.execute(
            f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tocsin_append_only()"
        )
    for table in APPEND_ONLY + MAY_BE_DELETED:
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tocsin_append_only()"
        )


def _forbidden() -> list[tuple[str, str]]:
    return [
        *((table, what) for table in APPEND_ONLY for what in ("UPDATE", "DELETE")),
        *((table, "UPDATE") for table in MAY_BE_DELETED),
    ]
