"""What is known and how surely: `severity`, `phase`, `aware`, `claim`, `ask`, `note` and more."""

from __future__ import annotations

import argparse

from tocsin.cli.evidence.pieces import piece_named
from tocsin.cli.frame.arguments import Commands, whole
from tocsin.cli.frame.deciding import about_incident, access, decided
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.facts.incidents import Grade, PersonClass, Phase, Severity
from tocsin.incident import decide
from tocsin.register.model import Decision


def add(inner: Commands) -> None:
    _add_course(inner)
    _add_awareness(inner)
    _add_claims(inner)
    _add_questions(inner)
    note = about_incident(inner, "note", run_note, "add a remark to the timeline")
    note.add_argument("text")
    access(note)


def _add_course(inner: Commands) -> None:
    severity = about_incident(
        inner,
        "severity",
        run_severity,
        "judge how bad it is, with reasons",
        examples='  tocsin incident severity 7K3 sev2 --reason "refunds promised" '
        '--basis "12 of 40 sampled answers"',
    )
    severity.add_argument("severity", choices=[one.value for one in Severity])
    severity.add_argument("--reason", action="append", required=True, help="may be repeated")
    severity.add_argument("--basis", required=True, help="what you looked at")
    phase = about_incident(inner, "phase", run_phase, "say that the response moved to a phase")
    phase.add_argument("phase", choices=[one.value for one in Phase])
    phase.add_argument("--because", required=True)


def _add_awareness(inner: Commands) -> None:
    aware = about_incident(
        inner,
        "aware",
        run_aware,
        "record that someone knew enough, at --at; legal clocks start from this",
        examples="  tocsin incident aware 7K3 ana --standing management "
        '--basis "read ticket 4411" --at 2026-11-23T09:05+01:00',
    )
    aware.add_argument("who", metavar="PERSON")
    aware.add_argument("--standing", required=True, choices=[one.value for one in PersonClass])
    aware.add_argument("--basis", required=True)
    ruling = about_incident(
        inner,
        "rule-awareness",
        run_ruling,
        "counsel: whether an awareness counts in law; signed, once anybody has a key",
        examples="  tocsin incident rule-awareness 7K3 4 --counts-not --because hearsay "
        "--as cleo --key ~/.ssh/id_ed25519",
    )
    ruling.add_argument("awareness", type=whole, help="the number of the timeline's entry")
    which = ruling.add_mutually_exclusive_group(required=True)
    which.add_argument("--counts", action="store_true")
    which.add_argument("--counts-not", action="store_true")
    ruling.add_argument("--because", required=True)
    access(ruling)


def _add_claims(inner: Commands) -> None:
    claim = about_incident(inner, "claim", run_claim, "state what is held to be so, and how surely")
    claim.add_argument("statement")
    claim.add_argument("--grade", choices=[one.value for one in Grade], default="suspected")
    claim.add_argument("--evidence", action="append", default=[], metavar="SHA256")
    access(claim)
    grade = about_incident(inner, "grade", run_grade, "a claim became surer, or was refuted")
    grade.add_argument("claim", help="C1, C2, ...")
    grade.add_argument("grade", choices=[one.value for one in Grade])
    grade.add_argument("--because", required=True)
    grade.add_argument("--evidence", action="append", default=[], metavar="SHA256")
    access(grade)


def _add_questions(inner: Commands) -> None:
    ask = about_incident(inner, "ask", run_ask, "raise a question that must be answered")
    ask.add_argument("text")
    access(ask)
    settle = about_incident(inner, "settle", run_settle, "answer an open question")
    settle.add_argument("question", help="Q1, Q2, ...")
    settle.add_argument("answer")
    access(settle)


def run_severity(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.judge_severity(
            said.incident,
            said.actor,
            said.at,
            severity=Severity(args.severity),
            reasons=args.reason,
            basis=args.basis,
        ),
        f"severity is {args.severity}",
    )


def run_phase(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.enter_phase(
            said.incident, said.actor, said.at, phase=Phase(args.phase), because=args.because
        ),
        f"phase is {args.phase}",
    )


def run_aware(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.record_awareness(
            said.incident,
            said.actor,
            said.at,
            person=args.who,
            standing=PersonClass(args.standing),
            basis=args.basis,
        ),
        f"{args.who}'s awareness is recorded",
    )


def run_ruling(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.judge_awareness(
            said.incident,
            said.actor,
            said.at,
            awareness=args.awareness,
            counts=args.counts,
            because=args.because,
            access=args.access,
        ),
        f"awareness {args.awareness} {'counts' if args.counts else 'does not count'}; it stays",
        needs=Decision.AWARENESS,
    )


def _evidence(args: argparse.Namespace, screen: Screen) -> list[str]:
    """The pieces that a claim rests on, each in the vault's custody."""
    if not args.evidence:
        return []
    with seated(args, screen, warns=False) as seat:
        seen = seat.naming(args.access)
        return [piece_named(seat.desk, one, in_vault=True, seen=seen) for one in args.evidence]


def run_claim(args: argparse.Namespace, screen: Screen) -> Answer:
    evidence = _evidence(args, screen)
    return decided(
        args,
        screen,
        lambda said: decide.claim(
            said.incident,
            said.actor,
            said.at,
            statement=args.statement,
            grade=Grade(args.grade),
            evidence=evidence,
            access=args.access,
            readable=said.readable,
        ),
        f"claimed ({args.grade})",
    )


def run_grade(args: argparse.Namespace, screen: Screen) -> Answer:
    evidence = _evidence(args, screen)
    return decided(
        args,
        screen,
        lambda said: decide.regrade(
            said.incident,
            said.actor,
            said.at,
            claim=args.claim,
            grade=Grade(args.grade),
            because=args.because,
            evidence=evidence,
            access=args.access,
            readable=said.readable,
        ),
        f"{args.claim} is {args.grade}",
    )


def run_ask(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.raise_question(
            said.incident,
            said.actor,
            said.at,
            text=args.text,
            access=args.access,
            readable=said.readable,
        ),
        "asked; the incident cannot be closed before it is settled",
    )


def run_settle(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.settle_question(
            said.incident,
            said.actor,
            said.at,
            question=args.question,
            answer=args.answer,
            access=args.access,
            readable=said.readable,
        ),
        f"{args.question} is settled",
    )


def run_note(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.note(
            said.incident, said.actor, said.at, text=args.text, access=args.access
        ),
        "noted",
    )
