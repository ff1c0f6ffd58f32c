"""A secret never stands in the register, and one that does is refused without being shown."""

from __future__ import annotations

import pytest
from register_texts import HOOK, PERSON, only, read

from tocsin.register.formats import looks_secret
from tocsin.register.mistakes import mistakes_only

SECRETS = [
    "hunter2",
    "env:",
    "env:A B",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "ghp_" + "a" * 36,
    "xoxb-" + "1" * 20,
    "tocsin_7K3A_" + "s" * 24,
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", ["secret", "settings.api_key", "settings.password"])
def test_a_secret_itself_is_refused_and_never_shown(secret: str, field: str) -> None:
    mistake = only(HOOK + f'{field} = "{secret}"\n')
    assert "env:NAME or file:PATH" in mistake.remedy
    assert secret not in mistake.found + mistake.path


@pytest.mark.parametrize("secret", SECRETS[3:])
def test_what_looks_like_a_secret_is_refused_anywhere(secret: str) -> None:
    mistake = only(PERSON + f'name = "{secret}"\n')
    assert secret not in str(mistake)
    unknown = only(PERSON + f'password = "{secret}"\n')
    assert "no secret stands in the register" in unknown.remedy
    assert secret not in str(unknown)
    assert looks_secret("https://user:pw@example.org/") and not looks_secret("https://a.example:8/")


def test_a_secret_of_the_wrong_type_is_not_shown_either() -> None:
    assert "12345" not in str(only(HOOK + "secret = 12345\n"))


@pytest.mark.parametrize("reference", ["env:NAME", "file:/run/secrets/x", "file:my key"])
def test_a_reference_is_good(reference: str) -> None:
    register, told = read(HOOK + f'secret = "{reference}"\n')
    assert mistakes_only(told) == []
    assert register.integrations["h"].secret == reference
