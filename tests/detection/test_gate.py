"""A gate is passed by what is shown, at the stated error, and by nothing that cannot be told."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gates import GATE, GOOD_ATTACKS, good, of, window
from tocsin.detection.compared.criteria import Attacks, Judged, judged_by
from tocsin.detection.declared.gate import Concern, Gate, NotWorse
from tocsin.detection.declared.read_gate import gate_of, read_gate
from tocsin.facts.recovery import Passing

READ = gate_of(GATE.encode())


def judged(
    gate: Gate, own: object, base: object, attacks: Attacks | None = GOOD_ATTACKS
) -> dict[str, Judged]:
    return {one.criterion: one for one in judged_by(gate, own, base, attacks)}  # type: ignore[arg-type]


def test_a_gate_is_read_whole() -> None:
    assert (READ.system, READ.baseline, READ.confidence, READ.looks) == ("assistant", "1", 0.975, 1)
    assert {one.concern for one in READ.criteria} == set(Concern)
    assert [(one.share, one.watch_seconds) for one in READ.stages] == [
        (100, 7200), (1000, 21600), (10_000, 86400),
    ]  # fmt: skip
    assert (READ.watched_by, READ.attested_by, READ.seen_by) == (("fallback-rate",), (), "healthy")


MISTAKES = {
    "basline: x": "did you mean",
    "confidence: 50%": "from 80% to 99.99%",
    "looks: 0": "from 1 to 20",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_wrong_line_is_told_with_its_remedy(line: str) -> None:
    name = line.split(":")[0]
    kept = [one for one in GATE.splitlines() if not one.startswith(f"{name}:")]
    gate, mistakes = read_gate("\n".join([*kept, line]).encode())
    assert gate is None and [str(one) for one in mistakes if MISTAKES[line] in str(one)]


@pytest.mark.parametrize(
    "was, becomes, told",
    [
        ("margin: 2%", "margin: 0%", "above 0% and below 100%"),
        ("worse: up, ", "", "which way is worse"),
        (", basis: points", "", "what the margin is a share of"),
        ("share: 100%", "share: 50%", "does not serve all"),
        ("share: 10%", "share: 1%", "more than the last"),
        (", watch: 6h", "", "for how long it is watched"),
        ("watched_by: [fallback-rate]", "watched_by: []", "nothing watches"),
        ("not_worse: fallback", "not_wrse: fallback", "say exactly one of"),
        ("groups: [sex], ", "", "nobody is told apart"),
        ("alike: disparate-impact", "alike: calibration", "disparate-impact or"),
        ("  jailbreaks: {attacks: known-jailbreaks, at_most: 5%, minimum: 200}\n", "",
         "nothing about attack-replay"),
        ("minimum: 500", "minimum: none", "whole number"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(was: str, becomes: str, told: str) -> None:
    gate, mistakes = read_gate(GATE.replace(was, becomes).encode())
    assert gate is None and told in "\n".join(map(str, mistakes))
    assert all(one.line >= 1 and one.remedy for one in mistakes)


def test_all_mistakes_are_told_at_once() -> None:
    text = GATE.replace("margin: 2%", "margin: 0%").replace("share: 100%", "share: 50%")
    assert len(read_gate(text.encode())[1]) == 2


def test_what_is_left_out_is_left_out_with_a_reason() -> None:
    line = next(one for one in GATE.splitlines() if "groups:" in one)
    text = GATE.replace(line + "\n", "") + "without: {fairness: it decides about nobody}\n"
    gate, mistakes = read_gate(text.encode())
    assert not mistakes and gate is not None
    assert gate.without == ((Concern.FAIRNESS, "it decides about nobody"),)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_are_a_traceback(data: bytes) -> None:
    gate, mistakes = read_gate(data)
    assert (gate is None) == bool(mistakes)


def test_a_good_candidate_passes_all() -> None:
    found = judged(READ, good("3"), good("1"))
    assert {one.result for one in found.values()} == {Passing.PASSED}, found


def test_failing_says_by_how_much() -> None:
    text = GATE.replace("not_worse: fallback, worse: up", "not_worse: recall, worse: down")
    own, base = (of(v, window(v, {"recall": (5000, k), "error": (5000, 0)}))
                 for v, k in (("3", 4000), ("1", 4155)))  # fmt: skip
    one = judged(gate_of(text.encode()), own, base)["answers"]
    assert one.result is Passing.FAILED and one.difference == "0.031" and one.margin == "0.02"
    assert one.said == (
        f"recall is 0.031 below baseline 1, margin 0.02, 97.5 % bound {float(one.bound):.4f}"
        ": 0.011 too much"
    )


def test_too_few_is_undetermined_and_says_what_is_missing() -> None:
    own = of("3", window("3", {"fallback": (100, 0), "error": (100, 0)}))
    found = judged(READ, own, good("1"), None)
    assert {one.result for one in found.values()} == {Passing.UNDETERMINED}
    assert found["answers"].short_by == 400 and "100 of 3" in found["answers"].said
    assert found["errors"].short_by == 200 and found["jailbreaks"].short_by == 200


def test_what_is_inside_but_not_shown_says_about_how_much_more() -> None:
    own, base = (of(v, window(v, {"fallback": (600, 24), "error": (600, 0)})) for v in "31")
    one = judged(READ, own, base)["answers"]
    assert one.result is Passing.UNDETERMINED and one.short_by > 0
    times = (600 + one.short_by) / 600
    more_own, more_base = (
        of(v, window(v, {"fallback": (round(600 * times), round(24 * times)), "error": (600, 0)}))
        for v in "31"
    )
    assert judged(READ, more_own, more_base)["answers"].result is Passing.PASSED
    less = of("3", window("3", {"fallback": (round(300 * times), round(12 * times))}))
    less_base = of("1", window("1", {"fallback": (round(300 * times), round(12 * times))}))
    assert judged(READ, less, less_base)["answers"].result is Passing.UNDETERMINED


def test_a_group_that_vanished_from_the_log_does_not_pass() -> None:
    own = of("3", window("3", {"fallback": (20_000, 800)}, {"m": (5000, 2500)}))
    one = judged(READ, own, good("1"))["groups"]
    assert one.result is Passing.UNDETERMINED and "sex=f" in one.said


def test_one_bad_segment_is_not_hidden_by_the_rest() -> None:
    text = GATE.replace("minimum: 500}", "minimum: 500, each: segment}")

    def log(version: str, bad: int):  # type: ignore[no-untyped-def]
        return of(version, window(version, {"fallback": (50_000, 2000)}, segment="en"),
                  window(version, {"fallback": (2000, bad)}, segment="de"))  # fmt: skip

    one = judged(gate_of(text.encode()), log("3", 200), log("1", 80))["answers"]
    assert one.result is Passing.FAILED and " in de " in one.said
    assert judged(READ, log("3", 200), log("1", 80))["answers"].result is Passing.PASSED


def test_a_measure_that_the_log_does_not_tell_passes_nothing() -> None:
    own = of("3", window("3", {"selected": (9000, 100)}))
    one = judged(READ, own, good("1"))["answers"]
    assert one.result is Passing.UNDETERMINED and "tells no fallback" in one.said


counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(max_examples=150, deadline=None)
@given(counts, counts, st.sampled_from(["up", "down"]), st.integers(1, 5))
def test_the_bound_is_scipys(own, base, worse: str, looks: int) -> None:  # type: ignore[no-untyped-def]
    """Clopper-Pearson of both shares at half the error each, from scipy.stats."""
    text = GATE.replace("worse: up", f"worse: {worse}").replace("minimum: 500", "minimum: 1")
    gate = gate_of(f"{text}looks: {looks}\n".encode())
    mine, theirs = (of(v, window(v, {"fallback": pair})) for v, pair in (("3", own), ("1", base)))
    one = judged(gate, mine, theirs)["answers"]
    level = 1 - 0.025 / looks  # two-sided level whose half error is half of the one-sided error
    (n, k), (m, j) = own, base
    low, high = stats.binomtest(k, n).proportion_ci(level)
    least, most = stats.binomtest(j, m).proportion_ci(level)
    wanted = high - least if worse == "up" else most - low
    assert math.isclose(float(one.bound), wanted, abs_tol=1e-6)
    sign = 1 if worse == "up" else -1
    seen = sign * (k / n - j / m)
    result = Passing.FAILED if seen >= 0.02 else Passing.PASSED
    if result is Passing.PASSED and wanted >= 0.02:
        result = Passing.UNDETERMINED
    assert one.result is result or min(abs(seen - 0.02), abs(wanted - 0.02)) < 1e-9


def test_what_is_just_too_bad_seldom_passes() -> None:
    """The candidate's share is worse by the whole margin: at most 2.5 % of such may pass."""
    draw, passed = random.Random(6), 0
    for _ in range(300):
        own, base = (sum(draw.random() < p for _ in range(2000)) for p in (0.12, 0.10))
        pair = (of(v, window(v, {"fallback": (2000, k)})) for v, k in (("3", own), ("1", base)))
        passed += judged(READ, *pair)["answers"].result is Passing.PASSED
    assert passed <= 7


