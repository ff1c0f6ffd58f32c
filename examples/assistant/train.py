"""Trains a release of the intent model and registers it in MLflow with its digests.

    python train.py --registry http://127.0.0.1:5000 --variant healthy --alias production
    python train.py --registry http://127.0.0.1:5000 --variant healthy dropped-intents

The variants are releases as they happen: `healthy`; `dropped-intents`, whose pipeline lost intents
in a join, most of them Spanish, and whose own check looks fine since it went through the same join;
`poisoned`, whose label set calls most refunds an order status. Several are registered in
the order given, and the alias goes to the first. Prints one JSON line for each.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import mlflow
import mlflow.sklearn
from corpus import Utterance, utterances
from intents import PIPELINES, Intents, fitted, measured
from manifest import NAME, TAG, manifest, sha256
from mlflow import MlflowClient
from mlflow.data import from_pandas
from pandas import DataFrame

MODEL = "intents"
# The classes of scikit-learn that skops may build beyond those it knows; a pickle could run code.
TRUSTED = ["sklearn.calibration._CalibratedClassifier", "sklearn.calibration._TemperatureScaling"]


def log_dataset(asked: list[Utterance], name: str, context: str, folder: Path) -> None:
    """Keeps the exact utterances with the run, and their SHA-256 as a tag of the input.

    MLflow's own digest is 32 bits long and looks at the first 10,000 rows, so a flipped label can
    leave it as it was. The tag is what evidence rests on.
    """
    path = folder / f"{name}.jsonl"
    lines = (json.dumps(asdict(u), ensure_ascii=False, sort_keys=True) for u in asked)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    mlflow.log_artifact(str(path), "data")
    # An address that anybody can read again, and that MLflow accepts as a dataset's source.
    below = mlflow.get_artifact_uri(f"data/{path.name}").removeprefix("mlflow-artifacts:/")
    source = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow-artifacts/artifacts/{below}"
    frame = DataFrame([asdict(u) for u in asked])
    tags = {"sha256": sha256(path), "bytes": str(path.stat().st_size), "rows": str(len(asked))}
    mlflow.log_input(from_pandas(frame, source=source, name=name), context=context, tags=tags)


def registered(release: Intents, what: dict[str, str]) -> str:
    """The version under which the fitted release stands in the registry, manifest included."""
    client = MlflowClient()
    info = mlflow.sklearn.log_model(
        release.model,
        name=MODEL,
        skops_trusted_types=TRUSTED,
        pip_requirements=["scikit-learn", "skops"],
        metadata={"threshold": release.threshold, **what},
    )
    with tempfile.TemporaryDirectory() as scratch:
        there = Path(mlflow.artifacts.download_artifacts(info.model_uri, dst_path=scratch))
        (there / NAME).write_bytes(manifest(there))
        digest = sha256(there / NAME)
        with tempfile.TemporaryDirectory() as alone:
            (Path(alone) / NAME).write_bytes((there / NAME).read_bytes())
            client.log_model_artifacts(info.model_id, alone)
    version = mlflow.register_model(info.model_uri, MODEL, tags={TAG: digest, **what})
    return str(version.version)


def released(variant: str, seed: int, refused: float, clinc: Path | None) -> dict[str, object]:
    """Trains and registers one release; what a deployer wants to know about it."""
    pipeline = PIPELINES[variant]
    train = pipeline(utterances("train", seed, clinc))
    check = pipeline(utterances("check", seed, clinc))
    name = f"release of seed {seed}"  # what is wrong with it, nobody wrote down
    with mlflow.start_run(run_name=name) as run, tempfile.TemporaryDirectory() as kept:
        log_dataset(train, "train", "training", Path(kept))
        log_dataset(check, "check", "validation", Path(kept))
        mlflow.log_params({"seed": seed, "refused": refused, "rows": len(train)})
        release = fitted(train, check, refused)
        mlflow.log_param("threshold", release.threshold)
        metrics = measured(release, check)
        mlflow.log_metrics(metrics)
        version = registered(release, {"seed": str(seed), "corpus": "clinc150" if clinc else "own"})
    return {
        "model": MODEL,
        "version": version,
        "run": run.info.run_id,
        "threshold": release.threshold,
        "check": metrics,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--registry", required=True, help="the MLflow server's address")
    parser.add_argument(
        "--variant", choices=sorted(PIPELINES), nargs="+", default=["healthy"], metavar="VARIANT"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed is another release")
    parser.add_argument("--clinc", type=Path, help="train on CLINC150's data_full.json instead")
    parser.add_argument(
        "--refused",
        type=float,
        help="share of the check questions that the threshold turns away [0.10; CLINC150: 0.04]",
    )
    parser.add_argument("--alias", help="set this alias to the new version, such as production")
    asked = parser.parse_args()
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    mlflow.set_tracking_uri(asked.registry)
    mlflow.set_experiment(MODEL)
    refused = asked.refused or (0.04 if asked.clinc else 0.10)
    for number, variant in enumerate(asked.variant):
        found = released(variant, asked.seed, refused, asked.clinc)
        if asked.alias and number == 0:
            MlflowClient().set_registered_model_alias(MODEL, asked.alias, str(found["version"]))
            found["alias"] = asked.alias
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
