"""`tocsin playbook show`: each format to a file or to standard output; refusals with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_seat import Keyboard

PLAN = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"
BEGINS = {"html": "<!doctype html>", "md": "# The assistant", "card": "<!doctype html>",
          "svg-tree": "<svg ", "svg-raci": "<svg "}  # fmt: skip


@pytest.mark.parametrize("format", BEGINS)
def test_each_format_goes_to_standard_output_or_to_a_file(tmp_path: Path, format: str) -> None:
    tocsin = Keyboard(tmp_path / "no-home")
    ran = tocsin("playbook", "show", PLAN, "--format", format)
    assert ran.status == 0 and ran.out.startswith(BEGINS[format]), ran
    told = tocsin.done("playbook", "show", PLAN, "--format", format, "--to", tmp_path / "out")
    assert (tmp_path / "out").read_text() == ran.out
    assert told["file"] == str(tmp_path / "out") and "text" not in told
    assert tocsin.done("playbook", "show", PLAN, "--format", format)["text"] == ran.out


def test_json_holds_the_whole_plan_in_words(tmp_path: Path) -> None:
    told = Keyboard(tmp_path).done("playbook", "show", PLAN)
    sheet = told["sheet"]
    assert sheet["plan"] == "assistant-fallback" and len(sheet["steps"]) == 28
    assert [step["id"] for step in sheet["first_steps"]][:2] == ["call", "stop"]
    assert sheet["steps"][3]["ways"][0] == {"when": "done", "then": "5 stop-seen",
                                            "to": "stop-seen", "number": 5}  # fmt: skip


def test_what_cannot_be_shown_is_refused_with_every_mistake(tmp_path: Path) -> None:
    tocsin = Keyboard(tmp_path)
    assert "name a plan's file" in tocsin.refused("playbook", "show", tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("plan: p\nversion: 1\ntitle: T\nsteps: {a: {wait: 5}}\n")
    said = tocsin.refused("playbook", "show", tmp_path / "bad.yaml")
    assert "bad.yaml:4: mistake: steps.a.wait" in said and "steps.a.next" in said
    lost = tmp_path / "no-folder" / "plan.html"
    assert "name another file" in tocsin.refused("playbook", "show", PLAN, "--to", lost, status=3)
