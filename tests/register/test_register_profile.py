"""`[profile]` is read whole or its mistakes told whole; an incident's leaves nothing out."""

from __future__ import annotations

import pytest

from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import ProfileAnswer, Register, register_kept
from tocsin.register.profile import profile_digest, profile_of
from tocsin.register.read import read_register

HOUSE = """
[entity]
legal_name = "House"
sectors = ["finance"]
countries = ["DE"]
[people.ana]
[systems.credit]
owner = "ana"
tier = 1
roles = ["provider"]
jurisdictions = ["US-NY", "DE"]
[systems.chat]
owner = "ana"
tier = 1
jurisdictions = ["FR"]
"""


def read(text: str) -> tuple[Register, list[str]]:
    register, told = read_register({"house.toml": (HOUSE + text).encode()})
    return register, [f"{one.path}: {one.found}; {one.remedy}" for one in mistakes_only(told)]


def test_answers_of_every_type_are_kept_and_nested_keys_are_dotted() -> None:
    register, told = read("""
[profile]
jurisdictions = ["IT"]
entity = "credit-institution"
small = false
employees_here = 12
"public.listed" = true
since = 2027-12-02
met_on = 2026-11-20T13:00:00+01:00
[profile.system]
route = "annex-iii"
""")
    assert told == []
    assert register.answers == {
        "jurisdictions": ("IT",), "entity": "credit-institution", "small": False,
        "employees_here": 12, "public.listed": True, "since": "2027-12-02",
        "met_on": "2026-11-20T13:00:00+01:00", "system.route": "annex-iii",
    }  # fmt: skip
    assert register_kept(register.canonical()) == register


def test_without_it_a_register_is_the_same_to_the_byte() -> None:
    register, _ = read("")
    assert register.answers == {} and b"profile" not in register.canonical()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('jurisdictions = "DE"', "write a list: jurisdictions = ['DE']"),
        ('jurisdictions = ["Germany"]', "ISO 3166-1"),
        ('jurisdictions = ["DE", "DE"]', "name it once"),
        ('Jurisdictions = ["DE"]', 'did you mean "jurisdictions"?'),
        ("met_on = 2026-11-20T13:00:00", "write its zone"),
        ("share = 0.5", "write text, a list of texts, a whole number, true or false"),
        ("sector = [1]", "write text in quotes"),
        ('entity = " "', "write something, or leave the key out"),
        ('"a.b" = 1\na = { b = 2 }', "answer it once"),
    ],
)
def test_each_usual_mistake_is_told_with_its_remedy(line: str, says: str) -> None:
    _, told = read(f"[profile]\n{line}\n")
    assert len(told) == 1 and says in told[0], told
    assert told[0].startswith("profile.")


def test_a_profile_a_second_time_is_told() -> None:
    files = {"a.toml": HOUSE.encode(), "b.toml": b"[profile]\n", "c.toml": b"[profile]\n"}
    _, told = read_register(files)
    (said,) = mistakes_only(told)
    assert "[profile] a second time" in said.found and "b.toml" in said.remedy


def test_an_incident_is_asked_in_every_place_and_role_that_is_named() -> None:
    register, _ = read('[profile]\njurisdictions = ["IT"]\nroles = ["controller"]\n')
    assert profile_of(register, ["credit"]) == {
        "jurisdictions": ("IT", "DE", "US-NY"), "roles": ("controller", "provider"),
        "sector": ("finance",),
    }  # fmt: skip
    assert profile_of(register, ["chat", "no-such"])["jurisdictions"] == ("IT", "DE", "FR")


def test_what_nobody_said_is_not_there() -> None:
    assert profile_of(Register(), ["credit"]) == {}


def test_the_order_of_answers_is_nothing() -> None:
    one: dict[str, ProfileAnswer] = {"entity": "bank", "roles": ("provider",)}
    assert profile_digest(one) == profile_digest(dict(reversed(list(one.items()))))
    assert profile_digest(one) != profile_digest({**one, "entity": "insurer"})
