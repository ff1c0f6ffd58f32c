"""The duties of an incident as an iCalendar file, with alarms before each instant. Pure.

Source: RFC 5545 3.1 (lines, folding), 3.3.5 (instants in UTC), 3.3.11 (text), 3.6.1 (events), 3.6.6
(alarms), 3.8.4.7 (UID), 3.8.7.4 (SEQUENCE). The same duty has the same UID in each file, so that a
calendar that takes a newer one moves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from tocsin.dossier.duties import UNVERIFIED, DutyRow, stamp
from tocsin.duties.duty import NOT_ADVICE
from tocsin.facts.legal import Standing

LINE_BYTES_MAX = 75
ALARMS_HOURS = (24, 2, 0)
_ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


def calendar_of(
    rows: Iterable[DutyRow], *, incident: str, title: str, origin: str, made_at: datetime, seq: int
) -> str:
    """The file: an event for each instant that something raised is due by, and has not gone out.

    Args:
        origin: the record's name, by which its UIDs are its own.
        seq: the last entry of the incident; later files say later states by it.
    """
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tocsin//legal duties//EN",
        "CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(f'{incident} {title}')}",
    ]  # fmt: skip
    for row in rows:
        if row.due is None or row.standing not in (Standing.RAISED.value, Standing.OPEN.value):
            continue
        at = row.counts_to or row.due
        gone = row.submitted_at is not None or row.decided.startswith("not required")
        lines += _event(row, at, incident, title, origin, made_at, seq, gone=gone)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(
    row: DutyRow, at: datetime, incident: str, title: str, origin: str, made_at: datetime,
    seq: int, *, gone: bool,
) -> Iterator[str]:  # fmt: skip
    doubt = f" [{UNVERIFIED}]" if row.unverified else ""
    may = "may be due" if row.standing == Standing.OPEN.value else "due"
    summary = f"{row.rule} {may}{doubt} ({incident})"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(f'{incident}/{row.rule}')}@{origin}"
    yield f"DTSTAMP:{_instant(made_at)}"
    yield f"SEQUENCE:{seq}"
    yield f"DTSTART:{_instant(at)}"
    yield f"SUMMARY:{_text(summary)}"
    yield f"DESCRIPTION:{_text(_description(row, title))}"
    yield f"STATUS:{'CANCELLED' if gone else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    for hours in () if gone else ALARMS_HOURS:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(summary)}"
        yield f"TRIGGER:-PT{hours}H"
        yield "END:VALARM"
    yield "END:VEVENT"


def _description(row: DutyRow, title: str) -> str:
    latest = stamp(row.latest_arguable) if row.latest_arguable else "none"
    said = [
        title,
        f"{row.says} ({', '.join(row.paragraphs)})",
        f"surely in time before {stamp(row.due) if row.due else ''}; latest arguable: {latest}",
        row.why,
        *(one for one in (row.late, row.withdrawn, row.decided, row.accepted) if one),
        NOT_ADVICE,
    ]
    return "\n".join(said)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Text as a value: escaped, and without what no line may hold."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = (one for one in plain if one == "\n" or one.isprintable())
    return "".join(_ESCAPED.get(one, one) for one in shown)


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 bytes, none of which cuts a character."""
    part, length, first = "", 0, True
    for one in line:
        size = len(one.encode())
        if length + size > LINE_BYTES_MAX:
            yield part
            part, length, first = " ", 1, False
        part, length = part + one, length + size
    if part or first:
        yield part
