"""Scanning: wherever it was cut, the same; corrected windows are gone through again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from stream import LATE, SECONDS, START, YAML, cell, declared, judged, stream, together, window

from tocsin.detection import Declaration, State, scan, standing
from tocsin.detection.windows.track import LOOKED_BACK, MARKS_KEPT
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import WindowSummary

TEXT = YAML.replace("{first: 20000}", "{first: 5000}")
ALL_KINDS = TEXT + "  silent: {no-data: 5m}\n"
SHARES = [0.05] * 12 + [0.3] * 6 + [0.05] * 15 + [0.25] * 4 + [0.05] * 10
Told = tuple[list[Found], list[Subsided], State]


def followed(
    windows: Sequence[WindowSummary], cuts: Sequence[int], declaration: Declaration
) -> Told:
    """The windows as they came: some at a time, the last one not whole yet."""
    found, over, state = list[Found](), list[Subsided](), State()
    for end in [*sorted(cuts), len(windows)]:
        state = state.back_to(None)
        seen = [w for w in windows[:end] if state.since is None or w.until > state.since]
        more, less, state = scan(declaration, seen, state, LATE)
        found, over = found + more, over + less
    return found, over, state


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(SHARES)), max_size=8), st.integers(0, 5))
def test_cutting_anywhere_makes_no_difference(cuts: list[int], seed: int) -> None:
    windows = together(
        stream(seed, SHARES, 800), stream(seed + 9, [0.1] * len(SHARES), 90, segment="de")
    )
    found, over, state = followed(windows, cuts, declared(TEXT))
    assert (found, over, state.tracks) == (
        judged(windows, declared(TEXT))[0], judged(windows, declared(TEXT))[1],
        judged(windows, declared(TEXT))[2].tracks,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 3))
def test_late_rows_change_what_they_change_and_nothing_else(data: st.DataObject, seed: int) -> None:
    whole = stream(seed, SHARES, 800)
    late = data.draw(st.sets(st.integers(0, len(whole) - 1), max_size=4))
    early = [window(i, []) if i in late else w for i, w in enumerate(whole)]
    _, _, state = judged(early, declared(TEXT))
    for place in late:
        state = state.back_to(whole[place].at)
    seen = [w for w in whole if state.since is None or w.until > state.since]
    _, _, state = scan(declared(TEXT), seen, state, LATE)
    assert state.tracks == judged(whole, declared(TEXT))[2].tracks


def test_old_windows_are_forgotten_and_read_again_when_they_change() -> None:
    count = MARKS_KEPT + LOOKED_BACK
    windows = stream(5, [0.05] * count)
    _, _, state = judged(windows, declared(TEXT))
    assert len(state.tracks["rate"].marks) == MARKS_KEPT
    assert state.back_to(windows[count - 100].at).since == windows[count - 101].until
    assert state.back_to(windows[10].at).since is None


def test_a_finding_keeps_its_name_when_corrected_windows_draw_it_again() -> None:
    before = stream(1, [0.05] * 10 + [0.14] * 3)
    [found], _, state = judged(before, declared(TEXT))
    corrected = [*before[:10], *stream(8, [0.4], first=10), *before[11:]]
    state = state.back_to(corrected[10].at)
    again, over, state = scan(declared(TEXT), corrected[9:], state, LATE)
    assert again == [] and over == []
    assert [f.finding for f in standing(declared(TEXT), state)] == [found.finding]


def test_a_finding_that_rested_on_a_mistake_is_taken_back() -> None:
    before = stream(1, [0.05] * 10 + [0.3] * 3)
    [found], _, state = judged(before, declared(TEXT))
    corrected = stream(1, [0.05] * 13)
    state = state.back_to(corrected[10].at)
    again, over, state = scan(declared(TEXT), corrected[9:], state, LATE)
    assert again == [] and [o.finding for o in over] == [found.finding]
    assert standing(declared(TEXT), state) == []


def test_a_window_of_a_clock_that_runs_ahead_waits_for_its_time() -> None:
    windows = stream(1, [0.05] * 10 + [0.3] * 2)
    now = windows[10].at - timedelta(seconds=1)
    found, _, state = scan(declared(TEXT), windows, State(), now)
    assert found == [] and state.last == windows[9].last
    found, _, _ = scan(declared(TEXT), windows, state.back_to(None), LATE)
    assert len(found) == 1


def test_silence_is_told_once_and_ends_with_the_next_request() -> None:
    declaration = declared(ALL_KINDS)
    windows = stream(1, [0.05] * 10)
    quiet = windows[-1].last + timedelta(seconds=301)
    _, _, state = scan(declaration, windows, State(), windows[-1].until)
    [found], _, state = scan(declaration, [], state.back_to(None), quiet)
    assert (found.sign, found.detector, found.tolerated) == (Sign.NO_DATA, "silent", "300")
    assert found.since == windows[-1].last
    again, over, state = scan(declaration, [], state, quiet + timedelta(seconds=60))
    assert (again, over) == ([], [])
    more = [*windows, window(40, [cell(10, 0)])]
    found_, over, state = scan(declaration, more, state, more[-1].until)
    assert found_ == [] and [o.finding for o in over] == [found.finding]


def test_a_log_that_never_began_is_silent_too() -> None:
    declaration = declared(ALL_KINDS)
    found, _, state = scan(declaration, [], State(), START)
    assert found == []
    [one], _, _ = scan(declaration, [], state, START + timedelta(minutes=6))
    assert one.since == START and one.detector == "silent"


def test_rows_of_people_keep_a_log_from_being_silent() -> None:
    declaration = declared(ALL_KINDS)
    served = window(0, [cell(0, 0).__class__(
        version=None, segment=None, requests=0, by_fallback=9, judged={}, counted={})])  # fmt: skip
    _, _, state = scan(declaration, [served], State(), START + timedelta(seconds=SECONDS))
    assert state.last == served.last
