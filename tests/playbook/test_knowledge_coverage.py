"""Coverage counts what is said and nothing else."""

from __future__ import annotations

from atlas_files import LISTED
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.failure_modes import FailureMode
from tocsin.playbook.knowledge import (
    Coverage,
    Covered,
    Drill,
    Playbook,
    Watcher,
    coverage_of,
    read_atlas,
)

ATLAS, _ = read_atlas(LISTED)
INJECTION = FailureMode.PROMPT_INJECTION
PLAN = Playbook(id="inj", mode=INJECTION, techniques=("AML.T0051",), triggers=("words",))


def mode(coverage: Coverage, one: FailureMode) -> Covered:
    return next(m.covered for m in coverage.modes if m.mode is one)


def technique(coverage: Coverage, id: str) -> Covered:
    return next(t.covered for t in coverage.techniques if t.technique == id)


def test_every_failure_mode_is_listed_and_nothing_covers_it() -> None:
    coverage = coverage_of([], [], [], None)
    assert [one.mode for one in coverage.modes] == list(FailureMode)
    assert all(one.covered == Covered() for one in coverage.modes)
    assert coverage.techniques == () and coverage.incidents == ()


def test_a_playbook_covers_its_mode_its_techniques_and_their_cases() -> None:
    coverage = coverage_of([PLAN], [], [], ATLAS)
    assert mode(coverage, INJECTION).playbooks == ("inj",)
    assert technique(coverage, "AML.T0051").playbooks == ("inj",)
    assert technique(coverage, "AML.T0051.001").playbooks == ("inj",)
    assert not technique(coverage, "AML.T0020").planned
    assert not mode(coverage, FailureMode.DRIFT).planned


def test_a_case_covers_neither_its_parent_nor_another_case() -> None:
    plan = Playbook(id="inj", techniques=("AML.T0051.001",))
    coverage = coverage_of([plan], [], [], ATLAS)
    assert technique(coverage, "AML.T0051.001").planned
    assert not technique(coverage, "AML.T0051").planned


def test_a_detector_covers_by_what_it_starts_or_by_what_it_says() -> None:
    starts = Watcher(id="words", system="chat")
    says = Watcher(id="odd", system="chat", modes=(FailureMode.DRIFT,), techniques=("AML.T0020",))
    coverage = coverage_of([PLAN], [starts, says], [], ATLAS)
    assert mode(coverage, INJECTION).detectors == ("chat/words",)
    assert mode(coverage, FailureMode.DRIFT).detectors == ("chat/odd",)
    assert technique(coverage, "AML.T0051").detectors == ("chat/words",)
    assert technique(coverage, "AML.T0020").detectors == ("chat/odd",)


def test_a_detector_of_another_system_or_a_plan_that_is_only_shipped_starts_nothing() -> None:
    elsewhere = Playbook(id="inj", mode=INJECTION, triggers=("words",), systems=("loans",))
    only_shipped = Playbook(id="two", mode=INJECTION, triggers=("words",), shipped=True)
    coverage = coverage_of(
        [elsewhere, only_shipped], [Watcher(id="words", system="chat")], [], None
    )
    found = mode(coverage, INJECTION)
    assert found == Covered(playbooks=("inj",), shipped=("two",)) and found.planned


def test_a_drill_covers_what_its_playbook_covers() -> None:
    coverage = coverage_of([PLAN], [], [Drill(id="spring", playbook="inj")], ATLAS)
    assert mode(coverage, INJECTION).drills == ("spring",)
    assert technique(coverage, "AML.T0051.001").drills == ("spring",)
    assert mode(coverage, FailureMode.DRIFT).drills == ()


def test_real_incidents_are_measured_and_exercises_are_not() -> None:
    coverage = coverage_of([PLAN], [], [], ATLAS)
    (incident,) = coverage.incidents
    assert incident.study == "AML.CS0000"
    assert incident.techniques == ("AML.T0020", "AML.T0051.001")
    assert incident.unplanned == ("AML.T0020",)
    seen = coverage.seen_in_incidents
    assert [one.technique for one in seen] == ["AML.T0020", "AML.T0051.001"]


def test_a_technique_near_a_planned_mode_is_said_to_be_near_and_does_not_count() -> None:
    silent = Playbook(id="inj", mode=INJECTION)
    coverage = coverage_of([silent], [], [], ATLAS)
    found = next(t for t in coverage.techniques if t.technique == "AML.T0051.001")
    assert found.near == (INJECTION,) and not found.covered.planned


def test_a_retired_id_covers_what_took_its_place() -> None:
    data = LISTED.replace(b"id: AML.T0051", b"id: AML.T0115").replace(b".001", b".000")
    data = data.replace(b"technique: AML.T0051", b"technique: AML.T0115")
    data = data.replace(b"subtechnique-of: AML.T0051", b"subtechnique-of: AML.T0115")
    atlas, told = read_atlas(data)
    assert atlas is not None, told
    plan = Playbook(id="old", techniques=("AML.T0019",))
    coverage = coverage_of([plan], [], [], atlas)
    assert technique(coverage, "AML.T0115.000").playbooks == ("old",)
    assert not technique(coverage, "AML.T0115").planned


books = st.builds(
    Playbook,
    id=st.sampled_from("abc"),
    mode=st.none() | st.sampled_from(FailureMode),
    techniques=st.lists(st.sampled_from(["AML.T0020", "AML.T0051", "AML.T0051.001"])).map(tuple),
    triggers=st.lists(st.sampled_from("xy")).map(tuple),
    shipped=st.booleans(),
)
watchers = st.builds(Watcher, id=st.sampled_from("xy"), system=st.just("chat"))


@given(st.lists(books, max_size=5), st.lists(watchers, max_size=3), books)
def test_one_more_playbook_never_takes_coverage_away(
    some: list[Playbook], seen: list[Watcher], more: Playbook
) -> None:
    before, after = (coverage_of(b, seen, [], ATLAS) for b in (some, [*some, more]))
    for one, other in zip(before.modes, after.modes, strict=True):
        assert {*one.covered.playbooks} <= {*other.covered.playbooks}
        assert {*one.covered.detectors} <= {*other.covered.detectors}
    for lost, kept in zip(before.incidents, after.incidents, strict=True):
        assert {*kept.unplanned} <= {*lost.unplanned}
