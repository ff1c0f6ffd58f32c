"""What follows where people are to be reached: calls in turn, and words to audiences. Pure."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta

from tocsin.facts.reach import MessageWritten, PageBegan
from tocsin.facts.runs import Ordered, StepEnded
from tocsin.playbook.calls import PageRecord
from tocsin.playbook.moment import Moment
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.steps import Page, Tell
from tocsin.playbook.templates import one_line, rendered
from tocsin.playbook.ways import ANSWERED, DONE, FAILED, UNANSWERED

ReachingFact = PageBegan | MessageWritten | Ordered | StepEnded


def paging(moment: Moment, step: Page, begun: int) -> Iterator[ReachingFact]:
    """The page, the order of its present call, or its end.

    Args:
        begun: the entry by which it began; 0 when it has not.
    """
    if not begun:
        yield _page_began(moment, step)
        return
    page = moment.run.pages[begun]
    if page.answered_by is not None:
        yield moment.end(step, ANSWERED)
    elif page.person is None:
        yield moment.end(step, UNANSWERED)
    elif not page.order:
        yield _call(moment, step, page.person, page)


def _call(moment: Moment, step: Page, person: str, page: PageRecord) -> Ordered:
    """The order of a call: through the way that is up now, which may be mail to an address."""
    rules, text = moment.rules, page.fact.text
    up = page.by or dict(rules.reach.get(step.role, ())).get(person, page.way or "")
    address = next(iter(rules.addresses.get(person, ())), None)
    if up in rules.mailers and address is not None:
        return moment.order(step, up, address, f"sent:{text}")
    return moment.order(step, up, person, f"paged:{text}")


def _page_began(moment: Moment, step: Page) -> PageBegan:
    reach = moment.rules.reach.get(step.role, ())
    return PageBegan(
        run=moment.run.id,
        step=step.id,
        role=step.role,
        people=tuple(person for person, _ in reach),
        ways=tuple(way for _, way in reach),
        text=moment.written(moment.plan.title, step.text),
        within_seconds=step.within_seconds,
    )


def telling(moment: Moment, step: Tell, orders: Sequence[OrderRecord]) -> Iterator[ReachingFact]:
    """The words and an order for each address, or the end: done when every audience has them.

    Args:
        orders: those that this step has given at this visit.
    """
    reached = [moment.rules.addresses.get(audience, ()) for audience in step.audiences]
    addresses = dict.fromkeys(address for some in reached for address in some)
    if not orders:
        text = yield from _words(moment, step)
        for address in addresses:
            yield moment.order(step, step.through, address, f"sent:{text}")
    result = _told(orders) if orders or not addresses else None
    if result is not None:
        yield moment.end(step, result if all(reached) else FAILED)


def _words(moment: Moment, step: Tell) -> Generator[MessageWritten, None, str]:
    subject = one_line(rendered(step.subject, moment.names, moment.known))
    text, seconds = moment.written(step.subject, step.text), step.next_update_seconds
    next_update_at = moment.now + timedelta(seconds=seconds) if seconds else None
    words = moment.rules.words
    for audience in step.audiences:
        yield MessageWritten(
            audience=audience,
            subject=subject,
            text=text,
            claims=step.claims,
            next_update_at=words.next_update_at if words is not None else next_update_at,
            statement=words.statement if words is not None else "",
        )
    return text


def _told(orders: Sequence[OrderRecord]) -> str | None:
    """How a message fared: done when it reached every address, failed once it cannot any more.

    Where nobody knows whether it arrived, a person may look later; the plan does not wait for it.
    """
    if all(order.standing is OrderStanding.DONE for order in orders):
        return DONE
    going = (OrderStanding.READY, OrderStanding.OPEN)
    return None if any(order.standing in going for order in orders) else FAILED
