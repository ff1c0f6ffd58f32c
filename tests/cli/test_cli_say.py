"""Words to customers as people give the commands, to a real mail server, and what it may do."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard
from post_office import Office, post_office

Keys = dict[str, Path]
MORE = """
[people.list]
name = "All customers"
email = "all@customers.example"
roles = ["customers"]

[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:PORT"
settings.sender = "Tocsin <tocsin@alarm.example>"
settings.encryption = "none"
settings.networks = "127.0.0.0/30"
settings.ports = "PORT"

[entity]
legal_name = "Example GmbH"
"""


@pytest.fixture
def office() -> Iterator[Office]:
    with post_office() as open_office:
        yield open_office


@pytest.fixture
def speaking(staffed: Keyboard, office: Office, keys: Keys) -> Keyboard:
    """A home in which ben speaks for the company, cleo is counsel, and mail goes out."""
    file = staffed.home / "register" / "register.toml"
    text = file.read_text().replace(
        'ben@example.org"\nroles = ["commander"]', 'ben@example.org"\nroles = ["communications"]'
    )
    file.write_text(text + MORE.replace("PORT", str(office.port)))
    staffed.done("register", "adopt", *by("ana", keys))
    return staffed


def by(who: str, keys: Keys) -> tuple[object, ...]:
    return "--as", who, "--key", keys[who]


def incident_with_claim(tocsin: Keyboard, keys: Keys, folder: Path) -> str:
    incident = tocsin.opened("it invents refunds", *by("ana", keys))
    (folder / "sample.txt").write_text("12 of 40 answers")
    kept = tocsin.done("incident", "evidence", "add", incident, folder / "sample.txt",
                       "--source", "ana", "--because", "claims rest on it",
                       *by("ana", keys))  # fmt: skip
    tocsin.done("incident", "claim", incident, "Version 2 promised refunds", "--grade", "confirmed",
                "--evidence", kept["digest"], *by("ana", keys))  # fmt: skip
    return incident


def approved(tocsin: Keyboard, incident: str, keys: Keys, id: str = "S1") -> None:
    for who in ("ben", "cleo"):
        tocsin.done("say", "approve", incident, id, *by(who, keys))


def test_words_are_shown_drafted_approved_sent_and_corrected(
    speaking: Keyboard, office: Office, keys: Keys, tmp_path: Path
) -> None:
    incident = incident_with_claim(speaking, keys, tmp_path)
    shown = speaking.done("say", incident, "customers", "--next-update", "2h")
    assert not shown["recorded"] and shown["must_approve"] == ["communications", "counsel"]
    assert speaking.done("statements", incident)["statements"] == [], "looking records nothing"
    drafted = speaking.done("say", incident, "customers", "--next-update", "2h", "--draft",
                            *by("ben", keys))  # fmt: skip
    assert (drafted["statement"], drafted["missing"]) == ("S1", ["communications", "counsel"])
    assert "say approve" in drafted["next"] and "--as ben" in drafted["next"]
    assert "waits for a yes" in speaking.refused("say", "send", incident, "S1", *by("ana", keys))
    approved(speaking, incident, keys)
    sent = speaking.done("say", "send", incident, "S1", *by("ana", keys))
    assert sent["sent"] and sent["state"] == "sent"
    ((address, mail),) = office.boxes.arrived
    assert address == "all@customers.example"
    assert mail["Subject"] == "Customer assistant: we are looking into a problem"
    assert mail.get_content().splitlines() == drafted["body"].splitlines()
    listed = speaking.done("statements", incident)
    assert [(p["audience"], p["late"]) for p in listed["promised"]] == [("customers", False)]
    speaking.done("incident", "grade", incident, "C1", "refuted", "--because", "sampled anew",
                  *by("ana", keys))  # fmt: skip
    fixed = speaking.done("say", "correct", incident, "S1", "--draft", *by("ben", keys))
    assert fixed["corrects"] == "S1" and "This does not hold:" in fixed["body"]
    approved(speaking, incident, keys, "S2")
    speaking.done("say", "send", incident, "S2", *by("ana", keys))
    states = {
        one["statement"]: one["state"]
        for one in speaking.done("statements", incident)["statements"]
    }
    assert states == {"S1": "corrected", "S2": "sent"}
    assert len(office.boxes.arrived) == 2
    speaking.sound()


def test_words_whose_answer_was_lost_are_never_sent_again_by_themselves(
    speaking: Keyboard, office: Office, keys: Keys, tmp_path: Path
) -> None:
    incident = incident_with_claim(speaking, keys, tmp_path)
    speaking.done("say", incident, "customers", "--draft", *by("ben", keys))
    approved(speaking, incident, keys)
    office.boxes.loses_answers = 1
    ran = speaking("say", "send", incident, "S1", *by("ana", keys), "--json")
    assert ran.status == 1 and len(office.boxes.numbers) == 1, "nobody is told twice"
    assert (ran.json["state"], ran.json["sent"]) == ("in-doubt", False)
    assert ran.json["in_doubt"] == [one["address"] for one in ran.json["deliveries"]]
    assert ran.json["next"].startswith("tocsin outbox list --incident")
    shown = speaking("statements", incident, "--text", "S1").out
    assert f"IN DOUBT at {ran.json['in_doubt'][0]}: the answer was lost" in shown
    assert "in doubt at" in speaking("statements", incident).out
    (write,) = speaking("outbox", "list", "--incident", incident, "--json").json["writes"]
    assert "tocsin outbox list" in speaking.refused("say", "send", incident, "S1", *by("ana", keys))
    assert len(office.boxes.numbers) == 1
    speaking.done("outbox", "done", incident, write["order"], "--reference", "seen in the box",
                  "--because", "they say they have it", *by("ana", keys))  # fmt: skip
    assert speaking.done("statements", incident, "--text", "S1")["state"] == "sent"


def test_a_refusing_mail_server_is_told(
    speaking: Keyboard, office: Office, keys: Keys, tmp_path: Path
) -> None:
    incident = incident_with_claim(speaking, keys, tmp_path)
    speaking.done("say", incident, "customers", "--draft", *by("ben", keys))
    approved(speaking, incident, keys)
    office.boxes.says["RCPT"] = "550 no such list"
    ran = speaking("say", "send", incident, "S1", *by("ana", keys), "--json")
    assert ran.status == 1 and ran.json["state"] == "not-sent" and not ran.json["sent"]
    assert ran.json["in_doubt"] == []
    assert ran.json["next"].startswith("tocsin outbox list --incident")
    again = speaking.refused("say", "send", incident, "S1", *by("ana", keys))
    assert "tocsin outbox list" in again
    wrong = speaking.refused("say", "correct", incident, "S1", *by("ben", keys))
    assert "reached nobody, so there is nothing to correct" in wrong
    anew = speaking.done("say", incident, "customers")
    assert anew["moment"] == "first", "nobody has heard anything yet"


def test_flags_are_shown_and_counsel_alone_lets_them_pass(
    speaking: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    incident = incident_with_claim(speaking, keys, tmp_path)
    said = ("say", incident, "customers", "--text", "40 people work on it.")
    ran = speaking(*said)
    assert ran.status == 1 and "FLAG not-in-record (40)" in ran.out, ran
    assert "--text '40 people work on it.' --draft" in ran.out
    assert speaking(*said, "--draft", *by("ben", keys)).status == 1
    approved_by_both = [
        speaking("say", "approve", incident, "S1", *by(who, keys)).status for who in ("ben", "cleo")
    ]
    assert approved_by_both == [1, 1], "it stays flagged"
    ran = speaking("say", "send", incident, "S1", *by("ana", keys), "--json")
    assert ran.status == 1 and ran.json["flags"][0]["blocks"], ran
    override = ("say", "override", incident, "S1", "not-in-record", "40", "--because", "counted")
    assert "not counsel" in speaking.refused(*override, *by("ben", keys))
    assert speaking(*override, *by("cleo", keys)).status == 1, "the added words are another flag"
    added = ("no-evidence", "added-words", "--because", "so it is")
    speaking.done("say", "override", incident, "S1", *added, *by("cleo", keys))
    assert "send" in speaking.done("statements", incident, "--text", "S1")["next"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("say", "X", "custmers"), 'did you mean "customers"'),
        (("say", "X", "press", "--moment", "frist"), 'did you mean "first"'),
        (("say", "X", "press", "--next-update", "soon"), "or how long from now: 2h"),
        (("say", "X", "press", "--corrects", "S1"), "no words are called S1"),
        (("say", "approve", "X", "S7"), "no words are called S7"),
        (("say", "withdraw", "X", "S1"), "--because"),
        (("say", "override", "X", "S1", "nonsense", "--because", "y"), "nonsense"),
        (("tell", "X", "customers", "--text", "x"), "tocsin say INCIDENT customers --draft"),
        (("tell", "X", "executives", "--text", "x"), "yes of commander"),
        (("statements", "NOPE"), "NOPE"),
    ],
)
def test_what_cannot_be_said_says_what_could(
    staffed: Keyboard, words: tuple[str, ...], said: str
) -> None:
    incident = staffed.opened()
    given = [incident if word == "X" else word for word in words]
    assert said in staffed.refused(*given, "--as", "ana")


def test_templates_of_the_home_are_linted_with_line_and_remedy(staffed: Keyboard) -> None:
    assert staffed.done("statements", "lint")["templates"][0] == "affected-persons/correction"
    own = staffed.home / "statements" / "customers"
    own.mkdir(parents=True)
    (own / "first.j2").write_text("Subject: {{ systems }}\n\nHello {{ knwon }}\n")
    ran = staffed("statements", "lint")
    assert ran.status == 1
    assert "customers/first.j2:3: mistake: nothing is called 'knwon'" in ran.out
    assert 'did you mean "known"?' in ran.out
    incident = staffed.opened()
    assert "customers/first.j2:3" in staffed.refused("say", incident, "customers")


def test_the_list_is_a_table_in_which_nothing_is_a_formula(
    speaking: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    incident = incident_with_claim(speaking, keys, tmp_path)
    speaking.done("say", incident, "support", "--draft", "--as", "=cmd")
    file = tmp_path / "told.csv"
    speaking.done("statements", incident, "--csv", file)
    head, row = csv.reader(file.read_text().splitlines())
    table = dict(zip(head, row, strict=True))
    assert (table["audience"], table["drafted_by"]) == ("support", "'=cmd")
    assert "is there" in speaking.refused("statements", incident, "--csv", file)


def test_what_is_for_the_board_is_shown_to_the_board(speaking: Keyboard, keys: Keys) -> None:
    incident = speaking.opened("it harms a group", *by("ana", keys))
    speaking.done("incident", "claim", incident, "It harms one group", "--access", "board",
                  *by("ana", keys))  # fmt: skip
    speaking.done("say", incident, "ethics-board", "--draft", *by("ana", keys))
    assert speaking.done("statements", incident)["hidden"] == 1
    assert "for the board" in speaking.refused("statements", incident, "--text", "S1")
