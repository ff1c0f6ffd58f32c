"""An environment of its own for the example: MLflow and what the assistant is made of, by hash.

MLflow never enters Tocsin's own environment. Made once and used again: its folder is named by the
hash of what it must hold, and is ready only when all of it is there.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tocsin.cli.frame.screen import Screen
from tocsin.facts import Unreachable

VARIABLE = "TOCSIN_EXAMPLE_PYTHON"
"""Names an interpreter that has it all already; then nothing is installed."""

READY = "ready"


def example_python(requirements: Path, folder: Path, screen: Screen) -> Path:
    """An interpreter for the example, installed if need be.

    Args:
        folder: where environments are kept.

    Raises:
        Unreachable: it could not be installed.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    place = folder / f"example-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python = place / "bin" / "python"
    if not (place / READY).exists():
        screen.say(f"installing MLflow and the example's packages into {place} (once, 700 MB)")
        _run([sys.executable, "-m", "venv", "--clear", str(place)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
              "--require-hashes", "-r", str(requirements)])  # fmt: skip
        (place / READY).write_text("")
    return python


def flag_client(folder: Path) -> Path:
    """A folder that holds Tocsin's flag client and none of the packages beside Tocsin."""
    package = Path(__file__).resolve().parents[2]
    link = folder / "flag-client" / package.name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(package, target_is_directory=True)
    return link.parent


def _run(words: list[str]) -> None:
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        last = "\n".join((ran.stderr or ran.stdout).strip().splitlines()[-5:])
        raise Unreachable(f"{' '.join(words[:5])} ... failed:\n{last}")
