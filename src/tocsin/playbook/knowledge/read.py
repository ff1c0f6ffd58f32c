"""Reads a release of ATLAS of any layout: an `Atlas` comes out, or all mistakes at once.

Every id that one object names of another is checked: it is well formed, and it is there. Nothing
is fetched; the file is the official one, or what somebody made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.facts.canonical import sha256_hex
from tocsin.playbook.knowledge.atlas import (
    Atlas,
    CaseStudy,
    Mitigation,
    StudyKind,
    StudyStep,
    Tactic,
    Technique,
)
from tocsin.playbook.knowledge.naming import probably_meant
from tocsin.playbook.knowledge.sections import (
    FORMS,
    SECTIONS,
    Found,
    Link,
    Release,
    fields_of,
    items_of,
    link_of,
    str_of,
)
from tocsin.playbook.knowledge.tree import tree_of
from tocsin.register.mistakes import Mistake, did_you_mean, mistakes_only, shown
from tocsin.register.strict_yaml import Node

KINDS = {kind.value: kind for kind in StudyKind if kind is not StudyKind.UNSAID}
MISTAKES_MAX = 200
UNSAID = "of unsaid version"
MATURITIES = ("feasible", "demonstrated", "realized")


def read_atlas(data: bytes, file: str = "ATLAS.yaml") -> tuple[Atlas | None, list[Mistake]]:
    """The release in these bytes, or None and everything that is wrong with it, by line.

    Returns:
        Beside a release there may be advice, such as a format that is newer than what is known.
    """
    root, mistakes = tree_of(data, file)
    if root is None:
        return None, mistakes
    release = Release(file, root)
    atlas = _Assembly(release).atlas(sha256_hex(data)) if release.recognised else None
    told = sorted({*mistakes, *release.mistakes})
    return (None if mistakes_only(told) else atlas), _shortened(told)


def _shortened(told: list[Mistake]) -> list[Mistake]:
    """The first of very many mistakes, and how many more there are."""
    if len(told) <= MISTAKES_MAX:
        return told
    last, more = told[MISTAKES_MAX - 1], len(told) - MISTAKES_MAX
    found = f"{more} more mistakes from here on"
    remedy = "mend these first, or take the file anew"
    return [
        *told[:MISTAKES_MAX],
        Mistake(file=last.file, line=last.line, path="", found=found, remedy=remedy),
    ]


class _Assembly:
    """Puts the pieces of a release together; references to what is not there become mistakes."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._sections = release.sections

    def atlas(self, digest: str) -> Atlas:
        sections = self._sections
        self._check_sources()
        techniques = {one.id: self._technique(one) for one in sections["techniques"].values()}
        return Atlas(
            version=self._version(),
            digest=digest,
            tactics={t.id: Tactic(id=t.id, name=t.text("name")) for t in self._tactics()},
            techniques={id: _placed(one, techniques) for id, one in techniques.items()},
            mitigations={m.id: self._mitigation(m) for m in sections["mitigations"].values()},
            studies={s.id: self._study(s) for s in sections["case-studies"].values()},
        )

    def _version(self) -> str:
        root = self._release.root
        inner = fields_of(root["collection"]) if "collection" in root else root
        version = str_of(inner.get("version")).strip()
        if not version:
            line = root["collection"].line if "collection" in root else 1
            told, remedy = "no version", "a release says its version"
            self._release.wrong(line, "version", told, remedy, advice=self._release.flawed)
        return version or UNSAID

    def _tactics(self) -> list[Found]:
        """In the order of the matrix, where the release states it apart from the objects."""
        found = self._sections["tactics"]
        links = [link for links in self._release.links.values() for link in links]
        sequence = sorted((x for x in links if x.kind == "sequences"), key=lambda x: x.position)
        order = [link.target for link in sequence]
        first = [found[id] for id in dict.fromkeys(order) if id in found]
        return [*first, *(one for id, one in found.items() if id not in order)]

    def _technique(self, one: Found) -> Technique:
        path = f"techniques.{one.id}"
        tactics = self._named(one, ("tactics",), "achieves", path, "tactics")
        nested = ("subtechnique-of", "specializes")
        above = self._named(one, nested, "specializes", path, "techniques")
        parent = one.id.rpartition(".")[0] if one.id.count(".") == 2 else None
        for stated in above:
            if stated != parent:
                found = f"{one.id} is said to be a case of {stated}"
                remedy = f"its id says {parent}" if parent else "an id of a case has three parts"
                self._release.wrong(one.line, path, found, f"{remedy}; mend one of the two")
        if parent is not None and parent not in above:
            self._there("techniques", parent, one.line, path)
        maturity = one.text("maturity").lower()
        if maturity and maturity not in MATURITIES:
            remedy = did_you_mean(maturity, MATURITIES, f"write one of {', '.join(MATURITIES)}")
            self._release.wrong(one.line, f"{path}.maturity", shown(maturity), remedy)
        return Technique(
            id=one.id,
            name=one.text("name"),
            tactics=tactics,
            parent=parent,
            maturity=maturity,
            deprecated=_deprecated(one),
        )

    def _mitigation(self, one: Found) -> Mitigation:
        path = f"mitigations.{one.id}"
        techniques = self._named(one, ("techniques",), "mitigates", path, "techniques")
        return Mitigation(id=one.id, name=one.text("name"), techniques=techniques)

    def _study(self, one: Found) -> CaseStudy:
        path = f"case-studies.{one.id}"
        word = one.text("case-study-type", "type").lower()
        if word and word not in KINDS:
            remedy = did_you_mean(word, KINDS, f"write one of {', '.join(KINDS)}")
            self._release.wrong(one.line, f"{path}.type", shown(word), remedy)
        return CaseStudy(
            id=one.id,
            name=one.text("name"),
            kind=KINDS.get(word, StudyKind.UNSAID),
            steps=tuple(self._steps(one, path)),
            summary=one.text("summary", "description"),
            actor=one.text("actor"),
            target=one.text("target"),
            date=one.text("incident-date", "date"),
        )

    def _steps(self, one: Found, path: str) -> Iterator[StudyStep]:
        for number, node in enumerate(items_of(one.fields.get("procedure"))):
            link = link_of(node, "employs", "technique")
            yield from self._step(link, f"{path}.procedure[{number}]")
        for link in in_order(self._links(one, "employs")):
            yield from self._step(link, f"relationships.{one.id}.employs")

    def _step(self, link: Link, path: str) -> Iterator[StudyStep]:
        fine = self._there("techniques", link.target, link.line, path)
        if link.tactic:
            fine &= self._there("tactics", link.tactic, link.line, path)
        if fine:
            yield StudyStep(
                technique=link.target, tactic=link.tactic or None, description=link.description
            )

    def _named(
        self, one: Found, own: tuple[str, ...], kind: str, path: str, section: str
    ) -> tuple[str, ...]:
        """The objects that this one names, in fields of its own or by a relationship."""
        named = [(id, line, f"{path}.{field}") for field in own
                 for id, line in _ids(one.fields.get(field))]  # fmt: skip
        named += [(link.target, link.line, f"relationships.{one.id}.{kind}")
                  for link in self._links(one, kind)]  # fmt: skip
        fine = [id for id, line, where in named if self._there(section, id, line, where)]
        return tuple(dict.fromkeys(fine))

    def _links(self, one: Found, kind: str) -> list[Link]:
        return [link for link in self._release.links.get(one.id, ()) if link.kind == kind]

    def _there(self, section: str, id: str, line: int, path: str) -> bool:
        """Whether an object that is named is there; a mistake is told when it is not."""
        known = self._sections[section]
        if id in known:
            return True
        if SECTIONS[section].fullmatch(id):
            found, otherwise = f"there is no {id}", f"name one of `{section}`"
        else:
            found = f"the id {shown(id)}" if id else "no id"
            otherwise = f"an id here is written like {FORMS[section]}"
        meant = probably_meant(id, known)
        remedy = f'did you mean "{meant}"?' if meant else otherwise
        self._release.wrong(line, path, found, remedy, advice=self._release.flawed)
        return False

    def _check_sources(self) -> None:
        known = {id for section in self._sections.values() for id in section}
        for source, links in self._release.links.items():
            if source.startswith("AML.") and source not in known:
                meant = probably_meant(source, known)
                otherwise = "declare it, or remove what it relates"
                remedy = f'did you mean "{meant}"?' if meant else otherwise
                path = f"relationships.{source[:60]}"
                self._release.wrong(links[0].line, path, f"there is no {shown(source)}", remedy)


