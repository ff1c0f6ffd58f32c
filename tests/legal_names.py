"""Writes the legal facts that plans may name from the dictionary: `python -m tests.legal_names`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tocsin.duties.read import read_law
from tocsin.register.legal_keys import KeyType, LegalKey

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "src" / "tocsin" / "playbook" / "legal_names.py"
TYPES = (KeyType.YES_NO, KeyType.CHOICE, KeyType.COUNT, KeyType.INSTANT)
HEAD = '''"""The legal facts that plans may name: each key with its type and its words.

Written by `python -m tests.legal_names` from law/facts.toml; do not edit. A test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.register.legal_keys import KeyType

LEGAL_KEYS: Mapping[str, tuple[KeyType, str, str]] = {
'''
FOOT = '''}
"""Type, other spellings of the key in a register, and choices; `a=b`: the word a is read as b."""
'''


def wanted() -> dict[str, tuple[KeyType, str, str]]:
    """What the table must hold, by the shipped dictionary."""
    files = {
        path.relative_to(ROOT / "law").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "law").rglob("*.toml"))
    }
    law, told = read_law(files)
    assert law is not None, told
    return {
        key: _row(one)
        for key, one in law.dictionary.keys.items()
        if one.type in TYPES and not key.endswith(".*")
    }


def _row(one: LegalKey) -> tuple[KeyType, str, str]:
    also = one.spelt_also if one.set_once else ()
    choices = (*one.choices, *(f"{word}={means}" for word, means in one.same_as.items()))
    assert not any(" " in word or "=" in word for word in (*also, *one.choices))
    return one.type, " ".join(also), " ".join(choices)


def written(rows: Mapping[str, tuple[KeyType, str, str]]) -> str:
    """The whole file, not yet laid out."""
    lines = [
        f'    "{key}": (KeyType.{type_.name}, {_text(also)}, {_text(choices)}),'
        for key, (type_, also, choices) in rows.items()
    ]
    return HEAD + "\n".join(lines) + "\n" + FOOT


def _text(words: str) -> str:
    """A text on as many lines as it takes."""
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) > 80:
            lines.append("")
        lines[-1] += f"{word} "
    lines[-1] = lines[-1].rstrip()
    told = " ".join(f'"{line}"' for line in lines)
    return f"({told})" if len(lines) > 1 else told


if __name__ == "__main__":
    NAMES.write_text(written(wanted()), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(NAMES)], check=True)
