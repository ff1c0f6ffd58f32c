"""`tocsin playbook lint`: what is wrong or unwise in plans, told before they are needed. Where
there is a home, they are compared with it; it needs none, and says what it could not check.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.playbook.foreign_check import checked
from tocsin.cli.playbook.rule_sheet import explained, listed, told_line
from tocsin.facts import Refused
from tocsin.playbook import Plan
from tocsin.playbook.cacao.json_tree import FILE_BYTES_MAX
from tocsin.playbook.lint import RULES, Linted
from tocsin.register.mistakes import did_you_mean, mistakes_only
from tocsin.world import RealClock

ENDINGS = (".yaml", ".yml")


class _File(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    found: Linted

    @property
    def plan(self) -> Plan | None:
        """The plan, where it has no mistake that would keep it from being run."""
        wrong = mistakes_only(self.found.told)
        return None if wrong else self.found.plan

    @property
    def data(self) -> dict[str, object]:
        plan = self.plan
        return {
            "file": self.name,
            "ok": not mistakes_only(self.found.told),
            "mistakes": self.found.told,
            "waived": [
                {"because": because, "mistake": mistake} for mistake, because in self.found.waived
            ],
            "plan": plan.id if plan else None,
            "digest": plan.digest if plan else None,
        }


def add(inner: Commands) -> None:
    said = "say everything that is wrong or unwise in plans, by rules with ids"
    examples = (
        "  tocsin playbook lint plan.yaml\n  tocsin playbook lint HOME/playbooks --strict\n"
        "  tocsin playbook lint --explain TP402"
    )
    lint = command(inner, "lint", run_lint, said, examples=examples)
    lint.add_argument(
        "plans",
        type=Path,
        nargs="*",
        metavar="PLAN.yaml",
        help="files, folders, or one CACAO playbook.json",
    )
    lint.add_argument("--strict", action="store_true", help="advice counts as a problem too")
    lint.add_argument("--rules", action="store_true", help="list all rules instead")
    lint.add_argument("--explain", metavar="ID", help="why there is a rule, with bad and good")


def run_lint(args: argparse.Namespace, _: Screen) -> Answer:
    if args.rules:
        return listed()
    if args.explain:
        return explained(_rule(args.explain))
    if len(args.plans) == 1 and args.plans[0].suffix.lower() == ".json":
        data = plain_bytes(args.plans[0], most=FILE_BYTES_MAX)
        return checked(data, args.plans[0].name, strict=args.strict)
    named = list(_files(args.plans))
    read = [(name, plain_bytes(path)) for name, path in named]
    found, unhomed = wiring.linted_files(args.home, read, RealClock())
    files = [_File(name=name, found=one) for (name, _), one in zip(named, found, strict=True)]
    lines = [line for one in files for line in _lines(one)]
    unchecked = sorted({id for one in found for ids in one.unchecked.values() for id in ids})
    if unhomed is not None:
        lines.append(f"not checked against a register, people and detectors: {unhomed}")
    if unchecked:
        lines.append(f"rules that could not be judged: {', '.join(unchecked)}")
    told = [mistake for one in files for mistake in one.found.told]
    wrong = told if args.strict else mistakes_only(told)
    return Answer(
        data={
            **files[0].data,
            "ok": not wrong,
            "mistakes": told,
            "files": [one.data for one in files],
            "unchecked": unhomed,
            "unchecked_rules": unchecked,
        },
        text="\n".join(lines),
        status=PROBLEM if wrong else DONE,
    )


def _lines(one: _File) -> Iterator[str]:
    told, plan = one.found.told, one.plan
    yield from (told_line(mistake) for mistake in told)
    yield from (
        f"{told_line(mistake)} [waived: {because}]" for mistake, because in one.found.waived
    )
    if plan is not None:
        yield (
            f"{plan.id} version {plan.version}: {len(plan.steps)} steps; acts through "
            f"{', '.join(sorted(plan.connectors)) or 'nothing'}, looks through "
            f"{', '.join(sorted(plan.probes)) or 'nothing'}"
            + (f"; {len(told)} pieces of advice" if told else "")
        )


def _files(given: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each file by the name under which its mistakes are told; of folders, the plans in them."""
    if not given:
        raise Refused("name a plan's file or a folder of plans, or use --rules or --explain")
    paths: list[Path] = []
    for one in given:
        if one.is_dir():
            inside = sorted(p for p in one.iterdir() if p.suffix in ENDINGS and p.is_file())
            if not inside:
                raise Refused(f"{one}: no file that ends with .yaml; name a folder of plans")
            paths += inside
        else:
            paths.append(one)
    paths = list(dict.fromkeys(paths))
    for path in paths:
        yield (path.name if len(paths) == 1 else str(path)), path


def _rule(word: str) -> str:
    by_name = {rule.name: rule.id for rule in RULES.values()}
    id = by_name.get(word, word.upper())
    if id not in RULES:
        remedy = did_you_mean(word, [*RULES, *by_name], "see: tocsin playbook lint --rules")
        raise Refused(f"no rule is called {word}; {remedy}")
    return id
