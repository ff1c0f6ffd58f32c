"""A post-mortem by the real command: drafted, added to, and not the root cause before its time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli_seat import Keyboard

PLAN = Path(__file__).parents[2] / "playbooks" / "first-hour.yaml"
DETECTORS = """\
system: assistant
window: 5s
detectors:
  fallback-rate:
    rate: fallback
    direction: up
    tolerance: {tolerance}
    basis: relative
    baseline: {{first: 1000}}
    minimum: 100
    run_length: 30d
"""


class Room:
    """A home with an incident, and three people with their keys."""

    def __init__(self, tocsin: Keyboard, keys: dict[str, Path]) -> None:
        self.tocsin, self.keys = tocsin, keys
        self.one = tocsin.opened("it invents refunds", *self.by("ana"))
        tocsin.done("incident", "assign", self.one, "commander", "ana", *self.by("ana"))

    def by(self, who: str) -> tuple[str, ...]:
        return ("--as", who, "--key", str(self.keys[who]))

    def say(self, word: str, *more: object, who: str = "ana") -> dict[str, object]:
        said: dict[str, object] = self.tocsin.done(
            "postmortem", word, self.one, *more, *self.by(who)
        )
        return said

    def refused(self, word: str, *more: object, who: str = "ana") -> str:
        return self.tocsin.refused("postmortem", word, self.one, *more, *self.by(who))

    def item(self, kind: str) -> str:
        made = self.tocsin.done(
            "actions", "add", self.one, "--kind", kind, "--what", "w", "--owner", "ben", "--due",
            "2099-01-01T00:00Z", "--drill", "d", *self.by("ana"),
        )  # fmt: skip
        return str(made["action"])


@pytest.fixture
def room(staffed: Keyboard, keys: dict[str, Path]) -> Room:
    return Room(staffed, keys)


def test_what_people_add_stands_in_all_three_papers(room: Room, tmp_path: Path) -> None:
    assert room.say("factor", "--where", "process", "--what", "no gate")["recorded"] == ["factor-1"]
    room.say("lesson", "--went", "by-luck", "--what", "it was night", "--entry", "1")
    room.say("cost", "--for", "labour", "--amount", "14.5", "--unit", "person-hours", "--basis",
             "measured", "--because", "four people")  # fmt: skip
    room.say("write", "summary", "--text", "It invented refunds.")
    text = tmp_path / "more.txt"
    text.write_text("It invented 12 refunds.\n\nNobody was paid.")
    room.say("write", "summary", "--from", text)
    room.say("withdraw", "lesson-1", "--because", "it was morning")
    room.say("review", "--facilitator", "ben", "--attendee", "ana", "--outcome", "one item")
    papers = {}
    for ending in ("html", "md", "json"):
        path = tmp_path / f"p.{ending}"
        told = room.tocsin("postmortem", room.one, "--to", path)
        assert told.status == 0 and "not measurable" in told.out
        papers[ending] = path.read_text()
    for paper in papers.values():
        assert "no gate" in paper and "Nobody was paid." in paper and "it was night" not in paper
    data = json.loads(papers["json"])
    assert data["narrative"]["summary"]["version"] == 2
    assert room.tocsin.done("postmortem", room.one) == data
    assert room.tocsin("postmortem", room.one).out == papers["md"]
    assert room.tocsin.sound()


def test_mistakes_are_told_with_what_would_be_right(room: Room, tmp_path: Path) -> None:
    for words, said in (
        (("cost", "--for", "labour", "--amount", "=1+1", "--unit", "EUR", "--basis", "measured",
          "--because", "b"), "is no amount; write digits"),
        (("lesson", "--went", "well", "--what", "w", "--entry", "99"), "there is no entry 99"),
        (("withdraw", "factor-9", "--because", "b"), "there is no 'factor-9'"),
        (("review", "--facilitator", "ana", "--outcome", "o"), "let somebody else lead"),
        (("factor", "--where", "data", "--what", "w", "--evidence", "zz"), "no digest"),
        (("write", "summary", "--from", tmp_path / "none"), "No such file"),
        (("write", "summary", "--text", ""), "reads just so already"),
    ):  # fmt: skip
        assert said in room.refused(*words)
    assert "ends in .html" in room.tocsin.refused("postmortem", room.one, "--to", "p.docx")
    lost = tmp_path / "none" / "p.md"
    assert "name another file" in room.tocsin.refused(
        "postmortem", room.one, "--to", lost, status=3
    )
    binary = tmp_path / "b"
    binary.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in room.refused("write", "impact", "--from", binary)
    binary.write_bytes(b"a" * 50_000)
    assert "say it shorter" in room.refused("write", "impact", "--from", binary)


def test_the_root_cause_waits_for_counsels_choice(room: Room) -> None:
    assert "counsel decides who writes it" in room.tocsin("postmortem", room.one).out
    assert "counsel decides" in room.refused("write", "root-cause", "--text", "MY GUESS")
    cleo = room.by("cleo")
    room.tocsin.done("incident", "assign", room.one, "counsel", "cleo", *room.by("ana"))
    room.tocsin.done("counsel", "choose-cause", room.one, "ben", "--privileged",
                     "--because", "he knows", *cleo)  # fmt: skip
    assert "ben writes the root cause" in room.refused("write", "root-cause", "--text", "MY GUESS")
    room.say("write", "root-cause", "--text", "THE CAUSE", who="ben")
    everyday = room.tocsin("postmortem", room.one).out
    both = room.tocsin("postmortem", room.one, "--reader", "ops", "--reader", "counsel", *cleo).out
    assert "counsel decides" not in everyday + both
    assert "THE CAUSE" in both and "THE CAUSE" not in everyday


def test_detectors_are_proposed_as_a_diff_in_words(room: Room, tmp_path: Path) -> None:
    item = room.item("monitor")
    old, new = tmp_path / "old.yaml", tmp_path / "d.yaml"
    old.write_text(DETECTORS.format(tolerance="15%"))
    new.write_text(DETECTORS.format(tolerance="10%"))
    made = room.say("propose", "--action", item, "--detectors", new, "--replaces", old)
    assert made["told"] == ["fallback-rate: tolerance is 0.1 instead of 0.15"]
    assert made["errors"] == 0
    paper = room.tocsin("postmortem", room.one).out
    assert "tolerance is 0.1 instead of 0.15" in paper
    assert "there is no change" in room.refused(
        "propose", "--action", item, "--detectors", old, "--replaces", old
    )
    new.write_text("system: assistant\ndetectors: {x: {rate: nothing}}\n")
    assert "mistake" in room.refused("propose", "--action", item, "--detectors", new)


def test_a_plan_that_is_weaker_is_told_so_and_a_clause_line_by_line(
    room: Room, tmp_path: Path
) -> None:
    plans = sorted(PLAN.parent.glob("*.yaml"))
    plan = tmp_path / plans[0].name
    shutil.copy(plans[0], plan)
    item = room.item("playbook")
    first = room.tocsin("postmortem", "propose", room.one, "--action", item, "--playbook", plan,
                        "--json", *room.by("ana"))  # fmt: skip
    assert first.status in (0, 1) and "is new, with" in first.json["told"][0]
    assert first.status == (1 if first.json["errors"] else 0)
    clause = tmp_path / "c.txt"
    clause.write_text("Notice within 24 h.\nToken life 1 h.\n")
    before = tmp_path / "b.txt"
    before.write_text("Notice within 72 h.\nToken life 1 h.\n")
    made = room.say("propose", "--action", room.item("vendor-clause"), "--clause", clause,
                    "--replaces", before)  # fmt: skip
    assert made["told"] == ["out: Notice within 72 h.", "in: Notice within 24 h."]
    assert made["errors"] is None
    assert "carried out by an item of kind" in room.refused(
        "propose", "--action", item, "--clause", clause
    )