def in_order(steps: Sequence[Link]) -> list[Link]:
    """The steps as they follow each other; the file lists them otherwise."""
    sorted_ = sorted(steps, key=lambda step: step.step)
    led_to = {name for step in sorted_ for name in step.leads_to}
    by_name = {step.step: step for step in reversed(sorted_) if step.step}
    found: list[Link] = []
    waiting = [step for step in reversed(sorted_) if step.step in led_to or not step.step]
    waiting += [step for step in reversed(sorted_) if step.step and step.step not in led_to]
    seen: set[int] = set()
    while waiting:
        step = waiting.pop()
        if id(step) not in seen:
            seen.add(id(step))
            found.append(step)
            waiting += [by_name[name] for name in reversed(step.leads_to) if name in by_name]
    return found


def _placed(one: Technique, known: dict[str, Technique]) -> Technique:
    """A technique with the tactics of its parent where it names none itself."""
    above = known.get(one.parent or "")
    if one.tactics or above is None or not above.tactics:
        return one
    return Technique(
        id=one.id,
        name=one.name,
        tactics=above.tactics,
        parent=one.parent,
        maturity=one.maturity,
        deprecated=one.deprecated,
    )


def _ids(node: Node | None) -> Iterator[tuple[str, int]]:
    """The ids in a field: one, a list of them, or a list of mappings that hold `id`."""
    if node is None:
        return
    if isinstance(node.value, str):
        if str_of(node):
            yield node.value, node.line
        return
    for item in items_of(node):
        text = item.value if isinstance(item.value, str) else str_of(fields_of(item).get("id"))
        yield text, item.line


def _deprecated(one: Found) -> bool:
    marks = (one.text("deprecated"), one.text("revoked"))
    return "true" in {mark.lower() for mark in marks} or one.text("status").lower() in {
        "deprecated",
        "revoked",
    }
