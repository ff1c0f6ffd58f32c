"""The register's folder: reads its files, and writes each whole or not at all.

The only file of this room that touches a disk. Nothing outside the folder is read, wherever a link
may lead.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from tocsin.facts.errors import Refused
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.register.read import FILE_BYTES_MAX, read_placed
from tocsin.register.references import Places

STARTER_NAME = "register.toml"
STARTER = """\
# What Tocsin should know before anything fails. Check it with: tocsin register lint
# Split it over as many .toml files in this folder as you like. No secret stands here: only
# where one is found, as env:NAME or file:PATH.

# [entity]                            # who you are, as the law will ask
# legal_name = "Example GmbH"
# sectors = ["banking"]
# countries = ["DE"]                  # ISO 3166-1: where you are established
# employees = 240
#
# [[entity.proofs]]                   # which decision needs which proof
# decision = "approval"               # of an action that a plan wants to carry out
# proof = "signature"                 # by an enrolled SSH key; weaker: "link"; and "account",
#                                     # which approves nothing: Tocsin works under one too
# people = 2                          # two people, two keys; an override can ask for it too
# tiers = [1]                         # for systems of these tiers; leave out for all
#
# Without a rule: an approval is signed; once anybody's key is enrolled, so is releasing a hold,
# destroying evidence, erasing words, judging an awareness or a duty of law; dismissing and closing
# are for people of this register, who sign if they have a key. Others to rule on: override,
# enrolment, dismissal, closure, awareness, duty, hold-release, deletion, erasure.
#
# [[entity.words]]                    # who approves words to an audience, beyond the usual ones
# audience = "press"                  # customers, partners, affected-persons, regulator, ...
# approved_by = ["communications", "counsel"]   # another role for each: add "executive"

# [profile]                           # what the law asks about you, answered once
# jurisdictions = ["DE"]              # where you are established, the systems are used
# roles = ["provider", "controller"]  # what you are to the systems
# sector = ["finance"]
# entity = "credit-institution"       # asked by: tocsin law duties

# [people.ada]
# name = "Ada Example"
# email = "ada@example.org"
# phone = "+49 30 1234567"
# roles = ["commander", "communications"]   # "counsel" judges what the law asks
# deputies = ["ben"]
# hours = ["mon-fri 09:00-17:00"]     # leave out for always
# time_zone = "Europe/Berlin"
# reach = ["phone", "e-mail"]
# keys = ["ssh-ed25519 AAAA..."]      # enrol it, or it proves nothing: tocsin register enrol
#
# [people.ben]
# name = "Ben Example"
# email = "ben@example.org"
# roles = ["counsel"]

# [integrations.assistant-switch]
# kind = "file-switch"
# path = "switches/assistant"
#
# [integrations.assistant-seen]
# kind = "http-state"                 # looks at what is served, not at what the switch says
# url = "https://assistant.example.org/state"
#
# [integrations.pager]
# kind = "webhook"
# url = "https://hooks.example.org/tocsin"
# secret = "env:PAGER_SECRET"
#
# [integrations.on-call]
# kind = "pagerduty"
# url = "https://events.pagerduty.com/v2/enqueue"
# secret = "env:PAGERDUTY_ROUTING_KEY"
# settings.answers_secret = "env:PAGERDUTY_WEBHOOK_SECRET"  # its webhooks v3: /pagerduty/answers
#
# [integrations.tickets]
# kind = "jira"                       # a plan: act: tickets, target: 7K3, wanted: "opened: WORDS"
# url = "https://example.atlassian.net"  # then "commented: WORDS", "status: Done"
# secret = "env:JIRA_TOKEN"           # EMAIL:API-TOKEN
# settings.project = "OPS"
# settings.issue_type = "Task"
# settings.lag_seconds = "30"         # how late its search may show a new ticket; measure it
#
# [integrations.alive]
# kind = "dead-man"                   # a watch outside that raises the alarm when it hears nothing
# url = "https://watch.example.net/ping/1"
# settings.of = "work"                # whose sign: watch, work or web; one integration for each
#
# [integrations.auditor]
# kind = "witness"                    # of another house; it signs how large the record is
# url = "https://witness.example.com"
# settings.key = "witness.example.com+9a4e70b2+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

