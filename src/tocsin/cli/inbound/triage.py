"""`tocsin triage`: what came in and opens no incident by itself, for a person to decide."""

from __future__ import annotations

import argparse
from datetime import datetime

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, Parser, command, whole
from tocsin.cli.frame.deciding import INCIDENT, saying
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.inbound import triage
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused
from tocsin.facts.deliveries import Delivery
from tocsin.inbox.store import Inbox
from tocsin.signals.taken import Item, ItemState

BODY_SHOWN_MAX = 4000
UNREAD_MOST, PLACES_NAMED = 1000, 20


def add(places: Commands) -> None:
    parser = places.add_parser(
        "triage", help="decide about what came in and opened no incident by itself",
        description="What nothing proves, what cannot be read, and what a rule sends here waits "
        "for a person.",
    )  # fmt: skip
    inner = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = command(
        inner, "list", run_list, "what waits for a person, the most urgent first",
        examples="  tocsin triage list\n  tocsin triage list --all --json",
    )  # fmt: skip
    listed.add_argument("--all", action="store_true", help="also what was decided")
    shown = command(
        inner, "show", run_show, "one item, and what came in, word for word",
        examples="  tocsin triage show t3\n  tocsin triage show t3 --which 1742",
    )  # fmt: skip
    _item(shown)
    shown.add_argument("--which", type=whole, metavar="NUMBER",
                       help="of what could not be read: the body at this place")  # fmt: skip
    taken = command(
        inner, "take", run_take, "let it go on as an incident: a new one, or one that is open",
        examples='  tocsin triage take t3 --because "three customers say so"\n'
        '  tocsin triage take t3 --into 7K3 --because "the same failure"',
    )  # fmt: skip
    _item(taken)
    taken.add_argument("--into", metavar="INCIDENT", help=f"{INCIDENT}; else one is opened")
    _because(taken)
    dismissed = command(
        inner, "dismiss", run_dismiss, "judge that it needs nothing",
        examples='  tocsin triage dismiss t3 --because "a planned test"',
    )  # fmt: skip
    _item(dismissed)
    _because(dismissed)


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        taken, now = triage.taken_of(opened.desk), opened.world.clock.now()
        items = list(taken.items.values()) if args.all else taken.waiting
        items.sort(key=lambda one: (one.state is not ItemState.OPEN, one.fact.due_at))
        inbox = Inbox(opened.home)
        unread = {
            one.fact.item: len(_unread(inbox, one, inbox.get(one.fact.place))) for one in items
        }
        inbox.close()
    lines = [_line(one, now, unread[one.fact.item]) for one in items]
    if any(one.state is ItemState.OPEN for one in items):
        lines.append("look at one: tocsin triage show ITEM")
    return Answer(
        data={
            "items": [plain(one, now) | {"unread": unread[one.fact.item]} for one in items],
        },
        text="\n".join(lines) or "nothing waits for a person",
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        item = triage.item_of(triage.taken_of(opened.desk), args.item)
        inbox = Inbox(opened.home)
        delivery, now = inbox.get(item.fact.place), opened.world.clock.now()
        unread = _unread(inbox, item, delivery)
        if args.which not in (None, item.fact.place, *unread):
            raise Refused(f"{args.item} gathers {_places(unread) or item.fact.place}; name one")
        if args.which is not None:
            delivery = inbox.get(args.which)
        inbox.close()
    fact = item.fact
    gone = delivery is None or delivery.body is None
    body = "" if delivery is None else (delivery.body or b"").decode("utf-8", "replace")
    lines = [
        _line(item, now, len(unread)),
        f"  because     {fact.because} (rule {fact.rule})",
        f"  source      {fact.source}{'' if fact.proven else ', which nothing proves'}",
        f"  systems     {', '.join(fact.systems) or 'none of the register'}",
        f"  came        {item.at:%Y-%m-%d %H:%M:%S} UTC, place {fact.place} of the inbox",
        f"  gathers     {_gathered(item, unread)}",
        "  its body was destroyed"
        if gone
        else f"  the body at place {args.which}:"
        if args.which
        else "  its body:",
        *(f"  | {line}" for line in body[:BODY_SHOWN_MAX].splitlines()),
    ]
    if len(body) > BODY_SHOWN_MAX:
        lines.append(f"  | ... {len(body) - BODY_SHOWN_MAX} more characters; see --json")
    if item.state is ItemState.OPEN:
        lines.append(f"next: tocsin triage take {fact.item} --because ...   (or dismiss)")
    return Answer(data=plain(item, now) | {"body": None if gone else body, "places": unread},
                  text="\n".join(lines))  # fmt: skip


def run_take(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        into = seat.incident(args.into) if args.into is not None else None
        done = triage.take_item(seat.desk, args.item, into, args.because, by)
        name = seat.short(done.incident)
    how = "opened for it" if done.opened else "told of it"
    return Answer(
        data={"item": args.item, "incident": done.incident, "short": name, "opened": done.opened},
        text=f"{args.item}: incident {name} is {how}; see: tocsin now {name}",
    )


def run_dismiss(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        triage.dismiss_item(seat.desk, args.item, args.because, by)
    return Answer(
        data={"item": args.item, "dismissed": True},
        text=f"{args.item} is dismissed; what comes of the same group opens a new item",
    )


def plain(one: Item, now: datetime) -> dict[str, object]:
    """A triage item as data."""
    fact = one.fact
    return {
        "item": fact.item,
        "state": one.state.value,
        "source": fact.source,
        "proven": fact.proven,
        "urgency": fact.urgency.value,
        "systems": fact.systems,
        "summary": fact.summary,
        "because": fact.because,
        "rule": fact.rule,
        "signals": one.signals,
        "place": fact.place,
        "digest": fact.digest,
        "came_at": one.at,
        "due_at": fact.due_at,
        "overdue": one.state is ItemState.OPEN and fact.due_at < now,
        "into": one.into or None,
        "by": one.by or None,
        "decided_because": one.because or None,
    }


def _unread(inbox: Inbox, one: Item, first: Delivery | None) -> list[int]:
    """Places of all that waits with an open item since it could not be read; most times none."""
    if one.state is not ItemState.OPEN or first is None or first.readable:
        return []
    return inbox.unreadable_as(first, UNREAD_MOST)


def _gathered(one: Item, unread: list[int]) -> str:
    if not unread:
        return f"{one.signals} different signals"
    return f"{len(unread)} that could not be read, at {_places(unread)}: show each by --which"


def _places(unread: list[int]) -> str:
    """A few of them, in words."""
    more = f" and {len(unread) - PLACES_NAMED} more" if len(unread) > PLACES_NAMED else ""
    return f"places {', '.join(map(str, unread[:PLACES_NAMED]))}{more}" if unread else ""


def _line(one: Item, now: datetime, unread: int = 0) -> str:
    fact = one.fact
    if one.state is ItemState.OPEN:
        late = "OVERDUE since" if fact.due_at < now else "look by"
        state = f"{late} {fact.due_at:%d %b %H:%M}"
    else:
        state = f"{one.state.value} by {one.by}" + (f" as {one.into}" if one.into else "")
    count = max(one.signals, unread)
    more = f" (and {count - 1} more)" if count > 1 else ""
    who = fact.source if fact.proven else "NOT PROVEN"
    return f"{fact.item:5} {fact.urgency.value:9} {who}: {fact.summary}{more}  [{state}]"


def _item(made: Parser) -> None:
    made.add_argument("item", metavar="ITEM", help="its id, as `tocsin triage list` says: t3")


def _because(made: Parser) -> None:
    made.add_argument("--because", required=True, metavar="WORDS", help="why; it is recorded")
    saying(made, dated=False)
