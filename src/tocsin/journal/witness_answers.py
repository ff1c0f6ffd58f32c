"""What witnesses say when a verdict is wanted: each answer by itself, and none merged with others.

`WitnessClient` raises what it finds, which suits an alarm. Whoever checks a record wants to hear
all verdicts, also when a witness remembers more than is here or does not answer.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

import msgspec

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.journal.packed import GrowthUnproven, Packed
from tocsin.journal.witness_client import Cosigned, Grown, Rewritten, RolledBack, WitnessClient


class Standing(enum.Enum):
    """How a witness that was asked stands to the record."""

    EXCLUDED = "excluded"  # it cosigned this very tree, and has seen no larger one
    DENIED = "denied"  # it remembers more entries than are here, or others
    UNCONFIRMED = "unconfirmed"  # its answer settles nothing
    SILENT = "silent"  # it gave no usable answer


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What one witness said.

    Args:
        words: the verdict on a rollback that follows from it.
        cosigned: its cosignature; only where it is EXCLUDED.
    """

    url: str
    standing: Standing
    words: str
    cosigned: Cosigned | None = None


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What all witnesses said that were asked; they settle it only if every one of them does."""

    asked: tuple[Asked, ...]

    @property
    def hold(self) -> bool:
        """Whether every witness that was asked excludes a rollback."""
        return not self._short_of(Standing.EXCLUDED)

    @property
    def deny(self) -> bool:
        """Whether any of them remembers more entries than are here, or others."""
        return any(one.standing is Standing.DENIED for one in self.asked)

    @property
    def only_silent(self) -> bool:
        """Whether nothing is amiss but that a witness gave no usable answer."""
        return not self.hold and not self._short_of(Standing.EXCLUDED, Standing.SILENT)

    @property
    def up_to(self) -> int | None:
        """The size up to which a rollback is excluded; None when any answer leaves it open."""
        return max((one.size for one in self._excluding), default=None)

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The names of those that exclude a rollback up to there, sorted."""
        return tuple(sorted({one.witness for one in self._excluding if one.size == self.up_to}))

    def lines(self, size: int) -> tuple[str, ...]:
        """The cosignature lines over this size that were given, for policies that count them."""
        given = [one.cosigned for one in self.asked if one.cosigned is not None]
        return tuple(one.line for one in given if one.size == size)

    @property
    def words(self) -> str:
        """The verdict on a rollback, the gravest answer first."""
        gravest = sorted(self.asked, key=lambda one: _GRAVEST_FIRST.index(one.standing))
        return "; ".join(one.words for one in gravest)

    @property
    def _excluding(self) -> list[Cosigned]:
        return [one.cosigned for one in self.asked if one.cosigned is not None and self.hold]

    def _short_of(self, *good: Standing) -> list[Asked]:
        return [one for one in self.asked if one.standing not in good]


def asked(url: str, vkey: str | None, record: Grown) -> Asked:
    """What the witness at this address says of the record's latest checkpoint.

    Args:
        vkey: as for `WitnessClient`.

    Raises:
        Refused: `url` is no address of a witness.
    """
    client = WitnessClient(url, vkey)
    return _said(url, lambda: client.cosign(record))


def asked_of_package(url: str, vkey: str | None, package: Packed) -> Asked:
    """What the witness at this address says of a package; else as `asked`.

    A package stands still while its record grows. So it settles the matter, too, that the witness
    cosigned this very checkpoint when it was the latest; and that it has seen more since then is no
    rollback, but leaves open whether the package's entries are among those.
    """
    client = WitnessClient(url, vkey)

    def ask() -> Cosigned:
        try:
            return client.cosigned_before(package.head) or client.cosign(package)
        except RolledBack as more:
            raise Refused(
                f"witness {more.witness} has seen {more.seen} entries of this record, and nothing "
                f"here shows that the {more.here} of this package are the first of them"
            ) from None
        except GrowthUnproven as more:
            raise Refused(
                f"the witness at {url} has seen {more.old} entries of this record, and this "
                f"package holds no proof that it grew from them to its {more.size}"
            ) from None

    return _said(url, ask)


def answers(found: Sequence[Asked]) -> Answers | None:
    """All answers together; None when nobody was asked."""
    return Answers(asked=tuple(found)) if found else None


def _said(url: str, ask: Callable[[], Cosigned]) -> Asked:
    try:
        seen = ask()
    except RolledBack as behind:
        words = (
            f"ROLLED BACK: the witness {behind.witness} has seen {behind.seen} entries, "
            f"this record has {behind.here}"
        )
        return Asked(url=url, standing=Standing.DENIED, words=words)
    except Rewritten as other:
        words = f"REWRITTEN: the witness {other.witness} remembers other entries than these"
        return Asked(url=url, standing=Standing.DENIED, words=words)
    except Unreachable as away:
        return Asked(url=url, standing=Standing.SILENT, words=f"not excluded: {away}")
    except (Refused, Tampered) as why:
        return Asked(url=url, standing=Standing.UNCONFIRMED, words=f"not excluded: {why}")
    if not seen.independent:
        words = (
            f"not excluded: witness {seen.witness} runs under our own account: it counts as none"
        )
        return Asked(url=url, standing=Standing.UNCONFIRMED, words=words)
    words = f"excluded up to {seen.size} by witness {seen.witness} (asked just now)"
    return Asked(url=url, standing=Standing.EXCLUDED, words=words, cosigned=seen)


_GRAVEST_FIRST = (Standing.DENIED, Standing.UNCONFIRMED, Standing.SILENT, Standing.EXCLUDED)
