"""How a list of affected decisions stands, in words, in data and as a statement of completion."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from tocsin.desk import Writer
from tocsin.facts import Refused
from tocsin.facts.affected import Remedy
from tocsin.facts.places import places, written
from tocsin.incident.affected import AffectedList, Wished
from tocsin.incident.remedy_rows import read_rows, wishes_of
from tocsin.register.mistakes import Mistake

OPEN_SHOWN = 12
MISTAKES_SHOWN = 50


def as_data(known: AffectedList) -> dict[str, object]:
    """The list as it stands, for scripts."""
    fact = known.fact
    return {
        "list": fact.list,
        "finding": fact.finding,
        "findings": known.findings,
        "since": fact.since,
        "until": fact.until,
        "asked": fact.asked,
        "untold": fact.untold,
        "decisions": fact.decisions,
        "subjects": fact.subjects,
        "listed_in_entry": known.seq,
        "states": {state.value: count for state, count in known.counts.items()},
        "left": known.left,
        "open": written(known.unfinished()),
        "done": [
            {
                "entry": step.seq,
                "at": step.at,
                "who": step.who,
                "by": step.fact.done_by or step.who,
                "state": step.fact.state.value,
                "items": written(spans),
                "count": places(spans),
                "proof": step.fact.proof,
                "reference": step.fact.reference,
                "because": step.fact.because,
            }
            for step, spans in known.standing()
        ],
    }


def as_text(known: AffectedList) -> str:
    """The list as it stands, for people."""
    fact = known.fact
    whom = "" if fact.subjects is None else f" about {fact.subjects} subjects"
    lines = [f"list {fact.list[:12]}: {fact.decisions} decisions{whom}, {_findings(known)}"]
    lines += [f"  {state.value:10} {count}" for state, count in known.counts.items() if count]
    for step, spans in known.standing():
        shown = ", ".join(
            part for part in ((step.fact.proof or "")[:12], step.fact.reference) if part
        )
        lines.append(
            f"  entry {step.seq}: {places(spans)} {step.fact.state.value} by "
            f"{step.fact.done_by or step.who}" + (f" ({shown})" if shown else "")
        )
    if known.left:
        lines.append(f"  not finished: {known.left} of {fact.decisions}: items {_shown(known)}")
    return "\n".join(lines)


def sealed_lines(known: AffectedList, seq: int, name: str) -> Iterator[str]:
    """After a list was sealed in entry `seq`: whether it stood already, and the next step."""
    if known.seq != seq:
        yield (
            f"it is the very list of entry {known.seq}: what was done there holds, "
            f"{known.left} of {known.fact.decisions} decisions are left"
        )
    which = f"{name} --list {known.fact.list[:12]}"
    if known.left:
        items = written(list(known.unfinished())[:OPEN_SHOWN])
        yield f"Next: tocsin incident remedy {which} --items {items} --state ... --reference ..."
    else:
        yield f"Next: tocsin incident remedies {which} --prove"


def _findings(known: AffectedList) -> str:
    return f"finding{'s' * (len(known.findings) > 1)} {', '.join(known.findings)}"


def _shown(known: AffectedList) -> str:
    spans = list(known.unfinished())
    more = len(spans) - OPEN_SHOWN
    return written(spans[:OPEN_SHOWN]) + (f" and {more} more spans" if more > 0 else "")


def statement(
    known: AffectedList, destroyed: Sequence[str], incident: str, origin: str, made_at: object
) -> bytes:
    """That every decision of a list has a final state, with the entries that say so.

    Each entry stands in the record under `log` and its number; an evidence package of the incident
    lets anybody check that it does.
    """
    said = {
        "statement": "every decision of this list has a final state of remedy",
        "record": origin,
        "log": f"incident/{incident}",
        "made_at": made_at,
        "destroyed": destroyed,
        **as_data(known),
    }
    document = msgspec.json.encode(said, order="sorted")
    return msgspec.json.format(document, indent=2) + b"\n"


def said_in_table(desk: Writer, known: AffectedList, file: str, data: bytes) -> list[Wished]:
    """What a table says about the decisions of a list; the table is its proof.

    Raises:
        Refused: every mistake, each with its line.
    """
    rows, told = read_rows(data, file)
    requests = {row.request for row in rows if row.request}
    found = dict[str, list[int]]()
    if requests and not told:
        with desk.world.vault.open(known.fact.list) as listed:
            for place, request in _requests(listed):
                if request in requests:
                    found.setdefault(request, []).append(place)
    wishes = list[Wished]()
    if not told:
        wishes, told = wishes_of(rows, file, found, known.fact.decisions)
        told += _unexplained(wishes, file)
    if told:
        raise Refused(_all(told))
    return wishes


def _unexplained(wishes: Sequence[Wished], file: str) -> list[Mistake]:
    return [
        Mistake(file=file, line=wish.line, path="because", found="not-needed without a reason",
                remedy="say why nothing is owed")
        for wish in wishes
        if wish.state is Remedy.NOT_NEEDED and not wish.because
    ]  # fmt: skip


def _all(told: Sequence[Mistake]) -> str:
    lines = [str(one) for one in told[:MISTAKES_SHOWN]]
    if len(told) > MISTAKES_SHOWN:
        lines.append(f"and {len(told) - MISTAKES_SHOWN} more mistakes")
    return "\n".join([*lines, "nothing was recorded"])


def _requests(listed: BinaryIO) -> Iterator[tuple[int, str]]:
    """The place and the request of each decision of a list, as it was written."""
    text = io.TextIOWrapper(listed, encoding="utf-8", newline="")
    first = text.read(1)
    lines = _begun(first, text)
    if first == "{":
        for line in lines:
            row = json.loads(line)
            yield row["item"], str(row["request"])
    else:
        for cells in csv.DictReader(lines):  # a sign before "=" keeps a sheet from reckoning
            for request in {cells["request"], cells["request"].removeprefix("'")}:
                yield int(cells["item"]), request


def _begun(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    line = first + text.readline()
    while line:
        yield line
        line = text.readline()
