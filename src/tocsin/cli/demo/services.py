"""What runs around Tocsin in the demonstration: the assistant and all that it stands on, for real.

Each is a process of its own that says where it listens. The register's addresses are those of the
examples' manuals; here they are put in the place of others that are free.
"""

from __future__ import annotations

import email.policy
import json
import re
import shutil
import socket
import urllib.request
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from tocsin.cli.demo.environment import flag_client
from tocsin.cli.demo.stage import Stage
from tocsin.cli.frame.shipped import examples
from tocsin.facts import Refused, Unreachable

SWITCH, REGISTRY, ASSISTANT, KNOWLEDGE, MAIL, PAGER, PAGE, AUTHORITY = (
    "8600", "5000", "8700", "8701", "8725", "8726", "8610", "8727",
)  # fmt: skip
"""The ports that stand in the examples' register and manuals."""
START_PATIENCE_SECONDS = 240.0


QUESTIONS = "where is my order | what are your opening hours | how do I return this"
"""What the register's canaries and smoke test ask; of the example's own corpus."""
CLINC_INTENTS = ("weather", "timer", "translate")


class Services(msgspec.Struct, kw_only=True):
    """Ports by the port that stands in the manual, and the example's interpreter.

    Args:
        data: real utterances (CLINC150's data_full.json) to train and to replay; None takes the
            example's own corpus.
    """

    stage: Stage
    python: Path
    ports: dict[str, str]
    data: Path | None = None

    @property
    def corpus(self) -> tuple[str, ...]:
        """The words that name the corpus to the example's programs."""
        return () if self.data is None else ("--clinc", str(self.data))

    @property
    def questions(self) -> list[str]:
        """Questions that a healthy release answers."""
        if self.data is None:
            return [one.strip() for one in QUESTIONS.split("|")]
        try:
            train: list[list[str]] = json.loads(self.data.read_text(encoding="utf-8"))["train"]
            return [next(q for q, intent in train if intent == name) for name in CLINC_INTENTS]
        except (OSError, ValueError, KeyError, TypeError, StopIteration):
            raise Refused(
                f"{self.data} is not CLINC150's data_full.json: an object of splits, each a list "
                "of [utterance, intent]"
            ) from None

    def address(self, manual: str) -> str:
        """Where the service listens whose manual says this port."""
        return f"http://127.0.0.1:{self.ports[manual]}"

    def placed(self, text: str) -> str:
        """The text with the real ports in the place of the manual's."""
        ports = "|".join(self.ports)
        text = text.replace(QUESTIONS, " | ".join(self.questions))
        if AUTHORITY not in self.ports:  # without openssl nobody vouches for the time
            text = re.sub(r"\[integrations\.authority\]\nkind.*\nurl.*\n", "", text)
        return re.sub(rf"\b({ports})\b", lambda found: self.ports[found[1]], text)

    def script(self, folder: str, name: str, *words: str) -> str:
        """Run a program of an example to its end, and give its last line."""
        return self.stage.ran(self.python, str(examples(folder) / name), *words)


def started(stage: Stage, python: Path, data: Path | None = None) -> Services:
    """Everything but the assistant itself, which needs the key of the switches."""
    made = Services(stage=stage, python=python, ports={}, data=data)
    _ = made.questions  # a file that is no such corpus is told before anything is started
    for port in (SWITCH, ASSISTANT, PAGE):
        made.ports[port] = str(_free_port())
    _serve(made, REGISTRY, "assistant", "registry.py", "--folder", "registry")
    _serve(made, KNOWLEDGE, "assistant", "knowledge.py")
    made.ports["8702"] = _serve(made, "8702", "assistant", "people.py", "--folder", "tickets")
    _serve(made, MAIL, "first-alarm", "mailbox.py", "--folder", "mail")
    _serve(made, PAGER, "first-alarm", "pager.py", "--file", "pages.jsonl")
    if shutil.which("openssl") is not None:
        _serve(made, AUTHORITY, "first-alarm", "authority.py", "--folder", "authority")
    return made


def start_assistant(made: Services, switch_key: str) -> None:
    """The assistant, with the flag client as all it has of Tocsin."""
    stage = made.stage
    stage.start(
        str(examples("assistant") / "serve.py"),
        "--registry", made.address(REGISTRY), "--knowledge", made.address(KNOWLEDGE),
        "--people", made.address("8702"), "--log", str(stage.home / "logs" / "assistant"),
        "--switch", made.address(SWITCH), "--switch-key", switch_key,
        "--switch-keep", str(stage.folder / "switch.keep"),
        "--port", made.ports[ASSISTANT], name="assistant", python=made.python,
        knows=flag_client(stage.folder),
    )  # fmt: skip
    stage.until("the assistant answers by its model", lambda: _answers(made), 120)


def release(made: Services, version: str) -> None:
    """Let the alias name another version, as a release pipeline does."""
    body = {"name": "intents", "alias": "production", "version": version}
    url = made.address(REGISTRY) + "/api/2.0/mlflow/registered-models/alias"
    asked = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    _fetched(asked)


def asked(made: Services, question: str) -> dict[str, object]:
    """What the assistant answers a customer."""
    body = json.dumps({"question": question, "segment": "en", "session": "story"}).encode()
    found: dict[str, object] = json.loads(
        _fetched(
            urllib.request.Request(
                made.address(ASSISTANT) + "/chat", body, {"Content-Type": "application/json"}
            )
        )
    )
    return found


def reachable(url: str) -> bool:
    """Whether an address answers."""
    try:
        _fetched(urllib.request.Request(url))
    except (OSError, ValueError):
        return False
    return True


def opened(url: str) -> bytes:
    """A page, as a browser or a mail scanner gets it."""
    return _fetched(urllib.request.Request(url))


def posted(url: str, fields: dict[str, str]) -> bytes:
    """A form, as a browser sends it."""
    return _fetched(urllib.request.Request(url, urlencode(fields).encode()))


def link_mailed(stage: Stage) -> str | None:
    """The one-time link in the newest message that holds one."""
    for path in sorted((stage.folder / "mail").glob("*.eml")):
        body = message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body()
        found = re.search(r"http://[^\s]+/l/[^\s]+", body.get_content() if body else "")
        if found is not None:
            return found[0]
    return None


def _answers(made: Services) -> bool:
    try:
        return asked(made, made.questions[0]).get("served_by") == "assistant"
    except (OSError, ValueError):
        return False


def _fetched(wanted: urllib.request.Request) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(wanted, timeout=20) as answer:
        data: bytes = answer.read()
    return data


def _serve(made: Services, manual: str, folder: str, program: str, *words: str) -> str:
    stage, name = made.stage, program.removesuffix(".py")
    process = stage.start(
        str(examples(folder) / program), *words, "--port", "0", name=name, python=made.python
    )
    out = stage.folder / f"{name}.out"

    def listening() -> str | None:
        for line in out.read_text(errors="replace").splitlines():
            if line.startswith('{"listening"'):
                return str(json.loads(line)["listening"]).rstrip("/").rpartition(":")[2]
        if process.poll() is not None:
            raise Unreachable(f"{program} ended; see {out}")
        return None

    stage.until(f"{program} listens", lambda: listening() is not None, START_PATIENCE_SECONDS)
    made.ports[manual] = str(listening())
    return made.ports[manual]


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port
