"""A release of ATLAS is read whatever its layout, or all its mistakes are told; never a traceback.

The small files are written here. The official one is read where it lies, if it is there.
"""

from __future__ import annotations

import msgspec
import pytest
import yaml
from atlas_files import FLAT, KEYED, LISTED, official_bytes
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.failure_modes import FailureMode
from tocsin.playbook.knowledge import Atlas, StudyKind, read_atlas
from tocsin.playbook.knowledge.read import MISTAKES_MAX, UNSAID, in_order
from tocsin.playbook.knowledge.sections import Link
from tocsin.playbook.knowledge.tree import BYTES_MAX


def release(data: bytes) -> Atlas:
    atlas, mistakes = read_atlas(data)
    assert atlas is not None, mistakes
    return atlas


def told(data: bytes) -> list[str]:
    atlas, mistakes = read_atlas(data)
    assert atlas is None and mistakes
    return [str(mistake) for mistake in mistakes]


def test_both_layouts_of_the_same_release_are_the_same_knowledge() -> None:
    old, new = release(LISTED), release(KEYED)
    assert (old.version, new.version) == ("5.9.0", "2026.09")
    same = {"version": "", "digest": ""}
    assert msgspec.structs.replace(old, **same) == msgspec.structs.replace(new, **same)


def test_everything_is_there_with_its_words_on_one_line() -> None:
    atlas = release(LISTED)
    assert list(atlas.tactics) == ["AML.TA0003", "AML.TA0005"]
    case = atlas.techniques["AML.T0051.001"]
    assert (case.parent, case.tactics, case.maturity) == ("AML.T0051", ("AML.TA0005",), "feasible")
    assert atlas.named(case.id) == "Inject a prompt: Indirectly"
    assert atlas.mitigations["AML.M0007"].techniques == ("AML.T0020",)
    study = atlas.studies["AML.CS0000"]
    assert study.kind is StudyKind.INCIDENT and study.date == "2025-06-01"
    assert study.summary == "Somebody wrote to a machine."
    assert study.techniques == ("AML.T0020", "AML.T0051.001")
    assert [step.description for step in study.steps] == ["first", "then"]
    assert [step.tactic for step in study.steps] == ["AML.TA0003", "AML.TA0005"]
    assert [one.id for one in atlas.incidents] == ["AML.CS0000"]


def test_the_new_layout_orders_tactics_as_its_matrix_does() -> None:
    assert list(release(KEYED).tactics) == ["AML.TA0003", "AML.TA0005"]
    turned = KEYED.replace(b"position: 1}", b"position: 3}")
    assert list(release(turned).tactics) == ["AML.TA0005", "AML.TA0003"]


def test_the_oldest_layout_is_read_with_its_flaws_told_as_advice() -> None:
    """The first releases hold ids of three digits, lead to what is not there, say no version."""
    atlas, mistakes = read_atlas(FLAT)
    assert atlas is not None and all(mistake.advice for mistake in mistakes)
    assert atlas.version == UNSAID
    assert atlas.techniques["AML.T0051"].tactics == ("AML.TA0005", "AML.TA002")
    assert atlas.techniques["AML.T0051"].maturity == ""
    assert atlas.studies["AML.CS0000"].kind is StudyKind.UNSAID and not atlas.incidents
    assert atlas.studies["AML.CS0000"].techniques == ("AML.T0051",)
    told = [mistake.found for mistake in mistakes]
    assert len(told) == 3 and "there is no AML.T0052" in told and "the id 'AML.TA002'" in told
    assert any(one.startswith("no version") for one in told)


def test_what_is_advice_in_the_oldest_layout_is_a_mistake_in_the_others() -> None:
    assert "version" in told(LISTED.replace(b"version: 5.9.0\n", b""))[0]


def link(step: str, *leads_to: str) -> Link:
    return Link(
        line=1, kind="employs", target="", tactic="", description="", step=step, leads_to=leads_to
    )


def test_steps_come_as_they_lead_to_each_other_whatever_their_place_and_name() -> None:
    steps = [link("S02", "S01"), link("S01"), link("S03", "S00"), link("S00", "S02")]
    assert [one.step for one in in_order(steps)] == ["S03", "S00", "S02", "S01"]


def test_two_beginnings_and_two_ways_on_are_taken_in_the_order_of_their_names() -> None:
    steps = [link("S04"), link("S01", "S02", "S03"), link("S00", "S04"), link("S03"), link("S02")]
    assert [one.step for one in in_order(steps)] == ["S00", "S04", "S01", "S02", "S03"]


