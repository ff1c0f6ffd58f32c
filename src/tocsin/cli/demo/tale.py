"""The story: a release loses intents, the assistant says "I don't know", and Tocsin rings.

Each claim that is told is checked here; the first that does not hold ends the story with an error.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from tocsin.cli.demo import services
from tocsin.cli.demo.forgery import altered_copy, resealed_copy
from tocsin.cli.demo.law import law_asked
from tocsin.cli.demo.services import Services, asked, release
from tocsin.cli.demo.stage import Stage
from tocsin.cli.frame.shipped import examples, playbook
from tocsin.facts import Unreachable

Told = dict[str, Any]
PEOPLE = ("ana", "ben", "cleo")
RATE, BASELINE_SECONDS = "60", 30.0


def set_up(stage: Stage, made: Services) -> tuple[str, dict[str, Path]]:
    """A home with its register, keys, detectors and plan; the assistant serves release 1."""
    stage.stage("Set-up: two releases are trained and registered; a home; the assistant serves")
    made.script("assistant", "train.py", "--registry", made.address(services.REGISTRY),
                "--variant", "healthy", "dropped-intents", "--alias", "production",
                *made.corpus)  # fmt: skip
    founded = stage.tocsin("init", "--origin", "demo.invalid/first-alarm")
    for starter in (stage.home / "register").glob("*.toml"):
        starter.unlink()
    register = (examples("first-alarm") / "register.toml").read_text()
    (stage.home / "register" / "example.toml").write_text(made.placed(register))
    for source in (examples("first-alarm") / "detectors.yaml", playbook("assistant-fallback.yaml")):
        folder = stage.home / ("detectors" if source.name == "detectors.yaml" else "playbooks")
        folder.mkdir(exist_ok=True)
        shutil.copy(source, folder / source.name)
    stage.tocsin("register", "adopt")
    keys = {person: stage.person_key(person) for person in PEOPLE}
    stage.tocsin("register", "enrol", "ana", f"{keys['ana']}.pub")
    for person in PEOPLE[1:]:
        stage.tocsin("register", "enrol", person, f"{keys[person]}.pub", *_by("ana", keys))
    stage.start("-m", "tocsin", "switch", "serve", name="switch")
    switch = str(stage.tocsin("switch", "key")["key"])
    services.start_assistant(made, switch)
    stage.say(f"  the record is signed by {founded['key']}: told to others by another way")
    return str(founded["key"]), keys


def tale(stage: Stage, made: Services, key: str, keys: dict[str, Path]) -> Told:
    """Tell it from the rehearsal to the refused forgery, and give what was shown."""
    _rehearse(stage, keys)
    _healthy(stage, made)
    incident = _degrade(stage, made)
    _stopped(stage, made, incident, keys)
    law_asked(stage, incident, keys)
    _rolled_back(stage, made, incident, keys)
    _seen(stage, made, incident)
    _told_and_named(stage, incident, keys)
    package = _paper(stage, incident, key, keys)
    _forge(stage, package, key)
    return {"incident": incident, "package": str(package), "key": key}


def _rehearse(stage: Stage, keys: dict[str, Path]) -> None:
    stage.stage("1. Rehearse the stop before it is needed, then let Tocsin use it by itself")
    refused = stage.tocsin("arm", "assistant", *_by("ana", keys), expect=2)
    stage.say(f"  {refused['error']}")
    done = stage.tocsin("rehearse", "assistant", *_by("ana", keys))
    _require(done["rehearsed"], "stop and undo were seen to work")
    stage.tocsin("arm", "assistant", *_by("ana", keys))


def _healthy(stage: Stage, made: Services) -> None:
    stage.stage("2. Healthy traffic: the watch looks on, and nobody is called")
    stage.start("-m", "tocsin", "watch", name="watch")
    stage.start("-m", "tocsin", "work", "--parallel", "4", "--lease-seconds", "5", name="worker-1")
    replay = str(examples("assistant") / "replay.py")
    stage.start(replay, "--to", made.address(services.ASSISTANT), "--rate", RATE,
                "--seconds", "600", *made.corpus, name="customers", python=made.python)  # fmt: skip
    stage.pause(BASELINE_SECONDS)
    _require(_open(stage) is None, "no incident was opened by healthy traffic")
    _require(not _pages(stage), "nobody was called")
    stage.say(f"  {BASELINE_SECONDS:.0f} s, {RATE} questions a second: no incident, no call")


def _degrade(stage: Stage, made: Services) -> str:
    stage.stage("3. Release 2 goes live. Its pipeline lost intents, and its own check looked fine")
    release(made, "2")
    stage.say("  the alias `production` of the registry names version 2 now")
    stage.until("the watch finds it", lambda: _open(stage) is not None)
    name = str(_open(stage))
    stage.say(f"  {stage.seconds():.0f} s after the release: incident {name}")
    return name


def _stopped(stage: Stage, made: Services, name: str, keys: dict[str, Path]) -> None:
    stage.stage("4. By itself, since it is armed: call, stop, see, seal; nobody typed anything")
    stage.until("the stop was seen", lambda: "SEEN" in str(_now(stage, name)["stopped"]))
    stage.say(f"  {stage.seconds():.0f} s after the alarm: {_now(stage, name)['stopped']}")
    answer = asked(made, made.questions[0])
    _require(answer["served_by"] == "people", "customers are answered by people")
    stage.until("somebody was called", lambda: bool(_pages(stage)))
    stage.tocsin("ack", name, *_by("ana", keys))
    stage.until("evidence is sealed", lambda: _sealed(stage, name) >= 7)
    _show(stage, name)


def _rolled_back(stage: Stage, made: Services, name: str, keys: dict[str, Path]) -> None:
    stage.stage("6. Roll back to a release that was verified: two keys; the worker dies meanwhile")
    stage.until("the roll-back waits for two people", lambda: _rollback_waits(stage, name, keys))
    action = str(_waiting(stage, name))
    for person in ("ben", "cleo"):
        stage.tocsin("decide", name, action, "approve", "--because", "release 2 lost intents",
                     *_by(person, keys))  # fmt: skip
    worker = stage.running("worker-1")
    stage.kill(worker)
    stage.say("  kill -9 of the worker; another goes on where it fell")
    stage.start("-m", "tocsin", "work", "--parallel", "4", "--lease-seconds", "5", name="worker-2")
    stage.until("the registry is back at version 1", lambda: _done(stage, name, action))
    before = int(action)
    stage.until("the stop waits to be lifted", lambda: (_waiting(stage, name) or 0) > before)
    lift = str(_waiting(stage, name))
    _by_phone(stage, made, name, lift)


def _rollback_waits(stage: Stage, name: str, keys: dict[str, Path]) -> bool:
    """Whether two people are asked. Where no version stands out, the commander is asked first."""
    asks = [one["step"] for run in _sheet(stage, name)["runs"] for one in run["asks"]]
    if "ask-commander" in asks:
        stage.say("  so far no version stands out in the log, so the commander is asked first")
        stage.tocsin("incident", "answer", name, "ask-commander", "yes", "--because",
                     "it began with release 2", *_by("ben", keys))  # fmt: skip
    return _waiting(stage, name) is not None


def _by_phone(stage: Stage, made: Services, name: str, action: str) -> None:
    """One person answers on the page behind a link; a mail scanner that opens it does nothing."""
    stage.start("-m", "tocsin", "web", "--listen", f"127.0.0.1:{made.ports[services.PAGE]}",
                name="web")  # fmt: skip
    base = made.address(services.PAGE)
    stage.until("the pages are served", lambda: services.reachable(f"{base}/health"))
    stage.tocsin("link", name, action, "ben", "--base", base)
    stage.until("the link is in the mail", lambda: services.link_mailed(stage) is not None)
    link = str(services.link_mailed(stage))
    services.opened(link)
    _require(_waiting(stage, name) == int(action), "opening the page decided nothing")
    services.posted(link, {"choice": "approve", "because": "version 1 was verified"})
    stage.say("  the page behind the link was opened (nothing happened), then answered: approved")


def _seen(stage: Stage, made: Services, name: str) -> None:
    stage.stage("7. Not done until seen: requests served since then must reject 'still failing'")
    stage.until("the plan ends", lambda: _ended(stage, name), 180)
    answer = asked(made, made.questions[0])
    _require(answer["served_by"] == "assistant" and str(answer["version"]) == "1",
             "the assistant answers again, by version 1")  # fmt: skip
    _show(stage, name)


def _told_and_named(stage: Stage, name: str, keys: dict[str, Path]) -> None:
    stage.stage("8. People were told; the cause is named; the incident is closed")
    mails = sorted((stage.folder / "mail").glob("*.eml"))
    _require(bool(mails), "the mail server has the messages")
    stage.say(f"  {len(mails)} messages lie at the mail server; one begins:")
    for line in mails[0].read_text(errors="replace").splitlines()[:12]:
        stage.say(f"    {line}")
    stage.tocsin("incident", "claim", name, "the pipeline of release 2 dropped intents",
                 "--grade", "suspected", *_by("cleo", keys))  # fmt: skip
    stage.tocsin("incident", "grade", name, "C1", "confirmed", "--evidence",
                 _digest(stage, name, "lineage"), "--because",
                 "the sealed lineage names the training set that lacks them",
                 *_by("cleo", keys))  # fmt: skip
    stage.tocsin("incident", "close", name, "--because", "release 1 serves, seen to be healthy",
                 *_by("ben", keys))  # fmt: skip


def _paper(stage: Stage, name: str, key: str, keys: dict[str, Path]) -> Path:
    stage.stage("9. The report, and an evidence package that anyone can check")
    stage.tocsin("report", name, "--to", str(stage.folder / "report"))
    package = stage.folder / "package"
    stage.tocsin("export", name, "--to", str(package), "--recipient", "the auditor",
                 *_by("ana", keys))  # fmt: skip
    stage.tocsin("verify", str(package), "--key", key)
    _others(stage, package)
    return package


def _others(stage: Stage, package: Path) -> None:
    stamp, authority = "manifest-sha256.txt.tsr", stage.folder / "authority" / "ca.pem"
    commands = {
        "sha256sum": ["sha256sum", "--check", "--quiet", "manifest-sha256.txt"],
        "ssh-keygen": [
            "ssh-keygen", "-Y", "check-novalidate", "-n", "tocsin-evidence",
            "-s", "tagmanifest-sha256.txt.sig",
        ],
        "openssl": [
            "openssl", "ts", "-verify", "-in", stamp, "-data", "manifest-sha256.txt",
            "-CAfile", str(authority),
        ],
    }  # fmt: skip
    for tool, words in commands.items():
        if shutil.which(tool) is None:
            stage.say(f"  ({tool} is not installed here, so it was not asked)")
            continue
        with (package / "tagmanifest-sha256.txt").open("rb") as sealed:
            ran = subprocess.run(words, cwd=package, stdin=sealed, capture_output=True, check=False)
        _require(ran.returncode == 0, f"{tool} accepts the package: {ran.stderr!r}")
        shown = " ".join(words).replace(f"{stage.folder}/", "../")
        stage.say(f"  $ {shown}   accepted")


def _forge(stage: Stage, package: Path, key: str) -> None:
    stage.stage("10. Forgeries are refused")
    altered = altered_copy(package, stage.folder / "altered")
    found = stage.tocsin("verify", str(altered), "--key", key, expect=1)
    stage.say(f"  one byte changed: {found['breaks']}")
    resealed = resealed_copy(package, stage.folder / "resealed", stage.person_key("mallory"))
    found = stage.tocsin("verify", str(resealed), "--key", key, expect=1)
    stage.say(f"  changed and sealed anew: {found['breaks']}")


def _show(stage: Stage, name: str) -> None:
    stage.say(f"  $ tocsin now {name}")
    for line in _now(stage, name)["lines"]:
        stage.say(f"    {line}")


def _now(stage: Stage, name: str) -> Told:
    return stage.tocsin("now", name, show=False)


def _open(stage: Stage) -> str | None:
    """The short id of the incident that is open; None when there is none."""
    listed = stage.tocsin("incident", "list", show=False)
    found = [one for one in listed["incidents"] if one["status"] == "open"]
    return str(found[-1]["short"]) if found else None


def _sheet(stage: Stage, name: str) -> Told:
    return stage.tocsin("incident", "show", name, show=False)


def _actions(stage: Stage, name: str) -> list[Told]:
    return [action for run in _sheet(stage, name)["runs"] for action in run["actions"]]


def _waiting(stage: Stage, name: str) -> int | None:
    waits = [a for a in _actions(stage, name) if a["standing"] == "awaiting approval"]
    return int(waits[-1]["action"]) if waits else None


def _done(stage: Stage, name: str, action: str) -> bool:
    return any(str(a["action"]) == action and a["standing"] == "done"
               for a in _actions(stage, name))  # fmt: skip


def _ended(stage: Stage, name: str) -> bool:
    run = _sheet(stage, name)["runs"][0]
    if run["ending"] == "failed":
        raise Unreachable(f"the plan ended without success; see: tocsin log {name}")
    return bool(run["ending"] == "completed")


def _sealed(stage: Stage, name: str) -> int:
    rows = stage.tocsin("log", name, show=False)["entries"]
    facts = [row["fact"] for row in rows]
    return sum(f["kind"] == "evidence-sealed" and f["sufficient"] for f in facts)


def _digest(stage: Stage, name: str, item: str) -> str:
    """The SHA-256 of a sealed item."""
    rows = stage.tocsin("log", name, show=False)["entries"]
    return next(
        str(row["fact"]["digest"])
        for row in rows
        if row["fact"]["kind"] == "evidence-sealed" and row["fact"]["item"] == item
    )


def _pages(stage: Stage) -> list[str]:
    pages = stage.folder / "pages.jsonl"
    return pages.read_text().splitlines() if pages.exists() else []


def _by(person: str, keys: dict[str, Path]) -> tuple[str, ...]:
    return ("--as", person, "--key", str(keys[person]))


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Unreachable(f"the story does not hold: {what}")
