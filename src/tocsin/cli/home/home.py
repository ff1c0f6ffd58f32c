"""`tocsin init` and `tocsin doctor`: make a home, and say whether it can be relied on."""

from __future__ import annotations

import argparse
import platform
import shutil
import sqlite3

from tocsin import __version__, wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.health.clock import clock
from tocsin.cli.health.finding import (
    Finding,
    guarded,
    lessons_owed,
    told,
    unreferenced,
    vault_read,
    writable,
)
from tocsin.cli.health.inbox import inbox
from tocsin.cli.health.law import law
from tocsin.cli.health.outbox import outside
from tocsin.cli.health.recovery import coming_back
from tocsin.cli.health.switches import switches
from tocsin.cli.home import installing
from tocsin.facts import HOME_LOG, BrokenLog, Refused, Unreachable
from tocsin.journal.sqlite import sqlite_risk
from tocsin.register.keyring import Keyring
from tocsin.register.mistakes import mistakes_only
from tocsin.register.references import WITNESS

DISK_FREE_MIN = 256 * 1024 * 1024


def add(places: Commands) -> None:
    init = command(
        places,
        "init",
        run_init,
        "make a home for the record, its key and the register (safe to repeat)",
        examples="  tocsin init\n  tocsin --home /srv/tocsin init --origin incidents.example.com",
    )
    init.add_argument(
        "--origin",
        help="the name under which this record signs, such as incidents.example.com; "
        "chosen at random when not given, and never changed afterwards",
    )
    init.add_argument(
        "--found-anew",
        metavar="REASON",
        help="the record was lost for good: begin another in its place; the reason is "
        "recorded, and witnesses and earlier packages will contradict it",
    )
    installing.options(init)
    command(
        places, "doctor", run_doctor, "say whether this home can be relied on, and what to mend"
    )


def run_init(args: argparse.Namespace, screen: Screen) -> Answer:
    made = wiring.found(
        args.home, args.origin, screen.say, anew=args.found_anew, account=person.account()
    )
    done = "made" if made.new else "is ready"
    if args.service:
        return installing.written(made, args)
    return Answer(
        data={"home": str(made.home), "key": made.key, "origin": made.origin, "new": made.new},
        text=(
            f"home {made.home} {done}\n"
            f"  origin  {made.origin}\n"
            f"  key     {made.key}\n"
            "Write the key's fingerprint down outside this machine: whoever checks an evidence "
            "package needs it.\n"
            f"Next: edit {made.home}/register/*.toml, then: tocsin register lint"
        ),
    )


def run_doctor(args: argparse.Namespace, screen: Screen) -> Answer:
    findings = [_version(), _sqlite(), _tool("ssh-keygen"), _tool("openssl"), clock()]
    findings += [_space(args)]
    wiring.origin_of(args.home)  # where there is no home at all, there is nothing to mend
    try:
        with wiring.open_home(args.home, warn=screen.say) as opened:
            findings += _record(opened)
            findings += [guarded(opened), *writable(opened), vault_read(opened)]
            findings += inbox(opened)
            findings += [*_register(opened), _playbooks(opened), *switches(opened)]
            findings += coming_back(opened)
            findings += [*outside(opened), lessons_owed(opened), *law(opened)]
    except (Refused, Unreachable, BrokenLog) as bad:
        findings.append(told("home", bad))
    sick = [finding for finding in findings if not finding.ok]
    lines = [
        f"{'ok  ' if f.ok else 'MEND'}  {f.what}: {f.seen}"
        + (f"\n      {f.remedy}" if f.remedy else "")
        for f in findings
    ]
    lines.append(f"{len(sick)} to mend" if sick else "nothing to mend")
    return Answer(
        data={"ok": not sick, "findings": findings},
        text="\n".join(lines),
        status=PROBLEM if sick else DONE,
    )


def _version() -> Finding:
    seen = f"tocsin {__version__}, Python {platform.python_version()}"
    return Finding(what="version", ok=True, seen=seen)


def _sqlite() -> Finding:
    risk = sqlite_risk(sqlite3.sqlite_version_info)
    mode = "TRUNCATE" if risk else "WAL"
    return Finding(
        what="SQLite",
        ok=True,
        seen=f"{sqlite3.sqlite_version}, journal mode {mode}, synchronous FULL",
        remedy=f"{risk}; so the slower, safe journal mode is used" if risk else "",
    )


def _tool(name: str) -> Finding:
    found = shutil.which(name)
    return Finding(
        what=name,
        ok=True,
        seen=found or "not installed",
        remedy=""
        if found
        else "only needed to sign with a key in an agent, and by others to check",
    )


