"""Reads a gate from YAML: without a mistake, or all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.detection.declared.declaration import Basis, Direction, Parity, Slice
from tocsin.detection.declared.gate import (
    Alike,
    Bounded,
    Concern,
    Criterion,
    Gate,
    NotWorse,
    Stage,
    Withstands,
)
from tocsin.detection.declared.read_values import inside, one_of, said, share, whole, words
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.facts.recovery import SHARE_WHOLE
from tocsin.register.mistakes import Mistake, did_you_mean, shown
from tocsin.register.strict_yaml import NAME, Fields, YamlFile

BEGIN = "write `gate: SYSTEM`, `baseline:`, `criteria:` and `stages:`"
FIELDS = ("gate", "baseline", "confidence", "looks", "criteria", "stages", "watched_by",
          "attested_by", "seen_by", "without")  # fmt: skip
KINDS: Mapping[str, tuple[str, ...]] = {
    "not_worse": ("worse", "margin", "basis", "minimum", "each"),
    "bounded": ("at_most", "minimum", "each"),
    "alike": ("groups", "compared_with", "tolerance", "basis", "minimum", "set_aside"),
    "attacks": ("at_most", "minimum"),
}
"""What a criterion of each kind says beside what it measures."""

USUAL = {"not_worse": Concern.PERFORMANCE, "bounded": Concern.SAFETY, "alike": Concern.FAIRNESS,
         "attacks": Concern.ATTACK}  # fmt: skip
CONFIDENCE, CONFIDENCE_LEAST, CONFIDENCE_MOST = 0.975, 0.8, 0.9999
LOOKS_MOST = 20
MEASURED_PARITIES = (Parity.DISPARATE_IMPACT, Parity.EQUAL_OPPORTUNITY, Parity.EQUALISED_ODDS)


def gate_of(data: bytes, file: str = "gate") -> Gate:
    """The gate in these bytes. Raises Refused: every mistake, one a line."""
    gate, mistakes = read_gate(data, file)
    if gate is None:
        raise Refused("\n".join(str(mistake) for mistake in mistakes))
    return gate


def read_gate(data: bytes, file: str = "gate") -> tuple[Gate | None, list[Mistake]]:
    """The gate in these bytes, or None and everything that is wrong with it, by line."""
    reading = YamlFile(file, "gate", BEGIN)
    root = reading.tree(data)
    gate = None
    if root is not None and not isinstance(root.value, dict):
        reading.wrong(root.line, "", "not a mapping", BEGIN)
    elif root is not None and isinstance(root.value, dict):
        gate = _gate(Fields(reading, "", root.line, root.value), sha256_hex(data))
    return (None, sorted(set(reading.mistakes))) if reading.mistakes else (gate, [])


def _gate(top: Fields, digest: str) -> Gate:
    top.only(FIELDS)
    criteria = tuple(_criteria(top))
    confidence = share(top, "confidence") if "confidence" in top.fields else CONFIDENCE
    if not CONFIDENCE_LEAST <= confidence <= CONFIDENCE_MOST:
        top.wrong("confidence", f"{confidence:g}", "write a share from 80% to 99.99%")
    gate = Gate(
        system=top.name("gate"),
        digest=digest,
        baseline=top.text("baseline"),
        confidence=confidence,
        looks=top.number("looks", 1, LOOKS_MOST) or 1,
        criteria=criteria,
        stages=tuple(_stages(top)),
        watched_by=words(top, "watched_by"),
        attested_by=words(top, "attested_by"),
        seen_by=top.optional("seen_by"),
        without=tuple(_without(top, {one.concern for one in criteria})),
    )
    if not gate.watched_by:
        top.wrong("watched_by", "nothing watches the stages", "name detectors of this system that "
                  "are live: watched_by: [fallback-rate]")  # fmt: skip
    return gate


def _criteria(top: Fields) -> Iterator[Criterion]:
    node = top.fields.get("criteria")
    if node is None or not isinstance(node.value, dict) or not node.value:
        top.wrong("criteria", "no criteria", "write each as `name:` with what it asks beneath")
        return
    for name, body in node.value.items():
        path = f"criteria.{name}"
        if not NAME.fullmatch(name):
            top.reading.wrong(body.line, path, shown(name), "use letters, digits, dots, - and _")
        elif not isinstance(body.value, dict):
            top.reading.wrong(body.line, path, "no fields", f"say one of {', '.join(KINDS)}")
        else:
            found = _criterion(name, Fields(top.reading, path, body.line, body.value))
            if found is not None:
                yield found


def _criterion(name: str, f: Fields) -> Criterion | None:
    kinds = [kind for kind in KINDS if kind in f.fields]
    if len(kinds) != 1:
        told = f"says {' and '.join(kinds)}" if kinds else "does not say what it asks"
        f.reading.wrong(f.line, f.path, told, f"say exactly one of {', '.join(KINDS)}")
        return None
    [kind] = kinds
    f.only((kind, *KINDS[kind], "concern"))
    concern = one_of(f, "concern", Concern, USUAL[kind])
    if kind == "not_worse":
        return _not_worse(name, f, concern)
    if kind == "bounded":
        return Bounded(
            id=name,
            concern=concern,
            measure=f.name("bounded"),
            at_most=_share_between(f, "at_most"),
            minimum=_minimum(f),
            each=_each(f),
        )
    if kind == "alike":
        return _alike(name, f, concern)
    f.name("attacks")  # which set of them, for people
    return Withstands(
        id=name, concern=concern, at_most=_share_between(f, "at_most"), minimum=_minimum(f)
    )


def _not_worse(name: str, f: Fields, concern: Concern) -> NotWorse:
    return NotWorse(
        id=name,
        concern=concern,
        measure=f.name("not_worse"),
        worse=said(f, "worse", Direction, Direction.UP, ": which way is worse"),
        margin=_share_between(f, "margin"),
        basis=said(f, "basis", Basis, Basis.POINTS, ": what the margin is a share of"),
        minimum=_minimum(f),
        each=_each(f),
    )


def _alike(name: str, f: Fields, concern: Concern) -> Alike:
    groups = words(f, "groups")
    if not groups:
        f.wrong("groups", "nobody is told apart", "name columns of the log: groups: [sex]")
    parity = one_of(f, "alike", Parity, Parity.DISPARATE_IMPACT)
    if parity not in MEASURED_PARITIES:
        f.wrong("alike", shown(parity.value),
                f"write {' or '.join(one.value for one in MEASURED_PARITIES)}")  # fmt: skip
    return Alike(
        id=name,
        concern=concern,
        parity=parity,
        groups=groups,
        compared_with=f.optional("compared_with"),
        tolerance=_share_between(f, "tolerance"),
        basis=said(f, "basis", Basis, Basis.RELATIVE, ": what the tolerance is a share of"),
        minimum=_minimum(f),
        set_aside=words(f, "set_aside"),
    )


def _stages(top: Fields) -> Iterator[Stage]:
    node = top.fields.get("stages")
    if node is None or not isinstance(node.value, tuple) or not node.value:
        top.wrong("stages", "no stages", "write a list such as - {share: 1%, watch: 2h}")
        return
    before = 0
    for place, one in enumerate(node.value):
        path = f"stages[{place}]"
        if not isinstance(one.value, dict):
            top.reading.wrong(one.line, path, "no fields", "write {share: 1%, watch: 2h}")
            continue
        f = Fields(top.reading, path, one.line, one.value)
        f.only(("share", "watch"))
        part = round(share(f, "share") * SHARE_WHOLE)
        if "watch" not in f.fields:
            f.wrong("watch", "missing", "write for how long it is watched: watch: 2h")
        if part <= before:
            f.wrong("share", f"{part / SHARE_WHOLE:.2%}", "each stage serves more than the last")
        before = part
        yield Stage(share=part, watch_seconds=f.seconds("watch") or 0)
    if before != SHARE_WHOLE:
        top.wrong("stages", "the last stage does not serve all", "let the last be share: 100%")


def _without(top: Fields, there: set[Concern]) -> Iterator[tuple[Concern, str]]:
    """Why there is no criterion about something; a mistake where neither is said."""
    f = inside(top, "without")
    known = {one.value: one for one in Concern}
    for name in f.fields if f is not None else ():
        if name not in known:
            assert f is not None
            f.wrong(name, "not a concern", did_you_mean(name, known, f"one of {', '.join(known)}"))
    for concern in Concern:
        why = f.optional(concern.value) if f is not None else None
        if why is not None:
            yield concern, why
            if concern in there:
                top.wrong("without", f"{concern.value} has a criterion", "remove it here")
        elif concern not in there:
            top.wrong(
                "criteria",
                f"nothing about {concern.value}",
                f"add a criterion, or say why not: without: {{{concern.value}: ...}}",
            )


def _share_between(f: Fields, field: str) -> float:
    """A share above 0 and below 1."""
    found = share(f, field)
    if f.fields.get(field) is not None and not 0 < found < 1:
        f.wrong(field, f"{found:g}", "write a share above 0% and below 100%")
    return found


def _minimum(f: Fields) -> int:
    return whole(f, "minimum", 1, 10**9)


def _each(f: Fields) -> Slice | None:
    if "each" not in f.fields:
        return None
    if f.optional("each") != Slice.SEGMENT.value:
        f.wrong("each", shown(f.optional("each") or ""), "write segment, or remove it")
    return Slice.SEGMENT