def test_steps_in_a_circle_and_steps_of_one_name_are_all_kept_in_order() -> None:
    circle = [link("S01", "S00"), link("S00", "S01")]
    assert [one.step for one in in_order(circle)] == ["S00", "S01"]
    named_alike = [link("S00", "S01"), link("S01", "S02"), link("S01"), link("S02")]
    assert [one.step for one in in_order(named_alike)] == ["S00", "S01", "S02", "S01"]
    nameless = [link("", "S01"), link("S01")]
    assert [one.step for one in in_order(nameless)] == ["", "S01"]


steps_of = st.lists(
    st.tuples(st.sampled_from(["", "S00", "S01", "S02", "S03"]),
              st.lists(st.sampled_from(["S00", "S01", "S02", "S09"]), max_size=3)),
    max_size=6,
)  # fmt: skip


@given(steps_of)
def test_no_step_is_lost_or_doubled_in_ordering(some: list[tuple[str, list[str]]]) -> None:
    steps = [link(name, *leads) for name, leads in some]
    assert sorted(map(id, in_order(steps))) == sorted(map(id, steps))


def test_a_case_may_say_of_what_it_is_one_in_either_word() -> None:
    data = LISTED.replace(b"subtechnique-of:", b"specializes:")
    assert release(data).techniques == release(LISTED).techniques


def test_a_newer_format_is_read_with_advice() -> None:
    atlas, mistakes = read_atlas(KEYED.replace(b"6.0.0", b"7.1.0"))
    assert atlas is not None
    assert [m.advice for m in mistakes] == [True] and "7.1.0" in mistakes[0].found


def test_unknown_fields_and_links_are_passed_over() -> None:
    data = KEYED.replace(
        b"    achieves:\n", b"    resembles:\n    - {target: X}\n    achieves:\n", 1
    )
    data += b"news: {a: [1, 2]}\n"
    assert list(release(data).techniques) == list(release(KEYED).techniques)


def test_nothing_may_be_written_in_every_way_of_yaml() -> None:
    data = LISTED.replace(b"case-studies:\n", b"notes: ~\ncase-studies:\n")
    data = data.replace(b"  mitigations:\n", b"  mitigations: null\n  others:\n")
    data = data.replace(b"subtechnique-of: AML.T0051\n", b"subtechnique-of: null\n    tactics: ~\n")
    atlas = release(data)
    assert atlas.mitigations == {} and atlas.techniques["AML.T0051.001"].tactics == ("AML.TA0005",)


def test_a_position_that_is_no_number_is_no_position() -> None:
    data = KEYED.replace(b"position: 1}", b"position: 1st}")
    assert list(release(data).tactics) == ["AML.TA0003", "AML.TA0005"]


def test_a_relationship_without_any_target_is_none() -> None:
    data = KEYED + b"  AML.T0999:\n    achieves: []\n  AML.T0998: x\n"
    assert list(release(data).techniques) == list(release(KEYED).techniques)


def test_a_deprecated_technique_says_so() -> None:
    data = KEYED.replace(
        b"name: Inject a prompt\n", b"name: Inject a prompt\n    deprecated: true\n"
    )
    assert release(data).techniques["AML.T0051"].deprecated
    assert release(data.replace(b"d: true", b"d: True")).techniques["AML.T0051"].deprecated
    status = data.replace(b"deprecated: true", b"status: Deprecated")
    assert release(status).techniques["AML.T0051"].deprecated
    assert not release(data).techniques["AML.T0020"].deprecated


def test_all_mistakes_are_told_at_once_with_line_and_remedy() -> None:
    data = LISTED.replace(b"    - AML.TA0005\n", b"    - AML.TA0050\n")
    data = data.replace(b"subtechnique-of: AML.T0051\n", b"subtechnique-of: AML.T0020\n")
    data = data.replace(b"    technique: AML.T0020\n", b"    technique: AML.T0002\n")
    data = data.replace(b"  - id: AML.M0007\n", b"  - id: AML.M7\n")
    data = data.replace(b"case-study-type: exercise", b"case-study-type: exercize")
    data = data.replace(b"maturity: demonstrated", b"maturity: demonstratd")
    lines = told(data)
    assert len(lines) == 6
    assert "techniques.AML.T0051.maturity" in lines.pop(0)
    assert all(line.startswith("ATLAS.yaml:") for line in lines)
    assert (
        "ATLAS.yaml:26: mistake: techniques.AML.T0051.tactics: there is no AML.TA0050" in lines[0]
    )
    assert 'did you mean "AML.TA0005"?' in lines[0]
    assert "said to be a case of AML.T0020; its id says AML.T0051" in lines[1]
    assert "the id 'AML.M7'; an id here is written like AML.M0001" in lines[2]
    assert 'there is no AML.T0002; did you mean "AML.T0020"?' in lines[3]
    assert 'did you mean "exercise"?' in lines[4]


