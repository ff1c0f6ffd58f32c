"""A house whose doors take alarms in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from inbound_house import (
    POLICY,
    House,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, POLICY)
    yield made
    made.keeping.close()
