"""`tocsin verify`: whether the record, or an evidence package, is as it was written.

Three verdicts that are never merged: consistent in itself, signed by whom you expect, rolled back.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, WORLD_FAILED, Answer, Screen
from tocsin.cli.record.closer_look import CloserLook
from tocsin.cli.record.witnessing import asked_now, asked_of_package_now, keys_by_url
from tocsin.facts import BrokenLog, NewerVersion, Refused
from tocsin.journal import verify
from tocsin.journal.packed import Packed
from tocsin.journal.policy import Policy, parse_policy
from tocsin.journal.verify_home import HomeVerdicts, verify_home
from tocsin.journal.witness_answers import Answers
from tocsin.register.model import Register

ASKING = "asking the witness"
STOP = "Stop. Keep every file as it is, tell counsel, and compare with your packages."


def add(places: Commands) -> None:
    made = command(
        places,
        "verify",
        run_verify,
        "check the record, or an evidence package, and say what was checked",
        examples="  tocsin verify\n  tocsin verify PACKAGE --key SHA256:...\n"
        "  tocsin verify --witness http://witness.example.com:8472\n"
        "  tocsin verify PACKAGE --key SHA256:... --witness http://witness.example.com:8472",
    )
    made.add_argument("path", type=Path, nargs="?", metavar="PACKAGE",
                      help="an evidence package; the home's record when not given")  # fmt: skip
    made.add_argument("--key", metavar="FINGERPRINT",
                      help="the signer you expect, as you were told by another way")  # fmt: skip
    made.add_argument("--policy", type=Path, metavar="FILE",
                      help="a C2SP tlog-policy: the keys and witnesses that you trust")  # fmt: skip
    made.add_argument("--head", type=Path, metavar="FILE",
                      help="a checkpoint that you kept from an earlier time")  # fmt: skip
    made.add_argument("--witness", action="append", default=[], metavar="URL",
                      help="ask this witness now; each one you name must settle it")  # fmt: skip


def run_verify(args: argparse.Namespace, screen: Screen) -> Answer:
    trust = verify.Trust(key=args.key, policy=args.policy, head=args.head)
    try:
        _check_policy(trust)
        if args.path is not None and not (args.path / "tocsin.toml").exists():
            return _package(args, trust, screen)
        return _home(args, trust, screen)
    except ValueError as bad:
        raise Refused(str(bad)) from None
    except OSError as bad:
        raise Refused(f"{bad.filename}: {bad.strerror}") from None


def _package(args: argparse.Namespace, trust: verify.Trust, screen: Screen) -> Answer:
    if not args.path.is_dir():
        raise Refused(f"{args.path} is no folder; an evidence package is one")
    steps = {
        "bytes": screen.progress("reading the package", "bytes"),
        "entries": screen.progress("checking entries"),
    }
    verdicts = verify.verify_bag(
        args.path, trust, lambda what, done, total: steps[what](done, total)
    )
    answers = None
    if args.witness and verdicts.consistent:
        keys = keys_by_url(Register(), _policy(trust))
        package = Packed(args.path, verdicts.root)
        with screen.waiting(ASKING):
            answers = asked_of_package_now(args.witness, package, keys)
    if answers is not None:
        verdicts = _with_answers(args.path, trust, verdicts, answers)
    silence = answers is not None and answers.only_silent
    sound_but_for_it = dataclasses.replace(verdicts, witness_holds=None).accepted
    return Answer(
        data=verify.as_json(verdicts),
        text=verify.in_words(verdicts) + (STOP if answers is not None and answers.deny else ""),
        status=DONE if verdicts.accepted else _amiss(silence and sound_but_for_it),
    )


def _with_answers(
    path: Path, trust: verify.Trust, before: verify.Verdicts, answers: Answers
) -> verify.Verdicts:
    """The verdicts with what witnesses said; a policy counts the cosignatures that they gave."""
    lines = answers.lines(before.size)
    if trust.policy is not None and lines:
        before = verify.verify_bag(path, dataclasses.replace(trust, cosigned=lines))
    return dataclasses.replace(
        before,
        rollback=answers.words,
        rollback_up_to=answers.up_to,
        witnesses=answers.witnesses,
        witness_holds=answers.hold,
    )


def _check_policy(trust: verify.Trust) -> None:
    """Raises Refused, naming the file, where the policy that was brought cannot be read."""
    for file in (trust.policy, trust.head):
        if file is not None:
            whole_bytes(file, "a file that you keep, as it was given to you")
    try:
        _policy(trust)
    except ValueError as bad:
        raise Refused(f"the policy {trust.policy} cannot be read: {bad}") from None


def _policy(trust: verify.Trust) -> Policy | None:
    return None if trust.policy is None else parse_policy(trust.policy.read_bytes())


def _home(args: argparse.Namespace, trust: verify.Trust, screen: Screen) -> Answer:
    home = args.path or args.home
    try:
        with wiring.open_home(home, warn=screen.say) as opened:
            opened.store.integrate()
            keys = keys_by_url(opened.declared, _policy(trust))
            with screen.waiting(ASKING):
                answers = asked_now(args.witness, opened.store, keys)
            closer = CloserLook(opened.store)
            verdicts = verify_home(
                opened.store,
                opened.key,
                trust=trust,
                pinned=keys.values(),
                answers=answers,
                look=closer.look,
                progress=screen.progress("checking entries"),
            )
            people = closer.told() if verdicts.consistent else []
    except NewerVersion:
        raise  # that this version cannot read it says nothing against the record
    except BrokenLog as broken:
        verdicts, people = _broken(home, broken, screen), []
    sound = verdicts.accepted and not people
    return Answer(
        data={
            "accepted": sound,
            "consistent": verdicts.consistent,
            "breaks": verdicts.breaks,
            "size": verdicts.size,
            "root": verdicts.root,
            "signed_by": verdicts.signed_by,
            "unconfirmed": verdicts.unconfirmed,
            "rollback": verdicts.rollback,
            "rollback_up_to": verdicts.rollback_up_to,
            "witnesses": verdicts.witnesses,
            "witness_holds": verdicts.witness_holds,
            "head": verdicts.head,
            "unproven": people,
        },
        text=_in_words(verdicts, people),
        status=DONE if sound else _amiss(verdicts.lacks_only_answers and not people),
    )


def _amiss(only_silence: bool) -> int:
    """A record in which nothing is wrong as far as it could be checked is no problem found."""
    return WORLD_FAILED if only_silence else PROBLEM


def _broken(home: Path, why: BrokenLog, screen: Screen) -> HomeVerdicts:
    """The first entry that breaks, where a walk can find it; else why the record did not open.

    A key file that was exchanged says nothing about the record, which is judged without it.
    """
    try:
        with wiring.open_home(home, warn=screen.say, check_tail=False) as opened:
            found = verify_home(opened.store, opened.key)
    except BrokenLog as broken:
        return HomeVerdicts(consistent=False, breaks=str(broken))
    if isinstance(why, wiring.OtherKey) and found.consistent:
        return found
    return HomeVerdicts(consistent=False, breaks=found.breaks or str(why), size=found.size)


def _in_words(verdicts: HomeVerdicts, people: list[str]) -> str:
    if not verdicts.consistent:
        return f"consistent: NO\n  first break: {verdicts.breaks}\n{STOP}"
    signer = f"{verdicts.signed_by}"
    if verdicts.unconfirmed is not None:
        signer = f"NO: {signer}, NOT AS EXPECTED: {verdicts.unconfirmed}"
    lines = [
        f"consistent: yes, {verdicts.size:,} entries, root {verdicts.root[:16]}",
        f"signed by: {signer}",
        f"rollback: {verdicts.rollback}",
        f"remembered head: {verdicts.head}",
    ]
    lines += [f"NOT AS RECORDED: {why}" for why in people]
    if not people:
        lines.append(
            "words: all there or erased on record; every signature is by a key enrolled then"
        )
    if verdicts.answers is not None and verdicts.answers.deny:
        lines.append(STOP)
    return "\n".join(lines)