def test_an_id_that_stands_twice_is_told_in_both_layouts() -> None:
    twice = LISTED.replace(b"id: AML.T0051\n", b"id: AML.T0020\n")
    assert any("AML.T0020 stands a second time; keep one" in line for line in told(twice))
    keyed = KEYED.replace(b"  AML.T0051:\n    name", b"  AML.T0020:\n    name")
    assert any("'AML.T0020' stands a second time" in line for line in told(keyed))


def test_relationships_must_lead_from_something_to_something() -> None:
    lines = told(KEYED.replace(b"target: AML.T0051, tactic", b"target: AML.T0015, tactic"))
    assert len(lines) == 1 and 'did you mean "AML.T0051"?' in lines[0]
    lines = told(KEYED.replace(b"  AML.CS0001:\n    employs", b"  AML.CS0010:\n    employs"))
    assert len(lines) == 1 and "there is no 'AML.CS0010'; did you mean \"AML.CS0001\"?" in lines[0]
    lines = told(KEYED.replace(b"  AML.CS0001:\n    employs", b"  AML.CS0999:\n    employs"))
    assert len(lines) == 1 and "declare it, or remove what it relates" in lines[0]
    lines = told(KEYED.replace(b"target: AML.T0051, tactic", b"target: AML.T0051-x, tactic"))
    assert len(lines) == 1 and "the id 'AML.T0051-x'; an id here is written like" in lines[0]
    lines = told(KEYED.replace(b"target: AML.T0051, tactic", b"goal: AML.T0051, tactic"))
    assert len(lines) == 1 and "employs: no id;" in lines[0]
    lines = told(KEYED.replace(b"    id: AML.T0051\n", b"    id: AML.T0052\n"))
    assert len(lines) == 1 and "write AML.T0051 in both" in lines[0]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"v6/ATLAS-2026.09.yaml", "give the file that it points to: v6/ATLAS-2026.09.yaml"),
        (b"<!DOCTYPE html><p>gone", "not a release of ATLAS"),
        (b'{"type": "bundle", "objects": [], "techniques": 1}', "not a release of ATLAS"),
        (b"- a\n- b\n", "not a release of ATLAS"),
        (b"matrices: 3\ntechniques: 4\n", "matrices: not a list"),
        (b"matrices: [3, [], {techniques: [1, {}]}]\n", "no fields"),
        (b"techniques: {AML.T0001: {}}\n", "AML.T0001 has no name"),
        (b"matrices: []\n", "no technique in it"),
        (b"techniques: {}\n", "no technique in it"),
        (
            b"version: 1\nmatrices: [{techniques: [{id: AML.T0001.000, name: a}]}]\n",
            "there is no AML.T0001;",
        ),
        (b"techniques: 4\n", "techniques: neither a list nor a mapping"),
        (b"techniques: [{id: AML.T0001, name: a}]\nrelationships: [b]\n", "not a mapping"),
        (b"techniques: [{id: AML.T0001-x, name: a}]\n", "the id 'AML.T0001-x'"),
        (b"matrices: [{techniques: [{id: AML.T00011, name: a}]}]\n", "the id 'AML.T00011'"),
        (b"matrices: [{techniques: [{id: AML.T0001, name: a}]}]\n", "no version"),
        (b"techniques: [{id: T1595, name: from elsewhere}]\n", "the id 'T1595'"),
        (b"a: b: c\n", "ATLAS.yaml:1: mistake: not YAML"),
        (b"a: 1\nb: [\n", "ATLAS.yaml:3: mistake: not YAML"),
        (b"a: 1\nb: \x00\n", "ATLAS.yaml:2: mistake: not YAML: control characters"),
        (b"a: 1\nb: \xff\n", "ATLAS.yaml:2: mistake: bytes that are not UTF-8"),
        (b"version: 1\n---\nversion: 2\n", "a second document"),
        (b"[" * 200_000, "nested too deeply"),
        (b"{a: " * 200_000, "nested too deeply"),
        (b"? [a]\n: b\n", "a key that is not a word"),
        (b"a: *b\n", "an alias *b of nothing"),
        (b"a: &a [*a]\n", "an alias *a of nothing"),
        (b"#" * (BYTES_MAX + 1), "bytes; a release has at most"),
    ],
)
def test_what_is_no_release_is_refused_with_a_reason(data: bytes, found: str) -> None:
    assert found in "\n".join(told(data))


