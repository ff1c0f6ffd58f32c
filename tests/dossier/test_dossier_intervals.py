"""Each interval is read off entries that it names, or is not measurable and says why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dossier_story import BEGAN, OPS, Story, opened, whole
from postmortem_story import draft

from tocsin.dossier.account import account_of
from tocsin.dossier.intervals import MEANING, Interval, IntervalKind, intervals, said_span
from tocsin.dossier.postmortem_paper import as_markdown
from tocsin.facts.findings import Subsided
from tocsin.facts.incidents import Acknowledged, Opened
from tocsin.facts.reach import MessageWritten
from tocsin.facts.recovery import Passing, StageStarted, WatchEnded
from tocsin.facts.runs import Effect, Verdict


def by_kind(story: Story) -> dict[IntervalKind, Interval]:
    found = intervals(account_of(story.entries, OPS), story.entries)
    assert [one.kind for one in found] == list(IntervalKind) == list(MEANING)
    return {one.kind: one for one in found}


def test_each_interval_names_the_entries_at_its_ends() -> None:
    found = by_kind(whole())
    told = {
        kind: (one.start and one.start.seq, one.end and one.end.seq, one.span)
        for kind, one in found.items()
    }
    assert told[IntervalKind.DETECT] == (1, 1, timedelta(seconds=55))
    assert told[IntervalKind.ACKNOWLEDGE] == (1, 6, timedelta(seconds=11))
    assert told[IntervalKind.DECIDE] == (1, 10, timedelta(seconds=15))
    assert told[IntervalKind.CONTAIN] == (1, 12, timedelta(seconds=17))
    assert told[IntervalKind.SHOW] == (12, 13, timedelta(seconds=1))
    assert "no receipt says that they went" in found[IntervalKind.NOTIFY].missing[0]
    assert found[IntervalKind.RECOVER].missing == ("assistant.model is still stopped",)


def test_what_no_fact_tells_is_not_measurable_and_says_which() -> None:
    story = Story()
    story.say(Opened(title="t", systems=(), unregistered=(), discovered_at=BEGAN, occurred_at=None))
    found = by_kind(story)
    for kind, said in (
        (IntervalKind.DETECT, "no fact says when it began"),
        (IntervalKind.ACKNOWLEDGE, "nobody said that they were looking"),
        (IntervalKind.CONTAIN, "nothing was stopped or changed"),
        (IntervalKind.NOTIFY, "no words for an audience"),
        (IntervalKind.RECOVER, "no fact shows it well again"),
    ):
        assert found[kind].span is None and said in found[kind].missing[0]
    empty = by_kind(Story())
    assert all(one.span is None for one in empty.values())


def test_an_end_before_its_beginning_is_told_as_it_stands() -> None:
    story = Story()
    late = BEGAN + timedelta(hours=1)
    story.say(Opened(title="t", systems=(), unregistered=(), discovered_at=late, occurred_at=None))
    story.say(Acknowledged(note=""), who="ben")
    assert by_kind(story)[IntervalKind.ACKNOWLEDGE].span == timedelta(seconds=62 - 3600)
    assert "-59 min: it ended before it began" in as_markdown(draft(story)).replace("\\", "")


def test_words_count_when_a_receipt_says_that_they_went_to_others_than_responders() -> None:
    story = opened()
    for audience, text in (("on-call", "1" * 64), ("customers", "2" * 64)):
        story.say(MessageWritten(audience=audience, subject="s", text=text, claims=(),
                                 next_update_at=None))  # fmt: skip
        story.act("tell", f"{audience}@example.org", f"sent:{text}", effect=Effect.TELL)
    end = by_kind(story)[IntervalKind.NOTIFY].end
    assert end is not None and end.what == "words went to customers"


def test_it_is_well_again_by_its_gate_else_by_its_stops_else_by_its_findings() -> None:
    story = opened()
    story.say(
        Subsided(
            finding="F1",
            detector="d",
            observed="0.04",
            requests=9,
            seen_until=BEGAN + timedelta(minutes=9),
        )
    )
    end = by_kind(story)[IntervalKind.RECOVER].end
    assert end is not None and end.at == BEGAN + timedelta(minutes=9)
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    assert by_kind(story)[IntervalKind.RECOVER].missing == ("assistant.model is still stopped",)
    story.act("undo", "assistant.model", "on", before="off")
    assert "no look saw that it does" in by_kind(story)[IntervalKind.RECOVER].missing[0]
    look = story.look("assistant.model", Verdict.SHOWN)
    assert (end := by_kind(story)[IntervalKind.RECOVER].end) is not None and end.seq == look
    stage = StageStarted(
        gate="g", system="assistant", stage=2, share=10_000, candidate="3", run="r"
    )
    story.say(stage)
    assert "through a watch period" in by_kind(story)[IntervalKind.RECOVER].missing[0]
    for stage_number, result in ((1, Passing.PASSED), (2, Passing.FAILED)):
        story.say(WatchEnded(gate="g", system="assistant", stage=stage_number, result=result,
                             finding=None, requests=9, because="b",
                                 stopped_by=None))  # fmt: skip
        assert by_kind(story)[IntervalKind.RECOVER].end is None
    last = story.say(WatchEnded(gate="g", system="assistant", stage=2, result=Passing.PASSED,
                                finding=None, requests=9, because="b",
                                 stopped_by=None))  # fmt: skip
    assert (end := by_kind(story)[IntervalKind.RECOVER].end) is not None and end.seq == last


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (-30, "-30 s"), (300, "5 min"), (10_800, "3.0 h"), (345_600, "4.0 days")],
)
def test_spans_are_said_as_people_say_them(seconds: int, said: str) -> None:
    assert said_span(timedelta(seconds=seconds)) == said
