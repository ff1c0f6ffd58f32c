"""Where a model comes from, from the keyboard: read, compared with bytes at hand, sealed, drawn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from registry_side import Registry, RegistryStanding, registry_standing

TRAIN = b"x,y\n1,0\n2,1\n"
INTEGRATION = """
[integrations.models]
kind = "mlflow"
url = "{url}"
settings = {{ target = "intents@production", networks = "127.0.0.1/32", ports = "{port}" }}
"""


@pytest.fixture
def standing() -> Iterator[RegistryStanding]:
    registry = Registry(1, 2, 3)
    registry.models[2].inputs = [
        {
            "dataset": {"name": "train", "digest": "b28eab6f", "source_type": "local",
                        "source": '{"uri": "/gone/train.csv"}'},
            "tags": [{"key": "airs.sha256", "value": hashlib.sha256(TRAIN).hexdigest()}],
        }
    ]  # fmt: skip
    with registry_standing(registry) as standing:
        yield standing


@pytest.fixture
def tocsin(
    staffed_home: Path, keys: dict[str, Path], tmp_path: Path, standing: RegistryStanding
) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    web = standing.web
    register.write_text(register.read_text() + INTEGRATION.format(url=web.url(), port=web.port))
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def verdicts(answer: dict[str, object]) -> dict[str, tuple[str, int | None]]:
    items = json.loads(json.dumps(answer["items"]))
    return {one["item"]: (one["verdict"], one["level"]) for one in items}


def test_bytes_at_hand_prove_or_disprove_and_the_picture_is_drawn(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    assert verdicts(tocsin.done("analysis", "lineage", incident))["data"] == ("unprovable", 0)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.csv").write_bytes(TRAIN)
    proven = tocsin.done(
        "analysis", "lineage", incident, "--verify", folder, "--weights",
        "--svg", "--to", tmp_path / "lineage.svg",
    )  # fmt: skip
    told = verdicts(proven)
    assert (told["data"], told["weights"]) == (("proven", 1), ("proven", 1))
    assert "train@b28eab6f" in (tmp_path / "lineage.svg").read_text()
    (folder / "train.csv").write_bytes(TRAIN.replace(b"2,1", b"2,0"))
    ran = tocsin("analysis", "lineage", incident, "--verify", f"train={folder / 'train.csv'}")
    assert ran.status == 1
    assert "DISPROVEN  L1  data train@b28eab6f" in ran.out
    assert "DISPROVEN" in tocsin("analysis", "show", incident).out
    tocsin.sound()


def test_a_file_that_is_gone_disproves(tocsin: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = tocsin("analysis", "lineage", tocsin.opened(), "--verify", tmp_path / "empty")
    assert ran.status == 1 and "no file is called train.csv there" in ran.out


def test_what_is_wrong_is_told(tocsin: Keyboard, tmp_path: Path) -> None:
    incident = tocsin.opened()
    words = ("analysis", "lineage", incident)
    assert "did you mean" in tocsin.refused(*words, "--alias", "prodution", status=3)
    assert "has no version 9" in tocsin.refused(*words, "--version", "9", status=3)
    assert "no data set is called" in tocsin.refused(*words, "--verify", "tain=/x")
    assert "no such file" in tocsin.refused(*words, "--verify", tmp_path / "nothing")
    assert "give both" in tocsin.refused(*words, "--svg")
    assert "0 registries" in tocsin.refused(*words, "--registry", "other")