@given(
    st.lists(st.sampled_from(["fallback", "error", "people", "attacks"]), min_size=1, unique=True)
)
def test_whatever_is_too_little_never_passes(short: list[str]) -> None:
    rates = {"fallback": (20_000, 800), "error": (20_000, 40)}
    rates |= {rate: (200, 0) for rate in short if rate in rates}
    few = (
        {"f": (50, 25), "m": (5000, 2500)}
        if "people" in short
        else {"f": (5000, 2500), "m": (5000, 2500)}
    )
    found = judged(READ, of("3", window("3", rates, few)), good("1"),
                   None if "attacks" in short else GOOD_ATTACKS)  # fmt: skip
    wanted = {"fallback": "answers", "error": "errors", "people": "groups",
              "attacks": "jailbreaks"}  # fmt: skip
    for name in short:
        assert found[wanted[name]].result is Passing.UNDETERMINED


def test_looks_share_the_error() -> None:
    text = GATE + "looks: 5\n"
    gate = gate_of(text.encode())
    assert math.isclose(gate.error, 0.005)
    [one] = [c for c in gate.criteria if isinstance(c, NotWorse)]
    alone = judged(READ, good("3"), good("1"))[one.id]
    shared = judged(gate, good("3"), good("1"))[one.id]
    assert float(shared.bound) > float(alone.bound) and shared.confidence == "0.995"


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "examples").rglob("gates/*")))
def test_shipped_gates_are_read(file: Path) -> None:
    assert gate_of(file.read_bytes(), file.name).system == file.stem
