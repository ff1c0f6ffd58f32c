"""The calendar of duties is a file that others read: each line by hand, whatever the text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dossier.calendar import calendar_of
from tocsin.dossier.duties import DutyRow

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
EAST = timezone(timedelta(hours=1))
ROW = DutyRow(
    rule="eu/gdpr/33", sort="notice", standing="raised", says="Tell the authority.",
    why="raised by personal_data yes", paragraphs=("33(1)",),
    due=datetime(2026, 11, 27, 13, tzinfo=EAST), latest_arguable=None,
    counts_to=datetime(2026, 11, 27, 13, tzinfo=EAST), immediately_from=None, submitted_at=None,
    steps=(), contentions=(), missing=(), recipients=(), unverified=False, bars=(), decided="",
    accepted="", late="", history=(),
)  # fmt: skip


def file_of(*rows: DutyRow, title: str = "leak", seq: int = 7) -> str:
    return calendar_of(
        rows, incident="7K3", title=title, origin="tocsin.example/x", made_at=AT, seq=seq
    )


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_each_instant_is_an_event_in_utc_with_alarms_before_it() -> None:
    lines = unfolded(file_of(ROW))
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert "UID:7K3/eu/gdpr/33@tocsin.example/x" in lines
    assert "DTSTART:20261127T120000Z" in lines and "DTSTAMP:20261126T120000Z" in lines
    assert [one for one in lines if one.startswith("TRIGGER")] == [
        "TRIGGER:-PT24H", "TRIGGER:-PT2H", "TRIGGER:-PT0H",
    ]  # fmt: skip
    assert "not legal advice" in file_of(ROW)


def test_a_duty_keeps_its_uid_and_a_newer_file_comes_after() -> None:
    moved = msgspec.structs.replace(ROW, due=AT, counts_to=AT)
    first, second = unfolded(file_of(ROW)), unfolded(file_of(moved, seq=9))
    assert [one for one in first if one.startswith("UID")] == [
        one for one in second if one.startswith("UID")
    ]
    assert "SEQUENCE:7" in first and "SEQUENCE:9" in second


def test_what_was_submitted_or_decided_is_cancelled_and_rings_no_more() -> None:
    for over in (
        msgspec.structs.replace(ROW, submitted_at=AT),
        msgspec.structs.replace(ROW, decided="not required (its trigger is not met), ..."),
    ):
        lines = unfolded(file_of(over))
        assert "STATUS:CANCELLED" in lines and "BEGIN:VALARM" not in lines


def test_an_accepted_instant_is_the_one_that_rings_and_both_are_told() -> None:
    later = datetime(2026, 11, 27, 14, tzinfo=EAST)
    lines = unfolded(file_of(msgspec.structs.replace(ROW, latest_arguable=later, counts_to=later)))
    assert "DTSTART:20261127T130000Z" in lines
    told = next(one for one in lines if one.startswith("DESCRIPTION:leak"))
    assert "before 2026-11-27 13:00" in told and "arguable: 2026-11-27 14:00" in told


def test_what_is_unverified_or_only_may_be_due_says_so_and_what_has_no_instant_is_not_there() -> (
    None
):
    open_ = msgspec.structs.replace(ROW, standing="open", unverified=True)
    assert "SUMMARY:eu/gdpr/33 may be due [unverified] (7K3)" in unfolded(file_of(open_))
    none = msgspec.structs.replace(ROW, due=None)
    over = msgspec.structs.replace(ROW, standing="not-raised")
    assert "VEVENT" not in file_of(none, over)


@given(st.text(max_size=200))
def test_no_text_breaks_a_line_or_a_character(title: str) -> None:
    text = file_of(ROW, title=title)
    for line in text.split("\r\n"):
        assert len(line.encode("utf-8", "surrogatepass")) <= 75
        assert "\n" not in line and "\r" not in line
    described = next(one for one in unfolded(text) if one.startswith("DESCRIPTION:"))
    shown = "".join(c for c in title.replace("\r\n", "\n").replace("\r", "\n")
                    if c == "\n" or c.isprintable())  # fmt: skip
    escaped = shown.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    assert described.removeprefix("DESCRIPTION:").startswith(escaped.replace("\n", "\\n"))
