"""The workspace of the cause in words and in data: what speaks for and against each hypothesis."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tocsin.dossier.analysis_rows import CONCLUDED, Row, row_of
from tocsin.incident.analysis import Analysis, Hypothesis, Lineage, Query, Replay, Weighed

BESIDE_FROM = 96
"""From so many columns on, what speaks for and what speaks against stand side by side."""

NOTHING = "nothing weighed"


def as_data(known: Analysis) -> dict[str, object]:
    """All of it, for scripts."""
    return {
        "hypotheses": [hypothesis_data(one) for one in known.hypotheses.values()],
        "queries": [_query_data(one) for one in known.queries.values()],
        "replays": [_replay_data(one) for one in known.replays.values()],
        "lineages": [_lineage_data(one) for one in known.lineages.values()],
        "withheld": known.hidden,
    }


def hypothesis_data(one: Hypothesis) -> dict[str, object]:
    """One hypothesis, for scripts."""
    last = one.conclusions[-1] if one.conclusions else None
    return {
        "id": one.id,
        "entry": one.seq,
        "by": one.by,
        "statement": one.fact.statement,
        "mode": one.fact.mode,
        "under": one.fact.under,
        "standing": one.standing,
        "because": last.fact.because if last else "",
        "despite": last.fact.despite if last else "",
        "unanswered": [w.seq for w in one.unanswered],
        "doubted_by": [w.seq for w in one.doubts],
        "weighed": [_weighed_data(w) for w in one.weighings],
    }


def _weighed_data(one: Weighed) -> dict[str, object]:
    return {
        "entry": one.seq,
        "by": one.by,
        "evidence": one.fact.evidence,
        "of_entry": one.fact.entry,
        "bearing": one.fact.bearing,
        "strength": one.fact.strength,
        "because": one.fact.because,
        "answered": one.answered.because if one.answered else None,
        "replaced_by": one.replaced_by,
    }


def _query_data(one: Query) -> dict[str, object]:
    return {
        "id": one.id,
        "askings": [
            {"entry": a.seq, "at": a.at, "by": a.by, "same": one.same(a), "fact": a.fact}
            for a in one.askings
        ],
    }


def _replay_data(one: Replay) -> dict[str, object]:
    return {
        "id": one.fact.replay,
        "entry": one.seq,
        "over": one.is_over,
        "began": one.fact,
        "ended": one.ended,
        "compared": one.compared,
    }


def _lineage_data(one: Lineage) -> dict[str, object]:
    return {"entry": one.seq, "read": one.fact, "items": one.items}


def as_text(known: Analysis, name: str, width: int) -> str:
    """All of it, for people.

    Args:
        width: of their screen, in columns.
    """
    lines = list[str]()
    for one in known.hypotheses.values():
        lines += [*_hypothesis(row_of(one), max(40, min(width, 160))), ""]
    lines += [line for query in known.queries.values() for line in _query(query)]
    lines += [line for replay in known.replays.values() for line in _replay(replay)]
    lines += [line for lineage in known.lineages.values() for line in _lineage(lineage)]
    if known.hidden:
        few = "1 entry" if known.hidden == 1 else f"{known.hidden} entries"
        lines.append(f"{few} of the analysis for others' eyes")
    if not lines:
        return f'{name}: no hypothesis yet; raise one: tocsin analysis hypothesis {name} "..."'
    return "\n".join(lines).rstrip("\n")


def _hypothesis(row: Row, width: int) -> Iterator[str]:
    head = f"{row.id} {CONCLUDED[row.standing].upper()}: {row.statement}"
    yield from textwrap.wrap(head, width, subsequent_indent="   ")
    for told in row.told:
        yield from textwrap.wrap(told, width, initial_indent="   ", subsequent_indent="   ")
    if width >= BESIDE_FROM:
        yield from _beside(row, width)
        return
    for title, each in (("for", row.for_), ("against", row.against), ("neither", row.neutral)):
        if each or title != "neither":
            yield f"   {title}:" + ("" if each else f" {NOTHING}")
        for one in each:
            yield from textwrap.wrap(one, width, initial_indent="    - ", subsequent_indent=" " * 6)


def _beside(row: Row, width: int) -> Iterator[str]:
    half = (width - 6) // 2
    left, right = _column("FOR", row.for_, half), _column("AGAINST", row.against, half)
    for place in range(max(len(left), len(right))):
        one = left[place] if place < len(left) else ""
        two = right[place] if place < len(right) else ""
        yield f"   {one:<{half}} | {two}".rstrip()
    for told in row.neutral:
        yield from textwrap.wrap(f"neither: {told}", width - 3, initial_indent="   ")


def _column(title: str, each: Sequence[str], width: int) -> list[str]:
    lines = [title]
    for one in each or [NOTHING]:
        lines += textwrap.wrap(one, width, initial_indent="- ", subsequent_indent="  ")
    return lines


def _query(one: Query) -> Iterator[str]:
    for asking in one.askings:
        same = one.same(asking)
        how = "" if same is None else (", the SAME" if same else ", DIFFERENT from the first time")
        cut = ", cut" if asking.fact.cut else ""
        yield (
            f"{one.id} (entry {asking.seq}): {asking.fact.rows} rows{cut}{how}; evidence "
            f"{asking.fact.result[:12]}"
        )


def _replay(one: Replay) -> Iterator[str]:
    if not one.is_over:
        yield f"{one.fact.replay} (entry {one.seq}) is not over; the same command goes on"
    for each in one.ended:
        yield (
            f"{one.fact.replay} {each.against}: {each.held} of {each.held + each.failed} as "
            f"expected ({each.low} to {each.high}), {each.unanswered} not judged"
        )
    for pair in one.compared:
        yield (
            f"{one.fact.replay} {pair.after} against {pair.before}: {pair.mended} mended, "
            f"{pair.broken} broken; {pair.difference} ({pair.low} to {pair.high})"
        )


def _lineage(one: Lineage) -> Iterator[str]:
    yield f"lineage of {one.fact.model} version {one.fact.version} (entry {one.seq}):"
    for item in one.items:
        level = "--" if item.level is None else f"L{item.level}"
        yield (
            f"   {item.verdict.value.upper():10} {level}  {item.item.value} {item.name}: "
            f"{item.because}"
        )
