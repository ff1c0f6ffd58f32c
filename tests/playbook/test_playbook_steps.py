"""Words to people, seals and gaps in orders, in every ending."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from playbook_story import ENDS, HEAD, NOON, PAGE, RULES, Story, decided, found, person
from tocsin.facts.findings import Sign
from tocsin.facts.gates import SealBegan
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import (
    Ending,
    RunCancelled,
    Verdict,
)
from tocsin.playbook import Rules, due_pieces, look_filled, next_facts
from tocsin.playbook.found import values_found
from tocsin.playbook.steps import Look

TELL = (
    HEAD
    + '  say: {tell: [support, board], subject: "{severity}", text: "so: {finding.observed}", '
    + "through: mail, next_update: 30m, next: over, on_failure: bad}\n"
    + ENDS
)


SEAL = HEAD + "  keep: {seal: [a, b], budget: 60s, next: over, on_insufficient: bad}\n" + ENDS


ADDRESSED = Rules(addresses={"support": ("s@x", "t@x"), "board": ("b@x", "s@x")})


def test_words_are_no_act_after_which_the_outside_counts_anew() -> None:
    text = HEAD + "  go: {act: c, target: t, wanted: off, next: say}\n" + TELL.removeprefix(HEAD)
    story = Story(text, ADDRESSED)
    assert story.run.last_act_at == NOON
    story.now += timedelta(seconds=5)
    story.attempt(story.order("go").seq)
    assert story.run.last_act_at == NOON + timedelta(seconds=5)
    for seq in story.run.ordered["say"]:
        story.now += timedelta(seconds=5)
        story.attempt(seq)
    assert story.path() == ["go done", "say done"]
    assert story.run.last_act_at == NOON + timedelta(seconds=5)


def test_words_go_to_every_address_once_and_are_kept() -> None:
    story = Story(TELL, ADDRESSED, found())
    written = story.all(MessageWritten)
    assert [(f.audience, f.subject) for f in written if isinstance(f, MessageWritten)] == [
        ("support", "not known"), ("board", "not known"),
    ]  # fmt: skip
    first = written[0]
    assert isinstance(first, MessageWritten)
    assert first.next_update_at == NOON + timedelta(minutes=30)
    assert story.texts == {first.text: b"not known\n\nso: 31.0%\n"}
    assert [(o.connector, o.target) for o in story.ordered("say")] == [
        ("mail", "s@x"), ("mail", "t@x"), ("mail", "b@x"),
    ]  # fmt: skip
    assert {o.wanted for o in story.ordered("say")} == {f"sent:{first.text}"}
    assert len(story.due("order")) == 3
    for number, seq in enumerate(story.run.ordered["say"]):
        assert story.path() == [], number
        story.attempt(seq)
    assert story.path() == ["say done"] and story.run.ending is Ending.COMPLETED


@pytest.mark.parametrize("how", ["failed", "unknown"])
def test_words_that_do_not_arrive_everywhere_have_failed_once_all_were_tried(how: str) -> None:
    story = Story(TELL, ADDRESSED)
    first, second, third = story.run.ordered["say"]
    story.attempt(first, how)
    story.attempt(second, "again")
    story.attempt(third)
    assert story.path() == []
    story.attempt(second)
    assert story.path() == ["say failed"] and story.run.ending is Ending.FAILED


def test_an_audience_without_an_address_is_not_told_and_this_does_not_pass_for_done() -> None:
    story = Story(TELL, Rules(addresses={"support": ("s@x",)}))
    story.attempt(story.order("say").seq)
    assert story.path() == ["say failed"]
    nobody = Story(TELL, Rules())
    assert nobody.path() == ["say failed"] and nobody.ordered("say") == []
    assert len(nobody.all(MessageWritten)) == 2


def test_a_seal_is_asked_for_at_once_and_ends_when_all_is_there() -> None:
    story = Story(SEAL)
    began = story.all(SealBegan)[0]
    assert isinstance(began, SealBegan)
    assert (began.items, began.until) == (("a", "b"), NOON + timedelta(seconds=60))
    assert [(p.kind, at) for p, at in due_pieces(story.plan, story.run)] == [
        ("seal", NOON), ("plan", NOON + timedelta(seconds=60)),
    ]  # fmt: skip
    story.seal("keep", "b")
    seal = next(iter(story.run.seals.values()))
    assert seal.outstanding == ("a",) and story.path() == []
    story.seal("keep", "a")
    assert story.path() == ["keep sealed"] and story.run.ending is Ending.COMPLETED


def test_one_item_that_is_short_makes_it_insufficient_and_the_others_are_still_tried() -> None:
    story = Story(SEAL)
    story.seal("keep", "a", enough=False)
    assert story.path() == []
    story.seal("keep", "b")
    assert story.path() == ["keep insufficient"] and story.run.ending is Ending.FAILED


def test_an_item_that_is_not_there_in_time_is_insufficient() -> None:
    story = Story(SEAL)
    story.seal("keep", "a")
    piece, at = story.due("plan")[0]
    story.now = at - timedelta(microseconds=1)
    assert next_facts(story.plan, story.run, story.now, RULES) == []
    story.pass_by(piece, at)
    assert story.path() == ["keep insufficient"]


def test_an_item_nobody_asked_for_does_not_end_the_seal() -> None:
    story = Story(SEAL)
    story.seal("keep", "a")
    story.seal("keep", "c")
    assert story.path() == [] and dict(next(iter(story.run.seals.values())).sealed) == {"a": True}


GAPS = (
    HEAD
    + """\
  find: {probe: p, target: m, wanted: verified, next: sure, on_not_shown: bad}
  sure: {ask: "Put {find.value} back ({finding.version} fails; {x})?", role: lead,
         choices: {yes: go, no: bad}}
  go: {act: c, target: "m@{find.value}", wanted: "v:{find.value}/{find.value}", next: see,
       on_failure: bad}
  see: {probe: q, target: "m@{find.value}", wanted: "v:{find.value}", next: over,
        on_not_shown: bad}
