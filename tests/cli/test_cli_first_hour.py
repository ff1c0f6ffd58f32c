"""The first hour from the keyboard: stop, see, undo, arm, decide; one command each, no worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard, copied

WITH_EYES = """
[integrations.assistant-seen]
kind = "file-state"
path = "SWITCH"
settings = { pause_seconds = "0" }
"""
PLAN = """\
plan: rollback
version: "1"
title: Back to the release before
start: back
steps:
  back:
    act: assistant-switch
    target: release
    wanted: previous
    undo: current
    approvals: 2
    next: ask
    on_declined: over
  ask:
    ask: Tell customers?
    role: commander
    choices: {"yes": over, "no": over}
  over:
    end: completed
"""
Keys = dict[str, Path]


@pytest.fixture
def seat(staffed_home: Path, keys: Keys, tmp_path: Path) -> Keyboard:
    """A home whose switch has an eye."""
    home = copied(staffed_home, tmp_path / "home")
    switch = tmp_path / "switch.json"
    switch.write_text(json.dumps({"assistant": "on", "release": "current"}))
    register = home / "register" / "register.toml"
    text = register.read_text()
    old = next(line for line in text.splitlines() if line.startswith("path = "))
    text = text.replace(old, f'path = "{switch}"').replace(
        'switch = "assistant-switch"', 'switch = "assistant-switch"\nseen_by = "assistant-seen"'
    )
    register.write_text(text + WITH_EYES.replace("SWITCH", str(switch)))
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", *_by("ana", keys))
    return tocsin


def _by(who: str, keys: Keys) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


def _switch(seat: Keyboard) -> dict[str, str]:
    found: dict[str, str] = json.loads((seat.home.parent / "switch.json").read_text())
    return found


def _now(seat: Keyboard, *incident: str) -> Any:
    return seat.done("now", *incident)


def test_one_person_stops_a_system_and_it_is_seen(seat: Keyboard, keys: Keys) -> None:
    ran = seat("stop", "assistant", *_by("ana", keys))
    assert ran.status == 0 and "it was SEEN" in ran.out, ran
    assert _switch(seat) == {"assistant": "off", "release": "current"}
    now = _now(seat)
    assert "assistant is off; SEEN" in now["stopped"]
    assert len(now["lines"]) <= 24
    seat.sound()


def test_a_stop_and_its_undo_are_both_looked_at(seat: Keyboard, keys: Keys) -> None:
    first = seat.done("stop", "assistant", *_by("ana", keys))
    back = seat.done("undo", "assistant", *_by("ana", keys))
    assert back["incident"] == first["incident"] and back["shown"]
    assert _switch(seat)["assistant"] == "on"
    assert _now(seat)["stopped"].startswith("not stopped any more")
    assert "nothing is left to take back" in seat.refused("undo", "assistant", *_by("ana", keys))


def test_a_stop_that_does_not_show_its_effect_is_told_as_such(
    seat: Keyboard, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.cli.frame import carrying_out

    monkeypatch.setattr(carrying_out, "PATIENCE", carrying_out.timedelta(seconds=1))
    register = seat.home / "register" / "register.toml"
    blind = seat.home.parent / "other.json"
    blind.write_text('{"assistant": "on"}')
    head, eye, tail = register.read_text().partition("[integrations.assistant-seen]")
    switch = str(seat.home.parent / "switch.json")
    register.write_text(head + eye + tail.replace(switch, str(blind)))
    seat.done("register", "adopt", *_by("ana", keys))
    ran = seat("stop", "assistant", "--json", *_by("ana", keys))
    assert ran.status == 1 and ran.json["done"] and not ran.json["shown"], ran
    assert "NOT YET SHOWN" in _now(seat)["stopped"]


def test_it_is_armed_only_after_stop_and_undo_were_seen(seat: Keyboard, keys: Keys) -> None:
    told = seat.refused("arm", "assistant", *_by("ana", keys))
    assert "tocsin rehearse assistant" in told
    done = seat.done("rehearse", "assistant", *_by("ana", keys))
    assert done["rehearsed"] and _switch(seat)["assistant"] == "on"
    assert seat.done("incident", "show", done["incident"])["status"] == "closed"
    assert "vouched for" in seat.refused("arm", "assistant", "--as", "ana")
    assert seat.done("arm", "assistant", "--acts-per-hour", "3", *_by("ana", keys))["armed"]
    assert seat.refused("arm", "assistant", "--acts-per-hour", "0", *_by("ana", keys))
    assert not seat.done("disarm", "assistant", "--because", "holiday", *_by("ana", keys))["armed"]


def test_a_stop_is_never_bound_by_arming(seat: Keyboard, keys: Keys) -> None:
    assert seat.done("stop", "assistant", *_by("ben", keys))["shown"]


def test_an_unknown_system_or_flag_is_told_with_the_likeliest(seat: Keyboard, keys: Keys) -> None:
    assert "assistant" in seat.refused("stop", "asistant", *_by("ana", keys))
    assert seat.done("incident", "list")["incidents"] == []


def _waiting(seat: Keyboard, keys: Keys) -> tuple[str, str]:
    incident = seat.opened("it invents refunds", *_by("ana", keys))
    plan = seat.home.parent / "plan.yaml"
    plan.write_text(PLAN)
    seat.done("incident", "run", incident, plan, *_by("ana", keys))
    seat.done("ack", incident, *_by("ana", keys))
    now = _now(seat, incident)
    assert now["waiting"][0]["whom"] == "2 people", now
    action = now["next"].split()[3]
    assert now["next"].startswith("tocsin decide")
    return incident, action


def test_two_people_decide_and_a_question_is_answered(seat: Keyboard, keys: Keys) -> None:
    incident, action = _waiting(seat, keys)
    told = seat.refused("decide", incident, action, "aprove", *_by("ben", keys))
    assert "approve" in told
    for who in ("ben", "cleo"):
        seat.done("decide", incident, action, "approve", "--because", "yes", *_by(who, keys))
    seat.done("work", "--until-idle")
    assert _switch(seat)["release"] == "previous"
    assert "Tell customers?" in "\n".join(_now(seat, incident)["lines"])
    seat.done("decide", incident, "ask", "yes", "--because", "they ask", *_by("ben", keys))
    seat.done("work", "--until-idle")
    assert seat.done("incident", "show", incident)["runs"][0]["ending"] == "completed"


def test_one_breaks_the_glass_and_another_countersigns(seat: Keyboard, keys: Keys) -> None:
    incident, action = _waiting(seat, keys)
    assert "why" in seat.refused("decide", incident, action, "alone", *_by("ben", keys))
    seat.done("decide", incident, action, "alone", "--because", "harm grows", *_by("ben", keys))
    seat.done("work", "--until-idle")
    assert _switch(seat)["release"] == "previous"
    told = seat.refused("decide", incident, action, "countersign", "--because", "I was right",
                        *_by("ben", keys))  # fmt: skip
    assert told
    gaps = seat.done("report", incident, "--to", seat.home.parent / "report")["gaps"]
    assert any("not countersigned yet" in gap for gap in gaps), gaps
    seat.done("decide", incident, action, "countersign", "--because", "so would I",
              *_by("cleo", keys))  # fmt: skip
    gaps = seat.done("report", incident, "--to", seat.home.parent / "report")["gaps"]
    assert not any("countersigned" in gap for gap in gaps), gaps


def test_an_action_is_taken_back_by_its_number(seat: Keyboard, keys: Keys) -> None:
    incident, action = _waiting(seat, keys)
    seat.done("decide", incident, action, "alone", "--because", "harm grows", *_by("ben", keys))
    seat.done("work", "--until-idle")
    ran = seat("undo", incident, action, "--json", *_by("ana", keys))
    assert ran.json["waiting"], ran  # it passes the gates that the act itself passed
    assert _switch(seat)["release"] == "previous"


def test_a_link_needs_a_way_to_be_sent(seat: Keyboard, keys: Keys) -> None:
    incident, action = _waiting(seat, keys)
    assert '"smtp"' in seat.refused("link", incident, action, "ben", *_by("ana", keys))


def test_words_are_shown_before_they_are_sent(seat: Keyboard, keys: Keys) -> None:
    incident = seat.opened("it invents refunds", *_by("ana", keys))
    told = seat.refused("tell", incident, "support", "--text", "x", *_by("ana", keys))
    assert "smtp" in told or "support" in told


def test_the_report_says_both_times_and_what_is_missing(seat: Keyboard, keys: Keys) -> None:
    incident = seat.done("stop", "assistant", *_by("ana", keys))["incident"]
    made = seat.done("report", incident, "--to", seat.home.parent / "out")
    html, markdown = Path(made["html"]).read_text(), Path(made["markdown"]).read_text()
    for text in ("SEEN", "Timeline", "assistant"):
        assert text in html and text in markdown
    assert "legal duties and deadlines: not assessed" in made["gaps"]
    assert not list((seat.home.parent / "out").glob(".*")), "nothing is half-written"


def test_now_without_an_incident_says_so(seat: Keyboard) -> None:
    assert seat.done("now") == {"incident": None, "open": 0, "overdue": 0}
    assert "no incident is open" in seat("now").out


def test_now_shows_the_worst_that_is_open_and_names_the_others(seat: Keyboard, keys: Keys) -> None:
    grave = seat.opened("it invents refunds", *_by("ana", keys))
    for name, severity in ((grave, "sev2"), (seat.opened("slow", *_by("ana", keys)), "sev4")):
        seat.done("incident", "severity", name, severity, "--reason", "r", "--basis", "b",
                  *_by("ana", keys))  # fmt: skip
    assert _now(seat)["incident"].startswith(grave)
    assert "1 other is open" in seat("now").out
    unjudged = seat.opened("it insults people", *_by("ana", keys))
    assert _now(seat)["incident"].startswith(unjudged)
    assert "others are open" not in seat("now", grave).out
