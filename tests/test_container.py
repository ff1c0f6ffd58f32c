"""The container file installs only what is pinned, and runs under an account without rights."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if not line.startswith("#")]


def test_whatever_comes_from_outside_is_pinned_by_its_hash() -> None:
    installs = [part for line in LINES for part in line.split("&&") if "pip install" in part]
    assert len(installs) >= 3
    for one in installs:
        assert "--require-hashes" in one or "--no-index" in one, one


def test_the_last_stage_runs_under_an_account_of_its_own() -> None:
    last = TEXT[TEXT.rindex("FROM ") :]
    assert re.search(r"^USER tocsin$", last, re.MULTILINE) and "USER root" not in last
    assert 'ENTRYPOINT ["tocsin"]' in last and "build" not in last


def test_each_file_that_is_copied_is_there() -> None:
    for line in LINES:
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name


@pytest.mark.proof
def test_it_builds_and_answers(tmp_path: Path) -> None:
    builder = shutil.which("podman") or shutil.which("buildah")
    if builder is None:
        pytest.skip("neither podman nor buildah is here: the container was NOT built")
    subprocess.run([builder, "build", "-t", "tocsin-proof", str(ROOT)], check=True)
    told = subprocess.run([builder, "run", "--rm", "tocsin-proof", "--version"], check=True,
                          capture_output=True, text=True).stdout  # fmt: skip
    assert told.startswith("tocsin")
