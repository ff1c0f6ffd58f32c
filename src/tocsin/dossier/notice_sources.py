"""From a place that a field names to the lines of the record that fill it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from tocsin.dossier import notice_lines as lines
from tocsin.dossier.escaped import line
from tocsin.dossier.notice_lines import at_words, joined
from tocsin.dossier.notice_material import CONTACT_ROLES, SECOND_ROLES, Material
from tocsin.duties.fields import Field, From, Source
from tocsin.duties.notice import Said
from tocsin.facts.legal import Answered
from tocsin.incident.model import earliest_awareness
from tocsin.incident.notices import NoticeSent
from tocsin.register.audiences import DPO_ROLES
from tocsin.register.model import Person, System
from tocsin.register.profile import profile_of

Lines = Callable[[Material], list[Said]]


class UnknownFact(msgspec.Struct, frozen=True):
    """A legal fact was asked for, and nobody knows it yet. Why is no business of an authority."""

    entry: int


def said_from(material: Material, place: From, field: Field) -> list[Said] | UnknownFact:
    """What a place of the record says; nothing where it says nothing."""
    if place.source is Source.FACT:
        return _fact(material, place.key)
    if place.source is Source.KIND:
        return _kind(material, field)
    reading = _READINGS.get(place.source)
    return reading(material) if reading is not None else []


def _fact(material: Material, key: str) -> list[Said] | UnknownFact:
    found = material.stated.get(key)
    if found is not None:
        entry, fact = found
        if fact.answer is Answered.UNKNOWN:
            return UnknownFact(entry.seq)
        text = "no" if fact.answer is Answered.DENIED else fact_words(fact.value)
        name = f"fact:{key}"
        return [Said(text=text, entries=(entry.seq,), key=name, value=fact.value or "no")]
    said = profile_of(material.register, material.incident.systems).get(key)
    if said is None:
        return []
    text = ", ".join(said) if isinstance(said, tuple) else str(said)
    return [Said(text=line(text), entries=(), key=f"fact:{key}", value=text)]


def fact_words(value: str) -> str:
    """A legal fact's value as people read it."""
    if value.startswith("["):
        try:
            harms = msgspec.json.decode(value, type=list[dict[str, str]])
        except msgspec.DecodeError:
            return line(value)
        return ", ".join(line(one.get("kind", "")) for one in harms)
    at = _instant(value)
    return at_words(at.astimezone(UTC)) if at is not None else line(value.replace(",", ", "))


