"""`tocsin register`: what is known before anything fails, and who is proven by which key."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Commands, Parser, command, instant
from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk import people
from tocsin.facts import HOME_LOG, Refused
from tocsin.facts.registers import (
    PersonTokenIssued,
    RegisterAdopted,
    TokenIssued,
    TokenRevoked,
)
from tocsin.register.can import SCOPES
from tocsin.register.files import load_register, write_atomically
from tocsin.register.import_csv import import_people, import_systems
from tocsin.register.keyring import Keyring
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.register.model import Register
from tocsin.register.staffing import told_of_staffing
from tocsin.register.tokens import new_machine_token, new_person_token
from tocsin.world import RealClock

TABLE_BYTES_MAX = 64 * 1024 * 1024


def add(places: Commands) -> None:
    top = places.add_parser(
        "register",
        help="what is known before anything fails: systems, people, keys, integrations",
        description="The register: TOML files in HOME/register/. Edit them, lint them, adopt them.",
        epilog="examples:\n  tocsin register lint\n  tocsin register import systems inventory.csv\n"
        "  tocsin register adopt\n  tocsin register enrol ana ana.pub",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    command(inner, "lint", run_lint, "check all files and playbooks; says every mistake at once")
    adopt = command(inner, "adopt", run_adopt, "put the register into force; its hash is recorded")
    person.options(adopt)
    command(inner, "show", run_show, "the register as it is read now")
    command(inner, "keys", run_keys, "who is proven by which key or token")
    _add_import(inner)
    _add_keys(inner)
    _add_tokens(inner)


def _add_import(inner: Commands) -> None:
    made = command(
        inner,
        "import",
        run_import,
        "make a register file from a CSV file; never overwrites what is known",
        examples="  tocsin register import systems inventory.csv",
    )
    made.add_argument("kind", choices=("systems", "people"))
    made.add_argument("file", type=Path)


def _add_keys(inner: Commands) -> None:
    enrol = command(
        inner,
        "enrol",
        run_enrol,
        "let an SSH key prove a person; once a key is enrolled, a proven person must vouch",
        examples="  tocsin register enrol ana ana.pub\n"
        "  tocsin register enrol ben ben.pub --as ana --key ~/.ssh/id_ed25519",
    )
    enrol.add_argument("who", metavar="PERSON")
    enrol.add_argument("pub", type=Path, metavar="FILE.pub", help="their public key file")
    enrol.add_argument("--until", type=instant, help="from when it proves nobody any more")
    person.options(enrol)
    revoke = command(inner, "revoke", run_revoke, "a key proves nobody from now on")
    revoke.add_argument("fingerprint")
    revoke.add_argument("--because", required=True)
    person.options(revoke)


def _add_tokens(inner: Commands) -> None:
    issue = command(
        inner,
        "token",
        run_token,
        "a token for a machine or a person; it is shown once and only its hash is kept",
        examples="  tocsin register token monitoring --scope record\n"
        "  tocsin register token ana --person --scope read --scope record "
        "--until 2026-12-31T00:00Z --as ben --key KEY",
    )
    issue.add_argument("holder", metavar="NAME", help="of the machine, or of the person")
    issue.add_argument(
        "--person",
        dest="of_person",
        action="store_true",
        help="it speaks for a person of the register: sign for it, give an end and scopes; it "
        "approves nothing",
    )
    issue.add_argument(
        "--scope",
        action="append",
        default=[],
        help=f"what it allows: {', '.join(sorted(SCOPES))}; `record` (of a machine, when none is "
        "given) opens incidents and says what it found",
    )
    issue.add_argument("--until", type=instant, help="from when it is worth nothing any more")
    person.options(issue)
    end = command(inner, "token-revoke", run_token_revoke, "a token is worth nothing from now on")
    end.add_argument("token", help="its public id")
    end.add_argument("--because", required=True)
    person.options(end)


def run_lint(args: argparse.Namespace, screen: Screen) -> Answer:
    folder = args.home / "register"
    register, told = wiring.declared(args.home, RealClock())
    _, of_plans = wiring.linted_plans(args.home, register, RealClock())
    staffing = told_of_staffing(register, RealClock().now()) if not mistakes_only(told) else []
    return _mistakes([*told, *of_plans, *staffing], folder)


def _mistakes(told: list[Mistake], folder: Path) -> Answer:
    wrong = mistakes_only(told)
    lines = [str(mistake) for mistake in told]
    lines.append(f"{folder}: {len(wrong)} mistakes, {len(told) - len(wrong)} pieces of advice")
    return Answer(
        data={"ok": not wrong, "mistakes": told},
        text="\n".join(lines),
        status=PROBLEM if wrong else DONE,
    )


def run_adopt(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen, warns=False) as seat:
        told = list(seat.opened.mistakes)
        if mistakes_only(told):
            return _mistakes(told, args.home / "register")
        register, before = seat.opened.declared, seat.desk.knowledge.register_adopted()
        emptied = wiring.emptying(register, before)
        if emptied is not None:
            return _mistakes([emptied], args.home / "register")
        digest = register.digest
        # Before all else: it may be just these bytes that are missing, and then nothing is decided.
        seat.world.vault.put(io.BytesIO(register.canonical()))
        adopted = (before or Register().digest) != digest
        if adopted:
            fact = RegisterAdopted(
                digest=digest, systems=len(register.systems), people=len(register.people)
            )
            people.vouched(seat.desk, fact, seat.author, sign=seat.sign)
    for advice in told:
        screen.say(str(advice))
    if before is None and not adopted:
        done = "nothing is in force, and nothing is declared"
    else:
        done = "in force" if adopted else "in force already"
    return Answer(
        data={"digest": digest, "adopted": adopted, "mistakes": told},
        text=f"{done}: {len(register.systems)} systems, "
        f"{len(register.people)} people, {digest[:12]}",
    )


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    register, told = load_register(args.home / "register")
    lines = [
        f"{system.id:20} tier {system.tier}  owner {system.owner}"
        for system in register.systems.values()
    ]
    lines += [f"{who.id:20} {', '.join(who.roles)}" for who in register.people.values()]
    for mistake in mistakes_only(told):
        screen.say(str(mistake))
    return Answer(
        data=msgspec.to_builtins(register), text="\n".join(lines) or "the register is empty"
    )


def run_keys(args: argparse.Namespace, screen: Screen) -> Answer:
    with wiring.open_home(args.home, warn=screen.say) as opened:
        keyring = Keyring.replay(opened.store.read(HOME_LOG))
    lines = [
        f"{key.person:16} {key.fingerprint}  since {key.enrolled_at:%Y-%m-%d %H:%M} UTC"
        + (f", revoked {key.revoked_at:%Y-%m-%d %H:%M} UTC" if key.revoked_at else "")
        for key in keyring.keys.values()
    ]
    lines += [
        f"{token.holder:16} token {token.token}: {', '.join(token.scopes)}"
        + (" (revoked)" if token.revoked_at else "")
        for token in keyring.tokens.values()
    ]
    data = {"keys": list(keyring.keys.values()), "tokens": list(keyring.tokens.values()),
            "doubts": keyring.doubts}  # fmt: skip
    lines += [
        f"entry {doubt.seq} of the home log changes nothing: {doubt.why}"
        for doubt in keyring.doubts
    ]
    return Answer(data=data, text="\n".join(lines) or "nobody is enrolled yet")


def run_import(args: argparse.Namespace, screen: Screen) -> Answer:
    folder = args.home / "register"
    register, _ = load_register(folder)
    data = whole_bytes(args.file, "a CSV file", TABLE_BYTES_MAX)
    imported = (import_systems if args.kind == "systems" else import_people)(
        data, args.file.name, register
    )
    target = folder / f"{args.file.stem}.toml"
    if mistakes_only(imported.told):
        return _mistakes(list(imported.told), args.file)
    if target.exists():
        raise Refused(f"{target} exists; rename the CSV file or move that file away")
    if imported.ids:
        write_atomically(target, imported.toml.encode())
    return Answer(
        data={
            "file": str(target) if imported.ids else None,
            "imported": imported.ids,
            "mistakes": imported.told,
        },
        text="\n".join(
            [
                *map(str, imported.told),
                f"{len(imported.ids)} {args.kind} written to {target}",
                "Next: tocsin register lint",
            ]
        ),
    )


def run_enrol(args: argparse.Namespace, screen: Screen) -> Answer:
    try:
        line = whole_bytes(args.pub, "the .pub file of a key").decode("utf-8")
    except UnicodeDecodeError as bad:
        raise Refused(f"{args.pub}: {bad}") from None
    with seated(args, screen) as seat:
        fact = people.enrol(seat.desk, args.who, line, args.until, seat.author, sign=seat.sign)
        if args.who not in seat.register.people:
            screen.say(
                f"{args.who} is not in the register in force yet; add them to a file in register/, "
                "then: tocsin register adopt"
            )
    return Answer(
        data={"person": fact.person, "key": fact.fingerprint},
        text=f"{fact.fingerprint} proves {fact.person} from now on",
    )


def run_revoke(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        fact = people.revoke(seat.desk, args.fingerprint, args.because, seat.author, sign=seat.sign)
    return Answer(
        data={"person": fact.person, "key": fact.fingerprint},
        text=f"{fact.fingerprint} proves nobody from now on (it was {fact.person}'s)",
    )


def run_token(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        ids, now = seat.world.ids, seat.now()
        fact: TokenIssued | PersonTokenIssued
        named = (args.holder, ids.incident(), ids.salt())
        if args.of_person:
            text, fact = new_person_token(*named, args.scope, args.until, now)
        else:
            scopes = args.scope or [people.RECORD_SCOPE]
            text, fact = new_machine_token(*named, scopes, args.until, now)
        people.vouched(seat.desk, fact, seat.author, sign=seat.sign)
    whose = "person" if args.of_person else "machine"
    return Answer(
        data={"token": text, "id": fact.token, whose: args.holder, "scopes": fact.scopes},
        text=f"{text}\nshown once; give it to {args.holder} and keep it nowhere else",
    )


def run_token_revoke(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        if args.token not in seat.desk.knowledge.keyring().tokens:
            raise Refused(f"no token {args.token}; see: tocsin register keys")
        fact = TokenRevoked(token=args.token, because=args.because)
        people.vouched(seat.desk, fact, seat.author, sign=seat.sign)
    return Answer(data={"id": args.token}, text=f"token {args.token} is worth nothing from now on")
