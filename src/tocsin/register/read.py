"""Reads the register from TOML texts, and tells every mistake of every file at once.

Pure: what it is given are the bytes of the files. A register with a mistake is still given as far
as it could be read, for showing; it must not come into force.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import TypeVar

from msgspec import UNSET

from tocsin.facts import sshsig
from tocsin.facts.entry import Proof
from tocsin.facts.statements import Audience
from tocsin.register.formats import (
    country_wrong,
    email_wrong,
    hours_of,
    hours_wrong,
    id_wrong,
    jurisdiction_wrong,
    minutes_of,
    phone_wrong,
    public_key_wrong,
    secret_reference_wrong,
    span_wrong,
    time_zone_wrong,
    url_wrong,
)
from tocsin.register.inbound import SignalPolicy
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.model import (
    Decision,
    Entity,
    Integration,
    Part,
    Person,
    ProfileAnswer,
    ProofRule,
    Register,
    System,
    SystemRole,
    Vendor,
    WordsRule,
)
from tocsin.register.read_inbound import policy_read
from tocsin.register.read_profile import profile_read
from tocsin.register.references import Places, references_told, rule_told
from tocsin.register.table import Source, Table

FILE_BYTES_MAX = 1024 * 1024
TIER_LOWEST = 4
_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")
_Part = TypeVar("_Part", bound=Part)


def read_register(files: Mapping[str, bytes]) -> tuple[Register, list[Mistake]]:
    """The register that these files declare, and all that is wrong or could be better in them.

    Args:
        files: the bytes of each file by its name.

    Returns:
        the register, with what is wrong left out, and the mistakes in order of file and line.
    """
    register, told, _ = read_placed(files)
    return register, told


def read_placed(files: Mapping[str, bytes]) -> tuple[Register, list[Mistake], Places]:
    """As `read_register`, with the place of each part, for what is found out about it later."""
    reading = _Reading()
    told: list[Mistake] = []
    for name in sorted(files):
        source, values = toml_parsed(name, files[name])
        told += source.told
        source.told.clear()
        reading.take(source, values)
    register = Register(
        systems=reading.systems,
        integrations=reading.integrations,
        people=reading.people,
        entity=reading.entity or Entity(),
        signals=reading.signals if reading.signals is not None else UNSET,
        profile=reading.profile if reading.profile is not None else UNSET,
    )
    references_told(register, reading.places, has_entity=reading.entity is not None)
    for source in reading.sources:
        told += source.told
    return register, sorted(told), reading.places


def toml_parsed(name: str, data: bytes) -> tuple[Source, dict[str, object]]:
    """The file's values; what cannot be read is told and empty."""
    empty = Source(name, "")
    if len(data) > FILE_BYTES_MAX:
        found = f"{len(data):,} bytes" if len(data) <= 10**9 else "a very large file"
        empty.tell((), found, f"a file may have {FILE_BYTES_MAX:,}; split it, or check what it is")
        return empty, {}
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        empty.tell((), "a file in UTF-16", "save it as UTF-8")
        return empty, {}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        found = f"byte 0x{data[bad.start]:02x}, which is not UTF-8"
        empty.told.append(_at(name, line, found, "save the file as UTF-8"))
        return empty, {}
    if not text.strip():
        empty.tell((), "an empty file", "declare something in it, or remove it", advice=True)
        return empty, {}
    try:
        return Source(name, text), tomllib.loads(text)
    except tomllib.TOMLDecodeError as bad:
        empty.told.append(_syntax(name, text, str(bad)))
    except ValueError:
        empty.tell((), "a number that no program can hold", "write a smaller one")
    except RecursionError:
        empty.tell((), "lists nested too deeply", "write them flat")
    return empty, {}


def _syntax(name: str, text: str, message: str) -> Mistake:
    at = _AT_LINE.search(message)
    last = text.count("\n") + (not text.endswith("\n"))
    line = int(at.group(1)) if at and at.group(1) else last
    reason = _AT_LINE.sub("", message)
    remedy = "texts stand in quotes, lists in brackets; each table and key stands once"
    return _at(name, line, f"not TOML: {reason}", remedy)


