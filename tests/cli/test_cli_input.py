"""What people type and hand in: each mistake told in one go, and nothing recorded by halves."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.facts import HOME_LOG, Asserter, Author, Proof, incident_log
from tocsin.facts.incidents import Noted
from tocsin.facts.union import KINDS
from tocsin.world import RealClock

ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-23T14:05", "time zone"),
        ("yesterday", "instant"),
        ("2026-13-01T00:00Z", "instant"),
        ("", "instant"),
        ("9999-12-31T23:59:59Z", "beyond the calendar"),
        ("2199-01-01T00:00+01:00", "future"),
        ("0001-01-01T00:00+23:59", ""),
        ("9999-12-31T23:59:59-23:59", ""),
    ],
)
def test_an_instant_without_a_zone_or_in_the_future_is_refused(
    tocsin: Keyboard, at: str, told: str
) -> None:
    one = tocsin.opened()
    for words in (
        ("incident", "open", "--title", "T", "--at", at),
        ("incident", "note", one, "x", "--at", at),
        ("incident", "aware", one, "a", "--standing", "management", "--basis", "b", "--at", at),
    ):
        assert told in tocsin.refused(*words)
    tocsin.refused("incident", "open", "--title", "T", "--occurred", at)
    assert len(tocsin.done("incident", "list")["incidents"]) == 1
    assert len(tocsin.done("log", one)["entries"]) == 1
    tocsin.sound()


def test_a_fact_that_is_too_large_is_refused_and_says_where_to_put_it(tocsin: Keyboard) -> None:
    one = tocsin.opened()
    assert "vault" in tocsin.refused("incident", "note", one, "x" * 100_000)
    assert tocsin.refused("incident", "open", "--title", "x" * 100_000)
    assert len(tocsin.done("log", one)["entries"]) == 1
    tocsin.done("incident", "note", one, "x" * 30_000)
    tocsin.sound()


@pytest.mark.parametrize("text", ["", "   ", "\n", "\udc80", "a\x00b", "\x1b[2J"])
def test_words_that_say_nothing_or_cannot_be_kept_are_refused_or_kept_exactly(
    tocsin: Keyboard, text: str
) -> None:
    one = tocsin.opened()
    ran = tocsin("incident", "note", one, text, "--json")
    entries = tocsin.done("log", one)["entries"]
    if ran.status == 0:
        assert entries[-1]["fact"]["text"] == text
        assert "\x1b[2J" not in tocsin("log", one).out, "a timeline moves nobody's cursor"
    else:
        assert ran.status == 2 and len(entries) == 1
    tocsin.sound()


def _written_by_a_newer_version(home: Path, log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.facts import Draft, record

    real = record.encode_unchecked

    def newer(value: object) -> bytes:
        return real(value).replace(b'"noted"', b'"foretold"')

    with monkeypatch.context() as patch:
        patch.setattr(record, "encode_unchecked", newer)
        with wiring.open_home(home, warn=lambda _: None) as opened:
            draft = Draft(fact=Noted(text="x"), happened_at=RealClock().now())
            opened.store.append(log, opened.store.head(log), [draft], ANA)
    assert "foretold" not in KINDS


def test_a_kind_that_a_newer_version_wrote_is_verified_and_named(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tocsin.opened()
    _written_by_a_newer_version(tocsin.home, incident_log(one), monkeypatch)
    assert tocsin.sound()["consistent"] is True
    assert "newer version" in tocsin.refused("incident", "show", one, status=1)
    assert "newer version" in tocsin.refused("incident", "note", one, "x", status=1)
    assert "newer version" in tocsin("log", one).out
    listed = tocsin("incident", "list", "--json")
    other = tocsin.opened("another")
    assert tocsin.done("incident", "show", other)["title"] == "another"
    assert listed.status in (0, 1) and "newer version" in listed.out + listed.err
    tocsin.sound()


def test_a_kind_that_a_newer_version_wrote_into_the_homes_log_still_verifies(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    _written_by_a_newer_version(tocsin.home, HOME_LOG, monkeypatch)
    verdict = tocsin("verify", "--json")
    assert verdict.json["consistent"] is True, verdict
    assert "newer version" in tocsin("log", "home").out


BAD_PLAN = """\
plan: bad plan
version: 7
start: nowhere
steps:
  one: {act: ghost, wanted: x, next: missing}
  two: {wait: soon, next: two}
  three: {parallel: [], next: one}
  four: {act: switch, target: a, wanted: b, surprise: 1, approvals: many}
  five: {end: maybe}
  six: {}
