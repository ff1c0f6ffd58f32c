"""A home for the first alarm: a register with the ports of a test, and the shipped detectors."""

from __future__ import annotations

from pathlib import Path

REGISTER = """
[entity]
legal_name = "Example Retail GmbH"
sectors = ["retail"]
countries = ["DE"]

[[entity.proofs]]
decision = "approval"
proof = "link"

[systems.assistant]
name = "Customer assistant"
owner = "ana"
deputy = "ben"
tier = 1
roles = ["deployer"]
jurisdictions = ["DE"]
versions = ["1", "2"]
log = "logs/assistant"
fallback = "service-desk"
switch = "kill-switch"
seen_by = "assistant-seen"
recovery_target = "4h"
integrations = ["registry", "rollback-target", "assistant-healthy", "mail", "pager"]

[systems.assistant.evidence]
requests = "log"
summaries = "log"
model = "registry"
lineage = "registry"
configuration = "assistant-config"
retrieval = "assistant-retrieval"
switches = "kill-switch"

[systems.service-desk]
name = "People who answer"
owner = "dora"
deputy = "ben"
tier = 2
roles = ["deployer"]
jurisdictions = ["DE"]
recovery_target = "8h"

[integrations.kill-switch]
kind = "switch"
path = "switch"
settings.server = "http://127.0.0.1:{switch}"
settings.flags = "assistant.model, assistant.knowledge"

[integrations.registry]
kind = "mlflow"
url = "http://127.0.0.1:{registry}"
settings.target = "intents@production"
settings.networks = "127.0.0.1/32"
settings.ports = "{registry}"
settings.timeout_seconds = "2"

[integrations.rollback-target]
kind = "mlflow-target"
url = "http://127.0.0.1:{registry}"
[integrations.rollback-target.settings]
smoke_url = "http://127.0.0.1:{assistant}/shadow"
smoke_questions = "where is my order | how do I return this"
networks = "127.0.0.1/32"
ports = "{registry}, {assistant}"
timeout_seconds = "2"

[integrations.assistant-seen]
kind = "canary"
url = "http://127.0.0.1:{assistant}/chat"
[integrations.assistant-seen.settings]
questions = "where is my order | how do I return this"
request = '{"segment": "en", "session": "canary"}'
looks = "7"
pause_seconds = "0.1"
others = "http://127.0.0.1:{assistant}/health, http://127.0.0.1:{knowledge}/health"
networks = "127.0.0.1/32"
ports = "{assistant}, {knowledge}"
timeout_seconds = "2"

[integrations.assistant-healthy]
kind = "log-rate"
path = "assistant"
settings.rate = "fallback"
settings.at_most = "0.15"
settings.error = "0.01"

[integrations.assistant-config]
kind = "http-evidence"
url = "http://127.0.0.1:{assistant}/config"
settings.networks = "127.0.0.1/32"
settings.ports = "{assistant}"
settings.timeout_seconds = "2"

[integrations.assistant-retrieval]
kind = "http-evidence"
url = "http://127.0.0.1:{assistant}/retrieval"
settings.networks = "127.0.0.1/32"
settings.ports = "{assistant}"
settings.timeout_seconds = "2"

[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:{mail}"
settings.sender = "tocsin@example.com"
settings.encryption = "none"
settings.networks = "127.0.0.1/32"
settings.ports = "{mail}"
settings.timeout_seconds = "2"

[integrations.pager]
kind = "pagerduty"
url = "http://127.0.0.1:{pager}/v2/enqueue"
secret = "env:PAGER_KEY"
settings.networks = "127.0.0.1/32"
settings.ports = "{pager}"
settings.timeout_seconds = "2"

[integrations.dead-man]
kind = "dead-man"
url = "http://127.0.0.1:{pager}/beat"
settings.networks = "127.0.0.1/32"
settings.ports = "{pager}"
settings.timeout_seconds = "2"
"""

PEOPLE = {
    "ana": ("on-call", "pager"),
    "ben": ("incident-commander commander", "pager"),
    "cleo": ("data-science-lead", "pager"),
    "dora": ("support-lead product-owner", "mail"),
    "emil": ("counsel communications", "mail"),
    "fay": ("executive ethics-board", "mail"),
}

SHIPPED = Path(__file__).parents[1] / "examples" / "first-alarm"
DETECTORS = (SHIPPED / "detectors.yaml").read_text()


def register_text(ports: dict[str, int]) -> str:
    """The register, with these ports."""
    text = REGISTER
    for name, port in ports.items():
        text = text.replace("{" + name + "}", str(port))
    return text + "".join(_person(name, *what) for name, what in PEOPLE.items())


def _person(name: str, roles: str, reach: str) -> str:
    deputy = "ana" if name == "ben" else "ben"
    named = ", ".join(f'"{role}"' for role in roles.split())
    return (
        f'\n[people.{name}]\nname = "{name.title()} Example"\nemail = "{name}@example.com"\n'
        f'roles = [{named}]\ndeputies = ["{deputy}"]\ntime_zone = "Europe/Berlin"\n'
        f'reach = ["{reach}"]\n'
    )
