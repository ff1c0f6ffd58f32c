"""The report says what the facts say, in both papers, and no word that is not for its reader."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import msgspec
import pytest
from dossier_story import BEGAN, FOUND, LOG, OPS, RUN, opened, whole

from tocsin.dossier.account import account_of
from tocsin.dossier.gaps import gaps
from tocsin.dossier.report import Paper, Seen, as_html, as_markdown, summary
from tocsin.dossier.stream import Mark, Stream
from tocsin.facts import Access, Proof
from tocsin.facts.findings import Sign
from tocsin.facts.gates import (
    Countersigned,
    CountersignMissed,
    EvidenceSealed,
    GlassBroken,
    SealOverridden,
)
from tocsin.facts.incidents import Noted
from tocsin.facts.reach import PageUnanswered
from tocsin.facts.runs import AttemptFailed, Effect, OutcomeUnknown, Verdict
from tocsin.facts.summaries import Measured

PAPER = Paper(
    name="7K3", made_at=BEGAN + timedelta(hours=2), origin="demo.invalid/x", key="SHA256:abc",
    readers="responders",
)  # fmt: skip
NEVER_MISSING = "legal duties and deadlines: not assessed"


def stream(count: int = 60) -> Stream:
    points = [
        Measured(at=BEGAN + timedelta(seconds=n), requests=100, value=0.04 if n < 30 else 0.23)
        for n in range(count)
    ]
    return Stream(title="fallback", points=points, tolerated=0.046,
                  since=BEGAN + timedelta(seconds=30),
                  marks=(Mark(at=BEGAN + timedelta(seconds=45), text="stop"),))  # fmt: skip


class Page(HTMLParser):
    """Whether every tag is closed, and what a reader sees."""

    VOID = frozenset({"meta", "br", "link", "img", "line", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.seen, self.tags = list[str](), list[str](), list[str]()
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.seen.append(data)


def test_the_whole_story_stands_in_both_papers() -> None:
    account = account_of(whole().entries, OPS)
    html, markdown = (
        as_html(account, PAPER, [Seen(stream=stream(), moved=("version 2 moved",))]),
        as_markdown(account, PAPER, [Seen(stream=stream(), moved=("version 2 moved",))]),
    )
    seen = " ".join(" ".join(Page(html).seen).split())
    for text in (
        "23.1 % instead of 4.0 %", "312 of 1350", "assistant.model was put from on to off",
        "seen to have taken effect", "ben approved", "cleo approved", "version:2", "Roll back?",
        "release 2 dropped intents", "The assistant is back", "1000 of 1000", "finding.version",
    ):  # fmt: skip
        assert text in seen, text
        assert text.replace("_", "\\_") in markdown.replace("\\", ""), text


def test_counsels_words_are_in_no_paper_of_others_and_their_number_is_told() -> None:
    entries = whole().entries
    for make in (as_html, as_markdown):
        paper = make(account_of(entries, OPS), PAPER, [])
        assert "consumer law" not in paper and "1 entry is for others" in paper
        privileged = make(account_of(entries, OPS | {Access.COUNSEL}), PAPER, [])
        assert "consumer law" in privileged


def test_a_page_needs_nothing_from_afar_and_runs_nothing() -> None:
    html = as_html(
        account_of(whole().entries, OPS), PAPER, [Seen(stream=stream(), moved=("version 2 moved",))]
    )
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html and "url(" not in html and "default-src 'none'" in html


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "a|b\n# c", "[x](http://evil)", "`"])
def test_words_from_people_stay_words(evil: str) -> None:
    story = whole()
    story.say(Noted(text=evil), who=evil)
    account = account_of(story.entries, OPS)
    Page(
        as_html(
            account,
            PAPER,
            [Seen(stream=Stream(title=evil, points=(), tolerated=None, since=None), moved=(evil,))],
        )
    )
    assert "<script>" not in as_html(account, PAPER, [])
    rows = [line for line in as_markdown(account, PAPER, []).splitlines() if "| 3" in line]
    assert all("<script>" not in row and "](http" not in row.replace("\\]", "") for row in rows)
    table = as_markdown(account, PAPER, []).partition("## Timeline")[2].strip().splitlines()
    unescaped = [line.replace("\\|", "").count("|") for line in table if line.startswith("|")]
    assert set(unescaped) == {6}, "no word of anyone adds a column or a line"


def test_nothing_is_missing_from_a_whole_story() -> None:
    found = gaps(account_of(whole().entries, OPS))
    assert found == [NEVER_MISSING, "1 entry is for others' eyes and not part of this text"]


def test_every_gap_is_told() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    blind = story.act("undo", "assistant.model", "on", effect=Effect.STOP)
    story.look("assistant.model", Verdict.UNDETERMINED, "no answers yet")
    alone = story.act("lift", "knowledge", "off", ended=False)
    story.say(GlassBroken(run=RUN, order=alone, order_digest="0" * 64, because="harm grows",
                          countersign_by=BEGAN + timedelta(hours=12)), who="ana")  # fmt: skip
    lost = story.act("purge", "index", "empty", effect=Effect.DESTROY, ended=False)
    story.say(SealOverridden(run=RUN, order=lost, order_digest="0" * 64, items=("requests",),
                             because="leaking"), who="ana")  # fmt: skip
    story.say(OutcomeUnknown(run=RUN, order=lost, attempt=1, why="silence"))
    failed = story.act("mail", "x@example.org", "sent:1", ended=False, effect=Effect.TELL)
    story.say(AttemptFailed(run=RUN, order=failed, attempt=1, may_have_acted=False, why="refused",
                            retry_at=None))  # fmt: skip
    story.say(EvidenceSealed(run=RUN, step="seal", item="requests", producer="log", digest=None,
                             size=0, count=0, wanted=1000, sufficient=False,
                             why="the log is empty"))  # fmt: skip
    story.say(PageUnanswered(run=RUN, step="page", page=1, person="ben", next=None))
    story.say(Noted(text="x"), who="eve", proof=Proof.ACCOUNT)
    found = "\n".join(gaps(account_of(story.entries, OPS)))
    for text in (
        "assistant.model to off): done, but nobody looked",
        f"action {blind} (assistant.model to on): done, but not yet shown",
        f"action {alone} (knowledge to off): let go by one person, not countersigned yet",
        f"action {lost} (index to empty): nobody knows",
        "went ahead without sufficient evidence of requests",
        "sent:1) failed: refused", "evidence requests is not sufficient: the log is empty",
        "nobody has acknowledged it", "ben was the last to be called", "nobody leads it",
        "1 entry is proven by no more", "its severity was not judged", "no cause is confirmed",
    ):  # fmt: skip
        assert text in found, text
    story.say(CountersignMissed(run=RUN, order=alone))
    assert "the time for it is over" in "\n".join(gaps(account_of(story.entries, OPS)))
    story.say(Countersigned(run=RUN, order=alone, order_digest="0" * 64, agrees=True,
                            because="right"), who="ben")  # fmt: skip
    assert "countersigned" not in "\n".join(gaps(account_of(story.entries, OPS)))


def test_a_message_and_a_page_need_no_look() -> None:
    story = opened()
    story.act("tell", "a@example.org", "sent:1", undo=None, effect=Effect.TELL)
    story.act("page", "ana", "paged:1", undo=None, effect=Effect.TELL)
    assert not [gap for gap in gaps(account_of(story.entries, OPS)) if "looked" in gap]


def test_what_was_not_shown_is_never_told_as_seen() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.look("assistant.model", Verdict.UNDETERMINED)
    said = dict(summary(account_of(story.entries, OPS)))
    assert "NOT shown" in said["What stopped it"] and "seen to" not in said["What stopped it"]


def test_an_empty_log_makes_a_paper_too() -> None:
    account = account_of([], OPS)
    Page(as_html(account, PAPER, []))
    assert "not known" in as_markdown(account, PAPER, [])


def test_the_finding_of_another_system_action_is_explained_and_not_a_failure() -> None:
    story = opened()
    caused = FOUND.__class__(**{f: getattr(FOUND, f) for f in FOUND.__struct_fields__}
                             | {"finding": "F2", "caused_by": f"{LOG}/9"})  # fmt: skip
    story.say(caused)
    assert dict(summary(account_of(story.entries, OPS)))["What failed"].count("fallback") == 1


def test_how_many_went_wrong_is_told_by_one_rate_and_never_by_other_findings() -> None:
    story = opened()
    story.say(
        msgspec.structs.replace(
            FOUND, finding="F2", sign=Sign.UNFAIR, metric="selected", group="sex=f",
            compared_with="sex=m", bad=1231, requests=3000,
        )
    )  # fmt: skip
    said = dict(summary(account_of(story.entries, OPS)))
    assert said["Whom it harmed"] == "312 of 1350 requests went wrong before it was noticed"


def test_whom_it_touched_stands_in_both_papers_with_what_was_done() -> None:
    account = account_of(whole().entries, OPS)
    seen = [Seen(stream=stream(), moved=("version 2: share of requests 0 % before",))]
    for paper in (as_html(account, PAPER, seen), as_markdown(account, PAPER, seen)):
        words = " ".join(paper.split())
        assert "about 290" in words and "312 done by billing" in words and "share of req" in words
    assert "312 decisions about 290 people or things" in dict(summary(account))["Whom it harmed"]


def test_a_failure_whose_decisions_nobody_listed_or_dealt_with_is_a_gap() -> None:
    story = opened()
    assert any(
        "whom it touched is not listed" in gap for gap in gaps(account_of(story.entries, OPS))
    )
    story.listed(untold="a.parquet is gone from the log")
    found = gaps(account_of(story.entries, OPS))
    assert any(gap.startswith("312 of 312 affected decisions") for gap in found)
    assert any("does not hold all: a.parquet is gone" in gap for gap in found)
    assert not any("not listed" in gap for gap in found)
