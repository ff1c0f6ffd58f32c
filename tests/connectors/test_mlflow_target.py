"""The way back leads to the newest earlier version that verifies and answers, or nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from registry_side import (
    NIGHT,
    OOPS,
    RegistryStanding,
    absent,
    altered,
    failing,
    looked_for,
    registry_standing,
)
from small_web import Said, small_web
from tocsin.connectors.mlflow_target import MlflowTarget, SmokeTest, TargetSettings
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Verdict


@pytest.fixture
def place() -> Iterator[RegistryStanding]:
    with registry_standing() as found:
        yield found


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
