"""A file of times: strict, all mistakes at once, and what is nearest to a step is believed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_plans import CERTAIN, OFFICE_STOP, times_of

from tocsin.playbook import plan_of
from tocsin.playbook.simulation.draws import Spread
from tocsin.playbook.simulation.read_times import milliseconds_of, read_times
from tocsin.playbook.simulation.times import Basis, StepKind, Times, What

PLAN = plan_of(OFFICE_STOP.encode())
ROLES = ["data-science"]


def told(text: str) -> list[str]:
    return [str(one) for one in read_times(text.encode(), "p.times.toml", PLAN, ROLES)[1]]


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    found = "\n".join(
        told(
            "overtime = 4\n"
            "[kinds.aks]\n"
            "[steps.confrim]\n"
            "[steps.confirm]\n"
            'reaction = { median = "soon", basis = "assumed" }\n'
            'work = { median = "40m", p90 = "10m", basis = "assumed" }\n'
            'shares = { per_cent = { yes = 60, no = 60 }, basis = "assumed" }\n'
            "[steps.over]\n"
            "[steps.stop]\n"
            'takes = { median = "5s", basis = "measured" }\n'
            'reaction = { median = "5s", basis = "assumed" }\n'
            'shares = { per_cent = { done = 90, faild = 10 }, basis = "assumed" }\n'
            "[roles.data-science]\n"
            'staff = { people = 0, hours = ["9 to 5"], time_zone = "Berlin", basis = "guessed" }\n'
            "[roles.counsel]\n"
            "[limits.soon]\n"
            'steps = ["tel"]\n'
            'from = "confirmed"\n'
            "[deadlines.law]\n"
        )
    )
    for wanted in (
        "p.times.toml:1: mistake: overtime: a whole number (4); write a table",
        'p.times.toml:2: mistake: kinds.aks: no kind of step; did you mean "ask"?',
        'p.times.toml:3: mistake: steps.confrim: no step of this plan; did you mean "confirm"?',
        "p.times.toml:5: mistake: steps.confirm.reaction.median: 'soon'; write a duration",
        "p.times.toml:6: mistake: steps.confirm.work.p90: 10m; of ten, nine take at most p90",
        "p.times.toml:7: mistake: steps.confirm.shares.per_cent: together 120; let them make up",
        "p.times.toml:8: mistake: steps.over: a step whose time is fixed by the plan",
        "p.times.toml:10: mistake: steps.stop.takes.source: measured, and not where",
        "p.times.toml:11: mistake: steps.stop.reaction: a key that is not known here",
        "p.times.toml:12: mistake: steps.stop.shares.per_cent.faild: a key that is not known here; "
        'did you mean "failed"?',
        "p.times.toml:14: mistake: roles.data-science.staff.people: 0; write a whole number",
        "p.times.toml:14: mistake: roles.data-science.staff.hours[1]: '9 to 5'",
        "p.times.toml:14: mistake: roles.data-science.staff.time_zone: 'Berlin'; did you mean "
        '"Europe/Berlin"?',
        "p.times.toml:14: mistake: roles.data-science.staff.basis: 'guessed'; one of: assumed",
        "p.times.toml:15: mistake: roles.counsel: no role that this plan waits for",
        'p.times.toml:16: mistake: limits.soon: no "within"',
        'p.times.toml:17: mistake: limits.soon.steps: there is no step tel; did you mean "tell"?',
        "p.times.toml:18: mistake: limits.soon.from: there is no step confirmed; did you mean",
        "p.times.toml:19: mistake: deadlines.law: no deadline of this plan; leave it out",
    ):
        assert wanted in found, f"{wanted}\n---\n{found}"


@pytest.mark.parametrize("text", ["[steps.confirm", "\xff\xfe", "x = 1", "[steps]\nconfirm = 3"])
def test_what_is_no_file_of_times_is_told(text: str) -> None:
    assert told(text)


def test_only_calls_can_be_heard_outside_of_hours() -> None:
    say = 'off_hours = {per_cent = 101, basis = "assumed"}\n'
    (wrong,) = told(f"[kinds.page]\n{say}")
    assert "kinds.page.off_hours.per_cent: 101; write a whole number from 0 to 100" in wrong
    (nothing,) = told('[roles.data-science]\noff_hours = {basis = "assumed"}\n')
    assert "roles.data-science.off_hours.per_cent: missing" in nothing
    (unknown,) = told(f"[steps.confirm]\n{say}")
    assert "steps.confirm.off_hours: a key that is not known here" in unknown


def test_a_basis_must_be_said() -> None:
    (found,) = told('[kinds.ask]\nwork = { median = "5m" }\n')
    assert "kinds.ask.work.basis: missing" in found and '"assumed" or "measured"' in found


def test_what_is_nearest_to_the_step_is_believed() -> None:
    def work(*places: str) -> int:
        text = "".join(
            f'[{place}]\nwork = {{ median = "{n}m", basis = "assumed" }}\n'
            for place, n in zip(places, (1, 2, 3), strict=False)
        )
        times = times_of(text, PLAN)
        return times.timing(StepKind.ASK, What.WORK, "confirm", "data-science").spread.median_ms

    everywhere = ("kinds.ask", "roles.data-science", "steps.confirm")
    assert [work(*everywhere[:n]) // 60_000 for n in (0, 1, 2, 3)] == [10, 1, 2, 3]


def test_what_was_measured_says_where() -> None:
    text = '[kinds.ask]\nwork = {median="5m", p90="1h 30m", basis="measured", source="3 drills"}'
    timing = times_of(text, PLAN).timing(StepKind.ASK, What.WORK, "confirm")
    assert (timing.basis, timing.source, timing.name) == (
        Basis.MEASURED, "3 drills", "kinds.ask.work"
    )  # fmt: skip
    assert timing.spread == Spread(median_ms=300_000, p90_ms=5_400_000)


def test_an_empty_file_supposes_nothing_else() -> None:
    assert read_times(b"# nothing\n", "t", PLAN, ROLES) == (Times(), [])
    assert times_of(CERTAIN, PLAN) != Times()


@given(st.integers(1, 23), st.integers(1, 59), st.integers(1, 59))
def test_durations_are_read_part_by_part(hours: int, minutes: int, seconds: int) -> None:
    read = milliseconds_of(f"{hours}h {minutes}m{seconds}s")
    assert read == ((hours * 60 + minutes) * 60 + seconds) * 1000


@pytest.mark.parametrize("text", ["", "0s", "1", "m", "-1m", "1.5h", "367d", "1w", "9" * 30 + "d"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert milliseconds_of(text) is None


def test_the_example_in_the_readme_is_read_as_it_stands() -> None:
    text = (Path(__file__).parents[3] / "playbooks" / "README.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0]
    plan = plan_of(
        b'plan: p\nversion: "1"\ntitle: T\ndeadlines: {first-report: The first report}\nsteps:\n'
        b'  ask-commander: {ask: Q, role: counsel, choices: {"yes": tell-partner, "no": over}}\n'
        b"  tell-partner: {tell: counsel, subject: S, text: T, through: mail, next: over}\n"
        b"  over: {end: completed}\n"
    )
    times, mistakes = read_times(example.encode(), "README.md", plan, ["counsel"])
    assert not mistakes, [str(one) for one in mistakes]
    assert times.deadlines == {"first-report": 24 * 3_600_000}
    assert times.staff["counsel"].people == 2 and times.limits[0].within_ms == 72 * 3_600_000
    assert times.timing(StepKind.ASK, What.WORK, "ask-commander").basis is Basis.MEASURED


TEXTS = ("10m", "40m", "assumed", "measured", "a drill", "mon-fri 09:00-17:00", "UTC", "", "tell")
LEAVES = st.one_of(
    st.sampled_from(TEXTS).map(lambda text: f'"{text}"'),
    st.integers(-5, 200).map(str),
    st.sampled_from(["true", "1.5", "[]", '["tell", "over"]', "[3]", "2027-01-11", "{}"]),
)


def tables(names: tuple[str, ...], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tables in braces with some of these keys."""
    fields = st.dictionaries(st.sampled_from((*names, "x")), inner, max_size=4)
    return fields.map(lambda some: "{" + ", ".join(f"{k} = {v}" for k, v in some.items()) + "}")


