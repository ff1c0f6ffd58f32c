"""A system earns its way back: the gate is registered first, then a candidate is measured by it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_oneself, check_person
from tocsin.desk.plans.one_act import Switch, switch_of
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.desk.recovery.comeback import (
    SWITCH,
    Gated,
    gate_over,
    standing_gate,
)
from tocsin.detection.compared.criteria import Attacks, Counted, Judged, judged_by
from tocsin.detection.declared.gate import Gate, Withstands
from tocsin.detection.declared.read_gate import gate_of
from tocsin.facts import Draft, Fact, Refused
from tocsin.facts.canonical import canonical
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.recovery import (
    RECOVERY_LOG,
    SHARE_WHOLE,
    AttestationReceived,
    CriterionMeasured,
    GateRegistered,
)
from tocsin.incident.recovery import Registered
from tocsin.register.mistakes import did_you_mean
from tocsin.world import Appended

REGISTRY = "mlflow"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a candidate's log came to, and where that stands."""

    judged: tuple[Judged, ...]
    appended: Appended
    evidence: tuple[str, ...]


def register_gate(
    desk: Writer, log: str, data: bytes, file: str, because: str, by: By
) -> Registered:
    """Fix what a candidate must show; a later one for the same system needs a reason.

    Args:
        log: of an incident, or `RECOVERY_LOG` for one that stands for its system everywhere.

    Raises:
        Refused: mistakes in it, no such system, or a gate stands and no reason is given.
    """
    check_person(desk, by.author)
    check_oneself(desk, by.author)
    gate = gate_of(data, file)
    check_fits(desk, gate)
    desk.world.vault.put(io.BytesIO(data))
    fact = GateRegistered(
        system=gate.system,
        digest=gate.digest,
        criteria=tuple(one.id for one in gate.criteria),
        baseline=gate.baseline,
        shares=tuple(one.share for one in gate.stages),
        watch_seconds=tuple(one.watch_seconds for one in gate.stages),
        vendors=gate.attested_by,
        because=because,
    )

    def judge(known: Known) -> list[Draft]:
        if log != RECOVERY_LOG and not known.entries:
            raise Refused(f"there is no {log}; open the incident first")
        if log != RECOVERY_LOG and gate.system not in known.systems:
            raise Refused(
                f"this incident is not about {gate.system}, but about {', '.join(known.systems)}"
            )
        before = (
            known.recovery.registered.get(gate.system)
            if log == RECOVERY_LOG
            else _before(desk, known, gate.system)
        )
        if (
            before is not None
            and before.fact.digest == gate.digest
            and before.place.startswith(f"{log}/")
        ):
            raise Refused(f"this very gate is registered already, at {before.at:%F %H:%M} UTC")
        if before is not None and not because.strip():
            raise Refused(
                f"{gate.system} has a gate since {before.at:%Y-%m-%d %H:%M} UTC, by {before.who}; "
                "another one voids what was measured by it: say why (--because)"
            )
        return [draft(fact, desk.world.clock.now())]

    desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    return desk.known(log).recovery.registered[gate.system]


def check_fits(desk: Writer, gate: Gate) -> None:
    """Passes when the register in force has what this gate needs. Raises Refused."""
    register = desk.knowledge.register()
    switch = switch_with_eye(desk, gate)
    kind = register.integrations[switch.connector].kind
    if kind != SWITCH and any(one.share != SHARE_WHOLE for one in gate.stages):
        raise Refused(
            f'{switch.connector} is of kind "{kind}" and serves no share; use the kill switch '
            '(kind = "switch"), or write one stage: - {share: 100%, watch: 24h}'
        )
    names = [one.name for one in register.systems[gate.system].vendors]
    for vendor in gate.attested_by:
        if vendor not in names:
            among = f"vendors of {gate.system}: {', '.join(names) or 'none'}"
            raise Refused(
                f"attested_by: {vendor} is no vendor; {did_you_mean(vendor, names, among)}"
            )


def gate_in_force(desk: Writer, log: str, system: str | None) -> tuple[Gated, Gate]:
    """The gate of a system of this incident, and what it asks.

    Args:
        system: None means the only one that has a gate here.

    Raises:
        Refused: none was registered, or several systems have one; or it stands elsewhere.
    """
    known = desk.known(log)
    systems = [system] if system else list(known.systems)
    found = {one: gated for one in systems if (gated := gate_over(desk, known, one)) is not None}
    name = log.removeprefix(INCIDENT_PREFIX)
    if not found:
        raise Refused(
            f"no gate was registered for {', '.join(systems) or 'it'}; write one, then: tocsin "
            f"recovery register {name} --gate FILE"
        )
    if len(found) > 1:
        raise Refused(f"several systems have a gate here: --system {' or '.join(found)}")
    [gated] = found.values()
    if gated.log != log:
        raise Refused(
            f"{gated.gate.fact.system} comes back through the gate of incident {gated.incident}, "
            f"registered last: tocsin recovery status {gated.incident}; another one can be "
            f"registered here: tocsin recovery register {name}"
        )
    return gated, kept_gate(desk, gated.gate)


