"""Short ids, and client keys that make every repetition safe."""

from __future__ import annotations

import pytest

from cli_seat import Keyboard
from tocsin.cli.frame import short
from tocsin.facts import Refused


class Logs:
    """A record that only knows the names of its logs."""

    def __init__(self, *incidents: str) -> None:
        self._incidents = incidents

    def logs(self, prefix: str = "") -> list[str]:
        return [f"{prefix}{one}" for one in sorted(self._incidents)]


KNOWN = Logs("7K30000000", "7K3ZZZZZZZ", "A100000000", "B000000000", "B00")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("7K30", "7K30000000"),
        ("7k3z", "7K3ZZZZZZZ"),
        ("7K3O", "7K30000000"),
        ("7K3o", "7K30000000"),
        ("AI", "A100000000"),
        ("al", "A100000000"),
        ("a1ooo", "A100000000"),
        ("7K30000000", "7K30000000"),
        ("boo", "B00"),
        ("B000", "B000000000"),
    ],
)
def test_an_id_is_found_by_any_start_that_means_it_alone(typed: str, meant: str) -> None:
    assert short.find(KNOWN, typed) == meant  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["7K3", "7", "b", "", "zzz", " ", "7K300000000", "%", "../7K3"])
def test_what_means_none_or_several_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as told:
        short.find(KNOWN, typed)  # type: ignore[arg-type]
    assert "type one letter more" in str(told.value) or "incident list" in str(told.value)


def test_an_ambiguous_id_names_those_it_could_be() -> None:
    with pytest.raises(Refused, match="7K30, 7K3Z"):
        short.find(KNOWN, "7K3")  # type: ignore[arg-type]


def test_the_shortest_start_leads_back_to_the_same_incident() -> None:
    known = short.incidents(KNOWN)  # type: ignore[arg-type]
    for one in known:
        name = short.shortest(one, known)
        assert len(name) >= 3 and short.find(KNOWN, name) == one  # type: ignore[arg-type]


def test_the_command_takes_a_short_id_in_any_case(tocsin: Keyboard) -> None:
    one = tocsin.opened()
    for typed in (one[:3], one[:3].lower(), one.lower(), one.replace("0", "O").replace("1", "l")):
        assert tocsin.done("incident", "show", typed)["incident"] == one
    assert "incident list" in tocsin.refused("incident", "ack", "zzz")


def test_the_same_client_key_opens_one_incident(tocsin: Keyboard) -> None:
    first = tocsin.done("incident", "open", "--title", "T", "--client-key", "alert-1")
    again = tocsin.done("incident", "open", "--title", "T", "--client-key", "alert-1")
    other = tocsin.done("incident", "open", "--title", "T", "--client-key", "alert-2")
    assert first["incident"] == again["incident"] != other["incident"]
    assert len(tocsin.done("incident", "list")["incidents"]) == 2
    assert len(tocsin.done("log", first["incident"])["entries"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("note", "a remark"),
        ("ack",),
        ("claim", "a statement"),
        ("ask", "why?"),
        ("assign", "commander", "ana"),
        ("severity", "sev3", "--reason", "r", "--basis", "b"),
        ("hold", "--because", "letter"),
        ("dismiss", "--because", "a test"),
    ],
)
def test_a_repetition_under_the_same_client_key_changes_nothing(
    tocsin: Keyboard, words: tuple[str, ...]
) -> None:
    one = tocsin.opened()
    name, *rest = words
    for _ in range(3):
        tocsin.done("incident", name, one, *rest, "--client-key", "k1")
    assert len(tocsin.done("log", one)["entries"]) == 2
    tocsin.sound()


@pytest.mark.parametrize(
    "words",
    [
        ("note", "another remark"),
        ("note", "a remark", "--access", "board"),
        ("note", "a remark", "--as", "ben"),
        ("ack",),
        ("dismiss", "--because", "a test"),
    ],
)
def test_a_client_key_used_for_something_else_is_told_and_records_nothing(
    tocsin: Keyboard, words: tuple[str, ...]
) -> None:
    one = tocsin.opened()
    tocsin.done("incident", "note", one, "a remark", "--client-key", "k1")
    name, *rest = words
    told = tocsin.refused("incident", name, one, *rest, "--client-key", "k1")
    assert "was used for something else" in told
    assert len(tocsin.done("log", one)["entries"]) == 2


def test_a_refused_wish_does_not_hide_behind_a_used_key(tocsin: Keyboard) -> None:
    """An acknowledgement would be refused now; that must not look as if it had been recorded."""
    one = tocsin.opened()
    tocsin.done("incident", "dismiss", one, "--because", "a test", "--client-key", "k1")
    assert "something else" in tocsin.refused("incident", "ack", one, "--client-key", "k1")


@pytest.mark.parametrize(
    "words",
    [
        ("close", "--because", "over"),
        ("reopen", "--because", "not over"),
        ("hold", "--because", "letter"),
        ("release", "H9", "--because", "over"),
        ("approve", "1", "--because", "seen"),
        ("decline", "1", "--because", "seen"),
        ("answer", "step", "yes", "--because", "seen"),
    ],
)
def test_what_was_never_allowed_is_no_repetition_of_a_note(
    tocsin: Keyboard, words: tuple[str, ...]
) -> None:
    one = tocsin.opened()
    tocsin.done("incident", "note", one, "a remark", "--client-key", "ky")
    tocsin.done("incident", "hold", one, "--because", "letter")
    name, *rest = words
    tocsin.refused("incident", name, one, *rest, "--client-key", "ky")
    assert len(tocsin.done("log", one)["entries"]) == 3


def test_a_close_that_took_effect_is_known_again(tocsin: Keyboard) -> None:
    one = tocsin.opened()
    tocsin.done("incident", "severity", one, "sev3", "--reason", "r", "--basis", "b")
    closing = ("incident", "close", one, "--because", "over", "--client-key", "k")
    first, again = tocsin.done(*closing), tocsin.done(*closing)
    assert again["repeated"] and first["entries"] == again["entries"]
    closing = ("incident", "close", one, "--because", "not over", "--client-key", "k")
    assert "something else" in tocsin.refused(*closing)


@pytest.mark.parametrize(
    "changed",
    [("--title", "U"), ("--title", "T", "--system", "search"), ("--title", "T", "--as", "b")],
)
def test_a_client_key_opens_no_other_incident(tocsin: Keyboard, changed: tuple[str, ...]) -> None:
    tocsin.done("incident", "open", "--title", "T", "--client-key", "alert-1")
    told = tocsin.refused("incident", "open", *changed, "--client-key", "alert-1")
    assert "was used for something else" in told
    assert len(tocsin.done("incident", "list")["incidents"]) == 1
