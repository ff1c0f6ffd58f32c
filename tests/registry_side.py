"""A model registry's far side: it answers as MLflow 3 does, and can fail at any call.

What it answers was read off a real MLflow 3.17; `test_mlflow_real` compares the two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

from small_web import Asked, Said, Web, small_web
from tocsin.connectors.mlflow import MlflowAlias
from tocsin.connectors.mlflow_registry import MlflowRegistry
from tocsin.connectors.mlflow_target import MlflowTarget, SmokeTest
from tocsin.world import Clock, Reading, RealClock

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts"
OOPS = Said(status=500, body=b'{"error_code": "INTERNAL_ERROR", "message": "oh no"}')
Fault = Callable[[str, Asked], Said | None]


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """What a release says that it is made of."""
    told = [
        {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in sorted(files.items())
    ]
    return json.dumps({"files": told}).encode()


class Model:
    """One version: its files, tags and state."""

    def __init__(self, number: int, *, manifested: bool = True) -> None:
        self.number, self.status = number, "READY"
        self.files = {"MLmodel": b"flavor: %d" % number, "data/model.bin": bytes([number]) * 3000}
        self.tags: dict[str, str] = {}
        self.inputs: list[dict[str, object]] = []
        self.source = f"models:/m-{number}"
        self.run: str | None = f"run{number}"
        self.run_state = "active"  # or "deleted", or "" once it was cleaned up
        self.run_tags: dict[str, str] = {}
        self.params: dict[str, str] = {}
        if manifested:
            manifest = manifest_of(self.files)
            self.files["manifest.json"] = manifest
            self.tags["manifest_sha256"] = hashlib.sha256(manifest).hexdigest()

    def told(self) -> dict[str, object]:
        return {
            "name": "intents", "version": str(self.number), "status": self.status,
            "source": self.source, "run_id": self.run or "",
            "tags": [{"key": k, "value": v} for k, v in self.tags.items()],
        }  # fmt: skip


class Registry:
    """Versions and aliases of one model."""

    def __init__(self, *numbers: int) -> None:
        self.models = {number: Model(number) for number in numbers or (1, 2, 3)}
        self.aliases = {"production": 2, "shadow": 2}
        self.moves: list[tuple[str, int]] = []
        self.page = 200
        self.fault: Fault = lambda what, asked: None
        self.obeys_in_word_only = False
        self.before_moving: Callable[[], None] = lambda: None
        self.after_moving: Callable[[], None] = lambda: None
        self.loses_answers = 0  # to a move

    def answer(self, asked: Asked) -> Said:
        parts = urlsplit(asked.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        what = parts.path.removeprefix(API) if parts.path.startswith(API) else "file"
        broken = self.fault(what, asked)
        if broken is not None:
            return broken
        if what == "file":
            below = unquote(parts.path.removeprefix(FILES)).lstrip("/")
            return self._file(below) if below else self._listed(query["path"])
        if asked.method == "POST":
            return self._moved(json.loads(asked.body))
        if what.startswith("logged-models/"):
            return self._logged(what.removeprefix("logged-models/"))
        return {
            "registered-models/alias": self._alias,
            "registered-models/get": self._model,
            "model-versions/get": self._version,
            "model-versions/search": self._search,
            "model-versions/get-download-uri": self._place,
            "runs/get": self._run,
        }[what](query)

    def _alias(self, query: dict[str, str]) -> Said:
        if query["name"] != "intents":
            return absent("Registered Model not found")
        number = self.aliases.get(query["alias"])
        if number is None:
            return absent("Registered model alias not found.", "INVALID_PARAMETER_VALUE", 400)
        return said({"model_version": self.models[number].told()})

    def _model(self, query: dict[str, str]) -> Said:
        if query["name"] != "intents":
            return absent("Registered Model not found")
        named = [{"alias": alias, "version": str(n)} for alias, n in self.aliases.items()]
        return said({"registered_model": {"name": "intents", "aliases": named}})

    def _version(self, query: dict[str, str]) -> Said:
        model = self.models.get(int(query["version"])) if query["name"] == "intents" else None
        return said({"model_version": model.told()}) if model else absent("Version not found")

    def _search(self, query: dict[str, str]) -> Said:
        assert query["filter"] == "name='intents'"
        begin = int(query.get("page_token", "0"))
        told = [model.told() for _, model in sorted(self.models.items())]
        answer: dict[str, object] = {"model_versions": told[begin : begin + self.page]}
        if begin + self.page < len(told):
            answer["next_page_token"] = str(begin + self.page)
        return said(answer)

    def _place(self, query: dict[str, str]) -> Said:
        return said({"artifact_uri": f"mlflow-artifacts:/0/models/m-{query['version']}/artifacts"})

    def _run(self, query: dict[str, str]) -> Said:
        model = self.models[int(query["run_id"].removeprefix("run"))]
        if not model.run_state:
            return absent(f"Run with id={query['run_id']} not found")
        inputs = {"dataset_inputs": model.inputs} if model.inputs else {}
        info = {"run_id": query["run_id"], "user_id": "root", "status": "FINISHED",
                "lifecycle_stage": model.run_state, "end_time": 1795709315933}  # fmt: skip
        data = {
            "tags": [{"key": k, "value": v} for k, v in model.run_tags.items()],
            "params": [{"key": k, "value": v} for k, v in model.params.items()],
        }
        return said({"run": {"info": info, "data": data, "inputs": inputs}})

    def _logged(self, model: str) -> Said:
        number = int(model.rpartition("-")[2], 16)
        if number not in self.models:
            return absent(f"Logged model with ID '{model}' not found")
        return said({"model": {"info": {"model_id": model, "source_run_id": f"run{number}"}}})

    def _moved(self, order: dict[str, str]) -> Said:
        if order["name"] != "intents" or int(order["version"]) not in self.models:
            return absent("Model Version not found")
        self.before_moving()
        self.moves.append((order["alias"], int(order["version"])))
        if not self.obeys_in_word_only:
            self.aliases[order["alias"]] = int(order["version"])
        self.after_moving()
        lost, self.loses_answers = self.loses_answers > 0, max(self.loses_answers - 1, 0)
        return Said(body=b"{}", lost=lost)

    def _parted(self, path: str) -> tuple[Model | None, str]:
        folder, _, below = path.removeprefix("0/models/m-").partition("/artifacts")
        return self.models.get(int(folder)), below.strip("/")

    def _file(self, path: str) -> Said:
        model, below = self._parted(path)
        if model is None or below not in model.files:
            return absent(f"No such artifact: '{path}'")
        return Said(body=model.files[below])

    def _listed(self, path: str) -> Said:
        model, below = self._parted(path)
        found: dict[str, dict[str, object]] = {}
        for name, data in sorted(model.files.items()) if model else ():
            rest = name.removeprefix(f"{below}/") if below else name
            if below and rest == name:
                continue
            first, slash, _ = rest.partition("/")
            found[first] = {"path": first, "is_dir": bool(slash), "file_size": len(data)}
        return said({"files": list(found.values())})


def said(answer: Mapping[str, object]) -> Said:
    return Said(body=json.dumps(answer, indent=2).encode())


def absent(message: str, code: str = "RESOURCE_DOES_NOT_EXIST", status: int = 404) -> Said:
    return Said(status=status, body=json.dumps({"error_code": code, "message": message}).encode())


def failing(what: str, how: Said, *, times: int = 1, after: int = 0) -> Fault:
    """Calls of this sort fail this often, once this many went well."""
    seen = 0

    def fault(call: str, asked: Asked) -> Said | None:
        nonlocal seen
        if call != what.removeprefix("POST ") or what.startswith("POST ") != (
            asked.method == "POST"
        ):
            return None
        seen += 1
        return how if after < seen <= after + times else None

    return fault


class RegistryStanding:
    """A registry that listens, and the ways to reach it."""

    def __init__(self, registry: Registry, web: Web) -> None:
        self.registry, self.web = registry, web

    def client(self, *, url: str = "", seconds: float = 5.0) -> MlflowRegistry:
        return MlflowRegistry(url or self.web.url(), self.web.caller(seconds), dict)

    def hand(
        self, *, url: str = "", seconds: float = 5.0, target: str = "intents@production",
        clock: Clock | None = None,
    ) -> MlflowAlias:  # fmt: skip
        return MlflowAlias(self.client(url=url, seconds=seconds), target, clock or RealClock())


@contextmanager
def registry_standing(registry: Registry | None = None) -> Iterator[RegistryStanding]:
    """A registry on a free local port, until the block ends."""
    registry = registry or Registry()
    with small_web(registry.answer) as web:
        yield RegistryStanding(registry, web)


def altered(place: RegistryStanding, number: int) -> None:
    """One of its files is not what was registered any more."""
    place.registry.models[number].files["data/model.bin"] += b"!"


def looked_for(
    place: RegistryStanding, smoke: SmokeTest | None = None, *, allow: bool = False
) -> Reading:
    """What is found when a version to go back to is looked for."""
    probe = MlflowTarget(
        place.client(), place.web.caller(), smoke, allow_unmanifested=allow
    )  # fmt: skip
    return probe.sample("intents@production", "verified", NIGHT)
