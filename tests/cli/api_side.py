"""The API of a home for tests: a client for each of its people and machines, by their tokens."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.cli.frame.person import public_key, signature
from tocsin.cli.over_http.serving import served
from tocsin.facts import sshsig
from tocsin.world import RealClock


class Api:
    """The API of one home."""

    def __init__(self, tocsin: Keyboard, keys: dict[str, Path], client: TestClient) -> None:
        self.tocsin, self.keys, self.client = tocsin, keys, client

    def token(self, who: str, *scopes: str) -> str:
        """A new token for a person with a key, or for a machine of any other name."""
        days = {"--until": _soon()} if who in self.keys else {}
        words: list[object] = ["register", "token", who]
        words += ["--person"] if who in self.keys else []
        for scope in scopes:
            words += ["--scope", scope]
        for name, value in days.items():
            words += [name, value]
        made = self.tocsin.done(*words, "--as", "ben", "--key", self.keys["ben"])
        return str(made["token"])

    def caller(self, who: str, *scopes: str) -> Caller:
        """Somebody with a new token."""
        return Caller(self, self.token(who, *scopes))


class Caller:
    """Somebody who calls with a token."""

    def __init__(self, api: Api, token: str) -> None:
        self.api, self.token = api, token

    def get(self, words: str, **values: Any) -> Response:
        return self.api.client.get(_path(words), params=values, headers=self._headers({}))

    def post(self, words: str, values: Any = None, **headers: str) -> Response:
        return self.api.client.post(
            _path(words), json=values if values is not None else {}, headers=self._headers(headers)
        )

    def signed(self, who: str, words: str, values: Any, *, by: str | None = None) -> Response:
        """Ask for something and sign whatever is asked to be signed, with the key of `by`."""
        answer = self.post(words, values, **self._signing(who))
        return self._sign(answer, self.api.keys[by or who])

    def read_signed(self, who: str, words: str, **values: Any) -> Response:
        """Read what one must sign for."""
        headers = self._headers(self._signing(who))
        answer = self.api.client.get(_path(words), params=values, headers=headers)
        return self._sign(answer, self.api.keys[who])

    def _signing(self, who: str) -> dict[str, str]:
        return {"Tocsin-Sign-With": sshsig.fingerprint(public_key(self.api.keys[who]))}

    def _sign(self, answer: Response, key: Path) -> Response:
        while answer.status_code == 202:
            asked = answer.json()
            message = base64.b64decode(asked["statement"])
            armoured = signature(key, message, asked["namespace"])
            answer = self.api.client.post(
                asked["next"], json={"signature": armoured}, headers=self._headers({})
            )
        return answer

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.token}"} | named


@contextmanager
def api_of(tocsin: Keyboard, keys: dict[str, Path]) -> Iterator[Api]:
    """The API of a home, in this process."""
    with wiring.open_home(tocsin.home, warn=lambda _: None) as opened:
        yield Api(tocsin, keys, TestClient(served(opened), raise_server_exceptions=False))


def _path(words: str) -> str:
    return words if words.startswith("/") else f"/api/v1/{words.replace(' ', '/')}"


def _soon() -> str:
    return (RealClock().now() + timedelta(days=30)).isoformat()
