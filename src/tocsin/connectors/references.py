"""Secrets by reference: read when they are needed, kept nowhere, named in no message."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from tocsin.facts import ConnectorError

SecretOf = Callable[[str], str]
"""Gives the secret behind a reference. Raises ConnectorError when there is none."""

SECRET_BYTES_MAX = 16 * 1024
_FORMS = "write env:NAME for an environment variable or file:PATH for a file"


def is_reference(text: str) -> bool:
    """Whether `text` names a secret instead of being one."""
    return text.startswith(("env:", "file:"))


def secret_at(reference: str) -> str:
    """The secret that `env:NAME` or `file:PATH` names, without a line end, read at this moment.

    Raises:
        ConnectorError: not a reference, or nothing is there. The message never holds a value.
    """
    sort, _, name = reference.partition(":")
    if sort == "env" and name:
        return _present(os.environ.get(name, ""), f"environment variable {name}")
    if sort == "file" and name:
        return _present(_file_text(Path(name)), f"file {name}")
    raise _missing(f"a secret is given by reference only, never in place; {_FORMS}")


def proving(secret: str, secret_of: SecretOf) -> Callable[[], Mapping[str, str]]:
    """The headers that prove us; the secret is read anew for each call and kept nowhere."""

    def headers() -> Mapping[str, str]:
        if not secret:
            return {}
        text = secret_of(secret)
        if ":" in text:
            return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
        return {"Authorization": f"Bearer {text}"}

    return headers


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_BYTES_MAX + 1)
    except OSError as bad:
        raise _missing(f"the secret in file {path} cannot be read: {bad.strerror}") from None
    if len(data) > SECRET_BYTES_MAX:
        raise _missing(f"file {path} is larger than {SECRET_BYTES_MAX} bytes; not a secret")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _missing(f"file {path} is not UTF-8 text; write the secret as text") from None


def _present(value: str, where: str) -> str:
    secret = value.strip("\r\n")
    if not secret:
        raise _missing(f"{where} holds no secret; set it where the worker runs")
    return secret


def _missing(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
