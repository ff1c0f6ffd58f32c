"""An alias is moved once, read back twice, and every doubt about it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from registry_side import RegistryStanding, absent, failing, manifest_of, registry_standing
from small_web import Said, small_web
from tocsin.connectors.mlflow_target import MlflowTarget, SmokeTest, TargetSettings
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable, Verdict
from tocsin.world import Order, Produced, Reading

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
BACK = Order(key="incident/7K3/17", target="intents@production", wanted="version:1")
OOPS = Said(status=500, body=b'{"error_code": "INTERNAL_ERROR", "message": "oh no"}')


@pytest.fixture
def place() -> Iterator[RegistryStanding]:
    with registry_standing() as found:
        yield found


def failure(place: RegistryStanding, order: Order = BACK, **how: object) -> ConnectorError:
    with pytest.raises(ConnectorError) as failed:
        place.hand(**how).act(order)  # type: ignore[arg-type]
    return failed.value


def test_the_alias_goes_back_and_the_receipt_says_from_where(place: RegistryStanding) -> None:
    receipt = place.hand().act(BACK)
    assert (receipt.outcome, receipt.before, receipt.after) == (
        Outcome.DONE, "version:2", "version:1",
    )  # fmt: skip
    assert place.registry.aliases == {"production": 1, "shadow": 2}
    again = place.hand().act(BACK)
    assert (again.outcome, again.before) == (Outcome.ALREADY, "version:1")
    assert place.registry.moves == [("production", 1)]
    assert place.hand().repeatable is Repeatable.IDEMPOTENT


@pytest.mark.parametrize(
    ("what", "how", "may_have_acted", "retry"),
    [("model-versions/get", OOPS, False, True), ("registered-models/alias", OOPS, False, True),
     ("registered-models/alias", Said(lost=True), False, True),
     ("registered-models/alias", Said(body=b"<html>"), False, False),
     ("model-versions/get", Said(body=b'{"model_version": {"name": "intents", "version": "x"}}'),
      False, False),
     ("POST registered-models/alias", OOPS, True, True),
     ("POST registered-models/alias", Said(lost=True), True, True),
     ("POST registered-models/alias", Said(after_seconds=2), True, True),
     ("POST registered-models/alias", Said(status=403), False, False),
     ("POST registered-models/alias", Said(status=429, headers={"Retry-After": "7"}), True, True)],
)  # fmt: skip
def test_each_failure_says_whether_to_look_and_whether_to_try_again(
    place: RegistryStanding, what: str, how: Said, may_have_acted: bool, retry: bool
) -> None:
    place.registry.fault = failing(what, how)
    failed = failure(place, seconds=1.0)
    assert (failed.may_have_acted, failed.retry) == (may_have_acted, retry)
    assert place.registry.moves == []
    if how.status == 429:
        assert failed.retry_after_seconds == 7.0


def test_a_lost_answer_keeps_on_record_what_the_alias_named_before(
    place: RegistryStanding,
) -> None:
    place.registry.loses_answers = 1
    lost = failure(place)
    assert lost.may_have_acted and "before, intents@production named version:2" in str(lost)
    found = place.hand().find(BACK)
    assert found is not None and found.outcome is Outcome.ALREADY
    assert place.registry.moves == [("production", 1)]


@pytest.mark.parametrize("after", [1, 2])
def test_what_was_set_and_not_read_back_may_have_acted(place: RegistryStanding, after: int) -> None:
    place.registry.fault = failing("registered-models/alias", OOPS, after=after)
    failed = failure(place)
    assert failed.may_have_acted and "not read back" in str(failed)
    assert place.registry.aliases["production"] == 1


def test_a_yes_that_moves_nothing_is_an_error(place: RegistryStanding) -> None:
    place.registry.obeys_in_word_only = True
    failed = failure(place)
    assert failed.may_have_acted and "yet names version:2" in str(failed)


def test_whoever_moves_it_just_after_is_told(place: RegistryStanding) -> None:
    def another() -> None:
        place.registry.aliases["production"] = 3

    place.registry.after_moving = another
    failed = failure(place)
    assert failed.may_have_acted and "yet names version:3" in str(failed)
    assert "somebody else" in str(failed)


def test_whoever_moves_it_between_the_two_readings_is_told(place: RegistryStanding) -> None:
    class Meanwhile(VirtualClock):
        def sleep(self, seconds: float) -> None:
            if seconds:
                place.registry.aliases["production"] = 3

    assert "yet names version:3" in str(failure(place, clock=Meanwhile(NIGHT)))


def test_whoever_moves_it_between_look_and_act_is_overwritten_and_cannot_be_told(
    place: RegistryStanding,
) -> None:
    """The limit of a registry without compare-and-set, on record as decision 0014 says."""

    def another() -> None:
        place.registry.aliases["production"] = 3

    place.registry.before_moving = another
    receipt = place.hand().act(BACK)
    assert (receipt.before, receipt.after) == ("version:2", "version:1")


@pytest.mark.parametrize(
    ("order", "says"),
    [({"wanted": "version:9"}, "not there"), ({"wanted": "version:0"}, "not there"),
     ({"wanted": "off"}, "version:N"), ({"wanted": "version:-1"}, "version:N"),
     ({"wanted": "version:1 "}, "version:N"), ({"wanted": "version:²"}, "version:N"),
     ({"target": "intents"}, "MODEL@ALIAS"), ({"target": "intents@"}, "MODEL@ALIAS"),
     ({"target": "intents@prodution"}, "did you mean production"),
     ({"target": "intends@production"}, "not there")],
)  # fmt: skip
def test_an_order_that_cannot_be_is_refused_and_moves_nothing(
    place: RegistryStanding, order: dict[str, str], says: str
) -> None:
    wrong = Order(**{"key": "k/1", "target": "intents@production", "wanted": "version:1", **order})
    refused = failure(place, wrong)
    assert not refused.may_have_acted and not refused.retry and says in str(refused)
    assert place.registry.moves == []


def test_a_version_that_is_not_ready_is_not_put_to_work(place: RegistryStanding) -> None:
    place.registry.models[1].status = "FAILED_REGISTRATION"
    refused = failure(place)
    assert not refused.retry and "FAILED_REGISTRATION" in str(refused)


# ---- What the versions are: files and manifests. ----


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


def altered(place: RegistryStanding, number: int) -> None:
    place.registry.models[number].files["data/model.bin"] += b"!"


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


# ---- Looking for a version to go back to. ----


def looked_for(
    place: RegistryStanding, smoke: SmokeTest | None = None, *, allow: bool = False
) -> Reading:
    probe = MlflowTarget(
        place.client(), place.web.caller(), smoke, allow_unmanifested=allow
    )  # fmt: skip
    return probe.sample("intents@production", "verified", NIGHT)


def test_the_newest_version_before_the_present_one_that_verifies_is_found(
    place: RegistryStanding,
) -> None:
    place.registry.aliases["production"] = 3
    place.registry.page = 1  # the list comes in pages
    reading = looked_for(place)
    assert (reading.verdict, reading.value) == (Verdict.SHOWN, "2")
    altered(place, 2)
    reading = looked_for(place)
    assert (reading.verdict, reading.value) == (Verdict.SHOWN, "1")
    assert "version 2 is refused: data/model.bin was altered" in reading.seen
    place.registry.aliases["production"] = 1
    reading = looked_for(place)
    assert reading.verdict is Verdict.NOT_SHOWN and "no version before 1" in reading.seen


def test_a_version_without_a_manifest_is_a_way_back_only_where_that_is_allowed(
    place: RegistryStanding,
) -> None:
    place.registry.models[1] = type(place.registry.models[1])(1, manifested=False)
    assert "no manifest was written" in looked_for(place).seen
    reading = looked_for(place, allow=True)
    assert reading.value == "1" and "taken at bind time" in reading.seen


@pytest.mark.parametrize(
    ("said", "verdict", "says"),
    [(Said(body=b'{"answers": [{"fallback": false, "error": false}, {"fallback": false}]}'),
      Verdict.SHOWN, "2 of 2 questions answered"),
     (Said(body=b'{"answers": [{"fallback": false}, {"fallback": true}]}'),
      Verdict.NOT_SHOWN, "1 of 2 questions answered"),
     (Said(body=b'{"answers": [{"fallback": false}, {"fallback": false, "error": true}]}'),
      Verdict.NOT_SHOWN, "1 of 2"),
     (Said(body=b'{"answers": [{"fallback": false}]}'), Verdict.NOT_SHOWN, "1 of 2"),
     (Said(body=b'{"answers": [{}, {}]}'), Verdict.NOT_SHOWN, "0 of 2"),
     (Said(body=b'{"answers": [{"fallback": false}, {"fallback": false}, {"fallback": false}]}'),
      Verdict.NOT_SHOWN, "3 of 2"),
     (Said(status=422, body=b"version 1 does not load"), Verdict.NOT_SHOWN, "does not load")],
)  # fmt: skip
def test_a_version_that_does_not_answer_is_no_way_back(
    place: RegistryStanding, said: Said, verdict: Verdict, says: str
) -> None:
    with small_web(lambda asked: said) as shadow:
        place.web.port, kept = shadow.port, place.web.port  # so that its port is allowed
        caller = place.web.caller()
        place.web.port = kept
        smoke = SmokeTest(url=shadow.url("/shadow"), questions=("hello", "where is it"))
        probe = MlflowTarget(place.client(), caller, smoke)
        reading = probe.sample("intents@production", "verified", NIGHT)
        assert (reading.verdict, says in reading.seen) == (verdict, True)
        (asked,) = shadow.asked
        assert json.loads(asked.body) == {"version": "1", "questions": ["hello", "where is it"]}


@pytest.mark.parametrize("said", [OOPS, Said(lost=True), Said(body=b"<html>")])
def test_a_smoke_test_that_cannot_be_asked_shows_nothing_and_takes_no_older_version(
    place: RegistryStanding, said: Said
) -> None:
    place.registry.aliases["production"] = 3
    with small_web(lambda asked: said) as shadow:
        smoke = SmokeTest(url=shadow.url("/shadow"), questions=("hello",))
        probe = MlflowTarget(place.client(), shadow.caller(), smoke)
        with pytest.raises(ConnectorError):
            probe.sample("intents@production", "verified", NIGHT)
        assert {json.loads(a.body)["version"] for a in shadow.asked} == {"2"}


def test_half_a_smoke_test_is_refused() -> None:
    with pytest.raises(Refused, match="belong together"):
        _ = TargetSettings(place="x", smoke_questions="hello").smoke
    smoke = TargetSettings(place="x", smoke_url="y", smoke_questions="a | b |").smoke
    assert smoke is not None and smoke.questions == ("a", "b")


def test_an_alias_that_names_nothing_leads_nowhere(place: RegistryStanding) -> None:
    place.registry.fault = failing(
        "registered-models/alias", absent("gone", "INVALID_PARAMETER_VALUE", 400)
    )
    assert "names no version" in looked_for(place).seen
