"""Evidence from an address is enough only when it is there, whole, and the same when read again."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence

import pytest

from small_web import Asked, Said, Web, small_web
from tocsin.connectors.http_evidence import HttpEvidence, HttpEvidenceSettings
from tocsin.facts import Refused
from tocsin.world import Produced, RealClock

CONFIG = b'{"model": {"version": "2"}, "prompts": {"en": "Hi"}, "switches": {"a": true}}'


def produced(
    answers: Sequence[Said], *, needs: str = "", stable: str = "", seconds: float = 5.0
) -> tuple[Produced, Web]:
    turns: Iterator[Said] = itertools.chain(answers, itertools.repeat(answers[-1]))
    settings = HttpEvidenceSettings(
        place="placeholder", needs=tuple(filter(None, needs.split(","))),
        stable=tuple(filter(None, stable.split(","))), secret="env:S",
    )  # fmt: skip

    def answer(asked: Asked) -> Said:
        return next(turns)

    with small_web(answer) as web:
        import msgspec

        place = web.url("/evidence/{item}")
        chosen = msgspec.structs.replace(settings, place=place)
        headers = {"Authorization": "Bearer T0K3N"}
        made = HttpEvidence(chosen, web.caller(), lambda: headers, RealClock())
        return made.produce("configuration", seconds), web


def test_what_is_there_twice_alike_is_enough() -> None:
    found, web = produced([Said(body=CONFIG)], needs="model.version,prompts")
    assert found.sufficient and (found.count, found.wanted) == (2, 2)
    assert (found.item, found.name, found.data) == ("configuration", "configuration.json", CONFIG)
    digest = hashlib.sha256(CONFIG).hexdigest()[:12]
    assert found.why == f"read twice, {len(CONFIG)} bytes, SHA-256 {digest} both times"
    assert [a.path for a in web.asked] == ["/evidence/configuration"] * 2
    assert web.asked[0].headers["authorization"] == "Bearer T0K3N"


def test_without_needed_keys_any_words_are_enough_and_nothing_is_not() -> None:
    found, _ = produced([Said(body=b"plain words")])
    assert found.sufficient and (found.count, found.wanted) == (1, 1)
    for nothing in (b"", b" \n"):
        found, _ = produced([Said(body=nothing)])
        assert not found.sufficient and found.data == b"" and "answered nothing" in found.why
        assert (found.count, found.wanted) == (0, 1)


@pytest.mark.parametrize(
    ("body", "lacks"),
    [(b"{}", "model is missing or empty"), (b'{"model": {}}', "model is missing or empty"),
     (b'{"model": null}', "model is missing or empty"), (b'{"model": ""}', "model is missing"),
     (b'{"model": []}', "model is missing"), (b"[]", "not a JSON object"),
     (b"<html>", "not a JSON object"), (b'{"model": 1', "not a JSON object"),
     (b"\xff", "not a JSON object")],
)  # fmt: skip
def test_what_lacks_a_needed_key_is_kept_and_not_enough(body: bytes, lacks: str) -> None:
    found, _ = produced([Said(body=body)], needs="model")
    assert not found.sufficient and found.data == body and lacks in found.why
    assert (found.count, found.wanted) == (0, 1)


@pytest.mark.parametrize("body", [b'{"model": 0}', b'{"model": false}'])
def test_a_zero_and_a_no_are_answers(body: bytes) -> None:
    assert produced([Said(body=body)], needs="model")[0].sufficient


def test_a_change_is_told_and_of_what_must_not_change_is_not_enough() -> None:
    later = CONFIG.replace(b"true", b"false")
    found, _ = produced([Said(body=CONFIG), Said(body=later)], needs="model", stable="prompts")
    assert found.sufficient and found.data == CONFIG and "it changes" in found.why
    found, _ = produced([Said(body=CONFIG), Said(body=later)], needs="model", stable="switches")
    assert not found.sufficient and "switches changed between two readings" in found.why
    found, _ = produced([Said(body=CONFIG)], stable="index")
    assert not found.sufficient and "index is missing" in found.why


@pytest.mark.parametrize(
    ("answers", "says"),
    [([Said(status=500, body=b"oh no")], "answered 500: oh no"), ([Said(status=404)], "404"),
     ([Said(lost=True)], "was lost"), ([Said(body=CONFIG, after_seconds=2)], "no whole answer"),
     ([Said(body=CONFIG), Said(status=500)], "could not be read again"),
     ([Said(body=CONFIG), Said(lost=True)], "could not be read again")],
)  # fmt: skip
def test_what_cannot_be_had_in_time_is_not_enough(answers: list[Said], says: str) -> None:
    found, _ = produced(answers, needs="model", seconds=1.0)
    assert not found.sufficient and says in found.why


def test_the_time_is_one_for_both_readings() -> None:
    slow = Said(body=CONFIG, after_seconds=0.7)
    found, _ = produced([slow], seconds=1.0)
    assert not found.sufficient and found.data == CONFIG


def test_an_address_without_a_host_is_refused_at_once() -> None:
    settings = HttpEvidenceSettings(place="nowhere")
    with pytest.raises(Refused, match="host"):
        HttpEvidence(settings, Web(lambda asked: Said()).caller(), dict, RealClock())
