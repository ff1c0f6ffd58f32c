"""The register is read whole or its mistakes are told whole: each with file, line and remedy."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_people import Signing

from tocsin.facts.entry import Proof
from tocsin.register.formats import looks_secret
from tocsin.register.mistakes import Mistake, mistakes_only
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

GOOD = """\
[entity]
legal_name = "Example GmbH"
sectors = ["banking"]
countries = ["DE"]
employees = 240

[[entity.proofs]]
decision = "approval"
proof = "signature"
people = 2
tiers = [1]

[people.ada]
name = "Ada Example"
email = "ada@example.org"
phone = "+49 30 1234567"
roles = ["commander"]
deputies = ["ben"]
hours = ["mon-fri 09:00-17:00"]
time_zone = "Europe/Berlin"

[people.ben]
email = "ben@example.org"
roles = ["counsel"]

[integrations.switch]
kind = "file-switch"
path = "switches/assistant"

[integrations.seen]
kind = "file-state"
path = "switches/assistant"

[integrations.pager]
kind = "webhook"
url = "https://hooks.example.org/tocsin"
secret = "env:PAGER"
[integrations.pager.settings]
allow_private = true
signing_key = "file:/etc/tocsin/key"
retries = 3

[systems.assistant]
name = "Customer assistant"
owner = "ada"
deputy = "ben"
tier = 1
roles = ["deployer", "controller"]
jurisdictions = ["DE", "US-CA"]
log = "file:/var/log/a.jsonl"
fallback = "search"
switch = "switch"
seen_by = "seen"
evidence = { requests = "log", switches = "switch" }
recovery_target = "1d 4h"
integrations = ["pager"]
vendors = [{ name = "V", contact = "soc@example.com", clause = "12.3" }]