def test_a_bomb_of_aliases_is_refused_and_a_harmless_alias_is_followed() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)
    )
    assert "more pieces than any release has" in told(bomb.encode())[0]
    data = LISTED.replace(b"    tactics:\n    - AML.TA0005\n", b"    tactics: &run [AML.TA0005]\n")
    data = data.replace(b"subtechnique-of: AML.T0051\n", b"tactics: *run\n")
    assert release(data).techniques["AML.T0051.001"].tactics == ("AML.TA0005",)


def test_very_many_mistakes_are_counted_and_not_listed() -> None:
    rows = b"".join(b"- {id: X%d, name: x}\n" % i for i in range(5_000))
    lines = told(b"version: 1\ntechniques:\n" + rows)
    assert len(lines) == MISTAKES_MAX + 1
    assert f"{5_000 - MISTAKES_MAX} more mistakes" in lines[-1]


words = st.sampled_from(
    ["matrices", "techniques", "tactics", "mitigations", "case-studies", "relationships", "id",
     "name", "procedure", "AML.T0001", "AML.T0001.000", "AML.TA0001", "AML.CS0001", "employs",
     "target", "tactic", "technique", "version", "collection", "type", "subtechnique-of", ""]
)  # fmt: skip
shapes = st.recursive(
    words | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=40,
)


@given(shapes)
def test_any_shape_is_read_or_told(shape: object) -> None:
    atlas, mistakes = read_atlas(yaml.safe_dump(shape).encode())
    assert (atlas is None) == any(not m.advice for m in mistakes)
    assert all(m.line >= 1 and m.found and m.remedy for m in mistakes)


def altered(node: object, draw: st.DrawFn) -> object:
    """A part of a real release in which any piece may be another one, or be gone."""
    if draw(st.integers(0, 40)) == 0:
        return draw(shapes)
    if isinstance(node, dict):
        kept = {k: v for k, v in node.items() if draw(st.integers(0, 40))}
        return {k: altered(v, draw) for k, v in kept.items()}
    if isinstance(node, list):
        return [altered(one, draw) for one in node]
    return node


@st.composite
def releases(draw: st.DrawFn) -> bytes:
    whole = yaml.safe_load(draw(st.sampled_from([LISTED, KEYED, FLAT])))
    return yaml.safe_dump(altered(whole, draw)).encode()


@given(releases())
def test_a_release_in_which_pieces_are_wrong_is_read_or_told(data: bytes) -> None:
    atlas, mistakes = read_atlas(data)
    assert (atlas is None) == any(not m.advice for m in mistakes)
    for study in atlas.studies.values() if atlas is not None else ():
        assert {*study.techniques} <= {*atlas.techniques}


@given(st.binary(max_size=300), st.integers(0, len(KEYED)))
def test_any_bytes_in_the_middle_are_read_or_told(some: bytes, at: int) -> None:
    atlas, mistakes = read_atlas(KEYED[:at] + some + KEYED[at:])
    assert (atlas is None) == any(not m.advice for m in mistakes)


@pytest.fixture(scope="module")
def official() -> Atlas:
    return release(official_bytes())


def test_the_official_release_is_read_whole(official: Atlas) -> None:
    """The counts were taken by another reader: 5.6.0 as it is published."""
    if official.version != "5.6.0":
        pytest.skip(f"the counts are those of 5.6.0, and this is {official.version}")
    assert (len(official.tactics), len(official.techniques), len(official.mitigations)) == (
        16,
        170,
        35,
    )
    assert (len(official.studies), len(official.incidents)) == (57, 17)
    assert sum(len(study.steps) for study in official.studies.values()) == 449
    matured = [one.maturity for one in official.techniques.values()]
    assert [matured.count(m) for m in ("demonstrated", "realized", "feasible")] == [89, 64, 17]
    assert sum(one.parent is not None for one in official.techniques.values()) == 69
    assert all(one.tactics for one in official.techniques.values())


def test_our_failure_modes_name_techniques_that_are_there(official: Atlas) -> None:
    """AML.T0115 took the place of two others in 2026.07 and is in no release before."""
    named = {technique for mode in FailureMode for technique in mode.techniques}
    assert named - set(official.techniques) <= {"AML.T0115"}