# [signals]                           # alarms of other tools; a sender needs a token:
#                                     # tocsin register token monitoring --scope signals
# unproven = "triage"                 # what nothing proves waits for a person; or "refuse"
# anonymous = "yes"                   # people may leave their name out at /report
# a_minute = 120000                   # from one source; more is answered 429
#
# [[signals.rules]]                   # the first that fits; after yours come those of Tocsin
# name = "fraud-is-one"               # a plan that names it under `triggers:` begins by it
# sources = ["monitoring"]            # names of tokens; leave out for all, as each of these
# formats = ["alertmanager"]          # grafana, pagerduty, opsgenie, cloudevents, otlp, mlflow
# labels = { team = "fraud" }         # all of them
# at_least = "error"                  # critical, error, warning, info
# system = "assistant"                # what it is about, whatever it says itself
# group_by = ["system"]               # what is alike in these, or labels, is one incident ...
# within = "30m"                      # ... if it comes within this time
# does = "incident"                   # or "triage": for a person; or "keep": tells nobody

# [systems.assistant]
# name = "Customer assistant"
# owner = "ada"
# deputy = "ben"
# tier = 1                            # 1: its failure harms at once, to 4
# roles = ["deployer", "controller"]  # what you are to it in law
# jurisdictions = ["DE", "FR"]        # where it is used
# versions = ["2026.11"]
# data_sets = ["tickets-2025"]
# log = "file:/var/log/assistant.jsonl"
# fallback = "search"
# switch = "assistant-switch"
# seen_by = "assistant-seen"          # what shows that the switch took effect
# recovery_target = "4h"
# integrations = ["pager"]
# built_by = ["ben"]                  # of two who let it come back, one is none of these
# sign_off = "assistant-intents"      # the model whose version a validator must have signed off
# vendors = [{ name = "Model Vendor", contact = "soc@example.com", clause = "MSA 12.3" }]
#
# [systems.search]
# owner = "ben"
# tier = 3
"""


def load_register(folder: Path) -> tuple[Register, list[Mistake]]:
    """The register in this folder, and all that is wrong or could be better in it.

    Raises:
        Refused: the folder cannot be read.
    """
    register, mistakes, _ = load_placed(folder)
    return register, mistakes


def load_placed(folder: Path) -> tuple[Register, list[Mistake], Places]:
    """As `load_register`, with the place of each part, for what is found out about it later."""
    files, told = register_files(folder)
    register, mistakes, places = read_placed(files)
    return register, sorted(told + mistakes), places


def register_files(folder: Path) -> tuple[dict[str, bytes], list[Mistake]]:
    """The bytes of each .toml file of the folder by name; those that may not be read are told.

    Raises:
        Refused: there is no such folder, or it cannot be read.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if _is_register_file(name))
        home = Path(os.path.realpath(folder, strict=True))
    except OSError as bad:
        raise Refused(f"{folder}: {bad.strerror}; make it with: tocsin init") from None
    files: dict[str, bytes] = {}
    told: list[Mistake] = []
    for name in names:
        try:
            files[name] = _file_read(home, name)
        except Refused as bad:
            found, _, remedy = str(bad).partition("; ")
            told.append(Mistake(file=name, line=1, path="", found=found, remedy=remedy))
    return files, told


def write_starter(folder: Path) -> Path | None:
    """Write the commented starter into a folder without any .toml file; None where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(_is_register_file(name) for name in os.listdir(folder)):
        return None
    path = folder / STARTER_NAME
    write_atomically(path, STARTER.encode("utf-8"))
    return path


def write_atomically(path: Path, data: bytes) -> None:
    """Put these bytes at `path`: after a crash there stands all of them, or what stood before.

    Raises:
        Refused: the disk did not take it; nothing has changed.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as bad:
        raise Refused(f"{path}: {bad.strerror}; check the folder and its rights") from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), _mode_of(path))
            os.fsync(out.fileno())
        os.replace(name, path)
    except OSError as bad:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise Refused(f"{path}: {bad.strerror}; nothing was changed") from None
    _sync_folder(path.parent)


def _file_read(home: Path, name: str) -> bytes:
    try:
        real = Path(os.path.realpath(home / name, strict=True))
        if not real.is_relative_to(home):
            raise Refused("a link that leads out of the folder; put the file itself here")
        # NOFOLLOW: a link put here since the check leads nowhere. NONBLOCK: a pipe does not wait.
        handle = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as source:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Refused("not a plain file; put a text file here")
            return source.read(FILE_BYTES_MAX + 1)
    except IsADirectoryError:
        raise Refused("not a plain file; put a text file here") from None
    except OSError as bad:
        raise Refused(f"cannot be read ({bad.strerror}); check the file and its rights") from None


def _is_register_file(name: str) -> bool:
    return name.endswith(".toml") and not name.startswith(".")


def _mode_of(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0o644


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
