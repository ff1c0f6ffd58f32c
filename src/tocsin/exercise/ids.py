"""Ids and salts that follow from a seed: the same seed writes the same record, to the byte."""

from __future__ import annotations

import base64
import hashlib
import itertools

from tocsin.world import RandomIds


class SeededIds:
    """The same ids, salts and fractions in the same order for the same seed.

    Each sort has its own sequence, so that drawing one more salt moves no incident's id. Salts are
    predictable: a record that must hide its words from anyone is not made with these.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._incidents = itertools.count(1)
        self._salts = itertools.count(1)
        self._fractions = itertools.count(1)

    def incident(self) -> str:
        drawn = self._draw("incident", next(self._incidents))
        return "".join(RandomIds.ALPHABET[byte % 32] for byte in drawn[:10])

    def salt(self) -> str:
        drawn = self._draw("salt", next(self._salts))
        return base64.urlsafe_b64encode(drawn[:16]).rstrip(b"=").decode("ascii")

    def fraction(self) -> float:
        drawn = self._draw("fraction", next(self._fractions))
        return int.from_bytes(drawn[:4], "big") / 2**32

    def _draw(self, sort: str, number: int) -> bytes:
        return hashlib.sha256(f"{self._seed}\n{sort}\n{number}".encode()).digest()
