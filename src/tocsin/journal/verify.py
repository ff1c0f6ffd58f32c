"""Checks the record inside an evidence package and gives separate verdicts, with only Python.

Usage: python3 verify.py [PACKAGE] [--key FINGERPRINT] [--policy FILE] [--head FILE] [--json]

Exit 0: consistent, and the signer is confirmed from outside the package. Exit 1: not. Exit 2: wrong
use. Nothing that stands in the package can confirm the package: bring the fingerprint, the policy
or the remembered head by another way than the package came.

Source: RFC 6962 2.1, RFC 9162 2.1.3.2 and 2.1.4.2 (the tree); RFC 9901 4.2.3 (disclosures);
C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-policy.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tocsin.journal.verify_bag import (
    MANIFEST,
    TIMESTAMP,
    Broken,
    Sealed,
    Tell,
    fingerprint,
    no_one,
    sealed,
)
from tocsin.journal.verify_note import (
    LOG_KEY,
    WITNESS_KEY,
    Head,
    Policy,
    check_growth,
    hash_of,
    inclusion_root,
    key_of,
    lines_of,
    object_of,
    read_head,
    read_note,
    read_policy,
    size_of,
)
from tocsin.journal.verify_words import check_words

CHECKPOINT = "data/log/checkpoint"
ENTRIES = "data/log/entries.jsonl"
PROOFS, ROTATIONS = "data/log/proofs/", "data/log/rotations/"
GROWTH, EVIDENCE = "data/log/consistency/", "data/evidence/"
ROTATION_HEADER = "tocsin-key-rotation/v1"
PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Trust:
    """What the reader believes from elsewhere, and not because the package says so.

    Args:
        key: fingerprint ("SHA256:...") of the sender's key, or of an earlier key of the sender.
        policy: a C2SP tlog-policy file that lists the sender's key and the witnesses to believe.
        head: a checkpoint of the same record that was kept from an earlier time.
        cosigned: signature lines over the package's checkpoint that came from witnesses directly.
    """

    key: str | None = None
    policy: Path | None = None
    head: Path | None = None
    cosigned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdicts:
    """What holds, each question by itself.

    Args:
        breaks: the first thing that does not hold; None if all is consistent.
        chain: fingerprints of the record's keys, the oldest first; the last one signed.
        unconfirmed: why the signer is not confirmed; None if it is.
        rollback: in words, up to where a rollback is excluded, and by whom.
        rollback_up_to: the size of the tree up to which a witness excludes a rollback.
        witness_holds: whether all witnesses that were asked exclude it; None when none was asked.
        missing: by number of entry, how many fields are withheld and how many erased.
    """

    consistent: bool
    breaks: str | None = None
    origin: str = ""
    log: str = ""
    entries: int = 0
    size: int = 0
    root: str = ""
    chain: tuple[str, ...] = ()
    unconfirmed: str | None = "nothing was brought from outside to compare the signer with"
    rollback: str = "not excluded: no witness that you trust has cosigned this record"
    rollback_up_to: int | None = None
    witnesses: tuple[str, ...] = ()
    witness_holds: bool | None = None
    head: str = "no remembered head was given"
    head_holds: bool | None = None
    missing: dict[int, tuple[int, int]] = dataclasses.field(default_factory=dict)
    time_token: bool = False

    @property
    def accepted(self) -> bool:
        """Consistent, signed by whom the reader expects, not older than their head and witness."""
        fresh = self.head_holds is not False and self.witness_holds is not False
        return self.consistent and self.unconfirmed is None and fresh

    @property
    def signed_by(self) -> str | None:
        """The fingerprint of the key that signed; None if nothing holds."""
        return self.chain[-1] if self.chain else None


def verify_bag(path: Path, trust: Trust, tell: Tell = no_one) -> Verdicts:
    """The verdicts on the evidence package at `path`.

    Args:
        tell: told what is being counted ("bytes", "entries"), how many are done and how many not.

    Raises:
        ValueError: what the reader brought (policy, head) cannot be read; not the package's fault.
    """
    policy = None if trust.policy is None else read_policy(trust.policy.read_bytes())
    remembered = None if trust.head is None else _trusted_head(trust.head.read_bytes())
    try:
        bag = sealed(path, tell)
        head = read_head(bag.read(CHECKPOINT) + "".join(trust.cosigned).encode())
        if not head.note.signed_by(head.origin, bag.public):
            raise Broken("the checkpoint is not signed by the key that sealed the package")
        chain = _key_chain(bag, head)
        log, entries = _check_entries(bag, head, tell)
        missing = check_words(bag, entries)
        _check_evidence_and_time(bag)
        cosigned = _cosigners(policy, head)
    except Broken as bad:
        return Verdicts(consistent=False, breaks=str(bad))
    seen = Verdicts(
        consistent=True,
        origin=head.origin,
        log=log,
        entries=len(entries),
        size=head.size,
        root=head.root.hex(),
        chain=tuple(map(fingerprint, chain)),
        missing=missing,
        time_token=TIMESTAMP in bag.digests,
    )
    if cosigned:
        names = tuple(sorted(cosigned))
        said = f"excluded up to {head.size} by witness {', '.join(names)}"
        seen = dataclasses.replace(seen, rollback=said, rollback_up_to=head.size, witnesses=names)
    holds, words = _compare_head(bag, head, remembered)
    unconfirmed = _unconfirmed(seen, trust.key, policy, chain, cosigned)
    return dataclasses.replace(seen, head_holds=holds, head=words, unconfirmed=unconfirmed)


def _unconfirmed(
    seen: Verdicts, key: str | None, policy: Policy | None, chain: list[bytes], cosigned: set[str]
) -> str | None:
    if key is None and policy is None:
        return seen.unconfirmed
    if key is not None and key not in seen.chain:
        return f"you expect {key}, but it is signed by {seen.signed_by}"
    if policy is not None:
        if not any(name == seen.origin and public in chain for name, public in policy.logs):
            return f"your policy lists no key of {seen.origin} that signed this"
        if not policy.reached(cosigned):
            return f"your policy's quorum {policy.quorum!r} of witnesses is not reached"
    return None


def _cosigners(policy: Policy | None, head: Head) -> set[str]:
    if policy is None:
        return set()
    known = policy.witnesses.items()
    return {n for n, (key, public) in known if head.note.signed_by(key, public, WITNESS_KEY)}


def _compare_head(bag: Sealed, head: Head, kept: Head | None) -> tuple[bool | None, str]:
    if kept is None:
        return None, "no remembered head was given"
    if kept.origin != head.origin:
        return False, f"the remembered head is of {kept.origin}, another record"
    if kept.size > head.size:
        return False, f"ROLLED BACK: you remember {kept.size} entries, this has {head.size}"
    if kept.size not in (0, head.size) and f"{GROWTH}{kept.size}" not in bag.digests:
        return False, f"this package holds no proof that it grew from your {kept.size} entries"
    try:
        _check_growth(bag, kept.size, kept.root, head)
    except Broken:
        return False, f"REWRITTEN: the first {kept.size} entries are not those that you remember"
    return True, f"only added to the {kept.size} entries that you remember"


def _check_growth(bag: Sealed, size: int, root: bytes, head: Head) -> None:
    proof = []
    if size not in (0, head.size):
        proof = [hash_of(line) for line in lines_of(f"{GROWTH}{size}", bag.read(f"{GROWTH}{size}"))]
    check_growth(size, head.size, root, head.root, proof)


def _key_chain(bag: Sealed, head: Head) -> list[bytes]:
    names = sorted(path for path in bag.digests if path.startswith(ROTATIONS))
    chain: list[bytes] = []
    last_size = 0
    for name in names:
        note = read_note(bag.read(name))
        match = re.fullmatch(
            r"([^\n]+)\n([^\n]+)\nold ([^\n]+)\nnew ([^\n]+)\nsize ([^\n]+)\nroot ([^\n]+)\n",
            note.text.decode(),
        )
        if match is None or match[1] != ROTATION_HEADER or match[2] != head.origin:
            raise Broken(f"{name} is not a key rotation of this record")
        (old_name, old), (new_name, new) = key_of(match[3], LOG_KEY), key_of(match[4], LOG_KEY)
        if {old_name, new_name} != {head.origin} or chain[-1:] not in ([], [old]) or old == new:
            raise Broken(f"{name} does not follow on the rotation before it")
        if not (note.signed_by(old_name, old) and note.signed_by(new_name, new)):
            raise Broken(f"{name} must be signed by the old and the new key")
        size = size_of(match[5])
        if not last_size <= size <= head.size:
            raise Broken(f"{name} is out of order")
        _check_growth(bag, size, hash_of(match[6]), head)
        chain, last_size = [*(chain or [old]), new], size
    if chain and chain[-1] != bag.public:
        raise Broken("the key rotations do not end at the key that sealed the package")
    return chain or [bag.public]


def _check_entries(bag: Sealed, head: Head, tell: Tell) -> tuple[str, list[tuple[str, set[str]]]]:
    """The log's name, and for each entry its kind and the digests of its disclosures."""
    checkpoint = bag.read(CHECKPOINT)
    found: list[tuple[str, set[str]]] = []
    log, places = "", set()
    lines = lines_of(ENTRIES, bag.read(ENTRIES))
    for seq, line in enumerate(lines, start=1):
        where = f"entry {seq}"
        value = object_of(where, line)
        log = log or str(value.get("log"))
        fact, listed = value.get("fact"), value.get("sd")
        if value.get("seq") != seq or value.get("log") != log:
            raise Broken(f"{where}: it says {value.get('log')}/{value.get('seq')}; one is lost")
        if not isinstance(fact, dict) or not isinstance(listed, list):
            raise Broken(f"{where} is not an entry of a record")
        index = _check_inclusion(bag, seq, line, head, checkpoint)
        if index in places:
            raise Broken(f"{where}: its place {index} in the tree is taken by another entry")
        places.add(index)
        found.append((str(fact.get("kind")), {str(digest) for digest in listed}))
        tell("entries", seq, len(lines))
    proofs = {path for path in bag.digests if path.startswith(PROOFS)}
    for path in sorted(proofs - {_proof_name(seq) for seq in range(1, len(found) + 1)}):
        raise Broken(f"{path} proves an entry that is not here")
    return log, found


