"""The register is read whole or its mistakes are told whole: each with file, line and remedy."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_texts import GOOD, HOOK, PERSON, SYSTEM, only, read

from register_people import Signing
from tocsin.facts.entry import Proof
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import (
    Decision,
    Hours,
    Integration,
    Register,
    SystemRole,
    Vendor,
    register_kept,
)
from tocsin.register.read import FILE_BYTES_MAX, read_register


def test_a_good_register_is_read_whole() -> None:
    register, told = read(GOOD)
    assert mistakes_only(told) == []
    assistant = register.systems["assistant"]
    assert assistant.roles == (SystemRole.DEPLOYER, SystemRole.CONTROLLER)
    assert assistant.recovery_target_minutes == 28 * 60
    assert assistant.seen_by == "seen"
    assert assistant.evidence == {"requests": "log", "switches": "switch"}
    assert assistant.vendors == (Vendor(name="V", contact="soc@example.com", clause="12.3"),)
    assert register.people["ada"].hours == (
        Hours(days=(0, 1, 2, 3, 4), from_minute=540, to_minute=1020),
    )
    assert register.integrations["pager"] == Integration(
        id="pager",
        kind="webhook",
        place="https://hooks.example.org/tocsin",
        secret="env:PAGER",
        settings={
            "allow_private": "true",
            "signing_key": "file:/etc/tocsin/key",
            "retries": "3",
        },
    )
    (rule,) = register.entity.proofs
    assert (rule.decision, rule.proof, rule.people, rule.tiers) == (
        Decision.APPROVAL, Proof.SIGNATURE, 2, (1,),
    )  # fmt: skip


def test_evidence_and_eyes_that_nobody_declared_are_mistakes() -> None:
    told = mistakes_only(read(GOOD.replace('"seen"', '"sean"').replace('= "log"', '= "lgo"'))[1])
    assert {m.path for m in told} == {
        "systems.assistant.seen_by", "systems.search.seen_by", "systems.assistant.evidence",
    }  # fmt: skip
    assert any("seen" in m.remedy for m in told)


def test_without_a_switch_nobody_misses_an_eye_for_it() -> None:
    _, told = read(GOOD.replace('switch = "switch"\nseen_by = "seen"\n', "", 1))
    assert not [m for m in told if "seen_by" in m.found]


def test_the_digest_does_not_depend_on_files_or_order_and_does_on_each_word() -> None:
    rooms = GOOD.split("[people.ada]")
    people = "[people.ada]" + rooms[1].split("[integrations.switch]")[0]
    rest = GOOD.replace(people, "")
    whole, parted = read(GOOD)[0], read(rest, zz=people)[0]
    assert whole.digest == parted.digest
    assert read(GOOD.replace("\n", "\r\n"))[0].digest == whole.digest
    assert read("\ufeff" + GOOD)[0].digest == whole.digest
    assert read(GOOD.replace("Ada Example", "Ada Exemple"))[0].digest != whole.digest


def test_a_register_is_kept_and_comes_back() -> None:
    register, _ = read(GOOD)
    assert register_kept(register.canonical()) == register
    with pytest.raises(ValueError, match="not a register"):
        register_kept(b'{"systems": 3}')


@pytest.mark.parametrize(
    ("text", "line", "path", "remedy"),
    [
        (SYSTEM + 'ownr = "x"\n', 6, "systems.s.ownr", 'did you mean "owner"?'),
        (SYSTEM + 'deputy = "adda"\n', 6, "systems.s.deputy", 'did you mean "ada"?'),
        (SYSTEM + 'deputy = "ada"\n', 6, "systems.s.deputy", "another person"),
        (SYSTEM + 'fallback = "s"\n', 6, "systems.s.fallback", "name another"),
        (SYSTEM + 'fallback = "zzz"\n', 6, "systems.s.fallback", "declare the system"),
        (SYSTEM + 'switch = "zzz"\n', 6, "systems.s.switch", "declare the integration"),
        (SYSTEM + 'integrations = ["q"]\n', 6, "systems.s.integrations", "declare"),
        (SYSTEM + 'roles = ["deploier"]\n', 6, "systems.s.roles[1]", 'did you mean "deployer"?'),
        (SYSTEM + 'roles = "deployer"\n', 6, "systems.s.roles", "brackets"),
        (SYSTEM + 'roles = ["deployer", "deployer"]\n', 6, "systems.s.roles[2]", "once"),
        (SYSTEM + 'jurisdictions = ["UK"]\n', 6, "systems.s.jurisdictions[1]", '"GB"'),
        (SYSTEM + 'jurisdictions = ["EU"]\n', 6, "systems.s.jurisdictions[1]", "member state"),
        (SYSTEM + 'jurisdictions = ["us-ca"]\n', 6, "systems.s.jurisdictions[1]", '"US-CA"'),
        (SYSTEM + 'jurisdictions = ["DE-"]\n', 6, "systems.s.jurisdictions[1]", "ISO 3166-2"),
        (SYSTEM + 'recovery_target = "4"\n', 6, "systems.s.recovery_target", "4h"),
        (SYSTEM + 'recovery_target = "0m"\n', 6, "systems.s.recovery_target", "4h"),
        (SYSTEM + "recovery_target = 4\n", 6, "systems.s.recovery_target", "text in quotes"),
        (SYSTEM + 'name = ""\n', 6, "systems.s.name", "leave the key out"),
        (SYSTEM + 'name = "a\\nb"\n', 6, "systems.s.name", "one line"),
        (SYSTEM + 'vendors = [{ name = "V" }]\n', 6, "systems.s.vendors[1]", "how to reach"),
        (SYSTEM + 'vendors = ["V"]\n', 6, "systems.s.vendors[1]", "table"),
        (SYSTEM.replace("tier = 1", "tier = 5"), 5, "systems.s.tier", "from 1 to 4"),
        (SYSTEM.replace("tier = 1", "tier = true"), 5, "systems.s.tier", "whole number"),
        (SYSTEM.replace("tier = 1", "tier = 1.0"), 5, "systems.s.tier", "whole number"),
        (SYSTEM.replace("tier = 1\n", ""), 3, "systems.s", "from 1"),
        (SYSTEM.replace('owner = "ada"\n', ""), 3, "systems.s", "who answers"),
        (PERSON + 'time_zone = "Berlin"\n', 3, "people.ada.time_zone", '"Europe/Berlin"'),
        (PERSON + 'time_zone = "../../etc/x"\n', 3, "people.ada.time_zone", "IANA"),
        (PERSON + 'time_zone = "Europe"\n', 3, "people.ada.time_zone", ""),
        (PERSON + 'deputies = ["ada"]\n', 3, "people.ada.deputies", "another"),
        (PERSON + 'hours = ["mon-fri 9-17"]\n', 3, "people.ada.hours[1]", "09:00-17:00"),
        (PERSON + 'hours = ["mon 09:00-25:00"]\n', 3, "people.ada.hours[1]", "09:00-17:00"),
        (PERSON + 'phone = "030 123"\n', 3, "people.ada.phone", "+49"),
        ('[people.ada]\nemail = "a@b\\nBcc: c@d"\n', 2, "people.ada.email", "one line"),
        ('[people.ada]\nemail = "ada"\n', 2, "people.ada.email", "plain address"),
        ('[people."-x"]\nemail = "a@b.example"\n', 1, "people.-x", "begins with"),
        ("people = 3\n", 1, "people", "a table"),
        ("[peple.ada]\n", 1, "peple", 'did you mean "people"?'),
        (HOOK + 'path = "x"\n', 1, "integrations.h", "one of them"),
        (HOOK.replace("https", "ftp"), 3, "integrations.h.url", "whole URL"),
        (HOOK + "settings = { x = [1] }\n", 4, "integrations.h.settings.x", "text"),
        (HOOK + 'settings = { "ä" = "1" }\n', 4, "integrations.h.settings.ä", "letters"),
        ('[entity]\ncountries = ["DE"]\n', 1, "entity", "company register"),
        ('[[entity.proofs]]\ndecision="approval"\n[entity]\nlegal_name="x"', 0, "", ""),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_place(text: str, line: int, path: str, remedy: str) -> None:
    if line == 0:
        assert mistakes_only(read(text)[1])
        return
    mistake = only(text)
    assert (mistake.file, mistake.line, mistake.path) == ("a.toml", line, path)
    assert remedy in mistake.remedy


def test_ids_are_unique_across_files_whatever_their_case() -> None:
    mistake = only(PERSON, b=PERSON.replace("ada", "ADA"))
    assert (mistake.file, mistake.line) == ("b.toml", 1)
    assert '"ada" stands in a.toml' in mistake.remedy
    entity = '[entity]\nlegal_name = "x"\n'
    assert "a second time" in only(entity, b=entity).found


def test_a_decision_that_nobody_could_make_is_a_mistake() -> None:
    rule = '[entity]\nlegal_name = "x"\n[[entity.proofs]]\ndecision = "closure"\nproof = "link"\n'
    two = only(PERSON + rule.replace("closure", "approval") + "people = 2\n")
    assert "approval needs 2, but there is 1" in two.found
    role = only(PERSON + rule + 'role = "counsel"\n')
    assert "with the role counsel" in role.found
    able = PERSON + 'roles = ["counsel", "legal"]\n'
    again = '[[entity.proofs]]\ndecision = "closure"\nproof = "link"\nrole = "legal"\n'
    both = only(able + rule + 'role = "counsel"\n' + again)
    assert "ask for counsel and for legal" in both.found


def test_all_mistakes_of_all_files_are_told_at_once_in_order() -> None:
    _, told = read(
        SYSTEM + 'ownr = "x"\nfallback = "zzz"\n',
        b="x = [\n",
        c='[people.eve]\ntime_zone = "Mars"\nemail = 3\n',
    )
    grave = mistakes_only(told)
    assert [(m.file, m.line) for m in grave] == [
        ("a.toml", 6),
        ("a.toml", 7),
        ("b.toml", 1),
        ("c.toml", 2),
        ("c.toml", 3),
    ]
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("data", "line", "found", "advice"),
    [
        (b"", 1, "an empty file", True),
        (b"\xef\xbb\xbf \r\n", 1, "an empty file", True),
        (b"a = 1\n# \xff\n", 2, "byte 0xff", False),
        ("a = 1".encode("utf-16"), 1, "UTF-16", False),
        (b"x" * (FILE_BYTES_MAX + 1), 1, "bytes", False),
        (b"x" * (10 * FILE_BYTES_MAX), 1, "10,485,760 bytes", False),
        (b"[people]\na = 1\na = 2\n", 3, "not TOML", False),
        (b"[people\n", 1, "not TOML", False),
        (b"a = \x00\n", 1, "not TOML", False),
        (b"a = " + b"[" * 5000, 1, "", False),
        (b'a = """\n\n', 2, "not TOML", False),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    data: bytes, line: int, found: str, advice: bool
) -> None:
    _, told = read_register({"a.toml": data})
    (mistake,) = told
    assert (mistake.line, mistake.advice) == (line, advice)
    assert found in mistake.found
    assert mistake.remedy


