"""A manifest says which bytes a release is made of; checking it says whether they are still those.

`manifest.json` stands among the artifacts of a model: path, bytes and SHA-256 of every other file.
Its own SHA-256 is the tag `manifest_sha256` of the model version, so that a change of the artifacts
alone cannot pass. (MLflow keeps no digest of a model's files and loads an altered one in silence.)
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

NAME = "manifest.json"
TAG = "manifest_sha256"
ADDED_BY_DOWNLOAD = "registered_model_meta"  # MLflow's client writes it beside what it fetches


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(folder: Path) -> bytes:
    """The manifest of every file below `folder`, in the order of their paths."""
    beside = {folder / NAME, folder / ADDED_BY_DOWNLOAD}
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p not in beside)
    entries = [
        {
            "path": p.relative_to(folder).as_posix(),
            "bytes": p.stat().st_size,
            "sha256": sha256(p),
        }
        for p in files
    ]
    return (json.dumps({"files": entries}, indent=1) + "\n").encode()


def objections(folder: Path, wanted: str | None) -> list[str]:
    """What is wrong with the files in `folder`; nothing when they are the registered ones."""
    at = folder / NAME
    if not wanted:
        return [f"the model version has no tag {TAG}: nothing says which bytes were registered"]
    if not at.is_file():
        return [f"{NAME} is missing"]
    if sha256(at) != wanted:
        return [f"{NAME} is not the one registered: {sha256(at)}, not {wanted}"]
    found = []
    for entry in json.loads(at.read_bytes())["files"]:
        path = folder / entry["path"]
        if not path.is_file():
            found.append(f"{entry['path']} is missing")
        elif sha256(path) != entry["sha256"]:
            found.append(f"{entry['path']} is altered: {path.stat().st_size} bytes")
    return found
