"""Evidence packages: checked by our verifier, by strangers' tools, and refused when anything moves.

| attack                                | files/seal | tree | --key | witness/head |
|---------------------------------------|------------|------|-------|--------------|
| a byte of any file flipped            | refused    |      |       |              |
| one file more, one fewer, a link      | refused    |      |       |              |
| row edited, then exported             |            | refused |    |              |
| tree rebuilt, no key                  |            | refused (checkpoint not by the key) | | |
| whole package re-signed with own key  | passes     | passes | refused |          |
| tree rebuilt with the genuine key     | passes     | passes | passes | refused |
| old backup restored, genuine key      | passes     | passes | passes | refused |
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest
from paper_record import (
    LOG,
    NOON,
    ORIGIN,
    SECRET,
    PaperClock,
    PaperRecord,
    key_of,
    noted,
    small_record,
)  # fmt: skip

from tocsin.facts import Access, Refused, Unreachable
from tocsin.facts.record import leaf_hash
from tocsin.journal.export import Exported, export, packed_verifier
from tocsin.journal.proof import parse_proof
from tocsin.journal.timestamp import Stamp
from tocsin.journal.verify import Trust, Verdicts, verify_bag
from tocsin.journal.verify_bag import fingerprint

KEY = key_of(1)
CONFIRMED = Trust(key=KEY.fingerprint)
EVERYONE = frozenset(Access)


def exported(to: Path, record: PaperRecord | None = None, **more: object) -> Exported:
    record = record or small_record()
    return export(record, LOG, to, **{"key": record.key, "clock": PaperClock(), **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("sent") / "package"
    exported(to)
    return to


@pytest.fixture
def copy(package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(package, tmp_path / "copy"))


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


def files(package: Path) -> list[Path]:
    return sorted(p for p in package.rglob("*") if p.is_file())


def test_a_package_is_consistent_and_its_signer_is_confirmed_only_from_outside(
    package: Path,
) -> None:
    plain = verify_bag(package, Trust())
    assert plain.consistent and plain.breaks is None
    assert plain.unconfirmed is not None and not plain.accepted
    assert plain.rollback_up_to is None and plain.rollback.startswith("not excluded")
    sure = verify_bag(package, CONFIRMED)
    assert sure.accepted and sure.signed_by == KEY.fingerprint
    assert (sure.log, sure.entries, sure.size) == (LOG, 4, 6)
    assert not verify_bag(package, Trust(key=key_of(2).fingerprint)).accepted


def test_what_only_counsel_may_see_is_left_out_listed_and_still_proven(package: Path) -> None:
    for path in files(package):
        assert SECRET not in path.read_text()
    left_out = [json.loads(line) for line in (package / "data/withheld.json").open()]
    assert left_out == [{"erased": 0, "kind": "claim-made", "seq": 2, "withheld": 4}]
    assert verify_bag(package, CONFIRMED).missing == {2: (4, 0)}
    proof = parse_proof((package / "data/log/proofs/000002.tlog-proof").read_bytes())
    body = (package / "data/log/entries.jsonl").read_bytes().split(b"\n")[1]
    assert proof.check(leaf_hash(body), ORIGIN, KEY.verifier).size == 6


def test_a_reader_who_may_see_everything_gets_everything(tmp_path: Path) -> None:
    done = exported(tmp_path / "p", readers=EVERYONE)
    assert done.withheld == 0
    assert SECRET in (tmp_path / "p/data/timeline.md").read_text()
    assert verify_bag(tmp_path / "p", CONFIRMED).missing == {}


def test_erased_words_are_told_apart_from_withheld_ones(tmp_path: Path) -> None:
    record = small_record()
    log, seq, body, _ = record.lines[3]
    record.lines[3] = (log, seq, body, ())
    assert exported(tmp_path / "p", record).erased == 1
    assert verify_bag(tmp_path / "p", CONFIRMED).missing == {2: (4, 0), 3: (0, 1)}


def test_the_verifier_inside_runs_alone_and_says_the_same(package: Path) -> None:
    alone = (sys.executable, "-I", "-S", "verify.py")
    done = run(*alone, "--json", "--key", KEY.fingerprint, cwd=package)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["signed_by"] == KEY.fingerprint
    unsure = run(*alone, cwd=package)
    assert unsure.returncode == 1 and "SIGNER UNCONFIRMED" in unsure.stdout
    assert run(*alone, "--policy", "absent", cwd=package).returncode == 2
    assert run(*alone, "nowhere", cwd=package).returncode == 2
    assert verify_bag(package, CONFIRMED).accepted, "running it must not leave files behind"
    assert b"from tocsin" not in packed_verifier()


def test_strangers_tools_accept_it_as_written(package: Path) -> None:
    bagit.Bag(str(package)).validate()
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert run("sha256sum", "--quiet", "--strict", "-c", name, cwd=package).returncode == 0
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is absent: the seal was not cross-checked")
    words = (package / "VERIFY.txt").read_text()
    command = words[words.index("ssh-keygen -Y") : words.index("   ssh-keygen -lf")]
    assert run("sh", "-c", command, cwd=package).returncode == 0
    shown = run("ssh-keygen", "-lf", "keys/log.pub", cwd=package).stdout.split()[1]
    assert shown == KEY.fingerprint == fingerprint(KEY.public)


def flip(package: Path, path: Path, places: list[int], *, all_bits: bool = False) -> None:
    good = path.read_bytes()
    with path.open("r+b") as file:
        for place in places:
            for mask in (0x01, 0x20, 0x80) if all_bits else (1 << place % 8,):
                file.seek(place)
                file.write(bytes([good[place] ^ mask]))
                file.flush()
                found = verify_bag(package, CONFIRMED)
                assert not found.consistent and found.breaks, f"{path.name}: byte {place} ^ {mask}"
            file.seek(place)
            file.write(good[place : place + 1])
            file.flush()


def test_some_flipped_bytes_of_every_file_are_refused(copy: Path) -> None:
    chance = random.Random(7)
    for path in files(copy):
        size = path.stat().st_size
        flip(
            copy,
            path,
            sorted({0, size - 1, *(chance.randrange(size) for _ in range(3))}),
            all_bits=True,
        )
    assert verify_bag(copy, CONFIRMED).accepted


@pytest.mark.proof
def test_every_flipped_byte_of_every_file_is_refused(copy: Path) -> None:
    for path in files(copy):
        flip(copy, path, list(range(path.stat().st_size)))
    assert verify_bag(copy, CONFIRMED).accepted


def add_unlisted(bag: Path) -> None:
    (bag / "extra.txt").write_text("x")


def add_fetch(bag: Path) -> None:
    (bag / "fetch.txt").write_text("https://example.com/x 1 data/x\n")


def add_link(bag: Path) -> None:
    (bag / "data/link").symlink_to("timeline.md")


def swap_for_link(bag: Path) -> None:
    shutil.move(bag / "data/timeline.md", bag.parent / "timeline.md")
    (bag / "data/timeline.md").symlink_to(bag.parent / "timeline.md")


def add_fifo(bag: Path) -> None:
    os.mkfifo(bag / "data/pipe")


def add_case_twin(bag: Path) -> None:
    shutil.copy(bag / "data/timeline.md", bag / "data/TIMELINE.md")


def add_hostile_name(bag: Path) -> None:
    (bag / "data/a\nb").write_text("x")


def add_hidden(bag: Path) -> None:
    (bag / ".hidden").write_text("x")


def add_empty_directory(bag: Path) -> None:
    (bag / "data/empty").mkdir()


def remove_proof(bag: Path) -> None:
    (bag / "data/log/proofs/000001.tlog-proof").unlink()


def remove_seal(bag: Path) -> None:
    (bag / "tagmanifest-sha256.txt.sig").unlink()


ALTERATIONS = [
    add_unlisted,
    add_fetch,
    add_link,
    swap_for_link,
    add_fifo,
    add_case_twin,
    add_hostile_name,
    add_hidden,
    add_empty_directory,
    remove_proof,
    remove_seal,
]


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda f: f.__name__)
def test_one_file_more_or_fewer_or_other_is_refused(
    alter: Callable[[Path], None], copy: Path
) -> None:
    alter(copy)
    assert not verify_bag(copy, CONFIRMED).consistent


def resealed(bag: Path, change: Callable[[Path], None], key: object = KEY) -> Verdicts:
    """What a forger does who has a key: change, list again, sign again."""
    import hashlib

    change(bag)
    for name, inside in (("manifest-sha256.txt", True), ("tagmanifest-sha256.txt", False)):
        skipped = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig"}
        paths = [p.relative_to(bag).as_posix() for p in files(bag)]
        chosen = [p for p in paths if p.startswith("data/") == inside and p not in skipped]
        listed = {p: hashlib.sha256((bag / p).read_bytes()).hexdigest() for p in chosen}
        (bag / name).write_text("".join(f"{listed[p]}  {p}\n" for p in sorted(listed)))
    seal = key.seal((bag / "tagmanifest-sha256.txt").read_bytes())  # type: ignore[attr-defined]
    (bag / "tagmanifest-sha256.txt.sig").write_text(seal)
    return verify_bag(bag, CONFIRMED)


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(bag: Path) -> None:
        text = (bag / path).read_text()
        assert old in text
        (bag / path).write_text(text.replace(old, new, 1))

    return change


def swap_proofs(bag: Path) -> None:
    folder = bag / "data/log/proofs"
    first = (folder / "000001.tlog-proof").read_bytes()
    (folder / "000001.tlog-proof").write_bytes((folder / "000003.tlog-proof").read_bytes())
    (folder / "000003.tlog-proof").write_bytes(first)


def drop_last_entry(bag: Path) -> None:
    path = bag / "data/log/entries.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def drop_first_entry(bag: Path) -> None:
    path = bag / "data/log/entries.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def move_disclosures(bag: Path) -> None:
    edit("data/log/disclosures.jsonl", '"seq":3', '"seq":4')(bag)


def forge_disclosure(bag: Path) -> None:
    path = bag / "data/log/disclosures.jsonl"
    lines = path.read_text().splitlines()
    value = json.loads(lines[-1])
    value["disclosures"][0] += "A"
    lines[-1] = json.dumps(value, sort_keys=True, separators=(",", ":"))
    path.write_text("".join(f"{line}\n" for line in lines))


FORGERIES = {
    "body": (edit("data/log/entries.jsonl", '"who":"kim"', '"who":"lee"'), "altered"),
    "spelling": (edit("data/log/entries.jsonl", '":"', '": "'), "canonical"),
    "proofs": (swap_proofs, "not in the signed record"),
    "last entry": (drop_last_entry, "that is not here"),
    "first entry": (drop_first_entry, "one is lost"),
    "moved words": (move_disclosures, "out of order|not those that were recorded"),
    "forged words": (forge_disclosure, "not those that were recorded"),
    "withheld": (edit("data/withheld.json", '"withheld":4', '"withheld":3'), "left out"),
    "withheld kind": (edit("data/withheld.json", "claim-made", "claim-graded"), "another kind"),
    "checkpoint size": (edit("data/log/checkpoint", "\n6\n", "\n7\n"), "does not hold"),
    "bagit": (edit("bagit.txt", "1.0", "0.97"), "BagIt 1.0"),
    "policy": (lambda bag: (bag / "data/evidence").mkdir() or
               (bag / "data/evidence/x").write_text("x"), "not named by"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGERIES)
def test_an_insider_with_the_key_cannot_bend_one_part_alone(what: str, copy: Path) -> None:
    change, said = FORGERIES[what]
    found = resealed(copy, change)  # type: ignore[arg-type]
    assert not found.consistent
    assert any(word in str(found.breaks) for word in said.split("|")), found.breaks


def test_a_package_re_signed_with_another_key_is_consistent_and_refused(tmp_path: Path) -> None:
    forged = small_record()
    forged.key = key_of(9)
    forged.append(LOG, noted("what never happened"))
    exported(tmp_path / "p", forged)
    found = verify_bag(tmp_path / "p", CONFIRMED)
    assert found.consistent and not found.accepted
    assert str(found.unconfirmed).startswith("you expect")


def test_a_seal_over_another_record_than_its_checkpoint_is_refused(copy: Path) -> None:
    found = resealed(copy, lambda bag: None, key_of(9))
    assert "not signed by the key that sealed" in str(found.breaks)


def test_a_package_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fails(data: bytes) -> Stamp:
        raise OSError(28, "No space left on device")

    with pytest.raises(Unreachable, match="No space"):
        exported(tmp_path / "p", stamp=fails)
    assert list(tmp_path.iterdir()) == []
    exported(tmp_path / "p")
    with pytest.raises(Refused, match="exists already"):
        exported(tmp_path / "p")
    with pytest.raises(Refused, match="not a directory"):
        exported(tmp_path / "no/p")


def test_a_dead_time_authority_is_said_loudly_and_stops_nothing(tmp_path: Path) -> None:
    def dead(data: bytes) -> Stamp:
        raise Unreachable("the time authority did not answer")

    done = exported(tmp_path / "p", stamp=dead)
    assert done.timestamped_at is None and "NO TRUSTED TIME" in done.warnings[0]
    assert "did not answer" in (tmp_path / "p/VERIFY.txt").read_text()
    assert verify_bag(tmp_path / "p", CONFIRMED).accepted


def test_a_token_over_something_else_is_refused(tmp_path: Path) -> None:
    exported(tmp_path / "p", stamp=lambda data: Stamp(token=b"other", at=NOON, remark=None))
    assert "something else" in str(verify_bag(tmp_path / "p", CONFIRMED).breaks)


def test_two_exports_of_the_same_record_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = exported(tmp_path / "p"), exported(tmp_path / "q")
    assert first.seal_digest == second.seal_digest
