"""The tables of the record and the statements on them, the same for both engines.

Everything but `due` is insert-only, held by triggers; from `disclosure` rows may also be deleted,
which is how words are erased. `entry` is what was said; `checkpoint` and `node` are the tree
above it; `due` can be rebuilt from the facts at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

metadata = MetaData()
Whole = BigInteger().with_variant(Integer, "sqlite")
Name = Text().with_variant(Text(collation="C"), "postgresql")
"""Names compare by their bytes, so that both engines sort alike."""

entry = Table(
    "entry",
    metadata,
    Column("id", Whole, primary_key=True, autoincrement=False),
    Column("log", Name, nullable=False),
    Column("seq", Whole, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("log", "seq", name="entry_place"),
)
node = Table(
    "node",
    metadata,
    Column("level", Whole, primary_key=True, autoincrement=False),
    Column("idx", Whole, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("first_entry", Whole, nullable=False),
    Column("entries", Whole, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    UniqueConstraint("first_entry", name="checkpoint_first_entry"),
)
"""The root over `size` leaves, signed, and the leaves that it added: `entries` of them, which are
those whose ids follow `first_entry` one by one. An entry costs the tree 32 bytes, and no row."""

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", Whole, primary_key=True, autoincrement=False),
    Column("line", Name, primary_key=True),
)
disclosure = Table(
    "disclosure",
    metadata,
    Column("entry", Whole, primary_key=True, autoincrement=False),
    Column("digest", Name, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
client_key = Table(
    "client_key",
    metadata,
    Column("log", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("first_seq", Whole, nullable=False),
    Column("last_seq", Whole, nullable=False),
)
due = Table(
    "due",
    metadata,
    Column("log", Name, primary_key=True),
    Column("key", Name, primary_key=True),
    Column("at", Whole),  # microseconds since 1970 (UTC); NULL: over, kept for its fence
    Column("holder", Name),
    Column("until", Whole),
    Column("fence", Whole, nullable=False),
    CheckConstraint("(holder IS NULL) = (until IS NULL)", name="due_lease"),
)
APPEND_ONLY = ("entry", "checkpoint", "node", "cosignature", "client_key")
DELETE_ONLY = ("disclosure",)

_log: BindParameter[str] = bindparam("log")
_after: BindParameter[int] = bindparam("after")

_body = cast(entry.c.body, LargeBinary).label("body")
_words = cast(disclosure.c.body, LargeBinary).label("body")
_hashes = cast(checkpoint.c.hashes, LargeBinary).label("hashes")
_node_hash = cast(node.c.hash, LargeBinary).label("hash")
_root = cast(checkpoint.c.root, LargeBinary).label("root")
_note = cast(checkpoint.c.note, LargeBinary).label("note")
"""What someone put there under another type reads as its bytes, and so fails as changed bytes."""

INSERT_COSIGNATURE = insert(cosignature)
INSERT_CLIENT_KEY = insert(client_key)

LAST_ID = select(func.max(entry.c.id))
HEAD = select(func.max(entry.c.seq)).where(entry.c.log == _log)
ENTRY_ID = select(entry.c.id).where(entry.c.log == _log, entry.c.seq == bindparam("seq"))
_first_idx = checkpoint.c.size - checkpoint.c.entries
_beyond_id = checkpoint.c.first_entry + checkpoint.c.entries
_place_in_tree = (
    select(case((_beyond_id > entry.c.id, _first_idx + entry.c.id - checkpoint.c.first_entry)))
    .where(checkpoint.c.first_entry <= entry.c.id)
    .order_by(checkpoint.c.first_entry.desc())
    .limit(1)
    .correlate(entry)
    .scalar_subquery()
)
"""Spans of ids never overlap: only the nearest that begins at or before an entry can hold it."""

ENTRIES = (
    select(entry.c.id, entry.c.seq, _body, _place_in_tree.label("idx"))
    .where(entry.c.log == _log, entry.c.seq > _after)
    .order_by(entry.c.seq)
    .limit(bindparam("limit"))
)
BODIES = (
    select(entry.c.id, _body).where(entry.c.log == _log, entry.c.seq > _after).order_by(entry.c.seq)
)
BODIES_WITHIN = BODIES.where(entry.c.seq <= bindparam("last"))
DISCLOSURES = (
    select(disclosure.c.entry, _words)
    .join_from(disclosure, entry, disclosure.c.entry == entry.c.id)
    .where(entry.c.log == _log, entry.c.seq > _after)
)
DISCLOSURES_WITHIN = DISCLOSURES.where(entry.c.seq <= bindparam("last"))
DISCLOSURES_OF = select(disclosure.c.digest, _words).where(disclosure.c.entry == bindparam("entry"))
ERASE = delete(disclosure).where(
    disclosure.c.entry == bindparam("entry"), disclosure.c.digest == bindparam("digest")
)
_FOUND = (
    "WITH RECURSIVE found(log) AS ("
    " SELECT (SELECT min(log) FROM entry WHERE log >= :prefix)"
    " UNION ALL"
    " SELECT (SELECT min(log) FROM entry WHERE log > found.log) FROM found"
    " WHERE found.log IS NOT NULL AND found.log < :beyond)"
)
_WITHIN = " FROM found WHERE log IS NOT NULL AND log < :beyond"
LOGS = text(f"{_FOUND} SELECT log{_WITHIN}")
"""The names of all logs by one index look-up each, however many entries they have."""
HEADS = text(
    f"{_FOUND} SELECT log, (SELECT max(seq) FROM entry WHERE entry.log = found.log){_WITHIN}"
)
"""As `LOGS`, with the number of each one's last entry: one look-up more each."""