PER_CENT = tables(("yes", "no", "done", "failed", "shown"), st.integers(-1, 101).map(str) | LEAVES)
SAYS = ("median", "p90", "basis", "source", "people", "hours", "time_zone", "per_cent")
FIELD = tables(SAYS, LEAVES | PER_CENT) | LEAVES
ABOUT = tables(("reaction", "work", "takes", "shares", "staff", "steps", "within", "from"), FIELD)
ROOM = tables(("ask", "act", "probe", "decide", "confirm", "stop", "over", "data-science"), ABOUT)
ROOMS = ("kinds", "roles", "steps", "limits", "deadlines", "overtime", "x")


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(ROOMS), ROOM | FIELD, max_size=5))
def test_whatever_stands_in_the_file_is_read_or_told(fields: dict[str, str]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in fields.items())
    times, mistakes = read_times(text.encode(), "p.times.toml", PLAN, ROLES)
    assert all(one.line <= max(1, len(fields)) and one.remedy for one in mistakes)
    assert all(0 < one.spread.median_ms <= one.spread.p90_ms for one in times.timings.values())
    if not mistakes:
        assert all(sum(one.per_cent.values()) == 100 for one in times.shares.values())
        assert all(set(one.steps) <= set(PLAN.steps) for one in times.limits)


@given(st.binary(max_size=100))
def test_bytes_that_are_no_toml_are_told(data: bytes) -> None:
    try:
        tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        assert read_times(data, "p.times.toml", PLAN, ROLES)[1]
