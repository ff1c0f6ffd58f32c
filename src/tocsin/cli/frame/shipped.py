"""Where that lies what travels with Tocsin: beside the sources, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

from tocsin.facts import Unreachable

PLAYBOOKS = "playbooks"


def examples(name: str) -> Path:
    """The folder of an example."""
    return _shipped(Path("examples") / name)


def playbook(name: str) -> Path:
    """A playbook of the library."""
    return _shipped(Path(PLAYBOOKS) / name)


def library() -> Path:
    """The folder that holds the folder of all playbooks of the library, as a home does."""
    return _shipped(Path(PLAYBOOKS)).parent


def shipped_controls() -> list[tuple[str, str]]:
    """The catalogue of controls: name and text of each file."""
    files = sorted(_shipped(Path("controls")).glob("*.toml"))
    return [(f"(shipped) controls/{one.name}", one.read_text("utf-8")) for one in files]


def _shipped(name: Path) -> Path:
    package = Path(__file__).resolve().parents[2]
    for place in (package / name, package.parents[1] / name):
        if place.exists():
            return place
    raise Unreachable(f"{name} is not part of this installation")
