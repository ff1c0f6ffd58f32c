"""Corners of single rules that one example cannot show: each a change of a whole plan."""

from __future__ import annotations

from planted import PLANS, REGISTER, Planted

WHOLE, VENDOR = "whole.yaml", "vendor.yaml"
FIRST = "  call:\n    page: on-call\n"
UNSEEN = "    next: meanwhile\n    on_not_shown: settle\n"
LETTER_SENT = "    next: cause-form\n    on_failure: failed\n"
REST = "  rest:\n    wait: {span}\n    next: {to}\n"


def told(file: str, *changes: tuple[str, str], register: str = REGISTER) -> set[str]:
    text = PLANS[file]
    for old, new in changes:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    found = Planted(file=file, text=text, register=register).linted()
    return {one.rule for one in found.told}


ASKED_FIRST = (
    ("start: call\n", "start: may-we\n"),
    (FIRST, "  may-we:\n    approve: The stop\n    role: counsel\n    limit: 1h\n"
     "    on_limit: call\n    on_declined: failed\n    next: call\n"
     "    raci: {accountable: counsel, responsible: [counsel]}\n" + FIRST),
)  # fmt: skip


def test_a_first_stop_behind_an_approval_waits_and_a_later_one_may() -> None:
    assert told(WHOLE, *ASKED_FIRST) == {"TP406"}
    assert told(WHOLE) == set()  # stop-again lies behind the board's approval, and the first stop


def test_a_stop_may_be_looked_at_in_another_branch_only_if_that_surely_follows() -> None:
    unseen = ("    next: stop-seen\n    on_failure: stop-by-hand\n",
              "    next: meanwhile\n    on_failure: stop-seen\n")  # fmt: skip
    assert told(WHOLE, unseen) == {"TP402"}


def test_training_data_are_kept_before_a_retraining_on_every_way() -> None:
    around = (UNSEEN, UNSEEN.replace("next: meanwhile", "next: pin"))
    asks_nothing = ("    evidence: [model, decisions]\n", "")
    assert told(WHOLE, around, asks_nothing) == {"TP504"}


def test_fairness_is_shown_before_the_system_serves_again_on_every_way() -> None:
    around = ("    choices: {ready: fair, not-possible: redecide}\n",
              "    choices: {ready: fair, not-possible: board-agrees}\n")  # fmt: skip
    assert told(WHOLE, around) == {"TP506", "TP509"}


def test_a_list_is_made_before_anybody_is_told_or_decided_about() -> None:
    around = ("    next: affected\n    on_failure: affected\n",
              "    next: affected\n    on_failure: redecide\n")  # fmt: skip
    assert told(WHOLE, around) == {"TP505"}


def test_a_question_that_counsel_answers_with_yes_is_a_yes() -> None:
    asked = (
        "    approve: The letter to the applicants, by law\n    role: counsel\n    limit: 1d\n"
        "    on_limit: failed\n    on_declined: failed\n    next: tell-applicants\n"
    )
    question = (
        "    ask: May the letter go?\n    role: counsel\n    limit: 1d\n    on_limit: 'no'\n"
        "    choices: {'yes': tell-applicants, 'no': failed}\n"
    )
    assert told(WHOLE, (asked, question)) == set()
    careless = question.replace("'no': failed", "'no': tell-applicants")
    assert told(WHOLE, (asked, careless)) == {"TP601"}


def test_words_outside_need_counsel_even_where_the_audience_does_not_say_so() -> None:
    openly = ("    next: counsel-agrees\n", "    next: tell-applicants\n")
    away = PLANS[WHOLE].index("  counsel-agrees:\n"), PLANS[WHOLE].index("  tell-applicants:\n")
    counsel = PLANS[WHOLE][away[0] : away[1]]
    assert told(WHOLE, (counsel, ""), openly) == {"TP601"}
    inside = ("applicants: {where: outside, approved_by: [communications]}",
              "applicants: {where: inside}")  # fmt: skip
    assert told(WHOLE, (counsel, ""), openly, inside) == set()


def test_a_branch_that_joins_after_a_no_is_no_yes() -> None:
    text = PLANS[WHOLE]
    before = text[text.index("  words:\n") : text.index("  tell-applicants:\n")]
    branches = "  words:\n    parallel: [by-words, by-law]\n    next: tell-applicants\n"
    for name, role in (("by-words", "communications"), ("by-law", "counsel")):
        branches += f"  {name}:\n    approve: The letter\n    role: {role}\n    limit: 1d\n"
        branches += "    next: join\n    on_declined: join\n    on_limit: join\n"
        branches += f"    raci: {{accountable: hiring-lead, responsible: [{role}]}}\n"
    assert told(WHOLE, (before, branches)) == {"TP601"}


def test_a_root_cause_form_that_somebody_else_chose_is_not_counsels() -> None:
    by_another = (
        "    ask: Who writes the root cause, and how?\n    role: counsel\n"
        "    choices: {under-counsel: cause, openly: cause}\n    limit: 5d\n"
        "    on_limit: under-counsel\n    purpose: [choose-root-cause-form]\n"
        "    raci: {accountable: counsel, responsible: [counsel]}\n"
    )
    lead = by_another.replace("counsel]", "hiring-lead]").replace("e: counsel", "e: hiring-lead")
    assert told(WHOLE, (by_another, lead)) == {"TP605"}


