"""Whether a model version is what was registered: its files, its manifest, and what both say.

A manifest is a file among a version's own, `manifest.json`: {"files": [{path, bytes, sha256}]}. The
tag `manifest_sha256` of the version holds its SHA-256. Both are written at registration.
"""

from __future__ import annotations

import hashlib

import msgspec

from tocsin.connectors.mlflow_registry import (
    MANIFEST,
    MANIFEST_TAG,
    HeldFile,
    MlflowRegistry,
    Version,
)
from tocsin.facts import ConnectorError
from tocsin.facts.learned import learned

AT_REGISTRATION = "the manifest written at registration"
AT_BIND_TIME = "digests taken at bind time; no manifest was written at registration"


@learned
class _Manifest(msgspec.Struct, frozen=True):
    files: tuple[HeldFile, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A version's files as they are now, against what was registered.

    Args:
        wrong: what does not fit, in words; empty when everything fits.
        basis: what they were held against.
    """

    version: Version
    files: tuple[HeldFile, ...]
    wrong: tuple[str, ...]
    basis: str

    @property
    def manifested(self) -> bool:
        """Whether there was a manifest to hold them against."""
        return self.basis == AT_REGISTRATION


def checked(registry: MlflowRegistry, version: Version) -> Checked:
    """All files of a version, read just now and held against its manifest.

    Raises:
        ConnectorError: the registry could not be asked; nothing is known then.
    """
    held = tuple(registry.files(version))
    if version.status != "READY":
        status = version.status or "of no status"
        return Checked(
            version=version, files=held, wrong=(f"it is {status}, not READY",), basis=AT_BIND_TIME
        )
    registered = version.tag(MANIFEST_TAG)
    present = any(file.path == MANIFEST for file in held)
    if registered is None and not present:
        wrong = () if held else ("it has no files",)
        return Checked(version=version, files=held, wrong=wrong, basis=AT_BIND_TIME)
    return Checked(
        version=version,
        files=held,
        wrong=tuple(_wrong(registry, version, held, registered)),
        basis=AT_REGISTRATION,
    )


def _wrong(
    registry: MlflowRegistry, version: Version, held: tuple[HeldFile, ...], registered: str | None
) -> list[str]:
    try:
        data = registry.text(version, MANIFEST)
    except ConnectorError as unread:
        if unread.retry:
            raise
        return [f"its {MANIFEST} cannot be read: {unread}"]
    if hashlib.sha256(data).hexdigest() != registered:
        return [f"its {MANIFEST} is not the one whose SHA-256 was registered"]
    try:
        listed = {one.path: one for one in msgspec.json.decode(data, type=_Manifest).files}
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        return [f"its {MANIFEST} cannot be read: {bad}"]
    there = {file.path: file for file in held}
    told = [f"{path} is missing" for path in sorted(listed.keys() - there.keys())]
    told += [
        f"{path} was altered"
        for path in sorted(listed.keys() & there.keys())
        if listed[path] != there[path]
    ]
    extra = sorted(there.keys() - listed.keys() - {MANIFEST})
    return told + [f"{path} was not registered" for path in extra]
