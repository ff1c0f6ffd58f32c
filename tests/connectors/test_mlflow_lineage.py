"""A lineage is read of the registry: the way to the run, its data sets, and who else used one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from registry_side import Registry, RegistryStanding, failing, registry_standing
from small_web import Said
from tocsin.connectors.mlflow_lineage import origin_at, origin_of, trained_on, with_weights
from tocsin.facts import ConnectorError
from tocsin.facts.lineage import RunState

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)


def dataset(name: str, digest: str, sha256: str = "") -> dict[str, object]:
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    if sha256:
        tags.append({"key": "airs.sha256", "value": sha256})
    return {
        "dataset": {
            "name": name, "digest": digest, "source_type": "local",
            "source": '{"uri": "/data/train.csv"}',
        },
        "tags": tags,
    }  # fmt: skip


@pytest.fixture
def standing() -> Iterator[RegistryStanding]:
    registry = Registry(1, 2, 3)
    registry.models[2].inputs = [dataset("train", "b28eab6f", "A" * 64)]
    registry.models[2].run_tags = {"mlflow.source.git.commit": "abc", "mlflow.user": "eva",
                                   "mlflow.parentRunId": "r0"}  # fmt: skip
    registry.models[2].params = {"C": "1.0"}
    registry.models[1].inputs = [dataset("train", "b28eab6f")]
    with registry_standing(registry) as standing:
        yield standing


def test_from_an_alias_to_its_data(standing: RegistryStanding) -> None:
    found = origin_at(standing.client(), "intents", "production", AT)
    assert (found.version, found.run, found.run_state) == ("2", "run2", RunState.ACTIVE)
    assert (found.commit, found.run_by, found.params) == ("abc", "eva", (("C", "1.0"),))
    assert found.parents == ("mlflow.parentRunId=r0",)
    [used] = found.data
    assert (used.shown, used.context, used.sha256) == ("train@b28eab6f", "training", "a" * 64)


def test_a_version_without_a_run_leads_to_it_by_its_logged_model(
    standing: RegistryStanding,
) -> None:
    model = standing.registry.models[2]
    model.run = None
    model.source = f"models:/m-{2:032x}"
    found = origin_of(standing.client(), "intents", 2, AT)
    assert found.run == "run2" and "which that run logged" in found.run_from
    model.source = "s3://bucket/model"
    found = origin_of(standing.client(), "intents", 2, AT)
    assert (found.run, found.run_state, found.data) == (None, RunState.UNNAMED, ())


@pytest.mark.parametrize(("state", "seen"), [("deleted", RunState.DELETED), ("", RunState.ABSENT)])
def test_a_run_that_is_deleted_or_cleaned_up_is_told(
    standing: RegistryStanding, state: str, seen: RunState
) -> None:
    standing.registry.models[2].run_state = state
    assert origin_of(standing.client(), "intents", 2, AT).run_state is seen


def test_weights_are_held_against_their_manifest(standing: RegistryStanding) -> None:
    client = standing.client()
    found = with_weights(client, origin_of(client, "intents", 2, AT))
    assert found.weights == () and len(found.files) == 3
    standing.registry.models[2].files["data/model.bin"] += b"x"
    found = with_weights(client, origin_of(client, "intents", 2, AT))
    assert found.weights and "data/model.bin" in found.weights[0]


def test_which_versions_used_a_data_set(standing: RegistryStanding) -> None:
    client = standing.client()
    assert trained_on(client, "intents", "train", "b28eab6f") == (["2", "1"], ["3"])
    assert trained_on(client, "intents", "train", "a" * 64) == (["2"], ["3"])
    assert trained_on(client, "intents", "other", "b28eab6f") == ([], ["3"])


def test_what_is_not_there_and_what_is_no_answer_is_told(standing: RegistryStanding) -> None:
    client = standing.client()
    with pytest.raises(ConnectorError, match="has no alias"):
        origin_at(client, "intents", "prodution", AT)
    with pytest.raises(ConnectorError, match="has no version 9"):
        origin_of(client, "intents", 9, AT)
    standing.registry.fault = failing("runs/get", Said(body=b"<html>"))
    with pytest.raises(ConnectorError, match="answered something else"):
        origin_of(client, "intents", 2, AT)
