"""Who would be called, a call outside of a plan, and an incident handed over, as people type it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from pager_side import ROUTE, PagerStanding, pager_standing
from tocsin.cli.alarms.oncall import call_words
from tocsin.desk import Writer
from tocsin.facts import Asserter, Author, Proof, Refused, incident_log
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor
from tocsin.wiring import open_home

PAGER = """
[integrations.pager]
kind = "pagerduty"
url = "URL"
secret = "file:SECRET"
settings = { networks = "127.0.0.1/32", ports = "PORT" }
"""


@pytest.fixture
def pager() -> Iterator[PagerStanding]:
    with pager_standing() as standing:
        yield standing


@pytest.fixture
def seat(
    staffed_home: Path, keys: dict[str, Path], tmp_path: Path, pager: PagerStanding
) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    secret = tmp_path / "secret"
    secret.write_text(ROUTE)
    register = home / "register" / "register.toml"
    whole = PAGER.replace("URL", pager.web.url("/v2/enqueue")).replace("SECRET", str(secret))
    register.write_text(register.read_text() + whole.replace("PORT", str(pager.web.port)))
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def test_who_would_be_called_is_told_in_order_with_their_own_time(seat: Keyboard) -> None:
    told = seat.done("oncall", "--at", "2026-11-23T22:00Z")
    first = [one for one in told["turns"] if one["role"] == "commander"]
    assert [(one["place"], one["person"], one["through"]) for one in first] == [
        (1, "ana", "pager"), (2, "ben", "pager"),
    ]  # fmt: skip
    assert first[0]["their_time"] == "Mon 22:00 UTC" and first[0]["at_work"]
    assert [one["person"] for one in told["turns"] if one["role"] == "owner"] == ["ana", "ben"]
    shown = seat("oncall", "--role", "counsel")
    assert shown.status == 0 and "1. cleo (Cleo Example): at work" in shown.out
    assert 'did you mean "counsel"' in seat.refused("oncall", "--role", "councel")
    assert 'did you mean "assistant"' in seat.refused("oncall", "--system", "asistant")


@pytest.mark.parametrize("at", ["9999-12-31T23:59Z", "0001-01-01T00:00Z"])
def test_an_instant_that_other_zones_do_not_have_is_refused(seat: Keyboard, at: str) -> None:
    assert "beyond the calendar" in seat.refused("oncall", "--at", at)


def test_a_call_that_another_worker_has_in_hand_still_names_whom_it_is_for() -> None:
    assert call_words("ana", "pager") == "ana is called through pager"
    assert call_words("ana", None).startswith("the call to ana has not gone out yet")


def test_a_page_of_which_every_call_failed_says_that_nobody_was_reached(
    seat: Keyboard, tmp_path: Path, keys: dict[str, Path]
) -> None:
    incident = seat.opened("nobody hears")
    (tmp_path / "secret").unlink()
    told = seat("page", incident, "--role", "commander", "--text", "look", "--as", "ana",
                "--key", keys["ana"])  # fmt: skip
    assert told.status == 1 and "NOBODY WAS REACHED" in told.out and "None" not in told.out
    assert f"tocsin outbox list --incident {incident[:3]}" in told.out


def test_a_role_that_reaches_nobody_is_a_problem_and_is_linted(
    staffed_home: Path, tmp_path: Path
) -> None:
    tocsin = Keyboard(copied(staffed_home, tmp_path / "home"))
    shown = tocsin("oncall", "--role", "counsel")
    assert shown.status == 1 and "REACHES NOBODY" in shown.out
    assert "NO WAY TO CALL THEM" in shown.out
    advice = tocsin.done("register", "lint")["mistakes"]
    assert {"people.cleo", "roles.counsel"} <= {one["path"] for one in advice}
    incident = tocsin.opened()
    told = tocsin.refused("page", incident, "--role", "counsel", "--text", "x", "--as", "ana")
    assert "no integration calls those who are counsel (cleo)" in told


def test_a_page_goes_out_at_once_and_an_ack_ends_it(
    seat: Keyboard, pager: PagerStanding, keys: dict[str, Path]
) -> None:
    incident = seat.opened()
    said = seat.done("page", incident, "--role", "counsel", "--text", "Please {read} the letter",
                     "--as", "ana", "--key", keys["ana"], "--client-key", "k1")  # fmt: skip
    assert (said["called"], said["placed"]) == ("cleo", True)
    again = seat.done("page", incident, "--role", "counsel", "--text", "Please {read} the letter",
                      "--as", "ana", "--key", keys["ana"], "--client-key", "k1")  # fmt: skip
    assert again["run"] == said["run"] and pager.pager.events == 1
    ((_, event),) = pager.pager.alerts.items()
    assert "Please {read} the letter" in str(event)
    seat.done("ack", incident, "--as", "cleo", "--key", keys["cleo"])
    seat("work", "--until-idle", "--patience-seconds", 0)
    assert seat("now", incident).out.count("looking: cleo") == 1
    assert 'did you mean "counsel"' in seat.refused(
        "page", incident, "--role", "councel", "--text", "x", "--as", "ana", "--key", keys["ana"]
    )


def test_an_incident_is_handed_over_on_one_page(
    seat: Keyboard, tmp_path: Path, keys: dict[str, Path]
) -> None:
    incident = seat.opened("it <b>invents</b> refunds")
    ana, ben = (("--as", who, "--key", keys[who]) for who in ("ana", "ben"))
    early = seat.refused("handover", incident, "--to", "ben", *ana)
    assert "tocsin incident assign INCIDENT commander ben" in early
    seat.done("incident", "assign", incident, "commander", "ana", *ana)
    seat.done("incident", "claim", incident, "Version 2 does it", *ana)
    for nobody in ("bne", "ghost"):  # it would be offered to nobody who can accept it
        assert "is no person of the register" in seat.refused("handover", incident, "--to", nobody,
                                                              *ana)  # fmt: skip
    page = tmp_path / "page.html"
    told = seat("handover", incident, "--to", "ben", "--html", page, *ana)
    assert told.status == 0 and "it is yours until they accept" in told.out
    for title in ("Known", "Not known", "Running", "Waiting", "Promised", "Deadlines", "Last"):
        assert f"\n{title}\n" in told.out
    assert "Version 2 does it" in told.out
    html = page.read_text()
    assert "&lt;b&gt;invents" in html and "<b>invents" not in html and "Version 2 does it" in html
    assert "only ben can accept" in seat.refused("handover", incident, "--accept", "--role",
                                                 "commander", "--as", "cleo", "--key",
                                                 keys["cleo"])  # fmt: skip
    taken = seat.done("handover", incident, "--accept", *ben)
    assert taken["holder"] == "ben" and taken["offered_to"] is None
    refused = seat.refused("handover", incident, "--to", "cleo", *ana)
    assert "ana is not commander and cannot hand it over: ben holds it" in refused


def test_of_two_who_take_command_at_once_one_is_refused_clearly(
    seat: Keyboard, keys: dict[str, Path]
) -> None:
    incident = seat.opened()
    barrier, told = threading.Barrier(2), list[tuple[str, int, str]]()
    with open_home(seat.home, warn=print) as opened:

        def take(who: str) -> None:
            desk = Writer(opened.world)
            author = Author(who=who, kind=Asserter.PERSON, proof=Proof.ACCOUNT, account=who)
            barrier.wait()
            try:
                desk.decide(
                    incident_log(incident),
                    lambda entries: decide.assign(
                        replay(entries), Actor(who=who), opened.world.clock.now(),
                        role="commander", person=who,
                    ),
                    author,
                )  # fmt: skip
                told.append((who, 0, ""))
            except Refused as no:
                told.append((who, 2, str(no)))

        threads = [threading.Thread(target=take, args=(who,)) for who in ("ana", "ben")]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    (won,) = [who for who, status, _ in told if not status]
    (lost,) = [words for _, status, words in told if status]
    assert f"{won} is commander" in lost and "can assign it" in lost
