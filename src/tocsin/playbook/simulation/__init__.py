"""Plays a plan thousands of times before it is needed: how long, how surely, and what would help.

Chance comes from a seed and nothing else, so that the same question gets the same answer.
"""

from tocsin.playbook.simulation.compiling import compiled, ruled_role
from tocsin.playbook.simulation.measuring import measured
from tocsin.playbook.simulation.parties import roles_asked, unarmed
from tocsin.playbook.simulation.question import (
    ORDINARY_WEEK,
    Answer,
    Question,
    answered,
    limits_of,
)
from tocsin.playbook.simulation.read_times import read_times
from tocsin.playbook.simulation.tables import plain
from tocsin.playbook.simulation.times import Times
from tocsin.playbook.simulation.words import words_of

__all__ = [
    "ORDINARY_WEEK",
    "Answer",
    "Question",
    "Times",
    "answered",
    "compiled",
    "limits_of",
    "measured",
    "plain",
    "read_times",
    "roles_asked",
    "ruled_role",
    "unarmed",
    "words_of",
]
