"""The story: the assistant invents refunds, people answer instead, and the worker dies at its work.

Each claim that is told is checked here; the first that does not hold ends the story with an error.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tocsin.cli.story.forgery import altered_copy, resealed_copy
from tocsin.cli.story.stage import Stage, examples
from tocsin.facts import Unreachable

Told = dict[str, Any]


def tale(stage: Stage) -> Told:
    """Tell it from the first command to the refused forgery, and give what was shown."""
    key, keys = _prepare(stage)
    incident = _open(stage)
    _respond(stage, incident, keys)
    package = _export(stage, incident, key, keys)
    _forge(stage, package, key)
    return {"incident": incident, "package": str(package), "key": key}


def _prepare(stage: Stage) -> tuple[str, dict[str, Path]]:
    stage.stage("1. A home for the record, and what is known before anything fails")
    founded = stage.tocsin("init", "--origin", "demo.invalid/example")
    register = (examples("first-response") / "register.toml").read_text()
    served = stage.folder / "receiver" / "served.json"
    port = _start_receiver(stage)
    register = register.replace('"served.json"', f'"{served}"').replace("8471", port)
    for starter in (stage.home / "register").glob("*.toml"):
        starter.unlink()
    (stage.home / "register" / "example.toml").write_text(register)
    stage.tocsin("register", "lint")
    stage.tocsin("register", "adopt")
    keys = {person: stage.person_key(person) for person in ("ana", "ben", "cleo")}
    stage.tocsin("register", "enrol", "ana", f"{keys['ana']}.pub")
    for person in ("ben", "cleo"):
        stage.tocsin("register", "enrol", person, f"{keys[person]}.pub",
                     "--as", "ana", "--key", str(keys["ana"]))  # fmt: skip
    stage.say(f"  the record is signed by {founded['key']}: told to others by another way")
    return str(founded["key"]), keys


def _start_receiver(stage: Stage) -> str:
    receiver = examples("receiver") / "receiver.py"
    targets = ("--target", "assistant", "--target", "release", "--target", "partner-notice")
    stage.start(str(receiver), "--folder", "receiver", *targets, "--first", "serving",
                "--pause", "1.5", name="receiver")  # fmt: skip
    out = stage.folder / "receiver.out"
    stage.until("the receiver listens", lambda: out.exists() and b"\n" in out.read_bytes())
    address = str(json.loads(out.read_bytes().splitlines()[0])["listening"])
    return address.rpartition(":")[2].rstrip("/")


def _open(stage: Stage) -> str:
    stage.stage("2. The assistant promises refunds that nobody granted")
    opened = stage.tocsin("incident", "open", "--title", "assistant promises refunds",
                          "--system", "assistant")  # fmt: skip
    name = str(opened["short"])
    stage.tocsin("incident", "ack", name, "--as", "ana")
    stage.tocsin("incident", "assign", name, "commander", "ana", "--as", "ana")
    stage.tocsin("incident", "severity", name, "sev2", "--reason", "money promised",
                 "--basis", "12 of 40 sampled answers", "--as", "ana")  # fmt: skip
    stage.tocsin("incident", "aware", name, "ana", "--standing", "management",
                 "--basis", "read ticket 4411", "--as", "ana")  # fmt: skip
    stage.tocsin("incident", "note", name, "privileged: exposure under consumer law",
                 "--access", "counsel", "--as", "ben")  # fmt: skip
    return name


def _respond(stage: Stage, name: str, keys: dict[str, Path]) -> None:
    stage.stage("3. The plan goes to work, and its worker is killed in the middle of an action")
    plan = examples("first-response") / "plan.yaml"
    stage.tocsin("incident", "run", name, str(plan), "--as", "ana")
    worker = stage.start("-m", "tocsin", "work", "--lease-seconds", "2", name="worker-1")
    stage.until("the first order took effect", lambda: _effects(stage) == 1)
    stage.kill(worker)
    stage.say("  kill -9: the outside obeyed, and the answer never arrived")
    stage.say(f"  {_standing(stage, name)}")

    stage.stage("4. Another worker finds the attempt without an answer and goes on")
    worker = stage.start("-m", "tocsin", "work", "--lease-seconds", "2", name="worker-2")
    stage.until("the roll-back waits for two people", lambda: _waiting(stage, name) is not None)
    action = str(_waiting(stage, name))
    _require(_effects(stage) == 2, "each order took effect exactly once")
    stage.say("  one effect for each order, although the first was sent twice under its one key")

    stage.stage("5. Two others sign for the roll-back; whoever asked for it cannot")
    refused = _approve(stage, name, action, "ana", keys, expect=2)
    stage.say(f"  {refused['error']}")
    for person in ("ben", "cleo"):
        _approve(stage, name, action, person, keys)
    stage.until("the run ends", lambda: _ended(stage, name))
    worker.terminate()
    worker.wait()
    stage.tocsin("incident", "close", name, "--because", "previous release serves", "--as", "ana")


def _approve(
    stage: Stage, name: str, action: str, person: str, keys: dict[str, Path], expect: int = 0
) -> Told:
    return stage.tocsin("incident", "approve", name, action, "--because", "12 of 40 wrong",
                        "--as", person, "--key", str(keys[person]), expect=expect)  # fmt: skip


def _export(stage: Stage, name: str, key: str, keys: dict[str, Path]) -> Path:
    stage.stage("6. An evidence package that anyone can check")
    package = stage.folder / "package"
    made = stage.tocsin("export", name, "--to", str(package), "--recipient", "the auditor",
                        "--as", "ana", "--key", str(keys["ana"]))  # fmt: skip
    stage.say(f"  {made['entries']} entries, words of {made['withheld']} withheld (counsel's)")
    stage.tocsin("verify")
    stage.tocsin("verify", str(package), "--key", key)
    stage.tocsin("verify", str(package), expect=1)
    stage.say("  without the fingerprint: consistent, signer unconfirmed, exit 1")
    _others(stage, package)
    return package


def _others(stage: Stage, package: Path) -> None:
    commands = {
        "sha256sum": ["sha256sum", "--check", "--quiet", "manifest-sha256.txt"],
        "ssh-keygen": [
            "ssh-keygen", "-Y", "check-novalidate", "-n", "tocsin-evidence",
            "-s", "tagmanifest-sha256.txt.sig",
        ],
    }  # fmt: skip
    for tool, words in commands.items():
        if shutil.which(tool) is None:
            stage.say(f"  ({tool} is not installed here, so it was not asked)")
            continue
        with (package / "tagmanifest-sha256.txt").open("rb") as sealed:
            ran = subprocess.run(words, cwd=package, stdin=sealed, capture_output=True, check=False)
        _require(ran.returncode == 0, f"{tool} accepts the package: {ran.stderr!r}")
        stage.say(f"  $ {' '.join(words)}   accepted")


def _forge(stage: Stage, package: Path, key: str) -> None:
    stage.stage("7. Forgeries are refused")
    altered = altered_copy(package, stage.folder / "altered")
    found = stage.tocsin("verify", str(altered), "--key", key, expect=1)
    stage.say(f"  one byte changed: {found['breaks']}")
    resealed = resealed_copy(package, stage.folder / "resealed", stage.person_key("mallory"))
    found = stage.tocsin("verify", str(resealed), "--key", key, expect=1)
    stage.say(f"  changed and sealed anew: {found['breaks']}")
    forged = _record_of_their_own(stage)
    found = stage.tocsin("verify", str(forged), "--key", key, expect=1)
    _require(found["consistent"], "the forger's own record is consistent in itself")
    stage.say(f"  a whole record of their own, same name: {found['unconfirmed']}")


def _record_of_their_own(stage: Stage) -> Path:
    """A record that contradicts itself nowhere, by someone else, under our name."""
    home, package = str(stage.folder / "mallory"), stage.folder / "forged"
    stage.tocsin("--home", home, "init", "--origin", "demo.invalid/example", show=False)
    opened = stage.tocsin("--home", home, "incident", "open", "--title", "nothing happened",
                          "--system", "assistant", show=False)  # fmt: skip
    stage.tocsin("--home", home, "export", str(opened["short"]), "--to", str(package), show=False)
    return package


def _standing(stage: Stage, name: str) -> str:
    action = _sheet(stage, name)["runs"][0]["actions"][0]
    _require(action["standing"] == "attempted", "an attempt without an answer stands in the record")
    return f"on record: {action['target']} -> {action['wanted']}: attempted, no answer seen"


def _waiting(stage: Stage, name: str) -> int | None:
    for run in _sheet(stage, name)["runs"]:
        for action in run["actions"]:
            if action["standing"] == "awaiting approval":
                return int(action["action"])
    return None


def _ended(stage: Stage, name: str) -> bool:
    run = _sheet(stage, name)["runs"][0]
    if run["ending"] == "failed":
        raise Unreachable("the run failed; see the worker's .out file")
    return bool(run["ending"] == "completed")


def _sheet(stage: Stage, name: str) -> Told:
    return stage.tocsin("incident", "show", name, show=False)


def _effects(stage: Stage) -> int:
    calls = stage.folder / "receiver" / "calls.jsonl"
    lines = calls.read_text().splitlines() if calls.exists() else []
    return sum(json.loads(line).get("effect") is True for line in lines)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Unreachable(f"the story does not hold: {what}")