"""


def test_all_mistakes_of_a_plan_are_told_at_once(staffed: Keyboard, tmp_path: Path) -> None:
    one = staffed.opened()
    plan = tmp_path / "plan.yaml"
    plan.write_text(BAD_PLAN)
    message = staffed.refused("incident", "run", one, plan)
    named = [step for step in ("one", "two", "three", "four", "five", "six") if step in message]
    assert len(message.splitlines()) >= 10 and len(named) == 6, message
    for data in (
        b"",
        b"\xff\xfe\x00",
        b"- a\n- b\n",
        b"a: &x [*x]\n",
        b"!!python/object:os.system {}",
    ):
        plan.write_bytes(data)
        assert "plan.yaml" in staffed.refused("incident", "run", one, plan)
    assert staffed.refused("incident", "run", one, tmp_path / "absent.yaml")
    assert staffed.refused("incident", "run", one, tmp_path)
    assert len(staffed.done("log", one)["entries"]) == 1
    staffed.sound()


BAD_REGISTER = """\
[systems.a]
owner = "nobody"
tier = 9
colour = "red"
[systems.b]
tier = "one"
fallback = "zzz"
switch = "nothing"
recovery_target = "soon"
[people.x]
email = "not an address"
time_zone = "Mars/Base"
deputies = ["y"]
[integrations.i]
kind = "carrier-pigeon"
secret = "hunter2"
"""


def test_all_mistakes_of_a_register_are_told_at_once_and_block_no_incident(
    staffed: Keyboard,
) -> None:
    (staffed.home / "register" / "more.toml").write_text(BAD_REGISTER)
    ran = staffed("register", "lint", "--json")
    assert ran.status == 1 and ran.json["ok"] is False
    told = [one for one in ran.json["mistakes"] if one["file"] == "more.toml"]
    assert len(told) >= 10, told
    assert all(one["found"] and one["remedy"] and one["line"] >= 1 for one in told)
    assert "hunter2" not in ran.out + ran.err + staffed("register", "lint").out
    adopt = staffed("register", "adopt", "--json")
    assert adopt.status == 1, "what is wrong is not put into force"
    staffed.opened()
    assert staffed("doctor", "--json").status == 1
    (staffed.home / "register" / "more.toml").write_bytes(b"\xff\xfe[[[")
    assert staffed("register", "lint", "--json").status == 1
    staffed.opened("again")
    staffed.sound()


def test_mistakes_of_a_csv_file_are_told_and_nothing_is_written(
    staffed: Keyboard, tmp_path: Path
) -> None:
    file = tmp_path / "inventory.csv"
    register = staffed.home / "register"
    before = sorted(register.iterdir())
    for data in (
        b"",
        b"\xff\xfe\x00",
        b"colour,shape\nred,round\n",
        b"id,owner,tier\nnew,nobody,9\nnew,ana,soon\n,ana,1\n",
    ):
        file.write_bytes(data)
        ran = staffed("register", "import", "systems", file, "--json")
        assert ran.status in (1, 2), (data, ran)
        assert sorted(register.iterdir()) == before
    assert staffed.refused("register", "import", "systems", tmp_path / "absent.csv")
    assert staffed.refused("register", "import", "systems", tmp_path)
    file.write_bytes(b"id,name,owner,tier\nmailer,Mailer,ana,3\n")
    made = staffed.done("register", "import", "systems", file)
    assert made["imported"] == ["mailer"]
    assert staffed.done("register", "lint")["ok"] is True
    assert staffed("register", "import", "systems", file, "--json").json, "twice is told"
    assert "mailer" in staffed.done("register", "show")["systems"]


def test_hostile_names_in_a_package_lead_nowhere(staffed: Keyboard, tmp_path: Path) -> None:
    one = staffed.opened()
    package = tmp_path / "package"
    key = staffed.done("export", one, "--to", package)["key"]
    manifest = next(package.glob("manifest-*.txt"))
    good = manifest.read_text()
    first = good.splitlines()[0]
    digest, _, name = first.partition("  ")
    outside = tmp_path / "outside"
    outside.write_text("not of this package")
    for hostile in (
        "../outside",
        "data/../../outside",
        str(outside),
        "data/\x1b[2J",
        "data/%2e%2e/x",
        "~root/x",
        "data\\..\\x",
        "CON",
    ):
        manifest.write_text(good.replace(first, f"{digest}  {hostile}"))
        ran = staffed("verify", package, "--key", key, "--json")
        assert ran.status == 1, (hostile, ran)
        assert "\x1b" not in staffed("verify", package, "--key", key).out
    manifest.write_text(good)
    staffed.done("verify", package, "--key", key)
    target = package / name
    kept = target.read_bytes()
    target.unlink()
    target.symlink_to(outside)
    assert staffed("verify", package, "--key", key).status == 1
    target.unlink()
    target.write_bytes(kept)
    (package / "data" / "extra").write_text("x")
    assert staffed("verify", package, "--key", key).status == 1
    shutil.rmtree(package / "data")
    assert staffed("verify", package, "--key", key).status == 1


def test_a_package_that_is_none_is_told(staffed: Keyboard, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert staffed("verify", empty, "--json").status in (1, 2)
    assert staffed.refused("verify", tmp_path / "absent")
    file = tmp_path / "file"
    file.write_text("x")
    assert staffed.refused("verify", file)
    one = staffed.opened()
    assert staffed.refused("export", one, "--to", file)
    assert staffed.refused("verify", "--head", tmp_path / "absent")
    assert staffed.refused("verify", "--policy", tmp_path / "absent")
    (tmp_path / "nonsense").write_bytes(b"\xff\x00")
    assert staffed.refused("verify", "--head", tmp_path / "nonsense")
    assert staffed.refused("verify", "--policy", tmp_path / "nonsense")


def test_numbers_that_make_no_sense_are_refused(staffed: Keyboard, tmp_path: Path) -> None:
    one = staffed.opened()
    because = ("--because", "b")
    for words in (
        ("incident", "erase", one, "99", "text", *because),
        ("incident", "erase", one, "-1", "text", *because),
        ("incident", "erase", one, "1", "no-such-field", *because),
        ("incident", "approve", one, "99"),
        ("incident", "outcome", one, "1", "done", "--basis", "b"),
        ("incident", "rule-awareness", one, "1", "--counts", *because),
        ("incident", "pause", one, "run-9", *because),
        ("incident", "answer", one, "step", "yes"),
        ("incident", "release", one, "H9", *because),
        ("incident", "grade", one, "C9", "confirmed", *because),
        ("incident", "settle", one, "Q9", "a"),
        ("incident", "evidence", "get", one, "ff", "--to", tmp_path / "x", *because),
        ("incident", "link", one, one, "related", *because),
        ("incident", "merge", one, one, *because),
        ("incident", "widen", one, *because),
        ("incident", "widen", one, "--system", " ", *because),
        ("incident", "reopen", one, *because),
        ("incident", "evidence", "check", "--older-than-hours", "nan"),
        ("incident", "evidence", "check", "--older-than-hours", "1e300"),
        ("log", one, "--after", "x"),
        ("incident", "claim", one, "s", "--evidence", "xyz"),
        ("incident", "hold", one, "--evidence", "xyz", *because),
    ):
        assert staffed.refused(*words), words
    assert len(staffed.done("log", one)["entries"]) == 1
    staffed.sound()


@pytest.mark.parametrize(
    "words",
    [
        ("--lease-seconds", "-1"),
        ("--lease-seconds", "0"),
        ("--lease-seconds", "nan"),
        ("--lease-seconds", "1e300"),
        ("--parallel", "0"),
        ("--parallel", "-3"),
        ("--rounds-minutes", "nan"),
        ("--rounds-minutes", "-1"),
    ],
)
def test_work_refuses_numbers_that_make_no_sense(tocsin: Keyboard, words: tuple[str, str]) -> None:
    assert words[0] in tocsin.refused("work", "--until-idle", *words)


def test_every_answer_can_be_read_by_other_programs(staffed: Keyboard) -> None:
    one = staffed.opened("“quoted” \\ ü \U0001f9ef")
    for words in (("show", one), ("list",)):
        ran = staffed("incident", *words, "--json")
        assert json.loads(ran.out) == msgspec.json.decode(ran.out)
        assert "\U0001f9ef" in ran.out
    connection = sqlite3.connect(staffed.home / "journal.db")
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        connection.execute("DELETE FROM entry")
    connection.close()


def test_a_record_of_a_newer_version_is_not_called_broken(tocsin: Keyboard) -> None:
    with closing(sqlite3.connect(tocsin.home / "journal.db")) as record:
        record.execute("UPDATE alembic_version SET version_num = '9999'")
        record.commit()
    ran = tocsin("verify")
    assert ran.status == 1 and "newer version" in ran.err and "use that version" in ran.err
    assert "counsel" not in ran.out + ran.err and "consistent" not in ran.out
