"""A spreadsheet becomes register text that reads back to the same; every row's mistake is told."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.register.import_csv import CSV_BYTES_MAX, Imported, import_people, import_systems
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import Person, Register, System, SystemRole
from tocsin.register.read import read_register

SYSTEMS = """\
System ID;Name;Owner;Tier;Role;Countries;RTO;Data sets;Budget
assistant;Customer "assistant";ada;1;deployer|controller;DE, FR;4h;"tickets;chats";100
search;Search;ben;3;;;;;
"""


def systems(text: str, register: Register | None = None) -> Imported:
    return import_systems(text.encode(), "inventory.csv", register or Register())


def people(text: str, register: Register | None = None) -> Imported:
    return import_people(text.encode(), "people.csv", register or Register())


def test_systems_come_as_they_stand() -> None:
    made = systems(SYSTEMS)
    assert mistakes_only(made.told) == []
    assert made.ids == ("assistant", "search")
    register, told = read_register({"x.toml": made.toml.encode()})
    assert {m.found for m in mistakes_only(told)} == {
        '"ada", a person nobody declared',
        '"ben", a person nobody declared',
    }
    assert register.systems["assistant"] == System(
        id="assistant",
        name='Customer "assistant"',
        owner="ada",
        tier=1,
        roles=(SystemRole.DEPLOYER, SystemRole.CONTROLLER),
        jurisdictions=("DE", "FR"),
        recovery_target_minutes=240,
        data_sets=("tickets", "chats"),
    )
    (advice,) = made.told
    assert (advice.line, advice.advice) == (1, True)
    assert "Budget" in advice.found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_mark_and_line_ends_are_found_out(delimiter: str, bom: str, end: str) -> None:
    rows = [["id", "E-Mail", "Roles"], ["ada", "ada@example.org", "commander|counsel"]]
    text = bom + end.join(delimiter.join(row) for row in rows) + end
    made = people(text)
    assert made.told == ()
    register, _ = read_register({"x.toml": made.toml.encode()})
    assert register.people == {
        "ada": Person(id="ada", name="ada", email="ada@example.org", roles=("commander", "counsel"))
    }


def test_all_mistakes_of_all_rows_are_told_with_their_lines() -> None:
    made = systems(
        "id,owner,tier,jurisdictions,name\n"
        "a,ada,9,DE,x\n"
        'b,ada,1,UK,"two\nlines"\n'
        "-c,ada,1,DE,x\n"
        "\n"
        "d,,1,DE,x\n"
        "e,ada,high,DE,x\n"
        "f,ada,1,DE,x,more\n"
        "g,ada,1,DE,x\n"
        "G,ada,1,DE,x\n"
    )
    assert [m.line for m in mistakes_only(made.told)] == [2, 3, 3, 5, 7, 8, 9, 11]
    assert made.ids == ("g",)


def test_an_import_never_overwrites() -> None:
    register = Register(people={"ada": Person(id="ada", name="Ada")})
    made = people("id,name\nADA,Other\nben,Ben\n", register)
    assert (made.ids, made.kept) == (("ben",), ("ADA",))
    assert "ADA" not in made.toml
    (told,) = made.told
    assert told.advice and "stays as it is" in told.found


@pytest.mark.parametrize("begin", ["=", "+", "-", "@"])
def test_a_formula_is_kept_as_text_and_pointed_out(begin: str) -> None:
    cell = f"{begin}HYPERLINK(A1)"
    made = people(f"id,name\nada,{cell}\n")
    (told,) = made.told
    assert told.advice and "a spreadsheet would run" in told.found
    register, _ = read_register({"x.toml": made.toml.encode()})
    assert register.people["ada"].name == cell


def test_a_telephone_number_is_no_formula() -> None:
    assert people("id,phone\nada,+49 30 1234567\n").told == ()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        ("id,name\n".encode("utf-16"), "UTF-16"),
        (b"id,name\na,\xff\n", "byte 0xff"),
        (b"x" * (CSV_BYTES_MAX + 1), "bytes"),
        (b'id,name\na,"open\n', "not CSV"),
        (b"name,email\na,b\n", 'no column "id"'),
        (b"id,id\na,b\n", "two columns mean id"),
        (b"id,name\na," + b"x" * 200_000 + b"\n", "not CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(data: bytes, found: str) -> None:
    made = import_people(data, "people.csv", Register())
    told = mistakes_only(made.told)
    assert len(told) == 1
    assert found in told[0].found
    assert told[0].remedy


def test_a_secret_in_a_cell_is_refused_and_not_shown() -> None:
    made = people("id,name\nada,ghp_" + "a" * 36 + "\n")
    (told,) = mistakes_only(made.told)
    assert "aaaa" not in str(told)
    assert made.toml == ""


names = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn")), min_size=1
).filter(lambda name: name.isprintable() and name.strip() == name and name != "")


@given(st.lists(names, min_size=1, max_size=5))
def test_any_printable_name_comes_back_to_the_letter(chosen: list[str]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "name"])
    writer.writerows([f"p{place}", name] for place, name in enumerate(chosen))
    made = people(out.getvalue())
    register, _ = read_register({"x.toml": made.toml.encode()})
    assert [person.name for person in register.people.values()] == chosen


@given(st.binary(max_size=200))
def test_no_bytes_break_the_import(data: bytes) -> None:
    for made in (
        import_people(data, "p.csv", Register()),
        import_people(b"id,name,hours\n" + data, "p.csv", Register()),
        import_systems(b"id;owner;tier\n" + data, "s.csv", Register()),
    ):
        register, told = read_register({"x.toml": made.toml.encode()})
        assert not [m for m in told if m.found.startswith("not TOML")]
        assert set(made.ids) == set(register.people) | set(register.systems)
