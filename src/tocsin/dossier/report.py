"""The report of an incident, as one self-contained HTML page and as Markdown: the same facts twice.

Nothing in it is written by hand or by a model: each line comes from an entry, and says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from markupsafe import Markup

from tocsin.dossier.account import Account, Action
from tocsin.dossier.duties import duty_lines
from tocsin.dossier.gaps import gaps
from tocsin.dossier.pages import PAGES
from tocsin.dossier.stream import Stream, drawn, sentences
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts.findings import Found, Sign
from tocsin.facts.places import places
from tocsin.facts.recovery import Passing, share_words
from tocsin.facts.runs import Verdict
from tocsin.facts.spelt import spelt
from tocsin.incident.affected import AffectedList, Step
from tocsin.incident.words_finding import finding_words, percent, where


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a report beside the account.

    Args:
        name: the incident's short id.
        made_at: when the report was made; its facts end at the last entry.
        origin, key: of the record it was made from.
        readers: for whose eyes it is, in words.
    """

    name: str
    made_at: datetime
    origin: str
    key: str
    readers: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a finding, and what moved with it, one line each."""

    stream: Stream
    moved: Sequence[str] = ()


def as_html(account: Account, paper: Paper, seen: Sequence[Seen]) -> str:
    """The report as one page that needs nothing else: no script, no font, no picture from afar."""
    drawings = [Markup(drawn(one.stream)) for one in seen]
    return PAGES.get_template("report.html.j2").render(
        **_said(account, paper), drawings=list(zip(seen, drawings, strict=True))
    )


def as_markdown(account: Account, paper: Paper, seen: Sequence[Seen]) -> str:
    """The same report as Markdown; streams are told in numbers."""
    return PAGES.get_template("report.md.j2").render(**_said(account, paper), seen=seen)


def _said(account: Account, paper: Paper) -> Mapping[str, object]:
    incident = account.incident
    return {
        "account": account,
        "incident": incident,
        "paper": paper,
        "summary": summary(account),
        "gaps": gaps(account),
        "stamp": _stamp,
        "clock": _clock,
        "how": _how,
        "effect": _effect,
        "finding_words": finding_words,
        "cell": _cell,
        "steps": _steps,
        "shown": lambda stream: " ".join(sentences(stream)),
    }


def summary(account: Account) -> list[tuple[str, str]]:
    """The one-page summary: a question and its answer, in the order in which they are asked."""
    incident = account.incident
    found = [fact for _, fact in account.findings if fact.caused_by is None]
    return [
        ("What happened", incident.title or "not recorded"),
        ("What failed", "; ".join(map(_failed, found)) or "nothing was measured"),
        ("Since when", _since(account, found)),
        ("Whom it harmed", _harm(account, found)),
        ("How bad", _severity(account)),
        ("What stopped it", _containment(account)),
        ("What was put right", _recovery(account)),
        ("What caused it", _cause(account)),
        ("Who led it", incident.holder("commander") or "nobody was assigned"),
        ("How it stands", f"{incident.status.value}, {incident.phase.value}"),
        ("Legal duties", _duties(account)),
    ]


def _failed(found: Found) -> str:
    if found.sign is Sign.RATE:
        return (
            f"{found.metric}: {percent(found.observed)} instead of {percent(found.baseline)} "
            f"({percent(found.low)} to {percent(found.high)}, sure to "
            f"{percent(found.confidence)}) in {where(found)}"
        )
    return finding_words(found)


def _since(account: Account, found: Sequence[Found]) -> str:
    incident = account.incident
    told = [one.since for one in found if not one.by_rows]
    began = min(told, default=incident.occurred_at)
    seen = incident.discovered_at or incident.opened_at
    if began is None or seen is None:
        return f"noticed at {_stamp(seen)}; when it began is not known" if seen else "not known"
    return f"began at about {_stamp(began)}; noticed at {_stamp(seen)}, {_span(seen - began)} later"


def _harm(account: Account, found: Sequence[Found]) -> str:
    if account.affected:
        return "; ".join(map(_touched, account.affected))
    rates = [one for one in found if one.sign is Sign.RATE and one.bad]
    if not rates:
        return "not counted"
    worst = max(rates, key=lambda one: one.bad)
    return f"{worst.bad} of {worst.requests} requests went wrong before it was noticed"


def _steps(one: AffectedList) -> list[tuple[Step, int]]:
    """What each entry still holds of a list, and of how many decisions."""
    return [(step, places(spans)) for step, spans in one.standing()]


def _touched(one: AffectedList) -> str:
    """How many decisions, about how many, and how far they are put right."""
    fact = one.fact
    whom = "" if fact.subjects is None else f" about {fact.subjects} people or things"
    states = [f"{n} {state.value}" for state, n in one.counts.items() if n]
    return f"{fact.decisions} decisions{whom} ({fact.asked}): {', '.join(states)}"


def _severity(account: Account) -> str:
    judged = account.incident.severity
    if judged is None:
        return "not judged"
    reasons = "; ".join(judged.reasons)
    who = judged.by if judged.by in account.people else "the plan"
    return f"{judged.severity.value}, judged by {who}: {reasons} ({judged.basis})"


def _containment(account: Account) -> str:
    stops = [a for a in account.actions if a.order.effect.value == "stop" and a.after]
    if not stops:
        return "nothing was stopped"
    first = stops[0]
    began = min((f.since for _, f in account.findings), default=None)
    noticed = account.incident.opened_at
    shown = first.shown
    text = f"{first.order.target} was put from {first.before} to {first.after}"
    text += f" at {_clock(first.ended_at)}" if first.ended_at else ""
    if shown is None:
        return text + "; that it took effect was NOT shown"
    text += f"; seen to have taken effect at {_clock(shown.at)}"
    if noticed is not None:
        text += f", {_span(shown.at - noticed)} after it was noticed"
    if began is not None:
        text += f" and {_span(shown.at - began)} after it began"
    return text


def _recovery(account: Account) -> str:
    changed = [
        a for a in account.actions
        if a.order.effect.value == "change" and a.after and a.order.undo is not None
    ]  # fmt: skip
    told = [
        f"{a.order.target} from {a.before} to {a.after} ({_effect(a)})" for a in changed
    ]  # fmt: skip
    return "; ".join([*told, *_gates(account)]) or "nothing yet"


def _gates(account: Account) -> Iterator[str]:
    """How each system earned its way back, and what it was let off."""
    for held in account.recovery.held.values():
        for candidate in held.candidates[-1:]:
            every = [held.latest(*key) for key in held.measured if key[0] == candidate]
            good = sum(one is not None and one.fact.result is Passing.PASSED for one in every)
            yield (
                f"{held.system}, candidate {spelt(candidate)}: {good} of {len(every)} criteria "
                "that were measured passed"
            )
        for turn in held.turns:
            ended = "not judged" if turn.ended is None else turn.ended.result.value
            yield f"{share_words(turn.fact.share)} of requests, its watch {ended}"
        for cut in held.shortcuts.values():
            yield (
                f"SHORTCUT around {cut.fact.skipped}, signed by {cut.who}, until "
                f"{_stamp(cut.fact.expires_at)}: {cut.fact.because}"
                + (" (made good)" if cut.made_good else "")
            )


def _cause(account: Account) -> str:
    claims = [c for c in account.incident.claims if c.grade.value != "refuted"]
    return "; ".join(f"{c.statement} ({c.grade.value})" for c in claims) or "not named yet"


def _duties(account: Account) -> str:
    named = [f"{d.deadline} by {_stamp(d.conservative_at)}" for d in account.deadlines.values()]
    asked = duty_lines(account.legal, account.last, account.incident.id) if account.last else []
    if asked:
        return f"{'; '.join([*named, *asked])} ({NOT_ADVICE})"
    return f"{'; '.join(named)}; others not assessed" if named else "not assessed"


def _effect(action: Action) -> str:
    """What was seen of an action, in one sentence."""
    if not action.looks:
        return "nobody looked"
    last = action.shown or action.looks[-1]
    word = {Verdict.SHOWN: "SEEN", Verdict.NOT_SHOWN: "seen NOT to be so"}.get(
        last.verdict, "not yet shown"
    )
    return f"{word}: {last.seen}; chance of a wrong SEEN at most {last.error}"


def _how(action: Action) -> str:
    """Who let an action go, and on what proof."""
    if not action.votes:
        return "by the plan, no approval asked"
    return "; ".join(
        f"{vote.who} {vote.said} ({vote.proven})" + (f": {vote.because}" if vote.because else "")
        for vote in action.votes
    )


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "not known"


def _clock(at: datetime | None) -> str:
    return f"{at:%H:%M:%S} UTC" if at else "not known"


def _span(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _cell(text: object) -> str:
    """Words inside a Markdown table: one line, no bar, no tag, no link."""
    line = " ".join(str(text).split())
    for sign in "\\|<>[]*_`":
        line = line.replace(sign, f"\\{sign}")
    return line
