"""Holds from the command line: list, show, place, ack, release."""

from __future__ import annotations

from pathlib import Path

from cli_seat import Keyboard


def signed(who: str, keys: dict[str, Path]) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


def test_a_hold_is_placed_acknowledged_and_ends(staffed: Keyboard, keys: dict[str, Path]) -> None:
    one = staffed.opened()
    ana, ben = signed("ana", keys), signed("ben", keys)
    (first,) = staffed.done("hold", "list")["holds"]
    assert (first["hold"], first["custodians"]) == ("declaration", ["ana", "ben"])
    staffed.done("hold", "place", one, "--because", "a letter", "--person", "ben", *ana)
    assert "nobody was told yet" in staffed("hold", "list", one).out
    assert "no mail is set up" in staffed.refused("hold", "notify", one, "H1", *ana)
    assert "has an enrolled key" in staffed.refused("hold", "ack", one, "H1", "--as", "ben")
    staffed.done("hold", "ack", one, "H1", *ben)
    shown = staffed("hold", "show", one, "H1").out
    assert "a letter" in shown and "ben" in shown and "acknowledged" in shown
    assert "only counsel decides" in staffed.refused(
        "hold", "silence", one, "H1", "--person", "ana", "--because", "b", *ana
    )
    ended = staffed.done("hold", "release", one, "H1", "--because", "settled", *ana)
    assert ended == {"hold": "H1", "ended": True, "letter": None}
    assert "those that stand are: declaration" in staffed.refused("hold", "show", one, "H1")
    staffed.sound()


def test_a_hold_on_a_name_that_the_register_has_not_stands_and_says_so(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one, ana = staffed.opened(), signed("ana", keys)
    named = ("--system", "asistant", "--person", "benn")
    said = staffed("hold", "place", one, "--because", "a letter", *named, *ana)
    assert said.status == 0 and "no system 'asistant'; did you mean" in said.err
    assert "no person 'benn'; did you mean" in said.err
    staffed("hold", "place", one, "--because", "another", "--person", "ben", *ana)
    assert "register has no" not in staffed("hold", "list").err


def test_why_counsel_left_somebody_out_is_for_counsel(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one = staffed.opened()
    cleo = signed("cleo", keys)
    out = ("hold", "silence", one, "declaration", "--person", "ben", "--because", "SECRET")
    staffed.done(*out, *cleo)
    for words in (("hold", "list"), ("hold", "show", one, "declaration"), ("log", one)):
        assert "SECRET" not in staffed(*words, "--json").out
    assert "1 entry for counsel only" in staffed("log", one).out
