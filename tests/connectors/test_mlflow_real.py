"""The hand, the probe and the fake registry against a real MLflow server.

Needs an interpreter that has MLflow and scikit-learn, named by TOCSIN_EXAMPLE_PYTHON; never a
dependency of ours. Starting the server takes half a minute or more.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry_side import Model, Registry, RegistryStanding, registry_standing
from small_web import Said, Web
from tocsin.connectors.mlflow_lineage import origin_at, origin_of, trained_on
from tocsin.connectors.mlflow_target import MlflowTarget
from tocsin.facts import ConnectorError
from tocsin.facts.analysis import LineageItem, LineageVerdict
from tocsin.facts.lineage import AtHand, RunState
from tocsin.facts.runs import Outcome, Verdict
from tocsin.incident.lineage import judged
from tocsin.world import Order

VARIABLE = "TOCSIN_EXAMPLE_PYTHON"
REGISTRY = Path(__file__).parents[2] / "examples" / "assistant" / "registry.py"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOGS = """
import hashlib, json, sys, tempfile, pathlib, mlflow
from mlflow import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
client.create_registered_model("intents")
for number in (1, 2, 3):
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "data").mkdir()
        (folder / "MLmodel").write_bytes(b"flavor: %d" % number)
        (folder / "data" / "model.bin").write_bytes(bytes([number]) * 3000)
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        told = [{"path": p.relative_to(folder).as_posix(), "bytes": p.stat().st_size,
                 "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for p in files]
        manifest = json.dumps({"files": told}).encode()
        (folder / "manifest.json").write_bytes(manifest)
        client.log_artifacts(run.info.run_id, str(folder), "model")
        source = mlflow.get_artifact_uri("model")
        made = client.create_model_version("intents", source, run.info.run_id)
        digest = hashlib.sha256(manifest).hexdigest()
        if number == 3:
            digest = "0" * 64
        client.set_model_version_tag("intents", made.version, "manifest_sha256", digest)
client.set_registered_model_alias("intents", "production", 2)
client.set_registered_model_alias("intents", "shadow", 2)
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryStanding]:
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"NO MLFLOW: name an interpreter that has it by {VARIABLE}")
    folder = tmp_path_factory.mktemp("mlflow")
    server = subprocess.Popen(
        [python, str(REGISTRY), "--folder", str(folder), "--port", "0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        address = json.loads(server.stdout.readline())["listening"]
        subprocess.run([python, "-c", LOGS, address], check=True, timeout=300)
        web = Web(lambda asked: Said())
        web.port = int(address.rpartition(":")[2])
        yield RegistryStanding(Registry(), web)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


@pytest.mark.proof
def test_the_hand_moves_a_real_alias_and_the_probe_finds_the_way_back(
    real: RegistryStanding,
) -> None:
    hand = real.hand(seconds=30)
    model = hand.produce("model", 60)
    assert model.sufficient and (model.count, model.wanted) == (3, 3)
    assert "the manifest written at registration" in model.why
    probe = MlflowTarget(real.client(seconds=30), real.web.caller(30), None)
    reading = probe.sample("intents@production", "verified", NOON)
    assert (reading.verdict, reading.value) == (Verdict.SHOWN, "1")
    order = Order(key="incident/7K3/17", target="intents@production", wanted="version:1")
    done = hand.act(order)
    assert (done.outcome, done.before, done.after) == (Outcome.DONE, "version:2", "version:1")
    assert hand.act(order).outcome is Outcome.ALREADY
    back = Order(key="incident/7K3/18", target="intents@production", wanted="version:2")
    assert hand.act(back).before == "version:1"


@pytest.mark.proof
def test_the_fake_answers_as_the_real_one_does(real: RegistryStanding) -> None:
    registry = Registry()
    registry.models[3] = Model(3)
    registry.models[3].tags["manifest_sha256"] = "0" * 64
    with registry_standing(registry) as fake:
        told = []
        for place in (real, fake):
            client, hand = place.client(seconds=30), place.hand(seconds=30)
            versions = client.versions("intents")
            refusals = []
            for target, wanted in (("intents@prodution", "version:1"), ("gone@x", "version:1"),
                                   ("intents@production", "version:9")):  # fmt: skip
                with pytest.raises(ConnectorError) as refused:
                    hand.act(Order(key="k/1", target=target, wanted=wanted))
                refusals.append((str(refused.value), refused.value.retry))
            told.append(
                (
                    [(v.number, v.status, v.tag("manifest_sha256")) for v in versions],
                    [client.files(version) for version in versions],
                    [client.text(version, "manifest.json") for version in versions],
                    sorted(client.aliases("intents")),
                    client.alias("intents", "gone"),
                    client.alias("gone", "production"),
                    client.inputs(versions[0].run_id),
                    refusals,
                )
            )
        assert told[0] == told[1]


USED = """
import pathlib, sys, mlflow, mlflow.data, pandas
from mlflow import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client, path = MlflowClient(), pathlib.Path(sys.argv[2])
rows = pandas.DataFrame({"x": range(15000), "y": [i % 2 for i in range(15000)]})
rows.to_csv(path, index=False)
import hashlib
digest = hashlib.sha256(path.read_bytes()).hexdigest()
client.create_registered_model("credit")
for number in (1, 2):
    with mlflow.start_run(tags={"mlflow.source.git.commit": "abc123"}) as run:
        mlflow.log_param("C", "1.0")
        used = mlflow.data.from_pandas(rows, source=str(path), name="train")
        mlflow.log_input(used, context="training", tags={"airs.sha256": digest})
        mlflow.log_input(mlflow.data.from_pandas(rows, name="inline"), context="eval")
        source = mlflow.get_artifact_uri("model")
        client.create_model_version("credit", source, run.info.run_id)
    rows.loc[rows.index >= 10000, "y"] = 1 - rows.loc[rows.index >= 10000, "y"]
client.set_registered_model_alias("credit", "champion", 1)
client.delete_run(client.get_model_version("credit", 1).run_id)
"""


@pytest.mark.proof
def test_a_lineage_is_read_of_a_real_registry_and_its_pitfalls_are_real(
    real: RegistryStanding, tmp_path: Path
) -> None:
    path, address = tmp_path / "train.csv", real.web.url()
    python = os.environ[VARIABLE]
    subprocess.run([python, "-c", USED, address, str(path)], check=True, timeout=300)
    client = real.client(seconds=30)
    one = origin_at(client, "credit", "champion", NOON)
    two = origin_of(client, "credit", 2, NOON)
    assert (one.version, one.run_state, two.run_state) == ("1", RunState.DELETED, RunState.ACTIVE)
    assert (one.commit, one.params) == ("abc123", (("C", "1.0"),))
    by_name = {each.name: each for each in one.data}
    later = {each.name: each for each in two.data}
    assert by_name["train"].digest == later["train"].digest  # though 5,000 labels are others
    held = AtHand(place=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    told = {
        each.name: each
        for origin in (one, two)
        for each in judged(origin, {by_name["train"].shown: held})
        if each.item is LineageItem.DATA
    }
    assert told[by_name["train"].shown].verdict is LineageVerdict.PROVEN  # of the second
    assert told[by_name["inline"].shown].verdict is LineageVerdict.UNPROVABLE
    first = [each for each in judged(one, {}) if each.item is LineageItem.RUN]
    assert first[0].verdict is LineageVerdict.AT_RISK
    digest = by_name["train"].digest
    assert trained_on(client, "credit", "train", digest) == (["2", "1"], [])
