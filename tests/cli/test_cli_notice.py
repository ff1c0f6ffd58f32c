"""Notices to authorities as people give the commands: draft, approve, submit, confirm, correct."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard

Keys = dict[str, Path]
RULE = "eu/dora/19/initial"
ENTITY = """
[entity]
legal_name = "Exempla Bank AG"
countries = ["DE"]
"""
SECRET = "the bank feared a fine of nine million under seal"


def by(who: str, keys: Keys) -> tuple[object, ...]:
    return "--as", who, "--key", keys[who]


def ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def bank(staffed: Keyboard, keys: Keys) -> Keyboard:
    file = staffed.home / "register" / "register.toml"
    file.write_text(file.read_text() + ENTITY)
    staffed.done("register", "adopt", *by("ana", keys))
    return staffed


@pytest.fixture
def incident(bank: Keyboard, keys: Keys) -> str:
    id = bank.opened("it refuses the north", *by("ana", keys))
    bank.done("incident", "aware", id, "ana", "--standing", "staff", "--basis", "the alarm",
              "--at", ago(60), *by("ana", keys))  # fmt: skip
    bank.done("incident", "claim", id, "all of the north were refused", *by("ana", keys))
    return id


def draft(bank: Keyboard, incident: str, keys: Keys, *more: object) -> Any:
    return bank.done("notice", "draft", incident, RULE, *more, *by("ana", keys))


def approve(bank: Keyboard, incident: str, keys: Keys, id: str = "N1") -> Any:
    return bank.done("notice", "approve", incident, id, "--because", "the rest follows",
                     *by("cleo", keys))  # fmt: skip


def field(data: Any, id: str) -> Any:
    return next(one for one in data["fields"] if one["id"] == id)


def test_a_notice_goes_from_draft_to_confirmation_and_is_corrected(
    bank: Keyboard, incident: str, keys: Keys, tmp_path: Path
) -> None:
    made = draft(bank, incident, keys, "--set", "1.15=EUR", "--unknown", "2.9=asked at night")
    assert (made["notice"], made["stage"], made["form"]["id"]) == ("N1", "initial", "dora-initial")
    assert field(made, "1.2")["said"][0]["text"] == "Exempla Bank AG"
    assert field(made, "1.15")["said"][0]["by"] == "ana"
    assert field(made, "2.4")["said"][0]["text"] == "Suspected: all of the north were refused"
    assert made["completeness"]["unknown"] == ["2.9"]
    assert "1.3" in made["completeness"]["missing"]
    assert "notice approve" in made["next"] and "--as cleo" in made["next"]

    said = bank.refused("notice", "submitted", incident, "N1", "--channel", "portal",
                        *by("ana", keys))  # fmt: skip
    assert "not approved" in said and "counsel" in said
    assert "not asked" in bank.refused("notice", "approve", incident, "N1", *by("ana", keys))
    assert "mandatory fields are empty" in bank.refused(
        "notice", "approve", incident, "N1", *by("cleo", keys)
    )
    assert approve(bank, incident, keys)["approved"]

    word = tmp_path / "n1.docx"
    told = bank.done("notice", "export", incident, "N1", "--to", word)
    assert told["sha256"] == hashlib.sha256(word.read_bytes()).hexdigest()
    assert zipfile.ZipFile(word).testzip() is None
    other = tmp_path / "other.docx"
    other.write_bytes(word.read_bytes() + b" ")
    assert "not those that were approved" in bank.refused(
        "notice", "submitted", incident, "N1", "--channel", "portal", "--file", other,
        *by("ana", keys),
    )  # fmt: skip
    sent = bank.done("notice", "submitted", incident, "N1", "--channel", "portal", "--file", word,
                     "--authority", "BaFin", *by("ana", keys))  # fmt: skip
    assert (sent["stage"], sent["to"], sent["confirmed"]) == ("initial", ["BaFin"], False)
    assert "submitted" in bank.refused("notice", "submitted", incident, "N1", "--channel", "x",
                                       "--authority", "BaFin", *by("ana", keys))  # fmt: skip

    answer = tmp_path / "answer.pdf"
    answer.write_bytes(b"%PDF received")
    back = bank.done("notice", "confirmed", incident, "N1", "--reference", "INC-7",
                     "--file", answer, *by("ana", keys))  # fmt: skip
    assert back["reference"] == "INC-7" and back["confirmed"]

    again = bank.done("notice", "correct", incident, "N1", "--because", "no clients were hit",
                      "--set", "2.7=clients", *by("ana", keys))  # fmt: skip
    assert (again["notice"], again["corrects"]) == ("N2", "N1")
    approve(bank, incident, keys, "N2")
    bank.done("notice", "submitted", incident, "N2", "--channel", "portal", "--authority", "BaFin",
              *by("ana", keys))  # fmt: skip
    listed = bank.done("notice", "list", incident)["notices"]
    assert [(one["notice"], one["state"]) for one in listed] == [
        ("N1", "corrected"), ("N2", "submitted"),
    ]  # fmt: skip
    bank.sound()


def test_every_export_says_the_same_and_is_the_approved_one(
    bank: Keyboard, incident: str, keys: Keys, tmp_path: Path
) -> None:
    draft(bank, incident, keys)
    for format in ("json", "md", "html", "docx"):
        file = tmp_path / f"n.{format}"
        told = bank.done("notice", "export", incident, "N1", "--to", file)
        assert told["format"] == format
        data = file.read_bytes()
        text = (
            zipfile.ZipFile(file).read("word/document.xml") if format == "docx" else data
        ).decode()  # fmt: skip
        assert "all of the north were refused" in text
    assert json.loads((tmp_path / "n.json").read_text())["rule"] == RULE
    assert "screen" in bank.refused("notice", "export", incident, "N1", "--format", "docx")
    assert "# " in bank("notice", "export", incident, "N1").out


def test_drafting_anew_voids_what_was_approved(bank: Keyboard, incident: str, keys: Keys) -> None:
    first = draft(bank, incident, keys)
    approve(bank, incident, keys)
    assert draft(bank, incident, keys)["document"] == first["document"], "nothing changed"
    assert bank.done("notice", "show", incident, "N1")["approved"]
    bank.done("incident", "claim", incident, "a table was empty", *by("ana", keys))
    shown = bank("notice", "show", incident, "N1", "--json")
    assert shown.status == 1 and shown.json["changed"]
    assert draft(bank, incident, keys)["document"] != first["document"]
    assert not bank.done("notice", "show", incident, "N1")["approved"]
    assert "another document" in bank.refused(
        "notice", "approve", incident, "N1", "--shown", first["document"][:12], *by("cleo", keys)
    )


def test_a_submission_outside_of_tocsin_needs_a_reason_and_comes_after_awareness(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    words = ("notice", "submitted", incident, "--outside", "eu/gdpr/33", "--channel", "mail")
    assert "--because" in bank.refused(*words, "--authority", "CNIL", *by("ana", keys))
    why = ("--because", "sent at night")
    assert "--authority" in bank.refused(*words, *why, *by("ana", keys))
    early = bank.refused(*words, *why, "--authority", "CNIL", "--at", ago(90), *by("ana", keys))
    assert "before the first awareness" in early
    sent = bank.done(*words, *why, "--authority", "CNIL", "--at", ago(30), *by("ana", keys))
    assert (sent["notice"], sent["rule"]) == (None, "eu/gdpr/33")
    bank.done("notice", "confirmed", incident, sent["entry"], "--reference", "C-1",
              *by("ana", keys))  # fmt: skip
    assert bank.done("notice", "list", incident)["outside"][0]["reference"] == "C-1"


def test_nobody_told_an_authority_before_anybody_knew(bank: Keyboard, keys: Keys) -> None:
    id = bank.opened("it refuses", *by("ana", keys))
    said = bank.refused("notice", "submitted", id, "--outside", "eu/gdpr/33", "--channel", "mail",
                        "--authority", "CNIL", "--because", "x", *by("ana", keys))  # fmt: skip
    assert "nobody is on record as aware" in said


def test_words_for_counsel_come_into_no_draft(bank: Keyboard, incident: str, keys: Keys) -> None:
    bank.done("incident", "note", incident, SECRET, "--access", "counsel", *by("cleo", keys))
    for words in (("--set", f"2.10=as feared, {SECRET} indeed"), ("--authority", SECRET)):
        said = bank.refused("notice", "draft", incident, RULE, *words, *by("ana", keys))
        assert "for counsel" in said and "nine million" not in said
    made = draft(bank, incident, keys)
    assert "nine million" not in json.dumps(made)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--set", "2.2=yesterday"), "no instant"),
        (("--set", "2.9=perhaps"), "one of: yes; no"),
        (("--set", "2.7=monitoring system"), 'did you mean "monitoring systems"?'),
        (("--set", "2.5=reputation; datta losses"), 'did you mean "data losses"?'),
        (("--set", "9.9=x"), "has no field 9.9"),
        (("--set", "2.10=a", "--unknown", "2.10"), "answered twice"),
        (("--fields", "gdpr-34x"), 'did you mean "gdpr-34"?'),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(
    bank: Keyboard, incident: str, keys: Keys, words: tuple[str, ...], says: str
) -> None:
    assert says in bank.refused("notice", "draft", incident, RULE, *words, *by("ana", keys))
    assert bank.done("notice", "list", incident)["notices"] == []


def test_rules_and_notices_are_named_as_they_are(
    bank: Keyboard, incident: str, keys: Keys
) -> None:  # fmt: skip
    said = bank.refused("notice", "draft", incident, "eu/dora/19/inital", *by("ana", keys))
    assert 'did you mean "eu/dora/19/initial"?' in said
    assert "no notice is called N7" in bank.refused("notice", "show", incident, "N7")


def test_who_is_to_be_told_is_what_the_law_says_on_what_is_known(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    made = bank.done("notice", "draft", incident, "eu/gdpr/33", "--look", *by("ana", keys))
    assert made["to"] == ["supervisory authority in DE"], "a deployer counts as the controller"
    stated(bank, incident, keys, "roles", "controller")
    stated(bank, incident, keys, "personal_data", "yes")
    made = bank.done("notice", "draft", incident, "eu/gdpr/33", "--look", *by("ana", keys))
    assert made["to"] == ["supervisory authority in DE"]
    stated(bank, incident, keys, "personal_data.cross_border", "yes")
    made = bank.done("notice", "draft", incident, "eu/gdpr/33", "--look", *by("ana", keys))
    assert made["to"] == ["lead supervisory authority"]


def test_the_next_stage_runs_from_what_was_submitted(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    stated(bank, incident, keys, "entity", "credit-institution")
    stated(bank, incident, keys, "classified", ago(50))
    made = draft(bank, incident, keys)
    assert field(made, "1.4")["said"][0]["text"] == "credit-institution"
    approve(bank, incident, keys)
    sent = bank.done("notice", "submitted", incident, "N1", "--channel", "portal",
                     *by("ana", keys))  # fmt: skip
    duties = bank("law", "duties", incident, "--json").json["raised"]
    due = datetime.fromisoformat(duties["eu/dora/19/intermediate"]["due"])
    assert due - datetime.fromisoformat(sent["submitted_at"]) == timedelta(hours=72)


def stated(bank: Keyboard, incident: str, keys: Keys, key: str, value: str) -> None:
    bank.done("law", "state", incident, key, value, "--because", "seen", *by("ana", keys))


def test_an_approved_notice_is_called_so_until_it_goes(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    draft(bank, incident, keys)
    assert "N1  draft" in bank("notice", "list", incident).out
    approve(bank, incident, keys)
    for words in (("notice", "list", incident), ("notice", "show", incident, "N1")):
        assert "N1  approved" in bank(*words).out
    bank.done("notice", "submitted", incident, "N1", "--channel", "portal", "--authority", "BaFin",
              *by("ana", keys))  # fmt: skip
    assert "N1  submitted" in bank("notice", "list", incident).out


def test_answers_that_do_not_fit_are_told_all_at_once(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    wrong = ("--set", "2.2=soon", "--set", "1.99=x", "--set", "2.5=maybe", "--set", "1.15=EUR")
    said = bank.refused("notice", "draft", incident, RULE, *wrong, *by("ana", keys))
    assert "3 answers do not fit, and none is taken" in said
    assert "no instant with its zone" in said and "no field 1.99" in said and "2.5: " in said
    assert field(draft(bank, incident, keys), "1.15")["state"] == "missing"


def test_looking_records_nothing(bank: Keyboard, incident: str, keys: Keys) -> None:
    shown = draft(bank, incident, keys, "--look")
    assert not shown["on_record"]
    assert bank.done("notice", "list", incident)["notices"] == []


def test_a_withdrawn_notice_never_goes(bank: Keyboard, incident: str, keys: Keys) -> None:
    draft(bank, incident, keys)
    bank.done("notice", "withdraw", incident, "N1", "--because", "not major", *by("ana", keys))
    assert "withdrawn" in bank.refused("notice", "approve", incident, "N1", *by("cleo", keys))
    assert draft(bank, incident, keys)["notice"] == "N2"


def test_what_went_and_was_withdrawn_counts_no_more_on_every_screen(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    draft(bank, incident, keys)
    approve(bank, incident, keys)
    went = ("notice", "submitted", incident, "N1", "--channel", "portal", "--authority", "BaFin",
            *by("ana", keys))  # fmt: skip
    bank.done(*went)
    why = "it went a day later"
    words = ("notice", "withdraw", incident, "N1", "--because", why)
    assert "only who may approve it" in bank.refused(*words, *by("ana", keys))
    told = bank.done(*words, *by("cleo", keys))
    assert (told["state"], told["submitted"], RULE in told["duties"]) == ("withdrawn", None, True)
    assert told["withdrawn"][0]["entry"] == told["submission"]
    rows = bank.done("law", "duties", incident)["duties"]
    (row,) = [one for one in rows if one["rule"] == RULE]
    assert row["submitted_at"] is None and row["withdrawn"].startswith("WITHDRAWN by cleo at ")
    ics, paper = bank.home / "duties.ics", bank.home / "paper"
    bank.done("law", "calendar", incident, "--to", ics)
    bank.done("report", incident, "--to", paper)
    flat = ics.read_text().replace("\n ", "")
    report = next(paper.glob("*.md")).read_text()
    screens = [
        bank("law", "duties", incident).out, bank("notice", "show", incident, "N1").out,
        bank("notice", "list", incident).out, bank("incident", "show", incident).out,
        bank("now", incident).out, bank("log", incident).out, report, flat,
    ]  # fmt: skip
    for page in screens:
        assert why in " ".join(page.split()) and "ithdrawn" in page.lower()
    bank.done(*went)
    assert bank.done("notice", "show", incident, "N1")["state"] == "submitted"


def test_a_refusal_of_counsel_holds_until_it_is_drafted_anew(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    draft(bank, incident, keys)
    bank.done("notice", "decline", incident, "N1", "--because", "too early", *by("cleo", keys))
    assert "draft it anew" in bank.refused(
        "notice", "approve", incident, "N1", "--because", "x", *by("cleo", keys)
    )


def test_forms_are_shown_with_what_fills_them(bank: Keyboard) -> None:
    forms = {one["id"]: one for one in bank.done("notice", "forms")["forms"]}
    assert forms["dora-final"]["fields"] == 76
    assert not forms["nydfs-500.17"]["verified"]
    assert "unverified" in bank("notice", "forms", "mdr-mir-7.3.1").out
    form = bank.done("notice", "forms", "gdpr-33")
    assert form["fields"] and all(one["from"] for one in form["fields"])


def test_a_form_of_the_home_takes_the_place_of_the_shipped_one(
    bank: Keyboard, incident: str, keys: Keys
) -> None:
    folder = bank.home / "law" / "fields"
    folder.mkdir(parents=True)
    (folder / "gdpr-33.toml").write_text(
        'title = "Ours"\ninstrument = "I"\nversion = "1"\ncompared_on = 2026-11-23\ngrade = "P"\n'
        '[[section]]\ntitle = "S"\n[[section.field]]\nid = "a"\nlabel = "A"\ngive = "write"\n'
        'needed = "yes"\nfrom = ["incident.title"]\nshape = "text"\n'
    )
    made = bank.done("notice", "draft", incident, "eu/gdpr/33", *by("ana", keys))
    assert field(made, "a")["said"][0]["text"] == "it refuses the north"
    (folder / "gdpr-33.toml").write_text("title = 1\n")
    again = bank.done("notice", "draft", incident, "eu/gdpr/33", *by("ana", keys))
    assert field(again, "a")["state"] == "filled", "the last law that was whole is asked"
    assert any("(own) fields/gdpr-33.toml:1" in one for one in again["warnings"])
