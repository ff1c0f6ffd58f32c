"""The page behind a one-time link: what is asked, on what grounds, and the three answers to it.

Opening it acts on nothing, however often and by whomever: mail scanners approve nothing. The answer
is a form that is sent, good for one person and one action, once, until the link is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.desk import Writer
from tocsin.desk.approving import links
from tocsin.desk.approving.links import OpenLink
from tocsin.desk.reading import EVERYDAY
from tocsin.dossier.account import account_of
from tocsin.dossier.now import now_of
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.runs import Ordered
from tocsin.facts.withheld import as_read_by
from tocsin.playbook import replay_runs
from tocsin.register.statements import Verdict

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
REASON_MAX = 1000
LAW_WRONG_MOST = 3
_VERDICTS = {"approve": Verdict.APPROVED, "decline": Verdict.DECLINED}
_SAID = {"approve": "You approved it.", "decline": "You refused it. It will not be carried out."}

_PAGES = Environment(
    loader=PackageLoader("tocsin.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def add_answering(made: FastAPI, desk: Writer) -> None:
    """Let an application serve this record's links."""
    made.exception_handler(RequestValidationError)(_incomplete)

    @made.get("/l/{token}")
    def asked(token: str) -> Response:
        return _answered(lambda: _asked(desk, token))

    @made.post("/l/{token}")
    def answer(
        token: str,
        choice: Annotated[str, Form(max_length=20)],
        because: Annotated[str, Form(max_length=REASON_MAX)] = "",
        to: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        return _answered(lambda: _take(desk, token, choice, because.strip(), to.strip()))

    @made.get("/health")
    def health() -> dict[str, bool]:
        return {"ok": True}


def _incomplete(_: Request, __: Exception) -> Response:
    return _page("said.html.j2", 400, title="Nothing was recorded",
                 text="The form was incomplete. Go back, choose, send it again.")  # fmt: skip


def _answered(make: Callable[[], Response]) -> Response:
    try:
        return make()
    except Refused as no:
        return _page("said.html.j2", 409, title="Nothing was recorded", text=str(no))
    except (Unreachable, BrokenLog) as away:
        return _page("said.html.j2", 503, title="Nothing was recorded",
                     text=f"{away}. Try again in a moment, or call the commander.")  # fmt: skip


def _asked(desk: Writer, token: str) -> Response:
    found = links.open_link(desk, token)
    return _page("answer.html.j2", 200, **_said(desk, found))


def _said(desk: Writer, found: OpenLink) -> dict[str, object]:
    known = desk.known(found.log)
    entries = as_read_by(known.entries, EVERYDAY)
    account = account_of(entries, EVERYDAY)
    incident = account.incident
    register = desk.knowledge.register()
    now = now_of(account, replay_runs(entries), incident.id, desk.world.clock.now())
    fact = found.order.fact
    action = account.action(found.order.seq)
    others = [p for p in register.people.values() if p.id != found.person]
    return {
        "incident": incident,
        "now": now,
        "law_wrong": desk.law.warnings()[:LAW_WRONG_MOST],
        "order": fact if isinstance(fact, Ordered) else None,
        "asked": fact.subject if isinstance(fact, ApprovalAsked) else "",
        "role": found.question.needed.role,
        "number": found.order.seq,
        "person": register.people[found.person].name,
        "votes": action.votes if action is not None else [],
        "needed": found.question.needed.people,
        "seals": {seal.item: seal for _, seal in account.seals},
        "others": sorted(others, key=lambda person: person.name),
        "expires_at": found.expires_at,
        "reason_max": REASON_MAX,
    }


def _take(desk: Writer, token: str, choice: str, because: str, to: str) -> Response:
    if choice == "delegate":
        if not to:
            raise Refused("Choose to whom it is handed on, then send it again.")
        links.delegate_by_link(desk, token, to, because)
        text = f"It was handed on to {to}, who answers in their own name. Your link stays good."
        return _page("said.html.j2", 200, title="Handed on", text=text)
    if choice not in _VERDICTS:
        raise Refused("Choose to approve, to refuse, or to hand it on, then send it again.")
    if not because:
        raise Refused("Write in a few words why: whoever reads the record later will ask.")
    links.answer_by_link(desk, token, _VERDICTS[choice], because)
    text = f"{_SAID[choice]} It is on record in your name, as answered by a link sent to you."
    return _page("said.html.j2", 200, title="Thank you", text=text)


def _page(template: str, status: int, **said: object) -> Response:
    body = _PAGES.get_template(template).render(**said)
    return HTMLResponse(body, status, headers=HEADERS)
