"""`tocsin playbook new`: a first plan from a few answers, whole and without a mistake.

On a terminal it asks what no flag says, and offers what the home's register has; without one it
takes the flags, and a default where there is an honest one. A file that is there is never replaced.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.playbook.asking import Asking, Offer, name, names, yes_or_no
from tocsin.facts import Refused
from tocsin.facts.failure_modes import FailureMode
from tocsin.playbook.first import Answers, first_plan
from tocsin.playbook.first.offers import Offers
from tocsin.register.mistakes import did_you_mean, mistakes_only
from tocsin.register.model import Register
from tocsin.world import RealClock

REVIEW_AFTER = timedelta(days=180)
NAME_MAX = 64


def add(inner: Commands) -> None:
    new = command(
        inner, "new", run_new,
        "write a first plan from a few answers: asked for on a terminal, or given as flags",
        examples="  tocsin playbook new --to playbooks/drift.yaml\n"
        "  tocsin playbook new --mode drift --system credit --on-call on-call --commander "
        "incident-commander --switch kill-switch --fallback people --rollback no "
        "--outside customers,authority --to drift.yaml",
    )  # fmt: skip
    new.add_argument("--mode", metavar="WORD", help=f"one of {', '.join(_MODES)}")
    new.add_argument("--system", type=name, help="the system that fails")
    new.add_argument("--on-call", type=name, metavar="ROLE", help="who is called first")
    new.add_argument("--commander", type=name, metavar="ROLE", help="who leads the response")
    new.add_argument("--switch", type=name, metavar="NAME", help="the hand that stops it, or none")
    new.add_argument("--fallback", type=name, metavar="NAME", help="what serves meanwhile")
    new.add_argument("--rollback", choices=("yes", "no"), help="is there a version to go back to")
    new.add_argument("--outside", type=names, metavar="A,B", help="whom to tell outside, or none")
    new.add_argument("--vendor", action="append", help="whose part it concerns (may be repeated)")
    more = new.add_argument_group("else found in the home, or named as in the examples")
    for flag, means in _MORE.items():
        more.add_argument(f"--{flag}", type=name, metavar="NAME", help=means)
    more.add_argument("--title", help="what it is, in one line")
    new.add_argument("--to", type=Path, metavar="FILE", help="else standard output")


_MODES = {mode.value: mode for mode in FailureMode}
_MORE = {
    "id": "the plan's id",
    "owner": "the role that looks after the plan",
    "counsel": "the role that approves words outside",
    "eye": "the probe that sees whether it is off, and well",
    "registry": "the hand that puts an older version back",
    "finder": "the probe that finds a version known to be whole",
    "mail": "the hand that sends words",
}


def run_new(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.to is not None:
        require_free(args.to)
    answers = _answers(args, Offers(_register(args.home)), Asking(screen))
    text = first_plan(answers)
    where = args.to.name if args.to is not None else f"{answers.id}.yaml"
    (found,), unhomed = wiring.linted_files(args.home, [(where, text.encode())], RealClock())
    wrong = mistakes_only(found.told)
    data = {"plan": answers.id, "answers": answers, "ok": not wrong, "mistakes": found.told,
            "unchecked": unhomed}  # fmt: skip
    for mistake in found.told:
        screen.say(str(mistake))
    status = PROBLEM if wrong else DONE
    if args.to is None:
        return Answer(data={**data, "text": text}, text=text, status=status)
    written_new(args.to, text.encode())
    lacking = f"{len(wrong)} things are missing in the home" if wrong else "no mistake in it"
    return Answer(
        data={**data, "file": str(args.to.resolve())},
        text=f"{args.to}: a first plan, {lacking}; go through it, then: "
        f"tocsin playbook show {args.to} --to {args.to.with_suffix('.html')}",
        status=status,
    )


def _register(home: Path) -> Register:
    """What the home knows; nothing where there is no home, or it cannot be read."""
    try:
        wiring.origin_of(home)
        return wiring.declared(home, RealClock())[0]
    except Refused:
        return Register()


def _answers(args: argparse.Namespace, offers: Offers, asking: Asking) -> Answers:
    mode = _mode(args, asking)
    system = asking.name(args.system, "--system", "Which system fails?", offers.systems)
    on_call = asking.name(args.on_call, "--on-call", "Which role is called first?", offers.on_call)
    commander = asking.name(
        args.commander, "--commander", "Which role leads the response?", offers.commander
    )
    switch = asking.name(
        args.switch, "--switch", "Which hand turns it off? (none: people do it by hand)",
        offers.switch(system),
    )  # fmt: skip
    fallback = asking.name(
        args.fallback, "--fallback", "What serves meanwhile?", offers.fallback(system)
    )
    there = Offer(default="yes" if offers.registry else "no", known=("yes", "no"))
    told = asking.text(
        args.rollback, "--rollback", "Is there an older version to go back to?", there
    )
    outside = args.outside
    if outside is None:
        line = asking.text(None, "--outside", "Whom must be told outside? (a, b, or none)",
                           Offer(default="none"))  # fmt: skip
        outside = names(line)
    stopped = "" if switch == "none" else switch
    registry = args.registry or offers.registry or "registry"
    return Answers(
        id=args.id or f"{system}-{mode.value}"[:NAME_MAX],
        title=args.title or f"{system}: {mode.meaning}",
        mode=mode,
        system=system,
        on_call=on_call,
        commander=commander,
        owner=args.owner or offers.owner(commander),
        counsel=args.counsel or offers.counsel,
        review_by=f"{RealClock().now() + REVIEW_AFTER:%Y-%m-%d}",
        fallback=fallback,
        switch=stopped,
        target=offers.target(system, stopped),
        eye=args.eye or offers.eye(system),
        registry=registry if yes_or_no(told) else "",
        model=offers.model(registry),
        finder=args.finder or offers.finder,
        mail=args.mail or offers.mail,
        vendors=_vendors(args, mode, offers, asking, system),
        outside=outside,
        evidence=offers.evidence(system),
        recovery_target=offers.recovery_target(system),
    )


def _mode(args: argparse.Namespace, asking: Asking) -> FailureMode:
    word = asking.text(args.mode, "--mode", "How does it fail?", Offer(known=tuple(_MODES)),
                       [f"{mode.value}: {mode.meaning}" for mode in FailureMode])  # fmt: skip
    if word not in _MODES:
        among = f"write one of {', '.join(_MODES)}"
        raise Refused(f"--mode {word}: no such failure mode; {did_you_mean(word, _MODES, among)}")
    return _MODES[word]


def _vendors(
    args: argparse.Namespace, mode: FailureMode, offers: Offers, asking: Asking, system: str
) -> tuple[str, ...]:
    if args.vendor or mode is not FailureMode.VENDOR_COMPROMISE:
        return tuple(dict.fromkeys(one for one in args.vendor or () if one.strip()))
    return (asking.text(None, "--vendor", "Which vendor?", offers.vendor(system)),)
