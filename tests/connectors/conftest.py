"""Lets these tests meet the far sides that stand one folder up."""

import pytest

import certificates


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificate:
    """A certificate for far.example that nobody signed but itself."""
    return certificates.made(tmp_path_factory.mktemp("tls") / "far.pem")
