"""Which law is asked: the pack as its files are now, or else the last that was whole.

A pack with a mistake is not used at all, and the last good one stays in force while the mistakes
are told: a wrong rule file never silences a duty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from tocsin.duties.fields import FieldSets
from tocsin.duties.law import Law
from tocsin.duties.read import read_whole
from tocsin.facts import BrokenLog, Entry, Refused, Unreachable
from tocsin.facts.canonical import canonical, sha256_hex
from tocsin.facts.legal import LawAdopted
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.world import World

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Knowledge


def wrong_words(*, older: bool) -> str:
    """That the law's files are wrong, and which law is asked instead."""
    return f"the law's files are wrong, and {'an older law' if older else 'none'} is asked"


def _unread(found: str, remedy: str) -> Mistake:
    remedy = remedy or "check the owner, the rights and the encoding of its files"
    return Mistake(file="law", line=1, path="", found=found, remedy=remedy)


_Texts = list[tuple[str, str]]


class LawRead(msgspec.Struct, frozen=True, kw_only=True):
    """A law as it was read.

    Args:
        files: the canonical JSON of the texts of the pack and of the home's own, each by path.
        forms: the forms of its notices.
        own: how many of its rules are the organisation's own.
        mistakes: what is wrong with the files as they are now; then this law is an older one.
        advice: what could be better, such as a rule that nobody compared for long.
    """

    law: Law
    files: bytes
    forms: FieldSets
    own: int = 0
    mistakes: tuple[Mistake, ...] = ()
    advice: tuple[Mistake, ...] = ()


class LawInForce:
    """The law that a process asks; threads may share it."""

    def __init__(self, world: World, knowledge: Knowledge) -> None:
        self._world, self._knowledge = world, knowledge
        self._digest = ""
        self._read: LawRead | None = None
        self._wrong: tuple[Mistake, ...] = ()

    def read(self) -> LawRead | None:
        """The law in force; None where this world asks none, or no law was ever whole."""
        if self._world.law is None:
            return None
        try:
            pack, own = self._world.law()
        except Unreachable as bad:
            found, _, remedy = str(bad).partition("; ")
            return self._older((_unread(found, remedy),))
        digest = sha256_hex(_bytes_of(pack, own))
        if self._read is None or digest != self._digest:
            self._read, self._digest = self._anew(pack, own), digest
        return self._read

    def must_read(self) -> LawRead:
        """As `read`. Raises Refused where there is none, with what is wrong."""
        found = self.read()
        if found is None:
            told = self.told()
            why = f": {told[0]}" if told else ""
            raise Refused(f"no law can be asked here{why}")
        return found

    def told(self) -> tuple[Mistake, ...]:
        """What is wrong with the files as they are now.

        Files that the record says were adopted were whole, so they are not read for this.
        """
        if self._read is None and self._are_adopted():
            return ()
        found = self.read()
        return self._wrong if found is None else found.mistakes

    def warnings(self) -> list[str]:
        """What is wrong with the law's files, and what that means: for whoever relies on duties.

        Every screen, page and message says it in these words.
        """
        try:
            told = self.told()
            stands = wrong_words(older=bool(told) and self.read() is not None)
            return [f"{stands}: {one}" for one in told]
        except (Refused, Unreachable, BrokenLog) as bad:
            return [f"the law was not asked: {bad}"]

    def _are_adopted(self) -> bool:
        if self._world.law is None:
            return False
        try:
            pack, own = self._world.law()
        except Unreachable:
            return False
        adopted = adopted_in(self._knowledge.home_entries())
        return adopted is not None and adopted.files == sha256_hex(_bytes_of(pack, own))

    def _anew(self, pack: Mapping[str, str], own: Mapping[str, str]) -> LawRead | None:
        law, forms, told = read_whole(pack, own)
        if law is not None:
            return _read_of(law, forms, pack, own, tuple(one for one in told if one.advice))
        return self._older(tuple(mistakes_only(told)))

    def _older(self, wrong: tuple[Mistake, ...]) -> LawRead | None:
        """The last law that was whole, with what is wrong with the newer one."""
        self._wrong, kept = wrong, self._read or self._kept()
        return None if kept is None else msgspec.structs.replace(kept, mistakes=wrong)

    def _kept(self) -> LawRead | None:
        adopted = adopted_in(self._knowledge.home_entries())
        return None if adopted is None else law_kept(self._world, adopted)


def law_kept(world: World, adopted: LawAdopted) -> LawRead | None:
    """The law of an adoption, read again from the vault; None where its files are not there."""
    try:
        with world.vault.open(adopted.files) as file:
            data = file.read()
        pack, own = map(dict, msgspec.json.decode(data, type=tuple[_Texts, _Texts]))
    except (Refused, Unreachable, msgspec.DecodeError):
        return None
    if sha256_hex(data) != adopted.files:
        return None
    law, forms, _ = read_whole(pack, own)
    return None if law is None else _read_of(law, forms, pack, own, ())


def adopted_in(entries: Iterable[Entry]) -> LawAdopted | None:
    """The law that the home's log says is in force."""
    found = [entry.fact for entry in entries if isinstance(entry.fact, LawAdopted)]
    return found[-1] if found else None


def _read_of(
    law: Law,
    forms: FieldSets,
    pack: Mapping[str, str],
    own: Mapping[str, str],
    advice: tuple[Mistake, ...],
) -> LawRead:
    ours = [rule for rule in law.rules if f"{rule.article}.toml" in own]
    files = _bytes_of(pack, own)
    return LawRead(law=law, files=files, forms=forms, own=len(ours), advice=advice)


def _bytes_of(pack: Mapping[str, str], own: Mapping[str, str]) -> bytes:
    """All files as canonical JSON: each a pair of path and text, in the order of paths."""
    return canonical([[[name, texts[name]] for name in sorted(texts)] for texts in (pack, own)])
