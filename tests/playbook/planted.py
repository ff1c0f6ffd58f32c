"""Two whole plans without a fault, their house, and each rule's example planted into them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from tocsin.facts.canonical import sha256_hex
from tocsin.playbook import House, Plan, draft_plan, plan_of
from tocsin.playbook.lint import Linted, Rehearsal, Rule, linted
from tocsin.register.mistakes import mistakes_only
from tocsin.register.read import read_register

HERE = Path(__file__).parent / "lint"
TODAY = date(2026, 11, 26)
MARK, STANDS = "# <-", "the version that stands here"
PLANS = {name: (HERE / name).read_text() for name in ("whole.yaml", "vendor.yaml")}
IDS = ("hiring-unfair", "feed-compromised")
REGISTER = (HERE / "register.toml").read_text()
HANDS = frozenset({"kill-switch", "registry", "webhook", "mail", "pager"})
EYES = frozenset({"rollback-target", "validation", "serving"})
DETECTORS = {"hiring": frozenset({"selection-rate", "refusals"}),
             "assistant": frozenset({"fallback-rate"})}  # fmt: skip
OTHER = """\
plan: refusals
version: "1"
title: Another plan for the same system
triggers: [refusals]
steps:
  over: {end: completed}
"""


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """A plan's file, what else is known, and the lines on which something must be found."""

    file: str
    text: str
    lines: tuple[int, ...] = ()
    register: str = REGISTER
    drilled: Mapping[str, str] | None = None

    def linted(self) -> Linted:
        others = [_read(text) for name, text in PLANS.items() if name != self.file]
        others.append(_read(OTHER))
        drills = {
            plan: Rehearsal(digest=sha256_hex((self.text if which == STANDS else "").encode()),
                        on=date(2026, 10, 1))
            for plan, which in (self.drilled or dict.fromkeys(IDS, STANDS)).items()
        }  # fmt: skip
        house = house_of(self.register)
        return linted(self.text.encode(), self.file, TODAY, house, others, drills)


@cache
def _read(text: str) -> Plan:
    return plan_of(text.encode())


@cache
def house_of(register: str) -> House:
    read, told = read_register({"register.toml": register.encode()})
    assert mistakes_only(told) == [], told
    return House(register=read, hands=HANDS, eyes=EYES, detectors=DETECTORS)


def good(rule: Rule) -> Planted:
    """The whole plan in which a rule's good example stands."""
    return _planted(rule, rule.example.good)


def bad(rule: Rule) -> Planted:
    """The same plan, with the bad example in its place."""
    return _planted(rule, rule.example.bad)


def _planted(rule: Rule, lines: str) -> Planted:
    example = rule.example
    if example.of == "drills":
        drilled = dict(line.split(": ") for line in lines.splitlines())
        file, text = next(iter(PLANS.items()))
        return Planted(file=file, text=text, lines=(1,), drilled=drilled)
    if example.of == "register":
        register = _put(REGISTER, example.good, lines)
        assert register is not None, f"{rule.id}: the good example stands in no register"
        file, text = next(item for item in PLANS.items() if _has(item[1], example.at))
        at = (_line_of(text, example.at),)
        return Planted(file=file, text=text, lines=at, register=register)
    for file, text in PLANS.items():
        planted = _put(text, example.good, lines)
        if planted is not None:
            marked = tuple(n for n, row in enumerate(planted.splitlines(), 1) if MARK in row)
            return Planted(
                file=file, text=planted, lines=marked or (_line_of(planted, example.at),)
            )
    raise AssertionError(f"{rule.id}: the good example stands in no whole plan")


def _put(text: str, old: str, new: str) -> str | None:
    """The text with the old lines replaced at whatever depth they stand; None if they do not."""
    for depth in range(0, 9, 2):
        before = "\n" + textwrap.indent(old, " " * depth) + "\n"
        if f"\n{text}".count(before) == 1:
            after = "\n" + textwrap.indent(new, " " * depth) + "\n"
            return f"\n{text}".replace(before, after)[1:]
    return None


def _has(text: str, path: str) -> bool:
    return path in _read(text).lines


def _line_of(text: str, path: str) -> int:
    """The line of a step or field; the first of the file where none is meant."""
    plan, _ = draft_plan(text.encode())
    assert plan is not None
    step = plan.steps.get(path.removeprefix("steps."))
    return step.line if step is not None else plan.lines[path] if path else 1
