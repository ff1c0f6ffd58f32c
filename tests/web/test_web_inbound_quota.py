"""How much is taken in: of what nothing proves little, of each source a minute's worth."""

from __future__ import annotations

from pathlib import Path

from inbound_house import (
    ALERT,
    EVENT,
    WEBHOOK,
    House,
    bearer,
)

from tocsin.register.inbound import SignalPolicy, Unproven


def test_what_nothing_proves_is_taken_as_such_and_seldom(house: House) -> None:
    answers = [house.post("/v2/enqueue", EVENT) for _ in range(4)]
    assert [one.status_code for one in answers] == [202, 202, 202, 429]
    assert int(answers[3].headers["retry-after"]) > 0
    assert "nothing was taken" in answers[3].json()["message"]
    assert [(source, proven) for source, proven, _ in house.kept] == [("unproven", False)] * 3
    assert house.post("/v2/enqueue", {"event_action": "x"}).status_code in (400, 429)
    assert house.post("/signals/alertmanager", WEBHOOK, **bearer(house.token)).status_code == 202


def alerts(count: int) -> dict[str, object]:
    return {"version": "4", "alerts": [{**ALERT, "fingerprint": f"f{n}"} for n in range(count)]}


def test_what_nothing_proves_carries_few_signals_and_each_counts(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(unproven_a_minute=30))
    path = "/signals/alertmanager"
    many = house.post(path, alerts(21))
    assert many.status_code == 400
    assert "21 signals of a sender that nothing proves; send at most 20" in many.text
    assert "tocsin register token NAME --scope signals" in many.text
    assert house.post("/v2/enqueue", EVENT).status_code == 202
    assert house.post(path, alerts(20)).status_code == 202
    refused = house.post(path, alerts(20))
    assert (refused.status_code, len(house.kept)) == (429, 2)
    assert house.post(path, alerts(21), **bearer(house.token)).status_code == 202
    house.keeping.close()


def test_a_proven_source_has_a_minutes_worth_of_signals_not_of_bodies(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(a_minute=50))
    shown = bearer(house.token)
    path = "/signals/alertmanager"
    answers = [house.post(path, alerts(20), **shown).status_code for _ in range(4)]
    assert answers == [202, 202, 429, 429]
    house.clock.sleep(60)
    large = house.post(path, alerts(200), **shown)
    assert large.status_code == 202, "what is more than a minute's worth comes alone"
    house.keeping.close()


def test_a_flood_that_nothing_proves_leaves_people_their_form(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(unproven_a_minute=3, anonymous=True))
    answers = [house.post("/v2/enqueue", EVENT).status_code for _ in range(5)]
    assert answers == [202, 202, 202, 429, 429]
    forms = [house.post("/report", b"what=it+insults+me").status_code for _ in range(4)]
    assert forms == [202, 202, 202, 429]
    house.keeping.close()


def test_the_register_may_refuse_what_nothing_proves(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(unproven=Unproven.REFUSE))
    assert house.post("/v2/enqueue", EVENT).status_code == 401
    assert house.post("/report", b"what=odd").status_code == 401
    assert house.kept == []
    house.keeping.close()