def _space(args: argparse.Namespace) -> Finding:
    place = args.home if args.home.exists() else args.home.absolute().parent
    free = shutil.disk_usage(place).free
    return Finding(
        what="disk",
        ok=free >= DISK_FREE_MIN,
        seen=f"{free // 2**20:,} MiB free",
        remedy=""
        if free >= DISK_FREE_MIN
        else "make room: the reserve lasts for a few entries only",
    )


def _record(opened: wiring.Opened) -> list[Finding]:
    store = opened.store
    waiting = store.unintegrated()
    engine = "PostgreSQL" if store.is_postgres else f"SQLite ({store.journal_mode})"
    seen = f"{engine}, {store.size():,} entries under {store.origin}"
    found = [
        Finding(what="record", ok=True, seen=seen),
        Finding(
            what="entries without proof",
            ok=waiting == 0,
            seen=str(waiting),
            remedy="" if waiting == 0 else "run: tocsin verify (it integrates them); look again",
        ),
    ]
    if not store.is_postgres:
        there = (opened.home / "reserve").exists()
        found.append(
            Finding(
                what="reserve",
                ok=there,
                seen="in place" if there else "used up",
                remedy="" if there else "the disk was full; make room, it is kept again by itself",
            )
        )
    return found


def _deciding(proven: bool) -> Finding:
    """What final decisions rest on."""
    if proven:
        seen = "releasing holds, destroying, erasing, judging an awareness need a signature"
        return Finding(what="decisions", ok=True, seen=seen)
    return Finding(
        what="decisions",
        ok=True,
        seen="nobody's key is enrolled, so an account's name is all that a decision rests on",
        remedy="run: tocsin register enrol PERSON FILE.pub; then final decisions are signed",
    )


def _in_force(opened: wiring.Opened) -> Finding:
    """Whether what stands in the files is what is used."""
    what = "register in force"
    try:
        differs, register = opened.difference, opened.in_force
    except Refused as unreadable:
        return told(what, unreadable)
    if differs is None:
        adopted = opened.desk.knowledge.register_adopted()
        seen = f"{adopted[:12]}, as the files say" if adopted else "none was adopted yet"
        seen += f"; {len(register.integrations)} integrations can act, look or vouch"
        return Finding(what=what, ok=True, seen=seen)
    seen, _, remedy = differs.partition("; ")
    return Finding(what=what, ok=False, seen=seen, remedy=remedy)


def _playbooks(opened: wiring.Opened) -> Finding:
    """Whether the plans that an alarm starts can be carried out here."""
    count, told = wiring.linted_plans(opened.home, opened.declared, opened.world.clock)
    wrong = mistakes_only(told)
    return Finding(
        what="playbooks",
        ok=not wrong,
        seen=f"{count} plans, {len(wrong)} mistakes"
        + (f"; the first: {wrong[0]}" if wrong else ""),
        remedy="an alarm would find them; run: tocsin register lint" if wrong else "",
    )


def _register(opened: wiring.Opened) -> list[Finding]:
    wrong = mistakes_only(opened.mistakes)
    keyring = Keyring.replay(opened.store.read(HOME_LOG))
    enrolled = {key.person for key in keyring.keys.values() if key.revoked_at is None}
    unproven = sorted(opened.declared.people.keys() - enrolled)
    unpinned = sorted(
        one.id
        for one in opened.declared.integrations.values()
        if one.kind == WITNESS and "key" not in one.settings
    )
    return [
        Finding(
            what="register",
            ok=not wrong,
            seen=f"{len(opened.declared.systems)} systems, {len(opened.declared.people)} people, "
            f"{len(wrong)} mistakes",
            remedy="run: tocsin register lint" if wrong else "",
        ),
        _in_force(opened),
        unreferenced(opened),
        _deciding(bool(enrolled)),
        Finding(
            what="enrolments that count for nothing",
            ok=not keyring.doubts,
            seen=str(len(keyring.doubts)),
            remedy="; ".join(f"entry {doubt.seq}: {doubt.why}" for doubt in keyring.doubts),
        ),
        Finding(
            what="people without a key",
            ok=not unproven,
            seen=", ".join(unproven) or "none",
            remedy="they cannot approve; run: tocsin register enrol PERSON FILE.pub"
            if unproven
            else "",
        ),
        Finding(
            what="witnesses whose key the register does not name",
            ok=not unpinned,
            seen=", ".join(unpinned) or "none",
            remedy="what they signed counts for nothing later; write settings.key, as they told it"
            if unpinned
            else "",
        ),
    ]
