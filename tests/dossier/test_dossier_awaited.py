"""What waits for people: each thing once, with the command that helps, until it is settled."""

from __future__ import annotations

from dossier_story import BEGAN, OPS, Story, opened

from tocsin.dossier.account import account_of
from tocsin.dossier.awaited import awaited
from tocsin.dossier.unsent import Waiting
from tocsin.facts import Access
from tocsin.facts.incidents import Dismissed
from tocsin.facts.statements import (
    Audience,
    Moment,
    StatementDrafted,
    StatementReleased,
    StatementWithdrawn,
)
from tocsin.playbook import replay_runs

WORDS = StatementDrafted(
    statement="S1", audience=Audience.CUSTOMERS, moment=Moment.FIRST, language="en",
    template="customers/first", template_digest="a" * 64, text="b" * 64, known=(), suspected=(),
    refuted=(), questions=(), figures=(), evidence=(), added="", next_update_at=None, corrects=None,
)  # fmt: skip


def waiting(story: Story) -> list[Waiting]:
    return list(awaited(account_of(story.entries, OPS), replay_runs(story.entries), "7K3"))


def test_words_that_were_drafted_wait_until_they_go() -> None:
    story = opened()
    drafted = story.say(WORDS, who="ben")
    (one,) = waiting(story)
    assert one.what == "S1, words for customers that ben drafted" and one.asks
    assert one.command == "tocsin statements 7K3 --text S1"
    assert one.since == story.entries[drafted - 1].recorded_at > BEGAN
    story.say(StatementReleased(statement="S1", text="b" * 64, run="run-9"))
    assert not waiting(story)


def test_words_that_will_never_go_wait_for_nobody() -> None:
    story = opened()
    story.say(WORDS, who="ben")
    story.say(StatementWithdrawn(statement="S1", because="x"), who="ben")
    assert not waiting(story)


def test_words_of_counsel_do_not_wait_on_others_screens() -> None:
    story = opened()
    story.say(WORDS, who="cleo", access=Access.COUNSEL)
    assert not waiting(story)


def test_words_of_an_incident_that_is_over_do_not_wait() -> None:
    story = opened()
    story.say(WORDS, who="ben")
    story.say(Dismissed(because="a test"), who="ben")
    assert not waiting(story)
