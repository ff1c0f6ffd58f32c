"""P4: whoever must hear of it is told, in time. P5: no words go outside that nobody approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.playbook.dominance import behind
from tocsin.playbook.plan import Informing
from tocsin.playbook.proof.course import Course, Edge, Exit, Hits
from tocsin.playbook.proof.ground import Ground, property_of
from tocsin.playbook.proof.told import spoken
from tocsin.playbook.proof.verdicts import Counter, Property, Standing
from tocsin.playbook.proof.walks import Measure, Reached, Rounds, Walks, pieces
from tocsin.playbook.steps import Approve, Page, Step, Tell
from tocsin.playbook.ways import ANSWERED, APPROVED

INFORMED = "each audience of `communication` is told on every way to every end, within its time"
APPROVED_FIRST = "before words go to an audience outside, counsel and each role of its \
`approved_by` have approved, on every way"
COUNSEL = "counsel"
UNREAD = "each approval is of the words that go outside: what an approval says is not read"
SENDABLE = "words can be sent: a tell that fails is on record as failed, and nobody has heard"


def everybody_informed(ground: Ground) -> Property:
    """P4. The time counts from the beginning of the run."""
    links = ground.plan.communication
    counters = (one for link in links for one in _uninformed(ground, link))
    provided = [SENDABLE] if links else []
    return property_of(
        ground, "P4", "everybody is informed", INFORMED, len(links), counters, provided
    )


def outside_words_approved(ground: Ground) -> Property:
    """P5."""
    audiences = ground.plan.audiences
    outside = [(s, a) for s in ground.plan.steps.values() if isinstance(s, Tell)
               for a in s.audiences if a in audiences and audiences[a].outside]  # fmt: skip
    told = {a for s in ground.plan.steps.values() if isinstance(s, Tell) for a in s.audiences}
    undeclared = ", ".join(sorted(told - {*audiences}))
    provided = [UNREAD] if outside else []
    if undeclared:
        provided.append(f"inside are, since `audiences` says nothing of them: {undeclared}")
    approved = behind(ground.plan, _approved) if outside else {}
    counters = (
        counter
        for step, audience in outside
        for role in dict.fromkeys((*audiences[audience].approved_by, COUNSEL))
        if role not in approved[step.id]
        for counter in _unapproved(ground, step, audience, role)
    )
    return property_of(
        ground,
        "P5",
        "outside words are approved",
        APPROVED_FIRST,
        len(outside),
        counters,
        provided,
    )


def informs(course: Course, audience: str) -> Hits:
    """The results by which an audience has heard: words sent to it, or a call that it answered."""

    def hits(edge: Edge) -> bool:
        step = course.plan.steps[edge.step]
        if isinstance(step, Tell):
            return audience in step.audiences
        return isinstance(step, Page) and step.role == audience and edge.result == ANSWERED

    return hits


def _uninformed(ground: Ground, link: Informing) -> Iterator[Counter]:
    name, hits = link.audience, informs(ground.course, link.audience)
    line = ground.plan.lines.get("communication", 0)
    untold = ground.whole_way(hits)
    if untold is not None:
        missing = f"no step of this way tells {name}"
        yield ground.counter(name, missing, untold, line=line)
    within = spoken(link.within_seconds)
    late = _late_walks(ground, name, hits).longest(Exit.HIT)
    if late.length <= link.within_seconds:
        return
    early = Walks(ground.course, Measure.BEST, hits).longest(Exit.HIT)
    if early.length > link.within_seconds:
        soonest = min(_soonest(ground, hits))
        standing, missing = (
            Standing.REFUTED,
            f"on this way {name} is told after \
{spoken(early.length)} even when everybody answers at once; it must be within {within}",
        )
        if soonest > link.within_seconds:
            missing = f"{name} is told after {spoken(soonest)} at the soonest, on whatever way; it \
must be within {within}"
        elif _is_estimate(early):
            standing = Standing.NOT_PROVEN
        yield _late(ground, name, missing, early, standing, line)
    else:
        missing = f"{name} may be told as late as after {spoken(late.length)}, when everybody \
answers last; it must be within {within}"
        yield _late(ground, name, missing, late, Standing.NOT_PROVEN, line)


def _late_walks(ground: Ground, audience: str, hits: Hits) -> Walks:
    """The longest walks to the first words, shared by audiences that the same steps tell."""
    telling = frozenset(n for n, edges in ground.course.edges.items() if any(map(hits, edges)))
    if telling not in ground.told_by:
        ground.told_by[telling] = Walks(ground.course, Measure.WORST, hits)
    return ground.told_by[telling]


def _soonest(ground: Ground, hits: Hits) -> Iterator[float]:
    for name, edges in ground.course.edges.items():
        yield from (ground.near.arrival(name) + edge.best for edge in edges if hits(edge))


def _is_estimate(reached: Reached) -> bool:
    """Whether the length is more than any run takes: where several waits share one circle."""
    return any(isinstance(p, Rounds) and len(p.waits) > 1 for p in pieces(reached.walk))


def _late(
    ground: Ground, name: str, missing: str, reached: Reached, standing: Standing, line: int
) -> Counter:
    return Counter(
        about=name,
        line=line,
        standing=standing,
        missing=missing,
        way=ground.passed(pieces(reached.walk)),
    )


def _approved(step: Step, field: str) -> Iterable[str]:
    return (step.role,) if isinstance(step, Approve) and field == "next" else ()


def _unapproved(ground: Ground, step: Tell, audience: str, role: str) -> Iterator[Counter]:
    def hits(edge: Edge) -> bool:
        one = ground.plan.steps[edge.step]
        return isinstance(one, Approve) and one.role == role and edge.result == APPROVED

    sought = ground.way_to(step.id, hits)
    if sought is not None:
        missing = f"{role} has approved nothing on this way before {step.id} tells {audience}"
        yield ground.counter(step.id, missing, sought, last=step.id)