def _proof_name(seq: int) -> str:
    return f"{PROOFS}{seq:06d}.tlog-proof"


def _check_inclusion(bag: Sealed, seq: int, body: str, head: Head, checkpoint: bytes) -> int:
    head_part, blank, tail = bag.read(_proof_name(seq)).partition(b"\n\n")
    lines = lines_of(_proof_name(seq), head_part + b"\n")
    if not blank or tail != checkpoint or len(lines) < 2 or lines[0] != PROOF_HEADER:
        raise Broken(f"{_proof_name(seq)} is not a proof under this package's checkpoint")
    if not lines[1].startswith("index "):
        raise Broken(f"{_proof_name(seq)} names no index")
    index, path = size_of(lines[1].removeprefix("index ")), [hash_of(line) for line in lines[2:]]
    leaf = hashlib.sha256(b"\x00" + body.encode()).digest()
    if inclusion_root(index, head.size, leaf, path) != head.root:
        raise Broken(f"entry {seq} is not in the signed record: it was altered, or never there")
    return index


def _check_evidence_and_time(bag: Sealed) -> None:
    for path, digest in sorted(bag.digests.items()):
        if path.startswith(EVIDENCE) and path != EVIDENCE + digest:
            raise Broken(f"{path} is not named by the SHA-256 of what it holds")
    if TIMESTAMP in bag.digests:
        digest_of_list = hashlib.sha256((bag.root / MANIFEST).read_bytes()).digest()
        if digest_of_list not in bag.read(TIMESTAMP):
            raise Broken(f"{TIMESTAMP} is a token over something else than {MANIFEST}")


