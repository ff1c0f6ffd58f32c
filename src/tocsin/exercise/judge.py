"""A judge of paper: it says what a script says, calls nobody, and its verdicts say so."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.facts.opinions import Exchange, Opinion
from tocsin.world import Clock


class PaperJudge:
    """The port `Judge` in an exercise.

    Args:
        says: the verdict on an exchange; None is no verdict.
    """

    def __init__(self, says: Callable[[Exchange], bool | None], clock: Clock) -> None:
        self._says, self._clock = says, clock

    @property
    def name(self) -> str:
        return "rehearsed on paper"

    def judge(self, one: Exchange) -> Opinion:
        grounded = self._says(one)
        return Opinion(
            grounded=grounded,
            why="" if grounded is not None else "the script gives none",
            addressed=False,
            judge=self.name,
            version="",
            instructions="",
            temperature="0",
            at=self._clock.now(),
            said="",
        )
