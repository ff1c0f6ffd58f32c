"""A vendor attests and a validator signs off before a system comes back, where that is asked."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from recovery_world import (
    LOG,
    MODEL,
    WITH_REGISTRY,
    YAML,
    Set,
    a_set,
    begun,
    let_go,
    measured,
    person,
    planned,
    registered,
    served,
)

from desk_world import facts
from tocsin.desk import run_until_idle
from tocsin.desk.recovery.recovery import attest
from tocsin.desk.recovery.signed_off import sign_off
from tocsin.facts import Refused
from tocsin.facts.dues import FellDue
from tocsin.facts.recovery import (
    MODELS_LOG,
    ModelSignedOff,
)
from tocsin.facts.runs import AttemptFailed
from tocsin.register.model import Register, Vendor


def with_system(**changes: object) -> Register:
    system = msgspec.structs.replace(WITH_REGISTRY.systems["assistant"], **changes)
    return msgspec.structs.replace(
        WITH_REGISTRY, systems={**WITH_REGISTRY.systems, "assistant": system}
    )


def test_a_vendor_attests_first_where_the_gate_asks() -> None:
    vendor = Vendor(name="Knowledge Vendor", contact="soc@vendor.example")
    one = a_set(with_system(vendors=(vendor,)))
    with pytest.raises(Refused, match="did you mean"):
        registered(one, YAML + "attested_by: [Knowledge Vender]\n")
    registered(one, YAML + "attested_by: [Knowledge Vendor]\n")
    measured(one)
    with pytest.raises(Refused, match="Knowledge Vendor has not attested yet"):
        begun(one)
    with pytest.raises(Refused, match="an empty file"):
        attest(one.desk, LOG, None, "Knowledge Vendor", b" ", "all clear", person("di"))
    attest(one.desk, LOG, None, "Knowledge Vendor", b"signed", "all clear", person("di"))
    assert begun(one).stage == 1


def signed(
    one: Set, version: str = "3", validator: str = "di", days: int = 30, **more: object
) -> None:
    fact = ModelSignedOff(
        model="intents", version=version, tier=1, validator=validator, owner="ana",
        developers=("bo",), findings="", restriction="only EU",
        expires_at=one.world.clock.now() + timedelta(days=days), evidence=None,
    )  # fmt: skip
    sign_off(one.desk, msgspec.structs.replace(fact, **more), person(validator))


def test_where_the_register_asks_nothing_comes_back_without_a_sign_off() -> None:
    one = a_set(with_system(sign_off="intents"))
    registered(one)
    measured(one)
    with pytest.raises(Refused, match="intents version 3: nobody signed it off"):
        begun(one)
    signed(one, "2")
    with pytest.raises(Refused, match="nobody signed it off"):
        begun(one)
    with pytest.raises(Refused, match="bo built intents"):
        signed(one, validator="bo")
    with pytest.raises(Refused, match="ana owns intents"):
        signed(one, validator="ana")
    signed(one, days=1)
    stage = begun(one)
    one.world.clock.sleep(2 * 86400)  # it ends before the people have decided
    let_go(one, stage.order, "bo", "cy")
    run_until_idle(one.world)
    assert one.switch.state[MODEL] == "off"
    assert "its sign-off ended" in facts(one.world, AttemptFailed)[-1].why


def test_the_register_says_who_is_no_independent_validator() -> None:
    one = a_set(with_system(sign_off="intents", owner="cy", built_by=("di",)))
    with pytest.raises(Refused, match="di built assistant, which rests on intents"):
        signed(one, developers=())
    with pytest.raises(Refused, match="cy owns assistant, which rests on intents"):
        signed(one, validator="cy", developers=())
    with pytest.raises(Refused, match='the owner anna is not known; did you mean "ana"'):
        signed(one, validator="bo", owner="anna", developers=())
    signed(one, validator="bo", developers=("somebody of the vendor",))


def test_systems_of_lower_tiers_need_none() -> None:
    one = a_set(with_system(sign_off="intents", tier=3))
    registered(one)
    measured(one)
    assert begun(one).stage == 1


def test_a_switch_without_shares_serves_no_stage() -> None:
    kill = msgspec.structs.replace(WITH_REGISTRY.integrations["kill-switch"], kind="file-switch")
    one = a_set(
        msgspec.structs.replace(
            WITH_REGISTRY, integrations={**WITH_REGISTRY.integrations, "kill-switch": kill}
        )
    )
    with pytest.raises(Refused, match="serves no share"):
        registered(one)
    lines = [line for line in YAML.splitlines() if "share: 1" not in line or "100%" in line]
    registered(one, "\n".join(lines))
    measured(one)
    planned(one)
    assert one.switch.state[MODEL] == "off"
    served(one)
    assert one.switch.state[MODEL] == "on"


def test_a_sign_off_that_ends_is_told() -> None:
    one = a_set(with_system(sign_off="intents"))
    signed(one, days=1)
    one.world.clock.sleep(86400 + 1)
    run_until_idle(one.world, until=one.world.clock.now())
    [fell] = facts(one.world, FellDue, MODELS_LOG)
    assert fell.about == "intents 3" and fell.told_by is None  # no mail is set up here
