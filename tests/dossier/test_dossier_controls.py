"""A control is evidenced by the record, partly, or not at all; and nothing is counted for it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tocsin.dossier.controls import (
    Control,
    Framework,
    Piece,
    Recorded,
    Seen,
    State,
    controls_seen,
    piece_seen,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
STOP = Piece(
    id="stop", says="It stops.", next="tocsin rehearse", facts=("ordered",), steps=("act",),
    declared=("switches",),
)  # fmt: skip
WATCH = Piece(id="watch", says="It is watched.", next="tocsin watch", facts=("found",))
PIECES = {one.id: one for one in (STOP, WATCH)}
ORDERED = {"ordered": Recorded(count=2, latest_at=AT, logs=("incident/A", "incident/B"))}


def framework(**more: date) -> Framework:
    controls = (
        Control(id="1", says="Stop.", grade="P", evidence=("stop",)),
        Control(id="2", says="Watch and stop.", grade="M", evidence=("watch", "stop")),
        Control(id="3", says="Have a policy.", grade="P", beyond="a policy"),
    )
    return Framework(
        id="f", title="F", version="1", compared_on=date(2026, 1, 1), source="s",
        controls=controls, from_=more.get("from_"), until=more.get("until"),
    )  # fmt: skip


def states(seen: Seen) -> list[State]:
    return [one.state for one in controls_seen(framework(), PIECES, seen)]


def test_nothing_seen_is_a_gap_and_what_no_record_shows_is_neither() -> None:
    assert states(Seen()) == [State.GAP, State.GAP, State.BEYOND]


def test_a_part_is_told_as_a_part() -> None:
    assert states(Seen(facts=ORDERED)) == [State.PARTLY, State.PARTLY, State.BEYOND]


def test_all_of_a_piece_must_be_there() -> None:
    seen = Seen(facts=ORDERED, steps={"act": ("plan",)}, declared={"switches": 1})
    assert states(seen) == [State.EVIDENCED, State.PARTLY, State.BEYOND]


def test_what_was_found_is_named_with_its_place_and_what_is_missing_by_its_name() -> None:
    told = piece_seen(STOP, Seen(facts=ORDERED, declared={"switches": 0}))
    assert told.found == ("2 x ordered, last 2026-03-01 in incident/A, incident/B",)
    assert told.lacking == ("step act", "no switches") and not told.shown


def test_a_framework_stands_from_its_first_day_to_the_day_before_its_last() -> None:
    made = framework(from_=date(2026, 2, 1), until=date(2026, 4, 17))
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 4, 16), date(2026, 4, 17)]
    assert [made.stands_on(day) for day in days] == [False, True, True, False]
    assert framework().stands_on(date(1990, 1, 1))
