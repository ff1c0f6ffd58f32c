"""The wider steps in every ending: pages, words, seals, branches, gaps in orders."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from playbook_story import NOON, RULES, Story, found, person

from tocsin.facts.findings import Sign, Subsided
from tocsin.facts.gates import Decided, SealBegan
from tocsin.facts.incidents import Acknowledged, Severity, SeverityJudged
from tocsin.facts.reach import MessageWritten, PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Attempted,
    Effect,
    Ending,
    Outcome,
    Receipted,
    RunCancelled,
    RunPaused,
    RunResumed,
    RunStarted,
    Verdict,
)
from tocsin.playbook import OrderStanding, Rules, due_pieces, look_filled, next_facts
from tocsin.playbook.found import values_found
from tocsin.playbook.steps import Look

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n  bad: {end: failed}\n"
PAGE = (
    HEAD
    + '  call: {page: on-call, text: "{finding.metric}!", within: 5m, next: over, '
    + "on_unanswered: bad}\n"
    + ENDS
)
TELL = (
    HEAD
    + '  say: {tell: [support, board], subject: "{severity}", text: "so: {finding.observed}", '
    + "through: mail, next_update: 30m, next: over, on_failure: bad}\n"
    + ENDS
)
SEAL = HEAD + "  keep: {seal: [a, b], budget: 60s, next: over, on_insufficient: bad}\n" + ENDS
ADDRESSED = Rules(addresses={"support": ("s@x", "t@x"), "board": ("b@x", "s@x")})


# page


def test_a_page_calls_the_first_and_waits_as_long_as_the_plan_says() -> None:
    story = Story(PAGE, RULES, found())
    began = story.all(PageBegan)
    assert len(began) == 1 and isinstance(began[0], PageBegan)
    assert (began[0].role, began[0].people, began[0].ways) == (
        "on-call", ("ana", "ben"), ("pager", "pager"),
    )  # fmt: skip
    assert story.texts[began[0].text] == b"T\n\nfallback!\n"
    assert not next(iter(story.run.pages.values())).is_exhausted
    (order,) = story.ordered("call")
    assert (order.connector, order.target) == ("pager", "ana")
    assert order.wanted == f"paged:{began[0].text}"
    assert (order.effect, order.approvals, order.evidence) == (Effect.TELL, 0, ())
    kinds = {p.kind: (p.turn, at) for p, at in due_pieces(story.plan, story.run)}
    assert kinds == {"order": (0, NOON), "page": (0, NOON + timedelta(minutes=5))}


def test_the_next_one_is_called_three_times_around_and_then_nobody_is_left() -> None:
    story = Story(PAGE)
    called = []
    for turn in range(6):
        ((piece, at),) = story.due("page")
        assert piece.turn == turn and at == story.now + timedelta(minutes=5)
        page = next(iter(story.run.pages.values()))
        called.append((page.person, page.way, page.next_person))
        story.pass_by(piece, at)
    people = ["ana", "ben"] * 3
    assert called == list(zip(people, ["pager"] * 6, [*people[1:], None], strict=True))
    assert story.path() == ["call unanswered"] and story.run.ending is Ending.FAILED
    assert next(iter(story.run.pages.values())).is_exhausted
    assert [o.standing for o in story.run.orders.values()] == [OrderStanding.MOOT] * 6
    assert due_pieces(story.plan, story.run) == []


def test_a_call_that_could_not_be_made_is_over_at_once() -> None:
    story = Story(PAGE)
    story.now += timedelta(seconds=20)
    story.attempt(story.order("call").seq, "failed")
    ((piece, at),) = story.due("page")
    assert at == NOON + timedelta(seconds=20) and story.due("order") == []
    story.pass_by(piece, at)
    assert story.ordered("call")[-1].target == "ben" and len(story.due("order")) == 1


def test_a_call_whose_end_is_unknown_is_waited_for_and_then_the_next_is_called() -> None:
    story = Story(PAGE)
    story.attempt(story.order("call").seq, "unknown")
    ((piece, at),) = story.due("page")
    assert at == NOON + timedelta(minutes=5)
    story.pass_by(piece, at)
    assert [o.standing for o in story.run.orders.values()] == [
        OrderStanding.UNKNOWN, OrderStanding.READY,
    ]  # fmt: skip


def test_whoever_takes_note_of_the_incident_has_answered() -> None:
    story = Story(PAGE)
    story.attempt(story.order("call").seq)
    assert story.path() == [] and len(story.due("page")) == 1
    story.acknowledge("zoe")
    assert story.path() == ["call answered"] and story.run.ending is Ending.COMPLETED
    page = next(iter(story.run.pages.values()))
    assert (page.answered_by, page.person, page.next_person) == ("zoe", None, None)
    assert not page.is_exhausted


def test_an_answer_to_the_page_itself_counts_and_the_first_one_is_remembered() -> None:
    story = Story(PAGE)
    page = next(iter(story.run.pages))
    story._write(PageAnswered(run="r", step="call", page=page), person("ben"))
    story._write(Acknowledged(note=""), person("ana"))
    story.plan_on()
    assert story.run.pages[page].answered_by == "ben"
    assert story.path() == ["call answered"]
    assert story.order("call").standing is OrderStanding.MOOT


def test_note_taken_before_the_call_does_not_answer_it() -> None:
    story = Story(HEAD + "  rest: {wait: 1m, next: call}\n" + PAGE.removeprefix(HEAD))
    story.acknowledge()
    ((piece, at),) = story.due("wait")
    story.pass_by(piece, at)
    assert story.path() == ["rest done"] and len(story.ordered("call")) == 1


def test_a_word_about_an_earlier_call_does_not_end_the_present_one() -> None:
    story = Story(PAGE)
    page = next(iter(story.run.pages))
    missed = PageUnanswered(run="r", step="call", page=page, person="ana", next="ben")
    story.add(missed)
    story.add(missed)
    assert story.run.pages[page].missed == 1 and len(story.ordered("call")) == 2
    assert story.order("call").standing is OrderStanding.READY


def test_nobody_to_call_is_unanswered_at_once() -> None:
    story = Story(PAGE, Rules())
    assert story.path() == ["call unanswered"] and story.ordered("call") == []
    assert isinstance(story.all(PageBegan)[0], PageBegan)


def test_a_call_that_was_begun_is_settled_after_its_page_and_its_run_are_over() -> None:
    story = Story(PAGE)
    seq = story.order("call").seq
    story.add(Attempted(run="r", order=seq, attempt=1, worker="w", fence=1))
    story.acknowledge()
    assert story.run.ending is Ending.COMPLETED
    assert story.order("call").standing is OrderStanding.OPEN
    assert [p.kind for p, _ in due_pieces(story.plan, story.run)] == ["order"]
    assert story.runs.unfinished == [story.run]
    story.add(Receipted(run="r", order=seq, attempt=1, outcome=Outcome.DONE, before="", after=""))
    assert story.runs.unfinished == [] and due_pieces(story.plan, story.run) == []


# tell


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


# seal


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


# decide


def deciding(*whens: str) -> str:
    rows = "".join(f'      - {{when: "{when}", next: n{n}}}\n' for n, when in enumerate(whens, 1))
    ends = "".join(f"  n{n}: {{end: completed}}\n" for n in range(1, len(whens) + 1))
    return (
        HEAD
        + f"  fork:\n    decide:\n{rows}    otherwise: other\n    undetermined: unsure\n{ends}"
        + "  other: {end: completed}\n  unsure: {end: failed}\n"
    )


def decided(story: Story) -> Decided:
    (fact,) = story.all(Decided)
    assert isinstance(fact, Decided)
    return fact


def test_the_first_condition_that_holds_is_taken_in_one_go_and_says_why() -> None:
    story = Story(
        deciding("finding.observed > 0.5", "finding.observed > 0.3", "true"), RULES, found()
    )
    fact = decided(story)
    assert (fact.result, fact.condition) == ("2", "finding.observed > 0.3")
    assert fact.bindings == ("finding.observed = 0.31",)
    assert story.path() == ["fork 2"] and story.run.ending is Ending.COMPLETED
    assert len(story.run.decided) == 1 and story.run.decided[0].fact is fact


def test_none_holds() -> None:
    story = Story(deciding("finding.observed > 0.5"), RULES, found())
    assert (decided(story).result, decided(story).condition) == ("otherwise", "")
    assert story.run.moves[-1].next == "other"


def test_what_cannot_be_told_leads_to_its_own_branch_and_never_further() -> None:
    story = Story(deciding("finding.segment == 'de'", "true"), RULES, found())
    fact = decided(story)
    assert (fact.result, fact.condition) == ("undetermined", "finding.segment == 'de'")
    assert fact.bindings == ("finding.segment = not known",)
    assert story.run.ending is Ending.FAILED
    after = Story(deciding("true", "finding.segment == 'de'"), RULES, found())
    assert decided(after).result == "1"


@pytest.mark.parametrize(
    ("when", "result"),
    [
        ("finding.version == '2'", "1"),
        ("finding.sign == 'rate' && finding.requests == 300 && finding.bad == 93", "1"),
        ("finding.subsided", "otherwise"),
        ("incident.id == '7K3' && incident.systems == 'assistant'", "1"),
        ("incident.title == 'too many'", "1"),
        ("minutes_open == 0", "1"),
        ("severity == 'sev2'", "undetermined"),
        ("results.fork == 'x'", "undetermined"),
        ("finding.since < timestamp('2026-11-26T12:00:00Z')", "1"),
        ("finding.low < finding.high && finding.baseline < finding.tolerated", "1"),
        ("finding.confidence == 0.95 && finding.detector.endsWith('rate')", "1"),
    ],
)
def test_each_name_stands_for_what_the_log_says(when: str, result: str) -> None:
    assert decided(Story(deciding(when), RULES, found())).result == result


def test_only_a_finding_of_this_plans_detectors_counts_and_none_that_an_act_explains() -> None:
    text = "triggers: [other]\n" + deciding("finding.observed > 0.3")
    assert decided(Story(text, RULES, found())).result == "undetermined"
    ours = found(finding="f2", detector="other", observed="0.4", caused_by=None)
    assert decided(Story(text, RULES, ours, found())).result == "1"
    explained = found(finding="f3", observed="0.9", caused_by="incident/7K3/5")
    plain = deciding("finding.observed > 0.5")
    assert decided(Story(plain, RULES, found(), explained)).result == "otherwise"
    newer = found(finding="f4", observed="0.8")
    assert decided(Story(plain, RULES, found(), newer)).result == "1"


def test_a_number_that_is_none_is_not_known() -> None:
    for text in ("NaN", "inf", "many"):
        story = Story(deciding("finding.observed > 0.1"), RULES, found(observed=text))
        assert decided(story).result == "undetermined"


def test_a_finding_that_fell_silent_is_known_to_have() -> None:
    gone = Subsided(finding="f1", detector="d", observed="0.04", seen_until=NOON, requests=9)
    assert decided(Story(deciding("finding.subsided"), RULES, found(), gone)).result == "1"


# severity


RULED = (
    "severity:\n"
    "  - {when: finding.segment == 'de', severity: sev1, reason: one language}\n"
    "  - {when: finding.observed > 0.3, severity: sev2, reason: a third}\n"
    "  - {when: 'true', severity: sev4, reason: rest}\n"
)


def judged(story: Story) -> list[tuple[Severity, str]]:
    facts = [f for f in story.all(SeverityJudged) if isinstance(f, SeverityJudged)]
    return [(f.severity, f.basis) for f in facts]


def test_the_first_rule_that_holds_judges_how_bad_it_is_once_and_before_any_condition() -> None:
    story = Story(RULED + deciding("severity == 'sev2'"), RULES, found())
    assert judged(story) == [
        (Severity.SEV2, "plan p 1: finding.observed > 0.3 (finding.observed = 0.31)")
    ]
    assert decided(story).result == "1"
    facts = story.all(SeverityJudged)
    assert isinstance(facts[0], SeverityJudged) and facts[0].reasons == ("a third",)
    assert [s for s, _ in judged(Story(RULED + PAGE))] == [Severity.SEV4]


def test_a_person_who_has_judged_is_not_contradicted() -> None:
    story = Story(RULED + PAGE, RULES, found())
    story.add(SeverityJudged(severity=Severity.SEV3, reasons=(), basis=""), by=person("ana"))
    story.add(RunStarted(run="later", plan="p", plan_digest="0" * 64))
    facts = next_facts(story.plan, story.runs.by_id["later"], NOON, RULES)
    assert [type(fact) for fact in facts] == [PageBegan]
    assert [s for s, _ in judged(story)] == [Severity.SEV2, Severity.SEV3]


def test_a_machines_earlier_word_is_judged_anew_by_the_plan() -> None:
    earlier = SeverityJudged(severity=Severity.SEV4, reasons=(), basis="")
    story = Story(RULED + PAGE, RULES, earlier, found())
    assert [s for s, _ in judged(story)] == [Severity.SEV4, Severity.SEV2]


def test_no_rule_that_holds_judges_nothing() -> None:
    rule = "severity:\n  - {when: finding.observed > 0.5, severity: sev1, reason: half}\n"
    assert judged(Story(rule + PAGE, RULES, found())) == []
    assert judged(Story(rule + PAGE)) == []


# gaps in orders, looks and questions


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


# halts


def test_a_paused_run_calls_nobody_and_goes_on_when_resumed() -> None:
    story = Story(PAGE)
    story.add(RunPaused(run="r", because=""), by=person("ana"))
    assert due_pieces(story.plan, story.run) == []
    story.acknowledge()
    assert story.path() == []
    story.add(RunResumed(run="r", because=""), by=person("ana"))
    assert story.path() == ["call answered"]


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