def _trusted_head(data: bytes) -> Head:
    try:
        return read_head(data)
    except Broken as bad:
        raise ValueError(f"the remembered head cannot be read: {bad}") from None


def in_words(verdicts: Verdicts) -> str:
    """The verdicts as a person reads them, one question a line."""
    if not verdicts.consistent:
        return f"consistent: NO\n  first break: {verdicts.breaks}\n"
    signer = f"{verdicts.signed_by}, confirmed from outside"
    if verdicts.unconfirmed is not None:
        signer = f"{verdicts.signed_by}, SIGNER UNCONFIRMED: {verdicts.unconfirmed}"
    withheld = sum(count for count, _ in verdicts.missing.values())
    erased = sum(count for _, count in verdicts.missing.values())
    token = f"a token is there; check it with openssl (VERIFY.txt) over {MANIFEST}"
    lines = [
        f"consistent: yes, {verdicts.entries} entries of {verdicts.log} "
        f"in a record of {verdicts.size} ({verdicts.origin})",
        f"signed by: {signer}",
        f"rollback: {verdicts.rollback}",
        f"remembered head: {verdicts.head}",
        f"left out of {len(verdicts.missing)} entries: {withheld} fields withheld, {erased} erased",
        f"trusted time: {token if verdicts.time_token else 'none'}",
    ]
    return "\n".join(lines) + "\n"


def as_json(verdicts: Verdicts) -> dict[str, object]:
    """The verdicts as plain values for JSON."""
    return {
        **dataclasses.asdict(verdicts),
        "accepted": verdicts.accepted,
        "missing": {str(seq): counts for seq, counts in verdicts.missing.items()},
        "signed_by": verdicts.signed_by,
    }


def main(arguments: list[str] | None = None) -> int:
    """The command; gives the exit code."""
    command = argparse.ArgumentParser(description="Check an evidence package without its sender.")
    command.add_argument("package", nargs="?", type=Path, default=Path(__file__).parent)
    command.add_argument("--key", help='fingerprint of the sender, "SHA256:..."')
    command.add_argument("--policy", type=Path, help="C2SP tlog-policy: keys and witnesses")
    command.add_argument("--head", type=Path, help="a checkpoint kept from an earlier time")
    command.add_argument("--json", action="store_true", help="verdicts as JSON")
    given = command.parse_args(arguments)
    if not given.package.is_dir():
        command.error(f"{given.package} is not a directory; an evidence package is one")
    try:
        verdicts = verify_bag(given.package, Trust(given.key, given.policy, given.head))
    except (OSError, ValueError) as bad:
        command.error(str(bad))
    shown = json.dumps(as_json(verdicts), sort_keys=True) + "\n" if given.json else ""
    sys.stdout.write(shown or in_words(verdicts))
    return 0 if verdicts.accepted else 1


if __name__ == "__main__":
    sys.exit(main())
