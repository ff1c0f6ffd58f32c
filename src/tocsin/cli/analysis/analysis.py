"""`tocsin analysis`: why it may have failed, what speaks for and against it, and the work on it."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tocsin.cli.analysis.lineage import add as add_lineage
from tocsin.cli.analysis.query import add as add_query
from tocsin.cli.analysis.replay import add as add_replay
from tocsin.cli.analysis.requests import add as add_requests
from tocsin.cli.analysis.sheet import as_data, as_text, hypothesis_data
from tocsin.cli.evidence.pieces import piece_named
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command, whole
from tocsin.cli.frame.deciding import INCIDENT, about_incident, access
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import people
from tocsin.desk.evidence.analysing import speaking
from tocsin.dossier.analysis_page import as_html, as_svg
from tocsin.facts import Access, Draft, Entry, Refused, incident_log
from tocsin.facts.analysis import Bearing, Conclusion, Strength
from tocsin.facts.failure_modes import FailureMode, mode_named
from tocsin.incident import decide_analysis as decide
from tocsin.incident.analysis import analysis_of
from tocsin.incident.fold import replay
from tocsin.incident.refusals import require_known
from tocsin.register.mistakes import did_you_mean

Choose = Callable[[Sequence[Entry], decide.Speaker], list[Draft]]


def add(places: Commands) -> None:
    top = places.add_parser(
        "analysis",
        help="why it failed: hypotheses, evidence for and against, queries, replays, lineage",
        description="The workspace of the cause. Everything in it is recorded and can be repeated.",
        epilog='examples:\n  tocsin analysis hypothesis 7K3 "release 7 lost its tokenizer" '
        "--mode degradation\n  tocsin analysis weigh 7K3 H1 --entry 12 --supports "
        '--because "the rate rose within a minute"\n'
        '  tocsin analysis conclude 7K3 H1 supported --because "replayed"\n'
        "  tocsin analysis show 7K3",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    _add_hypothesis(inner)
    _add_weigh(inner)
    _add_conclude(inner)
    add_query(inner)
    add_requests(inner)
    add_replay(inner)
    add_lineage(inner)
    _add_show(inner)


def _add_hypothesis(inner: Commands) -> None:
    made = about_incident(
        inner, "hypothesis", run_hypothesis, "say why it may have failed",
        examples='  tocsin analysis hypothesis 7K3 "the feed was poisoned" --mode data-poisoning\n'
        '  tocsin analysis hypothesis 7K3 "by the vendor\'s token" --under H1',
    )  # fmt: skip
    made.add_argument("statement")
    made.add_argument(
        "--mode", type=_mode, metavar="MODE", help="the way of failing that it is: drift, ..."
    )
    made.add_argument("--under", metavar="H1", help="the broader hypothesis that it would explain")
    access(made)


def _add_weigh(inner: Commands) -> None:
    made = about_incident(
        inner, "weigh", run_weigh, "hold a piece of evidence against a hypothesis",
        examples='  tocsin analysis weigh 7K3 H1 --evidence 3fa2 --contradicts --strength strong '
        '--because "version 6 gives the same answers"',
    )  # fmt: skip
    made.add_argument("hypothesis", metavar="H1")
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument("--evidence", metavar="SHA256", help="a piece in the vault")
    what.add_argument("--entry", type=whole, metavar="NUMBER", help="an entry of the timeline")
    which = made.add_mutually_exclusive_group(required=True)
    for one in Bearing:
        which.add_argument(
            f"--{one.value}", dest="bearing", action="store_const", const=one, help="which way"
        )
    made.add_argument(
        "--strength", choices=[one.value for one in Strength], default=Strength.MODERATE.value
    )
    made.add_argument("--because", required=True)
    access(made)
    reply = about_incident(
        inner, "answer", run_answer, "say why evidence against a hypothesis does not refute it",
        examples='  tocsin analysis answer 7K3 H1 14 --because "its log was cut at noon"',
    )  # fmt: skip
    reply.add_argument("hypothesis", metavar="H1")
    reply.add_argument(
        "weighed", type=whole, metavar="NUMBER", help="the entry in which it was weighed"
    )
    reply.add_argument("--because", required=True)
    access(reply)


def _add_conclude(inner: Commands) -> None:
    made = about_incident(
        inner, "conclude", run_conclude, "conclude on a hypothesis: supported, refuted or open",
        examples='  tocsin analysis conclude 7K3 H1 supported --because "the replay shows it"',
        dated=False,
    )  # fmt: skip
    made.add_argument("hypothesis", metavar="H1")
    made.add_argument("conclusion", choices=[one.value for one in Conclusion])
    made.add_argument("--because", required=True)
    made.add_argument(
        "--despite", default="", metavar="WHY", help="why, though evidence against it is unanswered"
    )
    access(made)


def _add_show(inner: Commands) -> None:
    made = command(
        inner, "show", run_show, "every hypothesis with what speaks for and against it",
        examples="  tocsin analysis show 7K3\n  tocsin analysis show 7K3 --html --to cause.html\n"
        "  tocsin analysis show 7K3 --svg --width 480 --to cause.svg",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    form = made.add_mutually_exclusive_group()
    form.add_argument("--svg", action="store_true", help="as a picture")
    form.add_argument("--html", action="store_true", help="as a page for any width of screen")
    made.add_argument("--width", type=whole, default=900, help="of the picture, from 320 to 4000")
    made.add_argument("--to", type=Path, metavar="FILE", help="where it is written")
    reading.options(made)


def _mode(text: str) -> FailureMode:
    mode = mode_named(text)
    if mode is None:
        known = [one.value for one in FailureMode]
        raise argparse.ArgumentTypeError(
            f"{text!r} is no way of failing; {did_you_mean(text, known, ', '.join(known))}"
        )
    return mode


def run_hypothesis(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(entries: Sequence[Entry], speaker: decide.Speaker) -> list[Draft]:
        return decide.raised(
            entries, speaker, statement=args.statement, mode=args.mode, under=args.under,
            access=args.access,
        )  # fmt: skip

    return _said(args, screen, choose)


def run_weigh(args: argparse.Namespace, screen: Screen) -> Answer:
    evidence = None
    if args.evidence is not None:
        with seated(args, screen, warns=False) as seat:
            evidence = piece_named(seat.desk, args.evidence, seen=seat.naming(args.access))

    def choose(entries: Sequence[Entry], speaker: decide.Speaker) -> list[Draft]:
        return decide.weighed(
            entries, speaker, hypothesis=args.hypothesis, evidence=evidence, entry=args.entry,
            bearing=args.bearing, strength=Strength(args.strength), because=args.because,
            access=args.access,
        )  # fmt: skip

    return _said(args, screen, choose)


def run_answer(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(entries: Sequence[Entry], speaker: decide.Speaker) -> list[Draft]:
        return decide.answered(
            entries, speaker, hypothesis=args.hypothesis, weighed=args.weighed,
            because=args.because, access=args.access,
        )  # fmt: skip

    return _said(args, screen, choose)


def run_conclude(args: argparse.Namespace, screen: Screen) -> Answer:
    def choose(entries: Sequence[Entry], speaker: decide.Speaker) -> list[Draft]:
        return decide.concluded(
            entries, speaker, hypothesis=args.hypothesis,
            conclusion=Conclusion(args.conclusion), because=args.because, despite=args.despite,
            access=args.access,
        )  # fmt: skip

    return _said(args, screen, choose, oneself=True)


def _said(
    args: argparse.Namespace, screen: Screen, choose: Choose, *, oneself: bool = False
) -> Answer:
    """Record what `choose` decides, and show how the hypothesis stands then."""
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        if oneself:
            people.check_oneself(seat.desk, seat.author)
        speaker = speaking(seat.desk, log, seat.author, args.at)

        def judge(entries: list[Entry]) -> list[Draft]:
            require_known(replay(entries))
            return choose(entries, speaker)

        appended = seat.desk.decide(
            log, judge, seat.author, client_key=args.client_key, sign=seat.sign
        )
        entries = seat.world.journal.read(log)  # filtered by label below
        name = seat.short(incident)
    own = range(appended.first_seq, appended.last_seq + 1)  # which they see, for whomever it is
    known = analysis_of(
        entry for entry in entries if entry.access in speaker.labels or entry.seq in own
    )
    said = entries[appended.first_seq - 1].fact
    one = known.hypotheses[str(getattr(said, "hypothesis", ""))]
    again = " (it was on record already)" if appended.repeated else ""
    data = {
        "incident": incident,
        "entries": [appended.first_seq, appended.last_seq],
        "repeated": appended.repeated,
        "hypothesis": hypothesis_data(one),
    }
    for_, against = len(one.that(Bearing.SUPPORTS)), len(one.that(Bearing.CONTRADICTS))
    return Answer(
        data=data,
        text=f"{name}: {one.id} {one.standing.value}: {for_} for, {against} against{again}",
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    if not 320 <= args.width <= 4000:
        raise Refused("--width is from 320 to 4000")
    if args.to is not None:
        require_free(args.to)
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        log = incident_log(incident)
        readers = reading.labels(args, opened, log)
        known = analysis_of(reading.entries(args, opened, log, frozenset(Access)), readers)
        name = short.shortest(incident, short.incidents(opened.store))
    doubtful = any(one.doubts for one in known.hypotheses.values())
    data: dict[str, object] = {"incident": incident, **as_data(known)}
    if args.svg or args.html:
        page = as_svg(known, name, args.width) if args.svg else as_html(known, name)
        if args.to is None:
            return Answer(data={**data, "page": page}, text=page)
        written_new(args.to, page.encode())
        data["file"] = str(args.to)
        count = len(known.hypotheses)
        told = "1 hypothesis" if count == 1 else f"{count} hypotheses"
        return Answer(data=data, text=f"{args.to}: {told}")
    width = shutil.get_terminal_size().columns
    text = as_text(known, name, width)
    if args.to is not None:
        written_new(args.to, (text + "\n").encode())
    return Answer(data=data, text=text, status=PROBLEM if doubtful else DONE)