def _at(name: str, line: int, found: str, remedy: str) -> Mistake:
    return Mistake(file=name, line=line, path="", found=found, remedy=remedy)


class _Reading:
    """What has been read so far, and where each part stands."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self.places: Places = {}
        self.systems: dict[str, System] = {}
        self.integrations: dict[str, Integration] = {}
        self.people: dict[str, Person] = {}
        self.entity: Entity | None = None
        self.signals: SignalPolicy | None = None
        self.profile: dict[str, ProfileAnswer] | None = None

    def take(self, source: Source, values: Mapping[str, object]) -> None:
        self.sources.append(source)
        top = Table(source, (), values)
        for name, table in _rooms(top, "people"):
            self._add(self.people, "people", name, table, person_read(name, table))
        for name, table in _rooms(top, "integrations"):
            self._add(self.integrations, "integrations", name, table, _integration(name, table))
        for name, table in _rooms(top, "systems"):
            self._add(self.systems, "systems", name, table, system_read(name, table))
        entity = top.table("entity")
        if entity is not None:
            self._set_entity(entity)
        signals = top.table("signals")
        if signals is not None:
            self._set_signals(signals)
        profile = top.table("profile")
        if profile is not None:
            self._set_profile(profile)
        top.done()

    def _add(
        self, among: dict[str, _Part], room: str, name: str, table: Table, part: _Part
    ) -> None:
        table.done()
        wrong = id_wrong(name)
        if wrong is not None:
            table.source.tell(table.path, f"the id {name!r}", wrong)
            return
        same = next((known for known in among if known.lower() == name.lower()), None)
        if same is not None:
            other = self.places[room, same].source.file
            table.source.tell(
                table.path, f'"{name}" a second time', f'"{same}" stands in {other}; rename one'
            )
            return
        among[name] = part
        self.places[room, name] = table

    def _set_entity(self, table: Table) -> None:
        entity = _entity(table)
        table.done()
        if self._is_first("entity", table, "the entity"):
            self.entity = entity

    def _set_signals(self, table: Table) -> None:
        policy = policy_read(table)
        if self._is_first("signals", table, "[signals]"):
            self.signals = policy

    def _set_profile(self, table: Table) -> None:
        profile = profile_read(table)
        if self._is_first("profile", table, "[profile]"):
            self.profile = profile

    def _is_first(self, room: str, table: Table, said: str) -> bool:
        """Whether what stands once in a register was not there before; else it is told."""
        first = self.places.setdefault((room, ""), table)
        if first is not table:
            other = first.source.file
            table.source.tell(table.path, f"{said} a second time", f"it stands in {other}")
        return first is table


def _rooms(top: Table, room: str) -> list[tuple[str, Table]]:
    inner = top.table(room)
    return inner.named_tables() if inner is not None else []


def system_read(name: str, table: Table) -> System:
    """The system that a table declares; each mistake in it is told."""
    fix = "say who answers for it: the id of a person"
    harm = "from 1 (its failure harms at once) to 4"
    if not table.has("tier"):
        table.source.tell(table.path, 'no "tier"', f"write one {harm}")
    return System(
        id=name,
        name=table.text("name") or name,
        owner=table.needed_text("owner", fix, id_wrong) or "",
        deputy=table.text("deputy", id_wrong),
        tier=table.whole("tier", 1, TIER_LOWEST) or 1,
        roles=table.some_of("roles", SystemRole),
        jurisdictions=table.texts("jurisdictions", jurisdiction_wrong),
        versions=table.texts("versions"),
        data_sets=table.texts("data_sets"),
        vendors=tuple(_vendor(inner) for inner in table.tables("vendors")),
        log=table.text("log"),
        fallback=table.text("fallback", id_wrong),
        switch=table.text("switch", id_wrong),
        seen_by=table.text("seen_by", id_wrong),
        evidence=table.settings("evidence"),
        recovery_target_minutes=minutes_of(table.text("recovery_target", span_wrong) or ""),
        integrations=table.texts("integrations", id_wrong),
        built_by=table.texts("built_by", id_wrong),
        sign_off=table.text("sign_off"),
    )


def _vendor(table: Table) -> Vendor:
    vendor = Vendor(
        name=table.needed_text("name", "name the vendor") or "",
        contact=table.needed_text("contact", "say how to reach them in an incident") or "",
        clause=table.text("clause"),
    )
    table.done()
    return vendor


PLACELESS = frozenset({"signals-in"})
"""Kinds of integrations that are never called, and so need no address."""


def _integration(name: str, table: Table) -> Integration:
    url, path = table.text("url", url_wrong), table.text("path")
    kind = table.needed_text("kind", 'such as "webhook" or "file-switch"', id_wrong) or ""
    placed = table.has("url") or table.has("path") or kind not in PLACELESS
    if placed and table.has("url") == table.has("path"):
        found = 'both "url" and "path"' if table.has("url") else 'neither "url" nor "path"'
        table.source.tell(table.path, found, "write one of them")
    return Integration(
        id=name,
        kind=kind,
        place=url or path or "",
        secret=table.text("secret", secret_reference_wrong),
        settings=table.settings("settings"),
    )


def person_read(name: str, table: Table) -> Person:
    """The person whom a table declares; each mistake in it is told."""
    return Person(
        id=name,
        name=table.text("name") or name,
        email=table.text("email", email_wrong),
        phone=table.text("phone", phone_wrong),
        roles=table.texts("roles", id_wrong),
        deputies=table.texts("deputies", id_wrong),
        hours=tuple(filter(None, map(hours_of, table.texts("hours", hours_wrong)))),
        time_zone=table.text("time_zone", time_zone_wrong) or "UTC",
        reach=table.texts("reach"),
        keys=tuple(map(sshsig.parse_public, table.texts("keys", public_key_wrong))),
    )


def _entity(table: Table) -> Entity:
    return Entity(
        legal_name=table.needed_text("legal_name", "write it as in the company register") or "",
        sectors=table.texts("sectors"),
        countries=table.texts("countries", country_wrong),
        employees=table.whole("employees", 0, 10**8),
        turnover_eur=table.whole("turnover_eur", 0, 10**15),
        proofs=tuple(filter(None, (_proof_rule(inner) for inner in table.tables("proofs")))),
        words=tuple(filter(None, (_words_rule(inner) for inner in table.tables("words")))),
    )


def _proof_rule(table: Table) -> ProofRule | None:
    strengths = [Proof.SIGNATURE, Proof.LINK, Proof.ACCOUNT]
    names = [proof.value for proof in strengths]

    def proof_wrong(value: str) -> str | None:
        if value in names:
            return None
        return did_you_mean(value, names, f"one of: {', '.join(names)}")

    for needed in ("decision", "proof"):
        if not table.has(needed):
            table.source.tell(table.path, f'no "{needed}"', "say which decision needs which proof")
    decision, proof = table.one_of("decision", Decision), table.text("proof", proof_wrong)
    people, tiers = table.whole("people", 1, 2) or 1, table.wholes("tiers", 1, TIER_LOWEST)
    role = table.text("role", id_wrong)
    table.done()
    if decision is None or proof is None:
        return None
    rule = ProofRule(decision=decision, proof=Proof(proof), people=people, tiers=tiers, role=role)
    rule_told(rule, table)
    return rule


def _words_rule(table: Table) -> WordsRule | None:
    if not table.has("audience"):
        table.source.tell(table.path, 'no "audience"', "say to whom the words go")
    audience = table.one_of("audience", Audience)
    approved_by = table.texts("approved_by", id_wrong)
    loosened = table.text("loosened_because") or ""
    table.done()
    if audience is None:
        return None
    return WordsRule(audience=audience, approved_by=approved_by, loosened_because=loosened)
