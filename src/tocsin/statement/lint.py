"""Reads templates and tells every mistake of every file at once, with its line.

A file is accepted only where each of its parts is one of the few that a template needs: text,
names of the context, `if`, `for` over a list, `join` and `length`. All else is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import get_type_hints

import msgspec
from jinja2 import TemplateError, TemplateSyntaxError, nodes

from tocsin.facts.errors import Refused
from tocsin.facts.statements import Audience, Moment
from tocsin.register.audiences import FLOOR
from tocsin.register.mistakes import Mistake, did_you_mean, mistakes_only, shown
from tocsin.statement.context import Told, ToldInside
from tocsin.statement.plain import compared
from tocsin.statement.template import (
    ENDING,
    SANDBOX,
    SUBJECT,
    TEMPLATE_BYTES_MAX,
    USUAL_LANGUAGE,
    Template,
    forbidden_in,
    without_head,
)

_LIST = tuple[str, ...]
_ALWAYS = frozenset({"incident", "systems", "title"})
"""What is known of every incident."""

_CONSTANT_MAX = 40
_WRITTEN = {
    nodes.Getattr: "a part of a value, such as x.y",
    nodes.Getitem: "a part of a value, such as x[y]",
    nodes.Call: "a call",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Macro: "a macro",
    nodes.Assign: "set",
    nodes.Block: "a block",
}
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.For, nodes.If,
    nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Const,
    nodes.Filter,
)  # fmt: skip
_Found = tuple[int, str, str]


def read_templates(files: Mapping[str, bytes]) -> tuple[dict[str, Template], list[Mistake]]:
    """The templates in these files by name, and all that is wrong in any of them.

    Args:
        files: the bytes of each by its path below `statements/`: "customers/first.j2".
    """
    templates, told = dict[str, Template](), list[Mistake]()
    for path in sorted(files):
        template, wrong = read_template(path, files[path])
        told += wrong
        if template is not None:
            templates[template.name] = template
    return templates, told


def read_template(path: str, data: bytes) -> tuple[Template | None, list[Mistake]]:
    """The template in one file, or None and what is wrong in it."""
    template, told = _read_once(path, data)
    return template, list(told)


@lru_cache(maxsize=128)
def _read_once(path: str, data: bytes) -> tuple[Template | None, tuple[Mistake, ...]]:
    """Reading fills it twice, and the same bytes at the same place say the same."""
    told: list[Mistake] = []

    def tell(line: int, found: str, remedy: str) -> None:
        told.append(Mistake(file=path, line=line, path="", found=found, remedy=remedy))

    place = _place(path, tell)
    if len(data) > TEMPLATE_BYTES_MAX:
        tell(1, f"{len(data):,} bytes", f"a template may have {TEMPLATE_BYTES_MAX:,}; say less")
        return None, tuple(told)
    try:
        source = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as bad:
        tell(data.count(b"\n", 0, bad.start) + 1, "not UTF-8", "save the file as UTF-8")
        return None, tuple(told)
    if place is None:
        return None, tuple(told)
    audience, moment, language = place
    for line, found, remedy in _wrong(source, audience):
        tell(line, found, remedy)
    template = Template(
        name=path.removesuffix(ENDING),
        audience=audience,
        moment=moment,
        language=language,
        source=source,
        forbids=forbidden_in(source),
    )
    if not told:
        for line, found, remedy in _filled_wrong(template):
            tell(line, found, remedy)
    return (None if mistakes_only(told) else template), tuple(told)


def _place(path: str, tell: Callable[[int, str, str], None]) -> tuple[Audience, Moment, str] | None:
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(ENDING)
    moment, _, language = stem.partition(".")
    audiences, moments = [one.value for one in Audience], [one.value for one in Moment]
    if not name.endswith(ENDING):
        tell(1, f"a file called {shown(name)}", f"call it MOMENT{ENDING}, or move it away")
        return None
    if folder not in audiences:
        among = f"the folder is one of {', '.join(audiences)}"
        tell(1, f"no audience is called {shown(folder)}", did_you_mean(folder, audiences, among))
        return None
    if moment not in moments:
        among = f"the file is one of {', '.join(one + ENDING for one in moments)}"
        tell(1, f"no moment is called {shown(moment)}", did_you_mean(moment, moments, among))
        return None
    if language and not (language.isascii() and language.isalpha() and len(language) == 2):
        tell(1, f"no language is called {shown(language)}", "write two letters, as in first.de.j2")
        return None
    return Audience(folder), Moment(moment), language.lower() or USUAL_LANGUAGE


def _wrong(source: str, audience: Audience) -> Iterator[_Found]:
    try:
        tree = SANDBOX.parse(source)
    except TemplateSyntaxError as bad:
        yield bad.lineno, f"not a template: {bad.message}", "see statements/README.md"
        return
    except (RecursionError, ValueError, OverflowError, MemoryError):
        yield 1, "nested too deeply, or a number too large", "write it flat"
        return
    context = Told if FLOOR[audience].outside else ToldInside
    names = get_type_hints(context)
    yield from _nodes(tree, names, frozenset(), in_loop=False)
    head = source.count("\n") - without_head(source).count("\n") + 1
    first = without_head(source).partition("\n")[0]
    if not first.startswith(SUBJECT) or not first.removeprefix(SUBJECT).strip():
        yield head, "no subject", f'begin the text with "{SUBJECT} ..."'
    if "added" in first:
        yield head, "added words in the subject", "put them below it"
    text = compared(" ".join(one.data for one in tree.find_all(nodes.TemplateData)))
    for word in forbidden_in(source):
        if f" {compared(word)} " in f" {text} ":
            yield 1, f"the template says {shown(word)}, which it forbids", "say it otherwise"


def _nodes(
    node: nodes.Node, names: Mapping[str, object], mine: frozenset[str], *, in_loop: bool
) -> Iterator[_Found]:
    if not isinstance(node, _ALLOWED):
        what = _WRITTEN.get(type(node), type(node).__name__.lower())
        yield node.lineno, what, "a template names what is known and goes through lists, no more"
        return
    if isinstance(node, nodes.Name) and node.name not in mine:
        if node.name not in names:
            among = f"there are: {', '.join(names)}"
            remedy = did_you_mean(node.name, names, among)
            yield node.lineno, f"nothing is called {shown(node.name)} here", remedy
    elif isinstance(node, nodes.For):
        yield from _loop(node, names, mine, in_loop=in_loop)
        return
    elif isinstance(node, nodes.Const) and not _is_short(node.value):
        yield node.lineno, "a value that is no short text", "write it as text"
    elif isinstance(node, nodes.Output):
        for one in node.nodes:
            if isinstance(one, nodes.Name) and names.get(one.name) == _LIST:
                remedy = f"go through it: {{% for one in {one.name} %}}"
                yield one.lineno, f"{one.name} is a list, not one text", remedy
    elif isinstance(node, nodes.Filter) and node.name not in SANDBOX.filters:
        remedy = f"there are: {', '.join(SANDBOX.filters)}"
        yield node.lineno, f"no filter is called {shown(node.name)}", remedy
    elif isinstance(node, nodes.Compare):
        for operand in node.ops:
            if operand.op not in ("eq", "ne"):
                yield node.lineno, f"a comparison by {operand.op}", "use == or !="
    for child in node.iter_child_nodes():
        yield from _nodes(child, names, mine, in_loop=in_loop)


def _is_short(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _CONSTANT_MAX
    return isinstance(value, int) and abs(value) < 10**9


def _loop(
    node: nodes.For, names: Mapping[str, object], mine: frozenset[str], *, in_loop: bool
) -> Iterator[_Found]:
    over, each = node.iter, node.target
    if in_loop:
        yield node.lineno, "a loop within a loop", "write one after the other"
    if not isinstance(over, nodes.Name) or names.get(over.name) != _LIST:
        lists = ", ".join(name for name, kind in names.items() if kind == _LIST)
        yield node.lineno, "a loop over something that is no list", f"the lists are: {lists}"
    if not isinstance(each, nodes.Name) or each.name in names:
        yield node.lineno, "a loop with a name that is taken", "call it `one`"
        return
    if node.recursive or node.test is not None:
        yield node.lineno, "a loop with a condition", "go through the whole list"
    for child in (*node.body, *node.else_):
        yield from _nodes(child, names, mine | {each.name}, in_loop=True)


def _filled_wrong(template: Template) -> Iterator[_Found]:
    """What goes wrong when it is filled with much, and with nothing."""
    kind = Told if FLOOR[template.audience].outside else ToldInside
    for word, size in (("x", 2), ("", 0)):
        values = {
            name: (word,) * size if hint == _LIST else word or ("x" if name in _ALWAYS else "")
            for name, hint in get_type_hints(kind).items()
        }
        try:
            subject, body = template.filled(msgspec.convert(values, kind))
        except (Refused, TemplateError) as bad:
            yield 1, f"it cannot be filled: {bad}", "see statements/README.md"
            return
        if not subject or not body:
            yield 1, "nothing is said when little is known", "write a subject and a sentence"
            return
