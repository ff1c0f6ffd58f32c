"""A template: one text for one audience at one moment, read strictly, filled in a sandbox.

It may name what `context` gives, ask whether it is there, and go through a list. It can call
nothing, reach into nothing, load nothing and repeat nothing but lists, so that filling it always
ends, in a size that is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

import msgspec
from jinja2 import StrictUndefined, TemplateError
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.facts.statements import Audience, Moment
from tocsin.statement.context import Told
from tocsin.statement.plain import plain_line, plain_lines

TEMPLATE_BYTES_MAX = 16 * 1024
TEXT_BYTES_MAX = 60 * 1024
ENDING = ".j2"
SUBJECT = "Subject:"
USUAL_LANGUAGE = "en"
_HEAD = re.compile(r"\A\s*\{#(.*?)#\}\s*", re.DOTALL)

SANDBOX = ImmutableSandboxedEnvironment(
    autoescape=False,  # plain text: what fills it cannot break a line
    undefined=StrictUndefined,
    loader=None,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    enable_async=False,
)
SANDBOX.globals.clear()
SANDBOX.filters = {name: SANDBOX.filters[name] for name in ("join", "length")}
SANDBOX.tests = {}


class Template(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A template that was read without a mistake.

    Args:
        name: "customers/first", with a language behind it where that is not the usual one.
        forbids: words that the whole text must not hold.
    """

    name: str
    audience: Audience
    moment: Moment
    language: str
    source: str
    forbids: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        """Its bytes, as they are kept."""
        return self.source.encode()

    @cached_property
    def digest(self) -> str:
        """What tells it from another version of itself."""
        return sha256_hex(self.data)

    @cached_property
    def _compiled(self) -> Compiled:
        return SANDBOX.from_string(self.source)

    def filled(self, context: Told) -> tuple[str, str]:
        """Subject and words.

        Raises:
            Refused: it cannot be filled with this, or becomes too long.
        """
        try:
            text = self._compiled.render(values_of(context))
        except (TemplateError, TypeError, ValueError) as bad:
            raise Refused(f"statements/{self.name}{ENDING} cannot be filled: {bad}") from None
        subject, _, body = plain_lines(text).partition("\n")
        subject = plain_line(subject.removeprefix(SUBJECT))
        if len(text.encode()) > TEXT_BYTES_MAX:
            raise Refused(
                f"the text would have more than {TEXT_BYTES_MAX:,} bytes; say less, or name the "
                "claims that are to be told: --claim C1"
            )
        return subject, body.strip()


def values_of(context: Told) -> Mapping[str, object]:
    """The names that a template may use, with their values."""
    return msgspec.structs.asdict(context)


def forbidden_in(source: str) -> tuple[str, ...]:
    """The words that the head of a template forbids."""
    head = _HEAD.match(source)
    if head is None:
        return ()
    found: list[str] = []
    for line in head.group(1).splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == "forbids":
            found += [one.strip() for one in rest.split(",") if one.strip()]
    return tuple(found)


def without_head(source: str) -> str:
    """The template's text behind its head."""
    return _HEAD.sub("", source, count=1)
