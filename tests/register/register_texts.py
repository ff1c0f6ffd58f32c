"""Registers as text, and what reading them gives."""

from __future__ import annotations

from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.register.model import (
    Register,
)
from tocsin.register.read import read_register

GOOD = """\
[entity]
legal_name = "Example GmbH"
sectors = ["banking"]
countries = ["DE"]
employees = 240

[[entity.proofs]]
decision = "approval"
proof = "signature"
people = 2
tiers = [1]

[people.ada]
name = "Ada Example"
email = "ada@example.org"
phone = "+49 30 1234567"
roles = ["commander"]
deputies = ["ben"]
hours = ["mon-fri 09:00-17:00"]
time_zone = "Europe/Berlin"

[people.ben]
email = "ben@example.org"
roles = ["counsel"]

[integrations.switch]
kind = "file-switch"
path = "switches/assistant"

[integrations.seen]
kind = "file-state"
path = "switches/assistant"

[integrations.pager]
kind = "webhook"
url = "https://hooks.example.org/tocsin"
secret = "env:PAGER"
[integrations.pager.settings]
allow_private = true
signing_key = "file:/etc/tocsin/key"
retries = 3

[systems.assistant]
name = "Customer assistant"
owner = "ada"
deputy = "ben"
tier = 1
roles = ["deployer", "controller"]
jurisdictions = ["DE", "US-CA"]
log = "file:/var/log/a.jsonl"
fallback = "search"
switch = "switch"
seen_by = "seen"
evidence = { requests = "log", switches = "switch" }
recovery_target = "1d 4h"
integrations = ["pager"]
vendors = [{ name = "V", contact = "soc@example.com", clause = "12.3" }]

[systems.search]
owner = "ben"
deputy = "ada"
tier = 3
roles = ["provider"]
jurisdictions = ["DE"]
log = "x"
fallback = "paper"
switch = "switch"
seen_by = "seen"
recovery_target = "30m"
[systems.paper]
owner = "ben"
tier = 4
"""


def read(text: str, **more: str) -> tuple[Register, list[Mistake]]:
    files = {"a.toml": text.encode(), **{f"{k}.toml": v.encode() for k, v in more.items()}}
    return read_register(files)


def only(text: str, **more: str) -> Mistake:
    (mistake,) = mistakes_only(read(text, **more)[1])
    return mistake


PERSON = '[people.ada]\nemail = "a@b.example"\n'


SYSTEM = PERSON + '[systems.s]\nowner = "ada"\ntier = 1\n'


HOOK = '[integrations.h]\nkind = "webhook"\nurl = "https://h.example/x"\n'
