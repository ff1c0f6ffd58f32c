"""By which other way somebody may be called, where a call did not go out or nobody knows it did."""

from __future__ import annotations

from tocsin.desk.acting.breakers import Breakers
from tocsin.desk.loaded.rules import all_ways_of
from tocsin.desk.record import Writer
from tocsin.facts.reach import PageUnanswered
from tocsin.playbook import OrderRecord, OrderStanding, PageRecord, Run


def is_elsewhere(desk: Writer, breakers: Breakers, run: Run, order: OrderRecord) -> bool:
    """Whether whom this order calls, or whoever is next, is reached by another way that is up."""
    page = next((one for one in run.pages.values() if one.order == order.seq), None)
    if page is None or order.may_have_acted:
        return False  # they may have been called: their time runs, and this way is tried on
    people = (page.person, page.next_person)
    return any(_up(desk, breakers, who, {order.fact.connector}) for who in people if who)


def unanswered(desk: Writer, breakers: Breakers, run: Run, page: PageRecord) -> PageUnanswered:
    """What it means that the time of a call is over, or that it could not be made.

    Whom a call surely reached has had their time, and the next is called. Else they are called by
    each other way first.
    """
    order = run.orders.get(page.order)
    standing = order.standing if order is not None else OrderStanding.DONE
    lost = order is not None and order.may_have_acted and standing is not OrderStanding.DONE
    refused = not lost and standing is OrderStanding.FAILED
    way = ""
    if order is not None and page.person and (lost or refused):
        tried = {*page.tried, order.fact.connector}
        way = next(iter(_up(desk, breakers, page.person, tried)), "")
    return PageUnanswered(
        run=run.id,
        step=page.fact.step,
        page=page.seq,
        person=page.person or "",
        next=page.person if way else page.next_person,
        way=way,
        lost=lost,
        refused=refused,
    )


def _up(desk: Writer, breakers: Breakers, who: str, tried: set[str]) -> list[str]:
    register = desk.knowledge.register()
    person = register.people.get(who)
    there = frozenset(desk.world.connectors)
    ways = all_ways_of(person, register, there) if person is not None else []
    return [way for way in ways if way not in tried and breakers.open_now(way) is None]
