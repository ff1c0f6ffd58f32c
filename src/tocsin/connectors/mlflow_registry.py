"""What an MLflow registry says of its models, by REST; each answer is read strictly.

Source: MLflow 3 REST API 2.0 (registered-models/alias, model-versions, runs, mlflow-artifacts).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from tocsin.connectors.calls import Answer, Caller, Take
from tocsin.connectors.targets import plain
from tocsin.facts import ConnectorError
from tocsin.facts.learned import learned
from tocsin.world import Clock

API = "/api/2.0/mlflow/"
FILES = "/api/2.0/mlflow-artifacts/artifacts"
MANIFEST, MANIFEST_TAG = "manifest.json", "manifest_sha256"
PAGE, PAGES_MAX = 200, 100
FILES_MAX, DEPTH_MAX = 10_000, 32
ANSWER_BYTES_MAX = 8 * 1024 * 1024
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")

Value = TypeVar("Value")


class Tag(msgspec.Struct, frozen=True):
    key: str
    value: str = ""


class Version(msgspec.Struct, frozen=True):
    """A model version as the registry holds it."""

    name: str
    version: Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{0,8}$")]
    status: str = ""
    source: str = ""
    run_id: str = ""
    tags: tuple[Tag, ...] = ()
    user_id: str = ""
    creation_timestamp: int = 0

    @property
    def number(self) -> int:
        """Versions count up from 1."""
        return int(self.version)

    def tag(self, key: str) -> str | None:
        """The value of a tag, or None."""
        return next((tag.value for tag in self.tags if tag.key == key), None)


class ListedFile(msgspec.Struct, frozen=True):
    """A file of a version, or a folder, by its path below the version's own."""

    path: str
    is_dir: bool = False
    file_size: int = 0


class HeldFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was read just now."""

    path: str
    bytes: int
    sha256: str


class Dataset(msgspec.Struct, frozen=True):
    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""


class DatasetInput(msgspec.Struct, frozen=True):
    """A data set that a run used, with its tags."""

    dataset: Dataset
    tags: tuple[Tag, ...] = ()


@learned
class _Error(msgspec.Struct, frozen=True):
    error_code: str = ""
    message: str = ""


@learned
class _OneVersion(msgspec.Struct, frozen=True):
    model_version: Version


@learned
class _Versions(msgspec.Struct, frozen=True):
    model_versions: tuple[Version, ...] = ()
    next_page_token: str = ""


class _Alias(msgspec.Struct, frozen=True):
    alias: str


class _Model(msgspec.Struct, frozen=True):
    aliases: tuple[_Alias, ...] = ()


@learned
class _OneModel(msgspec.Struct, frozen=True):
    registered_model: _Model


@learned
class _Place(msgspec.Struct, frozen=True):
    artifact_uri: str


@learned
class _Files(msgspec.Struct, frozen=True):
    files: tuple[ListedFile, ...] = ()


class _Inputs(msgspec.Struct, frozen=True):
    dataset_inputs: tuple[DatasetInput, ...] = ()


class RunInfo(msgspec.Struct, frozen=True):
    """What the registry says of a run by itself."""

    run_id: str = ""
    user_id: str = ""
    status: str = ""
    lifecycle_stage: str = ""
    start_time: int = 0
    end_time: int = 0


class RunData(msgspec.Struct, frozen=True):
    """What was logged to a run; its tags can be changed after it has ended."""

    params: tuple[Tag, ...] = ()
    tags: tuple[Tag, ...] = ()


class Run(msgspec.Struct, frozen=True):
    """A run as the registry holds it."""

    info: RunInfo = RunInfo()
    data: RunData = RunData()
    inputs: _Inputs = _Inputs()

    def tag(self, key: str) -> str | None:
        """The value of a tag, or None."""
        return next((tag.value for tag in self.data.tags if tag.key == key), None)


@learned
class _OneRun(msgspec.Struct, frozen=True):
    run: Run


class _LoggedInfo(msgspec.Struct, frozen=True):
    source_run_id: str = ""


class _Logged(msgspec.Struct, frozen=True):
    info: _LoggedInfo


@learned
class _OneLogged(msgspec.Struct, frozen=True):
    model: _Logged


class MlflowRegistry:
    """A registry at an address. It holds no secret between two calls.

    Args:
        headers: gives the headers that prove us, read anew for each call.
    """

    def __init__(
        self, place: str, caller: Caller, headers: Callable[[], Mapping[str, str]]
    ) -> None:
        self._place, self._caller, self._headers = place.rstrip("/"), caller, headers
        self._left: Callable[[], float] | None = None

    def within(self, seconds: float, clock: Clock) -> MlflowRegistry:
        """The same registry, of which nothing is asked once this time is over."""
        until = clock.now() + timedelta(seconds=seconds)
        timed = MlflowRegistry(self._place, self._caller, self._headers)
        timed._left = lambda: (until - clock.now()).total_seconds()
        return timed

    def alias(self, name: str, alias: str) -> Version | None:
        """The version that an alias names; None when nothing has this alias."""
        return self._version("registered-models/alias", {"name": name, "alias": alias})

    def aliases(self, name: str) -> list[str]:
        """The aliases that a model has."""
        model = self._read("registered-models/get", {"name": name}, _OneModel).registered_model
        return [one.alias for one in model.aliases]

    def version(self, name: str, number: int) -> Version | None:
        """A version by its number; None when there is none."""
        return self._version("model-versions/get", {"name": name, "version": str(number)})

    def versions(self, name: str) -> list[Version]:
        """All versions of a model, the newest first."""
        found: list[Version] = []
        token = ""
        for _ in range(PAGES_MAX):
            wanted = {"filter": f"name='{_quoted(name)}'", "max_results": str(PAGE)}
            if token:
                wanted["page_token"] = token
            page = self._read("model-versions/search", wanted, _Versions)
            found += page.model_versions
            token = page.next_page_token
            if not token:
                return sorted(found, key=lambda version: version.number, reverse=True)
        raise _never(f"{name} has more than {PAGES_MAX * PAGE} versions, or no last page of them")

    def repoint(self, name: str, alias: str, number: int) -> None:
        """Let an alias name a version, whatever it names now.

        Raises:
            ConnectorError: refused, or no answer; then it may have happened.
        """
        body = msgspec.json.encode({"name": name, "alias": alias, "version": str(number)})
        answer = self._call("POST", API + "registered-models/alias", body)
        if answer.status != 200:
            raise _refused(answer, f"asked to let {name}@{alias} be version {number}", acted=True)

    def files(self, version: Version) -> list[HeldFile]:
        """Every file of a version, read and hashed just now, by path."""
        wanted = {"name": version.name, "version": version.version}
        uri = self._read("model-versions/get-download-uri", wanted, _Place).artifact_uri
        scheme, _, root = uri.partition(":/")
        if scheme != "mlflow-artifacts":
            raise _never(f"version {version.version} lies at {plain(uri)}, which cannot be read")
        root = root.lstrip("/")
        return [self._held(root, path) for path in sorted(self._listed(root))]

    def text(self, version: Version, path: str) -> bytes:
        """One file of a version."""
        wanted = {"name": version.name, "version": version.version}
        uri = self._read("model-versions/get-download-uri", wanted, _Place).artifact_uri
        return self._file(uri.partition(":/")[2].lstrip("/"), path)

    def inputs(self, run: str) -> tuple[DatasetInput, ...]:
        """The data sets that a run says it used."""
        return self._read("runs/get", {"run_id": run}, _OneRun).run.inputs.dataset_inputs

    def run(self, run: str) -> Run | None:
        """A run, deleted or not; None when the registry has none of this id."""
        answer = self._call("GET", f"{API}runs/get?{urlencode({'run_id': run})}")
        if answer.status in (400, 404) and _error(answer).error_code in _ABSENT:
            return None
        return _decoded(answer, _OneRun, "asked for a run").run

    def run_of_logged(self, model: str) -> str:
        """The run that logged a model of this id; nothing where the registry does not say."""
        answer = self._call("GET", f"{API}logged-models/{quote(model, safe='')}")
        if answer.status in (400, 404):
            return ""
        return _decoded(answer, _OneLogged, "asked for a logged model").model.info.source_run_id

    def _version(self, path: str, wanted: Mapping[str, str]) -> Version | None:
        answer = self._call("GET", f"{API}{path}?{urlencode(wanted)}")
        if answer.status in (400, 404) and _error(answer).error_code in _ABSENT:
            return None
        return _decoded(answer, _OneVersion, f"asked for {path}").model_version

    def _listed(self, root: str) -> list[str]:
        """The paths of all files below a folder."""
        found: list[str] = []
        folders = [""]
        while folders:
            below = folders.pop()
            for path, is_folder in self._within(root, below):
                (folders if is_folder else found).append(path)
            if len(found) + len(folders) > FILES_MAX:
                raise _never(f"the registry lists more than {FILES_MAX} files of one version")
        return found

    def _within(self, root: str, below: str) -> list[tuple[str, bool]]:
        """What lies in one folder: paths below the root, and whether each is a folder."""
        at = f"{root}/{below}" if below else root
        answer = self._call("GET", f"{FILES}?{urlencode({'path': at})}")
        found: list[tuple[str, bool]] = []
        for one in _decoded(answer, _Files, "asked for its files").files:
            # The server gives names below the folder that was asked for.
            path = f"{below}/{one.path}" if below else one.path
            parts = path.split("/")
            if ".." in parts or "" in parts or len(parts) > DEPTH_MAX:
                raise _never(f"the registry lists a file called {plain(path)}")
            found.append((path, one.is_dir))
        return found

    def _held(self, root: str, path: str) -> HeldFile:
        seen, size = hashlib.sha256(), 0

        def take(piece: bytes) -> None:
            nonlocal size
            seen.update(piece)
            size += len(piece)

        self._file(root, path, take)
        return HeldFile(path=path, bytes=size, sha256=seen.hexdigest())

    def _file(self, root: str, path: str, into: Take | None = None) -> bytes:
        answer = self._call("GET", f"{FILES}/{quote(f'{root}/{path}')}", into=into)
        if answer.status != 200:
            raise _refused(answer, f"asked for the file {path}", acted=False)
        return answer.body

    def _read(self, path: str, wanted: Mapping[str, str], kind: type[Value]) -> Value:
        answer = self._call("GET", f"{API}{path}?{urlencode(wanted)}")
        return _decoded(answer, kind, f"asked for {path}")

    def _call(self, method: str, path: str, body: bytes = b"", into: Take | None = None) -> Answer:
        headers = {"Accept": "application/json", **self._headers()}
        if body:
            headers["Content-Type"] = "application/json"
        left = None if self._left is None else self._left()
        return self._caller.call(method, self._place + path, headers, body, into=into, seconds=left)


def _decoded(answer: Answer, kind: type[Value], asked: str) -> Value:
    if answer.status != 200:
        raise _refused(answer, asked, acted=False)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise _never(f"{asked}, the registry answered something else ({bad})") from None


def _error(answer: Answer) -> _Error:
    try:
        return msgspec.json.decode(answer.body, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Error()


def _refused(answer: Answer, asked: str, *, acted: bool) -> ConnectorError:
    """A 4xx says that nothing was done and never will be, a 5xx that nobody knows."""
    told = _error(answer).message or f"status {answer.status}"
    final = 400 <= answer.status < 500 and answer.status not in (408, 429)
    wait = answer.headers.get("retry-after", "")
    return ConnectorError(
        f"{asked}, the registry answered {answer.status}: {plain(told)}",
        may_have_acted=acted and not final,
        retry=not final,
        retry_after_seconds=float(wait) if wait.isdecimal() else None,
    )


def _never(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