def test_where_the_mode_asks_for_counsel_a_step_lets_him_choose() -> None:
    assert told(VENDOR, ("    purpose: [choose-root-cause-form]\n", "")) == {"TP605"}


def test_a_limit_from_the_opening_counts_the_waits_on_the_best_way() -> None:
    late = (
        (LETTER_SENT, LETTER_SENT.replace("cause-form", "rest")),
        ("  cause-form:\n", REST.format(span="3d", to="cause-form") + "  cause-form:\n"),
        ("    limit: 5d\n    on_limit: under-counsel\n",
         "    limit: 2d\n    from: opened\n    on_limit: under-counsel\n"),
    )  # fmt: skip
    assert told(WHOLE, *late) == {"TP301"}
    aware = (late[0], late[1], (late[2][0], late[2][1].replace("opened", "aware")))
    assert told(WHOLE, *aware) == set()  # nobody knows how long before somebody became aware
    longer = (late[0], late[1], (late[2][0], late[2][1].replace("2d", "4d")))
    assert told(WHOLE, *longer) == set()


def test_a_soft_limit_that_is_over_before_it_begins_is_told_too() -> None:
    soft = (
        (LETTER_SENT, LETTER_SENT.replace("cause-form", "rest")),
        ("  cause-form:\n", REST.format(span="3d", to="cause-form") + "  cause-form:\n"),
        ("    limit: 5d\n    on_limit: under-counsel\n",
         "    limit: 4d\n    soft: 1d\n    from: run\n    on_limit: under-counsel\n"),
    )  # fmt: skip
    assert told(WHOLE, *soft) == {"TP301"}


def test_two_who_have_the_role_are_each_others_deputies_unless_both_keep_hours() -> None:
    ana = 'roles = ["on-call"]\ndeputies = ["ben"]\n'
    assert REGISTER.count(ana) == 1
    alone = REGISTER.replace(ana, 'roles = ["on-call"]\n')
    assert told(WHOLE, register=alone) == {"TP203"}
    second = alone.replace('roles = ["hiring-lead", "communications"]',
                           'roles = ["hiring-lead", "communications", "on-call"]')  # fmt: skip
    assert told(WHOLE, register=second) == set()
    by_day = 'reach = ["pager"]\nhours = ["mon-fri 09:00-18:00"]\n\n[people.ben]'
    both = second.replace('reach = ["pager"]\n\n[people.ben]', by_day).replace(
        'reach = ["mail"]\n\n[people.emil]',
        'reach = ["mail"]\nhours = ["mon-fri 09:00-18:00"]\n\n[people.emil]',
    )
    # Lea's deputy is Ben, who keeps no hours: he is there.
    assert told(WHOLE, register=both) == set()
    nobody = both.replace('deputies = ["ben"]\nreach = ["mail"]\nhours', 'reach = ["mail"]\nhours')
    assert told(WHOLE, register=nobody) == {"TP203"}


def test_a_step_that_was_authorised_before_needs_nobody_at_night() -> None:
    ana = 'roles = ["on-call"]\ndeputies = ["ben"]\n'
    alone = REGISTER.replace(ana, 'roles = ["on-call"]\n')
    before = ("    hours: any\n", "    hours: any\n    pre_authorised: incident-commander\n")
    assert told(WHOLE, before, register=alone) == set()


def test_a_first_step_by_day_is_excused_by_who_allowed_it_or_by_a_deputy_at_night() -> None:
    pin = "    purpose: [pin-version]\n"
    by_day = (pin, pin + "    hours: working\n")
    assert told(WHOLE, by_day) == {"TP409"}
    assert told(WHOLE, (pin, by_day[1] + "    pre_authorised: incident-commander\n")) == set()
    call = ("    hours: any\n", "    hours: working\n")
    assert told(WHOLE, call) == set()  # Ana's deputy is there at any hour
    later = "    purpose: [redecide]\n"
    assert told(WHOLE, (later, later + "    hours: working\n")) == set()  # none of the first


def test_a_fallback_that_is_watched_is_shaken_by_a_stop() -> None:
    hiring = 'log = "logs/hiring"\nfallback = "manual-review"'
    assert REGISTER.count(hiring) == 1
    watched = REGISTER.replace(hiring, 'log = "logs/hiring"\nfallback = "assistant"')
    assert told(WHOLE, register=watched) == {"TP408"}


def test_a_version_that_another_look_shows_is_not_verified() -> None:
    around = ("    on_not_shown: retrain\n    on_undetermined: retrain\n",
              "    on_not_shown: roll-back\n    on_undetermined: retrain\n")  # fmt: skip
    named = ("    wanted: version:{find-target.value}\n", "    wanted: version:12\n")
    assert told(WHOLE, around, named) == {"TP502"}
    word = ("    evidence: [model, decisions]\n",
            "    evidence: [model, decisions]\n    purpose: [verify-target]\n")  # fmt: skip
    assert told(WHOLE, around, named, word) == {"TP502"}  # the act cannot verify itself beforehand
