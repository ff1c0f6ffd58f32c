"""`tocsin law diff` says what another pack means for the open incidents of a home."""

from __future__ import annotations

from pathlib import Path

from cli_seat import Keyboard
from small_law import ARTICLE, SMALL

AWARE = ("--at", "2026-11-01T10:00+01:00", "--standing", "staff", "--basis", "a call")
SHORTER = (
    ARTICLE[: ARTICLE.index('[[rule]]\nid = "eu/act/1/final')]
    + ARTICLE[ARTICLE.index("[[vector]]") :]
)


def pack(folder: Path, article: str) -> Path:
    for name, text in {**SMALL, "eu/act/1.toml": article}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_open_incidents_are_asked_by_both_packs(tocsin: Keyboard, tmp_path: Path) -> None:
    one, closed = tocsin.opened(), tocsin.opened("another")
    tocsin.done("incident", "aware", one, "ana", *AWARE)
    tocsin.done("incident", "dismiss", closed, "--because", "nothing was wrong")
    old = pack(tmp_path / "old", SHORTER)
    new = pack(tmp_path / "new", ARTICLE.replace("{ hours = 72 }", "{ hours = 24 }"))
    found = tocsin.done("law", "diff", old, new)
    (incident,) = found["incidents"]
    assert incident["incident"] == one
    moved, come = incident["changes"]
    assert moved["rule"] == "eu/act/1/initial" and moved["earlier"]
    assert "due 2026-11-04T" in moved["words"] and "due 2026-11-02T" in moved["words"]
    assert come["rule"] == "eu/act/1/final" and come["words"].startswith("no such rule -> open")
    said = tocsin("law", "diff", old, new).out
    assert "1 incident asked, for 1 of them something changes" in said
    assert "none of them" in tocsin("law", "diff", old, old).out


def test_an_incident_that_ended_is_asked_while_a_duty_outlives_it(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    one, nothing = tocsin.opened(), tocsin.opened("another")
    tocsin.done("incident", "aware", one, "ana", *AWARE)
    for id in (one, nothing):
        tocsin.done("incident", "dismiss", id, "--because", "nothing was wrong")
    old = pack(tmp_path / "old", ARTICLE)
    new = pack(tmp_path / "new", ARTICLE.replace("{ hours = 72 }", "{ hours = 24 }"))
    (incident,) = tocsin.done("law", "diff", old, new)["incidents"]
    assert incident["incident"] == one, "of the other no rule ever asked anything"
    (moved,) = incident["changes"]
    assert moved["rule"] == "eu/act/1/initial" and moved["earlier"]


def test_without_a_home_it_says_that_no_incident_was_asked(tmp_path: Path) -> None:
    old = pack(tmp_path / "old", SHORTER)
    said = Keyboard(tmp_path / "nowhere")("law", "diff", old, old).out
    assert "no home here, so no incidents were asked" in said