"""
    + ENDS
)


def test_what_a_probe_found_stands_in_the_order_the_look_and_the_question() -> None:
    story = Story(GAPS, RULES, found())
    story.probe("find", Verdict.SHOWN, "1.2-rc_3")
    question = next(iter(story.run.questions.values())).fact.question
    assert question == "Put 1.2-rc_3 back (2 fails; {x})?"
    story.answer("sure", "yes")
    order = story.order("go").fact
    assert (order.target, order.wanted) == ("m@1.2-rc_3", "v:1.2-rc_3/1.2-rc_3")
    story.attempt(story.order("go").seq)
    see = story.plan.steps["see"]
    assert isinstance(see, Look)
    asked = look_filled(see, story.run)
    assert (asked.target, asked.wanted) == ("m@1.2-rc_3", "v:1.2-rc_3")
    assert len(story.due("probe")) == 1
    story.probe("see", Verdict.SHOWN)
    assert story.run.ending is Ending.COMPLETED


@pytest.mark.parametrize(
    "value", ["", " ", "two words", "1;rm", "a\nb", "-x", "x" * 129, "{find.value}", "é"]
)
def test_an_order_that_cannot_be_filled_is_never_given(value: str) -> None:
    story = Story(GAPS)
    story.probe("find", Verdict.SHOWN, value)
    story.answer("sure", "yes")
    assert story.ordered("go") == [] and story.path()[-1] == "go failed"
    fact = decided(story)
    assert (fact.step, fact.result, fact.condition) == ("go", "failed", "")
    assert fact.bindings == ("find.value = not known",)
    assert story.run.ending is Ending.FAILED


def test_what_a_probe_no_longer_shows_fills_nothing() -> None:
    story = Story(GAPS)
    story.probe("find", Verdict.SHOWN, "1")
    assert values_found(story.run) == {"find": "1"}
    story.probe("find", Verdict.NOT_SHOWN, "1")
    assert values_found(story.run) == {}


def test_a_cancelled_run_owes_nothing_but_what_was_begun() -> None:
    story = Story(SEAL)
    story.add(RunCancelled(run="r", because=""), by=person("ana"))
    assert story.run.ending is Ending.CANCELLED and due_pieces(story.plan, story.run) == []


def test_a_drift_is_shown_as_a_distance_and_not_as_a_share() -> None:
    story = Story(PAGE.replace("{finding.metric}!", "{finding.observed} {finding.subsided}"),
                  RULES, found(sign=Sign.DRIFT, observed="0.125"))  # fmt: skip
    (text,) = story.texts.values()
    assert text == b"T\n\n0.125 no\n"


def test_words_of_a_detector_cannot_break_a_line_or_name_more() -> None:
    story = Story(PAGE, RULES, found(metric="x\n\n{severity}\x1b[2J"))
    (text,) = story.texts.values()
    assert text == b"T\n\nx {severity} [2J!\n"


def test_the_structs_of_a_run_are_not_shared_between_runs() -> None:
    one, two = Story(PAGE), Story(PAGE)
    one.run.answers["a"] = "b"
    assert two.run.answers == {} and msgspec.structs.asdict(two.run)["decided"] == []
