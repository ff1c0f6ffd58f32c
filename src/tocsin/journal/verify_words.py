"""Checks the words beside the entries of an evidence package, with nothing but Python.

Packed before `verify.py` into every evidence package. Words must be those that were recorded, and
each that is left out must be listed as withheld or erased, and no other.

Source: RFC 9901 4.2.3 (disclosures).
"""

from __future__ import annotations

import base64
import hashlib

from tocsin.journal.verify_bag import Broken, Sealed
from tocsin.journal.verify_note import lines_of, object_of

DISCLOSURES, WITHHELD = "data/log/disclosures.jsonl", "data/withheld.json"


def check_words(bag: Sealed, entries: list[tuple[str, set[str]]]) -> dict[int, tuple[int, int]]:
    """How many fields of each entry are (withheld, erased); each must be listed, and no other."""
    missing = {seq: len(listed) for seq, (_, listed) in enumerate(entries, start=1)}
    last = 0
    for number, line in enumerate(lines_of(DISCLOSURES, bag.read(DISCLOSURES)), start=1):
        where = f"{DISCLOSURES}, line {number}"
        value = object_of(where, line)
        seq, texts = value.get("seq"), value.get("disclosures")
        if not isinstance(seq, int) or seq not in missing or seq <= last:
            raise Broken(f"{where}: belongs to no entry that is here, or is out of order")
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise Broken(f"{where}: is not a list of disclosures")
        for text in texts:
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            if digest.rstrip(b"=").decode() not in entries[seq - 1][1]:
                raise Broken(f"entry {seq}: words beside it are not those that were recorded")
        if len(set(texts)) != len(texts):
            raise Broken(f"entry {seq}: the same words stand beside it twice")
        missing[seq] -= len(texts)
        last = seq
    return _check_withheld(bag, entries, {s: n for s, n in missing.items() if n})


def _check_withheld(
    bag: Sealed, entries: list[tuple[str, set[str]]], missing: dict[int, int]
) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for line in lines_of(WITHHELD, bag.read(WITHHELD)):
        value = object_of(WITHHELD, line)
        seq, withheld, erased = (value.get(name) for name in ("seq", "withheld", "erased"))
        if not (isinstance(seq, int) and isinstance(withheld, int) and isinstance(erased, int)):
            raise Broken(f"{WITHHELD}: a line without the numbers seq, withheld and erased")
        if min(withheld, erased) < 0 or missing.get(seq) != withheld + erased or seq in found:
            raise Broken(f"entry {seq}: what is left out is not what {WITHHELD} says")
        if value.get("kind") != entries[seq - 1][0]:
            raise Broken(f"entry {seq}: {WITHHELD} names another kind")
        found[seq] = withheld, erased
    for seq in sorted(missing.keys() - found.keys()):
        raise Broken(f"entry {seq}: words are left out, and {WITHHELD} does not say so")
    return found
