"""Lets these tests meet the far sides that stand one folder up."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import certificates


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificate:
    """A certificate for far.example that nobody signed but itself."""
    return certificates.made(tmp_path_factory.mktemp("tls") / "far.pem")
