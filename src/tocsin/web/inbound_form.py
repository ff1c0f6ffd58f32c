"""The form on which people report what they saw: plain, for any screen, without a script."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.signals.form import FIELDS_MAX, WHAT_MAX
from tocsin.signals.percent import form_of, form_pairs
from tocsin.web.inbound_answers import Reply

HTML = b"text/html; charset=utf-8"
CODE = "code"
_STRICT = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        b"frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex"),
)
_PAGES = Environment(
    loader=PackageLoader("tocsin.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def form_page(systems: Mapping[str, str], *, anonymous: bool) -> Reply:
    """The empty form.

    Args:
        systems: names by id, to choose from.
        anonymous: whether it is taken without a code.
    """
    named = sorted(systems.items(), key=lambda one: one[1].lower())
    return _page("report.html.j2", 200, systems=named, anonymous=anonymous, what_max=WHAT_MAX)


def form_reply(reply: Reply) -> Reply:
    """An answer to a form that was sent, for a person to read."""
    if reply.kind == HTML:
        return reply
    said = msgspec.json.decode(reply.body)
    if reply.status < 300:
        text = (
            f"It is kept under number {said['place']}, and somebody will look at it. If people are "
            "in danger now, call for help as well; do not wait for an answer here."
        )
        page = _page("said.html.j2", reply.status, title="Thank you", text=text)
    else:
        text = " ".join(f"{one}." for one in said["errors"])
        text += " Go back: what you wrote is still there. Change it, and send it again."
        page = _page("said.html.j2", reply.status, title="It was not taken", text=text)
    return msgspec.structs.replace(page, more=(*page.more, *reply.more))


def without_code(body: bytes) -> tuple[str, bytes]:
    """The access code of a form that was sent, and the form without it."""
    if CODE.encode() + b"=" not in body:
        return "", body
    try:
        pairs = form_pairs(body, FIELDS_MAX)
    except ValueError:
        return "", body
    code = next((value.strip() for name, value in pairs if name == CODE), "")
    rest = [(name, value) for name, value in pairs if name != CODE]
    return code, form_of(rest)


def _page(template: str, status: int, **said: object) -> Reply:
    text = _PAGES.get_template(template).render(**said)
    return Reply(status, HTML, text.encode(), _STRICT)