def kept_gate(desk: Writer, gate: Registered) -> Gate:
    """What a gate asks, to the byte as it was registered. Raises Refused."""
    with desk.world.vault.open(gate.fact.digest) as file:
        return gate_of(file.read(), f"gate of {gate.fact.system}")


def measure(
    desk: Writer,
    log: str,
    system: str | None,
    candidate: Counted,
    baseline: Counted,
    attacks: Attacks | None,
    sources: Mapping[str, bytes],
    by: By,
) -> Measured:
    """Hold a candidate against every criterion, and record what it came to.

    What attacks came to is measured only where their results are given; the rest only where a log
    is.

    Args:
        sources: by name, what it rests on: summaries of logs, results. They are sealed.

    Raises:
        Refused: no gate, or the looks that it allows are used up.
    """
    gated, gate = gate_in_force(desk, log, system)
    judged = [
        one
        for one, asked in zip(
            judged_by(gate, candidate, baseline, attacks), gate.criteria, strict=True
        )
        if (attacks if isinstance(asked, Withstands) else candidate.by_segment)
    ]
    kept = {name: desk.world.vault.put(io.BytesIO(data)).digest for name, data in sources.items()}
    paper = desk.world.vault.put(io.BytesIO(_paper(gated.gate, candidate, judged, kept))).digest
    evidence = (paper, *kept.values())

    def judge(known: Known) -> list[Draft]:
        here = gate_over(desk, known, gate.system)
        if here is None or here.gate.place != gated.gate.place:
            raise Refused("another gate was registered meanwhile; measure again")
        _check_looks(here, gate, candidate.version, judged)
        now = desk.world.clock.now()
        return [draft(_fact(here, gate, candidate.version, one, evidence), now) for one in judged]

    appended = desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
    return Measured(judged=tuple(judged), appended=appended, evidence=evidence)


def attest(
    desk: Writer, log: str, system: str | None, vendor: str, paper: bytes, says: str, by: By
) -> Appended:
    """Keep a vendor's attestation. Raises Refused where no gate asks for theirs."""
    check_person(desk, by.author)
    gated, gate = gate_in_force(desk, log, system)
    if vendor not in gate.attested_by:
        asked = ", ".join(gate.attested_by) or "nobody's"
        raise Refused(f"the gate of {gate.system} asks for {asked} attestation, not for {vendor}'s")
    if not paper.strip():
        raise Refused("an empty file attests nothing; name the vendor's paper")
    digest = desk.world.vault.put(io.BytesIO(paper)).digest
    fact = AttestationReceived(gate=gated.gate.place, vendor=vendor, digest=digest, says=says)
    return say(desk, log, [fact], by)


def switch_with_eye(desk: Writer, gate: Gate) -> Switch:
    """The switch of a system, with the eye that sees its shares. Raises Refused."""
    switch = switch_of(desk.knowledge.register(), gate.system)
    eye = gate.seen_by or switch.seen_by
    if eye is None or eye not in desk.world.probes:
        raise Refused(
            f"nothing would see what share {gate.system} serves ({eye or 'no eye is named'}); name "
            "a probe of the register, such as one of kind log-rate: seen_by: NAME"
        )
    return msgspec.structs.replace(switch, seen_by=eye)


def _before(desk: Writer, known: Known, system: str) -> Registered | None:
    """The gate of this incident that another would replace; a standing one is no obstacle."""
    gated = gate_over(desk, known, system)
    if gated is None or gated.gate == standing_gate(desk, system):
        return None
    return gated.gate


def _check_looks(gated: Gated, gate: Gate, candidate: str, judged: Sequence[Judged]) -> None:
    for one in judged:
        if one.bound and gated.held.looks(candidate, one.criterion) >= gate.looks:
            raise Refused(
                f"{one.criterion} of {candidate} was measured {gate.looks} times, as often as the "
                "gate allows; each look has a part of its error. Measure another candidate, or "
                "register a gate anew with a reason"
            )


def _fact(
    gated: Gated, gate: Gate, candidate: str, one: Judged, evidence: tuple[str, ...]
) -> CriterionMeasured:
    looks = gated.held.looks(candidate, one.criterion)
    return CriterionMeasured(
        gate=gated.gate.place,
        system=gate.system,
        criterion=one.criterion,
        candidate=candidate,
        look=looks + 1,
        result=one.result,
        difference=one.difference,
        bound=one.bound,
        margin=one.margin,
        confidence=one.confidence,
        sample=one.sample,
        short_by=one.short_by,
        said=one.said,
        evidence=evidence,
    )


def _paper(
    gate: Registered, candidate: Counted, judged: Sequence[Judged], kept: Mapping[str, str]
) -> bytes:
    """What was measured, on one page for a machine: it is sealed beside what it rests on."""
    return canonical(
        {
            "gate": gate.place,
            "gate_sha256": gate.fact.digest,
            "candidate": candidate.version,
            "rests_on": dict(kept),
            "criteria": [msgspec.to_builtins(one) for one in judged],
        }
    )


def say(desk: Writer, log: str, facts: Sequence[Fact], by: By) -> Appended:
    """Record facts that become true as they are recorded."""

    def judge(known: Known) -> list[Draft]:
        now = desk.world.clock.now()
        return [draft(one, now) for one in facts]

    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)
