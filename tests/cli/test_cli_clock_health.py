"""What the doctor says of the clock follows what the kernel answers."""

from __future__ import annotations

import pytest

from tocsin.cli.health import clock


@pytest.mark.parametrize(
    ("answer", "seen", "advised"),
    [(0, "kept in step", False), (5, "NOT KEPT IN STEP", True), (None, "cannot be told", False)],
)
def test_the_kernels_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, answer: int | None, seen: str, advised: bool
) -> None:
    monkeypatch.setattr(clock, "kernel_says", lambda: answer)
    found = clock.clock()
    assert found.ok and seen in found.seen and bool(found.remedy) is advised


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    assert clock.kernel_says() in {None, 0, 1, 2, 3, 4, 5}
