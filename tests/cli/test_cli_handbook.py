"""What README and the handbook tell people to type is understood, and leads to what is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.cli.commands import parser

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "HANDBOOK.md", "law/README.md", "playbooks/README.md", "statements/README.md",
         "examples/house/README.md")  # fmt: skip
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^    (tocsin .*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:]*)(?:#([^)]+))?\)")


def told(page: str) -> Iterator[str]:
    """The commands in the blocks of a page, without what is said about them."""
    text = (ROOT / page).read_text()
    blocks = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    for line in [*blocks, *_INDENTED.findall(text)]:
        for one in re.split(r"; | && ", re.split(r"\s{2,}|\s# ", line, maxsplit=1)[0]):
            if one.startswith("tocsin "):
                yield one


EVERY = [(page, line) for page in PAGES for line in told(page)]


def test_the_pages_show_commands() -> None:
    assert {"README.md", "HANDBOOK.md", "law/README.md"} <= {page for page, _ in EVERY}
    assert len(EVERY) > 80


@pytest.mark.parametrize(("page", "line"), EVERY)
def test_a_command_that_a_page_shows_is_understood(page: str, line: str) -> None:
    words = shlex.split(re.sub(r"> \S+$", "", line))
    parser(words[1:]).parse_args(words[1:])


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name, as GitHub makes them of its headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, "ARCHITECTURE.md"])
def test_a_link_leads_to_a_file_and_a_place_that_are_there(page: str) -> None:
    here = ROOT / page
    for path, place in _LINK.findall(here.read_text()):
        target = here.parent / path if path else here
        assert target.exists(), f"{page}: {path}"
        assert not place or place in anchors(target), f"{page}: {path}#{place}"
