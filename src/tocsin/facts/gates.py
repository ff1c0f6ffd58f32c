"""Facts about what stands between a wish and an act: conditions, seals, broken glass.

They carry the id of their run; `order` fields hold the seq of the `Ordered` entry in the same log.
"""

from __future__ import annotations

from tocsin.facts.kinds import DESK, RESPONDERS, TOCSIN, Digest, Instant, Kind, Words


class Decided(Kind, frozen=True, tag="decided"):
    """The plan took a branch by what was known at that moment.

    Args:
        condition: the condition that held, or could not be told, as the plan writes it; empty where
            none did.
        bindings: what each name in the conditions stood for, as "name = value".
        result: the branch: its number from 1, "otherwise" or "undetermined"; "failed" where what an
            action needed to know was not known.
    """

    asserted_by = DESK
    run: str
    step: str
    condition: str
    bindings: tuple[str, ...]
    result: str


class SealBegan(Kind, frozen=True, tag="seal-began"):
    """Evidence is being secured; what is not sealed at `until` counts as insufficient."""

    asserted_by = DESK
    run: str
    step: str
    items: tuple[str, ...]
    until: Instant


class EvidenceSealed(Kind, frozen=True, tag="evidence-sealed"):
    """One item was asked for, secured, and judged whether it is enough.

    Args:
        digest: of what lies in the vault; None when nothing could be had.
        count, wanted: how many things it holds, and how many were asked for.
        sufficient: False blocks every order that names the item; `why` says what is missing.
    """

    asserted_by = RESPONDERS
    run: str
    step: str
    item: str
    producer: str
    digest: Digest | None
    size: int
    count: int
    wanted: int
    sufficient: bool
    why: Words


class SealOverridden(Kind, frozen=True, tag="seal-overridden"):
    """A proven person lets an order go ahead without sufficient evidence. Shows in every report."""

    run: str
    order: int
    order_digest: Digest
    items: tuple[str, ...]
    because: Words


class GlassBroken(Kind, frozen=True, tag="glass-broken"):
    """One proven person acted where two were asked; a second has until `countersign_by` to say so.

    Only for what can be taken back.
    """

    run: str
    order: int
    order_digest: Digest
    because: Words
    countersign_by: Instant


class Countersigned(Kind, frozen=True, tag="countersigned"):
    """A second proven person looked at what one did alone, and stands by it or not."""

    run: str
    order: int
    order_digest: Digest
    agrees: bool
    because: Words


class CountersignMissed(Kind, frozen=True, tag="countersign-missed"):
    """Nobody countersigned in time what one person did alone."""

    asserted_by = TOCSIN
    run: str
    order: int


GateFact = (
    Decided
    | SealBegan
    | EvidenceSealed
    | SealOverridden
    | GlassBroken
    | Countersigned
    | CountersignMissed
)
