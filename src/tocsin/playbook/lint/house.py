"""The house: every hand, eye, system, detector and item that the plan names is there."""

from __future__ import annotations

from tocsin.playbook.lint.rule import Family, Needs

HOUSE = Family(8, "The house")
_there = HOUSE.told_elsewhere

_there(
    "TP801",
    "no-such-hand-or-eye",
    "Through a hand that is not there nothing is done, and through such an eye nothing is seen.",
    Needs.HOUSE,
    bad="""
      pin:
        act: registri   # <-
        target: hiring@pipeline
    """,
    good="""
      pin:
        act: registry
        target: hiring@pipeline
    """,
)
_there(
    "TP802",
    "no-such-system",
    "A plan for a system that the register does not know is started for none.",
    Needs.HOUSE,
    bad="""
      systems: [hirings]   # <-
    """,
    good="""
      systems: [hiring]
    """,
)
_there(
    "TP803",
    "no-such-detector",
    "A trigger that no detector pulls never starts the plan.",
    Needs.HOUSE,
    bad="""
      triggers: [selection-rates]   # <-
    """,
    good="""
      triggers: [selection-rate]
    """,
)
_there(
    "TP804",
    "no-such-evidence",
    "An item that nothing secures cannot be sealed, and whoever waits for it waits in vain.",
    Needs.HOUSE,
    bad="""
      keep:
        seal: [modle, decisions]   # <-
        budget: 10m
    """,
    good="""
      keep:
        seal: [model, decisions]
        budget: 10m
    """,
)
_there(
    "TP805",
    "no-such-switch-or-state",
    "A switch that is not there switches nothing, and one that is knows only on and off.",
    Needs.HOUSE,
    bad="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: disabled   # <-
    """,
    good="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: off
    """,
)
_there(
    "TP806",
    "nobody-there-has-an-address",
    "Words to somebody without an address reach nobody.",
    Needs.HOUSE,
    of="register",
    at="steps.tell-executive.tell",
    bad="""
      name = "Fay"
      roles = ["executive"]
    """,
    good="""
      name = "Fay"
      email = "fay@example.com"
      roles = ["executive"]
    """,
)