def _instant(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _kind(material: Material, field: Field) -> list[Said]:
    """Which stage this is, in the words of the field where it has its own."""
    asked, before = material.asked, _before(material)
    stage, entries = asked.rule.stage or "", tuple(one.seq for one in before[:1])
    if field.choices:
        if stage in field.choices:
            return [Said(text=stage, entries=())]
        is_first = not before and "initial" in field.choices
        return [Said(text="initial", entries=())] if is_first else []
    text = "first notification"
    if before:
        text = f"further notification; the first was submitted at {at_words(before[0].at)}"
    if asked.corrects:
        text += f"; it corrects {asked.corrects}"
        text += f": {line(asked.wrong)}" if asked.wrong else ""
    return [Said(text=text, entries=entries)]


def _before(material: Material) -> list[NoticeSent]:
    """What was submitted under the same article, in order of time."""
    article = material.asked.rule.article
    found = [
        one
        for one in material.notices.standing
        if one.fact.rule == article or one.fact.rule.startswith(f"{article}/")
    ]
    return sorted(found, key=lambda one: (one.at, one.seq))


def _to(material: Material) -> list[Said]:
    return [Said(text=line(one), entries=()) for one in material.asked.to]


def _reference(material: Material) -> list[Said]:
    """The number that the authority gave, for an earlier stage of the same article."""
    for one in reversed(_before(material)):
        if one.reference:
            entries = (one.seq, *(each.seq for each in one.confirmations))
            return [Said(text=line(one.reference), entries=entries, key="reference",
                         value=one.reference)]  # fmt: skip
    return []


def _earlier(material: Material) -> list[Said]:
    return [
        Said(
            text=f"{at_words(one.at)}: {joined(one.fact.to) or 'an authority'}, under "
            f"{line(one.fact.rule)}" + (f", confirmed as {line(one.reference)}"
                                        if one.reference else ""),
            entries=(one.seq,),
        )
        for one in material.notices.standing
    ]  # fmt: skip


def _aware(material: Material) -> list[Said]:
    found = earliest_awareness(material.incident)
    if found is None:
        return []
    return lines.instant(found.at, (found.seq,), Source.AWARE.value)


def _title(material: Material) -> list[Said]:
    title = material.incident.title
    return [Said(text=line(title), entries=material.opening)] if title else []


def _id(material: Material) -> list[Said]:
    id = material.incident.id
    return [Said(text=id, entries=material.opening, key=Source.ID.value, value=id)] if id else []


def _occurred(material: Material) -> list[Said]:
    at = material.incident.occurred_at
    return lines.instant(at, material.opening, Source.OCCURRED.value)


def _detected(material: Material) -> list[Said]:
    at = material.incident.discovered_at
    return lines.instant(at, material.opening, Source.DETECTED.value)


def _closed(material: Material) -> list[Said]:
    at, entries = lines.ended(material)
    return lines.instant(at, entries, Source.CLOSED.value)


def _systems(material: Material) -> list[Said]:
    known = material.register.systems
    return [
        Said(
            text=f"{line(known[one].name)} ({one})" if one in known else line(one),
            entries=material.opening,
        )
        for one in material.incident.systems
    ]


def _of_systems(say: Callable[[System], str]) -> Lines:
    def said(material: Material) -> list[Said]:
        told = ((say(one), one) for one in material.systems)
        return [Said(text=text, entries=material.opening) for text, _ in told if text]

    return said


def _versions(system: System) -> str:
    return f"{line(system.name)}: {joined(system.versions)}" if system.versions else ""


def _identity(system: System) -> str:
    versions = f"; versions {joined(system.versions)}" if system.versions else ""
    vendors = f"; of {joined(one.name for one in system.vendors)}" if system.vendors else ""
    return f"{line(system.name)} ({system.id}){versions}{vendors}"


def _makers(system: System) -> str:
    if not system.vendors:
        return ""
    return f"{line(system.name)}: supplied by {joined(one.name for one in system.vendors)}"


def _countries(material: Material) -> list[Said]:
    found = dict.fromkeys(one for system in material.systems for one in system.jurisdictions)
    text = ", ".join(found)
    return [Said(text=text, entries=material.opening)] if text else []


def _organisation(material: Material) -> list[Said]:
    name = line(material.register.entity.legal_name)
    key = Source.ORGANISATION.value
    return [Said(text=name, entries=(), key=key, value=name)] if name else []


def _sectors(material: Material) -> list[Said]:
    text = joined(material.register.entity.sectors)
    return [Said(text=text, entries=())] if text else []


def _contact(material: Material) -> Person | None:
    return material.person(CONTACT_ROLES)


def _second(material: Material) -> Person | None:
    return material.person(SECOND_ROLES, but=_contact(material))


def _dpo(material: Material) -> Person | None:
    return material.person(DPO_ROLES)


def _of_person(who: Callable[[Material], Person | None], say: Callable[[Person], str]) -> Lines:
    def said(material: Material) -> list[Said]:
        person = who(material)
        text = say(person) if person is not None else ""
        return [Said(text=text, entries=())] if text else []

    return said


def _reach(person: Person) -> str:
    return joined((person.name, person.email or "", person.phone or ""))


def _name(person: Person) -> str:
    return line(person.name)


def _email(person: Person) -> str:
    return line(person.email or "")


def _phone(person: Person) -> str:
    return line(person.phone or "")


def _submitter(material: Material) -> list[Said]:
    person = _contact(material)
    if person is None:
        return []
    organisation = line(material.register.entity.legal_name)
    text = f"{_reach(person)}; for {organisation}" if organisation else _reach(person)
    return [Said(text=text, entries=())]


_READINGS: Mapping[Source, Lines] = {
    Source.TO: _to,
    Source.REFERENCE: _reference,
    Source.EARLIER: _earlier,
    Source.ID: _id,
    Source.TITLE: _title,
    Source.SYSTEMS: _systems,
    Source.OCCURRED: _occurred,
    Source.DETECTED: _detected,
    Source.CLOSED: _closed,
    Source.SPAN: lines.span,
    Source.DURATION: lines.duration,
    Source.SEVERITY: lines.severity,
    Source.COURSE: lines.course,
    Source.AWARE: _aware,
    Source.CLAIMS: lambda of: lines.claims(of, known_only=False),
    Source.CLAIMS_KNOWN: lambda of: lines.claims(of, known_only=True),
    Source.QUESTIONS: lines.questions,
    Source.FINDINGS: lines.findings,
    Source.ACTIONS: lambda of: lines.actions(of, done_only=False),
    Source.ACTIONS_DONE: lambda of: lines.actions(of, done_only=True),
    Source.AFFECTED: lines.affected,
    Source.AFFECTED_PEOPLE: lambda of: lines.affected_count(of, people=True),
    Source.AFFECTED_DECISIONS: lambda of: lines.affected_count(of, people=False),
    Source.EVIDENCE: lines.evidence,
    Source.REPLAYS: lines.replays,
    Source.CAUSE: lines.cause,
    Source.WORK: lines.work,
    Source.NAMES: _of_systems(lambda one: line(one.name)),
    Source.VERSIONS: _of_systems(_versions),
    Source.IDENTITY: _of_systems(_identity),
    Source.COUNTRIES: _countries,
    Source.MAKERS: _of_systems(_makers),
    Source.ORGANISATION: _organisation,
    Source.SECTORS: _sectors,
    Source.SUBMITTER: _submitter,
    Source.CONTACT: _of_person(_contact, _reach),
    Source.CONTACT_NAME: _of_person(_contact, _name),
    Source.CONTACT_EMAIL: _of_person(_contact, _email),
    Source.CONTACT_PHONE: _of_person(_contact, _phone),
    Source.SECOND_NAME: _of_person(_second, _name),
    Source.SECOND_EMAIL: _of_person(_second, _email),
    Source.SECOND_PHONE: _of_person(_second, _phone),
    Source.DPO: _of_person(_dpo, _reach),
}
"""What each place says; a person and a submission say nothing of themselves."""