def test_no_files_are_an_empty_register() -> None:
    assert read_register({}) == (Register(), [])


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    register, told = read_register({"a.toml": data})
    assert isinstance(register.digest, str)
    assert told == sorted(told)


toml_values = st.recursive(
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "owner", "tier", "roles", "vendors", "secret", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, float):
        return f"{value:.6e}"
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


@given(
    st.sampled_from(["systems", "people", "integrations", "entity"]),
    st.dictionaries(
        st.sampled_from(["a", "name", "owner", "tier", "roles", "vendors", "proofs", "settings"]),
        toml_values,
        max_size=4,
    ),
)
def test_no_values_of_wrong_types_break_the_reading(room: str, values: dict[str, object]) -> None:
    for header in (f"[{room}]\n", f"[{room}.a]\n"):
        text = header + "".join(f"{key} = {inline(value)}\n" for key, value in values.items())
        register, told = read_register({"a.toml": text.encode()})
        assert isinstance(register.digest, str)
        assert not [m for m in told if m.found.startswith("not TOML")]


def test_a_declared_key_is_one_that_could_be_enrolled_and_one_persons_own() -> None:
    key = Signing(1).public
    register, told = read(PERSON + f'keys = ["{key} ada@laptop"]\n')
    assert mistakes_only(told) == []
    assert register.people["ada"].keys == (key,)
    assert ".pub file" in only(PERSON + 'keys = ["ssh-ed25519 AAAA"]\n').remedy
    ben = PERSON.replace("ada", "ben")
    both = only(PERSON + f'keys = ["{key}"]\n' + ben + f'keys = ["{key} again"]\n')
    assert (both.line, both.path) == (6, "people.ben.keys")
    assert 'also given for "ada"' in both.found
