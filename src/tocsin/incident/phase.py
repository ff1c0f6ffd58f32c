"""Where a response stands in NIST's old words, and which CSF 2.0 functions that touches.

Source: NIST SP 800-61r2 3 (the four phases, withdrawn in April 2025, still spoken by responders);
NIST SP 800-61r3 2 (how the phases correspond to functions); CSF 2.0 (NIST CSWP 29) 2.
Reading: a phase names where the response stands, not what it may still do; any may follow any.
"""

from __future__ import annotations

import enum

from tocsin.facts.incidents import Phase


class Function(enum.Enum):
    """A function of CSF 2.0, by its identifier."""

    GOVERN = "GV"
    IDENTIFY = "ID"
    IMPROVEMENT = "ID.IM"  # a category of Identify; where r3 names it alone, so do we
    PROTECT = "PR"
    DETECT = "DE"
    RESPOND = "RS"
    RECOVER = "RC"


_FUNCTIONS: dict[Phase, tuple[Function, ...]] = {
    Phase.PREPARATION: (Function.GOVERN, Function.IDENTIFY, Function.PROTECT),
    Phase.DETECTION: (Function.DETECT, Function.IMPROVEMENT),
    Phase.CONTAINMENT: (Function.RESPOND, Function.RECOVER, Function.IMPROVEMENT),
    Phase.LESSONS: (Function.IMPROVEMENT,),
}


def functions(phase: Phase) -> tuple[Function, ...]:
    """The CSF 2.0 functions that a phase touches, in the order of the framework's core."""
    return _FUNCTIONS[phase]
