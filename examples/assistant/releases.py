"""The release that the registry's alias names, fetched, checked against its manifest, and loaded.

Whatever goes wrong on the way (no registry, a missing or altered file, a model that does not load)
leaves the present release in place and says so in `trouble`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# Loopback or not, a registry that does not answer must be noticed in seconds.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import mlflow.sklearn
from intents import Guess, Intents
from manifest import TAG, objections
from mlflow import MlflowClient
from mlflow.models import Model

POLL_SECONDS, RETRY_SECONDS, BATCH_MAX = 1.0, 5.0, 256


class Unloadable(Exception):
    """A version that must not serve, and why."""


class ModelBroke(Exception):
    """The model failed on a question."""


@dataclass(frozen=True)
class Release:
    """A version of the model, ready to answer."""

    version: str
    run: str
    intents: Intents
    manifest_sha256: str
    loaded_at: str


def loaded(name: str, version: str) -> Release:
    """The version, if its files are the registered ones. Blocks.

    Raises: Unloadable, or what MLflow raises.
    """
    found = MlflowClient().get_model_version(name, version)
    with tempfile.TemporaryDirectory() as scratch:
        there = Path(
            mlflow.artifacts.download_artifacts(f"models:/{name}/{version}", dst_path=scratch)
        )
        wrong = objections(there, found.tags.get(TAG))
        if wrong:
            raise Unloadable("; ".join(wrong))
        threshold = float((Model.load(str(there)).metadata or {})["threshold"])
        model = mlflow.sklearn.load_model(str(there))
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Release(str(version), found.run_id, Intents(model, threshold), found.tags[TAG], now)


async def outcome(work: asyncio.Future[Release] | asyncio.Future[str]) -> str:
    """What went wrong with the work, whatever it was; empty when nothing did."""
    await asyncio.wait([work])
    bad = work.exception()
    return f"{type(bad).__name__}: {bad}"[:500] if bad else ""


class Follower:
    """Keeps `release` the one that the alias names."""

    def __init__(self, registry: str, name: str, alias: str) -> None:
        mlflow.set_tracking_uri(registry)
        self.registry, self.name, self.alias = registry, name, alias
        self.release: Release | None = None
        self.wanted, self.trouble = "", "the registry was not asked yet"
        self._refused, self._again_at = "", 0.0
        self._shadows: dict[str, Release] = {}

    async def follow(self) -> None:
        """Asks the registry every second; runs until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> None:
        """Asks once, and takes over what the alias names."""
        asked = asyncio.ensure_future(asyncio.to_thread(self._named))
        bad = await outcome(asked)
        if bad:
            self.trouble = f"the registry does not say which version is {self.alias}: {bad}"
            return
        self.wanted = asked.result()
        if self.release and self.release.version == self.wanted:
            self.trouble = ""
            return
        if self.wanted == self._refused and time.monotonic() < self._again_at:
            return
        fetched = asyncio.ensure_future(asyncio.to_thread(loaded, self.name, self.wanted))
        bad = await outcome(fetched)
        self._refused = self.wanted if bad else ""
        if bad:
            self._again_at = time.monotonic() + RETRY_SECONDS
            kept = f"version {self.release.version} stays" if self.release else "there is no other"
            self.trouble = f"version {self.wanted} was not taken over: {bad}; {kept}"
            return
        self.release, self.trouble = fetched.result(), ""

    async def shadow(self, version: str) -> Release:
        """Another version, loaded beside the one that serves. The last two are kept.

        Raises: Unloadable.
        """
        if version not in self._shadows:
            fetched = asyncio.ensure_future(asyncio.to_thread(loaded, self.name, version))
            bad = await outcome(fetched)
            if bad:
                raise Unloadable(bad)
            kept = list(self._shadows.items())[-1:]
            self._shadows = {**dict(kept), version: fetched.result()}
        return self._shadows[version]

    def _named(self) -> str:
        found = MlflowClient().get_model_version_by_alias(self.name, self.alias)
        return str(found.version)


class Batches:
    """Guesses for many askers: those that wait at the same time share one call of the model."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._waiting: list[tuple[str, asyncio.Future[tuple[Release, Guess]]]] = []
        self._arrived = asyncio.Event()

    async def guess(self, text: str) -> tuple[Release, Guess]:
        """The guess, and the release that made it.

        Raises: ModelBroke.
        """
        answer: asyncio.Future[tuple[Release, Guess]] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, answer))
        self._arrived.set()
        return await answer

    async def work(self) -> None:
        """Answers, batch after batch; runs until it is cancelled."""
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            if not self._waiting:
                self._arrived.clear()
            release = self._follower.release
            if release is None:
                self._fail(batch, "no release is loaded")
                continue
            texts = [text for text, _ in batch]
            work = asyncio.ensure_future(asyncio.to_thread(release.intents.guess, texts))
            await asyncio.wait([work])
            if work.exception():
                self._fail(batch, repr(work.exception()))
                continue
            for (_, answer), guess in zip(batch, work.result(), strict=True):
                if not answer.done():  # the asker may have gone
                    answer.set_result((release, guess))

    def _fail(
        self, batch: list[tuple[str, asyncio.Future[tuple[Release, Guess]]]], why: str
    ) -> None:
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(ModelBroke(why))
