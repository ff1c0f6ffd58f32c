"""`tocsin web` and `tocsin link`: the page on which one person answers one action, on a phone."""

from __future__ import annotations

import argparse
import threading
from datetime import timedelta

from tocsin import wiring
from tocsin.cli.frame import log_lines
from tocsin.cli.frame.arguments import Commands, command, place, span, whole
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.acting.signs import WEB, Signs, beat_of
from tocsin.desk.approving import links
from tocsin.facts import incident_log
from tocsin.world import RealClock

LISTEN = "127.0.0.1:8610"
VALID_HOURS = 4.0


def add(places: Commands) -> None:
    web = command(
        places, "web", run_web,
        "serve one-time links, the REST API and the doors for alarms; put TLS in front of it",
        examples=f"  tocsin web --listen {LISTEN}",
    )  # fmt: skip
    web.add_argument("--listen", type=place, default=place(LISTEN), metavar="HOST:PORT",
                     help=f"where (default {LISTEN})")  # fmt: skip
    log_lines.option(web)
    link = about_incident(
        places, "link", run_link,
        "send one person a one-time link by which they may answer one action, on a phone",
        examples="  tocsin link 7K3 27 ben --base https://tocsin.example.org",
    )  # fmt: skip
    link.add_argument("action", type=whole, help="its number in the timeline")
    link.add_argument("to", metavar="PERSON", help="it goes to their e-mail in the register")
    link.add_argument("--base", default=f"http://{LISTEN}", metavar="URL",
                      help="how others reach `tocsin web` (default %(default)s)")  # fmt: skip
    link.add_argument("--hours", type=span, default=VALID_HOURS,
                      help="how long it is good (default %(default)s)")  # fmt: skip


def run_web(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who serve wait for the server's libraries to load.
    from tocsin.cli.frame.listening import listen
    from tocsin.cli.over_http.serving import served
    from tocsin.wiring.inbound import Inbounds

    log_lines.begin(args, screen, RealClock(), "web")
    with wiring.open_home(args.home, warn=screen.say) as opened:
        inbound, stop = Inbounds(opened), threading.Event()
        signs = Signs(opened.world.clock, beat_of(opened.world.beats, WEB))
        threading.Thread(target=signs.walk, args=(stop,), daemon=True).start()
        try:
            made = served(opened)
            inbound.add(made)
            address = listen(made, args.listen, screen, "pages")
        finally:
            stop.set()
            inbound.close()
    return Answer(data={"listened": address}, text="")


def run_link(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        log = incident_log(seat.incident(args.incident))
        valid = timedelta(hours=args.hours)
        made = links.send_link(seat.desk, log, args.action, args.to, args.base, valid)
    return Answer(
        data={
            "link": made.link,
            "person": made.person,
            "address": made.address,
            "expires_at": made.expires_at,
        },
        text=f"sent to {made.address}; good until {made.expires_at:%Y-%m-%d %H:%M} UTC, once",
    )
