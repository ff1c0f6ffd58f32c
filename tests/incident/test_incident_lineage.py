"""What can be said of a lineage: a verdict with its level, and each pitfall in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.analysis import LineageItem, LineageVerdict
from tocsin.facts.lineage import AtHand, DataUsed, Origin, RunState
from tocsin.incident.lineage import Judged, judged, source_path

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
SHA = "a" * 64


def data(**more: object) -> DataUsed:
    usual = {
        "name": "train", "digest": "b28eab6f", "source_type": "local",
        "source": '{"uri": "/data/train.csv"}', "context": "training", "sha256": SHA,
    }  # fmt: skip
    return DataUsed(**{**usual, **more})  # type: ignore[arg-type]


def origin(*used: DataUsed, **more: object) -> Origin:
    usual: dict[str, object] = {
        "model": "credit", "version": "2", "alias": "champion", "status": "READY",
        "source": "models:/m-1", "registered_by": "eva", "registered_at": AT, "read_at": AT,
        "run": "r1", "run_from": "the version names it", "run_state": RunState.ACTIVE,
        "run_by": "root", "ended_at": AT, "data": used, "params": (("C", "1"),),
        "commit": "abc123", "code": "train.py", "parents": (),
    }  # fmt: skip
    return Origin(**{**usual, **more})  # type: ignore[arg-type]


def told(one: Origin, item: LineageItem, at_hand: Mapping[str, AtHand] | None = None) -> Judged:
    [found] = [each for each in judged(one, at_hand or {}) if each.item is item]
    return found


HELD = AtHand(place="/x/train.csv", sha256=SHA)
OTHER = AtHand(place="/x/train.csv", sha256="b" * 64)
GONE = AtHand(place="", sha256=None, why="no file is called train.csv there")


@pytest.mark.parametrize(
    ("used", "at_hand", "verdict", "level", "says"),
    [
        (data(), HELD, "proven", 1, "which rows of it were used"),
        (data(), OTHER, "disproven", 1, "first 10,000 rows alone"),
        (data(), GONE, "disproven", 0, "the bytes are not there"),
        (data(), None, "unprovable", 0, "nobody compared the bytes: --verify PATH"),
        (data(sha256=None), None, "unprovable", 0, "32 bits"),
        (data(sha256=None), HELD, "unprovable", 0, "a digest taken now, and not at training"),
        (data(sha256=None), GONE, "disproven", 0, "the bytes are not there"),
        (data(source_type="code", source='{"tags": {}}'), None, "unprovable", 0, "is a script"),
        (data(source_type="code", sha256=None), None, "unprovable", 0, "nothing to load"),
    ],
)
def test_each_verdict_on_data_has_its_level_and_its_reason(
    used: DataUsed, at_hand: AtHand | None, verdict: str, level: int, says: str
) -> None:
    found = told(origin(used), LineageItem.DATA, {used.shown: at_hand} if at_hand else {})
    assert (found.verdict.value, found.level) == (verdict, level)
    assert says in found.because and "used for training" in found.because


def test_a_deleted_run_puts_at_risk_what_only_it_says() -> None:
    one = origin(data(), run_state=RunState.DELETED)
    assert told(one, LineageItem.RUN).verdict is LineageVerdict.AT_RISK
    assert "mlflow gc" in told(one, LineageItem.RUN).because
    for item in (LineageItem.DATA, LineageItem.CODE, LineageItem.PARAMETERS):
        held = {data().shown: HELD}
        assert told(one, item, held).verdict is LineageVerdict.AT_RISK
    other = told(one, LineageItem.DATA, {data().shown: OTHER})
    assert other.verdict is LineageVerdict.DISPROVEN


@pytest.mark.parametrize(
    ("state", "verdict", "level"),
    [
        (RunState.ACTIVE, "proven", 0),
        (RunState.DELETED, "at-risk", 0),
        (RunState.ABSENT, "disproven", 0),
        (RunState.UNNAMED, "unprovable", None),
    ],
)
def test_a_run_is_a_pointer_that_may_lead_nowhere(
    state: RunState, verdict: str, level: int | None
) -> None:
    found = told(origin(run_state=state), LineageItem.RUN)
    assert (found.verdict.value, found.level) == (verdict, level)


def test_weights_are_proven_by_a_manifest_alone() -> None:
    basis = "the manifest written at registration"
    files = (("a", SHA),)
    for weights, held_against, verdict, level in (
        (None, "", "unprovable", 0),
        ((), basis, "proven", 1),
        (("a is another",), basis, "disproven", 1),
        ((), "digests taken at bind time", "unprovable", 0),
    ):
        one = origin(weights=weights, weights_basis=held_against, files=files)
        found = told(one, LineageItem.WEIGHTS)
        assert (found.verdict.value, found.level) == (verdict, level)


def test_what_is_not_on_record_is_told_and_has_no_level() -> None:
    one = origin(commit=None, code="", params=(), alias=None)
    kinds = {each.item: each for each in judged(one, {})}
    assert LineageItem.ALIAS not in kinds
    for item in (LineageItem.DATA, LineageItem.CODE, LineageItem.PARAMETERS, LineageItem.PARENT):
        assert (kinds[item].verdict.value, kinds[item].level) == ("unprovable", None)


@pytest.mark.parametrize(
    ("source", "kind", "path"),
    [
        ('{"uri": "/d/x.csv"}', "local", "/d/x.csv"),
        ('{"url": "https://x/y.csv"}', "http", "https://x/y.csv"),
        ('{"path": "s3://b/k"}', "hf", "s3://b/k"),
        ("/plain/x.csv", "local", "/plain/x.csv"),
        ('{"tags": {}}', "code", ""),
        ("[1]", "local", "[1]"),
        ("{}", "local", ""),
    ],
)
def test_a_source_is_a_place_or_nothing(source: str, kind: str, path: str) -> None:
    assert source_path(data(source=source, source_type=kind)) == path


@given(
    st.text(max_size=30), st.text(max_size=60), st.sampled_from(list(RunState)),
    st.sampled_from([None, HELD, OTHER, GONE]), st.sampled_from([None, SHA]),
)  # fmt: skip
def test_nothing_is_proven_at_level_1_without_equal_bytes(
    name: str, source: str, state: RunState, at_hand: AtHand | None, sha256: str | None
) -> None:
    used = data(name=name, source=source, sha256=sha256)
    one = origin(used, run_state=state)
    found = [
        each
        for each in judged(one, {used.shown: at_hand} if at_hand else {})
        if each.item is LineageItem.DATA
    ]
    for each in found:
        if each.level == 1 and each.verdict is not LineageVerdict.DISPROVEN:
            assert at_hand is HELD and sha256 == SHA
        assert each.level in (None, 0, 1)
