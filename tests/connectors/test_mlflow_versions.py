"""What a version is made of is secured whole, held against what was registered, or no evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest

from registry_side import (
    OOPS,
    RegistryStanding,
    altered,
    failing,
    looked_for,
    manifest_of,
    registry_standing,
)
from small_web import Said
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Verdict
from tocsin.world import Produced


@pytest.fixture
def place() -> Iterator[RegistryStanding]:
    with registry_standing() as found:
        yield found


def secured(place: RegistryStanding, item: str = "model", seconds: float = 5.0) -> Produced:
    return place.hand().produce(item, seconds)


def test_the_version_is_secured_with_every_files_digest(place: RegistryStanding) -> None:
    found = secured(place)
    document = json.loads(found.data)
    model = place.registry.models[2]
    assert found.sufficient and (found.count, found.wanted) == (3, 3)
    assert document["version"]["version"] == "2" and document["alias"] == "intents@production"
    assert {f["path"]: f["sha256"] for f in document["files"]} == {
        path: hashlib.sha256(data).hexdigest() for path, data in model.files.items()
    }
    assert document["held_against"] == "the manifest written at registration"
    assert place.registry.moves == []


def test_a_version_without_a_manifest_is_labelled(place: RegistryStanding) -> None:
    place.registry.models[2] = type(place.registry.models[2])(2, manifested=False)
    found = secured(place)
    assert found.sufficient and "taken at bind time" in found.why


def missing(place: RegistryStanding, number: int) -> None:
    del place.registry.models[number].files["data/model.bin"]


def extra(place: RegistryStanding, number: int) -> None:
    place.registry.models[number].files["data/hook.py"] = b"import os"


def tag_wrong(place: RegistryStanding, number: int) -> None:
    place.registry.models[number].tags["manifest_sha256"] = "0" * 64


def tag_gone(place: RegistryStanding, number: int) -> None:
    place.registry.models[number].tags.clear()


def manifest_gone(place: RegistryStanding, number: int) -> None:
    del place.registry.models[number].files["manifest.json"]


def manifest_forged(place: RegistryStanding, number: int) -> None:
    files = place.registry.models[number].files
    altered(place, number)
    files["manifest.json"] = manifest_of({k: v for k, v in files.items() if k != "manifest.json"})


def manifest_garbage(place: RegistryStanding, number: int) -> None:
    model = place.registry.models[number]
    model.files["manifest.json"] = b"\xff{"
    model.tags["manifest_sha256"] = hashlib.sha256(b"\xff{").hexdigest()


def unready(place: RegistryStanding, number: int) -> None:
    place.registry.models[number].status = "PENDING_REGISTRATION"


WRONG = [
    (altered, "data/model.bin was altered"), (missing, "data/model.bin is missing"),
    (extra, "data/hook.py was not registered"),
    (tag_wrong, "is not the one whose SHA-256 was registered"),
    (tag_gone, "is not the one whose SHA-256 was registered"),
    (manifest_gone, "manifest.json cannot be read"), (manifest_forged, "is not the one"),
    (manifest_garbage, "manifest.json cannot be read"), (unready, "PENDING_REGISTRATION"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), WRONG, ids=[one.__name__ for one, _ in WRONG])
def test_a_version_that_is_not_what_was_registered_is_no_evidence_and_no_way_back(
    place: RegistryStanding, spoil: object, says: str
) -> None:
    spoil(place, 2)  # type: ignore[operator]
    found = secured(place)
    assert not found.sufficient and says in found.why and found.data
    spoil(place, 1)  # type: ignore[operator]
    reading = looked_for(place)
    assert (reading.verdict, reading.value) == (Verdict.NOT_SHOWN, "")
    assert says in reading.seen and "version 1 is refused" in reading.seen


def test_a_file_that_changes_while_it_is_read_is_told(place: RegistryStanding) -> None:
    model = place.registry.models[2]
    model.tags.clear()
    del model.files["manifest.json"]
    reads = 0

    def fault(what: str, asked: object) -> Said | None:
        nonlocal reads
        if "model.bin" in asked.path:  # type: ignore[attr-defined]
            reads += 1
            return Said(body=b"x" * reads)
        return None

    place.registry.fault = fault
    found = secured(place)
    assert not found.sufficient and "data/model.bin changed while it was read" in found.why


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_registry_that_fails_in_the_middle_secures_nothing(
    place: RegistryStanding, after: int
) -> None:
    place.registry.fault = failing("file", OOPS, after=after)
    found = secured(place)
    assert not found.sufficient and "500" in found.why
    with pytest.raises(ConnectorError) as unseen:
        place.registry.fault = failing("file", OOPS, after=after)
        looked_for(place)
    assert unseen.value.retry  # nothing is known; no older version is taken for it


def test_a_file_that_breaks_off_is_not_taken_for_a_shorter_one(place: RegistryStanding) -> None:
    model = place.registry.models[2]
    model.tags.clear()
    del model.files["manifest.json"]
    half = Said(body=b"half", headers={"Content-Length": "3000"})
    place.registry.fault = failing("file", half, times=99, after=2)
    found = secured(place)
    assert not found.sufficient and found.data == b"" and "was lost" in found.why


def test_securing_ends_in_its_time(place: RegistryStanding) -> None:
    place.registry.fault = failing("file", Said(after_seconds=0.4), times=99, after=2)
    found = secured(place, seconds=1.0)
    assert not found.sufficient
    assert "no time is left" in found.why or "no whole answer" in found.why


def test_files_are_read_whole_whatever_their_size(place: RegistryStanding) -> None:
    model = place.registry.models[2]
    model.tags.clear()
    model.files = {"big.bin": bytes(range(256)) * 4096}  # a mebibyte; answers end at 64 KiB
    (file,) = json.loads(secured(place).data)["files"]
    assert (file["bytes"], file["sha256"]) == (
        2**20, hashlib.sha256(model.files["big.bin"]).hexdigest(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["../../etc/passwd", "a//b", "/etc/passwd", ".."])
def test_a_registry_cannot_name_a_file_outside_its_version(
    place: RegistryStanding, name: str
) -> None:
    listed = json.dumps({"files": [{"path": name, "is_dir": False}]}).encode()
    place.registry.fault = failing("file", Said(body=listed))
    found = secured(place)
    assert not found.sufficient and "lists a file called" in found.why


def test_a_registry_that_lists_without_end_is_left(place: RegistryStanding) -> None:
    listed = json.dumps({"files": [{"path": "again", "is_dir": True}]}).encode()
    place.registry.fault = failing("file", Said(body=listed), times=10_000)
    assert "lists a file called" in secured(place).why
    endless = json.dumps({"model_versions": [], "next_page_token": "more"}).encode()
    place.registry.fault = failing("model-versions/search", Said(body=endless), times=10_000)
    with pytest.raises(ConnectorError, match="no last page"):
        place.client().versions("intents")


def test_lineage_says_how_well_it_is_proven(place: RegistryStanding) -> None:
    found = secured(place, "lineage")
    assert not found.sufficient and "the run recorded no data set" in found.why
    dataset = {"name": "corpus", "digest": "1a2b3c4d", "source_type": "local", "source": "x"}
    place.registry.models[2].inputs = [{"dataset": dataset, "tags": []}]
    found = secured(place, "lineage")
    assert not found.sufficient and "only MLflow's 32-bit digest 1a2b3c4d" in found.why
    tags = [{"key": "corpus_sha256", "value": "ab" * 32}]
    place.registry.models[2].inputs = [{"dataset": dataset, "tags": tags}]
    found = secured(place, "lineage")
    assert found.sufficient and (found.count, found.wanted) == (1, 1)
    assert json.loads(found.data)["inputs"][0]["dataset"]["name"] == "corpus"
    assert "recorded at training" in found.why


def test_an_item_nobody_secures_here_is_insufficient(place: RegistryStanding) -> None:
    assert not secured(place, "weather").sufficient
    assert not place.hand(target="").produce("model", 5).sufficient
    assert "names no version" in place.hand(target="intents@gone").produce("model", 5).why
