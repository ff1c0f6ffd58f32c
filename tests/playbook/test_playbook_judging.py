"""Decisions by conditions and severity by rules: what is taken, and by what it was known."""

from __future__ import annotations

import pytest

from playbook_story import HEAD, NOON, PAGE, RULES, Story, decided, found, person
from tocsin.facts.findings import Subsided
from tocsin.facts.incidents import Severity, SeverityJudged
from tocsin.facts.reach import PageBegan
from tocsin.facts.runs import (
    Ending,
    RunStarted,
)
from tocsin.playbook import next_facts


def deciding(*whens: str) -> str:
    rows = "".join(f'      - {{when: "{when}", next: n{n}}}\n' for n, when in enumerate(whens, 1))
    ends = "".join(f"  n{n}: {{end: completed}}\n" for n in range(1, len(whens) + 1))
    return (
        HEAD
        + f"  fork:\n    decide:\n{rows}    otherwise: other\n    undetermined: unsure\n{ends}"
        + "  other: {end: completed}\n  unsure: {end: failed}\n"
    )


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
