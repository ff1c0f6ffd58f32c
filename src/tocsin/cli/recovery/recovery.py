"""`tocsin recovery`: a system earns its way back, by a gate that was registered beforehand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec

from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, Parser, command, instant
from tocsin.cli.frame.deciding import INCIDENT, about_incident, saying
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.recovery.measuring import Asked, read_candidate
from tocsin.cli.recovery.sheet import MARKS, as_data, as_text
from tocsin.cli.recovery.work import add as add_work
from tocsin.desk.plans.runs import By
from tocsin.desk.recovery import recovery, shortcuts, stages
from tocsin.desk.recovery.standing import standings
from tocsin.detection.declared.read_gate import read_gate
from tocsin.facts import Refused, incident_log
from tocsin.facts.analysis import Replayed
from tocsin.facts.recovery import RECOVERY_LOG, Passing, share_words

GATES = "gates"
PAPER_BYTES_MAX = 64 * 1024 * 1024


def add(places: Commands) -> None:
    top = places.add_parser(
        "recovery",
        help="a system earns its way back: a gate, stages, a watch, and work with evidence",
        description=__doc__,
        epilog="examples:\n  tocsin recovery status 7K3\n"
        "  tocsin recovery register 7K3 --gate gates/assistant.yaml\n"
        "  tocsin recovery measure 7K3 --log candidate.parquet --attacks attacks.jsonl\n"
        "  tocsin recovery next 7K3",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    status = command(inner, "status", run_status, "how far it is, on one screen, and what is next",
                     examples="  tocsin recovery status 7K3")  # fmt: skip
    status.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    lint = command(inner, "lint", run_lint, "all mistakes of a gate at once",
                   examples="  tocsin recovery lint gates/assistant.yaml")  # fmt: skip
    lint.add_argument("files", type=Path, nargs="+", metavar="FILE")
    _add_gate(inner)
    _add_measure(inner)
    nexts = about_incident(
        inner, "next", run_next,
        "let the next share of requests reach the candidate; two others approve it",
        examples="  tocsin recovery next 7K3 --as ana --key ~/.ssh/id_ed25519", dated=False,
    )  # fmt: skip
    _of(nexts)
    nexts.add_argument("--candidate", metavar="VERSION", help="else the one measured last")
    _add_shortcut(inner)
    add_work(inner)


def _add_gate(inner: Commands) -> None:
    made = command(
        inner, "register", run_register,
        "fix what a candidate must show, before it is measured",
        examples="  tocsin recovery register 7K3 --gate gates/assistant.yaml\n"
        "  tocsin recovery register --standing --gate gates/assistant.yaml\n"
        '  tocsin recovery register 7K3 --gate easier.yaml --because "fewer requests at night"',
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", nargs="?", help=INCIDENT)
    made.add_argument("--gate", type=Path, metavar="FILE",
                      help="else HOME/gates/SYSTEM.yaml")  # fmt: skip
    made.add_argument("--standing", action="store_true",
                      help="for its system in every incident, not in one")  # fmt: skip
    made.add_argument("--because", default="", metavar="WORDS",
                      help="why it takes the place of another")  # fmt: skip
    saying(made, dated=False)
    attest = about_incident(
        inner, "attest", run_attest, "keep a vendor's attestation that its part is sound again",
        examples='  tocsin recovery attest 7K3 "Knowledge Vendor" --paper attestation.pdf',
        dated=False,
    )  # fmt: skip
    attest.add_argument("vendor", metavar="VENDOR")
    attest.add_argument("--paper", type=Path, required=True, metavar="FILE")
    attest.add_argument("--says", default="", metavar="WORDS", help="what it says, in a line")
    _of(attest)


def _add_measure(inner: Commands) -> None:
    made = about_incident(
        inner, "measure", run_measure,
        "hold a candidate against every criterion; what it rests on is sealed",
        examples="  tocsin recovery measure 7K3 --log candidate.parquet --baseline base.parquet\n"
        "  tocsin recovery measure 7K3 --attacks attacks.jsonl --candidate 3", dated=False,
    )  # fmt: skip
    made.add_argument("--log", metavar="LOG", help="of the candidate: a file, folder or table")
    made.add_argument("--baseline", metavar="LOG", help="of the baseline, where --log has none")
    made.add_argument(
        "--attacks",
        type=Path,
        metavar="FILE",
        help="what replayed attacks came to: JSON lines with `succeeded`",
    )
    made.add_argument("--replay", metavar="ID", help="else a replay of this incident: R1")
    made.add_argument("--candidate", metavar="VERSION", help="where that cannot be told")
    made.add_argument("--mapping", type=Path, metavar="FILE",
                      help="how the logs are read; else as the system's detectors say")  # fmt: skip
    _of(made)


def _add_shortcut(inner: Commands) -> None:
    made = about_incident(
        inner, "shortcut", run_shortcut,
        "let it come back without something, signed, for a while; counsel is told",
        examples="  tocsin recovery shortcut 7K3 --skip attack-replay --until 2026-11-28T08:00Z "
        '--because "..."', dated=False,
    )  # fmt: skip
    made.add_argument(
        "--skip",
        required=True,
        metavar="WHAT",
        help="a criterion, `watch 1`, `stages`, `attestation VENDOR`, `sign-off`",
    )
    made.add_argument("--until", type=instant, required=True, metavar="INSTANT",
                      help="by when it is done properly")  # fmt: skip
    made.add_argument("--because", required=True, metavar="WORDS")
    made.add_argument("--candidate", metavar="VERSION", help="else the one measured last")
    _of(made)
    good = about_incident(inner, "made-good", run_made_good,
                          "say that what a shortcut skipped was done after all", dated=False,
                          examples='  tocsin recovery made-good 7K3 --skip "watch 1" '
                          '--because "..."')  # fmt: skip
    good.add_argument("--skip", required=True, metavar="WHAT")
    good.add_argument("--because", required=True, metavar="WORDS")
    _of(good)


def _of(made: Parser) -> None:
    made.add_argument("--system", metavar="SYSTEM", help="where several have a gate")


def run_status(args: argparse.Namespace, screen: Screen) -> Answer:
    from tocsin.cli.frame import short

    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        found = standings(opened.desk, incident_log(incident))
    return Answer(
        data={"incident": incident, "systems": [as_data(one) for one in found]},
        text=as_text(found),
        status=PROBLEM if any(one.gated and not one.is_back for one in found) else DONE,
    )


def run_lint(args: argparse.Namespace, screen: Screen) -> Answer:
    told = [
        mistake
        for file in args.files
        for mistake in read_gate(plain_bytes(file, "a gate's file"), str(file))[1]
    ]
    return Answer(
        data={"mistakes": [msgspec.to_builtins(one) for one in told]},
        text="\n".join(map(str, told)) or "no mistakes",
        status=PROBLEM if told else DONE,
    )


def run_register(args: argparse.Namespace, screen: Screen) -> Answer:
    if (args.incident is None) == (not args.standing):
        raise Refused("name an incident, or --standing for a gate that holds in every one")
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident) if args.incident else None
        log = incident_log(incident) if incident else RECOVERY_LOG
        file = args.gate or _usual(seat, log)
        data = plain_bytes(file, "a gate's file: --gate FILE")
        made = recovery.register_gate(
            seat.desk, log, data, str(file), args.because, _by(args, seat)
        )
        name = seat.short(incident) if incident else None
    fact = made.fact
    where = f"in incident {name}" if name else "in every incident"
    then = f"\nNext: tocsin recovery measure {name} --log CANDIDATE.parquet" if name else ""
    return Answer(
        data={"gate": made.place, "incident": incident, **msgspec.to_builtins(fact)},
        text=f"{fact.system} comes back by this gate {where}: {', '.join(fact.criteria)}; then "
        f"{', '.join(share_words(one) for one in fact.shares)}. It holds for what is measured from "
        f"now on.{then}",
    )


def _usual(seat: Seat, log: str) -> Path:
    """The gate of the home for the one system of an incident."""
    systems = seat.desk.known(log).systems
    files = [seat.home / GATES / f"{system}.yaml" for system in systems]
    there = [file for file in files if file.is_file()]
    if len(there) != 1:
        looked = ", ".join(map(str, files)) or f"{seat.home / GATES}"
        raise Refused(f"{len(there)} gates are there ({looked}); name one: --gate FILE")
    return there[0]


def run_measure(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        _, gate = recovery.gate_in_force(seat.desk, log, args.system)
        asked = Asked(
            home=seat.home, system=gate.system, log=args.log, baseline=args.baseline,
            attacks=args.attacks, candidate=args.candidate, mapping=args.mapping,
            **_replayed(args, seat, log),
        )  # fmt: skip
        read = read_candidate(asked, gate.baseline, screen)
        found = recovery.measure(
            seat.desk, log, gate.system, read.own, read.baseline, read.attacks, read.sources,
            _by(args, seat),
        )  # fmt: skip
        name = seat.short(incident)
    passed = all(one.result is Passing.PASSED for one in found.judged)
    lines = [f"{MARKS[one.result]:7} {one.criterion}: {one.said}" for one in found.judged]
    return Answer(
        data={
            "incident": incident,
            "system": gate.system,
            "candidate": read.own.version,
            "criteria": [msgspec.to_builtins(one) for one in found.judged],
            "evidence": list(found.evidence),
            "remarks": list(read.remarks),
            "entries": [found.appended.first_seq, found.appended.last_seq],
            "repeated": found.appended.repeated,
        },
        text="\n".join([f"candidate {read.own.version} of {gate.system}, against {gate.baseline}",
                        *lines, *(f"note: {one}" for one in read.remarks),
                        f"Next: tocsin recovery status {name}"]),
        status=DONE if passed else PROBLEM,
    )  # fmt: skip


def _replayed(args: argparse.Namespace, seat: Seat, log: str) -> dict[str, Any]:
    """The newest result of a replay against the candidate, where one is named."""
    if args.replay is None:
        return {}
    if args.attacks is not None:
        raise Refused("--attacks and --replay say the same; give one of them")
    facts = [entry.fact for entry in seat.store.read(log) if isinstance(entry.fact, Replayed)]
    of = [one for one in facts if one.replay == args.replay]
    mine = [
        one for one in of if args.candidate in (None, one.served, one.against.partition("@")[2])
    ]
    versions = {one.served or one.against for one in mine}
    if len(versions) != 1:
        known = ", ".join(sorted({one.served or one.against for one in of})) or "no result"
        raise Refused(f"{args.replay} has results of: {known}; name one: --candidate VERSION")
    with seat.world.vault.open(mine[-1].result) as file:
        return {"replayed": mine[-1], "result": file.read()}


def run_attest(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        paper = plain_bytes(args.paper, "the vendor's paper", PAPER_BYTES_MAX)
        appended = recovery.attest(
            seat.desk, incident_log(incident), args.system, args.vendor, paper, args.says,
            _by(args, seat),
        )  # fmt: skip
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, "vendor": args.vendor, "repeated": appended.repeated},
        text=f"{args.vendor}'s attestation is kept; see: tocsin recovery status {name}",
    )


def run_next(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        begun = stages.begin_stage(
            seat.desk, incident_log(incident), _by(args, seat), system=args.system,
            candidate=args.candidate,
        )  # fmt: skip
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, **msgspec.to_builtins(begun)},
        text=f"stage {begun.stage}: {share_words(begun.share)} of requests to candidate "
        f"{begun.candidate}, once two people approve it, neither of them you\n"
        f"Next: tocsin decide {name} {begun.order} approve --as PERSON --key FILE",
    )


def run_shortcut(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        appended, untold = shortcuts.take_shortcut(
            seat.desk, incident_log(incident), _by(args, seat), skipped=args.skip,
            until=args.until, because=args.because, system=args.system, candidate=args.candidate,
        )  # fmt: skip
        name = seat.short(incident)
    told = f"NOBODY IS TOLD: {untold}" if untold else "counsel and the commander are told"
    return Answer(
        data={"incident": incident, "skipped": args.skip, "untold": untold or None,
              "repeated": appended.repeated},
        text=f"{args.skip} is skipped until {args.until:%Y-%m-%d %H:%M} UTC, under your signature; "
        f"{told}. Next: tocsin recovery status {name}",
    )  # fmt: skip


def run_made_good(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        appended = shortcuts.make_good(
            seat.desk, incident_log(incident), _by(args, seat), skipped=args.skip,
            because=args.because, system=args.system,
        )  # fmt: skip
    return Answer(
        data={"incident": incident, "skipped": args.skip, "repeated": appended.repeated},
        text=f"the shortcut around {args.skip} is over; its gate asks for it again",
    )


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
