"""Whom a reader trusts decides: a policy, its witnesses, an older key and its rotations."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper_record import (
    LOG,
    NOON,
    ORIGIN,
    PaperRecord,
    key_of,
    noted,
    opened,
    small_record,
)  # fmt: skip
from test_bag import CONFIRMED, KEY, exported, resealed
from test_bag import copy as copy
from test_bag import package as package

from tocsin.journal import note, verify_note
from tocsin.journal.export import Extras
from tocsin.journal.policy import PolicyError, parse_policy
from tocsin.journal.rotation import certificate, trusted_keys
from tocsin.journal.verify import Trust, verify_bag


def policy_of(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def test_a_policy_confirms_the_signer_and_its_witnesses_exclude_rollback(tmp_path: Path) -> None:
    witness, other = key_of(3, "w.example"), key_of(4, "x.example")
    record = small_record()
    head = note.parse_checkpoint(record.checkpoint() or b"")
    record.cosigned[6] = [note.cosign(head.note, "w.example", witness.private, NOON)]
    exported(tmp_path / "p", record)
    keys = {k.origin: note.Verifier(name=k.origin, public=k.public, kind=note.COSIGNATURE).text()
            for k in (witness, other)}  # fmt: skip
    lines = (f"log {KEY.vkey}", f"witness W {keys['w.example']}", f"witness X {keys['x.example']}")
    file = tmp_path / "policy"
    file.write_bytes(policy_of(*lines, "group any any W X", "quorum any"))
    found = verify_bag(tmp_path / "p", Trust(policy=file))
    assert found.accepted and found.rollback == "excluded up to 6 by witness W"
    file.write_bytes(policy_of(*lines, "group all all W X", "quorum all"))
    found = verify_bag(tmp_path / "p", Trust(policy=file))
    assert not found.accepted and "quorum" in str(found.unconfirmed)
    file.write_bytes(policy_of(f"log {key_of(9).vkey}", "quorum none"))
    assert "lists no key" in str(verify_bag(tmp_path / "p", Trust(policy=file)).unconfirmed)


def test_a_cosignature_that_does_not_hold_breaks_the_package(tmp_path: Path) -> None:
    witness = key_of(3, "w.example")
    record = small_record()
    other = PaperRecord()
    other.append(LOG, opened())
    head = note.parse_checkpoint(other.checkpoint() or b"")
    record.cosigned[6] = [note.cosign(head.note, "w.example", witness.private, NOON)]
    exported(tmp_path / "p", record)
    vkey = note.Verifier(name="w.example", public=witness.public, kind=note.COSIGNATURE).text()
    file = tmp_path / "policy"
    file.write_bytes(policy_of(f"log {KEY.vkey}", f"witness W {vkey}", "quorum none"))
    assert "does not hold" in str(verify_bag(tmp_path / "p", Trust(policy=file)).breaks)


def test_who_trusts_an_older_key_follows_the_rotations(tmp_path: Path) -> None:
    old, new = key_of(1), key_of(2)
    record = small_record()
    paper = certificate(old, new, 6, record.root_at(6))
    record.key = new
    record.append(LOG, noted("under a new key"))
    exported(tmp_path / "p", record, extras=Extras(rotations=(paper,)))
    found = verify_bag(tmp_path / "p", Trust(key=old.fingerprint))
    assert found.accepted and found.chain == (old.fingerprint, new.fingerprint)
    assert trusted_keys(old.fingerprint, [paper]) == list(found.chain)
    assert verify_bag(tmp_path / "p", Trust(key=new.fingerprint)).accepted
    lie = certificate(old, new, 6, bytes(32))
    exported(tmp_path / "q", record, extras=Extras(rotations=(lie,)))
    assert "does not only add" in str(verify_bag(tmp_path / "q", CONFIRMED).breaks)


def test_a_rotation_that_only_one_key_signed_is_refused(copy: Path) -> None:
    old, new = key_of(5), KEY
    text = note.parse_note(certificate(old, new, 6, bytes(32))).text

    def change(bag: Path) -> None:
        (bag / "data/log/rotations").mkdir()
        half = note.signed(text, ORIGIN, [new.private])
        (bag / "data/log/rotations/0001.note").write_bytes(half)

    assert "old and the new key" in str(resealed(copy, change).breaks)


@pytest.mark.parametrize(
    ("lines", "mistakes"),
    [
        (["quorum none"], 0),
        ([f"log {KEY.vkey} https://x.example/", "# a remark", "", "\tquorum  none "], 0),
        ([], 1),
        (["quorum W"], 1),
        (["log x", "witness none y", "nonsense", "quorum none"], 3),
        (["group g 2 a b", "quorum none"], 1),
        (["quorum none", "quorum none"], 1),
    ],
)
def test_both_readers_of_policies_agree_and_ours_names_every_mistake(
    lines: list[str], mistakes: int
) -> None:
    data = policy_of(*lines)
    if not mistakes:
        assert parse_policy(data).quorum == verify_note.read_policy(data).quorum == "none"
        return
    with pytest.raises(PolicyError) as found:
        parse_policy(data)
    assert len(found.value.mistakes) == mistakes
    with pytest.raises(ValueError):
        verify_note.read_policy(data)
