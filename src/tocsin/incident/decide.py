"""What may happen next to an incident: each wish becomes facts to append, or is refused.

Pure, and the only place where such wishes are judged. Every function takes the incident as it is
known, who wants something, and `at`, when that happened (zone-aware; it may lie long before now).
The desk appends what comes back; after a conflict it folds again and asks again.
"""

from tocsin.incident.decide_course import (
    close,
    dismiss,
    enter_phase,
    link,
    merge,
    open_,
    open_work,
    reopen,
    split,
    widen,
)
from tocsin.incident.decide_duties import set_deadline
from tocsin.incident.decide_known import (
    claim,
    judge_awareness,
    judge_severity,
    note,
    raise_question,
    record_awareness,
    regrade,
    settle_question,
)
from tocsin.incident.decide_roles import accept_handover, acknowledge, assign, offer_handover

__all__ = [
    "accept_handover",
    "acknowledge",
    "assign",
    "claim",
    "close",
    "dismiss",
    "enter_phase",
    "judge_awareness",
    "judge_severity",
    "link",
    "merge",
    "note",
    "offer_handover",
    "open_",
    "open_work",
    "raise_question",
    "record_awareness",
    "regrade",
    "reopen",
    "set_deadline",
    "settle_question",
    "split",
    "widen",
]