[systems.search]
owner = "ben"
deputy = "ada"
tier = 3
roles = ["provider"]
jurisdictions = ["DE"]
log = "x"
fallback = "paper"
switch = "switch"
seen_by = "seen"
recovery_target = "30m"
[systems.paper]
owner = "ben"
tier = 4
"""


def read(text: str, **more: str) -> tuple[Register, list[Mistake]]:
    files = {"a.toml": text.encode(), **{f"{k}.toml": v.encode() for k, v in more.items()}}
    return read_register(files)


def only(text: str, **more: str) -> Mistake:
    (mistake,) = mistakes_only(read(text, **more)[1])
    return mistake


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


def test_what_would_be_missed_is_advice_and_stops_nothing() -> None:
    _, told = read(GOOD)
    assert {(m.path, m.found) for m in told} == {
        ("systems.paper", f'no "{field}"')
        for field in (
            "deputy", "switch", "fallback", "log", "recovery_target", "jurisdictions", "roles",
        )
    }  # fmt: skip
    assert all(m.advice for m in told)


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


PERSON = '[people.ada]\nemail = "a@b.example"\n'
SYSTEM = PERSON + '[systems.s]\nowner = "ada"\ntier = 1\n'
HOOK = '[integrations.h]\nkind = "webhook"\nurl = "https://h.example/x"\n'


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


SECRETS = [
    "hunter2",
    "env:",
    "env:A B",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "ghp_" + "a" * 36,
    "xoxb-" + "1" * 20,
    "tocsin_7K3A_" + "s" * 24,
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("field", ["secret", "settings.api_key", "settings.password"])
def test_a_secret_itself_is_refused_and_never_shown(secret: str, field: str) -> None:
    mistake = only(HOOK + f'{field} = "{secret}"\n')
    assert "env:NAME or file:PATH" in mistake.remedy
    assert secret not in mistake.found + mistake.path


@pytest.mark.parametrize("secret", SECRETS[3:])
def test_what_looks_like_a_secret_is_refused_anywhere(secret: str) -> None:
    mistake = only(PERSON + f'name = "{secret}"\n')
    assert secret not in str(mistake)
    unknown = only(PERSON + f'password = "{secret}"\n')
    assert "no secret stands in the register" in unknown.remedy
    assert secret not in str(unknown)
    assert looks_secret("https://user:pw@example.org/") and not looks_secret("https://a.example:8/")


def test_a_secret_of_the_wrong_type_is_not_shown_either() -> None:
    assert "12345" not in str(only(HOOK + "secret = 12345\n"))


@pytest.mark.parametrize("reference", ["env:NAME", "file:/run/secrets/x", "file:my key"])
def test_a_reference_is_good(reference: str) -> None:
    register, told = read(HOOK + f'secret = "{reference}"\n')
    assert mistakes_only(told) == []
    assert register.integrations["h"].secret == reference


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


def advice(text: str) -> set[tuple[str, str]]:
    return {(m.path, m.found) for m in read(text)[1] if m.advice}


def test_systems_that_fall_back_in_a_circle_are_pointed_out() -> None:
    def chain(*pairs: tuple[str, str]) -> str:
        return PERSON + "".join(
            f'[systems.{one}]\nowner = "ada"\ntier = 1\nfallback = "{other}"\n'
            for one, other in pairs
        )

    circle = "systems that fall back on each other in a circle"
    found = advice(chain(("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")))
    assert {path for path, what in found if what == circle} == {
        "systems.b.fallback",
        "systems.c.fallback",
    }


def test_leading_roles_that_nobody_fills_are_pointed_out() -> None:
    found = {what for path, what in advice(PERSON) if path == "people"}
    assert found == {'nobody has the role "commander"', 'nobody has the role "counsel"'}
    filled = advice(PERSON + 'roles = ["commander", "counsel"]\n')
    assert "people" not in {path for path, _ in filled}
    assert ("", "no [entity] in any file") in filled


def test_a_person_nobody_can_reach_is_pointed_out() -> None:
    unreachable = ("people.ada", "no way to reach them")
    assert unreachable in advice('[people.ada]\nname = "Ada"\n')
    for way in ('email = "a@b.example"', 'phone = "+49 30 1234567"', 'reach = ["pager"]'):
        assert unreachable not in advice(f"[people.ada]\n{way}\n")


def test_rules_for_different_tiers_or_decisions_do_not_contradict() -> None:
    def rule(decision: str, tier: int, role: str) -> str:
        return (
            f'[[entity.proofs]]\ndecision = "{decision}"\nproof = "link"\n'
            f'tiers = [{tier}]\nrole = "{role}"\n'
        )

    able = PERSON + 'roles = ["counsel", "legal"]\n[entity]\nlegal_name = "x"\n'
    apart = rule("closure", 1, "counsel") + rule("closure", 2, "legal")
    assert mistakes_only(read(able + apart)[1]) == []
    other = rule("closure", 1, "counsel") + rule("deletion", 1, "legal")
    assert mistakes_only(read(able + other)[1]) == []
    same = rule("closure", 1, "counsel") + rule("closure", 1, "counsel")
    assert mistakes_only(read(able + same)[1]) == []
    assert mistakes_only(read(able + rule("closure", 1, "legal") + rule("closure", 1, "x"))[1])


@pytest.mark.parametrize("country", ["Germany", "GERMANY", "ZZ"])
def test_what_is_no_country_is_told_how_to_write_one(country: str) -> None:
    mistake = only(SYSTEM + f'jurisdictions = ["{country}"]\n')
    assert "ISO 3166-1" in mistake.remedy


def test_a_witness_counts_only_by_a_key_that_the_register_names() -> None:
    witness = '[integrations.w]\nkind = "witness"\nurl = "https://w.example"\n'
    missing = 'no "settings.key", so what this witness signed counts for nothing later'
    assert ("integrations.w", missing) in advice(witness)
    named = witness + f'settings.key = "w.example+9a4e70b2+{"B" * 44}"\n'
    assert not {path for path, _ in advice(named)} & {"integrations.w"}
    for bad in ("w.example", "w.example+9a4e70b2", f"w.example+9A4E70B2+{'B' * 44}", "a b+c"):
        wrong = only(witness + f'settings.key = "{bad}"\n')
        assert (wrong.line, wrong.path) == (4, "integrations.w.settings")
        assert "name+hash+key" in wrong.remedy


ENTITY = '[entity]\nlegal_name = "x"\n'
TWO = "".join(f'[people.{who}]\nemail = "{who}@b.example"\n' for who in ("ada", "ben"))


@pytest.mark.parametrize("decision", Decision, ids=lambda one: one.value)
def test_two_people_are_asked_only_for_what_two_can_decide(decision: Decision) -> None:
    rule = f'[[entity.proofs]]\ndecision = "{decision.value}"\nproof = "signature"\n'
    assert mistakes_only(read(ENTITY + TWO + rule + "people = 1\n")[1]) == []
    text = ENTITY + TWO + rule + "people = 2\n"
    if decision in {Decision.APPROVAL, Decision.OVERRIDE}:
        assert mistakes_only(read(text)[1]) == []
        return
    wrong = only(text)
    assert (wrong.line, wrong.path) == (10, "entity.proofs[1].people")
    assert wrong.found == f"2 people for {decision.value}, which one person decides"
    assert "approval and override" in wrong.remedy


def test_an_account_approves_no_action_and_what_is_signed_anyway_is_told() -> None:
    def rule(decision: Decision, proof: str) -> str:
        one = f'[[entity.proofs]]\ndecision = "{decision.value}"\nproof = "{proof}"\n'
        return ENTITY + TWO + one

    wrong = only(rule(Decision.APPROVAL, "account"))
    assert (wrong.line, wrong.path) == (9, "entity.proofs[1].proof")
    assert "account under which Tocsin works" in wrong.found and '"link"' in wrong.remedy
    for decision in set(Decision) - {Decision.APPROVAL}:
        text = rule(decision, "account")
        assert mistakes_only(read(text)[1]) == []
        told = [what for path, what in advice(text) if path.endswith(".proof")]
        signed = decision in {Decision.OVERRIDE, Decision.ENROLMENT}
        assert (
            told == [f'"account" for {decision.value}, which needs a signature anyway']
        ) is signed
