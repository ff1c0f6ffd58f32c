"""What `tocsin doctor` says of the law: whether its files are whole, fresh, and what is overdue."""

from __future__ import annotations

from datetime import date

from tocsin import wiring
from tocsin.cli.health.finding import Finding, told
from tocsin.desk.loaded.law_in_force import LawRead, wrong_words
from tocsin.duties.freshness import stale_words
from tocsin.duties.values import facts_of
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.register.mistakes import mistakes_only
from tocsin.register.profile import profile_of

NAMED_MOST = 5


def law(opened: wiring.Opened) -> list[Finding]:
    """Whether the law can be asked here, and whether what it asks was done."""
    try:
        read, wrong = opened.desk.law.read(), opened.desk.law.told()
        found = [_files(read, [str(one) for one in wrong])]
        if read is not None:
            found += [_fresh(read, opened.world.clock.now().date()), _profile(opened, read)]
        return [*found, _overdue(opened)]
    except (Refused, Unreachable, BrokenLog) as bad:
        return [told("the law", bad)]


def _files(read: LawRead | None, wrong: list[str]) -> Finding:
    if read is None:
        return Finding(
            what="the law", ok=False, seen=f"none can be asked: {_some(wrong)}",
            remedy="mend the files it names; nothing that is due by law is reckoned until then",
        )  # fmt: skip
    if wrong:
        return Finding(
            what="the law", ok=False,
            seen=f"{wrong_words(older=True)}: {_some(wrong)}",
            remedy="mend the files it names, as in HOME/law/; what they changed holds for nobody "
            f"yet, and {read.law.version} is asked",
        )  # fmt: skip
    own = f", {read.own} of them our own" if read.own else ""
    return Finding(
        what="the law", ok=True,
        seen=f"{read.law.version}, {len(read.law.rules)} rules{own}; not legal advice",
    )  # fmt: skip


def _fresh(read: LawRead, today: date) -> Finding:
    stale = [one.path for one in read.law.articles if stale_words(one, today) is not None]
    return Finding(
        what="the law's sources", ok=not stale,
        seen=f"not compared for long: {_some(stale)}" if stale else "compared lately",
        remedy="let counsel compare them with their sources: tocsin law list" if stale else "",
    )  # fmt: skip


def _profile(opened: wiring.Opened, read: LawRead) -> Finding:
    """Whether the register's profile is understood by the law."""
    register = opened.in_force
    _, told_of = facts_of(dict(profile_of(register, list(register.systems))), read.law)
    wrong = [f"{one.path}: {one.found}; {one.remedy}" for one in told_of]
    missing = "" if register.answers else "; [profile] is not declared in the register"
    return Finding(
        what="the profile for the law", ok=not mistakes_only(told_of),
        seen=f"not understood: {_some(wrong)}" if wrong else f"understood{missing}",
        remedy="mend [profile] in HOME/register/, then: tocsin register adopt" if wrong else "",
    )  # fmt: skip


def _overdue(opened: wiring.Opened) -> Finding:
    """Whether something asked, or perhaps asked, is over its instant and nothing was done."""
    late: list[str] = []
    perhaps: list[str] = []
    now = opened.world.clock.now()
    for log in (ORGANISATION_LOG, *opened.store.logs(INCIDENT_PREFIX)):
        legal = opened.desk.known(log).legal
        for rule in legal.unsettled:
            instant = legal.counts_to(rule)
            if instant is not None and instant <= now:
                name = f"{log.removeprefix(INCIDENT_PREFIX)} {rule}"
                if legal.is_raised(rule):
                    late.append(name)
                else:
                    perhaps.append(f"{name} (if it applies)")
    late += perhaps
    return Finding(
        what="legal duties", ok=not late,
        seen=f"overdue: {_some(late)}" if late else "none overdue",
        remedy="answer, submit, or let counsel decide: tocsin law duties INCIDENT" if late else "",
    )  # fmt: skip


def _some(names: list[str]) -> str:
    more = len(names) - NAMED_MOST
    return "; ".join(names[:NAMED_MOST]) + (f"; and {more} more" if more > 0 else "")
