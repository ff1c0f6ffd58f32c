"""Vendors: who supplies a part stands in the register with a number and a clause, and is called."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.failure_modes import Trait
from tocsin.playbook.lint.of_ai import OF_AI, missing
from tocsin.playbook.lint.rule import Needs, Severity, Told
from tocsin.playbook.lint.subject import Subject
from tocsin.playbook.steps import Purpose
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Vendor

VENDORS = OF_AI
"""These rules are of that family; whoever lists it lists them."""


@OF_AI.asking(
    Severity.ERROR,
    (Needs.HOUSE,),
    "TP510",
    "unknown-vendor",
    "A vendor who does not stand in the register has no number that anybody could call.",
    bad="""
      vendors: [Ground Truth]   # <-
    """,
    good="""
      vendors: [Ground Truth Ltd]
    """,
)
def unknown_vendor(subject: Subject) -> Iterator[Told]:
    known = _vendors(subject)
    for name in subject.plan.vendors if known is not None else ():
        if name not in (known or {}):
            there = "declare it in register/ for its system, with `contact` and `clause`"
            yield Told(
                "vendors", f"there is no vendor {name}", did_you_mean(name, known or (), there)
            )


@OF_AI.asking(
    Severity.ADVICE,
    (Needs.HOUSE,),
    "TP511",
    "vendor-without-clause",
    "Without the contract's clause nobody knows at night what the vendor owes, and how soon.",
    of="register",
    at="vendors",
    bad="""
      { name = "Ground Truth Ltd", contact = "soc@ground-truth.example" },
    """,
    good="""
      { name = "Ground Truth Ltd", contact = "soc@ground-truth.example", clause = "MSA 12.3" },
    """,
)
def vendor_without_clause(subject: Subject) -> Iterator[Told]:
    known = _vendors(subject) or {}
    for name in subject.plan.vendors:
        vendor = known.get(name)
        if vendor is not None and not (vendor.clause and vendor.contact.strip()):
            lacks = "contact" if vendor.clause else "clause of the contract"
            yield Told("vendors", f"{name} has no {lacks} in the register", "write it there")


def _vendors(subject: Subject) -> dict[str, Vendor] | None:
    if subject.house is None:
        return None
    systems = subject.house.register.systems.values()
    return {vendor.name: vendor for system in systems for vendor in system.vendors}


@OF_AI.error(
    "TP512",
    "vendor-not-called",
    "What a vendor delivered only the vendor can mend: the plan names him and somebody calls him.",
    bad="""
      call-vendor:
        ask: Call the vendor under the contract's clause. Does he confirm it?
        role: on-call
        choices: {confirms: partners, denies: partners}
        limit: 1h
        on_limit: denies
    """,
    good="""
      call-vendor:
        ask: Call the vendor under the contract's clause. Does he confirm it?
        role: on-call
        choices: {confirms: partners, denies: partners}
        limit: 1h
        on_limit: denies
        purpose: [contact-vendor]
    """,
    at="steps",
)
def vendor_not_called(subject: Subject) -> Iterator[Told]:
    if not subject.has(Trait.NEEDS_VENDOR):
        return
    if not subject.plan.vendors:
        yield Told("vendors", "no vendor is named", "write `vendors: [Name as in the register]`")
    if not subject.for_(Purpose.CONTACT_VENDOR):
        yield missing("no step calls the vendor", Purpose.CONTACT_VENDOR)