CLIENT_KEY = select(client_key.c.first_seq, client_key.c.last_seq).where(
    client_key.c.log == _log, client_key.c.key == bindparam("key")
)
POSITION = select(_place_in_tree.label("idx")).where(
    entry.c.log == _log, entry.c.seq == bindparam("seq")
)
LAST_CHECKPOINT = (
    select(checkpoint.c.size, _root, _note).order_by(checkpoint.c.size.desc()).limit(1)
)
CHECKPOINTS = (
    select(checkpoint.c.size, _root)
    .where(checkpoint.c.size > _after)
    .order_by(checkpoint.c.size)
    .limit(bindparam("limit"))
)
NOTE_AT = select(_note).where(checkpoint.c.size == bindparam("size"))
COSIGNATURES = (
    select(cosignature.c.line)
    .where(cosignature.c.size == bindparam("size"))
    .order_by(cosignature.c.line)
)
LAST_ENTRY_IN_TREE = select(_beyond_id - 1).order_by(checkpoint.c.first_entry.desc()).limit(1)
_reaching = select(func.min(checkpoint.c.size)).where(checkpoint.c.size >= bindparam("beyond"))
SPANS = (
    select(_first_idx.label("first_idx"), checkpoint.c.first_entry, checkpoint.c.entries, _hashes)
    .where(checkpoint.c.size > bindparam("first"))
    .where(checkpoint.c.size <= func.coalesce(_reaching.scalar_subquery(), bindparam("beyond")))
    .order_by(checkpoint.c.size)
)
"""What holds the places from `first` to `beyond`, and perhaps more before and after."""

NODE_HASHES = select(node.c.idx, _node_hash).where(
    node.c.level == bindparam("level"),
    node.c.idx >= bindparam("first"),
    node.c.idx < bindparam("beyond"),
)
ALL_NODES = select(node.c.level, node.c.idx, _node_hash)
_row = (entry.c.id, entry.c.log, entry.c.seq, _body)
_words_row = (disclosure.c.entry, disclosure.c.digest, _words)
_ids: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_low: BindParameter[int] = bindparam("low")
_high: BindParameter[int] = bindparam("high")
ENTRIES_BETWEEN = select(*_row).where(entry.c.id.between(_low, _high))
ENTRIES_OF = select(*_row).where(entry.c.id.in_(_ids))
DISCLOSURES_BETWEEN = select(*_words_row).where(disclosure.c.entry.between(_low, _high))
DISCLOSURES_AMONG = select(*_words_row).where(disclosure.c.entry.in_(_ids))
OUTSIDE = (
    select(*_row)
    .where(entry.c.id > bindparam("floor"), _place_in_tree.is_(None))
    .order_by(entry.c.id)
    .limit(bindparam("limit"))
)
"""Durable entries that no span holds yet, wherever their ids lie: late commits are among them."""

OUTSIDE_COUNT = select(
    select(func.count()).select_from(entry).scalar_subquery()
    - func.coalesce(select(func.sum(checkpoint.c.entries)).scalar_subquery(), 0)
)

DUE_ONE = select(due.c.at, due.c.holder, due.c.until, due.c.fence).where(
    due.c.log == _log, due.c.key == bindparam("key")
)
_place = (due.c.log == bindparam("of_log"), due.c.key == bindparam("of_key"))
DUE_RENEWED = update(due).where(*_place).values(until=bindparam("new_until"))
DUE_NOW = (
    select(due.c.log, due.c.key, due.c.at, due.c.fence, due.c.holder)
    .where(due.c.at <= bindparam("now"))
    .where((due.c.holder.is_(None)) | (due.c.until <= bindparam("now")))
    .order_by(due.c.at, due.c.log, due.c.key)
    .limit(bindparam("limit"))
)


@cache
def due_now_of(kinds: tuple[str, ...]) -> Select[tuple[str, str, int | None, int, str | None]]:
    """As `DUE_NOW`, of pieces of work whose key begins with one of these kinds and a slash."""
    begins = (due.c.key.startswith(f"{kind}/", autoescape=True) for kind in kinds)
    return DUE_NOW.where(or_(*begins))


NEXT_DUE = select(func.min(case((due.c.until > due.c.at, due.c.until), else_=due.c.at))).where(
    due.c.at.is_not(None)
)
