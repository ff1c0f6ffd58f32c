"""What a package shows of a database that was edited, rebuilt, or put back."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper_record import (
    LOG,
    PaperRecord,
    key_of,
    noted,
    small_record,
)  # fmt: skip
from test_bag import CONFIRMED, KEY, exported

from tocsin.facts import Tampered
from tocsin.journal.export import Extras
from tocsin.journal.verify import Trust, verify_bag


def edited_row(record: PaperRecord, place: int = 0) -> None:
    log, seq, body, disclosures = record.lines[place]
    record.lines[place] = (log, seq, body.replace(b'"kim"', b'"lee"'), disclosures)


def test_a_row_edited_in_the_database_breaks_its_proof(tmp_path: Path) -> None:
    record = small_record()
    edited_row(record)
    exported(tmp_path / "p", record)
    found = verify_bag(tmp_path / "p", CONFIRMED)
    assert str(found.breaks).startswith("entry 1 is not in the signed record")


def test_a_row_deleted_from_the_database_is_missed(tmp_path: Path) -> None:
    record = small_record()
    del record.lines[2]
    exported(tmp_path / "p", record)
    assert "one is lost" in str(verify_bag(tmp_path / "p", CONFIRMED).breaks)


def test_a_tree_rebuilt_without_the_key_does_not_match_its_checkpoint(tmp_path: Path) -> None:
    record = small_record()
    edited_row(record)
    record.rebuild()
    exported(tmp_path / "p", record)
    assert not verify_bag(tmp_path / "p", CONFIRMED).consistent
    record.signed = key_of(9).sign_checkpoint(record.size(), record.root_at(record.size()))
    with pytest.raises(Tampered, match="not signed by its key"):
        exported(tmp_path / "q", record)


def test_a_tree_rebuilt_with_the_key_is_caught_only_by_what_was_remembered(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    record = small_record()
    kept.write_bytes(record.checkpoint() or b"")
    edited_row(record)
    record.rebuild()
    record.append(LOG, noted("more"))
    exported(tmp_path / "p", record, extras=Extras(earlier_sizes=(6,)))
    assert verify_bag(tmp_path / "p", CONFIRMED).accepted, "the key alone cannot tell"
    found = verify_bag(tmp_path / "p", Trust(key=KEY.fingerprint, head=kept))
    assert found.consistent and not found.accepted and found.head.startswith("REWRITTEN")


def test_a_restored_backup_is_caught_only_by_what_was_remembered(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    record = small_record()
    record.append(LOG, noted("more"))
    kept.write_bytes(record.checkpoint() or b"")
    exported(tmp_path / "p", small_record())
    assert verify_bag(tmp_path / "p", CONFIRMED).accepted, "the key alone cannot tell"
    found = verify_bag(tmp_path / "p", Trust(key=KEY.fingerprint, head=kept))
    assert not found.accepted and found.head.startswith("ROLLED BACK")


def test_honest_growth_since_the_remembered_head_is_proven(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    record = small_record()
    kept.write_bytes(record.checkpoint() or b"")
    record.append(LOG, noted("more"))
    trust = Trust(key=KEY.fingerprint, head=kept)
    exported(tmp_path / "p", record, extras=Extras(earlier_sizes=(6,)))
    assert verify_bag(tmp_path / "p", trust).accepted
    exported(tmp_path / "q", record)
    assert "no proof that it grew" in verify_bag(tmp_path / "q", trust).head
    exported(tmp_path / "r", small_record())
    assert verify_bag(tmp_path / "r", trust).accepted, "the very same head"
