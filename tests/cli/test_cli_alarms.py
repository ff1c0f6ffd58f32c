"""From the keyboard: detectors in shadow, the digest, silences and the limit of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from test_cli_watch import DETECTORS, _rows

from cli_seat import Keyboard, copied

SHADOW = DETECTORS.replace("    status: live\n", "")


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(
        register.read_text().replace("recovery_target", 'log = "logs/assistant"\nrecovery_target')
    )
    for folder in ("detectors", "logs/assistant"):
        (home / folder).mkdir(parents=True)
    (home / "detectors" / "assistant.yaml").write_text(SHADOW)
    rows = _rows(0, 4000, 25, "1") + _rows(4000, 1500, 4, "2")
    (home / "logs" / "assistant" / "a.jsonl").write_text(rows)
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def test_in_shadow_nothing_opens_and_the_digest_says_what_it_would_have_done(
    seat: Keyboard,
) -> None:
    found = seat.done("watch", "--once")
    assert found["incidents"] == [] and found["systems"][0]["ranked"][0]["held"] == "shadow"
    assert found["standing"][0]["does"].startswith("nothing, for this detector is in shadow")
    (one,) = seat.done("digest", "--shadow")["shadow"]
    assert one["level"] == "page" and one["found"]["detector"] == "fallback-rate"
    assert "in shadow" in seat("digest").out and "fallback is 25.0 %" in seat("digest").out
    assert "in shadow" in seat("log", "shadow/assistant").out
    (seat.home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    assert len(seat.done("watch", "--once")["incidents"]) == 1, "live, it opens one"
    seat.sound()


def test_a_digest_of_a_system_that_does_not_exist_is_no_good_news(seat: Keyboard) -> None:
    assert 'did you mean "assistant"?' in seat.refused("digest", "asistant")
    assert seat.done("digest", "assistant")["pages"] == []


def test_a_silence_is_made_shown_and_ended(seat: Keyboard, keys: dict[str, Path]) -> None:
    (seat.home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    until = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    said = ("--because", "a planned test", "--as", "ana", "--key", keys["ana"])
    made = seat.done("silence", "add", "fallback-rate", "--until", until, *said)
    assert made["owner"] == "ana" and made["silence"] == "silence-1"
    found = seat.done("watch", "--once")
    assert found["incidents"] == [] and found["silences"][0]["silence"] == "silence-1"
    assert "SILENCED until" in seat("watch", "--once").out
    assert "a planned test" in seat("silence", "list").out
    assert len(seat.done("digest")["silenced"]) == 1
    seat.done("silence", "end", "silence-1", *said)
    assert seat("silence", "list").out.strip() == "nothing is silenced"
    assert len(seat.done("watch", "--once")["incidents"]) == 1
    seat.sound()


def test_a_silence_without_an_end_or_a_known_name_is_refused(seat: Keyboard) -> None:
    words = ("silence", "add", "fallback-rate", "--because", "quiet")
    assert "--until" in seat.refused(*words)
    late = (datetime.now(UTC) + timedelta(days=40)).isoformat()
    assert "30 days" in seat.refused(*words, "--until", late)


def test_the_limit_of_pages_is_set_and_shown(seat: Keyboard, keys: dict[str, Path]) -> None:
    who = ("--because", "two teams", "--as", "ana", "--key", keys["ana"])
    seat.done("paging", "--pages", "5", "--shift-hours", "12", *who)
    assert seat.done("digest")["pages_most"] == 5
    assert "pages: 5 of 5 left" in seat("digest").out
    assert "give a number" in seat.refused("paging", "--pages", "0", *who)


def test_a_page_without_a_plan_does_not_say_that_people_were_called(seat: Keyboard) -> None:
    (seat.home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    assert (
        "fallback-rate: NOBODY IS CALLED, for no plan begins by it" in seat("watch", "--once").out
    )
    digest = seat.done("digest")
    assert digest["uncalled"] == [digest["pages"][0]["finding"]]
    assert "NOBODY WAS CALLED: no plan begins by fallback-rate" in seat("digest").out


def test_a_signed_silence_is_not_called_unproven(seat: Keyboard, keys: dict[str, Path]) -> None:
    (seat.home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    until = ("--until", (datetime.now(UTC) + timedelta(hours=3)).isoformat(), "--because", "a test")
    signed = ("--as", "ana", "--key", keys["ana"])
    seat.done("silence", "add", "fallback-rate", *until, *signed)
    assert [one["proven"] for one in seat.done("silence", "list")["silences"]] == [True]
    assert "not proven" not in seat("silence", "list").out
