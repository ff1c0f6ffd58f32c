"""Every shipped text says only what is known, at every moment, in every state of an incident."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told_incidents import NOON, REGISTER, STATES, log_of, opened

from tocsin.desk.words.statement_files import shipped_statements, templates_in
from tocsin.facts import Access
from tocsin.facts.incidents import Claimed, Grade
from tocsin.facts.statements import Audience, Moment, StatementDrafted
from tocsin.incident.statements import Promise, Statement
from tocsin.playbook.templates import text_bytes
from tocsin.register.audiences import FLOOR
from tocsin.statement.context import Wish, context_of
from tocsin.statement.plain import compared
from tocsin.statement.template import Template

TEMPLATES, MISTAKES = templates_in(shipped_statements())
EVERY = [(audience, moment) for audience in Audience for moment in Moment]
SOON = NOON + timedelta(hours=3)
EARLIER = Statement(
    id="S1",
    draft=StatementDrafted(
        statement="S1", audience=Audience.CUSTOMERS, moment=Moment.FIRST, language="en",
        template="customers/first", template_digest="d" * 64, text="d" * 64, known=("C1",),
        suspected=(), refuted=(), questions=(), figures=(), evidence=(), added="",
        next_update_at=None, corrects=None,
    ),
    seq=3, at=NOON, by="max", access=Access.OPS,
)  # fmt: skip
LATE = Promise(audience="customers", due_at=NOON, made_at=NOON, seq=3)


def template(audience: Audience, moment: Moment) -> Template:
    return TEMPLATES[f"{audience.value}/{moment.value}"]


def wish(moment: Moment, *, added: str = "", late: bool = False, promise: bool = True) -> Wish:
    return Wish(
        moment=moment,
        added=added,
        next_update_at=SOON if promise and moment is not Moment.FINAL else None,
        corrects=EARLIER if moment is Moment.CORRECTION else None,
        late=LATE if late else None,
    )


def test_there_is_a_template_for_every_audience_and_moment_and_none_has_a_mistake() -> None:
    assert not MISTAKES
    assert set(TEMPLATES) == {f"{a.value}/{m.value}" for a, m in EVERY}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("audience", "moment"), EVERY, ids=lambda one: one.value)
def test_every_text_is_whole_in_every_state(audience: Audience, moment: Moment, state: str) -> None:
    entries, reach = STATES[state], FLOOR[audience]
    for late in (False, True):
        context, stated = context_of(entries, REGISTER, reach, wish(moment, late=late))
        subject, body = template(audience, moment).filled(context)
        text = text_bytes(subject, body).decode()
        head, _, words = text.partition("\n\n")
        assert "\n" not in head and head.strip() and words.strip(), text
        assert "\n\n\n" not in text and "{" not in text and "None" not in text, text
        assert not any(line != line.rstrip() for line in text.splitlines()), text
        assert "Customer assistant" in text
        assert ("2026-11-23 15:00 UTC" in text) is (moment is not Moment.FINAL)
        for one in context.known:
            assert f"- {one}" in text
        if reach.outside:
            assert "Training lost" not in text, "nothing is suspected outside"
            assert not stated.suspected and not stated.refuted
        for one in template(audience, moment).forbids:
            assert f" {compared(one)} " not in f" {compared(text)} "
        if moment is Moment.CORRECTION and state == "turned":
            assert "- Version 2 gives wrong refunds" in text, "what does not hold is named"
        if state == "privileged":
            assert "refunds" not in words.replace("wrong refunds.", "").replace(
                "wrong refunds:", ""
            ), "what only counsel may read"
        if state == "stopped":
            assert "was switched off at 2026-11-23 12:06 UTC, and we saw that it is off." in text
            assert "214 people" in text
        if state == "asked":
            assert "switched off" not in text, "what nobody saw is not told as done"


def test_a_text_says_as_little_as_it_must_when_nothing_is_known() -> None:
    context, _ = context_of(
        STATES["nothing"], REGISTER, FLOOR[Audience.CUSTOMERS], wish(Moment.FIRST, promise=False)
    )
    assert template(Audience.CUSTOMERS, Moment.FIRST).filled(context) == (
        "Customer assistant: we are looking into a problem",
        "We have found a problem with Customer assistant.",
    )


def test_a_whole_text_for_customers() -> None:
    context, stated = context_of(
        STATES["stopped"], REGISTER, FLOOR[Audience.CUSTOMERS],
        wish(Moment.UPDATE, added="Call your branch.", late=True),
    )  # fmt: skip
    assert template(Audience.CUSTOMERS, Moment.UPDATE).filled(context)[1] == (
        "This is an update on the problem with Customer assistant.\n"
        "It began at 2026-11-23 10:00 UTC.\n\n"
        "We promised this update by 2026-11-23 12:00 UTC. It is late.\n\n"
        "What we know:\n- Version 2 gives wrong refunds\n\n"
        "Affected, as far as we have counted: 214 people.\n\n"
        "What we did:\n"
        "- Customer assistant was switched off at 2026-11-23 12:06 UTC, and we saw that it is "
        "off.\n\n"
        "Call your branch.\n\n"
        "We will write again by 2026-11-23 15:00 UTC."
    )
    assert "affected people = 214" in stated.figures and stated.evidence == ("e" * 64,)


INJECTIONS = [
    "{{ 7 * 7 }}", "{% for x in known %}x{% endfor %}", "{{ ''.__class__.__mro__ }}", "{# gone #}",
    "a\nSubject: other\n\nbody", "a\r\nBcc: eve@example.org", "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "\u202egnorw\u202c", "o\u200bk\u200d\ufeff", "\U000e0041\U000e0042hidden",
    "\u3164\u115f\u2800x",
    "- not a line of its own\n- neither", "\x1b[31mred", "x\x00y", "=cmd|' /C calc'!A0",
    "%(x)s {0}",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("audience", list(Audience), ids=lambda one: one.value)
def test_what_fills_a_text_does_not_act(audience: Audience, text: str) -> None:
    claim = Claimed(claim="C1", statement=text, grade=Grade.CONFIRMED, evidence=("e" * 64,))
    plain = Claimed(claim="C1", statement="x", grade=Grade.CONFIRMED, evidence=("e" * 64,))
    register = msgspec.structs.replace(
        REGISTER,
        systems={
            "assistant": msgspec.structs.replace(REGISTER.systems["assistant"], name=text or "x")
        },
    )
    made = {}
    for name, each, where in (("evil", claim, register), ("plain", plain, REGISTER)):
        context, _ = context_of(
            log_of(opened(title=text if name == "evil" else "x"), each), where, FLOOR[audience],
            wish(Moment.FIRST),
        )  # fmt: skip
        subject, body = template(audience, Moment.FIRST).filled(context)
        made[name] = text_bytes(subject, body).decode()
    evil = made["evil"]
    assert len(evil.splitlines()) == len(made["plain"].splitlines()), "no line of its own"
    assert not any(line.startswith(("Subject:", "Bcc:")) for line in evil.splitlines())
    assert all(c == "\n" or c.isprintable() for c in evil)
    assert "49" not in evil and "mro" not in evil.replace("__mro__", "")
    assert not set(evil) & set("\u3164\u115f\u2800\u200b\u202e")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(EVERY))
def test_whatever_is_added_stays_text(added: str, place: tuple[Audience, Moment]) -> None:
    audience, moment = place
    context, _ = context_of(STATES["known"], REGISTER, FLOOR[audience], wish(moment, added=added))
    subject, body = template(audience, moment).filled(context)
    empty, _ = context_of(STATES["known"], REGISTER, FLOOR[audience], wish(moment))
    assert subject == template(audience, moment).filled(empty)[0]
    assert context.added in body
    assert all(c == "\n" or c.isprintable() for c in body)
