"""People with real keys."""

from __future__ import annotations

import pytest

from register_people import Signing


@pytest.fixture(scope="session")
def ada() -> Signing:
    return Signing(1)


@pytest.fixture(scope="session")
def ben() -> Signing:
    return Signing(2)


@pytest.fixture(scope="session")
def cleo() -> Signing:
    return Signing(3)
