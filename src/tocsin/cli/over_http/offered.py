"""The one table of what the API offers, by which right, and of what it cannot offer, and why.

A command that stands in neither is not offered; a test names it until it stands in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.register.can import Right

_OFFERED = {
    Right.READ: """
        actions
        actions list
        analysis show
        api list
        api openapi
        counsel log
        counsel show
        controls
        coverage
        detect explain
        digest
        hold list
        hold show
        incident causes
        incident evidence list
        incident list
        incident remedies
        incident show
        incident why
        key show
        law calendar
        law check
        law coverage
        law duties
        law list
        law show
        log
        metrics
        model list
        model show
        notice export
        notice forms
        notice list
        notice show
        now
        oncall
        outbox list
        outbox show
        plan lint
        playbook diff
        playbook export
        playbook import
        playbook lint
        playbook prove
        playbook schema
        playbook show
        playbook simulate
        postmortem
        recovery lint
        recovery status
        recovery work list
        register keys
        register lint
        register show
        report
        signals explain
        signals list
        signals show
        signals try
        silence list
        statements
        statements lint
        switch key
        switch show
        triage list
        triage show
        verify
        witness key
    """,
    Right.RECORD: """
        ack
        actions add
        actions change
        actions done
        actions reopen
        analysis answer
        analysis hypothesis
        analysis lineage
        analysis weigh
        counsel opinion
        hold ack
        hold place
        incident ack
        incident ask
        incident aware
        incident claim
        incident deadline
        incident evidence add
        incident evidence check
        incident grade
        incident hold
        incident link
        incident note
        incident open
        incident phase
        incident remedy
        incident settle
        incident severity
        law state
        postmortem cost
        postmortem factor
        postmortem lesson
        postmortem propose
        postmortem review
        postmortem withdraw
        postmortem write
        recovery attest
        recovery measure
        recovery work add
        recovery work done
        recovery work evidence
    """,
    Right.RESPOND: """
        analysis query
        analysis replay
        analysis requests
        export
        handover
        hold notify
        hold remind
        incident accept
        incident answer
        incident assign
        incident cancel
        incident evidence get
        incident handover
        incident merge
        incident migrate
        incident outcome
        incident pause
        incident reach
        incident resume
        incident run
        incident split
        incident widen
        law submitted
        link
        notice confirmed
        notice correct
        notice draft
        notice submitted
        outbox done
        outbox drop
        outbox hold
        outbox release
        outbox retry
        page
        rehearse
        say
        say correct
        say send
        say withdraw
        silence add
        silence end
        stop
        tell
        undo
    """,
    Right.DECIDE: """
        actions drop
        analysis conclude
        counsel admit
        counsel assert
        counsel choose-cause
        counsel open
        counsel remove
        decide
        hold release
        hold silence
        incident approve
        incident close
        incident decline
        incident dismiss
        incident erase
        incident evidence destroy
        incident release
        incident reopen
        incident rule-awareness
        law accept-later
        law decide
        model signoff
        model withdraw
        notice approve
        notice decline
        notice withdraw
        recovery made-good
        recovery next
        recovery register
        recovery shortcut
        say approve
        say decline
        say override
        signals erase
        triage dismiss
        triage take
    """,
    Right.ADMINISTER: """
        arm
        disarm
        doctor
        paging
        register adopt
        register enrol
        register import
        register revoke
        register token
        register token-revoke
        witness ask
    """,
}

_SERVES = "serves, or looks, until it is stopped; start it where the home is"
_LOGS = "reads logs by their place on the machine where it runs; run it there"
_HOME = "makes, copies or replaces what this server stands on; run it where the home is"

ABSENT: Mapping[str, str] = MappingProxyType({
    "backup": _HOME,
    "demo": "builds a world of its own on the machine where it runs",
    "detect": _LOGS,
    "detect calibrate": _LOGS,
    "law diff": "compares folders on the machine where it runs; run it there",
    "law seal": "writes into a folder on the machine where it runs; run it there",
    "init": _HOME,
    "judge": _LOGS,
    "key rotate": _HOME,
    "playbook new": "asks a person at a terminal; send a plan to `playbook lint` instead",
    "profile": _LOGS,
    "restore": _HOME,
    "switch begin-anew": _HOME,
    "switch export": "writes a file beside the application that reads it",
    "switch serve": _SERVES,
    "upgrade": _HOME,
    "watch": _SERVES,
    "web": _SERVES,
    "witness know": "is for whoever runs a witness, on their own machine",
    "witness serve": _SERVES,
    "work": _SERVES,
})  # fmt: skip
"""Commands that have no place over HTTP, and why."""

NOT_OVER_HTTP: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "analysis lineage": ("verify", "svg"),
    "coverage": ("atlas",),
    "counsel log": ("csv",),
    "detect explain": ("from", "svg"),
    "law check": ("pack",),
    "law coverage": ("pack",),
    "law duties": ("pack",),
    "law list": ("pack",),
    "law show": ("pack",),
    "link": ("base",),  # else a link to somebody's own page could be sent in our name
    "recovery measure": ("log", "baseline"),
    "verify": ("path", "policy", "head", "witness"),
})  # fmt: skip
"""Parameters that name files or addresses on the server's side, and are left out."""

MADE: Mapping[str, str] = MappingProxyType({
    "analysis query": "rows.csv",
    "analysis requests": "requests.jsonl",
    "export": "package",
    "incident evidence get": "evidence",
    "incident reach": "affected.csv",
    "notice export": "notice",
    "law calendar": "duties.ics",
    "report": "report",
})  # fmt: skip
"""Commands whose answer is what they write, and how it is called; folders come as one archive."""

PLACES_TO_WRITE = frozenset({"csv", "html", "svg", "to"})
"""Options that name where something is written; left out where the answer holds it anyway."""


def _by_name() -> Mapping[str, Right]:
    found: dict[str, Right] = {}
    for right, names in _OFFERED.items():
        for name in filter(None, map(str.strip, names.splitlines())):
            if name in found or name in ABSENT:
                raise ValueError(f"{name} stands in the table twice")
            found[name] = right
    return MappingProxyType(found)


OFFERED = _by_name()
"""By a command's name, the right that it needs."""
