"""`tocsin playbook diff`: words for people, one document for scripts, 1 where safety is weaker."""

from __future__ import annotations

from pathlib import Path

from cli_seat import Keyboard

PLAN = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"


def test_what_is_weaker_comes_first_and_gives_status_1(tmp_path: Path) -> None:
    tocsin, new = Keyboard(tmp_path / "none"), tmp_path / "new.yaml"
    text = PLAN.read_text()
    new.write_text(text.replace("approvals: 2 ", "approvals: 1 ").replace("limit: 4h", "limit: 2h"))
    ran = tocsin("playbook", "diff", PLAN, new)
    assert ran.status == 1 and ran.out.splitlines() == [
        "safety may be weaker; look twice:",
        "  ! roll-back: an approval is dropped: approvals were 2 and are 1 now",
        "other changes:",
        "  - lift: the limit is shortened from 4 h to 2 h",
    ]
    told = tocsin("playbook", "diff", PLAN, new, "--json")
    assert told.status == 1 and told.json["weaker"] == 1 and not told.json["same"]
    assert told.json["changes"][0] == {
        "kind": "what it waits for", "weaker": True, "where": "steps.roll-back.approvals",
        "words": "roll-back: an approval is dropped: approvals were 2 and are 1 now",
    }  # fmt: skip
    back = tocsin("playbook", "diff", new, PLAN)
    assert back.status == 1 and "lengthened" in back.out


def test_the_same_plan_is_told_as_such(tmp_path: Path) -> None:
    tocsin, new = Keyboard(tmp_path / "none"), tmp_path / "new.yaml"
    assert tocsin("playbook", "diff", PLAN, PLAN).out == "the same file\n"
    new.write_text("# a comment\n" + PLAN.read_text())
    ran = tocsin("playbook", "diff", PLAN, new)
    assert (ran.status, ran.out) == (0, "the same plan: only comments or layout differ\n")
    assert tocsin.done("playbook", "diff", PLAN, new)["same"] is True


def test_a_file_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("plan: [\n")
    said = Keyboard(tmp_path).refused("playbook", "diff", PLAN, tmp_path / "bad.yaml")
    assert "bad.yaml" in said and "not YAML" in said


def test_two_different_plans_are_told_in_some_lines(tmp_path: Path) -> None:
    tocsin, other = Keyboard(tmp_path / "none"), tmp_path / "other.yaml"
    other.write_text("plan: o\nversion: 1\ntitle: Another\nsteps: {done: {end: completed}}\n")
    ran = tocsin("playbook", "diff", PLAN, other)
    first, old, new, count = ran.out.splitlines()
    assert ran.status == 1 and first.startswith("these are two different plans")
    assert "assistant-fallback" in old and new == "  new: o version 1, 1 steps, Another"
    told = tocsin("playbook", "diff", PLAN, other, "--json").json
    assert told["different_plans"] is True and len(told["changes"]) > 28
    assert count.startswith(f"{len(told['changes'])} differences, {told['weaker']} of them weaker")
    assert tocsin.done("playbook", "diff", PLAN, PLAN)["different_plans"] is False
